"""Turns evidence into a verdict: measures every gate once, judges every stage, decides.

The functions are pure: the same evidence gives the same judgement, today or later, on this machine or another.
"""

from __future__ import annotations

import traceback
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from ..model.baseline import NO_BASELINES, Baselines, is_better
from ..model.evidence import Evidence, Finding, Gap
from ..model.gates import LARGEST, Context, Gate, Judged, Measurement, Mode, Number, Remedy, Requirement, Scope, Status
from ..model.light_dataclass import light_dataclass
from ..model.real_clock import REAL
from ..model.report import GateResult, Judgement, Verdict
from ..model.text import describe_error, format_number
from ..model.waivers import Waiver
from .new_code import select_new
from .ratchet import judge_ratchet
from .waivers import WaiverIndex, waive


def judge(
    evidence: Evidence,
    gates: Mapping[str, Gate],
    requirements: Mapping[str, Sequence[Requirement]],
    target: str,
    context: Context,
    needed_kinds: Mapping[str, Collection[str]] = MappingProxyType({}),
    baselines: Baselines = NO_BASELINES,
    waivers: Iterable[Waiver] = (),
) -> Judgement:
    """Returns the judgement of one component: each gate that a stage requires, judged for every stage.

    `requirements` holds the stages of the ladder, the lowest first, each with all of its requirements: its own and,
    where it does not override them, those of the stages below. `needed_kinds` are the kinds of tests that a stage
    needs; one that needs all need not be in it. A stage is judged by these tests, and by the gaps that concern them.
    Requirements with a ratchet are compared with `baselines`. What failed is excused by those of the `waivers` that are
    about the component.
    """
    index = WaiverIndex.of_component(waivers, evidence.component.name)
    needed = {stage: tuple(needed_kinds.get(stage, ())) for stage in requirements}
    results = tuple(judge_gates(evidence, gates, requirements, context, needed, baselines, index))
    verdicts = {
        stage: decide(list_statuses(results, stage), [gap for gap in evidence.gaps if gap.concerns(needed[stage])])
        for stage in requirements
    }
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
        needed_kinds={stage: kinds for stage, kinds in needed.items() if kinds},
    )


def add_gap(judgement: Judgement, gap: Gap, lowest_stage: str) -> Judgement:
    """Returns the judgement with a gap that was found after it: HOLD stays, and no stage is reached."""
    evidence = replace(judgement.evidence, gaps=(*judgement.evidence.gaps, gap))
    verdict = decide(list_statuses(judgement.results, judgement.target), (*judgement.gaps(judgement.target), gap))
    return replace(judgement, evidence=evidence, verdict=verdict, reached=None, next_stage=lowest_stage)


def judge_gates(
    evidence: Evidence,
    gates: Mapping[str, Gate],
    requirements: Mapping[str, Sequence[Requirement]],
    context: Context,
    needed_kinds: Mapping[str, tuple[str, ...]],
    baselines: Baselines,
    waivers: WaiverIndex,
) -> Iterator[GateResult]:
    """Returns one result for each gate, or line of a gate, that a stage requires: in the order of the ladder.

    Stages that need other kinds of tests share a result as long as the measurements are equal.
    """
    measure = Measuring(evidence, context)
    results: dict[str, list[tuple[Measured, dict[str, Judged]]]] = {}  # by the name of the requirement
    for stage, required in requirements.items():
        for requirement in required:
            gate = gates[requirement.gate]
            found = measure(gate, requirement.line, needed_kinds[stage], requirement.scope)
            of_name = results.setdefault(requirement.name, [])
            same = (
                one for other, one in of_name if (other.measurement, other.scope) == (found.measurement, found.scope)
            )
            stages = next(same, None)
            if stages is None:
                stages = {}
                of_name.append((found, stages))
            stages[stage] = judge_one(requirement, gate, found, baselines, stage, waivers)
    for name, of_name in results.items():
        for found, stages in of_name:
            first = next(iter(stages.values())).requirement
            gate, measurement = gates[first.gate], found.measurement
            yield GateResult(
                name=name,
                value=find_value(first, gate, measurement),
                better=gate.find_better(first.line),
                unit=gate.unit,
                note=measurement.line_notes.get(first.line, measurement.note),
                findings=tuple(select_findings(first, gate, measurement)),
                stages=stages,
                kinds=found.kinds if len(of_name) > 1 else (),
                scope=found.scope,
                is_applicable=measurement.is_applicable,
                duration_s=found.duration_s,
                tools=evidence.tool_versions.get(gate.name, {}),
            )


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measurement, with the evidence and the kinds of tests that it was made from; without kinds, from all tests.

    With the scope `new` it holds the findings in changed lines alone.
    """

    measurement: Measurement
    evidence: Evidence
    kinds: tuple[str, ...]
    duration_s: float
    scope: Scope = "all"


class Measuring:
    """Measures each gate once for each selection of kinds of tests that stages need."""

    def __init__(self, evidence: Evidence, context: Context) -> None:
        self._evidence, self._context = evidence, context
        self._measured: dict[tuple[str, str, tuple[str, ...]], Measured] = {}

    def __call__(self, gate: Gate, line: str, needed: tuple[str, ...], scope: Scope) -> Measured:
        """Returns the gate's measurement of the tests of one kind, where the line is one, else of those `needed`."""
        found = self._measure(gate, line, needed)
        if scope == "all":
            return found
        return replace(found, measurement=select_new(found.measurement, self._evidence.new_code), scope=scope)

    def _measure(self, gate: Gate, line: str, needed: tuple[str, ...]) -> Measured:
        kind = line if gate.is_kind(line) else ""
        kinds = (kind,) if kind else needed if gate.by_kind else ()
        key = gate.name, kind, kinds
        if key not in self._measured:
            evidence = self._evidence.of_kind(kind) if kind else self._evidence.with_tests_of(kinds)
            started = REAL.perf_counter()
            measurement = measure_gate(gate, evidence, self._context)
            duration = REAL.perf_counter() - started
            self._measured[key] = Measured(measurement=measurement, evidence=evidence, kinds=kinds, duration_s=duration)
        return self._measured[key]


