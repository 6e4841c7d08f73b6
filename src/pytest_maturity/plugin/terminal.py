"""Where and when a person sees the table and the lines: in pytest's own terminal."""

from __future__ import annotations

import sys
from collections.abc import Generator
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest

from ..model.paths import path_from_root
from ..model.report import Verdict
from ..model.text import escape_ci_commands, safe
from ..reports.messages import heading, is_command, policy_lines, printable_line, summary_lines, verdict_lines

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

    from .plan import Plan
    from .session import MaturitySession

COLOURS = {Verdict.PROMOTE: "green", Verdict.HOLD: "red", Verdict.INCONCLUSIVE: "yellow"}


class Announcer:
    """Prints the table with the terminal summary, and the verdict after everything else."""

    def __init__(self, session: MaturitySession) -> None:
        from ..reports.table import table  # here: no worker draws; not later: a test may break what is imported

        self._table = table
        self._session = session
        self._summed_up = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        result = yield
        gate = self._session
        if gate.report is None:
            names = ", ".join(component.name for component in gate.plan.components)
            if gate.handed_over:
                self._line(f"INCOMPLETE  {names}: {gate.handed_over}; `pytest-maturity merge` judges", "yellow")
            elif not gate.judging:
                self._line(f"INCONCLUSIVE  {names}: nothing was judged, because nothing was to run", "yellow")
            return result
        if not self._summed_up:
            self._sum_up()
        gate.publish(int(session.exitstatus))
        session.exitstatus = gate.exit_code
        for line in verdict_lines(gate.report):
            self._line(line, COLOURS[gate.report.verdict])
        return result

    def pytest_terminal_summary(self) -> None:
        self._sum_up()

    def _sum_up(self) -> None:
        self._summed_up = True
        gate = self._session
        out = writer(gate.pytest_config)
        if gate.report is None or gate.pytest_config.get_verbosity() < 0:
            return
        for judgement in gate.report.components:
            out.sep("=", heading(judgement.component.name))
            details = gate.pytest_config.get_verbosity() > 0
            for line in self._table(judgement, gate.report.ladder, out.fullwidth, out.hasmarkup).splitlines():
                out.line(line)
            for line in summary_lines(judgement, details):
                say(gate.pytest_config, line)
        for line in policy_lines(gate.report.policy):
            say(gate.pytest_config, line)
        say(gate.pytest_config, f"  report: {place(gate.plan)}")
        for note in gate.report.notes:
            say(gate.pytest_config, f"  note: {safe(note)}")

    def _line(self, text: str, colour: str) -> None:
        say(self._session.pytest_config, text, **{colour: True, "bold": True})


def writer(config: pytest.Config) -> TerminalWriter:
    """pytest's own terminal writer, or a new one where the terminal reporter was replaced or switched off."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and hasattr(reporter, "_tw"):
        return config.get_terminal_writer()
    from _pytest._io import TerminalWriter

    return TerminalWriter(sys.stdout)


def say(config: pytest.Config, text: str, **markup: bool) -> None:
    """Write a line of our own on a line of its own; where it begins with a margin, wrapped with a deeper one.

    Whatever it is made of, it is harmless, and so is every line that it is wrapped into.
    """
    out, text = writer(config), printable_line(text)
    if out.width_of_current_line:
        out.line()
    margin = len(text) - len(text.lstrip())
    wraps = margin and not is_command(text)
    deeper = " " * (margin + 4)
    lines = wrap(text, out.fullwidth, subsequent_indent=deeper, break_long_words=False) if wraps else [text]
    for line in lines:
        out.line(escape_ci_commands(line), **markup)


def place(plan: Plan) -> str:
    return path_from_root(plan.report_path, plan.root)
