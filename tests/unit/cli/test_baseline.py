"""`pytest-maturity baseline`: what it writes, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity import cli
from pytest_maturity.evidence.assess import judge
from pytest_maturity.model.baseline import NO_BASELINES, Baseline, BaselineNumber, Baselines
from pytest_maturity.model.evidence import Component, Evidence, Gap
from pytest_maturity.model.gates import Context, Gate, Measurement, Number, Requirement
from pytest_maturity.model.report import Report
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import ROOT, RUN

PARTIAL = Gap(cause="partial", message="only a part was run")


@pytest.fixture(autouse=True)
def on_a_developers_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


def write_report(
    values: Mapping[str, Number | None],
    gaps: tuple[Gap, ...] = (),
    ruff: str = "1.0",
    ratchet: bool = True,
    baselines: Baselines = NO_BASELINES,
) -> None:
    """Writes a report on the component `shop` with a gate for each value, of which less is better."""
    gates = {
        name: Gate(name, lambda *_, value=value: Measurement(value, "why"), "lower") for name, value in values.items()
    }
    required = [Requirement(gate=name, threshold=Fraction(0), source="here", ratchet=ratchet) for name in gates]
    evidence = Evidence(
        component=Component(name="shop", sources=(), files=(), found_by="src"),
        gaps=gaps,
        tool_versions={name: {"ruff": ruff} for name in gates},
    )
    judgement = judge(evidence, gates, {"dev": required}, "dev", Context(root=ROOT), baselines=baselines)
    report = Report(
        verdict=judgement.verdict, target="dev", ladder=("dev",), run=RUN, root=ROOT, components=(judgement,)
    )
    Path("report.json").write_text(render(report), "utf-8")


def baseline(*arguments: str) -> int:
    return cli.main(["baseline", "report.json", *arguments])


def read() -> dict[str, Any]:
    gates: dict[str, Any] = json.loads(Path("maturity-baseline/shop.json").read_text("utf-8"))["gates"]
    return gates


def test_the_numbers_with_a_ratchet_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    write_report({"types": 7, "rate": Fraction(1, 3)})
    assert baseline() == 0
    assert capsys.readouterr().out == "maturity-baseline/shop.json: types 7, rate 0.333334\n"
    assert read() == {
        "rate": {"value": 0.333334, "tools": {"ruff": "1.0"}}, "types": {"value": 7, "tools": {"ruff": "1.0"}},
    }  # fmt: skip


def test_a_better_number_replaces_the_old_one_and_an_equal_one_changes_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for value in (7, 5, 5):
        write_report({"types": value})
        assert baseline() == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "maturity-baseline/shop.json: types 5 (was 7)",
        "maturity-baseline/shop.json: unchanged",
    ]


def test_a_worse_number_needs_a_reason_which_the_file_keeps(capsys: pytest.CaptureFixture[str]) -> None:
    write_report({"types": 5})
    baseline()
    write_report({"types": 6})
    assert baseline() == 4
    message = "ERROR: shop: types is 6, worse than the baseline 5: improve it, or give --lower --reason TEXT\n"
    assert capsys.readouterr().err == message
    assert read()["types"]["value"] == 5
    assert baseline("--lower", "--reason", "the importer moved in ") == 0
    lowered = [{"from": 5, "to": 6, "reason": "the importer moved in"}]
    assert read()["types"] == {"value": 6, "tools": {"ruff": "1.0"}, "lowered": lowered}
    write_report({"types": 4})
    assert baseline() == 0
    assert read()["types"] == {"value": 4, "tools": {"ruff": "1.0"}, "lowered": lowered}


def test_another_version_of_the_tool_replaces_the_number() -> None:
    write_report({"types": 5})
    baseline()
    write_report({"types": 5}, ruff="2.0")
    assert baseline() == 0
    assert read()["types"] == {"value": 5, "tools": {"ruff": "2.0"}}


def test_numbers_that_were_not_judged_stay() -> None:
    write_report({"types": 5, "lint": 3})
    baseline()
    write_report({"types": 4})
    baseline()
    assert {name: one["value"] for name, one in read().items()} == {"types": 4, "lint": 3}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--lower",), "--lower needs --reason TEXT, which the file keeps"),
        (("--lower", "--reason", " "), "--lower needs --reason TEXT, which the file keeps"),
        (("--reason", "x"), "--reason needs --lower"),
        (("--component", "shp"), "the report does not judge 'shp' (did you mean 'shop'?)"),
    ],
)
def test_wrong_usage_writes_nothing(
    arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report({"types": 5})
    assert baseline(*arguments) == 4
    assert capsys.readouterr().err == f"ERROR: {message}\n"
    assert not Path("maturity-baseline").exists()


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ({"values": {"types": None}}, "shop: types is unknown: why"),
        ({"values": {"types": 1}, "gaps": (PARTIAL,)}, "shop: the run does not represent the component: only a part"),
        ({"values": {"types": 1}, "ratchet": False}, "shop: no requirement that was judged has ratchet = true"),
    ],
)
def test_a_report_that_proves_no_number_is_refused(
    report: dict[str, Any], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_report(**report)
    assert baseline() == 4
    assert capsys.readouterr().err.startswith(f"ERROR: {message}")
    assert not Path("maturity-baseline").exists()


def test_a_report_that_was_changed_or_is_missing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert baseline() == 4
    assert capsys.readouterr().err == "ERROR: report.json: No such file or directory\n"
    write_report({"types": 5})
    path = Path("report.json")
    path.write_text(path.read_text("utf-8").replace('"value": 5', '"value": 9'), "utf-8")
    assert baseline() == 4
    assert "its seal does not match" in capsys.readouterr().err
    path.write_text("[]", "utf-8")
    assert baseline() == 4
    assert capsys.readouterr().err == "ERROR: report.json: is not a report\n"


def test_a_broken_baseline_is_not_overwritten(capsys: pytest.CaptureFixture[str]) -> None:
    write_report({"types": 5})
    path = Path("maturity-baseline/shop.json")
    path.parent.mkdir()
    path.write_text("<<<<<<<", "utf-8")
    assert baseline() == 4
    assert "maturity-baseline/shop.json: is not a valid baseline" in capsys.readouterr().err
    assert path.read_text("utf-8") == "<<<<<<<"


def test_a_directory_in_the_place_of_the_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_report({"types": 5})
    Path("maturity-baseline").write_text("", "utf-8")
    assert baseline() == 4
    assert capsys.readouterr().err.startswith("ERROR: ")


@pytest.mark.parametrize(("value", "code"), [("true", 4), ("1", 4), ("false", 0), ("", 0)])
def test_ci_never_writes_a_baseline(monkeypatch: pytest.MonkeyPatch, value: str, code: int) -> None:
    write_report({"types": 5})
    monkeypatch.setenv("CI", value)
    assert baseline() == code
    assert Path("maturity-baseline").exists() is (code == 0)


def test_a_number_that_is_worse_than_the_one_on_record_needs_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    recorded = Baseline(
        component="shop",
        source="the record",
        numbers={"types": BaselineNumber(value=Fraction(3), tools={"ruff": "1.0"})},
    )
    write_report({"types": 5}, baselines=Baselines(recorded=recorded))
    assert baseline() == 4
    assert "types is 5, worse than the baseline 3" in capsys.readouterr().err
    assert baseline("--lower", "--reason", "the importer moved in") == 0
    assert read()["types"]["lowered"] == [{"from": 3, "to": 5, "reason": "the importer moved in"}]
    assert baseline() == 0
    assert capsys.readouterr().out.splitlines()[-1] == "maturity-baseline/shop.json: unchanged"
