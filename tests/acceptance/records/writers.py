"""Writers in processes of their own, and what must be in the store after them."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable

from pytest_maturity.records.audit import find_break
from pytest_maturity.records.store import Store
from tests.unit.records.records import promotion, run_of

KILLS = int(os.environ.get("KILLS", "12"))
WRITERS, WRITES = 6, 40


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


def write_at_once(store: Store) -> None:
    """Writes from six processes at once; none of their records is lost."""

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


def kill_writers(store: Store, longest: float) -> None:
    """Kills writers within `longest` seconds: what they confirmed is there, the chain is whole, the next goes on."""
    seed, written = random.randrange(2**32), 0
    moments = random.Random(seed)
    for kill in range(KILLS):
        reader, writer = os.pipe()

        def write(first: int = written, writer: int = writer) -> None:
            for number in range(first, first + 10_000):
                store.write_runs([run_of(number)])
                store.append([promotion(reason=str(number))])
                os.write(writer, b".")

        child = fork(write)
        time.sleep(moments.uniform(0.001, longest))
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
