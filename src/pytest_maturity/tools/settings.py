"""Finds the settings of the project that a tool applies to a component: the nearest above its sources.

A package in a repository of several has its own, and its own CI job runs the tools where these are. The repository's
top may lie above the root; settings above the repository belong to the user, not to the project.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ..model.evidence import Component, Evidence
from ..model.gates import Context
from ..model.light_dataclass import light_dataclass
from .findings import read_text

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

REPOSITORIES = (".git", ".hg")
FindTool = Callable[[Path], str | None]  # the tool that a directory configures


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The options and variables of a tool's run that follow from the project's settings, or from their absence.

    `problem` says why the tool must not run with them; empty where it may. `files` are the files that hold them.
    """

    options: tuple[str, ...] = ()
    variables: tuple[tuple[str, str], ...] = ()
    problem: str = ""
    files: tuple[Path, ...] = ()


def group_by_directory(
    components: Iterable[Component], root: Path, has_settings: Callable[[Path], bool]
) -> Mapping[str, Sequence[Component]]:
    """Returns the components by the directory, from the root, in which to run a tool for them; empty for the root."""
    groups: dict[str, list[Component]] = {}
    for component in components:
        groups.setdefault(find_directory(component, root, has_settings), []).append(component)
    return groups


def choose_tool(context: Context, gate: str, directory: str, find_configured: FindTool, default: str) -> str:
    """Returns the name of a gate's tool: the configured `tool`, else the one that the directory configures."""
    tool: str | None = context.option(gate, "tool")
    return (find_configured(context.root / directory) or default) if tool is None else tool


def make_settings_test(
    context: Context, gate: str, known: Collection[str], find_configured: FindTool
) -> Callable[[Path], bool]:
    """Returns the function that says whether a directory has settings for a gate's tool."""
    tool = context.option(gate, "tool")
    return lambda directory: find_configured(directory) in ((tool,) if tool else known)


def make_key(name: str, directory: str) -> str:
    """Returns the key, in `evidence.tools`, of a tool's run in a directory: its name alone for the root."""
    return f"{name}:{directory}" if directory else name


def find_key(name: str, evidence: Evidence) -> str:
    """Returns the key of the run of a tool that was given the component's sources."""
    places = [f"{source.as_posix()}/" for source in evidence.component.sources]
    directories = [one.directory for key, one in evidence.tools.items() if key == make_key(name, one.directory)]
    keys = [make_key(name, one) for one in directories if not one or all(f"/{one}/" in place for place in places)]
    return max(keys, key=len, default=name)


def find_directory(component: Component, root: Path, has_settings: Callable[[Path], bool]) -> str:
    """Returns the nearest directory above a component's sources that has settings, from the root; else empty."""
    for directory in list_parents(component, root):
        if directory == root:
            break
        if has_settings(directory):
            return directory.relative_to(root).as_posix()
    return ""


def list_parents(component: Component, root: Path) -> Iterator[Path]:
    """Yields the directories above a component's sources, the nearest first, as far as the root."""
    common = Path(os.path.commonpath([source.parent for source in component.sources] or [root]))
    if common.is_relative_to(root):
        yield from (path for path in (common, *common.parents) if path.is_relative_to(root))


def name_files(files: Iterable[Path], root: Path) -> tuple[str, ...]:
    """Returns the paths of settings files from the root, each once; the repository's top may lie above it."""
    return tuple(dict.fromkeys(Path(os.path.relpath(file, root)).as_posix() for file in files))


def list_directories_above(root: Path) -> Iterator[Path]:
    """Yields the directories above the root that belong to its repository; none outside of a repository."""
    paths = (root, *root.parents)
    top = next((index for index, path in enumerate(paths) if any((path / name).exists() for name in REPOSITORIES)), 0)
    yield from paths[1 : top + 1]


def read_toml(path: Path) -> Mapping[str, Any]:
    """Returns the tables of a TOML file; empty where it is missing or broken."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError:
        return {}


def read_toml_table(path: Path, name: str) -> Mapping[str, Any]:
    """Returns a table of a TOML file; empty where either is missing or broken."""
    table = read_toml(path).get(name)
    return table if isinstance(table, dict) else {}


def read_tool_tables(directory: Path) -> Mapping[str, Any]:
    """Returns `[tool]` of a directory's pyproject.toml; empty where the file is missing or broken."""
    return read_toml_table(directory / "pyproject.toml", "tool")


def read_ini(path: Path) -> configparser.RawConfigParser:
    """Returns the sections of an INI file; none where it is missing or broken."""
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(read_text(path))
    except configparser.Error:
        return configparser.RawConfigParser()
    return parser


def find_coverage_settings(directory: Path) -> Path | None:
    """Returns the file in a directory with settings of coverage.py (its docs, "config"); None without one."""
    if (directory / ".coveragerc").is_file():
        return directory / ".coveragerc"
    if "coverage" in read_tool_tables(directory):
        return directory / "pyproject.toml"
    files = (directory / "setup.cfg", directory / "tox.ini")
    names = ("coverage:run", "coverage:report")
    return next((file for file in files if any(map(read_ini(file).has_section, names))), None)
