"""The tests that run for a component, and the gaps of a partial run."""

from __future__ import annotations

import pytest

from tests.acceptance.project import TESTS_ONLY, GateRun, Project

BROKEN = "raise RuntimeError('this file must not be imported')\n"


def test_no_other_test_file_or_conftest_is_imported(project: Project) -> None:
    project.write({"tests/test_billing.py": BROKEN, "tests/other/conftest.py": BROKEN, "tests/other/test_x.py": BROKEN})
    ran = project.gate()
    assert ran.code == 0
    assert ran.component["outcomes"]["collected"] == 1


def test_a_test_file_belongs_to_the_component_with_the_most_specific_name(project: Project) -> None:
    project.write({
        "src/auth/__init__.py": "", "src/auth_api/__init__.py": "",
        "tests/test_auth_x.py": "def test_a(): pass\n", "tests/test_auth_api_x.py": "def test_b(): pass\n",
    })  # fmt: skip
    assert [test["path"] for test in project.gate(component="auth").component["tests"]] == ["tests/test_auth_x.py"]
    api = project.gate(component="auth_api").component["tests"]
    assert api == [{"path": "tests/test_auth_api_x.py", "rule": "file test_auth_api_x.py", "nodes": []}]


def test_an_ambiguous_test_file_is_refused_with_the_candidates(project: Project) -> None:
    project.write({"src/parser/__init__.py": "", "src/parse/__init__.py": "", "tests/test_parsing.py": ""})
    ran = project.gate(component="parser")
    assert ran.code == 4
    assert ran.errors == [
        "ERROR: tests/test_parsing.py could belong to 'parser' or to 'parse'; set tests in "
        "tool.maturity.components.parser"
    ]


def test_configured_paths_override_discovery(project: Project) -> None:
    project.policy("""
        [tool.maturity]
        ladder = ["bronze"]
        stages.bronze.pass_rate = 100
        components.orchestration.tests = ["checks"]
        """)
    project.write({"checks/test_anything.py": "def test_it(): pass\n", "tests/test_orchestrator.py": BROKEN})
    ran = project.gate()
    assert ran.code == 0
    assert ran.component["tests"] == [
        {"path": "checks/test_anything.py", "rule": "tests in the configuration", "nodes": []}
    ]


def test_in_a_project_of_a_larger_repository_its_own_layout_counts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write({
        "lib/pyproject.toml": "[project]\nname = 'lib'\n", "lib/src/tax.py": "RATE = 7\n",
        "lib/tests/test_tax.py": "def test_rate(): pass\n",
    })  # fmt: skip
    monkeypatch.chdir(project.path / "lib")
    ran = project.gate(component="tax")
    assert ran.code == 0
    assert ran.component["sources"] == ["lib/src/tax.py"]
    assert [one["path"] for one in ran.component["tests"]] == ["lib/tests/test_tax.py"]


