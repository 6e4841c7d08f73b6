"""Sdists, unpacked trees and virtual environments: everything a comparison needs before it begins.

Every step is skipped when its result is already there, so a second run only compares.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from .catalog import Package, read

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGIN = f"{REPOSITORY}[all,black,dependencies,vulnerabilities]"
CONFIGURATIONS = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "ruff.toml", "mypy.ini")
# Variables of this session that would change what the compared runs measure, select or print.
REMOVED_VARIABLES = ("PYTEST_", "COV_", "COVERAGE_", "PYTHONPATH", "VIRTUAL_ENV", "FORCE_COLOR", "MYPY", "RUFF_")


class BrokenError(Exception):
    """A step before the comparison failed, so there is nothing to compare."""


class Sdist(Protocol):
    """A pinned sdist; `sha256` is its digest in hexadecimal."""

    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def pin(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ProgramResult:
    """The exit code and the output of a program; standard error is not part of `stdout`."""

    code: int
    stdout: str
    stderr: str

    def tail(self, lines: int = 3) -> str:
        """Returns the last lines of its output and of its errors."""
        return "\n".join(f"{self.stdout}\n{self.stderr}".strip().splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class Workspace:
    """An unpacked package, the interpreter of its environment, and the directory for the output of all runs."""

    tree: Path
    python: Path
    out: Path

    def run(self, *arguments: str, log: str = "", timeout: float = 600) -> ProgramResult:
        """Runs the environment's Python in the tree. Its output is written to the file `log` of `out`."""
        result = run([str(self.python), *arguments], self.tree, environment(self.python), timeout)
        if log:
            (self.out / log).write_text(f"$ python {' '.join(arguments)}\n{result.stdout}{result.stderr}")
        return result


def default_directory() -> Path:
    """Returns the directory in which sdists, trees and environments are kept between runs.

    It is not in this repository: pytest, ruff and mypy look for configuration in parent directories, and would use
    that of this project for a package without its own.
    """
    cache = os.environ.get("XDG_CACHE_HOME")
    base = Path(cache) if cache else Path.home() / ".cache"
    return base / "pytest-maturity-real" if os.access(base.parent, os.W_OK) else Path(tempfile.mkdtemp())


def check_directory(work: Path) -> None:
    """Raises BrokenError if a parent of the directory has a configuration file that the tools would read."""
    for parent in work.resolve().parents:
        if found := [name for name in CONFIGURATIONS if (parent / name).exists()]:
            raise BrokenError(f"{work} lies below {parent}, whose {found[0]} the compared tools would read")


def prepare(packages: Sequence[Package], work: Path) -> dict[str, Workspace]:
    """Downloads, unpacks and installs the packages. Returns them by name."""
    check_directory(work)
    for part in ("sdists", "trees", "environments", "out"):
        (work / part).mkdir(parents=True, exist_ok=True)
    workspaces = {}
    for package in packages:
        tree = unpack(package, fetch(package, work / "sdists"), work / "trees")
        workspaces[package.name] = Workspace(
            tree, create_environment(work / "environments" / package.environment, package, tree), work / "out"
        )
    return workspaces


def fetch(package: Sdist, directory: Path) -> Path:
    """Returns the sdist, from the directory or by pip. Raises BrokenError unless its sha256 is the pinned one."""
    found = find_sdist(package, directory)
    if found is None:
        arguments = ["-m", "pip", "download", "-q", "--no-deps", "--no-binary", package.name]
        result = run([sys.executable, *arguments, "-d", str(directory), package.pin], directory, dict(os.environ))
        found = find_sdist(package, directory)
        if found is None:
            raise BrokenError(f"{package.pin} could not be downloaded: {result.tail()}")
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise BrokenError(f"{found.name} has sha256 {digest}, not {package.sha256}")
    return found


def find_sdist(package: Sdist, directory: Path) -> Path | None:
    names = {f"{name}-{package.version}.tar.gz" for name in (package.name, package.name.replace("-", "_"))}
    return next((path for path in sorted(directory.iterdir()) if path.name.lower() in names), None)


def unpack(package: Sdist, sdist: Path, directory: Path) -> Path:
    """Unpacks the sdist into a new directory, without the files of previous runs. Returns its tree."""
    home = directory / package.name
    shutil.rmtree(home, ignore_errors=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(home, filter="data")
    return next(path for path in home.iterdir() if path.is_dir())


def create_environment(home: Path, package: Package, tree: Path) -> Path:
    """Returns the Python of an environment with this plugin, pytest-cov and the package; each is installed once."""
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    plugin = f"{sys.version}\n{REPOSITORY}\n{read(REPOSITORY / 'pyproject.toml')['project']}"
    if not has_stamp(home / "plugin.txt", plugin):
        venv.create(home, clear=True, with_pip=True)
        install(python, "-e", PLUGIN, "pytest-cov")
        (home / "plugin.txt").write_text(plugin)
    recipe, stamp = f"{package.install} {tree} {package.requirements}", home / f"{package.pin}.txt"
    if not has_stamp(stamp, recipe):
        install(python, *package.requirements)
        install(python, "--no-deps", *(["-e"] if package.install == "editable" else []), str(tree))
        stamp.write_text(recipe)
    return python


def has_stamp(stamp: Path, recipe: str) -> bool:
    return stamp.exists() and stamp.read_text() == recipe


def install(python: Path, *arguments: str) -> None:
    if not arguments:
        return
    result = run([str(python), "-m", "pip", "install", "-q", *arguments], python.parent, dict(os.environ))
    if result.code:
        raise BrokenError(f"pip install {' '.join(arguments)}: {result.tail()}")


def environment(python: Path) -> dict[str, str]:
    """Returns this process's variables, with the programs of `python` first and a fixed order of sets."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED_VARIABLES)}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"}


def run(argv: Sequence[str], cwd: Path, env: dict[str, str], timeout: float = 600) -> ProgramResult:
    """Runs a program. Raises BrokenError if it takes longer than `timeout` seconds."""
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, timeout=timeout, capture_output=True, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BrokenError(f"{' '.join(argv[:4])} ... did not finish within {timeout:g} s") from error
    return ProgramResult(done.returncode, done.stdout, done.stderr)


def compute_digest(tree: Path) -> str:
    """Returns one hash over all Python files of the tree, to check that no run changed them."""
    whole = hashlib.sha256()
    for path in sorted(tree.rglob("*.py")):
        whole.update(path.relative_to(tree).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()
