"""The marker `maturity_rerun`: its settings for one test, and every mistake in its use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from ...model.retries import MAX_RETRIES, RetryPolicy
from ...model.text import did_you_mean, safe

MARKER = "maturity_rerun"
KEYS = ("max_retries", "transient")


def apply_marker(policy: RetryPolicy, item: pytest.Item) -> RetryPolicy:
    """Returns the policy with the settings of the test's closest marker; an invalid marker changes nothing.

    Invalid markers end the run after the collection (`find_marker_errors`), so only one that was added while the test
    ran gets here.
    """
    marker = item.get_closest_marker(MARKER)
    if marker is None or any(check_marker(marker)):
        return policy
    return replace(
        policy,
        max_retries=marker.kwargs.get("max_retries", policy.max_retries),
        transient=(*policy.transient, *map(name_exception_type, marker.kwargs.get("transient", ()))),
    )


def find_marker_errors(items: Iterable[pytest.Item]) -> list[str]:
    """Returns a message for every mistake in the markers of the tests and of their classes and modules."""
    checked: set[Any] = set()
    return [
        error
        for item in items
        if item.own_markers or item.parent not in checked
        for error in find_node_errors(item, checked)
    ]


def find_node_errors(item: pytest.Item, checked: set[Any]) -> Iterator[str]:
    """Yields the mistakes in the markers of a test and of the collectors above it; adds these nodes to `checked`."""
    node: Any = item
    while node is not None and node not in checked:
        checked.add(node)
        nodeid = node.nodeid.removesuffix(node.name) + getattr(node, "originalname", node.name)
        for marker in node.own_markers:
            if marker.name == MARKER:
                yield from (f"{safe(nodeid, 200)}: {MARKER}: {error}" for error in check_marker(marker))
        node = node.parent


def check_marker(marker: pytest.Mark) -> Iterator[str]:
    """Yields every mistake in one marker's arguments."""
    if marker.args:
        yield "takes max_retries=... and transient=[...], no positional arguments"
    for key in marker.kwargs:
        if key not in KEYS:
            yield f"there is no {safe(key, 60)!r}{did_you_mean(key, KEYS)}"
    retries, transient = marker.kwargs.get("max_retries", 0), marker.kwargs.get("transient", ())
    if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= MAX_RETRIES:
        yield f"max_retries must be a whole number from 0 to {MAX_RETRIES}, not {safe(repr(retries), 60)}"
    if not isinstance(transient, list | tuple) or not all(map(is_exception_type, transient)):
        yield "transient must be a list of exception types, or of their names as module.Class"


def is_exception_type(kind: object) -> bool:
    """Whether it is an exception type or a string, which may name one."""
    return isinstance(kind, str) or (isinstance(kind, type) and issubclass(kind, BaseException))


def name_exception_type(kind: Any) -> str:
    """Returns the qualified name of an exception type that is given as the type or as its name."""
    return kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"
