"""The tables in the terminal: one component's gates and stages, or all components and their stages.

No library draws them: importing one took half as long as everything else that a run with a component imports.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

from ..model.gates import Judged, Status
from ..model.report import GateResult, Judgement, Report, Verdict
from ..model.text import escape_ci_commands, safe
from . import json
from .messages import (
    can_print,
    list_reasons,
    number_text,
    order_by_verdict,
    printable,
    printable_line,
    result_label,
    stage_label,
    value_text,
)

MARKS = {Status.PASSED: "\u2713", Status.FAILED: "\u2717", Status.UNKNOWN: "?", Status.WAIVED: "~"}
ASCII_MARKS = {Status.PASSED: "+", Status.FAILED: "x", Status.UNKNOWN: "?", Status.WAIVED: "~"}
GREEN, RED, YELLOW, CYAN, DIM = "32", "31", "33", "36", "2"  # ECMA-48, "select graphic rendition"
STYLES = {Status.PASSED: GREEN, Status.FAILED: RED, Status.UNKNOWN: YELLOW, Status.WAIVED: CYAN}
STATUSES = {Verdict.PROMOTE: Status.PASSED, Verdict.HOLD: Status.FAILED}  # of other verdicts: unknown
GUTTER = 2
NARROW = 80  # columns, below which only the target's column is shown
WIDE = 100  # columns, from which there is room for notes and for many stages
LONGEST_LADDER = 3  # stages that are shown below that width
LEAST_ROOM_FOR_NOTES = 12
LONGEST_NAME = 24  # of a component; half as much again where the terminal is wide

Row = Sequence[tuple[str, str]]  # the texts of the cells, each with its style


# ── one component ────────────────────────────────────────────────────────────


def table(judgement: Judgement, ladder: Iterable[str], width: int, markup: bool) -> str:
    """Returns the table of one component: a row for each gate, a column for each stage, at most `width` wide.

    Where the terminal is narrow, the stages that do not fit are left out, the target never. Where an earlier run is on
    record, a column says how each number differs from it, if there is room. Where the terminal is wide, each row ends
    with the gate's note.
    """
    marks = choose_marks()
    for stages in choose_stages(judgement.target, list(ladder), width):
        rows = gate_rows(judgement, stages, marks)
        if measure_width(rows) <= width:
            break
    changes = list_changes(judgement)
    with_changes: list[Row] = [[*row, (one, "")] for row, one in zip(rows, changes, strict=True)] if changes else rows
    if measure_width(with_changes) <= width:
        rows = with_changes
    if width >= WIDE and width - measure_width(rows) - GUTTER >= LEAST_ROOM_FOR_NOTES:
        room = width - measure_width(rows) - GUTTER
        notes = ["seen", *(safe(printable(result.note), room) for result in judgement.results)]
        rows = [[*row, (note, DIM)] for row, note in zip(rows, notes, strict=True)]
    return draw(rows, range(1, 2 + len(stages)), width, markup)


def choose_stages(target: str, ladder: list[str], width: int) -> list[list[str]]:
    """Returns the stages whose columns may be shown, the largest choice first: all, the target's neighbours, itself."""
    place = ladder.index(target)
    neighbours, alone = ladder[max(0, place - 1) : place + 2], [target]
    if width < NARROW:
        return [alone]
    return [ladder, neighbours, alone] if width >= WIDE or len(ladder) <= LONGEST_LADDER else [neighbours, alone]


def gate_rows(judgement: Judgement, stages: Sequence[str], marks: dict[Status, str]) -> list[Row]:
    """Returns the cells of each gate: its mark and name, what was measured, and each stage's threshold."""
    rows: list[Row] = [[("  gate", ""), ("measured", ""), *((stage_label(stage, 20), "") for stage in stages)]]
    for result in judgement.results:
        judged = result.stages.get(judgement.target)
        mark, style = margin_mark(judged, marks)
        cells = [stage_cell(result, result.stages.get(stage), marks) for stage in stages]
        rows.append([(f"{mark} {result_label(result)}", style), (value_text(result), ""), *cells])
    return rows