def test_a_policy_below_pytests_root_is_not_passed_over(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write({"lib/pyproject.toml": "[tool.maturity]\nladder = ['gold']\n", "lib/deep/x.py": ""})
    monkeypatch.chdir(project.path / "lib/deep")
    ran = project.gate()
    assert ran.code == 4
    assert ran.errors == [
        f"ERROR: lib/pyproject.toml has a policy, but the root of this run is {project.path}: add --rootdir=.. to run "
        "that project, or --maturity-config=../pyproject.toml to use its policy here"
    ]
    assert "unknown stage" not in str(project.gate("--maturity-config=../pyproject.toml").errors)


def test_test_paths_of_pytest_are_the_only_ones(project: Project) -> None:
    project.policy(TESTS_ONLY, 'pythonpath = ["src"]\ntestpaths = ["tests"]')
    project.write({"src/orchestration/test_inner.py": BROKEN, "test/test_orchestrator.py": BROKEN})
    ran = project.gate()
    assert (ran.code, [one["path"] for one in ran.component["tests"]]) == (0, ["tests/test_orchestrator.py"])


def test_a_marker_assigns_a_test_of_any_file_to_a_component(project: Project) -> None:
    project.write({
        "tests/test_mixed.py": """
        import pytest

        @pytest.mark.maturity_component("orchestration")
        def test_ours(): pass

        def test_without_owner(): assert 0
        """,
        "tests/test_orchestrator.py": """
        import pytest

        def test_by_name(): pass

        @pytest.mark.maturity_component("billing")
        def test_theirs(): assert 0
        """,
    })  # fmt: skip
    ran = project.gate()
    assert ran.code == 0
    assert ran.component["outcomes"]["passed"] == ran.component["outcomes"]["collected"] == 2
    assert {test["path"]: test["rule"] for test in ran.component["tests"]} == {
        "tests/test_mixed.py": "marker maturity_component",
        "tests/test_orchestrator.py": "file test_orchestrator.py, by -ation, -ator, -ate",
    }
    theirs = project.gate(component="billing")
    assert theirs.code == 1
    assert theirs.component["outcomes"]["failed"] == 1


def test_tests_without_a_matching_name_are_found_by_their_imports(project: Project) -> None:
    project.write(
        {"src/ledgers.py": "A = 1\n", "tests/test_money.py": "import ledgers\ndef test_a(): assert ledgers.A\n"}
    )
    ran = project.gate(component="ledgers")
    assert ran.code == 0
    assert ran.component["tests"] == [{"path": "tests/test_money.py", "rule": "imports ledgers", "nodes": []}]


def test_a_hook_adds_a_name_variant(project: Project) -> None:
    project.write({
        "conftest.py": """
        def pytest_maturity_name_variants(config, name):
            return ["conductor"] if name == "orchestration" else []
        """,
        "tests/test_conductor.py": "def test_c(): pass\n",
    })  # fmt: skip
    rules = {test["path"]: test["rule"] for test in project.gate().component["tests"]}
    assert rules["tests/test_conductor.py"] == "file test_conductor.py, by pytest_maturity_name_variants"


PARTIAL = {
    "a path": (["tests/test_orchestrator.py"], "partial", "tests/test_orchestrator.py"),
    "a node id": (["tests/test_orchestrator.py::test_few"], "partial", "tests/test_orchestrator.py::test_few"),
    "-k": (["-k", "few"], "deselected", "1 test deselected by -k few: tests/test_orchestrator.py::test_more"),
    "-m": (
        ["-m", "not slow"],
        "deselected",
        "1 test deselected by -m 'not slow': tests/test_orchestrator.py::test_more",
    ),
    "-k and -m": (["-k", "few", "-m", "not slow"], "deselected", "1 test deselected by -k few or -m 'not slow': "),
    "--deselect": (
        ["--deselect", "tests/test_orchestrator.py::test_more", "-k", "few or more"],
        "deselected",
        "1 test deselected by --deselect tests/test_orchestrator.py::test_more: tests/test_orchestrator.py::test_more",
    ),
    "--ignore": (
        ["--ignore", "tests/test_orchestration_b.py"],
        "ignored",
        "1 test file ignored by --ignore tests/test_orchestration_b.py: tests/test_orchestration_b.py",
    ),
    "--ignore-glob": (
        ["--ignore-glob", "*/test_*_b.py"],
        "ignored",
        "1 test file ignored by --ignore-glob '*/test_*_b.py': tests/test_orchestration_b.py",
    ),
    "--lf": (["--lf"], "partial", "--last-failed may leave tests out"),
    "--sw": (["--sw"], "partial", "--stepwise may leave tests out"),
}


@pytest.fixture
def two_files(project: Project) -> Project:
    project.policy(TESTS_ONLY, 'pythonpath = ["src"]\nmarkers = ["slow"]')
    project.write({
        "tests/test_orchestrator.py": """
        import pytest

        def test_few(): pass

        @pytest.mark.slow
        def test_more(): pass
        """,
        "tests/test_orchestration_b.py": "def test_few_others(): pass\n",
    })  # fmt: skip
    return project


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize("way", list(PARTIAL))
def test_a_partial_run_runs_the_given_tests_and_never_promotes(two_files: Project, way: str, workers: str) -> None:
    arguments, cause, message = PARTIAL[way]
    ran = two_files.gate(*arguments, workers)
    assert ran.code == 3, ran.result.stdout.str()
    assert cause in ran.gaps
    assert ran.component["reached"] is None
    assert message in ran.last_line


def test_an_option_that_leaves_no_test_out_is_no_gap(two_files: Project) -> None:
    assert two_files.gate("-k", "few or more", "-x", "--ff").code == 0


def test_a_path_in_addopts_is_ignored(two_files: Project) -> None:
    two_files.policy(TESTS_ONLY, 'addopts = ["tests/test_billing.py"]\nmarkers = ["slow"]')
    ran = two_files.gate()
    assert ran.code == 0
    assert ran.component["outcomes"]["collected"] == 3


def test_a_test_file_that_a_conftest_ignores_is_a_gap(two_files: Project) -> None:
    two_files.write({"tests/conftest.py": 'collect_ignore = ["test_orchestration_b.py"]\n'})
    ran = two_files.gate("--ignore=tests/test_billing.py")
    assert ran.component["outcomes"]["collected"] == 2
    assert ran.gaps == ["ignored"]
    assert ran.last_line.endswith(
        "1 test file ignored by collect_ignore of tests/conftest.py: tests/test_orchestration_b.py"
    )


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_x_that_stops_the_run_leaves_a_gap_and_the_failure_holds(two_files: Project, workers: str) -> None:
    two_files.write({"tests/test_orchestration_b.py": "def test_no(): assert 0\n"})
    ran = two_files.gate("-x", workers)
    assert ran.code == 1
    assert ran.component["verdict"] == "HOLD"
    if workers == "-n0":  # workers may run the other tests before the controller stops them
        (gap,) = ran.component["gaps"]
        assert gap["message"].startswith("2 tests did not finish (-x stopped the run): ")


def test_maxfail_stops_the_run_only_when_it_is_reached(two_files: Project) -> None:
    two_files.write({"tests/test_orchestration_b.py": "def test_no(): assert 0\ndef test_neither(): assert 0\n"})
    stopped = two_files.gate("--maxfail=2")
    (gap,) = stopped.component["gaps"]
    assert gap["message"].startswith("2 tests did not finish (--maxfail=2 stopped the run): ")
    assert two_files.gate("--maxfail=3").gaps == []


def test_tests_that_a_plugin_drops_without_announcement_are_a_gap(two_files: Project) -> None:
    two_files.write({"conftest.py": "def pytest_collection_modifyitems(items):\n    del items[1:]\n"})
    ran = two_files.gate("-k", "few or more")
    assert ran.code == 3
    assert ran.gaps == ["deselected"]
    assert "2 tests deselected by pytest_collection_modifyitems of conftest.py: " in ran.last_line


def test_tests_that_a_plugin_deselects_are_a_gap(two_files: Project) -> None:
    two_files.write({
        "conftest.py": """
        def pytest_collection_modifyitems(config, items):
            config.hook.pytest_deselected(items=items[1:])
            del items[1:]
        """
    })  # fmt: skip
    assert "2 tests deselected by pytest_collection_modifyitems of conftest.py: " in two_files.gate().last_line


PHASES = {
    "setup": "import pytest\n@pytest.fixture\ndef f(): raise OSError('no')\ndef test_a(f): pass\n",
    "teardown": "import pytest\n@pytest.fixture\ndef f():\n    yield\n    raise OSError('no')\ndef test_a(f): pass\n",
    "collection": "import nothing_of_this_name\ndef test_a(): pass\n",
    "unittest": "import unittest\nclass T(unittest.TestCase):\n    def test_a(self):\n"
    "        for i in range(3):\n            with self.subTest(i=i):\n                self.assertNotEqual(i, 1)\n",
    "strict xpass": "import pytest\n@pytest.mark.xfail(strict=True)\ndef test_a(): pass\n",
    "SystemExit": "def test_a(): raise SystemExit(0)\n",
    "recursion": "def test_a():\n    def f(): return f()\n    f()\n",
    "base exception": "class E(BaseException): pass\ndef test_a(): raise E\n",
}


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize("phase", list(PHASES))
def test_a_failure_in_any_phase_is_a_failure(project: Project, phase: str, workers: str) -> None:
    project.write({"tests/test_orchestration_bad.py": PHASES[phase]})
    ran = project.gate(workers)
    assert ran.code == 1, ran.result.stdout.str()
    counts = ran.component["outcomes"]
    assert counts["failed"] + counts["error"] == 1
    assert ran.component["verdict"] == "HOLD"


def test_a_failed_subtest_fails_its_test(project: Project) -> None:
    if int(pytest.__version__.partition(".")[0]) < 9:
        pytest.importorskip("pytest_subtests")
    project.write({
        "tests/test_orchestrator.py": """
        def test_a(subtests):
            for number in range(3):
                with subtests.test(number=number):
                    assert number != 1
        """
    })  # fmt: skip
    ran = project.gate()
    assert ran.code == 1
    assert ran.component["outcomes"]["failed"] == 1


def test_every_outcome_is_counted_once(project: Project) -> None:
    project.write({
        "tests/test_orchestrator.py": """
        import pytest

        def test_pass(): pass
        def test_skip(): pytest.skip("x")
        @pytest.mark.skip
        def test_marked(): pass
        @pytest.mark.xfail
        def test_xfail(): assert 0
        @pytest.mark.xfail
        def test_xpass(): pass
        """,
        "tests/test_orchestration_whole.py": "import pytest\npytest.importorskip('nothing_of_this_name')\n",
    })  # fmt: skip
    counts = project.gate().component["outcomes"]
    assert counts == {
        "collected": 6, "completed": 6, "passed": 1, "failed": 0, "error": 0, "skipped": 3, "xfailed": 1, "xpassed": 1,
        "flaky": 0,
    }  # fmt: skip


def test_a_pass_after_a_rerun_is_flaky(project: Project) -> None:
    project.write({
        "tests/test_orchestrator.py": """
        tries = []

        def test_a():
            tries.append(1)
            assert len(tries) == 2
        """
    })  # fmt: skip
    project.plugins = ("rerunfailures",)
    ran = project.gate("--reruns", "2", subprocess=True)
    assert ran.component["outcomes"]["flaky"] == 1
    assert ran.component["outcomes"]["passed"] == 1


def check_interrupted(ran: GateRun) -> None:
    assert "interrupted" in ran.gaps
    assert ran.report["verdict"] == "INCONCLUSIVE"


def test_ctrl_c_exits_2_and_is_inconclusive(project: Project) -> None:
    project.write({"tests/test_orchestration_c.py": "def test_a(): raise KeyboardInterrupt\n"})
    ran = project.gate(subprocess=True)
    assert ran.code == 2
    check_interrupted(ran)


def test_pytest_exit_with_0_is_not_a_success(project: Project) -> None:
    project.write({"tests/test_orchestration_c.py": "import pytest\ndef test_a(): pytest.exit('x', returncode=0)\n"})
    ran = project.gate(subprocess=True)
    assert ran.code == 3
    check_interrupted(ran)


def test_a_failed_session_without_a_failed_test_is_a_gap(project: Project) -> None:
    project.write({"conftest.py": "def pytest_runtest_teardown(item): item.session.testsfailed = 1\n"})
    ran = project.gate(subprocess=True)
    assert ran.code == 3
    assert ran.gaps == ["exit"]


def test_a_linked_package_is_a_gap_until_it_is_configured(project: Project) -> None:
    project.write({"vendor/pk/__init__.py": "A = 1\n"})
    (project.path / "src/orchestration/pk").symlink_to("../../vendor/pk")
    ran = project.gate()
    assert (ran.code, ran.gaps) == (3, ["linked"])
    assert ran.component["gaps"][0]["message"] == (
        "the code behind 1 link was not judged: src/orchestration/pk; "
        "name it in tool.maturity.components.orchestration.sources"
    )
    project.policy(
        TESTS_ONLY + "    [tool.maturity.components.orchestration]\n"
        '    sources = ["src/orchestration", "src/orchestration/pk"]\n'
    )
    assert project.gate().code == 0


def test_tests_behind_a_link_count_as_they_do_for_pytest(project: Project) -> None:
    """A wrong test there holds the component."""
    project.write({"shared/test_orchestration_shared.py": "def test_shared(): assert not 'ready'\n"})
    (project.path / "tests/shared").symlink_to("../shared")
    ran = project.gate()
    assert (ran.code, ran.gaps) == (1, [])
    project.write({"shared/test_orchestration_shared.py": "def test_shared(): pass\n"})
    assert project.gate().code == 0


@pytest.mark.parametrize("arguments", [(), ("-n", "2")], ids=["alone", "workers"])
def test_a_file_that_cannot_be_collected_costs_its_component_alone(
    project: Project, arguments: tuple[str, ...]
) -> None:
    project.write({"tests/test_orchestrator.py": "import absent\n"})
    ran = project.gate(*arguments, component="all", subprocess=True)
    assert ran.code == 1
    assert {one["name"]: one["verdict"] for one in ran.report["components"]} == {
        "billing": "PROMOTE",
        "orchestration": "HOLD",
    }


def test_a_collection_error_that_ends_the_collection_is_the_reason_for_the_files_behind_it(project: Project) -> None:
    project.write({"tests/test_orchestration_a.py": "import absent\n"})
    ran = project.gate("-x", component="all")
    assert ran.code == 1
    gaps = {one["name"]: [(gap["cause"], gap["message"]) for gap in one["gaps"]] for one in ran.report["components"]}
    expected = ("unfinished", "1 test file not collected, because of -x: tests/test_orchestrator.py")
    assert expected in gaps["orchestration"]
    assert all(cause != "ignored" for found in gaps.values() for cause, _ in found)


def test_a_dead_worker_is_a_failure_and_a_gap(project: Project) -> None:
    project.write({"tests/test_orchestration_dies.py": "import os\ndef test_a(): os._exit(0)\n"})
    ran = project.gate("-n2", subprocess=True)
    assert ran.code == 1
    assert "worker" in ran.gaps
    assert ran.component["outcomes"]["failed"] == 1


def test_ctrl_c_while_the_run_waits_for_tools_exits_2(project: Project) -> None:
    project.policy("""
        [tool.maturity]
        ladder = ["one"]
        stages.one = { pass_rate = 100, slow = 0 }
        [tool.maturity.gates.slow]
        command = ["sleep", "60"]
        pattern = "x"
        """)
    project.write({
        "conftest.py": """
        import os, signal, threading

        def pytest_runtestloop(session):
            threading.Timer(1.5, os.kill, (os.getpid(), signal.SIGINT)).start()
        """
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert ran.code == 2, ran.result.stdout.str()
    check_interrupted(ran)
    assert "slow unknown (sleep: the run was interrupted)" in ran.last_line


def test_a_directory_may_have_the_name_of_a_test_file(project: Project) -> None:
    project.write({"src/billing/tax.py": "", "tests/test_billing/test_tax.py": "def test_a(): pass\n"})
    paths = [test["path"] for test in project.gate(component="billing").component["tests"]]
    assert sorted(paths) == ["tests/test_billing.py", "tests/test_billing/test_tax.py"]


def test_a_marker_with_a_typo_is_refused(project: Project) -> None:
    project.write({
        "tests/test_orchestrator.py": "import pytest\n@pytest.mark.maturity_component('biling')\ndef test_a(): pass\n"
    })  # fmt: skip
    ran = project.gate()
    assert ran.code == 4
    assert ran.errors == [
        "ERROR: tests/test_orchestrator.py: the marker maturity_component names 'biling', which is no component "
        "(did you mean 'billing'?)"
    ]


@pytest.mark.parametrize(("sum_", "code"), [(3, 0), (4, 1)])
def test_a_text_doctest_with_the_name_of_the_component_is_its_own(project: Project, sum_: int, code: int) -> None:
    project.write({
        "tests/test_orchestration_sums.txt": f">>> 1 + 2\n{sum_}\n",
        "tests/test_orchestration_data.txt": "no example\n",
        "tests/test_billing_sums.txt": ">>> 1 + 2\n5\n",
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (code, [])
    assert ran.component["outcomes"]["collected"] == 2


COLLECTOR = """
    import pytest

    class Rule(pytest.Item):
        def runtest(self):
            assert "wrong" not in self.path.read_text()

    class Rules(pytest.File):
        def collect(self):
            yield Rule.from_parent(self, name="rule")

    def pytest_collect_file(file_path, parent):
        if file_path.suffix == ".yaml" and file_path.name.startswith("test"):
            return Rules.from_parent(parent, path=file_path)
    """


@pytest.mark.parametrize(("text", "code"), [("right", 0), ("wrong", 1)])
@pytest.mark.parametrize("place", ["tests", "tests/orchestration"])
def test_a_file_of_the_projects_own_collector_belongs_by_its_name(
    project: Project, place: str, text: str, code: int
) -> None:
    project.write({
        f"{place}/conftest.py": COLLECTOR,
        f"{place}/test_orchestration_rules.yaml": text,
        f"{place}/orchestration_data.yaml": "wrong",
        "tests/test_billing_rules.yaml": "wrong",
    })  # fmt: skip
    ran = project.gate(subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (code, [])
    assert ran.component["outcomes"]["collected"] == 2
