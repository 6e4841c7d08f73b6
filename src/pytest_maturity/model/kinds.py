"""The kinds of tests: the rules by which a test has one, and the kinds that a stage needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from .light_dataclass import light_dataclass

UNIT = "unit"  # the kind of a test that fits no rule
ANY_DEPTH = "**"  # in a pattern: any number of directories


@light_dataclass(frozen=True, slots=True, kw_only=True)
class KindRule:
    """The rule of one kind of tests: a test fits that has one of the markers, or that lies at one of the paths.

    `paths` are directories, files or globs from the root, with slashes.
    """

    kind: str
    markers: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()

    def has_path(self, path: str) -> bool:
        """Whether a test file, given by its path from the root, lies at one of the paths or below it."""
        parts = PurePosixPath(path).parts
        return any(is_at_or_below(parts, PurePosixPath(pattern).parts) for pattern in self.paths)


def is_at_or_below(parts: Sequence[str], pattern: Sequence[str]) -> bool:
    """Whether a path fits a pattern, or lies below what fits it; both are given by their parts."""
    if not pattern:
        return True
    if pattern[0] == ANY_DEPTH:
        return any(is_at_or_below(parts[start:], pattern[1:]) for start in range(len(parts) + 1))
    return bool(parts) and fnmatchcase(parts[0], pattern[0]) and is_at_or_below(parts[1:], pattern[1:])


def find_kind(rules: Iterable[KindRule], path: str, markers: Collection[str]) -> str:
    """Returns the kind of a test, by its file and the names of its markers: that of the first rule that fits."""
    fitting = (rule.kind for rule in rules if not set(rule.markers).isdisjoint(markers) or rule.has_path(path))
    return next(fitting, UNIT)


def find_kinds_of_path(rules: Iterable[KindRule], path: str) -> tuple[str, ...]:
    """Returns the kinds that the tests of a file may have, of which only the path is known; none where any is possible.

    They are that of the first rule whose path fits, and those of the rules above it that a marker of a test may fit.
    """
    found: list[str] = []
    for rule in rules:
        if rule.has_path(path):
            return tuple(sorted({*found, rule.kind}))
        found += [rule.kind] * bool(rule.markers)
    return ()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class NeededKinds:
    """The kinds of tests that a stage needs to have run; without any it needs all. `source` is where that was set."""

    kinds: tuple[str, ...] = ()
    source: str
