"""What became of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Status(str, Enum):
    """How a step ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class RunFailed(Exception):
    """At least one step failed or timed out; the first of their errors is the cause."""


@dataclass(frozen=True)
class StepResult:
    """How one step ended. `duration` is in seconds, over all attempts."""

    name: str
    status: Status
    value: Any = None
    error: BaseException | None = None
    attempts: int = 0
    duration: float = 0.0


@dataclass(frozen=True)
class RunResult:
    """The result of every step of the plan, by name."""

    steps: Mapping[str, StepResult] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        return all(result.status is Status.SUCCEEDED for result in self.steps.values())

    @property
    def values(self) -> dict[str, Any]:
        """What the steps that succeeded returned."""
        return {result.name: result.value for result in self.named(Status.SUCCEEDED)}

    def named(self, *statuses: Status) -> list[StepResult]:
        """The results of the steps that ended in one of these ways."""
        return [result for result in self.steps.values() if result.status in statuses]

    def raise_for_failure(self) -> None:
        """Raises RunFailed, which names every step that failed or timed out."""
        broken = self.named(Status.FAILED, Status.TIMED_OUT)
        if broken:
            names = ", ".join(f"{result.name} ({result.status.value})" for result in broken)
            raise RunFailed(f"the run failed: {names}") from broken[0].error
