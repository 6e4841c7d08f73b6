"""The verdict for a coding agent: Markdown within a budget of tokens, what matters most first.

Each item has an importance from 100 down; what does not fit is counted at the end. The same report gives the same text.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from ...model.evidence import Finding
from ...model.light_dataclass import light_dataclass
from ...model.text import plural
from ..causes import group_by_cause
from ..messages import command_line
from . import overview
from .markup import code, shorten
from .overview import Component
from .requirements import is_met, list_required

TOKENS = 8_000  # of the whole text, without another budget
CHARACTERS = 4  # that count as one token
IMPORTANT = 60  # from this importance on, an item is about what is to be changed
RESERVED = 1_200  # characters for the title and for what was left out
# The edits by which a gate would pass although nothing was mended. They are counted, compared or need another person.
DISGUISES = {
    "coverage": "`# pragma: no cover`, `omit` in the configuration of coverage.py, tests that assert nothing",
    "new_code_coverage": "`# pragma: no cover`, tests that assert nothing",
    "lint": "`# noqa`, more ignored rules",
    "format": "`# fmt: off`, `# fmt: skip`, more excluded files",
    "types": "`# type: ignore`, `Any`, `cast`, a weaker mypy configuration",
    "security": "`# nosec`, `# pragma: allowlist secret`, more skipped tests of bandit",
    "pass_rate": "skipping, deselecting or deleting the test, `xfail`, a weaker assertion, more retries",
    "skipped_rate": "deleting the skipped test",
    "warnings": "`filterwarnings`, `warnings.catch_warnings` around the call",
    "flaky_rate": "more retries",
    "spec": "an empty specification",
}
ALWAYS = (
    'a lower threshold, `mode = "warn"`, a waiver or a lower baseline: they are listed as loosened, and need another '
    "person"
)


@light_dataclass(frozen=True, slots=True)
class Item:
    """One thing that the agent should know: its importance, its section, its first line, and lines below it."""

    importance: int
    section: str
    head: str
    lines: tuple[str, ...] = ()


def render(document: Mapping[str, Any], tokens: int = TOKENS) -> str:
    """Returns the text, of at most `tokens` times four characters."""
    items = sorted(list_items(document), key=lambda one: -one.importance)
    room = max(0, tokens * CHARACTERS - RESERVED)
    text, left = fill(items, room)
    return "\n".join([*make_title(document), *text, *make_left(left), ""])


def make_title(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the verdict and which session and run it is of."""
    yield "<!-- pytest-maturity: agent -->"
    yield f"# {overview.headline(document)}"
    yield ""
    sessions = [make_session(one, document["run"]) for one in document["components"]]
    shown = ", ".join(map(code, sessions[:10])) + (f" and {len(sessions) - 10} more" if len(sessions) > 10 else "")
    commit = f", commit {code(document['run']['commit'][:12])}" if document["run"]["commit"] else ""
    yield f"Session {shown}; run {code(document['run']['id'][:12])}{commit}."


def make_session(component: Component, run: Mapping[str, Any]) -> str:
    """Returns the id of a session: `<component>-<target>-<date>`."""
    return f"{component['name']}-{component['target']}-{run['started'][:10]}"


# ── items ────────────────────────────────────────────────────────────────────


def list_items(document: Mapping[str, Any]) -> Iterator[Item]:
    """Yields what the agent should know, of each component in the order of the verdicts."""
    for note in document["notes"]:
        yield Item(40, "Context", code(note))
    for component in overview.order(document["components"]):
        yield from list_blockers(component)
        yield from list_next(component)
        yield from list_context(component)
        yield from list_changes(component)
        yield from list_decisions(component)
    if any(one["verdict"] != "PROMOTE" for one in document["components"]):
        yield from list_disguises(document)


