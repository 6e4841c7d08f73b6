"""Parts about the results of one component of a JSON report: what to do next, gates, findings, lines, tests."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ...model.evidence import EndedTest, Outcomes
from ...model.history import RecordedGate, read_gate
from ...model.text import plural
from ..messages import command_line
from ..numbers import (
    SPACE,
    Difference,
    format_ranges,
    format_seconds,
    format_threshold,
    format_value,
    label_gate,
)
from .charts import draw_holes, draw_length, draw_share
from .markup import code, fold, limited, rows, sign, table, text
from .standing import describe_numbers

SHOWN_PLACES = 5  # of a step
SHOWN_FINDINGS = 20  # of a gate
SHOWN_TESTS = 50
SHOWN_SLOWEST = 10
SHOWN_FILES = 50
SHOWN_RANGES = 40
REST = "the JSON report"
NOTHING = "\N{EN DASH}"
Document = Mapping[str, Any]


# ── what to do next ──────────────────────────────────────────────────────────


def make_steps(component: Document) -> str:
    """Returns what keeps a component from its target, numbered, each with its places and command; else nothing."""
    target = component["target"]
    steps = [make_step(one, gate, target) for one, gate in pair_unmet(component)]
    return f'<ol class="steps">{"".join(f"<li>{step}</li>" for step in steps)}</ol>' if steps else ""


def pair_unmet(component: Document) -> Iterator[tuple[Document, Document | None]]:
    """Yields each reason why a component is not at its target, with the gate that it is about; None for a gap."""
    target = component["target"]
    waiting: dict[str, list[Document]] = {}
    for gate in component["gates"]:
        judged = gate["stages"].get(target)
        if judged is not None and judged["mode"] == "block" and judged["status"] in ("failed", "unknown"):
            waiting.setdefault(gate["gate"], []).append(gate)
    for one in component["unmet"]:
        found = waiting.get(one["gate"])
        yield one, found.pop(0) if found else None


def make_step(unmet: Document, gate: Document | None, target: str) -> str:
    """Returns one thing to do."""
    message = unmet["message"]
    places: list[str] = []
    label, numbers = "gap" if not unmet["gate"] else unmet["gate"].replace("_", " "), ""
    if gate is not None:
        recorded = read_gate(gate)
        label = label_gate(recorded)
        message = shorten_message(message, gate["findings"])
        if recorded.value is not None:
            numbers = f' <span class="dim">({describe_numbers(recorded, target)})</span>'
        places = limited([make_place(one) for one in gate["findings"]], SHOWN_PLACES, "“Findings” below")
    if unmet.get("command"):
        places.append(f'<span class="small dim">run: {code(command_line(unmet["command"]))}</span>')
    shown = "".join(f"<span>{place}</span>" for place in places)
    lines = f'<span class="places">{shown}</span>' if shown else ""
    return f"<b>{text(label)}: {text(message)}</b>{numbers}{lines}"


def shorten_message(message: str, findings: Sequence[Document]) -> str:
    """Returns a message without the first findings at its end: they have lines of their own."""
    if findings:
        first = findings[0]["test"] or findings[0]["path"]
        end = message.find(f": {first}") if first else -1
        if end > 0:
            return message[:end]
    return message


def make_place(finding: Document) -> str:
    """Returns where a finding is, and what was found."""
    rule = f" {text(finding['rule'], 120)}" if finding["rule"] and not finding["ranges"] else ""
    return f'{code(locate(finding))}{rule} <span class="dim">{text(finding["message"], 300)}</span>'


def locate(finding: Document) -> str:
    """Returns the test or the place of a finding: `a.py:7:3`, `a.py:5-8,10`."""
    if finding["test"]:
        return f"{finding['test']} {finding['raised_at']}".strip()
    if finding["ranges"]:
        numbers = [str(first) if first == last else f"{first}-{last}" for first, last in finding["ranges"]]
        more = f", and {len(numbers) - SHOWN_RANGES} more" if len(numbers) > SHOWN_RANGES else ""
        return f"{finding['path']}:{','.join(numbers[:SHOWN_RANGES])}{more}"
    numbers = [str(finding[key]) for key in ("line", "column") if finding[key] is not None]
    return ":".join([finding["path"], *numbers])


# ── gates ────────────────────────────────────────────────────────────────────


def make_gates(
    gates: Sequence[RecordedGate],
    notes: Sequence[str],
    ladder: Sequence[str],
    target: str,
    changes: Mapping[str, Difference],
    label: str,
    since: str = "",
) -> str:
    """Returns the table of all gates, in the order of the policy; `notes` say what was seen, `since` names the past."""
    stages = [(stage, "number target" if stage == target else "number other") for stage in ladder]
    heads = [
        ("gate", ""),
        ("measured", "number"),
        *((f"{stage} (target)" if stage == target else stage, kind) for stage, kind in stages),
        *([(f"since {since}", "change")] if changes else []),
        *([("what was seen", "note")] if any(notes) else []),
    ]
    lines = []
    for gate, note in zip(gates, notes, strict=True):
        cells = [
            text(label_gate(gate)),
            make_measured(gate, target),
            *(make_requirement(gate, stage) for stage in ladder),
        ]
        if changes:
            change = changes.get(gate.key)
            cells.append(f'<span class="{change.status}">{text(change.words)}</span>' if change is not None else "")
        if any(notes):
            cells.append(text(note, 1000))
        lines.append(cells)
    return table(heads, lines, label, "gates")


def make_measured(gate: RecordedGate, target: str) -> str:
    """Returns the number of a gate, marked where it keeps the component from its target."""
    shown = text(format_value(gate, gate.value))
    judged = gate.stages.get(target)
    status = judged.status.value if judged is not None and judged.mode == "block" else "passed"
    return shown if status == "passed" else f'<span class="{status} strong">{shown}</span>'


def make_requirement(gate: RecordedGate, stage: str) -> str:
    """Returns the threshold of a stage with the sign of its status; a dash where the stage does not ask."""
    judged = gate.stages.get(stage)
    if judged is None:
        return f'<span class="dim">{NOTHING}<span class="spoken"> not required</span></span>'
    warns = ' <span class="dim">warns</span>' if judged.mode == "warn" else ""
    return f"{text(format_threshold(gate, stage))}{warns} {sign(judged.status.value)}"


# ── findings ─────────────────────────────────────────────────────────────────


def make_findings(component: Document) -> str:
    """Returns the findings of each gate that are not about tests or coverage; nothing without any."""
    parts = []
    for data in component["gates"]:
        found = [one for one in data["findings"] if not one["test"] and not one["ranges"]]
        if not found:
            continue
        gate = read_gate(data)
        lines = [
            (code(locate(one)), text(one["rule"], 120) or NOTHING, text(one["message"], 1000))
            for one in found[:SHOWN_FINDINGS]
        ]
        heads = (("place", ""), ("rule", ""), ("message", "message"))
        left = len(found) - SHOWN_FINDINGS
        rest = f'<p class="small dim">and {left} more in {REST}</p>' if left > 0 else ""
        label = f"findings of {label_gate(gate)} in {component['name']}"
        shown = table(heads, lines, label, named=False) + rest
        is_met = data["status"] in ("passed", "waived", None)
        more = plural(len(found), "finding") + (", which do not block the target" if is_met else "")
        parts.append(fold(f"Findings of {text(label_gate(gate))}", more, shown))
    return "".join(parts)


# ── lines ────────────────────────────────────────────────────────────────────


def make_lines(component: Document, *, is_open: bool, lengths: Mapping[str, int] | None = None) -> str:
    """Returns the lines that no test executed, file by file, the worst first.

    `lengths` are the numbers of lines of the files, by their paths: where they are known, a strip shows where in the
    file the lines are, else a bar shows how many.
    """
    lengths = lengths or {}
    found = component["coverage"]
    if found["problem"]:
        return fold("Lines not covered", "unknown", f"<p>Coverage is unknown: {text(found['problem'], 1000)}</p>")
    files = [one for one in found["files"] if one["missing_lines"] or one["missing_branches"]]
    if not files:
        return ""
    files.sort(key=lambda one: (one["percent"] if one["percent"] is not None else 100, one["path"]))
    missing = sum(len(one["missing_lines"]) for one in files)
    lines = [
        (
            code(one["path"]),
            f"{format_percent(one['percent'])}",
            draw_missing(one, lengths),
            make_missing(one),
        )
        for one in files[:SHOWN_FILES]
    ]
    where = "where in the file" if any(one["path"] in lengths for one in files) else "not covered"
    heads = (("file", ""), ("covered", "number"), (where, ""), ("lines not covered", "message"))
    left = len(files) - SHOWN_FILES
    rest = f'<p class="small dim">and {plural(left, "file")} more in {REST}</p>' if left > 0 else ""
    more = f"{plural(missing, 'line')} in {len(files)} of {plural(len(found['files']), 'file')}"
    return fold(
        "Lines not covered",
        more,
        table(heads, lines, f"lines of {component['name']} that are not covered", named=False) + rest,
        is_open=is_open,
    )


def draw_missing(file: Document, lengths: Mapping[str, int]) -> str:
    """Returns where in a file the lines are that were not executed; their share where its length is not known."""
    if file["path"] in lengths:
        return draw_holes(file["missing_lines"], lengths[file["path"]])
    return draw_share(file["percent"]) if file["percent"] is not None else ""


def make_missing(file: Document) -> str:
    """Returns the lines of a file that were not executed, and how many branches were not taken."""
    ranges = format_ranges(file["missing_lines"]).split(", ") if file["missing_lines"] else []
    shown = ", ".join(ranges[:SHOWN_RANGES])
    left = len(ranges) - SHOWN_RANGES
    more = f" and {left} more ranges in {REST}" if left > 0 else ""
    branches = len(file["missing_branches"])
    taken = f"{plural(branches, 'branch')} not taken" if branches else ""
    lines = f"<code>{text(shown)}</code>{more}" if shown else ""
    return "; ".join(filter(None, (lines, taken)))


def format_percent(value: float | None) -> str:
    """Returns a share with one decimal place, rounded down."""
    if value is None:
        return "nothing to cover"
    return f"{int(value * 10 + 1e-9) / 10:g}{SPACE}%"


# ── tests ────────────────────────────────────────────────────────────────────


def make_tests(component: Document, outcomes: Outcomes | None = None) -> str:
    """Returns what the tests did: those that failed, those that were flaky; of `outcomes`, the slowest."""
    counts = component["outcomes"]
    words = [f"{counts['passed']} passed"]
    words += [
        f"{counts[key]} {key}" for key in ("failed", "error", "flaky", "skipped", "xfailed", "xpassed") if counts[key]
    ]
    failed = [
        f'{code(one["test"])} <span class="failed strong">✗ {text(one["outcome"])}</span> '
        f'{code(one["raised_at"]) if one["raised_at"] else ""} <span class="dim">{text(one["message"], 1000)}</span>'
        for one in component["tests_failed"]
    ]
    retried = [
        f'{code(one["test"])} <span class="unknown strong">R {text(one["outcome"])}</span> '
        f'<span class="dim">{text("; ".join(map(describe_attempt, one["attempts"])), 1000)}</span>'
        for one in component["retries"]["tests"]
    ]
    content = rows(limited(failed, SHOWN_TESTS, REST)) + rows(limited(retried, SHOWN_TESTS, REST))
    slowest = find_slowest(outcomes.tests if outcomes is not None else ())
    if slowest:
        words.append(f"slowest {format_seconds(slowest[0][1])}")
    if not counts["collected"]:
        return fold("Tests", "none", "<p>No test of this component was collected.</p>")
    empty = f"<p>{counts['completed']} of {counts['collected']} tests ran to their end; no failed or retried test.</p>"
    return fold("Tests", ", ".join(words), (content or empty) + make_slowest(slowest, component["name"]))


def find_slowest(tests: Sequence[EndedTest]) -> list[tuple[str, float]]:
    """Returns the slowest of the tests that were timed, each with its seconds, the slowest first."""
    timed = [(one.test, one.duration_s) for one in tests if one.duration_s is not None]
    return heapq.nsmallest(SHOWN_SLOWEST, timed, key=lambda one: (-one[1], one[0]))


def make_slowest(tests: Sequence[tuple[str, float]], component: str) -> str:
    """Returns the slowest tests of a component, the slowest first, with the seconds of all attempts."""
    if not tests:
        return ""
    longest = tests[0][1]
    lines = [(code(test), draw_length(seconds, longest), text(format_seconds(seconds))) for test, seconds in tests]
    heads = (("test", ""), ("of the slowest", ""), ("took", "number"))
    shown = table(heads, lines, f"the slowest tests of {component}", "tight", named=False)
    return f"<h3>Slowest</h3>{shown}"


def describe_attempt(attempt: Document) -> str:
    """Returns how an attempt ended, in words: `attempt 1 failed with OSError after 1.2 s`."""
    what = f" with {attempt['exception']}" if attempt["exception"] else ""
    return f"attempt {attempt['number']} {attempt['outcome']}{what} after {format_seconds(attempt['duration_s'])}"


def make_suppressions(component: Document) -> str:
    """Returns the comments and marks that silence a tool or a test; nothing without any."""
    found = component["suppressions"]["found"]
    if not found:
        return ""
    items = [f"{code(place_of(one))} {text(one['text'], 300)}" for one in found]
    return fold("Suppressions", str(len(found)), rows(limited(items, SHOWN_FINDINGS, REST)))


def place_of(one: Document) -> str:
    """Returns the path and the line of a suppression."""
    return f"{one['path']}:{one['line']}" if one["line"] is not None else str(one["path"])
