"""The retry policy: the number of attempts, the delays, and where the settings come from."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.acceptance.project import GateRun
from tests.acceptance.retries.flaky_project import (
    FAILS_ALWAYS,
    FAILS_TWICE,
    MANY_FAIL,
    FlakyProject,
    attempts,
    everywhere,
    outcomes_by_test,
)


def delays(ran: GateRun) -> list[float | None]:
    return [one["delay_s"] for one in attempts(ran)]


# ── attempts and delays ───────────────────────────────────────────────────────


@everywhere
def test_a_test_with_a_lost_connection_is_rerun_twice(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    ran = flaky_project.run(FAILS_TWICE, *flags)
    assert ran.code == 0
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert ran.component["retries"]["used"] == 2
    ran = flaky_project.run(FAILS_ALWAYS, *flags)
    assert ran.code == 1
    assert [one["decision"] for one in attempts(ran)] == ["rerun: transient"] * 2 + ["final: max_retries is 2"]


def test_a_failed_assertion_is_never_rerun(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("def test_it(): assert 0\n")
    assert ran.code == 1
    assert outcomes_by_test(ran) == {}


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("base_delay = 0.01\nfactor = 2\njitter = false", [0.01, 0.02, 0.04, None]),
        ("base_delay = 0.01\nfactor = 3\nmax_delay = 0.02\njitter = false", [0.01, 0.02, 0.02, None]),
        ("base_delay = 0.01\nfactor = 1\njitter = false", [0.01, 0.01, 0.01, None]),
    ],
)
def test_delays_grow_by_the_factor_up_to_the_maximum(
    flaky_project: FlakyProject, keys: str, expected: list[float | None]
) -> None:
    flaky_project.configure(f"max_retries = 3\n{keys}")
    assert delays(flaky_project.run(FAILS_ALWAYS)) == expected


def test_the_delay_is_waited(flaky_project: FlakyProject) -> None:
    flaky_project.configure("base_delay = 0.05\njitter = false\nmax_retries = 1")
    flaky_project.run("""
        import journal, time

        def test_it():
            journal.write(time.monotonic())
            raise ConnectionError("gone")
        """)
    first, second = map(float, flaky_project.journal)
    assert second - first >= 0.05


def test_a_test_that_patches_random_and_time_does_not_change_delays(flaky_project: FlakyProject) -> None:
    flaky_project.configure("base_delay = 0.02\nmax_retries = 3")
    ran = flaky_project.run("""
        import random, time
        import pytest

        def never(*args):
            raise AssertionError("a patched function was called")

        @pytest.fixture
        def patched(monkeypatch):
            random.seed(1)
            monkeypatch.setattr(random, "random", never)
            monkeypatch.setattr(random.SystemRandom, "random", never)
            monkeypatch.setattr(time, "sleep", never)
            monkeypatch.setattr(time, "monotonic", never)

        def test_it(patched):
            raise ConnectionError("gone")
        """)
    first, second, third, last = delays(ran)
    assert last is None
    assert first is not None
    assert second is not None
    assert third is not None
    assert 0.01 <= first <= 0.02 <= second <= 0.04 <= third <= 0.08
    assert len({first, second / 2, third / 4}) == 3


def test_a_test_that_freezes_the_clock_does_not_change_durations(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import sys, time
        import pytest

        @pytest.fixture
        def frozen(monkeypatch):
            real = time.monotonic
            for module in list(sys.modules.values()):
                for name in [name for name, value in list(vars(module).items()) if value is real]:
                    monkeypatch.setattr(module, name, lambda: -1e9)

        def test_it(frozen, maturity_attempt):
            if maturity_attempt < 3:
                raise ConnectionError("gone")
        """, subprocess=True)  # fmt: skip
    assert ran.code == 0
    assert all(0 <= one["duration_s"] < 60 for one in attempts(ran))


