"""The table: a row for each gate, a column for each stage, no wider than the terminal."""

from __future__ import annotations

import io
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.evidence import Component, Evidence, Finding
from pytest_maturity.model.gates import Judged, Mode, Requirement, Status
from pytest_maturity.model.report import GateResult, Judgement, Verdict
from pytest_maturity.reports.table import note_of, table


class Utf8(io.StringIO):
    encoding = "utf-8"


class Ascii(io.StringIO):
    encoding = "ascii"


@pytest.fixture(autouse=True)
def _stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Utf8())


def judged(threshold: str, status: Status, mode: Mode = "block") -> Judged:
    requirement = Requirement(gate="x", threshold=Fraction(threshold), source="here", mode=mode)
    return Judged(requirement=requirement, status=status)


def judgement(*results: GateResult) -> Judgement:
    component = Component(name="auth", sources=(), files=(), found_by="src")
    return Judgement(
        evidence=Evidence(component=component), verdict=Verdict.HOLD, target="dev", reached=None, next_stage="dev",
        results=results,
    )  # fmt: skip


COVERAGE = GateResult(
    name="coverage", value=Fraction("69.96"), unit="%", note="a.py 12 %",
    stages={"dev": judged("50", Status.PASSED), "top": judged("70", Status.FAILED)},
)  # fmt: skip
LINT = GateResult(
    name="lint_all", value=2, better="lower", findings=(Finding(path="a.py", line=3, message="m"),) * 2, note="ruff",
    stages={"top": judged("0", Status.FAILED, "warn")},
)  # fmt: skip
TYPES = GateResult(name="types", value=None, note="mypy died", stages={"top": judged("0.25", Status.UNKNOWN)})
RESULTS = judgement(COVERAGE, LINT, TYPES)


def rows(width: int = 100, markup: bool = False, **more: Any) -> list[str]:
    return table(RESULTS, ("dev", "top"), width, markup, **more).splitlines()


def test_each_gate_is_a_row_with_the_threshold_and_mark_of_each_stage() -> None:
    assert rows() == [
        "  gate      measured  dev   top",
        "  coverage  69.9 %    50 \u2713  70 \u2717      a.py 12 %",
        "  lint all  2         -     0 \u2717 warn  a.py:3",
        "  types     ?         -     0.25 ?    mypy died",
    ]


def test_a_stdout_without_the_marks_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Ascii())
    assert [line.split()[2:] for line in rows()[1:2]] == [["%", "50", "+", "70", "x", "a.py", "12", "%"]]


@pytest.mark.parametrize("width", range(20, 80))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, rows(width))) <= width


def test_notes_are_shown_where_there_is_room_for_them() -> None:
    without_notes = len("  lint all  2         -     0 \u2717 warn  ")
    assert any("mypy" in line for line in rows(without_notes + 12))
    assert not any("mypy" in line for line in rows(without_notes + 11))


def test_styles_come_only_with_markup() -> None:
    assert "\x1b[" in "\n".join(rows(markup=True))
    assert "\x1b[" not in "\n".join(rows())


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (COVERAGE, "a.py 12 %"),
        (LINT, "a.py:3"),
        (TYPES, "mypy died"),
        (GateResult(name="a", value=1, note="n", stages={"dev": judged("1", Status.FAILED)}), "n"),
        (
            GateResult(name="a", value=1, note="n", findings=(Finding(path="a.py", message="m"),),
                       stages={"dev": judged("1", Status.PASSED)}),
            "n",
        ),
    ],
)  # fmt: skip
def test_the_places_of_findings_replace_the_note_where_a_requirement_failed(result: GateResult, note: str) -> None:
    assert note_of(result) == note


def test_at_most_five_places_are_named() -> None:
    findings = tuple(Finding(path=f"{number}.py", message="m") for number in range(9))
    result = GateResult(name="a", value=9, findings=findings, stages={"dev": judged("0", Status.FAILED)})
    assert note_of(result) == "0.py, 1.py, 2.py, 3.py, 4.py"
