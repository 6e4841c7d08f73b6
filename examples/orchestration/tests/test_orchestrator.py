from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from orchestration import (
    Checkpoint,
    Config,
    ConfigError,
    Event,
    EventKind,
    Orchestrator,
    Plan,
    RunFailed,
    Status,
    Step,
)
from orchestration.plan import Action


def returning(value: Any) -> Action:
    async def action(inputs: Mapping[str, Any]) -> Any:
        await asyncio.sleep(0)
        return value

    return action


def failing(error: Exception) -> Action:
    async def action(inputs: Mapping[str, Any]) -> Any:
        raise error

    return action


async def adding(inputs: Mapping[str, Any]) -> Any:
    return sum(inputs.values())


async def forever(inputs: Mapping[str, Any]) -> Any:
    await asyncio.Event().wait()


class Gauge:
    """An action that waits for a few turns of the loop and knows how many ran at once."""

    def __init__(self) -> None:
        self.now = self.most = 0

    async def __call__(self, inputs: Mapping[str, Any]) -> None:
        self.now += 1
        self.most = max(self.most, self.now)
        for _ in range(3):
            await asyncio.sleep(0)
        self.now -= 1


def statuses(result: Any) -> dict[str, str]:
    return {name: step.status.value for name, step in result.steps.items()}


async def test_each_step_gets_the_values_of_those_it_waits_for() -> None:
    plan = Plan(
        [
            Step("left", returning(3)),
            Step("right", returning(4)),
            Step("sum", adding, after=("left", "right")),
            Step("double", adding, after=("sum", "sum")),
        ]
    )
    result = await Orchestrator(plan).run()
    assert result.ok
    assert result.values == {"left": 3, "right": 4, "sum": 7, "double": 7}
    result.raise_for_failure()


async def test_an_empty_plan_ends_at_once() -> None:
    result = await Orchestrator(Plan([])).run()
    assert result.ok
    assert result.values == {}


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_no_more_steps_run_at_once_than_the_limit(limit: int) -> None:
    gauge = Gauge()
    plan = Plan(Step(f"step {number}", gauge) for number in range(5))
    result = await Orchestrator(plan, Config(concurrency=limit)).run()
    assert result.ok
    assert gauge.most == limit


async def test_a_step_starts_as_soon_as_it_may_though_others_still_run() -> None:
    free = asyncio.Event()

    async def waits(inputs: Mapping[str, Any]) -> str:
        await free.wait()
        return "slow"

    async def frees(inputs: Mapping[str, Any]) -> str:
        free.set()
        return "next"

    plan = Plan(
        [Step("slow", waits), Step("quick", returning(1)), Step("next", frees, after=("quick",))]
    )
    result = await asyncio.wait_for(Orchestrator(plan).run(), timeout=1)
    assert result.values == {"slow": "slow", "quick": 1, "next": "next"}


