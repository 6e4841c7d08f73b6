"""The lines that a formatter's diff replaces."""

from __future__ import annotations

import difflib

import pytest

from pytest_maturity.tools.unified_diff import find_replaced_lines


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ("a\nb\nc\nd\n", "a\nB\nc\nd\n", (2,)),
        ("a\nb\nc\nd\n", "a\nB\nB2\nc\nd\n", (2,)),
        ("a\nb\nc\nd\n", "a\nd\n", (2, 3)),
        ("a\nb\nc\nd\n", "a\nb\n\n\nc\nd\n", (2, 3)),  # added between the two
        ("a\nb\n", "\na\nb\n", (1,)),
        ("a\nb\n", "a\nb\nc\n", (2, 3)),
        ("--- x\n+++ y\n@@ -1 +1 @@\n", "-- x\n+++ y\n@@ -1 +1 @@\n", (1,)),
    ],
)
@pytest.mark.parametrize("context", [0, 3])
def test_the_replaced_lines_are_found(before: str, after: str, lines: tuple[int, ...], context: int) -> None:
    diff = "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), "a.py", "a.py", n=context))
    assert find_replaced_lines(diff) == {"a.py": lines}


def test_several_files_times_and_missing_line_ends() -> None:
    diff = (
        "--- a b.py\t2026-01-02 11:00:00+00:00\n+++ a b.py\t2026-01-02 11:00:00+00:00\n@@ -3 +3 @@\n-x\n"
        "\\ No newline at end of file\n+y\n\n--- c.py\n+++ c.py\n@@ -7,2 +7 @@\n-x\n-y\n+z\n@@ -20,0 +20 @@\n+z\n"
    )
    assert find_replaced_lines(diff) == {"a b.py": (3,), "c.py": (7, 8, 20, 21)}


def test_a_diff_that_is_cut_off_ends() -> None:
    assert find_replaced_lines("--- a\n+++ a\n@@ -1,9 +1,2 @@\n-x\n")["a"][0] == 1
    assert find_replaced_lines("") == {}
