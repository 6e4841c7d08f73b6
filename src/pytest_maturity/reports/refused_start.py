"""Takes back the reports of earlier runs where pytest ends before it has loaded the plugin.

pytest reads its settings and the plugins of `-p` before it loads the plugins of installed distributions. Where it
refuses to start there, no hook of this package is called. Therefore `pytest_maturity_start.pth`, which Python reads
when it starts, registers `revoke_unjudged` as the last step of each process whose command line names pytest or an
option of this plugin. It imports nothing before, and nothing at all where the plugin was loaded.
"""

from __future__ import annotations

import configparser
import contextlib
import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from ..model.errors import MaturityError
from ..model.text import safe

PLUGIN = "pytest_maturity.plugin"
PROGRAM = re.compile(r"(pytest|py\.test)(-?\d[\d.]*)?(\.exe)?")
COMPONENT, REPORT = "--maturity-component", "--maturity-report"
# With these options pytest runs no test.
WITHOUT_TESTS = frozenset({"-h", "--help", "-V", "--version", "--co", "--collect-only", "--maturity-explain"})
# Where pytest looks for its settings, in its order. The first four are its own: they count without a table, too.
OWN_SETTINGS = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini")
SETTINGS = (*OWN_SETTINGS, "pyproject.toml", "tox.ini", "setup.cfg")


def revoke_unjudged(began: float) -> None:
    """Takes back the reports of the components on this process's command line: pytest did not load the plugin.

    `began` is when the process started, in seconds of the epoch: a report of a run that began later, for example of a
    child process, stays. Prints what it has taken back.
    """
    arguments = list_arguments(sys.argv[1:])
    if PLUGIN in sys.modules or not is_pytest() or not WITHOUT_TESTS.isdisjoint(arguments):
        return
    here = Path.cwd()
    root, settings = find_root(arguments, here)
    overrides = [*find_values(arguments, "-o"), *find_values(arguments, "--override-ini")]
    arguments += [word for one in overrides if one.startswith("addopts=") for word in split_words(one[8:])]
    arguments += read_addopts(settings) if settings is not None else []
    names = find_values(arguments, COMPONENT)
    if names:
        why = "a later run was refused, so this verdict does not count any more: pytest did not load the plugin"
        from .revoking import revoke_reports

        for path in revoke_reports(root, names, find_values(arguments, REPORT), here, why, until=began):
            print(f"{safe(str(path), 300)} is INCOMPLETE now: {why}", file=sys.stderr)


def is_pytest() -> bool:
    """Whether this process was started as pytest, or has called it."""
    return "_pytest.config" in sys.modules or has_name_of_pytest()


def has_name_of_pytest() -> bool:
    """Whether the program of this process, or the module that was started with `-m`, is called pytest."""
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    name = str(spec.name) if spec is not None else Path(sys.argv[0]).name
    return name == "pytest.__main__" or PROGRAM.fullmatch(name) is not None


def list_arguments(given: Iterable[str]) -> list[str]:
    """Returns the arguments of PYTEST_ADDOPTS and of the command line, with those in the files of `@FILE`."""
    return list(expand_files([*split_words(os.environ.get("PYTEST_ADDOPTS", "")), *given]))


def expand_files(arguments: Iterable[str], depth: int = 5) -> Iterator[str]:
    """Yields the arguments; for `@FILE`, those in the file, one a line."""
    for one in arguments:
        lines: list[str] = []
        if one.startswith("@") and depth:
            with contextlib.suppress(OSError, ValueError):
                lines = Path(one[1:]).read_text(sys.getfilesystemencoding()).splitlines()
        yield from expand_files(lines, depth - 1) if lines else [one]


def split_words(text: str) -> list[str]:
    """Returns the words of a text in a shell's quoting; those between spaces where its quotes do not match."""
    try:
        return shlex.split(text)
    except ValueError:
        return text.split()


