"""No string of the table of hostile ones comes alive in a format or makes it invalid, nor in what GitHub shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from prometheus_client.openmetrics import parser

from pytest_maturity.model.report import Report, Verdict
from pytest_maturity.model.retries import RetriedTest
from pytest_maturity.reports.formats import REPORTERS, agent, comment, github, make_document, request
from pytest_maturity.reports.formats.links import Links
from tests.hostile import HOSTILE, TRACE, harmful_lines

from .rich import make_judgement, make_report
from .test_schemas import CHECKS, check_markdown, render


def make_hostile_report() -> Report:
    """Returns a report with a component for each string, which stands wherever a user's text may stand."""
    judgements = []
    for text in HOSTILE.values():
        one = make_judgement(text, text)
        outcomes = one.evidence.outcomes
        (retried,) = outcomes.retried
        attempts = tuple(replace(attempt, exception=text, message=text) for attempt in retried.attempts)
        again = RetriedTest(test=f"t.py::test[{text}]", outcome="passed", attempts=attempts)
        outcomes = replace(outcomes, retried=(again,), flaky_tests=(f"t.py::test[{text}]",))
        judgements.append(replace(one, evidence=replace(one.evidence, outcomes=outcomes)))
    return replace(make_report(*judgements), notes=tuple(HOSTILE.values()))


def make_unknown_report() -> Report:
    """Returns the same without a failed requirement: the reasons are the notes of gates, which print what tools say."""
    judgements = []
    for one in make_hostile_report().components:
        unknown = tuple(result for result in one.results if result.value is None)
        judgements.append(replace(one, results=unknown, verdict=Verdict.INCONCLUSIVE))
    return replace(make_report(*judgements), notes=tuple(HOSTILE.values()))


REPORTS = {
    "failed": make_hostile_report(),
    "unknown": make_unknown_report(),
    "empty": replace(make_report(), notes=tuple(HOSTILE.values())),
}
DOCUMENTS = {name: make_document(one) for name, one in REPORTS.items()}
LINKS = Links()
SHOWN: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "summary": github.make_summary,
    "comment": lambda document: comment.render(document, LINKS),
    "request": lambda document: request.render(document, LINKS),
}


each_report = pytest.mark.parametrize("report", REPORTS)


@each_report
@pytest.mark.parametrize("name", [one.name for one in REPORTERS])
def test_each_format_stays_valid_and_harmless(name: str, report: str) -> None:
    for text in render(name, REPORTS[report]):
        CHECKS[name](text)
        lines = text.split("\n")
        assert not harmful_lines(lines)
        assert not [line for line in lines if line.lstrip(" \"'`>|-").startswith(TRACE)]


@each_report
@pytest.mark.parametrize("name", SHOWN)
def test_what_is_shown_to_github_is_harmless(name: str, report: str) -> None:
    text = SHOWN[name](DOCUMENTS[report])
    check_markdown(text)
    assert not harmful_lines(text.split("\n"))


@pytest.mark.parametrize("report", ["failed", "unknown"])
def test_annotations_hold_the_strings_in_one_line_each(report: str) -> None:
    lines = github.list_annotations(DOCUMENTS[report])
    assert lines
    for line in lines:
        assert line.startswith(("::error ", "::warning ", "::notice::"))
        assert not harmful_lines([line.partition("::")[2].partition("::")[2].replace("::", ":")])


@pytest.mark.parametrize("tokens", [500, 900, 3000, 8000, 100_000])
def test_the_text_for_an_agent_stays_harmless_and_within_its_budget_wherever_it_is_cut(tokens: int) -> None:
    text = agent.render(DOCUMENTS["failed"], tokens)
    assert len(text) <= tokens * agent.CHARACTERS
    check_markdown(text)


def test_labels_of_metrics_hold_the_names_as_they_are_printed() -> None:
    (text,) = render("openmetrics", REPORTS["failed"])
    families = parser.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    found = {
        sample.labels["component"] for family in families for sample in family.samples if "component" in sample.labels
    }
    assert {"'; DROP TABLE runs; --", "=cmd|'/C calc'!A0", "{} {0} {component} {x!r}"} <= found
    assert len(found) == len(HOSTILE)
