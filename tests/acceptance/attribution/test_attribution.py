"""Two components that are judged in one session get the verdicts that each of them gets alone."""

from __future__ import annotations

import sys
from textwrap import dedent
from typing import Any

import pytest

from tests.acceptance.attribution.cases import ALPHA, CASES, POLICY, STRICTER_FOR_BETA
from tests.acceptance.project import Project


def write_components(project: Project, files: dict[str, str]) -> None:
    """Writes both components, with a simple test for each that has no test among the files."""
    project.policy(POLICY)
    project.write({"src/alpha/__init__.py": ALPHA, "src/beta/__init__.py": "", **files})
    for name in ("alpha", "beta"):
        if not any(f"/{name}/test" in path or f"_{name}.py" in path or "both" in path for path in files):
            project.write({f"tests/test_{name}.py": f"import {name}\n\ndef test_it(): assert {name}\n"})


def count_outcomes(component: dict[str, Any]) -> dict[str, int]:
    return {name: component["outcomes"][name] for name in ("collected", "passed", "failed", "error", "flaky")}


def judgement_of(component: dict[str, Any]) -> dict[str, Any]:
    """Returns what must be equal in both runs: outcomes, verdict, stage reached and lines."""
    files = component["coverage"]["files"]
    return {
        **count_outcomes(component),
        "verdict": component["verdict"],
        "reached": component["reached"],
        "files": files,
    }


@pytest.mark.parametrize("case", CASES)
def test_each_component_is_judged_as_if_its_tests_ran_alone(project: Project, case: str) -> None:
    write_components(project, CASES[case])
    alone = {name: judgement_of(project.gate(component=name, subprocess=True).component) for name in ("alpha", "beta")}
    assert "call" not in case or any(file["covered_lines"] for file in alone["alpha"]["files"])
    for order in (("alpha", "beta"), ("beta", "alpha")):
        first, second = order
        ran = project.gate("--maturity-component", second, component=first, subprocess=True)
        together = {one["name"]: judgement_of(one) for one in ran.report["components"]}
        assert together["alpha"] == alone["alpha"], ran.result.outlines
        if case != STRICTER_FOR_BETA:
            assert together["beta"] == alone["beta"], ran.result.outlines


# In a process of its own, coverage would find this project's configuration.
@pytest.mark.parametrize("case", [case for case in CASES if "process" not in case])
def test_outcomes_are_the_same_also_where_another_tracer_measures(project: Project, case: str) -> None:
    """Runs in this process, where another tracer may measure: so only the outcomes are compared."""
    write_components(project, CASES[case])
    for name in ("alpha", "beta"):
        alone = count_outcomes(project.gate(component=name).component)
        together = count_outcomes(both(project, subprocess=False)[name])
        assert together == alone or (name, case) == ("beta", STRICTER_FOR_BETA)


def both(project: Project, *arguments: str, subprocess: bool = True) -> dict[str, dict[str, Any]]:
    """Judges both components in one session; returns the report of each."""
    ran = project.gate("--maturity-component", "beta", *arguments, component="alpha", subprocess=subprocess)
    return {one["name"]: one for one in ran.report["components"]}


@pytest.mark.parametrize("way", ["-n2 --dist=loadfile", "-n2 --dist=load", "--cov=src", "-n2 --cov=src"])
def test_coverage_is_the_same_with_workers_and_pytest_cov(project: Project, way: str) -> None:
    write_components(project, CASES["a module of beta calls alpha while it is imported"])
    alone = judgement_of(project.gate(component="alpha", subprocess=True).component)
    together = both(project, *way.split())
    assert judgement_of(together["alpha"]) == alone
    assert together["alpha"]["reached"] == "first"


@pytest.mark.parametrize("case", [case for case in CASES if "fail" in case or "request" in case])
@pytest.mark.parametrize("flags", [(), ("--cov=src",)], ids=["here", "pytest-cov"])
def test_a_shared_fixture_counts_alike_in_a_worker(project: Project, case: str, flags: tuple[str, ...]) -> None:
    write_components(project, CASES[case])
    alone = judgement_of(project.gate(component="alpha", subprocess=True).component)
    assert judgement_of(both(project, "-n1", *flags)["alpha"]) == alone


