"""Names what left tests out: an option of the command line or of addopts, what could not be collected, or a plugin."""

from __future__ import annotations

import shlex
from fnmatch import fnmatch
from pathlib import Path

import pytest

from ..model.text import first_few, safe

PLUGIN = "a plugin"
# Those that announce what they deselect. --deselect does, too, but says itself which tests it means.
DESELECTING = {"keyword": "-k", "markexpr": "-m", "lf": "--last-failed", "stepwise": "--stepwise"}


def deselected_by(config: pytest.Config, nodeid: str, announced: bool) -> str:
    """Who took a test out after it was collected; with several options, all that may have.

    `announced`: was `pytest_deselected` called for it? pytest's own options always call it.
    """
    if not announced:
        return PLUGIN
    prefix = next((one for one in config.option.deselect or () if nodeid.startswith(one)), None)
    if prefix is not None:
        return written("--deselect", prefix)
    given = {option: getattr(config.option, name, None) for name, option in DESELECTING.items()}
    return " or ".join(written(option, value) for option, value in given.items() if value) or PLUGIN


def ignored_by(config: pytest.Config, path: Path) -> str:
    """Who kept a test file from being collected. `path` is absolute."""
    here, places = config.invocation_params.dir, (path, *path.parents)
    for ignored in config.option.ignore or ():
        if (here / ignored).resolve() in places:
            return written("--ignore", ignored)
    for pattern in config.option.ignore_glob or ():
        if any(fnmatch(str(place), str(here / pattern)) for place in places):
            return written("--ignore-glob", pattern)
    return "--last-failed" if getattr(config.option, "lf", False) else PLUGIN


def stopped_by(config: pytest.Config, failures: int, uncollectable: list[str]) -> str:
    """What ended the run after so many failures, or because of what could not be collected; empty: nothing did."""
    if uncollectable and not config.option.continue_on_collection_errors:
        return f"an error while collecting {first_few(uncollectable)}"
    limit = config.option.maxfail
    if not limit or failures < limit:
        return ""
    return "-x" if limit == 1 else f"--maxfail={limit}"


def written(option: str, value: object) -> str:
    """An option as it is typed; a switch has no value."""
    return option if value is True else f"{option} {safe(shlex.quote(str(value)), 120)}"
