"""Reports of other plugins show a rerun test once, with its last outcome and its attempts as properties."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import RETRIES, FlakyProject, everywhere

TESTS = """
    import pytest
    from journal import fail

    ATTEMPTS = []

    @pytest.fixture
    def number():
        ATTEMPTS.append(1)
        yield len(ATTEMPTS)

    def test_it(number):
        print("attempt", number)
        fail("it", times={times})
    """


@pytest.fixture
def flaky_project(project: Project) -> FlakyProject:
    project.write({"tests/test_orchestrator.py": ""})
    return FlakyProject(project, "html", "html_fixtures", "metadata", "reportlog")


def junit(flaky_project: FlakyProject, name: str = "test_it") -> ElementTree.Element:
    """Returns the only entry of a test in the JUnit report."""
    (case,) = ElementTree.parse(flaky_project.project.path / "junit.xml").iterfind(f".//testcase[@name='{name}']")
    return case


def properties(case: ElementTree.Element) -> dict[str, str]:
    pairs = [(one.attrib["name"], one.attrib["value"]) for one in case.iterfind("properties/property")]
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)


@everywhere
def test_junit_shows_a_flaky_test_once_with_its_attempts(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.run(TESTS.format(times=2), *flags, "--junitxml=junit.xml", "-o", "junit_logging=all")
    case = junit(flaky_project)
    assert {child.tag for child in case} == {"properties", "system-out", "system-err"}
    assert [line for line in (case.findtext("system-out") or "").splitlines() if "attempt" in line] == ["attempt 3"]
    found = properties(case)
    assert found.pop("maturity_attempts") == "3"
    assert sorted(found) == ["maturity_attempt_1", "maturity_attempt_2"]
    assert re.fullmatch(
        r"ConnectionError: it 2 \(call, \d+\.\d\d s; rerun: transient after 0\.00 s\)",
        found["maturity_attempt_2"],
    )
    suite = ElementTree.parse(flaky_project.project.path / "junit.xml").find("testsuite")
    assert suite is not None
    assert [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["1", "0", "0", "0"]


@everywhere
def test_junit_shows_a_failed_test_once_with_its_attempts(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.run(TESTS.format(times=99), *flags, "--junitxml=junit.xml", "-o", "junit_logging=all")
    case = junit(flaky_project)
    (failure,) = case.iterfind("failure")
    assert failure.attrib["message"] == "ConnectionError: it 3"
    assert properties(case)["maturity_attempts"] == "3"
    assert properties(case)["maturity_attempt_3"].endswith("final: max_retries is 2)")


def test_junit_has_the_attempts_of_a_test_whose_setup_failed(flaky_project: FlakyProject) -> None:
    flaky_project.run(
        """
        import pytest
        from journal import fail

        @pytest.fixture
        def broken():
            fail("broken", times=99)

        def test_it(broken): pass
        """,
        "--junitxml=junit.xml",
    )
    case = junit(flaky_project)
    assert [child.tag for child in case] == ["properties", "error"]
    assert properties(case)["maturity_attempts"] == "3"


def test_junit_has_the_attempt_of_a_test_with_a_permanent_teardown_error(flaky_project: FlakyProject) -> None:
    flaky_project.run(
        """
        import pytest
        from journal import fail

        @pytest.fixture
        def messy():
            yield
            raise AssertionError("left something")

        @pytest.fixture
        def broken(messy):
            fail("broken", times=99)

        def test_it(broken): pass
        """,
        "--junitxml=junit.xml",
    )
    case = junit(flaky_project)
    assert [child.tag for child in case] == ["properties", "error", "error"]
    assert properties(case)["maturity_attempts"] == "1"
    assert properties(case)["maturity_attempt_1"].endswith("final: its teardown failed, too)")


def test_junit_has_no_attempts_of_a_permanent_failure(flaky_project: FlakyProject) -> None:
    flaky_project.run("def test_it(): assert 1 == 2\n", "--junitxml=junit.xml")
    assert properties(junit(flaky_project)) == {}


@everywhere
@pytest.mark.parametrize(("times", "tag"), [(2, "flakyFailure"), (99, "rerunFailure")])
def test_junit_has_surefires_elements_for_attempts_on_request(
    flaky_project: FlakyProject, flags: tuple[str, ...], times: int, tag: str
) -> None:
    flaky_project.project.policy(RETRIES + "    junit_flaky_failures = true\n")
    flaky_project.run(TESTS.format(times=times), *flags, "--junitxml=junit.xml")
    earlier = junit(flaky_project).findall(tag)
    assert [one.attrib for one in earlier] == [
        {"message": "it 1", "type": "ConnectionError"},
        {"message": "it 2", "type": "ConnectionError"},
    ]
    assert earlier[0].findtext("stackTrace") == "ConnectionError: it 1"
    assert len(junit(flaky_project).findall("failure")) == (tag == "rerunFailure")


def test_junit_has_no_surefire_elements_by_default(flaky_project: FlakyProject) -> None:
    flaky_project.run(TESTS.format(times=2), "--junitxml=junit.xml")
    assert {child.tag for child in junit(flaky_project)} == {"properties"}


@everywhere
@pytest.mark.parametrize(("times", "outcome"), [(2, "Passed"), (99, "Failed")])
def test_pytest_html_shows_a_test_once_with_the_last_output(
    flaky_project: FlakyProject, flags: tuple[str, ...], times: int, outcome: str
) -> None:
    pytest.importorskip("pytest_html")
    flaky_project.run(TESTS.format(times=times), *flags, "--html=report.html", subprocess=True)
    page = (flaky_project.project.path / "report.html").read_text(encoding="utf-8")
    (blob,) = re.findall(r'data-jsonblob="([^"]*)"', page)
    found: dict[str, list[dict[str, Any]]] = json.loads(unescape(blob))["tests"]
    (test,) = found.values()
    assert [one["result"] for one in test] == [outcome]
    assert [number for number in "123" if f"attempt {number}" in test[0]["log"]] == ["3"]
    assert re.search(rf"\b1\s+{outcome}", page)


@everywhere
def test_reportlog_has_one_report_per_phase_with_the_attempts(
    flaky_project: FlakyProject, flags: tuple[str, ...]
) -> None:
    pytest.importorskip("pytest_reportlog")
    flaky_project.run(TESTS.format(times=2), *flags, "--report-log=log.jsonl", subprocess=True)
    lines = [json.loads(line) for line in (flaky_project.project.path / "log.jsonl").read_text().splitlines()]
    reports = [one for one in lines if one.get("$report_type") == "TestReport"]
    assert [(one["when"], one["outcome"]) for one in reports] == [
        ("setup", "passed"), ("call", "passed"), ("teardown", "passed"),
    ]  # fmt: skip
    assert dict(reports[1]["sections"]) == {"Captured stdout call": "attempt 3\n"}
    assert ["maturity_attempts", 3] in reports[1]["user_properties"]
    assert [one["outcome"] for one in reports[1]["maturity_attempts"]] == ["failed", "failed", "passed"]
