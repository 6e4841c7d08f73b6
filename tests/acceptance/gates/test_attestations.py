"""Attested facts in whole runs: each source promotes with a number that counts, and is unknown without."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from pytest_maturity import cli
from tests.acceptance.project import Project
from tests.acceptance.tools.prometheus_server import Reply, Server, serve, vector

STAGES = """
    [tool.maturity]
    ladder = ["bronze", "silver"]
    [tool.maturity.stages.bronze]
    pass_rate = 100
    [tool.maturity.stages.silver]
    {name} = {least}
    [tool.maturity.attestations]
    {name} = {{ {table} }}
"""
REVIEWED = STAGES.format(name="reviewed", least=1, table='max_age = "30d", binds_to = "files"')
ROLLED_BACK = STAGES.format(name="rolled_back", least=1, table='max_age = "30d"')
GIVEN = ("--source", "https://wiki/drill", "--expires", "10d")
SILVER = "--maturity-target=silver"


def git(directory: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *identity, *arguments], cwd=directory, check=True, capture_output=True)


@pytest.fixture
def repository(project: Project) -> Project:
    """The project in a repository."""
    project.write({".gitignore": ".maturity/\n__pycache__/\n"})
    git(project.path, "init", "-q")
    git(project.path, "add", ".")
    git(project.path, "commit", "-q", "-m", "all")
    return project


def test_an_attestation_counts_for_its_component_and_again_when_it_is_replaced(repository: Project) -> None:
    repository.policy(ROLLED_BACK)
    run = repository.gate(SILVER)
    assert (run.code, run.gate("rolled_back")["value"]) == (3, None)
    assert "nobody has attested it: pytest-maturity attest orchestration rolled_back=NUMBER" in run.last_line
    assert cli.main(["attest", "orchestration", "rolled_back=1", *GIVEN]) == 0
    run = repository.gate(SILVER)
    assert (run.code, run.component["reached"]) == (0, "silver")
    assert run.gate("rolled_back")["note"].endswith(": https://wiki/drill")
    assert repository.gate(SILVER, component="billing").code == 3
    assert cli.main(["attest", "orchestration", "rolled_back=0", *GIVEN]) == 0
    assert repository.gate(SILVER).code == 1


def test_one_about_files_ends_with_the_next_change_of_them(repository: Project) -> None:
    repository.policy(REVIEWED)
    git(repository.path, "commit", "-qam", "policy")
    assert repository.gate(SILVER).code == 3
    report = str(repository.path / ".maturity/orchestration.json")
    assert cli.main(["attest", "orchestration", "reviewed=1", *GIVEN, "--report", report]) == 0
    assert repository.gate(SILVER).code == 0
    source = repository.path / "src/orchestration/__init__.py"
    text = source.read_text("utf-8")
    source.write_text(f"{text}\n# another line\n", "utf-8")
    run = repository.gate(SILVER)
    assert run.code == 3
    assert "is about other files" in run.gate("reviewed")["note"]
    source.write_text(text, "utf-8")
    assert repository.gate(SILVER).code == 0


def test_nobody_attests_the_files_of_their_own_change(
    repository: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.policy(REVIEWED)
    repository.gate(SILVER)
    report = repository.path / ".maturity/orchestration.json"
    attest = ("attest", "orchestration", "reviewed=1", *GIVEN, "--report", str(report))
    assert cli.main([*attest]) == 3
    assert "the authors of the change are not known: uncommitted changes: pyproject.toml" in capsys.readouterr().err
    git(repository.path, "commit", "-qam", "policy")
    repository.gate(SILVER)
    monkeypatch.setenv("GITHUB_ACTOR", "A")
    assert cli.main([*attest]) == 3
    assert "this attestation would not count: A is an author of the change (a <a@b>)" in capsys.readouterr().err
    monkeypatch.setenv("GITHUB_ACTOR", "rita")
    assert cli.main([*attest]) == 0
    assert repository.gate(SILVER).code == 0
    amend = ("commit", "-q", "--amend", "--no-edit", "--author=Rita <r@example.org>")  # the same files
    git(repository.path, *amend)
    run = repository.gate(SILVER)
    assert run.code == 3
    assert "by rita is by an author of the change (Rita <r@example.org>)" in run.gate("reviewed")["note"]


@pytest.mark.parametrize(("printed", "code"), [("100", 0), ("true", 1), ("99.4", 1), ("'up'", 3)])
def test_a_command_is_run_beside_the_tests(project: Project, printed: str, code: int) -> None:
    command = json.dumps([sys.executable, "-c", f"print({printed!r})", "{component}"])
    project.policy(STAGES.format(name="uptime", least="99.5", table=f"command = {command}"))
    run = project.gate(SILVER)
    assert run.code == code
    assert run.report["tools"]["uptime:orchestration"]["command"][-1] == "orchestration"
    assert not run.report["tools"]["uptime:orchestration"]["cached"]


def test_a_conftest_changes_neither_a_file_nor_the_environment_of_a_command(project: Project) -> None:
    command = json.dumps([sys.executable, "-c", "import os; print(os.environ.get('UPTIME', '0'))"])
    project.policy(
        STAGES.format(name="uptime", least=1, table=f"command = {command}")
        + 'watched = { file = "ops.json", pointer = "/ok", timestamp = "/at", max_age = "1d" }\n'
        "[tool.maturity.components.orchestration.stages.silver]\nwatched = 1\n"
    )
    now = datetime.now(timezone.utc).isoformat()
    project.write({
        "ops.json": json.dumps({"ok": False, "at": now}),
        "conftest.py": "import os\nfrom pathlib import Path\n\nos.environ['UPTIME'] = '1'\n"
        f"Path('ops.json').write_text('{{\"ok\": true, \"at\": \"{now}\"}}')\n",
    })  # fmt: skip
    run = project.gate(SILVER)
    assert run.code == 1
    assert (run.gate("uptime")["value"], run.gate("watched")["value"]) == (0, 0)


def test_the_query_and_the_file_are_those_of_the_policy_ref(repository: Project) -> None:
    table = 'file = "ops.json", pointer = "/ok", timestamp = "/at", max_age = "30d"'
    old = (datetime.now(timezone.utc) - timedelta(days=3)).isoformat()
    repository.policy(STAGES.format(name="watched", least=1, table=table))
    repository.write({"ops.json": json.dumps({"ok": False, "at": old})})
    git(repository.path, "add", ".")
    git(repository.path, "commit", "-q", "-m", "policy")
    git(repository.path, "checkout", "-q", "-b", "change")
    repository.policy(
        STAGES.format(name="watched", least=1, table=table.replace("30d", "300d").replace("/ok", "/more"))
    )
    repository.write({"ops.json": json.dumps({"ok": True, "more": 7, "at": old})})
    run = repository.gate(SILVER, "--maturity-policy-ref=main")
    assert (run.code, run.gate("watched")["value"]) == (1, 0)
    loosened = {one["setting"] for one in run.report["policy"]["loosened"]}
    assert {"attestations.watched.pointer", "attestations.watched.max_age"} <= loosened


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> object:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serve() as state:
        yield state


def test_a_query_is_asked_for_each_component(project: Project, server: Server) -> None:
    server.replies = [vector("99.5")]
    table = f"""prometheus = 'avg(up{{job="{{component}}"}})', url = "{server.url}", unit = "%" """
    project.policy(STAGES.format(name="uptime", least="99.5", table=table))
    assert project.gate(SILVER, component="all").code == 0
    queries = sorted(query for _, query, _ in server.requests)
    assert queries == ['avg(up{job="billing"})', 'avg(up{job="orchestration"})']


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply(delay=3), "did not answer within 0.5 s"),
        (Reply(status=500), "answered with the status 500"),
        (vector(), "the query found nothing: its result is empty"),
        (vector("100", "100"), "the query has 2 results: ask for one value"),
        (vector("NaN"), "'NaN' in the answer is not a number"),
        (vector("100", at=1_700_000_000.0), "answered for a time that is"),
        (Reply("<html>"), "the answer is '<html>', not JSON"),
    ],
)  # fmt: skip
def test_without_one_number_of_now_it_is_unknown(project: Project, server: Server, reply: Reply, words: str) -> None:
    server.replies = [reply]
    table = f"""prometheus = "up", url = "{server.url}", timeout = 0.5, retries = 0"""
    project.policy(STAGES.format(name="uptime", least="99.5", table=table))
    run = project.gate(SILVER)
    assert (run.code, run.gate("uptime")["value"]) == (3, None)
    assert words in run.gate("uptime")["note"]


def test_no_login_is_in_the_report_or_on_the_screen(
    project: Project, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies = [Reply(status=401)]
    monkeypatch.setenv("PROM_ADDRESS", server.url.replace("//", "//ann:hunter-22@"))
    project.policy(STAGES.format(name="uptime", least="99.5", table='prometheus = "up", url_variable = "PROM_ADDRESS"'))
    run = project.gate(SILVER, "-v")
    assert run.gate("uptime")["note"] == "the Prometheus server $PROM_ADDRESS answered with the status 401"
    assert "hunter" not in json.dumps(run.report) + str(run.result.stdout)
