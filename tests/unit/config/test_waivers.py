"""The waivers file: what makes it unreadable, and why an entry does not count."""

from __future__ import annotations

from datetime import date, datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config.files import WorkingTreeFiles
from pytest_maturity.config.waivers import (
    WaivableNames,
    WaiverEntry,
    check_entries,
    list_gate_names,
    read_entries,
)
from pytest_maturity.gates import approvals, lint, pass_rate, security
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.model.gates import Requirement
from pytest_maturity.model.waivers import Waivers

NOW = datetime(2027, 1, 1, 12, tzinfo=timezone.utc)
NAMES = WaivableNames(
    gates={"lint": True, "coverage": False, "approvals": None}, stages=("dev", "staging"), components=("shop", "MyApi"),
    has_component=lambda name: name == "shop.cart",
)  # fmt: skip
ENTRY = {
    "gate": "lint", "reason": "fix-planned", "justification": "soon", "owner": "ada", "approved_by": "grace",
    "expires": "2027-01-31",
}  # fmt: skip


def entry(number: int = 0, **fields: Any) -> WaiverEntry:
    data = {key: value for key, value in {**ENTRY, **fields}.items() if value is not None}
    return WaiverEntry(source=f"w: waivers[{number}]", data=data)


def check(*entries: WaiverEntry, now: datetime = NOW) -> Waivers:
    return check_entries(entries, NAMES, now)


def problem_of(**fields: Any) -> str:
    found = check(entry(**fields))
    assert found.valid == ()
    return found.refused[0].problem


# ── entries ──────────────────────────────────────────────────────────────────


def test_a_waiver_has_all_its_fields() -> None:
    (one,) = check(entry(id="x", rule="F401", path="src", line=3, message="m", component="shop", stages=["dev"])).valid
    assert (one.source, one.id, one.gate, one.rule, one.path) == ("w: waivers[0]", "x", "lint", "F401", "src")
    assert (one.line, one.message, one.component, one.stages) == (3, "m", "shop", ("dev",))
    assert (one.reason, one.justification, one.owner) == ("fix-planned", "soon", "ada")
    assert (one.approved_by, one.expires) == ("grace", "2027-01-31")
    (other,) = check(entry()).valid
    assert (other.id, other.rule, other.line, other.component, other.stages) == ("", "", None, "*", ())
    assert check().today == date(2027, 1, 1)


@pytest.mark.parametrize(
    "fields",
    [
        {"expires": "2027-01-01"},  # to the end of the day
        {"expires": "2027-01-01T12:00:01Z"},
        {"expires": "2027-06-30"},  # 180 days
        {"expires": date(2027, 1, 31)},  # as TOML has it
        {"expires": datetime(2027, 1, 31, 12, tzinfo=timezone.utc)},
        {"gate": None, "rule": "F401"},
        {"component": "my-api"},
        {"component": "my*"},
        {"component": "shop.cart"},
        {"stages": ["dev", "staging"]},
        {"gate": "coverage"},
    ],
)
def test_a_waiver_counts(fields: dict[str, Any]) -> None:
    found = check(entry(**fields))
    assert (len(found.valid), found.refused) == (1, ())


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"expires": "2026-12-31"}, "it has expired, its last day was 2026-12-31"),
        ({"expires": "2027-01-01T12:00:00Z"}, "it has expired, its last day was 2027-01-01"),
        (
            {"expires": "2027-07-01"},
            "it ends on 2027-07-01, more than 180 days ahead: the latest possible day is 2027-06-30",
        ),
        ({"expires": None}, "the key 'expires' is missing"),
        ({"expires": "2027-02-30"}, "expires: there is no 2027-02-30: give a date like 2027-01-31"),
        ({"expires": "0001-01-01T00:00:00+23:59"}, "expires: there is no 0001-01-01T00:00:00+23:59: give a date like"),
        ({"expires": "9999-12-31"}, "expires: there is no 9999-12-31: give a date like 2027-01-31"),
        ({"approved_by": "Ada"}, "'Ada' cannot approve it: that is its owner"),
        ({"gate": "lnt"}, "there is no gate 'lnt' (did you mean 'lint'?)"),
        ({"stages": ["stagin"]}, "there is no stage 'stagin' (did you mean 'staging'?)"),
        ({"component": "shp"}, "there is no component 'shp' (did you mean 'shop'?)"),
        ({"component": "x*"}, "there is no component 'x*'"),
        (
            {"gate": "coverage", "path": "src"},
            "'coverage' does not count findings: leave out rule, path, line, message, to waive it as a whole",
        ),
        ({"gate": "approvals"}, "'approvals' cannot be waived"),
        ({"gate": None}, "it names nothing that it excuses: add gate or rule"),
        ({"gate": None, "path": "src"}, "it names no gate and no rule, only where they are: add one of them"),
        ({"owner": " "}, "owner must not be empty"),
        ({"owner": ""}, "owner: must not be empty"),
        ({"owner": 7}, "owner: must be a string, not 7"),
        ({"ownr": "ada"}, "ownr: unknown key (did you mean 'owner'?)"),
        ({"stages": []}, "stages: must not be empty"),
        ({"line": 0}, "line: must be at least 1, not 0"),
    ],
)
def test_a_waiver_does_not_count(fields: dict[str, Any], problem: str) -> None:
    assert problem_of(**fields).startswith(problem)


