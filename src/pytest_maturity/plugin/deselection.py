"""Finds what left tests out: an option of the command line or of addopts, a collection error, or a plugin."""

from __future__ import annotations

import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ..model.text import first_few, safe

PLUGIN = "a plugin"
# The options whose tests pytest deselects, but for --deselect, whose value tells which tests it means.
DESELECTING_OPTIONS = {"keyword": "-k", "markexpr": "-m", "lf": "--last-failed", "stepwise": "--stepwise"}


def find_deselect_reason(config: pytest.Config, nodeid: str, was_announced: bool) -> str:
    """Returns the option or plugin that deselected a collected test; of several options all that may have.

    `was_announced`: `pytest_deselected` was called for the test, as pytest's own options always do.
    """
    if not was_announced:
        return PLUGIN
    prefix = next((one for one in config.option.deselect or () if nodeid.startswith(one)), None)
    if prefix is not None:
        return format_option("--deselect", prefix)
    given = {option: getattr(config.option, name, None) for name, option in DESELECTING_OPTIONS.items()}
    return " or ".join(format_option(option, value) for option, value in given.items() if value) or PLUGIN


def find_ignore_reason(config: pytest.Config, path: Path) -> str:
    """Returns the option or plugin because of which a test file was not collected. `path` is absolute."""
    here, parents = config.invocation_params.dir, (path, *path.parents)
    for ignored in config.option.ignore or ():
        if (here / ignored).resolve() in parents:
            return format_option("--ignore", ignored)
    for pattern in config.option.ignore_glob or ():
        if any(fnmatch(str(parent), str(here / pattern)) for parent in parents):
            return format_option("--ignore-glob", pattern)
    return "--last-failed" if getattr(config.option, "lf", False) else PLUGIN


def find_stop_reason(config: pytest.Config, failures: int, uncollectable: list[str]) -> str:
    """Returns the option or collection error that ended the run early; empty: nothing did.

    `failures` is the number of failed tests, `uncollectable` are the node ids of collectors that raised.
    """
    if uncollectable and not config.option.continue_on_collection_errors:
        return f"an error while collecting {first_few(uncollectable)}"
    limit = config.option.maxfail
    if not limit or failures < limit:
        return ""
    return "-x" if limit == 1 else f"--maxfail={limit}"


def format_option(option: str, value: object) -> str:
    """Returns an option as it is typed; a switch, whose value is True, has no value."""
    return option if value is True else f"{option} {safe(shlex.quote(str(value)), 120)}"
