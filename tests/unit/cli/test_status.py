"""`pytest-maturity status`: one line for each component."""

from __future__ import annotations

import json

import pytest

from pytest_maturity import cli
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import promotion, run_of


def test_each_component_has_a_line(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.store.append([promotion("staging")])
    recorded.store.write_runs(
        [run_of(1, reached="dev"), run_of(2), run_of(3, "bank", verdict="INCOMPLETE", reached=None)]
    )
    assert cli.main(["status"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "component  recorded  reached  verdict     target   trend  last run",
        "bank       -         -        INCOMPLETE  staging  new    2026-01-01T00:03",
        "shop       staging   staging  PROMOTE     staging  up     2026-01-01T00:02",
    ]


def test_what_is_not_trusted_is_shown_as_unproven(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded.store.append([promotion("staging")])
    monkeypatch.setenv("CI", "1")
    assert cli.main(["status"]) == 0
    assert "staging (unproven)" in capsys.readouterr().out
    assert cli.main(["status", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["recorded"], row["unproven"], row["verdict"]) == (None, "staging", None)


def test_without_records_it_says_so(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == 0
    assert capsys.readouterr().out == "no records\n"


def test_records_that_cannot_be_read_exit_with_3(recorded: RecordedProject) -> None:
    recorded.store.path.parent.mkdir()
    recorded.store.path.write_bytes(b"garbage" * 1000)
    assert cli.main(["status"]) == 3


def test_a_configuration_that_is_wrong_exits_with_4(recorded: RecordedProject) -> None:
    recorded.configure("pat = 'x'\n")
    assert cli.main(["status"]) == 4
