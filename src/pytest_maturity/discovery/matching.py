"""Decides which component a test file belongs to, by its directory and its name.

The most specific component claims a file. A directory named after a component owns the files in it; the file's name
wins over the directory only where it continues the directory's name (`tests/auth/test_auth_api.py` belongs to
auth_api).
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from ..model.names import normalize
from .naming_rules import ALIAS, EXACT, HOOK, JOINED, MIN_FORM_LENGTH, PLURAL
from .project import PACKAGE, TEST_KIND_DIRECTORIES, CodePart, ProjectLayout

AMONG_SOURCES_RULE = "among the component's sources"
COMBINED = frozenset({EXACT, PLURAL.name, ALIAS, HOOK})  # rules whose spellings may follow the name of a package
FILE_NAME = -1  # instead of a depth: the match is the file's own name


@light_dataclass(frozen=True, slots=True, kw_only=True)
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


@light_dataclass(frozen=True, slots=True, kw_only=True)
class ContestedClaim:
    """A file whose name fits other parts of the code, `rivals`, too; `rule` is that of the claim.

    `part` is the claiming part, or the one in it that the name fits. `is_favourite`: it fits that best, so that the
    file is a rival's only where it imports the rival. `is_tied`: it fits some rivals just as well.
    """

    part: CodePart
    rule: str
    rivals: tuple[CodePart, ...]
    is_favourite: bool
    is_tied: bool


class FileMatcher:
    """Decides for one project and all its parts, each with its spellings, which part a test file belongs to."""

    def __init__(self, layout: ProjectLayout, parts: Iterable[tuple[CodePart, Mapping[str, str]]]) -> None:
        self._layout = layout
        self._paths_by_directory: defaultdict[str, list[str]] = defaultdict(list)
        for path in layout.test_paths:
            self._paths_by_directory[path.rpartition(os.sep)[0]].append(path)
        self._parts_by_spelling: defaultdict[str, list[tuple[CodePart, str]]] = defaultdict(list)
        self._spellings: dict[CodePart, list[str]] = {}  # those that are in the path of a test file
        self._part_by_directory: dict[Path, CodePart] = {}  # of the sources and project folders
        self._parts_inside: defaultdict[Path, list[CodePart]] = defaultdict(list)
        for part, spellings in parts:
            written = {**spell_with_parents(part, spellings), **spellings}
            self._spellings[part] = [*(written.keys() & self._paths_by_name.keys())]
            for spelling in self._spellings[part]:
                self._parts_by_spelling[spelling].append((part, written[spelling]))
            for directory in part.directories:
                self._part_by_directory.setdefault(directory, part)
            for directory in {one for source in part.sources for one in (source, *source.parents)}:
                self._parts_inside[directory].append(part)
        self._matches: dict[Path, list[NameMatch]] = {}
        self._inside: dict[CodePart, frozenset[CodePart]] = {}
        self._containers: dict[Path, CodePart | None] = {}

    @cached_property
    def _paths_by_name(self) -> Mapping[str, list[str]]:
        """The test files by each name in their paths that may be that of a part."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        top = len(str(self._layout.root))
        for directory, paths in self._paths_by_directory.items():
            names = set(map(strip_test_affixes, directory[top:].split(os.sep)))  # noqa: PTH206  # thousands of paths
            for name in names - TEST_KIND_DIRECTORIES:
                found[name] += paths
            for path in paths:
                file = path[len(directory) + 1 :]
                for name in list_beginnings(strip_test_affixes(file.rpartition(".")[0])) if file != PACKAGE else ():
                    found[name].append(path)
        return found

    def find_candidates(self, part: CodePart) -> list[Path]:
        """Returns the test files that the part may claim: those among its sources, and those with its name.

        The names of the parts in it are its own, too.
        """
        names = {spelling for one in self._find_inside(part) for spelling in self._spellings[one]}
        found = {path for name in names for path in self._paths_by_name[name]}
        for source in map(str, part.directories):
            for directory, paths in self._paths_by_directory.items():
                if f"{directory}{os.sep}".startswith(f"{source}{os.sep}"):
                    found.update(paths)
                elif source in paths:
                    found.add(source)
        return sorted(map(Path, found))

    def find_unnamed_files(self, parts: Iterable[CodePart]) -> list[Path]:
        """Returns the test files that may belong to one of the parts although no other part's name is in their paths.

        The names of what contains one of the parts do not count. Those among the sources of others are left out, and
        those among its own, which are its tests whatever they import. Sorted.
        """
        above = {
            one for part in parts for source in part.sources for one in source.parents if one in self._part_by_directory
        }
        named = {
            path
            for spelling, owners in self._parts_by_spelling.items()
            if not all(above.intersection(part.directories) for part, _ in owners)
            for path in self._paths_by_name[spelling]
        }
        found = []
        for paths in self._paths_by_directory.values():
            container = self._find_container(Path(paths[0]))
            if container is None or above.intersection(container.directories):
                found += [path for path in paths if path not in named]
        return sorted(map(Path, found))

    def find_similar_files(self, part: CodePart) -> Mapping[Path, bool]:
        """Returns the test files whose names abbreviate that of a part, and with True those that end with it.

        test_fast_auth ends with the name of auth.
        """
        own = normalize(part.name)
        found: dict[Path, bool] = {}
        for word, paths in self._files_by_first_word.items():
            if is_abbreviation(own, word):
                found |= dict.fromkeys(paths, False)
        return found | dict.fromkeys(self._files_by_ending.get(own, ()), True)

    @cached_property
    def _files_by_ending(self) -> Mapping[str, list[Path]]:
        """The test files by each ending of their names, without the whole name: b_c and c of test_a_b_c."""
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for path, text in zip(self._layout.test_files, self._layout.test_paths, strict=True):
            name = strip_test_affixes(text[text.rfind(os.sep) + 1 :].rpartition(".")[0])
            while name := name.partition("_")[2]:
                found[name].append(path)
        return found

    @cached_property
    def _files_by_first_word(self) -> Mapping[str, list[Path]]:
        """The test files by the first words of their names."""
        found: defaultdict[str, list[Path]] = defaultdict(list)
        for path, text in zip(self._layout.test_files, self._layout.test_paths, strict=True):
            name = strip_test_affixes(text[text.rfind(os.sep) + 1 :].rpartition(".")[0])
            found[name.partition("_")[0]].append(path)
        return found

    def begins_with_name(self, part: CodePart, path: Path) -> bool:
        """Whether the name of a test file begins with that of a part: test_auth_api does for auth."""
        return strip_test_affixes(path.stem).startswith(f"{normalize(part.name)}_")

    def is_named(self, part: CodePart, paths: Iterable[Path]) -> bool:
        """Whether one of a part's test files has the part's own name, not that of a part in it."""
        own = {path for spelling in self._spellings.get(part, ()) for path in self._paths_by_name[spelling]}
        return any(str(path) in own or part.owns_test(path) for path in paths)

    def find_other_part_named_by(self, path: Path, part: CodePart) -> CodePart | None:
        """Returns the part that a test file's path names best, if another than `part`.

        What contains the part, or is in it, is no other.
        """
        matches = [match for match in self._find_matches(path) if not self._are_nested(match.part, part)]
        return choose_match(matches).part if matches else None

    def find_claim(self, part: CodePart, path: Path) -> str | ContestedClaim | None:
        """Returns the rule by which a part claims a test file; None where it does not."""
        if part.owns_test(path):
            return AMONG_SOURCES_RULE
        if not self.may_claim(part, path):
            return None
        matches, inside = self._find_matches(path), self._find_inside(part)
        if not any(match.part in inside for match in matches):
            return None
        if container := self._find_container(path):
            matches = [match for match in matches if match.part in inside or self._are_nested(match.part, container)]
        if not all(match.part in inside for match in choose_winners(matches)):
            # A part and its whole may both claim a file: what is best for the whole is not lost for a part in it.
            matches = [match for match in matches if match.part in inside or not self._contains(match.part, part)]
        winners, others = choose_winners(matches), choose_contenders(matches)
        own = next((match for match in (*winners, *others) if match.part in inside), None)
        rivals = tuple(
            match.part
            for match in (*winners, *others)
            if match.part not in inside and not self._contains(match.part, part)
        )
        if own is None or not rivals:
            return own.rule if own else None
        return ContestedClaim(
            part=own.part,
            rule=own.rule,
            rivals=rivals,
            is_favourite=own in winners,
            is_tied=own in winners and any(match.part not in inside for match in winners),
        )

    def may_claim(self, part: CodePart, path: Path) -> bool:
        """Whether a part may claim a test file: not one that lies among the sources of an unrelated part."""
        container = self._find_container(path)
        return container is None or self._are_nested(part, container)

    def _find_container(self, path: Path) -> CodePart | None:
        """Returns the smallest part in whose sources or project folder a test file lies; kept by its directory."""
        directory = path.parent
        if directory not in self._containers:
            places = (directory, *directory.parents)
            found = next((self._part_by_directory[one] for one in places if one in self._part_by_directory), None)
            self._containers[directory] = found
        return self._containers[directory]

    def _find_inside(self, part: CodePart) -> frozenset[CodePart]:
        """Returns a part and the parts in it."""
        if part not in self._inside:
            found = (one for source in part.sources for one in self._parts_inside[source])
            self._inside[part] = frozenset(one for one in found if len(one.sources) == 1 or part.contains_part(one))
        return self._inside[part]

    def _contains(self, whole: CodePart, part: CodePart) -> bool:
        return part in self._find_inside(whole)

    def _are_nested(self, one: CodePart, other: CodePart) -> bool:
        return self._contains(one, other) or self._contains(other, one)

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
        for name in list_beginnings(strip_test_affixes(path.stem)) if path.name != PACKAGE else ():
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


