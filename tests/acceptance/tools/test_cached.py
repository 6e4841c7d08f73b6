"""A tool whose answer is known does not run, says so, and changes no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.tools.processes import count_processors
from pytest_maturity.tools.toolbox import Toolbox
from tests.acceptance.project import TESTS_ONLY, GateRun, Project

SECURE = TESTS_ONLY + "    security = { critical = 0, high = 0 }\n"
NOTE = "not run again, because nothing that decides it changed: bandit, detect-secrets"
BAD = "import subprocess\n\n\ndef run(what: str) -> int:\n    return subprocess.call(what, shell=True)\n"


@pytest.fixture
def secured(project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A component with a finding of bandit, and a cache of its own outside of it."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    project.policy(SECURE)
    project.write({"src/orchestration/calls.py": BAD})
    return project


def judge(project: Project, *arguments: str) -> GateRun:
    return project.gate("--maturity-target=silver", *arguments)


def said(ran: GateRun) -> object:
    return ran.code, ran.gate("security.high"), ran.report["verdict"]


def test_the_second_run_says_the_same_without_running_them(secured: Project) -> None:
    first, second = judge(secured), judge(secured)
    assert (NOTE in first.report["notes"], NOTE in second.report["notes"]) == (False, True)
    assert said(first) == said(second)
    assert first.code == 1
    second.result.stdout.fnmatch_lines(["*not run again*"])


def test_a_changed_source_a_changed_configuration_and_the_option_run_them(secured: Project) -> None:
    judge(secured)
    assert NOTE not in judge(secured, "--maturity-no-cache").report["notes"]
    secured.policy(SECURE + '    [tool.bandit]\n    skips = ["B602"]\n')
    changed = judge(secured)
    assert NOTE not in changed.report["notes"]
    assert changed.code == 0
    secured.write({"src/orchestration/calls.py": BAD.replace("call", "run")})
    assert NOTE not in judge(secured).report["notes"]


def test_a_cache_in_the_repository_is_neither_read_nor_written(
    secured: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside: Path = secured.path / "cache"
    monkeypatch.setenv("XDG_CACHE_HOME", str(inside))
    judge(secured)
    assert NOTE not in judge(secured).report["notes"]
    assert not (inside / "pytest-maturity").exists()


def test_a_baseline_that_names_more_files_is_not_kept(secured: Project) -> None:
    secured.write({".secrets.baseline": BASELINE})
    judge(secured)
    ran = judge(secured)
    assert "not run again, because nothing that decides it changed: bandit" in ran.report["notes"]


BASELINE = """
    {"version": "1.5.0", "plugins_used": [{"name": "AWSKeyDetector"}],
     "filters_used": [{"path": "detect_secrets.filters.wordlist.should_exclude_secret", "min_length": 3,
     "file_name": "words.txt", "file_hash": "x"}],
     "results": {}, "generated_at": "2026-01-01T00:00:00Z"}
"""


@pytest.mark.parametrize(("arguments", "busy"), [((), 1), (("-n", "2"), 2)], ids=["here", "workers"])
def test_tools_start_in_the_order_of_the_gates_with_the_cores_that_are_idle(
    secured: Project, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], busy: int
) -> None:
    started: list[tuple[list[str], int]] = []
    monkeypatch.setattr(Toolbox, "start", lambda _, commands, slots: started.append((list(commands), slots)))
    secured.policy(SECURE + "    types = 0\n    lint = 0\n")
    judge(secured, *arguments)
    assert started == [(["git", "ruff", "types", "detect-secrets", "bandit"], count_processors() - busy)]
