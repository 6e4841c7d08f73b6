"""Reads a report or a shard's evidence back and says whether it can be trusted.

The supervisor does so when a run ends, `pytest-maturity verify` in a later step of a CI job. A seal shows that a file
is whole and was not edited by hand or cut off. It is no signature: a program that can write the file can seal it.
"""

from __future__ import annotations

import json
import re
import shlex
import stat
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ..config import schema
from ..evidence.assess import decide
from ..model.digests import compute_seal
from ..model.errors import MaturityError
from ..model.evidence import Gap
from ..model.gates import Status
from ..model.report import Verdict, worst_verdict
from ..model.text import did_you_mean, first_few, safe
from ..model.waivers import find_end

EVIDENCE_VERSION = 3  # of a shard's evidence; 2 added the inputs of its run, 3 the kinds of tests
MALFORMED_EVIDENCE = "its seal matches, but it is not a shard's evidence of this version"
LARGEST_FILE = 256 * 1024 * 1024  # bytes
SHORTEST_COMMIT = 7  # digits


def read_document(path: Path) -> dict[str, Any]:
    """Returns a JSON object as plain data. Raises MaturityError where the file holds none, OSError where unreadable."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # reading a pipe would block
        raise MaturityError("is not a file")
    if found.st_size > LARGEST_FILE:
        raise MaturityError(f"larger than {LARGEST_FILE // 2**20} MiB")
    try:
        document = json.loads(path.read_bytes().decode("utf-8"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MaturityError(f"is not JSON: {safe(str(error), 200)}") from error
    if not isinstance(document, dict):
        raise MaturityError("is not a report")
    return document


def refuse_constant(constant: str) -> None:
    """Raises ValueError for NaN and the infinities, which Python's parser would accept."""
    raise ValueError(f"{constant} is not a number in JSON")


def read_evidence(path: Path) -> dict[str, Any]:
    """Returns a shard's evidence as plain data. Raises MaturityError for a file that is not whole evidence."""
    try:
        document = read_document(path)
    except OSError as error:
        raise MaturityError(error.strerror or str(error)) from error
    if problem := check_evidence(document):
        raise MaturityError(problem)
    return document


def check_evidence(document: Mapping[str, Any]) -> str:
    """Returns why a document is not the whole, unchanged evidence of a shard; empty where it is."""
    if document.get("evidence") != EVIDENCE_VERSION:
        return "is not a shard's evidence of this version: pytest --maturity-evidence=PATH writes it"
    if document.get("seal") != compute_seal(document):
        return "its seal does not match: the evidence was changed after it was written"
    return ""


def check_report(document: Mapping[str, Any]) -> list[str]:
    """Returns why a report cannot be trusted at all: its schema, its seal, or verdicts that contradict its numbers."""
    problems = schema.find_problems(document, schema.load_schema("report"), "report")
    if problems:
        return problems
    if document["seal"] != compute_seal(document):
        return ["its seal does not match: the report was changed after it was written"]
    return list(find_contradictions(document))


