"""The gate `suppressions`: its number, its breakdown, its note and its remedy."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.evidence.assess import judge
from pytest_maturity.gates.suppressions import GATE, measure, suggest_remedy
from pytest_maturity.model.evidence import Component, Evidence
from pytest_maturity.model.gates import Context, Measurement, Requirement, Status
from pytest_maturity.model.suppressions import KINDS, Suppression, Suppressions

CONTEXT = Context(root=Path("/project"))
COUNTED = Suppressions(
    found=(
        Suppression(kind="noqa", path="src/auth/__init__.py", line=1, text="# noqa: F401"),
        Suppression(kind="nosec", path="src/auth/keys.py", line=1, text="# nosec B105 # pragma: no cover"),
        Suppression(kind="no_cover", path="src/auth/keys.py", line=1, text="# nosec B105 # pragma: no cover"),
        Suppression(kind="type_ignore", path="src/auth/keys.py", line=2, text="# type: ignore[assignment]"),
        Suppression(kind="skip", path="tests/conftest.py", line=2, text="pytest.skip('no network')"),
        Suppression(kind="xfail", path="tests/test_auth.py", line=2, text="pytest.mark.xfail"),
    ),
    unknown=frozenset(),
    problems=(),
)
WITHOUT_COVERAGE = replace(COUNTED, unknown=frozenset({"omitted"}), problems=("coverage was not measured",))


def evidence(suppressions: Suppressions) -> Evidence:
    component = Component(name="auth", sources=(), files=(), found_by="src")
    return Evidence(component=component, suppressions=suppressions)


def measured(suppressions: Suppressions) -> Measurement:
    return measure(evidence(suppressions), CONTEXT)


def test_every_suppression_is_a_finding_and_each_kind_a_line_of_the_breakdown() -> None:
    found = measured(COUNTED)
    assert (found.value, found.note) == (6, "1 noqa, 1 type ignore, 1 nosec, 1 no cover, 1 skip, 1 xfail")
    assert found.breakdown == {**dict.fromkeys(KINDS, 1), "fmt": 0, "omitted": 0, "warning_filter": 0}
    assert [(one.location, one.rule, one.message) for one in found.findings[:2]] == [
        ("src/auth/__init__.py:1", "noqa", "# noqa: F401"),
        ("src/auth/keys.py:1", "nosec", "# nosec B105 # pragma: no cover"),
    ]


def test_a_component_without_suppressions_has_none() -> None:
    found = measured(Suppressions(unknown=frozenset(), problems=()))
    assert (found.value, found.note, found.breakdown) == (0, "none", dict.fromkeys(KINDS, 0))


def test_the_note_says_why_the_total_is_unknown() -> None:
    found = measured(WITHOUT_COVERAGE)
    assert (found.value, found.breakdown["omitted"], found.breakdown["noqa"]) == (None, None, 1)
    assert found.note == (
        "coverage was not measured; 1 noqa, 1 type ignore, 1 nosec, 1 no cover, 1 skip, 1 xfail; unknown: omitted"
    )


def test_without_a_count_everything_is_unknown() -> None:
    found = measure(Evidence(component=evidence(COUNTED).component), CONTEXT)
    assert (found.value, found.breakdown) == (None, dict.fromkeys(KINDS))
    assert found.note.startswith("suppressions were not counted; unknown: noqa, type ignore")


def requirement(threshold: int, line: str = "") -> Requirement:
    return Requirement(gate="suppressions", line=line, threshold=Fraction(threshold), source="here")


@pytest.mark.parametrize(
    ("required", "text"),
    [
        (requirement(5), "remove 1 of 6 suppressions"),
        (requirement(0, "skip"), "remove 1 suppression"),
    ],
)
def test_the_remedy_says_how_many_to_remove(required: Requirement, text: str) -> None:
    assert suggest_remedy(evidence(COUNTED), measured(COUNTED), required).text == text


@pytest.mark.parametrize(
    ("suppressions", "total"), [(COUNTED, Status.FAILED), (WITHOUT_COVERAGE, Status.UNKNOWN)], ids=["all", "some"]
)
def test_the_total_and_a_kind_are_judged_apart(suppressions: Suppressions, total: Status) -> None:
    requirements = [requirement(5), requirement(0, "nosec"), requirement(1, "noqa")]
    found = judge(evidence(suppressions), {GATE.name: GATE}, {"dev": requirements}, "dev", CONTEXT)
    assert {result.name: result.stages["dev"].status for result in found.results} == {
        "suppressions": total,
        "suppressions.nosec": Status.FAILED,
        "suppressions.noqa": Status.PASSED,
    }
    locations = {result.name: [one.location for one in result.findings] for result in found.results}
    assert locations["suppressions.nosec"] == ["src/auth/keys.py:1"]
    assert len(locations["suppressions"]) == 6


def test_the_gate_is_better_when_lower_and_has_a_line_for_each_kind() -> None:
    assert (GATE.name, GATE.better, GATE.lines, GATE.unit) == ("suppressions", "lower", KINDS, "")
