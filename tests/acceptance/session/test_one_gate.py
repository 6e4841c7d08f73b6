"""`--maturity-gate`: one gate alone, for the time between an edit and the next check."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project

POLICY = """
[tool.maturity]
ladder = ["low", "high"]
[tool.maturity.stages.low]
pass_rate = 100
own = { max = 0, mode = "warn" }
[tool.maturity.stages.high]
coverage = 90
own = 0
[tool.maturity.gates.own]
command = ["echo", "{count} findings"]
pattern = '(\\d+) findings'
"""
ALONE = "(one gate, not a promotion)"


def write_policy(project: Project, count: int) -> None:
    project.policy(POLICY.replace("{count}", str(count)))


@pytest.mark.parametrize("more", [(), ("-n2",), ("-q",), ("tests/test_orchestrator.py",)])
def test_a_gate_that_needs_no_test_runs_none_and_never_exits_with_0(project: Project, more: tuple[str, ...]) -> None:
    write_policy(project, 0)
    project.plugins = (*project.plugins, "xdist")
    ran = project.gate("--maturity-gate=own", *more, subprocess=True)
    assert (ran.code, ran.result.outlines[-1]) == (3, f"own: passed {ALONE}")
    assert ran.report["verdict"] == "INCONCLUSIVE"
    assert ran.report["only_gates"] == ["own"]
    assert ran.gaps == ["other-gates"]
    assert ran.component["outcomes"]["collected"] == 0
    assert [one["gate"] for one in ran.component["gates"]] == ["own"]


def test_a_gate_that_failed_exits_with_1_at_the_lowest_stage_that_it_can_hold(project: Project) -> None:
    write_policy(project, 3)
    ran = project.gate("--maturity-gate=own")
    assert (ran.code, ran.result.outlines[-1]) == (1, f"own: failed: own 3 > 0 {ALONE}")
    assert ran.report["target"] == "high"


def test_a_gate_that_could_not_be_measured_is_unknown(project: Project) -> None:
    project.policy(POLICY.replace('"echo"', '"no-such-program"'))
    ran = project.gate("--maturity-gate=own")
    assert ran.code == 3
    assert ran.result.outlines[-1].startswith("own: unknown: no-such-program is not installed")


def test_a_gate_that_needs_tests_runs_them(project: Project) -> None:
    write_policy(project, 0)
    ran = project.gate("--maturity-gate=pass_rate", "--maturity-gate=own")
    assert ran.component["outcomes"]["passed"] > 0
    assert (ran.code, ran.result.outlines[-1]) == (3, "own: passed (2 gates, not a promotion)")


def test_of_several_components_each_has_a_line(project: Project) -> None:
    write_policy(project, 0)
    lines = project.gate("--maturity-gate=own", component="all").result.outlines
    assert lines[-2:] == [f"billing: own: passed {ALONE}", f"orchestration: own: passed {ALONE}"]


def test_a_promotion_does_not_survive_the_run_of_one_gate(project: Project) -> None:
    project.policy("[tool.maturity]\nladder = ['low']\n[tool.maturity.stages.low]\npass_rate = 100\n")
    assert project.gate().code == 0
    assert project.gate("--maturity-gate=pass_rate").report["verdict"] == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--maturity-gate=pas_rate"], "--maturity-gate: there is no gate 'pas_rate' (did you mean 'pass_rate'?)"),
        (["--maturity-gate=lint"], "--maturity-gate: no stage requires 'lint', but pass_rate, coverage, own"),
        (
            ["--maturity-gate=own", "--maturity-evidence=x"],
            "--maturity-gate and --maturity-evidence exclude each",
        ),
        (["--maturity-gate=own", "--maturity-resume"], "--maturity-gate and --maturity-resume exclude each other"),
        (["--maturity-gate="], "--maturity-gate: is empty"),
    ],
)
def test_a_wrong_use_is_refused(project: Project, arguments: list[str], message: str) -> None:
    write_policy(project, 0)
    ran = project.gate(*arguments, subprocess=True)
    assert ran.code == 4
    assert any(message in line for line in ran.errors), ran.errors


def test_addopts_cannot_name_a_gate(project: Project) -> None:
    write_policy(project, 0)
    project.write({"pytest.ini": "[pytest]\naddopts = --maturity-gate=own\n"})
    ran = project.gate(subprocess=True)
    assert ran.code == 4
    assert "addopts: --maturity-gate" in "".join(ran.errors)
