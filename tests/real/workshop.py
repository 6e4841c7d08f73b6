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

from .catalog import Package, read

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGIN = f"{REPOSITORY}[all]"
CONFIGURATIONS = ("pyproject.toml", "pytest.ini", "tox.ini", "setup.cfg", "ruff.toml", "mypy.ini")
# What would make the compared runs measure, select or colour like the session around them.
SCRUBBED = ("PYTEST_", "COV_", "COVERAGE_", "PYTHONPATH", "VIRTUAL_ENV", "FORCE_COLOR", "MYPY", "RUFF_")


class BrokenError(Exception):
    """A step before the comparison failed: there is nothing to compare."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a program said; standard error is not part of `stdout`."""

    code: int
    stdout: str
    stderr: str

    def tail(self, lines: int = 3) -> str:
        """The end of everything it printed."""
        return "\n".join(f"{self.stdout}\n{self.stderr}".strip().splitlines()[-lines:])


@dataclass(frozen=True, slots=True)
class Place:
    """An unpacked package and the interpreter of its environment."""

    tree: Path
    python: Path
    out: Path

    def run(self, *arguments: str, log: str = "", timeout: float = 600) -> Ran:
        """Run the environment's Python in the tree; what it printed is kept in the file `log` of `out`."""
        ran = run([str(self.python), *arguments], self.tree, environment(self.python), timeout)
        if log:
            (self.out / log).write_text(f"$ python {' '.join(arguments)}\n{ran.stdout}{ran.stderr}")
        return ran


def default_directory() -> Path:
    """Where sdists, trees and environments are kept between runs.

    Not in this repository: pytest, ruff and mypy look for configuration in the
    parents too, and a package without its own would get ours.
    """
    cache = os.environ.get("XDG_CACHE_HOME")
    base = Path(cache) if cache else Path.home() / ".cache"
    return base / "pytest-maturity-real" if os.access(base.parent, os.W_OK) else Path(tempfile.mkdtemp())


def check_directory(work: Path) -> None:
    """Raises BrokenError where a parent of the directory holds a configuration that tools would find."""
    for parent in work.resolve().parents:
        if found := [name for name in CONFIGURATIONS if (parent / name).exists()]:
            raise BrokenError(f"{work} lies below {parent}, whose {found[0]} the compared tools would read")


def prepare(packages: Sequence[Package], work: Path) -> dict[str, Place]:
    """Fetch, unpack and install the packages; returns each one's place by name."""
    check_directory(work)
    for part in ("sdists", "trees", "environments", "out"):
        (work / part).mkdir(parents=True, exist_ok=True)
    places = {}
    for package in packages:
        tree = unpack(package, fetch(package, work / "sdists"), work / "trees")
        places[package.name] = Place(
            tree, furnish(work / "environments" / package.environment, package, tree), work / "out"
        )
    return places


def fetch(package: Package, directory: Path) -> Path:
    """The package's sdist, from the directory or by pip; raises BrokenError unless its sha256 is the pinned one."""
    found = _sdist(package, directory)
    if found is None:
        arguments = ["-m", "pip", "download", "-q", "--no-deps", "--no-binary", package.name]
        ran = run([sys.executable, *arguments, "-d", str(directory), package.pin], directory, dict(os.environ))
        found = _sdist(package, directory)
        if found is None:
            raise BrokenError(f"{package.pin} could not be fetched: {ran.tail()}")
    digest = hashlib.sha256(found.read_bytes()).hexdigest()
    if digest != package.sha256:
        raise BrokenError(f"{found.name} has sha256 {digest}, not {package.sha256}")
    return found


def _sdist(package: Package, directory: Path) -> Path | None:
    names = {f"{name}-{package.version}.tar.gz" for name in (package.name, package.name.replace("-", "_"))}
    return next((path for path in sorted(directory.iterdir()) if path.name.lower() in names), None)


def unpack(package: Package, sdist: Path, directory: Path) -> Path:
    """A fresh copy of the sdist's tree: nothing of an earlier run is left in it."""
    home = directory / package.name
    shutil.rmtree(home, ignore_errors=True)
    with tarfile.open(sdist) as archive:
        archive.extractall(home, filter="data")
    return next(path for path in home.iterdir() if path.is_dir())


def furnish(home: Path, package: Package, tree: Path) -> Path:
    """The Python of an environment with this plugin, pytest-cov and the package; each installed once."""
    python = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    plugin = f"{sys.version}\n{REPOSITORY}\n{read(REPOSITORY / 'pyproject.toml')['project']}"
    if not _stamped(home / "plugin.txt", plugin):
        venv.create(home, clear=True, with_pip=True)
        _pip(python, "-e", PLUGIN, "pytest-cov")
        (home / "plugin.txt").write_text(plugin)
    recipe, stamp = f"{package.install} {tree} {package.requirements}", home / f"{package.pin}.txt"
    if not _stamped(stamp, recipe):
        _pip(python, *package.requirements)
        _pip(python, "--no-deps", *(["-e"] if package.install == "editable" else []), str(tree))
        stamp.write_text(recipe)
    return python


def _stamped(stamp: Path, recipe: str) -> bool:
    return stamp.exists() and stamp.read_text() == recipe


def _pip(python: Path, *arguments: str) -> None:
    if not arguments:
        return
    ran = run([str(python), "-m", "pip", "install", "-q", *arguments], python.parent, dict(os.environ))
    if ran.code:
        raise BrokenError(f"pip install {' '.join(arguments)}: {ran.tail()}")


def environment(python: Path) -> dict[str, str]:
    """This process's environment, with the programs of `python` first and the same order of sets every time."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1", "NO_COLOR": "1"}


def run(argv: Sequence[str], cwd: Path, env: dict[str, str], timeout: float = 600) -> Ran:
    """Run a program to its end; raises BrokenError when it takes longer than `timeout` seconds."""
    try:
        done = subprocess.run(
            argv, cwd=cwd, env=env, timeout=timeout, capture_output=True, encoding="utf-8", errors="replace",
            stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BrokenError(f"{' '.join(argv[:4])} ... did not finish within {timeout:g} s") from error
    return Ran(done.returncode, done.stdout, done.stderr)


def digest(tree: Path) -> str:
    """One hash over every Python file of the tree: who only measures leaves it as it was."""
    whole = hashlib.sha256()
    for path in sorted(tree.rglob("*.py")):
        whole.update(path.relative_to(tree).as_posix().encode() + b"\0" + path.read_bytes())
    return whole.hexdigest()
