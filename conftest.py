"""Settings of all tests of this project."""

from __future__ import annotations

import os

os.environ["XDG_CACHE_HOME"] = os.devnull  # no test may use the tools' results that another test cached

pytest_plugins = ["pytester"]
