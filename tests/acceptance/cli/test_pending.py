"""`pytest-maturity pending` shows the approvals that are missing, as they are now and not when the run was."""

from __future__ import annotations

import json

from tests.acceptance.cli.conftest import TRUSTED, Office

OWN = "    [tool.maturity.components.orchestration]\n    stages.bronze.approvals = 1\n"


def test_what_is_missing_is_shown_until_nothing_is(office: Office) -> None:
    assert office.run("pending") == (0, "no report requires approvals\n")
    office.judge()
    assert office.run("pending") == (
        1,
        "orchestration for silver: 0 of 2 approvals; nobody has approved\n"
        "  pytest-maturity approve orchestration --target silver --role qa --reason TEXT\n",
    )
    office.approve("ann", "qa")
    assert office.run("pending", "Orchestration") == (
        1,
        "orchestration for silver: 1 of 2 approvals; approved by ann as qa (claimed); missing: ops\n"
        "  pytest-maturity approve orchestration --target silver --role ops --reason TEXT\n",
    )
    office.approve("bob", "ops")
    code, printed = office.run("pending", "--json")
    (found,) = json.loads(printed)
    assert (code, found["component"], found["stage"], found["approved"]) == (0, "orchestration", "silver", 2)


def test_approvals_that_do_not_count_are_named(office: Office) -> None:
    office.configure(TRUSTED, OWN, needed="    approvals = 1\n")
    office.judge()
    office.run("approve", "orchestration", "--target=bronze", "--reason=x", "--by=ann")
    code, printed = office.run("pending", "orchestration")
    assert code == 1
    assert "orchestration for bronze: 1 of 1 approvals; approved by ann (claimed)\n" in printed
    assert "does not count: it is for bronze, not for silver" in printed


def test_without_the_history_of_the_repository_nothing_is_known(office: Office) -> None:
    office.judge()
    (office.project.path / ".git").rename(office.project.path / "git")
    code, printed = office.run("pending", "orchestration")
    assert code == 3
    assert "? of 2 approvals; approvals cannot be bound to a repository: " in printed
