"""Ways to a green run without proof, and to wrong numbers, that were found by trying; none may promote."""

from __future__ import annotations

import sys

import pytest
from coverage import CoverageData

from tests.acceptance.project import COVERAGE_ONLY, TESTS_ONLY, GateRun, Project

STRONG = """
    import orchestration

    def test_both():
        assert orchestration.run(1) == "few"
        assert orchestration.run(9) == "many"
    """


@pytest.fixture
def stale(covered: Project) -> Project:
    """The project with coverage data of an earlier run, which had a better test."""
    weak = (covered.path / "tests/test_orchestrator.py").read_text()
    covered.write({"tests/test_orchestrator.py": STRONG})
    command = [sys.executable, "-m", "coverage", "run", "--source=src", "-m", "pytest", "-q", *covered.plugin_options()]
    assert covered.pytester.run(*command).ret == 0
    covered.write({"tests/test_orchestrator.py": weak})
    return covered


def test_data_that_pytest_cov_appends_to_is_unknown(stale: Project) -> None:
    ran = stale.gate("--cov=src", "--cov-report=", "--cov-append", subprocess=True)
    assert ran.code == 3
    assert "pytest-cov adds to the data of earlier runs" in ran.last_line


def test_data_that_coverage_run_appends_to_is_unknown(stale: Project) -> None:
    command = [sys.executable, "-m", "coverage", "run", "--append", "--source=src", "-m", "pytest"]
    result = stale.pytester.run(*command, *stale.plugin_options(), "--maturity-component", "orchestration")
    ran = GateRun(result, stale.read_report())
    assert ran.code == 3
    assert "coverage run adds to the data of earlier runs" in ran.last_line


def test_coverage_run_keeps_the_data_that_it_appends_to(stale: Project) -> None:
    stale.write({"src/other.py": "A = 1\n", "tests/test_other.py": "def test_a():\n    import other\n"})
    command = [sys.executable, "-m", "coverage", "run", "--append", "--source=src", "-m", "pytest"]
    options = stale.plugin_options()
    assert stale.pytester.run(*command, *options, "tests/test_other.py").ret == 0
    stale.pytester.run(*command, *options, "--maturity-component", "orchestration")
    data = CoverageData(str(stale.path / ".coverage"))
    data.read()
    assert data.lines(str(stale.path / "src/other.py")) == [1]


def test_a_linter_that_is_told_to_fix_only_edits_nothing(project: Project) -> None:
    project.policy(
        '[tool.maturity]\nladder = ["one"]\nstages.one.lint = 0\n[tool.ruff]\nfix-only = true\nlint.select = ["F"]\n'
    )
    project.write({"src/orchestration/unused.py": "import os\n"})
    ran = project.gate(subprocess=True)
    assert (project.path / "src/orchestration/unused.py").read_text() == "import os\n"
    assert ran.last_line == "HOLD  orchestration is not ready for one: lint 1 > 0"
    assert "src/orchestration/unused.py:1: `os` imported but unused" in ran.component["unmet"][0]["message"]


