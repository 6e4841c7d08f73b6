"""The data of reruns: delays, budgets, and the values that a hook may return."""

from __future__ import annotations

import pickle
import random
from dataclasses import fields
from typing import Any

import pytest

import pytest_maturity
from pytest_maturity import Rerun, TransientError
from pytest_maturity.model.retries import (
    MAX_RETRIES,
    Attempt,
    FailedPhase,
    Failure,
    RetriedTest,
    RetryPolicy,
    merge_policies,
)


def test_the_defaults() -> None:
    policy = RetryPolicy()
    assert (policy.max_retries, policy.base_delay, policy.factor, policy.max_delay) == (2, 0.5, 2, 10)
    assert (policy.jitter, policy.budget, policy.time_budget, policy.breaker) == (True, None, 300, None)
    assert policy.transient == ()


def test_without_jitter_delays_grow_up_to_the_maximum() -> None:
    policy = RetryPolicy(base_delay=0.5, factor=2, max_delay=3, jitter=False)
    assert [policy.compute_delay(attempt) for attempt in range(1, 6)] == [0.5, 1, 2, 3, 3]


def test_jitter_takes_away_at_most_half_of_a_delay() -> None:
    policy = RetryPolicy(base_delay=2, max_delay=100)
    found = [policy.compute_delay(2) for _ in range(500)]
    assert 2 <= min(found) < 2.2
    assert 3.8 < max(found) <= 4


def test_jitter_cannot_be_seeded_or_patched(monkeypatch: pytest.MonkeyPatch) -> None:
    def seeded() -> float:
        random.seed(1)
        return RetryPolicy(base_delay=1000, max_delay=1000).compute_delay(1)

    assert seeded() != seeded()
    monkeypatch.setattr(random, "random", lambda: 0)
    monkeypatch.setattr(random.SystemRandom, "random", lambda _: 0)
    monkeypatch.setattr(random, "SystemRandom", None)
    assert seeded() != seeded()


def test_jitter_leaves_the_random_numbers_of_tests_alone() -> None:
    random.seed(1)
    first = random.random()
    random.seed(1)
    RetryPolicy().compute_delay(1)
    assert random.random() == first


def test_the_maximum_delay_also_limits_a_power_that_overflows() -> None:
    assert RetryPolicy(factor=1000.0, jitter=False).compute_delay(200) == 10


def test_a_delay_can_be_zero() -> None:
    assert RetryPolicy(base_delay=0).compute_delay(100) == 0
    assert RetryPolicy(max_delay=0).compute_delay(1) == 0


@pytest.mark.parametrize(
    ("tests", "retries", "outage"),
    [(0, 10, 10), (200, 10, 10), (201, 10, 10), (500, 10, 25), (549, 10, 27), (1000, 20, 50), (10_000, 200, 500)],
)
def test_budget_and_outage_threshold_are_in_proportion_to_the_tests(tests: int, retries: int, outage: int) -> None:
    assert RetryPolicy().compute_budget(tests) == retries
    assert RetryPolicy().compute_outage_threshold(tests) == outage


@pytest.mark.parametrize("number", [0, 1, 10_000])
def test_a_configured_budget_and_breaker_are_used_as_they_are(number: int) -> None:
    policy = RetryPolicy(budget=number, breaker=number)
    assert policy.compute_budget(500) == policy.compute_outage_threshold(500) == number


def test_later_tables_override_earlier_ones_and_transient_adds_up() -> None:
    tables: list[dict[str, Any]] = [
        {"max_retries": 1, "factor": 3, "transient": ["a.B", "c.D"]},
        {"max_retries": 4, "transient": ["c.D", "e.F"]},
        {},
    ]
    found = merge_policies(*tables)
    assert (found.max_retries, found.factor, found.base_delay) == (4, 3, 0.5)
    assert found.transient == ("a.B", "c.D", "e.F")
    assert merge_policies() == RetryPolicy()


def test_a_table_may_set_every_field_of_the_policy() -> None:
    table = {field.name: field.default for field in fields(RetryPolicy)}
    assert merge_policies(table) == RetryPolicy()


@pytest.mark.parametrize("delay", [-1, -0.1, float("nan"), float("inf"), -float("inf")])
def test_a_rerun_refuses_a_negative_or_infinite_delay(delay: float) -> None:
    with pytest.raises(ValueError, match="a finite number of seconds, not"):
        Rerun(delay=delay)


