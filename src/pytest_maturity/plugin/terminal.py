"""Prints the table and the verdict in pytest's terminal."""

from __future__ import annotations

import sys
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest

from ..model.paths import path_from_root
from ..model.report import Report, Verdict
from ..model.text import escape_ci_commands, safe
from ..reports.messages import heading, is_command, policy_lines, printable_line, summary_lines, verdict_lines

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

    from .plan import Plan

COLOURS = {Verdict.PROMOTE: "green", Verdict.HOLD: "red", Verdict.INCONCLUSIVE: "yellow"}


class VerdictPrinter:
    """Prints the table of each component with pytest's summary, and the verdict below everything else."""

    def __init__(self, config: pytest.Config, plan: Plan) -> None:
        from ..reports.table import table  # here: no worker draws; not later: a test may break what is imported

        self._table = table
        self._config, self._plan = config, plan
        self._has_summary = False

    def print_summary(self, report: Report) -> None:
        """Prints the table, what is missing, and the notes; once, and nothing under -q."""
        if self._has_summary or self._config.get_verbosity() < 0:
            return
        self._has_summary = True
        out, details = get_terminal_writer(self._config), self._config.get_verbosity() > 0
        for judgement in report.components:
            out.sep("=", heading(judgement.component.name))
            for line in self._table(judgement, report.ladder, out.fullwidth, out.hasmarkup).splitlines():
                out.line(line)
            for line in summary_lines(judgement, details):
                print_line(self._config, line)
        for line in policy_lines(report.policy):
            print_line(self._config, line)
        print_line(self._config, f"  report: {format_report_path(self._plan)}")
        for note in report.notes:
            print_line(self._config, f"  note: {safe(note)}")


def print_conclusion(config: pytest.Config, report: Report | None, message: str) -> None:
    """Prints the lines of the verdict; without a report, the message."""
    colour = COLOURS[report.verdict] if report else "yellow"
    for line in verdict_lines(report) if report else [message] * bool(message):
        print_line(config, line, **{colour: True, "bold": True})


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
    lines = wrap(text, out.fullwidth, subsequent_indent=deeper, break_long_words=False) if wraps else [text]
    for line in lines:
        out.line(escape_ci_commands(line), **markup)


def format_report_path(plan: Plan) -> str:
    """Returns the path of the report as it is printed."""
    return path_from_root(plan.report_path, plan.root)
