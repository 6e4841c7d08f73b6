"""A run writes each format that is asked for, and its numbers are those of pytest."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pytest_maturity.reports.formats import REPORTERS
from tests.acceptance.project import Project

TESTS = """
    import pytest
    import orchestration

    @pytest.mark.parametrize("number", range(3))
    def test_passed(number):
        pass

    def test_failed():
        assert orchestration.run(1) == "many", "<b> & ]]>"

    @pytest.mark.skip
    def test_skipped():
        pass

    @pytest.mark.xfail
    def test_expected():
        raise ValueError

    @pytest.fixture
    def broken():
        raise OSError

    def test_error(broken):
        pass
    """
ALL = [f"--maturity-report={one.name}" for one in REPORTERS]


def write_everything(project: Project, *arguments: str) -> dict[str, str]:
    """Returns the text of each format after a run, by the name of its file."""
    project.plugins = ("xdist",)
    project.write({"tests/test_orchestrator.py": TESTS})
    assert project.gate(*ALL, *arguments, component="all").code == 1
    return {path.name: path.read_text(encoding="utf-8") for path in (project.path / ".maturity").iterdir()}


@pytest.mark.parametrize("workers", ["", "-n2"])
def test_every_format_is_written(project: Project, workers: str) -> None:
    found = write_everything(project, *workers.split())
    suffixes = {one.suffix for one in REPORTERS if not one.is_per_component}
    expected = {"report.json", "orchestration.badge.json", "billing.badge.json", *(f"report{one}" for one in suffixes)}
    assert {name for name in found if not name.startswith(".")} == expected
    assert {Path(one["path"]).name for one in json.loads(found["report.json"])["reports"]} == expected - {"report.json"}
    summary = json.loads(found["report.ctrf.json"])["results"]["summary"]
    counted = {name: summary[name] for name in ("tests", "passed", "failed", "skipped", "pending", "other")}
    assert counted == {"tests": 8, "passed": 4, "failed": 2, "skipped": 1, "pending": 0, "other": 1}
    suites = ElementTree.fromstring(found["report.junit.xml"])
    assert (suites.get("tests"), suites.get("failures"), suites.get("errors")) == ("2", "1", "0")
    assert 'maturity_tests{component="orchestration",outcome="failed"} 1' in found["report.prom"]
    assert json.loads(found["orchestration.badge.json"])["message"] == "HOLD bronze"
    assert json.loads(found["billing.badge.json"])["message"] == "PROMOTE bronze"


def test_the_tests_that_a_merge_lists_are_those_of_its_shards(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": TESTS})
    assert project.gate("--maturity-evidence=1.json", component="all").code == 1
    assert project.gate("--maturity-merge=1.json", "--maturity-report=ctrf", component="all").code == 1
    tests = json.loads((project.path / ".maturity/report.ctrf.json").read_text(encoding="utf-8"))["results"]["tests"]
    assert len(tests) == 8
    assert all(one["extra"]["maturity"]["timed"] for one in tests)


def test_a_test_that_did_not_run_is_pending(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": TESTS})
    assert project.gate("-x", "--maturity-report=ctrf").code == 1
    text = (project.path / ".maturity/orchestration.ctrf.json").read_text(encoding="utf-8")
    statuses = {one["name"].partition("::")[2]: one["status"] for one in json.loads(text)["results"]["tests"]}
    assert (statuses["test_failed"], statuses["test_error"]) == ("failed", "pending")