@pytest.mark.parametrize("delay", [None, 0, 0.5, 10**6])
def test_a_rerun_accepts_any_other_delay(delay: float | None) -> None:
    assert Rerun(delay).delay == delay


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_a_rerun_accepts_the_scopes_of_fixtures(scope: Any) -> None:
    assert Rerun(scope=scope).scope == scope


@pytest.mark.parametrize("scope", ["", "test", "Function", None, 1])
def test_a_rerun_refuses_other_scopes_and_lists_the_valid_ones(scope: Any) -> None:
    with pytest.raises(ValueError, match="must be one of function, class, module, package, session, not"):
        Rerun(scope=scope)


def test_the_exception_of_a_failure_is_that_of_its_first_phase() -> None:
    first, second = KeyError(), ValueError()
    failure = Failure(phases=(FailedPhase(when="setup", exception=first), FailedPhase(when="call", exception=second)))
    assert failure.exception is first
    assert (failure.classification, failure.retry_after) == ("unknown", None)


def test_transient_error_has_the_name_that_users_import() -> None:
    error = TransientError("busy", retry_after=3)
    assert (str(error), error.retry_after) == ("busy", 3)
    assert f"{TransientError.__module__}.{TransientError.__qualname__}" == "pytest_maturity.TransientError"
    assert pytest_maturity.TransientError is TransientError
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.retry_after) == (TransientError, "busy", 3)


def retried(name: str, retries: int, kind: str = "transient") -> RetriedTest:
    """Returns a test that passed after `retries` failed attempts of one second, each with a delay of ten seconds."""
    failed = [
        Attempt(number=number, outcome="failed", classification=kind, duration_s=1.0, delay_s=10.0)
        for number in range(1, retries + 1)
    ]
    last = Attempt(number=retries + 1, outcome="passed", duration_s=1.0)
    return RetriedTest(test=name, outcome="passed", attempts=(*failed, last))


@pytest.mark.parametrize(
    ("policy", "kind", "message"),
    [
        ({"budget": 3}, "transient", ""),
        ({"budget": 2}, "transient", "3 retries exceed the budget of 2"),
        ({"breaker": 2}, "transient", ""),
        ({"breaker": 1}, "transient", "outage suspected: 2 tests needed a retry, more than 1"),
        ({"breaker": 1}, "unknown", ""),
        ({"time_budget": 32.5}, "transient", ""),
        ({"time_budget": 32}, "transient", "32.0 s of retries exceed the time budget of 32 s"),
    ],
)
def test_the_exceeded_limit_is_named(policy: dict[str, Any], kind: str, message: str) -> None:
    found = [retried("a", 2, kind), retried("b", 1, kind), retried("c", 0)]
    assert RetryPolicy(**policy).find_exceeded_limit(100, found) == message


def test_without_retries_no_limit_is_exceeded() -> None:
    assert RetryPolicy(budget=0, breaker=0, time_budget=0).find_exceeded_limit(0, [retried("a", 0)]) == ""


def test_an_attempt_without_a_delay_waited_for_nothing() -> None:
    attempts = (
        Attempt(number=1, outcome="failed", duration_s=1.0),
        Attempt(number=2, outcome="passed", duration_s=1.0),
    )
    found = [RetriedTest(test=name, outcome="passed", attempts=attempts) for name in "ab"]
    assert RetryPolicy(time_budget=1.5).find_exceeded_limit(100, found) == ""
    assert RetryPolicy(time_budget=1).find_exceeded_limit(100, found) == (
        "1.0 s of retries exceed the time budget of 1 s"
    )


def test_an_attempt_has_neutral_defaults() -> None:
    attempt = Attempt(number=1, outcome="passed")
    assert (attempt.phase, attempt.exception, attempt.message, attempt.classification) == ("", "", "", "")
    assert (attempt.duration_s, attempt.delay_s, attempt.decision, attempt.by) == (0.0, None, "", "")


def test_a_rerun_without_arguments_leaves_the_delay_to_the_policy() -> None:
    assert (Rerun().delay, Rerun().reason, Rerun().scope) == (None, "", "function")


def test_a_transient_error_without_arguments_has_no_message() -> None:
    assert (str(TransientError()), TransientError().retry_after) == ("", None)


def test_the_largest_number_of_retries() -> None:
    assert MAX_RETRIES == 100
