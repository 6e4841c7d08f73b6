"""The waivers, approvals and attestations that a report rests on, and that somebody has withdrawn since its run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from functools import partial
from typing import Any

from ..config.files import WorkingTreeFiles
from ..config.waivers import read_entries, read_entry
from ..model.attestations import ATTEST
from ..model.digests import compute_decision_digest
from ..model.errors import collect_problems
from ..model.gates import Status
from ..model.history import Decision, exact
from ..model.report import Verdict
from ..model.text import safe
from ..records.approvals import read_given
from ..records.attestations import Subject, find_attested
from ..records.audit import SHOWN_ID, check_time
from ..records.database import RecordsError
from ..reports.waivers import waiver_data
from ..tools.git import GitError
from ..tools.repository import identify_repository
from .project import Project


def find_withdrawn(
    document: Mapping[str, Any], project: Project, components: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Yields what the components of a report need for their targets and what does not count any more as it did.

    Raises MaturityError for a waivers file that cannot be read.
    """
    yield from find_withdrawn_waivers(document, project, components)
    promoted = [one for one in components if one["verdict"] == Verdict.PROMOTE.value]
    try:
        yield from find_withdrawn_approvals(document, project, promoted)
        yield from find_withdrawn_attestations(document, project, promoted)
    except (RecordsError, GitError) as error:
        yield f"the decisions that it rests on cannot be read: {safe(str(error), 400)}"


def find_withdrawn_waivers(
    document: Mapping[str, Any], project: Project, components: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yields the waivers that are needed, and that the project has no more as they were. Raises MaturityError."""
    entries = read_entries(project.root, project.ref_files or WorkingTreeFiles(project.root))
    problems: list[str] = []  # of entries that are malformed by now: they are none that counted
    found = [collect_problems(problems, partial(read_entry, entry)) for entry in entries]
    counting = [waiver_data(one) for one in found if one is not None]
    known = {one["source"]: one["waiver"] for one in document["waivers"]}
    for component in components:
        stages = [
            gate["stages"][component["target"]] for gate in component["gates"] if component["target"] in gate["stages"]
        ]
        excused = (one["waived"] for one in stages if one["status"] == Status.WAIVED.value)
        for source in dict.fromkeys(one["source"] for waived in excused for one in waived):
            if known.get(source) not in counting:
                name = safe(component["name"], 60)
                yield f"{name}: a waiver that it needs was removed or changed: {safe(source, 200)}"


def find_withdrawn_approvals(
    document: Mapping[str, Any], project: Project, components: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yields the approvals that were counted and do not count any more. Raises RecordsError, GitError."""
    counted = [
        (component["name"], one)
        for component in components
        for stage in document["ladder"][: document["ladder"].index(component["target"]) + 1]
        for one in component["approvals"].get(stage, {}).get("counted", ())
    ]
    if not counted:
        return
    given = read_given(project.root, project.config, project.read_history(), project.ref_files)
    trusted = {one.decision.id: one.decision for one in given if not one.untrusted}
    revoked = {one.revokes for one in trusted.values() if one.kind == "revocation"}
    for component, one in counted:
        reason = describe_withdrawn(one, trusted.get(one["id"]), revoked)
        if reason:
            shown = f"the approval {safe(one['id'], 64)[:SHOWN_ID]} of {safe(one['name'], 60)}"
            yield f"{safe(component, 60)}: {shown}, which it needs, {reason}"


def describe_withdrawn(counted: Mapping[str, Any], decision: Decision | None, revoked: Iterable[str]) -> str:
    """Returns why an approval that was counted does not count any more; empty where it does."""
    if decision is None:
        return "is not on record here, or in a store that is not trusted"
    if decision.id in revoked:
        return "was revoked"
    is_over = check_time(decision.expires) <= datetime.now(timezone.utc)
    return "has expired" if is_over and not counted["is_automatic"] else ""


def find_withdrawn_attestations(
    document: Mapping[str, Any], project: Project, components: Iterable[Mapping[str, Any]]
) -> Iterator[str]:
    """Yields the attestations whose number is not that of the report any more. Raises RecordsError, GitError."""
    names = project.config.list_attestations(ATTEST)
    stated = [
        (component, gate)
        for component in components
        for gate in component["gates"]
        if gate["gate"] in names and component["target"] in gate["stages"] and gate["value"] is not None
    ]
    if not stated:
        return
    history, repository = project.read_history(), identify_repository(project.root)
    policy_digest = document["policy"]["digest"]
    for component, gate in stated:
        subject = Subject(
            component=component["name"],
            now=datetime.now(timezone.utc),
            project=repository,
            digest=compute_decision_digest(component["files"], policy_digest),
            policy_digest=policy_digest,
        )  # the run has compared the authors
        found = find_attested(history, gate["gate"], project.config.attestations[gate["gate"]], subject)
        if found.value != exact(gate["value"]):
            name = safe(component["name"], 60)
            yield f"{name}: {gate['gate']} is not attested any more as it was: {safe(found.note, 400)}"
