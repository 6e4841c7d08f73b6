"""Options in `addopts`: the change that is judged must not choose how it is judged.

`addopts` is in a file of the working tree. Options there with which a run judges nothing, or runs no test, are refused.
With the policy of a git ref, so is an option of the gate, `-p` or `-c` that differs from the `addopts` of the ref. The
command line and PYTEST_ADDOPTS are those of the CI job, and may say anything.
"""

from __future__ import annotations

import os
import shlex
import tempfile
from argparse import Namespace
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ..config.git_ref import GitRefFiles, is_in_repository, read_files
from ..model.errors import ConfigError
from ..model.text import safe
from . import pytest_internals

# pytest's files of settings; which of them counts is pytest's own decision.
SETTINGS = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
)  # fmt: skip
FLAGS = {"plugins": "-p", "inifilename": "-c"}
OWN_PREFIX = "maturity_"
ABSENT: tuple[object, ...] = (None, False, [])  # the values of an option that is not given
STRICTER = ("maturity_no_cache", "maturity_supervise", "maturity_time_limit")  # they can only take a promotion away
WITHOUT_TESTS_OR_VERDICT = ("maturity_explain", "maturity_evidence", "maturity_merge", "maturity_gate")
REPEATABLE = ("maturity_component", "maturity_merge")  # the command line adds to them


def refuse_other_runs(config: pytest.Config) -> None:
    """Raises ConfigError where `addopts` names an option with which a run judges nothing, or runs no test."""
    options = list(map(str, config.getini("addopts")))
    if not any(option.startswith(("@", "--maturity-")) for option in options):
        return  # as nearly always: parsing them takes time
    found, given = pytest_internals.parse_options(config, options), parse_given(config)
    for name in WITHOUT_TESTS_OR_VERDICT:
        if getattr(found, name) not in ABSENT and getattr(given, name) in ABSENT:
            raise ConfigError(f"addopts: {describe(name, found)}: give it on the command line, where it is wanted")


def check_addopts(config: pytest.Config, root: Path, ref_files: GitRefFiles) -> None:
    """Raises ConfigError for options in `addopts` that differ from the ref's, and for settings that move the root."""
    given = parse_given(config)
    if any(override.partition("=")[0].strip() == "addopts" for override in given.override_ini or ()):
        return  # the command line replaces the working tree's
    if given.inifilename is not None and not is_in_repository(ref_files, find_inifile(config, given.inifilename)):
        return  # the CI job's own file
    settings, addopts = read_addopts(config, ref_files, given.inifilename)
    ref = ref_files.ref
    if settings is not None and settings.parent != root and given.rootdir is None:
        raise ConfigError(
            f"the working tree's root for pytest is {safe(str(root))}, that of {ref} is {safe(str(settings.parent))}: "
            "a file with pytest's settings was added or removed"
        )
    tree = list(map(str, config.getini("addopts")))
    files = [option for option in tree if option.startswith("@")]
    if files:
        raise ConfigError(f"addopts: {safe(files[0], 120)} reads options from a file: write them out")
    ours, theirs = (pytest_internals.parse_options(config, options) for options in (tree, addopts))
    differing = [name for name in list_deciding(ours, given) if getattr(ours, name) != getattr(theirs, name)]
    if differing:
        raise ConfigError(
            f"addopts: {describe(name, ours)} differs from {ref}, which has {describe(name, theirs)}: "
            "give it on the command line, or merge the change of addopts first"
            for name in differing
        )


def parse_given(config: pytest.Config) -> Namespace:
    """Returns the options of the command line and of PYTEST_ADDOPTS."""
    return pytest_internals.parse_options(config, [*split_variable(), *map(str, config.invocation_params.args)])


def split_variable() -> list[str]:
    """Returns the options in PYTEST_ADDOPTS."""
    return shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))


def list_deciding(options: Namespace, given: Namespace) -> Iterator[str]:
    """Yields the names of the options that decide what is judged, unless the command line gives them."""
    yield from FLAGS
    for name in vars(options):
        is_open = name in REPEATABLE or getattr(given, name) in ABSENT
        if is_open and name.startswith(OWN_PREFIX) and name not in STRICTER:
            yield name


def describe(name: str, options: Namespace) -> str:
    """Returns an option as it is written, with its value."""
    value = getattr(options, name)
    flag = FLAGS.get(name) or f"--{name.replace('_', '-')}"
    if value in ABSENT:
        return f"no {flag}"
    if value is True:
        return flag
    separator = " " if name in FLAGS else "="
    return ", ".join(
        f"{flag}{separator}{safe(str(one), 120)}" for one in (value if isinstance(value, list) else [value])
    )


def find_inifile(config: pytest.Config, name: str) -> Path:
    """Returns the path of the file that `-c` names."""
    return config.invocation_params.dir.resolve() / name


def read_addopts(
    config: pytest.Config, ref_files: GitRefFiles, inifile: str | None
) -> tuple[Path | None, Sequence[str]]:
    """Returns the file of pytest's settings in the ref, as a path in the working tree, and its `addopts`.

    With `inifile`, that of `-c`, no other file counts. Raises ConfigError.
    """
    start = pytest_internals.find_start(config, [*split_variable(), *map(str, config.invocation_params.args)])
    if inifile is not None:
        paths = [find_inifile(config, inifile)]
    else:
        folders = (start, *start.parents)
        paths = [folder / name for folder in folders for name in SETTINGS]
    contents = read_files(ref_files, paths)
    with tempfile.TemporaryDirectory(prefix="pytest-maturity-") as place:
        copies = Path(place).resolve()
        for path, data in contents.items():
            copy = copies / path.relative_to(path.anchor)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        if inifile is not None:
            copy = copies / paths[0].relative_to(paths[0].anchor)
            return None, pytest_internals.read_addopts(copy) if copy.exists() else ()
        here = copies / start.relative_to(start.anchor)
        here.mkdir(parents=True, exist_ok=True)
        found, addopts = pytest_internals.locate_addopts(here)
        if found is None or not found.is_relative_to(copies):
            return None, ()
        return Path(start.anchor) / found.relative_to(copies), addopts
