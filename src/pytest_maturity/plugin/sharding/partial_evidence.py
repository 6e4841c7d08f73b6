"""The evidence of a part of the tests, as a file: of a shard, or the journal of a process.

A shard runs some of the tests, divided in whatever way, judges nothing and writes its evidence: the outcome of each
test, what was covered, what the tools printed. A merge collects the components' tests, runs none, and takes the
outcomes from the evidence. So it need not know how they were divided: what no shard ran is missing, and what two ran
was run twice. The journal of a run that may be killed has the same form.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, field
from pathlib import Path
from typing import Any

from ...evidence.outcomes import OutcomeLog
from ...model.digests import compute_seal
from ...model.errors import MaturityError
from ...model.evidence import Gap, ToolResult
from ...model.light_dataclass import light_dataclass
from ...model.report import Run
from ...model.text import safe
from ...reports import files, verify
from .inputs import Inputs

RUN_LISTS = ("command_line", "uncommitted")  # the fields of a run that are lists in JSON


@light_dataclass(frozen=True, slots=True, kw_only=True)
class PartialEvidence:
    """The evidence of a part of the tests.

    `components` are the names of all that are judged, `arguments` the options of the plugin that a merge needs. `root`
    and `prefix` are the project's directory and Python's, which may have other names where the shards are merged.
    `status` is pytest's exit status, `coverage` what a Recorder returned as plain data. `waiting` are tests of which a
    wider fixture is not torn down yet, by the name of the collector. `name` is the file that was read.
    """

    run: Run
    components: tuple[str, ...]
    arguments: tuple[str, ...]
    root: str
    prefix: str = sys.prefix
    inputs: Inputs
    outcomes: OutcomeLog
    coverage: Mapping[str, Any]
    tools: Mapping[str, ToolResult] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    status: int = 0
    waiting: Mapping[str, Sequence[str]] = field(default_factory=dict)
    name: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Returns the evidence as plain data, without its seal."""
        return {
            "evidence": verify.EVIDENCE_VERSION,
            "run": asdict(self.run),
            "components": list(self.components),
            "arguments": list(self.arguments),
            "root": self.root,
            "prefix": self.prefix,
            "inputs": self.inputs.to_dict(),
            "outcomes": self.outcomes.copy_without_selection().to_dict(),
            "coverage": self.coverage,
            "tools": {key: asdict(result) for key, result in self.tools.items()},
            "gaps": [asdict(gap) for gap in self.gaps],
            "status": self.status,
            "waiting": self.waiting,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], name: str) -> PartialEvidence:
        """Reads what `to_dict` returned. Raises KeyError, TypeError, ValueError or AttributeError for anything else."""
        return cls(
            run=Run(**{**data["run"], **{key: tuple(map(str, data["run"][key])) for key in RUN_LISTS}}),
            components=tuple(map(str, data["components"])),
            arguments=tuple(map(str, data["arguments"])),
            root=str(data["root"]),
            prefix=str(data["prefix"]),
            inputs=Inputs.from_dict(data["inputs"]),
            outcomes=OutcomeLog.from_dict(data["outcomes"]),
            coverage=dict(data["coverage"]),
            tools={key: ToolResult.from_dict(one) for key, one in data["tools"].items()},
            gaps=tuple(Gap.from_dict(gap) for gap in data["gaps"]),
            status=int(data["status"]),
            waiting={str(collector): list(map(str, nodeids)) for collector, nodeids in data["waiting"].items()},
            name=name,
        )

    def write(self, path: Path) -> str:
        """Writes the evidence in one step, with a seal, and returns the text. Raises OSError."""
        document = self.to_dict()
        text = json.dumps({**document, "seal": compute_seal(document)}) + "\n"
        files.write_file(path, text)
        return text

    @classmethod
    def read(cls, path: Path) -> PartialEvidence:
        """Reads the evidence that a run wrote. Raises MaturityError for a file that is none, or not whole."""
        try:
            return cls.from_dict(verify.read_evidence(path), path.name)
        except MaturityError as error:
            problem = str(error)
        except (KeyError, TypeError, ValueError, AttributeError):
            problem = verify.MALFORMED_EVIDENCE
        raise MaturityError(f"{safe(str(path), 300)}: {problem}")
