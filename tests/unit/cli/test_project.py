"""The project of a verb is the working directory, with the configuration there or the one that is named."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from pytest_maturity.cli.project import read_project
from pytest_maturity.model.errors import MaturityError
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.sqlite import SqliteStore
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import promotion


def test_the_named_configuration_counts(recorded: RecordedProject) -> None:
    recorded.configure("path = 'a.db'\n")
    (recorded.root / "other.toml").write_text("[tool.maturity.records]\npath = 'b.db'\n")
    assert read_project(Namespace(config=None, policy_ref=None)).store == SqliteStore(recorded.root / "a.db", "a.db")
    named = Namespace(config=Path("other.toml"), policy_ref=None)
    assert read_project(named).store == SqliteStore(recorded.root / "b.db", "b.db")
    with pytest.raises(MaturityError):
        read_project(Namespace(config=Path("missing.toml"), policy_ref=None))


def test_in_ci_only_a_trusted_store_counts(recorded: RecordedProject, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded.store.append([promotion()])
    project = read_project(Namespace(config=None, policy_ref=None))
    assert project.read_history().find_stage("shop") == "staging"
    monkeypatch.setenv("CI", "true")
    assert project.read_history().find_stage("shop") is None
    assert project.read_log().find_stage("shop") == "staging"


def test_a_log_that_cannot_be_read_is_an_error(recorded: RecordedProject) -> None:
    recorded.store.append([promotion(time="2999-01-01T00:00:00+00:00")])
    project = read_project(Namespace(config=None, policy_ref=None))
    for read in (project.read_log, project.read_history):
        with pytest.raises(RecordsError, match="the promotion of shop to staging has an impossible time"):
            read()
