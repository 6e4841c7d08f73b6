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
RESERVED = 1_000  # characters for what was left out
SHOWN_SESSIONS = 5
LONGEST_SESSION = 100  # characters
LONGEST_COMMAND = 2_000  # characters: a command that is cut would run something else
LONGEST_ADVICE = 60  # characters of a requirement in the order of the cheapest
# The options that decide by which policy a gate is judged: a check has those of the run.
POLICY_OPTIONS = ("--maturity-config", "--maturity-policy-ref", "--maturity-compare-branch")
# The edits by which a gate would pass although nothing was mended. They are counted, compared or need another person.
DISGUISES = {
    "coverage": "`# pragma: no cover`, `omit` in the configuration of coverage.py, tests that assert nothing",
    "new_code_coverage": "`# pragma: no cover`, tests that assert nothing",
    "lint": "`# noqa`, more ignored rules",
    "format": "`# fmt: off`, `# fmt: skip`, more excluded files",
    "types": "`# type: ignore`, `Any`, `cast`, a weaker mypy configuration",
    "security": (
        "`# nosec`, more skipped tests of bandit; `# pragma: allowlist secret` on a real secret, or another place for "
        "it (it is known by now: a person has to revoke it)"
    ),
    "pass_rate": "skipping, deselecting or deleting the test, `xfail`, a weaker assertion, more retries",
    "skipped_rate": "deleting the skipped test",
    "warnings": "`filterwarnings`, `warnings.catch_warnings` around the call",
    "flaky_rate": "more retries",
    "spec": "an empty specification",
}
ALWAYS = 'a lower threshold, `mode = "warn"`, a waiver or a lower baseline: that is for another person to decide'


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
    title = "\n".join(make_title(document))
    room = max(0, tokens * CHARACTERS - len(title) - RESERVED)
    text, left = fill(items, room)
    return "\n".join([title, *text, *make_left(left), ""])


def make_title(document: Mapping[str, Any]) -> Iterator[str]:
    """Yields the verdict and which session and run it is of."""
    yield "<!-- pytest-maturity: agent -->"
    yield f"# {overview.headline(document)}"
    yield ""
    sessions = [make_session(one, document["run"]) for one in document["components"]]
    more = f" and {len(sessions) - SHOWN_SESSIONS} more" if len(sessions) > SHOWN_SESSIONS else ""
    shown = ", ".join(code(one, LONGEST_SESSION) for one in sessions[:SHOWN_SESSIONS]) + more
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
        yield from list_blockers(component, document["run"])
        yield from list_next(component, document["run"])
        yield from list_context(component)
        yield from list_changes(component)
        yield from list_decisions(component)
    if any(one["verdict"] != "PROMOTE" for one in document["components"]):
        yield from list_disguises(document)
    if any(one["unmet"] or one["next"]["unmet"] for one in document["components"]):
        yield from list_commands(document["run"])


def list_blockers(component: Component, run: Mapping[str, Any]) -> Iterator[Item]:
    """Yields what keeps a component from its target, the gaps and the failed tests first."""
    section = f"Blocks {code(component['name'])} from {code(component['target'])}"
    for number, one in enumerate(component["unmet"] if component["verdict"] != "PROMOTE" else ()):
        importance = 100 if one["gate"] in ("", "pass_rate") else 90
        yield Item(
            importance - min(number, 9),
            section,
            describe_unmet(component, one, component["target"]),
            tuple(list_details(component, one, component["target"], run)),
        )
    if component["install"] and component["verdict"] != "PROMOTE":
        commands = ", ".join(show_command(command_line(one)) for one in component["install"])
        yield Item(95, section, f"tools are missing, which makes their gates unknown; run: {commands}")


