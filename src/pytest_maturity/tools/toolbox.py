"""Runs other programs beside the tests: one process each, bounded in time and output."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from typing import IO

from ..model.evidence import Command, ToolResult
from .cache import Cache, distributions, outside
from .processes import Answer, ask, attached, complaint, environment, find, own, processors
from .runner import OWN_GROUP, Ended, Order, Tool, kill_group

__all__ = [
    "Answer", "Cache", "Toolbox", "ask", "attached", "distributions", "environment", "find", "outside", "own",
    "processors",
]  # fmt: skip

OUTPUT_LIMIT = 64 * 1024 * 1024
_open = open  # bound here: a test may patch it
RUNNER = Path(__file__).with_name("runner.py")
SPARE = 30.0  # seconds that the runner may need beside its tools


class Toolbox:
    """Starts tools, lets them run, and joins them. No threads: a test may fork at any time."""

    def __init__(self, root: Path, cache: Cache | None = None) -> None:
        """Tools run in `root`; what `cache` knows the answer of does not run."""
        self._root = root
        self._cache = cache or Cache(None)
        self._known: dict[str, ToolResult] = {}
        self._commands: Mapping[str, Command] = {}
        self._directory: Path | None = None
        self._runner: subprocess.Popen[bytes] | None = None
        self._problem = ""

    def start(self, commands: Mapping[str, Command], slots: int) -> None:
        """Run every command in the root, at a lower priority than the tests, and at most `slots` at once."""
        self._known = {key: kept for key, one in commands.items() if (kept := self._cache.get(one, self._root))}
        self._commands = {key: command for key, command in commands.items() if key not in self._known}
        if not self._commands:
            return
        self._directory = Path(tempfile.mkdtemp(prefix="pytest-maturity-"))
        utf8 = ("-X", "utf8") if sys.flags.utf8_mode else ()
        try:
            self._runner = subprocess.Popen(
                (sys.executable, "-I", "-S", *utf8, str(RUNNER)),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                **OWN_GROUP,
            )
        except OSError as error:
            self._problem = f"what runs it could not be started: {error}"
            return
        tools = [
            Tool(number=number, argv=list(command.argv), timeout=command.timeout)
            for number, command in enumerate(self._commands.values())
        ]
        order = Order(
            root=str(self._root),
            place=str(self._directory),
            slots=max(1, min(slots, len(tools))),
            largest=4 * OUTPUT_LIMIT,
            environment=environment(),
            tools=tools,
        )
        self._say(dumps(order))

    @property
    def _input(self) -> IO[bytes]:
        assert self._runner is not None
        assert self._runner.stdin is not None
        return self._runner.stdin

    def _say(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # it has ended, or a test closed what was open
            self._input.write(f"{line}\n".encode())
            self._input.flush()

    def unfinished(self) -> list[str]:
        """The keys of the tools that have not finished."""
        if self._directory is None or self._runner is None or self._runner.poll() is not None:
            return []
        return [key for number, key in enumerate(self._commands) if not (self._directory / f"{number}.json").exists()]

    def join(self, on_wait: Callable[[list[str]], None] = lambda _: None) -> dict[str, ToolResult]:
        """Wait for every tool, at most until its time limit, and return what each said.

        `on_wait` is told once, before the first wait, which tools are still running.
        When it is interrupted, `give_up` still knows what the others said.
        """
        if names := self.unfinished():
            on_wait(names)
        if self._runner is not None:
            self._say("hasten")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._runner.wait(SPARE + sum(command.timeout for command in self._commands.values()))
        return self._collect("did not finish: what runs it ended before")

    def give_up(self) -> dict[str, ToolResult]:
        """What each tool said that has finished; the others are killed."""
        return self._collect("the run was interrupted")

    def _collect(self, otherwise: str) -> dict[str, ToolResult]:
        results = {
            key: outcome(command, self._directory / str(number), self._problem or otherwise)
            for number, (key, command) in enumerate(self._commands.items())
            if self._directory is not None
        }
        put = self._cache.put
        told = {key: put(self._commands[key], self._root, result) for key, result in results.items()} | self._known
        self.close()
        return told

    def close(self) -> None:
        """Kill what still runs and forget its output."""
        if self._runner is not None:
            self._say("stop")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._runner.wait(timeout=5)
            kill_group(self._runner)
            with contextlib.suppress(OSError, ValueError):
                self._input.close()
            self._runner = None
        self._commands, self._known = {}, {}
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


def outcome(command: Command, files: Path, otherwise: str) -> ToolResult:
    """How one tool ended and what it printed; the problem is empty only where its answer can be trusted.

    `otherwise` is the problem of a tool of which nobody knows how it ended.
    """
    name = Path(command.argv[0]).name
    try:
        ended: Ended = loads(read(files.with_suffix(".json")))
    except ValueError:
        return ToolResult(argv=command.argv, problem=otherwise)
    stdout, stderr = read(files.with_suffix(".out")), read(files.with_suffix(".err"))
    if ended["why"]:
        install = f": {command.install}" if ended["missing"] and command.install else ""
        problem = f"{name} {ended['why']}{install}"
    else:
        problem = complaint(name, command, ended["exit_code"], stderr)
    if not problem and max(len(stdout), len(stderr)) > OUTPUT_LIMIT:
        problem = f"{name} printed more than {OUTPUT_LIMIT // 2**20} MiB"
    return ToolResult(
        argv=command.argv,
        exit_code=ended["exit_code"],
        stdout=stdout,
        stderr=stderr,
        duration=ended["duration"],
        problem=problem,
    )


def read(path: Path) -> str:
    """The file's text, cut behind the output limit; empty where it cannot be read."""
    try:
        with _open(path, "rb") as file:
            return file.read(OUTPUT_LIMIT + 1).decode("utf-8", "replace")
    except OSError:
        return ""
