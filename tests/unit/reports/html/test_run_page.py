"""The page of one run, made from JSON documents."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.attestations import Attested
from pytest_maturity.model.digests import file_digest
from pytest_maturity.model.evidence import EndedTest
from pytest_maturity.reports.formats import make_document
from pytest_maturity.reports.html.run_page import MOST_OPEN, render
from tests.hostile import HOSTILE
from tests.unit.reports.formats.rich import NASTY, make_judgement, make_report
from tests.unit.reports.html.checks import check
from tests.unit.reports.reports import report


def rich(*names: str, text: str = "a message") -> dict[str, Any]:
    """Returns the document of a run of components with something of everything."""
    return make_document(make_report(*(make_judgement(name, text) for name in names), text=text))


def test_one_component_is_the_heading() -> None:
    page = check(render(rich("auth")))
    assert "HOLD auth is not ready for staging" in page.text
    assert page.text.count("is not ready for") == 2  # the title, the heading
    assert [tag for tag, _ in page.attributes].count("h1") == 1


def test_several_components_are_counted() -> None:
    page = check(render(rich("billing", "auth")))
    assert "HOLD 2 of 2 components are not ready" in page.text
    assert page.text.index("HOLD auth is") < page.text.index("HOLD billing is")


def test_what_is_missing_comes_before_the_gates_with_places_and_command() -> None:
    text = check(render(rich("auth"))).text
    steps = text[text.index("To reach staging") : text.index("Gates")]
    assert "gap: a message" in steps
    assert "lint: fix it (3, needs ≤\xa00)" in steps
    assert "src/auth/a b.py:3:5 F401 a message" in steps
    assert "run: fix 'a message'" in steps
    assert "security: a message" in steps
    assert "docs" not in steps  # only warns
    assert "Check again: pytest --maturity-component auth --maturity-target staging" in steps


def test_findings_tests_and_their_limits() -> None:
    document = rich("auth")
    lint = next(one for one in document["components"][0]["gates"] if one["gate"] == "lint")
    lint["findings"] = [{**lint["findings"][0], "line": number} for number in range(1, 31)]
    text = check(render(document)).text
    assert "and 25 more in “Findings” below" in text
    assert "and 10 more in the JSON report" in text
    assert "Tests 2 passed, 1 failed, 1 flaky, 1 skipped, 1 xfailed" in text
    assert "attempt 1 failed with OSError after 0.2" in text or "attempt 1 failed with OSError after 0.3" in text


def test_a_promoted_component_is_quiet() -> None:
    page = check(render(make_document(report(3, 4))))
    assert "PROMOTE 2 of 2 components are ready" in page.text
    assert "Gates 1 of 1 met; nothing to do" in page.text
    assert "To reach" not in page.text


def test_many_promoted_components_are_one_row() -> None:
    document = make_document(report(*range(1, MOST_OPEN + 1), 0))
    text = check(render(document)).text
    assert f"{MOST_OPEN} more are ready their names" in text
    assert text.count("It is not known whether part21 is ready for dev") == 1


def test_nothing_judged_is_a_sentence() -> None:
    document = make_document(report())
    document["notes"] = ["no test belongs to a component"]
    text = check(render(document)).text
    assert "INCONCLUSIVE no component was judged" in text
    assert "no test belongs to a component" in text


def test_a_run_of_one_gate_says_so() -> None:
    document = rich("auth")
    document["only_gates"] = ["lint"]
    assert "Only lint was judged: this is not a promotion." in check(render(document)).text


def test_a_loosened_policy_is_seen() -> None:
    document = rich("auth")
    document["policy"] = {**document["policy"], "ref": "main", "loosened": [{"message": "coverage: 50 instead of 70"}]}
    text = check(render(document)).text
    assert "The working tree loosens the policy" in text
    assert "coverage: 50 instead of 70" in text


def test_unknown_coverage_says_why() -> None:
    assert "Coverage is unknown: coverage was not measured" in check(render(rich("auth"))).text


def test_lines_that_are_not_covered() -> None:
    document = rich("auth")
    file = {"path": "src/auth/a.py", "percent": 41.96, "missing_lines": [3, 5, 6, 7], "missing_branches": [[1, 2]]}
    whole = {"path": "src/auth/b.py", "percent": 100, "missing_lines": [], "missing_branches": []}
    document["components"][0]["coverage"] = {"problem": None, "files": [whole, file]}
    text = check(render(document)).text
    assert "Lines not covered 4 lines in 1 of 2 files" in text
    assert "src/auth/a.py41.9\xa0%3, 5-7; 1 branch not taken" in text


def test_better_or_worse_than_an_earlier_run() -> None:
    document = rich("auth")
    component = document["components"][0]
    values = {one["gate"]: one["value"] for one in component["gates"]}
    before = {**values, "lint": 8, "tests": 100}
    component["compared_with"] = {"started": "2025-12-26T09:00:00+00:00", "values": before}
    text = check(render(document)).text
    assert "Better than on 26 Dec: lint better by 5." in text
    assert "since 26 Dec" in text
    assert "Worse than" not in text
    component["compared_with"]["values"] = values
    assert "Same as on 26 Dec." in check(render(document)).text


def test_waivers_and_what_they_excuse() -> None:
    document = rich("auth")
    lint = next(one for one in document["components"][0]["gates"] if one["gate"] == "lint")
    waiver = {"reason": "accepted-risk", "owner": "ann", "approved_by": "bob", "expires": "2026-02-01"}
    judged = lint["stages"]["staging"]
    judged.update(status="waived", waived=[{**waiver, "findings": [0, 1]}])
    used = {"source": "w.yaml: waivers[0]", "state": "used", "message": "", "ends_in": 3, "waiver": waiver}
    broken = {
        "source": "w.yaml: waivers[1]",
        "state": "refused",
        "message": "no owner",
        "ends_in": None,
        "waiver": None,
    }
    document["waivers"] = [used, broken]
    text = check(render(document)).text
    assert "Waived 1lint 2 findings by bob until 2026-02-01" in text
    assert "Waivers file 2, 1 of them excuse nothing here" in text
    assert "w.yaml: waivers[1]: refused; no owner" in text
    assert "accepted-risk, owner ann, approved by bob, until 2026-02-01, in 3 days" in text
    assert "waived" in text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_everywhere_is_inert(text: str) -> None:
    check(render(rich(text[:100] or "x", "billing", text=text)))


def test_nasty_text_everywhere_is_inert() -> None:
    check(render(rich(NASTY, text=NASTY)))


def test_the_report_adds_sources_slow_tests_and_attested_facts(tmp_path: Path) -> None:
    judgement = make_judgement("auth")
    slow = (EndedTest("t.py::b", "passed", 0.5), EndedTest("tests/test_a.py::test_slow", "passed", 6.3))
    (tmp_path / "src/auth").mkdir(parents=True)
    (tmp_path / "src/auth/a b.py").write_bytes(b"\n\nimport os\n")
    digest = file_digest(tmp_path / "src/auth/a b.py")
    evidence = replace(
        judgement.evidence,
        digests={"src/auth/a b.py": digest},
        attested={"uptime": Attested(value=None, note="nobody said so")},
        outcomes=replace(judgement.evidence.outcomes, tests=slow),
    )
    report = replace(make_report(replace(judgement, evidence=evidence)), root=tmp_path)
    text = check(render(make_document(report), report)).text
    assert "! 3  import os" in text
    assert "1 xfailed, slowest 6.3\xa0s" in text
    assert text.index("test_slow") < text.index("t.py::b")
    assert "Attestations 1 fact, 1 unknown" in text
