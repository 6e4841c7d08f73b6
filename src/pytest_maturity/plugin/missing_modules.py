"""Finds the module that is not installed behind a failure, and where it can come from."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from ..model.paths import OUTPUT_DIRECTORIES, SKIPPED_DIRECTORIES
from ..model.text import safe
from ..tools.findings import read_text
from ..tools.settings import list_directories_above, read_ini, read_tool_tables

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT_TOOLS = ("uv", "poetry", "pdm")
LOCAL_COMMANDS = {"uv": "uv sync --all-packages", "poetry": "poetry install", "pdm": "pdm install"}
COMMANDS = {
    "uv": "uv sync --all-extras --all-groups",
    "poetry": "poetry install --all-extras",
    "pdm": "pdm install -G :all",
}
PROJECT_FILES = ("pyproject.toml", "setup.py", "setup.cfg")
REQUIREMENT_TABLES = (  # in [tool]
    ("uv", "dev-dependencies"), ("poetry", "dependencies"), ("poetry", "dev-dependencies"),
    ("poetry", "group", "*", "dependencies"), ("pdm", "dev-dependencies"), ("hatch", "envs", "*", "dependencies"),
    ("hatch", "envs", "*", "extra-dependencies"),
)  # fmt: skip
REQUIREMENT = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*")
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
        for file, requirement in list_requirements(directory):
            if normalize_distribution(requirement) in names:
                path = Path(os.path.relpath(directory / file, root)).as_posix()
                command = COMMANDS.get(tool) or shlex.join(("pip", "install", requirement))
                return f"{safe(path, 120)} declares {safe(requirement, 80)}: {command}"
    return "no file of the project declares what provides it: declare that, then install it"


def find_project_tool(directories: Iterable[Path]) -> str:
    """Returns the tool that installs the project, by its lock file or its table in pyproject.toml; empty for pip."""
    for directory in directories:
        tables = read_tool_tables(directory)
        for tool in PROJECT_TOOLS:
            if tool in tables or (directory / f"{tool}.lock").is_file():
                return tool
    return ""


def normalize_distribution(name: str) -> str:
    """Returns the name of a distribution in the form in which names are compared (packaging.python.org, "names")."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find_in_repository(module: str, top: Path) -> Path | None:
    """Returns the folder below `top` whose `src` holds a module or package, or the project that has it or its name."""
    for directory in walk_directories(top):
        bases = (directory / "src", directory) if is_project(directory) else (directory / "src",)
        if any(holds_module(base, module) for base in bases):
            return directory
        name = read_table(directory / "pyproject.toml", "project").get("name")
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


def list_requirements(directory: Path) -> Iterator[tuple[str, str]]:
    """Yields each distribution that a file in a directory declares, behind the name of the file."""
    pyproject = directory / "pyproject.toml"
    project, tools = read_table(pyproject, "project"), read_table(pyproject, "tool")
    tables = (
        project.get("dependencies"), project.get("optional-dependencies"), read_table(pyproject, "dependency-groups"),
        *(pick(tools, *keys) for keys in REQUIREMENT_TABLES),
    )  # fmt: skip
    yield from ((pyproject.name, name) for table in tables for name in read_names(table))
    setup = read_ini(directory / "setup.cfg")
    options = setup.get("options", "install_requires", fallback="") if setup.has_section("options") else ""
    extras = "options.extras_require"
    texts = [options, *(text for _, text in (setup.items(extras) if setup.has_section(extras) else ()))]
    yield from (("setup.cfg", name) for text in texts for name in read_names(text.splitlines()))
    for path in sorted((*directory.glob("requirements*.txt"), *directory.glob("requirements/*.txt"))):
        lines = read_text(path).splitlines()
        yield from ((path.relative_to(directory).as_posix(), name) for name in read_names(lines))


def read_names(table: object) -> Iterator[str]:
    """Yields the names of distributions in a list of requirements, or in a table of lists, or of versions by name."""
    if isinstance(table, dict):
        for key, value in table.items():
            yield from read_names(value) if isinstance(value, list) else [str(key)]
    elif isinstance(table, list):
        matches = (REQUIREMENT.match(one) for one in table if isinstance(one, str))
        yield from (found[0].strip() for found in matches if found)


def pick(table: object, *keys: str) -> object:
    """Returns the table at a path of keys, where a star stands for every key; None where there is none."""
    for index, key in enumerate(keys):
        if not isinstance(table, dict):
            return None
        if key == "*":
            inner = [pick(one, *keys[index + 1 :]) for one in table.values()]
            return {name: None for one in inner for name in read_names(one)}
        table = table.get(key)
    return table


def read_table(path: Path, name: str) -> dict[str, Any]:
    """Returns a table of a TOML file; empty where either is missing or broken."""
    try:
        table = tomllib.loads(read_text(path)).get(name)
    except tomllib.TOMLDecodeError:
        return {}
    return table if isinstance(table, dict) else {}
