"""`--maturity-fix`: what ruff changes before anything is measured, and where it changes nothing."""

from __future__ import annotations

import pytest

from pytest_maturity.tools.processes import ProgramResult
from tests.acceptance.project import TESTS_ONLY, Project, tree

UGLY = "import os\nvalue = { 'a':1 }\n"
PRETTY = 'value = {"a": 1}\n'
LINTED = TESTS_ONLY + "    lint = 0\n"


@pytest.fixture
def ugly(project: Project) -> Project:
    """A component and its neighbour, both with an unused import."""
    project.policy(LINTED)
    project.write({"src/orchestration/ugly.py": UGLY, "src/billing/ugly.py": UGLY})
    return project


def source(project: Project, name: str = "orchestration") -> str:
    return (project.path / f"src/{name}/ugly.py").read_text("utf-8")


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["here", "workers"])
def test_safe_fixes_and_the_format_come_first_and_are_told(ugly: Project, arguments: tuple[str, ...]) -> None:
    ran = ugly.gate("--maturity-fix", "--maturity-target=silver", *arguments, subprocess=True)
    assert (source(ugly), source(ugly, "billing")) == (PRETTY, UGLY)
    assert "--maturity-fix: ruff changed 1 file: src/orchestration/ugly.py" in ran.report["notes"]
    assert (ran.code, ran.gate("lint")["value"], ran.gaps) == (0, 0, [])
    ran.result.stdout.fnmatch_lines(["*ruff changed 1 file: src/orchestration/ugly.py*"])


def test_every_file_that_changed_is_named_also_where_little_is_said(ugly: Project) -> None:
    names = [f"src/orchestration/ugly_{number}.py" for number in range(5)]
    ugly.write(dict.fromkeys(names, UGLY))
    told = ["--maturity-fix: ruff changed 6 files:", "  src/orchestration/ugly.py", *(f"  {name}" for name in names)]
    ran = ugly.gate("--maturity-fix", "-q")
    assert ran.result.errlines[:7] == told
    assert ran.report["notes"] == [f"--maturity-fix: ruff changed 6 files: {', '.join(map(str.strip, told[1:]))}"]


def test_what_is_not_judged_is_not_changed(ugly: Project) -> None:
    others = ["conftest.py", "tests/test_in.py", "test_beside.py", "stub.pyi", "excluded.py"]
    ugly.write({f"src/orchestration/{name}": UGLY for name in others})
    ugly.policy(LINTED + '    [tool.ruff]\n    include = ["**/ugly.py"]\n')
    ran = ugly.gate("--maturity-fix")
    assert [(ugly.path / "src/orchestration" / name).read_text("utf-8") for name in others] == [UGLY] * 5
    assert ran.report["notes"] == ["--maturity-fix: ruff changed 1 file: src/orchestration/ugly.py"]


def test_a_link_that_leads_out_of_the_component_is_left_alone_and_told(ugly: Project) -> None:
    (ugly.path / "src/orchestration/linked.py").symlink_to("../billing/ugly.py")
    ran = ugly.gate("--maturity-fix")
    assert (source(ugly), source(ugly, "billing")) == (PRETTY, UGLY)
    words = "src/orchestration/linked.py: a link out of the component"
    assert ran.report["notes"][1] == f"--maturity-fix: left alone: {words}"


def test_a_syntax_error_keeps_nobody_from_fixing_the_rest_and_from_judging(ugly: Project) -> None:
    ugly.write({"src/orchestration/broken.py": "import os\ndef f(:\n"})
    ran = ugly.gate("--maturity-fix", "--maturity-target=silver")
    assert (source(ugly), ran.code) == (PRETTY, 1)
    changed, left = ran.report["notes"]
    assert changed == "--maturity-fix: ruff changed 1 file: src/orchestration/ugly.py"
    assert left.startswith("--maturity-fix: left alone: src/orchestration/broken.py:2:7: ")


