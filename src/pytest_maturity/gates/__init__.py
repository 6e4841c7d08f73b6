"""The gates that are built in, one file each. They enter by the same hook as a user's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..model.gates import Gate
from . import coverage, lint, pass_rate, rates, security, spec, suppressions, types, unhandled
from .command import command_gate

BUILTIN: tuple[Gate, ...] = (
    pass_rate.GATE,
    coverage.GATE,
    lint.GATE,
    types.GATE,
    security.GATE,
    spec.GATE,
    rates.SKIPPED,
    rates.FLAKY,
    suppressions.GATE,
    unhandled.GATE,
)


def configured(tables: Mapping[str, Mapping[str, Any]]) -> list[Gate]:
    """The gates of `[tool.maturity.gates]` that are commands of the user's own."""
    builtin = {gate.name for gate in BUILTIN}
    return [command_gate(name, table) for name, table in tables.items() if name not in builtin]
