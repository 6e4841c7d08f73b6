"""`--maturity-target recorded`: each component keeps the stage that it is at on record, or is demoted."""

from __future__ import annotations

import subprocess
from datetime import datetime, timezone

import pytest

from pytest_maturity.records.audit import NO_HEAD
from pytest_maturity.records.ref import write_file
from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.project import TESTS_ONLY, Project
from tests.unit.records.records import demotion, promotion

RECORDED = "--maturity-target=recorded"
SKIPPED = """
    import orchestration
    import pytest

    def test_few():
        assert orchestration.run(1) == "few"

    @pytest.mark.skip
    def test_many():
        pass
    """


@pytest.fixture
def store(project: Project) -> SqliteStore:
    """The records of the project, which its configuration does not name."""
    return SqliteStore(project.path / ".maturity/records.db")


def test_a_component_that_keeps_its_stage_is_promoted(project: Project, store: SqliteStore) -> None:
    store.append([promotion("bronze", "orchestration"), promotion("silver", "Orchestration", day=2)])
    run = project.gate(RECORDED)
    assert (run.code, run.last_line) == (0, "PROMOTE  orchestration is ready for silver")
    assert (run.component["recorded"], run.component["demoted"]) == ("silver", False)
    assert run.report["run"]["audit_head"] == store.list_entries()[-1].hash
    assert f"  audit log: {store.list_entries()[-1].hash}" in run.result.outlines


def test_one_that_no_longer_meets_it_is_demoted_and_the_run_writes_no_decision(
    project: Project, store: SqliteStore
) -> None:
    store.append([promotion("silver", "orchestration")])
    project.write({"tests/test_orchestrator.py": SKIPPED})
    run = project.gate(RECORDED)
    assert run.code == 1
    assert run.last_line == (
        "HOLD  orchestration is demoted: it is on record at silver, and not ready for it: skipped rate 50 % > 0"
    )
    assert (run.component["recorded"], run.component["demoted"], run.component["reached"]) == ("silver", True, "bronze")
    assert len(store.list_entries()) == 1


def test_a_run_that_cannot_tell_does_not_demote(project: Project, store: SqliteStore) -> None:
    store.append([promotion("silver", "orchestration")])
    project.write({"tests/test_orchestrator.py": SKIPPED})
    run = project.gate(RECORDED, "--deselect=tests/test_orchestrator.py::test_many")
    assert (run.code, run.component["demoted"]) == (3, False)


def test_each_component_is_judged_for_its_own_stage(project: Project, store: SqliteStore) -> None:
    store.append([promotion("silver", "orchestration"), promotion("bronze", "billing")])
    project.plugins = ("xdist",)
    run = project.gate(RECORDED, "-n2", component="all", subprocess=True)
    assert run.code == 0
    targets = {one["name"]: one["target"] for one in run.report["components"]}
    assert targets == {"billing": "bronze", "orchestration": "silver"}
    assert run.report["target"] is None


@pytest.mark.parametrize("decisions", [(), (demotion(None, "orchestration", day=3),)])
def test_without_a_recorded_stage_it_is_unknown(
    project: Project, store: SqliteStore, decisions: tuple[object, ...]
) -> None:
    if decisions:
        store.append([promotion("silver", "orchestration"), *decisions])  # type: ignore[list-item]
    run = project.gate(RECORDED)
    assert (run.code, run.gaps) == (3, ["no-record"])
    assert "it has no recorded stage: pytest-maturity record REPORT writes one" in run.last_line
    assert run.component["reached"] is None


def test_a_stage_that_is_no_longer_on_the_ladder_is_unknown(project: Project, store: SqliteStore) -> None:
    store.append([promotion("gold", "orchestration")])
    run = project.gate(RECORDED)
    assert (run.code, run.gaps) == (3, ["no-record"])
    assert "its recorded stage 'gold' is not on the ladder" in run.last_line


