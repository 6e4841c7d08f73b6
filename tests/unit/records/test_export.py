"""Lines of an export are read back as they were written; the first wrong one is named."""

from __future__ import annotations

import json

import pytest

from pytest_maturity.records.audit import make_entry
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.export import format_entry, format_run, parse_lines
from tests.unit.records.records import promotion, run_of


def test_runs_and_entries_survive() -> None:
    entry = make_entry(promotion(), None)
    approval = make_entry(promotion(kind="approval", role="qa", expires="2026-02-01T00:00:00+00:00"), entry)
    attestation = make_entry(promotion(None, kind="attestation", values={"rollback_tested": "1"}), approval)
    lines = [format_run(run_of(1)), "\n", *map(format_entry, (entry, approval, attestation))]
    assert parse_lines(lines, "x") == ([run_of(1)], [entry, approval, attestation])
    assert all(line.isascii() and line.count("\n") == 1 for line in lines)


@pytest.mark.parametrize(
    "line",
    ["{}", '{"record": "x"}', "1", "nonsense", "[" * 100_000, format_run(run_of(1, started="today")),
     format_entry(make_entry(promotion(time=""), None))],
)  # fmt: skip
def test_what_is_no_record_is_refused_with_its_line(line: str) -> None:
    with pytest.raises(RecordsError, match=r"^x:2: is no"):
        parse_lines([format_run(run_of(1)), line], "x")


def test_lines_are_the_same_for_the_same_record() -> None:
    assert json.loads(format_run(run_of(1)))["record"] == "run"
    assert format_run(run_of(1)) == format_run(run_of(1))
