"""The waivers of a run in the report: their states, the notes on them, and the same as plain data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.evidence.assess import judge
from pytest_maturity.model.evidence import Component, Evidence, Finding, Gap
from pytest_maturity.model.gates import Context, Gate, Measurement, Requirement
from pytest_maturity.model.report import Judgement, Report
from pytest_maturity.model.waivers import RefusedWaiver, Waiver, Waivers
from pytest_maturity.reports import verify
from pytest_maturity.reports.json import render
from pytest_maturity.reports.messages import list_left, verdict_lines, waiver_lines
from pytest_maturity.reports.waivers import list_waived, list_waivers, waiver_notes
from tests.unit.model.waivers import make_waiver
from tests.unit.reports.reports import ROOT, RUN, document_of, resealed

TODAY = date(2027, 1, 1)
ENDED = datetime(2027, 2, 1, tzinfo=timezone.utc)
FIRST = Finding(path="src/a.py", message="unused", line=1, rule="F401")
SECOND = Finding(path="src/b.py", message="undefined", line=2, rule="F821")
GAP = Gap(cause="partial", message="-k")


def judged(*waivers: Waiver, name: str = "shop", gaps: tuple[Gap, ...] = (), value: Any = 2) -> Judgement:
    """Returns the judgement of a component with two findings of `lint`, none of which `dev` and `top` allow."""
    findings = (FIRST, SECOND) if value == 2 else ()
    gate = Gate("lint", lambda *_: Measurement(value, findings=findings), better="lower", counts_findings=True)
    required = {stage: [Requirement(gate="lint", threshold=Fraction(0), source="here")] for stage in ("dev", "top")}
    evidence = Evidence(component=Component(name=name, sources=(), files=(), found_by="src"), gaps=gaps)
    return judge(evidence, {"lint": gate}, required, "dev", Context(root=ROOT), waivers=waivers)


def report(*waivers: Waiver, **more: Any) -> Report:
    judgement = judged(*waivers, **more)
    listed = list_waivers(Waivers(valid=waivers, today=TODAY), [judgement])
    ladder = ("dev", "top")
    return Report(
        verdict=judgement.verdict, target="dev", ladder=ladder, run=RUN, root=ROOT, components=(judgement,),
        waivers=listed,
    )  # fmt: skip


def states(*waivers: Waiver, only_gates: tuple[str, ...] = (), **more: Any) -> list[tuple[str, str]]:
    judgement = judged(*waivers, **more)
    listed = list_waivers(Waivers(valid=waivers, today=TODAY), [judgement], only_gates)
    return [(one.state, one.message) for one in listed]


def notes(waivers: Waivers, *judgements: Judgement) -> list[str]:
    return list(waiver_notes(list_waivers(waivers, judgements), waivers, judgements))


# ── states ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("waiver", "more", "expected"),
    [
        (make_waiver(rule="F*"), {}, ("used", "")),
        (make_waiver(), {}, ("used", "")),
        (make_waiver(rule="B1"), {}, ("unused", "it excuses nothing in this run: remove it")),
        (make_waiver(component="other"), {}, ("idle", "it is for other, which this run does not judge")),
        (make_waiver(rule="B1"), {"gaps": (GAP,)}, ("idle", "the run has gaps: it may excuse what was not seen")),
        (make_waiver(gate="types"), {"only_gates": ("lint",)}, ("idle", "this run judges other gates")),
        (make_waiver(rule="B1"), {"value": None}, ("idle", "what it is about is unknown in this run")),
        (make_waiver(), {"value": 0}, ("unused", "it excuses nothing in this run: remove it")),
    ],
)
def test_a_waiver_has_a_state(waiver: Waiver, more: dict[str, Any], expected: tuple[str, str]) -> None:
    assert states(waiver, **more) == [expected]


def test_a_waiver_that_is_covered_by_a_narrower_one_is_unused() -> None:
    found = states(make_waiver(0, rule="F*"), make_waiver(1, path="src/a.py"), make_waiver(2, path="src/b.py"))
    assert [state for state, _ in found] == ["unused", "used", "used"]


def test_the_waivers_are_listed_in_the_order_of_the_file() -> None:
    refused = RefusedWaiver(source="w.yaml: waivers[2]", problem="it has expired")
    valid = tuple(make_waiver(number, rule=f"R{number}", source=f"w.yaml: waivers[{number}]") for number in (10, 1))
    listed = list_waivers(Waivers(valid=valid, refused=(refused,), today=TODAY), [judged()])
    assert [one.source for one in listed] == [f"w.yaml: waivers[{number}]" for number in (1, 2, 10)]
    assert [one.state for one in listed] == ["unused", "refused", "unused"]


@pytest.mark.parametrize(
    ("expires", "ends_in"),
    [("2027-01-01", 0), ("2027-01-15", 14), ("2027-01-16", None), ("2027-01-01T23:00:00Z", 0)],
)
def test_the_end_is_near_from_fourteen_days_before(expires: str, ends_in: int | None) -> None:
    waiver = make_waiver(expires=expires)
    (one,) = list_waivers(Waivers(valid=(waiver,), today=TODAY), [judged(waiver)])
    assert one.ends_in == ends_in
    expected = [] if ends_in is None else [f"waiver {waiver.source} (lint) ends on {expires[:10]}, in {ends_in} days"]
    assert notes(Waivers(valid=(waiver,), today=TODAY), judged(waiver)) == expected


# ── notes ────────────────────────────────────────────────────────────────────


def test_waivers_that_do_not_count_are_named_with_the_reason() -> None:
    gone = make_waiver(1, component="shop")
    refused = (
        RefusedWaiver(source="w: waivers[0]", problem="must be a table, not 7"),
        RefusedWaiver(source="w: waivers[1]", problem="it has expired", waiver=gone),
        RefusedWaiver(
            source="w: waivers[2]", problem="there is no component 'shpo'", waiver=make_waiver(component="x")
        ),
    )
    unused = make_waiver(3, rule="B1", source="w: waivers[3]")
    assert notes(Waivers(valid=(unused,), refused=refused, today=TODAY), judged()) == [
        "waiver w: waivers[0] does not count: must be a table, not 7",
        "waiver w: waivers[1] (lint of shop) does not count: it has expired",
        "waiver w: waivers[2] (lint of x) does not count: there is no component 'shpo'",
        "waiver w: waivers[3] (lint B1) does not count: it excuses nothing in this run: remove it",
    ]


@pytest.mark.parametrize(
    ("waiver", "why"),
    [
        (make_waiver(component="other"), "lint of shop at dev: it is for other"),
        (make_waiver(stages=("top",)), "lint of shop at dev: it is for top"),
        (make_waiver(component="other", rule="F401"), "lint of shop at dev: it is for other"),
    ],
)
def test_a_waiver_that_is_for_something_else_is_named(waiver: Waiver, why: str) -> None:
    assert notes(Waivers(valid=(waiver,), today=TODAY), judged(waiver)) == [
        f"waiver {waiver.source} ({waiver.label}) does not excuse {why}"
    ]


def test_a_waiver_of_the_unknown_is_named() -> None:
    waiver = make_waiver()
    assert f"waiver {waiver.source} (lint) does not excuse lint of shop at dev: what is unknown is never waived" in (
        notes(Waivers(valid=(waiver,), today=TODAY), judged(waiver, value=None))
    )


# ── messages ─────────────────────────────────────────────────────────────────


def test_the_verdict_says_what_is_waived_by_whom_and_until_when() -> None:
    waivers = make_waiver(0, rule="F401"), make_waiver(1, rule="F821", approved_by="bob", expires="2027-01-20")
    assert [line for _, line in verdict_lines(report(*waivers))] == [
        "PROMOTE  shop is ready for dev, although lint 2 > 0 is waived: 1 finding by grace until 2027-01-31; 1 "
        "finding by bob until 2027-01-20"
    ]
    assert waiver_lines(judged(*waivers)) == [
        "  waived at dev, top: lint 2, 1 finding by grace until 2027-01-31 "
        "(fix-planned, owner ada; maturity-waivers.yaml: waivers[0])",
        "  waived at dev, top: lint 2, 1 finding by bob until 2027-01-20 "
        "(fix-planned, owner ada; maturity-waivers.yaml: waivers[1])",
    ]


def test_a_failure_says_how_much_of_it_is_waived() -> None:
    waiver = make_waiver(rule="F401")
    assert [line for _, line in verdict_lines(report(waiver))] == [
        "HOLD  shop is not ready for dev: lint 2 > 0 (1 waived)"
    ]
    (result,) = judged(waiver).results
    assert list_left(result, result.stages["dev"]) == (SECOND,)


# ── plain data ───────────────────────────────────────────────────────────────


def test_the_report_has_the_waivers_and_what_they_excuse() -> None:
    waiver = make_waiver(id="x", rule="F821", path="src", stages=("dev",))
    document = document_of(report(waiver))
    assert verify.check_report(document) == []
    assert document["waivers"] == [
        {
            "source": waiver.source, "state": "used", "message": "", "ends_in": None,
            "waiver": {
                "id": "x", "gate": "lint", "rule": "F821", "path": "src", "line": None, "message": "", "component": "*",
                "stages": ["dev"], "reason": "fix-planned", "justification": "soon", "owner": "ada",
                "approved_by": "grace", "expires": "2027-01-31",
            },
        }
    ]  # fmt: skip
    stages = document["components"][0]["gates"][0]["stages"]
    assert stages["top"]["waived"] == []
    assert stages["dev"]["waived"] == [
        {
            "source": waiver.source, "id": "x", "reason": "fix-planned", "owner": "ada", "approved_by": "grace",
            "expires": "2027-01-31", "findings": [1],
        }
    ]  # fmt: skip
    whole = document_of(report(make_waiver()))
    assert whole["components"][0]["gates"][0]["stages"]["dev"]["waived"][0]["findings"] is None
    assert list_waived(whole["components"][0], "dev") == ["lint as a whole by grace until 2027-01-31"]
    assert list_waived(whole["components"][0], "none") == []


def test_a_status_that_nothing_excuses_is_refused_even_where_the_seal_matches() -> None:
    document = document_of(report(make_waiver(rule="F401"), make_waiver(1, rule="F821")))
    assert verify.check_report(document) == []
    (gate,) = document["components"][0]["gates"]
    gate["stages"]["dev"]["waived"] = gate["stages"]["dev"]["waived"][:1]
    gate["stages"]["top"]["waived"] = []
    assert verify.check_report(resealed(document)) == [
        f"lint of shop at {stage} is waived, and neither a baseline nor enough waivers excuse it"
        for stage in ("dev", "top")
    ]


def test_a_waiver_that_has_expired_since_does_not_count() -> None:
    document = document_of(report(make_waiver(rule="F*")))
    before = datetime(2027, 1, 31, 23, 59, tzinfo=timezone.utc)
    assert verify.find_mismatches(document, now=before) == []
    assert verify.find_mismatches(document, now=ENDED) == [
        "shop: the waiver of lint has expired: 2027-01-31 was its end; run it again"
    ]
    component = document["components"][0]
    assert [verify.recompute_verdict(component, "dev", now).value for now in (None, before, ENDED)] == [
        "PROMOTE", "PROMOTE", "HOLD"
    ]  # fmt: skip
    assert verify.has_expired({"expires": "some day"}, before)


def test_foreign_text_of_a_waiver_is_harmless() -> None:
    nasty = "\x1b[31m::error::\n"
    found = report(make_waiver(rule="F*", owner=nasty, approved_by=nasty, justification=nasty))
    lines = [line for _, line in verdict_lines(found)] + waiver_lines(found.components[0])
    assert not [line for line in lines if "\x1b" in line or "\n" in line]
    assert "\x1b" not in render(replace(found, notes=()))
