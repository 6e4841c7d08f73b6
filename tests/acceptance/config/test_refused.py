"""A refused run invalidates the report of the last run: no old verdict is left to be read."""

from __future__ import annotations

import json

import pytest

from pytest_maturity.reports import verify
from tests.acceptance.project import Project

REFUSED = "--maturity-target=nonsense"


@pytest.fixture
def promoted(project: Project) -> Project:
    for component in ("orchestration", "billing"):
        assert project.gate(component=component).code == 0
    return project


@pytest.mark.parametrize("names", [("orchestration",), ("Orchestration",), ("orchestration", "Orchestration")])
def test_the_report_of_the_component_is_invalidated_in_every_spelling(
    promoted: Project, names: tuple[str, ...]
) -> None:
    before = promoted.read_report()
    options = [f"--maturity-component={name}" for name in names]
    assert int(promoted.run(*options, REFUSED).ret) == 4
    report = promoted.read_report()
    assert (report["verdict"], report["components"], report["run"]) == ("INCOMPLETE", [], before["run"])
    (note,) = report["notes"]
    assert note.startswith("a later run was refused, so this verdict does not count any more: --maturity-target: ")
    assert verify.check_report(report) == []
    assert promoted.read_report("billing")["verdict"] == "PROMOTE"


def test_the_report_of_several_components_is_invalidated(promoted: Project) -> None:
    assert promoted.gate(component="all").code == 0
    assert promoted.gate(REFUSED, component="all").report["verdict"] == "INCOMPLETE"
    assert promoted.read_report()["verdict"] == "INCOMPLETE"  # of one of the components, from an earlier run


def test_a_report_at_another_path_is_invalidated(promoted: Project) -> None:
    promoted.gate("--maturity-report=ci/verdict.json")
    promoted.gate("--maturity-report=ci/verdict.json", REFUSED)
    assert json.loads((promoted.path / "ci/verdict.json").read_text())["verdict"] == "INCOMPLETE"
    assert promoted.read_report()["verdict"] == "INCOMPLETE"  # of one of the components, from an earlier run


@pytest.mark.parametrize("text", ['{"a": 1}', "[1]", "no JSON", ""])
def test_a_file_that_is_no_report_is_left_alone(promoted: Project, text: str) -> None:
    promoted.write({"mine.json": text})
    before = (promoted.path / "mine.json").read_bytes()
    assert promoted.gate("--maturity-report=mine.json", REFUSED).code == 4
    assert (promoted.path / "mine.json").read_bytes() == before


@pytest.mark.parametrize("option", ["--maturity-explain", "--help"])
def test_explain_and_help_invalidate_nothing(promoted: Project, option: str) -> None:
    promoted.gate(option, REFUSED)
    assert promoted.read_report()["verdict"] == "PROMOTE"
