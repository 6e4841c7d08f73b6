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
from .messages import can_print, label, measured, number, printable, rung

MARKS = {Status.PASSED: "\u2713", Status.FAILED: "\u2717", Status.UNKNOWN: "?", Status.WAIVED: "~"}
ASCII_MARKS = {Status.PASSED: "+", Status.FAILED: "x", Status.UNKNOWN: "?", Status.WAIVED: "~"}
STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.UNKNOWN: "yellow", Status.WAIVED: "cyan"}
GUTTER = 2
LEAST_ROOM_FOR_NOTES = 12
SHOWN = 5


def table(judgement: Judgement, ladder: Iterable[str], width: int, markup: bool) -> str:
    """The gates of one component against every stage, as text of at most `width` columns."""
    marks = MARKS if can_print("".join(MARKS.values())) else ASCII_MARKS
    stages = list(ladder)
    rows = [["  gate", "measured", *(rung(stage, 20) for stage in stages)]]
    rows += [
        [f"  {label(result.name)}", measured(result), *cells(result, stages, marks)] for result in judgement.results
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
    return rendered(grid, width, markup)


def rendered(grid: Table, width: int, markup: bool) -> str:
    """What rich makes of a table, as text for pytest's own writer."""
    file = io.StringIO()
    console = Console(
        file=file, width=width, force_terminal=markup, color_system="standard" if markup else None,
        no_color=not markup, markup=False, emoji=False, highlight=False, legacy_windows=False,
    )  # fmt: skip
    console.print(grid)
    return "".join(f"{escape_ci_commands(line.rstrip())}\n" for line in file.getvalue().splitlines())


def cells(result: GateResult, stages: Iterable[str], marks: dict[Status, str]) -> list[str]:
    """What each stage asks for, and whether it was met; `-` where it does not ask."""
    found = [result.stages.get(stage) for stage in stages]
    return [
        f"{number(one.requirement.threshold, result)} {marks[one.status]}{' warn' * (one.requirement.mode == 'warn')}"
        if one
        else "-"
        for one in found
    ]


def style_of(judged: Judged | None) -> str:
    return STYLES[judged.status] if judged else "dim"


def note_of(result: GateResult) -> str:
    """The gate's note; where something was found, the first places."""
    places = ", ".join(dict.fromkeys(safe(finding.location, 80) for finding in result.findings[:SHOWN]))
    bad = any(one.status is Status.FAILED for one in result.stages.values())
    return places if bad and places and result.unit != "%" else safe(result.note, 200)