def list_changes(judgement: Judgement) -> list[str]:
    """Returns a heading, and how each number differs from the earlier run on record; nothing without one."""
    standing = judgement.evidence.standing
    if standing is None or standing.compared_with is None:
        return []
    from ..model.history import read_gate  # here: few runs need it
    from .numbers import find_difference, format_day

    earlier, changes = standing.compared_with, []
    for result in judgement.results:
        gate = read_gate({
            "gate": result.name, "scope": result.scope, "value": json.number(result.value, result.better),
            "better": result.better, "unit": result.unit, "kinds": result.kinds, "tools": {},
            "stages": {
                stage: {
                    "required": json.number(one.requirement.threshold), "status": one.status.value,
                    "mode": one.requirement.mode,
                }
                for stage, one in result.stages.items()
            },
        })  # fmt: skip
        is_known = gate.key in earlier.values
        changes.append(find_difference(gate, earlier.values.get(gate.key), is_known=is_known).words)
    return [f"since {printable(format_day(earlier.started))}", *changes]


def margin_mark(judged: Judged | None, marks: dict[Status, str]) -> tuple[str, str]:
    """Returns the mark in the margin, with its style, for what keeps the component from its target; else a space."""
    if judged is None or not (judged.is_blocking or judged.status is Status.WAIVED):
        return " ", ""
    return marks[judged.status], STYLES[judged.status]


def stage_cell(result: GateResult, judged: Judged | None, marks: dict[Status, str]) -> tuple[str, str]:
    """Returns `70 \u2713` with its style; `warn 70 \u2713` for a requirement that does not block, `-` for none."""
    if judged is None:
        return "-", DIM
    is_warning = judged.requirement.mode == "warn"
    text = f"{'warn ' * is_warning}{number_text(judged.requirement.threshold, result)} {marks[judged.status]}"
    return text, YELLOW if is_warning and judged.status is Status.FAILED else STYLES[judged.status]


# ── several components ───────────────────────────────────────────────────────


def overview(report: Report, width: int, markup: bool) -> str:
    """Returns the table of several components, the worst verdict first, at most `width` wide.

    A row has the component's stages, or, where the terminal is narrow, what keeps it from its target. Components that
    are promoted share one row, without waived requirements.
    """
    marks = choose_marks()
    judgements = order_by_verdict(report.components)
    quiet = [one for one in judgements if one.verdict is Verdict.PROMOTE and not count(one, one.target, Status.WAIVED)]
    shown = [one for one in judgements if len(quiet) < 2 or one not in quiet]
    stages = [] if width < NARROW else list(report.ladder)
    name_room = LONGEST_NAME if width < WIDE else LONGEST_NAME * 3 // 2
    rows: list[Row] = [[(word, "") for word in ("  component", "verdict", *(stage_label(one, 20) for one in stages))]]
    for one in shown:
        status = STATUSES.get(one.verdict, Status.UNKNOWN)
        name = shorten_middle(printable(safe(one.component.name, 200)), name_room)
        cells = [overview_cell(one, stage, report.ladder, marks) for stage in stages]
        rows.append([(f"{marks[status]} {name}", STYLES[status]), (one.verdict.value, STYLES[status]), *cells])
    if stages and measure_width(rows) > width:
        stages, rows = [], [row[:2] for row in rows]
    room = width - measure_width(rows) - GUTTER
    if (width >= WIDE or not stages) and room >= LEAST_ROOM_FOR_NOTES:
        reasons = ["blocked by", *(safe(printable(list_reasons(one)), room) for one in shown)]
        rows = [[*row, (reason, DIM)] for row, reason in zip(rows, reasons, strict=True)]
    text = draw(rows, (), width, markup) if shown else ""
    if len(quiet) > 1:
        more, names = "more " if shown else "", ", ".join(safe(one.component.name, 100) for one in quiet)
        text += printable_line(f"{marks[Status.PASSED]} {len(quiet)} {more}PROMOTE: {names}") + "\n"
    if stages and shown:
        text += f"  {legend(''.join(text for row in rows[1:] for text, _ in row[2:]), marks)}\n"
    return text


