"""Finds and runs other programs: with which environment, for how long, and why one of them failed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from ..model.evidence import Command
from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from .runner import OWN_GROUP, kill_group

# Variables that make a tool measure, colour or configure itself like the test session; and those that git sets for its
# hooks, which may run for another repository than the judged one (`git rev-parse --local-env-vars` lists them).
# GIT_CONFIG_* stay: a CI job names safe directories there.
REMOVED_VARIABLES = (
    "COV_", "COVERAGE_", "PYTEST_", "PYTHONINSPECT", "PYTHONSTARTUP", "FORCE_COLOR", "CLICOLOR",
    "GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX",
    "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE",
    "GIT_REPLACE_REF_BASE", "GIT_NAMESPACE",
)  # fmt: skip
_popen = subprocess.Popen  # bound here: a test may patch it, and git is asked once more after the tests
# Variables that steer a tool come from the job or the user, not from the project: the verdict must not depend on them.
STEERING_VARIABLES = (
    "BANDIT", "BLACK_", "DETECT_SECRETS", "MYPY", "NODE_OPTIONS", "PIPAPI_", "PIP_AUDIT_", "PYREFLY_",
    "PYRIGHT_PYTHON_FORCE_VERSION", "PYRIGHT_PYTHON_PYLANCE_VERSION", "PYTHON", "RUFF_", "TY_",
)  # fmt: skip
HARMLESS_VARIABLES = frozenset({  # they start like a steering one; Python reads no PYTHON, which make and CI set
    "PYTHON", "PYTHONDONTWRITEBYTECODE", "PYTHONFAULTHANDLER", "PYTHONHASHSEED", "PYTHONHOME", "PYTHONNOUSERSITE",
    "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONUSERBASE", "PYTHONUTF8",
})  # fmt: skip
# For tools that look for settings of the user where none lies: a folder that does not exist.
NO_USER_SETTINGS = tuple(
    (name, str(Path(__file__).with_name("no_user_settings"))) for name in ("APPDATA", "XDG_CONFIG_HOME")
)

# What PYTHONSAFEPATH does from Python 3.11 on.
SAFE_PATH = () if sys.version_info >= (3, 11) else (str(Path(__file__).with_name("safe_path")),)


def count_processors() -> int:
    """Returns the number of processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS, not on Windows
        return os.cpu_count() or 1


def find_program(program: str) -> str:
    """Returns the path of a program: of this interpreter's environment first, then of PATH; else its bare name.

    A relative entry of PATH is left out: it would lead into the project.
    """
    found = shutil.which(program, path=sysconfig.get_path("scripts"))
    if found is None:
        absolute = filter(os.path.isabs, os.environ.get("PATH", os.defpath).split(os.pathsep))
        found = shutil.which(program, path=os.pathsep.join(absolute))
    return found if found and Path(found).is_absolute() else program


def is_own_program(program: str) -> bool:
    """Whether the path of a program lies in this interpreter's environment."""
    return Path(program).parent == Path(sysconfig.get_path("scripts"))


