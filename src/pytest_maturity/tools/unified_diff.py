"""Reads unified diffs, as formatters print them."""

from __future__ import annotations

import re
from collections.abc import Iterator

HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")


def find_replaced_lines(text: str) -> dict[str, tuple[int, ...]]:
    """Returns the lines that a diff replaces, from 1, by the name of each file.

    Of lines that are only added, those before and after them are returned. What stands behind a tab, a time, is no part
    of a name.
    """
    found: dict[str, set[int]] = {}
    name = ""
    lines = iter(text.split("\n"))
    for line in lines:
        if line.startswith("--- "):
            name = line[4:].partition("\t")[0]
        elif hunk := HUNK.match(line):
            start, removed, added = (1 if number is None else int(number) for number in hunk.groups())
            first = start if removed else start + 1  # of no line, the one before is named
            found.setdefault(name, set()).update(read_hunk(lines, first, removed, added))
    return {name: tuple(sorted(numbers)) for name, numbers in found.items()}


def read_hunk(lines: Iterator[str], line_number: int, removed: int, added: int) -> Iterator[int]:
    """Yields the lines that one hunk replaces; it ends after as many lines as its head says."""
    group = ""  # the signs of the changed lines that stand together
    for line in lines:
        sign = line[:1]
        if sign == "\\":  # a note on a missing line end
            continue
        if sign not in ("+", "-") and group and "-" not in group:
            yield from range(max(1, line_number - 1), line_number + 1)
        group = group + sign if sign in ("+", "-") else ""
        if sign == "-":
            yield line_number
        if sign != "+":
            line_number, removed = line_number + 1, removed - 1
        if sign != "-":
            added -= 1
        if removed <= 0 and added <= 0:
            break
    if group and "-" not in group:
        yield from range(max(1, line_number - 1), line_number + 1)
