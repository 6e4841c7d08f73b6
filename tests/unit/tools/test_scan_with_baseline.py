"""detect-secrets with a baseline: the project's own file stays as it is."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from pytest_maturity.tools.scan_with_baseline import scan

# As `detect-secrets scan --baseline FILE` does: it reads the baseline, and overwrites it with what it finds.
TOOL = """
import json, pathlib, sys
path = pathlib.Path(sys.argv[sys.argv.index("--baseline") + 1])
document = json.loads(path.read_text("utf-8"))
document["results"] = {"a.py": [{"type": "new", "arguments": sys.argv[1:-2]}]}
path.write_text(json.dumps(document), "utf-8")
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    path = tmp_path / ".secrets.baseline"
    path.write_text(json.dumps({"version": "1.5.0", "results": {"a.py": [{"type": "\xe4"}]}}), encoding="utf-8")
    return path


def test_the_new_results_are_printed_with_the_known_ones(baseline: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = baseline.read_bytes()
    assert scan(str(baseline), [sys.executable, "-c", TOOL, "0", "src"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "version": "1.5.0",
        "results": {"a.py": [{"type": "new", "arguments": ["0", "src"]}]},
        "known": {"a.py": [{"type": "\xe4"}]},
    }
    assert baseline.read_bytes() == before


def test_the_exit_code_of_a_failed_scan_is_returned_and_nothing_printed(
    baseline: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = baseline.read_bytes()
    assert scan(str(baseline), [sys.executable, "-c", TOOL, "3"]) == 3
    assert capsys.readouterr().out == ""
    assert baseline.read_bytes() == before
