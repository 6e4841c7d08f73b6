"""The distributions that a project's files declare, and the extras and groups that bring them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..model.light_dataclass import light_dataclass
from .findings import read_text
from .settings import read_ini, read_toml_table, read_tool_tables

PROJECT_TOOLS = ("uv", "poetry", "pdm")
REQUIREMENT = re.compile(r"\s*[A-Za-z0-9][A-Za-z0-9._-]*")
# Tables in [tool], each with the kind of the group that its last star, or the word in its place, names.
TOOL_TABLES = (
    (("uv", "dev-dependencies"), "group", "dev"), (("poetry", "dependencies"), "", ""),
    (("poetry", "dev-dependencies"), "group", "dev"), (("poetry", "group", "*", "dependencies"), "group", "*"),
    (("pdm", "dev-dependencies", "*"), "group", "*"), (("hatch", "envs", "*", "dependencies"), "environment", "*"),
    (("hatch", "envs", "*", "extra-dependencies"), "environment", "*"),
)  # fmt: skip


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A distribution that a `file` declares: always, or in the `group` of a `kind` (extra, group, environment)."""

    name: str
    file: str
    kind: str = ""
    group: str = ""


def make_install_command(requirement: Requirement, tool: str) -> tuple[str, ...]:
    """Returns the argument list by which the tool of a project (empty for pip) installs what brings a requirement."""
    kind, group = requirement.kind, requirement.group
    commands = {
        ("", "extra"): ("pip", "install", "-e", f".[{group}]"),
        ("", "group"): ("pip", "install", "--group", group),
        ("uv", "extra"): ("uv", "sync", "--extra", group),
        ("uv", "group"): ("uv", "sync", "--group", group),
        ("poetry", "extra"): ("poetry", "install", "--extras", group),
        ("poetry", "group"): ("poetry", "install", "--with", group),
        ("pdm", "extra"): ("pdm", "install", "-G", group),
        ("pdm", "group"): ("pdm", "install", "-G", group),
    }
    if requirement.file.endswith(".txt"):
        return ("pip", "install", "-r", requirement.file)
    return commands.get((tool, kind), ("pip", "install", requirement.name))


def normalize_distribution(name: str) -> str:
    """Returns the name of a distribution in the form in which names are compared (packaging.python.org, "names")."""
    return re.sub(r"[-_.]+", "-", name).lower()


def find_project_tool(directories: Iterable[Path]) -> str:
    """Returns the tool that installs the project, by its lock file or its table in pyproject.toml; empty for pip."""
    for directory in directories:
        tables = read_tool_tables(directory)
        for tool in PROJECT_TOOLS:
            if tool in tables or (directory / f"{tool}.lock").is_file():
                return tool
    return ""


def list_requirements(directory: Path) -> Iterator[Requirement]:
    """Yields each distribution that a file in a directory declares."""
    yield from list_in_pyproject(directory)
    setup = read_ini(directory / "setup.cfg")
    options = setup.get("options", "install_requires", fallback="") if setup.has_section("options") else ""
    extras = "options.extras_require"
    named = setup.items(extras) if setup.has_section(extras) else ()
    texts = [("", "", options), *(("extra", *one) for one in named)]
    for kind, group, text in texts:
        yield from make_requirements(text.splitlines(), "setup.cfg", kind, group)
    for path in sorted((*directory.glob("requirements*.txt"), *directory.glob("requirements/*.txt"))):
        yield from make_requirements(read_text(path).splitlines(), path.relative_to(directory).as_posix())


def list_in_pyproject(directory: Path) -> Iterator[Requirement]:
    """Yields each distribution that a directory's pyproject.toml declares."""
    pyproject = directory / "pyproject.toml"
    project = read_toml_table(pyproject, "project")
    yield from make_requirements(project.get("dependencies"), pyproject.name)
    extras, groups = project.get("optional-dependencies"), read_toml_table(pyproject, "dependency-groups")
    for kind, tables in (("extra", extras), ("group", groups)):
        for group, table in tables.items() if isinstance(tables, dict) else ():
            yield from make_requirements(table, pyproject.name, kind, str(group))
    for keys, kind, name in TOOL_TABLES:
        for group, table in pick(read_tool_tables(directory), *keys):
            yield from make_requirements(table, pyproject.name, kind, group if name == "*" else name)


def make_requirements(table: object, file: str, kind: str = "", group: str = "") -> Iterator[Requirement]:
    """Yields the requirements in a list of texts, or in a table of versions by name."""
    if isinstance(table, dict):
        names = [str(name) for name in table]
    else:
        lines = [one for one in table if isinstance(one, str)] if isinstance(table, list) else []
        names = [found[0].strip() for one in lines if (found := REQUIREMENT.match(one))]
    yield from (Requirement(name=name, file=file, kind=kind, group=group) for name in names)


def pick(table: object, *keys: str, group: str = "") -> Iterator[tuple[str, object]]:
    """Yields the values at a path of keys, where a star stands for every key, each behind the key that it stood for."""
    if not keys:
        yield group, table
    elif isinstance(table, dict):
        for key in table if keys[0] == "*" else [keys[0]] if keys[0] in table else ():
            yield from pick(table[key], *keys[1:], group=str(key) if keys[0] == "*" else group)
