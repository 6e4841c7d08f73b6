"""The environments of the benchmarks. The plugin is installed as its users have it: a wheel with compiled byte code."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from pathlib import Path

from measure import BrokenError

REPOSITORY = Path(__file__).resolve().parents[1]
PLUGIN = "pytest-maturity"
REMOVED_VARIABLES = ("PYTEST_", "COV_", "COVERAGE_", "PYTHON", "VIRTUAL_ENV", "FORCE_COLOR", "MYPY", "RUFF_")


def run(*argv: str, cwd: Path = REPOSITORY, env: Mapping[str, str] | None = None) -> str:
    """Runs a program and returns what it printed on stdout. Raises BrokenError if it fails."""
    env = env or environment(Path(argv[0]))
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        end = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise BrokenError(f"{' '.join(argv)} exited with {done.returncode}:\n{end}")
    return done.stdout


def environment(python: Path) -> dict[str, str]:
    """Returns the variables of a user's machine: byte code is written, and nothing configures pytest or coverage."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED_VARIABLES)}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


def build_wheel(work: Path) -> Path:
    """Builds a wheel of the working tree and returns its path."""
    shutil.rmtree(work / "wheel", ignore_errors=True)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(work / "wheel"), str(REPOSITORY))
    return next((work / "wheel").glob("*.whl"))


def create(home: Path, *requirements: str) -> Path:
    """Returns the Python of an environment with these requirements; it is made again when they change."""
    python, stamp = home / "bin" / "python", home / "recipe.txt"
    recipe = "\n".join([sys.version, *requirements])
    if not (python.exists() and stamp.exists() and stamp.read_text() == recipe):
        venv.create(home, clear=True, with_pip=True)
        install(python, *requirements)
        stamp.write_text(recipe)
    return python


def install(python: Path, *requirements: str) -> None:
    """Installs into the environment of `python`."""
    if requirements:
        run(str(python), "-m", "pip", "install", "-q", *requirements)


def install_plugin(python: Path, wheel: Path) -> None:
    """Replaces the plugin by the wheel, and no other package."""
    install(python, "--force-reinstall", "--no-deps", str(wheel))


def freeze(python: Path) -> list[str]:
    """Returns the pins of all packages in the environment, except the plugin."""
    lines = run(str(python), "-m", "pip", "freeze").splitlines()
    return sorted(line for line in lines if line and not line.startswith(PLUGIN))


def versions(python: Path, names: Sequence[str]) -> dict[str, str]:
    """Returns the versions of Python and of those of the packages `names` that are installed."""
    pins = dict(line.split("==") for line in freeze(python) if "==" in line)
    own = run(str(python), "-c", "import platform; print(platform.python_version())").strip()
    return {"python": own, **{name: pins[name] for name in names if name in pins}}


def write(root: Path, files: dict[str, str]) -> Path:
    """Replaces the directory `root` by these files, and returns it."""
    shutil.rmtree(root, ignore_errors=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
