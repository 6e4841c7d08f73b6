"""The report as Markdown: the overview of all components, what to do first, then a section for each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

from ...model.evidence import Finding
from ...model.text import plural
from ..causes import group_by_cause
from ..messages import command_line
from ..numbers import format_day
from ..waivers import list_waived
from . import overview
from .markup import code, code_html, fold, shorten, table
from .overview import MARKS, Component

FINDINGS, FILES = 20, 20  # of a gate and of a component, that are shown
FIRST = 10  # of what to do first
PLACES = 3  # of a step
NOT_ASKED = "\N{EN DASH}"


def render(document: Mapping[str, Any]) -> str:
    """Returns the whole report."""
    sections = (make_section(one, document) for one in overview.order(document["components"]))
    return (
        "\n".join(
            ["<!-- pytest-maturity: report -->", *make_overview(document), *chain(*sections), *make_footer(document)]
        )
        + "\n"
    )


def make_overview(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the verdict, the changes of stages, the table of the components, and what to do first."""
    yield f"## {overview.headline(document)}"
    yield ""
    if changes := [describe_change(*one) for one in overview.list_changes(document)]:
        yield " · ".join(changes)
        yield ""
    if not document["components"]:
        yield from (f"* {code(note)}" for note in document["notes"])
        yield ""
        return
    yield from make_ladder(document)
    yield ""
    yield from make_steps(document)


def describe_change(component: Component, sign: str, before: str, after: str) -> str:
    """Returns a change of stages in words."""
    if sign == "▼":
        return f"▼ {code(component['name'])} **demoted** from {code(before)}"
    return f"▲ {code(component['name'])} may go up: {code(before)} → {code(after)}"


