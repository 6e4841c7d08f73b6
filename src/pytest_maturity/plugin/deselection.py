"""Finds what left tests out: an option of the command line or of addopts, a collection error, or a plugin."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ..model.paths import path_from_root
from ..model.text import first_few, safe
from .pytest_internals import find_hooks_of_plugins

PLUGIN = "a plugin"
CONFTEST = "conftest.py"
MODIFYING_HOOKS = ("pytest_collection_modifyitems",)
IGNORING_HOOKS = (
    "pytest_ignore_collect", "pytest_collect_directory", "pytest_collect_file", "pytest_pycollect_makemodule",
    "pytest_make_collect_report",
)  # fmt: skip
# The options whose tests pytest deselects, but for --deselect, whose value tells which tests it means.
DESELECTING_OPTIONS = {"keyword": "-k", "markexpr": "-m", "lf": "--last-failed", "stepwise": "--stepwise"}


def find_deselect_reason(config: pytest.Config, item: pytest.Item, was_announced: bool) -> str:
    """Returns the option or hook that deselected a collected test; of several all that may have.

    `was_announced`: `pytest_deselected` was called for the test, as pytest's own options always do.
    """
    nodeid = item.nodeid
    if not was_announced:
        return find_hooks(config, MODIFYING_HOOKS, item.path)
    prefix = next((one for one in config.option.deselect or () if nodeid.startswith(one)), None)
    if prefix is not None:
        return format_option("--deselect", prefix)
    given = {option: getattr(config.option, name, None) for name, option in DESELECTING_OPTIONS.items()}
    options = " or ".join(format_option(option, value) for option, value in given.items() if value)
    return options or find_hooks(config, MODIFYING_HOOKS, item.path)


def find_hooks(config: pytest.Config, names: Iterable[str], path: Path) -> str:
    """Returns which hooks of which conftests may have left out what is at `path`; `a plugin` where none may."""
    root = config.rootpath
    found = []
    for hook, plugin in find_hooks_of_plugins(config.pluginmanager.hook, names):
        conftest = Path(plugin)
        if conftest.name == CONFTEST and conftest.parent in path.parents:
            found.append(f"{hook} of {safe(path_from_root(conftest, root), 200)}")
    return " or ".join(dict.fromkeys(found)) or PLUGIN


def find_ignore_reason(config: pytest.Config, path: Path) -> str:
    """Returns the option or plugin because of which a test file was not collected. `path` is absolute."""
    here, parents = config.invocation_params.dir, (path, *path.parents)
    for ignored in config.option.ignore or ():
        if (here / ignored).resolve() in parents:
            return format_option("--ignore", ignored)
    for pattern in config.option.ignore_glob or ():
        if any(fnmatch(str(parent), str(here / pattern)) for parent in parents):
            return format_option("--ignore-glob", pattern)
    if getattr(config.option, "lf", False):
        return "--last-failed"
    for plugin in config.pluginmanager.get_plugins():
        conftest = Path(getattr(plugin, "__file__", None) or "")
        for name in ("collect_ignore", "collect_ignore_glob"):
            if conftest.name == CONFTEST and conftest.parent in parents and hasattr(plugin, name):
                return f"{name} of {safe(path_from_root(conftest, config.rootpath), 200)}"
    return find_hooks(config, IGNORING_HOOKS, path)


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
