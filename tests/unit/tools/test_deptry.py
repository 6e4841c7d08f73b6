"""deptry: how it is run, and what it printed (shortened)."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Component, ToolResult
from pytest_maturity.tools import deptry
from pytest_maturity.tools.findings import NotMeasuredError

START = """\
No configuration for deptry was found in pyproject.toml.
Running with the following configuration:
root: (PosixPath('.'),)
ignore: ()

Collecting Python files to scan...
whitelisting ./src/a/x.py: Whitelist(IgnoreMatch(Types(Glob(Matched))))
Python files to scan for imports:
src/a/__init__.py
src/a/x.py

Scanning 2 files...
"""
ISSUES = """\
--- MODULE ---
name: yaml
package: None

Scanning for missing dependencies...
No package found for module 'yaml'.

pyproject.toml: DEP002 'rich' defined as a dependency but not used in the codebase
src/a/x.py:1:8: DEP003 'requests' imported but it is a transitive dependency
src/a/x.py:2:8: DEP001 'yaml' imported but missing from the dependency definitions
Found 3 dependency issues.

For more information, see the documentation: https://deptry.com/
"""
CLEAN = "\nSuccess! No dependency issues found.\n"
SKIPPED = (  # of 0.16.1, and of 0.25.1
    'Warning: Skipping processing of src/a/x.py because of the following error: "SyntaxError: invalid syntax. Got '
    "unexpected token '(' at byte offset 4\".\n"
)


def result(stderr: str) -> ToolResult:
    return ToolResult(argv=("deptry",), exit_code=1, stderr=stderr)


def test_each_issue_is_a_finding_of_its_line() -> None:
    output, skipped = deptry.parse(result(START + ISSUES))
    assert [(one.location, one.column, one.rule, one.severity) for one in output.findings] == [
        ("pyproject.toml", None, "DEP002", "unused"),
        ("src/a/x.py:1", 8, "DEP003", "transitive"),
        ("src/a/x.py:2", 8, "DEP001", "undeclared"),
    ]
    assert output.findings[2].message == (
        "'yaml' imported but missing from the dependency definitions: add it to the project's dependencies"
    )
    assert (output.files, output.note, skipped) == (["src/a/__init__.py", "src/a/x.py"], "", [])


def test_no_issue_is_no_finding() -> None:
    assert deptry.parse(result(START + CLEAN))[0].findings == []


def test_a_file_that_was_skipped_is_named() -> None:
    assert deptry.parse(result(START + SKIPPED + CLEAN))[1] == ["src/a/x.py"]


@pytest.mark.parametrize(
    ("printed", "note"),
    [
        ("ignore: ()\nknown_first_party: ()\nexclude: ('tests',)\nusing_default_exclude: True", ""),
        ("ignore: ('DEP001', 'DEP002')", "by its settings: ignore DEP001, DEP002"),
        ("per_rule_ignores: {'DEP003': ('yaml', 'attr')}", "by its settings: per_rule_ignores DEP003, yaml, attr"),
        ("ignore_notebooks: True", "by its settings: ignore_notebooks"),
        ("ignore_notebooks: False", ""),
        ("known_first_party: ('yaml',)\nignore: ()", "by its settings: known_first_party yaml"),
        (
            "exclude: ('src/a',)\nusing_default_exclude: False\npackage_module_name_map: {'PyYAML': ('yaml',)}",
            "by its settings: package_module_name_map PyYAML, yaml; exclude src/a",
        ),
    ],
)
def test_the_settings_that_decide_are_in_the_note(printed: str, note: str) -> None:
    text = START.replace("ignore: ()", printed) + CLEAN
    assert deptry.parse(result(text))[0].note == note


@pytest.mark.parametrize(
    ("stderr", "words"),
    [
        ("", "deptry did not run to its end$"),
        (
            "Traceback (most recent call last):\nErr: No file called 'pyproject.toml'\n",
            "No file called 'pyproject.toml'",
        ),
        (START, "deptry did not run to its end"),
        (CLEAN, "deptry did not run to its end"),
        (START + ISSUES + CLEAN, "deptry did not run to its end"),
        (START + ISSUES.replace("Found 3", "Found 4"), "deptry counted 4 issues, and named 3"),
        (START + ISSUES.replace("DEP001", "DEP999"), "deptry has a rule that is not known here: DEP999"),
        (START.replace("Scanning 2", "Scanning 3") + CLEAN, "deptry scanned 3 files, and named 2"),
    ],
)
def test_an_output_that_is_cut_or_contradicts_itself_is_refused(stderr: str, words: str) -> None:
    with pytest.raises(NotMeasuredError, match=words):
        deptry.parse(result(stderr))


def test_an_output_that_is_cut_off_anywhere_is_refused() -> None:
    whole = START + ISSUES
    for end in range(whole.index("Found 3 dependency issues.")):
        with pytest.raises(NotMeasuredError):
            deptry.parse(result(whole[:end]))


def test_the_command_is_that_of_a_person_in_the_projects_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = str(Path(sys.executable).with_name("deptry"))
    monkeypatch.setattr(deptry, "find_program", lambda _: own)
    made = deptry.make_command([], tmp_path, "packages/a", 5)
    assert made.argv == (own, "--verbose", "--no-ansi", ".")
    assert (made.directory, made.timeout, made.isolated, made.inputs, made.problem) == ("packages/a", 5, True, None, "")


@pytest.mark.parametrize(
    ("sources", "roots"),
    [
        (["src/a"], ["src"]),
        (["src/a", "src/b.py"], ["src"]),
        (["a"], ["."]),
        (["src/a", "lib/b"], ["lib", "src"]),
        (["src/a", "b"], ["."]),
        ([], ["."]),
    ],
)
def test_deptry_starts_where_the_components_are_imported_from(
    tmp_path: Path, sources: list[str], roots: list[str]
) -> None:
    parts = []
    for path in sources:
        file = tmp_path / (path if path.endswith(".py") else f"{path}/__init__.py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
        name = Path(path).stem
        parts.append(Component(name=name, sources=(tmp_path / path,), files=(file,), found_by="", imports=(name,)))
    assert deptry.find_roots(parts, tmp_path) == roots


def test_a_deptry_of_another_environment_does_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deptry, "find_program", lambda _: str(tmp_path / "bin/deptry"))
    words = "deptry of another environment does not know what is installed here: pip install deptry"
    assert deptry.make_command([], tmp_path, "", 5).problem == words
    monkeypatch.setattr(deptry, "find_program", lambda _: "deptry")  # not installed: the toolbox says so
    assert deptry.make_command([], tmp_path, "", 5).problem == ""


def test_deptry_writes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deptry, "find_program", lambda _: "deptry")
    (tmp_path / "pyproject.toml").write_text('[tool.deptry]\njson_output = "x.json"\n')
    made = deptry.make_command([], tmp_path, "", 5)
    assert made.problem.startswith("deptry would write to a file")
    assert made.settings == ("pyproject.toml",)


@pytest.mark.parametrize(
    ("files", "has_settings"),
    [
        ({}, False),
        ({"pyproject.toml": "[tool.ruff]\n"}, False),
        ({"pyproject.toml": "[project]\nname = 'a'\n"}, True),
        ({"pyproject.toml": "[tool.poetry]\n"}, True),
        ({"pyproject.toml": "[tool.deptry]\n"}, True),
        ({"requirements.txt": ""}, True),
    ],
)
def test_a_project_is_where_dependencies_are_declared(
    tmp_path: Path, files: dict[str, str], has_settings: bool
) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert deptry.has_settings(tmp_path) is has_settings
