"""All faults by chapter. tests/faults/document.py writes the tables of docs/internals/faults.md from them."""

from __future__ import annotations

from collections.abc import Mapping

from tests.faults.catalog import (
    configuration,
    coverage,
    decisions,
    hostile,
    process,
    ready_made,
    records,
    reruns,
    selection,
    storage,
    surroundings,
    tools,
)
from tests.faults.fault import Fault

CHAPTERS: Mapping[str, tuple[Fault, ...]] = {
    "The process": process.FAULTS,
    "Selection and collection": selection.FAULTS,
    "Reruns": reruns.FAULTS,
    "Configuration": configuration.FAULTS,
    "Decisions": decisions.FAULTS,
    "Tools": tools.FAULTS,
    "Ready-made gates": ready_made.FAULTS,
    "Coverage": coverage.FAULTS,
    "Storage": storage.FAULTS,
    "Records": records.FAULTS,
    "Hostile strings": hostile.FAULTS,
    "Surroundings": surroundings.FAULTS,
}
FAULTS = tuple(fault for chapter in CHAPTERS.values() for fault in chapter)
