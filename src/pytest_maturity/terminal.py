"""What a person sees: the table, what is missing, the verdict, and the explanation of a run."""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Generator, Iterable
from textwrap import wrap
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .model import Gap, Judged, Number, Status
from .report import Enforced, GateResult, Judgement, Need, Report, Verdict
from .text import LONGEST_LINE, digits_of, disarmed, plural, safe, show

if TYPE_CHECKING:
    from _pytest._io import TerminalWriter

    from .plan import Plan
    from .session import MaturitySession

MARKS = {Status.PASSED: "\u2713", Status.FAILED: "\u2717", Status.UNKNOWN: "?", Status.WAIVED: "~"}
ASCII_MARKS = {Status.PASSED: "+", Status.FAILED: "x", Status.UNKNOWN: "?", Status.WAIVED: "~"}
STYLES = {Status.PASSED: "green", Status.FAILED: "red", Status.UNKNOWN: "yellow", Status.WAIVED: "cyan"}
COLOURS = {Verdict.PROMOTE: "green", Verdict.HOLD: "red", Verdict.INCONCLUSIVE: "yellow"}
GUTTER = 2
LEAST_ROOM_FOR_NOTES = 12
SHOWN = 5


class Announcer:
    """Prints the table with the terminal summary, and the verdict after everything else."""

    def __init__(self, session: MaturitySession) -> None:
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
            for line in table(judgement, gate.report.ladder, out.fullwidth, out.hasmarkup).splitlines():
                out.line(line)
            for line in below(judgement, details):
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
    out, text = writer(config), harmless(text)
    if out.width_of_current_line:
        out.line()
    margin = len(text) - len(text.lstrip())
    deeper = " " * (margin + 4)
    lines = wrap(text, out.fullwidth, subsequent_indent=deeper, break_long_words=False) if margin else [text]
    for line in lines:
        out.line(disarmed(line), **markup)


def heading(name: str) -> str:
    return f"maturity: {safe(name, 60)}"


def harmless(line: str) -> str:
    """A line as it may leave: several strings together can be what none of them is."""
    return printable(safe(line, LONGEST_LINE))


def place(plan: Plan) -> str:
    path = plan.report_path
    return path.relative_to(plan.root).as_posix() if path.is_relative_to(plan.root) else str(path)


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
    return "".join(f"{disarmed(line.rstrip())}\n" for line in file.getvalue().splitlines())


def can_print(text: str) -> bool:
    return printable(text) == text


def printable(text: str) -> str:
    """`text` with escapes for what stdout has no characters for; pytest's writer would escape colours with them."""
    try:
        encoding = codecs.lookup(getattr(sys.stdout, "encoding", None) or "ascii").name
    except LookupError:
        encoding = "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)


def label(name: str) -> str:
    return printable(safe(name.replace("_", " "), 40))


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


def number(value: Number | None, result: GateResult) -> str:
    """A number of a gate with as many decimal places as its thresholds have, at least one."""
    digits = max([1, *(digits_of(one.requirement.threshold) for one in result.stages.values())])
    return show(value, result.better, digits)


def measured(result: GateResult) -> str:
    unit = f" {printable(safe(result.unit, 10))}" if result.unit and result.value is not None else ""
    return number(result.value, result) + unit


def note_of(result: GateResult) -> str:
    """The gate's note; where something was found, the first places."""
    places = ", ".join(dict.fromkeys(safe(finding.where, 80) for finding in result.findings[:SHOWN]))
    bad = any(one.status is Status.FAILED for one in result.stages.values())
    return places if bad and places and result.unit != "%" else safe(result.note, 200)


