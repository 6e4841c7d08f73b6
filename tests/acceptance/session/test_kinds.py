"""A stage is judged by the tests of the kinds that it needs: the others are shown, and may be missing."""

from __future__ import annotations

from fnmatch import fnmatch

import pytest

from pytest_maturity.cli import main
from tests.acceptance.project import TESTS_ONLY, GateRun, Project

POLICY = """
    [tool.maturity]
    ladder = ["silver", "gold"]
    target = "silver"
    [tool.maturity.kinds]
    integration = { markers = ["database"], paths = ["tests/integration"] }
    [tool.maturity.stages.silver]
    kinds = ["unit"]
    pass_rate = 100
    [tool.maturity.stages.gold]
    kinds = ["unit", "integration"]
"""
SETTINGS = 'pythonpath = ["src"]\nmarkers = ["database: needs a database"]'
MARKED = """
    import pytest

    @pytest.mark.database
    def test_marked():
        assert {value}
    """
BY_PATH, BY_MARKER = "tests/integration/test_orchestrator_db.py", "tests/test_orchestrator_store.py"


@pytest.fixture
def kinds(project: Project) -> Project:
    """A component with a unit test, a test that is an integration test by its path and one by its marker."""
    project.policy(POLICY, SETTINGS)
    project.write({BY_PATH: "def test_path():\n    pass\n", BY_MARKER: MARKED.format(value=True)})
    return project


def fail(project: Project, *files: str) -> None:
    for file in files:
        project.write({file: MARKED.format(value=False)})


def conclusion(ran: GateRun) -> tuple[int, str, str | None]:
    return ran.code, ran.component["verdict"], ran.component["reached"]


@pytest.mark.parametrize("arguments", [(), ("-n2",)], ids=" ".join)
def test_a_whole_run_reaches_the_stage_that_needs_every_kind(kinds: Project, arguments: tuple[str, ...]) -> None:
    ran = kinds.gate(*arguments)
    assert conclusion(ran) == (0, "PROMOTE", "gold")
    counts = {kind: part["outcomes"]["passed"] for kind, part in ran.component["kinds"].items()}
    assert counts == {"unit": 1, "integration": 2}
    ran.result.stdout.fnmatch_lines(["  tests passed: 1 unit, 2 integration"])


@pytest.mark.parametrize(
    "arguments",
    [
        ("-m", "not database", "--ignore=tests/integration"),
        ("-m", "not database", "-n2", "--ignore=tests/integration"),
        ("-k", "few or other"),
        ("tests/test_orchestrator.py", "tests/test_orchestrator_store.py"),
        ("tests/test_orchestrator.py::test_few", "tests/test_orchestrator_store.py::test_other"),
    ],
    ids=" ".join,
)
def test_tests_of_a_kind_that_is_not_needed_may_be_left_out(kinds: Project, arguments: tuple[str, ...]) -> None:
    kinds.write({BY_MARKER: MARKED.format(value=True) + "\n    def test_other():\n        pass\n"})
    ran = kinds.gate(*arguments)
    assert conclusion(ran) == (0, "PROMOTE", "silver")
    assert [gap["kinds"] for gap in ran.component["gaps"]]
    assert all(gap["kinds"] == ["integration"] for gap in ran.component["gaps"])
    assert main(["verify", str(kinds.path / ".maturity/orchestration.json"), "--target", "silver"]) == 0
    ran = kinds.gate(*arguments, "--maturity-target=gold")
    assert conclusion(ran) == (3, "INCONCLUSIVE", "silver")
    assert ran.component["unmet"][0]["gate"] == ""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-m", "database"), "1 test deselected by -m database: tests/test_orchestrator.py::test_few"),
        (("-k", "path"), "1 test deselected by -k path: tests/test_orchestrator.py::test_few"),
        (("tests/integration", BY_MARKER), "only the paths on the command line were run: tests/integration, *"),
        # Its marker is not known, and no rule is about its path.
        (("--ignore", BY_MARKER), f"1 test file ignored by --ignore {BY_MARKER}: {BY_MARKER}"),
        (("tests/test_orchestrator.py",), "only the paths on the command line were run: tests/test_orchestrator.py"),
    ],
)
def test_what_may_be_of_a_needed_kind_is_a_gap(kinds: Project, arguments: tuple[str, ...], message: str) -> None:
    ran = kinds.gate(*arguments)
    assert (ran.code, ran.component["verdict"], ran.component["reached"]) == (3, "INCONCLUSIVE", None)
    assert any(fnmatch(one["message"], message) for one in ran.component["unmet"])


