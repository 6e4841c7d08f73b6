"""Prints the table and the verdict in pytest's terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest

from ..model.paths import path_from_root
from ..model.report import Report, Verdict
from ..model.text import escape_ci_commands, safe
from ..reports.messages import (
    is_command,
    policy_lines,
    printable,
    printable_line,
    progress_line,
    report_heading,
    threshold_lines,
    verdict_lines,
)
from ..reports.needs import Layout, gate_needs_lines, needs_lines, overview_needs_lines, short_needs_lines
from ..reports.table import overview, table

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

    from ..model.evidence import ToolProgress
    from .plan import Plan

ROOM_OF_RULE = 4  # columns that a heading leaves for the rule around it
COLOURS = {Verdict.PROMOTE: "green", Verdict.HOLD: "red", Verdict.INCONCLUSIVE: "yellow"}


class VerdictPrinter:
    """Prints the table with pytest's summary, and the verdict below everything else."""

    def __init__(self, config: pytest.Config, plan: Plan) -> None:
        self._config, self._plan = config, plan
        self._has_summary = False

    def print_summary(self, report: Report) -> None:
        """Prints the table, what is missing, and the notes; once, and nothing under -q."""
        if self._has_summary or self._config.get_verbosity() < 0:
            return
        self._has_summary = True
        out = get_terminal_writer(self._config)
        layout = Layout(out.fullwidth, details=self._config.get_verbosity() > 0)
        out.sep("=", report_heading(report, out.fullwidth - ROOM_OF_RULE))
        if len(report.components) > 1 and not report.only_gates:
            self._print_text(overview(report, out.fullwidth, out.hasmarkup))
            for line in overview_needs_lines(report, layout):
                print_line(self._config, line)
        has_tables = layout.details or len(report.components) == 1 or report.only_gates
        for judgement in report.components if has_tables else ():
            if len(report.components) > 1:
                out.sep("-", printable(safe(judgement.component.name, 60)))
            self._print_text(table(judgement, report.ladder, out.fullwidth, out.hasmarkup))
            list_needs = gate_needs_lines if report.only_gates else needs_lines
            origins = threshold_lines(judgement) if self._config.get_verbosity() > 1 else ()
            for line in (*list_needs(judgement, layout), *origins):
                print_line(self._config, line)
        for line in policy_lines(report.policy):
            print_line(self._config, line)
        print_line(self._config, f"  report: {format_report_path(self._plan)}")
        if report.run.audit_head:
            print_line(self._config, f"  audit log: {report.run.audit_head}")
        for note in report.notes:
            print_line(self._config, f"  note: {safe(note)}")

    def _print_text(self, text: str) -> None:
        """Prints lines that have their styles already."""
        out = get_terminal_writer(self._config)
        for line in text.splitlines():
            out.line(line)


def print_conclusion(config: pytest.Config, report: Report | None, message: str) -> None:
    """Prints the lines of the verdict, under -q below a line for each thing that is missing; or else the message."""
    lines = [(Verdict.INCONCLUSIVE, message)] * bool(message) if report is None else verdict_lines(report)
    if report is not None and config.get_verbosity() == -1:
        for line in short_needs_lines(report, Layout(get_terminal_writer(config).fullwidth)):
            print_line(config, line)
    for verdict, line in lines:
        print_line(config, line, **{COLOURS[verdict]: True, "bold": True})


class WaitingLine:
    """A line about the tools that are waited for: written again in a terminal, and gone at the end; else printed once.

    In a terminal it says for how long each has run, those that have ended last. Nothing is printed under -q. It is not
    shown while tests run: pytest's progress has the last line then, and a thread that writes beside it could be in
    the middle of a line when a test forks.
    """

    def __init__(self, config: pytest.Config) -> None:
        self._config, self._out = config, get_terminal_writer(config)
        self._is_live = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
        self._length = 0  # of what stands in the terminal's line, or was printed

    def __enter__(self) -> WaitingLine:
        return self

    def __exit__(self, *_: object) -> None:
        if self._is_live and self._length:
            self._out.write(f"\r{' ' * self._length}\r", flush=True)

    def show(self, progress: Sequence[ToolProgress]) -> None:
        """Shows the tools that have not ended; in a terminal, the others, too."""
        if self._config.get_verbosity() < 0 or (self._length and not self._is_live):
            return
        if not self._is_live:
            names = ", ".join(one.key for one in progress if not one.has_ended)
            text = printable_line(f"maturity: waiting for {names}")
            print_line(self._config, text)
            self._length = len(text)
            return
        if not self._length and self._out.width_of_current_line:
            self._out.line()
        text = progress_line(progress, self._out.fullwidth - 1)
        self._out.write(f"\r{text.ljust(self._length)}", flush=True)
        self._length = len(text)


def get_terminal_writer(config: pytest.Config) -> TerminalWriter:
    """Returns pytest's own terminal writer, or a new one where the terminal reporter was replaced or switched off."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and hasattr(reporter, "_tw"):
        return config.get_terminal_writer()
    from _pytest._io import TerminalWriter

    return TerminalWriter(sys.stdout)


def print_line(config: pytest.Config, text: str, **markup: bool) -> None:
    """Prints text on a line of its own; text with a margin is wrapped, with a deeper margin.

    Control characters and the commands of CI systems are escaped, in every line that the text is wrapped into.
    """
    out, text = get_terminal_writer(config), printable_line(text)
    if out.width_of_current_line:
        out.line()
    margin = len(text) - len(text.lstrip())
    wraps = margin and not is_command(text)
    deeper = " " * (margin + 4)
    lines = [text]
    if wraps:
        lines = wrap(text, out.fullwidth, subsequent_indent=deeper, break_long_words=False, break_on_hyphens=False)
    for line in lines:
        out.line(escape_ci_commands(line), **markup)


def format_report_path(plan: Plan) -> str:
    """Returns the path of the report as it is printed."""
    return path_from_root(plan.report_path, plan.root)
