"""Patterns with wildcards, in linear time: `*` for any characters, and in paths `**` for any directories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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


def split_pattern(pattern: str) -> list[str]:
    """Returns the parts of a pattern of paths; one whose last part has no wildcard also fits what lies below it."""
    parts = split_path(pattern)
    return [*parts, ANY_DIRECTORIES] if parts and STAR not in parts[-1] else parts


class Node:
    """A place in a tree of patterns. `values` are those of the patterns that end here."""

    def __init__(self, is_any_directories: bool = False) -> None:
        self.values: list[int] = []
        self.is_any_directories = is_any_directories
        self.literals: dict[str, Node] = {}
        self.wildcards: dict[str, Node] = {}
        self.any_directories: Node | None = None

    def add_child(self, part: str) -> Node:
        """Returns the place to which a part of a pattern leads; adds it where it is missing."""
        if part == ANY_DIRECTORIES:
            if self.any_directories is None:
                self.any_directories = Node(is_any_directories=True)
            return self.any_directories
        children = self.wildcards if STAR in part else self.literals
        if part not in children:
            children[part] = Node()
        return children[part]

    def find_children(self, part: str) -> Iterator[Node]:
        """Yields the places to which a part of a path leads."""
        if self.is_any_directories:
            yield self
        if part in self.literals:
            yield self.literals[part]
        for pattern, child in self.wildcards.items():
            if matches(part, pattern):
                yield child


class PathPatterns:
    """Patterns of paths, each with a number, as a tree of their parts: a path is not compared with each of them.

    In a pattern, `*` stands for any characters of one part, `**` for any parts, or none. A pattern whose last part has
    no wildcard also fits what lies below a directory of that name. Paths and patterns are from the root, or absolute.
    """

    def __init__(self) -> None:
        self._roots = {True: Node(), False: Node()}  # of absolute patterns, and of the others

    def add(self, pattern: str, value: int) -> None:
        """Adds a pattern. One without parts fits no path."""
        parts = split_pattern(pattern)
        if not parts:
            return
        node = self._roots[pattern.startswith("/")]
        for part in parts:
            node = node.add_child(part)
        node.values.append(value)

    def find(self, path: str) -> list[int]:
        """Returns the numbers of the patterns that a path fits, each once, in no order."""
        places = reach_any_directories([self._roots[path.startswith("/")]])
        for part in split_path(path):
            places = reach_any_directories(child for place in places for child in place.find_children(part))
        return [value for place in places for value in place.values]


def reach_any_directories(places: Iterable[Node]) -> list[Node]:
    """Returns the places, each once, with those that are reached where `**` stands for no directory."""
    found: dict[Node, None] = {}
    for place in places:
        node: Node | None = place
        while node is not None:
            found[node] = None
            node = node.any_directories
    return [*found]


def matches_path(path: str, pattern: str) -> bool:
    """Whether a path fits a pattern, as `PathPatterns` has them."""
    patterns = PathPatterns()
    patterns.add(pattern, 0)
    return bool(patterns.find(path))
