"""The filter that makes the workers of detect-secrets log what they read."""

from __future__ import annotations

import logging
import runpy
from pathlib import Path

from pytest_maturity.tools import detect_secrets


def test_it_raises_the_log_level_and_excludes_nothing() -> None:
    log = logging.getLogger("detect-secrets")
    before = log.level
    path, _, function = detect_secrets.LOG_FILTER.removeprefix("file://").partition("::")
    try:
        names = runpy.run_path(path)
        assert log.isEnabledFor(logging.INFO)
    finally:
        log.setLevel(before)
    assert Path(path).is_file()
    assert names[function]("src/a.py") is False
