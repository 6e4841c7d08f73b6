"""Registers the plugin objects of this package by names, and notices where one of them is switched off.

A part that is missing would not be missed: without its outcome listener, for example, a run only seems to be smaller.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from . import xdist

PREFIX = "maturity"  # of every name
REGISTERED = pytest.StashKey[dict[str, object]]()


def register(config: pytest.Config, plugin: object, name: str) -> None:
    """Registers a plugin object. Raises pytest.UsageError where its name is blocked, or taken."""
    try:
        is_registered = config.pluginmanager.register(plugin, name) is not None  # None: the name is blocked
    except ValueError:
        xdist.raise_usage_error(config, f"another plugin has registered the name {name}, which belongs to this one")
    if not is_registered:
        xdist.raise_usage_error(config, describe_blocked(name))
    config.stash.setdefault(REGISTERED, {})[name] = plugin


def find_blocked(options: Iterable[str]) -> list[str]:
    """Returns a message for each value of pytest's `-p` that blocks a part of this plugin."""
    names = (option.strip().removeprefix("no:") for option in options if option.strip().startswith("no:"))
    return [describe_blocked(name) for name in names if name.startswith((PREFIX, f"pytest_{PREFIX}"))]


def describe_blocked(name: str) -> str:
    """Returns the message for a part that is blocked by its name."""
    return f"-p no:{name}: blocks a part of pytest-maturity, without which a verdict proves nothing: leave it out"


def find_removed(config: pytest.Config) -> list[str]:
    """Returns the names of registered parts that something has removed or replaced since."""
    known = config.stash.get(REGISTERED, {})
    return [name for name, plugin in known.items() if config.pluginmanager.get_plugin(name) is not plugin]