def make_ladder(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the table of the components by stage; those that are promoted share rows where they stand alike."""
    ladder = document["ladder"]
    rows: dict[tuple[str, ...], list[str]] = {}
    for one in overview.order(document["components"]):
        cells = tuple(make_cell(one, stage, ladder) for stage in ladder)
        verdict = (
            f"{MARKS[one['verdict']]} {one['verdict']}"
            if one["verdict"] == "PROMOTE"
            else f"{MARKS[one['verdict']]} **{one['verdict']}**"
        )
        why = code(one["reasons"]) if one["reasons"] else ""  # of what is unknown, they are what tools and tests print
        rows.setdefault((verdict, *cells, why), []).append(code(one["name"]))
    shown = [(", ".join(names), *row) for row, names in rows.items()]
    yield from table(("component", "verdict", *map(code, ladder), "why"), shown)
    yield ""
    yield "<sub>**bold**: the target · ◆ on record · ✗ failed · ? could not be told · ~ waived</sub>"


def make_cell(component: Component, stage: str, ladder: Sequence[str]) -> str:
    """Returns how a component stands at a stage; the target is bold, the stage on record has a mark."""
    text = overview.stage_cell(component, stage, ladder)
    text = f"**{text}**" if stage == component["target"] else text
    return f"{text} ◆" if stage == component["recorded"] else text


def make_steps(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields, numbered, what keeps each component from its target."""
    steps = [
        (component, one)
        for component in overview.order(document["components"])
        if component["verdict"] != "PROMOTE"
        for one in component["unmet"]
    ]
    if not steps:
        return
    yield "### What to do first"
    yield ""
    for number, (component, one) in enumerate(steps[:FIRST], 1):
        yield f"{number}. **{code(component['name'])} → {code(component['target'])}**: {describe_step(component, one)}"
    if len(steps) > FIRST:
        yield f"\nand {len(steps) - FIRST} more, in the sections below."
    yield ""


def describe_step(component: Component, unmet: Mapping[str, Any]) -> str:
    """Returns a requirement that is not met, with the first places and the command that checks it again."""
    gate = f"{code(unmet['gate'].replace('_', ' '))}: " if unmet["gate"] else ""
    places = overview.list_places(component, unmet["gate"])
    shown = ", ".join(map(code, places[:PLACES])) + (
        f" and {len(places) - PLACES} more" if len(places) > PLACES else ""
    )
    command = f"; run {code(command_line(unmet['command']))}" if unmet.get("command") else ""
    return f"{gate}{code(unmet['summary'])}{f': {shown}' if shown else ''}{command}"


def make_section(component: Component, document: Mapping[str, Any]) -> Iterator[str]:
    """Yields all about one component, folded."""
    name = code_html(component["name"])
    summary = f"{MARKS[component['verdict']]} {name}: {component['verdict']} for {code_html(component['target'])}"
    yield from fold(summary, make_details(component, document["ladder"]))
    yield ""


def make_details(component: Component, ladder: Sequence[str]) -> Iterator[str]:
    """Yields the gates of a component, its gaps, its failures, its findings, and the lines that are not covered."""
    yield from make_gates(component, ladder)
    yield ""
    yield from (f"* gap: {code(gap['message'])}" for gap in component["gaps"])
    yield from (f"* waived: {code(one)}" for one in list_waived(component, component["target"]))
    yield from make_failures(component)
    yield from make_findings(component)
    yield from make_uncovered(component)


def make_gates(component: Component, ladder: Sequence[str]) -> Iterator[str]:
    """Yields the table of the gates, each with its threshold at every stage."""
    earlier = component["compared_with"]
    rows = [
        (
            code(overview.gate_name(gate)),
            f"**{overview.show_value(gate)}**" if gate["status"] not in ("passed", None) else overview.show_value(gate),
            *(make_threshold(gate, stage, component["target"]) for stage in ladder),
            *([overview.describe_change(component, gate)] if earlier else []),
        )
        for gate in component["gates"]
    ]
    heads = (code(stage) if stage != component["target"] else f"**{code(stage)}**" for stage in ladder)
    since = [f"since {code(format_day(earlier['started']))}"] if earlier else []
    yield from table(("gate", "measured", *heads, *since), rows, right=range(1, len(ladder) + 2))


def make_threshold(gate: Mapping[str, Any], stage: str, target: str) -> str:
    """Returns the threshold of a gate at a stage with its status, a dash where the stage does not ask for it."""
    judged = gate["stages"].get(stage)
    if judged is None:
        return NOT_ASKED
    bound = "" if judged["required"] is None else overview.show_number(judged["required"], gate)
    text = f"{bound} {MARKS[judged['status']]}".strip()
    if judged["mode"] == "warn":
        text += " (warns)"
    return f"**{text}**" if stage == target else text


def make_failures(component: Component) -> Iterator[str]:
    """Yields the failed tests by their cause."""
    causes = group_by_cause(
        Finding(
            path=one["path"], line=one["line"], message=one["message"], test=one["test"], raised_at=one["raised_at"]
        )
        for one in component["tests_failed"]
    )
    for cause in causes[:FINDINGS]:
        yield ""
        first = cause.first
        tests = code(first.test) + (f" and {len(cause.tests) - 1} more" if len(cause.tests) > 1 else "")
        yield f"* {plural(len(cause.tests), 'test')}: {code(first.message)} at {code(first.location)}: {tests}"
    if len(causes) > FINDINGS:
        yield f"* and {len(causes) - FINDINGS} more causes in the JSON report"


def make_findings(component: Component) -> Iterator[str]:
    """Yields the findings of each gate that are in a file, but those of coverage and of tests."""
    for gate in component["gates"]:
        found = [one for one in gate["findings"] if one["path"] and not one["test"] and not one["ranges"]]
        if not found:
            continue
        yield ""
        yield f"{code(overview.gate_name(gate))}, {plural(len(found), 'finding')}:"
        yield ""
        for one in found[:FINDINGS]:
            place = Finding(path=one["path"], line=one["line"], message="").location
            rule = f" ({code(one['rule'])})" if one["rule"] else ""
            yield f"* {code(place)}: {code(one['message'])}{rule}"
        if len(found) > FINDINGS:
            yield f"* and {len(found) - FINDINGS} more in the JSON report"


def make_uncovered(component: Component) -> Iterator[str]:
    """Yields the files with lines that are not covered."""
    files = overview.uncovered(component)
    if not files:
        return
    yield ""
    rows = [(code(path), percent, shorten(ranges)) for path, percent, ranges in files[:FILES]]
    yield from table(("file", "covered", "lines not covered"), rows, right=(1,))
    if len(files) > FILES:
        yield ""
        yield f"and {plural(len(files) - FILES, 'more file')} in the JSON report"


def make_footer(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields which run it was."""
    run = document["run"]
    yield f"<sub>{' · '.join(describe_run(run))}</sub>"


def describe_run(run: Mapping[str, Any]) -> Iterator[str]:
    """Yields the commit, the run, its time and the policy."""
    if run["commit"]:
        on = f"{code(run['branch'])} at " if run["branch"] else ""
        yield f"{on}{code(run['commit'][:12])}{' with uncommitted changes' if run['dirty'] else ''}"
    yield f"run {code(run['id'][:12])}"
    yield f"{run['started'][:16].replace('T', ' ')} UTC"
    yield f"policy {code(run['policy_digest'][:12])}"
    if run["audit_head"]:
        yield f"audit head {code(run['audit_head'][:12])}"
