"""The overview puts the worst first, says which stages change, and rounds toward failure."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_maturity.reports.formats import make_document, overview

from .rich import make_judgement, make_report

DOCUMENT = make_document(make_report(make_judgement(), make_judgement("billing")))
LADDER = ("dev", "staging", "production")


def component(name: str = "auth", verdict: str = "HOLD", **more: Any) -> dict[str, Any]:
    fields = {"target": "staging", "reached": None, "recorded": None, "demoted": False}
    return {"name": name, "verdict": verdict, **fields, **more}


def gate_of(value: float | None, better: str = "higher", unit: str = "", required: float = 70) -> dict[str, Any]:
    stages = {"dev": {"required": required, "status": "failed", "mode": "block"}}
    result = {"gate": "x", "value": value, "better": better, "unit": unit, "applicable": True}
    return {**result, "kinds": [], "scope": "all", "tools": {}, "stages": stages}


def standing(status: str, **counts: int) -> dict[str, Any]:
    return {"status": status, "failed": 0, "unknown": 0, "waived": 0, "gaps": 0, **counts}


@pytest.mark.parametrize(
    ("verdicts", "words"),
    [
        (["PROMOTE"], "✓ PROMOTE: one component is ready for its target"),
        (["HOLD"], "✗ HOLD: one component is not ready for its target"),
        (["INCONCLUSIVE"], "? INCONCLUSIVE: one component is not known to be ready for its target"),
        (["PROMOTE", "HOLD"], "✗ HOLD: 1 of 2 components is ready for its target"),
        (["PROMOTE", "PROMOTE"], "✓ PROMOTE: 2 of 2 components are ready for their targets"),
        ([], "? INCONCLUSIVE: 0 of 0 components are ready for their targets"),
    ],
)
def test_the_headline_says_the_verdict_first(verdicts: list[str], words: str) -> None:
    worst = min(verdicts, key=overview.ORDER.index, default="INCONCLUSIVE")
    document = {"verdict": worst, "components": [component(verdict=one) for one in verdicts]}
    assert overview.headline(document) == words


def test_the_demoted_come_first_then_the_worst_verdict() -> None:
    parts = [component("a", "PROMOTE"), component("b"), component("c", "INCONCLUSIVE"), component("d", demoted=True)]
    assert [one["name"] for one in overview.order(parts)] == ["d", "b", "c", "a"]


def test_a_change_of_stages_is_one_down_or_one_up() -> None:
    parts = [
        component("up", "PROMOTE", recorded="dev", reached="staging"),
        component("down", recorded="staging", reached="dev", demoted=True),
        component("same", "PROMOTE", recorded="staging", reached="staging"),
        component("lower", "PROMOTE", recorded="production", reached="staging"),
        component("unrecorded", "PROMOTE", reached="staging"),
        component("renamed", recorded="gone", reached="staging"),
    ]
    changes = overview.list_changes({"ladder": LADDER, "components": parts})
    assert [(one["name"], *rest) for one, *rest in changes] == [
        ("down", "▼", "staging", "dev"), ("up", "▲", "dev", "staging"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stage", "found", "cell"),
    [
        ("dev", standing("passed"), "✓"),
        ("dev", standing("passed", waived=2), "✓ ~ 2"),
        ("staging", standing("failed", failed=2, unknown=1), "✗ 2"),
        ("staging", standing("failed", gaps=1), "✗ no tests"),
        ("staging", standing("unknown", unknown=3), "? 3"),
        ("staging", standing("unknown", gaps=1), "? 1"),
        ("production", standing("failed", failed=2, unknown=1), "3 to go"),
        ("production", standing("unknown", gaps=1), "1 to go"),
    ],
)
def test_a_cell_says_how_a_component_stands_at_a_stage(stage: str, found: dict[str, Any], cell: str) -> None:
    assert overview.stage_cell(component(stages={stage: found}), stage, LADDER) == cell


@pytest.mark.parametrize(
    ("value", "better", "required", "shown"),
    [
        (69.96, "higher", 70, "69.9"), (69.996, "higher", 70.25, "69.99"), (69.999, "higher", 70, "69.9"),
        (0.01, "lower", 0, "0.1"),
        (100, "higher", 70, "100"), (None, "lower", 0, "?"),
    ],
)  # fmt: skip
def test_numbers_are_rounded_toward_failure(value: float | None, better: str, required: float, shown: str) -> None:
    assert overview.show_number(value, gate_of(value, better=better, required=required)) == shown


def test_a_value_has_its_unit_and_none_where_there_is_nothing() -> None:
    gate = gate_of(50, unit="%")
    assert overview.show_value(gate) == "50\N{NO-BREAK SPACE}%"
    assert overview.show_value({**gate, "value": None}) == "?"
    assert overview.show_value({**gate, "applicable": False}) == "-"


def test_places_are_those_of_the_gate_each_once() -> None:
    (auth, _) = DOCUMENT["components"]
    assert overview.list_places(auth, "lint") == ["src/auth/a b.py:3", "src/auth/a b.py:9", "a message"]
    assert overview.list_places(auth, "tests") == []


def test_files_with_most_lines_that_are_not_covered_come_first() -> None:
    files = [
        {"path": "a.py", "percent": 99.96, "missing_lines": [7]},
        {"path": "b.py", "percent": 0, "missing_lines": [1, 2, 3, 5]},
        {"path": "c.py", "percent": 100, "missing_lines": []},
    ]
    found = overview.uncovered({"coverage": {"files": files}})
    assert found == [("b.py", "0 %", "1-3, 5"), ("a.py", "99.9 %", "7")]
