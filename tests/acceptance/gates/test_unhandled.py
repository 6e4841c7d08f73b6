"""Exceptions that nothing handles: in a thread and in a finalizer, where pytest only warns."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project

POLICY = '[tool.maturity]\nladder = ["one"]\nstages.one = { pass_rate = 100, unhandled = 0 }\n'
TESTS = """
    import gc
    import threading

    def test_thread():
        def work():
            raise ValueError("boom")
        thread = threading.Thread(target=work, name="worker")
        thread.start()
        thread.join()

    def test_finalizer():
        class Late:
            def __del__(self):
                raise OSError("late")
        Late()
        gc.collect()
    """
QUIET = """
    import pytest

    def pytest_configure(config):
        config.addinivalue_line("filterwarnings", "ignore::pytest.PytestWarning")
    """


@pytest.fixture
def careless(project: Project) -> Project:
    project.policy(POLICY)
    project.write({"tests/test_orchestrator.py": TESTS})
    return project


@pytest.mark.parametrize("workers", [(), ("-n1",)])
def test_unhandled_exceptions_hold_where_a_stage_requires_none(careless: Project, workers: tuple[str, ...]) -> None:
    ran = careless.gate(*workers, subprocess=True)
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for one: unhandled 2 > 0"
    thread, finalizer = ran.gate("unhandled")["findings"]
    test = "tests/test_orchestrator.py::test_thread"
    assert (thread["path"], thread["rule"]) == ("tests/test_orchestrator.py", "thread")
    assert (thread["test"], thread["message"]) == (test, "Exception in thread worker: ValueError: boom")
    assert finalizer["rule"] == "unraisable"
    assert finalizer["message"].endswith("OSError: late")


def test_unhandled_exceptions_are_noted_where_no_stage_requires_any(careless: Project) -> None:
    careless.policy('[tool.maturity]\nladder = ["one"]\nstages.one.pass_rate = 100\n')
    ran = careless.gate(subprocess=True)
    assert ran.code == 0
    start = "orchestration: 2 exceptions that nothing handled: tests/test_orchestrator.py::test_thread"
    assert [note for note in ran.report["notes"] if note.startswith(start)]


@pytest.mark.parametrize(
    "arguments",
    [
        ("-p", "no:threadexception"),
        ("-p", "no:unraisableexception"),
        ("-p", "no:warnings"),
        ("-W", "ignore"),
        ("-W", "ignore::pytest.PytestUnhandledThreadExceptionWarning"),
        ("-W", "ignore:Exception in thread:pytest.PytestWarning"),
        ("-n1", "-W", "ignore::pytest.PytestUnraisableExceptionWarning"),
    ],
)
def test_where_pytest_does_not_report_them_they_are_unknown(careless: Project, arguments: tuple[str, ...]) -> None:
    ran = careless.gate(*arguments, subprocess=True)
    assert ran.code == 3, ran.result.stdout.str()
    assert "unhandled unknown (pytest does not report them" in ran.last_line


def test_a_filter_of_the_projects_that_ignores_them_makes_it_unknown(careless: Project) -> None:
    careless.write({"conftest.py": QUIET})
    assert careless.gate(subprocess=True).code == 3


def test_a_filter_that_ignores_other_warnings_changes_nothing(careless: Project) -> None:
    careless.write({"tests/test_orchestrator.py": "def test_a(): pass\n"})
    assert careless.gate("-W", "ignore::DeprecationWarning", "-W", "default:Exception", subprocess=True).code == 0


def test_where_warnings_are_errors_the_test_fails_instead(careless: Project) -> None:
    ran = careless.gate("-W", "error", subprocess=True)
    assert ran.code == 1
    assert "pass rate 0 % < 100" in ran.last_line
