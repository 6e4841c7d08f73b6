"""Reads the comments of single lines without tokenizing the whole source, which would take most of the time.

A line is tokenized with the statement that it belongs to. Where that statement cannot be tokenized by itself, the whole
source is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from io import StringIO
from tokenize import COMMENT, TokenError, generate_tokens

Region = tuple[int, int]  # lines from 1, the last one included


class CommentReader:
    """Reads the comments of a source, line by line."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self._lines = StringIO(text).readlines()  # as the tokenizer counts them
        self._tree = tree
        self._comments: dict[Region, dict[int, str]] = {}  # by their lines

    def comment_in(self, line: int) -> str:
        """Returns the comment in a line, empty where there is none. Raises TokenError and SyntaxError."""
        region = self._find_region(line)
        if region not in self._comments:
            self._comments[region] = self._read(region)
        return self._comments[region].get(line, "")

    def _read(self, region: Region) -> dict[int, str]:
        first, last = region
        try:
            return dict(find_comments_in(self._lines[first - 1 : last], first))
        except (TokenError, SyntaxError):
            whole = (1, len(self._lines))
            if region == whole:
                raise
            return self._comments.setdefault(whole, self._read(whole))

    def _find_region(self, line: int) -> Region:
        """Returns the lines of the innermost statement around a line, or the lines between two statements."""
        node: ast.AST = self._tree
        first, last = 1, len(self._lines)
        while True:
            inner = list(list_statements(node))
            around = [one for one in inner if find_first_line(one) <= line <= find_last_line(one)]
            if not around:
                return (
                    max([first, *(find_last_line(one) + 1 for one in inner if find_last_line(one) < line)]),
                    min([last, *(find_first_line(one) - 1 for one in inner if find_first_line(one) > line)]),
                )
            if not self._begins_its_line(around[0]):
                return first, last
            first, last = find_first_line(around[0]), max(map(find_last_line, around))
            if len(around) > 1:
                return first, last
            node = around[0]

    def _begins_its_line(self, statement: ast.stmt) -> bool:
        return not self._lines[statement.lineno - 1][: statement.col_offset].strip()


def find_comments_in(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Yields each comment with its line; `first` is the number of the first of `lines`."""
    for token in generate_tokens(iter(lines).__next__):
        if token.type == COMMENT:
            yield token.start[0] + first - 1, token.string


def list_statements(node: ast.AST) -> Iterator[ast.stmt]:
    """Yields the statements directly in a statement or module, in their order."""
    if not isinstance(node, (ast.stmt, ast.Module)):
        return
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        for part in getattr(node, name, ()):
            yield from [part] if isinstance(part, ast.stmt) else part.body


def find_first_line(statement: ast.stmt) -> int:
    """Returns the line that a statement begins in, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def find_last_line(statement: ast.stmt) -> int:
    """Returns the line that a statement ends in."""
    return statement.end_lineno or statement.lineno
