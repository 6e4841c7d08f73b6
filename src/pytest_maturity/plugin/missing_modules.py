"""Finds the module that is not installed behind a failure, and where it can come from."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from ..model.paths import OUTPUT_DIRECTORIES, SKIPPED_DIRECTORIES
from ..model.text import safe
from ..tools.requirements import find_project_tool, list_requirements, normalize_distribution
from ..tools.settings import list_directories_above, read_toml_table

LOCAL_COMMANDS = {"uv": "uv sync --all-packages", "poetry": "poetry install", "pdm": "pdm install"}
COMMANDS = {
    "uv": "uv sync --all-extras --all-groups",
    "poetry": "poetry install --all-extras",
    "pdm": "pdm install -G :all",
}
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
UNSEARCHED_DIRECTORIES = SKIPPED_DIRECTORIES | OUTPUT_DIRECTORIES
MAX_DEPTH = 4
MAX_DIRECTORIES = 2000  # of one depth

# Distributions with another name than the top-level module that they install.
DISTRIBUTIONS = {
    "attr": "attrs", "bs4": "beautifulsoup4", "cv2": "opencv-python", "dateutil": "python-dateutil",
    "dotenv": "python-dotenv", "google": "google-api-python-client", "grpc": "grpcio", "jwt": "PyJWT",
    "MySQLdb": "mysqlclient", "OpenSSL": "pyOpenSSL", "PIL": "pillow", "serial": "pyserial", "skimage": "scikit-image",
    "sklearn": "scikit-learn", "yaml": "PyYAML", "zmq": "pyzmq",
}  # fmt: skip


def find_missing_module(exception: BaseException | None) -> str | None:
    """Returns the dotted name of the module that is not installed, where that caused the exception; else None.

    The exception itself is examined, then its explicit causes (`raise ... from`).
    """
    visited: set[int] = set()
    while exception is not None and id(exception) not in visited:
        visited.add(id(exception))
        if isinstance(exception, ModuleNotFoundError):
            return exception.name if is_missing(exception.name) else None
        exception = exception.__cause__
    return None


def is_missing(module: object) -> bool:
    """Whether the module's whole top-level package is absent.

    An installed package without this submodule is not missing. A namespace package is: another distribution may add
    the submodule to it.
    """
    if not isinstance(module, str):
        return False
    package = sys.modules.get(module.partition(".")[0])
    return getattr(package, "__file__", None) is None


# ── advice ───────────────────────────────────────────────────────────────────


def advise_on_missing_module(module: str, root: Path) -> str:
    """Returns where a missing module can come from, with the command that installs it.

    A distribution is named only if a file of the project declares it: an index may hold anything under a guessed name.
    """
    top = module.partition(".")[0]
    tops = (root, *list_directories_above(root))
    tool = find_project_tool(tops)
    if place := find_in_repository(top, tops[-1]):
        path = Path(os.path.relpath(place, root)).as_posix()
        command = LOCAL_COMMANDS.get(tool) or shlex.join(("pip", "install", "-e", path))
        if not tool and not is_project(place):
            command = f"add {safe(f'{path}/src', 120)} to pytest's `pythonpath`"
        return f"it lies in this repository, in {safe(path, 120)}: {command}"
    names = {normalize_distribution(name) for name in (top, DISTRIBUTIONS.get(top, top))}
    for directory in tops:
        for one in list_requirements(directory):
            if normalize_distribution(one.name) in names:
                path = Path(os.path.relpath(directory / one.file, root)).as_posix()
                command = COMMANDS.get(tool) or shlex.join(("pip", "install", one.name))
                return f"{safe(path, 120)} declares {safe(one.name, 80)}: {command}"
    return "no file of the project declares what provides it: declare that, then install it"


def find_in_repository(module: str, top: Path) -> Path | None:
    """Returns the folder below `top` whose `src` holds a module or package, or the project that has it or its name."""
    for directory in walk_directories(top):
        bases = (directory / "src", directory) if is_project(directory) else (directory / "src",)
        if any(holds_module(base, module) for base in bases):
            return directory
        name = read_toml_table(directory / "pyproject.toml", "project").get("name")
        if isinstance(name, str) and normalize_distribution(name) == normalize_distribution(module):
            return directory
    return None


def is_project(directory: Path) -> bool:
    """Whether a directory has a file that describes a project."""
    return any((directory / name).is_file() for name in PROJECT_FILES)


def holds_module(directory: Path, module: str) -> bool:
    """Whether a directory holds a module or a package, also a namespace package, of this name."""
    package = directory / module
    return (directory / f"{module}.py").is_file() or any(
        True for pattern in ("*.py", "*/*.py") for _ in package.glob(pattern)
    )


def walk_directories(top: Path) -> Iterator[Path]:
    """Yields the directories of a repository down to MAX_DEPTH, the shallowest first."""
    level = [top]
    for _ in range(MAX_DEPTH):
        yield from level
        level = [
            child
            for path in level
            for child in list_subdirectories(path)
            if not child.name.startswith(".") and child.name not in UNSEARCHED_DIRECTORIES
        ][:MAX_DIRECTORIES]


def list_subdirectories(directory: Path) -> list[Path]:
    """Returns the directories in a directory, sorted; none where it cannot be read."""
    try:
        return sorted(path for path in directory.iterdir() if path.is_dir() and not path.is_symlink())
    except OSError:
        return []
