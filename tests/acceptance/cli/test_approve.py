"""`pytest-maturity approve`: two people consent, the component is promoted, and a change of any kind undoes it."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.cli.conftest import SILVER, TRUSTED, Office
from tests.acceptance.project import commit, git, lines_with
from tests.unit.repository import make_ssh_key, sign_by_ssh


def test_two_people_promote(office: Office) -> None:
    run = office.judge()
    assert run.code == 1
    assert run.last_line == "HOLD  orchestration is not ready for silver: approvals.silver 0 < 2"
    assert lines_with(run.result, "pytest-maturity approve orchestration --target silver --role qa --reason TEXT")
    code, printed = office.approve("ann", "qa")
    assert code == 0
    assert printed.startswith("orchestration is approved for silver by ann (claimed) until ")
    run = office.judge()
    assert (run.code, run.component["approvals"]["silver"]["missing_roles"]) == (1, ["ops"])
    assert lines_with(run.result, "1 more approval as ops; approved by ann as qa (claimed)")
    assert office.approve("bob", "ops")[0] == 0
    run = office.judge()
    assert (run.code, run.last_line) == (0, "PROMOTE  orchestration is ready for silver")
    found = run.component["approvals"]["silver"]
    assert [(one["name"], one["role"], one["identity"]) for one in found["counted"]] == [
        ("bob", "ops", "claimed"), ("ann", "qa", "claimed"),
    ]  # fmt: skip
    assert office.run("record", ".maturity/orchestration.json")[0] == 0
    log = office.run("log")[1]
    assert "resting on the approval " in log
    assert "of ann as qa (claimed)" in log
    assert office.judge().code == 0  # what is on record changes no digest


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("src/orchestration/unused.py", "FIRST = 2\n"),
        ("src/orchestration/new.py", "FIRST = 2\n"),
        ("tests/test_orchestrator.py", "import orchestration\n\ndef test_it():\n    assert orchestration.run(9)\n"),
        ("specs/orchestration.md", "# Changed\n"),
        ("setup.cfg", "[tool:none]\n"),
    ],
)
def test_another_file_needs_another_approval(office: Office, name: str, text: str) -> None:
    office.judge()
    assert [office.approve("ann", "qa")[0], office.approve("bob", "ops")[0]] == [0, 0]
    office.project.write({name: text})
    commit(office.project, "change")
    run = office.judge()
    assert run.code == 1
    refused = run.component["approvals"]["silver"]["refused"]
    assert len(refused) == 2
    assert all("does not count: it is about other files or another policy (commit " in one for one in refused)
    assert refused[0] in " ".join(" ".join(run.result.outlines).split())


def test_another_policy_needs_another_approval(office: Office) -> None:
    office.judge()
    assert [office.approve("ann", "qa")[0], office.approve("bob", "ops")[0]] == [0, 0]
    office.configure(TRUSTED, "    [tool.maturity.stages.bronze.retry]\n    max_retries = 9\n")
    assert office.judge().code == 1


OPTIONS = ("--maturity-compare-branch=HEAD", "--maturity-retries=0", "--maturity-target=bronze")


@pytest.mark.parametrize(("of_judged", "of_promoted"), [((), OPTIONS[:2]), (OPTIONS[:2], ()), (OPTIONS[2:], ())])
def test_the_options_of_a_run_are_no_policy(
    office: Office, of_judged: tuple[str, ...], of_promoted: tuple[str, ...]
) -> None:
    office.judge(*of_judged)
    assert [office.approve("ann", "qa")[0], office.approve("bob", "ops")[0]] == [0, 0]
    run = office.judge(*of_promoted)
    assert (run.code, run.component["approvals"]["silver"]["refused"]) == (0, [])
    assert office.run("record", ".maturity/orchestration.json")[0] == 0


def test_no_option_of_a_run_hides_an_author(office: Office) -> None:
    """The commit of ann is no part of the change that the option names."""
    git(office.project, "checkout", "-q", "-b", "change")
    office.project.write({"src/orchestration/unused.py": "FIRST = 3\n"})
    git(office.project, "commit", "-qam", "first", "--author=ann <ann@example.org>")
    git(office.project, "branch", "later")
    office.project.write({"src/orchestration/unused.py": "FIRST = 4\n"})
    git(office.project, "commit", "-qam", "second", "--author=bob <bob@example.org>")
    run = office.judge("--maturity-compare-branch=later")
    log = SqliteStore(office.project.path / ".maturity/records.db")
    code, printed = office.approve("ann", "qa")
    assert (code, "ann is an author of the change" in printed) == (3, True)
    assert office.approve("rita", "qa")[0] == 0
    (given,) = (one.decision for one in log.list_entries())
    log.append([replace(given, actor="ann")])
    run = office.judge("--maturity-compare-branch=later")
    assert "ann is an author of the change" in "".join(run.component["approvals"]["silver"]["refused"])
    assert [one["name"] for one in run.component["approvals"]["silver"]["counted"]] == ["rita"]


def test_the_author_cannot_approve(office: Office) -> None:
    office.judge()
    code, printed = office.approve("A@b", "qa")
    assert (code, printed) == (
        3, "ERROR: this approval would not count: A@b is an author of the change (a <a@b>)\n",
    )  # fmt: skip
    entries = SqliteStore(office.project.path / ".maturity/records.db").list_entries()
    assert all(one.decision.kind != "approval" for one in entries)


def test_uncommitted_changes_have_no_author_and_no_approval(office: Office) -> None:
    office.project.write({"src/orchestration/unused.py": "FIRST = 3\n"})
    run = office.judge()
    assert run.component["approvals"]["silver"]["problem"] == (
        "the authors of the change are not known: uncommitted changes: src/orchestration/unused.py"
    )
    code, printed = office.approve("ann", "qa")
    assert code == 3
    assert "uncommitted changes: src/orchestration/unused.py" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "gold"), "--target: 'gold' is not a stage of the ladder bronze, silver"),
        (("--target", "bronze"), "--target: bronze requires no approvals of orchestration"),
        (("--role", "dev"), "--role: silver needs approvals as qa or ops"),
        (("--expires", "soon"), "--expires: must be days, hours or minutes, like 14d, 12h or 45m, not 'soon'"),
        (("--expires", "367d"), "--expires: must be at most 366d, not 367d"),
        (("--reason", " "), "--reason: must not be empty"),
        (("--report", "no.json"), "no.json: No such file or directory: run pytest --maturity-component orchestration"),
    ],
)
def test_what_makes_no_sense_is_refused(office: Office, arguments: tuple[str, ...], words: str) -> None:
    office.judge()
    code, printed = office.approve("ann", "qa", *arguments)
    assert code == 4
    assert words in printed


def test_files_that_changed_since_the_run_are_not_approved(office: Office) -> None:
    office.judge()
    office.project.write({"src/orchestration/unused.py": "FIRST = 3\n"})
    code, printed = office.approve("ann", "qa")
    assert (code, "changed since the run of the report: src/orchestration/unused.py" in printed) == (4, True)


def test_a_report_that_was_edited_is_not_approved(office: Office) -> None:
    office.judge()
    path = office.project.path / ".maturity/orchestration.json"
    path.write_text(path.read_text("utf-8").replace('"passed": 1', '"passed": 2'), "utf-8")
    code, printed = office.approve("ann", "qa")
    assert (code, "its seal does not match" in printed) == (4, True)


def test_the_user_that_the_ci_service_names_approves(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.configure(TRUSTED, "    [tool.maturity.approvals]\n    identity = 'ci'\n")
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "CIRCLECI", "JENKINS_URL", "TF_BUILD", "BITBUCKET_BUILD_NUMBER"):
        monkeypatch.delenv(name, raising=False)
    office.judge()
    assert office.approve("ann", "qa")[1] == 'ERROR: --by: the policy accepts no typed names: its identity is "ci"\n'
    code, printed = office.approve("", "qa")
    assert (code, "none does here: approve in a job" in printed) == (4, True)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_ACTOR", "ann")
    assert "is approved for silver by ann (ci)" in office.approve("", "qa")[1]


def test_a_signed_tag_approves(office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = tmp_path / "keys"
    qa, ops = (f"{name} {make_ssh_key(keys, name)}" for name in ("ann", "bob"))
    roles = f"    [tool.maturity.approvals.roles]\n    qa.keys = ['{qa}']\n    ops.keys = ['{ops}']\n"
    office.configure(TRUSTED, roles)
    office.judge()
    monkeypatch.setenv("GIT_COMMITTER_NAME", "ann")
    monkeypatch.setenv("GIT_COMMITTER_EMAIL", "ann@example.org")
    for key, value in sign_by_ssh(keys, "ann").items():
        git(office.project, "config", key, value)
    code, printed = office.approve("", "qa")
    assert code == 0
    assert "by ann (signed)" in printed
    assert "type git push origin maturity-approvals/" in printed
    code, printed = office.approve("", "ops")  # with the key of ann
    assert (code, "is signed by none of the keys of the policy" in printed) == (3, True)
    assert len(git(office.project, "tag").splitlines()) == 1
    run = office.judge()
    assert run.gate("approvals.silver")["note"] == "approved by ann as qa (signed); missing: ops"


@pytest.mark.processes
def test_a_file_counts_when_the_ref_has_it(office: Office) -> None:
    office.configure("    [tool.maturity.records]\n    trust = ['ref']\n", needed="    approvals = 1\n")
    git(office.project, "branch", "-M", "main")
    ref = "--maturity-policy-ref=main"
    office.judge(ref)
    code, printed = office.run(
        "approve", "orchestration", "--target=silver", "--reason=x", "--by=ann", "--policy-ref=main"
    )
    assert code == 0
    assert "written: maturity-approvals/orchestration-approval-" in printed
    run = office.judge(ref)
    assert run.code == 1
    assert "it counts when it is in main" in "".join(run.component["approvals"]["silver"]["refused"])
    git(office.project, "checkout", "-q", "-b", "approve")
    git(office.project, "add", "maturity-approvals")
    git(office.project, "commit", "-qm", "approve", "--author=rita <r@example.org>")
    git(office.project, "checkout", "-q", "main")
    subprocess.run(["git", "merge", "-q", "approve"], cwd=office.project.path, check=True)
    run = office.judge(ref)
    assert (run.code, run.last_line) == (0, "PROMOTE  orchestration is ready for silver")


@pytest.mark.workers
def test_workers_change_nothing(office: Office) -> None:
    office.judge()
    assert [office.approve("ann", "qa")[0], office.approve("bob", "ops")[0]] == [0, 0]
    office.project.plugins = ("xdist",)
    assert office.project.gate(SILVER, "-n2", subprocess=True).code == 0


def test_a_test_that_writes_an_approval_gains_nothing(office: Office) -> None:
    """Fault 37: the ledger is read before the first conftest.py."""
    office.judge()
    office.approve("ann", "qa")
    forge = """
        import subprocess, sys
        import orchestration

        def test_few():
            command = ["approve", "orchestration", "--target=silver", "--role=ops", "--reason=x", "--by=bob"]
            subprocess.run([sys.executable, "-m", "pytest_maturity.cli", *command], check=False)
            assert orchestration.run(1) == "few"
        """
    office.project.write({"tests/test_orchestrator.py": forge})
    commit(office.project, "forge")
    run = office.judge()
    assert run.code == 1
    assert run.component["approvals"]["silver"]["counted"] == []
