"""mypy: the settings that it runs with, and the modules that stubs hide from it. Its output: test_type_checkers.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Component, Finding, ToolResult
from pytest_maturity.model.gates import Context
from pytest_maturity.tools import mypy
from pytest_maturity.tools.findings import ParsedOutput
from pytest_maturity.tools.settings import Settings

from .outputs import MYPY_ERROR, MYPY_LOG

SILENT = mypy.FOLLOW_SILENTLY


def component(root: Path, source: str, *imports: str) -> Component:
    path = root / source
    files = tuple(sorted(path.rglob("*.py"))) if path.is_dir() else (path,)
    return Component(name="shop", sources=(path,), files=files, found_by="", imports=imports)


def write(root: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_without_a_configuration_the_users_is_off_and_every_function_is_checked(tmp_path: Path) -> None:
    write(tmp_path, **{"src/acme/shop/__init__.py": "", "flat.py": ""})
    parts = [component(tmp_path, "src/acme/shop", "acme.shop", "src.acme.shop"), component(tmp_path, "flat.py", "flat")]
    found = mypy.find_settings(parts, tmp_path, tmp_path)
    assert found.options == (
        "--config-file=", "--check-untyped-defs", "--explicit-package-bases", "--follow-imports=silent",
    )  # fmt: skip
    assert found.variables == (("MYPYPATH", os.pathsep.join(["src", "."])),)
    assert found.problem == ""


def test_a_source_root_is_its_own_base(tmp_path: Path) -> None:
    write(tmp_path, **{"a/src/shop.py": ""})
    assert list(mypy.find_package_bases(component(tmp_path, "a/src", "shop", "a.src.shop"))) == [tmp_path / "a/src"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("mypy.ini", ""),
        (".mypy.ini", "[mypy]"),
        ("pyproject.toml", "[tool.mypy]"),
        ("setup.cfg", "[mypy]\nstrict = true"),
    ],
)
def test_the_projects_configuration_is_used_alone(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, **{name: text, ".git/HEAD": "", "inner/src/a.py": ""})
    assert mypy.find_settings([], tmp_path, tmp_path) == Settings(options=(SILENT,), files=(tmp_path / name,))
    above = mypy.find_settings([], tmp_path / "inner", tmp_path / "inner")
    assert above == Settings(options=(f"--config-file=..{os.sep}{name}", SILENT), files=(tmp_path / name,))


@pytest.mark.parametrize(
    ("name", "text"),
    [("mypy.ini", "[mypy]\nfollow_imports = skip"), ("pyproject.toml", "[tool.mypy]\nfollow_imports = 'normal'")],
)
def test_how_the_project_follows_imports_is_not_changed(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, **{name: text})
    assert mypy.find_settings([], tmp_path, tmp_path).options == ()
    write(tmp_path, **{name: text.replace("follow_imports", "python_version")})
    assert mypy.find_settings([], tmp_path, tmp_path).options == (SILENT,)


@pytest.mark.parametrize(
    ("name", "text", "plugin"),
    [
        ("mypy.ini", "[mypy]\nplugins = pydantic.mypy, checks/own.py", "checks/own.py"),
        ("setup.cfg", "[mypy]\nplugins =\n  checks/own.py:load", "checks/own.py:load"),
        ("pyproject.toml", "[tool.mypy]\nplugins = ['checks/own.py']", "checks/own.py"),
        ("pyproject.toml", "[tool.mypy]\nplugins = 'pydantic.mypy,checks.own'", ""),
        ("pyproject.toml", "[tool.mypy]\nplugins = ['/elsewhere/own.py']", ""),
        ("pyproject.toml", "[tool]\nmypy = 3", ""),
    ],
)
def test_a_plugin_that_is_a_file_of_the_project_is_a_problem(tmp_path: Path, name: str, text: str, plugin: str) -> None:
    write(tmp_path, **{name: text})
    problem = mypy.find_settings([], tmp_path, tmp_path).problem
    expected = f"mypy would run the project's {plugin} as its plugin: install it, and name its module"
    assert problem == (expected if plugin else "")


def test_a_stub_or_a_package_hides_a_module(tmp_path: Path) -> None:
    write(
        tmp_path,
        **{
            "src/__init__.py": "", "src/a.py": "", "src/a.pyi": "", "src/b.py": "", "src/c.py": "",
            "src/c/__init__.pyi": "", "src/d.py": "", "src/d/data.txt": "",
        },
    )  # fmt: skip
    hidden = mypy.list_hidden_modules([component(tmp_path, "src")])
    assert [path.name for path in hidden] == ["a.py", "c.py"]


def test_the_log_names_what_the_configuration_excludes() -> None:
    log = (
        "TRACE: Excluding src/alpha/old/ (matches pattern old/)\n"
        "TRACE: Excluding made.py (matches .gitignore) in /project/src\n" + MYPY_LOG
    )
    output = mypy.parse(ToolResult(argv=("mypy",), exit_code=0, stderr=log))
    assert output.excluded == ["src/alpha/old/", "/project/src/made.py"]


def test_a_note_on_unused_sections_of_the_configuration_is_no_error() -> None:
    printed = "setup.cfg: note: unused section(s): [mypy-tests.*], [mypy-old]\n"
    output = mypy.parse(ToolResult(argv=("mypy",), exit_code=0, stdout=printed, stderr=MYPY_LOG))
    assert output.findings == []


BARE = """\
CACHE = {}

class Cart:
    def add(self, item, *more, **options):
        def inner(number: int):
            value = number
        value = 1

    async def load(self) -> None:
        value = 1

def one(*names: str): ...
"""


def test_a_hint_follows_the_message() -> None:
    hint = '"hint": "This violates the Liskov substitution principle\\nSee https://x", "code"'
    (found,) = mypy.parse(
        ToolResult(argv=("mypy",), exit_code=1, stdout=MYPY_ERROR.replace('"code"', hint), stderr=MYPY_LOG)
    ).findings
    assert found.message.endswith('expected "str") (This violates the Liskov substitution principle See https://x)')


def test_the_lines_without_annotations_are_those_of_bare_functions(tmp_path: Path) -> None:
    write(tmp_path, **{"a.py": BARE, "b.py": "def ("})
    assert mypy.find_lines_without_annotations(tmp_path / "a.py") == {4, 7}
    assert mypy.find_lines_without_annotations(tmp_path / "b.py") == set()
    assert mypy.find_lines_without_annotations(tmp_path / "c.py") == set()


def test_errors_against_inferred_types_do_not_count_in_bare_functions(tmp_path: Path) -> None:
    write(tmp_path, **{"a.py": BARE})
    places = [("assignment", 7), ("assignment", 6), ("assignment", 10), ("operator", 7), ("var-annotated", 1)]
    findings = [Finding(path="a.py", message="m", rule=rule, line=line) for rule, line in places]
    output = mypy.drop_errors_of_inference(ParsedOutput(tool="mypy", findings=findings), Context(root=tmp_path))
    assert [(one.rule, one.line) for one in output.findings] == places[1:]
