"""The layout of a project: the parts of its code that may be components, and its test files.

Reads directory listings only. A part is a package, a module or a project folder (`packages/billing`); parts are found
in the source roots and the packages below them.
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
from ..model.light_dataclass import light_dataclass
from ..model.names import PLACEHOLDER, insert_name
from ..model.paths import SKIPPED_DIRECTORIES, is_skipped_directory, path_from_root
from .imports import read_file

TEST_DIRECTORIES = frozenset({"tests", "test"})
# Directories of these names say which kind of tests is in them, not what the tests are for.
TEST_KIND_DIRECTORIES = TEST_DIRECTORIES | {
    "testing", "unit", "integration", "functional", "acceptance", "e2e", "end_to_end", "smoke", "system", "regression",
    "performance", "perf", "slow", "fast", "fixtures", "data", "helpers",
}  # fmt: skip
CONFTEST = "conftest.py"
PACKAGE = "__init__.py"  # a package's own module
COLLECTING_HOOK = b"pytest_collect_file"
ENDING = re.compile(rb"""["']\*?(\.[A-Za-z][A-Za-z0-9]{0,9})["']""")  # a string like ".yaml" or "*.yaml"
TEST_MODULES = frozenset({"conftest.py", "tests.py"})  # Django's name for the tests of an application
SCRIPT_NAMES = frozenset({  # modules beside the code that run it or build it
    "dodo", "fabfile", "manage", "noxfile", "setup", "tasks", "versioneer",
})  # fmt: skip
NO_CODE_NAMES = SCRIPT_NAMES | {  # in the root of a project: neither what it is made of nor its tests
    "doc", "docs", "example", "examples", "script", "scripts", "benchmark", "benchmarks", "bench", "fuzz", "fuzzing",
    "maint", "tools", "specs", "testing", "ci", "site", "env", "venv",
}  # fmt: skip
NAMESPACE_DEPTH = 3  # directories without a Python file of their own, above the first that has one


@light_dataclass(frozen=True, slots=True, kw_only=True)
class CodePart:
    """A part of the code that may be a component: a package, a module, or the source root of a project folder.

    `names` lead to it from the source root `root`; `found_by` is its path as reports print it. `project_folder` is
    set for the part that is a whole project folder with tests of its own.
    """

    names: tuple[str, ...]
    sources: tuple[Path, ...]
    root: Path
    found_by: str
    project_folder: Path | None = None

    @property
    def name(self) -> str:
        return self.names[-1].strip("_")

    @property
    def dotted_name(self) -> str:
        return ".".join(self.names)

    @property
    def directories(self) -> tuple[Path, ...]:
        """The sources, and the project folder where there is one: a test file in them is the part's own."""
        return self.sources if self.project_folder is None else (*self.sources, self.project_folder)

    def contains(self, path: Path) -> bool:
        """Whether a path is one of the part's sources, or inside one."""
        return any(source == path or source in path.parents for source in self.sources)

    def owns_test(self, path: Path) -> bool:
        """Whether a test file lies among the part's sources, or in its project folder."""
        return self.contains(path) or (self.project_folder is not None and self.project_folder in path.parents)

    def contains_part(self, other: CodePart) -> bool:
        """Whether the other part is this one, or inside it."""
        return all(map(self.contains, other.sources))


@dataclass(frozen=True)
class ProjectLayout:
    """The root of a project, its source and test roots, and the names of its test files.

    * `sources`, `tests`: directories or globs relative to the root; empty for the default ones.
    * `patterns`: pytest's `python_files`; `skipped`: its `norecursedirs`.
    * `test_paths_only`: whether there are no other test files than those below `tests`, none among the sources.
    * `folder`: the directory that the default sources and tests are in, the root if it is None: that of a project in
      a repository of several.
    """

    root: Path
    sources: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ("test_*.py", "*_test.py")
    skipped: tuple[str, ...] = ()
    test_paths_only: bool = False
    folder: Path | None = None

    @property
    def top(self) -> Path:
        """The directory that the default sources and tests are in."""
        return self.folder or self.root

    # ── code ─────────────────────────────────────────────────────────────────

    @cached_property
    def source_roots(self) -> tuple[Path, ...]:
        """The existing source roots, all in the project; the project's own directory where no other holds code."""
        if self.sources:
            return tuple(self._find_directories(self.sources, self.root))
        found = [path for path in self._find_directories(defaults.SOURCES, self.top) if any(self._list_code(path))]
        folders = {path.parent for path in found}
        for path in self._find_directories(defaults.PROJECT_FOLDERS, self.top):
            is_project = (path / "pyproject.toml").exists() or any(folder.parent == path.parent for folder in folders)
            if is_project and path not in folders and any(self._list_code(path)):
                found.append(path)
        return tuple(found) or (self.top,)

    @cached_property
    def _named_roots(self) -> dict[Path, str]:
        """The source roots that are a component each, with its name: those of the patterns with `{component}`."""
        found: dict[Path, str] = {}
        for pattern in self.sources:
            place, is_named, rest = pattern.partition(PLACEHOLDER)
            if not is_named:
                continue
            before, after = place.rpartition("/")[2], rest.partition("/")[0]
            depth = place.count("/")
            for path in self._find_directories([pattern], self.root):
                word = path.relative_to(self.root).parts[depth]
                found[path] = word.removeprefix(before).removesuffix(after)
        return found

    @cached_property
    def code_parts(self) -> tuple[CodePart, ...]:
        """All parts that may be components, at every depth, the shallowest first."""
        found: list[CodePart] = []
        level = [part for root in self.source_roots for part in self._find_parts_in_root(root)]
        while level:
            found += level
            level = [
                part
                for parent in level
                for part in self.find_parts_in(parent)
                if part.sources[0].parent in parent.sources  # a link may lead back
            ]
        return tuple(found)

    def find_parts_in(self, parent: CodePart) -> list[CodePart]:
        """Returns the packages and modules directly inside a part."""
        directories = (source for source in parent.sources if source.suffix != ".py" or source.is_dir())
        return [part for source in directories for part in self._find_parts(source, parent.root, parent.names)]

    def list_import_names(self, part: CodePart) -> list[str]:
        """Returns the dotted names that import a part: from its source root, and from the root of the project."""
        names = []
        for source in part.sources:
            paths = [source] if source != part.root else [child.sources[0] for child in self.find_parts_in(part)]
            for path in paths:
                for root in (part.root, self.root):
                    names.append(
                        ".".join(path.relative_to(root).with_suffix("").parts) if path.is_relative_to(root) else ""
                    )
        return [name for name in dict.fromkeys(names) if name]

    def find_top_parts(self) -> tuple[CodePart, ...]:
        """Returns the parts that `all` stands for: those in the source roots, or in the only package there."""
        found: list[CodePart] = []
        for root in self.source_roots:
            parts = self._find_parts_in_root(root)
            only = parts[0] if len(parts) == 1 and root not in self._named_roots else None
            found += (self.find_parts_in(only) if only else []) or parts
        return tuple(found)

    def find_source_files(self, sources: Sequence[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
        """Returns a component's Python files without tests, and the links in it that lead to others; both sorted."""
        files: set[Path] = set()
        links: set[Path] = set()
        for source in sources:
            if source.is_file():
                files.add(source)
                continue
            paths: list[str] = []
            found = map(Path, walk_files(source, is_python_file, paths.append))
            files.update(path for path in found if not self.is_test_path(path, source))
            links.update(link for link in map(Path, paths) if not self.is_test_path(link / "x", source))
        return tuple(sorted(files)), tuple(sorted(link for link in links if leads_outside(link, sources)))

    def _find_directories(self, patterns: Iterable[str], start: Path) -> list[Path]:
        """Returns the existing directories of the patterns below `start` that lie in the project, each once."""
        paths = (path for pattern in patterns for path in expand_pattern(start, insert_name(pattern, "*")))
        return [path for path in dict.fromkeys(paths) if is_directory(path) and path.is_relative_to(self.root)]

    def _find_parts_in_root(self, root: Path) -> list[CodePart]:
        """Returns the parts in a source root; the code of a project folder, like packages/billing/src, is one part.

        So is a directory whose name a pattern of the sources gives with `{component}`.
        """
        if name := self._named_roots.get(root):
            above = root
            while (above / PACKAGE).is_file():  # a package is imported from the directory above the outermost one
                above = above.parent
            names = (*root.relative_to(above).parts[:-1], name)
            return [CodePart(names=names, sources=(root,), root=above, found_by=f"{self.relative_path(root)}/")]
        if root.name == "src" and self.top not in (root, root.parent):
            folder, sources = root.parent, [root]
        elif not self.sources and root.parent.parent == self.top:
            folder, sources = root, [path for part in self._find_parts(root, root) for path in part.sources]
        else:
            return self._find_parts(root, root)
        found_by = f"{self.relative_path(root)}/"
        part = CodePart(
            names=(folder.name,), sources=tuple(sources), root=root, found_by=found_by, project_folder=folder
        )
        return [part]

    def _find_parts(self, directory: Path, root: Path, above: tuple[str, ...] = ()) -> list[CodePart]:
        """Returns the packages and modules in a directory; the names in `above` lead to it from `root`."""
        prefix = "" if directory == self.root else f"{self.relative_path(directory)}/"
        found = []
        for entry in self._list_code(directory):
            path = Path(entry.path)
            source = path.resolve() if entry.is_symlink() else path  # so that a link out of the project shows
            found_by = f"{prefix}{entry.name}{'/' * entry.is_dir()}"
            names = (*above, import_name(entry.name))
            found.append(CodePart(names=names, sources=(source,), root=root, found_by=found_by))
        return found

    def _list_code(self, directory: Path) -> Iterator[os.DirEntry[str]]:
        """Yields the packages and modules in a directory that may be components, sorted by name."""
        is_top = directory == self.top
        scripts = SCRIPT_NAMES if is_top or directory.name == "src" else ()
        for entry in sorted(os.scandir(directory), key=lambda entry: entry.name):
            name = import_name(entry.name)
            if name.startswith((".", "__")) or not name.strip("_"):
                continue
            if is_top and (name in NO_CODE_NAMES or name.endswith("tests") or name in self._kinds_parents):
                continue
            if entry.name.endswith(".py") and entry.is_file():
                if name not in scripts and entry.name not in TEST_MODULES and not self.is_test_module(entry.path):
                    yield entry
            elif (
                entry.is_dir()
                and self._may_hold_code(directory, name)
                and has_python_files(entry.path, self.is_test_module)
            ):
                yield entry

    @cached_property
    def _kinds_parents(self) -> frozenset[str]:
        """The names of directories in the top one that hold a test root by kind: `t` where `t/unit` is one."""
        kinds = TEST_KIND_DIRECTORIES - TEST_DIRECTORIES
        return frozenset(
            root.parent.name for root in self.test_roots if root.name in kinds and root.parent.parent == self.top
        )

    def _may_hold_code(self, directory: Path, name: str) -> bool:
        """Whether a subdirectory, by its name, may be a package or hold one: src/my-api may be on sys.path."""
        word = name if directory == self.top else name.replace("-", "_")
        return word.isidentifier() and name not in TEST_DIRECTORIES and not is_skipped_directory(str(directory), name)

    # ── tests ────────────────────────────────────────────────────────────────

    @cached_property
    def test_roots(self) -> tuple[Path, ...]:
        if self.tests:
            return tuple(self._find_directories(self.tests, self.root))
        return tuple(self._find_directories(defaults.TESTS, self.top))

    @cached_property
    def test_paths(self) -> tuple[str, ...]:
        """The paths of all test files in the test roots and, mostly, among the sources, sorted."""
        found = {path for root in self.test_roots for path in self._walk_tests(root)}
        if self.custom_endings:
            found |= {
                path for root in self.test_roots for path in walk_files(root, self.is_custom_file, follows_links=True)
            }
        for root in () if self.test_paths_only else self.source_roots:
            skipped = NO_CODE_NAMES if root == self.top else frozenset[str]()
            found.update(path for path in self._walk_tests(root, skipped) if self._is_test_in(root, path))
        found = {path for path in found if not (path.endswith(PACKAGE) and is_empty(path))}
        return tuple(sorted(found, key=lambda path: path.split(os.sep)))  # noqa: PTH206  # thousands of paths

    @cached_property
    def custom_endings(self) -> tuple[str, ...]:
        """The endings of files that a conftest.py among the tests, or above them, may let pytest collect, sorted.

        They are the endings in the text of each conftest.py with the hook `pytest_collect_file`.
        """
        above = {parent / CONFTEST for root in self.test_roots for parent in root.parents}
        paths = {str(path) for path in above if path.is_relative_to(self.root)}
        for root in self.test_roots:
            paths.update(walk_files(root, lambda path: path.endswith(f"{os.sep}{CONFTEST}"), follows_links=True))
        texts = [text for text in map(read_file, paths) if COLLECTING_HOOK in text]
        return tuple(sorted({ending.decode() for text in texts for ending in ENDING.findall(text)} - {".py", ".pyc"}))

    def is_custom_file(self, path: str) -> bool:
        """Whether a file, by its path, may be one that a conftest.py lets pytest collect; pytest may pass it over."""
        return path.endswith(self.custom_endings) and not self.is_test_file(path)

    def _walk_tests(self, root: Path, skipped: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yields the test files below a directory, without its subdirectories of the names `skipped`."""
        top = str(root)

        def is_skipped(directory: str, name: str) -> bool:
            path = f"{directory}{os.sep}{name}"
            return (name in skipped and directory == top) or self._match_skipped(path) is not None

        return walk_files(root, self.is_test_file, is_skipped=is_skipped, follows_links=True)

    @cached_property
    def test_files(self) -> tuple[Path, ...]:
        return tuple(map(Path, self.test_paths))

    def is_test_file(self, path: str) -> bool:
        """Whether a file is a test file for pytest, by its absolute path."""
        return self._match_test_file(path) is not None

    def is_test_module(self, path: str) -> bool:
        """Whether a file is a test also among the code. The pattern `*.py` says nothing about that."""
        return self._match_test_module(path) is not None

    @cached_property
    def _match_test_file(self) -> Callable[[str], object]:
        return compile_patterns(self.patterns)

    @cached_property
    def _match_test_module(self) -> Callable[[str], object]:
        return compile_patterns(pattern for pattern in self.patterns if not fnmatchcase("__init__.py", pattern))

    @cached_property
    def _match_skipped(self) -> Callable[[str], object]:
        return compile_patterns(self.skipped)

    def _is_test_in(self, root: Path, path: str) -> bool:
        """Whether a test file below a source root is a test: by its name, or because its directory is one of tests."""
        *directories, name = path[len(str(root)) :].split(os.sep)  # noqa: PTH206  # thousands of paths
        return name in TEST_MODULES or self.is_test_module(path) or not TEST_DIRECTORIES.isdisjoint(directories)

    def is_test_path(self, path: Path, source: Path) -> bool:
        """Whether a Python file below a source belongs to the tests among the code."""
        return self._is_test_in(source, str(path))

    def find_package(self, path: Path) -> tuple[str, ...]:
        """Returns the names of the packages that a file lies in."""
        root = next((root for root in (*self.source_roots, self.root) if path.is_relative_to(root)), None)
        return path.parent.relative_to(root).parts if root else ()

    def relative_path(self, path: Path) -> str:
        """The path as reports print it."""
        return path_from_root(path, self.root)


def expand_pattern(root: Path, pattern: str) -> list[Path]:
    """Returns the existing paths of a path or glob relative to `root`, sorted and resolved; none for an invalid one."""
    try:
        if any(char in pattern for char in "*?["):
            return sorted(path.resolve() for path in root.glob(pattern))
        return [path for path in [(root / pattern).resolve()] if path.exists()]
    except (OSError, ValueError, NotImplementedError):  # too long, NUL, an absolute glob
        return []


def is_directory(path: Path) -> bool:
    """Whether the path is a directory; a path that cannot be examined is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def is_python_file(path: str) -> bool:
    return path.endswith(".py")


def leads_outside(link: Path, sources: Iterable[Path]) -> bool:
    """Whether a link leads to a directory with Python files that is in none of the sources."""
    target = link.resolve()
    return not any(target.is_relative_to(source) for source in sources) and has_python_files(str(target))


def import_name(name: str) -> str:
    """The name that imports a file or directory of this name."""
    return name.removesuffix(".py")


def compile_patterns(patterns: Iterable[str]) -> Callable[[str], object]:
    """Returns a function that matches absolute paths as pytest does; it returns None for no match.

    A pattern with a separator must match the end of the path, any other one the name; upper case counts.
    """
    of_names, of_paths = [], []
    for pattern in patterns:
        if os.sep in pattern or "/" in pattern:
            of_paths.append(translate(pattern if Path(pattern).is_absolute() else f"*{os.sep}{pattern}"))
        else:
            of_names.append(translate(pattern))
    match_name = re.compile("|".join(of_names) or r"(?!)").match
    if not of_paths:
        return lambda path: match_name(path[path.rfind(os.sep) + 1 :])
    match_path = re.compile("|".join(of_paths)).match
    return lambda path: match_name(path[path.rfind(os.sep) + 1 :]) or match_path(path)


def has_python_files(
    directory: str, is_test: Callable[[str], bool] = lambda _: False, depth: int = NAMESPACE_DEPTH
) -> bool:
    """Whether a directory holds a Python file, or a package at most `depth` levels below it (namespace packages).

    Files for whose paths `is_test` returns True do not count.
    """
    packages: list[str] = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(".py") and not is_test(entry.path):
                return True
            if entry.is_dir() and entry.name.isidentifier() and entry.name not in SKIPPED_DIRECTORIES:
                packages.append(entry.path)
    return depth > 0 and any(has_python_files(path, is_test, depth - 1) for path in packages)


def walk_files(
    root: Path,
    is_wanted: Callable[[str], bool],
    on_link: Callable[[str], object] = lambda _: None,
    is_skipped: Callable[[str, str], bool] = lambda _, __: False,
    *,
    follows_links: bool = False,
) -> Iterator[str]:
    """Yields the paths of the files below `root` that are wanted; hidden and build directories are skipped.

    `is_skipped` gets a directory and the name of one in it. A directory that is a link is not entered, because it may
    lead anywhere: `on_link` gets its path. With `follows_links` it is entered, as pytest enters it, unless it leads
    back to where the walk has come through.
    """
    pending: list[tuple[str, tuple[Path, ...]]] = [(str(root), ())]  # with the directories of the links on the way
    while pending:
        directory, passed = pending.pop()
        entries = list_directory(directory)
        names = {entry.name for entry in entries}
        if "pyvenv.cfg" in names and "__init__.py" not in names:  # an environment, unless it is a package
            continue
        for entry in entries:
            path = f"{directory}{os.sep}{entry.name}"
            if not is_directory_entry(entry):
                if is_wanted(path):
                    yield path
            elif is_skipped_directory(directory, entry.name) or is_skipped(directory, entry.name):
                continue
            elif not entry.is_symlink():
                pending.append((path, passed))
            elif not follows_links:
                on_link(path)
            else:
                here = (*passed, Path(directory).resolve())
                target = Path(path).resolve()
                if not any(place.is_relative_to(target) for place in here):
                    pending.append((path, here))


def is_empty(path: str) -> bool:
    """Whether a file has no byte, or cannot be examined."""
    try:
        return not os.stat(path).st_size  # noqa: PTH116  # thousands of paths
    except OSError:
        return True


def list_directory(directory: str) -> list[os.DirEntry[str]]:
    """Returns the entries of a directory; none where it cannot be read."""
    try:
        with os.scandir(directory) as entries:
            return list(entries)
    except OSError:
        return []


def is_directory_entry(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a directory or a link to one; a link to itself is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False
