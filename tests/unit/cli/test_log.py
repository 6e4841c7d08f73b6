"""`pytest-maturity log` shows the decisions in their order."""

from __future__ import annotations

import json

import pytest

from pytest_maturity import cli
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import demotion, promotion


def test_each_decision_is_a_line(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["log"]) == 0
    assert capsys.readouterr().out == "no decisions\n"
    recorded.store.append(
        [promotion(actor="ann", commit="a" * 40, dirty=True, reason="now\n"), promotion("dev", "bank"), demotion(day=2)]
    )
    assert cli.main(["log"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "   1  2026-01-01T12:00:00  promotion of shop to staging by ann aaaaaaaaaaaa+: now\\n",
        "   2  2026-01-01T12:00:00  promotion of bank to dev by unknown",
        "   3  2026-01-02T12:00:00  demotion of shop to no stage by unknown",
    ]
    assert cli.main(["log", "bank", "--json"]) == 0
    (entry,) = json.loads(capsys.readouterr().out)
    assert entry["decision"]["stage"] == "dev"