def test_a_file_that_cannot_be_written_is_told(ugly: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    where = f"{ugly.path}/src/orchestration/ugly.py"
    said = {
        "--fix": ProgramResult(f"{where}:1:1: E902 Permission denied (os error 13)\nFound 1 error.\n".encode()),
        "format": ProgramResult(b"", "ruff exited with 2", f"error: Failed to write {where}: Permission denied\n"),
        "--show-files": ProgramResult(f"{where}\n".encode()),
    }

    def run_program(argv: tuple[str, ...], *_: object, **__: object) -> ProgramResult:
        return next(answer for word, answer in said.items() if word in argv)

    monkeypatch.setattr("pytest_maturity.plugin.fix.run_program", run_program)
    ran = ugly.gate("--maturity-fix")
    assert ran.report["notes"] == [
        "--maturity-fix: nothing to change",
        "--maturity-fix: left alone: src/orchestration/ugly.py:1:1: E902 Permission denied (os error 13), "
        "src/orchestration/ugly.py: Permission denied",
    ]


def test_what_was_changed_before_ruff_failed_is_told(ugly: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pytest_maturity.plugin.fix.FORMAT", ("format", "--no-such-option"))
    ran = ugly.gate("--maturity-fix")
    assert (ran.code, source(ugly)) == (4, "value = { 'a':1 }\n")
    assert ran.result.errlines[:2] == ["--maturity-fix: ruff changed 1 file:", "  src/orchestration/ugly.py"]
    assert ran.errors[0].startswith("ERROR: --maturity-fix: ruff exited with 2")


def test_what_needs_no_fix_is_told_too(ugly: Project) -> None:
    ugly.gate("--maturity-fix")
    assert "--maturity-fix: nothing to change" in ugly.gate("--maturity-fix").report["notes"]


def test_without_the_option_nothing_changes(ugly: Project) -> None:
    assert ugly.gate("--maturity-target=silver").code == 1
    assert source(ugly) == UGLY


def test_another_formatter_of_the_project_is_left_its_work(ugly: Project) -> None:
    ugly.policy(LINTED + "    [tool.black]\n    line-length = 100\n")
    ugly.gate("--maturity-fix")
    assert source(ugly) == UGLY.replace("import os\n", "")


def test_unsafe_fixes_and_excluded_files_are_left_alone(ugly: Project) -> None:
    unsafe = "def f(a):\n    return a == None\n"
    ugly.write({"src/orchestration/left.py": UGLY, "src/orchestration/unsafe.py": unsafe})
    ugly.policy(
        LINTED + '    [tool.ruff]\n    unsafe-fixes = true\n    extend-exclude = ["left.py"]\n'
        '    lint.select = ["E711", "F401"]\n'
    )
    ugly.gate("--maturity-fix")
    assert (ugly.path / "src/orchestration/unsafe.py").read_text("utf-8") == unsafe
    assert (ugly.path / "src/orchestration/left.py").read_text("utf-8") == UGLY


NOTHING_RUNS = (
    "--maturity-explain", "--help", "--version", "--version --version", "--markers", "--fixtures", "--cache-show",
    "--fixtures-per-test", "--collect-only", "--setup-only", "--setup-plan",
)  # fmt: skip


@pytest.mark.parametrize("arguments", NOTHING_RUNS)
def test_where_nothing_is_judged_nothing_is_fixed(ugly: Project, arguments: str) -> None:
    ugly.gate("--maturity-fix", *arguments.split())
    assert source(ugly) == UGLY


def test_in_ci_it_is_refused(ugly: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    before = tree(ugly.path / "src")
    monkeypatch.setenv("CI", "1")
    ran = ugly.gate("--maturity-fix")
    assert (ran.code, tree(ugly.path / "src")) == (4, before)
    assert ran.errors == [
        "ERROR: --maturity-fix: changes files, and CI is set: fix where you can look at it, and commit it"
    ]


def test_ruff_that_is_missing_or_fails_is_refused(ugly: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("pytest_maturity.plugin.fix.find_program", lambda name: "absent-" + name)
        ran = ugly.gate("--maturity-fix")
    assert (ran.code, ran.errors) == (4, ["ERROR: --maturity-fix: absent-ruff is not installed: pip install ruff"])
    ugly.policy(LINTED + "    [tool.ruff]\n    nonsense = 1\n")
    ran = ugly.gate("--maturity-fix")
    assert ran.code == 4
    assert ran.errors[0].startswith("ERROR: --maturity-fix: ruff exited with 2")
