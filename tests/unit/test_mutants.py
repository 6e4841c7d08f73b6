"""The mutants that this project makes itself: each has one change, and none is left out."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from tests.mutants.definitions import find_variants
from tests.mutants.mutants import Mutant, killed_percent, table, without_decorators


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        ("A = 10**15", ["A = 11**15", "A = 10**16"]),
        ("A: bool = False", ["A: bool = True"]),
        ("A = 'é', 1.5", ["A = 1.5", "A = 'é'", "A = 'XXéXX', 1.5", "A = 'é', 2.5"]),
        ("A = {'x': 1, 'y': None}", [
            "A = {'y': None}", "A = {'x': 1}", "A = {'XXxXX': 1, 'y': None}", "A = {'x': 1, 'XXyXX': None}",
            "A = {'x': 2, 'y': None}", "A = {'x': 1, 'y': ''}",
        ]),
        ("class A:\n    x: int = 0", ["class A:\n    x: int = 1"]),
        ("A = field(default=0)", ["A = field(default=1)"]),
        ("A = Literal['higher', 'lower']", []),
        ("A = ()", []),
        ("def f(x=1):\n    y = 2", []),
    ],
)  # fmt: skip
def test_each_variant_differs_in_one_literal_or_lacks_one_entry(definition: str, expected: list[str]) -> None:
    found = [ast.unparse(ast.parse(one.source)) for one in find_variants(definition)]
    assert sorted(found) == sorted(ast.unparse(ast.parse(text)) for text in expected)


def test_a_variant_has_the_line_and_the_change() -> None:
    (one,) = find_variants("# a comment\nLIMIT = 3\n")
    assert (one.line, one.change, one.source) == (2, "3 -> 4", "# a comment\nLIMIT = 4\n")


def test_a_function_behaves_as_decorated_without_its_decorator() -> None:
    source = dedent("""
        class A:
            @property
            def one(self):
                return 1

            @classmethod
            def two(cls):
                return 2

            @property
            def three(self):
                return 3
        """)
    rewritten = without_decorators(source)
    assert rewritten.count("@property") == 0
    assert rewritten.count("@classmethod") == 1
    names: dict[str, type] = {}
    exec(rewritten, names)
    one = names["A"]()
    assert (one.one, one.two(), one.three) == (1, 2, 3)


def test_only_a_kill_counts_and_the_percentage_is_rounded_down() -> None:
    statuses = ["killed"] * 899 + ["timeout", "survived", "no tests"] + ["survived"] * 98
    found = [Mutant("model", "model.text", "", "", status) for status in statuses]
    assert killed_percent(found, "model") == pytest.approx(89.9)
    assert table(found).splitlines()[2:] == [
        "| `model.text` | 1000 | 899 | 100 | 1 | 89.9 |",
        "| **model** | 1000 | 899 | 100 | 1 | 89.9 |",
    ]
    assert table([Mutant("model", "model.text", "", "", "killed")] * 9999 + found[-1:]).endswith("| 99.9 |")
    assert killed_percent(found, "config") == 0
