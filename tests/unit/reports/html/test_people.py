"""Approvals and attested facts on the page of a run."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from pytest_maturity.model.approvals import Approval, StageApprovals
from pytest_maturity.model.attestations import Attested
from pytest_maturity.reports.html.people import make_approvals, make_attested
from tests.unit.reports.html.checks import Page


def component(**approvals: StageApprovals) -> dict[str, Any]:
    """Returns what these parts read of a component in the JSON report."""
    return {"target": "staging", "approvals": {stage: one.to_dict() for stage, one in approvals.items()}}


def test_who_approved_who_is_missing_and_what_does_not_count() -> None:
    ada = Approval(id="0123456789abcdef", name="ada", role="qa", identity="signed", expires="2026-12-06T00:00:00+00:00")
    old = Approval(id="f" * 32, name="bob <b>", is_automatic=True)
    staging = StageApprovals(required=2, roles=("qa", "owner"), counted=(ada, old), refused=("eve wrote the change",))
    text = Page(make_approvals(component(staging=staging))).text
    assert "Approvals staging: 1 approved, needs 2" in text
    assert "✓ ada as qa, signed, until 6 Dec 0123456789ab" in text
    assert "✓ bob <b>, not proven; it has expired, and nothing has changed since" in text
    assert "✗ nobody as owner" in text
    assert "does not count: eve wrote the change" in text


def test_unknown_automatic_and_no_approvals() -> None:
    unknown = StageApprovals(required=1, problem="the records cannot be read")
    text = Page(make_approvals(component(production=unknown, staging=StageApprovals(required=1)))).text
    assert "Approvals staging: 0 approved, needs 1" in text
    assert "production: unknown, needs 1" in text
    assert "? the records cannot be read" in text
    assert "Nobody has approved yet." in text
    automatic = make_approvals(component(production=StageApprovals(required=0, is_automatic=True)))
    assert "not of the target" in automatic
    assert "it requires nobody for this stage" in automatic
    assert make_approvals(component()) == ""


def test_attested_facts_with_what_they_come_from() -> None:
    found = {
        "error_budget": Attested(value=Fraction(5, 2), note="dora, 3 days ago"),
        "audit": Attested(value=None, note="nobody attested it <i>"),
    }
    text = Page(make_attested(found)).text
    assert "Attestations 2 facts, 1 unknown" in text
    assert text.index("audit ? unknown nobody attested it <i>") < text.index("error budget 2.5 dora, 3 days ago")
    assert make_attested({}) == ""
