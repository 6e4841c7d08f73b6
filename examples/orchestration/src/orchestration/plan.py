"""Steps, and the order in which they may run."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Action = Callable[[Mapping[str, Any]], Awaitable[Any]]


class PlanError(ValueError):
    """The steps do not make a plan: a name is used twice or unknown, or they wait for each other."""


@dataclass(frozen=True)
class Step:
    """A unit of work. `action` is called with the values of the steps in `after`, by name.

    `timeout` is in seconds; None takes the orchestrator's.
    """

    name: str
    action: Action
    after: tuple[str, ...] = ()
    timeout: float | None = None


class Plan:
    """A set of steps without circles. Iterating yields each step after those it depends on."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self._steps: dict[str, Step] = {}
        for step in steps:
            if step.name in self._steps:
                raise PlanError(f"two steps are called {step.name!r}")
            self._steps[step.name] = step
        for step in self._steps.values():
            unknown = [name for name in step.after if name not in self._steps]
            if unknown:
                raise PlanError(f"{step.name!r} waits for {unknown[0]!r}, which is no step")
        self._order = self._sorted()

    def __len__(self) -> int:
        return len(self._steps)

    def __iter__(self) -> Iterator[Step]:
        return iter(self._order)

    def __getitem__(self, name: str) -> Step:
        return self._steps[name]

    def ready(self, done: Collection[str]) -> list[Step]:
        """The steps that are not done and wait for nothing but what is."""
        return [
            step
            for step in self._order
            if step.name not in done and all(name in done for name in step.after)
        ]

    def downstream(self, name: str) -> list[str]:
        """The steps that wait for `name`, directly or not, in the order of the plan."""
        reached = {name}
        for step in self._order:
            if not reached.isdisjoint(step.after):
                reached.add(step.name)
        return [step.name for step in self._order if step.name in reached and step.name != name]

    def _sorted(self) -> list[Step]:
        waiting = {step.name: set(step.after) for step in self._steps.values()}
        order: list[Step] = []
        while waiting:
            free = [name for name, after in waiting.items() if not after]
            if not free:
                raise PlanError(f"steps wait for each other: {' -> '.join(_circle(waiting))}")
            for name in free:
                del waiting[name]
                order.append(self._steps[name])
            for after in waiting.values():
                after.difference_update(free)
        return order


def _circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """One circle among steps that all wait for another one, from a step back to itself."""
    path = [min(waiting)]
    while True:
        following = min(name for name in waiting[path[-1]] if name in waiting)
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
