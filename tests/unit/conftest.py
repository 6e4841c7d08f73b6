"""For the tests of the core, which are many and take milliseconds."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

NUMBERS = count()


@pytest.fixture
def tmp_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new directory, with the others in the session's own: pytest's fixture names, links and removes each."""
    folder = tmp_path_factory.getbasetemp() / f"unit-{next(NUMBERS)}"
    folder.mkdir()
    return folder
