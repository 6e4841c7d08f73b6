"""`--maturity-fix` applies the linter's safe fixes before anything is measured, and changes nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_maturity.tools.processes import ProgramResult, run_program
from tests.acceptance.project import TESTS_ONLY, Project, tree

UNFIXED = "import os\nvalue = { 'a':1 }\n"
FIXED = "value = { 'a':1 }\n"
LINTED = TESTS_ONLY + "    lint = 0\n"


@pytest.fixture
def unfixed(project: Project) -> Project:
    """A component and its neighbour, both with an unused import."""
    project.policy(LINTED)
    project.write({"src/orchestration/ugly.py": UNFIXED, "src/billing/ugly.py": UNFIXED})
    return project


def source(project: Project, name: str = "orchestration") -> str:
    return (project.path / f"src/{name}/ugly.py").read_text("utf-8")


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["here", "workers"])
def test_safe_fixes_come_before_the_tests_and_are_noted(unfixed: Project, arguments: tuple[str, ...]) -> None:
    ran = unfixed.gate("--maturity-fix", "--maturity-target=silver", *arguments, subprocess=True)
    assert (source(unfixed), source(unfixed, "billing")) == (FIXED, UNFIXED)
    assert "--maturity-fix: ruff changed 1 file: src/orchestration/ugly.py" in ran.report["notes"]
    assert (ran.code, ran.gate("lint")["value"], ran.gaps) == (0, 0, [])
    ran.result.stdout.fnmatch_lines(["*ruff changed 1 file: src/orchestration/ugly.py*"])


def test_every_changed_file_is_named_also_under_q(unfixed: Project) -> None:
    names = [f"src/orchestration/ugly_{number}.py" for number in range(5)]
    unfixed.write(dict.fromkeys(names, UNFIXED))
    printed = ["--maturity-fix: ruff changed 6 files:", "  src/orchestration/ugly.py", *(f"  {name}" for name in names)]
    ran = unfixed.gate("--maturity-fix", "-q")
    assert ran.result.errlines[:7] == printed
    assert ran.report["notes"] == [f"--maturity-fix: ruff changed 6 files: {', '.join(map(str.strip, printed[1:]))}"]


def test_a_file_that_lint_does_not_judge_is_not_changed(unfixed: Project) -> None:
    others = ["conftest.py", "tests/test_in.py", "test_beside.py", "stub.pyi", "excluded.py"]
    unfixed.write({f"src/orchestration/{name}": UNFIXED for name in others})
    unfixed.policy(LINTED + '    [tool.ruff]\n    include = ["**/ugly.py"]\n')
    ran = unfixed.gate("--maturity-fix")
    assert [(unfixed.path / "src/orchestration" / name).read_text("utf-8") for name in others] == [UNFIXED] * 5
    assert ran.report["notes"] == ["--maturity-fix: ruff changed 1 file: src/orchestration/ugly.py"]


def test_a_link_out_of_the_component_is_not_changed_and_noted(unfixed: Project) -> None:
    (unfixed.path / "src/orchestration/linked.py").symlink_to("../billing/ugly.py")
    ran = unfixed.gate("--maturity-fix")
    assert (source(unfixed), source(unfixed, "billing")) == (FIXED, UNFIXED)
    words = "src/orchestration/linked.py: a link out of the component"
    assert ran.report["notes"][1] == f"--maturity-fix: not changed: {words}"


def test_a_syntax_error_does_not_keep_other_files_from_being_fixed(unfixed: Project) -> None:
    unfixed.write({"src/orchestration/broken.py": "import os\ndef f(:\n"})
    ran = unfixed.gate("--maturity-fix", "--maturity-target=silver")
    assert (source(unfixed), ran.code) == (FIXED, 1)
    assert ran.report["notes"] == ["--maturity-fix: ruff changed 1 file: src/orchestration/ugly.py"]


def test_a_file_that_cannot_be_written_is_noted(unfixed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    where = f"{unfixed.path}/src/orchestration/ugly.py"
    results = {
        "--fix": ProgramResult(f"{where}:1:1: E902 Permission denied (os error 13)\nFound 1 error.\n".encode()),
        "--show-files": ProgramResult(f"{where}\n".encode()),
    }

    def run_program(argv: tuple[str, ...], *_: object, **__: object) -> ProgramResult:
        return next(answer for word, answer in results.items() if word in argv)

    monkeypatch.setattr("pytest_maturity.plugin.fix.run_program", run_program)
    ran = unfixed.gate("--maturity-fix")
    assert ran.report["notes"] == [
        "--maturity-fix: nothing to change",
        "--maturity-fix: not changed: src/orchestration/ugly.py:1:1: E902 Permission denied (os error 13)",
    ]


def test_files_changed_before_ruff_failed_are_printed(unfixed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    unfixed.write({"src/orchestration/another.py": UNFIXED})

    def fail_at_the_second_file(argv: tuple[str, ...], *arguments: Any, **options: Any) -> ProgramResult:
        is_second = argv[-1].endswith("ugly.py")
        return ProgramResult(b"", "ruff exited with 2") if is_second else run_program(argv, *arguments, **options)

    monkeypatch.setattr("pytest_maturity.plugin.fix.FILES_PER_CALL", 1)
    monkeypatch.setattr("pytest_maturity.plugin.fix.run_program", fail_at_the_second_file)
    ran = unfixed.gate("--maturity-fix")
    assert ran.code == 4
    assert ran.result.errlines[0] == "--maturity-fix: ruff changed 1 file:"
    assert ran.errors[0].startswith("ERROR: --maturity-fix: ruff exited with 2")


def test_a_run_without_fixes_says_so(unfixed: Project) -> None:
    unfixed.gate("--maturity-fix")
    assert "--maturity-fix: nothing to change" in unfixed.gate("--maturity-fix").report["notes"]


def test_without_the_option_nothing_changes(unfixed: Project) -> None:
    assert unfixed.gate("--maturity-target=silver").code == 1
    assert source(unfixed) == UNFIXED


def test_unsafe_fixes_are_not_applied_and_excluded_files_not_changed(unfixed: Project) -> None:
    unsafe = "def f(a):\n    return a == None\n"
    unfixed.write({"src/orchestration/left.py": UNFIXED, "src/orchestration/unsafe.py": unsafe})
    unfixed.policy(
        LINTED + '    [tool.ruff]\n    unsafe-fixes = true\n    extend-exclude = ["left.py"]\n'
        '    lint.select = ["E711", "F401"]\n'
    )
    unfixed.gate("--maturity-fix")
    assert (unfixed.path / "src/orchestration/unsafe.py").read_text("utf-8") == unsafe
    assert (unfixed.path / "src/orchestration/left.py").read_text("utf-8") == UNFIXED


NOTHING_RUNS = (
    "--maturity-explain", "--help", "--version", "--version --version", "--markers", "--fixtures", "--cache-show",
    "--fixtures-per-test", "--collect-only", "--setup-only", "--setup-plan",
)  # fmt: skip


@pytest.mark.parametrize("arguments", NOTHING_RUNS)
def test_a_session_without_a_test_run_fixes_nothing(unfixed: Project, arguments: str) -> None:
    unfixed.gate("--maturity-fix", *arguments.split())
    assert source(unfixed) == UNFIXED


def test_in_ci_it_is_refused(unfixed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(unfixed.path / "src")
    monkeypatch.setenv("CI", "1")
    ran = unfixed.gate("--maturity-fix")
    assert (ran.code, tree(unfixed.path / "src")) == (4, before)
    assert ran.errors == ["ERROR: --maturity-fix: changes files, and CI is set: fix and commit where you can review it"]


def test_ruff_that_is_missing_or_fails_is_refused(unfixed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("pytest_maturity.plugin.fix.find_program", lambda name: "absent-" + name)
        ran = unfixed.gate("--maturity-fix")
    assert (ran.code, ran.errors) == (4, ["ERROR: --maturity-fix: absent-ruff is not installed: pip install ruff"])
    unfixed.policy(LINTED + "    [tool.ruff]\n    nonsense = 1\n")
    ran = unfixed.gate("--maturity-fix")
    assert ran.code == 4
    assert ran.errors[0].startswith("ERROR: --maturity-fix: ruff exited with 2")


def test_only_the_rules_of_the_lint_gate_are_applied(unfixed: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    # ruff has fixes for these by its own default rules from 0.16 on, and writes to the file that the variable names.
    more = "import typing\n\nx: typing.Optional[int] = None\n"
    unfixed.write({"src/orchestration/more.py": more})
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(unfixed.path / "out"))
    unfixed.gate("--maturity-fix", "--maturity-target=silver")
    assert (unfixed.path / "src/orchestration/more.py").read_text("utf-8") == more
    assert source(unfixed) == FIXED
    assert not (unfixed.path / "out").exists()
