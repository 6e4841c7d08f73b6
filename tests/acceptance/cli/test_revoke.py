"""`pytest-maturity revoke` ends an approval, and a component that rested on it is demoted."""

from __future__ import annotations

import re

from tests.acceptance.cli.conftest import TRUSTED, Office


def approve(office: Office) -> str:
    """Approves, promotes and records; returns the id of the approval."""
    office.configure(TRUSTED, needed="    approvals = 1\n")
    office.judge()
    code, printed = office.run("approve", "orchestration", "--target=silver", "--reason=x", "--by=ann")
    assert code == 0
    match = re.search(r"\(approval (\w{12})\)", printed)
    assert match is not None
    return match[1]


def test_a_revoked_approval_does_not_count(office: Office) -> None:
    id_ = approve(office)
    assert office.judge().code == 0
    assert office.run("record", ".maturity/orchestration.json")[0] == 0
    assert f"({id_})" in office.run("log")[1]
    code, printed = office.run("revoke", id_, "--reason", "found a leak")
    assert (code, printed) == (0, f"the approval of orchestration for silver by ann ({id_}) is revoked\n")
    run = office.project.gate("--maturity-target=recorded")
    assert (run.code, run.component["demoted"]) == (1, True)
    assert "revoked it on" in run.component["approvals"]["silver"]["refused"][0]
    assert run.component["approvals"]["silver"]["refused"][0].endswith(": found a leak")
    code, printed = office.run("revoke", id_, "--reason", "again")
    assert (code, printed) == (4, f"ERROR: {id_} is revoked already\n")


def test_what_cannot_be_revoked_is_refused(office: Office) -> None:
    approve(office)
    for id_, words in (("ab", "give at least 6 digits of the id"), ("zzzzzz", "no approval or attestation has the id")):
        code, printed = office.run("revoke", id_, "--reason", "x")
        assert (code, words in printed) == (4, True)
