"""Finds the pytest plugins that test files use and that are not installed, by the names of their fixtures and marks."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

from ..model.evidence import Finding
from ..model.gates import Context
from ..model.syntax import UNPARSABLE, parse_source
from ..model.text import safe
from .findings import NotMeasuredError
from .requirements import find_project_tool, list_requirements, make_install_command, normalize_distribution
from .settings import list_directories_above

LINE = "test_plugins"
# The distributions that define a fixture, of which one is enough. Names that projects use themselves are left out.
FIXTURES: Mapping[str, tuple[str, ...]] = {
    "aiohttp_client": ("pytest-aiohttp", "pytest-asyncio"),
    "benchmark": ("pytest-benchmark", "pytest-codspeed"),
    "class_mocker": ("pytest-mock",),
    "data_regression": ("pytest-regressions",),
    "django_assert_num_queries": ("pytest-django",),
    "django_user_model": ("pytest-django",),
    "freezer": ("pytest-freezer", "pytest-freezegun"),
    "fs": ("pyfakefs",),
    "httpserver": ("pytest-httpserver", "pytest-localserver"),
    "httpx_mock": ("pytest-httpx",),
    "mocker": ("pytest-mock",),
    "module_mocker": ("pytest-mock",),
    "num_regression": ("pytest-regressions",),
    "qtbot": ("pytest-qt",),
    "requests_mock": ("requests-mock",),
    "respx_mock": ("respx",),
    "session_mocker": ("pytest-mock",),
    "shared_datadir": ("pytest-datadir",),
    "socket_disabled": ("pytest-socket",),
    "time_machine": ("time-machine",),
}
MARKS: Mapping[str, tuple[str, ...]] = {
    "anyio": ("anyio",),
    "asyncio": ("pytest-asyncio", "alt-pytest-asyncio", "pytest-asyncio-cooperative", "pytest-aiohttp"),
    "benchmark": ("pytest-benchmark", "pytest-codspeed"),
    "django_db": ("pytest-django",),
    "httpx_mock": ("pytest-httpx",),
    "respx": ("respx",),
    "trio": ("pytest-trio",),
    "vcr": ("pytest-recording", "pytest-vcr"),
    "xdist_group": ("pytest-xdist",),
}
PLUGINS = "pytest_plugins"  # a conftest with it has fixtures of other modules


def find_missing_plugins(test_files: Iterable[Path], conftests: Iterable[Path], context: Context) -> list[Finding]:
    """Returns a finding for each plugin that the files use and that is not installed, at its first use.

    Raises NotMeasuredError where a file cannot be read.
    """
    trees = {path: read_tree(path, context) for path in (*conftests, *test_files)}
    own = {name for tree in trees.values() for name in list_bound_names(tree)}
    installed = {normalize_distribution(one.name) for one in metadata.distributions() if one.name}
    found: dict[tuple[str, ...], Finding] = {}
    for path, tree in trees.items():
        for what, names, line in list_uses(tree, own):
            if names not in found and installed.isdisjoint(names):
                found[names] = Finding(
                    path=context.relative(path),
                    line=line,
                    rule="missing",
                    severity=LINE,
                    message=f"{what} is of {' or '.join(names)}, which is not installed: {advise(names, context.root)}",
                )
    return list(found.values())


def read_tree(path: Path, context: Context) -> ast.Module:
    """Returns the syntax tree of a file. Raises NotMeasuredError."""
    try:
        return parse_source(path.read_bytes(), str(path))
    except (OSError, *UNPARSABLE) as error:
        raise NotMeasuredError(f"{safe(context.relative(path), 200)} cannot be read: {safe(str(error), 200)}") from None


def list_bound_names(tree: ast.Module) -> Iterator[str]:
    """Yields the names of a file's functions and imports, and those that it passes to `name=` and to parametrize."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from (one.asname or one.name for one in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.keyword) and node.arg == "name" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "parametrize":
            texts = (one.value for first in node.args[:1] for one in ast.walk(first) if isinstance(one, ast.Constant))
            yield from (name.strip() for text in texts for name in str(text).split(","))


def list_uses(tree: ast.Module, own: set[str]) -> Iterator[tuple[str, tuple[str, ...], int]]:
    """Yields the fixtures and marks of plugins that a file uses, each with the distributions and the line.

    `own` are names that the project defines. Where a star or `pytest_plugins` may define more, fixtures are left out.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and own.isdisjoint({"*", PLUGINS}):
            if node.name.startswith("test") or any(is_fixture(one) for one in node.decorator_list):
                for name in list_requested(node.args):
                    if name in FIXTURES and name not in own:
                        yield f"the fixture {name}", FIXTURES[name], node.lineno
        elif isinstance(node, ast.Attribute) and node.attr in MARKS and is_mark(node.value):
            yield f"the mark {node.attr}", MARKS[node.attr], node.lineno


def list_requested(arguments: ast.arguments) -> list[str]:
    """Returns the names of the parameters that pytest fills: those without a default."""
    positional = [*arguments.posonlyargs, *arguments.args]
    required = positional[: len(positional) - len(arguments.defaults)]
    by_name = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    return [one.arg for one in (*required, *(one for one, default in by_name if default is None))]


def is_fixture(decorator: ast.expr) -> bool:
    """Whether a decorator makes a fixture."""
    function = decorator.func if isinstance(decorator, ast.Call) else decorator
    name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    return "fixture" in name


def is_mark(node: ast.expr) -> bool:
    """Whether an expression is `pytest.mark` or `mark`."""
    return (node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")) == "mark"


def advise(names: Iterable[str], root: Path) -> str:
    """Returns the extra, group or file that declares one of the distributions, with the command that installs it.

    A distribution is named for installation only if a file of the project declares it.
    """
    tops = (root, *list_directories_above(root))
    for directory in tops:
        for one in list_requirements(directory):
            if normalize_distribution(one.name) in names:
                place = f"the {one.kind} {safe(one.group, 80)}" if one.kind else safe(one.file, 120)
                return f"{place} brings it: {safe(' '.join(make_install_command(one, find_project_tool(tops))), 200)}"
    return "no file of the project declares it"
