"""Findings stand once, those that block come first, and a fingerprint stays the same when lines move."""

from __future__ import annotations

import json
from copy import deepcopy

from pytest_maturity.reports.formats import gitlab, make_document, sarif
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


def test_a_finding_that_a_waiver_excuses_does_not_block_and_says_who_excused_it() -> None:
    document = deepcopy(DOCUMENT)
    waived = {"source": "w.yaml: waivers[0]", "reason": "accepted-risk", "approved_by": "bob", "expires": "2027-01-31"}
    lint = document["components"][0]["gates"][1]["stages"]["staging"]
    lint["waived"] = [{**waived, "findings": [0]}]
    found = [one for one in list_located(document) if one.waiver]
    assert [(one.path, one.line, one.is_blocking) for one in found] == [("src/auth/a b.py", 3, False)]
    assert found[0].waiver == "accepted-risk, approved by bob until 2027-01-31 (w.yaml: waivers[0])"
    lint["waived"] = [{**waived, "findings": None}]
    assert [one.line for one in list_located(document) if one.waiver] == [3, 9]  # the third one is billing's, too
    assert '"suppressions"' in sarif.render(document)
    assert '"begin": 9' in gitlab.render(DOCUMENT)
    assert len(json.loads(gitlab.render(document))) == len(json.loads(gitlab.render(DOCUMENT))) - 2
