"""The built-in gates, one file each. They are registered through the same hook as a user's gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..model.gates import Gate
from . import (
    approvals,
    coverage,
    dependencies,
    depends_on_stage,
    duration,
    flaky_rate,
    lint,
    lost_tests,
    new_code_coverage,
    pass_rate,
    performance,
    security,
    skipped_rate,
    soak,
    spec,
    suppressions,
    types,
    uncommitted,
    unhandled,
    vulnerabilities,
    warnings,
)
from . import format as formatting  # not to shadow the builtin
from .command import make_command_gate

BUILTIN: tuple[Gate, ...] = (
    pass_rate.GATE,
    coverage.GATE,
    new_code_coverage.GATE,
    lint.GATE,
    formatting.GATE,
    types.GATE,
    security.GATE,
    spec.GATE,
    skipped_rate.GATE,
    flaky_rate.GATE,
    suppressions.GATE,
    unhandled.GATE,
    warnings.GATE,
    duration.GATE,
    performance.GATE,
    dependencies.GATE,
    vulnerabilities.GATE,
    uncommitted.GATE,
)


def make_record_gates(ladder: Sequence[str]) -> list[Gate]:
    """Returns the gates that measure what is on record. A stage of the ladder is a line of all but the last one."""
    return [
        soak.make_gate(ladder),
        depends_on_stage.make_gate(ladder),
        approvals.make_gate(ladder),
        lost_tests.make_gate(),
    ]


def make_configured_gates(
    tables: Mapping[str, Mapping[str, Any]], attestations: Mapping[str, Mapping[str, Any]]
) -> list[Gate]:
    """Returns the gates that the user configures: commands in `[tool.maturity.gates]`, and attestations."""
    builtin = {gate.name for gate in BUILTIN}
    commands = [make_command_gate(name, table) for name, table in tables.items() if name not in builtin]
    if not attestations:
        return commands
    from .attestation import make_attestation_gate  # here: few projects have one

    return [*commands, *(make_attestation_gate(name, table) for name, table in attestations.items())]
