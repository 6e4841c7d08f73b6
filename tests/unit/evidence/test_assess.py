"""From evidence to a verdict: only proof promotes, and no gate can take the verdict down."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.evidence.assess import judge, measure
from pytest_maturity.model.evidence import Component, Evidence, Finding, Gap  # fmt: skip
from pytest_maturity.model.gates import (  # fmt: skip
    Better,
    Context,
    Gate,
    Measurement,
    Mode,
    Number,
    Requirement,
    Status,
)
from pytest_maturity.model.report import Judgement, Need, Verdict

CONTEXT = Context(root=Path("/project"))
EVIDENCE = Evidence(component=Component(name="auth", sources=(), files=(), found_by="src"))
GAP = Gap(cause="partial", message="only a part was run")


def gate(name: str, value: Number | None, better: Better = "higher", note: str = "", **more: Any) -> Gate:
    return Gate(name, lambda *_: Measurement(value, note), better=better, **more)


def ask(name: str, threshold: str | int, mode: Mode = "block") -> Requirement:
    head, _, line = name.partition(".")
    return Requirement(gate=head, line=line, threshold=Fraction(threshold), mode=mode, source="here")


def verdict(
    gates: list[Gate], stages: dict[str, list[Requirement]], target: str = "dev", gaps: tuple[Gap, ...] = ()
) -> Judgement:
    evidence = Evidence(component=EVIDENCE.component, gaps=gaps)
    return judge(evidence, {one.name: one for one in gates}, stages, target, CONTEXT)


# ── the verdict ──────────────────────────────────────────────────────────────


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
def test_failed_is_worse_than_unknown_and_unknown_is_worse_than_passed(
    values: list[int | None], gaps: tuple[Gap, ...], expected: Verdict
) -> None:
    gates = [gate(name, value) for name, value in zip("ab", values, strict=True)]
    found = verdict(gates, {"dev": [ask("a", 10), ask("b", 10)]}, gaps=gaps)
    assert found.verdict is expected
    assert found.reached == ("dev" if expected is Verdict.PROMOTE else None)


@pytest.mark.parametrize("stages", [{"dev": []}, {"dev": [ask("a", 1, "warn")]}])
def test_nothing_required_is_nothing_proven(stages: dict[str, list[Requirement]]) -> None:
    found = verdict([gate("a", 10)], stages)
    assert (found.verdict, found.reached) == (Verdict.INCONCLUSIVE, None)


@pytest.mark.parametrize("value", [0, None])
def test_a_warning_is_judged_and_does_not_block(value: int | None) -> None:
    found = verdict([gate("a", 10), gate("b", value)], {"dev": [ask("a", 1), ask("b", 1, "warn")]})
    assert found.verdict is Verdict.PROMOTE
    status = found.results[1].stages["dev"].status
    assert status is (Status.UNKNOWN if value is None else Status.FAILED)
    assert found.needs == ()


@pytest.mark.parametrize(
    ("value", "better", "threshold", "status"),
    [
        (Fraction("69.99999999"), "higher", "70", Status.FAILED),
        (70, "higher", "70", Status.PASSED),
        (70.0, "higher", "70", Status.PASSED),
        (Fraction("0.00000001"), "lower", "0", Status.FAILED),
        (0, "lower", "0", Status.PASSED),
        (0.1 + 0.2, "lower", "0.3", Status.FAILED),
        (Fraction("69.96"), "higher", "69.96", Status.PASSED),
    ],
)
def test_thresholds_are_compared_exactly(value: Number, better: Better, threshold: str, status: Status) -> None:
    found = verdict([gate("a", value, better)], {"dev": [ask("a", threshold)]})
    assert found.results[0].stages["dev"].status is status


def test_a_coverage_of_69_96_fails_70_and_is_shown_as_69_9() -> None:
    found = verdict([gate("coverage", Fraction("69.96"))], {"dev": [ask("coverage", 70)]})
    assert found.verdict is Verdict.HOLD
    assert found.needs == (Need(gate="coverage", message="is 69.9, must be at least 70"),)


def test_a_judgement_carries_what_it_was_made_of() -> None:
    gates = [gate("a", 7, "lower", "seven", unit="%"), gate("b", 1)]
    found = verdict(gates, {"dev": [ask("b", 1)], "staging": [ask("a", 5)]}, "staging")
    assert found.evidence == EVIDENCE
    assert (found.target, found.reached, found.next_stage) == ("staging", "dev", "staging")
    assert [(row.name, row.better, row.unit, row.note) for row in found.results] == [
        ("b", "higher", "", ""), ("a", "lower", "%", "seven")
    ]  # fmt: skip


def test_what_is_missing_for_the_target_is_told_beside_what_is_missing_for_the_next_stage() -> None:
    found = verdict([gate("a", 2)], LADDER, "production")
    assert found.needs == (Need(gate="a", message="is 2, must be at least 5"),)
    assert found.target_needs == (Need(gate="a", message="is 2, must be at least 9"),)


def test_a_gate_and_its_remedy_see_the_evidence() -> None:
    seen: list[object] = []

    def look(evidence: Evidence, context: Context) -> Measurement:
        seen.extend([evidence, context])
        return Measurement(1)

    def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
        return f"{evidence.component.name}: {measurement.value} of {requirement.threshold}"

    found = verdict([Gate("a", look, remedy=remedy)], {"dev": [ask("a", 2)]})
    assert seen == [EVIDENCE, CONTEXT]
    assert found.needs == (Need(gate="a", message="auth: 1 of 2"),)


# ── the ladder ───────────────────────────────────────────────────────────────

LADDER = {"dev": [ask("a", 1)], "staging": [ask("a", 5)], "production": [ask("a", 9)]}


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
    found = [verdict([gate("a", value)], LADDER, stage) for stage in LADDER]
    assert {(one.reached, one.next_stage) for one in found} == {(reached, above)}
    assert " ".join(one.verdict.value for one in found) == verdicts


def test_a_stage_that_dropped_what_a_lower_one_asks_is_judged_without_it() -> None:
    found = verdict([gate("a", 5), gate("b", 0)], {"dev": [ask("b", 1)], "staging": [ask("a", 5)]}, "staging")
    assert (found.verdict, found.reached, found.next_stage) == (Verdict.PROMOTE, "staging", None)


def test_with_a_gap_nothing_is_reached_and_the_gap_is_needed_first() -> None:
    found = verdict([gate("a", 9)], LADDER, "dev", (GAP,))
    assert (found.reached, found.next_stage) == (None, "dev")
    assert found.needs == (Need(gate="", message="only a part was run"),)


def test_gates_above_the_target_are_measured_and_do_not_count() -> None:
    found = verdict([gate("a", 1), gate("b", None)], {"dev": [ask("a", 1)], "staging": [ask("b", 1)]})
    assert found.verdict is Verdict.PROMOTE
    assert [(row.name, list(row.stages)) for row in found.results] == [("a", ["dev"]), ("b", ["staging"])]


def test_a_gate_is_measured_once_for_all_stages() -> None:
    calls: list[Evidence] = []

    def count(evidence: Evidence, context: Context) -> Measurement:
        calls.append(evidence)
        return Measurement(9)

    verdict([Gate("a", count)], LADDER, "production")
    assert len(calls) == 1


# ── lines of a breakdown ─────────────────────────────────────────────────────


def security(breakdown: dict[str, Number | None]) -> Gate:
    findings = [Finding(path="a.py", message=level, severity=level, rule="B1") for level in ("high", "low")]
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
    found = verdict([security(breakdown)], {"dev": [ask("security.high", 0)]})
    (row,) = found.results
    assert (row.name, row.gate, row.value) == ("security.high", "security", breakdown.get("high"))
    assert row.stages["dev"].status is status
    assert [one.severity for one in row.findings] == ["high"]


def test_a_gate_as_a_whole_shows_every_finding() -> None:
    (row,) = verdict([security({"high": 1, "low": 1})], {"dev": [ask("security", 0)]}).results
    assert [one.severity for one in row.findings] == ["high", "low"]


def test_a_gate_and_its_lines_are_rows_of_their_own() -> None:
    found = verdict([security({"high": 0, "low": 2})], {"dev": [ask("security", 3), ask("security.low", 1)]})
    assert [(row.name, row.value, len(row.findings)) for row in found.results] == [
        ("security", 3, 2), ("security.low", 2, 1)
    ]  # fmt: skip
    assert found.needs == (Need(gate="security.low", message="is 2, must be at most 1"),)


# ── gates that misbehave ─────────────────────────────────────────────────────


class UnprintableError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")


def raising(error: BaseException) -> Callable[[], Any]:
    def function() -> Any:
        raise error

    return function


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
        (lambda: Measurement(100, breakdown=5), "returned a note that is not a string, or a breakdown"),  # type: ignore[arg-type]
        (lambda: Measurement(100, note=5), "returned a note that is not a string, or a breakdown"),  # type: ignore[arg-type]
        (lambda: Measurement(100, findings=["x"]), "returned findings that are not a list"),  # type: ignore[list-item]
        (lambda: Measurement(100, findings=5), "returned findings that are not a list"),  # type: ignore[arg-type]
        (
            lambda: Measurement(100, findings=[Finding(path=Path("x"), message="m")]),  # type: ignore[arg-type]
            "returned findings that are not a list of Finding with strings and whole numbers",
        ),
        (lambda: Measurement(850), "returned 850, which is not between 0 and 100 %"),
        (lambda: Measurement(Fraction(-1, 3)), "returned -0.4, which is not between 0 and 100 %"),
        (lambda: Measurement(100, breakdown={"x": 101}), "returned 101, which is not between 0 and 100 %"),
    ],
)
def test_a_gate_that_misbehaves_could_not_tell(act: Callable[[], Any], words: str) -> None:
    bad = Gate("bad", lambda *_: act(), unit="%")
    answer = measure(bad, EVIDENCE, CONTEXT)
    assert answer.value is None
    assert words in answer.note
    assert answer.note.startswith("the gate 'bad' r")
    assert answer.note.isprintable()
    assert verdict([bad], {"dev": [ask("bad", 1)]}).verdict is Verdict.INCONCLUSIVE


def test_a_gate_that_raises_is_told_with_the_line_that_raised() -> None:
    def outer(*_: object) -> Measurement:
        return inner()

    def inner() -> Measurement:
        raise ValueError("x" * 999)

    line = inner.__code__.co_firstlineno + 1
    answer = measure(Gate("bad", outer), EVIDENCE, CONTEXT)
    assert answer.note == f"the gate 'bad' raised ValueError: {'x' * 285}... ({__file__}:{line})"


def test_an_error_of_many_lines_is_told_in_one() -> None:
    error = SyntaxError("invalid syntax", ("own.py", 1, 5, "x = = 1", 1, 6))
    answer = measure(Gate("bad", lambda *_: raising(error)()), EVIDENCE, CONTEXT)
    assert 'raised File "own.py", line 1 x = = 1 ^ SyntaxError: invalid syntax (' in answer.note


@pytest.mark.parametrize("sign", [1, -1])
def test_numbers_are_believed_as_long_as_a_float_is_exact(sign: int) -> None:
    assert measure(gate("a", sign * 10**15), EVIDENCE, CONTEXT).value == sign * 10**15
    assert measure(gate("a", sign * (10**15 + 1)), EVIDENCE, CONTEXT).value is None


def test_ctrl_c_is_not_an_answer() -> None:
    with pytest.raises(KeyboardInterrupt):
        measure(Gate("bad", lambda *_: raising(KeyboardInterrupt())()), EVIDENCE, CONTEXT)


@pytest.mark.parametrize("value", [100, 0, 99.5, Fraction(1, 3), None])
def test_a_proper_answer_is_passed_on_as_it_is(value: Number | None) -> None:
    answer = Measurement(value, "note", [Finding(path="a", message="m", line=1)], {"x": 1, "y": None})
    assert measure(Gate("good", lambda *_: answer, unit="%"), EVIDENCE, CONTEXT) is answer


# ── what is missing ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (gate("a", 3, "lower"), "is 3, must be at most 0.25"),
        (gate("a", Fraction("0.251"), "lower"), "is 0.26, must be at most 0.25"),
        (gate("a", None, note="ruff is not installed"), "ruff is not installed"),
        (gate("a", None), "could not be told"),
        (gate("a", 3, "lower", remedy=lambda *_: "mend it"), "mend it"),
        (gate("a", 3, "lower", remedy=lambda *_: 1 / 0), "is 3, must be at most 0.25"),
        (gate("a", 3, "lower", remedy=lambda *_: None), "is 3, must be at most 0.25"),
    ],
)
def test_what_is_missing_is_said_in_words(one: Gate, words: str) -> None:
    found = verdict([one], {"dev": [ask("a", "0.25")]})
    assert found.needs == (Need(gate="a", message=words),)
