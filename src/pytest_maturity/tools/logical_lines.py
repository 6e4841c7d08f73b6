"""The logical lines of Python files: what a changed line belongs to.

A statement of several lines is one logical line, and so is the head of a compound one: `if (a and\\n b):`.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterable

NO_CODE = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT})
OUTSIDE = frozenset({tokenize.ENCODING, tokenize.ENDMARKER})


def expand_to_statements(source: bytes, lines: Iterable[int]) -> frozenset[int]:
    """Returns the lines, and all others of each logical line that one of them is code of.

    Comments and blank lines between the lines of a statement are not its code. Of a file that Python cannot read, the
    lines alone are returned.
    """
    wanted = frozenset(lines)
    found = set(wanted)
    first, code = 0, set[int]()  # of the present logical line
    try:
        for token in tokenize.tokenize(io.BytesIO(source).readline):
            if token.type in OUTSIDE:
                continue
            if token.type not in NO_CODE:
                first = first or token.start[0]
                code.update(range(token.start[0], token.end[0] + 1))
            if token.type == tokenize.NEWLINE and first:
                if not wanted.isdisjoint(code):
                    found.update(range(first, token.end[0] + 1))
                first, code = 0, set()
    except (tokenize.TokenError, SyntaxError, ValueError):
        return wanted
    return frozenset(found)
