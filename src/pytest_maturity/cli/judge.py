"""`pytest-maturity judge`: judges what was observed again, for another stage or by another configuration."""

from __future__ import annotations

import argparse
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

from .. import gates
from ..config.files import WorkingTreeFiles
from ..config.requirements import compute_kinds, compute_requirements
from ..config.settings import Config, check_stage, load_config
from ..config.waivers import WaivableNames, check_entries, list_gate_names, read_entries
from ..evidence.assess import decide
from ..evidence.waivers import WaiverIndex, waive
from ..model import exit_codes
from ..model.baseline import is_better
from ..model.errors import MaturityError
from ..model.evidence import MISSING_TESTS, Finding, Gap
from ..model.gates import Gate, Judged, Measurement, Mode, Requirement, Status
from ..model.report import Verdict, worst_verdict
from ..model.text import did_you_mean, format_number, safe
from ..model.waivers import Waiver
from ..reports.messages import describe_waiver
from ..reports.verify import check_report, find_expired, list_components, read_document, recompute_verdict
from ..reports.waivers import list_waived
from . import merge
from .parser import Parser
from .project import fail, fail_usage

# A verdict, what keeps a component from the stage, and what waivers excuse.
JudgedAgain = tuple[Verdict, list[str], list[str]]


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "judge what a run or its shards observed for another stage, or by another policy; no test runs"
    parser = verbs.add_parser("judge", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument(
        "observed", type=Path, nargs="+", metavar="REPORT_OR_EVIDENCE",
        help="the JSON report of a run, or the evidence of each of its shards",
    )  # fmt: skip
    parser.add_argument("--target", required=True, metavar="STAGE", help="the stage to judge for")
    parser.add_argument("--policy", type=Path, metavar="FILE", help="the configuration (default: that of the report)")
    parser.add_argument(
        "--component", action="append", default=[], metavar="NAME",
        help="judge this component of the report (repeatable; default: all)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Prints the verdict of each component; returns the exit code of the worst, 3 for a report that is not trusted."""
    try:
        document = read_observed(options.observed)
    except MaturityError as error:
        return fail(error.problems)
    try:
        components = choose_components(document, options.component)
        judged = judge(document, components, options)
    except MaturityError as error:
        return fail_usage(error)
    for name, (verdict, reasons, waived) in judged.items():
        shown, stage = safe(name, 100), safe(options.target, 60)
        why = f": {'; '.join(reasons)}" if reasons and verdict is not Verdict.PROMOTE else ""
        why += f", although waivers excuse {'; '.join(waived)}" if waived and verdict is Verdict.PROMOTE else ""
        words = {Verdict.PROMOTE: "would be ready for", Verdict.HOLD: "would not be ready for"}
        print(f"{verdict.value}  {shown} {words.get(verdict, 'could not be judged for')} {stage}{why}")
    return exit_codes.exit_code_of(worst_verdict(verdict for verdict, _, _ in judged.values()))


def read_observed(paths: Sequence[Path]) -> dict[str, Any]:
    """Returns a report that can be trusted, or that on the evidence of shards. Raises MaturityError."""
    documents: list[dict[str, Any]] = []
    problems: list[str] = []
    for path in paths:
        try:
            documents.append(read_document(path))
        except OSError as error:
            problems.append(f"{safe(str(path), 300)}: {error.strerror}")
        except MaturityError as error:
            problems += [f"{safe(str(path), 300)}: {problem}" for problem in error.problems]
    if problems:
        raise MaturityError(problems)
    if any("evidence" in document for document in documents):
        document, name = merge.make_report(paths), "the merge of the shards"
    elif len(paths) > 1:
        raise MaturityError("several files are the evidence of shards: judge one report at a time")
    else:
        document, name = documents[0], safe(str(paths[0]), 300)
    if problems := check_report(document):
        raise MaturityError([f"{name}: {problem}" for problem in problems])
    return document


def choose_components(document: Mapping[str, Any], names: Collection[str]) -> list[dict[str, Any]]:
    """Returns the named components of a report, without names all. Raises MaturityError for a name that it lacks."""
    found = list_components(document)
    known = [one["name"] for one in found]
    if missing := [name for name in names if name not in known]:
        raise MaturityError(
            f"the report does not judge {safe(name, 60)!r}{did_you_mean(name, known)}" for name in missing
        )
    return [one for one in found if not names or one["name"] in names]


def judge(
    document: Mapping[str, Any], components: Sequence[Mapping[str, Any]], options: argparse.Namespace
) -> dict[str, JudgedAgain]:
    """Returns the verdict of each component, with what keeps it from the stage and what is waived.

    Raises MaturityError.
    """
    stage, now = options.target, datetime.now(timezone.utc)
    if options.policy is None:
        if problems := check_stage("--target", stage, tuple(document["ladder"])):
            raise MaturityError(problems)
        return {
            one["name"]: (recompute_verdict(one, stage, now), list_reported(one, stage, now), list_waived(one, stage))
            for one in components
        }
    config = load_config(Path.cwd(), Path.cwd() / options.policy)
    if problems := check_stage("--target", stage, config.ladder):
        raise MaturityError(problems)
    known = list_gates(document, config)
    required = compute_requirements(config, known, [one["name"] for one in components])
    entries = read_entries(Path.cwd(), WorkingTreeFiles(Path.cwd()))
    names = WaivableNames(
        gates=list_gate_names(known, [one for stages in required.values() for of in stages.values() for one in of]),
        stages=config.ladder,
        components=[one["name"] for one in list_components(document)],
        has_component=lambda _: True,
    )
    waivers = check_entries(entries, names, now).valid
    return {
        one["name"]: judge_component(one, required[one["name"]][stage], known, config, stage, waivers)
        for one in components
    }


def list_reported(component: Mapping[str, Any], stage: str, now: datetime) -> list[str]:
    """Returns what the report says is in the way of a stage, and the waivers for it that have expired by `now`."""
    reasons = [safe(gap["message"], 200) for gap in component["gaps"]]
    reasons += find_expired(component, stage, now)
    for gate in component["gates"]:
        one = gate["stages"].get(stage)
        if one is not None and one["mode"] == "block" and one["status"] in ("failed", "unknown"):
            reasons.append(describe(gate["gate"], gate["value"], one["required"], gate["better"]))
    return reasons


def describe(name: str, value: float | None, threshold: Fraction | float, better: Any) -> str:
    """Returns `coverage 62.4 < 70`, or `types unknown`."""
    if value is None:
        return f"{safe(name, 60)} unknown"
    sign = "<" if better == "higher" else ">"
    shown = format_number(Fraction(str(value)), better), format_number(Fraction(str(threshold)), better)
    return f"{safe(name, 60)} {shown[0]} {sign} {shown[1]}"


def list_gates(document: Mapping[str, Any], config: Config) -> dict[str, Gate]:
    """Returns the gates that a configuration can name: also those of hooks, by what the report says about them."""
    known = {
        gate.name: gate
        for gate in (
            *gates.BUILTIN, *gates.make_record_gates(config.ladder), *gates.make_configured_gates(*config.gate_tables),
        )
    }  # fmt: skip
    builtin, declared = {gate.name for gate in gates.BUILTIN}, set(known)
    for row in (row for one in document["components"] for row in one["gates"]):
        name, _, line = row["gate"].partition(".")
        if name in (builtin if line else declared):
            continue
        gate = known.get(name, Gate(name, measure_nothing, better=row["better"], unit=row["unit"]))
        if line:
            lines, line_better = dict.fromkeys((*gate.lines, line)), {**gate.line_better, line: row["better"]}
            known[name] = replace(gate, lines=tuple(lines), line_better=line_better)
        else:
            known[name] = replace(gate, better=row["better"])
    return known


def measure_nothing(*_: object) -> Measurement:
    """Returns no number: the report has it."""
    return Measurement(None)


def judge_component(
    component: Mapping[str, Any],
    required: Sequence[Requirement],
    known: Mapping[str, Gate],
    config: Config,
    stage: str,
    waivers: Iterable[Waiver],
) -> JudgedAgain:
    """Returns the verdict of a component by the requirements of a stage, what keeps it from there, what is waived."""
    index, excused = WaiverIndex.of_component(waivers, component["name"]), []
    needed = compute_kinds(config, component["name"])[stage].kinds
    gaps = [gap for gap in map(Gap.from_dict, component["gaps"]) if gap.concerns(needed)]
    is_partial = any(gap.cause in MISSING_TESTS for gap in gaps)
    statuses: list[tuple[Mode, Status]] = []
    reasons = [safe(gap.message, 200) for gap in gaps]
    for requirement in required:
        gate = known[requirement.gate]
        row = find_row(component, requirement, needed)
        value = row["value"] if row is not None else None
        is_applicable = row is None or row["applicable"]
        status = compare(requirement, gate, value) if is_applicable else Status.PASSED
        if status is Status.FAILED and is_partial and gate.improves_with_tests:
            status = Status.UNKNOWN
        if status is Status.FAILED and row is not None:
            found = waive_row(requirement, gate, row, stage, index)
            status = found.status
            excused += [
                f"{safe(requirement.name, 60)} {describe_waiver(one)}"
                for one in (found.waived if status is Status.WAIVED else ())
            ]
        statuses.append((requirement.mode, status))
        if status not in (Status.PASSED, Status.WAIVED) and requirement.mode == "block":
            reasons.append(describe(requirement.name, value, requirement.threshold, gate.find_better(requirement.line)))
    return decide(statuses, gaps), reasons, excused


def waive_row(requirement: Requirement, gate: Gate, row: Mapping[str, Any], stage: str, index: WaiverIndex) -> Judged:
    """Returns a failed requirement with what waivers excuse of it, by the findings of a report."""
    findings = [Finding.from_dict(one) for one in row["findings"]]
    failed = Judged(requirement=requirement, status=Status.FAILED)
    value = Fraction(str(row["value"]))
    return waive(failed, gate, value, findings, stage, index, lambda left: compare(requirement, gate, left))


def find_row(
    component: Mapping[str, Any], requirement: Requirement, needed: Collection[str]
) -> Mapping[str, Any] | None:
    """Returns the row of the report with a requirement's number; None without one, or where it could be another one."""
    rows = [row for row in component["gates"] if row["gate"] == requirement.name and row["scope"] == requirement.scope]
    if len(rows) > 1:
        rows = [row for row in rows if set(row["kinds"]) == set(needed)]
    judged = {tuple(kinds) for kinds in component["needed_kinds"].values()}
    depends = requirement.ratchet or tuple(needed) not in {(), *judged}
    return rows[0] if len(rows) == 1 and not depends else None


def compare(requirement: Requirement, gate: Gate, value: float | None) -> Status:
    """Returns whether a number of a report meets a requirement."""
    if value is None:
        return Status.UNKNOWN
    exact = Fraction(str(value))
    better = gate.find_better(requirement.line)
    return Status.FAILED if is_better(requirement.threshold, exact, better) else Status.PASSED
