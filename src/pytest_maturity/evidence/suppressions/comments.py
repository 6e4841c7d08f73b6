"""Finds comments that silence a tool, by the tools' own grammars."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from ...model.suppressions import Suppression
from ...model.syntax import parse_source
from .statements import CommentReader

# Each match counts, and a comment may have several. Every pattern begins as such a comment does, so a search in a whole
# source shows whether there can be one. Case is ignored where the tool ignores it.
DIRECTIVES = {
    "noqa": (
        r"#\s*(?:(?:ruff|flake8)\s*[:=]\s*)?(?i:noqa)(?![\w-])",
        r"#\s*ruff\s*:\s*(?:ignore|disable|file-ignore)\s*\[",
        r"#\s*(?:ruff\s*:\s*)?isort\s*:\s*(?:skip|off)",
        r"#.*?\bpylint:\s*(?:disable|skip-file)",
    ),
    "type_ignore": (
        r"#\s*(?:pyright|ty)\s*:\s*ignore(?![\w-])",
        r"#\s*(?:type|pyrefly)\s*:\s*ignore(?:-errors)?(?![\w-])",
        r"#\s*mypy:.*?\b(?:ignore[-_](?:errors|missing[-_]imports)(?!\s*=\s*(?i:false))|disable[-_]error[-_]code)",
        # Other rules for a whole file; `strict` and `=error` make them stricter.
        r"#\s*pyright:(?:[^#\n]*,)?\s*(?:basic|standard|off|\w+\s*=\s*(?:false|none|hint|information|warning))\b",
    ),
    "nosec": (
        r"#\s*nosec",
        r"(?:#|//|--|')[ \t]*pragma: ?(?:allow|white)list[ -](?:nextline[ -])?secret",
    ),
    "no_cover": (r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER|branch|BRANCH)",),
}
PATTERNS = [(kind, re.compile(one)) for kind, patterns in DIRECTIVES.items() for one in patterns]


def find_comments(text: str, path: str) -> Iterator[Suppression]:
    """Yields the suppressions in the comments of a source; the same text in a string is none.

    A source is parsed only if a pattern matches anywhere in it, and only the matching statements are tokenized. Raises
    TokenError and what `parse_source` raises.
    """
    wanted = [(kind, pattern) for kind, pattern in PATTERNS if pattern.search(text)]
    if not wanted:
        return
    reader = CommentReader(text, parse_source(text, path))
    for line in find_matching_lines(text, [pattern for _, pattern in wanted]):
        comment = reader.comment_in(line)
        for kind, pattern in wanted:
            for _ in pattern.finditer(comment):
                yield Suppression(kind=kind, path=path, line=line, text=comment)


def find_matching_lines(text: str, patterns: Iterable[re.Pattern[str]]) -> list[int]:
    """Returns the lines that a match of one of the patterns covers, also in strings."""
    ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
    found: set[int] = set()
    for match in (match for pattern in patterns for match in pattern.finditer(text)):
        found.update(range(bisect_right(ends, match.start()) + 1, bisect_right(ends, match.end() - 1) + 2))
    return sorted(found)
