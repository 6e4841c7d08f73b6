"""Writers in processes of their own: none loses a record, whichever is killed, and whenever.

KILLS is the number of writers that are killed: few by default, 200 in `make nightly`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.records.writers import kill_writers, write_at_once

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]


def test_six_processes_lose_none_of_forty_writes_each(tmp_path: Path) -> None:
    write_at_once(SqliteStore(tmp_path / "records.db"))


def test_a_writer_that_is_killed_at_any_moment_tears_nothing(tmp_path: Path) -> None:
    kill_writers(SqliteStore(tmp_path / "records.db"), longest=0.08)
