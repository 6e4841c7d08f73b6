"""The fast subset of the comparison with real packages; `python tests/real/real.py` is the whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("real.py")


@pytest.mark.real
def test_the_numbers_on_real_packages_equal_those_of_pytest_cov_and_of_the_tools() -> None:
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--ci"], capture_output=True, encoding="utf-8", timeout=900, check=False
    )
    print(done.stdout)
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
