"""The environments of the benchmarks: the plugin as its users have it, a wheel with compiled byte code."""

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
SCRUBBED = ("PYTEST_", "COV_", "COVERAGE_", "PYTHON", "VIRTUAL_ENV", "FORCE_COLOR", "MYPY", "RUFF_")


def output(*argv: str, cwd: Path = REPOSITORY, env: Mapping[str, str] | None = None) -> str:
    """What a program printed on stdout; raises BrokenError where it failed."""
    env = env or environment(Path(argv[0]))
    done = subprocess.run(argv, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        words = f"{done.stdout[-2000:]}{done.stderr[-2000:]}"
        raise BrokenError(f"{' '.join(argv)} exited with {done.returncode}:\n{words}")
    return done.stdout


def environment(python: Path) -> dict[str, str]:
    """This process's environment as on a user's machine: byte code is written, nothing else is configured."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    path = f"{python.parent}{os.pathsep}{kept.get('PATH', '')}"
    return {**kept, "PATH": path, "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


def wheel(work: Path) -> Path:
    """A wheel of the working tree, built now."""
    shutil.rmtree(work / "wheel", ignore_errors=True)
    output(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", str(work / "wheel"), str(REPOSITORY))
    return next((work / "wheel").glob("*.whl"))


def furnish(home: Path, *requirements: str) -> Path:
    """The Python of an environment with these requirements, made once for each set of them."""
    python, stamp = home / "bin" / "python", home / "recipe.txt"
    recipe = "\n".join([sys.version, *requirements])
    if not (python.exists() and stamp.exists() and stamp.read_text() == recipe):
        venv.create(home, clear=True, with_pip=True)
        install(python, *requirements)
        stamp.write_text(recipe)
    return python


def install(python: Path, *requirements: str) -> None:
    """Install into the environment of `python`."""
    if requirements:
        output(str(python), "-m", "pip", "install", "-q", *requirements)


def install_plugin(python: Path, built: Path) -> None:
    """Replace the plugin by the wheel and leave everything else as it is."""
    install(python, "--force-reinstall", "--no-deps", str(built))


def installed(python: Path) -> list[str]:
    """The pins of everything in the environment but the plugin."""
    lines = output(str(python), "-m", "pip", "freeze").splitlines()
    return sorted(line for line in lines if line and not line.startswith(PLUGIN))


def versions(python: Path, names: Sequence[str]) -> dict[str, str]:
    """The installed versions of Python and of the packages among `names` that are installed."""
    pins = dict(line.split("==") for line in installed(python) if "==" in line)
    spoken = output(str(python), "-c", "import platform; print(platform.python_version())").strip()
    return {"python": spoken, **{name: pins[name] for name in names if name in pins}}


def write(root: Path, files: dict[str, str]) -> Path:
    """A fresh directory `root` with these files; returns it."""
    shutil.rmtree(root, ignore_errors=True)
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
