"""Ctrl-C and pytest.exit while a test is tried again: pytest's own exit codes, and nothing is lost."""

from __future__ import annotations

import json
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest

from tests.acceptance.project import GateRun, Project
from tests.acceptance.retries.reruns import RETRIES, WORKERS, Retried

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


@pytest.fixture
def retried(project: Project) -> Retried:
    return Retried(project)


def failed_tests(retried: Retried) -> list[str]:
    return list(json.loads((retried.project.path / ".pytest_cache/v/cache/lastfailed").read_text()))


def check(retried: Retried, ran: GateRun, code: int, known: int = 1) -> None:
    """The run ended as pytest's own runs do, and the failure of the attempt `known`, the last, is everywhere."""
    assert ran.code == code
    assert "INTERNALERROR" not in ran.result.stdout.str()
    assert retried.journal[-1] == "session torn down"
    assert "after" not in retried.journal
    assert ran.report["verdict"] == "HOLD"
    assert "interrupted" in ran.gaps
    assert failed_tests(retried) == ["tests/test_orchestrator.py::test_it"]
    if code == 2:  # pytest prints no summary for other codes
        assert "FAILED tests/test_orchestrator.py::test_it - ConnectionError" in ran.result.stdout.str()
    (case,) = ElementTree.parse(retried.project.path / "junit.xml").iterfind(".//testcase[@name='test_it']")
    assert [one.attrib["message"] for one in case.iterfind("failure")] == [f"ConnectionError: it {known}"]


@hows
@pytest.mark.parametrize(
    ("place", "attempt"), [("setup", 2), ("call", 2), ("call", 3), ("teardown", 1), ("teardown", 2), ("teardown", 3)]
)
def test_an_interrupt_during_a_later_attempt_keeps_what_is_known(
    retried: Retried, how: str, code: int, place: str, attempt: int
) -> None:
    tests = TESTS.format(place=place, attempt=attempt, how=how)
    ran = retried.run(tests, "--junitxml=junit.xml", subprocess=True)
    assert retried.journal.count("interrupted") == 1
    check(retried, ran, code, known=attempt if place == "teardown" else attempt - 1)


@hows
def test_an_interrupt_during_the_first_attempt_is_as_without_retries(retried: Retried, how: str, code: int) -> None:
    ran = retried.run(TESTS.format(place="call", attempt=1, how=how), subprocess=True)
    assert ran.code == code
    assert retried.journal == ["interrupted", "torn down 1", "session torn down"]
    assert ran.component["outcomes"]["failed"] == 0


@pytest.mark.skipif(find_spec("_pytest.subtests") is None, reason="pytest 8 ends a test at its first failed subtest")
def test_an_interrupt_during_a_subtest_keeps_those_that_failed_before(retried: Retried) -> None:
    ran = retried.run(
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
    assert retried.journal == ["session torn down"]
    assert ran.component["outcomes"]["failed"] == 1


LONG_WAIT = RETRIES.replace("base_delay = 0", "base_delay = 60") + "    retry.max_delay = 60\n"
CONTROL_C = """
    import os, signal, threading
    import pytest
    from journal import write

    def pytest_maturity_attempt(item, attempt):
        write("pause")
        {}
    """


@pytest.mark.parametrize(
    ("how", "code"),
    [("threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()", 2), (EXIT.format(7), 7)],
    ids=["ctrl-c", "exit-7"],
)
def test_an_interrupt_during_the_wait_keeps_what_is_known(retried: Retried, how: str, code: int) -> None:
    retried.project.policy(LONG_WAIT)
    retried.project.write({"conftest.py": CONTROL_C.format(how)})
    ran = retried.run(TESTS.format(place="", attempt=0, how="pass"), "--junitxml=junit.xml", subprocess=True)
    assert ran.result.duration < 30
    assert retried.journal == ["torn down 1", "pause", "session torn down"]
    check(retried, ran, code)
    (test,) = ran.component["retries"]["tests"]
    assert [(one["outcome"], one["decision"]) for one in test["attempts"]] == [("failed", "final: interrupted")]


def test_an_interrupt_of_the_controller_ends_workers_that_wait(retried: Retried) -> None:
    retried.project.policy(LONG_WAIT)
    retried.project.write({
        "conftest.py": """
        import os, signal

        def pytest_maturity_attempt(item, attempt):
            os.kill(os.getppid(), signal.SIGINT)
        """
    })  # fmt: skip
    ran = retried.run(TESTS.format(place="", attempt=0, how="pass"), *WORKERS)
    assert ran.result.duration < 30
    assert ran.code == 2
    assert ran.report["verdict"] == "INCONCLUSIVE"


def test_an_exit_in_a_worker_that_waits_keeps_what_is_known(retried: Retried) -> None:
    retried.project.policy(LONG_WAIT)
    retried.project.write({"conftest.py": CONTROL_C.format(EXIT.format(None))})
    ran = retried.run(TESTS.format(place="", attempt=0, how="pass"), *WORKERS)
    assert ran.code in (1, 2)  # pytest-xdist calls it a crash, and a failure of the test
    assert retried.journal == ["torn down 1", "pause", "session torn down"]
    assert ran.component["outcomes"]["failed"] == 1


@pytest.mark.parametrize("hook", ["rerun", "classify", "attempt"])
def test_a_hook_may_exit(retried: Retried, hook: str) -> None:
    arguments = "item, exception" if hook == "classify" else "item, attempt"
    retried.project.write({
        "conftest.py": f"import pytest\n\ndef pytest_maturity_{hook}({arguments}):\n    {EXIT.format(7)}\n"
    })  # fmt: skip
    ran = retried.run(TESTS.format(place="", attempt=0, how="pass"), "--junitxml=junit.xml", subprocess=True)
    check(retried, ran, 7)


@pytest.mark.parametrize(
    ("hook", "how"), [("rerun", "pytest.fail('no')"), ("classify", "pytest.skip('no')"), ("attempt", "1 / 0")]
)
def test_a_hook_that_raises_is_a_warning(retried: Retried, hook: str, how: str) -> None:
    arguments = "item, exception" if hook == "classify" else "item, attempt"
    retried.project.write({"conftest.py": f"import pytest\n\ndef pytest_maturity_{hook}({arguments}):\n    {how}\n"})
    ran = retried.run(TESTS.format(place="", attempt=0, how="pass"), "-Wdefault", subprocess=True)
    assert ran.code == 1
    assert f"MaturityWarning: pytest_maturity_{hook} raised" in ran.result.stdout.str()
    assert retried.journal.count("after") == 1
    assert len([line for line in retried.journal if "torn down " in line]) == (3 if hook == "attempt" else 1)
