"""The standing of components, and the order in which they are read."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from pytest_maturity.model.gates import Mode, Status
from pytest_maturity.model.history import RecordedGate, RecordedRequirement
from pytest_maturity.reports.html.standing import (
    Standing,
    count_components,
    describe_count,
    describe_stages,
    describe_unmet,
    list_names,
    make_rung,
    order,
)

LADDER = ("dev", "staging", "production")
SPACE = "\xa0"


def make_gate(
    name: str, value: str | None, status: Status, mode: Mode = "block", stage: str = "staging"
) -> RecordedGate:
    required = RecordedRequirement(threshold=Fraction(70), status=status, mode=mode)
    number = None if value is None else Fraction(value)
    return RecordedGate(name=name, value=number, unit="%", stages={stage: required})


def make(name: str = "shop", verdict: str = "HOLD", *gates: RecordedGate, **changed: Any) -> Standing:
    fields: dict[str, Any] = {"target": "staging", "reached": "dev", "gates": gates, **changed}
    return Standing(name=name, verdict=verdict, **fields)


FAILED = make_gate("coverage", "62.4", Status.FAILED)
UNKNOWN = make_gate("types", None, Status.UNKNOWN)
WAIVED = make_gate("lint", "3", Status.WAIVED)
PASSED = make_gate("pass_rate", "100", Status.PASSED)
ABOVE = make_gate("x", "1", Status.FAILED, stage="production")
WARNS = make_gate("spec", "3", Status.FAILED, "warn")


def test_the_worst_come_first_then_names() -> None:
    standings = [
        make("d", "PROMOTE"),
        make("c", "INCONCLUSIVE"),
        make("b", "HOLD"),
        make("a", "HOLD"),
        make("z", "HOLD", FAILED, recorded="staging"),
    ]
    assert [one.name for one in order(standings)] == ["z", "a", "b", "c", "d"]
    assert count_components(standings) == {"PROMOTE": 1, "INCONCLUSIVE": 1, "HOLD": 3, "demoted": 1}


def test_only_what_fails_demotes() -> None:
    assert not make("a", "INCONCLUSIVE", UNKNOWN, recorded="staging").is_demoted
    assert not make("a", "HOLD", FAILED, recorded="dev").is_demoted
    assert not make("a", "PROMOTE", WARNS, recorded="staging").is_below
    below = make("a", "PROMOTE", FAILED, recorded="staging", target="dev")
    assert (below.is_below, below.is_demoted) == (True, False)
    assert [one.verdict for one in order([make("a", "INCONCLUSIVE"), below, make("b")])] == [
        "HOLD", "PROMOTE", "INCONCLUSIVE",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        ("PROMOTE", "<bdi>shop</bdi> is ready for <bdi>staging</bdi>"),
        ("HOLD", "<bdi>shop</bdi> is not ready for <bdi>staging</bdi>"),
        ("INCONCLUSIVE", "It is not known whether <bdi>shop</bdi> is ready for <bdi>staging</bdi>"),
    ],
)
def test_a_verdict_is_a_sentence(verdict: str, words: str) -> None:
    assert make("shop", verdict).sentence == words


@pytest.mark.parametrize(
    ("standing", "stage", "label"),
    [
        (make("a", "HOLD", FAILED, UNKNOWN, recorded="dev"), "staging", "staging: 1 failed, target"),
        (make("a", "HOLD", FAILED, recorded="dev"), "dev", "dev: met, on record"),
        (make("a", "INCONCLUSIVE", UNKNOWN), "staging", "staging: 1 unknown, target"),
        (make("a", "INCONCLUSIVE", PASSED, gaps=("tests are missing",)), "staging", "staging: 1 unknown, target"),
        (make("a", "PROMOTE", WAIVED, PASSED), "staging", "staging: met, 1 waived, target"),
        (make("a", "PROMOTE", WARNS), "staging", "staging: met, target"),
        (
            make("a", "PROMOTE", make_gate("x", "1", Status.FAILED, stage="production")),
            "production",
            "production: 1 to go",
        ),
    ],
)
def test_a_rung_says_how_a_component_stands(standing: Standing, stage: str, label: str) -> None:
    assert f'aria-label="{label}"' in make_rung(standing, stage, LADDER)


def test_why_a_gate_is_not_met() -> None:
    assert describe_unmet(FAILED, "staging") == f"coverage 62.4{SPACE}%, needs ≥{SPACE}70"
    assert describe_unmet(UNKNOWN, "staging") == "types unknown"
    bound = make_gate("pass_rate", "90", Status.UNKNOWN)
    assert describe_unmet(bound, "staging") == f"pass rate 90{SPACE}% (only a bound), needs ≥{SPACE}70"


def test_stages_and_counts_in_words() -> None:
    assert describe_stages(make(reached=None)) == "Reached no stage."
    assert describe_stages(make(recorded="dev")) == "Reached <b><bdi>dev</bdi></b>. On record at <b><bdi>dev</bdi></b>."
    assert "not proven here" in describe_stages(make(unproven="dev"))
    assert describe_count(make("a", "HOLD", FAILED, UNKNOWN, PASSED)) == (
        "Of 3 requirements of <bdi>staging</bdi>, 1 failed and 1 unknown."
    )
    assert describe_count(make("a", "PROMOTE", WAIVED, PASSED)) == (
        "2 requirements of <bdi>staging</bdi> met, 1 of them waived."
    )
    assert describe_count(make("a", "PROMOTE")) == "The target requires nothing."


def test_many_names_are_cut_and_counted() -> None:
    assert list_names([make("a")]) == "<bdi>a</bdi>"
    assert list_names([make("a"), make("b"), make("c")]) == "<bdi>a</bdi>, <bdi>b</bdi> and <bdi>c</bdi>"
    assert list_names([make(str(one)) for one in range(9)]).endswith("<bdi>5</bdi> and 3 more")
