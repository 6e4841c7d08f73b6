"""Finds comments that silence a tool, by the tools' own grammars."""

from __future__ import annotations

import ast
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from ...model.suppressions import Suppression
from .source import Source
from .statements import CommentReader

# Each match counts, and a comment may have several. Every pattern begins as such a comment does, so a search in a whole
# source shows whether there can be one. Case is ignored where the tool ignores it.
DIRECTIVES = {
    "noqa": (
        r"#\s*(?:(?:ruff|flake8)\s*[:=]\s*)?(?i:noqa)(?![\w-])",
        r"#\s*ruff\s*:\s*(?:ignore|disable|file-ignore)\s*\[",
        r"#\s*(?:ruff\s*:\s*)?isort\s*:\s*(?:skip|off)",
        r"#\s*deptry\s*:\s*ignore(?![\w-])",
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
    "fmt": (r"#\s*(?:fmt:\s*(?:off|skip)|yapf:\s*disable)(?![\w-])",),
    "no_cover": (r"#\s*(?:pragma|PRAGMA)[:\s]?\s*(?:no|NO)\s*(?:cover|COVER|branch|BRANCH)",),
}
# coverage.py and detect-secrets search the text of a line: a string is as good as a comment.
IN_ANY_TEXT = (DIRECTIVES["nosec"][1], *DIRECTIVES["no_cover"])
LONGEST_TEXT = 200
PATTERNS = [(kind, re.compile(one)) for kind, patterns in DIRECTIVES.items() for one in patterns]
TEXTUAL = {pattern for _, pattern in PATTERNS if pattern.pattern in IN_ANY_TEXT}


def find_comments(source: Source) -> Iterator[Suppression]:
    """Yields the suppressions in the comments of a source, and those in strings that their tools do not tell apart.

    A source is parsed only if a pattern matches anywhere in it, and only the matching statements are tokenized. Raises
    TokenError and what `parse_source` raises.
    """
    text = source.text
    wanted = [(kind, pattern) for kind, pattern in PATTERNS if pattern.search(text)]
    if not wanted:
        return
    reader, lines = CommentReader(text, source.tree), text.split("\n")
    harmless = find_docstring_lines(source.nodes, lines)
    for line in find_matching_lines(text, [pattern for _, pattern in wanted]):
        comment = reader.comment_in(line)
        for kind, pattern in wanted:
            in_comment = [comment for _ in pattern.finditer(comment)]
            if pattern in TEXTUAL and not in_comment and (kind != "no_cover" or line not in harmless):
                in_comment = [lines[line - 1].strip()[:LONGEST_TEXT] for _ in find_starts(text, pattern, line)]
            for found in in_comment:
                yield Suppression(kind=kind, path=source.path, line=line, text=found)


def find_starts(text: str, pattern: re.Pattern[str], line: int) -> list[re.Match[str]]:
    """Returns the matches of a pattern in a text that begin in a line."""
    return [match for match in pattern.finditer(text) if text.count("\n", 0, match.start()) + 1 == line]


def find_docstring_lines(nodes: Iterable[ast.AST], lines: Sequence[str]) -> set[int]:
    """Returns the lines of strings that are statements of their own, and alone on their lines.

    They are no statements for coverage.py, so that it leaves nothing out because of them.
    """
    found: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            last = node.end_lineno or node.lineno
            before = lines[node.lineno - 1].encode()[: node.col_offset]
            behind = lines[last - 1].encode()[node.end_col_offset :]
            if not before.strip() and not behind.strip():
                found.update(range(node.lineno, last + 1))
    return found


def find_matching_lines(text: str, patterns: Iterable[re.Pattern[str]]) -> list[int]:
    """Returns the lines that a match of one of the patterns covers, also in strings."""
    ends = list(accumulate(len(line) + 1 for line in text.split("\n")))
    found: set[int] = set()
    for match in (match for pattern in patterns for match in pattern.finditer(text)):
        found.update(range(bisect_right(ends, match.start()) + 1, bisect_right(ends, match.end() - 1) + 2))
    return sorted(found)
