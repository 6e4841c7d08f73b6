"""Reports of other plugins show a rerun test once, with its last outcome and its attempts."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Element:
    """An element as the schema allows it: attributes, those that must be there, children, and text.

    Children stand in any order and number, or each at most once and in this order.
    """

    attributes: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    is_ordered: bool = False
    has_text: bool = False


# Jenkins' schema junit-10.xsd (jenkinsci/xunit-plugin), which pytest's xunit2 follows. All values are strings but the
# time of suites.
TIME = re.compile(r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]*)?")
OUTPUT = ("system-out", "system-err")
OUTCOMES = ("skipped", "error", "failure")
ATTEMPTS = ("rerunFailure", "rerunError", "flakyFailure", "flakyError")
COUNTS = ("name", "tests", "failures", "errors")
ATTEMPT = Element(("message", "type"), ("type",), ("stackTrace", *OUTPUT), is_ordered=True, has_text=True)
SCHEMA = {
    **dict.fromkeys((*OUTPUT, "stackTrace"), Element(has_text=True)),
    **dict.fromkeys(OUTCOMES, Element(("message", "type"), has_text=True)),
    **dict.fromkeys(ATTEMPTS, ATTEMPT),
    "properties": Element(children=("property",)),
    "property": Element(("name", "value"), ("name", "value")),
    "testcase": Element(("name", "time", "classname", "group"), ("name",), (*OUTCOMES, *ATTEMPTS, *OUTPUT)),
    "testsuite": Element(
        (*COUNTS, "group", "time", "skipped", "timestamp", "hostname", "id", "package", "file", "log", "url"),
        COUNTS,
        ("testsuite", "properties", "testcase", *OUTPUT),
    ),
    "testsuites": Element((*COUNTS, "time"), children=("testsuite",)),
}


def find_schema_errors(element: ElementTree.Element) -> list[str]:
    """Returns what of an element and of all below it the schema does not allow."""
    allowed, children = SCHEMA[element.tag], [child.tag for child in element]
    errors = [f"{element.tag}/@{name}" for name in element.attrib if name not in allowed.attributes]
    errors += [f"{element.tag}/@{name} is missing" for name in allowed.required if name not in element.attrib]
    errors += [f"{element.tag}/{name}" for name in children if name not in allowed.children]
    if allowed.is_ordered and children != [name for name in allowed.children if name in children]:
        errors.append(f"{element.tag}: the order {children}")
    if element.tag.startswith("testsuite") and not TIME.fullmatch(element.attrib.get("time", "")):
        errors.append(f"{element.tag}/@time: {element.attrib['time']}")
    texts = [element.text, *(child.tail for child in element)]
    if not allowed.has_text and "".join(filter(None, texts)).strip():
        errors.append(f"{element.tag}: text")
    known = [child for child in element if child.tag in SCHEMA]
    return errors + [error for child in known for error in find_schema_errors(child)]


OTHER_OUTCOMES = """
    import unittest
    import pytest
    from journal import fail

    @pytest.fixture
    def broken():
        print("setup")
        fail("broken", times=99)

    @pytest.fixture
    def messy():
        yield
        fail("messy", times=99)

    def test_error(broken): pass

    def test_failed_teardown(messy): pass

    def test_both(messy):
        fail("both", times=99)

    def test_permanent():
        assert "\\x1b<&>" == ""

    @pytest.mark.skip(reason="not now")
    def test_skipped(): pass

    @pytest.mark.xfail
    def test_xfailed():
        fail("x", times=99)

    class TestIt(unittest.TestCase):
        def test_subtests(self):
            for name in ("a", "b", "c"):
                with self.subTest(name=name):
                    fail(name, times=1 if name == "a" else 99)
    """


@pytest.mark.parametrize("surefire", [False, True])
@pytest.mark.parametrize("tests", [*(TESTS.format(times=times) for times in (0, 2, 99)), OTHER_OUTCOMES])
def test_junit_is_valid_against_its_schema(flaky_project: FlakyProject, tests: str, surefire: bool) -> None:
    flaky_project.project.policy(RETRIES + f"    junit_flaky_failures = {str(surefire).lower()}\n")
    flaky_project.run(tests, "--junitxml=junit.xml", "-o", "junit_logging=all")
    assert find_schema_errors(ElementTree.parse(flaky_project.project.path / "junit.xml").getroot()) == []


def test_a_file_that_the_schema_does_not_allow_is_noticed() -> None:
    text = """<testsuites><testsuite name="" tests="" failures="" time="1s"><testcase name="a" file="b">text
        <properties><property name="c"/></properties>
        <flakyFailure message=""><system-err/><system-out/></flakyFailure></testcase></testsuite></testsuites>"""
    assert find_schema_errors(ElementTree.fromstring(text)) == [
        "testsuite/@errors is missing",
        "testsuite/@time: 1s",
        "testcase/@file",
        "testcase/properties",
        "testcase: text",
        "property/@value is missing",
        "flakyFailure/@type is missing",
        "flakyFailure: the order ['system-err', 'system-out']",
    ]


def attempt_lines(case: ElementTree.Element) -> list[str]:
    """Returns the lines about attempts in the output of a test."""
    output = "\n".join(one.text or "" for one in case.iterfind("system-out"))
    return [line for line in output.splitlines() if line.startswith("attempt")]


@everywhere
def test_junit_shows_a_flaky_test_once_with_its_attempts(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.run(TESTS.format(times=2), *flags, "--junitxml=junit.xml", "-o", "junit_logging=all")
    case = junit(flaky_project)
    assert {child.tag for child in case} == {"system-out", "system-err"}
    first, second, *last = attempt_lines(case)
    assert re.fullmatch(
        r"attempt 2: ConnectionError in call after \d+\.\d\d s \(waited 0\.00 s\): it 2",
        second,
    )
    assert first.startswith("attempt 1: ConnectionError in call")
    assert sorted(line.partition(" after")[0] for line in last) == ["attempt 3", "attempt 3: passed"]
    suite = ElementTree.parse(flaky_project.project.path / "junit.xml").find("testsuite")
    assert suite is not None
    assert [suite.attrib[name] for name in ("tests", "failures", "errors", "skipped")] == ["1", "0", "0", "0"]


@everywhere
def test_junit_shows_a_failed_test_once_with_its_attempts(flaky_project: FlakyProject, flags: tuple[str, ...]) -> None:
    flaky_project.run(TESTS.format(times=99), *flags, "--junitxml=junit.xml")
    case = junit(flaky_project)
    (failure,) = case.iterfind("failure")
    assert failure.attrib["message"] == "ConnectionError: it 3"
    assert len(attempt_lines(case)) == 3
    assert attempt_lines(case)[2].endswith("(final: max_retries is 2): it 3")


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
    assert [child.tag for child in case] == ["error", "system-out"]
    assert len(attempt_lines(case)) == 3


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
    assert [child.tag for child in case] == ["error", "system-out", "error"]
    (line,) = attempt_lines(case)
    assert line.endswith("(final: its teardown failed, too): broken 1")


def test_junit_has_no_attempts_of_a_permanent_failure(flaky_project: FlakyProject) -> None:
    flaky_project.run("def test_it(): assert 1 == 2\n", "--junitxml=junit.xml")
    assert attempt_lines(junit(flaky_project)) == []


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
    assert {child.tag for child in junit(flaky_project)} == {"system-out"}


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
    assert [one["outcome"] for one in reports[1]["maturity_attempts"]] == ["failed", "failed", "passed"]