def test_a_failed_test_holds_the_stages_that_need_its_kind(kinds: Project) -> None:
    fail(kinds, BY_PATH)
    ran = kinds.gate()
    assert conclusion(ran) == (0, "PROMOTE", "silver")
    words = "although 1 test of the kind integration failed: silver does not need it"
    assert ran.last_line == f"PROMOTE  orchestration is ready for silver, {words}"
    assert conclusion(kinds.gate("--maturity-target=gold")) == (1, "HOLD", "silver")
    fail(kinds, "tests/test_orchestrator_unit.py")
    assert conclusion(kinds.gate("-k", "few")) == (0, "PROMOTE", "silver")  # that test has the marker
    kinds.write({"tests/test_orchestrator_unit.py": "def test_wrong():\n    assert 0\n"})
    assert conclusion(kinds.gate()) == (1, "HOLD", None)


@pytest.mark.parametrize(("file", "code"), [(BY_PATH, 0), (BY_MARKER, 1)])
def test_a_file_that_cannot_be_imported_has_the_kind_of_its_path(kinds: Project, file: str, code: int) -> None:
    kinds.write({file: "import pytest\nimport no_such_driver\npytestmark = pytest.mark.database\n"})
    ran = kinds.gate()
    assert ran.code == code
    assert ran.component["outcomes"]["passed"] == 2
    assert conclusion(kinds.gate("--maturity-target=gold"))[0] == 1


def test_markers_count_that_a_test_has_before_the_first_one_runs(kinds: Project) -> None:
    kinds.write({"tests/test_orchestrator_more.py": "def test_late():\n    assert 0\n"})
    late = """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtest_setup(item):
            if item.name == "test_late":
                item.add_marker(pytest.mark.database)
        """
    kinds.write({"conftest.py": late})
    assert conclusion(kinds.gate()) == (1, "HOLD", None)
    early = late.replace("pytest_runtest_setup(item)", "pytest_collection_modifyitems(items)")
    early = early.replace('if item.name == "test_late":', "for item in items:").replace(
        "    item.add", "    if 'late' in item.name: item.add"
    )
    kinds.write({"conftest.py": early})
    assert conclusion(kinds.gate()) == (0, "PROMOTE", "silver")
    assert conclusion(kinds.gate("-m", "not database")) == (0, "PROMOTE", "silver")


def test_a_marker_that_depends_on_the_process_is_a_gap(kinds: Project) -> None:
    kinds.write({
        "conftest.py": """
            import os

            import pytest

            def pytest_collection_modifyitems(items):
                for item in items:
                    if os.environ.get("PYTEST_XDIST_WORKER") == "gw1":
                        item.add_marker(pytest.mark.database)
            """
    })  # fmt: skip
    ran = kinds.gate("-n2", subprocess=True)
    assert (ran.code, ran.gaps) == (3, ["kind"])
    ran.result.stdout.fnmatch_lines(["*test_few is of the kind * in one process and * in another*"])


