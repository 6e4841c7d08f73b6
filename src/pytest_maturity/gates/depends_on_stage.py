"""The gate `depends_on_stage`: how many components that this one imports are on record below a stage."""

from __future__ import annotations

from collections.abc import Sequence

from ..model.evidence import Evidence
from ..model.gates import Context, Gate, Measurement
from ..model.standing import Standing
from ..model.text import first_few

NAME = "depends_on_stage"


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of imported components that are below each stage; unknown where a stage is not on record."""
    standing = evidence.standing
    if standing is None or standing.dependencies is None:
        why = standing.dependency_problem if standing is not None else ""
        return Measurement(None, why or "no records were read")
    counts, notes = {}, {}
    for place, stage in enumerate(standing.ladder):
        counts[stage], notes[stage] = count_below(standing, place)
    lowest = standing.ladder[0]
    return Measurement(counts[lowest], notes[lowest], breakdown=counts, line_notes=notes)


def count_below(standing: Standing, place: int) -> tuple[int | None, str]:
    """Returns how many dependencies are below the stage at a place of the ladder, and which.

    None where none is known to be below it, and some have no recorded stage.
    """
    found = standing.dependencies or {}
    below, missing = [], []
    for name, stage in found.items():
        if stage is None:
            missing.append(f"{name} (not on record)")
        elif stage not in standing.ladder or standing.ladder.index(stage) < place:
            below.append(f"{name} ({stage})")
    if below or missing:
        return len(below) + len(missing) if below else None, f"it imports {first_few([*below, *missing])}"
    return 0, f"it imports {first_few(list(found))}" if found else "it imports no other component"


def make_gate(ladder: Sequence[str]) -> Gate:
    """Returns the gate, with the stages as its lines."""
    return Gate(NAME, measure, better="lower", lines=tuple(ladder), needs_tests=False)
