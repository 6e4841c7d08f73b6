"""Waivers in real runs: what they excuse, what they do not, and that a change cannot excuse itself."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from pytest_maturity import cli
from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.project import GateRun, Project, commit, git

POLICY = """
    [tool.maturity]
    ladder = ["bronze", "silver"]
    [tool.maturity.stages.bronze]
    pass_rate = 100
    warnings = 0
    [tool.maturity.stages.silver]
    skipped_rate = 0
"""
SOURCES = {
    "src/orchestration/__init__.py": """
        import warnings

        def run():
            warnings.warn("use more", DeprecationWarning)
            warnings.warn("too slow", UserWarning)
        """,
    "tests/test_orchestrator.py": """
        import orchestration
        import pytest

        def test_run():
            orchestration.run()

        @pytest.mark.skip(reason="later")
        def test_more():
            pass
        """,
}
NAME = "maturity-waivers.yaml"
OPTIONS = 'pythonpath = ["src"]\nfilterwarnings = ["default"]'  # not "error", as these tests have it
BOTH = ({"gate": "warnings", "rule": "*Warning", "path": "src/orchestration"},)
IS_WAIVED = "warnings 2 > 0 is waived: 2 findings by grace until"
WORKERS = pytest.mark.parametrize(
    "flags", [pytest.param((), id="here"), pytest.param(("-n2",), id="workers", marks=pytest.mark.workers)]
)


@pytest.fixture
def warned(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A component with two warnings and a skipped test, in a repository."""
    monkeypatch.chdir(project.path)
    project.policy(POLICY, OPTIONS)
    project.write({**SOURCES, ".gitignore": "__pycache__/\n.pytest_cache/\n.maturity/\n"})
    commit(project)
    return project


def day(ahead: int) -> str:
    return str((datetime.now(timezone.utc) + timedelta(days=ahead)).date())


def waive(project: Project, *waivers: dict[str, Any]) -> None:
    """Writes the waivers file: JSON is YAML, too."""
    usual = {"reason": "mitigated", "justification": "x", "owner": "ada", "approved_by": "grace", "expires": day(90)}
    data = {"waivers": [{**usual, **one} for one in waivers]}
    (project.path / NAME).write_text(json.dumps(data, indent=1), encoding="utf-8")


def notes(run: GateRun) -> list[str]:
    return [note for note in run.report["notes"] if "waiver" in note]


def stage(run: GateRun, gate: str, name: str = "bronze") -> dict[str, Any]:
    found: dict[str, Any] = run.gate(gate)["stages"][name]
    return found


@WORKERS
def test_waived_findings_are_shown_as_waived(warned: Project, flags: tuple[str, ...]) -> None:
    warned.plugins = ("xdist",) if flags else ()
    run = warned.gate(*flags, subprocess=bool(flags))
    assert (run.code, run.last_line) == (1, "HOLD  orchestration is not ready for bronze: warnings 2 > 0")
    waive(warned, *BOTH)
    run = warned.gate(*flags, subprocess=bool(flags))
    assert run.code == 0
    assert run.last_line == f"PROMOTE  orchestration is ready for bronze, although {IS_WAIVED} {day(90)}"
    assert (stage(run, "warnings")["status"], run.gate("warnings")["value"]) == ("waived", 2)
    assert stage(run, "warnings")["waived"][0]["findings"] == [0, 1]
    assert [one["state"] for one in run.report["waivers"]] == ["used"]
    assert cli.main(["verify", ".maturity/orchestration.json"]) == 0


def test_failed_tests_that_a_waiver_excuses_do_not_fail_the_run(warned: Project) -> None:
    warned.write({"tests/test_orchestrator.py": "def test_good(): pass\n\ndef test_bad(): assert 0\n"})
    waive(warned, {"gate": "pass_rate", "component": "orch*", "stages": ["bronze"]})
    run = warned.gate()
    assert run.code == 0
    assert run.last_line == (
        "PROMOTE  orchestration is ready for bronze, although 1 test failed: a waiver excuses it; "
        f"pass rate 50 % < 100 is waived: as a whole by grace until {day(90)}"
    )
    assert (run.component["reached"], stage(run, "pass_rate", "silver")["status"]) == ("bronze", "failed")


