"""Comments that tell a tool to overlook something, by the tools' own grammars."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import StringIO
from tokenize import COMMENT, generate_tokens

from ..suppression import Suppression
from .marks import parse

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
    """What the comments of a source suppress; a string with such words in it is no comment. Raises what `parse` raises.

    Only a source that holds such words anywhere is parsed and read token by token.
    """
    wanted = [(kind, pattern) for kind, pattern in PATTERNS if pattern.search(text)]
    if not wanted:
        return
    parse(text, path)  # what is no Python may still fall into tokens, and not the same ones in every version
    for token in generate_tokens(StringIO(text).readline):
        for kind, pattern in wanted if token.type == COMMENT else ():
            for _ in pattern.finditer(token.string):
                yield Suppression(kind=kind, path=path, line=token.start[0], text=token.string)
