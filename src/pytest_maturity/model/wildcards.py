"""Patterns with wildcards, in linear time: `*` for any characters, and in paths `**` for any directories."""

from __future__ import annotations

from collections.abc import Sequence

STAR = "*"
ANY_DIRECTORIES = "**"


def matches(text: str, pattern: str) -> bool:
    """Whether a whole text fits a pattern, in which each `*` stands for any characters, or none."""
    if STAR not in pattern:
        return text == pattern
    first, *middle, last = pattern.split(STAR)
    if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
        return False
    start, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True


def split_path(pattern: str) -> list[str]:
    """Returns the parts of a path or of a pattern of paths; `./` at the beginning and `/` at the end are left out."""
    return [part for part in pattern.split("/") if part not in ("", ".")]


def matches_path(path: str, pattern: str) -> bool:
    """Whether a path from the root fits a pattern.

    `*` stands for any characters of one part, `**` for any parts, or none. A pattern whose last part has no wildcard
    also fits what lies below a directory of that name.
    """
    parts, patterns = split_path(path), split_path(pattern)
    if not patterns or path.startswith("/") != pattern.startswith("/"):
        return False
    if STAR not in patterns[-1]:
        patterns = [*patterns, ANY_DIRECTORIES]
    return matches_parts(parts, patterns)


def matches_parts(parts: Sequence[str], patterns: Sequence[str]) -> bool:
    """Whether the parts of a path fit those of a pattern."""
    reached = {0}  # how many of the patterns the parts so far may have used up
    for part in parts:
        reached = skip_any_directories(reached, patterns)
        reached = {
            place + (patterns[place] != ANY_DIRECTORIES)
            for place in reached
            if place < len(patterns) and (patterns[place] == ANY_DIRECTORIES or matches(part, patterns[place]))
        }
    return len(patterns) in skip_any_directories(reached, patterns)


def skip_any_directories(reached: set[int], patterns: Sequence[str]) -> set[int]:
    """Returns the places with those that are reached where `**` stands for no directory."""
    found = set(reached)
    for place in sorted(reached):
        while place < len(patterns) and patterns[place] == ANY_DIRECTORIES:
            place += 1
            found.add(place)
    return found


def literal_directory(pattern: str) -> str:
    """Returns the path, as `split_path` spells it, that everything lies in which fits a pattern; empty for the root."""
    parts: list[str] = []
    for part in split_path(pattern):
        if STAR in part:
            break
        parts.append(part)
    return "/".join(parts)