def test_a_stage_may_need_no_unit_tests(kinds: Project) -> None:
    kinds.policy(POLICY.replace('["unit", "integration"]', '["integration"]'), SETTINGS)
    kinds.write({"tests/test_orchestrator.py": "def test_wrong():\n    assert 0\n"})
    assert conclusion(kinds.gate()) == (1, "HOLD", "gold")
    assert conclusion(kinds.gate("-m", "database or path")) == (3, "INCONCLUSIVE", None)


def test_a_kind_that_has_no_test_proves_nothing(kinds: Project) -> None:
    for file in (BY_PATH, BY_MARKER):
        (kinds.path / file).unlink()
    kinds.policy(POLICY.replace('["unit", "integration"]', '["integration"]'), SETTINGS)
    ran = kinds.gate("--maturity-target=gold")
    assert conclusion(ran) == (3, "INCONCLUSIVE", "silver")
    assert "pass rate (integration) unknown (no test was collected)" in ran.last_line


# ── shards ───────────────────────────────────────────────────────────────────


def test_shards_of_one_kind_each_are_judged_as_the_whole(kinds: Project) -> None:
    whole = kinds.gate("--maturity-target=gold")
    kinds.write({BY_PATH: "import pytest\n\n@pytest.mark.database\ndef test_path():\n    pass\n"})
    for name, selection in (("unit", "not database"), ("integration", "database")):
        kinds.gate("--maturity-target=gold", f"--maturity-evidence={name}.json", "-m", selection)
    both = kinds.gate("--maturity-target=gold", "--maturity-merge=unit.json", "--maturity-merge=integration.json")
    assert conclusion(both) == conclusion(whole) == (0, "PROMOTE", "gold")
    assert both.component["kinds"] == whole.component["kinds"]
    unit = kinds.gate("--maturity-target=gold", "--maturity-merge=unit.json")
    assert conclusion(unit) == (3, "INCONCLUSIVE", "silver")
    assert [(gap["cause"], gap["kinds"]) for gap in unit.component["gaps"]] == [("unfinished", ["integration"])]


# ── coverage of a kind, and what kinds share ─────────────────────────────────

LAZY = {
    "src/orchestration/engine.py": """
        import orchestration.unused

        def few():
            return "few"

        def many():
            from orchestration import late

            return late.many()

        def both():
            return "both"
        """,
    "src/orchestration/late.py": """
        FIRST = 1

        def many():
            return "many"
        """,
    "src/orchestration/__init__.py": "from orchestration.engine import both, few, many\n",
    "conftest.py": """
        import pytest

        @pytest.fixture(scope="session")
        def shared():
            import orchestration

            return orchestration.both()
        """,
    "tests/test_orchestrator.py": """
        import orchestration

        def test_few(shared):
            assert orchestration.few() == "few"

        def test_late():
            assert orchestration.many() == "many"
        """,
    BY_PATH: """
        import orchestration

        def test_path(shared):
            from orchestration.late import FIRST

            assert FIRST == 1
        """,
}
COVERAGE = """
    [tool.maturity]
    ladder = ["silver", "gold"]
    [tool.maturity.kinds]
    integration = { markers = ["database"], paths = ["tests/integration"] }
    [tool.maturity.stages.silver]
    kinds = ["unit"]
    coverage = 80
    [tool.maturity.stages.gold]
    kinds = ["unit", "integration"]
    coverage = { min = 100, unit = 90, integration = 70 }
"""


@pytest.mark.parametrize("arguments", [(), ("-n2",), ("-p", "no:randomly", "tests")], ids=" ".join)
def test_the_coverage_of_a_kind_is_what_its_tests_cover_alone(project: Project, arguments: tuple[str, ...]) -> None:
    project.policy(COVERAGE, SETTINGS)
    project.write(LAZY)
    whole = project.gate(*arguments, subprocess=True)
    alone = {
        "unit": project.gate("tests/test_orchestrator.py", subprocess=True),
        "integration": project.gate("tests/integration", subprocess=True),
    }
    assert whole.gate("coverage")["value"] == 100
    for kind, ran in alone.items():
        value = whole.gate(f"coverage.{kind}")["value"]
        assert value == ran.component["coverage"]["percent"] == whole.component["kinds"][kind]["coverage"], kind
    unit, integration = (whole.gate(f"coverage.{kind}") for kind in alone)
    assert (unit["stages"]["gold"]["status"], unit["stages"].keys()) == ("passed", {"gold"})
    assert alone["unit"].gate("coverage.integration")["stages"]["gold"]["status"] == "unknown"
    assert integration["value"] < unit["value"] == 100


