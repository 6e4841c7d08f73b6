"""The gate `dependencies`, on outputs of deptry."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates.dependencies import GATE, LINES, make_commands, measure
from pytest_maturity.model.evidence import Component, Evidence, Finding, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement
from pytest_maturity.tools import pytest_plugins
from pytest_maturity.tools.findings import NotMeasuredError

ROOT = Path("/project").resolve()
CONTEXT = Context(root=ROOT)
ALPHA = Component(name="alpha", sources=(ROOT / "src/alpha",), files=(ROOT / "src/alpha/x.py",), found_by="src")
BETA = Component(name="beta", sources=(ROOT / "src/beta.py",), files=(ROOT / "src/beta.py",), found_by="src")
START = "Python files to scan for imports:\nsrc/alpha/x.py\nsrc/beta.py\nsrc/other.py\n\nScanning 3 files...\n"
ISSUES = (
    "pyproject.toml: DEP002 'rich' defined as a dependency but not used in the codebase\n"
    "src/alpha/x.py:1:8: DEP003 'requests' imported but it is a transitive dependency\n"
    "src/alpha/x.py:2:8: DEP001 'yaml' imported but missing from the dependency definitions\n"
    "src/beta.py:1:1: DEP004 'pytest' imported but declared as a dev dependency\n"
)
SKIPPED = 'Warning: Skipping processing of src/{} because of the following error: "SyntaxError".\n'
FOUR, NONE = "Found 4 dependency issues.\n", "Success! No dependency issues found.\n"
PLUGIN = Finding(path="tests/test_alpha.py", message="the fixture mocker ...", rule="missing", severity="test_plugins")


@pytest.fixture(autouse=True)
def _no_plugin_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_are(monkeypatch, [])


def plugins_are(monkeypatch: pytest.MonkeyPatch, found: Sequence[Finding] | NotMeasuredError) -> None:
    def find(*_: object) -> Sequence[Finding]:
        if isinstance(found, NotMeasuredError):
            raise found
        return found

    monkeypatch.setattr(pytest_plugins, "find_missing_plugins", find)


def measured(stderr: str, component: Component = ALPHA, problem: str = "") -> Measurement:
    return measure(evidence(stderr, component, problem), CONTEXT)


def evidence(stderr: str, component: Component = ALPHA, problem: str = "") -> Evidence:
    result = ToolResult(argv=("/bin/deptry", "."), exit_code=1, stderr=stderr, problem=problem)
    return Evidence(component=component, tools={"deptry": result})


def test_an_import_belongs_to_its_component_and_an_unused_dependency_to_every_one() -> None:
    found = measured(START + ISSUES + FOUR)
    assert (found.value, found.note) == (3, "deptry, 1 file")
    assert found.breakdown == {"undeclared": 1, "unused": 1, "transitive": 1, "development": 0, "test_plugins": 0}
    assert [one.location for one in found.findings] == ["src/alpha/x.py:1", "src/alpha/x.py:2", "pyproject.toml"]
    other = measured(START + ISSUES + FOUR, BETA)
    assert other.breakdown == {"undeclared": 0, "unused": 1, "transitive": 0, "development": 1, "test_plugins": 0}


@pytest.mark.parametrize(
    ("rules", "unknown"),
    [("'DEP001',", {"undeclared"}), ("'DEP002', 'DEP003'", {"unused", "transitive"}), ("'DEP005',", {"unused"})],
)
def test_a_line_of_which_the_settings_ignore_a_rule_is_unknown_and_the_others_are_not(
    rules: str, unknown: set[str]
) -> None:
    found = measured(f"ignore: ({rules})\n" + START + NONE)
    assert (found.value, {line for line, count in found.breakdown.items() if count is None}) == (0, unknown)


def test_settings_that_ignore_every_rule_make_it_unknown() -> None:
    found = measured("ignore: ('DEP001', 'DEP002', 'DEP003', 'DEP004')\n" + START + NONE)
    assert (found.value, found.note) == (None, "[tool.deptry] ignores every rule")


def test_a_missing_plugin_of_the_tests_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_are(monkeypatch, [PLUGIN])
    found = measured(START + NONE)
    assert (found.value, found.breakdown["test_plugins"], found.findings) == (1, 1, [PLUGIN])


@pytest.mark.parametrize(
    ("stderr", "problem", "note"),
    [
        ("", "", "deptry did not run to its end"),
        (START + NONE, "deptry is not installed: pip install deptry", "deptry is not installed: pip install deptry"),
        (START.replace("alpha/x", "alpha/y") + NONE, "", "deptry analysed none of the component's 1 file"),
        (START + SKIPPED.format("alpha/x.py") + NONE, "", "deptry skipped src/alpha/x.py"),
    ],
)
def test_without_proof_that_the_files_were_read_the_imports_are_unknown(stderr: str, problem: str, note: str) -> None:
    found = measured(stderr, problem=problem)
    assert found.note.startswith(note)
    assert (found.value, found.breakdown) == (None, {**dict.fromkeys(LINES), "test_plugins": 0})


def test_a_skipped_file_elsewhere_may_use_what_seems_unused() -> None:
    found = measured(START + SKIPPED.format("other.py") + ISSUES + FOUR)
    assert (found.value, found.note) == (None, "deptry, 1 file; deptry skipped src/other.py")
    assert found.breakdown == {"undeclared": 1, "unused": None, "transitive": 1, "development": 0, "test_plugins": 0}


def test_tests_that_cannot_be_read_make_their_line_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    plugins_are(monkeypatch, NotMeasuredError("tests/test_alpha.py cannot be read: x"))
    found = measured(START + NONE)
    assert (found.value, found.breakdown["test_plugins"], found.breakdown["unused"]) == (None, None, 0)
    assert found.note == "deptry, 1 file; tests/test_alpha.py cannot be read: x"


def test_one_run_for_each_project(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    parts = []
    for name in ("a", "b"):
        source = root / f"packages/{name}/src/{name}"
        source.mkdir(parents=True)
        parts.append(Component(name=name, sources=(source,), files=(source / "x.py",), found_by="src"))
    (root / "packages/a/pyproject.toml").write_text("[project]\nname = 'a'\n")
    context = Context(root=root, options={"dependencies": {"timeout": 5}})
    commands = make_commands(parts, context)
    assert {key: one.directory for key, one in commands.items()} == {"deptry:packages/a": "packages/a", "deptry": ""}
    assert {one.timeout for one in commands.values()} == {5}


@pytest.mark.parametrize(
    ("line", "remedy"),
    [
        ("", Remedy("fix 3 findings", ("/bin/deptry", "."))),
        ("unused", Remedy("fix 1 finding", ("/bin/deptry", "."))),
        ("test_plugins", Remedy("fix 1 finding")),
    ],
)
def test_the_remedy_is_the_command_that_lists_them(monkeypatch: pytest.MonkeyPatch, line: str, remedy: Remedy) -> None:
    plugins_are(monkeypatch, [PLUGIN] if line == "test_plugins" else [])
    given = evidence(START + ISSUES + FOUR)
    required = Requirement(gate="dependencies", line=line, threshold=Fraction(0), source="here")
    assert GATE.remedy is not None
    assert GATE.remedy(given, measure(given, CONTEXT), required) == remedy


def test_less_is_better() -> None:
    assert (GATE.name, GATE.better, GATE.unit) == ("dependencies", "lower", "")
    assert GATE.lines == ("undeclared", "unused", "transitive", "development", "test_plugins")
