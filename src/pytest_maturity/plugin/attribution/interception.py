"""The private parts of pytest, pluggy and Python that attribution needs.

Intercepts the execution of modules, the import of conftests, the hooks of a plugin, and the requests and finalizers of
a fixture.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager
from functools import partial
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import Any

import pytest
from _pytest.assertion.rewrite import AssertionRewritingHook

from ..pytest_internals import has_effect

EnterModule = Callable[[Any], AbstractContextManager[None]]  # gets the module that is executed within the manager
Enter = Callable[[], AbstractContextManager[None]]
# Python looks for the line that a warning belongs to and passes over frames of the import machinery, which it knows by
# these words in the names of their files.
IMPORT_MACHINERY = "<importlib._bootstrap, called by {}>"


def pass_over_for_warnings(function: Any) -> Any:
    """Makes warnings with a `stacklevel` pass over the calls of a function, as if it were not there."""
    code = function.__code__
    function.__code__ = code.replace(co_filename=IMPORT_MACHINERY.format(code.co_filename))
    return function


def intercept_module_execution(enter: EnterModule) -> Callable[[], None]:
    """Executes every module of Python source within what `enter` returns; returns a function that ends that."""
    restorers = [intercept_loader(loader, enter) for loader in (SourceFileLoader, AssertionRewritingHook)]

    def restore() -> None:
        for restorer in restorers:
            restorer()

    return restore


def intercept_loader(loader: Any, enter: EnterModule) -> Callable[[], None]:
    """Executes every module of one kind of loader within what `enter` returns; returns a function that ends that."""
    previous, own = loader.exec_module, vars(loader).get("exec_module")

    @pass_over_for_warnings
    def exec_module(self: Any, module: Any) -> None:
        __tracebackhide__ = True
        with enter(module):
            previous(self, module)

    def restore() -> None:
        if vars(loader).get("exec_module") is not exec_module:  # somebody else has replaced it meanwhile
            return
        if own is None:
            del loader.exec_module
        else:
            loader.exec_module = own

    loader.exec_module = exec_module
    return restore


def intercept_conftest_imports(manager: Any, import_conftest: Callable[[Path, Callable[[], Any]], Any]) -> None:
    """Calls `import_conftest` for every conftest.py, with its path and a function that imports and registers it.

    That function also calls the hooks of the conftest that pytest has called before, such as `pytest_configure`.
    """
    previous = manager._importconftest

    @pass_over_for_warnings
    def intercepted(path: Path, *rest: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        proceed = partial(previous, path, *rest, **named)
        return proceed() if manager.has_plugin(str(path)) else import_conftest(path, proceed)

    manager._importconftest = intercepted


def wrap_hook_implementations(manager: Any, plugin: object, enter: Enter) -> None:
    """Makes each call of a plugin's hook run within the context manager that `enter` returns for it."""
    for caller in manager.get_hookcallers(plugin) or ():
        for implementation in caller.get_hookimpls():
            if implementation.plugin is plugin:
                is_wrapper = implementation.wrapper or implementation.hookwrapper
                wrap = wrap_hook_wrapper if is_wrapper else wrap_function
                implementation.function = wrap(implementation.function, enter)


def wrap_function(function: Callable[..., Any], enter: Enter) -> Any:
    """Returns a function that calls `function` within the context manager."""

    @pass_over_for_warnings
    def call(*arguments: Any, **named: Any) -> Any:
        __tracebackhide__ = True
        with enter():
            return function(*arguments, **named)

    return call


def wrap_hook_wrapper(wrapper: Callable[..., Generator[Any, Any, Any]], enter: Enter) -> Any:
    """Returns a hook wrapper that runs within the context manager, but not while the other hooks are called."""

    @pass_over_for_warnings
    def call(*arguments: Any, **named: Any) -> Generator[Any, Any, Any]:
        __tracebackhide__ = True
        steps = wrapper(*arguments, **named)
        step: Callable[[], Any] = partial(next, steps)
        while True:
            try:
                with enter():
                    yielded = step()
            except StopIteration as end:
                return end.value
            try:
                step = partial(steps.send, (yield yielded))
            except BaseException as error:
                step = partial(steps.throw, error)

    return call


def listen_to_requests(definition: Any, listener: Callable[[Any, bool], None]) -> None:
    """Calls `listener` after each request for a fixture, with the request and whether it got a value."""
    execute = definition.execute

    @pass_over_for_warnings
    def execute_and_notify(request: Any) -> Any:
        __tracebackhide__ = True
        try:
            value = execute(request=request)
        except BaseException:
            listener(request, False)
            raise
        listener(request, True)
        return value

    definition.execute = execute_and_notify


def list_recorded_warnings() -> list[Any]:
    """Returns the list to which pytest adds the warnings of the running test; an empty one where nothing is recorded.

    `warnings.catch_warnings(record=True)` puts the list's own method into the module.
    """
    found = getattr(getattr(warnings, "_showwarnmsg_impl", None), "__self__", None)
    return found if isinstance(found, list) else []


def find_requesting_test(request: Any) -> pytest.Item:
    """Returns the test that requests a fixture, whatever the fixture's scope."""
    item: pytest.Item = request._pyfuncitem
    return item


def has_result(definition: Any) -> bool:
    """Whether the fixture is set up: pytest keeps its value, or the exception that its setup raised."""
    return definition.cached_result is not None


def wrap_finalizers(definition: Any, wrap: Callable[[Callable[[], object]], Callable[[], object]]) -> None:
    """Replaces each finalizer of a fixture that was just set up by what `wrap` returns for it."""
    finalizers = definition._finalizers
    finalizers[:] = [wrap(one) if has_effect(one) else one for one in finalizers]
