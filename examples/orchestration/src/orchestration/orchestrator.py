"""Runs a plan: as many steps at once as is allowed, each as soon as it may."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from .config import Config
from .plan import Plan, Step
from .result import RunResult, Status, StepResult

log = logging.getLogger(__name__)


class EventKind(str, Enum):
    """What happened to a step."""

    STARTED = "started"
    RETRIED = "retried"
    ENDED = "ended"


@dataclass(frozen=True)
class Event:
    """Something that happened. `elapsed` is in seconds since the run began."""

    kind: EventKind
    step: str
    elapsed: float
    result: StepResult | None = None


Listener = Callable[[Event], None]


class Orchestrator:
    """Runs one plan with one configuration. `on_event` hears of every start, retry and end."""

    def __init__(
        self, plan: Plan, config: Config | None = None, *, on_event: Listener | None = None
    ) -> None:
        self.plan = plan
        self.config = config or Config()
        self._on_event = on_event
        self._results: dict[str, StepResult] = {}
        self._running: dict[asyncio.Task[StepResult], str] = {}
        self._stopping = False
        self._began = 0.0

    async def run(self, completed: Mapping[str, Any] | None = None) -> RunResult:
        """Run every step that is not among the `completed` values, and return all results.

        A step that fails does not raise; see RunResult.raise_for_failure(). Cancelling
        this coroutine cancels the steps that run and waits until they have ended.
        """
        if self._running:
            raise RuntimeError("this orchestrator is running already")
        self._began = time.monotonic()
        self._stopping = False
        self._results = {
            name: StepResult(name, Status.SUCCEEDED, value)
            for name, value in (completed or {}).items()
        }
        try:
            self._start_ready()
            while self._running:
                done, _ = await asyncio.wait(self._running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    self._end(self._running.pop(task), task)
                self._start_ready()
        finally:
            await self._drain()
        return RunResult({step.name: self._results[step.name] for step in self.plan})

    def stop(self) -> None:
        """Start nothing more and cancel the steps that run; run() then returns as usual."""
        self._stopping = True
        for task in self._running:
            task.cancel()
        for step in self.plan:
            if step.name not in self._running.values():
                self._skip(step.name)

    def _start_ready(self) -> None:
        if self._stopping:
            return
        for step in self.plan.ready(self._results):
            if len(self._running) >= self.config.concurrency:
                return
            if step.name not in self._running.values():
                inputs = {name: self._results[name].value for name in step.after}
                self._running[asyncio.create_task(self._perform(step, inputs))] = step.name

    async def _perform(self, step: Step, inputs: Mapping[str, Any]) -> StepResult:
        """Call the step's action until it succeeds or no attempt is left."""
        timeout = self.config.timeout if step.timeout is None else step.timeout
        began = time.monotonic()
        self._tell(EventKind.STARTED, step.name)
        for attempt in range(1, self.config.attempts + 1):
            if attempt > 1:
                self._tell(EventKind.RETRIED, step.name)
                await asyncio.sleep(self.config.backoff * 2 ** (attempt - 2))
            status, value, error = await _attempt(step, inputs, timeout)
            if status is Status.SUCCEEDED:
                break
        return StepResult(step.name, status, value, error, attempt, time.monotonic() - began)

    def _end(self, name: str, task: asyncio.Task[StepResult]) -> None:
        """Record how a step ended, and what follows for the others."""
        result = StepResult(name, Status.CANCELLED) if task.cancelled() else task.result()
        self._results[name] = result
        self._tell(EventKind.ENDED, name, result)
        if result.status is Status.SUCCEEDED:
            return
        if self.config.fail_fast:
            if not self._stopping:
                self.stop()
        else:
            for dependent in self.plan.downstream(name):
                self._skip(dependent)

    def _skip(self, name: str) -> None:
        if name not in self._results:
            self._results[name] = StepResult(name, Status.SKIPPED)
            self._tell(EventKind.ENDED, name, self._results[name])

    async def _drain(self) -> None:
        """Cancel what still runs, and wait for it to clean up."""
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        self._running.clear()

    def _tell(self, kind: EventKind, step: str, result: StepResult | None = None) -> None:
        if self._on_event is None:
            return
        try:
            self._on_event(Event(kind, step, time.monotonic() - self._began, result))
        except Exception:
            log.exception("a listener failed at %s %s", step, kind.value)


async def _attempt(
    step: Step, inputs: Mapping[str, Any], timeout: float | None
) -> tuple[Status, Any, BaseException | None]:
    """How one call of the step's action ended. Nothing of it runs on afterwards."""

    async def call() -> Any:
        return await step.action(inputs)

    task = asyncio.create_task(call())
    try:
        await asyncio.wait({task}, timeout=timeout)
        in_time = task.done()
    finally:
        task.cancel()
        await asyncio.wait({task})
    if not in_time:
        return Status.TIMED_OUT, None, TimeoutError(f"{step.name} took more than {timeout} s")
    if task.cancelled():
        raise asyncio.CancelledError
    error = task.exception()
    if error is not None:
        return Status.FAILED, None, error
    return Status.SUCCEEDED, task.result(), None
