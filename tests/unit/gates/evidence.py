"""Makes the evidence for the tests of gates: a component with the given outcomes and coverage."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pytest_maturity.model.evidence import Component, Coverage, Evidence, Outcomes
from pytest_maturity.model.gates import Context, Gate, Measurement, Remedy, Requirement

CONTEXT = Context(root=Path("/project"))
COMPONENT = Component(name="auth", sources=(), files=(), found_by="src")


def evidence_of(outcomes: Outcomes, coverage: Coverage | None = None) -> Evidence:
    return Evidence(component=COMPONENT, outcomes=outcomes, coverage=coverage or Coverage(problem="none"))


def measure(gate: Gate, outcomes: Outcomes, coverage: Coverage | None = None) -> Measurement:
    return gate.measure(evidence_of(outcomes, coverage), CONTEXT)


def remedy(gate: Gate, threshold: str, evidence: Evidence) -> Remedy:
    assert gate.remedy is not None
    requirement = Requirement(gate=gate.name, threshold=Fraction(threshold), source="here")
    return gate.remedy(evidence, gate.measure(evidence, CONTEXT), requirement)


def traits(gate: Gate) -> tuple[str, str, str]:
    return gate.name, gate.better, gate.unit
