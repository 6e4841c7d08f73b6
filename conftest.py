"""For all tests of this project."""

from __future__ import annotations

import os

os.environ["XDG_CACHE_HOME"] = os.devnull  # what one test's tools said is not for another's

pytest_plugins = ["pytester"]
