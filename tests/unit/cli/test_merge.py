"""`pytest-maturity merge`: which options it gives to pytest, and which shards it reads them from."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity import cli
from pytest_maturity.cli import merge
from pytest_maturity.reports.verify import EVIDENCE_VERSION, MALFORMED_EVIDENCE
from tests.unit.reports.reports import resealed


def write_evidence(path: Path, **document: Any) -> str:
    path.write_text(json.dumps(resealed({"evidence": EVIDENCE_VERSION, **document})))
    return str(path)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    commands: list[list[str]] = []

    def run_attached(argv: Sequence[str], environment: Mapping[str, str], timeout: float | None) -> int:
        commands.append(list(argv))
        return 1

    monkeypatch.setattr(merge, "run_attached", run_attached)
    return commands


def test_pytest_gets_the_options_of_the_shards_all_evidence_and_more_arguments(
    tmp_path: Path, started: list[list[str]]
) -> None:
    first = write_evidence(tmp_path / "1.json", arguments=["--maturity-component", "billing"])
    second = write_evidence(tmp_path / "2.json", arguments=["other"])
    assert cli.main(["merge", first, second, "--pytest=-q", "--pytest=-ra"]) == 1
    assert merge.PYTEST.is_file()
    assert started == [
        [
            *(sys.executable, str(merge.PYTEST), "--maturity-component", "billing"),
            *(f"--maturity-merge={first}", f"--maturity-merge={second}", "-q", "-ra"),
        ]
    ]


def test_the_options_are_those_of_the_first_shard_that_can_be_read(tmp_path: Path, started: list[list[str]]) -> None:
    other = write_evidence(tmp_path / "1.json", other=1)
    good = write_evidence(tmp_path / "2.json", arguments=["--maturity-target=dev"])
    assert merge.read_arguments([tmp_path / "gone", Path(other), Path(good)]) == (
        ["--maturity-target=dev"],
        [f"{tmp_path / 'gone'}: No such file or directory", f"{other}: {MALFORMED_EVIDENCE}"],
    )
    cli.main(["merge", other, good])
    assert f"--maturity-merge={other}" in started[0]


def test_without_evidence_that_can_be_read_pytest_is_not_started(
    tmp_path: Path, started: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["merge", str(tmp_path / "gone")]) == 4
    assert started == []
    assert capsys.readouterr().err.splitlines() == [
        f"ERROR: {tmp_path / 'gone'}: No such file or directory",
        "ERROR: no evidence can be read, so which report it belongs to is unknown: none was changed",
    ]


def test_it_needs_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["merge"])
    assert raised.value.code == 4
    assert "ERROR: the following arguments are required: EVIDENCE" in capsys.readouterr().err