def test_in_ci_an_unnamed_store_is_unproven(
    project: Project, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.append([promotion("bronze", "orchestration")])
    monkeypatch.setenv("CI", "true")
    run = project.gate(RECORDED)
    assert (run.code, run.gaps) == (3, ["no-record"])
    assert "its recorded stage is unproven: .maturity/records.db says bronze" in run.last_line
    project.policy(f"{TESTS_ONLY}\n    [tool.maturity.records]\n    trust = ['local']\n")
    assert project.gate(RECORDED).code == 0


@pytest.mark.processes
def test_the_decisions_of_the_policys_ref_count_and_those_of_the_change_do_not(
    project: Project, store: SqliteStore
) -> None:
    project.policy(f"{TESTS_ONLY}\n    [tool.maturity.records]\n    trust = ['ref']\n")
    store.append([promotion("bronze", "orchestration")])
    write_file(project.path, store)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b"]
    for command in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=project.path, check=True)
    store.append([promotion("silver", "orchestration", day=2)])
    write_file(project.path, store)
    run = project.gate(RECORDED, "--maturity-policy-ref=main", subprocess=True)
    assert (run.code, run.component["target"]) == (0, "bronze")
    assert "maturity-decisions.jsonl" not in run.report["run"]["uncommitted"]
    assert project.gate(RECORDED, subprocess=True).gaps == ["no-record"]


def test_a_log_that_was_changed_proves_nothing(project: Project, store: SqliteStore) -> None:
    store.append([promotion("bronze", "orchestration"), promotion("bronze", "orchestration", day=2)])
    data = store.path.read_bytes()
    store.path.write_bytes(data.replace(b'"stage":"bronze"', b'"stage":"silver"'))
    run = project.gate(RECORDED)
    assert (run.code, run.gaps) == (3, ["no-record"])
    assert "the audit log was changed: entry 1 (promotion of orchestration to silver)" in run.last_line


def test_a_stage_of_that_name_is_a_stage(project: Project) -> None:
    project.policy(TESTS_ONLY.replace("silver", "recorded"))
    run = project.gate(RECORDED)
    assert (run.code, run.report["target"]) == (0, "recorded")
    assert run.report["run"]["audit_head"] == ""


def test_explain_says_what_is_on_record(project: Project, store: SqliteStore) -> None:
    store.append([promotion("silver", "orchestration")])
    lines = project.gate(RECORDED, "--maturity-explain").result.outlines
    assert "  on record: at silver" in lines
    assert "  silver requires:   <- target" in lines


def test_an_empty_log_has_a_head_too(project: Project) -> None:
    assert project.gate(RECORDED).report["run"]["audit_head"] == NO_HEAD


# ── requirements that need records ───────────────────────────────────────────

NEEDS = f"""{TESTS_ONLY}
    soak = {{ stage = "bronze", days = 7 }}
    depends_on_stage = true
"""


@pytest.fixture
def needy(project: Project) -> Project:
    """A project whose highest stage needs records: orchestration imports billing."""
    project.policy(NEEDS)
    project.write({"src/orchestration/bills.py": "import billing\n\nPRICE = billing.price()\n"})
    return project


def test_days_and_dependencies_on_record_are_requirements(needy: Project, store: SqliteStore) -> None:
    store.append([promotion("bronze", "orchestration"), promotion("silver", "billing")])
    run = needy.gate("--maturity-target=silver")
    assert run.code == 0
    assert run.gate("soak.bronze")["status"] == "passed"
    assert (run.gate("depends_on_stage.silver")["value"], run.gate("depends_on_stage.silver")["note"]) == (
        0, "it imports billing",
    )  # fmt: skip


def test_too_few_days_and_a_lower_dependency_hold(needy: Project, store: SqliteStore) -> None:
    now = datetime.now(timezone.utc).isoformat()
    store.append([promotion("bronze", "orchestration", time=now), promotion("bronze", "billing")])
    run = needy.gate("--maturity-target=silver")
    assert (run.code, run.component["reached"]) == (1, "bronze")
    assert run.last_line == (
        "HOLD  orchestration is not ready for silver: soak.bronze 0.0 days < 7, depends on stage.silver 1 > 0"
    )


@pytest.mark.parametrize("break_it", [False, True])
def test_without_records_they_are_unknown(needy: Project, store: SqliteStore, break_it: bool) -> None:
    if break_it:
        store.path.parent.mkdir()
        store.path.write_bytes(b"garbage" * 1000)
    run = needy.gate("--maturity-target=silver")
    assert (run.code, run.component["reached"]) == (3, "bronze")
    assert {gate["gate"]: gate["status"] for gate in run.component["gates"]} == {
        "pass_rate": "passed", "skipped_rate": "passed", "soak.bronze": "unknown", "depends_on_stage.silver": "unknown",
    }  # fmt: skip
    words = "file is not a database" if break_it else "it has no recorded stage"
    assert words in run.gate("soak.bronze")["note"]
