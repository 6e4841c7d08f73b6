"""A pytest plugin for benchmarks: how much CPU time the gate's own hooks take. Run with `-p inside`.

It wraps every hook implementation of the gate and prints, as its last line, JSON of
{hook: [calls, seconds]}. The seconds are this thread's CPU time; the wrappers' own
cost is in it, so it is an upper bound. What pluggy needs to call a hook is not in it.
"""

from __future__ import annotations

import functools
import inspect
import json
import time
from collections import defaultdict
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

SPENT: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])


@pytest.hookimpl(trylast=True)
def pytest_plugin_registered(plugin: object, manager: pytest.PytestPluginManager) -> None:
    """Wrap the hooks of one plugin, if it is the gate's."""
    module = isinstance(plugin, ModuleType)
    home = plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
    if not home.startswith("pytest_maturity"):
        return
    for caller in manager.get_hookcallers(plugin) or ():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin:
                function = implementation.function
                name = f"{home.rpartition('.')[2] if module else type(plugin).__name__}.{caller.name}"
                wrap = timed_wrapper if inspect.isgeneratorfunction(function) else timed
                implementation.function = wrap(name, function)  # type: ignore[misc]  # there is no other door


def add(name: str, begin: float) -> None:
    one = SPENT[name]
    one[0] += 1
    one[1] += time.thread_time() - begin


def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, and its time is added up."""

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        begin = time.thread_time()
        try:
            return function(*arguments)
        finally:
            add(name, begin)

    return call


def timed_wrapper(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The hook wrapper, and its time without that of what it wraps is added up."""

    @functools.wraps(function)
    def call(*arguments: Any) -> Any:
        begin = time.thread_time()
        generator = function(*arguments)
        next(generator)
        add(name, begin)
        result = yield
        begin = time.thread_time()
        try:
            generator.send(result)
        except StopIteration as stop:
            result = stop.value
        add(name, begin)
        return result

    return call


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    print("\n" + json.dumps(SPENT))
