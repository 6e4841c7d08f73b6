"""`pytest-maturity status`: where each component stands, in one line."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from json import dumps
from typing import Any

from ..model.errors import MaturityError
from ..model.history import RunRecord
from ..model.text import safe
from ..records.database import RecordsError
from ..records.history import History
from ..records.summary import describe_trend
from ..reports.messages import printable
from .parser import Parser
from .project import add_config_option, fail, fail_usage, read_project

COLUMNS = ("component", "recorded", "reached", "verdict", "target", "trend", "last_run")


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "show each component's recorded stage, and the stage and verdict of its last run"
    parser = verbs.add_parser("status", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Prints a line for each component on record; returns 0, 3 where the records cannot be read."""
    try:
        project = read_project(options)
        history = project.read_history()
        runs = project.store.list_runs_by_component(project.store.list_components())
        rows = [describe(name, of_name, history, project.config.ladder) for name, of_name in runs.items()]
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    if options.json:
        print(dumps(rows, indent=2))
    else:
        print("\n".join(format_table(rows)) if rows else "no records")
    return 0


def describe(name: str, runs: Sequence[RunRecord], history: History, ladder: Sequence[str]) -> dict[str, Any]:
    """Returns where a component stands, by its last runs. `unproven` is a stage of a store that does not count."""
    last = runs[0] if runs else None
    return {
        "component": name,
        "recorded": history.find_stage(name),
        "unproven": history.find_unproven_stage(name),
        "reached": last and last.reached,
        "verdict": last and last.verdict,
        "target": last and last.target,
        "trend": describe_trend(runs, ladder),
        "last_run": last and last.started,
    }


def format_table(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Returns a heading and a line for each component."""
    cells = [[column.replace("_", " ") for column in COLUMNS]]
    for row in rows:
        recorded = row["recorded"] or (f"{row['unproven']} (unproven)" if row["unproven"] else None)
        shown = {**row, "recorded": recorded, "last_run": row["last_run"] and row["last_run"][:16]}
        cells.append([printable(safe(shown[column] or "-", 60)) for column in COLUMNS])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]
