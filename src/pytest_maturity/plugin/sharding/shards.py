"""A run in parts: what each machine observed, as a file, and all of it judged once.

A shard runs some of the tests, divided in whatever way, judges nothing and writes its evidence: what became of each
test, what was covered, what the tools said. A merge collects the components' tests, runs none, and takes what became
of each from the evidence. So it needs not know how they were divided: what no shard ran is missing, and what two
ran was run twice.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ...coverage import MergedRecorder, Recorder
from ...evidence.outcomes import Ledger
from ...model.digests import compute_seal
from ...model.errors import MaturityError
from ...model.evidence import Gap, ToolResult
from ...model.report import Run
from ...model.text import first_few, plural, safe
from ...reports import files, verify
from ..outcome_listener import Accounts
from ..plan import Plan

EXPLAINED = (0, 5)  # pytest's exit statuses that need no explanation: passed, and no test collected


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run knows besides its plan. `status` is pytest's exit status, `coverage` what a Recorder told.

    `inputs`: what decided it, where somebody is to ask whether it still counts; see inputs.py. `left`: what of it was
    otherwise at the end. `waiting`: tests whose wider fixtures are not torn down yet, by the fixture's name.
    """

    run: Run
    accounts: Accounts
    coverage: Mapping[str, Any]
    tools: Mapping[str, ToolResult] = field(default_factory=dict)
    gaps: Sequence[Gap] = ()
    status: int = 0
    inputs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    left: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    waiting: Mapping[str, Sequence[str]] = field(default_factory=dict)


def write(path: Path, plan: Plan, seen: Seen) -> Path:
    """Write a shard's evidence, in one step; returns where. Raises OSError."""
    document: dict[str, Any] = {
        "evidence": verify.EVIDENCE_VERSION,
        "run": asdict(seen.run),
        "asked": plan.asked,
        "root": str(plan.root),
        "prefix": sys.prefix,
        "status": seen.status,
        "gaps": [asdict(gap) for gap in seen.gaps],
        "tests": seen.accounts.ledger.plain(),
        "marked": plan.selection.marked_tests,
        "coverage": seen.coverage,
        "inputs": seen.inputs,
        "left": seen.left,
        "waiting": seen.waiting,
        "tools": {key: asdict(result) for key, result in seen.tools.items()},
    }
    files.write_file(path, json.dumps({**document, "seal": compute_seal(document)}) + "\n")
    return path


@dataclass(frozen=True, slots=True, kw_only=True)
class Shard:
    """One file of evidence that was read back."""

    name: str
    run: Run
    components: tuple[str, ...]
    root: str
    prefix: str
    status: int
    gaps: tuple[Gap, ...]
    ledger: Ledger
    marked: dict[str, list[str]]
    coverage: Mapping[str, Any]
    tools: Mapping[str, ToolResult]
    inputs: Mapping[str, Mapping[str, str]]
    left: Mapping[str, Mapping[str, str]]
    waiting: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, path: Path) -> Shard:
        """Raises MaturityError for what is not whole evidence."""
        try:
            return cls.from_plain(path.name, verify.read_evidence(path))
        except MaturityError as error:
            problem = str(error)
        except (KeyError, TypeError, ValueError, AttributeError):
            problem = verify.MALFORMED_EVIDENCE
        raise MaturityError(f"{safe(str(path), 300)}: {problem}")

    @classmethod
    def from_plain(cls, name: str, document: Mapping[str, Any]) -> Shard:
        """What `write` told. Raises KeyError, TypeError, ValueError and AttributeError for anything else."""
        return cls(
            name=name,
            run=Run(**document["run"]),
            components=tuple(map(str, document["asked"]["components"])),
            root=str(document["root"]),
            prefix=str(document["prefix"]),
            status=int(document["status"]),
            gaps=tuple(Gap(cause=str(gap["cause"]), message=str(gap["message"])) for gap in document["gaps"]),
            ledger=Ledger.from_plain(document["tests"]),
            marked={nodeid: list(names) for nodeid, names in document["marked"].items()},
            coverage=dict(document["coverage"]),
            tools={key: ToolResult(**{**one, "argv": tuple(one["argv"])}) for key, one in document["tools"].items()},
            inputs={kind: dict(found) for kind, found in document["inputs"].items()},
            left={kind: dict(found) for kind, found in document["left"].items()},
            waiting={str(name): list(map(str, nodeids)) for name, nodeids in document["waiting"].items()},
        )


class Merge:
    """What the shards of one run observed, together. Takes the place of the tests' run."""

    def __init__(self, shards: Sequence[Shard], note: str = "") -> None:
        """`note` says in the report what was judged; without one, the shards' names."""
        names = ", ".join(safe(shard.name, 120) for shard in shards)
        self.shards = shards
        self.note = note or f"judged from {plural(len(shards), 'shard')}: {names}"

    def instead_of_tests(self, config: pytest.Config) -> None:
        """Let this session collect, and run nothing."""
        config.pluginmanager.register(self, "maturity_merge")
        self.pytest_cmdline_main(config)  # in case that its turn is over

    def recorder(self, plan: Plan) -> Recorder:
        """What all shards measured. Raises MaturityError."""
        moves = (self._moved(shard, plan) for shard in self.shards)
        exported = [(shard.name, shard.coverage, moved) for shard, moved in zip(self.shards, moves, strict=True)]
        try:
            return MergedRecorder(plan.root, plan.components, exported)
        except Exception as error:  # whatever coverage.py says of data that is not its own
            raise MaturityError(f"--maturity-merge: the coverage of a shard cannot be read: {error}") from error

    def _moved(self, shard: Shard, plan: Plan) -> dict[str, str]:
        names = {shard.root: str(plan.root), shard.prefix: sys.prefix}
        return {before: now for before, now in names.items() if before != now}

    def answers(self) -> dict[str, ToolResult]:
        """What the tools said, by the key of all that decided it."""
        told = (one for shard in self.shards for one in shard.tools.values())
        return {one.key: one for one in told if one.key and not one.problem}

    def absorb(self, accounts: Accounts, plan: Plan) -> None:
        """Put what became of the tests into the accounts of the merge."""
        accounts.ledger.lost = "ran in no shard"
        for shard in self.shards:
            accounts.ledger.absorb(shard.ledger)
            plan.selection.merge_marked_tests(shard.marked)

    def gaps(self, _: Run) -> list[Gap]:
        """What keeps the shards from being one whole run, where this run judges them."""
        return [*self._own_gaps(), *self._twice()]

    def _own_gaps(self) -> Iterable[Gap]:
        for shard in self.shards:
            name = safe(shard.name, 120)
            yield from (Gap(cause=gap.cause, message=f"{name}: {gap.message}") for gap in shard.gaps)
            status, failed = shard.status, {"failed", "error"} & set(shard.ledger.outcomes.values())
            explained = status in EXPLAINED or (failed and status in (1, 2))
            if not explained and not shard.gaps:
                yield Gap(cause="exit", message=f"{name}: pytest exited with {status}")

    def _twice(self) -> Iterable[Gap]:
        ran = Counter(nodeid for shard in self.shards for nodeid in shard.ledger.started)
        twice = [nodeid for nodeid, count in ran.items() if count > 1]
        if twice:
            yield Gap(
                cause="duplicate",
                message=f"{plural(len(twice), 'test')} ran in more than one shard: {first_few(twice)}",
            )

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool:
        """Run nothing."""
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Start no workers of pytest-xdist either."""
        for name, value in (("numprocesses", None), ("dist", "no"), ("tx", [])):
            if hasattr(config.option, name):
                setattr(config.option, name, value)
