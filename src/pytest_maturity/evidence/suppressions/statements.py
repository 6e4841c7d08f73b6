"""The comments of single lines, read without the tokens of the whole source, which take most of the time.

A line is read with the statement that it belongs to. Where its tokens make no sense by themselves, the whole source is.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from io import StringIO
from tokenize import COMMENT, TokenError, generate_tokens

Region = tuple[int, int]  # lines from 1, the last one included


class Comments:
    """The comments of a source, by their lines."""

    def __init__(self, text: str, tree: ast.Module) -> None:
        self._lines = StringIO(text).readlines()  # as the tokenizer counts them
        self._tree = tree
        self._known: dict[Region, dict[int, str]] = {}

    def at(self, line: int) -> str:
        """The comment that stands in a line, empty where none does. Raises TokenError and SyntaxError."""
        region = self._region(line)
        if region not in self._known:
            self._known[region] = self._read(region)
        return self._known[region].get(line, "")

    def _read(self, region: Region) -> dict[int, str]:
        first, last = region
        try:
            return dict(comments_in(self._lines[first - 1 : last], first))
        except (TokenError, SyntaxError):
            whole = (1, len(self._lines))
            if region == whole:
                raise
            return self._known.setdefault(whole, self._read(whole))

    def _region(self, line: int) -> Region:
        """The lines of the innermost statement around a line or, between statements, those up to the next ones."""
        node: ast.AST = self._tree
        first, last = 1, len(self._lines)
        while True:
            inner = list(statements_in(node))
            around = [one for one in inner if begin(one) <= line <= end(one)]
            if not around:
                return (
                    max([first, *(end(one) + 1 for one in inner if end(one) < line)]),
                    min([last, *(begin(one) - 1 for one in inner if begin(one) > line)]),
                )
            if not self._begins_its_line(around[0]):
                return first, last
            first, last = begin(around[0]), max(map(end, around))
            if len(around) > 1:
                return first, last
            node = around[0]

    def _begins_its_line(self, statement: ast.stmt) -> bool:
        return not self._lines[statement.lineno - 1][: statement.col_offset].strip()


def comments_in(lines: Sequence[str], first: int) -> Iterator[tuple[int, str]]:
    """Each comment with its line, where `lines` begin with line `first`."""
    for token in generate_tokens(iter(lines).__next__):
        if token.type == COMMENT:
            yield token.start[0] + first - 1, token.string


def statements_in(node: ast.AST) -> Iterator[ast.stmt]:
    """The statements directly in a statement or module, in their order."""
    for name in ("body", "handlers", "cases", "orelse", "finalbody"):
        for part in getattr(node, name, ()) if isinstance(node, ast.stmt | ast.Module) else ():
            yield from [part] if isinstance(part, ast.stmt) else part.body


def begin(statement: ast.stmt) -> int:
    """The line that a statement begins in, with its decorators."""
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(one.lineno for one in decorators)])


def end(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno
