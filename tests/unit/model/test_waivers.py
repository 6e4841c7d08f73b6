"""The scope of a waiver, its narrowness, its end, and the spellings of one person."""

from __future__ import annotations

from datetime import date, datetime, timezone
from typing import Any

import pytest

from pytest_maturity.model.evidence import Finding
from pytest_maturity.model.waivers import find_end, find_last_day, is_same_person
from tests.unit.model.waivers import make_waiver

FINDING = Finding(path="src/shop/a.py", message="`os` imported but unused", line=3, rule="F401")


@pytest.mark.parametrize(
    ("fields", "place", "text"),
    [
        ({"rule": "F401"}, True, True),
        ({"rule": "F4*"}, True, True),
        ({"rule": "F402"}, False, True),
        ({"path": "src/shop"}, True, True),
        ({"path": "src/other"}, False, True),
        ({"rule": "F401", "path": "src/other"}, False, True),
        ({"line": 3}, True, True),
        ({"line": 4}, True, False),
        ({"message": "`os`*"}, True, True),
        ({"message": "`sys`*"}, True, False),
        ({"line": 3, "message": "`sys`*"}, True, False),
    ],
)
def test_a_waiver_is_about_findings(fields: dict[str, Any], place: bool, text: bool) -> None:
    waiver = make_waiver(**fields)
    assert waiver.is_of_findings
    assert (waiver.is_for_place(FINDING), waiver.is_for_text(FINDING)) == (place, text)


def test_without_findings_it_is_about_a_whole_requirement() -> None:
    assert not make_waiver().is_of_findings


@pytest.mark.parametrize(
    ("component", "name", "expected"),
    [
        ("*", "shop", True),
        ("shop", "shop", True),
        ("my-shop", "MyShop", True),
        ("shop", "shop2", False),
        ("shop*", "shop2", True),
        ("shop", "my.shop", False),
    ],
)
def test_a_waiver_is_about_a_component(component: str, name: str, expected: bool) -> None:
    assert make_waiver(component=component).is_for_component(name) is expected


def test_a_waiver_is_about_stages_and_gates() -> None:
    assert make_waiver().is_for_stage("dev")
    assert [make_waiver(stages=("dev",)).is_for_stage(stage) for stage in ("dev", "staging")] == [True, False]
    names = ("security", "security.high", "security.low", "lint")
    assert [make_waiver(gate="security").is_for_gate(name) for name in names] == [True, True, True, False]
    assert [make_waiver(gate="security.high").is_for_gate(name) for name in names] == [False, True, False, False]
    assert all(make_waiver(gate="", rule="B1").is_for_gate(name) for name in names)


def test_the_narrowest_waiver_is_known() -> None:
    ordered = [
        make_waiver(gate="lint", component="shop", stages=("dev",), line=3, message="a"),
        make_waiver(gate="lint", line=3),
        make_waiver(gate="lint", path="src/shop/a.py"),
        make_waiver(gate="lint", path="src/shop/*.py"),
        make_waiver(gate="lint", path="src"),
        make_waiver(gate="", rule="F401"),
        make_waiver(gate="", rule="F4*"),
        make_waiver(gate="lint.line"),
        make_waiver(gate="lint", component="shop"),
        make_waiver(gate="lint", stages=("dev",)),
        make_waiver(gate="lint", stages=("dev", "staging")),
        make_waiver(gate="lint"),
    ]
    assert sorted(ordered, key=lambda one: one.narrowness, reverse=True) == ordered


@pytest.mark.parametrize(
    ("fields", "label"),
    [
        ({}, "lint"),
        ({"gate": "", "rule": "F401", "component": "shop"}, "findings F401 of shop"),
        (
            {"rule": "F401", "path": "a.py", "line": 3, "message": "x", "stages": ("dev", "top")},
            "lint F401 in a.py:3 'x' at dev, top",
        ),
    ],
)
def test_a_waiver_has_a_label(fields: dict[str, Any], label: str) -> None:
    assert make_waiver(**fields).label == label


def test_the_scope_is_all_that_decides_what_it_excuses() -> None:
    one = make_waiver(component="my-shop", stages=("a", "b"))
    assert one.scope == make_waiver(1, component="MyShop", stages=("b", "a"), owner="x", reason="mitigated").scope
    fields: dict[str, Any]
    for fields in ({"gate": "types"}, {"rule": "x"}, {"path": "x"}, {"line": 1}, {"message": "x"}, {"stages": ("a",)}):
        assert make_waiver(**{"component": "my-shop", "stages": ("a", "b")} | fields).scope != one.scope


def test_a_date_is_the_last_day_in_utc() -> None:
    assert find_end("2027-01-31") == datetime(2027, 2, 1, tzinfo=timezone.utc)
    assert find_last_day("2027-01-31") == date(2027, 1, 31)
    assert find_end("2027-01-31T12:00:00Z") == datetime(2027, 1, 31, 12, tzinfo=timezone.utc)
    assert find_end("2027-01-31T23:30:00-01:00") == datetime(2027, 2, 1, 0, 30, tzinfo=timezone.utc)
    assert find_last_day("2027-02-01T00:00:00Z") == date(2027, 1, 31)


@pytest.mark.parametrize("text", ["2027-02-30", "2027-01-31T12:00:00", "soon", ""])
def test_other_dates_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"^a time without its zone$" if "T" in text else r"."):
        find_end(text)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("ada", "ada", True),
        ("ada", "grace", False),
        ("ada", "Ada ", True),
        ("ada", "@ada", True),
        ("ada", "a\u200bda", True),
        ("ada", "\uff41da", True),  # a full-width a
        ("Ada  Lovelace", "ada\tlovelace", True),
        ("ada@shop.org", "ADA@shop.org", True),
        ("ada", "ada@shop.org", True),
        ("Ada Lovelace <ada@shop.org>", "ada@shop.org", True),
        ("Ada Lovelace <ada@shop.org>", "Ada Lovelace <al@home.org>", True),
        ("ada@shop.org", "ada@home.org", False),
        ("ada@shop.org", "grace@shop.org", False),
        ("Ada <ada@shop.org>", "Grace <grace@shop.org>", False),
    ],
)
def test_one_person_may_have_several_spellings(one: str, other: str, expected: bool) -> None:
    assert is_same_person(one, other) is expected
    assert is_same_person(other, one) is expected
