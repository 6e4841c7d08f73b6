"""Comments that tell a tool to overlook something, by the tools' own grammars."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from ...model.suppressions import Suppression
from ...model.syntax import parse_source
from .statements import Comments

# Each match is one: a comment may hold several. Every expression begins with what begins such a comment, so that a
# search in a whole source tells whether there can be one. Letters are matched in either case where the tool does.
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
        # A whole file judged by other rules; `strict` and `=error` ask for more.
        r"#\s*pyright:(?:[^#\n]*,)?\s*(?:basic|standard|off|\w+\s*=\s*(?:false|none|hint|information|warning))\b",
    ),
    "nosec": (
        r"#\s*nosec",
        r"(?:#|//|--|')[ \t]*pragma: ?(?:allow|white)list[ -](?:nextline[ -])?secret",
    ),
    "no_cover": (r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER|branch|BRANCH)",),
}
PATTERNS = [(kind, re.compile(one)) for kind, patterns in DIRECTIVES.items() for one in patterns]


def comments(text: str, path: str) -> Iterator[Suppression]:
    """What the comments of a source suppress; a string with such words in it is no comment.

    Only a source that holds such words anywhere is parsed, and only the statements that hold them are read token by
    token. Raises what `parse_source` and the tokenizer raise.
    """
    wanted = [(kind, pattern) for kind, pattern in PATTERNS if pattern.search(text)]
    if not wanted:
        return
    known = Comments(text, parse_source(text, path))
    for line in lines_of(text, [pattern for _, pattern in wanted]):
        comment = known.at(line)
        for kind, pattern in wanted:
            for _ in pattern.finditer(comment):
                yield Suppression(kind=kind, path=path, line=line, text=comment)


def lines_of(text: str, patterns: Iterable[re.Pattern[str]]) -> list[int]:
    """The lines that a match of one of the patterns touches, wherever in the source."""
    ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
    found: set[int] = set()
    for match in (match for pattern in patterns for match in pattern.finditer(text)):
        found.update(range(bisect_right(ends, match.start()) + 1, bisect_right(ends, match.end() - 1) + 2))
    return sorted(found)