def list_blockers(component: Component) -> Iterator[Item]:
    """Yields what keeps a component from its target, the gaps and the failed tests first."""
    section = f"Blocks {code(component['name'])} from {code(component['target'])}"
    for number, one in enumerate(component["unmet"] if component["verdict"] != "PROMOTE" else ()):
        importance = 100 if one["gate"] in ("", "pass_rate") else 90
        yield Item(
            importance - min(number, 9),
            section,
            describe_unmet(component, one, component["target"]),
            tuple(list_details(component, one)),
        )


def list_next(component: Component) -> Iterator[Item]:
    """Yields what the next stage needs beyond that, the cheapest first: that with the fewest findings."""
    stage = component["next"]["stage"]
    if stage is None or stage == component["target"]:
        return
    section = f"The cheapest way of {code(component['name'])} to {code(stage)}, the next stage"
    known = {one["gate"] for one in component["unmet"]} if component["verdict"] != "PROMOTE" else set()
    unmet = [one for one in component["next"]["unmet"] if one["gate"] not in known or not one["gate"]]
    by_effort = sorted(unmet, key=lambda one: (len(overview.list_places(component, one["gate"])), one["gate"]))
    for number, one in enumerate(by_effort):
        yield Item(
            70 - min(number, 9), section, describe_unmet(component, one, stage), tuple(list_details(component, one))
        )


def describe_unmet(component: Component, unmet: Mapping[str, Any], stage: str) -> str:
    """Returns a requirement that a stage does not meet, with its number and threshold, in one line."""
    gate = next((one for one in component["gates"] if one["gate"] == unmet["gate"]), None)
    if gate is None:
        return code(unmet["summary"])
    judged = gate["stages"].get(stage)
    bound = f", needs {overview.show_number(judged['required'], gate)}" if judged is not None else ""
    return f"{code(overview.gate_name(gate))} {overview.show_value(gate)}{bound}: {code(unmet['summary'])}"


def list_details(component: Component, unmet: Mapping[str, Any]) -> Iterator[str]:
    """Yields the command that checks a requirement again, then its findings, those of tests by their cause."""
    name = unmet["gate"].partition(".")[0]
    if name:
        options = {"component": component["name"], "target": component["target"], "gate": name}
        check = shlex.join(
            ["pytest", *(part for key, value in options.items() for part in (f"--maturity-{key}", value))]
        )
        yield f"check: {code(check)}"
    if unmet.get("command"):
        yield f"show: {code(command_line(unmet['command']))}"
    found = [finding for gate in component["gates"] if gate["gate"] == unmet["gate"] for finding in gate["findings"]]
    causes = group_by_cause(Finding.from_dict(one) for one in found)
    for cause in causes:
        first, count = cause.first, plural(len(cause.tests), "test")
        yield f"{count}: {code(first.message)} at {code(first.location)}, first {code(first.test)}"
    for one in found:
        if not one["test"]:
            place = Finding.from_dict(one).location
            rule = f" {code(one['rule'])}" if one["rule"] else ""
            yield f"{code(place)}{rule}: {code(one['message'])}"


def list_context(component: Component) -> Iterator[Item]:
    """Yields where the component is, and what it has passed."""
    section = f"Context of {code(component['name'])}"
    recorded = f"; on record: {code(component['recorded'])}" if component["recorded"] else ""
    yield Item(
        50, section, f"verdict {component['verdict']}, reached: {code(component['reached'] or 'nothing')}{recorded}"
    )
    tests = [f"{code(one['path'])}" for one in component["tests"]]
    yield Item(48, section, f"sources: {', '.join(map(code, component['sources'])) or 'none'}")
    yield Item(
        47,
        section,
        f"tests: {', '.join(tests[:20]) or 'none'}{f' and {len(tests) - 20} more' if len(tests) > 20 else ''}",
    )
    passed = [one for one in list_required(component) if is_met(one, component["target"])]
    shown = ", ".join(f"{code(overview.gate_name(one))} {overview.show_value(one)}" for one in passed)
    if shown:
        yield Item(46, section, f"passed: {shown}")
    if component["retries"]["flaky"]:
        yield Item(45, section, f"flaky: {', '.join(map(code, component['retries']['flaky']))}")


