"""Coverage of a component: exact, of the component alone, however it is imported and whichever tracer measures."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest

from tests.acceptance.project import COVERAGE_ONLY, GateRun, Project

# orchestration: 2 statements in __init__, 4 in engine (the return of "many" is not reached), 2 in unused.
EXPECTED = {"statements": 8, "covered_lines": 5}
TRACERS: dict[str, list[str]] = {
    "own": [],
    "workers": ["-n2"],
    "pytest-cov": ["--cov=src", "--cov-report="],
    "pytest-cov of everything": ["--cov", "--cov-report="],
    "pytest-cov and workers": ["--cov=src", "--cov-report=", "-n2"],
    "pytest-cov switched off": ["--cov=src", "--no-cov"],
}


def counts(ran: GateRun) -> dict[str, int]:
    return {name: ran.component["coverage"][name] for name in EXPECTED}


@pytest.mark.parametrize("way", list(TRACERS))
def test_the_numbers_are_the_same_whichever_tracer_measures(covered: Project, way: str) -> None:
    ran = covered.gate(*TRACERS[way], subprocess=True)
    assert counts(ran) == EXPECTED, ran.component["coverage"]
    assert ran.code == 0
    assert ran.gate("coverage")["value"] == 62.5
    assert ran.component["coverage"]["notes"] == []
    borrowed = any(option.startswith("--cov") for option in TRACERS[way]) and "--no-cov" not in TRACERS[way]
    assert ran.component["coverage"]["measured_by"] == ("pytest-cov" if borrowed else "pytest-maturity")


@pytest.mark.parametrize("workers", [[], ["-n2"]])
def test_coverage_run_is_borrowed_and_its_own_report_stays_correct(covered: Project, workers: list[str]) -> None:
    command = [sys.executable, "-m", "coverage", "run", "--source=src", "-m", "pytest", *covered.plugin_options()]
    result = covered.pytester.run(*command, "--maturity-component", "orchestration", *workers)
    assert result.ret == 0
    ran = GateRun(result, covered.read_report())
    assert counts(ran) == EXPECTED
    assert ran.component["coverage"]["measured_by"] == "coverage run"
    if not workers:
        covered.pytester.run(
            sys.executable, "-m", "coverage", "json", "-o", "cov.json", "--include=src/orchestration/*"
        )
        outer = json.loads((covered.path / "cov.json").read_text())["totals"]
        assert {"statements": outer["num_statements"], "covered_lines": outer["covered_lines"]} == EXPECTED


def test_a_module_that_nobody_imports_counts_as_not_covered(covered: Project) -> None:
    files = {file["path"]: file for file in covered.gate(subprocess=True).component["coverage"]["files"]}
    assert files["src/orchestration/unused.py"]["percent"] == 0
    assert files["src/orchestration/unused.py"]["missing_lines"] == [1, 2]
    assert files["src/orchestration/engine.py"]["missing_lines"] == [3]
    assert "src/billing/__init__.py" not in files


def test_the_remedy_counts_lines(covered: Project) -> None:
    ran = covered.gate("--maturity-target", "well_covered", subprocess=True)
    assert ran.code == 1
    assert ran.last_line == "HOLD  orchestration is not ready for well_covered: coverage 62.5 % < 80"
    assert ran.component["next"] == {
        "stage": "well_covered",
        "unmet": [
            {
                "gate": "coverage",
                "summary": "cover 2 more lines",
                "message": "cover 2 more lines: src/orchestration/unused.py:1-2: 2 lines not covered; "
                "src/orchestration/engine.py:3: 1 line not covered",
            }
        ],
    }


def test_the_projects_own_settings_for_branches_and_exclusions_count(covered: Project) -> None:
    settings = '[tool.coverage]\nrun = { branch = true, omit = ["*/__init__.py"] }\nreport.exclude_also = ["SECOND"]\n'
    covered.policy(COVERAGE_ONLY + settings)
    coverage = covered.gate(subprocess=True).component["coverage"]
    assert (coverage["branches"], coverage["covered_branches"], coverage["excluded"]) == (2, 1, 1)
    names = [file["path"].rpartition("/")[2] for file in coverage["files"]]
    assert names == ["engine.py", "unused.py"]


def test_omitting_the_whole_component_is_unknown(covered: Project) -> None:
    covered.policy(COVERAGE_ONLY + '    [tool.coverage.run]\n    omit = ["src/orchestration/*"]\n')
    ran = covered.gate(subprocess=True)
    assert ran.code == 3
    assert "omits every file of the component" in ran.last_line


def test_a_component_without_statements_is_unknown(covered: Project) -> None:
    covered.write({"src/empty/__init__.py": "", "tests/test_empty.py": "def test_a(): pass\n"})
    ran = covered.gate(component="empty", subprocess=True)
    assert ran.code == 3
    assert "coverage unknown (the component has no statement to cover)" in ran.last_line


def test_a_source_that_does_not_parse_is_unknown(covered: Project) -> None:
    covered.write({"src/orchestration/broken.py": "def (:\n"})
    ran = covered.gate(subprocess=True)
    assert ran.code == 3
    assert "broken.py" in ran.last_line


def test_pytest_cov_that_measures_other_sources_is_unknown(covered: Project) -> None:
    ran = covered.gate("--cov=src/billing", "--cov-report=", subprocess=True)
    assert ran.code == 3
    assert "pytest-cov did not measure the component" in ran.last_line


def test_the_threshold_of_pytest_cov_is_not_applied_to_a_part_of_the_tests(covered: Project) -> None:
    ran = covered.gate("--cov=src", "--cov-report=", "--cov-fail-under=99", subprocess=True)
    assert ran.code == 0
    assert ran.report["notes"] == ["pytest-cov's fail-under was not applied: it is about more than the component"]


LAYOUTS: dict[str, dict[str, Any]] = {
    "src as a package": {
        "options": "",
        "files": {"src/__init__.py": "", "tests/__init__.py": "",
                  "src/orchestration/__init__.py": "from src.orchestration.engine import run\n\n__all__ = ['run']\n",
                  "tests/test_orchestrator.py": "from src import orchestration\n\ndef test_few():\n"
                  "    assert orchestration.run(1) == 'few'\n"},
    },
    "namespace package": {
        "options": 'pythonpath = ["src"]',
        "files": {"src/orchestration/__init__.py": None,
                  "src/orchestration/more/deep.py": "A = 1\nB = 2\n",
                  "tests/test_orchestrator.py": "from orchestration.engine import run\n\ndef test_few():\n"
                  "    assert run(1) == 'few'\n"},
    },
    "importlib mode": {"options": 'pythonpath = ["src"]\naddopts = ["--import-mode=importlib"]', "files": {}},
    "conftest imports it first": {
        "options": 'pythonpath = ["src"]', "files": {"conftest.py": "import orchestration\n"},
    },
}  # fmt: skip


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_the_numbers_do_not_depend_on_the_way_of_importing(covered: Project, layout: str, workers: str) -> None:
    covered.policy(COVERAGE_ONLY, LAYOUTS[layout]["options"])
    for name, text in LAYOUTS[layout]["files"].items():
        if text is None:
            (covered.path / name).unlink()
        else:
            covered.write({name: text})
    coverage = covered.gate(workers, subprocess=True).component["coverage"]
    files = {file["path"].rpartition("/")[2]: file["percent"] for file in coverage["files"]}
    assert files["engine.py"] == 75, coverage
    assert files["unused.py"] == 0
    assert files.get("deep.py", 0) == 0


@pytest.fixture
def installed(covered: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The component is installed as a copy; tests import the copy."""
    site = covered.path / "env" / "site-packages"
    for path in (covered.path / "src").rglob("*.py"):
        covered.write(
            {str((site / path.relative_to(covered.path / "src")).relative_to(covered.path)): path.read_text()}
        )
    monkeypatch.setenv("PYTHONPATH", str(site))
    covered.policy(COVERAGE_ONLY, "")
    return covered


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_installed_copy_counts_for_the_source(installed: Project, workers: str) -> None:
    ran = installed.gate(workers, subprocess=True)
    assert counts(ran) == EXPECTED, ran.component["coverage"]
    assert ran.code == 0


