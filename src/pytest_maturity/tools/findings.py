"""What the gates that run a tool share: paths to pass, whose file a finding is in, words for the report."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from ..model.evidence import Component, Evidence, Finding, ToolResult
from ..model.gates import Context, Measurement, Requirement
from ..model.text import plural, safe

NOT_WALKED = ("node_modules", "__pycache__")


class UnclearError(Exception):
    """A tool's answer proves nothing; the message says what happened and what would mend it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a tool said about every file it was given: paths are absolute or start at the root.

    `seen` are the files it says it looked at. A tool that only counts them leaves it None and sets `count`.
    """

    tool: str
    findings: Sequence[Finding] = ()
    seen: Collection[str] | None = None
    count: int = 0
    note: str = ""


def passed_paths(components: Iterable[Component], context: Context) -> tuple[str, ...]:
    """The sources of all components as arguments, each once: from the root where they are below it."""
    paths = (context.relative(source) for component in components for source in component.sources)
    return tuple(dict.fromkeys(f"./{path}" if path.startswith("-") else path for path in paths))


def heard(evidence: Evidence, key: str, tool: str) -> ToolResult:
    """The tool's complete answer; raises UnclearError where it did not run or cannot be trusted."""
    result = evidence.tools.get(key)
    if result is None:
        raise UnclearError(f"{tool} was not run")
    if result.problem:
        raise UnclearError(result.problem if tool in result.problem else f"{tool}: {result.problem}")
    return result


def json_of(result: ToolResult, tool: str, quote: bool = True) -> Any:
    """The one JSON document that is the whole output; raises UnclearError where there is anything else.

    `quote` is False for a tool whose output holds secrets.
    """
    try:
        return json.loads(result.stdout)
    except (ValueError, RecursionError):
        said = f"{excerpt(result.stdout)}, not JSON{last_words(result.stderr)}" if quote else "no JSON"
        raise UnclearError(f"{tool} printed {said}") from None


def excerpt(text: str) -> str:
    """The first line of `text` in quotes, or `nothing`."""
    lines = text.strip().splitlines()
    return repr(safe(lines[0], 80)) if lines else "nothing"


def last_words(stderr: str) -> str:
    lines = stderr.strip().splitlines()
    return f": {safe(lines[-1], 300)}" if lines else ""


@cache  # a tool names the same files again for every component
def place(root: Path, path: str | Path) -> str:
    """One spelling for a file, however a tool or a link writes it."""
    try:
        return os.path.normcase(os.path.realpath(root / str(path)))
    except ValueError:  # a NUL: no file of ours
        return str(path)


def own_files(evidence: Evidence, context: Context) -> dict[str, str]:
    """The component's files: place -> path from the root; raises UnclearError where it has none."""
    files = {place(context.root, path): context.relative(path) for path in evidence.component.files}
    if not files:
        raise UnclearError("the component has no Python files")
    return files


def own_measurement(said: Said, evidence: Evidence, context: Context) -> Measurement:
    """The number of findings in the component's files, if the tool proves that it looked at them."""
    files = own_files(evidence, context)
    findings = [
        replace(finding, path=files[where])
        for finding in said.findings
        if (where := place(context.root, finding.path)) in files
    ]
    if said.seen is None:
        looked_at = plural(said.count, "file")
    else:
        seen = files.keys() & {place(context.root, path) for path in said.seen}
        if not seen:
            raise UnclearError(nothing_seen(said.tool, len(files)))
        looked_at = plural(len(files), "file")
        if len(seen) < len(files):
            looked_at = f"{len(seen)} of {looked_at}, the others are excluded by its configuration"
    findings.sort(key=lambda finding: (finding.path, finding.line or 0, finding.column or 0))
    note = ", ".join(filter(None, (said.tool, said.note, looked_at)))
    return Measurement(len(findings), note, tuple(findings))


def nothing_seen(tool: str, files: int) -> str:
    """What to say when there is no proof that one of the component's `files` was analysed."""
    words = f"{tool} looked at none of the component's {plural(files, 'file')}"
    return f"{words}: does its configuration exclude them?"


def text_of(path: Path) -> str:
    """The file's text, empty where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def python_files(root: Path, paths: Iterable[str]) -> Iterator[str]:
    """Every .py and .pyi file below `paths`, without hidden folders."""
    for path in paths:
        if (root / path).is_file():
            yield place(root, path)
        for folder, folders, names in os.walk(root / path):
            folders[:] = [name for name in folders if name[0] != "." and name not in NOT_WALKED]
            yield from (place(root, Path(folder, name)) for name in names if name.endswith((".py", ".pyi")))


def from_one(number: object) -> int | None:
    """A line or column as the report counts it, or None where the tool gave none."""
    return number if isinstance(number, int) and not isinstance(number, bool) and number > 0 else None


def advice(
    evidence: Evidence, measurement: Measurement, requirement: Requirement, *, key: str, what: str, run: str
) -> str:
    """`fix 3 of 5 findings: src/a.py:88 F401, ...; run: ruff check src/a`, or why nothing could be told."""
    found = [one for one in measurement.findings if not requirement.line or one.severity == requirement.line]
    value = measurement.breakdown.get(requirement.line) if requirement.line else measurement.value
    if value is None:
        return measurement.note
    excess = math.ceil(value - requirement.threshold)
    amount = plural(len(found), what) if excess >= len(found) else f"{excess} of {plural(len(found), what)}"
    places = ", ".join([f"{one.location} {one.rule}".strip() for one in found[:3]] + ["..."][: len(found) > 3])
    return f"fix {amount}: {places}; run: {' '.join((run, *own_paths(evidence, key)))}"


def own_paths(evidence: Evidence, key: str) -> list[str]:
    """The component's sources as they were written in the tool's command line."""
    result = evidence.tools.get(key)
    arguments = dict.fromkeys(result.argv[1:] if result else ())
    sources = [source.parts for source in evidence.component.sources]
    return [
        argument
        for argument in arguments
        if (parts := Path(argument).parts) and any(source[-len(parts) :] == parts for source in sources)
    ]
