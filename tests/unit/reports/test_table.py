"""The table of a component's gates and stages."""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import Component, Evidence, Finding
from pytest_maturity.model.gates import Judged, Mode, Number, Requirement, Status
from pytest_maturity.model.report import GateResult, Judgement, Verdict
from pytest_maturity.reports.table import table

LADDER = ("dev", "staging")
PASSED, FAILED, UNKNOWN, WAIVED = Status.PASSED, Status.FAILED, Status.UNKNOWN, Status.WAIVED


def judged(threshold: int, status: Status, mode: Mode = "block") -> Judged:
    requirement = Requirement(gate="x", threshold=Fraction(threshold), source="here", mode=mode)
    return Judged(requirement=requirement, status=status)


def result(name: str, value: Number | None, stages: Mapping[str, Judged], **more: Any) -> GateResult:
    return GateResult(name=name, value=value, stages=stages, **more)


def draw(*results: GateResult, width: int = 80, markup: bool = False) -> list[str]:
    component = Component(name="auth", sources=(), files=(), found_by="src")
    judgement = Judgement(
        evidence=Evidence(component=component), verdict=Verdict.HOLD, target="dev", reached=None, next_stage="dev",
        results=results,
    )  # fmt: skip
    return table(judgement, LADDER, width, markup).splitlines()


LINT = result("lint", 3, {"dev": judged(5, PASSED), "staging": judged(0, FAILED)}, note="ruff, 6 files")


def test_each_gate_is_a_row_and_each_stage_a_column() -> None:
    assert draw(
        LINT, result("pass_rate", Fraction(200, 3), {"dev": judged(100, FAILED)}, unit="%", note="3 tests")
    ) == [
        "  gate       measured  dev    staging",
        "  lint       3         5 ✓    0 ✗      ruff, 6 files",
        "  pass rate  66.6 %    100 ✗  -        3 tests",
    ]


@pytest.mark.parametrize(
    ("status", "mark"), [(PASSED, "✓"), (FAILED, "✗"), (UNKNOWN, "?"), (WAIVED, "~")]
)  # fmt: skip
def test_each_status_has_a_mark(status: Status, mark: str) -> None:
    assert draw(result("lint", 1, {"dev": judged(2, status)}))[1].split() == ["lint", "1", "2", mark, "-"]


def test_a_requirement_that_only_warns_is_marked() -> None:
    assert "0 ✗ warn" in draw(result("lint", 1, {"dev": judged(0, FAILED, "warn")}))[1]


def test_the_marks_are_ascii_where_the_output_cannot_print_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="ascii"))
    assert draw(LINT)[1].split()[2:6] == ["5", "+", "0", "x"]


def findings(*paths: str) -> tuple[Finding, ...]:
    return tuple(Finding(path=path, message="wrong", line=7) for path in paths)


def test_a_failed_gate_shows_the_places_of_its_first_findings_instead_of_its_note() -> None:
    paths = ("a.py", "a.py", "b.py", "c.py", "d.py", "e.py")
    failed = result("lint", 6, {"dev": judged(0, FAILED)}, note="ruff", findings=findings(*paths))
    assert draw(failed)[1].endswith("a.py:7, b.py:7, c.py:7, d.py:7")
    met = result("lint", 6, {"dev": judged(9, PASSED)}, note="ruff", findings=findings(*paths))
    assert draw(met)[1].endswith("ruff")


def test_a_percentage_always_shows_its_note() -> None:
    failed = result("coverage", 50, {"dev": judged(80, FAILED)}, unit="%", note="a.py 19 %", findings=findings("a.py"))
    assert draw(failed)[1].endswith("a.py 19 %")


def test_a_narrow_table_has_no_notes_and_is_not_wider() -> None:
    assert draw(LINT, width=50)[1].endswith("ruff, 6 files")
    for width in (42, 36, 25):
        lines = draw(LINT, width=width)
        assert "ruff" not in "".join(lines)
        assert max(map(len, lines)) <= width


def test_a_long_note_is_cut() -> None:
    long = result("lint", 3, {"dev": judged(0, FAILED)}, note="n" * 300)
    assert len(draw(long, width=80)[1]) <= 80


def test_only_markup_has_colours() -> None:
    assert "\x1b" not in "".join(draw(LINT))
    assert "\x1b[32m5 ✓" in "".join(draw(LINT, markup=True))
    assert "\x1b[31m0 ✗" in "".join(draw(LINT, markup=True))


def test_what_others_wrote_is_printed_as_it_is_and_harmless() -> None:
    rows = draw(result("lint", 3, {"dev": judged(0, PASSED)}, note="[bold]a[/bold] :smile: \x1b[2J"))
    assert rows[1].endswith("[bold]a[/bold] :smile: \\x1b[2J")
    assert not [row for row in draw(result("##[error]", 3, {"dev": judged(0, PASSED)})) if "##[error]" in row]


def test_a_finding_of_a_path_with_control_characters_is_harmless() -> None:
    found = (Finding(path=str(Path("a\nb.py")), message="wrong"),)
    assert len(draw(result("lint", 1, {"dev": judged(0, FAILED)}, findings=found))) == 2
