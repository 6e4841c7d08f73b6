"""Pieces of HTML: foreign text made inert, names, places, signs and badges."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence
from html import escape

from ...model.text import LONGEST_LINE, safe

LONGEST_NAME = 300
# The sign of each status, and the words that a screen reader says instead.
SIGNS = {"passed": "✓", "failed": "✗", "unknown": "?", "waived": "~"}
VERDICT_SIGNS = {"PROMOTE": "✓", "HOLD": "✗", "INCONCLUSIVE": "?", "INCOMPLETE": "?"}
BREAK = re.compile(r"(?<=/)(?=.)|(?<=\w)(?=::)")
NOT_IN_ID = re.compile(r"[^A-Za-z0-9_-]")


def text(value: str, limit: int = LONGEST_LINE) -> str:
    """Returns foreign text as HTML that shows it, in one line of visible characters."""
    return escape(safe(value, limit))


def name(value: str) -> str:
    """Returns a name as HTML, which does not turn the direction of the text around it."""
    return f"<bdi>{text(value, LONGEST_NAME)}</bdi>"


def code(value: str, limit: int = LONGEST_LINE) -> str:
    """Returns a path, node id or command as HTML, which may break after a slash and before `::`."""
    parts = BREAK.split(safe(value, limit))
    return f"<code>{'<wbr>'.join(map(escape, parts))}</code>"


def command(words: Sequence[str]) -> str:
    """Returns an argument list as HTML, quoted for a shell."""
    return code(shlex.join(words))


def make_id(component: str, prefix: str = "c-") -> str:
    """Returns the id of what is about a component: two names never have the same one."""
    return prefix + NOT_IN_ID.sub(lambda found: f".{ord(found[0]):x}.", component)


def sign(status: str) -> str:
    """Returns the sign of a status with its word for screen readers."""
    return f'<span class="{status} strong">{SIGNS[status]}<span class="spoken"> {status}</span></span>'


def badge(verdict: str, *, has_sign: bool = False) -> str:
    """Returns the badge of a verdict; in a list, it has a sign."""
    mark = f"{VERDICT_SIGNS[verdict]} " if has_sign else ""
    return f'<span class="verdict {verdict}">{mark}{verdict}</span>'


def fold(summary: str, more: str, content: str, *, is_open: bool = False) -> str:
    """Returns a part that opens: `summary` and `more` stand in the line that is always seen."""
    state = " open" if is_open else ""
    return f'<details{state}><summary>{summary} <span class="dim">{more}</span></summary>{content}</details>'


def table(
    heads: Sequence[tuple[str, str]], rows: Iterable[Sequence[str]], label: str, kind: str = "", *, named: bool = True
) -> str:
    """Returns a table whose first column names its rows.

    `heads` are the text and the class of each column. Roles are explicit: on a narrow screen the rows are stacked, and
    a browser takes a stacked table for no table. `named` is whether stacked cells repeat the head of their column.
    """
    columns = "".join(f'<th scope="col" role="columnheader"{make_class(own)}>{text(head)}</th>' for head, own in heads)
    lines = []
    for first, *rest in rows:
        cells = "".join(
            f'<td role="cell"{make_class(own)}{make_head(head, cell) if named else ""}>{cell}</td>'
            for (head, own), cell in zip(heads[1:], rest, strict=True)
        )
        lines.append(f'<tr role="row"><th scope="row" role="rowheader">{first}</th>{cells}</tr>')
    body = "".join(lines)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{text(label)}">'
        f'<table class="{f"{kind} flat".strip()}" role="table">'
        f'<thead role="rowgroup"><tr role="row">{columns}</tr></thead>'
        f'<tbody role="rowgroup">{body}</tbody></table></div>'
    )


def make_class(names: str) -> str:
    """Returns the attribute `class`, nothing for no class."""
    return f' class="{names}"' if names else ""


def make_head(head: str, cell: str) -> str:
    """Returns the attribute with the head of a cell that has content."""
    return f' data-head="{text(head)}"' if cell else ""


def rows(items: Iterable[str], kind: str = "") -> str:
    """Returns a list with a line between its items; nothing of nothing."""
    found = "".join(f"<li>{item}</li>" for item in items)
    return f'<ul class="{f"rows {kind}".strip()}">{found}</ul>' if found else ""


def limited(items: Sequence[str], most: int, rest: str) -> list[str]:
    """Returns the first items, and in how many more there are and where: `and 3 more in REST`."""
    if len(items) <= most:
        return list(items)
    return [*items[:most], f'<span class="dim">and {len(items) - most} more in {rest}</span>']
