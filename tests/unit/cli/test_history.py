"""`pytest-maturity history`: numbers over time, and what changed."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction

import pytest

from pytest_maturity import cli
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import COVERAGE, promotion, run_of

SECURITY = replace(COVERAGE, name="security.high", value=Fraction(1), better="lower", unit="")


@pytest.fixture
def with_runs(recorded: RecordedProject) -> RecordedProject:
    """A project with four runs, of which one was killed."""
    numbers = [Fraction(50), Fraction(60), Fraction(624, 10)]
    recorded.store.write_runs(
        [
            *(
                run_of(place, gates=(replace(COVERAGE, value=value), SECURITY), steps={"types": 2.0 + place})
                for place, value in enumerate(numbers)
            ),
            run_of(9, verdict="INCOMPLETE", gates=()),
        ]
    )
    recorded.store.append([promotion(gates=(replace(COVERAGE, value=Fraction(50)), replace(SECURITY, value=None)))])
    return recorded


def test_a_component_has_its_trends_and_changes(with_runs: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["history", "Shop"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Shop: on record at staging",
        "  last run: 2026-01-01T00:09 INCOMPLETE for staging, reached staging",
        "    coverage       ▁▇█  62.4 %",
        "    security.high  ▅▅▅  1",
        "  since the last run: coverage 60 to 62.4",
        "  since the last promotion: coverage 50 to 62.4, security.high ? to 1",
        "  slowest steps: types 3.0 s",
        "  flakiest tests: tests/test_shop.py::test_slow (4 of 4 runs)",
    ]


def test_one_gate_alone_with_its_lines(with_runs: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["history", "--gate", "security"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["    security.high  ▅▅▅  1", "  since the last promotion: security.high ? to 1"]


def test_json_has_the_runs(with_runs: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["history", "--json", "--gate", "coverage"]) == 0
    (data,) = json.loads(capsys.readouterr().out)
    assert data["since_last_promotion"] == {"coverage": [50.0, 62.4]}
    assert [run["gates"][0]["value"] for run in data["runs"][1:]] == ["312/5", "60", "50"]
    assert data["flakiest_tests"] == {"tests/test_shop.py::test_slow": 4}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("shup",), "no run of 'shup' is on record (did you mean 'shop'?)"),
        (("--gate", "coverag"), "--gate: no run has a gate 'coverag' (did you mean 'coverage'?)"),
    ],
)
def test_a_name_without_records_is_refused(
    with_runs: RecordedProject, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert cli.main(["history", *arguments]) == 4
    assert words in capsys.readouterr().err


def test_without_records_it_says_so(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["history"]) == 0
    assert capsys.readouterr().out == "no records\n"
