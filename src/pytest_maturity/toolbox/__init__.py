"""Runs other programs beside the tests: one process each, bounded in time and output."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

from .model import Command, ToolResult
from .text import safe

OUTPUT_LIMIT = 64 * 1024 * 1024
_open = open  # bound here: a test may patch it
NICENESS = 10
# Not a session of its own: Linux shares the cores among sessions before it looks at priorities (sched(7), autogroup).
OWN_GROUP: dict[str, Any] = (
    {"process_group": 0} if sys.version_info >= (3, 11) else {"preexec_fn": getattr(os, "setpgrp", None)}
)
# Variables that make a tool measure, colour or configure itself like the test session it runs beside; and those with
# which git tells its hooks where their repository is: it need not be the one that is judged (git rev-parse
# --local-env-vars lists them; its GIT_CONFIG_* stay, a CI names there the directories that are safe).
SCRUBBED = (
    "COV_", "COVERAGE_", "PYTEST_", "PYTHONINSPECT", "PYTHONSTARTUP", "FORCE_COLOR", "CLICOLOR",
    "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE", "GIT_NAMESPACE",
)  # fmt: skip


def find(program: str) -> str:
    """The path of `program`: of this interpreter's environment first, then of PATH; else its bare name."""
    return shutil.which(program, path=sysconfig.get_path("scripts")) or shutil.which(program) or program


@dataclass(slots=True)
class Running:
    """A process that was started, or `problem`: why it was not."""

    command: Command
    started: float
    output: Path
    process: subprocess.Popen[bytes] | None = None
    problem: str = ""


class Toolbox:
    """Starts tools, lets them run, and joins them. No threads: a test may fork at any time."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._running: dict[str, Running] = {}
        self._directory: Path | None = None

    def start(self, commands: Mapping[str, Command]) -> None:
        """Start every command in the root, at a lower priority than the tests."""
        if commands and self._directory is None:
            self._directory = Path(tempfile.mkdtemp(prefix="pytest-maturity-"))
        for key, command in commands.items():
            self._running[key] = self._spawn(command, len(self._running))

    def _spawn(self, command: Command, number: int) -> Running:
        assert self._directory is not None
        running = Running(command, monotonic(), self._directory / str(number))
        try:
            with open(f"{running.output}.out", "wb") as out, open(f"{running.output}.err", "wb") as err:
                running.process = subprocess.Popen(
                    command.argv,
                    cwd=self._root,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=out,
                    stderr=err,
                    **OWN_GROUP,
                )
        except FileNotFoundError:
            install = f": {command.install}" if command.install else ""
            running.problem = f"{Path(command.argv[0]).name} is not installed{install}"
        except OSError as error:
            running.problem = f"{Path(command.argv[0]).name} could not be started: {error}"
        else:
            restrain(running.process.pid)
        return running

    def unfinished(self) -> list[str]:
        """The keys of the tools that are still running."""
        return [key for key, one in self._running.items() if one.process and one.process.poll() is None]

    def join(self, on_wait: Callable[[list[str]], None] = lambda _: None) -> dict[str, ToolResult]:
        """Wait for every tool, at most until its time limit, and return what each said.

        `on_wait` is told once, before the first wait, which tools are still running.
        When it is interrupted, `give_up` still knows what the others said.
        """
        if names := self.unfinished():
            on_wait(names)
        return self._collect()

    def give_up(self) -> dict[str, ToolResult]:
        """What each tool said that has finished; the others are killed."""
        for key in self.unfinished():
            running = self._running[key]
            running.problem = "the run was interrupted"
        return self._collect()

    def _collect(self) -> dict[str, ToolResult]:
        results = {key: finish(running) for key, running in self._running.items()}
        self.close()
        return results

    def close(self) -> None:
        """Kill what still runs and forget its output."""
        for running in self._running.values():
            if running.process is not None:
                kill_group(running.process)
        self._running.clear()
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


def attached(argv: Sequence[str], environment: Mapping[str, str], timeout: float | None) -> int:
    """Run a program in this terminal, with this process's input and output; returns its exit code.

    After `timeout` seconds it is killed.
    """
    with subprocess.Popen(argv, env=environment) as process:
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a program said that was asked and waited for. `problem` is empty only where it exited with 0.

    `remarks` is what it printed as errors all the same.
    """

    output: bytes
    problem: str = ""
    remarks: str = ""


