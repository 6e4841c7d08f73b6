"""The gate `format`, on outputs of ruff and black."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity.gates.format import GATE, make_commands, measure, suggest_remedy
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Remedy, Requirement

ROOT = Path("/project").resolve()
CONTEXT = Context(root=ROOT)
FILES = tuple(ROOT / "src/alpha" / name for name in ("__init__.py", "x.py"))
ALPHA = Component(name="alpha", sources=(ROOT / "src/alpha",), files=FILES, found_by="src")
BETA = Component(name="beta", sources=(ROOT / "src/beta.py",), files=(ROOT / "src/beta.py",), found_by="src")
DIFF = "--- src/alpha/x.py\n+++ src/alpha/x.py\n@@ -1 +1 @@\n-x=1\n+x = 1\n\n"
LOG = "".join(
    f"[2026-11-30][16:53:16][ruff::commands::format][DEBUG] format_path; path={path}\n"
    for path in (*FILES, ROOT / "src/beta.py")
)
CHANGED, SAME = "1 file would be reformatted, 2 files already formatted\n", "3 files already formatted\n"
ARGV = ("/bin/ruff", "format", "--force-exclude", "--diff", "--no-cache", "--verbose", "src/alpha", "src/beta.py")


def evidence(stdout: str, stderr: str, component: Component = ALPHA, problem: str = "") -> Evidence:
    result = ToolResult(argv=ARGV, exit_code=1, stdout=stdout, stderr=stderr, problem=problem)
    return Evidence(component=component, tools={"format": result})


def test_the_components_own_files_count() -> None:
    found = measure(evidence(DIFF, LOG + CHANGED), CONTEXT)
    assert (found.value, found.note, [one.location for one in found.findings]) == (
        1,
        "ruff, 2 files",
        ["src/alpha/x.py:1"],
    )
    assert measure(evidence(DIFF, LOG + CHANGED, BETA), CONTEXT).value == 0
    assert measure(evidence("", LOG + SAME), CONTEXT).value == 0


@pytest.mark.parametrize(
    ("stderr", "problem", "note"),
    [
        (SAME, "", "ruff analysed none of the component's 2 files; check whether its configuration excludes them"),
        (LOG, "", "ruff did not format to the end"),
        (LOG + SAME, "ruff is not installed", "ruff is not installed"),
        (LOG + "error: Failed to parse src/alpha/x.py:1:5: Expected x\n", "", "ruff could not format src/alpha/x.py"),
    ],
)
def test_without_proof_that_every_file_was_formatted_it_is_unknown(stderr: str, problem: str, note: str) -> None:
    found = measure(evidence("", stderr, problem=problem), CONTEXT)
    assert found.value is None
    assert found.note.startswith(note)


def test_a_file_of_another_component_that_cannot_be_formatted_is_its_own_affair() -> None:
    stderr = LOG + "error: Failed to parse src/beta.py:1:5: Expected x\n" + CHANGED
    assert measure(evidence(DIFF, stderr), CONTEXT).value == 1
    assert measure(evidence(DIFF, stderr, BETA), CONTEXT).value is None


def test_a_formatter_that_was_not_run_or_does_not_exist_is_unknown() -> None:
    assert measure(Evidence(component=ALPHA), CONTEXT).note == "ruff was not run"
    context = Context(root=ROOT, options={"format": {"tool": "blak"}})
    assert make_commands([ALPHA], context) == {}
    assert measure(Evidence(component=ALPHA), context).note == "there is no formatter 'blak' (did you mean 'black'?)"


def test_one_command_for_all_components_with_the_same_settings(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    parts = []
    for name in ("a", "b"):
        source = root / f"packages/{name}/src/{name}"
        source.mkdir(parents=True)
        parts.append(Component(name=name, sources=(source,), files=(source / "x.py",), found_by="src"))
    (root / "packages/a/pyproject.toml").write_text("[tool.black]\n")
    commands = make_commands(parts, Context(root=root))
    assert {key: Path(one.argv[0]).stem for key, one in commands.items()} == {
        "format:packages/a": "black",
        "format": "ruff",
    }
    commands = make_commands(parts, Context(root=root, options={"format": {"tool": "black"}}))
    assert {key: Path(one.argv[0]).stem for key, one in commands.items()} == {
        "format:packages/a": "black",
        "format": "black",
    }


def test_the_remedy_is_the_command_that_formats() -> None:
    given = evidence(DIFF, LOG + CHANGED)
    required = Requirement(gate="format", threshold=Fraction(0), source="here")
    assert suggest_remedy(given, measure(given, CONTEXT), required) == Remedy(
        "format 1 file", ("/bin/ruff", "format", "--force-exclude", "src/alpha/x.py")
    )


def test_the_gate_is_better_when_lower() -> None:
    assert (GATE.name, GATE.better, GATE.unit) == ("format", "lower", "")
