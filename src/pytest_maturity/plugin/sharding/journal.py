"""What a run has observed, kept while it runs: where it is killed, another one goes on from there.

Every process that runs tests writes its evidence anew every few seconds: what became of the tests so far and, in the
same file, what they covered, so that neither is known without the other. What ran after the last time is run again.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ...coverage import Recorder
from ...evidence.outcomes import Ledger
from ...model.report import Run
from .. import pytest_internals
from ..outcome_listener import Accounts
from ..plan import Plan
from . import shards
from .inputs import Looked, imported, inputs
from .shards import Seen

INTERVAL = 5.0  # seconds between two times, or
SHARE = 100  # times what the last one took, where that is longer: a hundredth of the time of the tests
MAIN = "main"
_monotonic = time.monotonic  # bound here: a test may freeze the clock


class Journal:
    """The journal of one process: the file `name` in `directory`, which every process of the run shares."""

    def __init__(self, directory: Path, name: str, plan: Plan, run: Run, looked: Looked) -> None:
        self._path = directory / f"{name}.json"
        self._plan = plan
        self._run = replace(run, id=directory.name)  # a worker has one of its own
        self._looked = looked
        self._due = _monotonic() + INTERVAL
        self._write: Callable[[], object] = lambda: None
        self._session: pytest.Session | None = None
        self._pid = os.getpid()

    def listen(self, config: pytest.Config, accounts: Accounts, recorder: Recorder) -> None:
        """Write after a test, whenever it is time to."""
        config.pluginmanager.register(self, "maturity_journal")
        # When the next one begins, all is said of a test: the warnings plugin speaks after its end.
        pytest_internals.add_listener(config.hook.pytest_runtest_logstart, "nodeid", self._after_test)
        self._write = lambda: self._observed(config, accounts, recorder)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._session = session

    def _waiting(self, ledger: Ledger) -> dict[str, list[str]]:
        """The tests that are over and may still become errors, by the collector that is not torn down."""
        if self._session is None:
            return {}
        open_, items = list(pytest_internals.pending_teardowns(self._session)), self._session.items
        return {
            node.nodeid or "session": [
                item.nodeid for item in items if ledger.is_over(item.nodeid) and node in item.listchain()
            ]
            for node in open_
        }

    def _after_test(self, _: str) -> None:
        if _monotonic() >= self._due:
            self.write()

    def write(self) -> None:
        """Write what is known by now. Where that cannot be told, or kept, the run goes on without a journal."""
        if os.getpid() != self._pid:  # a child that a test forked
            return
        begun = _monotonic()
        try:
            self._write()
        except Exception:  # nothing depends on it, and a test may have broken what it uses
            self._due = float("inf")
        else:
            self._due = _monotonic() + max(INTERVAL, SHARE * (_monotonic() - begun))

    def _observed(self, config: pytest.Config, accounts: Accounts, recorder: Recorder) -> None:
        accounts.imported.update(imported(self._plan.root))
        found = inputs(self._plan, config, accounts.imported)
        if changed := self._looked.changed(found):
            raise OSError(f"changed during the run: {changed[0]}")
        waiting = self._waiting(accounts.ledger)
        seen = Seen(self._run, accounts, recorder.state(), inputs=found, waiting=waiting)
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shards.write(self._path, self._plan, seen)


def name_of(config: pytest.Config) -> str:
    """How this process's file is called."""
    return str(getattr(config, "workerinput", {}).get("workerid", MAIN))
