"""Starts pytest as a program in whose place no file of the current directory is run.

`python -m pytest` puts the current directory first on the module path before pytest is found: a `pytest.py` there, or a
`pytest_maturity` of the project, would be imported instead. This file is started by its path, and puts the current
directory on the path when pytest and its plugins are imported, as late as possible before the project's code is.
"""

from __future__ import annotations

import os
import sys


def start() -> int:
    """Runs pytest with the arguments of this program; returns its exit code."""
    # The directory of this file has modules with the names of others, such as xdist.
    sys.path[:] = [one for one in sys.path if one not in ("", __file__.rpartition(os.sep)[0])]
    from pathlib import Path

    import pytest

    class CurrentDirectory:
        """Makes the modules of the current directory importable for conftests and tests."""

        @pytest.hookimpl(tryfirst=True)
        def pytest_load_initial_conftests(self) -> None:
            """Called when the plugins of installed distributions are imported."""
            if not getattr(sys.flags, "safe_path", False):  # new in Python 3.11
                sys.path.insert(0, str(Path.cwd()))

    return int(pytest.main(sys.argv[1:], plugins=[CurrentDirectory()]))


if __name__ == "__main__":
    sys.exit(start())
