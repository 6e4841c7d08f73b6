"""A project whose tests fail for a passing reason, and what they write down while they run."""

from __future__ import annotations

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
WORKERS = ("-n2", "--dist=loadfile", "-p", "no:pytest_cov")  # three processes start faster without it
# Each runs in this process, and again in a worker of pytest-xdist.
everywhere = pytest.mark.parametrize(
    "flags", [pytest.param((), id="here"), pytest.param(WORKERS, id="worker", marks=pytest.mark.workers)]
)


class Retried:
    """A project with one test file. Its code has `journal.write(...)` and `journal.fail(name, times)`."""

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

    @property
    def journal(self) -> list[str]:
        path = self.project.path / "journal"
        return path.read_text().splitlines() if path.exists() else []


def attempts(ran: GateRun) -> dict[str, list[str]]:
    """How each attempt of each retried test ended, by the name of the test."""
    return {
        one["test"].partition("::")[2]: [attempt["outcome"] for attempt in one["attempts"]]
        for one in ran.component["retries"]["tests"]
    }
