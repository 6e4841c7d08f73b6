"""Writers in processes of their own: none loses a record, whichever is killed, and whenever.

KILLS is the number of writers that are killed: few by default, 200 in `make nightly`.
"""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pytest_maturity.records.audit import find_break
from pytest_maturity.records.sqlite import SqliteStore
from tests.unit.records.records import promotion, run_of

KILLS = int(os.environ.get("KILLS", "12"))
WRITERS, WRITES = 6, 40

pytestmark = [
    pytest.mark.processes,
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
]


def fork(work: Callable[[], object]) -> int:
    """Returns the id of a child process that does the work and exits."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def test_six_processes_lose_none_of_forty_writes_each(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "records.db")

    def write(writer: int) -> None:
        for number in range(WRITES):
            store.write_runs([run_of(writer * WRITES + number)])
            if number % 4 == 0:
                store.append([promotion(component=f"part{writer}", reason=str(number))])

    children = [fork(lambda writer=writer: write(writer)) for writer in range(WRITERS)]  # type: ignore[misc]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * WRITERS
    assert len(store.list_runs("shop", limit=10_000)) == WRITERS * WRITES
    entries = store.list_entries()
    assert find_break(entries) == ""
    assert len(entries) == WRITERS * WRITES // 4


def test_a_writer_that_is_killed_at_any_moment_tears_nothing(tmp_path: Path) -> None:
    """All that a writer has confirmed is there, the chain is whole, and the next writer goes on."""
    store, seed = SqliteStore(tmp_path / "records.db"), random.randrange(2**32)
    moments = random.Random(seed)
    written = 0
    for kill in range(KILLS):
        reader, writer = os.pipe()

        def write(first: int = written, writer: int = writer) -> None:
            for number in range(first, first + 10_000):
                store.write_runs([run_of(number)])
                store.append([promotion(reason=str(number))])
                os.write(writer, b".")

        child = fork(write)
        time.sleep(moments.uniform(0.001, 0.08))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(writer)
        with open(reader, "rb") as pipe:
            confirmed = written + len(pipe.read())
        store.write_runs([run_of(0, "next", run_id=f"next{kill}")])  # puts right what a killed writer left
        runs, entries = store.list_runs("shop", limit=100_000), store.list_entries()
        assert find_break(entries) == "", seed
        assert confirmed <= len(entries) <= len(runs) <= confirmed + 1, seed
        written = len(runs)
        if len(entries) < written:
            store.append([promotion(reason="for the run that was written alone")])
    assert len(store.list_runs("next", limit=1000)) == KILLS
