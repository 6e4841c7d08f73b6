"""The standing of a component of which nothing is on record."""

from __future__ import annotations

from dataclasses import asdict

from pytest_maturity.model.standing import Standing


def test_a_component_without_records_has_no_stage_and_no_history() -> None:
    assert asdict(Standing()) == {
        "stage": None,
        "is_target": False,
        "problem": "",
        "ladder": (),
        "days": None,
        "promoted_tests": None,
        "dependencies": None,
        "dependency_problem": "",
        "compared_with": None,
        "decisions": (),
        "approvals": {},
    }
