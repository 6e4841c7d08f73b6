"""Reruns with timers: each attempt has the full time, and no timer runs during a delay."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import RETRIES, FlakyProject, everywhere, outcomes_by_test


@pytest.fixture
def flaky_project(project: Project) -> FlakyProject:
    return FlakyProject(project, "timeout")


WATCH_PAUSES = """
    import signal
    from journal import write

    def pytest_maturity_attempt(item, attempt):
        write("delay", signal.getitimer(signal.ITIMER_REAL)[0] > 0)
    """


@pytest.mark.parametrize("flags", [(), ("-n2",)], ids=["here", "worker"])
def test_pytest_timeout_starts_anew_for_each_attempt_and_not_during_delays(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_timeout")
    flaky_project.project.write({"conftest.py": WATCH_PAUSES})
    ran = flaky_project.run(
        """
        import signal, time
        from journal import fail, write

        def test_it():
            left = signal.getitimer(signal.ITIMER_REAL)[0]
            write("full" if left > 99 else left)
            signal.setitimer(signal.ITIMER_REAL, 50)  # as after half of the time
            fail("it", times=2)
        """,
        *flags,
        "--timeout=100",
        "--timeout-method=signal",
        subprocess=True,
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert flaky_project.journal == ["full", "delay False", "full", "delay False", "full"]


def test_pytest_timeout_ends_a_second_attempt_that_hangs(flaky_project: FlakyProject) -> None:
    pytest.importorskip("pytest_timeout")
    ran = flaky_project.run(
        """
        import time
        from journal import fail

        def test_it():
            fail("it")
            time.sleep(60)
        """,
        "--timeout=0.5",
        subprocess=True,
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed"]}
    assert "Timeout" in ran.component["retries"]["tests"][0]["attempts"][1]["message"]


@everywhere
def test_faulthandler_starts_with_each_attempt_and_ends_with_it(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    flaky_project.project.policy(RETRIES, 'pythonpath = ["src"]\nfaulthandler_timeout = 100')
    flaky_project.project.write({
        "conftest.py": """
        import faulthandler
        from journal import write

        def later(timeout, **options):
            write("begin", timeout)

        def cancel():
            write("cancel")

        faulthandler.dump_traceback_later, faulthandler.cancel_dump_traceback_later = later, cancel
        """
    })  # fmt: skip
    ran = flaky_project.run(
        """
        from journal import fail, write

        def test_it():
            write("test")
            fail("it", times=2)
        """,
        *flags,
        subprocess=True,
    )
    assert outcomes_by_test(ran) == {"test_it": ["failed", "failed", "passed"]}
    events = [
        line
        for before, line in zip(["", *flaky_project.journal], flaky_project.journal, strict=False)
        if line != before
    ]
    assert events == ["begin 100.0", "test", "cancel"] * 3
