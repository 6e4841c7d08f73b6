"""Findings stand once, those that block come first, and a fingerprint stays the same when lines move."""

from __future__ import annotations

from copy import deepcopy

from pytest_maturity.reports.formats import make_document
from pytest_maturity.reports.formats.findings import list_located

from .rich import make_judgement, make_report

DOCUMENT = make_document(make_report(make_judgement(), make_judgement("billing")))


def test_a_fingerprint_stays_the_same_when_lines_move() -> None:
    moved = deepcopy(DOCUMENT)
    for component in moved["components"]:
        for gate in component["gates"]:
            for finding in gate["findings"]:
                finding["line"] = finding["line"] and finding["line"] + 10
    before, after = list_located(DOCUMENT), list_located(moved)
    assert [one.fingerprint for one in before] == [one.fingerprint for one in after]
    assert [one.line for one in before] != [one.line for one in after]


def test_a_fingerprint_ignores_numbers_in_a_message() -> None:
    """The number of lines that are not covered changes with every edit."""
    changed = deepcopy(DOCUMENT)
    for text, document in (("33 lines not covered", DOCUMENT), ("7 lines not covered", changed)):
        document["components"][0]["gates"][1]["findings"][0]["message"] = text
    assert list_located(DOCUMENT)[0].fingerprint == list_located(changed)[0].fingerprint


def test_each_fingerprint_is_of_one_finding() -> None:
    found = list_located(DOCUMENT)
    assert len({one.fingerprint for one in found}) == len(found) == 7


def test_a_finding_of_two_components_stands_once() -> None:
    (shared,) = [one for one in list_located(DOCUMENT) if one.path == "a message"]
    assert shared.components == ("auth", "billing")


def test_findings_that_block_come_first() -> None:
    document = deepcopy(DOCUMENT)
    for gate in document["components"][0]["gates"]:
        if gate["gate"] == "lint":
            gate["stages"]["staging"]["mode"] = "warn"
    blocking = [one.is_blocking for one in list_located(document)]
    assert blocking == sorted(blocking, reverse=True)
    assert set(blocking) == {True, False}
