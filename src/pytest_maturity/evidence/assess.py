"""Turns evidence into a verdict: measures every gate once, judges every stage, decides.

The functions are pure: the same evidence gives the same judgement, today or later, on this machine or another.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from time import perf_counter  # bound here: a test may patch it
from typing import Any

from ..model.evidence import Evidence, Finding, Gap
from ..model.gates import LARGEST, Context, Gate, Judged, Measurement, Mode, Number, Remedy, Requirement, Status
from ..model.report import GateResult, Judgement, Verdict
from ..model.text import describe_error, format_number


def judge(
    evidence: Evidence,
    gates: Mapping[str, Gate],
    requirements: Mapping[str, Sequence[Requirement]],
    target: str,
    context: Context,
) -> Judgement:
    """Returns the judgement of one component: each gate that a stage requires, judged for every stage.

    `requirements` holds the stages of the ladder, the lowest first, each with all of its requirements: its own and,
    where it does not override them, those of the stages below.
    """
    results = tuple(judge_gates(evidence, gates, requirements, context))
    has_gaps = bool(evidence.gaps)
    verdicts = {stage: decide(list_statuses(results, stage), has_gaps) for stage in requirements}
    ladder = list(requirements)
    met = [stage for stage in ladder if verdicts[stage] is Verdict.PROMOTE]
    reached = met[-1] if met else None
    above = ladder[ladder.index(reached) + 1 :] if reached is not None else ladder
    return Judgement(
        evidence=evidence,
        verdict=verdicts[target],
        target=target,
        reached=reached,
        next_stage=above[0] if above else None,
        results=results,
    )


def add_gap(judgement: Judgement, gap: Gap, lowest_stage: str) -> Judgement:
    """Returns the judgement with a gap that was found after it: HOLD stays, and no stage is reached."""
    evidence = replace(judgement.evidence, gaps=(*judgement.evidence.gaps, gap))
    verdict = decide(list_statuses(judgement.results, judgement.target), has_gaps=True)
    return replace(judgement, evidence=evidence, verdict=verdict, reached=None, next_stage=lowest_stage)


def judge_gates(
    evidence: Evidence,
    gates: Mapping[str, Gate],
    requirements: Mapping[str, Sequence[Requirement]],
    context: Context,
) -> Iterator[GateResult]:
    """Returns one result for each gate, or line of a gate, that a stage requires: in the order of the ladder."""
    by_name: dict[str, dict[str, Requirement]] = {}
    for stage, required in requirements.items():
        for requirement in required:
            by_name.setdefault(requirement.name, {})[stage] = requirement
    measured: dict[str, tuple[Measurement, float]] = {}
    for name, by_stage in by_name.items():
        first = next(iter(by_stage.values()))
        gate = gates[first.gate]
        if gate.name not in measured:
            started = perf_counter()
            measured[gate.name] = measure_gate(gate, evidence, context), perf_counter() - started
        measurement, duration = measured[gate.name]
        yield GateResult(
            name=name,
            value=find_value(first, measurement),
            better=gate.better,
            unit=gate.unit,
            note=measurement.line_notes.get(first.line, measurement.note),
            findings=tuple(one for one in measurement.findings if first.line in ("", one.severity, one.rule)),
            stages={stage: judge_one(one, gate, measurement, evidence) for stage, one in by_stage.items()},
            duration_s=duration,
        )


def measure_gate(gate: Gate, evidence: Evidence, context: Context) -> Measurement:
    """Returns the gate's measurement; unknown, with the reason, where the gate raises or returns something invalid."""
    try:
        answer: Any = gate.measure(evidence, context)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also sys.exit(0) and pytest.skip(): no gate may end the judgement
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{place.filename}:{place.lineno}"
        return Measurement(None, f"the gate {gate.name!r} raised {describe_error(error)} ({where})")
    problem = find_problem(answer, gate)
    return Measurement(None, f"the gate {gate.name!r} returned {problem}") if problem else answer


