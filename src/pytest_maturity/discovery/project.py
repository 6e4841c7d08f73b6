"""What lies where: the parts of a code base that may be components, and its test files.

Reads directory listings only. A unit is a package, a module or a project folder;
units are found in the source roots and one package further down.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase, translate
from functools import cached_property
from pathlib import Path

from ..config import defaults
from ..model.paths import INSTALL_DIRECTORIES, path_from_root

TEST_DIRECTORIES = frozenset({"tests", "test"})
BESIDE_THE_CODE = frozenset({  # what lies in a project's root and is not what the project is made of
    "doc", "docs", "example", "examples", "script", "scripts", "benchmark", "benchmarks", "bench", "fuzz", "fuzzing",
    "tools", "tasks", "specs", "testing", "ci", "site", "env", "venv", "setup", "conftest", "noxfile", "fabfile",
    "dodo", "versioneer",
})  # fmt: skip
SKIPPED_DIRECTORIES = frozenset({"__pycache__", "node_modules"}) | INSTALL_DIRECTORIES
OUTPUT_DIRECTORIES = frozenset({"build", "dist", "venv"})  # unless they are packages


@dataclass(frozen=True, slots=True)
class CodePart:
    """Something that may be called a component: dotted names from the source root, and where it is.

    `root` is the source root; `home` the project folder, of a unit that has one with tests of its own.
    """

    parts: tuple[str, ...]
    sources: tuple[Path, ...]
    root: Path
    rule: str
    home: Path | None = None

    @property
    def name(self) -> str:
        return self.parts[-1].strip("_")

    @property
    def dotted(self) -> str:
        return ".".join(self.parts)

    def contains(self, path: Path) -> bool:
        """Is `path` one of the unit's sources, or below one?"""
        return any(source == path or source in path.parents for source in self.sources)

    def owns_test(self, path: Path) -> bool:
        """Does a test file lie among the unit's sources, or in its project folder?"""
        return self.contains(path) or (self.home is not None and self.home in path.parents)

    def is_nested_with(self, other: CodePart) -> bool:
        """Is one of the two a part of the other?"""
        return all(self.contains(path) for path in other.sources) or all(other.contains(path) for path in self.sources)