def find_contradictions(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the verdicts that do not follow from the rest of the report."""
    if document["verdict"] == Verdict.INCOMPLETE.value:
        if list_components(document):
            yield "it is INCOMPLETE and judges components"
        return
    for component in list_components(document):
        yield from find_unexcused(component)
        verdict = recompute_verdict(component, component["target"])
        if verdict is not Verdict(component["verdict"]):
            yield f"{safe(component['name'])}: its gates give {verdict.value}, not {component['verdict']}"
    verdict = worst_verdict(Verdict(component["verdict"]) for component in list_components(document))
    if verdict is not Verdict(document["verdict"]):
        yield f"its components give {verdict.value}, not {document['verdict']}"


def find_unexcused(component: Mapping[str, Any]) -> Iterator[str]:
    """Yields the requirements that are waived and that neither a baseline nor the listed waivers excuse."""
    for gate in component["gates"]:
        for stage, one in gate["stages"].items():
            if one["status"] == Status.WAIVED.value and not is_excused(gate, one):
                where = f"{safe(gate['gate'], 60)} of {safe(component['name'], 60)} at {safe(stage, 60)}"
                yield f"{where} is waived, and neither a baseline nor enough waivers excuse it"


def is_excused(gate: Mapping[str, Any], one: Mapping[str, Any]) -> bool:
    """Whether a waived requirement of a stage is held by a baseline, or excused as a whole or by enough findings."""
    if any(waived["findings"] is None for waived in one["waived"]):
        return True
    excused = {number for waived in one["waived"] for number in waived["findings"]}
    left = len(gate["findings"]) - len(excused.intersection(range(len(gate["findings"]))))
    return one["ratchet"] is not None or (bool(excused) and left <= one["required"])


def find_expired(component: Mapping[str, Any], target: str, now: datetime) -> list[str]:
    """Returns the waivers that a component needs for a stage and that have expired since."""
    required = [(gate["gate"], gate["stages"][target]) for gate in component["gates"] if target in gate["stages"]]
    return [
        f"{safe(component['name'], 60)}: the waiver of {safe(name, 60)} has expired: {safe(waived['expires'], 40)} was "
        "its end; run it again"
        for name, one in required
        if one["status"] == Status.WAIVED.value
        for waived in one["waived"]
        if has_expired(waived, now)
    ]


def has_expired(waived: Mapping[str, Any], now: datetime) -> bool:
    """Whether a waiver of a report does not count any more; also where its end cannot be read."""
    try:
        return find_end(waived["expires"]) <= now
    except (ValueError, OverflowError):
        return True


def find_status(one: Mapping[str, Any], now: datetime | None) -> Status:
    """Returns the status of a requirement in a report; failed where it is waived and a waiver of it has expired."""
    status = Status(one["status"])
    if status is not Status.WAIVED or now is None:
        return status
    return Status.FAILED if any(has_expired(each, now) for each in one["waived"]) else status


def recompute_verdict(component: Mapping[str, Any], target: str, now: datetime | None = None) -> Verdict:
    """Returns the verdict that follows from the gates and gaps that a report states for a component.

    With `now`, waivers that have expired by then do not count; else those of the report do.
    """
    required = [gate["stages"][target] for gate in component["gates"] if target in gate["stages"]]
    statuses = [(one["mode"], find_status(one, now)) for one in required]
    needed = component["needed_kinds"].get(target, [])
    gaps = [
        Gap(cause="untested" if gap["cause"] == "untested" else "partial", message="", kinds=tuple(gap["kinds"]))
        for gap in component["gaps"]
    ]
    return decide(statuses, [gap for gap in gaps if gap.concerns(needed)])


def list_components(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the part of a report that is about each component."""
    found: list[dict[str, Any]] = document["components"]
    return found


def find_mismatches(
    document: Mapping[str, Any],
    *,
    components: Iterable[str] = (),
    target: str | None = None,
    commit: str | None = None,
    run_id: str | None = None,
    oldest: datetime | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Returns how a report that can be trusted differs from the expected one.

    It must judge `components` for `target`, and come from the run `run_id`, which started at `oldest` or later in the
    unchanged tree of `commit`. None of the waivers that it needs may have expired by `now`.
    """
    run, problems = document["run"], []
    if run_id is not None and run["id"] != run_id:
        problems.append(f"it is from the run {safe(run['id'], 60)}, not {safe(run_id, 60)}")
    if target is not None:
        problems += check_target(document, target, set(components))
    if commit is not None:
        problems += check_commit(run, commit)
    if oldest is not None:
        problems += check_start(run["started"], oldest)
    if now is not None:
        for component in list_components(document):
            if not components or component["name"] in components:
                problems += find_expired(component, component["target"], now)
    names = [component["name"] for component in list_components(document)]
    problems += [
        f"it does not judge {safe(name, 60)!r}{did_you_mean(name, names)}" for name in components if name not in names
    ]
    return problems


def check_target(document: Mapping[str, Any], target: str, names: Collection[str]) -> list[str]:
    """Returns why the components of these names, or all, were not judged for a stage."""
    ladder = document["ladder"]
    if target not in ladder:
        known = ", ".join(safe(stage, 60) for stage in ladder)
        return [f"there is no stage {safe(target, 60)!r}{did_you_mean(target, ladder)}; its ladder is {known}"]
    judged = {one["name"]: one["target"] for one in list_components(document) if not names or one["name"] in names}
    if names and not judged:
        return []  # that it does not judge them is said already
    others = {name: stage for name, stage in judged.items() if stage != target}
    if not others and (judged or document["target"] == target):
        return []
    if len(set(others.values())) < 2:
        stage = next(iter(others.values()), document["target"] or "none")
        who = "it" if len(others) == len(list_components(document)) else first_few(list(others))
        return [f"{who} was judged for {safe(stage, 60)}, not for {safe(target, 60)}"]
    stages = first_few([f"{name} for {stage}" for name, stage in others.items()])
    return [f"not judged for {safe(target, 60)}: {stages}"]


def check_commit(run: Mapping[str, Any], commit: str) -> list[str]:
    """Returns why a run was not made from exactly this commit, of which seven or more digits are given."""
    if not re.fullmatch("[0-9a-fA-F]+", commit):
        name = safe(commit, 60)
        return [f"{name!r} is no commit's hash: give that, `git rev-parse {shlex.quote(name)}` prints it"]
    if len(commit) < SHORTEST_COMMIT:
        return [f"{safe(commit, 60)!r} is too short for a commit: give at least {SHORTEST_COMMIT} digits"]
    if not str(run["commit"]).startswith(commit.lower()):
        return [f"it is from the commit {safe(str(run['commit'] or 'unknown'), 60)}, not {safe(commit, 60)}"]
    if run["dirty"] is False:
        return []
    return [f"uncommitted changes: {first_few(run['uncommitted']) or 'unknown'}"]


def check_start(started: str, oldest: datetime) -> list[str]:
    """Returns why a run did not start at `oldest` or later."""
    try:
        hours = (oldest - datetime.fromisoformat(started)) / timedelta(hours=1)
    except (ValueError, TypeError):  # TypeError: a time without a zone
        return [f"it has no valid start time: {safe(started, 60)!r}"]
    return [f"its run started at {started}, {hours:.1f} hours before the limit (--max-age)"] if hours > 0 else []