def list_changes(component: Component) -> Iterator[Item]:
    """Yields each gate whose number differs from that of the earlier run."""
    earlier = component["compared_with"]
    if earlier is None:
        return
    section = f"Since {code(earlier['started'][:10])}, {code(component['name'])}"
    for gate in component["gates"]:
        key = overview.gate_key(gate)
        before = earlier["values"].get(key)
        if key in earlier["values"] and before != gate["value"]:
            was = overview.show_value({**gate, "value": before})
            yield Item(30, section, f"{code(overview.gate_name(gate))} was {was}, is {overview.show_value(gate)}")


def list_decisions(component: Component) -> Iterator[Item]:
    """Yields the decisions on record, the latest first, and what is waived."""
    section = f"Decisions about {code(component['name'])}"
    for number, one in enumerate(component["decisions"]):
        why = f": {code(one['reason'])}" if one["reason"] else ""
        yield Item(
            28 - min(number, 9), section, f"{code(one['time'][:10])} {code(one['what'])} by {code(one['actor'])}{why}"
        )


def list_disguises(document: Mapping[str, Any]) -> Iterator[Item]:
    """Yields the edits that would pass a gate without mending anything, of those that failed."""
    failed = {
        one["gate"].partition(".")[0]
        for component in document["components"]
        if component["verdict"] != "PROMOTE"
        for one in (*component["unmet"], *component["next"]["unmet"])
    }
    section = "Do not: these edits mend nothing, and the gate or a reviewer sees them"
    for gate in DISGUISES:
        if gate in failed:
            yield Item(80, section, f"{code(gate)}: {DISGUISES[gate]}")
    yield Item(79, section, f"any gate: {ALWAYS}")


# ── the budget ───────────────────────────────────────────────────────────────


def fill(items: list[Item], room: int) -> tuple[list[str], dict[str, int]]:
    """Returns the lines of the items that fit, section by section, and how many lines of each section do not.

    The important items come first: their first lines, then the lines below them. So do the others, with what is left.
    """
    left: dict[str, int] = {}
    kept: dict[Item, list[str]] = {}
    unique = list(dict.fromkeys(items))
    for part in ([one for one in unique if is_important(one)], [one for one in unique if not is_important(one)]):
        for one in part:
            head = f"- [{one.importance}] {one.head}"
            title = 0 if any(other.section == one.section for other in kept) else len(one.section) + len("\n## \n\n")
            if len(head) + 1 + title <= room:
                room -= len(head) + 1 + title
                kept[one] = [head]
            else:
                left[one.section] = left.get(one.section, 0) + 1 + len(one.lines)
        for one in filter(kept.__contains__, part):
            for number, line in enumerate(one.lines):
                shown = f"  - {line}"
                if len(shown) + 1 > room:
                    left[one.section] = left.get(one.section, 0) + len(one.lines) - number
                    break
                room -= len(shown) + 1
                kept[one].append(shown)
    sections = dict.fromkeys(one.section for one in unique)
    text = []
    for section in sections:
        own = [line for one, lines in kept.items() if one.section == section for line in lines]
        text += ["", f"## {section}", "", *own] if own else []
    return text, left


def is_important(item: Item) -> bool:
    """Whether an item is about what is to be changed."""
    return item.importance >= IMPORTANT


def make_left(left: Mapping[str, int]) -> Iterator[str]:
    """Yields what the budget left out."""
    if left:
        parts = [f"{plural(count, 'line')} of “{shorten(section, 80)}”" for section, count in list(left.items())[:8]]
        more = f" and of {plural(len(left) - 8, 'more section')}" if len(left) > 8 else ""
        yield ""
        yield f"Left out, and in the JSON report: {', '.join(parts)}{more}."
