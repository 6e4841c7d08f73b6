"""The files that a run judges: whether the commit has them, and whether they changed while the tests ran."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path

import pytest

from ..config.following_files import follows_from_run
from ..gates.spec import find_specifications
from ..model.digests import file_digest
from ..model.evidence import CheckedOut, Component, Gap
from ..model.gates import Context
from ..model.light_dataclass import light_dataclass
from ..model.names import normalize
from ..model.paths import find_conftests, path_from_root
from ..model.text import first_few, plural
from ..reports import overwriting
from ..tools.work_tree import WorkTree, describe_problem, read_work_tree

# What configures pytest, coverage.py, the gate and its tools, in the root of the project.
CONFIGURATION = (
    "pyproject.toml", "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "tox.ini", "setup.cfg", "setup.py",
    ".coveragerc", ".coveragerc.toml", "maturity.yaml", "maturity.yml",
)  # fmt: skip
TOOL_CONFIGURATION = (
    "ruff.toml", ".ruff.toml", "mypy.ini", ".mypy.ini", ".bandit", "pyrightconfig.json", "ty.toml", "pyrefly.toml",
    ".secrets.baseline",
)  # fmt: skip
CONFTEST = "conftest.py"
NO_COMMIT = "this is no git repository that has a commit"
# A module that a build writes and git ignores, by setuptools-scm, hatch-vcs and others.
VERSION_MODULE = re.compile(r"_*version(_info|_meta)?_*\.py")
CODE = (
    ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Call, ast.For, ast.While, ast.With, ast.Try,
    ast.comprehension,
)  # fmt: skip
Stamp = tuple[int, int] | None


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The files that changed during a run, and whether another commit was checked out meanwhile."""

    files: tuple[Path, ...] = ()
    is_other_commit: bool = False


