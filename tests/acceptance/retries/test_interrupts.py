"""Ctrl-C and pytest.exit while a test is rerun: pytest's own exit codes, and no known failure is lost."""

from __future__ import annotations

import json
import sys
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest

from tests.acceptance.project import GateRun
from tests.acceptance.retries.flaky_project import RETRIES, WORKERS, FlakyProject

TESTS = """
    import os, signal
    import pytest
    from journal import fail, write

    def interrupt(where, number):
        if where == "{place}" and number == {attempt}:
            write("interrupted")
            {how}

    @pytest.fixture(scope="session", autouse=True)
    def wide():
        yield
        write("session torn down")

    @pytest.fixture
    def narrow(maturity_attempt):
        interrupt("setup", maturity_attempt)
        yield
        interrupt("teardown", maturity_attempt)
        write("torn down", maturity_attempt)

    def test_before():
        pass

    def test_it(narrow, maturity_attempt):
        interrupt("call", maturity_attempt)
        fail("it", times=99)

    def test_after():
        write("after")
    """
# A real Ctrl-C comes from outside, while the process sleeps.
KILL = "os.kill(os.getpid(), signal.SIGINT)"
EXIT = "pytest.exit('enough', returncode={})"
hows = pytest.mark.parametrize(("how", "code"), [(KILL, 2), (EXIT.format(7), 7)], ids=["ctrl-c", "exit-7"])


def failed_tests(flaky_project: FlakyProject) -> list[str]:
    return list(json.loads((flaky_project.project.path / ".pytest_cache/v/cache/lastfailed").read_text()))


def check(flaky_project: FlakyProject, ran: GateRun, code: int, known: int = 1) -> None:
    """Checks that the run ended as pytest's own do, and that every report has `known` failed attempts."""
    assert ran.code == code
    assert "INTERNALERROR" not in ran.result.stdout.str()
    assert flaky_project.journal[-1] == "session torn down"
    assert "after" not in flaky_project.journal
    assert ran.report["verdict"] == "HOLD"
    assert "interrupted" in ran.gaps
    assert failed_tests(flaky_project) == ["tests/test_orchestrator.py::test_it"]
    if code == 2:  # pytest prints no summary for other codes
        assert "FAILED tests/test_orchestrator.py::test_it - ConnectionError" in ran.result.stdout.str()
    (case,) = ElementTree.parse(flaky_project.project.path / "junit.xml").iterfind(".//testcase[@name='test_it']")
    assert [one.attrib["message"] for one in case.iterfind("failure")] == [f"ConnectionError: it {known}"]


@hows
@pytest.mark.parametrize(
    ("place", "attempt"), [("setup", 2), ("call", 2), ("call", 3), ("teardown", 1), ("teardown", 2), ("teardown", 3)]
)
def test_an_interrupt_during_a_later_attempt_keeps_the_failed_attempts(
    flaky_project: FlakyProject, how: str, code: int, place: str, attempt: int
) -> None:
    tests = TESTS.format(place=place, attempt=attempt, how=how)
    ran = flaky_project.run(tests, "--junitxml=junit.xml", subprocess=True)
    assert flaky_project.journal.count("interrupted") == 1
    check(flaky_project, ran, code, known=attempt if place == "teardown" else attempt - 1)


@hows
def test_an_interrupt_during_the_first_attempt_is_pytests_own(flaky_project: FlakyProject, how: str, code: int) -> None:
    ran = flaky_project.run(TESTS.format(place="call", attempt=1, how=how), subprocess=True)
    assert ran.code == code
    assert flaky_project.journal == ["interrupted", "torn down 1", "session torn down"]
    assert ran.component["outcomes"]["failed"] == 0


@pytest.mark.skipif(find_spec("_pytest.subtests") is None, reason="pytest 8 ends a test at its first failed subtest")
@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python 3.10 reports failed subtests when the test has ended")
def test_an_interrupt_during_a_subtest_keeps_the_failed_subtests(flaky_project: FlakyProject) -> None:
    ran = flaky_project.run(
        """
        import os, signal, unittest
        from journal import write

        class TestIt(unittest.TestCase):
            @classmethod
            def tearDownClass(cls):
                write("session torn down")

            def test_it(self):
                with self.subTest("a"):
                    raise ConnectionError("a")
                os.kill(os.getpid(), signal.SIGINT)
        """,
        subprocess=True,
    )
    assert ran.code == 2
    assert flaky_project.journal == ["session torn down"]
    assert ran.component["outcomes"]["failed"] == 1