def choose_contenders(matches: Iterable[NameMatch]) -> list[NameMatch]:
    """Returns the matches of a file's name that are as long as the winner's, and lose by what imports may outweigh.

    A file name that is exactly the name of a part deep in the code may be meant for a part with the plural name.
    """
    candidates = list(matches)
    best = choose_match(candidates)
    return [
        match
        for match in candidates
        if match.is_file_name and best.is_file_name and match.rank[:2] == best.rank[:2] and match.rank != best.rank
    ]


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


def spell_with_parents(part: CodePart, spellings: Mapping[str, str]) -> dict[str, str]:
    """Returns the spellings of a part's dotted name, with their rules: core_engine, pipeline_files, app_core_engine.

    Only the name itself, its other number and the configured ones are combined with those of the packages above it.
    """
    above = [normalize(name) for name in part.names[:-1]]
    own = {spelling: rule for spelling, rule in spellings.items() if rule in COMBINED}
    found: dict[str, str] = {}
    for start in reversed(range(len(above))):
        prefix = "_".join(above[start:])
        forms = {prefix: EXACT, **(dict.fromkeys(PLURAL.forms(prefix), PLURAL.name) if start == len(above) - 1 else {})}
        for form, form_rule in forms.items():
            for spelling, rule in own.items():
                combined = rule if form_rule == EXACT else form_rule
                found.setdefault(f"{form}_{spelling}", combined)
                found.setdefault(f"{form}{spelling}", JOINED if combined == EXACT else combined)
    return found


def is_abbreviation(name: str, other: str) -> bool:
    """Whether one of two names is a beginning of the other, of MIN_FORM_LENGTH letters or more."""
    shorter, longer = sorted((name, other), key=len)
    return MIN_FORM_LENGTH <= len(shorter) < len(longer) and longer.startswith(shorter)


def strip_test_affixes(name: str) -> str:
    """Returns the name that a test file or directory is for: test_auth_api and auth_api_test are for auth_api."""
    words = normalize(name)
    return words.removeprefix("tests_").removeprefix("test_").removesuffix("_tests").removesuffix("_test").strip("_")


def list_beginnings(name: str) -> Iterator[str]:
    """Yields the name and its beginnings: a_b_c, a_b, a."""
    while name:
        yield name
        name = name.rpartition("_")[0]
