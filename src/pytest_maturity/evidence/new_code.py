"""Keeps the part of a measurement that is about new code: the findings in lines that a change touches."""

from __future__ import annotations

from dataclasses import replace

from ..model.evidence import NewCode
from ..model.gates import Measurement
from ..model.text import plural, safe


def select_new(measurement: Measurement, new_code: NewCode) -> Measurement:
    """Returns the measurement of a gate that counts findings, with those in changed lines alone.

    Unknown where the changed lines are, and where the number is not that of the findings.
    """
    if new_code.problem:
        return Measurement(None, new_code.problem)
    if measurement.value is not None and measurement.value != len(measurement.findings):
        return Measurement(None, "the gate does not name each finding that it counts")
    findings = tuple(one for one in measurement.findings if new_code.has_finding(one))
    since = f"{plural(new_code.changed, 'line')} changed since {safe(new_code.branch, 60)}"
    return replace(
        measurement,
        value=None if measurement.value is None else len(findings),
        note="; ".join(filter(None, (measurement.note, since))),
        findings=findings,
        breakdown={
            line: None if number is None else sum(line in (one.severity, one.rule) for one in findings)
            for line, number in measurement.breakdown.items()
        },
    )
