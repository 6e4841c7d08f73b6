"""A shard: what a part of the tests showed, as a file.

A shard runs some of the tests, divided in whatever way, judges nothing and writes its evidence: the outcome of each
test, what was covered, what the tools printed. A merge collects the components' tests, runs none, and takes the
outcomes from the evidence. So it need not know how they were divided: what no shard ran is missing, and what two ran
was run twice. A journal has the same form.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ...evidence.outcomes import Ledger
from ...model.digests import compute_seal
from ...model.errors import MaturityError
from ...model.evidence import Gap, ToolResult
from ...model.report import Run
from ...model.text import safe
from ...reports import files, verify
from ..outcome_listener import Accounts
from ..plan import Plan
from .inputs import Inputs


@dataclass(frozen=True, slots=True)
class Seen:
    """What a run knows besides its plan. `status` is pytest's exit status, `coverage` what a Recorder told.

    `waiting`: tests whose wider fixtures are not torn down yet, by the fixture's name.
    """

    run: Run
    accounts: Accounts
    coverage: Mapping[str, Any]
    inputs: Inputs
    tools: Mapping[str, ToolResult] = field(default_factory=dict)
    gaps: Sequence[Gap] = ()
    status: int = 0
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
        "inputs": seen.inputs.to_dict(),
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
    inputs: Inputs
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
            inputs=Inputs.from_dict(document["inputs"]),
            waiting={str(name): list(map(str, nodeids)) for name, nodeids in document["waiting"].items()},
        )
