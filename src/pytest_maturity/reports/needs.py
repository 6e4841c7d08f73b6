"""The lines below a component's table: the reached stage, and what the next one needs, with the places to look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from textwrap import wrap

from ..model.evidence import Finding
from ..model.gates import Status
from ..model.light_dataclass import light_dataclass
from ..model.report import Judgement, Report, Verdict
from ..model.text import escape_ci_commands, plural, safe
from .causes import Cause, group_by_cause
from .messages import (
    RUN,
    Unmet,
    baseline_lines,
    command_line,
    describe_unmet,
    gate_label,
    kind_lines,
    list_unmet,
    order_by_verdict,
    place_of,
    printable,
    stage_label,
    suppression_lines,
    waiver_lines,
)

SHOWN = 5  # findings of a requirement
SHOWN_WITH_DETAILS = 20
SHOWN_NEEDS = 10  # lines below the table of several components
WIDE = 100  # columns, from which the places stand in a column of their own
LONGEST_PLACE = 60  # in that column
LEAST_MESSAGE = 20  # columns
LINES_BELOW = 2  # for a message that has no room beside its place
MARGIN = "    "
DEEPER = "      "


@light_dataclass(frozen=True, slots=True)
class Layout:
    """The width in columns, and whether findings are listed in full (`-v`)."""

    width: int
    details: bool = False

    def wrap(self, line: str, margin: str) -> list[str]:
        """Returns the line in as many as it needs; `margin` is that of the second and later ones. No word is cut."""
        text = line.lstrip()
        return wrap(
            text, self.width, initial_indent=line[: len(line) - len(text)], subsequent_indent=margin,
            break_long_words=False, break_on_hyphens=False,
        )  # fmt: skip


def needs_lines(judgement: Judgement, layout: Layout) -> list[str]:
    """Returns the reached stage and, numbered, what the next stage and the target need."""
    lines = [
        *kind_lines(judgement),
        *suppression_lines(judgement),
        *baseline_lines(judgement),
        *waiver_lines(judgement),
    ]
    nothing = "nothing: the run has gaps" if judgement.evidence.gaps else "nothing yet"
    reached = nothing if judgement.reached is None else stage_label(judgement.reached)
    if judgement.next_stage is None:
        return [*lines, f"  reached {reached}, the top of the ladder", *list_other_findings(judgement, (), layout)]
    unmet = list_unmet(judgement, judgement.next_stage)
    lines.append(f"  reached {reached}; {stage_label(judgement.next_stage)} needs")
    lines += numbered(unmet, 1, layout)
    further = [one for one in list_unmet(judgement, judgement.target) if one not in unmet]
    shown = {one.gate for one in unmet}
    if further:
        lines.append(f"  and {stage_label(judgement.target)} needs")
        again = [replace(one, findings=(), command=()) if one.gate in shown else one for one in further]
        lines += numbered(again, len(unmet) + 1, layout)
        shown.update(one.gate for one in further)
    lines += install_lines(judgement)
    return [*map(escape_ci_commands, [*lines, *list_other_findings(judgement, shown, layout)])]


def gate_needs_lines(judgement: Judgement, layout: Layout) -> list[str]:
    """Returns, numbered, what the gates of --maturity-gate need."""
    target = judgement.target
    unmet = [describe_unmet(result, result.stages[target]) for result in judgement.unmet(target)]
    return [*map(escape_ci_commands, [*numbered(unmet, 1, layout), *install_lines(judgement)])]


def install_lines(judgement: Judgement) -> list[str]:
    """Returns the commands that install the missing tools, one for all that the same program installs."""
    commands = judgement.evidence.install_commands
    lines = [f"{MARGIN}{RUN}{safe(command_line(command), 10_000)}" for command in commands]
    return ["  to install the missing tools", *lines] if lines else []


def numbered(unmet: Iterable[Unmet], first: int, layout: Layout) -> Iterator[str]:
    """Yields each reason with its number, its findings and its command."""
    for number, one in enumerate(unmet, first):
        text = f"  {number} {gate_label(one.gate) or 'gap'}: {safe(one.message, 1000)}"
        yield from layout.wrap(text, DEEPER)
        yield from finding_lines(one.findings, layout)
        if one.command:
            yield f"{MARGIN}{RUN}{safe(command_line(one.command), 10_000)}"


def list_other_findings(judgement: Judgement, shown: Iterable[str], layout: Layout) -> Iterator[str]:
    """Yields, with `-v`, the findings of the gates that are not in `shown`."""
    for result in judgement.results if layout.details else ():
        if result.findings and result.name not in shown:
            is_met = all(judged.status in (Status.PASSED, Status.WAIVED) for judged in result.stages.values())
            yield f"  {gate_label(result.name)}{' (met)' if is_met else ''}"
            yield from finding_lines(result.findings, layout)


# ── findings ─────────────────────────────────────────────────────────────────


def finding_lines(findings: Sequence[Finding], layout: Layout) -> Iterator[str]:
    """Yields the first findings, those about tests by their cause, and how many more there are."""
    most = SHOWN_WITH_DETAILS if layout.details else SHOWN
    if all(one.test for one in findings):
        causes = group_by_cause(findings)
        for cause in causes[:most]:
            yield from cause_lines(cause, len({one.test for one in findings}), layout)
        left = len(causes) - most
        noun = "cause"
    else:
        shown = findings[:most]
        places = [len(place_of(one, is_exact=layout.details)) for one in shown]
        column = max(places, default=0) if layout.width >= WIDE else 0
        for one in shown:
            yield from one_finding(one, min(column, LONGEST_PLACE), layout)
        left = len(findings) - most
        noun = "finding"
    if left > 0:
        yield f"{MARGIN}and {left} more {plural(left, noun).partition(' ')[2]}, all in the report"


def cause_lines(cause: Cause, tests: int, layout: Layout) -> Iterator[str]:
    """Yields the message that failures share, with the first of them; a single failure in one line."""
    first = cause.first
    place, name = place_of(first, is_exact=layout.details), first.test.partition("::")[2] or first.test
    if len(cause.tests) == 1:
        yield from one_finding(first, 0, layout, name)
        return
    many = f"{MARGIN}{len(cause.tests)} of {plural(tests, 'test')}"
    yield from layout.wrap(f"{many}: {safe(first.explanation, 300 if layout.details else 160)}", DEEPER)
    yield from layout.wrap(f"{DEEPER}first: {place}  {safe(name, 200)}", DEEPER)


def one_finding(finding: Finding, column: int, layout: Layout, test: str = "") -> Iterator[str]:
    """Yields a finding's place, its rule or test, and as much of its message as the line has room for."""
    place = place_of(finding, is_exact=layout.details)
    if finding.ranges:
        words = " ".join(str(first) if first == last else f"{first}-{last}" for first, last in finding.ranges)
    else:
        words = safe(test or finding.rule, 200)
    head = f"{MARGIN}{place:{column}}  {words}".rstrip() if place else f"{MARGIN}{words}"
    message = "" if finding.ranges else safe(" ".join(finding.explanation.split()), 500)
    if layout.details and message:
        yield from layout.wrap(f"{head}  {message}", DEEPER)
        return
    room = layout.width - len(head) - 2
    lines = layout.wrap(head, DEEPER) or [head]
    if message and len(lines) == 1 and room >= len(message):
        lines = [f"{head}  {message}"]
    elif message:
        lines += lines_below(message, layout)
    yield from lines