LONG_WAIT = RETRIES.replace("base_delay = 0", "base_delay = 60") + "    retry.max_delay = 60\n"
CONTROL_C = """
    import os, signal, threading
    import pytest
    from journal import write

    def pytest_maturity_attempt(item, attempt):
        write("delay")
        {}
    """


@pytest.mark.parametrize(
    ("how", "code"),
    [("threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()", 2), (EXIT.format(7), 7)],
    ids=["ctrl-c", "exit-7"],
)
def test_an_interrupt_during_the_delay_keeps_the_failed_attempts(
    flaky_project: FlakyProject, how: str, code: int
) -> None:
    flaky_project.project.policy(LONG_WAIT)
    flaky_project.project.write({"conftest.py": CONTROL_C.format(how)})
    ran = flaky_project.run(TESTS.format(place="", attempt=0, how="pass"), "--junitxml=junit.xml", subprocess=True)
    assert ran.result.duration < 30
    assert flaky_project.journal == ["torn down 1", "delay", "session torn down"]
    check(flaky_project, ran, code)
    (test,) = ran.component["retries"]["tests"]
    assert [(one["outcome"], one["decision"]) for one in test["attempts"]] == [("failed", "final: interrupted")]


def test_an_interrupt_of_the_controller_ends_workers_during_a_delay(flaky_project: FlakyProject) -> None:
    flaky_project.project.policy(LONG_WAIT)
    flaky_project.project.write({
        "conftest.py": """
        import os, signal

        def pytest_maturity_attempt(item, attempt):
            os.kill(os.getppid(), signal.SIGINT)
        """
    })  # fmt: skip
    ran = flaky_project.run(TESTS.format(place="", attempt=0, how="pass"), *WORKERS)
    assert ran.result.duration < 30
    assert ran.code == 2
    assert ran.report["verdict"] == "INCONCLUSIVE"


def test_an_exit_in_a_worker_during_a_delay_keeps_the_failed_attempts(flaky_project: FlakyProject) -> None:
    flaky_project.project.policy(LONG_WAIT)
    flaky_project.project.write({"conftest.py": CONTROL_C.format(EXIT.format(None))})
    ran = flaky_project.run(TESTS.format(place="", attempt=0, how="pass"), *WORKERS)
    assert ran.code in (1, 2)  # pytest-xdist reports it as a crash, and as a failure of the test
    assert flaky_project.journal == ["torn down 1", "delay", "session torn down"]
    assert ran.component["outcomes"]["failed"] == 1


@pytest.mark.parametrize("hook", ["rerun", "classify", "attempt"])
def test_a_hook_can_exit_pytest(flaky_project: FlakyProject, hook: str) -> None:
    arguments = "item, exception" if hook == "classify" else "item, attempt"
    flaky_project.project.write({
        "conftest.py": f"import pytest\n\ndef pytest_maturity_{hook}({arguments}):\n    {EXIT.format(7)}\n"
    })  # fmt: skip
    ran = flaky_project.run(TESTS.format(place="", attempt=0, how="pass"), "--junitxml=junit.xml", subprocess=True)
    check(flaky_project, ran, 7)


@pytest.mark.parametrize(
    ("hook", "how"), [("rerun", "pytest.fail('no')"), ("classify", "pytest.skip('no')"), ("attempt", "1 / 0")]
)
def test_a_hook_that_raises_only_gives_a_warning(flaky_project: FlakyProject, hook: str, how: str) -> None:
    arguments = "item, exception" if hook == "classify" else "item, attempt"
    flaky_project.project.write(
        {"conftest.py": f"import pytest\n\ndef pytest_maturity_{hook}({arguments}):\n    {how}\n"}
    )
    ran = flaky_project.run(TESTS.format(place="", attempt=0, how="pass"), "-Wdefault", subprocess=True)
    assert ran.code == 1
    assert f"MaturityWarning: pytest_maturity_{hook} raised" in ran.result.stdout.str()
    assert flaky_project.journal.count("after") == 1
    assert len([line for line in flaky_project.journal if "torn down " in line]) == (3 if hook == "attempt" else 1)
