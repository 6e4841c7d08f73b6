"""The part of the dashboard about one component."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement, RunPoint, RunRecord
from pytest_maturity.reports.formats import make_document
from pytest_maturity.reports.html.component_page import ComponentRecords, make_component
from tests.unit.records.records import demotion, promotion, run_of
from tests.unit.reports.formats.rich import make_judgement, make_report
from tests.unit.reports.html.checks import Page

NOW = datetime(2026, 1, 31, tzinfo=timezone.utc)
LADDER = ("dev", "staging")


def make_run(day: int, coverage: str | None, **changed: Any) -> RunRecord:
    """Returns a run on a day of January."""
    number = None if coverage is None else Fraction(coverage)
    status = Status.UNKNOWN if number is None else Status.PASSED if number >= 70 else Status.FAILED
    required = RecordedRequirement(threshold=Fraction(70), status=status)
    gate = RecordedGate(name="coverage", value=number, unit="%", stages={"staging": required})
    verdict = {Status.PASSED: "PROMOTE", Status.FAILED: "HOLD"}.get(status, "INCONCLUSIVE")
    fields = {"started": f"2026-01-{day:02}T09:00:00.000+00:00", "gates": (gate,), "verdict": verdict, **changed}
    return run_of(day, **fields)


def make_records(*runs: RunRecord, **changed: Any) -> ComponentRecords:
    points = tuple(RunPoint.from_dict(one.to_dict()) for one in runs)
    return ComponentRecords(**{"name": "shop", "points": points, "last": runs[-1] if runs else None, **changed})


def show(records: ComponentRecords) -> str:
    return Page(make_component(records, LADDER, NOW)).text


def test_the_verdict_then_what_is_missing_then_what_changed() -> None:
    text = show(make_records(make_run(1, "50"), make_run(20, "59.5"), make_run(28, "62.4"), recorded="dev"))
    parts = (
        "HOLD shop is not ready for staging", "On record at dev", "To reach staging",
        "coverage 62.4\xa0%, needs ≥\xa070",
        "Since 20 Jan", "59.5\xa0% → 62.4\xa0%better by 2.9", "Trends against thresholds", "Verdicts of 3 runs",
        "HOLD in all 3 runs.", "All gates 0 of 1 met", "Where the time goes", "Flaky tests", "On record",
    )  # fmt: skip
    places = [text.index(part, text.index("coverage 62.4") if number > 3 else 0) for number, part in enumerate(parts)]
    assert places[4:] == sorted(places[4:])
    assert places[:4] == sorted(places[:4])


def test_the_earlier_run_is_a_week_older_or_the_first() -> None:
    runs = [make_run(day, "60") for day in (1, 12, 13, 14, 20)]
    found = make_records(*runs).find_earlier()
    assert found is not None
    assert found.started.startswith("2026-01-13")
    first = make_records(*runs[-3:]).find_earlier()
    assert first is not None
    assert first.started.startswith("2026-01-13")
    assert make_records(runs[0]).find_earlier() is None


def test_a_first_run_has_nothing_to_compare_with() -> None:
    text = show(make_records(make_run(1, "50")))
    assert "First run: nothing to compare with." in text
    assert "One run on record: trends start at the second one." in text


def test_no_run_is_a_sentence() -> None:
    text = show(make_records(unfinished=2))
    assert "No run on record: run pytest with records on" in text
    assert "2 runs did not end." in text


def test_what_did_not_move_has_no_chart() -> None:
    made = make_component(make_records(make_run(1, "80"), make_run(2, "80")), LADDER, NOW)
    assert "<svg viewBox" not in made
    assert "No chart, nothing moved: coverage 80\xa0%." in Page(made).text
    assert "Nothing is left to do." in made


def test_an_unknown_run_is_a_hole_and_not_zero() -> None:
    made = make_component(make_records(make_run(1, "80"), make_run(2, None), make_run(3, "81")), LADDER, NOW)
    assert made.count('class="hole"') == 1
    assert "lowest 80\xa0%" in made
    assert "2 PROMOTE, 0 HOLD, 1 INCONCLUSIVE: 66.6\xa0% of the runs were promoted, 0\xa0% held." in Page(made).text


def test_many_runs_are_thinned_and_say_so() -> None:
    runs = [make_run(1 + number % 28, str(60 + number % 7)) for number in range(500)]
    text = show(make_records(*runs))
    assert "500 runs, at most 120 points in a chart" in text


def test_flaky_tests_with_their_runs() -> None:
    runs = [make_run(day, "80", flaky=("tests/a.py::test_x",) if day % 2 else ()) for day in range(1, 11)]
    text = show(make_records(*runs))
    assert "in the last 10 runs" in text
    assert "tests/a.py::test_x5 of 109 Jan" in text
    assert "None." in show(make_records(make_run(1, "80", flaky=())))


def test_times_of_the_last_run() -> None:
    text = show(make_records(make_run(1, "80", duration_s=48.9, steps={"ruff": 0.3, "types": 6.2})))
    assert text.index("types") < text.index("ruff0.3\xa0s")
    assert "Unknown: the run recorded no duration." in show(make_records(make_run(1, "80")))


def test_decisions_and_what_ends() -> None:
    approval = promotion(kind="approval", role="qa", actor="ann", expires="2026-02-06T00:00:00.000+00:00")
    decisions = (promotion("dev", day=1), demotion(None, day=3))
    text = show(make_records(make_run(1, "80"), decisions=decisions, ending=(approval,)))
    assert text.index("▼ demoted to no stage, 3 Jan") < text.index("▲ promoted to dev, 1 Jan")
    assert "approval by ann as qa for stagingin 6 days, 6 Feb" in text
    ended = promotion(kind="attestation", values={"uptime": "99"}, actor="ops", expires="2026-01-30T00:00:00.000+00:00")
    text = show(make_records(make_run(1, "80"), ending=(approval, ended)))
    assert text.index("attestation of uptime by ops for stagingended 30 Jan") < text.index("approval by ann")
    assert "None that ends is on record." in show(make_records(make_run(1, "80")))
    assert "No decision about this component." in show(make_records(make_run(1, "80")))


def test_the_report_of_the_last_run_adds_findings() -> None:
    (component,) = make_document(make_report(make_judgement("shop")))["components"]
    text = show(make_records(make_run(1, "50"), report=component))
    assert "Findings of lint 3 findings" in text
    assert "lint: fix it" in text
    assert "They are not in the records." in show(make_records(make_run(1, "50")))


@pytest.mark.parametrize("started", ["", "yesterday", "2026-13-45"])
def test_a_time_that_is_none_is_shown_as_it_is(started: str) -> None:
    assert "shop" in show(make_records(make_run(1, "50", started=started), make_run(2, "60", started=started)))


def test_success_and_failure_of_each_requirement_by_the_thresholds_of_today() -> None:
    text = show(make_records(*(make_run(day, value) for day, value in enumerate(("60", None, "70", "80"), 1))))
    assert "Success and failure by today's thresholds of staging" in text
    assert "coverage2 of 450\xa0%11" in text
    late = make_run(1, "80")
    late = replace(late, gates=(replace(late.gates[0], name="lint"), *late.gates))
    before = replace(make_run(1, "60"), gates=make_run(1, "60").gates)
    text = show(make_records(before, late))
    assert "Met in every run: lint." in text  # the run before did not measure it
    assert "coverage1 of 250\xa0%1" in text
    assert "Each was met in all 2 runs." in show(make_records(make_run(1, "70"), make_run(2, "71")))
    assert "Each was met in the only run." in show(make_records(make_run(1, "70")))
    assert "The target requires nothing." in show(make_records(make_run(1, "70", target="dev")))
