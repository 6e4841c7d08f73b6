"""The project that the verbs of the records work on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.project import RecordedProject


@pytest.fixture
def recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RecordedProject:
    """An empty project in the working directory, outside of CI."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    return RecordedProject(tmp_path)
