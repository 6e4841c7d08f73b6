"""The body of the comment on a pull request, which each run writes again: changes of stages first, then what fails."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ...model.text import plural
from . import overview
from .links import Links
from .markdown import describe_change, describe_run
from .markup import code, cut_folds, fold, table
from .overview import Component
from .requirements import is_met, list_required

LIMIT = 60_000  # characters; GitHub takes 65,536
STEPS, PLACES = 5, 3


def render(document: Mapping[str, Any], links: Links) -> str:
    """Returns the body as Markdown. The same report gives the same body.

    The first line is a hidden comment by which the caller finds the comment of an earlier run.
    """
    top = "\n".join(make_top(document, links))
    folds = ["\n".join(lines) for lines in (make_new_code(document), make_passed(document)) if lines]
    return cut_folds(top, folds, "\n".join(make_footer(document, links)), LIMIT)


def marker(links: Links) -> str:
    """Returns the hidden first line, with the name of the repository."""
    name = "".join(one for one in links.repository if one.isalnum() or one in "/._-")
    name = re.sub("-{2,}", "-", name)  # two hyphens end a comment of HTML
    return f"<!-- pytest-maturity: comment {name} -->" if name else "<!-- pytest-maturity: comment -->"


def make_top(document: Mapping[str, Any], links: Links) -> Iterator[str]:
    """Yields what is not folded: the verdict, the changes of stages, and what to change first."""
    yield marker(links)
    yield f"### {overview.headline(document)}"
    yield ""
    changes = [describe_change(*one) for one in overview.list_changes(document)]
    yield "\\\n".join(changes) if changes else "No stage changes."
    yield ""
    for note in [] if document["components"] else document["notes"]:
        yield code(note)
    steps = [
        (component, one)
        for component in overview.order(document["components"])
        if component["verdict"] != "PROMOTE"
        for one in component["unmet"]
    ]
    if not steps:
        return
    yield "**What to change first**"
    yield ""
    for number, (component, one) in enumerate(steps[:STEPS], 1):
        yield f"{number}. {code(component['name'])} {describe_step(component, one, links)}"
    if len(steps) > STEPS:
        yield ""
        yield f"and {len(steps) - STEPS} more in the report."
    yield ""


def describe_step(component: Component, unmet: Mapping[str, Any], links: Links) -> str:
    """Returns a requirement that is not met: the number, the threshold, what to do, and the first places."""
    gate = next((one for one in component["gates"] if one["gate"] == unmet["gate"]), None)
    if gate is None:
        return code(unmet["summary"])
    judged = gate["stages"].get(component["target"], {"required": None})
    bound = "" if judged["required"] is None else f", needs {overview.show_number(judged['required'], gate)}"
    change = overview.describe_change(component, gate)
    bound += f", {change}" if change else ""
    found = [one for one in gate["findings"] if one["path"]]
    places = [links.link(one["path"], None if one["ranges"] else one["line"]) for one in found]
    places = [*dict.fromkeys(places)]
    more = f" and {len(places) - PLACES} more" if len(places) > PLACES else ""
    where = f": {', '.join(places[:PLACES])}{more}" if places else ""
    return (
        f"**{code(overview.gate_name(gate))} {overview.show_value(gate)}{bound}**\\\n   {code(unmet['summary'])}{where}"
    )


def make_new_code(document: Mapping[str, Any]) -> list[str]:
    """Returns a fold with the coverage of the changed lines, where a stage asks for it."""
    found = [
        (component, gate)
        for component in document["components"]
        for gate in component["gates"]
        if gate["gate"] == "new_code_coverage" and gate["applicable"]
    ]
    if not found:
        return []
    rows = [
        (
            code(component["name"]),
            overview.show_value(gate),
            code(gate["note"]),
            ", ".join(map(describe_lines, gate["findings"])),
        )
        for component, gate in found
    ]
    lines = table(("component", "covered", "of", "lines not covered"), rows, right=(1,))
    return [*fold("New code", lines)]


def describe_lines(finding: Mapping[str, Any]) -> str:
    """Returns a file with its ranges of lines."""
    ranges = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in finding["ranges"])
    return f"{code(finding['path'])} {ranges}"


def make_passed(document: Mapping[str, Any]) -> list[str]:
    """Returns a fold with the requirements that are met."""
    components, rows, required, passed = document["components"], [], 0, 0
    for component in components:
        gates = list_required(component)
        met = [gate for gate in gates if is_met(gate, component["target"])]
        required, passed = required + len(gates), passed + len(met)
        shown = ", ".join(f"{code(overview.gate_name(gate))} {overview.show_value(gate)}" for gate in met)
        rows.append((code(component["name"]), code(component["target"]), shown or "nothing"))
    if not passed:
        return []
    flaky = sum(component["outcomes"]["flaky"] for component in components)
    also = f", {plural(flaky, 'flaky test')}" if flaky else ""
    summary = f"✓ {passed} of {plural(required, 'requirement')} passed{also}"
    return [*fold(summary, table(("component", "target", "passed"), rows))]


def make_footer(document: Mapping[str, Any], links: Links) -> Iterator[str]:
    """Yields the commit, the policy and the run, so that a comment of an earlier run is recognised."""
    policy = document["policy"]
    parts = [*describe_run(document["run"])]
    if policy["ref"]:
        loosened = (
            plural(len(policy["loosened"]), "setting") + " loosened" if policy["loosened"] else "nothing loosened"
        )
        parts.append(f"policy of {code(policy['ref'])}, {loosened}")
    if links.run:
        parts.append(f"[CI run]({links.run})")
    yield f"<sub>{' · '.join(parts)}. Each run writes this comment again.</sub>"