def lines_below(message: str, layout: Layout) -> list[str]:
    """Returns the lines of a message that stands below its place; the last one is cut where there would be more."""
    lines = layout.wrap(f"{DEEPER}{message}", DEEPER)
    if len(lines) > LINES_BELOW:
        rest = " ".join(line.strip() for line in lines[LINES_BELOW - 1 :])
        room = max(layout.width - len(DEEPER), LEAST_MESSAGE)
        lines[LINES_BELOW - 1 :] = [f"{DEEPER}{shorten(rest, room)}"]
    return lines


def shorten(text: str, width: int) -> str:
    """Returns the beginning of a text, with dots for what is left out."""
    return printable(text) if len(text) <= width else f"{printable(text[: width - 3])}..."


def overview_needs_lines(report: Report, layout: Layout) -> list[str]:
    """Returns the first things that the components need, with their places, unless each has a table of its own.

    Below them, the commands that install the missing tools.
    """
    lines: list[str] = []
    if not layout.details and (needs := unmet_lines(report, replace(layout, width=layout.width - len(MARGIN)))):
        hint = "-v, or --maturity-component with one name"
        left = len(needs) - SHOWN_NEEDS
        lines = ["  to reach their targets", *(f"{MARGIN}{one}" for one in needs[:SHOWN_NEEDS])]
        lines.append(f"{MARGIN}and {left} more; all: {hint}" if left > 0 else f"  more about each: {hint}")
    held = [one for one in report.components if one.verdict is not Verdict.PROMOTE]
    return [*lines, *dict.fromkeys(line for one in held for line in install_lines(one))]


# ── with -q ──────────────────────────────────────────────────────────────────


def short_needs_lines(report: Report, layout: Layout) -> list[str]:
    """Returns a line for each thing that is missing, then the commands that install the missing tools."""
    held = [one for one in report.components if one.verdict is not Verdict.PROMOTE]
    installs = (line.strip() for one in held for line in install_lines(one)[1:])
    return [*unmet_lines(report, layout), *dict.fromkeys(installs)]


def unmet_lines(report: Report, layout: Layout) -> list[str]:
    """Returns one line for each thing that keeps a component from its target, the component's name before it.

    The name is left out where only one component was judged.
    """
    lines = []
    for judgement in order_by_verdict(report.components):
        if judgement.verdict is Verdict.PROMOTE:
            continue
        name = f"{safe(judgement.component.name, 100)}: " if len(report.components) > 1 else ""
        for one in list_unmet(judgement, judgement.target):
            if report.only_gates and not one.gate:
                continue  # the gap is that other gates were not judged
            message = one.message.partition(";")[0] if one.findings else one.message  # advice without its details
            head = f"{name}{gate_label(one.gate) or 'gap'}: {safe(message, 300)}"
            lines.append(escape_ci_commands(add_places(head, one.findings, layout.width)))
    return lines


def add_places(head: str, findings: Sequence[Finding], width: int) -> str:
    """Returns the line with as many places of the findings as it has room for, but at least one."""
    places = list(dict.fromkeys(one.test or place_of(one) for one in findings))
    places = [safe(place, 200) for place in places if place]
    if not places:
        return head
    count = len(places)
    while count > 1 and len(join_places(head, places, count)) > width:
        count -= 1
    return join_places(head, places, count)


def join_places(head: str, places: Sequence[str], count: int) -> str:
    """Returns the line with the first `count` places, and how many more there are."""
    more = f" and {len(places) - count} more" if len(places) > count else ""
    return f"{head}: {', '.join(places[:count])}{more}"
