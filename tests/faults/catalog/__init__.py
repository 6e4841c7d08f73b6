"""Every fault of FAULTS.md, chapter by chapter; `document.py` makes the table in docs/internals/faults.md from it."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.catalog import (
    configuration,
    coverage,
    hostile,
    process,
    selection,
    storage,
    surroundings,
    tools,
)
from tests.faults.fault import Fault

CHAPTERS: Mapping[str, tuple[Fault, ...]] = {
    "The process": process.FAULTS,
    "Selection and collection": selection.FAULTS,
    "Configuration": configuration.FAULTS,
    "Tools": tools.FAULTS,
    "Coverage": coverage.FAULTS,
    "Storage": storage.FAULTS,
    "Hostile strings": hostile.FAULTS,
    "Surroundings": surroundings.FAULTS,
}
# What the gate does not do yet, by number or by number and case, and why. Empty it as the features arrive.
NOT_YET: Mapping[str, str] = {}


def not_yet(fault: Fault) -> str:
    """Why the gate does not survive a fault yet; empty where it must."""
    return NOT_YET.get(fault.key) or NOT_YET.get(str(fault.number), "")
