"""What attribution needs of private parts of pytest and Python: who shares a fixture, and which module is executed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from importlib.machinery import SourceFileLoader
from typing import Any

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

from .internals import does_something


def executing(around: Callable[[Any, Callable[[], None]], None]) -> Callable[[], None]:
    """Let every module of Python source be executed by `around`, which gets it and what executes it.

    Returns what ends that.
    """
    ends = [execute_by(loader, around) for loader in (SourceFileLoader, AssertionRewritingHook)]

    def end() -> None:
        for one in ends:
            one()

    return end


def execute_by(loader: Any, around: Callable[[Any, Callable[[], None]], None]) -> Callable[[], None]:
    """The same for one kind of loader."""
    before, own = loader.exec_module, vars(loader).get("exec_module")

    def exec_module(self: Any, module: Any) -> None:
        __tracebackhide__ = True
        around(module, partial(before, self, module))

    def end() -> None:
        if vars(loader).get("exec_module") is not exec_module:  # somebody came after us
            return
        if own is None:
            del loader.exec_module
        else:
            loader.exec_module = own

    loader.exec_module = exec_module
    return end


def wider_fixtures(item: Any) -> Iterator[Any]:
    """The definitions of the fixtures that a test asks for and that others may share with it."""
    info = getattr(item, "_fixtureinfo", None)
    for name, definitions in (info.name2fixturedefs if info is not None else {}).items():
        for definition in reversed(definitions):
            if definition.scope != "function":
                yield definition
            if name not in definition.argnames:  # else it is made of the one that it overrides
                break


def asking(request: Any) -> pytest.Item:
    """The test that asks for a fixture, whatever the fixture's scope."""
    item: pytest.Item = request._pyfuncitem
    return item


def is_set_up(definition: Any) -> bool:
    """Is there a fixture, and not what it raised?"""
    return definition.cached_result is not None and definition.cached_result[2] is None


def wrap_endings(definition: Any, wrap: Callable[[Callable[[], object]], Callable[[], object]]) -> None:
    """Let what ends a fixture that was just made be done by what `wrap` returns for it."""
    endings = definition._finalizers
    endings[:] = [wrap(one) if does_something(one) else one for one in endings]