def test_shards_give_the_coverage_of_each_kind(project: Project) -> None:
    """Also where a shard has tests of both."""
    project.policy(COVERAGE, SETTINGS)
    project.write(LAZY)
    whole = project.gate(subprocess=True)
    for name, paths in (("a", ["tests/test_orchestrator.py::test_few", "tests/integration"]),
                        ("b", ["tests/test_orchestrator.py::test_late"])):  # fmt: skip
        project.gate(f"--maturity-evidence={name}.json", *paths, subprocess=True)
    merged = project.gate("--maturity-merge=a.json", "--maturity-merge=b.json", subprocess=True)
    assert merged.gaps == []
    for line in ("coverage", "coverage.unit", "coverage.integration"):
        assert merged.gate(line)["value"] == whole.gate(line)["value"], line
    assert merged.component["kinds"] == whole.component["kinds"]
    unit = project.gate("--maturity-merge=b.json", subprocess=True)
    assert unit.gate("coverage.integration")["stages"]["gold"]["status"] == "unknown"


def test_a_teardown_that_fails_after_another_kind_concerns_the_kind_that_used_the_fixture(kinds: Project) -> None:
    kinds.write({
        "conftest.py": """
            import pytest

            @pytest.fixture(scope="session")
            def connection():
                yield
                assert 0, "the connection was left open"
            """,
        "tests/test_orchestrator.py": "def test_few(connection):\n    pass\n",
        "tests/test_orchestrator_store.py": "def test_other():\n    pass\n",
        "tests/zz/test_orchestrator_last.py": MARKED.format(value=True),
    })  # fmt: skip
    ran = kinds.gate("--maturity-target=silver")
    assert conclusion(ran) == (1, "HOLD", None)
    assert {one["test"] for one in ran.component["tests_failed"]} == {
        "tests/test_orchestrator_store.py::test_other", "tests/zz/test_orchestrator_last.py::test_marked"
    }  # fmt: skip


# ── --maturity-explain ───────────────────────────────────────────────────────


def test_usual_kinds_are_proposed_and_never_assumed(kinds: Project) -> None:
    settings = 'pythonpath = ["src"]\nmarkers = ["slow: takes long", "integration(name): with a service", "other"]'
    kinds.policy(TESTS_ONLY, settings)
    kinds.gate("--maturity-explain").result.stdout.fnmatch_lines([
        "  kinds of tests are not configured; these lines sort them, and let a stage need some only:",
        "    [[]tool.maturity.kinds]",
        '    integration = { markers = [[]"integration"], paths = [[]"tests/integration"] }',
        '    slow = { markers = [[]"slow"] }',
        "    [[]tool.maturity.stages.bronze]",
        '    kinds = [[]"unit"]',
        "    [[]tool.maturity.stages.silver]",
        '    kinds = [[]"unit", "integration", "slow"]',
    ])  # fmt: skip
    assert kinds.gate().component["kinds"] == {}


def test_the_kinds_of_files_and_stages_are_explained(kinds: Project) -> None:
    kinds.gate("--maturity-explain").result.stdout.fnmatch_lines([
        f"    {BY_PATH}  (*; kind integration)",
        f"    {BY_MARKER}  (*; kind unit, or by their markers)",
        "    tests of the kinds unit  (pyproject.toml: tool.maturity.stages.silver.kinds)",
        "    tests of the kinds unit, integration  (pyproject.toml: tool.maturity.stages.gold.kinds)",
    ])  # fmt: skip
    assert "these lines sort them" not in kinds.gate("--maturity-explain").result.stdout.str()