@pytest.mark.parametrize("requested", [0, 0.03])
def test_the_wait_that_an_exception_requests_is_the_delay(flaky_project: FlakyProject, requested: float) -> None:
    flaky_project.configure("base_delay = 5")
    ran = flaky_project.run(f"""
        from pytest_maturity import TransientError

        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise TransientError("busy", retry_after={requested})
        """)
    assert delays(ran) == [requested, None]
    assert ran.code == 0


def test_the_longest_of_several_requested_waits_counts(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run("""
        import sys
        from pytest_maturity import TransientError

        if sys.version_info < (3, 11):
            from exceptiongroup import ExceptionGroup

        def test_it(maturity_attempt):
            if maturity_attempt == 1:
                raise ExceptionGroup("", [TransientError("", retry_after=after) for after in (0.01, 0.02, 0)])
        """)
    assert delays(ran) == [0.02, None]


def test_delays_differ_from_test_to_test(flaky_project: FlakyProject) -> None:
    flaky_project.configure("base_delay = 0.01\nmax_retries = 1\nbreaker = 100")
    ran = flaky_project.run(MANY_FAIL.format(count=5, error="ConnectionError"))
    found = [one["attempts"][0]["delay_s"] for one in ran.component["retries"]["tests"]]
    assert all(one != other for one, other in pairwise(found))
    assert all(0.005 <= delay <= 0.01 for delay in found)


# ── the origin of the settings ────────────────────────────────────────────────

SETTINGS = [
    ("retry.max_retries = 3", "bronze", 3),
    ("retry.max_retries = 3\nstages.bronze.retry.max_retries = 1", "bronze", 1),
    ("retry.max_retries = 3\nstages.silver.retry.max_retries = 1", "bronze", 3),
    ("retry.max_retries = 3\nstages.silver.retry.max_retries = 1", "silver", 1),
    ("stages.bronze.retry.max_retries = 3\nstages.silver.retry.max_retries = 1", "silver", 1),
    ("stages.silver.retry.max_retries = 3\ncomponents.orchestration.retry.max_retries = 1", "silver", 1),
    (
        "components.orchestration.retry.max_retries = 1\ncomponents.orchestration.stages.silver.retry.max_retries = 3",
        "silver",
        3,
    ),
    ("components.billing.retry.max_retries = 4", "bronze", 2),
]


@pytest.mark.parametrize(("text", "target", "retries"), SETTINGS)
def test_the_more_specific_setting_overrides(flaky_project: FlakyProject, text: str, target: str, retries: int) -> None:
    flaky_project.project.policy(f"""
[tool.maturity]
ladder = ["bronze", "silver"]
stages.bronze.pass_rate = 100
stages.silver.skipped_rate = 0
retry.base_delay = 0
{text}
""")
    ran = flaky_project.run(FAILS_ALWAYS, "--maturity-target", target)
    assert len(attempts(ran)) == retries + 1


MARKED = """
    import pytest

    @pytest.mark.maturity_rerun(max_retries=3)
    def test_it():
        raise ConnectionError("gone")
"""


def test_a_marker_overrides_the_configuration(flaky_project: FlakyProject) -> None:
    flaky_project.configure("max_retries = 1")
    assert len(attempts(flaky_project.run(MARKED))) == 4


def test_the_command_line_overrides_a_marker(flaky_project: FlakyProject) -> None:
    assert len(attempts(flaky_project.run(MARKED, "--maturity-retries", "1"))) == 2


@everywhere
def test_zero_retries_on_the_command_line_disable_the_hook_too(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.write({"conftest.py": "def pytest_maturity_rerun():\n    return True\n"})
    ran = flaky_project.run(MARKED, "--maturity-retries", "0", *flags)
    assert ran.code == 1
    assert ran.component["retries"]["tests"] == []
    assert ran.component["retries"]["used"] == 0


def test_a_negative_number_of_retries_is_refused(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(MARKED, "--maturity-retries", "-1")
    assert ran.code == 4
    assert "--maturity-retries" in ran.errors[0]


def test_the_option_without_a_component_is_refused(flaky_project: FlakyProject) -> None:
    result = flaky_project.project.run("--maturity-retries", "1")
    assert int(result.ret) == 4
