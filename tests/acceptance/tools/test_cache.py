"""A tool whose result is cached does not run: the report says so, and the verdict is the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.tools.processes import count_processors
from pytest_maturity.tools.toolbox import Toolbox
from tests.acceptance.project import TESTS_ONLY, GateRun, Project

SECURE = TESTS_ONLY + "    security = { critical = 0, high = 0 }\n"
NOTE = "cached results (inputs unchanged): bandit, detect-secrets"
INSECURE = "import subprocess\n\n\ndef run(what: str) -> int:\n    return subprocess.call(what, shell=True)\n"
BASELINE = """
    {"version": "1.5.0", "plugins_used": [{"name": "AWSKeyDetector"}],
     "filters_used": [{"path": "detect_secrets.filters.wordlist.should_exclude_secret", "min_length": 3,
     "file_name": "words.txt", "file_hash": "x"}],
     "results": {}, "generated_at": "2026-01-01T00:00:00Z"}
"""


@pytest.fixture
def insecure(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A component with a finding of bandit, and a cache of its own outside of it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    project.policy(SECURE)
    project.write({"src/orchestration/calls.py": INSECURE})
    return project


def judge(project: Project, *arguments: str) -> GateRun:
    return project.gate("--maturity-target=silver", *arguments)


def outcome_of(ran: GateRun) -> object:
    return ran.code, {**ran.gate("security.high"), "duration_s": None}, ran.report["verdict"]


def test_the_second_run_has_the_same_outcome_without_running_the_tools(insecure: Project) -> None:
    first, second = judge(insecure), judge(insecure)
    assert (NOTE in first.report["notes"], NOTE in second.report["notes"]) == (False, True)
    assert outcome_of(first) == outcome_of(second)
    assert first.code == 1
    second.result.stdout.fnmatch_lines(["*cached results*"])


def test_a_changed_source_a_changed_configuration_and_the_option_run_the_tools(insecure: Project) -> None:
    judge(insecure)
    assert NOTE not in judge(insecure, "--maturity-no-cache").report["notes"]
    insecure.policy(SECURE + '    [tool.bandit]\n    skips = ["B602"]\n')
    changed = judge(insecure)
    assert NOTE not in changed.report["notes"]
    assert changed.code == 0
    insecure.write({"src/orchestration/calls.py": INSECURE.replace("call", "run")})
    assert NOTE not in judge(insecure).report["notes"]


def test_a_cache_in_the_repository_is_neither_read_nor_written(
    insecure: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: Path = insecure.path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(inside))
    judge(insecure)
    assert NOTE not in judge(insecure).report["notes"]
    assert not (inside / "pytest-maturity").exists()


def test_results_with_a_baseline_that_names_more_files_are_not_cached(insecure: Project) -> None:
    insecure.write({".secrets.baseline": BASELINE})
    judge(insecure)
    assert NOTE.removesuffix(", detect-secrets") in judge(insecure).report["notes"]


@pytest.mark.parametrize(("arguments", "busy"), [((), 1), (("-n", "2"), 2)], ids=["without workers", "two workers"])
def test_tools_start_in_the_order_of_the_gates_on_the_idle_processors(
    insecure: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], busy: int
) -> None:
    started: list[tuple[list[str], int]] = []
    monkeypatch.setattr(Toolbox, "start", lambda _, commands, slots: started.append((list(commands), slots)))
    insecure.policy(SECURE + "    types = 0\n    lint = 0\n")
    judge(insecure, *arguments)
    assert started == [(["ruff", "types", "detect-secrets", "bandit"], max(1, count_processors() - busy))]
