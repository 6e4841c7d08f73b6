"""The defaults of the configuration: stages with their thresholds, and paths. Those of retries are RetryPolicy's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SOURCE = "default"  # the source of a setting that no file has
STAGES: Mapping[str, Mapping[str, Any]] = {
    "dev": {"pass_rate": 100, "coverage": 50, "lint": {"max": 0, "mode": "warn"}},
    "staging": {
        "coverage": 70,
        "lint": 0,
        "types": 0,
        "security": {"critical": 0, "high": 0, "medium": 5},
        "skipped_rate": {"max": 50, "mode": "warn"},
        "flaky_rate": 2,
    },
    "production": {"coverage": 80, "skipped_rate": 50, "flaky_rate": 0},
}
SPECS = ("specs/{component}.md",)
SOURCES = ("src", "packages/*/src")  # those that exist and hold Python; else the root of the project
PROJECT_FOLDERS = ("packages/*",)  # the same for projects without `src` beside others
TESTS = ("tests", "test", "packages/*/tests")  # besides pytest's testpaths
RECORDS = ".maturity/records.db"
