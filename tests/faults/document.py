"""Writes docs/internals/faults.md: each fault against the gate and its peers (`python -m tests.faults.document`)."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.catalog import CHAPTERS, not_yet
from tests.faults.fault import Fault
from tests.faults.running import MODES, Ran, Workshop

DOCUMENT = Path(__file__).parents[2] / "docs/internals/faults.md"
NUMBERS = range(1, 76)
SUMMARY = re.compile(r"^=+ (.+?) in [\d.]+s.* =+$", re.MULTILINE)
INTRODUCTION = """\
# What a gate must survive

Each fault was made real, in a small project whose last run was promoted and had left a
report that says PROMOTE: first against pytest alone, pytest-cov with
`--cov-fail-under=50`, and pytest-rerunfailures with `--reruns=2`, then against the gate.
After each, the gate's exit code must not be 0, its verdict on disk must not be PROMOTE, the
output or the report must name the cause, and the reports of other components must be as they
were. `tests/faults` asserts that in every run of the tests; this page is written by
`python -m tests.faults.document` (as root, on Linux: it fills a disk).

A cell holds the exit code and what pytest's last line counts; **0** went through. A dash: the
program has nothing of that kind. Faults 1, 2, 9 and 14 need a supervisor, which is there with
`--maturity-supervise`, with `--maturity-time-limit`, and wherever `CI` is set.
"""


@dataclass(slots=True)
class Row:
    """What a fault did to each program. `peers` is empty where it is nothing to them."""

    fault: Fault
    gate: Ran | None = None
    peers: Mapping[str, Ran] = field(default_factory=dict)

    @property
    def survived(self) -> bool:
        return self.gate is not None and (self.gate.code, self.gate.verdict) == (self.fault.code, self.fault.verdict)


def run(workshop: Workshop, fault: Fault) -> Row:
    """Run a fault against everybody; one that waits against nobody."""
    if fault.waiting:
        return Row(fault)
    name = fault.key.replace("/", "-").replace(" ", "-")
    modes = () if fault.peers else fault.against
    peers = {mode: workshop.compare(fault, mode, f"{name}-{mode}") for mode in modes}
    return Row(fault, workshop.judge(fault, name), peers)


def counts(faults: Iterable[Fault]) -> dict[str, list[int]]:
    """The numbers of the faults by what becomes of them: survived, in part, not yet, waiting."""
    found: dict[str, list[int]] = {"survived": [], "in part": [], "not yet": [], "waiting": []}
    every = list(faults)
    for number in NUMBERS:
        cases = [fault for fault in every if fault.number == number]
        waiting = [fault for fault in cases if fault.waiting]
        if any(map(not_yet, cases)):
            found["not yet"].append(number)
        elif len(waiting) == len(cases):
            found["waiting"].append(number)
        else:
            found["in part" if waiting else "survived"].append(number)
    return found


def summary(faults: Iterable[Fault]) -> Iterator[str]:
    """How many of the 75 are survived, and which are not."""
    every = list(faults)
    found, limits = counts(every), dict.fromkeys(str(fault.number) for fault in every if fault.limit)
    survived = len(found["survived"]) + len(found["in part"])
    yield f"**Of {len(NUMBERS)} faults {survived} are survived**"
    for kind, words in (
        ("in part", "of these have a part that waits for what does not exist yet"),
        ("not yet", "are not yet survived"),
        ("waiting", "wait for what does not exist yet"),
    ):
        if found[kind]:
            yield f"; {len(found[kind])} {words} ({', '.join(map(str, found[kind]))})"
    yield f". {len(limits)} have a limit, which their rows tell ({', '.join(limits)}).\n"


def compared(rows: Iterable[Row]) -> Iterator[str]:
    """How often each program ended with 0."""
    every = list(rows)
    for mode in MODES:
        codes = [row.peers[mode].code for row in every if mode in row.peers]
        yield f"{mode}: {codes.count(0)} of {len(codes)} runs ended with 0.\n"
    judged = [row for row in every if row.gate is not None]
    through = [row.fault.title for row in judged if row.gate is not None and row.gate.code == 0]
    yield f"the gate: {len(through)} of {len(judged)} ({', '.join(through) or 'none'}).\n"


def peer_cell(ran: Ran | None) -> str:
    if ran is None:
        return "-"
    code = f"**{ran.code}**" if ran.code == 0 else str(ran.shell_code)
    found = SUMMARY.findall(ran.text)
    return f"{code}, {found[-1]}" if found else code


def expected_cell(fault: Fault) -> str:
    """What the gate must do, as its cell says it."""
    code = fault.code if fault.code >= 0 else 128 - fault.code
    cell = f"{code}, {fault.verdict or 'no report'}"
    if fault.words and fault.words[0] != fault.verdict:
        cell += f": {escaped(fault.words[0])}"
    return f"{cell} (a limit: {fault.limit})" if fault.limit else cell


def gate_cell(row: Row) -> str:
    if row.fault.waiting:
        return f"waiting: {row.fault.waiting}"
    reason = not_yet(row.fault)
    if reason and row.gate is not None and not row.survived:
        return f"{row.gate.shell_code}, {row.gate.verdict or 'no report'}; not yet: {reason}"
    return expected_cell(row.fault)


def escaped(text: str) -> str:
    """Text in a cell of a table."""
    plain = "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
    return plain.replace("|", "\\|").replace("[", "\\[").replace("<", "&lt;")


def table(rows: Iterable[Row]) -> Iterator[str]:
    yield f"| | fault | {' | '.join(MODES)} | the gate |\n"
    yield f"|{'---|' * (len(MODES) + 3)}\n"
    for row in rows:
        cells = [str(row.fault.number), row.fault.title, *(peer_cell(row.peers.get(mode)) for mode in MODES)]
        yield f"| {' | '.join([*cells, gate_cell(row)])} |\n"


def document(chapters: Mapping[str, list[Row]]) -> str:
    """The whole page."""
    rows = [row for chapter in chapters.values() for row in chapter]
    text = [INTRODUCTION, "\n", *summary(row.fault for row in rows), "\n"]
    text += [f"* {line}" for line in compared(rows)]
    for title, chapter in chapters.items():
        text += [f"\n## {title}\n\n", *table(chapter)]
    return "".join(text)


def main() -> int:
    """Run everything and write the page; not where the gate does something else than the catalogue says."""
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor(os.cpu_count()) as pool:
        workshop = Workshop(Path(place))
        workshop.bare_python()
        chapters = {
            title: list(pool.map(lambda fault: run(workshop, fault), faults)) for title, faults in CHAPTERS.items()
        }
    rows = [row for chapter in chapters.values() for row in chapter]
    wrong = [row.fault.key for row in rows if not (row.survived or row.fault.waiting or not_yet(row.fault))]
    if wrong:
        print(f"not what the catalogue says: {', '.join(wrong)}", file=sys.stderr)
        return 1
    DOCUMENT.write_text(document(chapters), encoding="utf-8")
    print(f"{DOCUMENT}: {''.join(summary(row.fault for row in rows))}", end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