async def test_the_first_failure_cancels_the_others_and_starts_nothing_more() -> None:
    cleaned: list[str] = []

    async def careful(inputs: Mapping[str, Any]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append("careful")

    plan = Plan(
        [
            Step("careful", careful),
            Step("broken", failing(ValueError("no"))),
            Step("later", returning(1), after=("broken",)),
        ]
    )
    result = await Orchestrator(plan).run()
    assert statuses(result) == {"careful": "cancelled", "broken": "failed", "later": "skipped"}
    assert cleaned == ["careful"]
    assert not result.ok


async def test_without_fail_fast_only_what_depends_on_a_failure_is_skipped() -> None:
    plan = Plan(
        [
            Step("broken", failing(ValueError("no"))),
            Step("next", returning(1), after=("broken",)),
            Step("after next", returning(1), after=("next",)),
            Step("other", returning(2)),
            Step("after other", adding, after=("other",)),
        ]
    )
    result = await Orchestrator(plan, Config(concurrency=1, fail_fast=False)).run()
    assert statuses(result) == {
        "broken": "failed",
        "next": "skipped",
        "after next": "skipped",
        "other": "succeeded",
        "after other": "succeeded",
    }


async def test_a_failed_run_raises_on_demand_with_the_step_and_the_cause() -> None:
    error = ValueError("no")
    result = await Orchestrator(Plan([Step("broken", failing(error))])).run()
    with pytest.raises(RunFailed, match=r"the run failed: broken \(failed\)") as caught:
        result.raise_for_failure()
    assert caught.value.__cause__ is error


async def test_a_step_that_takes_too_long_times_out() -> None:
    result = await Orchestrator(Plan([Step("slow", forever)]), Config(timeout=0.01)).run()
    assert result.steps["slow"].status is Status.TIMED_OUT
    assert result.steps["slow"].duration >= 0.01


async def test_a_step_that_raises_a_timeout_of_its_own_has_failed() -> None:
    plan = Plan([Step("fetch", failing(TimeoutError("no answer from the server")))])
    result = await Orchestrator(plan, Config(timeout=60)).run()
    assert statuses(result) == {"fetch": "failed"}


async def test_a_step_that_gives_up_is_cancelled() -> None:
    async def gives_up(inputs: Mapping[str, Any]) -> None:
        raise asyncio.CancelledError

    result = await Orchestrator(Plan([Step("gives up", gives_up)])).run()
    assert statuses(result) == {"gives up": "cancelled"}


async def test_an_action_that_is_not_async_has_failed() -> None:
    def plain(inputs: Mapping[str, Any]) -> Any:
        return 1

    result = await Orchestrator(Plan([Step("plain", plain)])).run()
    assert isinstance(result.steps["plain"].error, TypeError)


async def test_the_timeout_of_a_step_goes_before_the_general_one() -> None:
    plan = Plan([Step("slow", forever, timeout=0.01)])
    result = await asyncio.wait_for(Orchestrator(plan, Config(timeout=60)).run(), timeout=1)
    assert statuses(result) == {"slow": "timed out"}


def flaky(failures: int) -> Callable[[Mapping[str, Any]], Any]:
    left = failures

    async def action(inputs: Mapping[str, Any]) -> str:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ConnectionError("dropped")
        return "done"

    return action


async def test_a_step_is_tried_again_until_it_succeeds() -> None:
    result = await Orchestrator(Plan([Step("flaky", flaky(2))]), Config(attempts=3)).run()
    assert result.values == {"flaky": "done"}
    assert result.steps["flaky"].attempts == 3


async def test_the_pause_between_attempts_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("orchestration.orchestrator.asyncio.sleep", sleep)
    await Orchestrator(Plan([Step("flaky", flaky(3))]), Config(attempts=4, backoff=0.5)).run()
    assert pauses == [0.5, 1.0, 2.0]


async def test_the_last_attempt_decides() -> None:
    result = await Orchestrator(Plan([Step("flaky", flaky(2))]), Config(attempts=2)).run()
    assert result.steps["flaky"].status is Status.FAILED
    assert isinstance(result.steps["flaky"].error, ConnectionError)


async def test_every_start_retry_and_end_is_told_in_order() -> None:
    heard: list[Event] = []
    plan = Plan([Step("flaky", flaky(1)), Step("next", returning(1), after=("flaky",))])
    await Orchestrator(plan, Config(attempts=2), on_event=heard.append).run()
    assert [(event.kind, event.step) for event in heard] == [
        (EventKind.STARTED, "flaky"),
        (EventKind.RETRIED, "flaky"),
        (EventKind.ENDED, "flaky"),
        (EventKind.STARTED, "next"),
        (EventKind.ENDED, "next"),
    ]
    assert heard[-1].result is not None
    assert heard[-1].result.value == 1
    assert [event.elapsed for event in heard] == sorted(event.elapsed for event in heard)


async def test_a_listener_that_fails_is_logged_and_does_not_stop_the_run(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(event: Event) -> None:
        raise RuntimeError("deaf")

    with caplog.at_level(logging.ERROR, "orchestration"):
        result = await Orchestrator(Plan([Step("one", returning(1))]), on_event=broken).run()
    assert result.ok
    assert "a listener failed at one started" in caplog.text


async def test_stop_cancels_what_runs_and_skips_the_rest() -> None:
    plan = Plan([Step("slow", forever), Step("next", returning(1), after=("slow",))])
    orchestrator = Orchestrator(plan)
    run = asyncio.create_task(orchestrator.run())
    await asyncio.sleep(0)
    orchestrator.stop()
    assert statuses(await run) == {"slow": "cancelled", "next": "skipped"}


async def test_cancelling_the_run_waits_for_its_steps_to_clean_up() -> None:
    cleaned = asyncio.Event()

    async def careful(inputs: Mapping[str, Any]) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.set()

    run = asyncio.create_task(Orchestrator(Plan([Step("careful", careful)])).run())
    for _ in range(3):
        await asyncio.sleep(0)
    run.cancel()
    with pytest.raises(asyncio.CancelledError):
        await run
    assert cleaned.is_set()


async def test_an_orchestrator_runs_once_at_a_time_but_again_later() -> None:
    orchestrator = Orchestrator(Plan([Step("one", returning(1))]))
    first = asyncio.create_task(orchestrator.run())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="running already"):
        await orchestrator.run()
    assert (await first).ok
    assert (await orchestrator.run()).ok


async def test_completed_steps_do_not_run_again() -> None:
    plan = Plan(
        [Step("paid", failing(ValueError("paid twice"))), Step("sum", adding, after=("paid",))]
    )
    result = await Orchestrator(plan).run(completed={"paid": 40})
    assert result.values == {"paid": 40, "sum": 40}


def test_without_a_checkpoint_nothing_is_completed(tmp_path: Path) -> None:
    plan = Plan([Step("paid", returning(40))])
    assert Checkpoint(tmp_path / "run.json").load(plan) == {}


def test_nothing_can_run_with_a_concurrency_of_zero() -> None:
    with pytest.raises(ConfigError, match="concurrency must be at least 1, not 0"):
        Config(concurrency=0)
