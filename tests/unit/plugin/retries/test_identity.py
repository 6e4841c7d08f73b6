"""The difference between two attempts: the code of its functions, and its parameters."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, wraps
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_maturity.plugin.retries.identity import (
    DEPTH,
    LARGEST,
    AttemptedCall,
    Parameters,
    copy_container,
    find_code,
)


def item(function: Any, funcargs: dict[str, object] | None = None, **params: object) -> Any:
    """Returns what of a pytest item is read here."""
    return SimpleNamespace(obj=function, funcargs=funcargs, callspec=SimpleNamespace(params=params))


class Case:
    def check(self) -> None: ...

    def other(self) -> None: ...

    def __call__(self) -> None: ...


def check() -> None: ...


def other() -> None: ...


def wrap(function: Callable[..., None]) -> Callable[..., None]:
    @wraps(function)
    def wrapped(*values: object) -> None:
        function(*values)

    return wrapped


def wrap_by_default(function: Callable[..., None]) -> Callable[..., None]:
    def wrapped(*, function: Callable[..., None] = function) -> None:
        function()

    return wrapped


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (check, check),
        (Case().check, Case().check),
        (wrap(check), wrap(check)),
        (wrap(Case().check), wrap(Case().check)),
        (wrap_by_default(check), wrap_by_default(check)),
        (partial(check), partial(check)),
        (Case(), Case()),
        (None, None),
    ],
)
def test_the_same_function_made_anew_is_no_difference(first: Any, second: Any) -> None:
    assert AttemptedCall(item(first), was_called=True).describe_difference(item(second)) == ""


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (check, other),
        (Case().check, Case().other),
        (check, wrap(check)),
        (wrap(check), check),
        (wrap(check), wrap(other)),
        (wrap_by_default(check), wrap_by_default(other)),
        (partial(check), partial(other)),
        (partial(wrap, check), partial(wrap, other)),
        (check, Case()),
        (check, None),
    ],
)
def test_another_function_is_a_difference(first: Any, second: Any) -> None:
    call = AttemptedCall(item(first), was_called=True)
    assert call.describe_difference(item(second)) == "it ran another function than the first attempt"


def test_a_wrapper_may_come_after_an_attempt_whose_setup_failed() -> None:
    call = AttemptedCall(item(check), was_called=False)
    assert call.describe_difference(item(wrap(check))) == ""
    assert call.describe_difference(item(wrap(other))) != ""


def test_a_function_that_refers_to_itself_has_its_code_once() -> None:
    def recursive() -> None:
        recursive()

    assert list(find_code(recursive)) == [recursive.__code__]


class Uncomparable:
    def __eq__(self, other: object) -> bool:
        raise ValueError

    __hash__ = None  # type: ignore[assignment]


ODD = Uncomparable()


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ({"a": 1, "b": [2]}, {"a": 1, "b": [2]}, ""),
        ({"a": ODD}, {"a": ODD}, ""),
        ({"a": ODD}, {"a": Uncomparable()}, "a"),
        ({"a": 1, "b": 2}, {"a": 3, "b": 4}, "a, b"),
        ({"a": 1}, {"a": True}, "a"),
        ({"a": 1}, {}, "a"),
        ({}, {"a": 1}, "a"),
    ],
)
def test_other_parameters_are_a_difference(first: dict[str, Any], second: dict[str, Any], names: str) -> None:
    found = AttemptedCall(item(check, **first), was_called=True).describe_difference(item(check, **second))
    assert found == (names and f"it ran with other parameters than the first attempt: {names}")


def test_what_the_test_gets_in_place_of_its_parameter_is_a_difference() -> None:
    call = AttemptedCall(item(check, {"a": 1}, a=1), was_called=True)
    assert call.describe_difference(item(check, {"a": 1}, a=1)) == ""
    assert call.describe_difference(item(check, {"a": 2}, a=1)).endswith(": a")


def test_what_a_fixture_makes_of_a_parameter_may_differ() -> None:
    call = AttemptedCall(item(check, {"made": object()}, made=1), was_called=True)
    assert call.describe_difference(item(check, {"made": object()}, made=1)) == ""


@pytest.mark.parametrize(
    "value", [[1, [2]], {"a": {"b": 1}}, {1, 2}, bytearray(b"ab"), list(range(LARGEST + 1)), (1, 2), "text"]
)
def test_what_an_attempt_changes_in_its_parameters_is_restored(value: Any) -> None:
    before = copy_container(value)
    one = item(check, a=value)
    parameters = Parameters(one)
    for _ in range(2):
        if hasattr(value, "clear"):
            value.clear()
        one.callspec.params.update(a="other", b=1)
        parameters.restore(one)
        assert one.callspec.params == {"a": before}
        assert one.callspec.params["a"] is value


def test_containers_within_each_other_are_copied_down_to_a_depth() -> None:
    value: Any = []
    for _ in range(DEPTH + 1):
        value = [value]
    copy: Any = copy_container(value)
    for depth in range(DEPTH + 1):
        assert (copy is value) == (depth == DEPTH)
        copy, value = copy[0], value[0]


def test_an_item_without_parameters_has_none_to_restore() -> None:
    Parameters(SimpleNamespace()).restore(SimpleNamespace())
