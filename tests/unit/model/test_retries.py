"""The policy of retries as data: delays, allowances, and what a hook may answer."""

from __future__ import annotations

import pickle
import random
from dataclasses import fields
from typing import Any

import pytest

import pytest_maturity
from pytest_maturity import Rerun, TransientError
from pytest_maturity.model.retries import Attempt, FailedPhase, Failure, Retried, RetryPolicy, merged


def test_the_defaults() -> None:
    policy = RetryPolicy()
    assert (policy.max_retries, policy.base_delay, policy.factor, policy.max_delay) == (2, 0.5, 2, 10)
    assert (policy.jitter, policy.budget, policy.time_budget, policy.breaker) == (True, None, 300, None)
    assert policy.transient == ()


def test_without_jitter_delays_grow_up_to_the_longest() -> None:
    policy = RetryPolicy(base_delay=0.5, factor=2, max_delay=3, jitter=False)
    assert [policy.delay(attempt) for attempt in range(1, 6)] == [0.5, 1, 2, 3, 3]


def test_with_jitter_at_least_half_of_a_delay_is_sure() -> None:
    policy = RetryPolicy(base_delay=2, max_delay=100)
    found = [policy.delay(2) for _ in range(500)]
    assert 2 <= min(found) < 2.2
    assert 3.8 < max(found) <= 4


def test_jitter_hears_neither_a_seed_nor_a_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    def seeded() -> float:
        random.seed(1)
        return RetryPolicy(base_delay=1000, max_delay=1000).delay(1)

    assert seeded() != seeded()
    monkeypatch.setattr(random, "random", lambda: 0)
    monkeypatch.setattr(random.SystemRandom, "random", lambda _: 0)
    monkeypatch.setattr(random, "SystemRandom", None)
    assert seeded() != seeded()


def test_jitter_leaves_the_random_numbers_of_tests_alone() -> None:
    random.seed(1)
    first = random.random()
    random.seed(1)
    RetryPolicy().delay(1)
    assert random.random() == first


def test_the_longest_delay_holds_also_where_numbers_end() -> None:
    assert RetryPolicy(factor=1000.0, jitter=False).delay(200) == 10


def test_without_a_delay_there_is_none() -> None:
    assert RetryPolicy(base_delay=0).delay(100) == 0
    assert RetryPolicy(max_delay=0).delay(1) == 0


@pytest.mark.parametrize(
    ("tests", "retries", "outage"),
    [(0, 10, 10), (200, 10, 10), (201, 10, 10), (500, 10, 25), (549, 10, 27), (1000, 20, 50), (10_000, 200, 500)],
)
def test_allowances_are_in_proportion_to_the_tests(tests: int, retries: int, outage: int) -> None:
    assert RetryPolicy().retries_for(tests) == retries
    assert RetryPolicy().outage_above(tests) == outage


@pytest.mark.parametrize("number", [0, 1, 10_000])
def test_configured_allowances_are_taken_as_they_are(number: int) -> None:
    policy = RetryPolicy(budget=number, breaker=number)
    assert policy.retries_for(500) == policy.outage_above(500) == number


def test_later_tables_win_and_names_add_up() -> None:
    tables: list[dict[str, Any]] = [
        {"max_retries": 1, "factor": 3, "transient": ["a.B", "c.D"]},
        {"max_retries": 4, "transient": ["c.D", "e.F"]},
        {},
    ]
    found = merged(*tables)
    assert (found.max_retries, found.factor, found.base_delay) == (4, 3, 0.5)
    assert found.transient == ("a.B", "c.D", "e.F")
    assert merged() == RetryPolicy()


def test_every_key_of_a_table_is_one_of_the_policy() -> None:
    table = {field.name: field.default for field in fields(RetryPolicy)}
    assert merged(table) == RetryPolicy()


@pytest.mark.parametrize("delay", [-1, -0.1, float("nan"), float("inf"), -float("inf")])
def test_a_rerun_refuses_a_delay_that_nobody_can_wait(delay: float) -> None:
    with pytest.raises(ValueError, match="a finite number of seconds, not"):
        Rerun(delay=delay)


@pytest.mark.parametrize("delay", [None, 0, 0.5, 10**6])
def test_a_rerun_takes_any_other_delay(delay: float | None) -> None:
    assert Rerun(delay).delay == delay


@pytest.mark.parametrize("scope", ["function", "class", "module", "package", "session"])
def test_a_rerun_takes_the_scopes_of_fixtures(scope: Any) -> None:
    assert Rerun(scope=scope).scope == scope


@pytest.mark.parametrize("scope", ["", "test", "Function", None, 1])
def test_a_rerun_refuses_other_scopes_and_names_the_right_ones(scope: Any) -> None:
    with pytest.raises(ValueError, match="must be one of function, class, module, package, session, not"):
        Rerun(scope=scope)


def test_a_failure_begins_with_its_first_exception() -> None:
    first, second = KeyError(), ValueError()
    failure = Failure(phases=(FailedPhase(when="setup", exception=first), FailedPhase(when="call", exception=second)))
    assert failure.exception is first
    assert (failure.classification, failure.retry_after) == ("unknown", None)


def test_our_exception_is_spelled_as_users_import_it() -> None:
    error = TransientError("busy", retry_after=3)
    assert (str(error), error.retry_after) == ("busy", 3)
    assert f"{TransientError.__module__}.{TransientError.__qualname__}" == "pytest_maturity.TransientError"
    assert pytest_maturity.TransientError is TransientError
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.retry_after) == (TransientError, "busy", 3)


def retried(name: str, retries: int, kind: str = "transient") -> Retried:
    """A test that failed some times, a second each, with pauses of ten seconds, and passed at last."""
    failed = [
        Attempt(number=number, outcome="failed", classification=kind, duration=1.0, delay=10.0)
        for number in range(1, retries + 1)
    ]
    last = Attempt(number=retries + 1, outcome="passed", duration=1.0)
    return Retried(test=name, outcome="passed", attempts=(*failed, last))


@pytest.mark.parametrize(
    ("policy", "kind", "words"),
    [
        ({"budget": 3}, "transient", ""),
        ({"budget": 2}, "transient", "3 retries, of a budget of 2"),
        ({"breaker": 2}, "transient", ""),
        ({"breaker": 1}, "transient", "an outage suspected: 2 tests needed a retry, above 1"),
        ({"breaker": 1}, "unknown", ""),
        ({"time_budget": 32.5}, "transient", ""),
        ({"time_budget": 32}, "transient", "32.0 s of retries, of a time budget of 32 s"),
    ],
)
def test_what_one_run_would_not_have_allowed_is_told(policy: dict[str, Any], kind: str, words: str) -> None:
    found = [retried("a", 2, kind), retried("b", 1, kind), retried("c", 0)]
    assert RetryPolicy(**policy).overdrawn(100, found) == words


def test_without_retries_nothing_is_overdrawn() -> None:
    assert RetryPolicy(budget=0, breaker=0, time_budget=0).overdrawn(0, [retried("a", 0)]) == ""
