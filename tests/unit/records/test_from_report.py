"""A record says what the report of its run says."""

from __future__ import annotations

from fractions import Fraction

import pytest

from pytest_maturity.model.evidence import Gap
from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import exact
from pytest_maturity.records.from_report import (
    find_actor,
    find_baseline,
    find_ci_actor,
    make_begun_record,
    make_run_records,
)
from tests.unit.reports.reports import COMMIT, RUN, document_of, report


def test_each_component_has_a_record_with_its_numbers() -> None:
    first, second = make_run_records(document_of(report(1, 2, failed=1)), "ann")
    assert (first.run_id, first.component, first.verdict, first.target) == (RUN.id, "part1", "PROMOTE", "dev")
    assert (first.commit, first.dirty, first.actor, first.reached) == (COMMIT, False, "ann", "dev")
    (gate,) = second.gates
    assert (second.verdict, gate.name, gate.unit) == ("HOLD", "pass_rate", "%")
    assert gate.value == Fraction(66666666, 1000000)  # rounded toward failure, as the report says it
    assert gate.stages["dev"].status is Status.FAILED
    assert second.outcomes["failed"] == 1


def test_gaps_and_tools_are_kept() -> None:
    document = document_of(report(1, 1, gaps=(Gap(cause="partial", message="-k"),)))
    tool = {"duration_s": 0.5, "cached": False, "version": "ruff 0.15.1"}
    document["tools"] = {"ruff": tool, "own:part2": {**tool, "version": ""}, "bandit": {**tool, "cached": True}}
    first, second = make_run_records(document, "ann")
    assert first.gaps == ("-k",)
    assert first.tools == {"ruff": "0.15.1"}
    assert first.steps == {"ruff": 0.5}
    assert second.steps == {"ruff": 0.5, "own:part2": 0.5}


@pytest.mark.parametrize(
    ("value", "better", "baselines", "kept"),
    [
        (84.6, "higher", [85], 85),  # worse within the tolerance
        (85, "higher", [85], None),
        (86, "higher", [85], None),
        (60, "higher", [85, 90, None], 90),
        (301, "lower", [300], 300),
        (None, "lower", [300], 300),
        (None, "lower", [None], None),
    ],
)
def test_a_baseline_that_is_not_reached_is_kept(
    value: float | None, better: str, baselines: list[float | None], kept: int | None
) -> None:
    ratchets = [{"baseline": one, "problem": None} for one in baselines]
    others = [None, {"baseline": 99, "problem": "of another version"}]
    stages = {str(place): {"ratchet": one} for place, one in enumerate([*ratchets, *others])}
    number = None if value is None else exact(value)
    assert find_baseline({"better": better, "stages": stages}, number) == kept


def test_a_run_that_begins_is_incomplete() -> None:
    record = make_begun_record("1", "shop", "dev", "2026-01-01T00:00:00+00:00", "ann")
    assert (record.verdict, record.reached, record.gates) == ("INCOMPLETE", None, ())


def test_the_actor_is_the_ci_services_or_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_actor({"GITLAB_USER_LOGIN": "ann"}) == "ann"
    monkeypatch.setattr("getpass.getuser", lambda: "bob")
    assert find_actor({}) == "bob"

    def fail() -> str:
        raise OSError

    monkeypatch.setattr("getpass.getuser", fail)
    assert find_actor({}) == "unknown"


@pytest.mark.parametrize(
    ("environ", "actor"),
    [
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ann"}, "ann"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ann", "GITHUB_TRIGGERING_ACTOR": "ann"}, "ann"),
        ({"GITHUB_ACTIONS": "true", "GITHUB_ACTOR": "ann", "GITHUB_TRIGGERING_ACTOR": "bob"}, ""),
        ({"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "ann"}, "ann"),
        ({"GITLAB_CI": "true", "GITHUB_ACTOR": "ann"}, ""),
        ({"GITHUB_ACTOR": "ann"}, ""),
        ({}, ""),
    ],
)
def test_a_ci_service_names_a_user_only_in_a_job_of_its_own(environ: dict[str, str], actor: str) -> None:
    assert find_ci_actor(environ) == actor