@dataclass(frozen=True)
class ProjectLayout:
    """The project's root, where its sources and tests live, and what a test file is called.

    `sources` and `tests` are directories or globs relative to the root; empty
    means: the usual places. `patterns` are pytest's `python_files`.
    """

    root: Path
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ("test_*.py", "*_test.py")

    @cached_property
    def source_roots(self) -> tuple[Path, ...]:
        """The existing source roots, all in the project; the project's root itself where there is no other."""
        found = self._existing(self.sources or defaults.SOURCES)
        if not self.sources:
            found = [path for path in found if any(self._children(path))]
        return tuple(found) if found or self.sources else (self.root,)

    @cached_property
    def test_roots(self) -> tuple[Path, ...]:
        return tuple(self._existing(self.tests or defaults.TESTS))

    def _existing(self, patterns: Iterable[str]) -> list[Path]:
        paths = (path for pattern in patterns for path in expand_pattern(self.root, pattern))
        return [path for path in dict.fromkeys(paths) if is_directory(path) and path.is_relative_to(self.root)]

    @cached_property
    def code_parts(self) -> tuple[CodePart, ...]:
        """All units, the shallowest first."""
        first = [unit for root in self.source_roots for unit in self._units_of_root(root)]
        second = [unit for parent in first for unit in self.find_parts_in(parent)]
        # A project folder is a unit itself: the package in it lies one level deeper than elsewhere.
        third = [unit for parent in second if self._is_project(parent.root) for unit in self.find_parts_in(parent)]
        return (*first, *second, *third)

    def _is_project(self, root: Path) -> bool:
        """Is it the `src` of a project folder inside the project, like packages/billing/src?"""
        return root.name == "src" and self.root not in (root, root.parent)

    def _units_of_root(self, root: Path) -> Iterator[CodePart]:
        if self._is_project(root):
            yield CodePart((root.parent.name,), (root,), root, f"{self.relative_path(root)}/", root.parent)
            return
        yield from self._inside(root, root)

    def _inside(self, directory: Path, root: Path, above: tuple[str, ...] = ()) -> list[CodePart]:
        """The packages and modules in a directory as units; `above` are the names that lead there from `root`."""
        place = "" if directory == self.root else f"{self.relative_path(directory)}/"
        found = []
        for entry in self._children(directory):
            path = Path(entry.path)
            source = path.resolve() if entry.is_symlink() else path  # so that whoever asks can see where a link leads
            rule = f"{place}{entry.name}{'/' * entry.is_dir()}"
            found.append(CodePart((*above, module_name(entry.name)), (source,), root, rule))
        return found

    def _children(self, directory: Path) -> Iterator[os.DirEntry[str]]:
        """The packages and modules in a directory that may be components, sorted."""
        at_root = directory == self.root
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            name = module_name(entry.name)
            beside = at_root and (name in BESIDE_THE_CODE or name.endswith("tests"))
            if name.startswith((".", "__")) or not name.strip("_") or beside:
                continue
            if entry.name.endswith(".py") and entry.is_file():
                if name != "conftest" and not self.is_test_module_name(entry.name):
                    yield entry
            elif entry.is_dir() and self._may_hold_code(directory, name) and has_python_files(entry.path):
                yield entry

    def _may_hold_code(self, directory: Path, name: str) -> bool:
        word = name if directory == self.root else name.replace("-", "_")  # src/my-api is on somebody's sys.path
        return word.isidentifier() and name not in TEST_DIRECTORIES and not is_skipped_directory(str(directory), name)

    def find_parts_in(self, parent: CodePart) -> list[CodePart]:
        """The packages and modules directly inside a unit."""
        directories = (source for source in parent.sources if source.suffix != ".py" or source.is_dir())
        return [unit for source in directories for unit in self._inside(source, parent.root, parent.parts)]

    def find_top_parts(self) -> tuple[CodePart, ...]:
        """The units that `all` means: what lies in the source roots, or in the only package there."""
        found: list[CodePart] = []
        for root in self.source_roots:
            units = list(self._units_of_root(root))
            only = units[0] if len(units) == 1 else None
            found += (self.find_parts_in(only) if only else []) or units
        return tuple(found)

    @cached_property
    def test_paths(self) -> tuple[str, ...]:
        """The path of every test file in the test roots, and of those beside the sources, sorted."""
        found = {path for root in self.test_roots for path in walk_files(root, self.is_test_file_name)}
        for root in self.source_roots:
            found.update(path for path in walk_files(root, self.is_test_file_name) if self._is_test_in(root, path))
        return tuple(sorted(found, key=lambda path: path.split(os.sep)))  # noqa: PTH206  # thousands of paths

    @cached_property
    def test_files(self) -> tuple[Path, ...]:
        return tuple(map(Path, self.test_paths))

    def _is_test_in(self, root: Path, path: str) -> bool:
        *directories, name = path[len(str(root)) :].split(os.sep)  # noqa: PTH206  # thousands of paths
        return self.is_test_module_name(name) or not TEST_DIRECTORIES.isdisjoint(directories)

    def is_test_file_name(self, name: str) -> bool:
        return self._test_name(name) is not None

    @cached_property
    def _test_name(self) -> Callable[[str], object]:
        return matcher(self.patterns)

    def is_test_module_name(self, name: str) -> bool:
        """Does a name tell a test from the code beside it? `python_files = *.py` does not."""
        return self._test_module(name) is not None

    @cached_property
    def _test_module(self) -> Callable[[str], object]:
        return matcher(pattern for pattern in self.patterns if not fnmatchcase("__init__.py", pattern))

    def is_test_path(self, path: Path, source: Path) -> bool:
        """Is a Python file below `source` part of the tests beside the sources?"""
        return path.name == "conftest.py" or self._is_test_in(source, str(path))

    def find_source_files(self, sources: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """The Python files of a component, tests excluded, and the links that lead from it to others; both sorted."""
        found: set[Path] = set()
        linked: set[Path] = set()
        for source in sources:
            if source.is_file():
                found.add(source)
                continue
            links: list[str] = []
            below = map(Path, walk_files(source, is_python_file_name, links.append))
            found.update(path for path in below if not self.is_test_path(path, source))
            linked.update(link for link in map(Path, links) if not self.is_test_path(link / "x", source))
        return tuple(sorted(found)), tuple(sorted(link for link in linked if leads_to_others(link, sources)))

    def relative_path(self, path: Path) -> str:
        return path_from_root(path, self.root)


def expand_pattern(root: Path, pattern: str) -> list[Path]:
    """The paths that a path or a glob relative to `root` names, sorted and resolved; none where it makes no sense."""
    try:
        if any(char in pattern for char in "*?["):
            return sorted(path.resolve() for path in root.glob(pattern))
        return [path for path in [(root / pattern).resolve()] if path.exists()]
    except (OSError, ValueError, NotImplementedError):  # too long, NUL, an absolute glob
        return []


def is_directory(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def is_python_file_name(name: str) -> bool:
    return name.endswith(".py")


def leads_to_others(link: Path, sources: Iterable[Path]) -> bool:
    """Does a link lead to a directory with Python files that is in none of the sources?"""
    target = link.resolve()
    return not any(target.is_relative_to(source) for source in sources) and has_python_files(str(target))


def module_name(name: str) -> str:
    """What a file or directory of this name is imported as."""
    return name.removesuffix(".py")


def matcher(patterns: Iterable[str]) -> Callable[[str], object]:
    """Matches names that fit one of the patterns, else returns None; capital letters count."""
    return re.compile("|".join(map(translate, patterns)) or r"(?!)").match


def has_python_files(directory: str, deep: int = 3) -> bool:
    """Is there a Python file in the directory, or in one at most `deep` levels below it (namespace packages)?"""
    below: list[str] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py"):
                return True
            if entry.is_dir() and entry.name.isidentifier() and entry.name not in SKIPPED_DIRECTORIES:
                below.append(entry.path)
    return deep > 0 and any(has_python_files(path, deep - 1) for path in below)


def walk_files(
    root: Path, wanted: Callable[[str], bool], on_link: Callable[[str], object] = lambda _: None
) -> Iterator[str]:
    """The paths of the files below `root` whose name is wanted; hidden and build directories are not entered.

    Nor are directories that are links, which `on_link` is told of: they may lead anywhere.
    """
    below = [str(root)]
    while below:
        directory = below.pop()
        entries = listing(directory)
        if any(entry.name == "pyvenv.cfg" for entry in entries):
            continue
        for entry in entries:
            path = f"{directory}{os.sep}{entry.name}"
            if not leads_on(entry):
                if wanted(entry.name):
                    yield path
            elif not is_skipped_directory(directory, entry.name):
                (on_link if entry.is_symlink() else below.append)(path)


def listing(directory: str) -> list[os.DirEntry[str]]:
    """What is in a directory; nothing where it cannot be read."""
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return []


def leads_on(entry: os.DirEntry[str]) -> bool:
    """Is it a directory, or a link to one? A link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def is_skipped_directory(directory: str, name: str) -> bool:
    """Is a subdirectory hidden, somebody else's, or output?"""
    if name in OUTPUT_DIRECTORIES:
        return not Path(directory, name, "__init__.py").exists()
    return name.startswith(".") or name in SKIPPED_DIRECTORIES or name.endswith(".egg-info")
