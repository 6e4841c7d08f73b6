"""Warnings and durations of the tests of each kind, as if the tests of the others had not run."""

from __future__ import annotations

import pytest

from tests.acceptance.project import Project

POLICY = """
    [tool.maturity]
    ladder = ["silver", "gold"]
    target = "silver"
    [tool.maturity.kinds]
    integration = { paths = ["tests/integration"] }
    [tool.maturity.stages.silver]
    kinds = ["unit"]
    warnings = 0
    duration = { max = 60, slowest_s = 0.4 }
    [tool.maturity.stages.gold]
    kinds = ["unit", "integration"]
"""
INTEGRATION, UNIT = "tests/integration/test_orchestrator_db.py", "tests/unit/test_orchestrator_plan.py"
OLD = "import warnings\n\ndef store():\n    warnings.warn('old', DeprecationWarning)\n"
OLD_MODULE = "import warnings\n\nwarnings.warn('old', DeprecationWarning)\n"
SHARED = """
    import time

    import pytest

    @pytest.fixture(scope="session")
    def database():
        from orchestration import engine
        time.sleep(0.5)
        getattr(engine, "store", int)()
        yield 1
        time.sleep(0.1)
    """
REQUESTING = "def test_store(database):\n    assert database\n"
PLAIN = "def test_plain():\n    import orchestration\n"


@pytest.fixture
def kinds(project: Project) -> Project:
    project.policy(POLICY, 'pythonpath = ["src"]\naddopts = ["--import-mode=importlib"]')
    (project.path / "tests/test_orchestrator.py").unlink()
    project.write({"src/orchestration/__init__.py": "", "src/orchestration/engine.py": OLD, UNIT: PLAIN})
    return project


def reached(project: Project, *arguments: str) -> str | None:
    ran = project.gate(*arguments, subprocess=True)
    found: str | None = ran.component["reached"]
    assert (ran.code == 0) is (found is not None), ran.result.stdout.str()
    return found


def numbers(project: Project, gate: str, *arguments: str) -> dict[str, float]:
    """Returns the number of a gate at each stage."""
    rows = [row for row in project.gate(*arguments, subprocess=True).component["gates"] if row["gate"] == gate]
    return {stage: row["value"] for row in rows for stage in row["stages"]}


@pytest.mark.parametrize("workers", [(), ("-n2",)])
def test_a_warning_belongs_to_the_kind_of_its_test(kinds: Project, workers: tuple[str, ...]) -> None:
    kinds.write({INTEGRATION: "from orchestration import engine\n\ndef test_store():\n    engine.store()\n"})
    assert reached(kinds, *workers) == reached(kinds, "tests/unit") == "silver"
    assert numbers(kinds, "warnings", *workers) == {"silver": 0, "gold": 1}
    kinds.write({UNIT: "from orchestration import engine\n\ndef test_plain():\n    engine.store()\n"})
    assert reached(kinds, *workers) is reached(kinds, "tests/unit") is None


def test_a_warning_of_an_import_belongs_to_each_kind_that_imports_the_module(kinds: Project) -> None:
    imports = "def test_import():\n    import orchestration.engine\n"
    kinds.write({"src/orchestration/engine.py": OLD_MODULE, INTEGRATION: imports})
    assert reached(kinds) == reached(kinds, "tests/unit") == "silver"
    kinds.write({UNIT: imports})
    assert numbers(kinds, "warnings") == {"silver": 1, "gold": 1}
    assert reached(kinds, "tests/unit") is None


def test_a_shared_fixture_belongs_to_each_kind_that_requests_it(kinds: Project) -> None:
    kinds.write({"tests/conftest.py": SHARED, INTEGRATION: REQUESTING})
    assert reached(kinds) == reached(kinds, "tests/unit") == "silver"
    assert numbers(kinds, "warnings") == {"silver": 0, "gold": 1}
    seconds = numbers(kinds, "duration")
    assert seconds["silver"] < 0.5 < seconds["gold"]
    kinds.write({UNIT: REQUESTING})
    assert numbers(kinds, "warnings") == {"silver": 1, "gold": 1}
    seconds = numbers(kinds, "duration")
    assert 0.6 <= seconds["silver"] <= seconds["gold"] < seconds["silver"] + 0.5  # together, the fixture counts once
    assert numbers(kinds, "duration.slowest_s")["silver"] >= 0.6
