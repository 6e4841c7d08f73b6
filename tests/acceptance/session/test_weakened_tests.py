"""Options, other settings and Python's -O, with which the tests prove less than the project's own: a gap."""

from __future__ import annotations

import pytest

from tests.acceptance.project import TESTS_ONLY, Project

SETTINGS = 'pythonpath = ["src"]\nfilterwarnings = ["error"]'


@pytest.fixture
def strict(project: Project) -> Project:
    """A project with a conftest and strict settings, all of whose tests pass."""
    project.policy(TESTS_ONLY, SETTINGS)
    project.write({
        "conftest.py": "",
        "tests/conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef strict(): pass\n",
        "easy.ini": "[pytest]\npythonpath = src\npython_functions = test_f*\n",
    })  # fmt: skip
    return project


@pytest.mark.parametrize(("arguments", "message"), [
    (("--noconftest",), "--noconftest leaves out every conftest.py"),
    (("--confcutdir=tests",), "--confcutdir leaves out each conftest.py above tests"),
    (("-c", "easy.ini"), "-c replaces the project's settings by easy.ini"),
    (("-o", "python_classes=Zzz"), "-o python_classes=Zzz replaces a setting of the project"),
    (("-o", "addopts="), "-o addopts= replaces a setting of the project"),
    (("-p", "no:skipping"), "-p no:skipping disables a part of the tests"),
    (("-W", "ignore"), "-W ignore overrides the project's filterwarnings"),
    (("--doctest-ignore-import-errors",), "--doctest-ignore-import-errors skips modules that cannot be imported"),
])  # fmt: skip
def test_an_option_that_weakens_the_tests_is_a_gap(strict: Project, arguments: tuple[str, ...], message: str) -> None:
    ran = strict.gate(*arguments, "--maturity-config=pyproject.toml", subprocess=True)
    assert ran.code == 3
    assert {"cause": "weakened", "message": message, "kinds": []} in ran.component["gaps"]


@pytest.mark.parametrize("arguments", [
    ("-c", "pyproject.toml"), ("--confcutdir=.",), ("-o", "console_output_style=classic"), ("-W", "error::UserWarning"),
    ("-p", "no:cacheprovider"), ("--import-mode=importlib",), ("--assert=plain",),
])  # fmt: skip
def test_an_option_that_takes_nothing_away_is_no_gap(strict: Project, arguments: tuple[str, ...]) -> None:
    ran = strict.gate(*arguments, subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (0, [])


def test_what_the_project_sets_itself_is_no_gap(strict: Project) -> None:
    strict.policy(TESTS_ONLY, SETTINGS + '\naddopts = ["--confcutdir=tests", "-W", "ignore::ResourceWarning"]')
    ran = strict.gate(subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (0, [])


def test_the_policy_may_name_the_settings(strict: Project) -> None:
    strict.policy(TESTS_ONLY.replace("[tool.maturity]", '[tool.maturity]\n    pytest_config = "easy.ini"', 1), SETTINGS)
    ran = strict.gate("-c", "easy.ini", subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (0, [])


HELPER = {
    "tests/helper.py": "def check(value):\n    assert value\n",
    "tests/test_orchestrator_x.py": "import helper\n\ndef test_x(): pass\n",
}
SOURCE = {
    "src/orchestration/unused.py": "assert True\n",
    "tests/test_orchestrator_x.py": "import orchestration.unused\n\ndef test_x(): pass\n",
}


@pytest.mark.parametrize(("arguments", "files", "places"), [
    ((), HELPER, "tests/helper.py"),
    (("-n1",), HELPER, "tests/helper.py"),
    ((), SOURCE, "src/orchestration/unused.py"),
    (("--assert=plain",), {}, "tests/test_orchestrator.py"),
])  # fmt: skip
def test_asserts_that_python_removes_are_a_gap(
    strict: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], files: dict[str, str], places: str
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "1")
    strict.policy(TESTS_ONLY)
    strict.write(files)
    ran = strict.gate(*arguments, subprocess=True)
    assert ran.code == 3
    message = f"Python runs with -O or PYTHONOPTIMIZE, without the asserts of {places}"
    assert ran.component["gaps"] == [{"cause": "optimized", "message": message, "kinds": []}]


def test_python_may_remove_asserts_where_only_test_files_have_some(
    strict: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONOPTIMIZE", "2")
    strict.policy(TESTS_ONLY)
    ran = strict.gate(subprocess=True)
    assert (ran.code, ran.component["gaps"]) == (0, [])


def test_shards_keep_what_weakened_them(strict: Project) -> None:
    strict.gate("--noconftest", "--maturity-evidence=one.json", subprocess=True)
    ran = strict.gate("--maturity-merge=one.json", subprocess=True)
    assert ran.code == 3
    assert "--noconftest leaves out every conftest.py" in str(ran.component["gaps"])
