"""The work tree of a run: what was judged without being in the commit, and what the tests changed."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.project import Project, commit, git

WRITES = """
    from pathlib import Path

    import orchestration

    def test_few():
        Path("{path}").parent.mkdir(exist_ok=True)
        Path("{path}").write_text("{text}")
        assert orchestration.run(1) == "few"
    """


@pytest.fixture
def committed(project: Project) -> Project:
    """The project as a commit; nothing but its reports is ignored by git."""
    project.write({"config.json": "{}\n", "src/orchestration/rates.json": "{}\n"})
    commit(project)
    return project


def write_during_the_tests(project: Project, path: str, text: str = "A = 3") -> None:
    """Commits a test that writes a file at once, as the work tree's only change."""
    project.write({"tests/test_orchestrator.py": WRITES.format(path=path, text=text)})
    commit(project, "write")


def test_the_byte_code_and_reports_of_earlier_runs_are_no_changes(committed: Project) -> None:
    committed.write({"src/orchestration/__pycache__/engine.cpython-39.pyc": ""})
    for _ in range(2):
        run = committed.gate("--maturity-report=report.json", "-p", "no:cacheprovider").result
        assert run.ret == 0
    report = json.loads((committed.path / "report.json").read_text())
    assert (report["run"]["commit"], report["run"]["dirty"]) == (git(committed, "rev-parse", "HEAD"), False)


@pytest.mark.parametrize(
    "path",
    ["config.json", "new.txt", "src/orchestration/rates.json", ".cache/x.json", "tests/test_orchestration_more.py"],
)
def test_what_tests_write_is_listed_and_is_no_uncommitted_change(committed: Project, path: str) -> None:
    write_during_the_tests(committed, path)
    ran = committed.gate()
    assert (ran.code, ran.report["run"]["dirty"], ran.report["run"]["uncommitted"]) == (0, False, [])
    (note,) = ran.report["notes"]
    assert note.startswith("the tests changed ")
    assert path in note


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("src/orchestration/unused.py", "source file"),
        ("src/orchestration/new.py", "source file"),
        ("src/orchestration/unused.pyi", "source file"),
        ("tests/test_orchestrator.py", "test file"),
        ("tests/conftest.py", "test file"),
        ("specs/orchestration.md", "specification"),
        ("pyproject.toml", "configuration file"),
        ("pytest.ini", "configuration file"),
        ("ruff.toml", "configuration file"),
    ],
)
def test_what_is_judged_must_not_change_during_the_run(committed: Project, path: str, kind: str) -> None:
    committed.write({"specs/orchestration.md": "# Orchestration\n", "tests/conftest.py": ""})
    write_during_the_tests(committed, path)
    ran = committed.gate()
    assert ran.code == 3
    message = f"1 {kind} changed during the run: {path}"
    assert {"cause": "changed", "message": message, "kinds": []} in ran.component["gaps"]


def test_files_of_another_component_may_change(committed: Project) -> None:
    write_during_the_tests(committed, "src/billing/__init__.py")
    ran = committed.gate()
    assert (ran.code, ran.gaps) == (0, [])


def test_another_commit_must_not_be_checked_out_during_the_run(committed: Project) -> None:
    committed.write({
        "tests/test_orchestrator.py": """
            import subprocess

            def test_commit():
                command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "two", "--allow-empty"]
                subprocess.run(command, check=True)
            """
    })  # fmt: skip
    commit(committed)
    ran = committed.gate()
    assert [gap["message"] for gap in ran.component["gaps"]] == [
        "the commit that is checked out changed during the run"
    ]


def test_a_conftest_that_writes_does_so_after_the_tree_was_read(committed: Project) -> None:
    committed.write({"conftest.py": "from pathlib import Path\n\nPath('config.json').write_text('[]')\n"})
    commit(committed)
    ran = committed.gate()
    assert (ran.code, ran.report["run"]["dirty"]) == (0, False)
    assert ran.report["notes"] == ["the tests changed 1 file in the work tree: config.json"]


def hide_by_setting(project: Project, path: str) -> None:
    git(project, "config", "status.showUntrackedFiles", "no")


def hide_by_exclude(project: Project, path: str) -> None:
    with (project.path / ".git/info/exclude").open("a") as file:
        file.write(f"{path}\n")


def hide_by_ignore(project: Project, path: str) -> None:
    project.write({".gitignore": f"{path}\n"})
    commit(project, "ignore")


HIDDEN = [hide_by_setting, hide_by_exclude, hide_by_ignore]


@pytest.mark.parametrize("hide", HIDDEN)
@pytest.mark.parametrize(
    "path",
    ["src/orchestration/extra.py", "tests/test_orchestration_more.py", "tests/conftest.py", "ruff.toml"],
)
def test_what_is_judged_and_hidden_from_git_is_uncommitted(committed: Project, path: str, hide: object) -> None:
    assert callable(hide)
    hide(committed, path)
    committed.write({path: "line-length = 100\n" if path.endswith(".toml") else "def test_a():\n    pass\n"})
    ran = committed.gate()
    assert (ran.code, ran.report["run"]["dirty"], ran.report["run"]["uncommitted"]) == (0, True, [path])


@pytest.mark.parametrize("flag", ["--skip-worktree", "--assume-unchanged"])
@pytest.mark.parametrize("path", ["src/orchestration/unused.py", "tests/test_orchestrator.py", "config.json"])
def test_a_change_that_git_was_told_to_overlook_is_uncommitted(committed: Project, path: str, flag: str) -> None:
    git(committed, "update-index", flag, path)
    with (committed.path / path).open("a") as file:
        file.write("\n")
    assert not git(committed, "status", "--porcelain")
    ran = committed.gate()
    assert (ran.code, ran.report["run"]["uncommitted"]) == (0, [path])


def test_only_the_components_own_files_outside_of_a_sparse_checkout_are_missed(committed: Project) -> None:
    committed.write({"tests/test_orchestration_more.py": "def test_more():\n    pass\n", "docs/a.py": "A = 1\n"})
    commit(committed)
    git(committed, "sparse-checkout", "set", "--no-cone", "/*", "!docs/", "!tests/test_billing.py")
    assert committed.gate().report["run"]["dirty"] is False
    for path in ("tests/test_orchestration_more.py", "src/orchestration/unused.py"):
        git(committed, "sparse-checkout", "set", "--no-cone", "/*", f"!{path}")
        ran = committed.gate()
        assert (ran.code, ran.report["run"]["uncommitted"]) == (0, [path])


def test_a_version_that_a_build_writes_is_no_uncommitted_change(committed: Project) -> None:
    hide_by_ignore(committed, "_version.py")
    committed.write({"src/orchestration/_version.py": "version = '1.2'\n__version_tuple__ = (1, 2)\n"})
    ran = committed.gate()
    assert (ran.code, ran.report["run"]["dirty"]) == (0, False)


def test_why_the_commit_is_unknown_is_noted(committed: Project) -> None:
    (committed.path / ".git/config").write_text("[core]\nrepositoryformatversion = 9\n")
    ran = committed.gate()
    assert (ran.code, ran.report["run"]["commit"], ran.report["run"]["dirty"]) == (0, None, None)
    (note,) = ran.report["notes"]
    assert note.startswith("the commit is unknown: git exited with 128: fatal: ")
