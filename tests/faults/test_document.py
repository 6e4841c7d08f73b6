"""The page about faults has a row for every fault, and its results of the gate are those that the catalogue demands."""

from __future__ import annotations

import re

from tests.faults.catalog import FAULTS
from tests.faults.document import DOCUMENT, NUMBERS, gate_cell, summary

CELLS = re.compile(r"(?<!\\) \| ")


def rows() -> list[list[str]]:
    lines = DOCUMENT.read_text("utf-8").splitlines()
    return [CELLS.split(line.removeprefix("| ").removesuffix(" |")) for line in lines if re.match(r"\| \d", line)]


def test_every_number_is_in_the_catalogue_and_on_the_page() -> None:
    assert set(range(1, 76)) <= set(NUMBERS)
    assert {int(row[0]) for row in rows()} == set(NUMBERS)


def test_each_fault_has_a_key_of_its_own_and_a_cause_that_must_be_named() -> None:
    keys = [fault.key for fault in FAULTS]
    assert sorted(set(keys)) == sorted(keys)
    assert [fault.key for fault in FAULTS if not (fault.messages or fault.limit)] == []


def test_no_fault_that_is_promoted_counts_as_survived() -> None:
    through = [fault for fault in FAULTS if (fault.exit_code == 0 or fault.verdict == "PROMOTE")]
    assert [fault.key for fault in through if not fault.limit] == []


def test_the_page_has_the_results_that_the_catalogue_demands() -> None:
    """If this fails, run `python -m tests.faults.document`."""
    found = {(row[0], row[1]): row[-1] for row in rows()}
    assert found == {(str(fault.number), fault.title): gate_cell(fault) for fault in FAULTS}


def test_the_page_counts_the_faults_of_the_catalogue() -> None:
    assert "".join(summary(FAULTS)) in DOCUMENT.read_text("utf-8")