def find_problem(answer: Any, gate: Gate) -> str:
    """Returns what makes a gate's answer invalid, empty where it is valid."""
    if not isinstance(answer, Measurement):
        return f"{type(answer).__name__}, not a Measurement"
    if not isinstance(answer.note, str) or not isinstance(answer.breakdown, Mapping):
        return "a note that is not a string, or a breakdown that is not a mapping"
    if not isinstance(answer.line_notes, Mapping) or not all(
        isinstance(one, str) for one in answer.line_notes.values()
    ):
        return "line_notes that are not a mapping to strings"
    if not isinstance(answer.findings, Sequence) or not all(map(is_valid_finding, answer.findings)):
        return "findings that are not a list of Finding with strings and whole numbers"
    numbers: list[Any] = [number for number in (answer.value, *answer.breakdown.values()) if number is not None]
    if not all(map(is_valid_number, numbers)):
        return "something that is not a finite number"
    outside = [number for number in numbers if gate.unit == "%" and not 0 <= number <= 100]
    return f"{format_number(outside[0])}, which is not between 0 and 100 %" if outside else ""


def is_valid_number(value: object) -> bool:
    """Whether a value is a finite int, float or Fraction of at most 15 digits; a bool is not."""
    if isinstance(value, bool) or not isinstance(value, int | float | Fraction):
        return False
    return -LARGEST <= value <= LARGEST  # False for NaN and the infinities


def is_valid_finding(one: object) -> bool:
    """Whether a value is a Finding whose fields have the declared types."""
    return (
        isinstance(one, Finding)
        and all(isinstance(text, str) for text in (one.path, one.message, one.rule, one.severity, one.test))
        and all(number is None or isinstance(number, int) for number in (one.line, one.column))
        and isinstance(one.ranges, tuple)
        and all(isinstance(pair, tuple) and [*map(type, pair)] == [int, int] for pair in one.ranges)
    )


def judge_one(requirement: Requirement, gate: Gate, measurement: Measurement, evidence: Evidence) -> Judged:
    """Returns the status of one requirement and, where it failed, the gate's remedy.

    Where tests are missing that can only improve the number, a threshold that it does not reach is unknown.
    """
    status = compare(requirement, gate, measurement)
    if status is Status.FAILED and gate.improves_with_tests and any(gap.has_missing_tests for gap in evidence.gaps):
        status = Status.UNKNOWN
    remedy = find_remedy(requirement, gate, measurement, evidence) if status is Status.FAILED else None
    return Judged(requirement=requirement, status=status, remedy=remedy)


def compare(requirement: Requirement, gate: Gate, measurement: Measurement) -> Status:
    """Returns whether a measurement meets a requirement, compared exactly; a missing number is unknown."""
    value = find_value(requirement, measurement)
    if value is None:
        return Status.UNKNOWN
    exact = Fraction(value)
    is_met = exact >= requirement.threshold if gate.better == "higher" else exact <= requirement.threshold
    return Status.PASSED if is_met else Status.FAILED


def find_value(requirement: Requirement, measurement: Measurement) -> Number | None:
    """Returns the number that a requirement is about: the measurement's value, or that of a line of its breakdown."""
    return measurement.breakdown.get(requirement.line) if requirement.line else measurement.value


def find_remedy(requirement: Requirement, gate: Gate, measurement: Measurement, evidence: Evidence) -> Remedy | None:
    """Returns the gate's remedy for a failed requirement, None where it has none, raises or returns something else."""
    if gate.remedy is None:
        return None
    try:
        answer: Any = gate.remedy(evidence, measurement, requirement)
    except KeyboardInterrupt:
        raise
    except BaseException:  # as in `measure_gate`; the number and the threshold are shown in its place
        return None
    is_valid = (
        isinstance(answer, Remedy)
        and isinstance(answer.text, str)
        and isinstance(answer.command, tuple)
        and all(isinstance(argument, str) for argument in answer.command)
    )
    return answer if is_valid else None


def list_statuses(results: Iterable[GateResult], stage: str) -> Iterator[tuple[Mode, Status]]:
    """Returns the mode and the status of everything that a stage requires."""
    for result in results:
        if stage in result.stages:
            judged = result.stages[stage]
            yield judged.requirement.mode, judged.status


def decide(statuses: Iterable[tuple[Mode, Status]], has_gaps: bool) -> Verdict:
    """Returns the verdict that follows from the statuses of a stage's requirements; those in mode `warn` do not count.

    HOLD where one failed. INCONCLUSIVE where one is unknown, where the run has gaps, or where nothing is required:
    then nothing is proven. Else PROMOTE.
    """
    blocking = [status for mode, status in statuses if mode == "block"]
    if Status.FAILED in blocking:
        return Verdict.HOLD
    if has_gaps or not blocking or Status.UNKNOWN in blocking:
        return Verdict.INCONCLUSIVE
    return Verdict.PROMOTE
