"""The source lines on the page of a run: those that no test executed, and those with findings."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from ...model.history import read_gate
from ...model.light_dataclass import light_dataclass
from ...model.text import plural
from ..numbers import label_gate
from .markup import SIGNS, code, fold, text

SHOWN_LINES = 200  # of a component
SHOWN_OF_FILE = 60
LONGEST = 200  # characters of a line
LINE_END = re.compile(r"\r\n|\r|\n")
WITHHELD = "not shown: what a security gate found may be a secret"
Document = Mapping[str, Any]
Sources = Mapping[str, "tuple[str, ...]"]


@light_dataclass(frozen=True, slots=True)
class Marks:
    """The marks in a file: lines that no test executed, messages by line, and lines that may hold a secret."""

    missing: set[int]
    messages: dict[int, list[str]]
    withheld: set[int]

    @property
    def lines(self) -> set[int]:
        """All lines that are marked."""
        return self.missing | self.messages.keys()


def read_sources(component: Document, root: Path) -> dict[str, tuple[str, ...]]:
    """Returns the lines of each file with a mark, by its path; none of a file that is not as it was judged."""
    found = {}
    for path in find_marks(component):
        try:
            content = (root / path).read_bytes()
        except (OSError, ValueError):
            continue
        if sha256(content).hexdigest() == component["files"].get(path):
            found[path] = tuple(LINE_END.split(decode(content)))
    return found


def decode(content: bytes) -> str:
    """Returns the text of a source file in its own encoding, with marks for what is not text in it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        return content.decode(encoding, "replace")
    except (SyntaxError, LookupError):
        return content.decode("utf-8", "replace")


def find_marks(component: Document) -> dict[str, Marks]:
    """Returns what is marked in each file: those with the smallest share of covered lines first, then by path."""
    files = [one for one in component["coverage"]["files"] if one["missing_lines"]]
    files.sort(key=lambda one: (one["percent"] if one["percent"] is not None else 100, one["path"]))
    found = {one["path"]: Marks({*one["missing_lines"]}, {}, set()) for one in files}
    for data in component["gates"]:
        label = label_gate(read_gate(data))
        for one in data["findings"]:
            if one["test"] or one["ranges"] or not one["line"]:
                continue
            marks = found.setdefault(one["path"], Marks(set(), {}, set()))
            messages = marks.messages.setdefault(one["line"], [])
            message = " ".join(filter(None, (f"{label}:", one["rule"], one["message"])))
            if message not in messages:
                messages.append(message)
            if data["gate"].partition(".")[0] == "security":
                marks.withheld.add(one["line"])
    return found


def make_sources(component: Document, sources: Sources) -> str:
    """Returns a folded part for each file, with its marked lines; nothing where no file was read."""
    parts, unread, left_out = [], [], []
    room = SHOWN_LINES
    for path, marks in find_marks(component).items():
        lines = sources.get(path)
        numbers = sorted(number for number in marks.lines if lines is not None and number <= len(lines))
        if lines is None:
            unread.append(path)
        elif room <= 0:
            left_out.append(path)
        elif numbers:
            by_importance = sorted(numbers, key=lambda number: (number not in marks.messages, number))
            chosen = sorted(by_importance[: min(room, SHOWN_OF_FILE)])
            room -= len(chosen)
            label = f"marked lines of {path} in {component['name']}"
            parts.append(make_file(path, lines, marks, chosen, len(numbers), label))
    if not parts:
        return ""
    if left_out:
        words = f"At most {SHOWN_LINES} lines of a component are shown, none of {plural(len(left_out), 'more file')}."
        parts.append(f'<p class="small dim">{words}</p>')
    changed = [path for path in unread if path in component["files"]]
    if changed:
        names = ", ".join(map(code, changed[:5])) + (f" and {len(changed) - 5} more" if len(changed) > 5 else "")
        parts.append(f'<p class="small dim">Not shown, because it is not as it was judged: {names}.</p>')
    return "".join(parts)


def make_file(path: str, lines: Sequence[str], marks: Marks, chosen: Sequence[int], whole: int, label: str) -> str:
    """Returns the marked lines of a file, each with its number, its sign and what was found there."""
    findings = sum(map(len, marks.messages.values()))
    words = [f"{plural(len(marks.missing), 'line')} not covered"] if marks.missing else []
    words += [plural(findings, "finding")] if findings else []
    left = whole - len(chosen)
    rest = f'<p class="small dim">and {plural(left, "more marked line")} in the file</p>' if left > 0 else ""
    width = len(str(chosen[-1]))
    shown = "\n".join(make_lines(lines, marks, chosen, width))
    key = "✗ no test executed the line. ! something was found there." if findings else "No test executed these lines."
    return fold(
        code(path),
        ", ".join(words),
        f'<p class="small dim">{key}</p>'
        f'<pre class="source" tabindex="0" role="region" aria-label="{text(label)}">{shown}</pre>{rest}',
    )


def make_lines(lines: Sequence[str], marks: Marks, chosen: Sequence[int], width: int) -> Iterable[str]:
    """Yields the lines of a listing; three dots stand for lines between them that are not marked."""
    before = chosen[0] - 1
    indent = " " * (width + 5)
    for number in chosen:
        if number > before + 1:
            yield f'<span class="dim">{" " * (width + 1)}…</span>'
        before = number
        sign = f"{SIGNS['failed'] if number in marks.missing else ' '}{'!' if number in marks.messages else ' '}"
        shown = WITHHELD if number in marks.withheld else lines[number - 1].expandtabs(4).rstrip()
        is_dim = ' class="dim"' if number in marks.withheld else ""
        yield (
            f'<span class="failed">{sign}</span> <span class="dim">{number:>{width}}</span>  '
            f"<bdi{is_dim}>{text(shown, LONGEST)}</bdi>"
        )
        for message in marks.messages.get(number, ()):
            yield f'<span class="failed">{indent}! <bdi>{text(message, LONGEST)}</bdi></span>'
