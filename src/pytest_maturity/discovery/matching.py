"""Decides which component a test file belongs to, by its directory and its name.

The most specific component claims a file. A directory named after a component owns the files in it; the file's name
wins over the directory only where it continues the directory's name (`tests/auth/test_auth_api.py` belongs to
auth_api).
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

# Directories of these names say which kind of tests is in them, not what the tests are for.
TEST_KIND_DIRECTORIES = TEST_DIRECTORIES | {
    "testing", "unit", "integration", "functional", "acceptance", "e2e", "end_to_end", "smoke", "system", "regression",
    "performance", "perf", "slow", "fast", "fixtures", "data", "helpers",
}  # fmt: skip
AMONG_SOURCES_RULE = "among the component's sources"
FILE_NAME = -1  # the depth of a match of the file's own name, which lies in no directory


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """A part of the code whose name, in one of its spellings, is in the path of a test file.

    `naming_rule` yielded the spelling. `place` is the directory or file of the match, `depth` the directory's depth,
    or FILE_NAME. `parents_matched` counts the part's parents whose names are among the file's directories.
    """

    part: CodePart
    spelling: str
    naming_rule: str
    place: str
    depth: int = FILE_NAME
    parents_matched: int = 0

    @property
    def is_file_name(self) -> bool:
        """Whether the match is that of the file's own name."""
        return self.depth == FILE_NAME

    @property
    def rank(self) -> tuple[int, int, int, int, bool]:
        """Deeper directories, then longer names, literal spellings, shallower parts and public ones are better."""
        return (
            self.depth + 100 * self.parents_matched,
            len(self.spelling),
            self.naming_rule == EXACT,
            -len(self.part.names),
            not self.part.names[-1].startswith("_"),
        )

    @property
    def rule(self) -> str:
        """The match as reports print it."""
        return self.place if self.naming_rule == EXACT else f"{self.place}, by {self.naming_rule}"


@dataclass(frozen=True, slots=True)
class AmbiguousClaim:
    """A file that fits another component, `rival`, just as well."""

    rival: str


