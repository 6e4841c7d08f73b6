"""A test that failed is named, with a command that runs it and nothing else."""

from __future__ import annotations

import shlex

import pytest

from pytest_maturity.tools.processes import find_program
from tests.acceptance.project import Project

HARD_NAMES = ["a: b", "it's $(here)", "x::y", "a  b", "50 %", "[]"]


@pytest.mark.parametrize("name", HARD_NAMES)
def test_the_command_runs_the_test_that_failed_whatever_its_parameters_are(project: Project, name: str) -> None:
    project.write({"tests/test_orchestrator.py": f"""
        import pytest

        @pytest.mark.parametrize("value", [{name!r}, "other"])
        def test_total(value):
            assert value == "other"
        """})  # fmt: skip
    ran = project.gate()
    test = f"tests/test_orchestrator.py::test_total[{name}]"
    (failed,) = ran.component["tests_failed"]
    assert (failed["test"], failed["outcome"], failed["path"]) == (test, "failed", "tests/test_orchestrator.py")
    (unmet,) = ran.component["unmet"]
    assert unmet["command"] == [find_program("pytest"), test]

    (line,) = [line for line in ran.result.outlines if line.startswith("    run: ")]
    printed = shlex.split(line.partition("run: ")[2])
    assert printed == unmet["command"]
    again = project.run("-p", "no:cacheprovider", *printed[1:], subprocess=True)
    again.assert_outcomes(failed=1)


def test_a_test_file_that_cannot_be_imported_is_an_error(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": "raise ValueError('gone')\n"})
    ran = project.gate("--continue-on-collection-errors")
    (failed,) = ran.component["tests_failed"]
    assert (failed["test"], failed["outcome"]) == ("tests/test_orchestrator.py", "error")
    assert failed["message"] == "ValueError: gone"
    assert ran.component["unmet"][-1]["command"] == [find_program("pytest"), "tests/test_orchestrator.py"]


def test_a_test_that_fails_in_its_call_and_in_its_teardown_has_two_failures(project: Project) -> None:
    project.write({"tests/test_orchestrator.py": """
        import pytest

        @pytest.fixture
        def broken():
            yield
            raise OSError("torn")

        def test_a(broken):
            assert 0
        """})  # fmt: skip
    ran = project.gate()
    found = [(one["outcome"], one["message"].partition(":")[0]) for one in ran.component["tests_failed"]]
    assert found == [("failed", "assert 0"), ("error", "OSError")]
    assert ran.component["outcomes"]["failed"] == 1
    assert ran.component["unmet"][0]["message"].startswith("fix 1 test: tests/test_orchestrator.py::test_a: ")


@pytest.mark.parametrize("component", ["orchestration", "all"])
def test_a_conftest_that_cannot_be_imported_is_an_error_of_each_file_below_it(project: Project, component: str) -> None:
    project.write({
        "tests/database/conftest.py": "import no_such_module\n",
        "tests/database/test_orchestration_rows.py": "def test_a(): pass\n",
    })  # fmt: skip
    ran = project.gate(component=component, subprocess=True)
    assert ran.code == 1
    judged = next(one for one in ran.report["components"] if one["name"] == "orchestration")
    assert judged["outcomes"]["error"] == 1
    (failed,) = judged["tests_failed"]
    assert failed["test"] == "tests/database/test_orchestration_rows.py"
    assert "no_such_module" in failed["message"]
