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
FILE_NAME = -1  # instead of a depth: the match is the file's own name


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMatch:
    """A part of the code whose name, in one of its spellings, is in the path of a test file.

    `naming_rule` yielded the spelling. `place` is the directory or file of the match, `depth` the directory's depth,
    or FILE_NAME. `parents_matched` counts the part's parents whose names are among the directories above the match.
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
        """More matched parents are better, then deeper directories, longer, exact names, shallower and public parts."""
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
class TiedClaim:
    """A file that fits other parts of the code, `rivals`, just as well; `rule` is that of the part itself."""

    rule: str
    rivals: tuple[CodePart, ...]


class FileMatcher:
    """Decides for one project and all its parts, each with its spellings, which part a test file belongs to."""

    def __init__(self, layout: ProjectLayout, parts: Iterable[tuple[CodePart, Mapping[str, str]]]) -> None:
        self._layout = layout
        self._paths_by_directory: defaultdict[str, list[str]] = defaultdict(list)
        for path in layout.test_paths:
            self._paths_by_directory[path.rpartition(os.sep)[0]].append(path)
        self._parts_by_spelling: defaultdict[str, list[tuple[CodePart, str]]] = defaultdict(list)
        self._part_by_directory: dict[Path, CodePart] = {}  # of the sources and project folders
        for part, spellings in parts:
            for spelling in spellings.keys() & self._paths_by_name.keys():
                self._parts_by_spelling[spelling].append((part, spellings[spelling]))
            for directory in part.directories:
                self._part_by_directory.setdefault(directory, part)
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

    def find_part_named_by(self, path: Path) -> str:
        """Returns the dotted name of the part that a test file's path names best; empty where it names none."""
        matches = self._find_matches(path)
        return choose_match(matches).part.dotted_name if matches else ""

    def find_claim(self, part: CodePart, path: Path) -> str | TiedClaim | None:
        """Returns the rule by which a part claims a test file; None where it does not."""
        if part.owns_test(path):
            return AMONG_SOURCES_RULE
        matches = self._find_matches(path)
        if not any(match.part is part for match in matches):
            return None
        if not self.may_claim(part, path):
            return None
        if container := self._find_container(path):
            matches = [match for match in matches if match.part is part or match.part.is_nested_with(container)]
        winners = choose_winners(matches)
        # A part and its whole may both claim a file: what is best for an inner part is good for the whole.
        if all(part.contains_part(match.part) for match in winners):
            return winners[0].rule
        winners = choose_winners(
            match for match in matches if match.part is part or not match.part.is_nested_with(part)
        )
        if not any(match.part is part for match in winners):
            return None
        rule = next(match.rule for match in winners if match.part is part)
        rivals = tuple(match.part for match in winners if match.part is not part)
        return TiedClaim(rule, rivals) if rivals else rule

    def may_claim(self, part: CodePart, path: Path) -> bool:
        """Whether a part may claim a test file: not one that lies among the sources of an unrelated part."""
        container = self._find_container(path)
        return container is None or part.is_nested_with(container)

    def _find_container(self, path: Path) -> CodePart | None:
        """Returns the smallest part in whose sources or project folder a test file lies."""
        return next(
            (self._part_by_directory[parent] for parent in path.parents if parent in self._part_by_directory), None
        )

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
                yield NameMatch(
                    part=part,
                    spelling=name,
                    naming_rule=rule,
                    place=f"directory {self._layout.relative_path(directory)}/",
                    depth=depth,
                    parents_matched=count_parents(part, names[:depth]),
                )

    def _match_file_name(self, path: Path, directories: list[str]) -> Iterator[NameMatch]:
        """Yields the matches of the file's own name; `directories` are the stripped names of those above it."""
        for name in list_beginnings(strip_test_affixes(path.stem)):
            for part, rule in self._parts_by_spelling.get(name, ()):
                yield NameMatch(
                    part=part,
                    spelling=name,
                    naming_rule=rule,
                    place=f"file {path.name}",
                    parents_matched=count_parents(part, directories),
                )


def choose_winners(matches: Iterable[NameMatch]) -> list[NameMatch]:
    """Returns the match that wins and those that are as good, the winner first. `matches` is not empty."""
    candidates = list(matches)
    best = choose_match(candidates)
    equals = [match for match in candidates if match.rank == best.rank and match.is_file_name == best.is_file_name]
    return sorted(equals, key=lambda match: match is not best)


def choose_match(matches: list[NameMatch]) -> NameMatch:
    """Returns the match that wins: the file's name where it continues the directory's. `matches` is not empty."""
    of_files = [match for match in matches if match.is_file_name]
    of_directories = [match for match in matches if not match.is_file_name]
    if not of_files or not of_directories:
        return max(matches, key=lambda match: match.rank)
    by_file = max(of_files, key=lambda match: match.rank)
    by_directory = max(of_directories, key=lambda match: match.rank)
    continues = by_file.spelling.startswith(f"{by_directory.spelling}_")
    return by_file if continues or by_directory.part.contains_part(by_file.part) else by_directory


def count_parents(part: CodePart, directories: Iterable[str]) -> int:
    """Returns how many of a part's parents have a name that is among those of the directories."""
    return len({normalize(parent) for parent in part.names[:-1]}.intersection(directories))


def strip_test_affixes(name: str) -> str:
    """Returns the name that a test file or directory is for: test_auth_api and auth_api_test are for auth_api."""
    words = normalize(name)
    return words.removeprefix("tests_").removeprefix("test_").removesuffix("_tests").removesuffix("_test").strip("_")


def list_beginnings(name: str) -> Iterator[str]:
    """Yields the name and its beginnings: a_b_c, a_b, a."""
    while name:
        yield name
        name = name.rpartition("_")[0]
