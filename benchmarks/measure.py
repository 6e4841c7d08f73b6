"""Whole processes, run in turn: what each costs, and how sure that is.

CPU seconds are those of the process and of everything that it started and waited
for. Wall seconds are the clock's. `foreign` is how many cores everybody else on the
machine used meanwhile: a wall time with much of it says little.
"""

from __future__ import annotations

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
IDLE = 0.15  # cores in use by others; above it a machine is not quiet
UNIT = 2**20 if sys.platform == "darwin" else 2**10  # of ru_maxrss, in a MiB
PATIENCE = 1.5  # seconds to wait for a quiet machine before measuring all the same


class BrokenError(Exception):
    """A process did not end as it must: what it cost means nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the things that are compared. `prepare` runs before each start and is not measured."""

    name: str
    argv: Sequence[str]
    cwd: Path
    env: Mapping[str, str]
    codes: Sequence[int] = (0,)
    prepare: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class Sample:
    """What one process cost: seconds of CPU and of wall time, and the cores that others used meanwhile.

    `memory`: the most MiB that it, or one process that it started, had at once.
    """

    cpu: float
    wall: float
    foreign: float
    memory: float = 0.0


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some numbers, the least and the greatest of them, and how many they are.

    `sure_low` to `sure_high` holds the true median with at least 95 % confidence, whatever the
    distribution (order statistics); with fewer than six numbers that is the whole range and less sure.
    """

    median: float
    low: float
    high: float
    sure_low: float
    sure_high: float
    rounds: int


def spread(numbers: Sequence[float]) -> Spread:
    """The spread of the numbers, in their own unit."""
    ordered, tail = sorted(numbers), 0.0
    cut = 0
    for rank in range(len(ordered) // 2):
        tail += comb(len(ordered), rank) / 2 ** len(ordered)
        if 2 * tail > 0.05:
            break
        cut = rank
    return Spread(median(ordered), ordered[0], ordered[-1], ordered[cut], ordered[-1 - cut], len(ordered))


def over(one: Sequence[Sample], other: Sequence[Sample], of: str) -> Spread:
    """`of` (cpu, wall or memory) of one side over that of the other, round by round."""
    return spread([getattr(a, of) / getattr(b, of) for a, b in zip(one, other, strict=True)])


def differences(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """`one` minus `other`, round by round."""
    return [a - b for a, b in zip(one, other, strict=True)]


def interleave(sides: Sequence[Side], rounds: int, quiet: bool = False, warm: int = 1) -> dict[str, list[Sample]]:
    """The samples of every side, one for each round; each round starts with another side.

    `warm` rounds before the first are not counted: they write byte code and fill the disk cache.
    Where `quiet`, a sample waits a little for a quiet machine, and is taken again when others disturb it then.
    """
    samples: dict[str, list[Sample]] = {side.name: [] for side in sides}
    for number in range(-warm, rounds):
        turn = number % len(sides)
        for side in (*sides[turn:], *sides[:turn]):
            sample = undisturbed(side) if quiet and number >= 0 else once(side)
            if number >= 0:
                samples[side.name].append(sample)
    return samples


def undisturbed(side: Side) -> Sample:
    """A sample on a quiet machine, the better of two where others began meanwhile; else a sample all the same."""
    if not wait_until_quiet():
        return once(side)
    first = once(side)
    return first if first.foreign < IDLE else min(first, once(side), key=lambda sample: sample.foreign)


def wait_until_quiet() -> bool:
    """True when the machine was nearly idle for half a second, False when it was not within PATIENCE."""
    deadline = monotonic() + PATIENCE
    while monotonic() < deadline:
        busy, start = machine_seconds(), perf_counter()
        sleep(0.5)
        if (machine_seconds() - busy) / (perf_counter() - start) < IDLE:
            return True
    return False


def once(side: Side) -> Sample:
    """Run a side's process to its end. Raises BrokenError with its last words for an unexpected exit code."""
    side.prepare()
    with tempfile.TemporaryFile() as out:
        busy, start = machine_seconds(), perf_counter()
        process = subprocess.Popen(
            side.argv, cwd=side.cwd, env=side.env, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu = usage.ru_utime + usage.ru_stime
        foreign = max(0.0, machine_seconds() - busy - cpu) / wall
        if process.returncode not in side.codes:
            out.seek(0)
            words = out.read().decode("utf-8", "replace").strip().splitlines()[-12:]
            raise BrokenError("\n".join([f"{side.name} exited with {process.returncode}:", *words]))
    return Sample(cpu, wall, foreign, usage.ru_maxrss / UNIT)


def instructions(side: Side) -> int:
    """How many instructions a session executes, those of its main process. Raises BrokenError."""
    if shutil.which(VALGRIND[0]) is None:
        raise BrokenError("valgrind is not installed: it counts the instructions")
    done = subprocess.run(
        [*VALGRIND, *side.argv], cwd=side.cwd, env=side.env, capture_output=True, text=True, check=False
    )
    found = re.search(r"I\s+refs:\s+([\d,]+)", done.stderr)
    if found is None or done.returncode not in side.codes:
        raise BrokenError(f"{side.name} under valgrind exited with {done.returncode}:\n{done.stderr[-2000:]}")
    return int(found[1].replace(",", ""))


def machine_seconds() -> float:
    """The CPU seconds that all processes together used since the machine started; 0 where Linux's /proc is not."""
    try:
        user, nice, system, _, _, irq, softirq, *_ = map(int, Path("/proc/stat").read_text().split("\n")[0].split()[1:])
    except OSError:
        return 0.0
    ticks: int = os.sysconf("SC_CLK_TCK")
    return (user + nice + system + irq + softirq) / ticks
