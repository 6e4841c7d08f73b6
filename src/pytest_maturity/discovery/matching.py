"""Which component a test file belongs to, by where it lies and what it is called.

The most specific component claims a file. A directory named after a component
owns what is in it; a file name wins over the directory only where it continues
the directory's name (`tests/auth/test_auth_api.py` belongs to auth_api).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ..model.names import normalize
from .naming_rules import EXACT
from .project import TEST_DIRECTORIES, CodePart, ProjectLayout

# Directories of these names say what kind of test is in them, not what it tests.
KINDS_OF_TEST = TEST_DIRECTORIES | {
    "testing", "unit", "integration", "functional", "acceptance", "e2e", "end_to_end", "smoke", "system", "regression",
    "performance", "perf", "slow", "fast", "fixtures", "data", "helpers",
}  # fmt: skip
BESIDE = "beside the sources"


@dataclass(frozen=True, slots=True)
class NameMatch:
    """A unit whose name a test path holds. `depth` is the directory's, or -1 for the file's own name."""

    unit: CodePart
    spelling: str
    rule: str
    place: str
    depth: int = -1
    support: int = 0

    @property
    def rank(self) -> tuple[int, int, int, int, bool]:
        """Deeper directories, then longer names, literal spellings, shallower units and public ones are better."""
        return (
            self.depth + 100 * self.support,
            len(self.spelling),
            self.rule == EXACT,
            -len(self.unit.parts),
            not self.unit.parts[-1].startswith("_"),
        )

    @property
    def words(self) -> str:
        return self.place if self.rule == EXACT else f"{self.place}, by {self.rule}"


@dataclass(frozen=True, slots=True)
class AmbiguousClaim:
    """Two components have the same right to a file."""

    rival: str


class FileMatcher:
    """Answers for one layout and all its units who claims a test file."""

    def __init__(self, layout: ProjectLayout, units: Iterable[tuple[CodePart, Mapping[str, str]]]) -> None:
        self._layout = layout
        self._files: defaultdict[str, list[str]] = defaultdict(list)  # by directory
        for path in layout.test_paths:
            self._files[path.rpartition(os.sep)[0]].append(path)
        self._by_spelling: dict[str, list[tuple[CodePart, str]]] = defaultdict(list)
        self._directories: dict[Path, CodePart] = {}
        for unit, spellings in units:
            for spelling in spellings.keys() & self._by_word.keys():
                self._by_spelling[spelling].append((unit, spellings[spelling]))
            for source in (*unit.sources, *([unit.home] if unit.home else [])):
                self._directories.setdefault(source, unit)
        self._hits: dict[Path, list[NameMatch]] = {}

    @cached_property
    def _by_word(self) -> Mapping[str, list[str]]:
        """The test files by each word of their paths that may be the name of a unit."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        top = len(str(self._layout.root))
        for directory, paths in self._files.items():
            for word in set(map(strip_test_affixes, directory[top:].split(os.sep))):  # noqa: PTH206  # thousands of paths
                found[word] += paths
            for path in paths:
                for word in leading_words(strip_test_affixes(path[len(directory) + 1 :].rpartition(".")[0])):
                    found[word].append(path)
        return found

    def find_candidates(self, unit: CodePart, spellings: Iterable[str]) -> list[Path]:
        """The test files that the unit may claim: those among its sources, and those whose path holds its name."""
        found = {path for spelling in spellings for path in self._by_word.get(spelling, ())}
        for place in map(str, (*unit.sources, *([unit.home] if unit.home else []))):
            for directory, paths in self._files.items():
                if f"{directory}{os.sep}".startswith(f"{place}{os.sep}"):
                    found.update(paths)
                elif place in paths:
                    found.add(place)
        return sorted(map(Path, found))

    def find_claim(self, unit: CodePart, path: Path) -> str | AmbiguousClaim | None:
        """The rule by which `unit` owns the test file, None where it does not, a AmbiguousClaim where it may."""
        if unit.owns_test(path):
            return BESIDE
        if path not in self._hits:
            self._hits[path] = list(self._find(path))
        hits = self._hits[path]
        if not any(hit.unit is unit for hit in hits):
            return None
        container = self._container(path)
        if container and not unit.is_nested_with(container):
            return None
        rivals = [hit for hit in hits if hit.unit is unit or not hit.unit.is_nested_with(unit)]
        if container:
            rivals = [hit for hit in rivals if hit.unit.is_nested_with(container)]
        best = most_specific(rivals)
        winners = [hit for hit in rivals if hit.rank == best.rank and (hit.depth < 0) == (best.depth < 0)]
        if not any(hit.unit is unit for hit in winners):
            return None
        others = [hit.unit for hit in winners if hit.unit is not unit]
        return AmbiguousClaim(others[0].dotted) if others else best.words

    def _container(self, path: Path) -> CodePart | None:
        """The deepest unit whose sources the file lies among."""
        return next((self._directories[parent] for parent in path.parents if parent in self._directories), None)

    @cached_property
    def _bases(self) -> tuple[Path, ...]:
        roots = (*self._layout.test_roots, *self._layout.source_roots, self._layout.root)
        return tuple(sorted(set(roots), key=lambda root: -len(root.parts)))

    def _find(self, path: Path) -> Iterator[NameMatch]:
        base = next(root for root in (*self._bases, path.parent) if path.is_relative_to(root))
        parts = path.relative_to(base).parts[:-1]
        directories = [strip_test_affixes(part) for part in parts]
        for depth, name in enumerate(directories):
            if name not in KINDS_OF_TEST:
                for unit, rule in self._by_spelling.get(name, ()):
                    place = f"directory {self._layout.relative_path(base.joinpath(*parts[: depth + 1]))}/"
                    yield NameMatch(unit, name, rule, place, depth)
        for spelling in leading_words(strip_test_affixes(path.stem)):
            for unit, rule in self._by_spelling.get(spelling, ()):
                parents = {normalize(part) for part in unit.parts[:-1]}
                yield NameMatch(
                    unit, spelling, rule, f"file {path.name}", support=len(parents.intersection(directories))
                )


def most_specific(hits: list[NameMatch]) -> NameMatch:
    """The hit that wins: the file's own name where it continues the directory's, else the directory."""
    by_directory = max((hit for hit in hits if hit.depth >= 0), key=lambda hit: hit.rank, default=None)
    by_file = max((hit for hit in hits if hit.depth < 0), key=lambda hit: hit.rank, default=None)
    if by_directory is None or by_file is None:
        return by_directory or by_file  # type: ignore[return-value]  # one of the two is a hit: the list is not empty
    continues = by_file.spelling.startswith(f"{by_directory.spelling}_") or by_file.unit is by_directory.unit
    return by_file if continues else by_directory


def strip_test_affixes(name: str) -> str:
    """A test file's or directory's name without what makes it one: test_auth_api and auth_api_test are auth_api."""
    words = normalize(name)
    return words.removeprefix("tests_").removeprefix("test_").removesuffix("_tests").removesuffix("_test").strip("_")


def leading_words(name: str) -> Iterator[str]:
    """a_b_c, a_b, a."""
    while name:
        yield name
        name = name.rpartition("_")[0]
