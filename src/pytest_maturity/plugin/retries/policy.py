"""The default policy of retries, as ordinary hook implementations, and what retries may cost."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ...model.retries import Classification, Failure, Rerun, RetryPolicy
from ...model.text import did_you_mean, safe
from .budget import Budget
from .classify import classify

MARKER = "maturity_rerun"
MARKER_KEYS = ("max_retries", "transient")
UNOWNED = ""  # the account of tests that belong to no judged component


class Recovery:
    """Tries again what is transient, with growing pauses, as long as the component's account allows.

    `policies` are the components', and under UNOWNED that of other tests; `owners` and `tests` tell whose a test
    is and how many tests a component has; `directory` is where the accounts are, for all processes of the run.
    """

    def __init__(
        self,
        policies: Mapping[str, RetryPolicy],
        owners: Callable[[str], frozenset[str]],
        tests: Callable[[str], int],
        directory: Path | None,
        max_retries: int | None,
    ) -> None:
        self.said = ""
        self._policies = policies
        self._owners = owners
        self._tests = tests
        self._directory = directory
        self._own_directory: Path | None = None
        self._max_retries = max_retries
        self._needed: dict[str, int] = {}
        self._counted: dict[str, int] = {}

    # ── the hooks ────────────────────────────────────────────────────────────

    @pytest.hookimpl(trylast=True)
    def pytest_maturity_classify(self, item: pytest.Item, exception: BaseException) -> Classification:
        return classify(exception, self.policy(item).transient)

    @pytest.hookimpl(trylast=True)
    def pytest_maturity_rerun(self, item: pytest.Item, failure: Failure, attempt: int) -> Rerun | None:
        policy = self.policy(item)
        if failure.classification != "transient":
            self.said = f"the failure is {failure.classification}"
        elif attempt > policy.max_retries:
            self.said = f"max_retries is {policy.max_retries}"
        else:
            self.said = "the failure is transient"
            return Rerun(delay=failure.retry_after, reason="transient")
        return None

    # ── what the mechanism asks ──────────────────────────────────────────────

    def policy(self, item: pytest.Item) -> RetryPolicy:
        """The policy for one test: the command line's word, its marker's, its component's."""
        policy = self._policies[self._names(item)[0]]
        marker = item.get_closest_marker(MARKER)
        if marker is None or any(wrong(marker)):  # a wrong one was added while the test ran
            return policy
        names = tuple(map(name_of, marker.kwargs.get("transient", ())))
        retries = marker.kwargs.get("max_retries", policy.max_retries)
        return replace(
            policy,
            max_retries=retries if self._max_retries is None else self._max_retries,
            transient=(*policy.transient, *names),
        )

    def _names(self, item: pytest.Item) -> list[str]:
        return sorted(self._owners(item.nodeid)) or [UNOWNED]

    def limit(self, item: pytest.Item) -> int:
        """How many attempts a test has."""
        return self.policy(item).max_retries + 1

    def delay(self, item: pytest.Item, attempt: int) -> float:
        """Seconds to wait after a failed attempt."""
        return self.policy(item).delay(attempt)

    def note(self, item: pytest.Item) -> None:
        """A test of these components failed for a passing reason."""
        for name in self._names(item):
            try:
                self._needed[name] = self._budget(name).need(item.nodeid)
            except OSError:  # `take` will meet it again, and refuse
                self._needed[name] = 0

    def take(self, item: pytest.Item, delay: float) -> tuple[list[Path], str]:
        """A retry from the account of each component that the test belongs to; else why there is none."""
        taken: list[Path] = []
        try:
            for name in self._names(item):
                limit = self._policies[name].retries_for(self._count(name))
                refusal = self._refusal(name, delay)
                retry = None if refusal else self._budget(name).take(limit)
                if retry is None:
                    for path in taken:
                        path.unlink()
                    return [], refusal or f"the budget of {limit} retries is used up"
                taken.append(retry)
        except OSError as error:
            return [], f"the budget cannot be counted: {error.strerror}"
        return taken, ""

    def _refusal(self, name: str, delay: float) -> str:
        policy, needed = self._policies[name], self._needed.get(name, 0)
        if needed > policy.outage_above(self._count(name)):
            return f"outage suspected: {needed} tests needed a retry"
        spent = self._budget(name).spent()
        if spent + delay >= policy.time_budget:
            return f"the time budget of {policy.time_budget:g} s: {spent:.1f} s are used, {delay:.1f} s would be waited"
        return ""

    def _count(self, name: str) -> int:
        if name not in self._counted:
            self._counted[name] = self._tests(name)
        return self._counted[name]

    def _budget(self, name: str) -> Budget:
        if self._directory is None:
            self._own_directory = self._directory = new_directory()
        return Budget(self._directory, name)

    def close(self) -> None:
        """Remove the accounts, where this process made them."""
        if self._own_directory is not None:
            remove(self._own_directory)


