"""Settings of all tests of this project."""

from __future__ import annotations

import os
import signal

# A shell ignores Ctrl-C for what it starts in the background, and children inherit that: tests interrupt processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["XDG_CACHE_HOME"] = os.devnull  # no test may use the tools' results that another test cached

pytest_plugins = ["pytester"]
