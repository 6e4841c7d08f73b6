"""Code that type checkers and coverage.py leave out because of a name."""

from __future__ import annotations

import pytest

from pytest_maturity.evidence.suppressions.source import Source
from pytest_maturity.evidence.suppressions.unchecked import find_unchecked

BLOCK = "if TYPE_CHECKING:\n    a\n"
UNLESS = "if not TYPE_CHECKING:\n    a\n"
ELSE = BLOCK + "else:\n    b\n"


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("from typing import no_type_check\n@no_type_check\ndef f(): ...\n", [(2, "type_ignore")]),
        ("import typing as t\n@t.no_type_check\nclass A: ...\n", [(2, "type_ignore")]),
        ("from typing_extensions import no_type_check as n\nf = n(g)\n", [(2, "type_ignore")]),
        ("from other import no_type_check\n@no_type_check\ndef f(): ...\n", []),
        ("from typing import TYPE_CHECKING\n" + ELSE + UNLESS, []),
        ("import typing\nif typing.TYPE_CHECKING:\n    a\nelse:\n    b\n", []),
        ("try:\n    from typing import TYPE_CHECKING\nexcept ImportError:\n    TYPE_CHECKING = False\n" + ELSE, []),
        ("TYPE_CHECKING = False\n" + BLOCK, []),
        ("TYPE_CHECKING = False\n" + ELSE, [(2, "type_ignore")]),
        ("TYPE_CHECKING: bool = False\n" + UNLESS, [(2, "type_ignore")]),
        ("TYPE_CHECKING = True\n" + BLOCK, [(2, "no_cover")]),
        ("TYPE_CHECKING = bool(1)\n" + ELSE, [(2, "no_cover"), (2, "type_ignore")]),
        ("from typing import TYPE_CHECKING\nTYPE_CHECKING = True\n" + BLOCK, [(3, "no_cover")]),
        ("from .compat import TYPE_CHECKING\n" + BLOCK, [(2, "no_cover")]),
        ("MYPY = False\nif MYPY:\n    a\n", []),
        ("MYPY = False\nif not MYPY:\n    a\n", [(2, "type_ignore")]),
        ("# TYPE_CHECKING\nif a:\n    b\nelif a.b:\n    c\nelif a():\n    d\n", []),
    ],
)
def test_code_that_is_left_out_counts(source: str, found: list[tuple[int, str]]) -> None:
    assert [(one.line, one.kind) for one in find_unchecked(Source(source, "a.py"))] == found


def test_the_text_is_the_line() -> None:
    (only,) = find_unchecked(Source("MYPY = 0\nif True:\n    if not MYPY:  # why\n        a\n", "a.py"))
    assert (only.path, only.text) == ("a.py", "if not MYPY:  # why")
