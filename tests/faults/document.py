"""Writes docs/internals/faults.md: runs each fault with the gate and with other programs.

Start it with `python -m tests.faults.document`.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.catalog import CHAPTERS
from tests.faults.fault import Fault
from tests.faults.runner import PEERS, FaultRunner, RunResult

DOCUMENT = Path(__file__).parents[2] / "docs/internals/faults.md"
NUMBERS = tuple(sorted({fault.number for chapter in CHAPTERS.values() for fault in chapter}))
PYTEST_SUMMARY = re.compile(r"^=+ (.+?) in [\d.]+s.* =+$", re.MULTILINE)
INTRODUCTION = """\
# Faults that the gate must survive

Each fault is caused in a small project whose previous run was promoted and left a report that says PROMOTE: first with
pytest alone, with pytest-cov (`--cov-fail-under=50`) and with pytest-rerunfailures (`--reruns=2`), then with the gate.
After the fault

* the gate's exit code must not be 0, and the verdict on disk must not be PROMOTE;
* the output or the report must name the cause;
* the reports of other components must be unchanged.

`tests/faults` asserts this in every run of `make test`. This page is written by `python -m tests.faults.document`
(on Linux, as root: it fills a disk).

A cell holds the exit code and the counts of pytest's last line; **0** means that the fault was not noticed. A dash
means that the program has nothing of this kind. Faults 1, 2, 9, 14, 79 and 80 need the supervisor, which runs wherever
pytest is started as a program on a system with fork, and elsewhere with `--maturity-supervise` or in CI.
"""


@dataclass(slots=True)
class Row:
    """The results of one fault; `peers` is empty if it concerns no other program."""

    fault: Fault
    gate: RunResult
    peers: Mapping[str, RunResult] = field(default_factory=dict)

    @property
    def is_survived(self) -> bool:
        return (self.gate.exit_code, self.gate.verdict) == (self.fault.exit_code, self.fault.verdict)


def run_fault(runner: FaultRunner, fault: Fault) -> Row:
    """Runs a fault with the gate and every program that it concerns."""
    names = () if fault.not_compared else fault.peers
    peers = {name: runner.run_peer(fault, name, f"{fault.directory}-{name}") for name in names}
    return Row(fault, runner.run_gate(fault, fault.directory), peers)


def summary(faults: Iterable[Fault]) -> Iterator[str]:
    """Yields the parts of a paragraph: how many faults are survived, and which have a limit."""
    limits = dict.fromkeys(str(fault.number) for fault in faults if fault.limit)
    yield f"**All {len(NUMBERS)} faults are survived**. "
    yield f"{len(limits)} have a limit, which is explained in their rows ({', '.join(limits)}).\n"


def comparison(rows: Iterable[Row]) -> Iterator[str]:
    """Yields a line for each program: how many of its runs ended with exit code 0."""
    every = list(rows)
    for name in PEERS:
        codes = [row.peers[name].exit_code for row in every if name in row.peers]
        yield f"{name}: {codes.count(0)} of {len(codes)} runs ended with exit code 0.\n"
    through = [row.fault.title for row in every if row.gate.exit_code == 0]
    yield f"the gate: {len(through)} of {len(every)} ({', '.join(through) or 'none'}).\n"


def peer_cell(result: RunResult | None) -> str:
    if result is None:
        return "-"
    code = f"**{result.exit_code}**" if result.exit_code == 0 else str(result.shell_code)
    found = PYTEST_SUMMARY.findall(result.output)
    return f"{code}, {found[-1]}" if found else code


def gate_cell(fault: Fault) -> str:
    """The result that the gate must have."""
    code = fault.exit_code if fault.exit_code >= 0 else 128 - fault.exit_code
    cell = f"{code}, {fault.verdict or 'no report'}"
    if fault.messages and fault.messages[0] != fault.verdict:
        cell += f": {escape(fault.messages[0])}"
    return f"{cell} (a limit: {fault.limit})" if fault.limit else cell


def escape(text: str) -> str:
    """Returns the text as it can stand in a cell of a Markdown table."""
    plain = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
    return plain.replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")


def table(rows: Iterable[Row]) -> Iterator[str]:
    yield f"| | fault | {' | '.join(PEERS)} | the gate |\n"
    yield f"|{'---|' * (len(PEERS) + 3)}\n"
    for row in rows:
        cells = [str(row.fault.number), row.fault.title, *(peer_cell(row.peers.get(name)) for name in PEERS)]
        yield f"| {' | '.join([*cells, gate_cell(row.fault)])} |\n"


def document(chapters: Mapping[str, list[Row]]) -> str:
    """Returns the whole page."""
    rows = [row for chapter in chapters.values() for row in chapter]
    text = [INTRODUCTION, "\n", *summary(row.fault for row in rows), "\n"]
    text += [f"* {line}" for line in comparison(rows)]
    for title, chapter in chapters.items():
        text += [f"\n## {title}\n\n", *table(chapter)]
    return "".join(text)


def main() -> int:
    """Runs all faults and writes the page, unless the gate differs from the catalogue. Returns the exit code."""
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(os.cpu_count()) as pool:
        runner = FaultRunner(Path(place))
        runner.python_without_tools()
        chapters = {
            title: list(pool.map(lambda fault: run_fault(runner, fault), faults)) for title, faults in CHAPTERS.items()
        }
    rows = [row for chapter in chapters.values() for row in chapter]
    wrong = [row.fault.key for row in rows if not row.is_survived]
    if wrong:
        print(f"the gate does not do what the catalogue says: {', '.join(wrong)}", file=sys.stderr)
        return 1
    DOCUMENT.write_text(document(chapters), encoding="utf-8")
    print(f"{DOCUMENT}: {''.join(summary(row.fault for row in rows))}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