def below(judgement: Judgement, details: bool) -> list[str]:
    """What stands under the table: with details the findings, then the stage that is reached and what is missing."""
    lines: list[str] = []
    if details:
        for result in judgement.results:
            name = safe(result.name, 100)
            found = (f"  {name}: {safe(one.where)}: {safe(one.message)}" for one in result.findings[:20])
            lines += map(disarmed, found)
    lines += overlooked(judgement)
    nothing = "nothing: the run has gaps" if judgement.evidence.gaps else "nothing yet"
    reached = nothing if judgement.reached is None else rung(judgement.reached)
    if judgement.next_stage is None:
        return [*lines, f"  reached: {reached}, the top of the ladder."]
    lines.append(f"  reached: {reached}.  To reach {rung(judgement.next_stage)}:")
    lines += map(need_line, judgement.needs)
    further = [need for need in judgement.target_needs if need not in judgement.needs]
    if further:
        lines += [f"  To reach {rung(judgement.target)}, too:", *map(need_line, further)]
    return lines


def overlooked(judgement: Judgement) -> list[str]:
    """A line about suppressions where there are some, or may be, and the table has no row that says it."""
    seen = judgement.evidence.suppressions
    if seen.total == 0 or any(result.name == "suppressions" for result in judgement.results):
        return []
    return [f"  suppressions: {'; '.join((seen.words, *(safe(problem, 300) for problem in seen.problems)))}"]


def policy_lines(policy: Enforced) -> list[str]:
    """Where the policy came from, if not from the working tree, and what that loosened."""
    if policy.ref is None:
        return []
    origin = f"  the policy of {safe(policy.ref, 100)}, commit {str(policy.commit)[:12]}, is enforced"
    more = "; the working tree loosened:" if policy.loosened else ""
    return [origin + more, *(f"    {safe(one, 2000)}" for one in policy.loosened)]


def need_line(need: Need) -> str:
    return disarmed(f"    {label(need.gate) or 'without a gap'}: {safe(need.words, 1000)}")


def verdict_lines(report: Report) -> list[str]:
    """A line for each component, and for several the sum as the last one."""
    lines = [verdict_line(judgement) for judgement in report.components]
    if len(lines) != 1 or report.verdict is not report.components[0].verdict:
        ready = sum(judgement.verdict is Verdict.PROMOTE for judgement in report.components)
        why = f": {safe(report.notes[-1], 300)}" if report.notes and len(lines) < 2 else ""
        lines.append(
            f"{report.verdict.value}  {ready} of {plural(len(report.components), 'component')} "
            f"{'is' if ready == 1 else 'are'} ready for {rung(report.target)}{why}"
        )
    return lines


def verdict_line(judgement: Judgement) -> str:
    """The verdict and the reasons for it, in one line."""
    name, target = safe(judgement.component.name, 100), rung(judgement.target)
    if judgement.verdict is Verdict.PROMOTE:
        counts = judgement.evidence.outcomes
        bad = counts.failed + counts.errors
        return f"PROMOTE  {name} is ready for {target}" + (
            f", although {plural(bad, 'test')} failed: pass_rate allows it" if bad else ""
        )
    asked = [(one, one.stages[judgement.target]) for one in judgement.results if judgement.target in one.stages]
    failed = [reason(result, one) for result, one in asked if one.status is Status.FAILED and one.blocks]
    unknown = [unknown_reason(result) for result, one in asked if one.status is Status.UNKNOWN and one.blocks]
    gaps = [gap_reason(gap) for gap in judgement.evidence.gaps]
    if judgement.verdict is Verdict.HOLD:
        open_ = [label(result.name) for result, one in asked if one.status is Status.UNKNOWN and one.blocks]
        more = f"; unknown: {', '.join(open_)}" if open_ else ""
        return f"HOLD  {name} is not ready for {target}: {', '.join(dict.fromkeys(failed))}{more}"
    return f"INCONCLUSIVE  {name}, {target}: {'; '.join(dict.fromkeys((*unknown, *gaps))) or 'nothing is required'}"


def rung(stage: str, limit: int = 60) -> str:
    return printable(safe(stage, limit))


def reason(result: GateResult, judged: Judged) -> str:
    sign = "<" if result.better == "higher" else ">"
    return f"{label(result.name)} {measured(result)} {sign} {number(judged.requirement.threshold, result)}"


def unknown_reason(result: GateResult) -> str:
    return f"{label(result.name)} unknown ({safe(result.note, 400)})"


def gap_reason(gap: Gap) -> str:
    return safe(gap.words, 200)