@pytest.mark.parametrize(
    ("waiver", "words"),
    [
        ({"expires": day(-1)}, "does not count: it has expired, its last day was"),
        ({"expires": day(181)}, "does not count: it ends on"),
        ({"expires": "31.1.2027"}, "does not count: expires: must be a date like"),
        ({"expires": "2027-01-31T12:00:00"}, "does not count: expires: must be a date like"),
        ({"expires": None}, "does not count: expires: must be a string"),
        ({"reason": "because"}, 'does not count: reason: must be "false-positive", '),
        ({"approved_by": "ADA"}, "does not count: 'ADA' cannot approve it: that is its owner"),
        ({"gate": "warning"}, "does not count: there is no gate 'warning' (did you mean 'warnings'?)"),
        ({"component": "biling"}, "does not count: there is no component 'biling' (did you mean 'billing'?)"),
        ({"stages": ["gold"]}, "does not count: there is no stage 'gold'"),
        ({"rule": "FutureWarning"}, "does not count: it excuses nothing in this run: remove it"),
        ({"component": "billing"}, "does not excuse warnings of orchestration at bronze: it is for billing"),
        ({"stages": ["silver"]}, "does not excuse warnings of orchestration at bronze: it is for silver"),
    ],
)
def test_a_waiver_that_does_not_count_holds_and_is_named(warned: Project, waiver: dict[str, Any], words: str) -> None:
    waive(warned, {**BOTH[0], **waiver})
    run = warned.gate()
    assert (run.code, run.last_line) == (1, "HOLD  orchestration is not ready for bronze: warnings 2 > 0")
    (note,) = notes(run)
    assert note.startswith(f"waiver {NAME}: waivers[0]")
    assert words in note
    assert run.report["waivers"][0]["state"] != "used" or "does not excuse" in note


def test_duplicates_do_not_count(warned: Project) -> None:
    waive(warned, {**BOTH[0], "id": "x"}, {"gate": "pass_rate", "id": "x"}, {"gate": "skipped_rate"}, *[
        {"gate": "skipped_rate", "owner": "bob"}
    ])  # fmt: skip
    run = warned.gate()
    assert run.code == 1
    assert [one["state"] for one in run.report["waivers"]] == ["refused", "refused", "used", "refused"]
    assert "its id 'x' is given to 2 waivers" in notes(run)[0]
    assert "it is about the same as waivers[2]" in notes(run)[-1]


@pytest.mark.parametrize("text", ["waivers: [\n", "waivers: 7\n", "waver: []\n", "waivers: &a [*a]\n"])
def test_a_file_that_cannot_be_read_ends_the_run(warned: Project, text: str) -> None:
    (warned.path / NAME).write_text(text, encoding="utf-8")
    run = warned.gate()
    assert run.code == 4
    assert any(NAME in error for error in run.errors)


def test_two_files_end_the_run(warned: Project) -> None:
    warned.write({NAME: "", "maturity-waivers.toml": ""})
    run = warned.gate()
    assert run.code == 4
    assert run.errors == ["ERROR: both maturity-waivers.yaml and maturity-waivers.toml hold waivers: keep one of them"]


def test_the_unknown_is_not_waived(warned: Project) -> None:
    warned.write({"tests/test_orchestrator.py": "import pytest\n\n@pytest.mark.skip\ndef test_it(): pass\n"})
    waive(warned, {"gate": "pass_rate"})
    run = warned.gate()
    assert (run.code, stage(run, "pass_rate")["status"]) == (3, "unknown")
    assert notes(run) == [
        f"waiver {NAME}: waivers[0] (pass_rate) does not excuse pass rate of orchestration at bronze: "
        "what is unknown is never waived"
    ]
    assert run.report["waivers"][0]["message"] == "what it is about is unknown in this run"


