"""The place is taken from a traceback that pytest made."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace as Object

import pytest

from pytest_maturity.plugin.raising_lines import find_raising_line


def longrepr(*places: tuple[str, int] | None, crash: tuple[str, int] | None = None) -> Object:
    """A traceback as a report has it; an entry without a place is one that pytest prints as text."""
    located = [place and Object(path=place[0], lineno=place[1]) for place in (*places, crash)]
    entries = [Object(reprfileloc=place) for place in located[:-1]]
    return Object(reprtraceback=Object(reprentries=entries), reprcrash=located[-1])


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("tests/test_a.py", "src/a.py", ".venv/lib/site-packages/b.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    return tmp_path


INSTALLED = (".venv/lib/site-packages/b.py", 9)


def test_the_last_line_of_the_project_raised(root: Path) -> None:
    found = longrepr(("tests/test_a.py", 3), (str(root / "src/a.py"), 7), INSTALLED, ("/usr/lib/json.py", 1))
    assert find_raising_line(found, root, root) == "src/a.py:7"
    assert find_raising_line(longrepr(("../src/a.py", 7)), root / "tests", root) == "src/a.py:7"


def test_a_traceback_as_text_has_only_the_place_of_the_exception(root: Path) -> None:
    assert find_raising_line(longrepr(None, crash=("src/a.py", 4)), root, root) == "src/a.py:4"
    assert find_raising_line(longrepr(None, crash=INSTALLED), root, root) == ""


@pytest.mark.parametrize("found", [None, "fixture 'x' not found", ("a.py", 3, "Skipped"), longrepr(), Object()])
def test_without_a_place_in_the_project_there_is_none(found: object, root: Path) -> None:
    assert find_raising_line(found, root, root) == ""
