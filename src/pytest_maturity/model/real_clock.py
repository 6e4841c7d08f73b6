"""The clock of this machine, which no test can freeze."""

from __future__ import annotations

import time
from importlib.machinery import BuiltinImporter
from importlib.util import module_from_spec
from types import ModuleType, SimpleNamespace


def load_time() -> ModuleType:
    """Returns the module `time` with its own functions, also where an earlier plugin has replaced them."""
    spec = BuiltinImporter.find_spec("time")
    if spec is None or spec.loader is None:  # an interpreter whose `time` is a file
        return time
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_time = load_time()
# Bound here, and not as names of a module: a library that freezes the clock replaces every such name.
REAL = SimpleNamespace(monotonic=_time.monotonic, perf_counter=_time.perf_counter, sleep=_time.sleep)
