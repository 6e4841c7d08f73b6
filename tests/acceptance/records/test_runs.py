"""Each judged run is recorded, once for each component; and no verdict depends on it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pytest_maturity.records.audit import NO_HEAD
from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.project import TESTS_ONLY, Project
from tests.unit.records.kill import kill_in_transaction
from tests.unit.records.records import promotion

WITH_RECORDS = f"{TESTS_ONLY}\n    [tool.maturity.records]\n"
EMPTY_LOG = f"  audit log: {NO_HEAD}"
UNUSED = """
    import sys

    def test_it():
        assert not [name for name in sys.modules if name.startswith("pytest_maturity.records")]
    """


@pytest.fixture
def recorded(project: Project) -> Project:
    """A project that keeps records."""
    project.policy(WITH_RECORDS)
    return project


def store_of(project: Project) -> SqliteStore:
    return SqliteStore(project.path / ".maturity/records.db")


def test_a_run_leaves_one_record_with_what_its_report_says(recorded: Project) -> None:
    run = recorded.gate("--maturity-target=silver")
    (record,) = store_of(recorded).list_runs("orchestration")
    assert (run.code, record.verdict, record.target, record.reached) == (0, "PROMOTE", "silver", "silver")
    assert record.run_id == run.report["run"]["id"]
    assert [gate.name for gate in record.gates] == ["pass_rate", "skipped_rate"]
    assert EMPTY_LOG in run.result.outlines
    assert [path for path in run.component["files"] if path.startswith(("src", "tests"))] == [
        "src/orchestration/__init__.py", "src/orchestration/engine.py", "src/orchestration/unused.py",
        "tests/test_orchestrator.py",
    ]  # fmt: skip


def test_a_report_has_the_numbers_of_an_earlier_run(recorded: Project) -> None:
    first = recorded.gate().report
    assert first["components"][0]["compared_with"] is None
    recorded.gate()
    found = recorded.gate("--maturity-report=html").component["compared_with"]
    assert (found["run"], found["verdict"], found["reached"]) == (first["run"]["id"], "PROMOTE", "silver")
    assert found["values"] == {"pass_rate": 100, "skipped_rate": 0}
    assert "Same as on " in (recorded.path / ".maturity/orchestration.html").read_text("utf-8")


@pytest.mark.parametrize("more", [("-n2",), ("-p", "pytest_cov", "--cov=src")])
def test_workers_and_pytest_cov_change_nothing(recorded: Project, more: tuple[str, ...]) -> None:
    recorded.plugins = ("xdist", "pytest_cov")
    assert recorded.gate(*more, component="all", subprocess=True).code == 0
    runs = list(store_of(recorded).iterate_runs())
    assert [(run.component, run.verdict) for run in runs] == [("billing", "PROMOTE"), ("orchestration", "PROMOTE")]
    assert len({run.run_id for run in runs}) == 1


def test_without_the_table_nothing_is_written_and_nothing_of_the_records_is_imported(project: Project) -> None:
    project.write({"tests/test_billing.py": UNUSED})
    assert project.gate(component="billing", subprocess=True).code == 0
    assert not (project.path / ".maturity/records.db").exists()


@pytest.mark.parametrize("option", ["--maturity-gate=pass_rate", "--maturity-explain", "--collect-only"])
def test_a_run_that_judges_not_everything_is_not_recorded(recorded: Project, option: str) -> None:
    recorded.gate(option)
    assert list(store_of(recorded).iterate_runs()) == []


def test_shards_are_recorded_when_they_are_merged(recorded: Project) -> None:
    assert recorded.gate("--maturity-evidence=1.json").code == 0
    assert list(store_of(recorded).iterate_runs()) == []
    assert recorded.gate("--maturity-merge=1.json").code == 0
    (record,) = store_of(recorded).iterate_runs()
    assert record.verdict == "PROMOTE"


def test_shards_that_are_judged_for_another_stage_change_no_report_and_no_record(recorded: Project) -> None:
    recorded.policy(WITH_RECORDS.replace("ladder =", 'reports = ["markdown", "badge"]\n    ladder =', 1))
    assert recorded.gate(subprocess=True).code == 0
    assert recorded.gate("--maturity-evidence=1.json", subprocess=True).code == 0
    before = {path: path.read_bytes() for path in (recorded.path / ".maturity").rglob("*")}
    command = (sys.executable, "-m", "pytest_maturity.cli", "judge", "1.json", "--target", "silver")
    found = recorded.pytester.run(*command)
    assert (int(found.ret), found.outlines) == (0, ["PROMOTE  orchestration would be ready for silver"])
    assert {path: path.read_bytes() for path in (recorded.path / ".maturity").rglob("*")} == before
    assert recorded.gate("--maturity-trial").code == 4


@pytest.mark.processes
def test_a_killed_run_stays_behind_and_the_next_one_says_so(recorded: Project) -> None:
    """With SIGKILL nothing can be written at the end."""
    recorded.write({"tests/test_orchestrator.py": "import os\n\ndef test_it():\n    os.kill(os.getpid(), 9)\n"})
    assert recorded.gate(subprocess=True).code not in (0, 1, 3)
    (record,) = store_of(recorded).iterate_runs()
    assert record.verdict == "INCOMPLETE"
    recorded.write({"tests/test_orchestrator.py": "import orchestration\n\ndef test_it():\n    pass\n"})
    run = recorded.gate(subprocess=True)
    assert run.code == 0
    (note,) = run.report["notes"]
    assert note == (
        f"orchestration: the run of {record.started} has no verdict: it was killed or refused, or still goes on"
    )
    assert [one.verdict for one in store_of(recorded).list_runs("orchestration")] == ["PROMOTE", "INCOMPLETE"]


def test_what_fails_after_the_judgement_is_recorded(recorded: Project) -> None:
    recorded.write({"conftest.py": "def pytest_unconfigure():\n    raise RuntimeError('late')\n"})
    assert recorded.gate(subprocess=True).code == 3
    (record,) = store_of(recorded).iterate_runs()
    assert (record.verdict, record.reached) == ("INCONCLUSIVE", None)
    assert "late" in record.gaps[-1]


@pytest.mark.parametrize("break_it", ["garbage", "link", "directory", "tracked", "journal"])
def test_records_that_cannot_be_used_change_no_verdict(recorded: Project, break_it: str) -> None:
    store = store_of(recorded)
    store.append([promotion("bronze", "orchestration")])
    path, words = store.path, "cannot be"
    if break_it == "garbage":
        path.write_bytes(b"garbage" * 1000)
        words = "file is not a database"
    elif break_it == "link":
        path.rename(recorded.path / "elsewhere.db")
        path.symlink_to(recorded.path / "elsewhere.db")
        words = "is a link or no file"
    elif break_it == "directory":
        path.unlink()
        path.mkdir()
        words = "is a link or no file"
    elif break_it == "tracked":
        subprocess.run(["git", "init", "-q"], cwd=recorded.path, check=True)
        subprocess.run(["git", "add", "--force", ".maturity/records.db"], cwd=recorded.path, check=True)
        words = "git tracks records.db"
    elif hasattr(os, "fork"):
        kill_in_transaction(path)
        words = "a writer was killed"
    before = path.read_bytes() if path.is_file() else b""
    run = recorded.gate()
    assert run.code == 0
    assert [note for note in run.report["notes"] if note.startswith("records: ") and words in note], run.report["notes"]
    if break_it == "journal":
        assert len(list(path.parent.glob("records.db.killed-*"))) == 2
        assert store.list_entries() != []
    else:
        assert (path.read_bytes() if path.is_file() else b"") == before


def test_a_test_that_rewrites_the_audit_log_promotes_nothing(recorded: Project) -> None:
    store_of(recorded).append([promotion("bronze", "orchestration")])
    body = "from pathlib import Path\n\ndef test_it():\n    Path('.maturity/records.db').unlink()\n"
    recorded.write({"tests/test_orchestrator.py": body})
    run = recorded.gate()
    assert (run.code, run.gaps) == (3, ["changed"])
    assert "the audit log of the records was rewritten during the run" in run.last_line


def test_the_database_is_no_change_of_the_work_tree(recorded: Project) -> None:
    recorded.policy(f"{WITH_RECORDS}    path = 'kept.db'\n")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=recorded.path, check=True)
    for _ in range(2):
        run = recorded.gate()
        assert (run.code, run.report["run"]["dirty"]) == (0, False)
    assert (recorded.path / "kept.db").exists()


def test_a_stage_file_is_no_uncommitted_change_and_a_specification_is_one(recorded: Project) -> None:
    recorded.policy(f"{WITH_RECORDS}    stage_file = 'src/{{component}}/MATURITY.md'\n")
    recorded.write({"src/orchestration/MATURITY.md": "old\n", "specs/orchestration.md": "# Orchestration\n"})
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=recorded.path, check=True)
    recorded.write({"src/orchestration/MATURITY.md": "new\n", "src/billing/MATURITY.md": "new\n"})
    assert recorded.gate().report["run"]["dirty"] is False
    recorded.write({"specs/orchestration.md": "# Another\n"})
    assert recorded.gate().report["run"]["uncommitted"] == ["specs/orchestration.md"]
