"""A module that is not installed is named once, with the command that installs it."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project
from tests.acceptance.retries.flaky_project import FlakyProject, everywhere, outcomes_by_test

MISSING = {
    "at collection": "import yamll\ndef test_a(): pass\n",
    "in a test": "def test_a(): import yamll\ndef test_b(): import yamll.more\n",
    "in a fixture": (
        "import pytest\n@pytest.fixture\ndef yamll(): import yamll\ndef test_a(yamll): pass\ndef test_b(yamll): pass\n"
    ),
    "as the cause": "def test_a():\n    try: import yamll\n    except ImportError as e: raise OSError('x') from e\n",
}


@everywhere
@pytest.mark.parametrize("where", MISSING)
def test_a_missing_module_is_noted_once_and_not_rerun(project: Project, where: str, flags: tuple[str, ...]) -> None:
    ran = FlakyProject(project).run(MISSING[where], *flags)
    assert ran.code == 1
    assert outcomes_by_test(ran) == {}
    (note,) = [note for note in ran.report["notes"] if "is missing" in note]
    assert note.startswith("the module yamll is missing (tests/test_orchestrator.py")
    assert "): no file of the project declares what provides it" in note


@pytest.mark.parametrize(
    "source", ["import orchestration.nowhere", "import json.nowhere", "from orchestration import nowhere"]
)
def test_a_submodule_that_an_installed_package_lacks_is_not_noted(project: Project, source: str) -> None:
    ran = FlakyProject(project).run(f"def test_a():\n    {source}\n")
    assert ran.code == 1
    assert ran.report["notes"] == []
