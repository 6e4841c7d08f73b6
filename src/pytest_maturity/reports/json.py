"""The report as JSON, schema 1; its JSON Schema is `report.schema.json` in this folder.

History of the schema: 1, the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from fractions import Fraction
from json import dumps  # bound here: a test may patch it
from pathlib import Path
from typing import Any

from ..model.digests import compute_seal
from ..model.evidence import Coverage, Finding, Gap, KindEvidence, Outcomes, ToolResult
from ..model.gates import Better, Judged, Number, Ratchet, Status
from ..model.paths import path_from_root
from ..model.redaction import redact_arguments
from ..model.report import GateResult, Judgement, PolicyChange, Report, Reporter
from ..model.standing import EarlierRun, PastDecision
from ..model.suppressions import Suppressions
from ..model.text import decimal_places, format_number, safe
from .affected import affected_data
from .messages import Unmet, change_text, list_reasons, list_unmet
from .waivers import listed_data, waived_data

SCHEMA = 1
DIGITS = 6  # decimal places of a number
FLOAT_DIGITS = 15  # digits that a number keeps when it is read as a float
LONGEST_TEXT = 10_000  # a traceback


def render(report: Report) -> str:
    """Returns the text of the report, with its seal."""
    document = make_safe(report_data(report))
    return dumps({**document, "seal": compute_seal(document)}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def make_safe(value: Any) -> Any:
    """Returns the same data with every string made safe to print."""
    if isinstance(value, dict):
        return {safe(key, LONGEST_TEXT): make_safe(item) for key, item in value.items()}
    if isinstance(value, list):
        return [make_safe(item) for item in value]
    return safe(value, LONGEST_TEXT) if isinstance(value, str) else value


def report_data(report: Report) -> dict[str, Any]:
    """Returns the report as plain data, what a reader needs first at the top."""
    tools = {key: result for judgement in report.components for key, result in judgement.evidence.tools.items()}
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "target": report.target,
        "ladder": list(report.ladder),
        "only_gates": list(report.only_gates),
        "affected": affected_data(report.affected),
        "run": {**asdict(report.run), "command_line": [safe(word) for word in report.run.command_line]},
        "policy": {**asdict(report.policy), "loosened": [change_data(change) for change in report.policy.loosened]},
        "notes": list(report.notes),
        "waivers": [listed_data(one) for one in report.waivers],
        "components": [component_data(judgement, report.ladder, report.root) for judgement in report.components],
        "tools": {key: tool_data(result) for key, result in tools.items()},
        "reports": [asdict(one) for one in report.others],
    }


def change_data(change: PolicyChange) -> dict[str, Any]:
    """Returns one setting that the working tree's policy loosened."""
    return {
        **asdict(change),
        "components": list(change.components),
        "stages": list(change.stages),
        "message": change_text(change),
    }


def component_data(judgement: Judgement, ladder: Sequence[str], root: Path) -> dict[str, Any]:
    """Returns what the report says about one component."""
    component, evidence = judgement.component, judgement.evidence
    next_stage = judgement.next_stage
    return {
        "name": component.name,
        "verdict": judgement.verdict.value,
        "target": judgement.target,
        "reached": judgement.reached,
        "recorded": evidence.standing and evidence.standing.stage,
        "compared_with": compared_data(evidence.standing.compared_with) if evidence.standing is not None else None,
        "decisions": [decision_data(one) for one in evidence.standing.decisions] if evidence.standing else [],
        "demoted": judgement.demoted_from is not None,
        "reasons": list_reasons(judgement),
        "stages": {stage: standing_data(judgement, stage) for stage in ladder},
        "found_by": component.found_by,
        "sources": [path_from_root(path, root) for path in component.sources],
        "tests": [
            {"path": path_from_root(claim.path, root), "rule": claim.rule, "nodes": list(claim.nodes)}
            for claim in component.tests
        ],
        "importers": [path_from_root(path, root) for path in component.importers],
        "imports_instead": None if component.imports_instead is None else list(component.imports_instead),
        "outcomes": outcomes_data(evidence.outcomes),
        "kinds": {kind: kind_data(part) for kind, part in evidence.kinds.items()},
        "needed_kinds": {stage: list(kinds) for stage, kinds in judgement.needed_kinds.items()},
        "tests_failed": [failure_data(one) for one in evidence.outcomes.failures],
        "retries": retries_data(evidence.outcomes),
        "coverage": coverage_data(evidence.coverage),
        "suppressions": suppressions_data(evidence.suppressions),
        "gates": [gate_data(result, judgement.target) for result in judgement.results],
        "install": [list(redact_arguments(command)) for command in evidence.install_commands],
        "gaps": [gap_data(gap) for gap in evidence.gaps],
        "files": dict(evidence.digests),
        "approvals": {
            stage: found.to_dict()
            for stage, found in (evidence.standing.approvals if evidence.standing else {}).items()
        },
        "unmet": unmet_data(judgement, judgement.target),
        "next": {"stage": next_stage, "unmet": unmet_data(judgement, next_stage) if next_stage is not None else []},
    }