class JudgedFiles:
    """The files that decide a verdict, by kind: the sources, tests and specifications of components, and configuration.

    `tree` is the work tree before the first conftest.py, None outside of a git repository and until it was read.
    """

    def __init__(self, config: pytest.Config, root: Path, policy_file: Path | None, stage_file: str = "") -> None:
        """`policy_file` is the one of --maturity-config, `stage_file` the pattern of the stage files."""
        self._stage_file = stage_file
        self.tree: WorkTree | None = None
        self._root = root
        self._known_configuration = [root / name for name in (*CONFIGURATION, *TOOL_CONFIGURATION)]
        given = [path for path in (config.inipath, policy_file) if path is not None]
        files = dict.fromkeys((*self._known_configuration, *given))
        self._configuration = [path for path in files if path.is_file()]
        self._kinds: dict[str, dict[str, list[Path]]] = {}  # by component, then by kind
        self._components: tuple[Component, ...] = ()
        self._written: set[Path] = set()
        self._stamps: dict[Path, Stamp] = {}
        self._is_test_file: Callable[[str], bool] = lambda _: False

    # ── before the tests ─────────────────────────────────────────────────────

    def stamp_sources(self, components: Iterable[Component]) -> None:
        """Records size and time of the sources and of the configuration."""
        self._stamps |= {path: stamp(path) for component in components for path in component.files}
        self._stamps |= {path: stamp(path) for path in self._configuration}

    def read_tree(self) -> None:
        """Reads which commit is checked out, and what differs from it."""
        self.tree = read_work_tree(self._root)
        if self.tree is not None:
            self._stamps |= {path: stamp(path) for path in (*self.tree.modified, *self.tree.untracked)}

    def add_tests(self, components: Sequence[Component], context: Context, is_test_file: Callable[[str], bool]) -> None:
        """Adds the components' tests with their conftest.py files, and the specifications."""
        self._components, self._is_test_file = tuple(components), is_test_file
        for component in components:
            sources = set(component.files)
            tests = [claim.path for claim in component.tests if claim.path not in sources]
            self._kinds[component.name] = {
                "source file": [*component.files],
                "test file": [*tests, *sorted(find_conftests(tests, self._root))],
                "specification": find_specifications(component, context),
                "configuration file": self._configuration,
            }
        for path in self._list_judged():
            self._stamps.setdefault(path, stamp(path))

    def add_written(self, paths: Iterable[Path]) -> None:
        """Adds the files that the run itself writes: they are no change of the tests."""
        self._written.update(paths)

    def _list_judged(self) -> list[Path]:
        """Returns the judged files of all components, each once."""
        return list(dict.fromkeys(path for kinds in self._kinds.values() for paths in kinds.values() for path in paths))

    # ── after the tests ──────────────────────────────────────────────────────

    @cached_property
    def changes(self) -> Changes:
        """The changes since the files were recorded; it is read for the first time when the tests have ended."""
        changed = dict.fromkeys(path for path, known in self._stamps.items() if stamp(path) != known)
        if self.tree is None:
            return Changes(files=tuple(changed))
        now = read_work_tree(self._root)
        if now is None or now.commit != self.tree.commit:
            return Changes(files=tuple(changed), is_other_commit=True)
        before, after = {*self.tree.modified, *self.tree.untracked}, {*now.modified, *now.untracked}
        changed |= dict.fromkeys(path for path in sorted(before ^ after) if not self._is_by_product(path))
        return Changes(files=tuple(changed))

    def find_gaps(self, component: Component) -> Iterator[Gap]:
        """Yields a gap for each kind of the component's files that changed while the tests and the tools ran.

        A test file that a test added is none: what is collected was known before.
        """
        if self.changes.is_other_commit:
            yield Gap(cause="changed", message="the commit that is checked out changed during the run")
        for kind, paths in self._kinds[component.name].items():
            known = set(paths)
            changed = [
                path
                for path in self.changes.files
                if path in known or (kind != "test file" and self._is_judged(kind, path, component))
            ]
            if changed:
                files = first_few([path_from_root(path, self._root) for path in changed])
                yield Gap(cause="changed", message=f"{plural(len(changed), kind)} changed during the run: {files}")

    def compute_digests(self, component: Component) -> dict[str, str]:
        """Returns the SHA-256 of the component's files, by their paths from the root, sorted."""
        paths = {
            path_from_root(path, self._root): path for kind in self._kinds[component.name].values() for path in kind
        }
        return {name: file_digest(paths[name]) for name in sorted(paths)}

    def list_notes(self) -> Iterator[str]:
        """Yields a note on an unknown commit, or on the other files that the tests changed: they make no difference."""
        judged = set(self._list_judged())
        others = [path for path in self.changes.files if path not in judged]
        if self.tree is None:
            if problem := describe_problem(self._root):
                yield f"the commit is unknown: {problem}"
        elif others:
            files = first_few([path_from_root(path, self._root) for path in others])
            yield f"the tests changed {plural(len(others), 'file')} in the work tree: {files}"

    @cached_property
    def checked_out(self) -> CheckedOut:
        """The commit, and what differed from it before the tests; read for the first time when these have ended."""
        if self.tree is None:
            problem = describe_problem(self._root)
            return CheckedOut(problem=f"the commit is unknown: {problem}" if problem else NO_COMMIT)
        return CheckedOut(
            commit=self.tree.commit,
            branch=self.tree.branch,
            is_shallow=self.tree.is_shallow,
            uncommitted=tuple(path_from_root(path, self._root) for path in self.list_uncommitted()),
        )

    def list_uncommitted(self) -> list[Path]:
        """Returns the files that differed from the commit before the tests.

        Those that are judged count also where git ignores them or was told not to compare them. Baselines, waivers,
        approvals and stage files do not count: they are about a run, which committing them must not undo.
        """
        if self.tree is None:
            return []
        tree = self.tree
        found = dict.fromkeys(tree.modified)
        found |= dict.fromkeys(path for path in tree.untracked if not self._is_by_product(path))
        found |= dict.fromkeys(path for path in tree.left_out if self._is_any_judged(path))
        given = {path for path in self._configuration if not path.is_relative_to(tree.top)}
        judged = dict.fromkeys(path.resolve() for path in self._list_judged() if path not in given)
        found |= dict.fromkeys(path for path in tree.find_uncommitted(judged) if not is_version_module(path))
        return [path for path in found if path in judged or not self._follows_from_run(path)]

    def _follows_from_run(self, path: Path) -> bool:
        return follows_from_run(path_from_root(path, self._root), self._stage_file)

    def _is_any_judged(self, path: Path) -> bool:
        kinds = ("source file", "test file", "configuration file")
        return any(self._is_judged(kind, path, component) for component in self._components for kind in kinds)

    def _is_judged(self, kind: str, path: Path, component: Component) -> bool:
        """Whether a file that is not there before, after or at all would be judged as one of this kind."""
        is_test = path.name == CONFTEST or self._is_test_file(str(path))
        if kind == "source file":
            is_code = path.suffix in (".py", ".pyi") and not is_test
            return is_code and any(path.is_relative_to(source) for source in component.sources)
        if kind == "test file":
            return is_test and (path.name == CONFTEST or self._names(path, component))
        return kind == "configuration file" and path in self._known_configuration

    def _names(self, path: Path, component: Component) -> bool:
        """Whether the path of a test file names the component."""
        words = normalize("_".join(Path(os.path.relpath(path, self._root)).with_suffix("").parts))
        return any(f"_{spelling}_" in f"_{words}_" for spelling in component.spellings)

    def _is_by_product(self, path: Path) -> bool:
        """Whether an untracked file is what Python and the gate write themselves: byte code and reports."""
        return path in self._written or is_by_product(path)


def stamp(path: Path) -> Stamp:
    """Returns a file's time in nanoseconds and its size, which change when it is written; None where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def is_by_product(path: Path) -> bool:
    """Whether a file is byte code in its own directory, or a report or evidence of any run."""
    if path.suffix == ".pyc":
        return path.parent.name == "__pycache__"
    return path.suffix == ".json" and overwriting.is_written_by_gate(path)


def is_version_module(path: Path) -> bool:
    """Whether a file only assigns a version, as a build writes it: no commit has it."""
    if VERSION_MODULE.fullmatch(path.name) is None:
        return False
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return False
    return not any(isinstance(node, CODE) for node in ast.walk(tree))