def ask(
    argv: Sequence[str],
    directory: Path,
    question: bytes = b"",
    variables: Mapping[str, str] | None = None,
    timeout: float = 30.0,
) -> Answer:
    """Run a program that answers at once, with `question` as its input and `variables` in its environment.

    For programs whose output is known to be small: it is not capped.
    """
    name = Path(argv[0]).name
    try:
        process = subprocess.Popen(
            argv, cwd=directory, env={**environment(), **(variables or {})},
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **OWN_GROUP,
        )  # fmt: skip
    except FileNotFoundError:
        return Answer(b"", f"{name} is not installed")
    except OSError as error:
        return Answer(b"", f"{name} could not be started: {error}")
    with process:  # closes the pipes, however it ends
        try:
            output, errors = process.communicate(question, timeout)
        except subprocess.TimeoutExpired:
            return Answer(b"", f"{name} did not finish within {timeout:g} s")
        finally:
            kill_group(process)
    remarks = errors.decode("utf-8", "replace")
    problem = complaint(name, Command(argv=tuple(argv), documented=(0,)), process.returncode, remarks)
    return Answer(output, problem, remarks)


def environment() -> dict[str, str]:
    """This process's environment without what belongs to the test session, and without colour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    return {**kept, "NO_COLOR": "1", "PYTHONUTF8": "1"}


def restrain(pid: int) -> None:
    """Lower the priority and limit the size of what the process writes, where the system can."""
    with contextlib.suppress(AttributeError, OSError):  # Windows has neither; the process may be gone
        os.setpriority(os.PRIO_PROCESS, pid, NICENESS)
    with contextlib.suppress(ImportError, AttributeError, OSError, ValueError):  # prlimit is Linux only
        import resource

        resource.prlimit(pid, resource.RLIMIT_FSIZE, (4 * OUTPUT_LIMIT, 4 * OUTPUT_LIMIT))


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and everything that it started, also after it ended itself."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=5)


def finish(running: Running) -> ToolResult:
    """Wait for one tool and read its output; the problem is empty only where its answer can be trusted."""
    command, process = running.command, running.process
    if process is None or running.problem:
        return ToolResult(argv=command.argv, problem=running.problem)
    name = Path(command.argv[0]).name
    problem = ""
    try:
        process.wait(timeout=max(0.0, running.started + command.timeout - monotonic()))
    except subprocess.TimeoutExpired:
        problem = f"{name} did not finish within {command.timeout:g} s"
    kill_group(process)
    stdout, stderr = read(f"{running.output}.out"), read(f"{running.output}.err")
    if not problem:
        problem = complaint(name, command, process.returncode, stderr)
    if not problem and max(len(stdout), len(stderr)) > OUTPUT_LIMIT:
        problem = f"{name} printed more than {OUTPUT_LIMIT // 2**20} MiB"
    return ToolResult(
        argv=command.argv,
        exit_code=process.returncode,
        stdout=stdout,
        stderr=stderr,
        duration=monotonic() - running.started,
        problem=problem,
    )


def complaint(name: str, command: Command, code: int | None, stderr: str) -> str:
    """Why an exit code makes a tool's answer unknown, with the last line it printed as an error."""
    if code in command.documented:
        return ""
    how = f"was killed by signal {-code}" if code is not None and code < 0 else f"exited with {code}"
    lines = stderr.strip().splitlines()
    return f"{name} {how}" + (f": {safe(lines[-1], 300)}" if lines else "")


def read(path: str) -> str:
    """The file's text, cut behind the output limit; empty where it cannot be read."""
    try:
        with _open(path, "rb") as file:
            return file.read(OUTPUT_LIMIT + 1).decode("utf-8", "replace")
    except OSError:
        return ""
