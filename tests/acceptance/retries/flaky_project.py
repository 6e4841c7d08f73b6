"""A project whose tests fail with transient errors, and the journal that they write while they run."""

from __future__ import annotations

from typing import Any

import pytest

from tests.acceptance.project import GateRun, Project

RETRIES = """
    [tool.maturity]
    ladder = ["bronze"]
    stages.bronze.pass_rate = 100
    retry.base_delay = 0
"""
JOURNAL = """
    import os

    PLACE = os.path.join(os.getcwd(), "journal")

    def write(*words):
        with open(PLACE, "a") as file:
            file.write(" ".join(map(str, words)) + "\\n")

    def fail(name, times=1, error=ConnectionError):
        with open(f"{PLACE}-{name}", "a") as file:
            file.write("x")
            calls = file.tell()
        if calls <= times:
            raise error(f"{name} {calls}")
"""
FAILS_ALWAYS = """
    def test_it():
        raise ConnectionError("gone")
"""
FAILS_TWICE = """
    def test_it(maturity_attempt):
        if maturity_attempt < 3:
            raise ConnectionError("gone")
"""
MANY_FAIL = """
    import pytest

    @pytest.mark.parametrize("number", range({count}))
    def test_it(number):
        raise {error}("gone")
"""
WORKERS = ("-n2", "--dist=loadfile", "-p", "no:pytest_cov")  # three processes start faster without it
# Runs a test once with the gate in this process, and once in a worker of pytest-xdist.
everywhere = pytest.mark.parametrize(
    "flags", [pytest.param((), id="here"), pytest.param(WORKERS, id="worker", marks=pytest.mark.workers)]
)


class FlakyProject:
    """A project with one test file, which can import `journal.write(...)` and `journal.fail(name, times)`."""

    def __init__(self, project: Project, *plugins: str) -> None:
        self.project = project
        project.plugins = plugins
        project.policy(RETRIES)
        project.write({"src/journal.py": JOURNAL})

    def run(
        self, tests: str, *flags: str, subprocess: bool = False, file: str = "tests/test_orchestrator.py"
    ) -> GateRun:
        self.project.write({file: tests})
        return self.again(*flags, subprocess=subprocess)

    def again(self, *flags: str, subprocess: bool = False) -> GateRun:
        return self.project.gate(*flags, subprocess=subprocess or "-n2" in flags)

    def configure(self, text: str) -> None:
        """Sets the keys of the table `retry`, and tables after it; without a base_delay, reruns have no delay."""
        base_delay = "" if "base_delay" in text else "base_delay = 0\n"
        self.project.policy(
            '[tool.maturity]\nladder = ["bronze"]\nstages.bronze.pass_rate = 100\n'
            f"[tool.maturity.retry]\n{base_delay}{text}\n"
        )

    @property
    def journal(self) -> list[str]:
        path = self.project.path / "journal"
        return path.read_text().splitlines() if path.exists() else []


def attempts(ran: GateRun) -> list[dict[str, Any]]:
    """Returns the attempts of the only test that the report has attempts of."""
    (test,) = ran.component["retries"]["tests"]
    found: list[dict[str, Any]] = test["attempts"]
    return found


def outcomes_by_test(ran: GateRun) -> dict[str, list[str]]:
    """Returns the outcome of each attempt, by the name of the test, of the tests that the report has attempts of."""
    return {
        one["test"].partition("::")[2]: [attempt["outcome"] for attempt in one["attempts"]]
        for one in ran.component["retries"]["tests"]
    }
