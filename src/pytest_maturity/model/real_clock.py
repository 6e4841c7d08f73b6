"""The clock of this machine, which no test can freeze."""

from __future__ import annotations

import time
from types import SimpleNamespace

# Bound here, and not as names of a module: a library that freezes the clock replaces every such name.
REAL = SimpleNamespace(monotonic=time.monotonic, perf_counter=time.perf_counter, sleep=time.sleep)
