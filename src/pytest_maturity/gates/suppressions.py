"""How often the component asks its tools and its tests to overlook something.

The total is None as soon as one kind could not be told (a file that does not parse, coverage that was not
measured): what is left is only a lower bound, and a lower bound would pass where the truth may not. The other
kinds keep their numbers, so a stage that asks for `nosec` alone needs no coverage.
"""

from __future__ import annotations

import math

from ..model.evidence import Evidence, Finding
from ..model.gates import Context, Gate, Measurement, Requirement
from ..model.suppressions import KINDS
from ..model.text import safe

SHOWN_PLACES = 3


def measure(evidence: Evidence, context: Context) -> Measurement:
    """The number of suppressions, and that of each kind; None where it could not be told."""
    seen = evidence.suppressions
    findings = [Finding(path=one.path, line=one.line, rule=one.kind, message=one.text) for one in seen.found]
    note = "; ".join(filter(None, (*seen.problems, seen.words))) or "none"
    return Measurement(seen.total, note, findings, seen.counts)


def remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> str:
    """How many to remove, and the first places."""
    found = [one for one in measurement.findings if requirement.line in ("", one.rule)]
    excess = math.ceil(len(found) - requirement.threshold)
    amount = f"{excess}" if excess >= len(found) else f"{excess} of {len(found)}"
    places = [f"{safe(one.location, 120)} {one.rule}" for one in found[:SHOWN_PLACES]]
    return f"remove {amount}: {', '.join(places + ['...'] * (len(found) > SHOWN_PLACES))}"


GATE = Gate("suppressions", measure, better="lower", remedy=remedy, lines=KINDS)
