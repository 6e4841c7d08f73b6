"""A report is not believed where an approval or an attestation that it rests on was withdrawn since its run."""

from __future__ import annotations

from datetime import datetime, tzinfo

import pytest

from pytest_maturity.cli import withdrawn
from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.cli.conftest import TRUSTED, Office
from tests.acceptance.cli.test_revoke import approve

VERBS = ("verify", "record")


@pytest.mark.parametrize("verb", VERBS)
def test_a_report_whose_approval_was_revoked_since_is_not_believed(office: Office, verb: str) -> None:
    id_ = approve(office)
    assert office.judge().code == 0
    assert office.run("verify", ".maturity/orchestration.json")[0] == 0
    assert office.run("revoke", id_, "--reason", "x")[0] == 0
    code, printed = office.run(verb, ".maturity/orchestration.json")
    assert code == 3
    assert f"orchestration: the approval {id_} of ann, which it needs, was revoked" in printed


@pytest.mark.parametrize("verb", VERBS)
def test_a_report_whose_approval_is_on_record_nowhere_is_not_believed(office: Office, verb: str) -> None:
    approve(office)
    assert office.judge().code == 0
    SqliteStore(office.project.path / ".maturity/records.db").path.unlink()
    code, printed = office.run(verb, ".maturity/orchestration.json")
    assert (code, "of ann, which it needs, is not on record here" in printed) == (3, True)


@pytest.mark.parametrize("verb", VERBS)
def test_an_approval_that_expired_since_is_not_believed(
    office: Office, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    approve(office)
    assert office.judge().code == 0
    monkeypatch.setattr(withdrawn, "datetime", Later)
    code, printed = office.run(verb, ".maturity/orchestration.json")
    assert (code, "of ann, which it needs, has expired" in printed) == (3, True)


class Later(datetime):
    """The clock, a month later."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Later:
        return cls.fromtimestamp(datetime.now(tz).timestamp() + 30 * 86_400, tz)


@pytest.mark.parametrize("verb", VERBS)
def test_a_report_whose_attestation_was_revoked_since_is_not_believed(office: Office, verb: str) -> None:
    table = "    [tool.maturity.attestations]\n    rolled_back = { max_age = '30d' }\n"
    office.configure(TRUSTED, table, needed="    rolled_back = 1\n")
    attest = ("attest", "orchestration", "rolled_back=1", "--source", "https://wiki/1", "--expires", "10d")
    assert office.run(*attest)[0] == 0
    assert office.judge().code == 0
    assert office.run("verify", ".maturity/orchestration.json")[0] == 0
    (entry,) = SqliteStore(office.project.path / ".maturity/records.db").list_entries()
    assert office.run("revoke", entry.decision.id, "--reason", "x")[0] == 0
    code, printed = office.run(verb, ".maturity/orchestration.json")
    assert code == 3
    assert "orchestration: rolled_back is not attested any more as it was: the attestation of " in printed
    assert office.run(*attest)[0] == 0  # another one, of the same number
    assert office.run(verb, ".maturity/orchestration.json")[0] == 0