def test_an_installed_copy_that_differs_is_unknown(installed: Project) -> None:
    installed.write({"src/orchestration/engine.py": "def run(steps: int) -> str:\n    return 'new'\n"})
    ran = installed.gate(subprocess=True)
    assert ran.code == 3
    assert ran.gaps == ["elsewhere"]
    assert "engine.py: install it again" in ran.last_line
    assert "engine.py: install it again" in ran.gate("coverage")["note"]


def test_each_component_of_a_session_counts_only_what_its_own_tests_executed(covered: Project) -> None:
    covered.write({
        "src/billing/__init__.py": "def price() -> int:\n    total = 1\n    return total\n",
        "tests/test_billing.py": """
        import billing
        import orchestration

        def test_price():
            assert billing.price() == 1
            assert orchestration.run(9) == "many"
        """,
    })  # fmt: skip
    alone = covered.gate(subprocess=True).component["coverage"]
    for workers in ("-n0", "-n2"):
        together = covered.gate(workers, component="all", subprocess=True).report["components"]
        billing, orchestration = (one["coverage"] for one in together)
        assert orchestration["files"] == alone["files"]
        assert billing["percent"] == 100


ORDERED = """
    def pytest_collection_modifyitems(items):
        items.sort(key=lambda item: item.name)  # tests of the two components alternate
"""