def find_values(arguments: Sequence[str], option: str) -> list[str]:
    """Returns the values of an option on a command line that pytest has not parsed."""
    joined = [one.partition("=")[2] for one in arguments if one.startswith(f"{option}=")]
    return joined + [value for one, value in pairwise(arguments) if one == option]


def find_root(arguments: Sequence[str], here: Path) -> tuple[Path, Path | None]:
    """Returns pytest's root directory and the file of its settings, as far as can be known without pytest.

    The documentation of pytest gives the rules: "Initialization: determining rootdir and configfile".
    """
    named = [here / one for option in ("-c", "--config-file") for one in find_values(arguments, option)]
    named += [here / one[2:] for one in arguments if one.startswith("-c") and one[2:]]
    settings = next((path for path in reversed(named) if path.is_file()), None)
    ancestor = find_ancestor(arguments, here)
    if settings is not None:
        root = settings.parent
    else:
        root, settings = find_settings(ancestor)
    for value in reversed(find_values(arguments, "--rootdir")):
        if (directory := here / os.path.expandvars(value)).is_dir():
            return directory.resolve(), settings
    return root.resolve(), settings


def find_ancestor(arguments: Sequence[str], here: Path) -> Path:
    """Returns the directory that all paths among the arguments lie in; without a path, the working directory."""
    found: list[str] = []
    for one in arguments:
        with contextlib.suppress(OSError, ValueError):
            path = here / one.partition("::")[0]
            if not one.startswith("-") and path.exists():
                found.append(str((path if path.is_dir() else path.parent).resolve()))
    return Path(os.path.commonpath(found)) if found else here.resolve()


def find_settings(ancestor: Path) -> tuple[Path, Path | None]:
    """Returns the root and the settings that pytest finds from a directory upwards."""
    directories = (ancestor, *ancestor.parents)
    for directory in directories:
        for path in (directory / name for name in SETTINGS):
            if path.is_file() and (path.name in OWN_SETTINGS or has_table(path)):
                return directory, path
    for name in ("pyproject.toml", "setup.py"):
        for directory in directories:
            if (directory / name).is_file():
                return directory, None
    return ancestor, None


def has_table(path: Path) -> bool:
    """Whether a file has settings of pytest; True where it cannot be read, as pytest stops there."""
    try:
        return read_table(path) is not None
    except MaturityError:
        return True


def read_addopts(settings: Path) -> list[str]:
    """Returns the words of `addopts`; every component where the file cannot be read, and perhaps names one."""
    try:
        addopts = (read_table(settings) or {}).get("addopts", "")
    except MaturityError:
        # Another file of the same directory may have the options, where this one is new.
        names = (path for path in (settings, *(settings.with_name(name) for name in SETTINGS)) if path.is_file())
        return [COMPONENT, "all"] if any(map(may_name_component, names)) else []
    return [str(one) for one in addopts] if isinstance(addopts, list) else split_words(str(addopts))


def may_name_component(path: Path) -> bool:
    """Whether a file of settings mentions the option; True where it cannot be read at all."""
    try:
        return COMPONENT.encode() in path.read_bytes()
    except OSError:
        return True


def read_table(path: Path) -> Mapping[str, Any] | None:
    """Returns pytest's settings in a file; None where it has none. Raises MaturityError where it cannot be read."""
    from ..config.files import WorkingTreeFiles, load_toml, read_text

    files = WorkingTreeFiles(path.parent)
    if path.suffix == ".toml":
        document = load_toml(path, files)
        tool = document.get("tool")
        table = document.get("pytest") or (tool.get("pytest") if isinstance(tool, dict) else None)
        return {**table, **table.get("ini_options", {})} if isinstance(table, dict) else None
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(read_text(path, files))
    except configparser.Error as error:
        raise MaturityError(str(error)) from error
    return next((parser[name] for name in ("pytest", "tool:pytest") if name in parser), None)
