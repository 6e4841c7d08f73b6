"""Finds the Python files that use a module or another file: by imports, or because their text names it.

The search runs backward from what changed, so that few files are parsed: one that does not have the module's name in
its text cannot import it. It does not depend on sys.path: a file may be imported by its path from the root, from a
source root, and from any directory that is no package.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from ..model.paths import path_from_root
from .import_index import ImportIndex, list_prefixes
from .imports import read_file
from .project import CONFTEST, PACKAGE, ProjectLayout, walk_files

CODE_SUFFIXES = frozenset({".py", ".pyi"})
# What a text may name a module by: a dotted name; a statement, also in a string that becomes a file or a program; and,
# in a file that loads modules by name, a word in quotes.
DOTTED_NAME = re.compile(rb"[^\W\d]\w*(?:\.\w+)+")
STATEMENT = re.compile(rb"\bfrom[ \t]+(\w[\w.]*)[ \t]+import[ \t]+\(?\s*([\w, \t]+)|\bimport[ \t]+(\w[\w.]*)")
LOADER = re.compile(
    rb"import_module|__import__|importorskip|find_spec|run_module|pytest_plugins|patch|setattr|sys\.modules|['\" ]-m\b"
)
QUOTED_WORD = re.compile(rb"""["' ](\w+)["' ]""")
# Names of modules that only a run knows. A literal argument is none.
COMPUTED = re.compile(
    rb"""\b(?:import_module|__import__|run_module|find_spec)\b(?!\(\s*["']\w[\w.]*["']\s*[,)])
    |\b(?:iter_modules|walk_packages|entry_points|iter_entry_points|spec_from_file_location|SourceFileLoader
         |run_path|find_module|load_module|load_source)\b
    |\bpytest_plugins\b[^=\n]*=(?!\s*(?:["']|[\[(]\s*["'\])]))""",
    re.VERBOSE,
)
PLAIN_IMPORT = re.compile(rb"^[ \t]*from[ \t]+[\w.]+[ \t]+import[ \t]+(?!.*\bas\b)[\w, \t]+\r?$", re.MULTILINE)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A file, or all files of a component, that others may use: `files`.

    `names` are the dotted names that import it, `words` the last words of these, of which a file that imports it has
    one in its text. `file_names` and `folders` are the names of files and directories that a text may name.
    """

    files: frozenset[Path]
    names: frozenset[str]
    words: frozenset[bytes]
    file_names: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A file that uses a target, and the name that it has for it: of a module, of a file, or none for its package."""

    file: Path
    name: str
    is_import: bool


class Importers:
    """The Python files of a project, and which of them use a target."""

    def __init__(self, layout: ProjectLayout, removed: Iterable[Path] = ()) -> None:
        """`removed` are files that existed at the merge base: what imports them is still found."""
        self._layout = layout
        self._index = ImportIndex(layout)
        self._removed = tuple(removed)
        self._names: dict[Path, frozenset[str]] = {}
        self._is_package: dict[Path, bool] = {}

    @cached_property
    def texts(self) -> Mapping[Path, bytes]:
        """The contents of all Python files below the root, by path."""
        found = walk_files(self._layout.root, lambda path: path.endswith(tuple(CODE_SUFFIXES)))
        return {Path(path): read_file(path) for path in found}

    # ── targets ──────────────────────────────────────────────────────────────

    def make_file_target(self, path: Path) -> Target:
        """Returns a file as a target, whether it exists or not."""
        names = self.list_module_names(path)
        words = {name.rpartition(".")[2] for name in names}
        return Target(files=frozenset({path}), names=names, words=encode(words), file_names=list_file_names([path]))

    def make_text_target(self, path: Path) -> Target:
        """Returns a file that a program may read, which names it, its kind or its directory, as a target."""
        folders = frozenset(path.relative_to(self._layout.root).parts[:-1])
        names = frozenset({path.name, path.suffix} - {""})
        return Target(files=frozenset({path}), names=frozenset(), words=frozenset(), file_names=names, folders=folders)

    def make_source_target(
        self, sources: Sequence[Path], files: Iterable[Path], imports: Iterable[str], changed: Iterable[Path] = ()
    ) -> Target:
        """Returns the code of a component as a target; `imports` are further names that import it.

        Of its files only the `changed` ones count where a text names a file.
        """
        known = {*files, *(path for path in self._removed if is_below_any(path, sources) and is_code(path))}
        names = {*imports, *(name for path in known for name in self.list_module_names(path))}
        words = {name.rpartition(".")[2] for name in imports}
        packages = {source for source in sources if self._has_package_module(source)}
        for path in known:
            if is_below_any(path, packages):  # who imports a module of a package has the package's name in the text
                continue
            words |= {name.rpartition(".")[2] for name in self.list_module_names(path)}
        words |= {package.name for package in packages}
        return Target(
            files=frozenset(known), names=frozenset(names), words=encode(words), file_names=list_file_names(changed)
        )

    def list_module_names(self, path: Path) -> frozenset[str]:
        """Returns the dotted names by which a file can be imported, from whichever directory is on sys.path."""
        if path.suffix not in CODE_SUFFIXES or not path.is_relative_to(self._layout.root):
            return frozenset()
        inner = [] if path.stem == "__init__" else [path.stem]
        found = set()
        roots = {self._layout.root, *self._layout.source_roots}
        directory = path.parent
        while True:
            if inner and (directory in roots or not self._has_package_module(directory)):
                found.add(".".join(inner))
            if directory == self._layout.root:
                return frozenset(found)
            inner.insert(0, directory.name)
            directory = directory.parent

    def _has_package_module(self, directory: Path) -> bool:
        if directory not in self._is_package:
            self._is_package[directory] = (directory / PACKAGE).is_file()
        return self._is_package[directory]

    # ── users ────────────────────────────────────────────────────────────────

    def find_users(self, target: Target) -> Iterator[Use]:
        """Yields the files that use a target, without its own, in the order of their paths.

        The own module of a package is used by every file in it.
        """
        only = next(iter(target.files)) if len(target.files) == 1 else None
        package = f"{only.parent}{os.sep}" if only is not None and only.stem == "__init__" else None
        files = [name.encode() for name in sorted(target.file_names)]
        folders = [name.encode() for name in sorted(target.folders)]
        needles = (*target.words, *files, *folders)
        for file, text in self._sorted_texts:
            if file in target.files:
                continue
            if package is not None and str(file).startswith(package):
                yield Use(file=file, name="", is_import=True)
            elif any(needle in text for needle in needles):
                if imported := self._list_names(file) & target.names if target.names else None:
                    yield Use(file=file, name=min(imported), is_import=True)
                elif named := [name for name in files if names_file(text, name)]:
                    yield Use(file=file, name=named[0].decode(), is_import=False)
                elif named := [name for name in folders if names_folder(text, name)]:
                    yield Use(file=file, name=f"{named[0].decode()}/", is_import=False)

    @cached_property
    def _sorted_texts(self) -> Sequence[tuple[Path, bytes]]:
        return sorted(self.texts.items())

    def _list_names(self, path: Path) -> frozenset[str]:
        """Returns the dotted names that a file imports or may import, with the packages that they are in."""
        if path not in self._names:
            found = {*self._index.list_names(path), *list_named_modules(self.texts[path])}
            self._names[path] = frozenset(prefix for name in found for prefix in list_prefixes(name))
        return self._names[path]

    def find_computing(self) -> Iterator[Path]:
        """Yields the files that import modules whose names only a run knows, in the order of their paths."""
        return (path for path, text in self._sorted_texts if computes_imports(text))

    def relative_path(self, path: Path) -> str:
        """The path as reports print it."""
        return path_from_root(path, self._layout.root)


def is_code(path: Path) -> bool:
    """Whether a path is that of a Python module or of its types."""
    return path.suffix in CODE_SUFFIXES


def is_below_any(path: Path, places: Iterable[Path]) -> bool:
    """Whether a path is one of the places, or lies in one."""
    return any(path == place or place in path.parents for place in places)


def list_file_names(paths: Iterable[Path]) -> frozenset[str]:
    """Returns the names of files, without those that every project has many of."""
    return frozenset(path.name for path in paths if path.name not in (PACKAGE, CONFTEST))


def encode(words: Iterable[str]) -> frozenset[bytes]:
    return frozenset(word.encode() for word in words)


def list_named_modules(text: bytes) -> Iterator[str]:
    """Yields the names in a text that may be those of modules that it loads."""
    for name in DOTTED_NAME.findall(text):
        yield name.decode()
    for base, members, module in STATEMENT.findall(text):
        yield (base or module).decode()
        for member in members.split(b","):
            yield f"{base.decode()}.{member.split()[0].decode()}" if member.split() else base.decode()
    if LOADER.search(text):
        for word in QUOTED_WORD.findall(text):
            yield word.decode()


def computes_imports(text: bytes) -> bool:
    """Whether a file imports modules whose names only a run knows."""
    if COMPUTED.search(text) is None:
        return False
    return COMPUTED.search(PLAIN_IMPORT.sub(b"", text)) is not None


def names_file(text: bytes, name: bytes) -> bool:
    """Whether a text has the name of a file, or the ending of its kind, as a whole name."""
    return re.search(rb"(?<![\w.-])" + re.escape(name) + rb"(?![\w-])", text) is not None


def names_folder(text: bytes, name: bytes) -> bool:
    """Whether a text has the name of a directory in quotes, or as part of a path in quotes."""
    return re.search(rb"""["'/]""" + re.escape(name) + rb"""["'/]""", text) is not None