def clean_environment() -> dict[str, str]:
    """Returns this process's environment without the test session's variables, and without colour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED_VARIABLES)}
    return {**kept, "NO_COLOR": "1", "PYTHONUTF8": "1"}


def isolate_environment(root: Path) -> tuple[dict[str, str], tuple[str, ...]]:
    """Returns an environment in which nothing but the project steers a tool, and the names of the removed variables.

    Python imports nothing from the directory that it starts in, and nothing from the project by PYTHONPATH. HOME and
    what pip, uv and proxies read stay.
    """
    environment = clean_environment()
    removed = {name for name in environment if name.startswith(STEERING_VARIABLES) and name not in HARMLESS_VARIABLES}
    kept = {name: value for name, value in environment.items() if name not in removed}
    paths = kept.pop("PYTHONPATH", "").split(os.pathsep)
    outside = [path for path in paths if Path(path).is_absolute() and not is_inside(path, root)]
    if path := os.pathsep.join([*SAFE_PATH, *outside]):
        kept["PYTHONPATH"] = path
    if outside != list(filter(None, paths)):
        removed.add("PYTHONPATH")
    return {**kept, "PYTHONSAFEPATH": "1"}, tuple(sorted(removed))


def is_inside(path: str, root: Path) -> bool:
    """Whether a path is the directory `root` or lies in it, whichever links lead there."""
    return Path(path).resolve().is_relative_to(root.resolve())


def run_attached(argv: Sequence[str], environment: Mapping[str, str], timeout: float | None) -> int:
    """Runs a program in this terminal, with this process's input and output; returns its exit code.

    It is killed after `timeout` seconds.
    """
    with subprocess.Popen(argv, env=environment) as process:
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


@light_dataclass(frozen=True, slots=True)
class ProgramResult:
    """The output of a program that has ended. `problem` is empty only where it exited with 0."""

    stdout: bytes
    problem: str = ""
    stderr: str = ""


def run_program(
    argv: Sequence[str],
    directory: Path,
    stdin: bytes = b"",
    variables: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    environment: Mapping[str, str] | None = None,
) -> ProgramResult:
    """Runs a program in a directory and waits for it, at most `timeout` seconds.

    `variables` are added to its environment, which is `environment` or that of `clean_environment`. For programs whose
    output is known to be small: it is not capped.
    """
    (result,) = run_programs([argv], directory, stdin, variables, timeout, environment)
    return result


def run_programs(
    argvs: Iterable[Sequence[str]],
    directory: Path,
    stdin: bytes = b"",
    variables: Mapping[str, str] | None = None,
    timeout: float = 30.0,
    environment: Mapping[str, str] | None = None,
) -> list[ProgramResult]:
    """Runs programs at the same time, each as `run_program` does; returns their results in the same order."""
    started: list[subprocess.Popen[bytes] | ProgramResult] = []
    try:
        started += (
            start_program(argv, directory, {**(environment or clean_environment()), **(variables or {})})
            for argv in argvs
        )
        return [one if isinstance(one, ProgramResult) else finish_program(one, stdin, timeout) for one in started]
    finally:
        for one in started:
            if not isinstance(one, ProgramResult) and one.returncode is None:  # interrupted before its turn
                kill_group(one)
                one.communicate()


def start_program(
    argv: Sequence[str], directory: Path, environment: Mapping[str, str]
) -> subprocess.Popen[bytes] | ProgramResult:
    """Returns the running program, or the result of one that could not be started."""
    name = Path(argv[0]).name
    path = argv[0] if Path(argv[0]).is_absolute() else find_program(argv[0])
    if not Path(path).is_absolute():
        return ProgramResult(b"", f"{name} is not installed")
    try:
        return _popen(
            (path, *argv[1:]), cwd=directory, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **OWN_GROUP,
        )  # fmt: skip
    except FileNotFoundError:
        return ProgramResult(b"", f"{name} is not installed")
    except OSError as error:
        return ProgramResult(b"", f"{name} could not be started: {error}")


def finish_program(process: subprocess.Popen[bytes], stdin: bytes, timeout: float) -> ProgramResult:
    """Returns the result of a program that was started, at most `timeout` seconds later."""
    argv = [str(argument) for argument in process.args]  # type: ignore[union-attr]  # a sequence, see start_program
    name = Path(argv[0]).name
    with process:  # closes the pipes, however it ends
        try:
            output, errors = process.communicate(stdin, timeout)
        except subprocess.TimeoutExpired:
            return ProgramResult(b"", f"{name} did not finish within {timeout:g} s")
        finally:
            kill_group(process)
    stderr = errors.decode("utf-8", "replace")
    problem = explain_exit(name, Command(argv=tuple(argv), exit_codes=(0,)), process.returncode, stderr)
    return ProgramResult(output, problem, stderr)


def explain_exit(name: str, command: Command, code: int | None, stderr: str) -> str:
    """Returns why an exit code is a problem, with the last line of `stderr`; empty for one of its `exit_codes`."""
    if code in command.exit_codes:
        return ""
    how = f"was killed by signal {-code}" if code is not None and code < 0 else f"exited with {code}"
    lines = stderr.strip().splitlines()
    return f"{name} {how}" + (f": {safe(lines[-1].strip(), 300)}" if lines else "")
