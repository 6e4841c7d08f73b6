"""Settings of all tests of this project."""

from __future__ import annotations

import os
import signal

from pytest_maturity.model import ci

# A shell ignores Ctrl-C for what it starts in the background, and children inherit that: tests interrupt processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["XDG_CACHE_HOME"] = os.devnull  # no test may use the tools' results that another test cached

for name in ci.VARIABLES:  # in CI, too, tests are about other machines unless they say otherwise
    os.environ.pop(name, None)

pytest_plugins = ["pytester"]
