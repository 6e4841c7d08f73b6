"""Reads a report back and says whether it can be trusted: for the supervisor, and for the next step of a CI job.

A seal shows that a report is whole and was not edited by hand or cut off. It is no signature: who can write the
file can seal it.
"""

from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..config import schema
from ..evidence.assess import decide
from ..model.digests import compute_seal
from ..model.errors import MaturityError
from ..model.gates import Judged, Requirement, Status
from ..model.report import Verdict, worst_verdict
from ..model.text import did_you_mean, safe

EVIDENCE = 2  # the form of a shard's evidence, see shards.py: 2 tells the inputs of its run
OTHER_FORM = "it is evidence of another form"
LARGEST = 256 * 1024 * 1024


def read(path: Path) -> dict[str, Any]:
    """The report as plain data. Raises MaturityError where there is none, OSError where it cannot be read."""
    found = path.stat()
    if not stat.S_ISREG(found.st_mode):  # a pipe would let us wait
        raise MaturityError("is not a file")
    if found.st_size > LARGEST:
        raise MaturityError(f"larger than {LARGEST // 2**20} MiB")
    try:
        document = json.loads(path.read_bytes().decode("utf-8"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise MaturityError(f"is not JSON: {safe(str(error), 200)}") from error
    if not isinstance(document, dict):
        raise MaturityError("is not a report")
    return document


def refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def flaws(document: Mapping[str, Any]) -> list[str]:
    """Why the report cannot be trusted, whatever is asked of it: its schema, its seal, its own numbers."""
    problems = schema.find_problems(document, schema.load_schema("report"), "report")
    if problems:
        return problems
    if document["seal"] != compute_seal(document):
        return ["the seal does not fit: the report was changed after it was written"]
    return list(contradictions(document))


def evidence(path: Path) -> dict[str, Any]:
    """A shard's evidence as plain data. Raises MaturityError for what is not whole."""
    try:
        document = read(path)
    except OSError as error:
        raise MaturityError(error.strerror or str(error)) from error
    if problem := no_evidence(document):
        raise MaturityError(problem)
    return document


def no_evidence(document: Mapping[str, Any]) -> str:
    """Why this is not a shard's evidence, whole and as it was written; empty where it is."""
    if document.get("evidence") != EVIDENCE:
        return "is not a shard's evidence of this version: pytest --maturity-evidence=PATH writes it"
    if document.get("seal") != compute_seal(document):
        return "the seal does not fit: the evidence was changed after it was written"
    return ""


def contradictions(document: Mapping[str, Any]) -> Iterator[str]:
    """Verdicts that do not follow from what the report says itself."""
    if document["verdict"] == Verdict.INCOMPLETE.value:
        return
    for component in components(document):
        follows = verdict(component, document["target"])
        if follows is not Verdict(component["verdict"]):
            yield f"{safe(component['name'])}: {component['verdict']} does not follow from its gates: {follows.value}"
    least = worst_verdict(Verdict(component["verdict"]) for component in components(document))
    if document["verdict"] == Verdict.PROMOTE.value and least is not Verdict.PROMOTE:
        yield f"PROMOTE does not follow from the components: {least.value}"


def verdict(component: Mapping[str, Any], target: str) -> Verdict:
    """The verdict that follows from what a report says about a component."""
    asked = [(gate["gate"], gate["stages"][target]) for gate in component["gates"] if target in gate["stages"]]
    judged = [
        Judged(
            requirement=Requirement(gate=name, threshold=Fraction(0), source=one["source"], mode=one["mode"]),
            status=Status(one["status"]),
        )
        for name, one in asked
    ]
    return decide(judged, bool(component["gaps"]))


def components(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a report says about each component."""
    found: list[dict[str, Any]] = document["components"]
    return found


def mismatches(
    document: Mapping[str, Any],
    *,
    judging: Iterable[str] = (),
    target: str | None = None,
    commit: str | None = None,
    run_id: str | None = None,
    oldest: datetime | None = None,
) -> list[str]:
    """How a report without flaws differs from what is asked for: another run, commit, stage, or too old."""
    run, problems = document["run"], []
    if run_id is not None and run["id"] != run_id:
        problems.append(f"it is of the run {safe(run['id'], 60)}, not of {safe(run_id, 60)}")
    if target is not None and document["target"] != target:
        problems.append(f"it was judged for {safe(document['target'], 60)}, not for {safe(target, 60)}")
    if commit is not None:
        problems += of_commit(run, commit)
    if oldest is not None:
        problems += aged(run["started"], oldest)
    names = [component["name"] for component in components(document)]
    problems += [
        f"it says nothing about {safe(name, 60)!r}{did_you_mean(name, names)}" for name in judging if name not in names
    ]
    return problems


def of_commit(run: Mapping[str, Any], commit: str) -> list[str]:
    """Was it made from exactly this commit? Seven digits or more may stand for it."""
    if len(commit) < 7 or not str(run["commit"]).startswith(commit.lower()):
        return [f"it is of the commit {safe(str(run['commit'] or 'unknown'), 60)}, not of {safe(commit, 60)}"]
    return ["the tree that it is of differed from its commit"] if run["dirty"] is not False else []


def aged(started: str, oldest: datetime) -> list[str]:
    """Did the run begin before `oldest`, or in the future?"""
    try:
        began = datetime.fromisoformat(started)
        hours = (oldest - began) / timedelta(hours=1)
    except (ValueError, TypeError):
        return [f"it does not say when its run began: {safe(started, 60)!r}"]
    return [f"its run began at {started}, {hours:.1f} hours too early"] if hours > 0 else []
