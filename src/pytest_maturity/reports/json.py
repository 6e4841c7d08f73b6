"""The report as JSON, schema 1; its JSON Schema is `report.schema.json` in this package.

History of the schema: 1, the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from json import dumps  # bound here: a test may patch it
from typing import Any

from ..model.digests import compute_seal
from ..model.evidence import Component, Coverage, Finding, Outcomes
from ..model.gates import Number
from ..model.paths import path_from_root
from ..model.report import GateResult, Judgement, Need, Report, Reporter
from ..model.suppressions import Suppressions
from ..model.text import decimal_places, format_number, safe

SCHEMA = 1
DIGITS = 6
LONGEST_NOTE = 10_000  # a traceback


def render(report: Report) -> str:
    told = harmless(document(report))
    return dumps({**told, "seal": compute_seal(told)}, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def harmless(value: Any) -> Any:
    """The same data with every string made safe to print, whoever it came from."""
    if isinstance(value, dict):
        return {safe(key, LONGEST_NOTE): harmless(item) for key, item in value.items()}
    if isinstance(value, list):
        return [harmless(item) for item in value]
    return safe(value, LONGEST_NOTE) if isinstance(value, str) else value


def document(report: Report) -> dict[str, Any]:
    """The report as plain data, in the order in which a reader wants it."""
    return {
        "schema": SCHEMA,
        "verdict": report.verdict.value,
        "target": report.target,
        "ladder": list(report.ladder),
        "run": {**asdict(report.run), "command_line": [safe(word) for word in report.run.command_line]},
        "policy": {
            **asdict(report.policy),
            "loosened": [safe(one, LONGEST_NOTE) for one in report.policy.loosened],
        },
        "notes": [safe(note, LONGEST_NOTE) for note in report.notes],
        "components": [component(judgement, report) for judgement in report.components],
    }


def component(judgement: Judgement, report: Report) -> dict[str, Any]:
    evidence = judgement.evidence
    return {
        "name": judgement.component.name,
        "verdict": judgement.verdict.value,
        "reached": judgement.reached,
        "found_by": judgement.component.found_by,
        **places(judgement.component, report),
        "outcomes": outcomes(evidence.outcomes),
        "retries": retries(evidence.outcomes),
        "coverage": coverage(evidence.coverage),
        "suppressions": suppressions(evidence.suppressions),
        "gates": [gate(result, judgement.target) for result in judgement.results],
        "gaps": [{"cause": gap.cause, "message": safe(gap.message)} for gap in evidence.gaps],
        "missing": [need(one) for one in judgement.target_needs],
        "next": {"stage": judgement.next_stage, "missing": [need(one) for one in judgement.needs]},
    }


def need(one: Need) -> dict[str, str]:
    return {"gate": safe(one.gate), "message": safe(one.message, 1000)}


def places(one: Component, report: Report) -> dict[str, Any]:
    def relative(path: Any) -> str:
        return safe(path_from_root(path, report.root))

    return {
        "sources": [relative(path) for path in one.sources],
        "tests": [{"path": relative(claim.path), "rule": safe(claim.rule)} for claim in one.tests],
    }


def outcomes(counts: Outcomes) -> dict[str, Any]:
    names = ("collected", "completed", "passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky")
    return {name: getattr(counts, name) for name in names}


def retries(counts: Outcomes) -> dict[str, Any]:
    """What retries hide and what they cost. The rates are per cent; attempts enter none of them."""
    ran = counts.passed + counts.failed + counts.error
    return {
        "pass_rate": rate(counts.passed, ran),
        "clean_pass_rate": rate(counts.passed - counts.flaky, ran),
        "flaky_rate": rate(counts.flaky, counts.passed, "lower"),
        "used": counts.retries,
        "budget": counts.retry_budget,
        "flaky": [safe(test) for test in counts.flaky_tests],
        "tests": [
            {"test": safe(one.test), "outcome": one.outcome, "attempts": [asdict(each) for each in one.attempts]}
            for one in counts.retried
        ],
    }


def rate(part: int, whole: int, better: Any = "higher") -> int | float | None:
    return number(Fraction(100 * part, whole), better) if whole else None


def coverage(found: Coverage) -> dict[str, Any]:
    names = ("covered_lines", "statements", "covered_branches", "branches", "excluded")
    return {
        **{name: found.sum(name) for name in names},
        "percent": number(found.percent),
        "measured_by": found.measured_by,
        "problem": safe(found.problem) or None,
        "notes": [safe(note) for note in found.notes],
        "files": [
            {
                "path": safe(file.path),
                **{name: getattr(file, name) for name in names},
                "percent": number(file.percent),
                "missing_lines": list(file.missing_lines),
            }
            for file in found.files
        ],
    }


def suppressions(seen: Suppressions) -> dict[str, Any]:
    """How many there are of each kind, and where; null: could not be told, and `problems` say why."""
    return {
        "total": seen.total,
        **seen.counts,
        "problems": [safe(problem) for problem in seen.problems],
        "found": [
            {"kind": one.kind, "path": safe(one.path), "line": one.line, "text": safe(one.text)} for one in seen.found
        ],
    }


def gate(result: GateResult, target: str) -> dict[str, Any]:
    at_target = result.stages.get(target)
    return {
        "gate": result.name,
        "status": at_target.status.value if at_target else None,
        "value": number(result.value, result.better),
        "unit": result.unit,
        "better": result.better,
        "note": safe(result.note),
        "findings": [finding(one) for one in result.findings],
        "stages": {
            stage: {
                "required": number(judged.requirement.threshold),
                "status": judged.status.value,
                "mode": judged.requirement.mode,
                "source": safe(judged.requirement.source),
            }
            for stage, judged in result.stages.items()
        },
    }


def finding(one: Finding) -> Mapping[str, Any]:
    return {
        "path": safe(one.path),
        "line": one.line if one.line and one.line > 0 else None,
        "column": one.column if one.column and one.column > 0 else None,
        "rule": safe(one.rule),
        "message": safe(one.message),
        "severity": safe(one.severity),
    }


def number(value: Number | None, better: Any = "higher") -> int | float | None:
    """A JSON number that is never better than the exact one: whole, or at most 6 places toward failure.

    Not more than 15 digits in all: more would not survive being read as a float.
    """
    if value is None:
        return None
    exact = Fraction(value)
    if exact.denominator == 1:
        return exact.numerator
    room = 15 - len(str(abs(int(exact))))
    shown = format_number(exact, better, min(DIGITS, max(1, decimal_places(exact)), max(0, room)))
    return float(shown) if "." in shown else int(shown)


REPORTER = Reporter("json", render, ".json")