def test_alternating_tests_of_components_count_for_their_own_component(covered: Project) -> None:
    turns = """
        import billing, orchestration

        def test_{first}(): assert {call}
        def test_{second}(): assert {call}
        """
    covered.write({
        "conftest.py": ORDERED,
        "tests/test_orchestrator.py": turns.format(first=1, second=3, call='orchestration.run(1) == "few"'),
        "tests/test_billing.py": turns.format(first=2, second=4, call='orchestration.run(9) and billing.price()'),
    })  # fmt: skip
    alone = {name: covered.gate(component=name, subprocess=True) for name in ("orchestration", "billing")}
    together = covered.gate(component="all", subprocess=True).report["components"]
    assert {one["name"]: one["coverage"]["files"] for one in together} == {
        name: ran.component["coverage"]["files"] for name, ran in alone.items()
    }


def test_the_sources_of_other_components_are_not_traced(covered: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COVERAGE_CORE", "ctrace")
    traced = """
        import sys
        import billing, orchestration

        def test_{own}():
            known = sys.gettrace().should_trace_cache
            traced = {{one.__name__ for one in (billing, orchestration) if known[one.__file__].trace}}
            assert traced == {{"{own}"}}
        """
    for own, name in (("billing", "billing"), ("orchestration", "orchestrator")):
        covered.write({f"tests/test_{name}.py": traced.format(own=own)})
    report = covered.gate("--maturity-retries=0", component="all", subprocess=True).report
    assert [one["outcomes"]["passed"] for one in report["components"]] == [1, 1]


@pytest.mark.parametrize(
    "body", ["pass", "import coverage; coverage.Coverage.start = None"], ids=["executes nothing", "breaks coverage"]
)
def test_tests_that_execute_nothing_or_break_coverage_do_not_break_the_run(covered: Project, body: str) -> None:
    covered.policy(COVERAGE_ONLY, 'pythonpath = ["src"]\nfilterwarnings = ["error"]')
    covered.write({"tests/test_billing.py": f"def test_a():\n    {body}\n"})
    ran = covered.gate(component="all", subprocess=True)
    assert "INTERNALERROR" not in ran.result.stdout.str()
    billing, orchestration = ran.report["components"]
    assert (billing["verdict"], ran.code) == ("HOLD", 1)
    assert orchestration["outcomes"]["passed"] == 1


@pytest.mark.parametrize("stop", ["-x", "-k few", "tests/test_orchestrator.py"])
def test_coverage_without_all_tests_is_a_lower_bound_and_no_reason_to_hold(covered: Project, stop: str) -> None:
    covered.write({
        "tests/test_orchestrator_z.py": f"""
            def test_a():
                assert {stop != "-x"}

            def test_b():
                import orchestration.unused

                assert orchestration.run(4) == "many"
            """,
    })  # fmt: skip
    arguments = (*stop.split(" ", 1), "--maturity-target=well_covered")
    whole, part = covered.gate(subprocess=True), covered.gate(*arguments, subprocess=True)
    coverage = part.gate("coverage")
    assert whole.gate("coverage")["stages"]["well_covered"]["status"] == "passed"
    assert (part.code, part.component["verdict"]) == (3, "INCONCLUSIVE")
    assert 0 < coverage["value"] < 80
    assert coverage["stages"]["well_covered"]["status"] == "unknown"
    words = f"coverage: {coverage['value']} % is only a lower bound, because tests are missing"
    assert words in " ".join(part.result.stdout.str().split())


def test_subprocesses_count_where_the_project_configures_it(covered: Project) -> None:
    covered.policy(COVERAGE_ONLY + '    [tool.coverage.run]\n    patch = ["subprocess"]\n')
    covered.write({
        "tests/test_orchestration_sub.py": """
        import subprocess, sys

        def test_many():
            code = "import sys; sys.path.insert(0, 'src'); import orchestration; orchestration.run(9)"
            subprocess.run([sys.executable, "-c", code], check=True)
        """,
    })  # fmt: skip
    coverage = covered.gate(subprocess=True).component["coverage"]
    assert coverage["covered_lines"] == 6


def test_relative_file_names_in_the_projects_settings_change_nothing(covered: Project) -> None:
    covered.policy(COVERAGE_ONLY + "    [tool.coverage.run]\n    relative_files = true\n")
    for way in ("own", "workers", "pytest-cov"):
        assert counts(covered.gate(*TRACERS[way], subprocess=True)) == EXPECTED, way


def test_a_test_that_changes_the_directory_does_not_change_the_numbers(covered: Project) -> None:
    covered.write({
        "tests/test_orchestration_away.py": """
        import os

        def test_away(tmp_path):
            os.chdir(tmp_path)
            tmp_path.rmdir()
        """
    })  # fmt: skip
    assert counts(covered.gate(subprocess=True)) == EXPECTED


@pytest.mark.parametrize(
    ("core", "statement"), [("ctrace", "sys.settrace(None)"), ("sysmon", "sys.monitoring.free_tool_id(1)")]
)
def test_a_test_that_removes_the_tracer_is_noted(
    covered: Project, monkeypatch: pytest.MonkeyPatch, core: str, statement: str
) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("Python has no sys.monitoring")
    monkeypatch.setenv("COVERAGE_CORE", core)
    covered.write({"tests/test_orchestration_a.py": f"import sys\ndef test_a(): {statement}\n"})
    ran = covered.gate(subprocess=True)
    assert "a test removed the tracer" in ran.gate("coverage")["note"]
    assert ran.component["coverage"]["covered_lines"] < EXPECTED["covered_lines"]


def test_lines_are_monitored_where_python_has_monitoring(covered: Project) -> None:
    covered.write({
        "tests/test_orchestration_a.py": """
        import sys

        def test_a():
            assert (sys.gettrace() is None) == (sys.version_info >= (3, 12))
        """
    })  # fmt: skip
    ran = covered.gate(subprocess=True)
    assert (ran.code, counts(ran)) == (0, EXPECTED)


@pytest.mark.parametrize("core", ["ctrace", "sysmon"])
def test_with_workers_the_controller_is_not_traced(
    covered: Project, monkeypatch: pytest.MonkeyPatch, core: str
) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("Python has no sys.monitoring")
    monkeypatch.setenv("COVERAGE_CORE", core)
    covered.write({
        "conftest.py": """
        import threading
        from pytest_maturity.coverage.core import find_tracer

        def pytest_configure(config):
            config.pluginmanager.register(Process("a worker" if hasattr(config, "workerinput") else "the controller"))

        class Process:
            def __init__(self, name):
                self.name = name

            def pytest_runtest_logreport(self, report):
                with open("traced.txt", "a") as file:
                    print(self.name, bool(find_tracer() or threading.gettrace()), file=file)
        """
    })  # fmt: skip
    covered.plugins = (*covered.plugins, "xdist")
    ran = covered.gate("-n1", subprocess=True)
    assert set((covered.path / "traced.txt").read_text().splitlines()) == {"a worker True", "the controller False"}
    assert counts(ran) == EXPECTED


# ── an installed copy of another build ───────────────────────────────────────


@pytest.mark.parametrize("stamped", ["0.0.0", "1.4.2.dev3+g1a2b"])
def test_an_installed_copy_with_a_stamped_version_counts_for_the_source(installed: Project, stamped: str) -> None:
    source = '__version__ = "0.0.0"\n\n' + (installed.path / "src/orchestration/__init__.py").read_text()
    installed.write({"src/orchestration/__init__.py": source})
    copy = installed.path / "env/site-packages/orchestration/__init__.py"
    copy.write_bytes(source.replace("0.0.0", stamped).replace("\n", "\r\n").encode())
    ran = installed.gate(subprocess=True)
    assert ran.code == 0, ran.component["coverage"]
    assert ran.component["coverage"]["covered_lines"] == EXPECTED["covered_lines"] + 1


# ── settings and links ───────────────────────────────────────────────────────


def test_a_source_that_does_not_parse_stays_unknown_with_ignore_errors(covered: Project) -> None:
    covered.policy(COVERAGE_ONLY + "\n    [tool.coverage.report]\n    ignore_errors = true\n")
    assert covered.gate(subprocess=True).code == 0
    covered.write({"src/orchestration/broken.py": "def (:\n"})
    ran = covered.gate(subprocess=True)
    assert ran.code == 3
    assert "broken.py" in ran.last_line


@pytest.mark.parametrize("store", ["store", "../store"])
@pytest.mark.parametrize("way", ["own", "workers"])
def test_a_source_that_is_a_link_counts_as_the_file_that_it_leads_to(covered: Project, store: str, way: str) -> None:
    for name in ("engine", "unused"):
        link = covered.path / f"src/orchestration/{name}.py"
        target = covered.path / store / covered.path.name / f"1-{name}.py"
        target.parent.mkdir(parents=True, exist_ok=True)
        link.rename(target)
        link.symlink_to(target)
    ran = covered.gate(*TRACERS[way], subprocess=True)
    assert counts(ran) == EXPECTED, ran.component["coverage"]
    files = {file["path"]: file["percent"] for file in ran.component["coverage"]["files"]}
    assert files["src/orchestration/engine.py"] == 75
    assert files["src/orchestration/unused.py"] == 0
    assert ran.gaps == (["linked"] if store.startswith("..") else [])


@pytest.mark.parametrize("is_one_left", [False, True])
def test_coverage_is_unknown_if_no_test_ran_because_of_import_errors(covered: Project, is_one_left: bool) -> None:
    """pytest runs none, where one file cannot be imported: what the others import is not covered by tests."""
    for path in (covered.path / "tests").rglob("test_*.py"):
        path.write_text("import not_installed_anywhere\n" + path.read_text())
    if is_one_left:
        covered.write({"tests/test_orchestration_left.py": "import orchestration.engine\n\ndef test_left(): pass\n"})
    ran = covered.gate(subprocess=True)
    assert ran.gate("coverage")["value"] is None
    assert ran.gate("coverage")["note"] == "no test ran, because test files could not be imported"


# ── processes of multiprocessing ─────────────────────────────────────────────

POOL = {
    "src/orchestration/engine.py": """
        import multiprocessing

        def run(steps):
            if steps > 3:
                return "many"
            return "few"

        def run_all(counts, method):
            with multiprocessing.get_context(method).Pool(2) as pool:
                found = pool.map(run, counts)
                pool.close()
                pool.join()
            return found
        """,
    "tests/test_orchestration.py": """
        import pytest
        from orchestration.engine import run_all

        @pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
        def test_pool(method):
            assert run_all([1, 9], method) == ["few", "many"]
        """,
}
MULTIPROCESSING = """
    [tool.coverage.run]
    concurrency = ["multiprocessing", "thread"]
    parallel = true
    branch = true
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows only spawns")
@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_processes_of_multiprocessing_count_and_leave_no_file(covered: Project, workers: str) -> None:
    covered.policy(COVERAGE_ONLY + MULTIPROCESSING)
    covered.write(POOL)
    ran = covered.gate(workers, subprocess=True)
    files = {file["path"]: file for file in ran.component["coverage"]["files"]}
    assert files["src/orchestration/engine.py"]["percent"] == 100, ran.component["coverage"]
    assert not list(covered.path.rglob("*.coverage*"))


def test_a_second_run_in_the_same_process_patches_multiprocessing_again(covered: Project) -> None:
    covered.policy(COVERAGE_ONLY + MULTIPROCESSING)
    covered.write(POOL | {
        "run.py": """
            import os, pytest

            if __name__ == "__main__":
                found = [pytest.main(["-q", "--maturity-component", "orchestration"]) for _ in range(2)]
                print("codes", [int(code) for code in found], os.environ.get("COVERAGE_RCFILE"))
            """,
    })  # fmt: skip
    result = covered.pytester.runpython(covered.path / "run.py")
    result.stdout.fnmatch_lines(["codes *0, 0* None"])
    assert not list(covered.path.glob(".coverage*"))


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_tracer_that_a_plugin_starts_later_makes_coverage_unknown(project: Project, workers: str) -> None:
    project.policy(COVERAGE_ONLY)
    project.write({
        "conftest.py": """
        import coverage, pytest
        later = coverage.Coverage(data_file=None)

        def pytest_runtest_setup():
            if not later._started:
                later.start()

        @pytest.hookimpl(trylast=True)
        def pytest_sessionfinish():
            if later._started:
                later.stop()
        """
    })  # fmt: skip
    ran = project.gate(workers, subprocess=True)
    assert ran.code == 3
    assert "INTERNALERROR" not in ran.result.stdout.str()
    assert "a plugin, such as pytest-testmon, measured in its place" in ran.gate("coverage")["note"]
