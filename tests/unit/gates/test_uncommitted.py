"""The gate `uncommitted`: files that differ from the commit, and what is known of it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates.uncommitted import GATE, measure
from pytest_maturity.model.evidence import CheckedOut, Component, Evidence
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def evidence(**known: object) -> Evidence:
    component = Component(name="shop", sources=(), files=(), found_by="src")
    return Evidence(component=component, checked_out=CheckedOut(**known))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("known", "note"),
    [
        ({"branch": "main"}, "commit 0123456789ab, branch main"),
        ({}, "commit 0123456789ab, detached head"),
        ({"is_shallow": True}, "commit 0123456789ab, detached head, shallow clone"),
    ],
)
def test_the_note_names_the_commit_and_where_it_is(tmp_path: Path, known: dict[str, object], note: str) -> None:
    found = measure(evidence(commit=COMMIT, **known), Context(root=tmp_path))
    assert (found.value, found.note, list(found.findings)) == (0, note, [])


def test_each_file_that_differs_is_a_finding_with_a_remedy(tmp_path: Path) -> None:
    own = evidence(commit=COMMIT, uncommitted=("a.py", "b/c.txt"))
    found = measure(own, Context(root=tmp_path))
    assert found.value == 2
    assert [(one.path, one.message) for one in found.findings] == [
        ("a.py", "not in the commit"), ("b/c.txt", "not in the commit"),
    ]  # fmt: skip
    required = Requirement(gate="uncommitted", threshold=Fraction(0), source="here")
    assert GATE.remedy is not None
    assert GATE.remedy(own, found, required) == Remedy("commit 2 files", ("git", "status", "--short"))


def test_without_a_commit_it_is_unknown(tmp_path: Path) -> None:
    assert measure(evidence(problem="no git"), Context(root=tmp_path)) == Measurement(None, "no git")
    plain = Evidence(component=Component(name="shop", sources=(), files=(), found_by="src"))
    assert measure(plain, Context(root=tmp_path)).value is None


def test_it_needs_no_test_and_has_no_baseline() -> None:
    assert (GATE.name, GATE.better, GATE.needs_tests, GATE.measures_change) == ("uncommitted", "lower", False, True)
