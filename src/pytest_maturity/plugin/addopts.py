"""Options in `addopts`: the change that is judged must not choose how it is judged.

`addopts` is in a file of the working tree. Options there with which a run judges nothing, or runs no test, are refused.
With the policy of a git ref, so is an option of the gate, `-p` or `-c` that differs from the `addopts` of the ref. The
command line and PYTEST_ADDOPTS are those of the CI job, and may say anything.
"""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path

import pytest

from ..model.errors import ConfigError
from ..model.text import safe
from . import pytest_internals
from .ref_settings import RefSettings, list_overridden, parse_given

FLAGS = {"plugins": "-p", "inifilename": "-c"}
OWN_PREFIX = "maturity_"
ABSENT: tuple[object, ...] = (None, False, [])  # the values of an option that is not given
STRICTER = ("maturity_no_cache", "maturity_supervise", "maturity_time_limit")  # they can only take a promotion away
WITHOUT_TESTS_OR_VERDICT = (
    "maturity_explain", "maturity_evidence", "maturity_merge", "maturity_trial", "maturity_gate",
)  # fmt: skip
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


def check_addopts(config: pytest.Config, root: Path, settings: RefSettings) -> None:
    """Raises ConfigError for options in `addopts` that differ from the ref's, and for settings that move the root."""
    given = parse_given(config)
    if "addopts" in list_overridden(given):
        return  # the command line replaces the working tree's
    ref, file = settings.ref, settings.file
    if file is not None and file.parent != root and given.rootdir is None:
        raise ConfigError(
            f"the working tree's root for pytest is {safe(str(root))}, that of {ref} is {safe(str(file.parent))}: "
            "a file with pytest's settings was added or removed"
        )
    addopts = pytest_internals.split_setting(settings.values, "addopts")
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
