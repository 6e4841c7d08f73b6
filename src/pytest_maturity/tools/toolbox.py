"""Runs tools while the tests run, each in a process of its own, limited in time and output."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from typing import IO

from ..model.evidence import Command, ToolProgress, ToolResult
from ..model.real_clock import REAL
from .cache import Cache, make_own_cache
from .processes import clean_environment, explain_exit, isolate_environment
from .runner import OWN_GROUP, Batch, Tool, ToolExit, kill_group
from .versions import find_version

OUTPUT_LIMIT = 64 * 1024 * 1024  # bytes of a tool's output that are read
RUNNER = Path(__file__).with_name("runner.py")
WAIT = 0.2  # seconds between two looks at the tools
RUNNER_TIME = 30.0  # seconds that the runner may need besides its tools
_open = open  # bound here: a test may patch it


class Toolbox:
    """Starts tools, lets them run, and joins them. It has no threads: a test may fork at any time."""

    def __init__(self, root: Path, cache: Cache | None = None, own_caches: Path | None = None) -> None:
        """Tools run below the directory `root`, unless the cache has their results.

        `own_caches` is for the caches that tools keep themselves; they keep none without it.
        """
        self._root = root
        self._cache = cache or Cache(None)
        self._own_caches = own_caches
        self._early = clean_environment()  # before the first conftest.py, which may change it
        self._withheld: dict[str, tuple[str, ...]] = {}  # by key
        self._given: Mapping[str, Command] = {}  # all commands, also those whose results are cached
        self._cached: dict[str, ToolResult] = {}
        self._commands: Mapping[str, Command] = {}
        self._directory: Path | None = None
        self._runner: subprocess.Popen[bytes] | None = None
        self._problem = ""

    def start(self, commands: Mapping[str, Command], slots: int) -> None:
        """Starts the commands, by keys, at a lower priority than the tests and at most `slots` at once.

        With 0 slots, all of them start with `join`.
        """
        self._cached = {key: kept for key, one in commands.items() if (kept := self._cache.get(one, self._root))}
        self._commands = {key: command for key, command in commands.items() if key not in self._cached}
        plain, (isolated, withheld) = clean_environment(), isolate_environment(self._root)
        self._withheld = {key: withheld for key, command in commands.items() if command.isolated}
        self._given = commands
        if not self._commands:
            return
        self._directory = Path(tempfile.mkdtemp(prefix="pytest-maturity-"))
        tools = [
            Tool(
                number=number,
                argv=list(command.argv),
                timeout=command.timeout,
                directory=str(self._root / command.directory),
                environment={
                    **(isolated if command.isolated else self._early if command.is_early else plain),
                    **dict(command.variables),
                    **self._point_to_cache(key, command),
                },
            )
            for number, (key, command) in enumerate(self._commands.items())
            if not command.problem
        ]
        if not tools:
            return
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
            self._problem = f"the process that runs the tools could not be started: {error}"
            return
        batch = Batch(
            directory=str(self._directory),
            slots=min(slots, len(tools)),
            largest_file=4 * OUTPUT_LIMIT,
            tools=tools,
        )
        self._send(dumps(batch))

    def _point_to_cache(self, key: str, command: Command) -> dict[str, str]:
        """Returns the variable that names the directory of a tool's own cache: outside of the project, or none."""
        if not command.cache_variable:
            return {}
        directory = self._own_caches and make_own_cache(self._own_caches, f"{self._root}\0{key}")
        return {command.cache_variable: str(directory or os.devnull)}

    @property
    def _input(self) -> IO[bytes]:
        assert self._runner is not None
        assert self._runner.stdin is not None
        return self._runner.stdin

    def _send(self, line: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # the runner has ended, or a test closed the pipe
            self._input.write(f"{line}\n".encode())
            self._input.flush()

    def list_unfinished(self) -> list[str]:
        """Returns the keys of the tools that have not ended."""
        if self._directory is None or self._runner is None or self._runner.poll() is not None:
            return []
        return [
            key
            for number, (key, command) in enumerate(self._commands.items())
            if not command.problem and not (self._directory / f"{number}.json").exists()
        ]

    def list_progress(self) -> list[ToolProgress]:
        """Returns how far each tool is, those that have ended last; empty where none runs any more."""
        if self._directory is None or not self.list_unfinished():
            return []
        numbers = {key: number for number, (key, one) in enumerate(self._commands.items()) if not one.problem}
        found = [measure_progress(key, self._directory / str(number)) for key, number in numbers.items()]
        return [] if all(one.has_ended for one in found) else sorted(found, key=lambda one: one.has_ended)

    def join(self, on_wait: Callable[[list[ToolProgress]], None] = lambda _: None) -> dict[str, ToolResult]:
        """Waits for every tool and returns the results. The runner ends each tool at its time limit.

        `on_wait` is called with the progress of the tools: before the first wait, then every WAIT seconds.
        After an interrupt of `join`, call `cancel`.
        """
        if self._runner is not None:
            self._send("hasten")
            deadline = REAL.monotonic() + RUNNER_TIME + sum(command.timeout for command in self._commands.values())
            while REAL.monotonic() < deadline:
                if progress := self.list_progress():
                    on_wait(progress)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._runner.wait(WAIT)
                    break
        return self._collect("did not finish: the process that runs the tools ended before")

    def cancel(self) -> dict[str, ToolResult]:
        """Returns a result for every tool, with a problem for the unfinished ones, and kills those."""
        return self._collect("the run was interrupted")

    def _collect(self, problem_of_unfinished: str) -> dict[str, ToolResult]:
        results = {
            key: read_result(command, self._directory / str(number), self._problem or problem_of_unfinished)
            for number, (key, command) in enumerate(self._commands.items())
            if self._directory is not None
        }
        results = {key: self._cache.put(self._commands[key], self._root, result) for key, result in results.items()}
        results |= self._cached
        self.close()
        return {
            key: replace(
                result,
                withheld=self._withheld.get(key, ()),
                variables=self._given[key].variables,
                settings=self._given[key].settings,
            )
            for key, result in results.items()
        }

    def close(self) -> None:
        """Kills the unfinished tools and removes the output of all."""
        if self._runner is not None:
            self._send("stop")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._runner.wait(timeout=5)
            kill_group(self._runner)
            with contextlib.suppress(OSError, ValueError):
                self._input.close()
            self._runner = None
        self._commands, self._cached = {}, {}
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


def measure_progress(key: str, files: Path) -> ToolProgress:
    """Returns how far a tool is, from its files (their path without a suffix)."""
    with contextlib.suppress(ValueError):
        tool_exit: ToolExit = loads(read_output(files.with_suffix(".json")))
        return ToolProgress(key, tool_exit["duration"], has_ended=True)
    with contextlib.suppress(ValueError):
        return ToolProgress(key, max(0.0, REAL.monotonic() - float(read_output(files.with_suffix(".begun")))))
    return ToolProgress(key)


def read_result(command: Command, files: Path, problem_of_unfinished: str) -> ToolResult:
    """Returns how a tool ended and what it printed, from its files (their path without a suffix)."""
    name = Path(command.argv[0]).name
    if command.problem:
        return ToolResult(argv=command.argv, directory=command.directory, problem=command.problem)
    try:
        tool_exit: ToolExit = loads(read_output(files.with_suffix(".json")))
    except ValueError:
        return ToolResult(argv=command.argv, directory=command.directory, problem=problem_of_unfinished)
    outputs = files.with_suffix(".out"), files.with_suffix(".err")
    stdout, stderr = map(read_output, outputs)
    if tool_exit["problem"]:
        problem = f"{name} {tool_exit['problem']}"
    else:
        problem = explain_exit(name, command, tool_exit["exit_code"], stderr)
    if not problem and max(map(measure_file, outputs)) > OUTPUT_LIMIT:
        problem = f"{name} printed more than {OUTPUT_LIMIT // 2**20} MiB"
    return ToolResult(
        argv=command.argv,
        exit_code=tool_exit["exit_code"],
        stdout=stdout,
        stderr=stderr,
        duration_s=tool_exit["duration"],
        directory=command.directory,
        problem=problem,
        install=command.install if tool_exit["missing"] else (),
        version=find_version(command.argv),
    )


def read_output(path: Path) -> str:
    """Returns the text of a file up to the limit; empty where it cannot be read."""
    try:
        with _open(path, "rb") as file:
            return file.read(OUTPUT_LIMIT).decode("utf-8", "replace")
    except OSError:
        return ""


def measure_file(path: Path) -> int:
    """Returns the size of a file in bytes, 0 where it is missing."""
    try:
        return path.stat().st_size
    except OSError:
        return 0