@pytest.mark.parametrize(
    "text", ["2027-01-31T12:00:00", "31.1.2027", "20270131", "2027-W05-1", "tomorrow", "2027-01-31 12:00:00Z", "never"]
)
def test_odd_and_naive_dates_are_malformed(text: str) -> None:
    words = "a date like 2027-01-31, or a time with its zone like 2027-01-31T12:00:00Z"
    assert problem_of(expires=text) == f'expires: must be {words}, not "{text}"'


def test_every_problem_is_told_at_once() -> None:
    found = check(entry(expires="2026-01-01", approved_by="ada", gate="x", stages=["y"], component="z"))
    assert found.refused[0].problem.count("; ") == 4
    found = check(WaiverEntry(source="w", data=7))
    assert (found.refused[0].problem, found.refused[0].waiver) == ("must be a table, not 7", None)


def test_a_duplicate_id_makes_both_waivers_ambiguous() -> None:
    found = check(entry(0, id="x"), entry(1, id="x", rule="F401"), entry(2, id="y", rule="F402"))
    assert [one.id for one in found.valid] == ["y"]
    assert [one.problem for one in found.refused] == ["its id 'x' is given to 2 waivers"] * 2


def test_a_second_waiver_of_the_same_scope_does_not_count() -> None:
    found = check(entry(0, expires="2026-12-01"), entry(1), entry(2, approved_by="bob"), entry(3, stages=["dev"]))
    assert [one.source for one in found.valid] == ["w: waivers[1]", "w: waivers[3]"]
    assert found.refused[1].source == "w: waivers[2]"
    assert found.refused[1].problem == "it is about the same as waivers[1]"
    assert found.refused[0].waiver is not None


def test_the_names_of_gates_are_those_of_lines_and_requirements_too() -> None:
    gates = {one.name: one for one in (lint.GATE, security.GATE, pass_rate.GATE, approvals.make_gate(["dev"]))}
    required = [Requirement(gate="pass_rate", line="unit", threshold=1, source="")]  # type: ignore[arg-type]  # as good
    names = list_gate_names(gates, required)
    assert (names["approvals"], names["approvals.dev"]) == (None, None)
    assert (names["lint"], names["security.high"], names["pass_rate"], names["pass_rate.unit"]) == (
        True, True, False, False
    )  # fmt: skip


# ── the file ─────────────────────────────────────────────────────────────────


def read(root: Path, **files: str) -> tuple[WaiverEntry, ...]:
    for suffix, text in files.items():
        (root / f"maturity-waivers.{suffix}").write_text(text, "utf-8")
    return read_entries(root, WorkingTreeFiles(root))


def test_both_formats_are_read(tmp_path: Path) -> None:
    assert read(tmp_path) == ()
    (one,) = read(tmp_path, yaml="waivers:\n  - gate: lint\n    expires: 2027-01-31\n")
    assert (one.source, one.data) == ("maturity-waivers.yaml: waivers[0]", {"gate": "lint", "expires": "2027-01-31"})
    (tmp_path / "maturity-waivers.yaml").unlink()
    first, second = read(tmp_path, toml='[[waivers]]\ngate = "a"\n[[waivers]]\nexpires = 2027-01-31\n')
    assert (first.data, second.source) == ({"gate": "a"}, "maturity-waivers.toml: waivers[1]")
    assert second.data == {"expires": date(2027, 1, 31)}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "waivers: []\n"])
def test_a_file_may_be_empty(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, yaml=text) == ()


def test_an_unreadable_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, yaml="waiver: []\nmore: 1\n")
    assert caught.value.problems == (
        "maturity-waivers.yaml: waiver: unknown key (did you mean 'waivers'?)",
        "maturity-waivers.yaml: more: unknown key; known: waivers",
    )
    with pytest.raises(ConfigError, match=r"^maturity-waivers.yaml: waivers must be a list, not null$"):
        read(tmp_path, yaml="waivers:\n")
    with pytest.raises(ConfigError, match=r"is not valid YAML"):
        read(tmp_path, yaml="waivers: [\n")
    words = r"^both maturity-waivers.yaml and maturity-waivers.toml hold waivers: keep one of them$"
    with pytest.raises(ConfigError, match=words):
        read(tmp_path, toml="")
