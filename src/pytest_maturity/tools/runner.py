"""A program of its own that runs the tools beside the tests, so many at once, and leaves none running.

The session starts it with nothing but the standard library, writes one line of JSON to its input (see `Order`), and
may write two words after that: `hasten`: the cores are free now, run all at once; `stop`: kill what runs. The end of
the input is a `stop`, too: when a session was killed, its tools end with it. It ends when every tool has.

Each tool has a number: `<number>.out` and `.err` are what it printed, `<number>.json` how it ended, written when it
has. A thread for each slot is enough here, where no test can fork.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from pathlib import Path
from time import monotonic
from typing import Any, TypedDict

NICENESS = 10
# Not a session of its own: Linux shares the cores among sessions before it looks at priorities (sched(7), autogroup).
OWN_GROUP: dict[str, Any] = (
    {"process_group": 0} if sys.version_info >= (3, 11) else {"preexec_fn": getattr(os, "setpgrp", None)}
)


class Tool(TypedDict):
    """A program to run: what `<number>` its files have, and after how many seconds it is killed."""

    number: int
    argv: list[str]
    timeout: float


class Order(TypedDict):
    """What is to be done: in which directory, where the files of each tool go, how many tools run at once."""

    root: str
    place: str
    slots: int
    largest: int  # bytes that a tool may write to a file
    environment: dict[str, str]
    tools: list[Tool]


class Ended(TypedDict):
    """How a tool ended. Without an exit code it was not started, or did not end by itself: `why` says so."""

    exit_code: int | None
    duration: float
    why: str
    missing: bool


class Runner:
    """Runs the tools of an order, in its order."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._waiting = deque(order["tools"])
        self._unfinished = len(order["tools"])
        self._running: list[subprocess.Popen[bytes]] = []
        self._stopped = False
        self._lock = threading.Lock()

    def add(self, slots: int) -> None:
        """Run so many tools at once more than now."""
        for _ in range(slots):
            threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Kill what runs, and start nothing more."""
        with self._lock:
            self._stopped = True
            for process in self._running:
                kill_group(process)

    def _work(self) -> None:
        while True:
            try:
                tool = self._waiting.popleft()
            except IndexError:
                return
            self._tell(tool["number"], self._run(tool))
            with self._lock:
                self._unfinished -= 1
            if self._unfinished == 0:
                os._exit(0)

    def _run(self, tool: Tool) -> Ended:
        began, why = monotonic(), ""
        try:
            process = self._start(tool)
        except FileNotFoundError:
            return Ended(exit_code=None, duration=0.0, why="is not installed", missing=True)
        except OSError as error:
            return Ended(exit_code=None, duration=0.0, why=f"could not be started: {error}", missing=False)
        if process is None:
            return Ended(exit_code=None, duration=0.0, why="was not started: the run ended", missing=False)
        try:
            process.wait(tool["timeout"])
        except subprocess.TimeoutExpired:
            why = f"did not finish within {tool['timeout']:g} s"
        with self._lock:
            kill_group(process)
            self._running.remove(process)
        why = "was stopped: the run ended" if self._stopped else why
        code = None if why else process.returncode
        return Ended(exit_code=code, duration=monotonic() - began, why=why, missing=False)

    def _start(self, tool: Tool) -> subprocess.Popen[bytes] | None:
        stem = Path(self._order["place"], str(tool["number"]))
        with self._lock, stem.with_suffix(".out").open("wb") as out, stem.with_suffix(".err").open("wb") as err:
            if self._stopped:
                return None
            process = subprocess.Popen(
                tool["argv"],
                cwd=self._order["root"],
                env=self._order["environment"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                **OWN_GROUP,
            )
            self._running.append(process)
            return process

    def _tell(self, number: int, ended: Ended) -> None:
        path = Path(self._order["place"], f"{number}.json")
        with contextlib.suppress(OSError):  # the session has removed the directory: nobody asks any more
            path.with_suffix(".new").write_text(json.dumps(ended), "ascii")
            path.with_suffix(".new").replace(path)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and everything that it started, also after it ended itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def restrain(largest: int) -> None:
    """Lower the priority of this process and of its children, and limit the files that they write, where possible."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no nice
        os.nice(NICENESS)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (largest, largest))


def main() -> None:
    """Run what the first line of the input asks for, until all tools have ended or the input has."""
    order: Order = json.loads(sys.stdin.buffer.readline())
    restrain(order["largest"])
    runner = Runner(order)
    runner.add(order["slots"])
    for word in sys.stdin.buffer:
        if word != b"hasten\n":
            break
        runner.add(len(order["tools"]))
    runner.stop()
    while True:  # the last tool's thread ends the process
        threading.Event().wait()


if __name__ == "__main__":
    main()
