"""docs/internals/faults.md tells of every fault, and says of the gate what the catalogue demands of it."""

from __future__ import annotations

import re

from tests.faults.catalog import CHAPTERS, NOT_YET, not_yet
from tests.faults.document import DOCUMENT, NUMBERS, expected_cell, summary

FAULTS = [fault for chapter in CHAPTERS.values() for fault in chapter]
CELLS = re.compile(r"(?<!\\) \| ")


def rows() -> list[list[str]]:
    lines = DOCUMENT.read_text("utf-8").splitlines()
    return [CELLS.split(line.removeprefix("| ").removesuffix(" |")) for line in lines if re.match(r"\| \d", line)]


def test_every_number_of_the_list_is_in_the_catalogue_and_in_the_document() -> None:
    assert {fault.number for fault in FAULTS} == set(NUMBERS)
    assert {int(row[0]) for row in rows()} == set(NUMBERS)


def test_each_fault_has_a_key_of_its_own_and_a_cause_that_must_be_named() -> None:
    keys = [fault.key for fault in FAULTS]
    assert sorted(set(keys)) == sorted(keys)
    assert [fault.key for fault in FAULTS if not (fault.words or fault.waiting or fault.limit)] == []


def test_nothing_that_goes_through_is_called_survived() -> None:
    through = [fault for fault in FAULTS if not fault.waiting and (fault.code == 0 or fault.verdict == "PROMOTE")]
    assert [fault.key for fault in through if not fault.limit] == []


def test_what_is_not_there_yet_is_a_fault_of_the_catalogue() -> None:
    known = {fault.key for fault in FAULTS} | {str(fault.number) for fault in FAULTS}
    assert set(NOT_YET) <= known


def test_the_document_says_of_the_gate_what_the_catalogue_demands() -> None:
    """If this fails, run `python -m tests.faults.document`."""
    found = {(row[0], row[1]): row[-1] for row in rows()}
    assert len(found) == len(FAULTS)
    for fault in FAULTS:
        cell = found[str(fault.number), fault.title]
        if fault.waiting:
            assert cell == f"waiting: {fault.waiting}"
        elif reason := not_yet(fault):
            assert cell == expected_cell(fault) or cell.endswith(f"not yet: {reason}")
        else:
            assert cell == expected_cell(fault)


def test_the_document_counts_what_the_catalogue_holds() -> None:
    assert "".join(summary(FAULTS)) in DOCUMENT.read_text("utf-8")
