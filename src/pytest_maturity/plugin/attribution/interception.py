"""What attribution needs of private parts of pytest, pluggy and Python.

Who shares a fixture, which module is executed, and whose hooks are called.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

from ..pytest_internals import has_effect


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


def importing_conftests(manager: Any, around: Callable[[Path, Callable[[], Any]], Any]) -> None:
    """Let every conftest.py be imported and registered by `around`, which gets its path and what does that.

    With that, pytest calls the hooks of it that have been called before: options are added, the session is configured.
    """
    before = manager._importconftest

    def import_conftest(path: Path, *rest: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        proceed = partial(before, path, *rest, **named)
        return proceed() if manager.has_plugin(str(path)) else around(path, proceed)

    manager._importconftest = import_conftest


def call_within(manager: Any, plugin: object, meanwhile: Callable[[], AbstractContextManager[None]]) -> None:
    """Let a plugin's hooks be called within what `meanwhile` returns for each call."""
    for caller in manager.get_hookcallers(plugin) or ():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin:
                wrap = wrapper_within if implementation.wrapper or implementation.hookwrapper else function_within
                implementation.function = wrap(implementation.function, meanwhile)


def function_within(function: Callable[..., Any], meanwhile: Callable[[], AbstractContextManager[None]]) -> Any:
    """The same function, called within it."""

    def call(*arguments: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        with meanwhile():
            return function(*arguments, **named)

    return call


def wrapper_within(
    wrapper: Callable[..., Generator[Any, Any, Any]], meanwhile: Callable[[], AbstractContextManager[None]]
) -> Any:
    """The same wrapper of a hook: within it before it yields and after, and not while it waits for the others."""

    def call(*arguments: Any, **named: Any) -> Generator[Any, Any, Any]:
        __tracebackhide__ = True
        steps = wrapper(*arguments, **named)
        step: Callable[[], Any] = partial(next, steps)
        while True:
            try:
                with meanwhile():
                    yielded = step()
            except StopIteration as end:
                return end.value
            try:
                step = partial(steps.send, (yield yielded))
            except BaseException as error:
                step = partial(steps.throw, error)

    return call


def when_asked(definition: Any, tell: Callable[[Any, bool], None]) -> None:
    """Tell of every request for a fixture from now on, and whether there is one."""
    execute = definition.execute

    def execute_and_tell(request: Any) -> Any:
        __tracebackhide__ = True
        try:
            value = execute(request=request)
        except BaseException:
            tell(request, False)
            raise
        tell(request, True)
        return value

    definition.execute = execute_and_tell


def asking(request: Any) -> pytest.Item:
    """The test that asks for a fixture, whatever the fixture's scope."""
    item: pytest.Item = request._pyfuncitem
    return item


def is_there(definition: Any) -> bool:
    """Is there a fixture, or what it raised when it was set up?"""
    return definition.cached_result is not None


def wrap_endings(definition: Any, wrap: Callable[[Callable[[], object]], Callable[[], object]]) -> None:
    """Let what ends a fixture that was just made be done by what `wrap` returns for it."""
    endings = definition._finalizers
    endings[:] = [wrap(one) if has_effect(one) else one for one in endings]
