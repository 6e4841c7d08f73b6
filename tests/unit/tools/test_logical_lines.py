"""Changed lines become whole statements."""

from __future__ import annotations

import pytest

from pytest_maturity.tools.logical_lines import expand_to_statements

SOURCE = b'''\
"""The docstring
of the module."""

import os  # 4

VALUES = [  # 6
    1,
    # a remark, 8

    2,  # 10
]


@decorated  # 14
def one(
    first,  # 16
    second,
):
    return """text
    of two lines"""  # 20
'''


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({4}, {4}),
        ({10}, {6, 7, 8, 9, 10, 11}),
        ({8}, {8}),  # a remark is no code of the statement around it
        ({9}, {9}),
        ({3}, {3}),
        ({14}, {14}),
        ({16}, {15, 16, 17, 18}),
        ({20}, {19, 20}),
        ({2}, {1, 2}),
        (set(), set()),
        ({99}, {99}),
    ],
)
def test_a_line_of_a_statement_stands_for_all_of_it(changed: set[int], expected: set[int]) -> None:
    assert expand_to_statements(SOURCE, changed) == expected
    assert expand_to_statements(SOURCE.replace(b"\n", b"\r\n"), changed) == expected


@pytest.mark.parametrize(
    "source", [b"x = (\n1,\n", b"\xff\n\n", b"# coding: nonsense\n\n", b"x = '''\n\n", b"  x\n y\n"]
)
def test_a_file_that_python_cannot_read_has_the_changed_lines_alone(source: bytes) -> None:
    assert expand_to_statements(source, {2}) == {2}


def test_the_declared_encoding_counts() -> None:
    assert expand_to_statements("# coding: latin-1\nA = ['é',\n1]\n".encode("latin-1"), {3}) == {2, 3}