def new_directory() -> Path:
    """Where the accounts of a run are kept."""
    return Path(tempfile.mkdtemp(prefix="pytest-maturity-retries-"))


def remove(directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)


def name_of(kind: Any) -> str:
    """The qualified name of an exception's type, given as either."""
    return kind if isinstance(kind, str) else f"{kind.__module__}.{kind.__qualname__}"


def wrong_markers(items: Iterable[pytest.Item]) -> list[str]:
    """Every marker that could not be obeyed, and why."""
    seen: set[Any] = set()
    return [problem for item in items if item.own_markers or item.parent not in seen for problem in marked(item, seen)]


def marked(item: pytest.Item, seen: set[Any]) -> Iterator[str]:
    """What is wrong with the markers of a test and of the collectors above it that were not looked at before."""
    node: Any = item
    while node is not None and node not in seen:
        seen.add(node)
        place = node.nodeid.removesuffix(node.name) + getattr(node, "originalname", node.name)
        for marker in node.own_markers:
            if marker.name == MARKER:
                yield from (f"{safe(place, 200)}: {MARKER}: {problem}" for problem in wrong(marker))
        node = node.parent


def wrong(marker: pytest.Mark) -> Iterable[str]:
    if marker.args:
        yield "takes max_retries=... and transient=[...], nothing without a name"
    for key in marker.kwargs:
        if key not in MARKER_KEYS:
            yield f"there is no {safe(key, 60)!r}{did_you_mean(key, MARKER_KEYS)}"
    retries, transient = marker.kwargs.get("max_retries", 0), marker.kwargs.get("transient", ())
    if not isinstance(retries, int) or isinstance(retries, bool) or not 0 <= retries <= 100:
        yield f"max_retries must be a whole number from 0 to 100, not {safe(repr(retries), 60)}"
    if not isinstance(transient, list | tuple) or not all(map(is_exception, transient)):
        yield "transient must be a list of exception types, or of their names as module.Class"


def is_exception(kind: object) -> bool:
    return isinstance(kind, str) or (isinstance(kind, type) and issubclass(kind, BaseException))


def elsewhere(config: pytest.Config) -> list[Callable[[pytest.Item], bool]]:
    """Which tests other plugins run again: pytest-rerunfailures, flaky, pytest-retry. They keep what they own."""
    if any(config.getoption(name, None) for name in ("reruns", "force_reruns", "force_flaky")) or ini(config, "reruns"):
        return [bool]  # every item is true
    if any(config.pluginmanager.hasplugin(name) for name in ("rerunfailures", "flaky", "pytest-retry")):
        return [is_marked_flaky]
    return []


def ini(config: pytest.Config, name: str) -> bool:
    """Is a number of another plugin's configuration set, and not 0?"""
    try:
        return str(config.getini(name) or 0) != "0"
    except (KeyError, ValueError):
        return False


def is_marked_flaky(item: pytest.Item) -> bool:
    decorated = (getattr(item, "obj", None), getattr(item, "cls", None))
    return item.get_closest_marker("flaky") is not None or any(hasattr(one, "_flaky_max_runs") for one in decorated)
