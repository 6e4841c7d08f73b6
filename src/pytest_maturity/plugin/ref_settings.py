"""pytest's settings in a git ref, which a change may have replaced in the working tree."""

from __future__ import annotations

import os
import shlex
import tempfile
from argparse import Namespace
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from ..config.git_ref import GitRefFiles, is_in_repository, read_files
from ..model.light_dataclass import light_dataclass
from . import pytest_internals

# pytest's files of settings; which of them counts is pytest's own decision.
NAMES = (
    "pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg",
)  # fmt: skip


@light_dataclass(frozen=True, slots=True, kw_only=True)
class RefSettings:
    """The settings in a ref. `file` is theirs, as a path in the working tree; None without one, and that of `-c`."""

    ref: str
    file: Path | None
    values: Mapping[str, Any]

    def find_words(self, config: pytest.Config, name: str) -> Sequence[str]:
        """Returns the words of a setting: of the command line's `-o`, else of the ref, else pytest's default."""
        if name in list_overridden(parse_given(config)):
            return list(config.getini(name))
        if name in self.values:
            return pytest_internals.split_setting(self.values, name)
        return pytest_internals.get_default_setting(config, name)


def read_ref_settings(config: pytest.Config, ref_files: GitRefFiles) -> RefSettings | None:
    """Returns the settings in a ref; None where `-c` names a file of the CI job's own. Raises ConfigError."""
    inifile = parse_given(config).inifilename
    start = pytest_internals.find_start(config, [*split_variable(), *map(str, config.invocation_params.args)])
    if inifile is not None:
        paths = [config.invocation_params.dir.resolve() / inifile]
        if not is_in_repository(ref_files, paths[0]):
            return None
    else:
        folders = (start, *start.parents)
        paths = [folder / name for folder in folders for name in NAMES]
    contents = read_files(ref_files, paths)
    with tempfile.TemporaryDirectory(prefix="pytest-maturity-") as place:
        copies = Path(place).resolve()
        for path, data in contents.items():
            copy = copies / path.relative_to(path.anchor)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(data)
        if inifile is not None:
            copy = copies / paths[0].relative_to(paths[0].anchor)
            values = pytest_internals.read_settings(copy) if copy.exists() else {}
            return RefSettings(ref=ref_files.ref, file=None, values=values)
        here = copies / start.relative_to(start.anchor)
        here.mkdir(parents=True, exist_ok=True)
        found, values = pytest_internals.locate_settings(here)
        if found is None or not found.is_relative_to(copies):
            return RefSettings(ref=ref_files.ref, file=None, values={})
        return RefSettings(ref=ref_files.ref, file=Path(start.anchor) / found.relative_to(copies), values=values)


def parse_given(config: pytest.Config) -> Namespace:
    """Returns the options of the command line and of PYTEST_ADDOPTS."""
    return pytest_internals.parse_options(config, [*split_variable(), *map(str, config.invocation_params.args)])


def split_variable() -> list[str]:
    """Returns the options in PYTEST_ADDOPTS."""
    return shlex.split(os.environ.get("PYTEST_ADDOPTS", ""))


def list_overridden(given: Namespace) -> list[str]:
    """Returns the names of the settings that the command line gives with `-o`."""
    return [override.partition("=")[0].strip() for override in given.override_ini or ()]
