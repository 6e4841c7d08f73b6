"""Records for the tests of everything that keeps or reads them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction
from typing import Any

from pytest_maturity.model.gates import Status
from pytest_maturity.model.history import Decision, RecordedGate, RecordedRequirement, RunRecord

COVERAGE = RecordedGate(
    name="coverage",
    value=Fraction(624, 10),
    unit="%",
    stages={"staging": RecordedRequirement(threshold=Fraction(50), status=Status.PASSED)},
)


def run_of(number: int, component: str = "shop", **changed: Any) -> RunRecord:
    """Returns the record of a run; those of higher numbers started later."""
    fields: dict[str, Any] = {
        "run_id": f"{number:032x}",
        "component": component,
        "started": f"2026-01-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00.000+00:00",
        "verdict": "PROMOTE",
        "target": "staging",
        "reached": "staging",
        "gates": (COVERAGE,),
        "flaky": ("tests/test_shop.py::test_slow",),
        "tools": {"ruff": "0.15.1"},
    }
    return RunRecord(**{**fields, **changed})


def promotion(stage: str | None = "staging", component: str = "shop", day: int = 1, **changed: Any) -> Decision:
    """Returns a promotion on a day of January 2026."""
    fields: dict[str, Any] = {
        "kind": "promotion",
        "component": component,
        "stage": stage,
        "time": f"2026-01-{day:02}T12:00:00.000+00:00",
        "gates": (COVERAGE,),
        "tools": {"ruff": "0.15.1"},
    }
    return Decision(**{**fields, **changed})


def approval(stage: str = "production", component: str = "shop", **changed: Any) -> Decision:
    """Returns an approval of now, which holds for a week, by ann."""
    now = datetime.now(timezone.utc)
    fields: dict[str, Any] = {
        "kind": "approval",
        "component": component,
        "stage": stage,
        "time": now.isoformat(timespec="milliseconds"),
        "actor": "ann",
        "identity": "claimed",
        "expires": (now + timedelta(days=7)).isoformat(timespec="milliseconds"),
    }
    return Decision(**{**fields, **changed})


def demotion(stage: str | None = None, component: str = "shop", day: int = 1) -> Decision:
    """Returns a demotion on a day of January 2026."""
    return promotion(stage, component, day, kind="demotion")
