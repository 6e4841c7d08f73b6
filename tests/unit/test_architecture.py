"""Rules of the architecture that import-linter cannot check."""

from __future__ import annotations

import ast
import importlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

import pytest_maturity
from pytest_maturity import cli, gates
from pytest_maturity.reports import files

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "src/pytest_maturity"
TESTS = ROOT / "tests"
TREES = {path: ast.parse(path.read_text("utf-8")) for path in sorted(SOURCES.rglob("*.py"))}
MOST_ENTRIES = 16  # of src/pytest_maturity
# The only folder that imports a package: every third-party package, and some modules of the standard library.
HOMES = {
    "coverage": "coverage",
    "markdown_it": "gates",
    "psycopg": "records",
    "sqlite3": "records",
    "subprocess": "tools",
    "yaml": "config",
    **dict.fromkeys(("pytest", "_pytest"), "plugin"),
}
NO_MODULE = {  # unit tests of something else than one module
    "architecture": "the whole package",
    "mutants": "tests/mutants",
    "public_names": "the package's own names",
    "reports/formats/hostile": "every format, with hostile strings",
    "reports/formats/schemas": "every format, against what others have published",
}
# Modules outside of plugin/ without a test file under the same path, and the tests that cover them.
TESTED_ELSEWHERE = {
    "cli/__main__": "tests/acceptance starts it as a command",
    "coverage/merged": "tests/acceptance/sharding: it needs the evidence of several runs",
    "gates/spec_api": "tests/unit/gates/test_spec.py",
    "records/database": "an interface: tests/unit/records/test_sqlite.py, test_postgresql.py",
    "reports/formats/badge": "tests/unit/reports/formats/test_schemas.py",
    "reports/html/results": "tests/unit/reports/html/test_run_page.py",
    "reports/formats/ctrf": "tests/unit/reports/formats/test_schemas.py",
    "reports/formats/gitlab": "tests/unit/reports/formats/test_schemas.py",
    "reports/formats/markdown": "tests/unit/reports/formats/test_schemas.py",
    "reports/formats/markup": "tests/unit/reports/formats/test_schemas.py",
    "reports/formats/junit": "tests/unit/reports/formats/test_schemas.py",
    "reports/formats/openmetrics": "tests/unit/reports/formats/test_schemas.py",
    "reports/formats/sarif": "tests/unit/reports/formats/test_schemas.py",
    "tools/runner": "tests/acceptance/tools/test_toolbox.py: it is a process",
}
NEWER_STDLIB = {"exceptiongroup", "tomli", "tomllib"}  # in the standard library of newer Pythons, or its backport


