"""The dashboard over the records of all components."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import Any

import pytest

from pytest_maturity.model.waivers import Waiver
from pytest_maturity.reports.html.component_page import ComponentRecords
from pytest_maturity.reports.html.dashboard import MOST_OPEN, Records, render
from tests.hostile import HOSTILE
from tests.unit.records.records import promotion
from tests.unit.reports.html.checks import Page, check
from tests.unit.reports.html.test_component_page import make_records, make_run

NOW = datetime(2026, 1, 31, 9, tzinfo=timezone.utc)


def make(*components: ComponentRecords, **changed: Any) -> Page:
    fields = {"project": "acme", "ladder": ("dev", "staging"), "now": NOW, **changed}
    return check(render(Records(components=components, **fields)))


HELD = make_records(make_run(1, "50"), make_run(28, "62.4"), name="invoicing", recorded="staging")
READY = make_records(make_run(28, "80"), name="money", recorded="staging")
UNKNOWN = make_records(make_run(28, None), name="gateway")


def test_the_first_heading_and_the_title_count_what_is_ready() -> None:
    page = make(READY, HELD, UNKNOWN)
    assert page.text.index("HOLD: 1 of 3 ready - acme") < page.text.index("1 of 3 components is ready for its target")
    assert "1 HOLD, ▼ 1 of them demoted · 1 INCONCLUSIVE · none promoted since 24 Jan" in page.text
    links = [one for one in page.values("href") if one.startswith("#c-")]
    assert links[:3] == ["#c-invoicing", "#c-gateway", "#c-money"]


def test_each_row_says_why() -> None:
    text = make(READY, HELD, UNKNOWN).text
    assert "▼ demoted · coverage 62.4\xa0%, needs ≥\xa070" in text
    assert "coverage unknown" in text


def test_what_is_ready_for_a_lower_target_than_its_record_is_no_demotion() -> None:
    below = make_records(make_run(28, "62.4", verdict="PROMOTE", target="dev"), name="shop", recorded="staging")
    text = make(below).text
    assert "below its stage on record · coverage 62.4\xa0%, needs ≥\xa070" in text
    assert "demoted" not in text


def test_stage_changes_of_the_week() -> None:
    recent, old = (promotion("staging", "money", day=day, actor="ann") for day in (28, 3))
    text = make(replace(READY, decisions=(old, recent))).text
    assert "▲ 1 promoted since 24 Jan" in text
    assert "Since last week, 24 Janmoney ▲ promoted to staging, 28 Jan, by ann" in text
    assert "▲ staging since 28 Jan" in text
    assert "No stage changes on record." in make(READY).text


def test_what_ends_soon_by_its_day() -> None:
    def approval(expires: str, role: str) -> Any:
        return promotion("staging", kind="approval", role=role, actor="ann", expires=expires)

    ending = (
        approval("2026-02-06T09:00:00.000+00:00", "qa"),
        approval("2026-01-28T09:00:00.000+00:00", "owner"),
        approval("2026-12-01T09:00:00.000+00:00", "late"),
    )
    text = make(replace(READY, ending=ending)).text
    soon = text[text.index("Needs a person soon") : text.index("Since last week")]
    assert soon.index("ended 28 Janmoneyapproval by ann as owner") < soon.index("in 6 days, 6 Febmoney")
    assert "late" not in soon
    assert "No waiver, approval or attestation ends within 30 days." in make(READY).text


def test_waivers_that_end_soon_or_have_ended() -> None:
    def waiver(expires: str, gate: str, component: str = "*") -> Waiver:
        return Waiver(
            source="x", gate=gate, component=component, reason="false-positive", justification="generated", owner="ann",
            approved_by="bob", expires=expires,
        )  # fmt: skip

    waivers = (waiver("2026-02-01", "lint", "money"), waiver("2026-01-30", "types"), waiver("2026-12-01", "spec"))
    text = make(READY, waivers=waivers).text
    soon = text[text.index("Needs a person soon") : text.index("Since last week")]
    first = "ended 30 Janevery componentwaiver: types, false-positive: generated (owner ann, approved by bob)"
    assert soon.index(first) < soon.index("in 1 day, 1 Febmoneywaiver: lint of money")
    assert "spec" not in soon
    own = text[text.index("Waivers", text.index("Flaky tests")) :]
    assert own.index("waiver: lint of money") < own.index("waiver: types") < own.index("waiver: spec")
    assert "None for this component." in make(READY).text


def test_no_records_is_a_sentence() -> None:
    page = make()
    assert "No records yet" in page.text
    assert "trends start at the second run" in page.text


def test_a_component_without_a_finished_run_is_no_promotion() -> None:
    text = make(ComponentRecords(name="new", unfinished=1), READY).text
    assert "1 of 2 components is ready for its target" in text
    assert "? INCOMPLETE" in text
    assert "no finished run on record" in text


def test_of_many_components_those_that_are_ready_are_one_row() -> None:
    components = [replace(READY, name=f"part{number}") for number in range(MOST_OPEN)]
    text = make(HELD, *components).text
    assert f"✓ {MOST_OPEN} components ready" in text
    assert text.index("invoicing") < text.index("Ready: part0")


def test_the_footer_says_what_the_page_is_made_of() -> None:
    text = make(HELD, READY, head="f00d", limit=500).text
    assert "from 3 judgements, 1 Jan to 28 Jan 2026, 09:00. At most the last 500 runs of each component." in text
    assert "Audit head f00d." in text
    assert "Audit head" not in make(HELD, head="0" * 64).text  # no decision yet


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_names_everywhere_are_inert(text: str) -> None:
    name = text[:200] or "x"
    run = make_run(1, "50", target=name, reached=name, commit=name, policy_digest=name, flaky=(text,), gaps=(text,))
    gates = tuple(replace(one, name=name, unit=name, stages={name: one.stages["staging"]}) for one in run.gates)
    decision = promotion(name, name, day=28, actor=text, reason=text, commit=text)
    ending = promotion(name, name, kind="approval", role=text, actor=text, expires=text)
    first, last = (replace(run, gates=gates, steps={text: 1.0}, duration_s=2.0, run_id=str(one)) for one in (1, 2))
    records = make_records(first, last, name=name, recorded=name, decisions=(decision,), ending=(ending,))
    make(records, replace(records, name=f"{name} 2"), project=text, ladder=("dev", name), head=text)
