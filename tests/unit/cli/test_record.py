"""`pytest-maturity record` writes what a report proves, once, and nothing that it does not prove."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity import cli
from pytest_maturity.model.evidence import Gap
from pytest_maturity.records.audit import make_entry
from pytest_maturity.records.export import format_entry
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import promotion
from tests.unit.reports.reports import COMMIT, resealed

PARTIAL = (Gap(cause="partial", message="-k"),)


def test_a_promotion_is_written_once_with_its_numbers(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded.write_report(80)
    assert cli.main(["record", str(path), "--reason", "release 7"]) == 0
    assert capsys.readouterr().out == "PROMOTE  shop is promoted to staging\n"
    (entry,) = recorded.store.list_entries()
    decision = entry.decision
    assert (decision.kind, decision.stage, decision.component) == ("promotion", "staging", "shop")
    assert (decision.commit, decision.dirty, decision.reason) == (COMMIT, False, "release 7")
    assert [gate.name for gate in decision.gates] == ["pass_rate", "coverage"]
    assert len(decision.digest) == 64
    assert [run.verdict for run in recorded.store.list_runs("shop")] == ["PROMOTE"]
    assert cli.main(["record", str(path)]) == 0
    assert capsys.readouterr().out == "PROMOTE  shop: this run is recorded already\n"
    assert len(recorded.store.list_entries()) == 1


def test_what_no_longer_meets_its_recorded_stage_is_demoted_to_what_it_reaches(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded.record(95, "production") == 0
    assert recorded.record(60, "production") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "HOLD  shop is demoted from production to dev"
    assert recorded.record(10, "dev") == 1
    assert recorded.decisions() == [("promotion", "production"), ("demotion", "dev"), ("demotion", None)]


def test_a_report_on_a_lower_stage_demotes_where_its_numbers_do(recorded: RecordedProject) -> None:
    assert recorded.record(95, "production") == 0
    assert recorded.record(95, "dev") == 0
    assert recorded.decisions() == [("promotion", "production")]
    assert recorded.record(75, "dev") == 1  # although it is ready for dev
    assert recorded.decisions() == [("promotion", "production"), ("demotion", "staging")]


def test_what_is_not_ready_for_a_higher_stage_stays_where_it_is(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded.record(75) == 0
    assert recorded.record(75, "production") == 1
    assert capsys.readouterr().out.splitlines()[-1] == "HOLD  shop stays at staging"
    assert recorded.decisions() == [("promotion", "staging")]


def test_an_inconclusive_run_neither_promotes_nor_demotes(recorded: RecordedProject) -> None:
    assert recorded.record(80, gaps=PARTIAL) == 3
    assert recorded.decisions() == []
    assert recorded.record(80) == 0
    assert recorded.record(80, gaps=PARTIAL) == 3
    assert recorded.decisions() == [("promotion", "staging")]


def test_a_run_from_before_a_demotion_does_not_take_it_back(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = recorded.write_report(80)
    assert recorded.record(80) == 0
    assert cli.main(["demote", "shop", "--reason", "incident"]) == 0
    capsys.readouterr()
    assert cli.main(["record", str(earlier)]) == 3
    words = "INCONCLUSIVE  shop: its run began before the demotion of shop to no stage; run it again\n"
    assert capsys.readouterr().out == words
    assert recorded.record(80) == 0
    assert recorded.decisions() == [("promotion", "staging"), ("demotion", None), ("promotion", "staging")]


def test_an_earlier_run_may_promote_after_a_promotion(recorded: RecordedProject) -> None:
    earlier = recorded.write_report(80)
    assert recorded.record(80, "dev") == 0
    assert cli.main(["record", str(earlier)]) == 0
    assert recorded.decisions() == [("promotion", "dev"), ("promotion", "staging")]


def test_a_new_promotion_to_the_same_stage_renews_its_numbers(recorded: RecordedProject) -> None:
    assert recorded.record(75) == 0
    assert recorded.record(80) == 0
    assert [str(entry.decision.gates[1].value) for entry in recorded.store.list_entries()] == ["75", "80"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--commit", "f" * 40), "it is from the commit"),
        (("--run-id", "x"), "it is from the run"),
        (("--component", "bank"), "it does not judge 'bank'"),
        (("--target", "dev"), "it was judged for staging, not for dev"),
    ],
)
def test_it_makes_the_checks_of_verify(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert recorded.record(80, "staging", *arguments) == 3
    assert words in capsys.readouterr().err
    assert not recorded.store.path.exists()


def test_an_old_report_and_an_edited_one_are_refused(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded.record(80, started="2020-01-01T00:00:00+00:00") == 3
    path = recorded.write_report(60)
    document = json.loads(path.read_text())
    document["components"][0]["verdict"] = document["verdict"] = "PROMOTE"
    path.write_text(json.dumps(resealed(document)))
    assert cli.main(["record", str(path)]) == 3
    assert "its gates give HOLD, not PROMOTE" in capsys.readouterr().err
    assert recorded.decisions() == []


def test_a_report_of_files_that_changed_since_is_refused_with_their_names(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded.write_report(80)
    (recorded.root / "README.md").write_text("changed\n")
    (recorded.root / "src/shop.py").write_text("changed = 1\n")
    assert cli.main(["record", str(path)]) == 3
    assert capsys.readouterr().err == ("ERROR: shop: changed since the run of the report: src/shop.py; run it again\n")
    (recorded.root / "src/shop.py").write_text("")
    assert cli.main(["record", str(path)]) == 0


def test_code_that_came_after_the_run_is_refused(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    (recorded.root / ".gitignore").write_text("report*.json\n.maturity\n")
    (recorded.root / "src/shop").mkdir(parents=True)
    path = recorded.write_report(80, commit=commit_all(recorded.root), sources=(recorded.root / "src/shop",))
    (recorded.root / "src/other.py").touch()
    (recorded.root / "src/shop/notes.txt").touch()
    later = recorded.root / "src/shop/later.py"
    later.touch()
    words = "shop: changed since the run of the report: src/shop/later.py; run it again"
    assert cli.main(["record", str(path)]) == 3
    assert words in capsys.readouterr().err
    commit_all(recorded.root)
    assert cli.main(["record", str(path)]) == 3
    assert words in capsys.readouterr().err
    later.unlink()
    assert cli.main(["record", str(path)]) == 0


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ({}, "another one: run pytest again"),
        (
            {"command_line": ("pytest", "--maturity-config", "weak.toml")},
            "--maturity-config weak.toml: run pytest without that option, or give --config weak.toml here, too",
        ),
    ],
)
def test_a_report_that_another_policy_judged_is_refused(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], run: dict[str, Any], words: str
) -> None:
    path = recorded.write_report(80, **run)
    (recorded.root / "pyproject.toml").write_text("[tool.maturity.stages.dev]\ncoverage = 99\n")
    (recorded.root / "weak.toml").write_text("[tool.maturity]\ntarget = 'production'\n")  # no matter to the policy
    for verb in ("record", "verify"):
        assert cli.main([verb, str(path)]) == 3
        own = "the policy that it was judged by is not that of pyproject.toml: tool.maturity, but"
        assert capsys.readouterr().err == f"INCONCLUSIVE  {path}: {own} {words}\n"
        assert not recorded.store.path.exists()
    assert cli.main(["verify", str(path), "--config", "weak.toml"]) == 0
    assert cli.main(["record", str(path), "--config", "weak.toml"]) == 0


def test_the_policy_of_a_git_ref_is_compared_with_that_of_the_same_ref(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.configure("")
    (recorded.root / ".gitignore").write_text("report*.json\n.maturity\n")
    commit_all(recorded.root)
    path, plain = recorded.write_report(80, ref="HEAD"), recorded.write_report(80)
    (recorded.root / "pyproject.toml").write_text("[tool.maturity.stages.dev]\ncoverage = 1\n")
    assert cli.main(["record", str(path)]) == 3
    assert "but that of the git ref HEAD: add --policy-ref HEAD\n" in capsys.readouterr().err
    weak = recorded.write_report(80)
    assert cli.main(["record", str(weak), "--policy-ref", "HEAD"]) == 3
    assert "but that of the working tree: run pytest --maturity-policy-ref=HEAD\n" in capsys.readouterr().err
    assert cli.main(["record", str(path), "--policy-ref", "HEAD"]) == 0
    assert cli.main(["record", str(plain), "--policy-ref", "HEAD"]) == 0  # the same policy, read elsewhere


def test_a_report_of_another_project_needs_no_configuration_here(recorded: RecordedProject) -> None:
    path = recorded.write_report(80)
    (recorded.root / "src/shop.py").unlink()
    (recorded.root / "pyproject.toml").write_text("[tool.maturity.stages.dev]\ncoverage = 99\n")
    assert cli.main(["verify", str(path)]) == 0
    assert cli.main(["verify", str(path), "--config", "pyproject.toml"]) == 3


def test_in_ci_a_note_says_that_the_database_does_not_count(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    assert recorded.record(80) == 0
    assert "does not count here" in capsys.readouterr().err
    recorded.configure('trust = ["local"]\n')
    assert recorded.record(80) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [[], ["x.json", "--check"]])
def test_a_report_and_the_check_exclude_each_other(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert cli.main(["record", *arguments]) == 4
    assert capsys.readouterr().err == "ERROR: give either a REPORT to record, or --check\n"


def test_records_that_cannot_be_written_are_no_promotion(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded.store.path.parent.mkdir()
    recorded.store.path.write_bytes(b"garbage" * 1000)
    assert recorded.record(80) == 3
    assert "file is not a database" in capsys.readouterr().err


# ── stage files ──────────────────────────────────────────────────────────────


@pytest.fixture
def with_files(recorded: RecordedProject) -> RecordedProject:
    """A project with a stage file for each component."""
    recorded.configure('stage_file = "{component}/MATURITY.md"\n')
    (recorded.root / "shop").mkdir()
    return recorded


def test_the_stage_file_follows_each_decision_and_keeps_what_people_wrote(with_files: RecordedProject) -> None:
    path = with_files.root / "shop/MATURITY.md"
    assert with_files.record(80) == 0
    path.write_text(f"{path.read_text()}\nOur plan: be better.\n")
    assert cli.main(["record", "--check"]) == 0
    assert with_files.record(60) == 1
    text = path.read_text()
    assert "Stage: **dev**, demoted on" in text
    assert "Our plan: be better." in text
    assert cli.main(["record", "--check"]) == 0


def test_a_claim_without_a_record_is_held(with_files: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    path = with_files.root / "shop/MATURITY.md"
    assert with_files.record(80) == 0
    path.write_text(path.read_text().replace("Stage: **staging**", "Stage: **production**"))
    capsys.readouterr()
    assert cli.main(["record", "--check"]) == 1
    assert capsys.readouterr().err == "HOLD  shop/MATURITY.md claims what no record proves\n"


def test_a_claim_of_a_store_that_is_not_trusted_is_held(
    with_files: RecordedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert with_files.record(80) == 0
    monkeypatch.setenv("CI", "true")
    assert cli.main(["record", "--check"]) == 1


def test_an_old_stage_file_is_held(with_files: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_files.record(80) == 0
    with_files.store.append([promotion("production", day=2)])
    with_files.store.append([promotion("production", time="2026-01-01T00:00:00+00:00")])
    capsys.readouterr()
    text = (with_files.root / "shop/MATURITY.md").read_text()
    assert with_files.record(95, "production") == 0
    (with_files.root / "shop/MATURITY.md").write_text(text)
    assert cli.main(["record", "--check"]) == 1
    assert capsys.readouterr().err == "HOLD  shop/MATURITY.md is older than the last decision about shop\n"


def test_without_a_pattern_there_is_nothing_to_check(recorded: RecordedProject) -> None:
    assert cli.main(["record", "--check"]) == 4


def test_a_stage_file_is_not_written_into_a_directory_that_does_not_exist(
    with_files: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    (with_files.root / "shop").rmdir()
    assert with_files.record(80) == 3
    assert "cannot be written: No such file or directory" in capsys.readouterr().err
    assert with_files.decisions() == [("promotion", "staging")]


def test_demote_writes_its_reason_and_the_stage_file(
    with_files: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert with_files.record(95, "production") == 0
    assert cli.main(["demote", "Shop", "--to", "dev", "--reason", "lost data"]) == 0
    assert "shop is demoted" in capsys.readouterr().out.lower()
    assert with_files.decisions() == [("promotion", "production"), ("demotion", "dev")]
    assert "**dev**, demoted" in Path("shop/MATURITY.md").read_text()


def commit_all(root: Path) -> str:
    """Commits everything, and returns the commit."""
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    return subprocess.run(
        [*git, "rev-parse", "HEAD"], cwd=root, check=True, capture_output=True, text=True
    ).stdout.strip()


def test_a_commit_of_a_stage_file_alone_does_not_age_a_report(
    with_files: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    root = with_files.root
    (root / "src").mkdir()
    (root / "src/shop.py").touch()
    (root / ".gitignore").write_text("report*.json\n.maturity\n")
    judged = commit_all(root)
    path = str(with_files.write_report(80, commit=judged))
    assert cli.main(["record", path]) == 0
    later = commit_all(root)
    assert later != judged
    assert cli.main(["verify", path, "--commit", later]) == 0
    assert cli.main(["verify", path, "--commit", later[:12]]) == 0
    (root / "shop/OTHER.md").touch()
    assert cli.main(["verify", path, "--commit", commit_all(root)]) == 3
    assert "it is from the commit" in capsys.readouterr().err
    assert cli.main(["verify", path, "--commit", "f" * 40]) == 3


def test_with_the_ref_as_store_decisions_are_kept_in_the_repository(
    with_files: RecordedProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = with_files.root
    with_files.configure('stage_file = "{component}/MATURITY.md"\ntrust = ["ref"]\n')
    (root / ".gitignore").write_text("report*.json\n.maturity\n")
    monkeypatch.setenv("CI", "true")
    assert with_files.record(80) == 0
    assert cli.main(["record", "--check"]) == 1  # nothing counts before it is committed
    commit_all(root)
    assert cli.main(["record", "--check", "--policy-ref", "HEAD"]) == 0
    with_files.store.path.unlink()
    assert with_files.record(60) == 1
    assert with_files.decisions() == [("demotion", "dev")]
    assert len((root / "maturity-decisions.jsonl").read_text().splitlines()) == 2
    assert cli.main(["record", "--check", "--policy-ref", "HEAD"]) == 1
    assert cli.main(["record", "--check", "--policy-ref", "nowhere"]) == 4


def test_the_decisions_that_a_change_brings_stay_in_its_branch(recorded: RecordedProject) -> None:
    path = recorded.root / "maturity-decisions.jsonl"
    recorded.configure('trust = ["local", "ref"]\n')
    path.write_text(format_entry(make_entry(promotion("production"), None)))
    assert recorded.record(80, "dev") == 1  # for the change, it is at production
    assert len(path.read_text().splitlines()) == 2
    assert recorded.decisions() == [("demotion", "staging")]
    path.unlink()  # another branch is checked out
    assert recorded.record(80) == 0
    assert [json.loads(line)["decision"]["stage"] for line in path.read_text().splitlines()] == ["staging", "staging"]
    assert cli.main(["audit", "verify"]) == 0