def select_findings(requirement: Requirement, gate: Gate, measurement: Measurement) -> Iterator[Finding]:
    """Yields the findings that a requirement is about: those of the measurement, or of a line of its breakdown."""
    line = find_breakdown_line(requirement, gate)
    return (one for one in measurement.findings if line in ("", one.severity, one.rule))


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
    if not all(map(is_valid_number, numbers)) or (numbers and not answer.is_applicable):
        return "something that is not a finite number" if answer.is_applicable else "a number of nothing to measure"
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
        and all(
            isinstance(text, str) for text in (one.path, one.message, one.rule, one.severity, one.test, one.raised_at)
        )
        and all(number is None or isinstance(number, int) for number in (one.line, one.column))
        and isinstance(one.ranges, tuple)
        and all(isinstance(pair, tuple) and [*map(type, pair)] == [int, int] for pair in one.ranges)
    )


def judge_one(
    requirement: Requirement, gate: Gate, measured: Measured, baselines: Baselines, stage: str, waivers: WaiverIndex
) -> Judged:
    """Returns the status of one requirement of a stage, what waivers excuse of it, and the gate's remedy if it failed.

    Where tests are missing that can only improve the number, a threshold that it does not reach is unknown.
    """
    measurement = measured.measurement
    value = find_value(requirement, gate, measurement)
    if value is None:
        return Judged(requirement=requirement, status=compare(requirement, gate, measurement))
    judged = judge_number(requirement, gate, value, measured, baselines)
    missing = (gap for gap in measured.evidence.gaps if gap.has_missing_tests and gap.concerns(measured.kinds))
    if judged.status is not Status.FAILED:
        return judged
    if gate.improves_with_tests and any(missing):
        return replace(judged, status=Status.UNKNOWN)
    findings = list(select_findings(requirement, gate, measurement))

    def rejudge(left: int) -> Status:
        return judge_number(requirement, gate, left, measured, baselines).status

    judged = waive(judged, gate, value, findings, stage, waivers, rejudge)
    if judged.status is not Status.FAILED:
        return judged
    if waived := judged.waived_findings:
        left = tuple(one for one in measurement.findings if one not in waived)
        measurement = replace(measurement, findings=left)
    required = replace(requirement, threshold=judged.required)
    return replace(judged, remedy=find_remedy(required, gate, measurement, measured.evidence))


def judge_number(
    requirement: Requirement, gate: Gate, value: Number, measured: Measured, baselines: Baselines
) -> Judged:
    """Returns how a number meets the threshold of a requirement, or its baseline."""
    if requirement.ratchet:
        versions = measured.evidence.tool_versions.get(gate.name, {})
        return judge_ratchet(requirement, gate, value, baselines, versions, measured.kinds)
    return Judged(requirement=requirement, status=compare_number(requirement, gate, value))


def compare(requirement: Requirement, gate: Gate, measurement: Measurement) -> Status:
    """Returns whether a measurement meets a requirement, compared exactly; a missing number is unknown."""
    value = find_value(requirement, gate, measurement)
    if value is None:
        return Status.UNKNOWN if measurement.is_applicable else Status.PASSED
    return compare_number(requirement, gate, value)


def compare_number(requirement: Requirement, gate: Gate, value: Number) -> Status:
    """Returns whether a number reaches the threshold of a requirement."""
    better = gate.find_better(requirement.line)
    return Status.FAILED if is_better(requirement.threshold, Fraction(value), better) else Status.PASSED


def find_value(requirement: Requirement, gate: Gate, measurement: Measurement) -> Number | None:
    """Returns the number that a requirement is about: the measurement's value, or that of a line of its breakdown."""
    line = find_breakdown_line(requirement, gate)
    return measurement.breakdown.get(line) if line else measurement.value


def find_breakdown_line(requirement: Requirement, gate: Gate) -> str:
    """Returns the requirement's line of the breakdown; empty for a kind of tests, which is measured on its own."""
    return "" if gate.is_kind(requirement.line) else requirement.line


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


def decide(statuses: Iterable[tuple[Mode, Status]], gaps: Collection[Gap]) -> Verdict:
    """Returns the verdict that follows from the statuses of a stage's requirements; those in mode `warn` do not count.

    `gaps` are those that concern the stage. HOLD where a requirement failed, or where a gap is a failure. INCONCLUSIVE
    where one is unknown, where there are gaps, or where nothing is required: then nothing is proven. Else PROMOTE.
    """
    blocking = [status for mode, status in statuses if mode == "block"]
    if Status.FAILED in blocking or any(gap.is_failure for gap in gaps):
        return Verdict.HOLD
    if gaps or not blocking or Status.UNKNOWN in blocking:
        return Verdict.INCONCLUSIVE
    return Verdict.PROMOTE
