"""Text of others inside of Markdown: it stands in code spans alone, where no markup, link or name comes alive."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

from ...model.text import plural

LONGEST = 400  # characters of one text


def code(text: str, longest: int = LONGEST) -> str:
    """Returns a text as a code span, whatever it holds."""
    shown = shorten(text, longest) or " "
    fence = "`" * (max((len(one) for one in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def shorten(text: str, longest: int = LONGEST) -> str:
    """Returns a text of one line that is not longer than `longest`."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def code_html(text: str) -> str:
    """Returns a text as code inside of an HTML element."""
    return f"<code>{escape(shorten(text))}</code>"


def cell(text: str) -> str:
    """Returns Markdown for a cell of a table: a bar would end it, in code spans, too."""
    return text.replace("|", r"\|")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Yields the lines of a table; the columns with the indices `right` are aligned to the right."""
    yield f"| {' | '.join(map(cell, head))} |"
    yield "|" + "|".join("--:" if number in right else "---" for number in range(len(head))) + "|"
    for row in rows:
        yield f"| {' | '.join(map(cell, row))} |"


def fold(summary: str, lines: Iterable[str]) -> Iterator[str]:
    """Yields a block that is folded until a reader opens it; `summary` is HTML."""
    yield f"<details><summary>{summary}</summary>"
    yield ""
    yield from lines
    yield ""
    yield "</details>"


def cut_folds(top: str, folds: Sequence[str], footer: str, limit: int) -> str:
    """Returns all parts as one text of at most `limit` characters: of a longer one, the last folds are left out.

    It says so. Where the top alone is too long, it ends with its last line that fits.
    """
    end = f"\n\n{footer}\n"
    room = limit - len(top) - len(end) - len(describe_left(len(folds)))
    kept = []
    for one in folds:
        room -= len(one) + 1
        if room < 0:
            break
        kept.append(one)
    left = describe_left(len(folds) - len(kept)) if len(kept) < len(folds) else ""
    if (too_long := len(top) + len(left) + len(end) - limit) > 0:
        top = top[: max(0, len(top) - too_long)].rpartition("\n")[0]
    return "\n".join([top, *kept]) + left + end


def describe_left(count: int) -> str:
    """Returns how many parts are left out, in a line of its own."""
    return f"\n*{plural(count, 'more part')} would be too long: see the report.*"
