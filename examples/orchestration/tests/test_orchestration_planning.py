from collections.abc import Mapping
from typing import Any

import pytest

from orchestration import Plan, PlanError, Step


async def nothing(inputs: Mapping[str, Any]) -> None:
    """An action for steps that are planned and never run."""


def plan(**after: str) -> Plan:
    return Plan(Step(name, nothing, tuple(names.split())) for name, names in after.items())


def names(steps: Any) -> list[str]:
    return [step.name for step in steps]


def test_a_step_comes_after_those_it_depends_on() -> None:
    assert names(plan(report="merge", merge="left right", left="", right="left")) == [
        "left",
        "right",
        "merge",
        "report",
    ]


def test_a_plan_knows_its_steps() -> None:
    small = plan(left="", right="left")
    assert len(small) == 2
    assert small["right"].after == ("left",)


def test_what_waits_for_nothing_is_ready_at_once() -> None:
    assert names(plan(left="", right="", merge="left right").ready(done=())) == ["left", "right"]


def test_a_step_is_ready_when_all_it_waits_for_is_done() -> None:
    both = plan(left="", right="", merge="left right")
    assert names(both.ready(done={"left"})) == ["right"]
    assert names(both.ready(done={"left", "right"})) == ["merge"]


def test_everything_that_follows_a_step_is_downstream_of_it() -> None:
    forest = plan(a="", b="a", c="b", other="", d="c other")
    assert forest.downstream("a") == ["b", "c", "d"]
    assert forest.downstream("other") == ["d"]
    assert forest.downstream("d") == []


def test_two_steps_of_one_name_are_refused() -> None:
    with pytest.raises(PlanError, match="two steps are called 'left'"):
        Plan([Step("left", nothing), Step("left", nothing)])


def test_waiting_for_an_unknown_step_is_refused() -> None:
    with pytest.raises(PlanError, match="'merge' waits for 'lefft', which is no step"):
        plan(left="", merge="lefft")


def test_a_circle_is_refused_and_shown() -> None:
    with pytest.raises(PlanError, match="steps wait for each other: b -> d -> c -> b"):
        plan(a="", b="a d", c="b", d="c", e="d")


def test_a_step_that_waits_for_itself_is_a_circle() -> None:
    with pytest.raises(PlanError, match="a -> a"):
        plan(a="a")
