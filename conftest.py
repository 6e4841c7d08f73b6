"""Settings of all tests of this project."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.postgresql import Server

from pytest_maturity.model import ci

# A shell ignores Ctrl-C for what it starts in the background, and children inherit that: tests interrupt processes.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ["XDG_CACHE_HOME"] = os.devnull  # no test may use the tools' results that another test cached

for name in ci.VARIABLES:  # in CI, too, tests are about other machines unless they say otherwise
    os.environ.pop(name, None)

pytest_plugins = ["pytester"]


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A server of PostgreSQL with roles; the test is skipped where none is installed."""
    from tests.postgresql import run_server  # here: few tests need it

    with run_server() as running:
        yield running
