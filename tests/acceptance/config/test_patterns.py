"""Node ids and `{component}` in the paths of the configuration."""

from __future__ import annotations

import pytest

from tests.acceptance.project import TESTS_ONLY, Project

SERVICES = """
    [tool.maturity]
    ladder = ["low"]
    sources = ["services/{component}/src"]
    tests = ["services/{component}/checks"]
    stages.low.pass_rate = 100
"""


@pytest.fixture
def shared(project: Project) -> Project:
    """A project with one file of tests for two components."""
    project.write({"tests/test_everything.py": """
        import pytest

        class TestOrchestration:
            def test_a(self): pass

        @pytest.mark.parametrize("number", [1, 2])
        def test_engine(number): pass

        def test_engine_of_others(): assert 0
        """})  # fmt: skip
    return project


def configure(project: Project, *nodes: str) -> None:
    tests = ", ".join(f'"tests/test_everything.py::{node}"' for node in nodes)
    project.policy(f"{TESTS_ONLY}\n    [tool.maturity.components.orchestration]\n    tests = [{tests}]\n")


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_node_ids_take_some_tests_of_a_file_and_the_others_are_no_gap(
    shared: Project, workers: tuple[str, ...]
) -> None:
    configure(shared, "TestOrchestration", "test_engine")
    shared.plugins = (*shared.plugins, "xdist")
    ran = shared.gate(*workers, subprocess=bool(workers))
    assert (ran.code, ran.gaps) == (0, [])
    assert ran.component["outcomes"]["passed"] == 3
    assert ran.component["tests"] == [
        {
            "path": "tests/test_everything.py",
            "rule": "tests in the configuration",
            "nodes": ["TestOrchestration", "test_engine"],
        }
    ]


def test_a_node_id_that_names_no_test_is_a_gap(shared: Project) -> None:
    configure(shared, "TestOrchestration", "test_gone")
    ran = shared.gate()
    assert (ran.code, ran.gaps) == (3, ["uncollected"])
    assert "tests/test_everything.py::test_gone" in ran.last_line


def test_a_node_id_in_a_file_that_does_not_exist_is_an_error(shared: Project) -> None:
    shared.policy(
        f"{TESTS_ONLY}\n    [tool.maturity.components.orchestration]\n    tests = ['tests/test_everythin.py::test_a']\n"
    )
    ran = shared.gate()
    assert ran.code == 4
    assert "does not exist (did you mean 'tests/test_everything.py'?)" in ran.errors[0]


@pytest.fixture
def services(project: Project) -> Project:
    """A project with a directory for each component, and packages of other names in them."""
    for path in project.path.glob("*/**/*.py"):
        path.unlink()
    for name in ("users", "orders"):
        project.write({
            f"services/{name}/src/{name}_app/__init__.py": "NUMBER = 1\n",
            f"services/{name}/checks/test_numbers_of_{name}.py": f"""
                from {name}_app import NUMBER

                def test_number(): assert NUMBER == 1
                """,
        })  # fmt: skip
    project.policy(SERVICES, 'pythonpath = ["services/users/src", "services/orders/src"]')
    return project


def test_a_pattern_names_the_sources_and_tests_of_each_component(services: Project) -> None:
    ran = services.gate(component="users")
    assert (ran.code, ran.gaps) == (0, [])
    assert ran.component["sources"] == ["services/users/src"]
    assert [one["path"] for one in ran.component["tests"]] == ["services/users/checks/test_numbers_of_users.py"]
    assert ran.component["imports_instead"] is None


def test_all_stands_for_the_directories_of_a_pattern(services: Project) -> None:
    ran = services.gate(component="all")
    assert ran.code == 0
    assert [one["name"] for one in ran.report["components"]] == ["orders", "users"]
    assert [len(one["tests"]) for one in ran.report["components"]] == [1, 1]


def test_a_pattern_in_the_table_of_a_component_has_its_name(project: Project) -> None:
    project.write({"checks/orchestration/test_it.py": "def test_a(): pass\n"})
    project.policy(
        f"{TESTS_ONLY}\n    [tool.maturity.components.orchestration]\n    tests = ['checks/{{component}}']\n"
    )
    ran = project.gate()
    assert [one["path"] for one in ran.component["tests"]] == ["checks/orchestration/test_it.py"]


@pytest.mark.parametrize("path", [(), ("tests",), ("tests/test_everything.py",)], ids=str)
def test_a_missing_node_id_is_a_gap_with_paths_on_the_command_line_too(shared: Project, path: tuple[str, ...]) -> None:
    configure(shared, "TestOrchestration", "test_gone")
    assert "uncollected" in shared.gate(*path).gaps


@pytest.mark.parametrize("arguments", [(), ("tests", "--continue-on-collection-errors")], ids=str)
def test_a_file_with_node_ids_that_cannot_be_imported_is_an_error(shared: Project, arguments: tuple[str, ...]) -> None:
    configure(shared, "TestOrchestration")
    shared.write({"tests/test_everything.py": "import no_such_module\n"})
    ran = shared.gate(*arguments, subprocess=True)
    assert ran.code not in (0, 5)
    assert ran.component["outcomes"]["error"] == 1


def test_a_file_with_node_ids_that_is_skipped_as_a_whole_is_no_gap(shared: Project) -> None:
    shared.write({"tests/test_orchestrator.py": "def test_a(): pass\n"})
    shared.policy(
        f"{TESTS_ONLY}\n    [tool.maturity.components.orchestration]\n"
        "    tests = ['tests/test_everything.py::TestOrchestration', 'tests/test_orchestrator.py']\n"
    )
    shared.write({"tests/test_everything.py": "import pytest\npytest.importorskip('no_such_module')\n"})
    ran = shared.gate(subprocess=True)
    assert (ran.code, ran.gaps) == (0, [])
    assert ran.component["outcomes"]["skipped"] == 1
