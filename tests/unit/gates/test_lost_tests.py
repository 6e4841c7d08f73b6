"""Tests that were there at the last promotion and are gone; unknown without a promotion."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_maturity.gates.lost_tests import make_gate
from pytest_maturity.model.evidence import Outcomes
from pytest_maturity.model.standing import Standing

from .evidence import CONTEXT, evidence_of, traits

GATE = make_gate()


@pytest.mark.parametrize(("before", "now", "lost"), [(5, 3, 2), (3, 3, 0), (3, 5, 0)])
def test_only_fewer_tests_count(before: int, now: int, lost: int) -> None:
    standing = Standing(promoted_tests=before)
    found = GATE.measure(replace(evidence_of(Outcomes(collected=now)), standing=standing), CONTEXT)
    assert (found.value, found.note) == (lost, f"{now} tests, {before} at the last promotion")


def test_without_a_promotion_it_is_unknown() -> None:
    for standing, note in ((None, "no records were read"), (Standing(problem="none on record"), "none on record")):
        found = GATE.measure(replace(evidence_of(Outcomes(collected=1)), standing=standing), CONTEXT)
        assert (found.value, found.note) == (None, note)
    assert traits(GATE) == ("lost_tests", "lower", "")
