"""The function and the parameters of a test: each attempt gets those of the first, and one that ran others fails.

A pass of another function, or with other parameters, says nothing about the test that failed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from inspect import isfunction, ismethod
from itertools import chain
from typing import Any

DEPTH = 3  # of the containers within a parameter that are copied
LARGEST = 1000  # elements of a container whose elements are copied, too


def read_parameters(item: Any) -> dict[str, Any]:
    """Returns the values for which `pytest.mark.parametrize` and fixtures with `params` made the item."""
    parameters: dict[str, Any] = getattr(getattr(item, "callspec", None), "params", {})
    return parameters


class Parameters:
    """The parameters of an item before its first attempt."""

    __slots__ = ("_contents", "_values")

    def __init__(self, item: Any) -> None:
        self._values = dict(read_parameters(item))
        self._contents = {
            name: copy_container(value)
            for name, value in self._values.items()
            if isinstance(value, list | dict | set | bytearray)
        }

    def restore(self, item: Any) -> None:
        """Undoes what the last attempt has changed, also in the lists, dictionaries and sets among the parameters."""
        parameters = read_parameters(item)
        if parameters or self._values:
            parameters.clear()
            parameters.update(self._values)
        for name, content in self._contents.items():
            value = self._values[name]
            value.clear()
            (value.update if isinstance(value, dict | set) else value.extend)(copy_container(content))


def copy_container(value: Any, depth: int = DEPTH) -> Any:
    """Returns a copy of a built-in container, down to `depth` containers within each other; other values unchanged."""
    if not isinstance(value, list | dict | set | bytearray) or not depth:
        return value
    if isinstance(value, dict) and len(value) <= LARGEST:
        return {key: copy_container(one, depth - 1) for key, one in value.items()}
    if isinstance(value, list) and len(value) <= LARGEST:
        return [copy_container(one, depth - 1) for one in value]
    return value.copy()


class AttemptedCall:
    """The functions that an attempt called, and its parameters.

    Functions are told apart by their code, because a new instance of the test's class, or a wrapper that a hook makes
    in each setup, is another object in each attempt.
    """

    __slots__ = ("_code", "_own", "_parameters", "_was_called")

    def __init__(self, item: Any, was_called: bool) -> None:
        """Reads them before the attempt's teardown. `was_called` is False where its setup failed."""
        values = getattr(item, "funcargs", None) or {}
        self._code = frozenset(find_code(getattr(item, "obj", None)))
        self._parameters = dict(read_parameters(item))
        # The test gets these themselves, and not what a fixture makes of them.
        self._own = [name for name, value in self._parameters.items() if name in values and values[name] is value]
        self._was_called = was_called

    def describe_difference(self, item: Any) -> str:
        """Returns what a later attempt, before its teardown, ran in place of this; empty: it ran the same."""
        code = frozenset(find_code(getattr(item, "obj", None)))
        # A hook may wrap the function in the setup, which the failed attempt did not finish.
        if not (self._code == code or (self._code < code and not self._was_called)):
            return "it ran another function than the first attempt"
        values = getattr(item, "funcargs", None) or {}
        now = {**read_parameters(item), **{name: values[name] for name in self._own if name in values}}
        changed = [name for name in {**self._parameters, **now} if not is_same(self._parameters, now, name)]
        return f"it ran with other parameters than the first attempt: {', '.join(changed)}" if changed else ""


def is_same(first: Mapping[str, object], second: Mapping[str, object], name: str) -> bool:
    """Whether both have the same value under a name. A value that cannot be compared is the same as itself only."""
    if name not in first or name not in second:
        return False
    one, other = first[name], second[name]
    try:
        return one is other or (type(one) is type(other) and bool(one == other))
    except Exception:  # a foreign method
        return False


def find_code(function: Any) -> Iterator[object]:
    """Yields the code of a function and of all functions that it wraps, or has in its closure or its defaults."""
    waiting, visited = [function], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in visited:
            continue
        visited.add(id(one))
        if ismethod(one):
            waiting.append(one.__func__)
        elif isinstance(one, partial):
            waiting += [one.func, *filter(is_function, (*one.args, *one.keywords.values()))]
        elif isfunction(one):
            yield one.__code__
            waiting += filter(is_function, find_inner_values(one))
        elif one is not None:
            yield type(one)


def find_inner_values(function: Any) -> Iterator[object]:
    """Yields what a function wraps, and the values in its closure and of its defaults."""
    yield function.__dict__.get("__wrapped__")
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
    yield from chain(function.__defaults__ or (), (function.__kwdefaults__ or {}).values())


def is_function(value: object) -> bool:
    """Whether a value is a function, a method or a partial one; classes and other callables are left alone."""
    return isfunction(value) or ismethod(value) or isinstance(value, partial)
