"""Each requirement of the target is one case; what only warns passes, and says so."""

from __future__ import annotations

from pytest_maturity.reports.formats import make_document
from pytest_maturity.reports.formats.requirements import Case, describe_finding, iterate_cases

from .rich import make_judgement, make_report

(COMPONENT,) = make_document(make_report(make_judgement()))["components"]
NO_PLACE = {"path": "", "line": None, "column": None, "test": "t.py::test_it", "message": "slow", "rule": ""}


def test_the_gaps_come_first_then_the_requirements_in_the_order_of_the_policy() -> None:
    cases = {one.name: one.status for one in iterate_cases(COMPONENT)}
    assert list(cases.items()) == [
        ("gap 1", "unknown"), ("tests", "passed"), ("lint", "failed"), ("security", "unknown"), ("docs", "passed"),
    ]  # fmt: skip


def test_what_only_warns_says_what_it_is() -> None:
    docs = next(one for one in iterate_cases(COMPONENT) if one.name == "docs")
    assert docs.message == "failed, and only warns: a message"
    assert docs.places == ()


def test_what_is_waived_says_by_whom() -> None:
    waived = {"findings": None, "approved_by": "bob", "expires": "2027-01-31"}
    judged = {"required": 0, "status": "waived", "mode": "block", "waived": [waived]}
    gate = {**COMPONENT["gates"][1], "stages": {"staging": judged}}
    (case,) = iterate_cases({**COMPONENT, "gates": [gate], "unmet": []})
    assert (case.status, case.message) == ("waived", "as a whole by bob until 2027-01-31")


def test_what_the_target_does_not_require_is_no_case() -> None:
    for_dev = {**COMPONENT, "target": "dev", "unmet": []}
    assert [one.name for one in iterate_cases(for_dev)] == ["tests"]


def test_the_kinds_of_tests_are_part_of_the_name() -> None:
    gate = {**COMPONENT["gates"][0], "kinds": ["unit", "slow"], "duration_s": 0.5}
    (case,) = iterate_cases({**COMPONENT, "gates": [gate], "unmet": []})
    assert case == Case("tests (unit, slow)", "passed", "3 tests", (), 0.5)


def test_a_finding_without_a_place_is_named_by_its_test() -> None:
    assert describe_finding(NO_PLACE) == "t.py::test_it: slow"
    assert describe_finding({**NO_PLACE, "path": "a.py", "column": 2}) == "a.py: slow"
    assert describe_finding({**NO_PLACE, "path": "a.py", "line": 1, "rule": "F401"}) == "a.py:1: slow (F401)"
