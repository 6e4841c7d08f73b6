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


def test_a_line_says_who_approved_until_when_and_what_a_promotion_rests_on(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    until = "2026-01-15T12:00:00.000+00:00"
    approval = promotion("production", kind="approval", actor="ann", role="qa", identity="claimed", expires=until)
    attestation = promotion(
        None, kind="attestation", actor="ci", values={"rollback_tested": "1"}, source="https://ci/1", reason="drill"
    )
    revocation = promotion(None, kind="revocation", actor="bob", revokes=approval.id, reason="a bug")
    recorded.store.append([approval, attestation, revocation, promotion("production", rests_on=("a", "b"))])
    assert cli.main(["log", "shop"]) == 0
    assert [line[27:] for line in capsys.readouterr().out.splitlines()] == [
        f"approval of shop for production as qa ({approval.id[:12]}) by ann (claimed), until 2026-01-15",
        f"attestation of shop: rollback_tested=1 ({attestation.id[:12]}) by ci, source: https://ci/1: drill",
        f"revocation of {approval.id[:12]}, about shop by bob: a bug",
        "promotion of shop to production by unknown, resting on a, b",
    ]
