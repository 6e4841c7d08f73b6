"""Runs whole processes in turn and measures what they cost.

CPU seconds are those of the process and of every process that it started and waited for; on Linux also of those that
it left behind, like the workers of multiprocessing since Python 3.14. Wall seconds are those of the clock. `foreign` is
the number of cores that all other processes of the machine used meanwhile: the higher it is, the less reliable is a
wall time.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from statistics import median
from time import monotonic, perf_counter, sleep

VALGRIND = ("valgrind", "--tool=cachegrind", "--cache-sim=no", "--branch-sim=no", "--cachegrind-out-file=/dev/null")
IDLE = 0.15  # cores that other processes may use on a quiet machine
UNIT = 2**20 if sys.platform == "darwin" else 2**10  # units of ru_maxrss in a MiB
SUBREAPER = 36  # prctl(2), PR_SET_CHILD_SUBREAPER
PATIENCE = 1.5  # seconds to wait for a quiet machine; then the measurement starts anyway


class BrokenError(Exception):
    """A process failed, so its cost has no meaning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the compared commands. `prepare` runs before each start and is not measured."""

    name: str
    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    codes: Sequence[int] = (0,)
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Sample:
    """The cost of one process: CPU seconds, wall seconds, and the cores that other processes used meanwhile.

    `memory` is the largest memory, in MiB, of it or of one process that it started.
    """

    cpu: float
    wall: float
    foreign: float
    memory: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some numbers, the smallest and the largest of them, and how many there are.

    The true median is between `sure_low` and `sure_high` with a confidence of at least 95 %, for any distribution
    (order statistics). With fewer than six numbers these are the smallest and the largest, and the confidence is less.
    """

    median: float
    low: float
    high: float
    sure_low: float
    sure_high: float
    rounds: int


def spread(numbers: Sequence[float]) -> Spread:
    """Returns the spread of the numbers, in their own unit."""
    ordered, tail = sorted(numbers), 0.0
    cut = 0
    for rank in range(len(ordered) // 2):
        tail += comb(len(ordered), rank) / 2 ** len(ordered)
        if 2 * tail > 0.05:
            break
        cut = rank
    return Spread(median(ordered), ordered[0], ordered[-1], ordered[cut], ordered[-1 - cut], len(ordered))


def ratio(one: Sequence[Sample], other: Sequence[Sample], quantity: str) -> Spread:
    """Returns the spread of one side's `quantity` (cpu, wall or memory) divided by the other's, round by round."""
    return spread([getattr(a, quantity) / getattr(b, quantity) for a, b in zip(one, other, strict=True)])


def differences(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """Returns `one` minus `other`, round by round."""
    return [a - b for a, b in zip(one, other, strict=True)]


def interleave(sides: Sequence[Side], rounds: int, quiet: bool = False, warm: int = 1) -> dict[str, list[Sample]]:
    """Returns the samples of every side, one for each round; each round starts with another side.

    The first `warm` rounds are not counted: they write byte code and fill the disk cache. With `quiet`, each sample
    waits a moment for a quiet machine, and is repeated once if other processes disturb it.
    """
    samples: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for number in range(-warm, rounds):
        turn = number % len(sides)
        for side in (*sides[turn:], *sides[:turn]):
            sample = run_quietly(side) if quiet and number >= 0 else run_once(side)
            if number >= 0:
                samples[side.name].append(sample)
    return samples


def run_quietly(side: Side) -> Sample:
    """Runs a side once the machine is quiet, twice if that run was disturbed. Returns the less disturbed sample."""
    if not wait_until_quiet():
        return run_once(side)
    first = run_once(side)
    return first if first.foreign < IDLE else min(first, run_once(side), key=lambda sample: sample.foreign)


def wait_until_quiet() -> bool:
    """Returns whether the machine was nearly idle for half a second within PATIENCE."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        busy, start = machine_seconds(), perf_counter()
        sleep(0.5)
        if (machine_seconds() - busy) / (perf_counter() - start) < IDLE:
            return True
    return False


def run_once(side: Side) -> Sample:
    """Runs a side. Raises BrokenError, with the end of its output, for an unexpected exit code."""
    adopt_orphans()
    side.prepare()
    with tempfile.TemporaryFile() as out:
        busy, start = machine_seconds(), perf_counter()
        process = subprocess.Popen(
            side.argv, cwd=side.cwd, env=side.env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime + wait_for_orphans()
        foreign = max(0.0, machine_seconds() - busy - cpu) / wall
        if process.returncode not in side.codes:
            out.seek(0)
            end = out.read().decode("utf-8", "replace").strip().splitlines()[-12:]
            raise BrokenError("\n".join([f"{side.name} exited with {process.returncode}:", *end]))
    return Sample(cpu, wall, foreign, usage.ru_maxrss / UNIT)


def adopt_orphans() -> None:
    """Makes this process the parent of what the processes that it starts leave behind, where the system can."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)


def wait_for_orphans() -> float:
    """Returns the CPU seconds of processes that an ended one left behind, once they have ended, too."""
    seconds = 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            usage = os.wait4(-1, 0)[2]
            seconds += usage.ru_utime + usage.ru_stime
    return seconds


def count_instructions(side: Side) -> int:
    """Returns the number of instructions that the main process of a side executes. Raises BrokenError."""
    if shutil.which(VALGRIND[0]) is None:
        raise BrokenError("valgrind is not installed, which counts the instructions")
    done = subprocess.run(
        [*VALGRIND, *side.argv], cwd=side.cwd, env=side.env, capture_output=True, text=True, check=False
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if found is None or done.returncode not in side.codes:
        raise BrokenError(f"{side.name} under valgrind exited with {done.returncode}:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))


def machine_seconds() -> float:
    """Returns the CPU seconds of all processes since the machine started; 0 on a system without /proc."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    except OSError:
        return 0.0
    ticks: int = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / ticks
