"""The result of a run: the verdict, the exit code, the last line, the report."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from pytest_maturity.cli import main
from pytest_maturity.reports import verify
from pytest_maturity.tools.processes import find_program
from tests.acceptance.project import TESTS_ONLY, Project


def test_a_component_that_meets_everything_is_promoted_and_exits_0(project: Project) -> None:
    ran = project.gate()
    assert ran.code == 0
    assert ran.last_line == "PROMOTE  orchestration is ready for bronze"
    assert ran.report["verdict"] == ran.component["verdict"] == "PROMOTE"
    assert ran.component["reached"] == "silver"
    assert ran.component["next"] == {"stage": None, "unmet": []}
    ran.result.stdout.fnmatch_lines(["*maturity: orchestration*", "*pass rate*100 %*100 *", "*reached silver*"])


def test_a_failing_test_holds_and_is_named(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": "def test_a():\n    assert 1 == 2\n\ndef test_b(): pass\n"})
    ran = project.gate()
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for bronze: pass rate 50 % < 100"
    assert ran.component["outcomes"]["failed"] == 1
    (finding,) = ran.gate("pass_rate")["findings"]
    assert (finding["path"], finding["line"]) == ("tests/test_orchestrator.py", 1)
    test = "tests/test_orchestrator.py::test_a"
    assert (finding["test"], finding["message"]) == (test, "assert 1 == 2")
    (unmet,) = ran.component["next"]["unmet"]
    assert unmet == {
        "gate": "pass_rate",
        "summary": "fix 1 test",
        "message": f"fix 1 test: {test}: assert 1 == 2",
        "command": [find_program("pytest"), test],
    }
    assert ran.component["unmet"] == [unmet]
    place = "    tests/test_orchestrator.py:2  test_a  assert 1 == 2"
    ran.result.stdout.fnmatch_lines(["  1 pass rate: fix 1 test", place, f"    run: *pytest {test}"])


def test_a_higher_stage_that_is_not_met_holds_only_when_it_is_the_target(project: Project) -> None:
    project.write({"tests/test_orchestrator_more.py": "import pytest\ndef test_s(): pytest.skip('later')\n"})
    assert project.gate().code == 0
    ran = project.gate("--maturity-target", "silver")
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for silver: skipped rate 50 % > 0"
    assert ran.component["reached"] == "bronze"
    assert ran.component["next"]["stage"] == "silver"


def test_the_target_of_the_configuration_counts_when_none_is_given(project: Project) -> None:
    project.policy('[tool.maturity]\ntarget = "production"\nladder = ["dev", "production"]\n'
                   "stages.dev = { coverage = false, lint = false }\n"
                   "stages.production = { coverage = false, skipped_rate = 0 }")  # fmt: skip
    ran = project.gate()
    assert ran.report["target"] == "production"
    assert ran.code == 0


def test_each_component_is_judged_for_its_own_target_unless_the_command_line_names_one(project: Project) -> None:
    skips = "import pytest, {0}\ndef test_a(): pass\ndef test_s(): pytest.skip('later')\n"
    project.write({f"{path}": text for name in ("orders", "stock") for path, text in {
        f"src/{name}.py": "", f"tests/test_{name}.py": skips.format(name),
    }.items()})  # fmt: skip
    project.policy(f"{TESTS_ONLY}\n    [tool.maturity.components.orders]\n    target = 'silver'\n")
    two = ("--maturity-component", "orders")
    ran = project.gate(*two, component="stock")
    assert ran.code == 1
    assert ran.result.outlines[-2:] == [
        "HOLD  orders is not ready for silver: skipped rate 50 % > 0",
        "HOLD  1 of 2 components is ready for its target",
    ]
    assert (ran.report["target"], [one["target"] for one in ran.report["components"]]) == (None, ["bronze", "silver"])
    assert main(["verify", ".maturity/report.json"]) == 1
    assert main(["verify", ".maturity/report.json", "--component", "stock", "--target", "bronze"]) == 0
    ran = project.gate(*two, "--maturity-target=bronze", component="stock")
    assert (ran.code, ran.report["target"]) == (0, "bronze")
    explained = project.run("--maturity-component=orders", "--maturity-explain")
    explained.stdout.fnmatch_lines(["  silver requires:   <- target"])


def test_an_unknown_gate_is_inconclusive_and_exits_3(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": "import pytest\npytestmark = pytest.mark.skip\ndef test_a(): pass\n"})
    ran = project.gate()
    assert ran.code == 3
    assert ran.last_line == "INCONCLUSIVE  orchestration, bronze: pass rate unknown (no test passed or failed)"
    assert ran.component["reached"] is None


def test_failures_within_a_lower_pass_rate_are_promoted_and_mentioned(project: Project) -> None:
    project.policy('[tool.maturity]\nladder = ["bronze"]\nstages.bronze.pass_rate = 50')
    project.write({"tests/test_orchestrator.py": "def test_a(): assert 0\ndef test_b(): pass\n"})
    ran = project.gate()
    assert ran.code == 0
    assert ran.last_line == "PROMOTE  orchestration is ready for bronze, although 1 test failed: pass_rate allows it"


def test_a_requirement_that_only_warns_is_judged_and_does_not_block(project: Project) -> None:
    project.policy('[tool.maturity]\nladder = ["bronze"]\n'
                   'stages.bronze = { pass_rate = 50, skipped_rate = { max = 0, mode = "warn" } }')  # fmt: skip
    project.write({"tests/test_orchestrator_s.py": "import pytest\ndef test_s(): pytest.skip('later')\n"})
    ran = project.gate()
    assert ran.code == 0
    assert ran.gate("skipped_rate")["stages"]["bronze"]["status"] == "failed"
    ran.result.stdout.fnmatch_lines(["*skipped rate*50 %*warn 0 *"])


def test_a_component_without_tests_exits_5_and_is_inconclusive(project: Project) -> None:
    project.write({"src/lonely/__init__.py": "A = 1\n"})
    ran = project.gate(component="lonely")
    assert ran.code == 5
    assert ran.last_line.startswith("INCONCLUSIVE  lonely, bronze: pass rate unknown (no test was collected)")
    assert ran.gaps == ["no-tests"]
    assert ran.component["outcomes"]["collected"] == 0


def test_a_component_without_tests_holds_all_back_unless_the_policy_ignores_it(project: Project) -> None:
    project.write({"src/lonely/__init__.py": "A = 1\n"})
    ran = project.gate(component="all")
    assert ran.code == 1
    assert {one["name"]: one["verdict"] for one in ran.report["components"]} == {
        "billing": "PROMOTE", "lonely": "HOLD", "orchestration": "PROMOTE"
    }  # fmt: skip
    assert "HOLD  lonely is not ready for bronze: no tests" in ran.result.outlines
    assert verify.check_report(ran.report) == []
    project.policy('[tool.maturity]\nuntested = "ignore"\nladder = ["one"]\nstages.one = { pass_rate = 100 }\n')
    ran = project.gate(component="all")
    assert (ran.code, [one["name"] for one in ran.report["components"]]) == (0, ["billing", "orchestration"])
    assert "no tests, left out by pyproject.toml: tool.maturity.untested: lonely" in ran.report["notes"]
    assert project.gate(component="lonely").code == 5


def test_failures_still_count_where_no_test_was_found(project: Project) -> None:
    project.write({
        "src/lonely/__init__.py": "import os\n",
        "tests/test_lonely.py": "import pytest\npytest.skip('later', allow_module_level=True)\n",
    })  # fmt: skip
    project.policy('[tool.maturity]\nladder = ["one"]\nstages.one = { lint = 0 }\n')
    ran = project.gate(component="lonely")
    assert (ran.code, ran.report["verdict"]) == (1, "HOLD")
    note = "lonely: skipped as a whole, each counted as one skipped test: tests/test_lonely.py"
    assert note in ran.report["notes"]
    project.write({"src/lonely/__init__.py": "A = 1\n"})
    ran = project.gate(component="lonely")
    assert (ran.code, ran.report["verdict"]) == (0, "PROMOTE")


def test_several_components_are_judged_in_one_session_and_the_worst_counts(project: Project) -> None:
    project.write({"tests/test_billing.py": "def test_no(): assert 0\n"})
    ran = project.gate(component="all")
    assert ran.code == 1
    assert [(one["name"], one["verdict"]) for one in ran.report["components"]] == [
        ("billing", "HOLD"),
        ("orchestration", "PROMOTE"),
    ]
    assert ran.result.outlines[-2:] == [
        "HOLD  billing is not ready for bronze: pass rate 0 % < 100",
        "HOLD  1 of 2 components is ready for bronze",
    ]


def test_a_component_may_be_named_twice_in_two_spellings(project: Project) -> None:
    result = project.run("--maturity-component", "orchestration", "--maturity-component", "Orchestration")
    assert int(result.ret) == 0
    assert [one["name"] for one in project.read_report()["components"]] == ["orchestration"]


@pytest.mark.parametrize("flags", [("-q",), ("-qq",), ("-v",), ("--no-summary",), ("-p", "no:terminal"), ("-n1",)])
def test_the_last_line_is_the_verdict_whatever_the_verbosity(project: Project, flags: tuple[str, ...]) -> None:
    ran = project.gate(*flags, subprocess=True)
    assert ran.code == 0
    assert ran.last_line == "PROMOTE  orchestration is ready for bronze"


def test_quiet_runs_print_a_line_for_each_thing_that_is_missing_and_no_table(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": "def test_a(): assert 0\n"})
    missing = "pass rate: fix 1 test: tests/test_orchestrator.py::test_a"
    quiet = project.gate("-q").result.outlines
    assert missing in quiet
    assert not any("reached" in line for line in quiet)
    assert missing not in project.gate("-qq").result.outlines


def test_several_components_share_a_table_and_details_show_each(project: Project) -> None:
    project.write({"tests/test_billing.py": "def test_a(): assert 0\n"})
    lines = project.gate(component="all").result.outlines
    assert [line.split()[:3] for line in lines if line.startswith(("\u2713", "\u2717"))] == [
        ["\u2717", "billing", "HOLD"], ["\u2713", "orchestration", "PROMOTE"]
    ]  # fmt: skip
    assert not any("reached" in line for line in lines)
    assert sum("reached" in line for line in project.gate("-v", component="all").result.outlines) == 2


def test_a_replaced_reporter_still_gets_table_and_verdict(project: Project) -> None:
    pytest.importorskip("pytest_sugar")
    ran = project.gate("-p", "sugar", subprocess=True)
    assert ran.last_line == "PROMOTE  orchestration is ready for bronze"
    assert "reached silver" in ran.result.stdout.str()


def test_without_a_terminal_reporter_the_table_is_printed_before_the_verdict(project: Project) -> None:
    ran = project.gate("-p", "no:terminal", subprocess=True)
    assert "reached silver" in ran.result.stdout.str()


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_no_line_of_the_table_is_wider_than_the_terminal(
    project: Project, monkeypatch: pytest.MonkeyPatch, width: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = project.gate(subprocess=True).result.outlines
    first = next(number for number, line in enumerate(lines) if "maturity: orchestration" in line)
    table = lines[first : first + 4]
    assert max(map(len, table)) <= width
    assert all(word in " ".join(table) for word in ("pass", "bronze"))
    assert ("silver" in " ".join(table)) is (width >= 80)


def test_an_ascii_terminal_gets_ascii_marks(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    text = project.gate(subprocess=True).result.stdout.str()
    assert "100 +" in text
    assert text.isascii()


def test_colours_come_only_where_pytest_has_them(project: Project) -> None:
    assert "\x1b[" not in project.gate(subprocess=True).result.stdout.str()
    coloured = project.gate("--color=yes", subprocess=True).result.stdout.str()
    assert "\x1b[32m" in coloured
    assert "\x1b[32m\x1b[1mPROMOTE" in coloured


def test_the_report_is_valid_and_identifies_its_run(project: Project) -> None:
    ran = project.gate()
    schema = json.loads(resources.files("pytest_maturity").joinpath("reports/report.schema.json").read_text("utf-8"))
    jsonschema.validate(ran.report, schema)
    run = ran.report["run"]
    assert run["command_line"][-2:] == ["--maturity-component", "orchestration"]
    assert run["pytest"] == pytest.__version__
    assert (run["commit"], run["dirty"]) == (None, None)
    assert len(run["policy_digest"]) == 64
    rule = "file test_orchestrator.py, by -ation, -ator, -ate"
    assert ran.component["tests"] == [{"path": "tests/test_orchestrator.py", "rule": rule, "nodes": []}]
    assert ran.component["sources"] == ["src/orchestration"]


def test_the_commit_and_whether_the_tree_is_dirty_are_recorded(project: Project) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    project.write({".gitignore": "__pycache__/\n.pytest_cache/\nrunpytest-*\nstdout\nstderr\n"})
    for arguments in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "first"]):
        assert project.pytester.run(*git, *arguments).ret == 0
    head = project.pytester.run("git", "rev-parse", "HEAD").outlines[0]
    clean = project.gate(subprocess=True).report["run"]
    assert (clean["commit"], clean["dirty"]) == (head, False)
    project.write({"src/new.py": "A = 1\n"})
    assert project.gate(subprocess=True).report["run"]["dirty"] is True


def test_the_report_is_written_to_the_given_path(project: Project, tmp_path: Path) -> None:
    place = tmp_path / "deep" / "verdict.json"
    ran = project.gate("--maturity-report", str(place))
    assert json.loads(place.read_text())["verdict"] == "PROMOTE"
    assert ran.report == {}
    assert not (project.path / ".maturity").exists()


def test_a_report_that_cannot_be_written_is_refused_before_any_test_runs(project: Project) -> None:
    project.write({"occupied": "a file\n", "tests/test_orchestrator.py": "open('ran', 'w')\ndef test_a(): pass\n"})
    ran = project.gate("--maturity-report", "occupied/report.json")
    assert ran.code == 4
    assert "occupied" in ran.errors[0]
    assert "--maturity-report PATH" in ran.errors[0]
    assert not (project.path / "ran").exists()


def test_a_run_that_dies_leaves_no_verdict_of_an_earlier_one(project: Project) -> None:
    assert project.gate().report["verdict"] == "PROMOTE"
    project.write({"tests/test_orchestrator.py": "import os\ndef test_a(): os._exit(0)\n"})
    assert project.gate(subprocess=True).report["verdict"] == "INCOMPLETE"


def test_a_gate_that_breaks_inside_is_inconclusive_with_the_traceback(project: Project) -> None:
    project.write({
        "conftest.py": """
        import pytest_maturity.evidence.assess

        def broken(*args, **kwargs):
            raise RuntimeError("the evaluation broke")

        pytest_maturity.evidence.assess.judge = broken
        """
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert ran.code == 3
    assert ran.report["verdict"] == "INCONCLUSIVE"
    assert "RuntimeError: the evaluation broke" in ran.report["notes"][0]
    assert ran.last_line.endswith("pytest-maturity itself broke: RuntimeError: the evaluation broke")


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan", "--setup-only"])
def test_a_run_that_runs_no_test_judges_nothing(project: Project, option: str) -> None:
    project.gate()
    ran = project.gate(option)
    assert ran.code == 3
    assert ran.report["verdict"] == "INCOMPLETE"
    assert ran.last_line == "INCONCLUSIVE  orchestration: nothing was judged, because nothing was to run"


def test_what_fails_the_session_after_the_judgement_takes_the_promotion_back(project: Project) -> None:
    project.write({
        "conftest.py": """
        import pytest

        @pytest.hookimpl(wrapper=True)
        def pytest_sessionfinish(session):
            yield
            session.exitstatus = 6
        """
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert ran.code == 6
    assert ran.report["verdict"] == "INCONCLUSIVE"
    assert ran.last_line.endswith("after the judgement something failed the session with exit status 6")


def test_what_fails_the_session_before_the_judgement_is_not_ignored(project: Project) -> None:
    project.write({"conftest.py": "def pytest_sessionfinish(session):\n    session.exitstatus = 1\n"})
    ran = project.gate(subprocess=True)
    assert (ran.code, ran.report["verdict"]) == (3, "INCONCLUSIVE")
    assert "pytest exited with 1, and no failed test explains it" in ran.last_line


def test_another_plugin_that_raises_at_the_end_leaves_no_promotion(project: Project) -> None:
    project.write({"conftest.py": "def pytest_sessionfinish(session):\n    raise RuntimeError('late')\n"})
    ran = project.gate(subprocess=True)
    assert ran.code not in (0, 5)
    assert ran.report["verdict"] == "INCOMPLETE"
