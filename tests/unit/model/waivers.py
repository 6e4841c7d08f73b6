"""Waivers for tests."""

from __future__ import annotations

from typing import Any

from pytest_maturity.model.waivers import Waiver


def make_waiver(number: int = 0, **fields: Any) -> Waiver:
    """Returns a waiver of `lint` that grace approved, unless `fields` say otherwise."""
    given = {
        "source": f"maturity-waivers.yaml: waivers[{number}]", "gate": "lint", "reason": "fix-planned",
        "justification": "soon", "owner": "ada", "approved_by": "grace", "expires": "2027-01-31", **fields,
    }  # fmt: skip
    return Waiver(**given)
