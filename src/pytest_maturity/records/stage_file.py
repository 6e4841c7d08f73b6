"""The stage file of a component: a generated block with its recorded stage, in a Markdown file of people."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..model.gates import Status
from ..model.history import RecordedGate, RecordedRequirement
from ..model.names import PLACEHOLDER, insert_name
from ..model.text import decimal_places, format_number, safe
from ..tools.files import replace_file
from .audit import Entry

BEGIN = "<!-- maturity: begin; `pytest-maturity record` writes what stands up to the end -->"
END = "<!-- maturity: end -->"
BLOCK = re.compile(r"^<!-- maturity: begin\b.*?^<!-- maturity: end -->", re.MULTILINE | re.DOTALL)
MARKER = re.compile(r"<!--\s*maturity\s*:", re.IGNORECASE)
MARKS = {Status.PASSED: "✓", Status.WAIVED: "~", Status.FAILED: "✗", Status.UNKNOWN: "?"}
SHOWN_COMMIT = 12  # digits


class StageFileError(Exception):
    """A stage file cannot be read or written; the message says why, and is safe to print."""


def find_path(root: Path, pattern: str, component: str) -> Path:
    """Returns the path of a component's stage file. Raises StageFileError for one that leads out of the project."""
    path = root / insert_name(pattern, component)
    is_inside = path.parent.resolve() / path.name == Path(*path.parts) and ".." not in path.parts
    if not is_inside or path.is_symlink():
        raise StageFileError(f"{safe(str(path), 300)} is a link, or lies outside of the project")
    return path


def list_paths(root: Path, pattern: str) -> Iterator[tuple[Path, str]]:
    """Yields the stage files that exist, each with the name that stands in its path."""
    before, _, after = pattern.partition(PLACEHOLDER)
    for path in sorted(root.glob(pattern.replace(PLACEHOLDER, "*"))):
        name = path.relative_to(root).as_posix()
        yield path, name[len(before) : len(name) - len(after)].partition("/")[0]


def render_block(entry: Entry, ladder: Sequence[str]) -> str:
    """Returns the block that shows a decision: the stage, every gate against its threshold, and what the next needs."""
    decision = entry.decision
    stage = decision.stage
    commit = f", commit {decision.commit[:SHOWN_COMMIT]}" if decision.commit else ""
    dirty = " with uncommitted changes" if commit and decision.dirty else ""
    word = "promoted" if decision.kind == "promotion" else "demoted"
    shown_stage = cell(stage) if stage is not None else "none"
    lines = [
        BEGIN,
        "",
        f"Stage: **{shown_stage}**, {word} on {cell(decision.time[:10])}{commit}{dirty}.",
        "",
    ]
    above = list(ladder[ladder.index(stage) + 1 :]) if stage in ladder else list(ladder)
    shown = [one for one in (stage, *above[:1]) if one is not None]
    if decision.gates and shown:
        lines.append(f"| gate | measured | {' | '.join(map(cell, shown))} |")
        lines.append(f"|---|---|{'---|' * len(shown)}")
        for gate in decision.gates:
            cells = [format_requirement(gate, gate.stages.get(one)) for one in shown]
            kinds = f" ({', '.join(gate.kinds)})" if gate.kinds else ""
            unit = f" {gate.unit}" if gate.unit and gate.value is not None else ""
            value = format_number(gate.value, gate.better) + unit
            lines.append(f"| {cell(gate.name + kinds)} | {cell(value)} | {' | '.join(cells)} |")
        lines.append("")
        waived = [
            f"* {cell(gate.name)} at {cell(one)}: {cell(text)}"
            for gate in decision.gates
            for one in shown
            for text in gate.list_waived(one)
        ]
        lines += ["Waived:", "", *waived, ""] if waived else []
    if above:
        blockers = [cell(gate.name) for gate in decision.gates if is_blocked(gate.stages.get(above[0]))]
        needs = ", ".join(dict.fromkeys(blockers)) or "nothing that was measured"
        lines += [f"In the way of {cell(above[0])}: {needs}.", ""]
    return "\n".join([*lines, f"Record: {decision.id}", "", END])


def format_requirement(gate: RecordedGate, requirement: RecordedRequirement | None) -> str:
    """Returns a threshold with its mark: `70 ✓`."""
    if requirement is None:
        return "-"
    warn = "warn " if requirement.mode == "warn" else ""
    threshold = format_number(requirement.threshold, gate.better, decimal_places(requirement.threshold))
    return f"{warn}{threshold} {MARKS[requirement.status]}"


def is_blocked(requirement: RecordedRequirement | None) -> bool:
    """Whether a requirement keeps a component from its stage."""
    is_met = requirement is None or requirement.status in (Status.PASSED, Status.WAIVED)
    return not is_met and requirement is not None and requirement.mode == "block"


def cell(text: str) -> str:
    """Returns text that is harmless in Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>|#!])", r"\\\1", safe(text, 200))


def write_block(path: Path, block: str, component: str) -> None:
    """Puts a block in place of the one in the file, else at its end; the rest stays. Raises StageFileError."""
    try:
        text = path.read_text("utf-8") if path.exists() else f"# Maturity of {cell(component)}\n"
    except (OSError, ValueError) as error:
        raise StageFileError(f"{safe(str(path), 300)} cannot be read: {safe(str(error), 200)}") from error
    found = read_block(path, text)
    new = text.replace(found, block) if found else f"{text.rstrip()}\n\n{block}\n"
    if new == text and path.exists():
        return
    try:
        replace_file(path, new)
    except OSError as error:
        raise StageFileError(f"{safe(str(path), 300)} cannot be written: {error.strerror}") from error


def read_block(path: Path, text: str) -> str:
    """Returns the block in the text of a stage file; empty without one. Raises StageFileError for broken markers."""
    blocks = BLOCK.findall(text)
    if len(blocks) > 1 or len(MARKER.findall(text)) != 2 * len(blocks):
        raise StageFileError(f"{safe(str(path), 300)}: its markers {END} and the one at the begin are not a pair")
    return blocks[0] if blocks else ""


def check_file(path: Path, component: str, entries: Sequence[Entry], ladder: Sequence[str]) -> str:
    """Returns what a stage file claims and no record proves; empty where the records prove its block.

    `entries` are the decisions about the component that count, the latest last.
    """
    name = safe(str(path), 300)
    try:
        block = read_block(path, path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        return f"{name} cannot be read: {safe(str(error), 200)}"
    except StageFileError as error:
        return str(error)
    if not block or (entries and block == render_block(entries[-1], ladder)):
        return ""
    if any(block == render_block(entry, ladder) for entry in entries):
        return f"{name} is older than the last decision about {safe(component, 60)}"
    return f"{name} claims what no record proves"
