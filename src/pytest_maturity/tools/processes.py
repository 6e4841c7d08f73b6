"""Other programs: where they are, what they get of this process's environment, and those that answer at once."""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..model.evidence import Command
from ..model.text import safe
from .runner import OWN_GROUP, kill_group

# Variables that make a tool measure, colour or configure itself like the test session it runs beside; and those with
# which git tells its hooks where their repository is: it need not be the one that is judged (git rev-parse
# --local-env-vars lists them; its GIT_CONFIG_* stay, a CI names there the directories that are safe).
SCRUBBED = (
    "COV_", "COVERAGE_", "PYTEST_", "PYTHONINSPECT", "PYTHONSTARTUP", "FORCE_COLOR", "CLICOLOR",
    "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE", "GIT_NAMESPACE",
)  # fmt: skip


def processors() -> int:
    """How many processors this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS, not on Windows
        return os.cpu_count() or 1


def find(program: str) -> str:
    """The path of `program`: of this interpreter's environment first, then of PATH; else its bare name."""
    return shutil.which(program, path=sysconfig.get_path("scripts")) or shutil.which(program) or program


def own(program: str) -> bool:
    """Does the program, by its path, belong to this interpreter's environment?"""
    return Path(program).parent == Path(sysconfig.get_path("scripts"))


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


def complaint(name: str, command: Command, code: int | None, stderr: str) -> str:
    """Why an exit code makes a tool's answer unknown, with the last line it printed as an error."""
    if code in command.documented:
        return ""
    how = f"was killed by signal {-code}" if code is not None and code < 0 else f"exited with {code}"
    lines = stderr.strip().splitlines()
    return f"{name} {how}" + (f": {safe(lines[-1], 300)}" if lines else "")
