"""A separate program that runs tools while the tests run, a few at once, and leaves none of them running.

The session starts it with nothing but the standard library and writes one line of JSON to its input, see `Batch`. Two
words may follow: `hasten` runs all tools at once, because the tests have ended and their cores are free; `stop` kills
the tools. The end of the input is a `stop`, too: when a session was killed, its tools end with it. The runner ends when
every tool has ended.

Each tool has a number: `<number>.begun` holds the monotonic time of its start, it prints to `<number>.out` and
`<number>.err`, and `<number>.json` is written when it has ended. One thread for each slot is safe here, where no test
can fork.
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
# Not a session of its own: Linux shares the cores among sessions before it regards priorities (sched(7), autogroup).
OWN_GROUP: dict[str, Any] = (
    {"process_group": 0} if sys.version_info >= (3, 11) else {"preexec_fn": getattr(os, "setpgrp", None)}
)


class Tool(TypedDict):
    """A program to run in a directory. It is killed `timeout` seconds after its start."""

    number: int
    argv: list[str]
    timeout: float
    directory: str
    environment: dict[str, str]


class Batch(TypedDict):
    """The tools to run, in this order: `slots` at once, with their files in `directory`."""

    directory: str
    slots: int
    largest_file: int  # bytes that a tool may write to a file
    tools: list[Tool]


class ToolExit(TypedDict):
    """The end of a tool. Without an exit code it was not started or did not end by itself: `problem` says why."""

    exit_code: int | None
    duration: float  # seconds
    problem: str
    missing: bool


class Runner:
    """Runs the tools of a batch."""

    def __init__(self, batch: Batch) -> None:
        self._batch = batch
        self._waiting = deque(batch["tools"])
        self._unfinished = len(batch["tools"])
        self._running: list[subprocess.Popen[bytes]] = []
        self._stopped = False
        self._lock = threading.Lock()

    def add_slots(self, count: int) -> None:
        """Runs `count` more tools at once than before."""
        for _ in range(count):
            threading.Thread(target=self._work, daemon=True).start()

    def stop(self) -> None:
        """Kills the tools that run, and starts no more."""
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
            self._write_exit(tool["number"], self._run(tool))
            with self._lock:
                self._unfinished -= 1
            if self._unfinished == 0:
                os._exit(0)

    def _run(self, tool: Tool) -> ToolExit:
        started, problem = monotonic(), ""
        try:
            process = self._start(tool)
        except FileNotFoundError:
            return ToolExit(exit_code=None, duration=0.0, problem="is not installed", missing=True)
        except OSError as error:
            return ToolExit(exit_code=None, duration=0.0, problem=f"could not be started: {error}", missing=False)
        if process is None:
            return ToolExit(exit_code=None, duration=0.0, problem="was not started: the run ended", missing=False)
        try:
            process.wait(tool["timeout"])
        except subprocess.TimeoutExpired:
            problem = f"did not finish within {tool['timeout']:g} s"
        with self._lock:
            kill_group(process)
            self._running.remove(process)
        problem = "was stopped: the run ended" if self._stopped else problem
        code = None if problem else process.returncode
        return ToolExit(exit_code=code, duration=monotonic() - started, problem=problem, missing=False)

    def _start(self, tool: Tool) -> subprocess.Popen[bytes] | None:
        stem = Path(self._batch["directory"], str(tool["number"]))
        with self._lock, stem.with_suffix(".out").open("wb") as out, stem.with_suffix(".err").open("wb") as err:
            if self._stopped:
                return None
            process = subprocess.Popen(
                tool["argv"],
                cwd=tool["directory"],
                env=tool["environment"],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                **OWN_GROUP,
            )
            self._running.append(process)
        with contextlib.suppress(OSError):  # a full disk; without it, the tool is shown as queued
            stem.with_suffix(".begun").write_text(repr(monotonic()), "ascii")
        return process

    def _write_exit(self, number: int, tool_exit: ToolExit) -> None:
        path = Path(self._batch["directory"], f"{number}.json")
        with contextlib.suppress(OSError):  # the session has removed the directory: nobody needs it any more
            path.with_suffix(".new").write_text(json.dumps(tool_exit), "ascii")
            path.with_suffix(".new").replace(path)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kills a process and everything that it started, also after it ended itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def limit_resources(largest_file: int) -> None:
    """Lowers the priority of this process and of its children, and limits the files that they write, where possible."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has no nice
        os.nice(NICENESS)
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))


def main() -> None:
    """Runs the batch in the first line of the input, until all tools have ended or the input has."""
    batch: Batch = json.loads(sys.stdin.buffer.readline())
    limit_resources(batch["largest_file"])
    runner = Runner(batch)
    runner.add_slots(batch["slots"])
    for word in sys.stdin.buffer:
        if word != b"hasten\n":
            break
        runner.add_slots(len(batch["tools"]))
    runner.stop()
    while True:  # the last tool's thread ends the process
        threading.Event().wait()


if __name__ == "__main__":
    main()
