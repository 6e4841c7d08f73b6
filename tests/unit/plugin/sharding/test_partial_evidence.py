"""A shard's evidence: it survives JSON, and only whole evidence is read."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_maturity.evidence.outcomes import OutcomeLog
from pytest_maturity.model.errors import MaturityError
from pytest_maturity.model.evidence import Gap, ToolResult
from pytest_maturity.model.report import Run
from pytest_maturity.plugin.sharding.inputs import Inputs
from pytest_maturity.plugin.sharding.partial_evidence import PartialEvidence


def make_shard() -> PartialEvidence:
    log = OutcomeLog()
    log.record_start("a.py::t")
    log.record_failure("a.py::t", "failed", 3, "no")
    log.record_end("a.py::t")
    return PartialEvidence(
        run=Run(id="1", started="2026-01-01T00:00:00+00:00", command_line=("pytest", "-k", "a")),
        components=("billing",),
        arguments=("--maturity-component=billing",),
        root="/root",
        prefix="/usr",
        inputs=Inputs(commit="0123", files={"a.py": "1"}, distributions=("one-1.0",), settings={}, options={"p": "1"}),
        outcomes=log,
        coverage={"data": "00"},
        tools={"lint": ToolResult(argv=("ruff", "check"), exit_code=0, stdout="[]", fingerprint="k")},
        gaps=(Gap(cause="interrupted", message="the run was interrupted"),),
        status=1,
        waiting={"session": ["a.py::t"]},
    )


def test_evidence_that_is_written_and_read_back_is_the_same(tmp_path: Path) -> None:
    shard, path = make_shard(), tmp_path / "evidence.json"
    shard.write(path)
    back = PartialEvidence.read(path)
    assert back == replace(shard, name="evidence.json")


def test_what_a_shard_did_not_select_is_not_written() -> None:
    shard = make_shard()
    shard.outcomes.record_deselected({"b.py::t": "-k a"})
    shard.outcomes.record_collected_file("a.py")
    written = shard.to_dict()["outcomes"]
    assert (written["deselected"], written["collected_files"]) == ({}, [])


def test_edited_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    make_shard().write(path)
    path.write_text(path.read_text().replace('"failed"', '"passed"'))
    with pytest.raises(MaturityError, match=r"evidence\.json: its seal does not match"):
        PartialEvidence.read(path)


@pytest.mark.parametrize("key", ["run", "components", "inputs", "outcomes", "gaps", "status"])
def test_evidence_without_a_part_is_malformed(key: str) -> None:
    data = json.loads(json.dumps(make_shard().to_dict()))
    del data[key]
    with pytest.raises(KeyError):
        PartialEvidence.from_dict(data, "a.json")
