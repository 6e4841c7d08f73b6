"""Text of others inside of Markdown: it stands in code spans alone, where no markup, link or name comes alive."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape

LONGEST = 400  # characters of one text


def code(text: str) -> str:
    """Returns a text as a code span, whatever it holds."""
    shown = shorten(text) or " "
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


def block(lines: Iterable[str], longest: int = LONGEST) -> Iterator[str]:
    """Yields lines of plain text as a block of code, which nothing in them can end."""
    shown = [shorten(one, longest) for one in lines]
    fence = "`" * max(3, max((len(one) for line in shown for one in re.findall("`+", line)), default=0) + 1)
    yield f"{fence}text"
    yield from shown
    yield fence
