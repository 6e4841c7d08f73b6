"""Each attempt has its full time, and no timer runs between two of them."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.reruns import RETRIES, Retried, attempts, everywhere


@pytest.fixture
def retried(project: Project) -> Retried:
    return Retried(project, "timeout")


WATCH_PAUSES = """
    import signal
    from journal import write

    def pytest_maturity_attempt(item, attempt):
        write("pause", signal.getitimer(signal.ITIMER_REAL)[0] > 0)
    """


@pytest.mark.parametrize("flags", [(), ("-n2",)], ids=["here", "worker"])
def test_each_attempt_has_the_full_time_of_pytest_timeout_and_no_timer_runs_between(
    retried: Retried, flags: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_timeout")
    retried.project.write({"conftest.py": WATCH_PAUSES})
    ran = retried.run(
        """
        import signal, time
        from journal import fail, write

        def test_it():
            left = signal.getitimer(signal.ITIMER_REAL)[0]
            write("full" if left > 99 else left)
            signal.setitimer(signal.ITIMER_REAL, 50)  # as if half of the time were over
            fail("it", times=2)
        """,
        *flags,
        "--timeout=100",
        "--timeout-method=signal",
        subprocess=True,
    )
    assert attempts(ran) == {"test_it": ["failed", "failed", "passed"]}
    assert retried.journal == ["full", "pause False", "full", "pause False", "full"]


def test_pytest_timeout_ends_a_second_attempt_that_hangs(retried: Retried) -> None:
    pytest.importorskip("pytest_timeout")
    ran = retried.run(
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
    assert attempts(ran) == {"test_it": ["failed", "failed"]}
    assert "Timeout" in ran.component["retries"]["tests"][0]["attempts"][1]["message"]


@everywhere
def test_each_attempt_has_the_full_time_of_faulthandler_and_no_timer_runs_between(
    retried: Retried, flags: tuple[str, ...]
) -> None:
    retried.project.policy(RETRIES, 'pythonpath = ["src"]\nfaulthandler_timeout = 100')
    retried.project.write({
        "conftest.py": """
        import faulthandler
        from journal import write

        def later(timeout, **options):
            write("begin", timeout)

        def cancel():
            write("cancel")

        faulthandler.dump_traceback_later, faulthandler.cancel_dump_traceback_later = later, cancel

        def pytest_maturity_attempt(item, attempt):
            write("pause")
        """
    })  # fmt: skip
    ran = retried.run(
        """
        from journal import fail, write

        def test_it():
            write("test")
            fail("it", times=2)
        """,
        *flags,
        subprocess=True,
    )
    assert attempts(ran) == {"test_it": ["failed", "failed", "passed"]}
    attempt = ["begin 100.0", "test", "cancel"]
    events = [line for before, line in zip(["", *retried.journal], retried.journal, strict=False) if line != before]
    assert events == [*attempt, "pause", *attempt, "pause", *attempt]
