"""The default stages with their thresholds, and the default paths."""

from __future__ import annotations

from pathlib import Path

from pytest_maturity.config import defaults, settings
from pytest_maturity.model.gates import Context


def test_the_default_ladder_and_its_thresholds(tmp_path: Path) -> None:
    config = settings.load_config(tmp_path)
    assert config.ladder == ("dev", "staging", "production")
    assert {
        stage: {entry.name: entry.threshold for entry in entries} for stage, entries in config.default_stages.items()
    } == {
        "dev": {"pass_rate": 100, "coverage": 50, "lint": 0},
        "staging": {
            "coverage": 70, "lint": 0, "types": 0, "security.critical": 0, "security.high": 0, "security.medium": 5,
            "skipped_rate": 50, "flaky_rate": 2,
        },
        "production": {"coverage": 80, "skipped_rate": 50, "flaky_rate": 0},
    }  # fmt: skip


def test_default_requirements_block_but_lint_at_dev_and_skipped_tests_at_staging(tmp_path: Path) -> None:
    stages = settings.load_config(tmp_path).default_stages
    assert not any(entry.is_dropped for entries in stages.values() for entry in entries)
    warnings = [(stage, entry.name) for stage, entries in stages.items() for entry in entries if entry.mode == "warn"]
    assert warnings == [("dev", "lint"), ("staging", "skipped_rate")]


def test_a_default_is_its_own_source(tmp_path: Path) -> None:
    config = settings.load_config(tmp_path)
    assert (config.target, config.source, config.stages) == ("dev", "default", {})
    assert [entry.source for entry in config.default_stages["production"]] == [
        "default.production.coverage",
        "default.production.skipped_rate",
        "default.production.flaky_rate",
    ]


def test_the_default_paths() -> None:
    assert defaults.SOURCES == ("src", "packages/*/src")
    assert defaults.TESTS == ("tests", "test", "packages/*/tests")
    assert defaults.SPECS == ("specs/{component}.md",) == Context(root=Path()).specs
