"""The table of a component's gates and stages, drawn by rich."""

from __future__ import annotations

import io
from collections.abc import Iterable

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..model.gates import Judged, Status
from ..model.report import GateResult, Judgement
from ..model.text import escape_ci_commands, safe
from .messages import can_print, gate_label, number_text, printable, stage_label, value_text

MARKS = {Status.PASSED: "\u2713", Status.FAILED: "\u2717", Status.UNKNOWN: "?", Status.WAIVED: "~"}
ASCII_MARKS = {Status.PASSED: "+", Status.FAILED: "x", Status.UNKNOWN: "?", Status.WAIVED: "~"}
STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.UNKNOWN: "yellow", Status.WAIVED: "cyan"}
GUTTER = 2
LEAST_ROOM_FOR_NOTES = 12
SHOWN_PLACES = 5


def table(judgement: Judgement, ladder: Iterable[str], width: int, markup: bool) -> str:
    """Returns the table of one component: a row for each gate, a column for each stage, at most `width` wide."""
    marks = MARKS if can_print("".join(MARKS.values())) else ASCII_MARKS
    stages = list(ladder)
    rows = [["  gate", "measured", *(stage_label(stage, 20) for stage in stages)]]
    rows += [
        [f"  {gate_label(result.name)}", value_text(result), *stage_cells(result, stages, marks)]
        for result in judgement.results
    ]
    columns = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    room = width - sum(columns) - GUTTER * len(columns)
    grid = Table(box=None, padding=(0, GUTTER, 0, 0), pad_edge=False, show_header=False)
    for column in columns:
        grid.add_column(no_wrap=room >= 0, min_width=column if room >= 0 else None)
    grid.add_row(*map(Text, rows[0]))
    for row, result in zip(rows[1:], judgement.results, strict=True):
        styles = ["", "", *(style_of(result.stages.get(stage)) for stage in stages)]
        note = [Text(safe(printable(note_of(result)), room), style="dim")] if room >= LEAST_ROOM_FOR_NOTES else []
        grid.add_row(*(Text(text, style=style) for text, style in zip(row, styles, strict=True)), *note)
    return render(grid, width, markup)


def render(grid: Table, width: int, markup: bool) -> str:
    """Returns the table as text for pytest's terminal writer."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=markup, color_system="standard" if markup else None,
        no_color=not markup, markup=False, emoji=False, highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(grid)
    return "".join(f"{escape_ci_commands(line.rstrip())}\n" for line in file.getvalue().splitlines())


def stage_cells(result: GateResult, stages: Iterable[str], marks: dict[Status, str]) -> list[str]:
    """Returns each stage's threshold with the mark of its status; `-` for a stage that requires nothing."""
    return [stage_cell(result, result.stages[stage], marks) if stage in result.stages else "-" for stage in stages]


def stage_cell(result: GateResult, judged: Judged, marks: dict[Status, str]) -> str:
    """Returns `70 \u2713`, for a requirement in mode `warn` with that word."""
    warn = " warn" if judged.requirement.mode == "warn" else ""
    return f"{number_text(judged.requirement.threshold, result)} {marks[judged.status]}{warn}"


def style_of(judged: Judged | None) -> str:
    """Returns rich's style for a stage's cell."""
    return STYLES[judged.status] if judged else "dim"


def note_of(result: GateResult) -> str:
    """Returns the gate's note; where a requirement failed and there are findings, their first places."""
    places = ", ".join(dict.fromkeys(safe(finding.location, 80) for finding in result.findings[:SHOWN_PLACES]))
    bad = any(one.status is Status.FAILED for one in result.stages.values())
    return places if bad and places and result.unit != "%" else safe(result.note, 200)
