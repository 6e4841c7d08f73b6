"""The table of the ready-made gates, and the line about the tools that are waited for."""

from __future__ import annotations

import io
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pytest_maturity.model.evidence import ToolProgress
from pytest_maturity.plugin.terminal import WaitingLine
from tests.unit.plugin.shown_gates import SHOWN, SNAPSHOTS, show_gates

STYLE = re.compile(r"\x1b\[[\d;]*m")
PROGRESS = [
    ToolProgress("types", 4.4),
    ToolProgress("bandit"),
    ToolProgress("ruff", 0.31, has_ended=True),
]


class Screen(io.StringIO):
    """A stdout that may be a terminal."""

    encoding = "utf-8"

    def __init__(self, *, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


def show(monkeypatch: pytest.MonkeyPatch, *, is_terminal: bool, columns: int = 80, verbosity: int = 0) -> str:
    """Returns what is printed where two states of the tools are shown."""
    screen = Screen(is_terminal=is_terminal)
    monkeypatch.setattr("sys.stdout", screen)
    monkeypatch.setenv("COLUMNS", str(columns))
    plugins = SimpleNamespace(get_plugin=lambda _: None)
    config = SimpleNamespace(pluginmanager=plugins, get_verbosity=lambda: verbosity)
    with WaitingLine(cast("Any", config)) as line:
        line.show(PROGRESS)
        line.show(PROGRESS[:1])
    return screen.getvalue()


@pytest.mark.parametrize("variable", ["", "NO_COLOR"])
def test_in_a_terminal_it_is_written_again_and_gone_at_the_end(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    if variable:
        monkeypatch.setenv(variable, "1")
    _, first, second, wiped, last = show(monkeypatch, is_terminal=True).split("\r")
    assert first == "maturity: types 4 s, bandit queued; done: ruff 0.3 s"
    assert second == "maturity: types 4 s".ljust(len(first))
    assert wiped == " " * len(second.rstrip())
    assert last == ""


@pytest.mark.parametrize("columns", [44, 60])
def test_it_is_never_longer_than_a_line(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("TERM", "xterm")
    shown = show(monkeypatch, is_terminal=True, columns=columns)
    assert max(map(len, shown.split("\r"))) < columns
    assert "\n" not in shown


def test_elsewhere_it_is_printed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = "maturity: waiting for types, bandit\n"
    assert show(monkeypatch, is_terminal=False) == expected
    monkeypatch.setenv("TERM", "dumb")
    assert show(monkeypatch, is_terminal=True) == expected


def test_under_q_nothing_is_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not re.search(r"\w", show(monkeypatch, is_terminal=True, verbosity=-1))


@pytest.mark.parametrize("name", SHOWN)
def test_the_gates_are_shown_as_in_the_file(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    text = show_gates(name, monkeypatch)
    assert text == (SNAPSHOTS / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", [name for name in SHOWN if name.endswith("-colour")])
def test_colours_change_no_text(name: str) -> None:
    coloured = (SNAPSHOTS / f"{name}.txt").read_text("utf-8")
    assert "\x1b[" in coloured
    assert STYLE.sub("", coloured) == (SNAPSHOTS / f"{name.removesuffix('-colour')}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", [name for name in SHOWN if name.endswith(("0", "verbose"))])
def test_no_line_but_verdicts_and_commands_is_wider_than_the_terminal(name: str) -> None:
    lines = (SNAPSHOTS / f"{name}.txt").read_text("utf-8").splitlines()
    narrow = [line for line in lines if not line.startswith(("HOLD", "INCONCLUSIVE", "    run: "))]
    assert all(len(line) <= SHOWN[name][1] for line in narrow)
