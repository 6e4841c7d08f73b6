"""The line about the tools that are waited for, on a real terminal: it leaves nothing behind."""

from __future__ import annotations

import contextlib
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.project import Project

pty = pytest.importorskip("pty", reason="a terminal of POSIX")
STYLE = re.compile(r"\x1b\[[\d;]*m")
LIVE = re.compile(r"\rmaturity: ([^\r\n]*)")
POLICY = f"""
    [tool.maturity]
    ladder = ["one"]
    [tool.maturity.stages.one]
    pass_rate = 100
    slow = 0
    [tool.maturity.gates.slow]
    command = ["{sys.executable}", "-S", "-c", "import time; time.sleep(1); print(0)"]
    pattern = '(\\d+)'
"""
TESTS = "def test_it():\n    print('half a line', end='')\n"


def run_in_terminal(directory: Path, width: int, *arguments: str) -> str:
    """Returns what pytest prints in a terminal of this width, without styles."""
    import fcntl
    import termios

    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "CI", "NO_COLOR")}
    command = (sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--maturity-component=orchestration")
    process = subprocess.Popen(
        (*command, *arguments), cwd=directory, stdin=theirs, stdout=theirs, stderr=theirs,
        env={**environment, "TERM": "xterm", "PYTHONPATH": "src"},
    )  # fmt: skip
    os.close(theirs)
    data = b""
    with contextlib.suppress(OSError):  # the other end is closed
        while block := os.read(ours, 65536):
            data += block
    os.close(ours)
    assert process.wait(60) == 0, data.decode()
    return STYLE.sub("", data.decode("utf-8"))


def see(text: str) -> list[str]:
    """Returns the lines as they stand on the screen: a return goes back to the start of the line."""
    lines = []
    for line in text.replace("\r\n", "\n").split("\n"):
        row: list[str] = []
        for part in line.split("\r"):
            row[: len(part)] = part
        lines.append("".join(row).rstrip())
    return lines


@pytest.mark.processes
@pytest.mark.parametrize(
    ("width", "arguments"),
    [(60, ("-p", "no:sugar")), (120, ("-s",))],
    ids=["60", "120 sugar -s"],
)
def test_it_is_written_again_and_leaves_nothing_behind(
    project: Project, width: int, arguments: tuple[str, ...]
) -> None:
    project.policy(POLICY)
    project.write({"tests/test_orchestrator.py": TESTS})
    text = run_in_terminal(project.path, width, *arguments)
    states = [one.rstrip() for one in LIVE.findall(text)]
    assert len(set(states)) > 1
    assert all(re.fullmatch(r"slow:orchestration (\d s|queued)", one) for one in states)
    screen = see(text)
    assert not [line for line in screen if "slow:orchestration" in line or line.startswith("maturity:")]
    assert any(line.startswith("PROMOTE  orchestration") for line in screen)
    if "-s" in arguments:
        assert any("half a line" in line for line in screen)
