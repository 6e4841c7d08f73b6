"""From evidence to a verdict: measure every gate, judge every stage, decide. Pure."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import Any

from ..model.evidence import Evidence, Finding
from ..model.gates import LARGEST, Context, Gate, Judged, Measurement, Number, Requirement, Status
from ..model.report import GateResult, Judgement, Need, Verdict
from ..model.text import decimal_places, describe_error, format_number


def judge(
    evidence: Evidence,
    gates: Mapping[str, Gate],
    requirements: Mapping[str, Sequence[Requirement]],
    target: str,
    context: Context,
) -> Judgement:
    """The verdict for one component: every gate that any stage asks for, measured once, against every stage.

    `requirements` holds each stage of the ladder, the lowest first, with all that it
    asks for: its own and, where it does not override them, those of the stages below.
    """
    names = dict.fromkeys(one.gate for stage in requirements.values() for one in stage)
    measurements = {name: measure(gates[name], evidence, context) for name in names}
    judged = {
        stage: [Judged(requirement=one, status=status(one, gates[one.gate], measurements[one.gate])) for one in asked]
        for stage, asked in requirements.items()
    }
    ladder = list(requirements)
    best = reached(judged) if not evidence.gaps else None
    above = next((stage for stage in ladder if best is None or ladder.index(stage) > ladder.index(best)), None)
    return Judgement(
        evidence=evidence,
        verdict=decide(judged[target], bool(evidence.gaps)),
        target=target,
        reached=best,
        next_stage=above,
        results=tuple(rows(judged, gates, measurements)),
        needs=tuple(needs(judged[above], gates, measurements, evidence)) if above else (),
        target_needs=tuple(needs(judged[target], gates, measurements, evidence)),
    )


def measure(gate: Gate, evidence: Evidence, context: Context) -> Measurement:
    """What the gate says, checked; a gate that raises or answers nonsense could not tell."""
    try:
        answer: Any = gate.measure(evidence, context)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also sys.exit(0) and pytest.skip(): nothing may take the verdict down
        place = traceback.extract_tb(error.__traceback__)[-1]
        return Measurement(
            None, f"the gate {gate.name!r} raised {describe_error(error)} ({place.filename}:{place.lineno})"
        )
    wrong = nonsense(answer, gate)
    return Measurement(None, f"the gate {gate.name!r} returned {wrong}") if wrong else answer


def nonsense(answer: Any, gate: Gate) -> str:
    """What is wrong with a gate's answer, if anything is."""
    if not isinstance(answer, Measurement):
        return f"{type(answer).__name__}, not a Measurement"
    if not isinstance(answer.note, str) or not isinstance(answer.breakdown, Mapping):
        return "a note that is not a string, or a breakdown that is not a mapping"
    if not isinstance(answer.findings, Sequence) or not all(map(is_finding, answer.findings)):
        return "findings that are not a list of Finding with strings and whole numbers"
    numbers: list[Any] = [number for number in (answer.value, *answer.breakdown.values()) if number is not None]
    if not all(map(is_number, numbers)):
        return "something that is not a finite number"
    strange = [number for number in numbers if gate.unit == "%" and not 0 <= number <= 100]
    return f"{format_number(strange[0])}, which is not between 0 and 100 %" if strange else ""


def is_number(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return False
    return -LARGEST <= value <= LARGEST  # neither NaN nor an infinity is


def is_finding(one: object) -> bool:
    return (
        isinstance(one, Finding)
        and all(isinstance(text, str) for text in (one.path, one.message, one.rule, one.severity))
        and all(place is None or isinstance(place, int) for place in (one.line, one.column))
    )


def status(requirement: Requirement, gate: Gate, measurement: Measurement) -> Status:
    """Is the requirement met? Compared exactly; a number that is missing is unknown."""
    value = number_of(requirement, measurement)
    if value is None:
        return Status.UNKNOWN
    exact = Fraction(value)
    good = exact >= requirement.threshold if gate.better == "higher" else exact <= requirement.threshold
    return Status.PASSED if good else Status.FAILED


def number_of(requirement: Requirement, measurement: Measurement) -> Number | None:
    return measurement.breakdown.get(requirement.line) if requirement.line else measurement.value


def decide(judged: Iterable[Judged], gaps: bool) -> Verdict:
    """HOLD if a requirement failed; else INCONCLUSIVE if one is unknown or the run has gaps; else PROMOTE.

    Nothing required is nothing proven: INCONCLUSIVE.
    """
    blocking = [one.status for one in judged if one.requirement.mode == "block"]
    if Status.FAILED in blocking:
        return Verdict.HOLD
    if gaps or not blocking or Status.UNKNOWN in blocking:
        return Verdict.INCONCLUSIVE
    return Verdict.PROMOTE


def reached(judged: Mapping[str, Sequence[Judged]]) -> str | None:
    """The highest stage of which everything is met; what it includes from below is a part of it."""
    met = [stage for stage, results in judged.items() if decide(results, gaps=False) is Verdict.PROMOTE]
    return met[-1] if met else None


def rows(
    judged: Mapping[str, Sequence[Judged]], gates: Mapping[str, Gate], measurements: Mapping[str, Measurement]
) -> Iterable[GateResult]:
    """One row for each gate, or line of one, that some stage asks for."""
    asked = {one.requirement.name: one.requirement for results in judged.values() for one in results}
    for name, requirement in asked.items():
        gate, measurement = gates[requirement.gate], measurements[requirement.gate]
        line = requirement.line
        yield GateResult(
            name=name,
            gate=gate.name,
            value=number_of(requirement, measurement),
            better=gate.better,
            unit=gate.unit,
            note=measurement.note,
            findings=tuple(one for one in measurement.findings if line in ("", one.severity, one.rule)),
            stages={stage: one for stage, results in judged.items() for one in results if one.requirement.name == name},
        )


def needs(
    judged: Iterable[Judged],
    gates: Mapping[str, Gate],
    measurements: Mapping[str, Measurement],
    evidence: Evidence,
) -> Iterable[Need]:
    """What is missing for a stage."""
    for gap in evidence.gaps:
        yield Need(gate="", message=gap.message)
    for one in judged:
        if one.blocks:
            gate, measurement = gates[one.requirement.gate], measurements[one.requirement.gate]
            yield Need(gate=one.requirement.name, message=advice(one, gate, measurement, evidence))


def advice(one: Judged, gate: Gate, measurement: Measurement, evidence: Evidence) -> str:
    """What to do to meet a requirement: the gate's own remedy, else the numbers."""
    requirement = one.requirement
    if one.status is Status.UNKNOWN:
        return measurement.note or "could not be told"
    if gate.remedy is not None:
        with suppress(Exception):  # the numbers say enough
            if isinstance(words := gate.remedy(evidence, measurement, requirement), str):
                return words
    value = format_number(
        number_of(requirement, measurement), gate.better, max(1, decimal_places(requirement.threshold))
    )
    sign = "at least" if gate.better == "higher" else "at most"
    threshold = format_number(requirement.threshold, digits=decimal_places(requirement.threshold))
    return f"is {value}, must be {sign} {threshold}"