def test_code_of_the_run_cannot_add_a_waiver(warned: Project) -> None:
    waive(warned, *BOTH)
    text = (warned.path / NAME).read_text("utf-8")
    (warned.path / NAME).unlink()
    warned.write({"conftest.py": f"from pathlib import Path\n\nPath({NAME!r}).write_text({text!r})\n"})
    run = warned.gate(subprocess=True)
    assert (run.code, run.report["waivers"]) == (1, [])


def test_the_end_is_announced_fourteen_days_before(warned: Project) -> None:
    waive(warned, {**BOTH[0], "expires": day(13)})
    run = warned.gate()
    assert run.code == 0
    assert notes(run) == [
        f"waiver {NAME}: waivers[0] (warnings *Warning in src/orchestration) ends on {day(13)}, in 13 days"
    ]


# ── a git ref's waivers ──────────────────────────────────────────────────────


@WORKERS
def test_a_change_cannot_excuse_itself(warned: Project, flags: tuple[str, ...]) -> None:
    warned.plugins = ("xdist",) if flags else ()
    waive(warned, *BOTH)
    commit(warned, "excuse it")
    run = warned.gate("--maturity-policy-ref=HEAD~1", *flags, subprocess=bool(flags))
    assert (run.code, run.report["waivers"]) == (1, [])
    assert [one["message"] for one in run.report["policy"]["loosened"]] == [
        f"waiver of warnings *Warning in src/orchestration: by grace until {day(90)} "
        f"instead of nothing ({NAME}: waivers[0]; HEAD~1)"
    ]
    git(warned, "tag", "merged")
    run = warned.gate("--maturity-policy-ref=merged", *flags, subprocess=bool(flags))
    assert (run.code, run.report["policy"]["loosened"]) == (0, [])
    assert run.report["waivers"][0]["source"] == f"merged:{NAME}: waivers[0]"


def test_a_change_cannot_prolong_its_excuse(warned: Project) -> None:
    waive(warned, {**BOTH[0], "expires": day(-3)})
    commit(warned)
    waive(warned, {**BOTH[0], "expires": day(30)}, {**BOTH[0], "expires": "never"})
    run = warned.gate("--maturity-policy-ref=HEAD")
    assert run.code == 1
    assert [one["message"] for one in run.report["policy"]["loosened"]] == [
        f"waiver of warnings *Warning in src/orchestration: by grace until {day(30)} "
        f"instead of nothing ({NAME}: waivers[0]; HEAD)"
    ]
    assert "has expired" in notes(run)[1]
    assert "waivers[1] arrives with the change, and would not count: expires" in notes(run)[0]


# ── the other ways to judge ──────────────────────────────────────────────────


def test_shards_are_judged_with_the_waivers_of_the_merge(warned: Project) -> None:
    waive(warned, *BOTH)
    assert warned.gate("--maturity-evidence=1.json").code == 0
    run = warned.gate("--maturity-merge=1.json")
    assert (run.code, stage(run, "warnings")["status"]) == (0, "waived")
    waive(warned, {**BOTH[0], "expires": day(-1)})
    run = warned.gate("--maturity-merge=1.json")
    assert (run.code, stage(run, "warnings")["status"]) == (1, "failed")


