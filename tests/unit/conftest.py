"""The fixtures of the unit tests, of which there are thousands: each takes milliseconds."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

NUMBERS = count()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a new directory. pytest's own fixture is slower: it links and removes each directory."""
    folder = tmp_path_factory.getbasetemp() / f"unit-{next(NUMBERS)}"
    folder.mkdir()
    return folder