def compared_data(run: EarlierRun | None) -> dict[str, Any] | None:
    """Returns the run on record with which this one is compared: its numbers by the keys of the results."""
    if run is None:
        return None
    return {
        "run": safe(run.run_id, 120),
        "started": safe(run.started, 60),
        "verdict": run.verdict,
        "reached": run.reached,
        "values": {safe(key, 200): number(value) for key, value in run.values.items()},
    }


def decision_data(one: PastDecision) -> dict[str, str]:
    """Returns a decision on record."""
    texts = {"time": one.time, "what": one.what, "actor": one.actor, "reason": one.reason}
    return {name: safe(text, 400) for name, text in texts.items()}


def standing_data(judgement: Judgement, stage: str) -> dict[str, Any]:
    """Returns how a component stands at a stage: how many blocking requirements are not met or waived, and gaps."""
    gaps, unmet = judgement.gaps(stage), judgement.unmet(stage)
    counts = {
        status.value: sum(result.stages[stage].status is status for result in unmet)
        for status in (Status.FAILED, Status.UNKNOWN)
    }
    judged = [result.stages[stage] for result in judgement.results if stage in result.stages]
    waived = sum(one.status is Status.WAIVED and one.requirement.mode == "block" for one in judged)
    is_failed = counts["failed"] or any(gap.is_failure for gap in gaps)
    status = Status.FAILED if is_failed else Status.UNKNOWN if unmet or gaps else Status.PASSED
    return {"status": status.value, **counts, "waived": waived, "gaps": len(gaps)}


def unmet_data(judgement: Judgement, stage: str) -> list[dict[str, Any]]:
    """Returns the reasons why the component is not at a stage; `command` is only there where there is one."""
    return [one_unmet_data(one) for one in list_unmet(judgement, stage)]


def one_unmet_data(one: Unmet) -> dict[str, Any]:
    """Returns one reason why the component is not at a stage; the summary is the message without the findings."""
    data: dict[str, Any] = {
        "gate": one.gate,
        "summary": safe(one.message, 1000),
        "message": safe(one.sentence, 1000),
    }
    return {**data, "command": list(one.command)} if one.command else data


def outcomes_data(counts: Outcomes) -> dict[str, int]:
    """Returns the number of tests with each outcome."""
    names = ("collected", "completed", "passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky")
    return {name: getattr(counts, name) for name in names}


def kind_data(part: KindEvidence) -> dict[str, Any]:
    """Returns how many tests of a kind had each outcome, and what they alone covered, in per cent."""
    return {"outcomes": outcomes_data(part.outcomes), "coverage": number(part.coverage.percent)}


def gap_data(gap: Gap) -> dict[str, Any]:
    """Returns a gap, with the kinds of tests that it concerns; none for all."""
    return {"cause": gap.cause, "message": safe(gap.message), "kinds": list(gap.kinds)}


def failure_data(one: Finding) -> dict[str, Any]:
    """Returns one failure of a test: a test that fails in its call and in its teardown has two."""
    return {
        "test": one.test,
        "path": one.path,
        "line": one.line,
        "outcome": one.rule,
        "message": safe(one.message),
        "raised_at": one.raised_at,
    }


def retries_data(counts: Outcomes) -> dict[str, Any]:
    """Returns what retries cost, and the rates with and without them, in per cent of tests."""
    ran = counts.passed + counts.failed + counts.error
    return {
        "pass_rate": rate(counts.passed, ran),
        "clean_pass_rate": rate(counts.passed - counts.flaky, ran),
        "flaky_rate": rate(counts.flaky, counts.passed, "lower"),
        "used": counts.retries,
        "budget": counts.retry_budget,
        "flaky": list(counts.flaky_tests),
        "tests": [
            {"test": one.test, "outcome": one.outcome, "attempts": [asdict(each) for each in one.attempts]}
            for one in counts.retried
        ],
    }


def rate(part: int, whole: int, better: Better = "higher") -> int | float | None:
    """Returns `part` in per cent of `whole`, None of nothing."""
    return number(Fraction(100 * part, whole), better) if whole else None


