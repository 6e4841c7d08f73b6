"""The waivers of a run: which of them excuse something, which do not and why, and the same as plain data."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..evidence.waivers import WaiverIndex
from ..model.evidence import Finding
from ..model.gates import Judged, Status
from ..model.report import Judgement
from ..model.text import first_few, plural, safe
from ..model.waivers import ANY, SOON, ListedWaiver, Waiver, Waivers, WaiverState, find_last_day
from .messages import result_label, stage_label

FIELDS = (
    "id", "gate", "rule", "path", "line", "message", "component", "stages", "reason", "justification", "owner",
    "approved_by", "expires",
)  # fmt: skip


def list_waivers(
    waivers: Waivers, judgements: Sequence[Judgement], only_gates: Collection[str] = ()
) -> tuple[ListedWaiver, ...]:
    """Returns every entry of the waivers file in its order, with its state in a run of these components and gates."""
    used = {source for judgement in judgements for source in find_used(waivers.valid, judgement)}
    listed = [list_valid(one, waivers, judgements, only_gates, used) for one in waivers.valid]
    listed += [
        ListedWaiver(source=one.source, state="refused", message=one.problem, waiver=one.waiver)
        for one in waivers.refused
    ]
    return tuple(sorted(listed, key=lambda one: place_of(one.source)))


def place_of(source: str) -> tuple[str, int]:
    """Returns what sorts `FILE: waivers[10]` after `FILE: waivers[9]`."""
    file, _, number = source.rstrip("]").rpartition("[")
    return file, int(number) if number.isdecimal() else 0


def list_valid(
    waiver: Waiver,
    waivers: Waivers,
    judgements: Sequence[Judgement],
    only_gates: Collection[str],
    used: Collection[str],
) -> ListedWaiver:
    """Returns a waiver that counts, with its state."""
    judged = [one for one in judgements if waiver.is_for_component(one.component.name)]
    state: WaiverState = "unused"
    message = "it excuses nothing in this run: remove it"
    if waiver.source in used:
        state, message = "used", ""
    elif not judged:
        state, message = "idle", f"it is for {waiver.component}, which this run does not judge"
    elif any(one.evidence.gaps for one in judged):
        state, message = "idle", "the run has gaps: it may excuse what was not seen"
    elif only_gates and waiver.gate.partition(".")[0] not in only_gates:
        state, message = "idle", "this run judges other gates"
    elif any(is_about_unknown(waiver, one) for one in judged):
        state, message = "idle", "what it is about is unknown in this run"
    days = (find_last_day(waiver.expires) - waivers.today).days
    ends_in = days if days <= SOON else None
    return ListedWaiver(source=waiver.source, state=state, message=message, waiver=waiver, ends_in=ends_in)


def is_about_unknown(waiver: Waiver, judgement: Judgement) -> bool:
    """Whether a requirement that a waiver is about could not be measured, so that it may excuse something of it."""
    return any(
        judged.status is Status.UNKNOWN and waiver.is_for_gate(result.name) and waiver.is_for_stage(stage)
        for result in judgement.results
        for stage, judged in result.stages.items()
    )


def find_used(waivers: Iterable[Waiver], judgement: Judgement) -> Iterator[str]:
    """Yields the places of the waivers that excuse something of a component, or would where it failed."""
    index = WaiverIndex.of_component(waivers, judgement.component.name)
    for result in judgement.results:
        for stage, judged in result.stages.items():
            yield from (one.waiver.source for one in judged.waived)
            matches = index.find_for_findings(result.name, result.findings, stage)
            yield from {one.source for one, _ in matches}


# ── notes ────────────────────────────────────────────────────────────────────


def waiver_notes(listed: Iterable[ListedWaiver], waivers: Waivers, judgements: Sequence[Judgement]) -> Iterator[str]:
    """Yields what a reader should know of the waivers: those that excuse nothing, and those that end soon."""
    names = [one.component.name for one in judgements]
    for one in listed:
        label = f"waiver {one.source}" + (f" ({safe(one.waiver.label, 200)})" if one.waiver else "")
        if one.state == "unused" or (one.state == "refused" and concerns(one.waiver, names)):
            yield f"{label} does not count: {one.message}"
        elif one.state == "used" and one.ends_in is not None and one.waiver is not None:
            yield f"{label} ends on {find_last_day(one.waiver.expires)}, in {plural(one.ends_in, 'day')}"
    for judgement in judgements:
        yield from find_missed(waivers.valid, judgement)


def concerns(waiver: Waiver | None, names: Iterable[str]) -> bool:
    """Whether a waiver may be meant for one of these components."""
    return waiver is None or any(map(waiver.is_for_component, names)) or ANY not in waiver.component


def find_missed(waivers: Sequence[Waiver], judgement: Judgement) -> Iterator[str]:
    """Yields the waivers that do not excuse what keeps a component from its target, although they are about it.

    They are for another component or stage, or it is unknown.
    """
    name, target = judgement.component.name, judgement.target
    index = WaiverIndex(waivers)
    for result in judgement.unmet(target) if waivers else ():
        judged = result.stages[target]
        found = {one.source: one for one, _ in index.find_for_findings(result.name, result.findings, None)}
        whole = index.find_for_requirement(result.name, None)
        found |= {whole.source: whole} if whole is not None else {}
        for one in found.values():
            if not one.is_for_component(name):
                why = f"it is for {safe(one.component, 60)}"
            elif not one.is_for_stage(target):
                why = f"it is for {first_few(one.stages)}"
            elif judged.status is Status.UNKNOWN:
                why = "what is unknown is never waived"
            else:
                continue
            what = f"{result_label(result)} of {safe(name, 60)} at {stage_label(target)}"
            yield f"waiver {one.source} ({safe(one.label, 200)}) does not excuse {what}: {why}"


# ── plain data ───────────────────────────────────────────────────────────────


def listed_data(one: ListedWaiver) -> dict[str, Any]:
    """Returns an entry of the waivers file; its fields are null where it could not be read."""
    return {
        "source": one.source,
        "state": one.state,
        "message": one.message,
        "ends_in": one.ends_in,
        "waiver": None if one.waiver is None else waiver_data(one.waiver),
    }


def waiver_data(waiver: Waiver) -> dict[str, Any]:
    """Returns the fields of a waiver; those that it does not have are empty or null."""
    return {**{name: getattr(waiver, name) for name in FIELDS}, "stages": list(waiver.stages)}


def waived_data(judged: Judged, findings: Sequence[Finding]) -> list[Mapping[str, Any]]:
    """Returns what waivers excuse of a requirement: the numbers of the findings in the gate's list, null for all."""
    return [
        {
            "source": one.waiver.source,
            "id": one.waiver.id,
            "reason": one.waiver.reason,
            "owner": one.waiver.owner,
            "approved_by": one.waiver.approved_by,
            "expires": one.waiver.expires,
            "findings": number_findings(one.findings, findings) if one.findings else None,
        }
        for one in judged.waived
    ]


def list_waived(component: Mapping[str, Any], stage: str) -> list[str]:
    """Returns what waivers excuse of a stage in a report: `lint 2 findings by ann until 2027-01-31`."""
    return [
        f"{safe(gate['gate'], 60)} {describe_data(one)}"
        for gate in component["gates"]
        if stage in gate["stages"] and gate["stages"][stage]["status"] == Status.WAIVED.value
        for one in gate["stages"][stage]["waived"]
    ]


def describe_data(one: Mapping[str, Any]) -> str:
    """Returns what one waiver of a report excuses, who approved it, and until when it counts."""
    what = "as a whole" if one["findings"] is None else plural(len(one["findings"]), "finding")
    return f"{what} by {safe(one['approved_by'], 60)} until {safe(one['expires'], 40)}"


def number_findings(some: Sequence[Finding], findings: Sequence[Finding]) -> list[int]:
    """Returns the places, from 0, of some findings in a list of them."""
    wanted = frozenset(some)
    return [number for number, one in enumerate(findings) if one in wanted]