# ── a kind of which no test ran ──────────────────────────────────────────────

SKIPPED = MARKED.replace("@pytest.mark.database", "@pytest.mark.skip\n    @pytest.mark.database")


def test_a_stage_is_unknown_where_every_test_of_a_kind_that_it_needs_was_skipped(kinds: Project) -> None:
    kinds.write({BY_PATH: SKIPPED.format(value=True), BY_MARKER: SKIPPED.format(value=True)})
    assert conclusion(kinds.gate()) == (0, "PROMOTE", "silver")
    ran = kinds.gate("--maturity-target=gold")
    assert conclusion(ran) == (3, "INCONCLUSIVE", "silver")
    assert "every test of the kind integration was skipped" in ran.last_line
    kinds.write({BY_PATH: "def test_path():\n    pass\n"})
    assert kinds.gate("--maturity-target=gold").code == 0  # one of them ran


def test_the_coverage_of_a_kind_of_which_no_test_ran_is_unknown(kinds: Project) -> None:
    kinds.policy(POLICY + "coverage = { integration = 1 }\n", SETTINGS)
    kinds.write({BY_PATH: SKIPPED.format(value=True), BY_MARKER: SKIPPED.format(value=True)})
    ran = kinds.gate("--maturity-target=gold", subprocess=True)
    line = ran.gate("coverage.integration")
    assert (line["value"], line["note"]) == (None, "every test was skipped")


def test_a_promoted_component_of_several_with_failed_tests_has_a_line_of_its_own(kinds: Project) -> None:
    fail(kinds, BY_PATH)
    ran = kinds.gate(component="all")
    assert ran.code == 0
    assert any(line.startswith("PROMOTE  orchestration ") and "although" in line for line in ran.result.outlines)


def test_a_file_that_was_not_collected_may_have_the_kind_of_a_marker_above_its_path(kinds: Project) -> None:
    policy = POLICY.replace("    integration = {", '    smoke = { markers = ["smoke"] }\n    integration = {')
    kinds.policy(policy.replace('kinds = ["unit"]', 'kinds = ["unit", "smoke"]'), f'{SETTINGS[:-1]}, "smoke: first"]')
    kinds.write({BY_PATH: "import pytest\n\n@pytest.mark.smoke\ndef test_path():\n    assert 0\n"})
    assert kinds.gate().code == 1
    ran = kinds.gate("--ignore=tests/integration")
    assert (ran.code, ran.gaps) == (3, ["ignored"])


def test_a_kind_that_no_test_has_is_noted(kinds: Project) -> None:
    note = "no test is of the kind load: pyproject.toml: tool.maturity.kinds.load fits none"
    assert note not in kinds.gate().report["notes"]
    kinds.policy(
        POLICY.replace("[tool.maturity.kinds]", '[tool.maturity.kinds]\n    load.markers = ["heavy"]'), SETTINGS
    )
    ran = kinds.gate()
    assert (ran.code, note in ran.report["notes"]) == (0, True)
    kinds.run("--maturity-component=orchestration", "--maturity-explain").stdout.fnmatch_lines([f"  note: {note}"])


def test_a_node_id_that_no_test_has_is_explained(kinds: Project) -> None:
    nodes = ["test_few", "test_gone", "TestGone::test_few"]
    files = ", ".join(f'"tests/test_orchestrator.py::{node}"' for node in nodes)
    kinds.policy(f"{POLICY}    [tool.maturity.components.orchestration]\n    tests = [{files}]\n", SETTINGS)
    ran = kinds.run("--maturity-component=orchestration", "--maturity-explain")
    ran.stdout.fnmatch_lines(["*note: there is no test_gone, TestGone::test_few in the file"])
