"""The table: a row for each gate, a column for each stage, no wider than the terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.evidence import Finding
from pytest_maturity.model.gates import Status
from pytest_maturity.model.report import GateResult, Judgement, Verdict
from pytest_maturity.model.standing import EarlierRun, Standing
from pytest_maturity.reports.table import choose_stages, overview, table

from .judgements import GAP, judged, judgement, passed, report, result


class Utf8(io.StringIO):
    encoding = "utf-8"


class Ascii(io.StringIO):
    encoding = "ascii"


@pytest.fixture(autouse=True)
def _stdout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Utf8())


COVERAGE = GateResult(
    name="coverage", value=Fraction("69.96"), unit="%", note="a.py 12 %",
    stages={"dev": judged("50", Status.PASSED), "top": judged("70", Status.FAILED)},
)  # fmt: skip
LINT = GateResult(
    name="lint_all", value=2, better="lower", findings=(Finding(path="a.py", line=3, message="m"),) * 2, note="ruff",
    stages={"top": judged("0", Status.FAILED, mode="warn")},
)  # fmt: skip
TYPES = GateResult(name="types", value=None, note="mypy died", stages={"top": judged("0.25", Status.UNKNOWN)})
RESULTS = judgement(COVERAGE, LINT, TYPES, target="top")


def rows(width: int = 100, markup: bool = False, **more: Any) -> list[str]:
    return table(RESULTS, ("dev", "top"), width, markup, **more).splitlines()


def test_each_gate_is_a_row_with_the_threshold_and_mark_of_each_stage() -> None:
    assert rows() == [
        "  gate      measured   dev       top  seen",
        "\u2717 coverage    69.9 %  50 \u2713      70 \u2717  a.py 12 %",
        "  lint all         2     -  warn 0 \u2717  ruff",
        "? types            ?     -    0.25 ?  mypy died",
    ]


def test_a_stdout_without_the_marks_gets_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Ascii())
    assert rows(80)[1:3] == ["x coverage    69.9 %  50 +      70 x", "  lint all         2     -  warn 0 x"]


def with_earlier(**values: str | None) -> Judgement:
    """Returns the judgement, with an earlier run on record that measured these values."""
    numbers = {name: None if one is None else Fraction(one) for name, one in values.items()}
    earlier = EarlierRun(run_id="1", started="2026-11-23T10:00:00+00:00", verdict="HOLD", reached=None, values=numbers)
    return replace(RESULTS, evidence=replace(RESULTS.evidence, standing=Standing(compared_with=earlier)))


def test_a_column_says_how_each_number_differs_from_the_run_on_record() -> None:
    found = with_earlier(coverage="67", lint_all="1", types="3")
    assert table(found, ("dev", "top"), 80, False).splitlines() == [
        "  gate      measured   dev       top  since 23 Nov",
        "✗ coverage    69.9 %  50 ✓      70 ✗  better by 2.9",
        "  lint all         2     -  warn 0 ✗  worse by 1",
        "? types            ?     -    0.25 ?  unknown now",
    ]


def test_the_column_of_differences_needs_room_and_a_new_gate_has_none() -> None:
    found = with_earlier(coverage="69.96", lint_all="2")
    wide = table(found, ("dev", "top"), 60, False)
    assert wide.splitlines()[0] == "  gate      measured       top  since 23 Nov"
    assert [line.rpartition("  ")[2] for line in wide.splitlines()[1:]] == ["same", "same", "new"]
    assert "since" not in table(found, ("dev", "top"), 40, False)


def test_a_waived_requirement_has_its_mark_in_the_margin() -> None:
    waived = replace(COVERAGE, stages={"top": judged("70", Status.WAIVED)})
    assert table(judgement(waived, target="top"), ("top",), 80, False).splitlines()[1].startswith("~ coverage")


@pytest.mark.parametrize("width", range(20, 120))
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, rows(width))) <= width


def test_a_narrow_terminal_shows_the_target_alone_and_notes_need_a_wide_one() -> None:
    assert rows(79)[0] == "  gate      measured       top"
    assert rows(99)[0].split() == ["gate", "measured", "dev", "top"]
    assert rows(100)[0].split() == ["gate", "measured", "dev", "top", "seen"]


LADDER = ("a", "b", "c", "d", "e")


@pytest.mark.parametrize(
    ("width", "ladder", "target", "shown"),
    [
        (80, LADDER, "c", "bcd"),
        (80, LADDER, "a", "ab"),
        (80, LADDER, "e", "de"),
        (100, LADDER, "c", "abcde"),
        (79, LADDER, "c", "c"),
        (80, LADDER[:3], "a", "abc"),
    ],
)
def test_a_long_ladder_needs_a_wide_terminal(width: int, ladder: tuple[str, ...], target: str, shown: str) -> None:
    found = judgement(passed(), target=target)
    assert table(found, ladder, width, False).split("\n")[0].split()[2:5] in ([*shown][:3], [*shown])
    assert choose_stages(target, [*ladder], width)[0] == [*shown]


def test_stages_that_do_not_fit_are_left_out_but_the_target() -> None:
    ladder = ["x" * 20, "dev", "y" * 20, "z" * 20]
    lines = table(judgement(passed(), target="dev"), ladder, 80, False).splitlines()
    assert lines[0].split() == ["gate", "measured", "x" * 20, "dev", "y" * 20]
    assert table(judgement(passed("n" * 40), target="dev"), ladder, 80, False).splitlines()[0].split()[-1] == "dev"


def test_styles_come_only_with_markup() -> None:
    assert "\x1b[" in "\n".join(rows(markup=True))
    assert "\x1b[" not in "\n".join(rows())


# ── several components ───────────────────────────────────────────────────────

STAGES = ("dev", "top")
BOTH = {"dev": judged("5", Status.PASSED), "top": judged("9", Status.FAILED)}
HELD = judgement(
    result("docs", 3, stages={"dev": judged("5", Status.FAILED)}), result("a", 6, stages=BOTH), name="held"
)
UNCLEAR = judgement(TYPES, name="unclear", target="top", verdict=Verdict.INCONCLUSIVE)
PROMOTED = judgement(result("a", 6, stages=BOTH), name="good", verdict=Verdict.PROMOTE)


def overview_of(*judgements: Judgement, width: int = 80, markup: bool = False) -> list[str]:
    return overview(report(*judgements, verdict=Verdict.HOLD, ladder=STAGES), width, markup).splitlines()


def test_each_component_is_a_row_with_its_stages_the_worst_first() -> None:
    assert overview_of(PROMOTED, UNCLEAR, HELD) == [
        "  component  verdict       dev    top",
        "\u2717 held       HOLD          [\u2717 1]  1 to go",
        "? unclear    INCONCLUSIVE  \u2713      [? 1]",
        "\u2713 good       PROMOTE       [\u2713]    1 to go",
        "  [ ] target  \u2717 failed  ? could not be told",
    ]


def test_a_narrow_terminal_shows_the_reason_in_place_of_the_stages() -> None:
    assert overview_of(UNCLEAR, HELD, width=60) == [
        "  component  verdict       blocked by",
        "\u2717 held       HOLD          docs 3 < 5",
        "? unclear    INCONCLUSIVE  types unknown (mypy died)",
    ]


def test_a_wide_terminal_shows_both() -> None:
    assert overview_of(UNCLEAR, HELD, width=120)[1] == "\u2717 held       HOLD          [\u2717 1]  1 to go  docs 3 < 5"


def test_promoted_components_share_a_row() -> None:
    others = [replace_name(PROMOTED, name) for name in ("b", "a")]
    assert overview_of(HELD, PROMOTED, *others)[-2:] == [
        "\u2713 3 more PROMOTE: a, b, good", "  [ ] target  \u2717 failed"
    ]  # fmt: skip
    assert overview_of(PROMOTED, *others) == ["\u2713 3 PROMOTE: a, b, good"]


def test_a_promoted_component_with_a_waived_requirement_has_a_row() -> None:
    waived = judgement(result("a", 3, stages={"dev": judged("5", Status.WAIVED)}), name="w", verdict=Verdict.PROMOTE)
    lines = overview_of(waived, PROMOTED, replace_name(PROMOTED, "also"))
    assert lines[1].split() == ["\u2713", "w", "PROMOTE", "[\u2713", "~", "1]", "\u2713"]


def test_a_gap_makes_a_stage_unknown() -> None:
    gap = judgement(passed(), gaps=(GAP,), verdict=Verdict.INCONCLUSIVE)
    assert overview_of(gap, HELD)[2].split()[3:] == ["[?", "1]", "0", "to", "go"]


def test_long_names_lose_their_middle() -> None:
    held = replace_name(HELD, "customer-notification-preferences")
    assert overview_of(held, UNCLEAR)[1].split()[1] == "customer-not\u2026preferences"


@pytest.mark.parametrize("width", range(30, 120))
def test_no_line_of_the_overview_is_wider_than_the_terminal(width: int) -> None:
    assert max(map(len, overview_of(HELD, UNCLEAR, PROMOTED, width=width)[:4])) <= width


def replace_name(found: Judgement, name: str) -> Judgement:
    component = replace(found.component, name=name)
    return replace(found, evidence=replace(found.evidence, component=component))
