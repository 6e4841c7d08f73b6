"""A project whose stage silver needs approvals of two roles, with a commit of its author `a`."""

from __future__ import annotations

import pytest

from pytest_maturity import cli
from tests.acceptance.project import TESTS_ONLY, GateRun, Project, commit

NEEDED = "    approvals = { min = 2, roles = ['qa', 'ops'] }\n"
TRUSTED = "    [tool.maturity.records]\n    trust = ['local']\n"
SILVER = "--maturity-target=silver"


class Office:
    """The project, the verbs that work in it, and what they print."""

    def __init__(self, project: Project, capsys: pytest.CaptureFixture[str]) -> None:
        self.project = project
        self._capsys = capsys

    def configure(self, *tables: str, needed: str = NEEDED) -> None:
        """Writes the policy, and commits everything."""
        self.project.policy(TESTS_ONLY + needed + "".join(tables))
        commit(self.project)

    def judge(self, *arguments: str) -> GateRun:
        return self.project.gate(SILVER, *arguments)

    def run(self, *arguments: str) -> tuple[int, str]:
        """Runs a verb; returns its exit code and all that it prints."""
        self._capsys.readouterr()
        code = cli.main(list(arguments))
        printed = self._capsys.readouterr()
        return code, printed.out + printed.err

    def approve(self, by: str, role: str, *more: str) -> tuple[int, str]:
        by_name = ("--by", by) if by else ()
        return self.run(
            "approve", "orchestration", "--target", "silver", "--role", role, "--reason", "tried", *by_name, *more
        )


@pytest.fixture
def office(project: Project, capsys: pytest.CaptureFixture[str]) -> Office:
    """The project with a policy that trusts its own records."""
    made = Office(project, capsys)
    made.configure(TRUSTED)
    return made