class FileMatcher:
    """Decides for one project and all its parts, each with its spellings, which part a test file belongs to."""

    def __init__(self, layout: ProjectLayout, parts: Iterable[tuple[CodePart, Mapping[str, str]]]) -> None:
        self._layout = layout
        self._paths_by_directory: defaultdict[str, list[str]] = defaultdict(list)
        for path in layout.test_paths:
            self._paths_by_directory[path.rpartition(os.sep)[0]].append(path)
        self._parts_by_spelling: defaultdict[str, list[tuple[CodePart, str]]] = defaultdict(list)
        self._owners: dict[Path, CodePart] = {}  # of the sources and project folders
        for part, spellings in parts:
            for spelling in spellings.keys() & self._paths_by_name.keys():
                self._parts_by_spelling[spelling].append((part, spellings[spelling]))
            for directory in part.directories:
                self._owners.setdefault(directory, part)
        self._matches: dict[Path, list[NameMatch]] = {}

    @cached_property
    def _paths_by_name(self) -> Mapping[str, list[str]]:
        """The test files by each name in their paths that may be that of a part."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        top = len(str(self._layout.root))
        for directory, paths in self._paths_by_directory.items():
            for name in set(map(strip_test_affixes, directory[top:].split(os.sep))):  # noqa: PTH206  # thousands
                found[name] += paths
            for path in paths:
                for name in list_beginnings(strip_test_affixes(path[len(directory) + 1 :].rpartition(".")[0])):
                    found[name].append(path)
        return found

    def find_candidates(self, part: CodePart, spellings: Iterable[str]) -> list[Path]:
        """Returns the test files that the part may claim: those among its sources, and those with its name."""
        found = {path for spelling in spellings for path in self._paths_by_name.get(spelling, ())}
        for source in map(str, part.directories):
            for directory, paths in self._paths_by_directory.items():
                if f"{directory}{os.sep}".startswith(f"{source}{os.sep}"):
                    found.update(paths)
                elif source in paths:
                    found.add(source)
        return sorted(map(Path, found))

    @cached_property
    def unnamed_files(self) -> tuple[Path, ...]:
        """The test files with no part's name in their paths, sorted."""
        named = {path for name in self._parts_by_spelling for path in self._paths_by_name[name]}
        return tuple(sorted(Path(path) for path in self._layout.test_paths if path not in named))

    def find_named_part(self, path: Path) -> str:
        """Returns the dotted name of the part that a test file's path names best; empty where it names none."""
        matches = self._find_matches(path)
        return choose_match(matches).part.dotted_name if matches else ""

    def find_claim(self, part: CodePart, path: Path) -> str | AmbiguousClaim | None:
        """Returns the rule by which a part claims a test file; None where it does not."""
        if part.owns_test(path):
            return AMONG_SOURCES_RULE
        matches = self._find_matches(path)
        if not any(match.part is part for match in matches):
            return None
        container = next((self._owners[parent] for parent in path.parents if parent in self._owners), None)
        if container and not part.is_nested_with(container):
            return None
        rivals = [match for match in matches if match.part is part or not match.part.is_nested_with(part)]
        if container:
            rivals = [match for match in rivals if match.part.is_nested_with(container)]
        best = choose_match(rivals)
        winners = [
            match.part for match in rivals if match.rank == best.rank and match.is_file_name == best.is_file_name
        ]
        if not any(winner is part for winner in winners):
            return None
        others = [winner for winner in winners if winner is not part]
        return AmbiguousClaim(others[0].dotted_name) if others else best.rule

    def _find_matches(self, path: Path) -> list[NameMatch]:
        """Returns the matches of a test file's directories and of its name; kept, because many components ask."""
        if path not in self._matches:
            base = next(root for root in (*self._bases, path.parent) if path.is_relative_to(root))
            names = [strip_test_affixes(directory) for directory in path.relative_to(base).parts[:-1]]
            self._matches[path] = [*self._match_directories(base, path, names), *self._match_file_name(path, names)]
        return self._matches[path]

    @cached_property
    def _bases(self) -> tuple[Path, ...]:
        """The directories whose own names do not count, the deepest first."""
        roots = (*self._layout.test_roots, *self._layout.source_roots, self._layout.root)
        return tuple(sorted(set(roots), key=lambda root: -len(root.parts)))

    def _match_directories(self, base: Path, path: Path, names: list[str]) -> Iterator[NameMatch]:
        """Yields the matches of the directories between `base` and the file; `names` are theirs, stripped."""
        for depth, name in enumerate(names):
            if name in TEST_KIND_DIRECTORIES:
                continue
            for part, rule in self._parts_by_spelling.get(name, ()):
                directory = base.joinpath(*path.relative_to(base).parts[: depth + 1])
                place = f"directory {self._layout.relative_path(directory)}/"
                yield NameMatch(part=part, spelling=name, naming_rule=rule, place=place, depth=depth)

    def _match_file_name(self, path: Path, directories: list[str]) -> Iterator[NameMatch]:
        """Yields the matches of the file's own name; `directories` are the stripped names of those above it."""
        for name in list_beginnings(strip_test_affixes(path.stem)):
            for part, rule in self._parts_by_spelling.get(name, ()):
                parents = {normalize(parent) for parent in part.names[:-1]}
                yield NameMatch(
                    part=part,
                    spelling=name,
                    naming_rule=rule,
                    place=f"file {path.name}",
                    parents_matched=len(parents.intersection(directories)),
                )


def choose_match(matches: list[NameMatch]) -> NameMatch:
    """Returns the match that wins, of at least one: the file's name where it continues the directory's."""
    of_files = [match for match in matches if match.is_file_name]
    of_directories = [match for match in matches if not match.is_file_name]
    if not of_files or not of_directories:
        return max(matches, key=lambda match: match.rank)
    by_file = max(of_files, key=lambda match: match.rank)
    by_directory = max(of_directories, key=lambda match: match.rank)
    continues = by_file.spelling.startswith(f"{by_directory.spelling}_") or by_file.part is by_directory.part
    return by_file if continues else by_directory


def strip_test_affixes(name: str) -> str:
    """Returns the name that a test file or directory is for: test_auth_api and auth_api_test are for auth_api."""
    words = normalize(name)
    return words.removeprefix("tests_").removeprefix("test_").removesuffix("_tests").removesuffix("_test").strip("_")


def list_beginnings(name: str) -> Iterator[str]:
    """Yields the name and its beginnings: a_b_c, a_b, a."""
    while name:
        yield name
        name = name.rpartition("_")[0]