def list_next(component: Component, run: Mapping[str, Any]) -> Iterator[Item]:
    """Yields what the next stage needs, the cheapest first: that with the fewest findings; then what is new of it."""
    stage = component["next"]["stage"]
    if stage is None:
        return
    section = f"The cheapest way of {code(component['name'])} to {code(stage)}, the next stage"
    known = {one["gate"] for one in component["unmet"]} if component["verdict"] != "PROMOTE" else set()
    by_effort = sorted(
        component["next"]["unmet"], key=lambda one: (len(overview.list_places(component, one["gate"])), one["gate"])
    )
    is_choice = len(by_effort) > 1 or stage != component["target"]
    if is_choice and any(one["gate"] in known for one in by_effort):
        parts = (f"{code(one['gate'] or 'gap')} ({code(shorten_advice(one['summary']))})" for one in by_effort)
        yield Item(70, section, f"in this order: {', '.join(parts)}")
    new = [one for one in by_effort if one["gate"] not in known]
    for number, one in enumerate(new):
        details = tuple(list_details(component, one, stage, run))
        yield Item(70 - min(number, 9), section, describe_unmet(component, one, stage), details)


def shorten_advice(summary: str) -> str:
    """Returns the first part of a requirement's summary: `fix 3 findings`."""
    return shorten(summary.partition(";")[0], LONGEST_ADVICE)


def list_commands(run: Mapping[str, Any]) -> Iterator[Item]:
    """Yields the meaning of the checks, and the command that decides."""
    section = "Commands"
    meaning = "exit code 1 is failed, 3 is passed or unknown, as its last line says"
    yield Item(78, section, f"a `check` judges one gate and promotes nothing: {meaning}")
    command = show_command(shlex.join(run["command_line"])) if run["command_line"] else ""
    if command:
        yield Item(78, section, f"the verdict: {command}; exit code 0 is PROMOTE, 1 is HOLD, 3 is INCONCLUSIVE")


def show_command(text: str) -> str:
    """Returns a command as a code span; of a long one, where it is."""
    return code(text, LONGEST_COMMAND) if len(text) <= LONGEST_COMMAND else "too long for here, see the JSON report"


def make_check(component: Component, gate: str, stage: str, run: Mapping[str, Any]) -> str:
    """Returns the command that judges one gate by the policy of the run."""
    policy, words = [], list(run["command_line"])
    for number, word in enumerate(words):
        if word.partition("=")[0] in POLICY_OPTIONS:
            policy += words[number : number + 1 + ("=" not in word)]
    options = {"component": component["name"], "target": stage, "gate": gate}
    asked = (part for key, value in options.items() for part in (f"--maturity-{key}", value))
    return shlex.join(["pytest", *asked, *policy])


def describe_unmet(component: Component, unmet: Mapping[str, Any], stage: str) -> str:
    """Returns a requirement that a stage does not meet, with its number and threshold, in one line."""
    gate = next((one for one in component["gates"] if one["gate"] == unmet["gate"]), None)
    if gate is None:
        return code(unmet["summary"])
    judged = gate["stages"].get(stage)
    bound = f", needs {overview.show_number(judged['required'], gate)}" if judged is not None else ""
    return f"{code(overview.gate_name(gate))} {overview.show_value(gate)}{bound}: {code(unmet['summary'])}"


def list_details(component: Component, unmet: Mapping[str, Any], stage: str, run: Mapping[str, Any]) -> Iterator[str]:
    """Yields the command that checks a requirement again, then its findings, those of tests by their cause."""
    name = unmet["gate"].partition(".")[0]
    if name:
        yield f"check: {show_command(make_check(component, name, stage, run))}"
    if unmet.get("command"):
        yield f"show: {show_command(command_line(unmet['command']))}"
    found = [finding for gate in component["gates"] if gate["gate"] == unmet["gate"] for finding in gate["findings"]]
    causes = group_by_cause(Finding.from_dict(one) for one in found)
    for cause in causes:
        first, count = cause.first, plural(len(cause.tests), "test")
        yield f"{count}: {code(first.explanation)} at {code(first.location)}, first {code(first.test)}"
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
        named = list(left.items())[:8]
        parts = [f"{plural(count, 'line')} of {code(section.replace('`', ''), 80)}" for section, count in named]
        more = f" and of {plural(len(left) - 8, 'more section')}" if len(left) > 8 else ""
        yield ""
        yield f"Left out, and in the JSON report: {', '.join(parts)}{more}."