def coverage_data(found: Coverage) -> dict[str, Any]:
    """Returns the sums over all files, and the same for each file with its missing lines."""
    names = ("covered_lines", "statements", "covered_branches", "branches", "excluded")
    return {
        **{name: found.sum(name) for name in names},
        "percent": number(found.percent),
        "measured_by": found.measured_by,
        "problem": safe(found.problem) or None,
        "notes": [safe(note) for note in found.notes],
        "files": [
            {
                "path": file.path,
                **{name: getattr(file, name) for name in names},
                "percent": number(file.percent),
                "missing_lines": list(file.missing_lines),
                "missing_branches": [list(branch) for branch in file.missing_branches],
            }
            for file in found.files
        ],
    }


def suppressions_data(suppressions: Suppressions) -> dict[str, Any]:
    """Returns how many suppressions of each kind there are, and where; None for a kind that could not be counted."""
    return {
        "total": suppressions.total,
        **suppressions.counts,
        "problems": [safe(problem) for problem in suppressions.problems],
        "found": [
            {"kind": one.kind, "path": one.path, "line": one.line, "text": safe(one.text)} for one in suppressions.found
        ],
    }


def gate_data(result: GateResult, target: str) -> dict[str, Any]:
    """Returns the result of one gate, or one line of a gate, for every stage that requires it."""
    at_target = result.stages.get(target)
    return {
        "gate": result.name,
        "kinds": list(result.kinds),
        "scope": result.scope,
        "applicable": result.is_applicable,
        "status": at_target.status.value if at_target else None,
        "value": number(result.value, result.better),
        "unit": result.unit,
        "better": result.better,
        "note": safe(result.note),
        "duration_s": round(result.duration_s, DIGITS),
        "tools": {safe(name, 120): safe(version, 120) for name, version in result.tools.items()},
        "findings": [finding_data(one) for one in result.findings],
        "stages": {stage: stage_data(judged, result.findings) for stage, judged in result.stages.items()},
    }


def stage_data(judged: Judged, findings: Sequence[Finding]) -> dict[str, Any]:
    """Returns a stage's requirement and its status; `findings` are those of the gate."""
    return {
        "required": number(judged.requirement.threshold),
        "status": judged.status.value,
        "mode": judged.requirement.mode,
        "source": judged.requirement.source,
        "ratchet": ratchet_data(judged) if judged.requirement.ratchet else None,
        "waived": waived_data(judged, findings),
    }


def ratchet_data(judged: Judged) -> dict[str, Any]:
    """Returns the baseline of a requirement with a ratchet, and how the measurement compares with it."""
    ratchet = judged.ratchet or Ratchet(name=judged.requirement.name)
    return {
        "name": ratchet.name,
        "tolerance": number(judged.requirement.compute_tolerance(ratchet.value)),
        "baseline": number(ratchet.value),
        "source": ratchet.source or None,
        "problem": ratchet.problem or None,
        "stale": ratchet.is_stale,
    }


def finding_data(one: Finding) -> Mapping[str, Any]:
    """Returns one finding; a line or column that is not positive is left out."""
    return {
        "path": one.path,
        "line": one.line if one.line and one.line > 0 else None,
        "column": one.column if one.column and one.column > 0 else None,
        "ranges": [[first, last] for first, last in one.ranges if 0 < first <= last],
        "test": one.test,
        "raised_at": one.raised_at,
        "rule": one.rule,
        "message": safe(one.message),
        "severity": one.severity,
    }


def tool_data(result: ToolResult) -> dict[str, Any]:
    """Returns how a tool ran; a cached result keeps the duration of the run that made it."""
    return {
        "command": list(redact_arguments(result.argv)),
        "version": result.version,
        "settings": [safe(path) for path in result.settings],
        "exit_code": result.exit_code,
        "duration_s": round(result.duration_s, 3),
        "cached": result.cached,
        "problem": safe(result.problem) or None,
    }


def number(value: Number | None, better: Better = "higher") -> int | float | None:
    """Returns a JSON number that is never better than the exact one: whole, or at most 6 places toward failure.

    It has at most 15 digits: more would not survive being read as a float.
    """
    if value is None:
        return None
    exact = Fraction(value)
    if exact.denominator == 1:
        return exact.numerator
    room = FLOAT_DIGITS - len(str(abs(int(exact))))
    shown = format_number(exact, better, min(DIGITS, max(1, decimal_places(exact)), max(0, room)))
    return float(shown) if "." in shown else int(shown)


REPORTER = Reporter("json", render, ".json")
