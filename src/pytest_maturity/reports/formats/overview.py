"""The part of a report that a reader sees first: the verdict, changes of stages, the components in their order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...model.history import exact, read_gate
from ...model.report import WORST_FIRST
from ...model.text import format_number, plural
from ..numbers import count_digits, find_difference, format_ranges

Component = Mapping[str, Any]
MARKS = {"PROMOTE": "✓", "HOLD": "✗", "INCONCLUSIVE": "?", "passed": "✓", "failed": "✗", "unknown": "?", "waived": "~"}
ORDER = [one.value for one in WORST_FIRST]


def headline(document: Mapping[str, Any]) -> str:
    """Returns the verdict in one sentence, without Markdown: it names no component."""
    components = document["components"]
    ready = sum(one["verdict"] == "PROMOTE" for one in components)
    verdict = document["verdict"]
    words = {"PROMOTE": "is ready for", "HOLD": "is not ready for"}.get(verdict, "is not known to be ready for")
    if len(components) == 1:
        return f"{MARKS.get(verdict, '?')} {verdict}: one component {words} its target"
    is_ready = "is ready for its target" if ready == 1 else "are ready for their targets"
    return f"{MARKS.get(verdict, '?')} {verdict}: {ready} of {plural(len(components), 'component')} {is_ready}"


def order(components: Sequence[Component]) -> list[Component]:
    """Returns the components: the demoted ones, then the worst verdict first, those with the same one by name."""
    return sorted(components, key=lambda one: (not one["demoted"], ORDER.index(one["verdict"]), one["name"]))


def list_changes(document: Mapping[str, Any]) -> Iterator[tuple[Component, str, str, str]]:
    """Yields each component whose stage on record is not the reached one, with a sign and both stages: down first.

    A component is down only where it was judged for its stage on record and does not meet it any more.
    """
    ladder = document["ladder"]
    components = order(document["components"])
    for one in components:
        if one["demoted"]:
            yield one, "▼", one["recorded"], one["reached"] or ""
    for one in components:
        recorded, reached = one["recorded"], one["reached"]
        if recorded in ladder and reached is not None and ladder.index(reached) > ladder.index(recorded):
            yield one, "▲", recorded, reached


def stage_cell(component: Component, stage: str, ladder: Sequence[str]) -> str:
    """Returns how a component stands at a stage: `✓`, `✗ 2` for two failures, `3 to go` above its target."""
    found = component["stages"][stage]
    unmet = found["failed"] + found["unknown"]
    if found["status"] == "passed":
        return MARKS["passed"] + (f" ~ {found['waived']}" if found["waived"] else "")
    if ladder.index(stage) > ladder.index(component["target"]):
        return f"{unmet or found['gaps']} to go"
    if found["status"] == "failed":
        return f"✗ {found['failed']}" if found["failed"] else "✗ no tests"
    return f"? {unmet or found['gaps']}"


def show_number(value: float | None, gate: Mapping[str, Any]) -> str:
    """Returns a number of a gate with the decimal places that tell it from the thresholds; `?` where there is none."""
    found = read_gate(gate)
    return format_number(None if value is None else exact(value), found.better, count_digits(found))


def show_value(gate: Mapping[str, Any]) -> str:
    """Returns what a gate measured, with its unit; `-` where there is nothing to measure."""
    if not gate["applicable"]:
        return "-"
    text, unit = show_number(gate["value"], gate), str(gate["unit"])
    return f"{text}\N{NO-BREAK SPACE}{unit}" if unit and gate["value"] is not None else text


def list_places(component: Component, gate: str) -> list[str]:
    """Returns where the findings of a gate are: `a.py:7`, or the path alone where a finding is about several lines."""
    found = [finding for one in component["gates"] if one["gate"] == gate for finding in one["findings"]]
    places = (
        one["raised_at"] or (f"{one['path']}:{one['line']}" if one["line"] and not one["ranges"] else one["path"])
        for one in found
    )
    return [*dict.fromkeys(filter(None, places))]


def gate_name(gate: Mapping[str, Any]) -> str:
    """Returns the name of a result, with the kinds of tests and the scope where it is not about everything."""
    more = [*gate["kinds"], *(["new code"] if gate["scope"] == "new" else [])]
    name = str(gate["gate"]).replace("_", " ")
    return f"{name} ({', '.join(more)})" if more else name


def gate_key(gate: Mapping[str, Any]) -> str:
    """Returns the name by which the numbers of an earlier run are found, see `model.history.read_gate`."""
    return read_gate(gate).key


def describe_change(component: Component, gate: Mapping[str, Any]) -> str:
    """Returns how a number differs from that of the earlier run: `better by 2.9`; empty where there was none."""
    earlier, found = component["compared_with"], read_gate(gate)
    if earlier is None or found.key not in earlier["values"]:
        return ""
    before = earlier["values"][found.key]
    return find_difference(found, None if before is None else exact(before)).words


def uncovered(component: Component) -> list[tuple[str, str, str]]:
    """Returns the files with lines that are not covered, those with the most first: path, per cent, ranges."""
    files = [one for one in component["coverage"]["files"] if one["missing_lines"]]
    files.sort(key=lambda one: (-len(one["missing_lines"]), one["path"]))
    return [
        (one["path"], f"{format_number(exact(one['percent']))} %", format_ranges(one["missing_lines"])) for one in files
    ]