def test_coverage_contexts_of_another_tool_make_coverage_unknown(project: Project) -> None:
    write_components(project, CASES["tests of both import alpha, and beta's are the first"])
    for workers in ("-n0", "-n1"):
        for one in both(project, workers, "--cov=src", "--cov-context=test").values():
            assert "measure without --cov-context" in one["coverage"]["problem"]
            assert one["reached"] == "first"
    alone = project.gate("--cov=src", "--cov-context=test", component="alpha", subprocess=True).component
    assert not alone["coverage"]["problem"]


def test_the_importers_are_restored_at_the_end(project: Project) -> None:
    write_components(project, {})
    project.write({
        "check.py": """
            import importlib.machinery, sys, pytest
            from _pytest.assertion.rewrite import AssertionRewritingHook

            loaders = (importlib.machinery.SourceFileLoader, AssertionRewritingHook)
            before = [loader.exec_module for loader in loaders]
            code = pytest.main(sys.argv[1:])
            assert [loader.exec_module for loader in loaders] == before
            assert "exec_module" not in vars(loaders[0])
            sys.exit(code)
            """,
    })  # fmt: skip
    ran = project.pytester.run(
        sys.executable, "check.py", "--maturity-component=alpha", "--maturity-component=beta", *project.plugin_options()
    )
    assert (ran.ret, ran.errlines) == (0, [])


def test_no_data_file_is_written_while_pytest_cov_starts_in_another_process(project: Project) -> None:
    """pytest-cov removes all data files that it finds, also those of a worker that has started earlier."""
    write_components(project, CASES["a module of beta calls alpha while it is imported"])
    project.write({
        "conftest.py": """
            from pathlib import Path

            def pytest_collection_finish(session):
                files = sorted(path.name for path in Path(session.config.rootpath).glob(".coverage*"))
                assert not files, files
            """,
    })  # fmt: skip
    together = both(project, "-n1", "--cov=src")
    assert together["alpha"]["reached"] == "first"
    assert together["alpha"]["coverage"]["percent"] > 0


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
@pytest.mark.parametrize("statement", ["pass", "recorder.to_dict()"])
def test_a_line_that_runs_in_two_scopes_counts_in_both(
    project: Project, monkeypatch: pytest.MonkeyPatch, core: str, statement: str
) -> None:
    """Also where the data is dumped in between, as for a run that may be resumed."""
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("Python has no sys.monitoring")
    monkeypatch.setenv("COVERAGE_CORE", core)
    project.write({"src/alpha.py": dedent(ALPHA)})
    project.write({
        "check.py": f"""
            import sys
            from pathlib import Path
            from pytest_maturity.coverage import Scope
            from pytest_maturity.coverage.own import OwnRecorder
            from pytest_maturity.model.evidence import Component

            sys.path.insert(0, "src")
            file = Path("src/alpha.py").resolve()
            both = [Component(name=name, sources=(file,), files=(file,), found_by="") for name in ("a", "b")]
            recorder = OwnRecorder(Path.cwd(), both)
            recorder.start()
            import alpha
            for component in both:
                recorder.switch(Scope.of([component.name]))
                alpha.f(1)
                {statement}
            recorder.switch(Scope.of([]))
            alpha.g()
            recorder.stop()
            for component in both:
                print(sum(file.covered_lines for file in recorder.compute_coverage(component).files))
            recorder.close()
            """,
    })  # fmt: skip
    assert project.pytester.run(sys.executable, "check.py").outlines == ["5", "5"]


def test_a_warning_at_import_belongs_to_the_line_that_imports(project: Project) -> None:
    filters = 'filterwarnings = ["error", "ignore:old:DeprecationWarning:test_alpha"]'
    project.policy(POLICY, f'pythonpath = ["src"]\n{filters}')
    project.write({
        "src/alpha/__init__.py": ALPHA,
        "src/beta/__init__.py": "",
        "src/legacy.py": "import warnings\nwarnings.warn('old', DeprecationWarning, stacklevel=2)\n",
        "tests/test_alpha.py": "import legacy\n\ndef test_a(): pass\n",
        "tests/test_beta.py": "def test_b(): pass\n",
    })  # fmt: skip
    ran = project.gate("--maturity-component", "beta", component="alpha", subprocess=True)
    assert [count_outcomes(one)["passed"] for one in ran.report["components"]] == [1, 1]
