"""Every way out of pytest needs a verdict of this run: what ends it early, or fails it late, promotes nothing."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable

import pytest

from pytest_maturity.reports import verify
from tests.acceptance.project import GateRun, Project

EXITS = {
    "SystemExit": "raise SystemExit(0)",
    "pytest.exit": "pytest.exit('early', returncode=0)",
    "BaseException": "raise BaseException('broken')",
}
LATE_HOOKS = ("pytest_sessionfinish", "pytest_terminal_summary", "pytest_unconfigure", "pytest_maturity_finished")
PROGRAM = "import pytest\n\n"


def hook(name: str, body: str, options: str = "trylast=True") -> str:
    """Returns a conftest with one hook."""
    return f"{PROGRAM}@pytest.hookimpl({options})\ndef {name}():\n    {body}\n"


def wrapper(name: str, body: str) -> str:
    """Returns a conftest with a wrapper that lies outside of those that were registered before."""
    return f"{PROGRAM}@pytest.hookimpl(wrapper=True, tryfirst=True)\ndef {name}():\n    yield\n    {body}\n"


def run_after_promotion(project: Project, *arguments: str, **files: str) -> GateRun:
    """Runs the project again, with more files, after a run that was promoted."""
    assert project.gate().code == 0
    project.write(files)
    return project.gate(*arguments)


def assert_nothing_is_promoted(ran: GateRun, code: int = 3) -> None:
    assert ran.code == code
    verdicts = {ran.report["verdict"], *(one["verdict"] for one in ran.report["components"])}
    assert "PROMOTE" not in verdicts
    assert verify.check_report(ran.report) == []


@pytest.mark.parametrize("name", LATE_HOOKS)
@pytest.mark.parametrize("way", EXITS)
def test_what_ends_pytest_after_the_judgement_takes_the_report_back(project: Project, name: str, way: str) -> None:
    ran = run_after_promotion(project, **{"conftest.py": hook(name, EXITS[way])})
    assert_nothing_is_promoted(ran)


@pytest.mark.parametrize("name", ["pytest_cmdline_main", "pytest_sessionfinish", "pytest_unconfigure"])
@pytest.mark.parametrize("way", EXITS)
def test_no_wrapper_of_a_conftest_lies_outside(project: Project, name: str, way: str) -> None:
    ran = run_after_promotion(project, **{"conftest.py": wrapper(name, EXITS[way])})
    assert_nothing_is_promoted(ran)
    assert ran.last_line.startswith("INCONCLUSIVE  orchestration")


def test_the_reason_is_the_last_line_and_a_gap_of_each_component(project: Project) -> None:
    ran = run_after_promotion(project, **{"conftest.py": hook("pytest_unconfigure", "raise SystemExit(0)")})
    assert ran.last_line.endswith("SystemExit: 0")
    assert ran.component["verdict"] == "INCONCLUSIVE"
    assert ran.component["reached"] is None
    assert [(gap["cause"], gap["message"]) for gap in ran.component["gaps"]] == [("exit", "SystemExit: 0")]


ENDED_EARLY = {
    "import of a conftest": {"conftest.py": "raise SystemExit(0)\n"},
    "import of a conftest in a folder": {"tests/conftest.py": "raise SystemExit(0)\n"},
    "an option": {
        "conftest.py": "def pytest_addoption(parser):\n    parser.addoption('--about', action='version', version='')\n",
        "pyproject.toml": '[tool.pytest.ini_options]\naddopts = "--about"\n',
    },
}
CALL = "import pytest, sys; sys.exit(pytest.main(sys.argv[1:]))"  # without a supervisor


@pytest.mark.processes
@pytest.mark.parametrize("files", ENDED_EARLY.values(), ids=ENDED_EARLY)
def test_what_ends_pytest_before_its_session_has_no_verdict(project: Project, files: dict[str, str]) -> None:
    assert project.gate().code == 0
    project.write(files)
    options = (*project.plugin_options(), "--maturity-component=orchestration")
    result = project.pytester.run(sys.executable, "-c", CALL, *options)
    assert result.ret == 3
    assert "INCONCLUSIVE  orchestration: the run ended before a verdict: SystemExit: 0" in result.stdout.str()
    assert project.read_report()["verdict"] == "INCOMPLETE"


BEFORE_THE_TESTS = {
    "pytest_cmdline_main": {"conftest.py": hook("pytest_cmdline_main", "raise SystemExit(0)", "tryfirst=True")},
    "an answer of pytest_cmdline_main": {"conftest.py": hook("pytest_cmdline_main", "return 0", "tryfirst=True")},
    "pytest_configure": {"conftest.py": hook("pytest_configure", "raise SystemExit(0)")},
    "pytest_sessionstart": {"conftest.py": hook("pytest_sessionstart", "pytest.exit('x', returncode=0)")},
    "pytest_collection": {"conftest.py": hook("pytest_collection", "pytest.exit('x', returncode=0)", "tryfirst=True")},
}


@pytest.mark.parametrize("files", BEFORE_THE_TESTS.values(), ids=BEFORE_THE_TESTS)
def test_what_ends_pytest_before_the_tests_has_no_verdict(project: Project, files: dict[str, str]) -> None:
    assert_nothing_is_promoted(run_after_promotion(project, **files))


def test_a_clean_up_function_cannot_choose_the_exit_code(project: Project) -> None:
    body = "config.add_cleanup(lambda: config.add_cleanup(exit))"
    conftest = f"import sys\n\ndef exit():\n    sys.exit(0)\n\ndef pytest_configure(config):\n    {body}\n"
    assert_nothing_is_promoted(run_after_promotion(project, **{"conftest.py": conftest}))


@pytest.mark.parametrize(("status", "code"), [(0, 1), (1, 1), (3, 1)])
def test_a_late_exit_status_does_not_hide_a_failed_test(project: Project, status: int, code: int) -> None:
    ran = run_after_promotion(project, **{
        "conftest.py": f"""
            SESSIONS = []

            def pytest_sessionstart(session):
                SESSIONS.append(session)

            def pytest_unconfigure():
                SESSIONS[0].exitstatus = {status}
            """,
        "tests/test_orchestrator_x.py": "def test_wrong():\n    assert 0\n",
    })  # fmt: skip
    assert (ran.code, ran.report["verdict"]) == (code, "HOLD")


@pytest.mark.parametrize("way", EXITS)
def test_a_reporter_cannot_end_pytest(project: Project, way: str) -> None:
    ran = run_after_promotion(project, "--maturity-report=text", **{
        "conftest.py": f"""
            import pytest
            from pytest_maturity import Reporter

            def render(report):
                {EXITS[way]}

            def pytest_maturity_reporters():
                return [Reporter("text", render, ".txt")]
            """
    })  # fmt: skip
    assert_nothing_is_promoted(ran)
    assert "a reporter raised " in ran.last_line


def test_one_failure_takes_back_each_components_promotion(project: Project) -> None:
    project.write({
        "tests/test_billing.py": "def test_price():\n    assert 0\n",
        "conftest.py": hook("pytest_unconfigure", "raise SystemExit(0)"),
    })  # fmt: skip
    ran = project.gate("--maturity-component", "billing")
    assert (ran.code, ran.report["verdict"]) == (1, "HOLD")
    assert [one["verdict"] for one in ran.report["components"]] == ["INCONCLUSIVE", "HOLD"]


def test_wrappers_that_do_nothing_wrong_change_nothing(project: Project) -> None:
    wrappers = (wrapper(name, "pass") for name in ("pytest_cmdline_main", "pytest_sessionfinish", "pytest_unconfigure"))
    text = "".join(wrappers).replace("    yield\n    pass\n", "    return (yield)\n")
    ran = run_after_promotion(project, **{"conftest.py": text})
    assert (ran.code, ran.report["verdict"]) == (0, "PROMOTE")


# ── parts of the plugin ───────────────────────────────────────────────────────

PARTS = ("session", "selection", "outcome_listener", "retried", "journal", "workers", "import_scopes", "x")


@pytest.mark.parametrize("name", PARTS)
def test_no_part_of_the_plugin_can_be_blocked(project: Project, name: str) -> None:
    ran = run_after_promotion(project, "-p", f"no:maturity_{name}")
    assert ran.code == 4
    assert ran.errors[0].startswith(f"ERROR: -p no:maturity_{name}: blocks a part of pytest-maturity")
    assert ran.report["verdict"] == "INCOMPLETE"


def test_a_part_that_is_blocked_by_addopts_is_refused(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-p no:maturity_selection")
    assert project.gate().code == 4


def test_a_part_that_a_conftest_blocks_is_refused(project: Project) -> None:
    body = "config.pluginmanager.set_blocked('maturity_outcome_listener')"
    ran = run_after_promotion(project, **{"conftest.py": f"def pytest_configure(config):\n    {body}\n"})
    assert (ran.code, ran.report["verdict"]) == (4, "INCOMPLETE")


@pytest.mark.parametrize("name", ["session", "selection", "outcome_listener"])
def test_a_part_that_is_removed_leaves_no_promotion(project: Project, name: str) -> None:
    body = f"session.config.pluginmanager.unregister(name='maturity_{name}')"
    conftest = f"{PROGRAM}@pytest.hookimpl(tryfirst=True)\ndef pytest_sessionstart(session):\n    {body}\n"
    assert_nothing_is_promoted(run_after_promotion(project, **{"conftest.py": conftest}))


def test_a_part_that_is_removed_late_is_a_gap(project: Project) -> None:
    body = "item.config.pluginmanager.unregister(name='maturity_selection')"
    ran = run_after_promotion(project, **{"conftest.py": f"def pytest_runtest_teardown(item):\n    {body}\n"})
    assert_nothing_is_promoted(ran)
    assert "disabled" in ran.gaps


# ── reports of earlier runs ───────────────────────────────────────────────────

REFUSED: dict[str, tuple[tuple[str, ...], dict[str, str]]] = {
    "an unknown option": (("--nonsense",), {}),
    "a wrong value of another plugin's option": (("-n", "many"), {}),
    "a plugin that is required": ((), {"pytest.ini": "[pytest]\nrequired_plugins = no-such-plugin\n"}),
    "a conftest that raises": ((), {"conftest.py": "1 / 0\n"}),
    "a usage error": ((), {"conftest.py": hook("pytest_configure", "raise pytest.UsageError('x')")}),
}


@pytest.mark.parametrize(("arguments", "files"), REFUSED.values(), ids=REFUSED)
def test_a_run_that_pytest_refuses_leaves_no_old_promotion(
    project: Project, arguments: tuple[str, ...], files: dict[str, str]
) -> None:
    ran = run_after_promotion(project, *arguments, **files)
    assert ran.code == 4
    assert ran.report["verdict"] == "INCOMPLETE"


def change_name(project: Project) -> GateRun:
    return project.gate(component="Orchestration")


def judge_all(project: Project) -> GateRun:
    return project.gate(component="all")


def judge_elsewhere(project: Project) -> GateRun:
    return project.gate("--maturity-report=elsewhere.json")


@pytest.mark.parametrize("run", [change_name, judge_all, judge_elsewhere])
def test_a_later_run_takes_back_what_earlier_runs_said_of_its_components(
    project: Project, run: Callable[[Project], GateRun]
) -> None:
    assert project.gate().code == 0
    project.write({"tests/test_orchestrator_x.py": "def test_wrong():\n    assert 0\n"})
    ran = run(project)
    assert ran.code == 1
    old = project.read_report()
    assert (old["verdict"], old["components"]) == ("INCOMPLETE", [])
    assert re.match(r"a later run judges the component: \S+\.json, started 2\d{3}-", old["notes"][0])


def test_a_report_on_several_components_is_taken_back_for_one_of_them(project: Project) -> None:
    project.write({"tests/test_billing.py": "from billing import price\n\ndef test_price():\n    assert price()\n"})
    assert project.gate(component="all").report["verdict"] == "PROMOTE"
    assert project.gate(component="billing").code == 0
    assert project.read_report("report")["verdict"] == "INCOMPLETE"


def test_the_report_on_another_component_stays(project: Project) -> None:
    project.write({"tests/test_billing.py": "from billing import price\n\ndef test_price():\n    assert price()\n"})
    assert project.gate().code == 0
    assert project.gate(component="billing").code == 0
    assert project.read_report()["verdict"] == "PROMOTE"
