"""The budgets: retries, time, and the number of tests that may need a retry before an outage is suspected."""

from __future__ import annotations

import pytest

from tests.acceptance.project import GateRun
from tests.acceptance.retries.flaky_project import (
    FAILS_ALWAYS,
    FAILS_TWICE,
    MANY_FAIL,
    WORKERS,
    FlakyProject,
    attempts,
    everywhere,
    outcomes_by_test,
)


def retries_used(ran: GateRun) -> int:
    return sum(len(one["attempts"]) - 1 for one in ran.component["retries"]["tests"])


def test_all_tests_together_may_use_the_budget(flaky_project: FlakyProject) -> None:
    flaky_project.configure("budget = 3")
    ran = flaky_project.run(MANY_FAIL.format(count=4, error="ConnectionError"))
    assert list(map(len, outcomes_by_test(ran).values())) == [3, 2, 1, 1]
    decisions = [one["attempts"][-1]["decision"] for one in ran.component["retries"]["tests"]]
    assert decisions == ["final: max_retries is 2"] + ["final: the budget of 3 retries is used up"] * 3
    assert (ran.component["retries"]["used"], ran.component["retries"]["budget"]) == (3, 3)


def test_the_budget_is_ten_for_few_tests(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(MANY_FAIL.format(count=7, error="ConnectionError"))
    assert retries_used(ran) == ran.component["retries"]["used"] == ran.component["retries"]["budget"] == 10


def test_a_component_has_a_budget_of_its_own(flaky_project: FlakyProject) -> None:
    flaky_project.configure("budget = 1")
    flaky_project.project.write({
        "tests/test_billing.py": FAILS_ALWAYS,
        "tests/test_orchestrator.py": FAILS_ALWAYS,
    })  # fmt: skip
    ran = flaky_project.project.gate(component="all")
    used = {one["name"]: one["retries"]["used"] for one in ran.report["components"]}
    assert used == {"billing": 1, "journal": 0, "orchestration": 1}


@everywhere
def test_a_test_of_two_components_takes_a_retry_of_each(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.configure("budget = 5\n[tool.maturity.components.billing.retry]\nbudget = 1\n")
    flaky_project.project.write({
        "tests/test_shared.py": """
            import pytest

            @pytest.mark.maturity_component("billing", "orchestration")
            def test_it():
                raise ConnectionError("gone")
            """,
    })  # fmt: skip
    ran = flaky_project.project.gate(component="all", *flags, subprocess=bool(flags))  # noqa: B026
    for one in ran.report["components"]:
        if one["name"] == "journal":
            continue
        (test,) = one["retries"]["tests"]
        assert [each["decision"] for each in test["attempts"]] == [
            "rerun: transient",
            "final: the budget of 1 retries is used up",
        ]


def test_a_retry_that_one_component_refuses_is_given_back_to_the_other(flaky_project: FlakyProject) -> None:
    flaky_project.configure("budget = 0\n[tool.maturity.components.billing.retry]\nbudget = 2\n")
    flaky_project.project.write({
        "tests/test_a_shared.py": """
            import pytest

            @pytest.mark.maturity_component("billing", "orchestration")
            def test_it():
                raise ConnectionError("gone")
            """,
        "tests/test_billing.py": FAILS_TWICE,
    })  # fmt: skip
    ran = flaky_project.project.gate(component="all")
    used = {one["name"]: one["retries"]["used"] for one in ran.report["components"]}
    assert used == {"billing": 2, "journal": 0, "orchestration": 0}


@pytest.mark.parametrize("key", ["budget", "time_budget", "max_retries"])
def test_a_limit_of_zero_allows_no_rerun(flaky_project: FlakyProject, key: str) -> None:
    flaky_project.configure(f"{key} = 0")
    ran = flaky_project.run(FAILS_TWICE)
    assert ran.code == 1
    assert len(attempts(ran)) == 1


def test_the_time_budget_counts_delays_and_attempts(flaky_project: FlakyProject) -> None:
    flaky_project.configure("time_budget = 0.5\nmax_retries = 9")
    ran = flaky_project.run("""
        import time

        def test_it():
            time.sleep(0.3)
            raise ConnectionError("gone")
        """)
    assert len(attempts(ran)) == 3
    assert attempts(ran)[-1]["decision"].startswith("final: the time budget is 0.5 s: ")


def test_a_delay_beyond_the_time_budget_is_refused(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        from pytest_maturity import TransientError

        def test_it():
            raise TransientError("closed", retry_after=3600)
        """)
    decision = "final: the time budget is 300 s: 0.0 s used, 3600.0 s to wait"
    assert [one["decision"] for one in attempts(ran)] == [decision]


@everywhere
def test_an_outage_stops_reruns_with_a_note(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.configure("breaker = 2\nmax_retries = 1")
    source = MANY_FAIL.format(count=4, error="ConnectionError") + MANY_FAIL.format(
        count=1, error="TimeoutError"
    ).replace("test_it", "test_slow")
    ran = flaky_project.run(source, *flags)
    assert list(map(len, outcomes_by_test(ran).values())) == [2, 2, 1, 1, 1]
    assert last_decision(ran, 2) == "final: outage suspected: 3 tests needed a retry"
    (note,) = [note for note in ran.report["notes"] if "outage" in note]
    message = "outage suspected: 5 tests needed a retry: ConnectionError 4, TimeoutError 1"
    assert note == f"orchestration: {message}"
    assert message in " ".join(ran.result.stdout.str().split())


def last_decision(ran: GateRun, number: int) -> str:
    decision: str = ran.component["retries"]["tests"][number]["attempts"][-1]["decision"]
    return decision


def test_as_many_tests_as_the_breaker_allows_are_no_outage(flaky_project: FlakyProject) -> None:
    flaky_project.configure("breaker = 4\nmax_retries = 1")
    ran = flaky_project.run(MANY_FAIL.format(count=4, error="ConnectionError"))
    assert list(map(len, outcomes_by_test(ran).values())) == [2, 2, 2, 2]
    assert ran.report["notes"] == []


@pytest.mark.parametrize("dist", ["load", "loadfile"])
def test_the_budget_is_exact_when_two_workers_share_it(flaky_project: FlakyProject, dist: str) -> None:
    flaky_project.configure("budget = 7\nbreaker = 100")
    many = MANY_FAIL.format(count=10, error="ConnectionError")
    flaky_project.project.write({"tests/test_orchestrator_more.py": many})
    ran = flaky_project.run(many, *WORKERS, f"--dist={dist}")
    assert retries_used(ran) == ran.component["retries"]["used"] == 7
    assert len(ran.component["retries"]["tests"]) == 20
