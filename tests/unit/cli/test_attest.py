"""`pytest-maturity attest` writes what somebody states, bound to the component, the repository and an end."""

from __future__ import annotations

import subprocess
from datetime import timedelta
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.config.settings import load_config
from pytest_maturity.records.audit import check_time
from pytest_maturity.tools.repository import identify_repository
from tests.unit.cli.project import RecordedProject

POLICY = """
[tool.maturity.attestations]
reviewed = { max_age = "30d", binds_to = "files" }
rolled_back = { max_age = "30d" }
uptime = { max_age = "30d", unit = "%" }
watched = { file = "a.json", max_age = "30d" }
"""
GIVEN = ("--source", "https://wiki/1", "--expires", "10d")


@pytest.fixture
def repository(recorded: RecordedProject) -> RecordedProject:
    """The project in a repository, with attestations in its configuration."""
    (recorded.root / "pyproject.toml").write_text(POLICY, "utf-8")
    for command in (["init", "-q"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm1", "--allow-empty"]):
        subprocess.run(["git", *command], cwd=recorded.root, check=True)
    return recorded


def test_an_attestation_is_a_decision_with_a_source_and_an_end(
    repository: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["attest", "shop", "rolled_back=1", "uptime=99.5", *GIVEN, "--reason", "drill"]) == 0
    (entry,) = repository.store.list_entries()
    made = entry.decision
    assert capsys.readouterr().out == (
        f"shop: rolled_back=1, uptime=99.5 is attested until {made.expires[:10]} (audit log: {entry.hash})\n"
    )
    assert (made.kind, made.component, made.stage) == ("attestation", "shop", None)
    assert dict(made.values) == {"rolled_back": "1", "uptime": "99.5"}
    assert (made.source, made.reason, made.digest) == ("https://wiki/1", "drill", "")
    assert made.project == identify_repository(repository.root)
    assert check_time(made.expires) - check_time(made.time) == timedelta(days=10)


def test_one_about_files_has_those_of_a_report(repository: RecordedProject) -> None:
    report = repository.write_report(80)
    assert cli.main(["attest", "Shop", "reviewed=1", *GIVEN, "--report", str(report)]) == 0
    assert cli.main(["record", str(report)]) == 0
    made, promotion = (entry.decision for entry in repository.store.list_entries())
    assert made.digest == promotion.digest
    assert made.policy_digest == load_config(repository.root).digest_without_target
    assert (made.policy_digest, made.commit, made.run_id) == (
        promotion.policy_digest, promotion.commit, promotion.run_id,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("shop", "rolled_bac=1"), "there is no attestation 'rolled_bac' in [tool.maturity.attestations] (did you"),
        (("shop", "zzz=1"), "there is no attestation 'zzz' in [tool.maturity.attestations]; known: reviewed, rolled"),
        (("shop", "watched=1"), "watched: its source is the file of the configuration, not this verb"),
        (("shop", "rolled_back"), "rolled_back: must be NAME=NUMBER, like rollback_tested=1"),
        (("shop", "uptime=1", "uptime=2"), "uptime is given twice"),
        (("shop", "uptime=yes"), "uptime: 'yes' is not a number"),
        (("shop", "uptime=100.1"), "uptime: must be between 0 and 100, not 100.1"),
        (("shop", "rolled_back=-1"), "rolled_back: must be between 0 and 1000000000000000, not -1"),
        (("shop", "reviewed=1"), "--report: reviewed is about files: name the report of a run on them"),
        (("shop", "uptime=1", "--expires", "366d"), "--expires: must be at most 365d, not 366d"),
        (("shop", "uptime=1", "--expires", "soon"), "--expires: must be days, hours or minutes, like 30d, 12h or 45m"),
        (("shop", "uptime=1", "--source", " "), "--source: must not be empty: say where the number comes from"),
        (("shop", "reviewed=1", "--report", "gone.json"), "gone.json: No such file or directory"),
        (("shop", "reviewed=1", "--report", "pyproject.toml"), "pyproject.toml: "),
    ],
)
def test_what_cannot_count_is_refused(
    repository: RecordedProject, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert cli.main(["attest", *GIVEN, *arguments]) == 4
    assert words in capsys.readouterr().err
    assert not repository.store.path.exists()


def test_a_report_about_another_component_is_refused(
    repository: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    report = repository.write_report(80)
    assert cli.main(["attest", "billing", "reviewed=1", *GIVEN, "--report", str(report)]) == 4
    assert "does not judge 'billing'" in capsys.readouterr().err


def test_outside_of_a_repository_nothing_is_attested(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("pyproject.toml").write_text(POLICY, "utf-8")
    assert cli.main(["attest", "shop", "rolled_back=1", *GIVEN]) == 3
    assert "is in no git repository that can be read" in capsys.readouterr().err


def test_a_source_is_needed(repository: RecordedProject) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["attest", "shop", "rolled_back=1", "--expires", "10d"])
    assert caught.value.code == 4