def test_a_source_that_changes_during_the_run_is_a_gap(project: Project) -> None:
    project.write({
        "tests/test_orchestrator.py": """
        from pathlib import Path

        def test_a():
            Path("src/orchestration/unused.py").write_text("")
        """
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert ran.code == 3
    assert ran.last_line.endswith("1 source file changed during the run: src/orchestration/unused.py")


@pytest.mark.parametrize("where", ["addopts", "command line"])
def test_doctests_that_the_project_runs_count(project: Project, where: str) -> None:
    if where == "addopts":
        project.policy(TESTS_ONLY, 'pythonpath = ["src"]\naddopts = ["--doctest-modules"]')
    project.write({"src/orchestration/unused.py": '"""\n>>> 1 + 1\n3\n"""\n'})
    ran = project.gate(*(["--doctest-modules"] if where == "command line" else []), subprocess=True)
    assert ran.code == 1
    assert ran.component["outcomes"]["failed"] == 1
    rules = {test["path"]: test["rule"] for test in ran.component["tests"]}
    assert rules["src/orchestration/unused.py"] == "doctests of the component"


@pytest.mark.parametrize("name", ["example", "nothing"])
def test_a_component_may_have_doctests_alone_but_not_none(project: Project, name: str) -> None:
    project.policy(TESTS_ONLY, 'pythonpath = ["src"]\naddopts = ["--doctest-modules"]')
    project.write(
        {"src/example/__init__.py": '"""\n>>> 1 + 1\n2\n"""\n', "src/nothing/__init__.py": '"""Nothing."""\n'}
    )
    ran = project.gate(component=name, subprocess=True)
    assert ran.code == (0 if name == "example" else 5)
    assert ran.report["verdict"] == ("PROMOTE" if name == "example" else "INCONCLUSIVE")


def test_doctests_that_a_plain_run_would_not_collect_do_not_count(project: Project) -> None:
    project.policy(TESTS_ONLY, 'pythonpath = ["src"]\naddopts = ["--doctest-modules"]\ntestpaths = ["tests"]')
    project.write({"src/orchestration/unused.py": '"""\n>>> 1 + 1\n3\n"""\n'})
    assert project.gate(subprocess=True).code == 0


@pytest.mark.parametrize(
    "settings",
    ['report.exclude_lines = ["("]', 'run.plugins = ["nope"]', 'run.branch = "maybe"', "run.concurrency = [1]"],
)
def test_a_broken_coverage_configuration_is_a_usage_error_in_one_line(covered: Project, settings: str) -> None:
    covered.policy(f"{COVERAGE_ONLY}    [tool.coverage]\n    {settings}\n")
    ran = covered.gate(subprocess=True)
    assert ran.code in (3, 4), ran.result.stdout.str() + ran.result.stderr.str()
    assert "Traceback" not in ran.result.stdout.str() + ran.result.stderr.str()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("command = ['true']", "x: needs either pattern or pointer, to find the number in what the command prints"),
        ("command = ['true']\npattern = '('", "x.pattern: is not a regular expression: missing )"),
    ],
)
def test_a_command_that_could_never_answer_is_refused_before_the_run(
    project: Project, table: str, message: str
) -> None:
    project.policy(f"[tool.maturity.gates.x]\n{table}\n")
    ran = project.gate()
    assert ran.code == 4
    assert message in ran.errors[0]


def test_a_configured_component_that_does_not_exist_is_named_with_its_table(project: Project) -> None:
    project.policy("[tool.maturity.components.biling]\nstages.staging.coverage = 60\n")
    ran = project.gate()
    assert ran.errors == [
        "ERROR: pyproject.toml: tool.maturity.components.biling: unknown component 'biling' in src; "
        "did you mean 'billing'?"
    ]


def test_a_path_for_a_name_is_refused_with_the_name(project: Project) -> None:
    ran = project.gate(component="src/orchestration")
    assert ran.code == 4
    assert "(did you mean 'orchestration'?)" in ran.errors[0]


def test_a_gap_is_listed_among_what_is_unmet(project: Project) -> None:
    project.write({"tests/test_orchestration_b.py": "def test_b(): pass\n"})
    ran = project.gate("-k", "few")
    ran.result.stdout.fnmatch_lines(["  reached nothing: the run has gaps; bronze needs", "  1 gap: 1 test*"])


def test_what_is_unmet_at_the_target_is_listed_after_the_next_stage(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": "import pytest\ndef test_a(): assert 0\ndef test_s(): pytest.skip()\n"
                   "def test_p(): pass\n"})  # fmt: skip
    ran = project.gate("--maturity-target", "silver")
    ran.result.stdout.fnmatch_lines([
        "  reached nothing yet; bronze needs", "  1 pass rate: fix 1 test",
        "  and silver needs", "  2 skipped rate: is 50, must be at most 0",
    ])  # fmt: skip
    assert [one["gate"] for one in ran.component["unmet"]] == ["pass_rate", "skipped_rate"]
    assert [one["gate"] for one in ran.component["next"]["unmet"]] == ["pass_rate"]


def test_a_hold_tells_what_is_unknown_besides(project: Project) -> None:
    project.policy('[tool.maturity]\nladder = ["one"]\nstages.one = { pass_rate = 100, x = 0 }\n'
                   "[tool.maturity.gates.x]\ncommand = ['no-such-program']\npattern = 'x'\n")  # fmt: skip
    project.write({"tests/test_orchestrator.py": "def test_a(): assert 0\n"})
    assert project.gate().last_line == "HOLD  orchestration is not ready for one: pass rate 0 % < 100; unknown: x"
