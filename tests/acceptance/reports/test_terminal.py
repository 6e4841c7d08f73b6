"""The output for a person, at several widths, with and without colour: compared with the files in `terminal/`.

python -m tests.acceptance.reports.test_terminal    writes them again
"""

from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.acceptance.project import Project

SNAPSHOTS = Path(__file__).with_name("terminal")
POLICY = """
[tool.maturity]
ladder = ["built", "tested", "staged", "live"]
[tool.maturity.stages.built]
pass_rate = 50
[tool.maturity.stages.tested]
pass_rate = 100
notes = 0
[tool.maturity.stages.staged]
skipped_rate = { max = 5, mode = "warn" }
[tool.maturity.stages.live]
skipped_rate = 0
broken = 0
[tool.maturity.gates.notes]
command = ["echo", "3 notes"]
pattern = '(\\d+) notes'
[tool.maturity.gates.broken]
command = ["no-such-program"]
pattern = '(\\d+)'
"""
FILES = {
    "src/billing.py": "",
    "src/orchestration/__init__.py": "class Engine: pass\n",
    "src/users.py": "",
    "tests/test_billing.py": "def test_a(): pass\n",
    "tests/test_users.py": "def test_a(): pass\n",
    "tests/test_orchestration.py": """
        import pytest
        from orchestration import Engine

        @pytest.mark.parametrize("number", range(3))
        def test_start(number):
            Engine().start(number)

        def test_sum():
            assert 1 + 1 == 3, "a message that is much too long for a narrow terminal, and is cut at its end"

        @pytest.mark.skip(reason="later")
        def test_later(): pass

        def test_more(): pass
        def test_most(): pass
        def test_all(): pass
        def test_some(): pass
        """,
}
ONE, ALL = ("--maturity-component=orchestration",), ("--maturity-component=all",)
WIDTHS = (60, 80, 120, 200)
SHOWN = {
    **{f"one-{width}": (width, "no", ONE) for width in WIDTHS},
    **{f"all-{width}": (width, "no", ALL) for width in WIDTHS},
    **{f"one-{width}-colour": (width, "yes", ONE) for width in WIDTHS},
    **{f"all-{width}-colour": (width, "yes", ALL) for width in WIDTHS},
    "one-quiet": (80, "no", (*ONE, "-q")),
    "all-quiet": (80, "no", (*ALL, "-q")),
    "one-quietest": (80, "no", (*ONE, "-qq")),
    "one-verbose": (80, "no", (*ONE, "-v")),
    "one-origins": (80, "no", (*ONE, "-vv")),
}
STYLE = re.compile(r"\x1b\[[\d;]*m")
END_OF_TESTS = re.compile(r"(\x1b\[\d+m)*=* ?.*\d+ passed")  # pytest's own last line


@pytest.fixture
def shown_project(project: Project) -> Project:
    for path in project.path.glob("*/**/*.py"):
        path.unlink()
    project.write(FILES)
    project.policy(POLICY)
    return project


def show(project: Project, name: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Returns the table and what the gate prints below pytest's own last line, which `-qq` leaves out."""
    width, colour, arguments = SHOWN[name]
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("PATH", sysconfig.get_path("scripts"), prepend=os.pathsep)
    lines = project.run(
        *arguments, f"--color={colour}", "--maturity-target=tested", "--tb=no", subprocess=True
    ).outlines
    first = next((number for number, line in enumerate(lines) if "maturity: " in line and "=" in line), len(lines))
    table = lines[first : next((number for number, line in enumerate(lines) if "  report: " in line), first)]
    end = next((number for number, line in enumerate(lines) if END_OF_TESTS.match(line)), len(lines) - 2)
    verdict = lines[end + 1 :]
    return "".join(f"{line.rstrip()}\n" for line in (*table, *verdict))


@pytest.mark.parametrize("name", SHOWN)
def test_the_output_is_as_shown(shown_project: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    expected = SNAPSHOTS / f"{name}.txt"
    text = show(shown_project, name, monkeypatch)
    if "--write-again" in sys.argv:
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text("utf-8")


@pytest.mark.parametrize("name", [f"{what}-{width}" for what in ("one", "all") for width in WIDTHS])
def test_colours_change_no_text(name: str) -> None:
    coloured = (SNAPSHOTS / f"{name}-colour.txt").read_text("utf-8")
    assert "\x1b[31m" in coloured
    assert STYLE.sub("", coloured) == (SNAPSHOTS / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", [name for name in SHOWN if name.endswith(("0", "verbose", "origins"))])
def test_no_line_but_verdicts_and_commands_is_wider_than_the_terminal(name: str) -> None:
    lines = (SNAPSHOTS / f"{name}.txt").read_text("utf-8").splitlines()
    narrow = [line for line in lines if not line.startswith(("HOLD", "INCONCLUSIVE", "PROMOTE", "    run: "))]
    assert all(len(line) <= SHOWN[name][0] for line in narrow)


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "-p", "no:sugar", __file__]))
