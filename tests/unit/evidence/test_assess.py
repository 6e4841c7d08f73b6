"""From evidence to a verdict: only proof promotes, and no gate can end the judgement."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import product
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import pytest

from pytest_maturity.evidence import assess
from pytest_maturity.evidence.assess import compare, decide, find_value, judge, measure_gate
from pytest_maturity.model.baseline import Baseline, BaselineNumber, Baselines
from pytest_maturity.model.evidence import (  # fmt: skip
    MISSING_TESTS,
    Component,
    Evidence,
    Finding,
    Gap,
    GapCause,
    KindEvidence,
    NewCode,
    Outcomes,
)
from pytest_maturity.model.gates import (  # fmt: skip
    Better,
    Context,
    Gate,
    Measurement,
    Mode,
    Number,
    Remedy,
    Requirement,
    Status,
)
from pytest_maturity.model.report import Judgement, Verdict

NEW, OLD = (Finding(path="a.py", line=line, message="m", rule="E501") for line in (3, 9))
CONTEXT = Context(root=Path("/project"))
EVIDENCE = Evidence(component=Component(name="auth", sources=(), files=(), found_by="src"))
GAP = Gap(cause="partial", message="only a part was run")


def gate(name: str, value: Number | None, better: Better = "higher", note: str = "", **more: Any) -> Gate:
    return Gate(name, lambda *_: Measurement(value, note), better=better, **more)


def require(name: str, threshold: str | int, mode: Mode = "block") -> Requirement:
    head, _, line = name.partition(".")
    return Requirement(gate=head, line=line, threshold=Fraction(threshold), mode=mode, source="here")


def judgement_of(
    gates: list[Gate], stages: dict[str, list[Requirement]], target: str = "dev", gaps: tuple[Gap, ...] = ()
) -> Judgement:
    evidence = Evidence(component=EVIDENCE.component, gaps=gaps)
    return judge(evidence, {one.name: one for one in gates}, stages, target, CONTEXT)


# ── the verdict ──────────────────────────────────────────────────────────────

PARTIAL = Gap(cause="partial", message="only a part was run")


@pytest.mark.parametrize(
    ("statuses", "has_gaps", "expected"),
    [
        ([Status.PASSED], False, Verdict.PROMOTE),
        ([Status.WAIVED], False, Verdict.PROMOTE),
        ([Status.PASSED, Status.WAIVED], False, Verdict.PROMOTE),
        ([Status.PASSED, Status.UNKNOWN], False, Verdict.INCONCLUSIVE),
        ([Status.PASSED, Status.FAILED], False, Verdict.HOLD),
        ([Status.FAILED, Status.UNKNOWN], False, Verdict.HOLD),
        ([Status.UNKNOWN, Status.FAILED], True, Verdict.HOLD),
        ([Status.PASSED], True, Verdict.INCONCLUSIVE),
        ([Status.UNKNOWN], True, Verdict.INCONCLUSIVE),
        ([], False, Verdict.INCONCLUSIVE),
        ([], True, Verdict.INCONCLUSIVE),
    ],
)
def test_failed_is_worse_than_unknown_and_unknown_is_worse_than_passed(
    statuses: list[Status], has_gaps: bool, expected: Verdict
) -> None:
    assert decide([("block", status) for status in statuses], [PARTIAL] * has_gaps) is expected


@pytest.mark.parametrize(("status", "has_gaps"), list(product(Status, (False, True))))
def test_a_warning_never_enters_the_verdict(status: Status, has_gaps: bool) -> None:
    assert decide([("warn", status)], [PARTIAL] * has_gaps) is Verdict.INCONCLUSIVE
    alone = decide([("block", Status.PASSED)], [PARTIAL] * has_gaps)
    statuses: list[tuple[Mode, Status]] = [("warn", status), ("block", Status.PASSED), ("warn", status)]
    assert decide(statuses, [PARTIAL] * has_gaps) is alone


def test_statuses_may_come_one_by_one() -> None:
    statuses: list[tuple[Mode, Status]] = [("block", Status.PASSED), ("block", Status.FAILED)]
    assert decide(iter(statuses), []) is Verdict.HOLD


@pytest.mark.parametrize("statuses", [[], ["block", "block"]])
def test_a_component_without_tests_is_held_where_all_was_asked_for(statuses: list[Mode]) -> None:
    untested = Gap(cause="untested", message="no test")
    assert decide([(mode, Status.PASSED) for mode in statuses], [PARTIAL, untested]) is Verdict.HOLD


@pytest.mark.parametrize(
    ("values", "gaps", "expected"),
    [
        ([10, 10], (), Verdict.PROMOTE),
        ([10, 9], (), Verdict.HOLD),
        ([10, None], (), Verdict.INCONCLUSIVE),
        ([9, None], (), Verdict.HOLD),
        ([10, 10], (GAP,), Verdict.INCONCLUSIVE),
        ([10, 9], (GAP,), Verdict.HOLD),
        ([None, None], (GAP,), Verdict.INCONCLUSIVE),
    ],
)
def test_only_what_is_proven_promotes(values: list[int | None], gaps: tuple[Gap, ...], expected: Verdict) -> None:
    gates = [gate(name, value) for name, value in zip("ab", values, strict=True)]
    found = judgement_of(gates, {"dev": [require("a", 10), require("b", 10)]}, gaps=gaps)
    assert found.verdict is expected
    assert found.reached == ("dev" if expected is Verdict.PROMOTE else None)
    assert found.next_stage == (None if expected is Verdict.PROMOTE else "dev")


@pytest.mark.parametrize("stages", [{"dev": []}, {"dev": [require("a", 1, "warn")]}])
def test_nothing_required_is_nothing_proven(stages: dict[str, list[Requirement]]) -> None:
    found = judgement_of([gate("a", 10)], stages)
    assert (found.verdict, found.reached) == (Verdict.INCONCLUSIVE, None)


@pytest.mark.parametrize("value", [0, None])
def test_a_warning_is_judged_and_does_not_block(value: int | None) -> None:
    found = judgement_of([gate("a", 10), gate("b", value)], {"dev": [require("a", 1), require("b", 1, "warn")]})
    assert found.verdict is Verdict.PROMOTE
    status = found.results[1].stages["dev"].status
    assert status is (Status.UNKNOWN if value is None else Status.FAILED)
    assert found.unmet("dev") == ()


# ── thresholds ───────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "better", "threshold", "status"),
    [
        (Fraction("69.99999999"), "higher", "70", Status.FAILED),
        (70, "higher", "70", Status.PASSED),
        (71, "higher", "70", Status.PASSED),
        (70.0, "higher", "70", Status.PASSED),
        (Fraction("0.00000001"), "lower", "0", Status.FAILED),
        (0, "lower", "0", Status.PASSED),
        (-1, "lower", "0", Status.PASSED),
        (0.1 + 0.2, "lower", "0.3", Status.FAILED),
        (Fraction("69.96"), "higher", "69.96", Status.PASSED),
        (0, "higher", "0", Status.PASSED),
        (None, "higher", "0", Status.UNKNOWN),
        (None, "lower", "100", Status.UNKNOWN),
    ],
)
def test_thresholds_are_compared_exactly(value: Number | None, better: Better, threshold: str, status: Status) -> None:
    one = gate("a", value, better)
    assert compare(require("a", threshold), one, Measurement(value)) is status
    found = judgement_of([one], {"dev": [require("a", threshold)]})
    assert found.results[0].stages["dev"].status is status


def test_a_requirement_is_about_the_value_or_about_a_line() -> None:
    measurement = Measurement(3, breakdown={"high": 1, "low": None})
    names = ("security", "security.high", "security.low", "security.none")
    assert [find_value(require(name, 0), gate("security", 3), measurement) for name in names] == [3, 1, None, None]


# ── the results ──────────────────────────────────────────────────────────────


def test_a_judgement_carries_the_evidence_and_a_result_for_each_gate() -> None:
    gates = [gate("a", 7, "lower", "seven", unit="%"), gate("b", 1)]
    found = judgement_of(gates, {"dev": [require("b", 1)], "staging": [require("a", 5)]}, "staging")
    assert found.evidence == EVIDENCE
    assert (found.target, found.reached, found.next_stage) == ("staging", "dev", "staging")
    assert [(row.name, row.value, row.better, row.unit, row.note) for row in found.results] == [
        ("b", 1, "higher", "", ""), ("a", 7, "lower", "%", "seven")
    ]  # fmt: skip


def test_a_result_has_the_requirement_of_each_stage_that_has_one() -> None:
    low, high = require("a", 1), require("a", 5, "warn")
    found = judgement_of([gate("a", 3)], {"dev": [low], "staging": [], "production": [high]})
    (row,) = found.results
    judged = [(stage, one.requirement, one.status) for stage, one in row.stages.items()]
    assert judged == [("dev", low, Status.PASSED), ("production", high, Status.FAILED)]


def test_the_results_are_in_the_order_of_the_ladder() -> None:
    stages = {"dev": [require("b", 1), require("c.x", 1)], "staging": [require("a", 1), require("b", 1)]}
    gates = [gate(name, 1) for name in "abc"]
    assert [row.name for row in judgement_of(gates, stages).results] == ["b", "c.x", "a"]


def test_a_gate_that_no_stage_requires_is_not_measured() -> None:
    def fail(*_: object) -> Measurement:
        raise AssertionError("measured")

    found = judgement_of([gate("a", 1), Gate("b", fail)], {"dev": [require("a", 1)]})
    assert [row.name for row in found.results] == ["a"]


def test_a_gate_gets_the_evidence_and_the_context() -> None:
    given: list[object] = []

    def note_down(evidence: Evidence, context: Context) -> Measurement:
        given.extend([evidence, context])
        return Measurement(1)

    judgement_of([Gate("a", note_down)], {"dev": [require("a", 1)]})
    assert given == [EVIDENCE, CONTEXT]


def test_a_gate_is_measured_once_for_all_stages_and_lines() -> None:
    calls: list[Evidence] = []

    def count(evidence: Evidence, context: Context) -> Measurement:
        calls.append(evidence)
        return Measurement(9, breakdown={"x": 9})

    stages = {stage: [require("a", 1), require("a.x", 1)] for stage in ("dev", "staging")}
    judgement_of([Gate("a", count)], stages)
    assert len(calls) == 1


def test_a_result_has_the_seconds_that_its_gate_took(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter([10.0, 12.5, 20.0, 20.25])
    monkeypatch.setattr(assess, "REAL", SimpleNamespace(perf_counter=lambda: next(times)))
    required = [require("a", 1), require("a.x", 1), require("b", 1)]
    found = judgement_of([gate("a", 1), gate("b", 1)], {"dev": required})
    assert [(row.name, row.duration_s) for row in found.results] == [("a", 2.5), ("a.x", 2.5), ("b", 0.25)]


def test_judging_again_gives_an_equal_judgement() -> None:
    stages = {"dev": [require("a", 1)]}
    assert judgement_of([gate("a", 3)], stages) == judgement_of([gate("a", 3)], stages)


# ── the ladder ───────────────────────────────────────────────────────────────

LADDER = {"dev": [require("a", 1)], "staging": [require("a", 5)], "production": [require("a", 9)]}


@pytest.mark.parametrize(
    ("value", "reached", "above", "verdicts"),
    [
        (0, None, "dev", "HOLD HOLD HOLD"),
        (1, "dev", "staging", "PROMOTE HOLD HOLD"),
        (5, "staging", "production", "PROMOTE PROMOTE HOLD"),
        (9, "production", None, "PROMOTE PROMOTE PROMOTE"),
    ],
)
def test_the_reached_stage_is_the_highest_of_which_everything_is_met(
    value: int, reached: str | None, above: str | None, verdicts: str
) -> None:
    found = [judgement_of([gate("a", value)], LADDER, stage) for stage in LADDER]
    assert {(one.reached, one.next_stage) for one in found} == {(reached, above)}
    assert " ".join(one.verdict.value for one in found) == verdicts


def test_a_stage_that_dropped_a_requirement_of_a_lower_one_is_judged_without_it() -> None:
    stages = {"dev": [require("b", 1)], "staging": [require("a", 5)]}
    found = judgement_of([gate("a", 5), gate("b", 0)], stages, "staging")
    assert (found.verdict, found.reached, found.next_stage) == (Verdict.PROMOTE, "staging", None)


def test_with_a_gap_nothing_is_reached() -> None:
    found = judgement_of([gate("a", 9)], LADDER, "dev", (GAP,))
    assert (found.verdict, found.reached, found.next_stage) == (Verdict.INCONCLUSIVE, None, "dev")


@pytest.mark.parametrize(
    ("value", "verdict"), [(100, Verdict.INCONCLUSIVE), (0, Verdict.HOLD), (None, Verdict.INCONCLUSIVE)]
)
def test_a_gap_that_is_added_gives_the_judgement_that_it_would_have_given_before(
    value: int | None, verdict: Verdict
) -> None:
    gates, stages = [gate("a", value)], {"dev": [require("a", 50)], "live": [require("a", 60)]}
    added = assess.add_gap(judgement_of(gates, stages), GAP, "dev")
    assert added == judgement_of(gates, stages, gaps=(GAP,))
    assert added.verdict is verdict
    assert assess.add_gap(added, GAP, "dev").evidence.gaps == (GAP, GAP)


def test_gates_above_the_target_are_measured_and_do_not_count() -> None:
    stages = {"dev": [require("a", 1)], "staging": [require("b", 1)]}
    found = judgement_of([gate("a", 1), gate("b", None)], stages)
    assert found.verdict is Verdict.PROMOTE
    assert [(row.name, list(row.stages)) for row in found.results] == [("a", ["dev"]), ("b", ["staging"])]


def test_each_stage_has_its_own_unmet_results() -> None:
    found = judgement_of([gate("a", 5), gate("b", None)], {**LADDER, "top": [require("b", 1)]})
    unmet = {stage: [row.name for row in found.unmet(stage)] for stage in (*LADDER, "top", "elsewhere")}
    assert unmet == {"dev": [], "staging": [], "production": ["a"], "top": ["b"], "elsewhere": []}


# ── lines of a breakdown ─────────────────────────────────────────────────────


def security(breakdown: dict[str, Number | None]) -> Gate:
    findings = [
        Finding(path="a.py", message="by severity", severity="high", rule="B1"),
        Finding(path="a.py", message="by rule", rule="high"),
        Finding(path="a.py", message="other", severity="low", rule="B1"),
    ]
    return Gate("security", lambda *_: Measurement(3, "note", findings, breakdown), "lower", lines=("high", "low"))


@pytest.mark.parametrize(
    ("breakdown", "status"),
    [
        ({"high": 0}, Status.PASSED),
        ({"high": 1}, Status.FAILED),
        ({"high": None}, Status.UNKNOWN),
        ({}, Status.UNKNOWN),
    ],
)
def test_a_line_of_a_breakdown_is_judged_by_its_own_number(breakdown: dict[str, Any], status: Status) -> None:
    found = judgement_of([security(breakdown)], {"dev": [require("security.high", 0)]})
    (row,) = found.results
    assert (row.name, row.value, row.note) == ("security.high", breakdown.get("high"), "note")
    assert row.stages["dev"].status is status
    assert [one.message for one in row.findings] == ["by severity", "by rule"]


def test_a_gate_as_a_whole_shows_every_finding() -> None:
    (row,) = judgement_of([security({"high": 1, "low": 1})], {"dev": [require("security", 0)]}).results
    assert [one.message for one in row.findings] == ["by severity", "by rule", "other"]


def test_a_gate_and_its_lines_are_rows_of_their_own() -> None:
    stages = {"dev": [require("security", 3), require("security.low", 1)]}
    found = judgement_of([security({"high": 0, "low": 2})], stages)
    assert [(row.name, row.value, len(row.findings)) for row in found.results] == [
        ("security", 3, 3), ("security.low", 2, 1)
    ]  # fmt: skip
    assert [row.name for row in found.unmet("dev")] == ["security.low"]


# ── gates that misbehave ─────────────────────────────────────────────────────


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def raising(error: BaseException) -> Callable[..., Any]:
    def function(*_: object) -> Any:
        raise error

    return function


def finding(**fields: Any) -> Measurement:
    return Measurement(100, findings=[Finding(**{"path": "a.py", "message": "m", **fields})])


WRONG_FINDING = "returned findings that are not a list of Finding with strings and whole numbers"


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (raising(ValueError("x\x1b")), "raised ValueError: x\\x1b ("),
        (lambda: sys.exit(0), "raised SystemExit: 0 ("),
        (lambda: pytest.skip("later"), "raised Skipped: later ("),
        (lambda: pytest.fail("no"), "raised Failed: no ("),
        (raising(GeneratorExit()), "raised GeneratorExit ("),
        (raising(RecursionError("deep")), "raised RecursionError: deep ("),
        (raising(UnprintableError()), "UnprintableError: <exception str() failed> ("),
        (lambda: None, "returned NoneType, not a Measurement"),
        (lambda: True, "returned bool, not a Measurement"),
        (lambda: 100, "returned int, not a Measurement"),
        (lambda: Measurement(True), "returned something that is not a finite number"),
        (lambda: Measurement(float("nan")), "returned something that is not a finite number"),
        (lambda: Measurement(float("inf")), "returned something that is not a finite number"),
        (lambda: Measurement(10**400), "returned something that is not a finite number"),
        (lambda: Measurement(-(10**16)), "returned something that is not a finite number"),
        (lambda: Measurement("100"), "returned something that is not a finite number"),  # type: ignore[arg-type]
        (lambda: Measurement(Decimal(100)), "returned something that is not a finite number"),  # type: ignore[arg-type]
        (lambda: Measurement(100j), "returned something that is not a finite number"),  # type: ignore[arg-type]
        (lambda: Measurement(100, breakdown={"x": float("nan")}), "returned something that is not a finite number"),
        (lambda: Measurement(None, breakdown={"x": True}), "returned something that is not a finite number"),
        (lambda: Measurement(100, breakdown=5), "returned a note that is not a string, or a breakdown"),  # type: ignore[arg-type]
        (lambda: Measurement(100, note=5), "returned a note that is not a string, or a breakdown"),  # type: ignore[arg-type]
        (lambda: Measurement(100, line_notes=5), "returned line_notes that are not a mapping to strings"),  # type: ignore[arg-type]
        (lambda: Measurement(100, line_notes={"x": 5}), "returned line_notes that are not a mapping to strings"),  # type: ignore[dict-item]
        (lambda: Measurement(100, is_applicable=False), "returned a number of nothing to measure"),
        (lambda: Measurement(100, findings=["x"]), WRONG_FINDING),  # type: ignore[list-item]
        (lambda: Measurement(100, findings=5), WRONG_FINDING),  # type: ignore[arg-type]
        *((lambda name=name: finding(**{name: Path("x")}), WRONG_FINDING)
          for name in ("path", "message", "rule", "severity", "test")),
        *((lambda name=name: finding(**{name: "3"}), WRONG_FINDING) for name in ("line", "column", "ranges")),
        *((lambda ranges=ranges: finding(ranges=ranges), WRONG_FINDING)
          for ranges in ([(1, 2)], ((1, 2, 3),), (("1", 2),), ((1,),), (3,), ([1, 2],))),
        (lambda: Measurement(850), "returned 850, which is not between 0 and 100 %"),
        (lambda: Measurement(Fraction(-1, 3)), "returned -0.4, which is not between 0 and 100 %"),
        (lambda: Measurement(100, breakdown={"x": 101}), "returned 101, which is not between 0 and 100 %"),
    ],
)  # fmt: skip
def test_a_gate_that_misbehaves_is_unknown(act: Callable[[], Any], words: str) -> None:
    bad = Gate("bad", lambda *_: act(), unit="%")
    answer = measure_gate(bad, EVIDENCE, CONTEXT)
    assert answer.value is None
    assert words in answer.note
    assert answer.note.startswith("the gate 'bad' r")
    assert answer.note.isprintable()
    assert judgement_of([bad], {"dev": [require("bad", 1)]}).verdict is Verdict.INCONCLUSIVE


def test_the_note_about_a_gate_that_raised_has_the_line_that_raised() -> None:
    def outer(*_: object) -> Measurement:
        return inner()

    def inner() -> Measurement:
        raise ValueError("x" * 999)

    line = inner.__code__.co_firstlineno + 1
    answer = measure_gate(Gate("bad", outer), EVIDENCE, CONTEXT)
    assert answer.note == f"the gate 'bad' raised ValueError: {'x' * 285}... ({__file__}:{line})"


def test_an_error_of_many_lines_is_written_in_one() -> None:
    error = SyntaxError("invalid syntax", ("own.py", 1, 5, "x = = 1", 1, 6))
    answer = measure_gate(Gate("bad", raising(error)), EVIDENCE, CONTEXT)
    assert 'raised File "own.py", line 1 x = = 1 ^ SyntaxError: invalid syntax (' in answer.note


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_are_valid_as_long_as_a_float_is_exact(sign: int) -> None:
    assert measure_gate(gate("a", sign * 10**15), EVIDENCE, CONTEXT).value == sign * 10**15
    assert measure_gate(gate("a", sign * (10**15 + 1)), EVIDENCE, CONTEXT).value is None


@pytest.mark.parametrize("value", [0, 100, -1, 101, Fraction(-1, 3)])
def test_only_per_cents_are_bounded(value: Number) -> None:
    assert measure_gate(gate("a", value, unit="ms"), EVIDENCE, CONTEXT).value == value
    assert (measure_gate(gate("a", value, unit="%"), EVIDENCE, CONTEXT).value is None) is not (0 <= value <= 100)


def test_ctrl_c_in_a_gate_ends_the_judgement() -> None:
    with pytest.raises(KeyboardInterrupt):
        measure_gate(Gate("bad", raising(KeyboardInterrupt())), EVIDENCE, CONTEXT)


FULL_FINDING = Finding(path="a", message="m", line=1, column=2, rule="r", severity="s", test="t", ranges=((1, 2),))


@pytest.mark.parametrize("value", [100, 0, 99.5, Fraction(1, 3), None])
def test_a_valid_answer_is_returned_as_it_is(value: Number | None) -> None:
    answer = Measurement(value, "note", [FULL_FINDING, Finding(path="a", message="m")], {"x": 1, "y": None})
    assert measure_gate(Gate("good", lambda *_: answer, unit="%"), EVIDENCE, CONTEXT) is answer


# ── remedies ─────────────────────────────────────────────────────────────────


def remedy_of(value: Number | None, remedy: Callable[..., Any] | None, mode: Mode = "block") -> Remedy | None:
    one = gate("a", value, "lower", remedy=remedy)
    (row,) = judgement_of([one], {"dev": [require("a", 2, mode)]}).results
    return row.stages["dev"].remedy


@pytest.mark.parametrize("mode", get_args(Mode))
def test_a_failed_requirement_has_the_remedy_of_its_gate(mode: Mode) -> None:
    found = Remedy("mend it", ("fix", "a b"))
    assert remedy_of(3, lambda *_: found, mode) is found


@pytest.mark.parametrize("value", [2, 0, None])
def test_only_a_failed_requirement_has_a_remedy(value: Number | None) -> None:
    assert remedy_of(value, lambda *_: Remedy("mend it")) is None


def test_a_remedy_gets_the_evidence_the_measurement_and_the_requirement() -> None:
    given: list[object] = []

    def note_down(*arguments: object) -> Remedy:
        given.extend(arguments)
        return Remedy("")

    remedy_of(3, note_down)
    assert given == [EVIDENCE, Measurement(3), require("a", 2)]


@pytest.mark.parametrize(
    "remedy",
    [
        None,
        lambda *_: None,
        lambda *_: "mend it",
        lambda *_: Remedy(3),  # type: ignore[arg-type]
        lambda *_: Remedy("mend it", "ruff check"),  # type: ignore[arg-type]
        lambda *_: Remedy("mend it", ["ruff"]),  # type: ignore[arg-type]
        lambda *_: Remedy("mend it", ("ruff", 3)),  # type: ignore[arg-type]
        lambda *_: 1 / 0,
        lambda *_: sys.exit(0),
        lambda *_: pytest.skip("later"),
    ],
)
def test_an_invalid_remedy_is_left_out(remedy: Callable[..., Any] | None) -> None:
    assert remedy_of(3, remedy) is None


def test_ctrl_c_in_a_remedy_ends_the_judgement() -> None:
    with pytest.raises(KeyboardInterrupt):
        remedy_of(3, raising(KeyboardInterrupt()))


# ── tests that are missing ───────────────────────────────────────────────────


@pytest.mark.parametrize("cause", get_args(GapCause))
@pytest.mark.parametrize("improves", [True, False])
def test_a_number_that_missing_tests_can_only_improve_is_unknown_below_its_threshold(
    cause: GapCause, improves: bool
) -> None:
    gates = [gate("a", 40, improves_with_tests=improves)]
    stages = {"dev": [require("a", 40)], "staging": [require("a", 41)]}
    judgement = judgement_of(gates, stages, "staging", (Gap(cause=cause, message="less was run"),))
    is_bound = improves and cause in MISSING_TESTS
    assert judgement.results[0].stages["dev"].status is Status.PASSED
    assert judgement.results[0].stages["staging"].status is (Status.UNKNOWN if is_bound else Status.FAILED)
    is_unknown = is_bound and cause != "untested"
    assert judgement.verdict is (Verdict.INCONCLUSIVE if is_unknown else Verdict.HOLD)


def test_what_failed_in_a_part_of_the_tests_stays_failed() -> None:
    gates = [gate("coverage", 40, improves_with_tests=True), gate("pass_rate", 90)]
    stages = {"dev": [require("coverage", 50), require("pass_rate", 100)]}
    assert judgement_of(gates, stages, gaps=(GAP,)).verdict is Verdict.HOLD


# ── what a result says ───────────────────────────────────────────────────────

RULED = Gate("lint", lambda *_: Measurement(2, "ruff", [OLD, NEW]), better="lower", counts_findings=True)


def test_a_requirement_of_new_code_is_judged_by_the_changed_lines() -> None:
    new_code = NewCode(branch="main", commit="1", lines={"a.py": frozenset({3})}, changed=1)
    evidence = replace(EVIDENCE, new_code=new_code)
    stages = {"dev": [replace(require("lint", 1), scope="new")], "staging": [require("lint", 1)]}
    new, whole = judge(evidence, {"lint": RULED}, stages, "staging", CONTEXT).results
    assert (new.scope, new.value, new.findings) == ("new", 1, (NEW,))
    assert (new.note, new.stages["dev"].status) == ("ruff; 1 line changed since main", Status.PASSED)
    assert (whole.scope, whole.value, whole.stages["staging"].status) == ("all", 2, Status.FAILED)


def test_a_result_says_what_measured_it_and_whether_there_was_anything_to_measure() -> None:
    evidence = replace(EVIDENCE, tool_versions={"lint": {"ruff": "0.12.0"}})
    nothing = Gate("new", lambda *_: Measurement(None, "no line changed", is_applicable=False))
    gates = {"lint": RULED, "new": nothing}
    lint, new = judge(evidence, gates, {"dev": [require("lint", 1), require("new", 1)]}, "dev", CONTEXT).results
    assert (lint.tools, lint.is_applicable) == ({"ruff": "0.12.0"}, True)
    assert (new.tools, new.is_applicable, new.stages["dev"].status) == ({}, False, Status.PASSED)


def test_a_line_has_its_own_note() -> None:
    answer = Measurement(1, "of both", breakdown={"x": 1, "y": 1}, line_notes={"x": "of x"})
    own = Gate("own", lambda *_: answer, lines=("x", "y"))
    requirements = [require(name, 1) for name in ("own", "own.x", "own.y")]
    results = judge(EVIDENCE, {"own": own}, {"dev": requirements}, "dev", CONTEXT).results
    assert [one.note for one in results] == ["of both", "of x", "of both"]


@pytest.mark.parametrize(("version", "status"), [("0.12.0", Status.PASSED), ("0.11.0", Status.UNKNOWN)])
def test_a_ratchet_compares_numbers_of_one_kind_of_tests_and_of_one_version(version: str, status: Status) -> None:
    number = BaselineNumber(value=Fraction(2), tools={"own": version})
    baselines = Baselines(committed=Baseline(component="a", source="file", numbers={"tests (unit)": number}))
    evidence = Evidence(
        component=EVIDENCE.component,
        outcomes=Outcomes.join([UNIT.outcomes, E2E.outcomes]),
        kinds={"unit": UNIT, "e2e": E2E},
        tool_versions={"tests": {"own": "0.12.0"}},
    )
    stages = {"dev": [replace(require("tests", 1), ratchet=True)]}
    (found,) = judge(evidence, {"tests": TESTS}, stages, "dev", CONTEXT, {"dev": ("unit",)}, baselines).results
    assert found.stages["dev"].status is status
    assert found.kinds == ()  # there is no other result of this name


def test_a_gate_that_no_kind_of_tests_concerns_is_measured_from_all_of_them() -> None:
    own = Gate("own", lambda evidence, _: Measurement(evidence.outcomes.passed))
    evidence = Evidence(
        component=EVIDENCE.component,
        outcomes=Outcomes.join([UNIT.outcomes, E2E.outcomes]),
        kinds={"unit": UNIT, "e2e": E2E},
    )
    stages = {"dev": [require("own", 1)], "staging": [require("own", 1)]}
    results = judge(evidence, {"own": own}, stages, "staging", CONTEXT, {"staging": ("unit",)}).results
    assert [(one.value, one.kinds) for one in results] == [(3, ())]


# ── kinds of tests ───────────────────────────────────────────────────────────

UNIT, E2E = (KindEvidence(outcomes=Outcomes(collected=2, completed=2, passed=passed)) for passed in (2, 1))
TESTS = Gate(
    "tests", lambda evidence, _: Measurement(evidence.outcomes.passed, evidence.coverage.problem), by_kind=True
)


def judge_kinds(gaps: tuple[Gap, ...] = (), stages: dict[str, list[Requirement]] | None = None) -> Judgement:
    evidence = Evidence(
        component=EVIDENCE.component,
        outcomes=Outcomes.join([UNIT.outcomes, E2E.outcomes]),
        kinds={"unit": UNIT, "e2e": E2E},
        gaps=gaps,
    )
    stages = stages or {
        "dev": [require("tests", 2)],
        "staging": [require("tests", 2)],
        "production": [require("tests", 3)],
    }
    needed = {"staging": ("unit",), "production": ("e2e", "unit")}
    return judge(evidence, {"tests": TESTS}, stages, "staging", CONTEXT, needed)


def test_a_stage_is_judged_by_the_tests_of_the_kinds_that_it_needs() -> None:
    found = judge_kinds()
    assert [(one.value, one.kinds, [*one.stages]) for one in found.results] == [
        (3, (), ["dev", "production"]),
        (2, ("unit",), ["staging"]),
    ]
    assert found.needed_kinds == {"staging": ("unit",), "production": ("e2e", "unit")}


@pytest.mark.parametrize(
    ("kinds", "verdict", "reached"),
    [
        ((), Verdict.INCONCLUSIVE, None),
        (("e2e",), Verdict.PROMOTE, "staging"),
        (("unit",), Verdict.INCONCLUSIVE, None),
        (("e2e", "unit"), Verdict.INCONCLUSIVE, None),
        (("smoke",), Verdict.PROMOTE, "production"),
    ],
)
def test_a_gap_concerns_the_stages_that_need_its_kinds_of_tests(
    kinds: tuple[str, ...], verdict: Verdict, reached: str | None
) -> None:
    gap = Gap(cause="deselected", message="fewer", kinds=kinds)
    found = judge_kinds((gap,))
    assert (found.verdict, found.reached) == (verdict, reached)
    assert found.gaps("dev") == (gap,)
    assert found.gaps("staging") == ((gap,) if verdict is Verdict.INCONCLUSIVE else ())


def test_a_kind_of_tests_has_a_line_of_its_own() -> None:
    stages = {"staging": [require("tests", 3), require("tests.e2e", 1), require("tests.smoke", 1)]}
    whole, line, absent = judge_kinds(stages=stages).results
    assert (whole.name, whole.value, whole.note) == ("tests", 2, "coverage was not measured")
    assert (line.name, line.value, line.note) == ("tests.e2e", 1, "the coverage of this kind of tests was not recorded")
    assert (absent.value, absent.stages["staging"].status) == (0, Status.FAILED)


def test_tests_of_an_unknown_kind_count_for_every_kind() -> None:
    parts = {"unit": UNIT, "": E2E}
    both = Outcomes.join([UNIT.outcomes, E2E.outcomes])
    evidence = Evidence(component=EVIDENCE.component, outcomes=both, kinds=parts)
    assert evidence.with_tests_of(["unit"]).outcomes.passed == evidence.of_kind("unit").outcomes.passed == 3
    assert evidence.of_kind("e2e").outcomes.passed == 1


def test_joined_outcomes_count_what_no_test_raised_once() -> None:
    alone, own = Finding(path="", message="no test"), Finding(path="a", message="b", test="a::b")
    parts = [Outcomes(passed=1, unhandled=(alone, own)), Outcomes(passed=2, flaky_tests=("x",), unhandled=(alone,))]
    joined = Outcomes.join(parts)
    assert (joined.passed, joined.flaky_tests, joined.unhandled) == (3, ("x",), (own, alone))
    assert Outcomes.join([parts[0], Outcomes(unhandled=None)]).unhandled is None
    assert Outcomes.join([Outcomes(duration_s=1.5), Outcomes()]).duration_s is None
    timed = [Outcomes(duration_s=seconds, durations=((name, seconds),)) for name, seconds in (("a", 1.5), ("b", 2.0))]
    assert Outcomes.join(timed).duration_s == 3.5
    assert Outcomes.join(timed).durations == (("b", 2.0), ("a", 1.5))
    assert Outcomes.join([]) == Outcomes(duration_s=0.0)
    first, second = (Finding(path="a", line=line, message="old", rule="UserWarning") for line in (1, 2))
    warned = [Outcomes(warnings=(second,), own_filters=("once",)), Outcomes(warnings=(first, second))]
    assert Outcomes.join(warned).warnings == (first, second)
    assert Outcomes.join(warned).own_filters == ("once",)
    assert Outcomes.join([*warned, Outcomes(warnings=None)]).warnings is None


def test_a_stage_that_needs_every_kind_has_the_outcomes_of_the_whole_run() -> None:
    whole = Outcomes(passed=4, duration_s=1.0)  # less than both kinds together: they share a fixture
    evidence = Evidence(component=EVIDENCE.component, outcomes=whole, kinds={"unit": UNIT, "e2e": E2E})
    assert evidence.with_tests_of(["unit", "e2e"]).outcomes is whole
    assert evidence.with_tests_of(["unit"]).outcomes == Outcomes.join([UNIT.outcomes])
