"""The gate `approvals`: how many people have approved the promotion of exactly this to a stage."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.approvals import Approval, StageApprovals
from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.text import plural, safe

NAME = "approvals"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns how many people have approved, for each stage that requires approvals; unknown where that is not known.

    The findings are the approvals that do not count, with the reasons.
    """
    standing = evidence.standing
    if standing is None or not standing.approvals:
        return Measurement(None, "no records were read")
    by_stage = standing.approvals
    return Measurement(
        None,
        breakdown={stage: found.number for stage, found in by_stage.items()},
        line_notes={stage: describe(found) for stage, found in by_stage.items()},
        findings=[
            Finding(path="", rule=stage, message=reason)
            for stage, found in by_stage.items()
            if not found.is_met
            for reason in found.refused
        ],
    )


def describe(found: StageApprovals) -> str:
    """Returns who approved, and which roles are missing."""
    if found.problem:
        return found.problem
    if found.is_automatic:
        return "automatic, by the policy"
    if not found.counted:
        return "nobody has approved"
    missing = found.missing_roles
    return f"{list_people(found)}; missing: {', '.join(missing)}" if missing else list_people(found)


def list_people(found: StageApprovals) -> str:
    """Returns `approved by ann as qa (claimed), bob (signed)`."""
    return f"approved by {', '.join(map(describe_approval, found.counted))}"


def describe_approval(approval: Approval) -> str:
    """Returns `ann as qa (claimed)`."""
    role = f" as {safe(approval.role, 60)}" if approval.role else ""
    how = f"{approval.identity}, unchanged since" if approval.is_automatic else approval.identity
    return f"{safe(approval.name, 60)}{role} ({how})"


def advise(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many approvals are missing, in which roles, and the command that gives one."""
    stage = requirement.line
    found = evidence.standing.approvals[stage] if evidence.standing is not None else StageApprovals(required=1)
    missing = max(found.required - (found.number or 0), 1)
    roles = found.missing_roles or found.roles
    where = f" as {' and '.join(found.missing_roles)}" if found.missing_roles else ""
    role = ("--role", roles[0]) if roles else ()
    given = f"; {list_people(found)}" if found.counted else ""
    name = evidence.component.name
    command = ("pytest-maturity", "approve", name, "--target", stage, *role, "--reason", "TEXT")
    return Remedy(f"{plural(missing, 'more approval')}{where}{given}", command)


def make_gate(ladder: Sequence[str]) -> Gate:
    """Returns the gate, with the stages as its lines."""
    return Gate(
        NAME, measure, better="higher", remedy=advise, lines=tuple(ladder), needs_tests=False, can_be_waived=False
    )