def overview_cell(judgement: Judgement, stage: str, ladder: Sequence[str], marks: dict[Status, str]) -> tuple[str, str]:
    """Returns how a component stands at a stage: `\u2713`, `\u2717 2` for two failures, or `3 to go` above."""
    is_target = stage == judgement.target
    unmet, gaps = len(judgement.unmet(stage)), len(judgement.gaps(stage))
    if ladder.index(stage) > ladder.index(judgement.target):
        return (f"{unmet} to go", DIM) if unmet or gaps else (marks[Status.PASSED], GREEN)
    failed, waived = (count(judgement, stage, status) for status in (Status.FAILED, Status.WAIVED))
    if any(gap.is_failure for gap in judgement.gaps(stage)):
        status, text = Status.FAILED, f"{marks[Status.FAILED]} no tests"
    elif failed:
        status, text = Status.FAILED, f"{marks[Status.FAILED]} {failed}"
    elif unmet or gaps:
        status, text = Status.UNKNOWN, f"? {unmet or gaps}"
    else:
        status, text = Status.PASSED, marks[Status.PASSED] + (f" ~ {waived}" if waived else "")
    return f"[{text}]" if is_target else text, STYLES[status]


def count(judgement: Judgement, stage: str, status: Status) -> int:
    """Returns how many blocking requirements of a stage have a status."""
    judged = [result.stages[stage] for result in judgement.results if stage in result.stages]
    return sum(one.status is status and one.requirement.mode == "block" for one in judged)


def legend(cells: str, marks: dict[Status, str]) -> str:
    """Returns what those of the marks mean that occur in the cells."""
    words = {marks[Status.FAILED]: "failed", "?": "could not be told", "~": "waived"}
    return "  ".join(["[ ] target", *(f"{mark} {word}" for mark, word in words.items() if mark in cells)])


def shorten_middle(text: str, width: int) -> str:
    """Returns a name of at most `width` characters: of a long one the middle is left out, for ends differ more."""
    if len(text) <= width:
        return text
    dots = "\u2026" if can_print("\u2026") else "..."
    left = (width - len(dots) + 1) // 2
    return f"{text[:left]}{dots}{text[left + len(dots) - width :]}"


# ── drawing ──────────────────────────────────────────────────────────────────


def choose_marks() -> dict[Status, str]:
    """Returns the marks of the statuses, as far as stdout can print them."""
    return MARKS if can_print("".join(MARKS.values())) else ASCII_MARKS


def measure_width(rows: Iterable[Row]) -> int:
    """Returns how many columns of the terminal the rows take, one below the other."""
    widest = measure_columns(rows)
    return sum(widest) + GUTTER * (len(widest) - 1)


def measure_columns(rows: Iterable[Row]) -> list[int]:
    """Returns the width of each column of cells."""
    return [max(measure(text) for text, _ in column) for column in zip(*rows, strict=True)]


def measure(text: str) -> int:
    """Returns how many columns of the terminal a text takes: two for a wide character, none for an accent alone."""
    if text.isascii():
        return len(text)
    return sum(
        (2 if unicodedata.east_asian_width(char) in "WF" else 1) * (not unicodedata.combining(char)) for char in text
    )


def draw(rows: Sequence[Row], right_aligned: Iterable[int], width: int, markup: bool) -> str:
    """Returns the rows as lines; the columns of these numbers are aligned to the right.

    A line that does not fit is continued in the next one, where a cell begins.
    """
    widths, to_right = measure_columns(rows), set(right_aligned)
    lines: list[str] = []
    for row in rows:
        line, length = "", 0
        for number, (text, style) in enumerate(row):
            coloured = 1 if number == 0 else len(text)  # of the first cell, only the mark
            shown = f"\x1b[{style}m{text[:coloured]}\x1b[0m{text[coloured:]}" if style and markup else text
            padding = " " * (widths[number] - measure(text))
            cell = padding + shown if number in to_right else shown + padding
            least = widths[number] if number in to_right else measure(text)
            if length and length + GUTTER + least > width:
                lines.append(line)
                line, length = " " * GUTTER, 0
            line += " " * GUTTER * bool(length) + cell
            length += GUTTER * bool(length) + widths[number]
        lines.append(line)
    return "".join(f"{escape_ci_commands(line.rstrip())}\n" for line in lines)
