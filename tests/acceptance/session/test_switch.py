"""The start of a judged run: options, usage errors, and the imports of an unused plugin."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.acceptance.project import Project

HEAVY = ("coverage", "yaml", "sqlite3", "pytest_maturity.plugin.session", "pytest_maturity.model")


def test_an_unused_plugin_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"import sys\n\ndef test_a():\n    assert [m for m in {HEAVY!r} if m in sys.modules] == []\n")
    flags = ("no:cov", "no:hypothesispytest", "no:xdist", "no:asyncio", "no:rerunfailures", "no:sugar")
    plugins = [part for flag in flags for part in ("-p", flag)]
    code = f"import sys, pytest; sys.exit(pytest.main({[*plugins, '-p', 'no:cacheprovider', '-c', 'none.ini']!r}))"
    (pytester.path / "none.ini").write_text("[pytest]\n")
    assert pytester.run(sys.executable, "-c", code).ret == 0


def test_the_gate_is_imported_without_assertion_rewriting_and_tests_with_it(project: Project) -> None:
    test = """
        import sys

        import pytest

        def test_rewritten():
            names = [f"pytest_maturity.{name}" for name in ("plugin.session", "model.evidence", "coverage.recorder")]
            assert {type(sys.modules[name].__loader__).__name__ for name in names} == {"SourceFileLoader"}
            assert type(sys.meta_path[0]).__name__ == "AssertionRewritingHook"
            one = 1
            with pytest.raises(AssertionError, match="assert 1 == 2"):
                assert one == 2
        """
    project.write({"tests/test_orchestrator.py": test})
    project.run("--maturity-component", "orchestration", subprocess=True).assert_outcomes(passed=1)


def test_a_run_without_a_component_is_plain_pytest(project: Project) -> None:
    result = project.run("tests/test_billing.py")
    assert int(result.ret) == 0
    assert "maturity:" not in result.stdout.str()
    assert not (project.path / ".maturity").exists()


@pytest.mark.parametrize("option", ["--maturity-target=dev", "--maturity-explain", "--maturity-report=x.json"])
def test_an_option_without_a_component_is_refused(project: Project, option: str) -> None:
    result = project.run(option)
    assert int(result.ret) == 4
    name = option.partition("=")[0]
    result.stderr.fnmatch_lines([f"ERROR: {name}: needs --maturity-component NAME (or all)"])


@pytest.mark.parametrize("name", ["target", "report", "config", "policy-ref", "evidence", "merge", "component"])
def test_an_option_with_an_empty_value_is_refused(project: Project, name: str) -> None:
    ran = project.gate("--maturity-retries=1", f"--maturity-{name}", "")
    error = f"ERROR: --maturity-{name}: is empty: is a variable not set? Give it a value, or leave the option out"
    assert (ran.code, ran.errors) == (4, [error])


def test_help_lists_the_options_also_beside_a_wrong_component(project: Project) -> None:
    result = project.run("--maturity-component", "nonsense", "--help")
    assert int(result.ret) == 0
    result.stdout.fnmatch_lines(["maturity gate:", "*--maturity-component=NAME*", "*--maturity-explain*"])


def test_a_blocked_plugin_makes_its_options_an_error(project: Project) -> None:
    result = project.run("-p", "no:maturity", "--maturity-component", "orchestration", subprocess=True)
    assert int(result.ret) == 4


def test_every_wrong_name_on_the_command_line_is_reported_at_once(project: Project) -> None:
    result = project.run(
        "--maturity-component", "orchestrator", "--maturity-component", "biling", "--maturity-target", "brnze"
    )
    assert int(result.ret) == 4
    assert [line for line in result.errlines if line] == [
        "ERROR: --maturity-target: 'brnze' is not a stage of the ladder bronze, silver (did you mean 'bronze'?)",
        "ERROR: unknown component 'orchestrator' in src; did you mean 'orchestration'?",
        "ERROR: unknown component 'biling' in src; did you mean 'billing'?",
    ]


def test_every_mistake_in_the_configuration_is_reported_at_once(project: Project) -> None:
    project.policy("""
        [tool.maturity]
        taget = "dev"
        [tool.maturity.stages.dev]
        coverage = "70"
        pass_rate = -1
        """)
    ran = project.gate()
    assert ran.code == 4
    assert ran.report == {}
    assert [line for line in ran.result.errlines if line] == [
        "ERROR: pyproject.toml: tool.maturity.taget: unknown key (did you mean 'target'?)",
        "ERROR: pyproject.toml: tool.maturity.stages.dev.coverage: must be a number, false or a table, "
        'not "70"',
        "ERROR: pyproject.toml: tool.maturity.stages.dev.pass_rate: must be at least 0, not -1",
    ]  # fmt: skip


def test_an_unknown_gate_is_refused_with_the_nearest_name(project: Project) -> None:
    project.policy('[tool.maturity]\nladder = ["dev"]\nstages.dev.coverag = 70\n')
    ran = project.gate()
    assert ran.code == 4
    assert ran.errors == [
        "ERROR: pyproject.toml: tool.maturity.stages.dev.coverag: there is no gate 'coverag' (did you mean 'coverage'?)"
    ]


def test_a_yaml_policy_works_like_the_table_but_not_together_with_it(project: Project) -> None:
    project.write({"maturity.yaml": "ladder: [one]\nstages:\n  one: {pass_rate: 100}\n"})
    both = project.gate()
    assert both.code == 4
    assert both.errors == ["ERROR: both pyproject.toml and maturity.yaml configure maturity: keep one of them"]
    project.policy("")
    assert project.gate().last_line == "PROMOTE  orchestration is ready for one"


def test_an_option_selects_another_policy_file(project: Project) -> None:
    project.write({"ci/strict.yaml": "ladder: [one]\nstages:\n  one: {pass_rate: 100}\n"})
    ran = project.gate("--maturity-config", "ci/strict.yaml")
    assert ran.last_line == "PROMOTE  orchestration is ready for one"
    assert ran.gate("pass_rate")["stages"]["one"]["source"] == "ci/strict.yaml: maturity.stages.one.pass_rate"
    missing = project.gate("--maturity-config", "ci/gone.yaml")
    assert missing.code == 4
    assert "ci/gone.yaml: cannot be read: No such file or directory" in missing.errors[0]


def test_explain_shows_selection_and_requirements_and_runs_nothing(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": "open('ran', 'w')\ndef test_a(): pass\n"})
    ran = project.gate("--maturity-explain", "--maturity-target", "silver")
    assert ran.code == 0
    assert not (project.path / "ran").exists()
    assert not (project.path / ".maturity").exists()
    ran.result.stdout.fnmatch_lines([
        "*maturity: orchestration*",
        "  sources, found by src/orchestration/:",
        "    src/orchestration/engine.py",
        "    tests/test_orchestrator.py  (file test_orchestrator.py, by -ation, -ator, -ate)",
        "  bronze requires:",
        "    pass_rate >= 100  (pyproject.toml: tool.maturity.stages.bronze.pass_rate)",
        "  silver requires:   <- target",
        "    skipped_rate <= 0  (pyproject.toml: tool.maturity.stages.silver.skipped_rate)",
        "  policy: pyproject.toml: tool.maturity; report: .maturity/orchestration.json; nothing was run",
    ])  # fmt: skip


def test_the_markers_are_registered(project: Project) -> None:
    project.run("--markers").stdout.fnmatch_lines(["@pytest.mark.maturity_component*"])


def test_a_value_that_pytest_takes_for_a_test_path_is_refused_with_advice(project: Project, tmp_path: Path) -> None:
    report = tmp_path / "reports" / "out.json"
    assert project.run("--maturity-component=orchestration", "--maturity-report", str(report)).ret == 0
    result = project.run("--maturity-component=orchestration", "--maturity-report", str(report))
    assert int(result.ret) == 4
    assert f"write --maturity-report={report} in one word" in result.errlines[0]
    assert project.run("--maturity-component=orchestration", f"--maturity-report={report}").ret == 0