def test_a_report_whose_waiver_was_removed_since_is_not_believed(
    warned: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    waive(warned, {"gate": "skipped_rate"}, *BOTH)
    commit(warned)
    assert warned.gate().code == 0
    verify = ["verify", ".maturity/orchestration.json", f"--commit={git(warned, 'rev-parse', 'HEAD')}"]
    assert cli.main(verify) == 0
    waive(warned, *BOTH)  # the place differs, the waiver does not; the other one is for a higher stage
    assert cli.main(verify) == 0
    for changed in (BOTH[0] | {"approved_by": "bob"}, {"gate": "skipped_rate"}):
        waive(warned, changed)
        capsys.readouterr()
        assert cli.main(verify) == 3
        assert f"orchestration: a waiver that it needs was removed or changed: {NAME}: waivers[1]" in (
            capsys.readouterr().err
        )
    commit(warned)
    assert cli.main([*verify[:2], f"--commit={git(warned, 'rev-parse', 'HEAD')}"]) == 3
    assert warned.gate().code == 1


def test_a_change_of_the_waivers_alone_makes_no_tree_dirty_and_no_report_old(
    warned: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    waive(warned, *BOTH)
    run = warned.gate("--maturity-target=bronze")
    assert (run.code, run.report["run"]["dirty"], run.report["run"]["uncommitted"]) == (0, False, [])
    verify = ["verify", ".maturity/orchestration.json"]
    git(warned, "stash", "--include-untracked")  # the report needs the waiver, which no commit has
    assert cli.main([*verify, f"--commit={git(warned, 'rev-parse', 'HEAD')}"]) == 3
    assert "orchestration: a waiver that it needs was removed or changed" in capsys.readouterr().err
    git(warned, "stash", "pop")
    waive(warned, *BOTH, {"gate": "skipped_rate"})
    commit(warned, "one more waiver")
    assert cli.main([*verify, f"--commit={git(warned, 'rev-parse', 'HEAD')}"]) == 0
    assert cli.main([*verify, "--policy-ref=HEAD~1"]) == 3  # what the change brings does not count
    warned.write({"src/orchestration/more.py": "A = 1\n"})
    commit(warned, "code")
    assert cli.main([*verify, f"--commit={git(warned, 'rev-parse', 'HEAD')}"]) == 3


def test_one_gate_is_waived(warned: Project) -> None:
    waive(warned, *BOTH, {"gate": "skipped_rate"})
    run = warned.gate("--maturity-gate=warnings")
    assert run.last_line == f"warnings: {IS_WAIVED} {day(90)} (one gate, not a promotion)"
    assert [one["state"] for one in run.report["waivers"]] == ["used", "idle"]


def test_the_explanation_names_the_waivers(warned: Project) -> None:
    waive(warned, *BOTH, {"gate": "pass_rate", "expires": day(-1)})
    lines = warned.gate("--maturity-explain").result.outlines
    assert (
        f"      waived where it fails: warnings *Warning in src/orchestration, by grace until {day(90)} "
        f"({NAME}: waivers[0])"
    ) in lines
    assert any("waivers[1] does not count: it has expired" in line for line in lines)


def test_the_records_keep_who_excused_what(warned: Project, capsys: pytest.CaptureFixture[str]) -> None:
    warned.policy(f"{POLICY}\n    [tool.maturity.records]\n    trust = ['local']\n", OPTIONS)
    waive(warned, *BOTH)
    commit(warned)
    assert warned.gate().code == 0
    assert cli.main(["record", ".maturity/orchestration.json"]) == 0
    excused = f"2 findings by grace until {day(90)}"
    assert f"although waivers excuse warnings {excused}" in capsys.readouterr().out
    (entry,) = SqliteStore(warned.path / ".maturity/records.db").list_entries()
    gates = {gate.name: gate for gate in entry.decision.gates}
    assert gates["warnings"].list_waived("bronze") == [f"{excused} (mitigated, owner ada)"]
    assert cli.main(["log"]) == 0
    assert f"waived: warnings, {excused} (mitigated, owner ada)" in capsys.readouterr().out
    assert cli.main(["history", "orchestration"]) == 0
    assert f"  waived at bronze: warnings, {excused}" in capsys.readouterr().out


def test_a_report_is_judged_again_with_the_waivers_of_another_policy(
    warned: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert warned.gate().code == 1
    waive(warned, *BOTH)
    again = ["judge", ".maturity/orchestration.json", "--target=bronze"]
    assert cli.main(again) == 1
    assert cli.main([*again, "--policy=pyproject.toml"]) == 0
    assert f"although waivers excuse warnings 2 findings by grace until {day(90)}" in capsys.readouterr().out