def imported_packages(tree: ast.Module) -> Iterator[str]:
    """Yields the first name of each absolute import, also of imports in functions."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]


def test_the_package_has_few_entries_and_only_folders() -> None:
    entries = {path for path in SOURCES.iterdir() if path.name != "__pycache__"}
    assert len(entries) <= MOST_ENTRIES
    assert {path.name for path in entries if path.is_file()} == {"__init__.py", "py.typed"}


def test_each_third_party_package_is_imported_in_one_folder() -> None:
    known = sys.stdlib_module_names - HOMES.keys() | NEWER_STDLIB
    importers: dict[str, set[str]] = {}
    for path, tree in TREES.items():
        for package in set(imported_packages(tree)) - known:
            importers.setdefault(package, set()).add(path.relative_to(SOURCES).parts[0])
    assert importers == {package: {home} for package, home in HOMES.items()}


def test_no_module_binds_a_clock_that_tests_can_freeze() -> None:
    """A library that freezes the clock replaces it in every module where it is a name."""
    clocks = {"monotonic", "perf_counter", "sleep"}
    allowed = {"tools/runner.py"}  # a process of its own
    found = {
        path.relative_to(SOURCES).as_posix()
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        if any(alias.name in clocks for alias in node.names)
    }
    assert found == allowed


def test_test_files_have_the_path_of_the_module_that_they_test() -> None:
    modules = {path.relative_to(SOURCES).with_suffix("").as_posix() for path in TREES if path.name != "__init__.py"}
    tested: dict[str, set[str]] = {}
    for kind in ("unit", "acceptance"):
        files = [path.relative_to(TESTS / kind) for path in (TESTS / kind).rglob("test_*.py")]
        tested[kind] = {(path.parent / path.stem.removeprefix("test_")).as_posix() for path in files}
    assert tested["unit"] - modules == NO_MODULE.keys()
    core = {name for name in modules if not name.startswith("plugin/")}  # acceptance tests cover the plugin
    assert core - tested["unit"] - tested["acceptance"] == TESTED_ELSEWHERE.keys()


def test_acceptance_tests_are_in_folders_named_for_what_they_test() -> None:
    folders = {path.name for path in (TESTS / "acceptance").iterdir() if path.is_dir() and path.name != "__pycache__"}
    subjects = {path.stem for path in SOURCES.iterdir()} | {path.stem for path in (SOURCES / "plugin").iterdir()}
    assert folders - subjects == {"docs"}


def test_every_module_can_be_imported_alone_and_without_a_warning() -> None:
    names = [".".join(path.relative_to(SOURCES.parent).with_suffix("").parts) for path in TREES]
    code = (
        "import importlib, sys\n"
        f"for name in {[name.removesuffix('.__init__') for name in names]!r}:\n"
        "    for loaded in [one for one in sys.modules if one.startswith('pytest_maturity')]:\n"
        "        del sys.modules[loaded]\n"
        "    importlib.import_module(name)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}  # faster
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.stderr == ""


def test_nothing_heavy_is_imported_before_the_supervisor_forks() -> None:
    heavy = ("coverage", "yaml", "sqlite3", "psycopg", "pytest_maturity.plugin.session", "pytest_maturity.coverage")
    code = (
        "import sys\n"
        "from pytest_maturity.plugin import own_plugins, supervisor\n"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"


def test_frozen_dataclasses_share_their_methods() -> None:
    """The standard library compiles the methods of each of them, at each start."""
    found = [
        f"{path.relative_to(SOURCES)}: {node.name}"
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(re.match(r"dataclass\(.*frozen=True, slots=True", ast.unparse(one)) for one in node.decorator_list)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("folder", "name", "listed"),
    [("gates", "GATE", gates.BUILTIN), ("reports", "REPORTER", files.BUILTIN), ("cli", "run", cli.VERBS)],
)
def test_every_gate_report_format_and_verb_is_listed(folder: str, name: str, listed: Sequence[object]) -> None:
    modules = [
        importlib.import_module(f"pytest_maturity.{folder}.{path.stem}") for path in (SOURCES / folder).glob("*.py")
    ]
    found = [module if folder == "cli" else getattr(module, name) for module in modules if hasattr(module, name)]
    assert found
    assert [one for one in found if one not in listed] == []


def test_every_public_name_is_used_in_the_file_for_the_type_checker() -> None:
    text = (TESTS / "typing/public_api.py").read_text("utf-8")
    assert [name for name in pytest_maturity.__all__ if len(re.findall(rf"\b{name}\b", text)) < 2] == []


def test_no_class_would_be_collected_as_a_test() -> None:
    classes = [node.name for tree in TREES.values() for node in ast.walk(tree) if isinstance(node, ast.ClassDef)]
    assert [name for name in classes if name.startswith("Test")] == []


def test_no_docstring_starts_with_a_question() -> None:
    question = re.compile(r"(What|Who|Whose|Where|When|Of which|Is it|Does|How)\b|[^.`]*\?$")
    folders = [SOURCES, TESTS, ROOT / "benchmarks"]
    found = []
    for path in sorted(path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                first = (ast.get_docstring(node) or "").partition("\n")[0]
                if question.match(first):
                    found.append(f"{path.relative_to(ROOT)}: {first}")
    assert found == []
