"""`pytest-maturity waive`: what it writes, what it refuses to write, and what its check finds."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.config.files import WorkingTreeFiles
from pytest_maturity.config.waivers import WaivableNames, check_entries, read_entries
from pytest_maturity.evidence.assess import judge
from pytest_maturity.model.evidence import Component, Evidence, Finding
from pytest_maturity.model.gates import Context, Gate, Measurement, Requirement
from pytest_maturity.model.report import Report
from pytest_maturity.reports.json import render
from pytest_maturity.reports.waivers import list_waivers
from tests.unit.reports.reports import RUN

Read = pytest.CaptureFixture[str]
PEOPLE = ("--reason=fix-planned", "--justification=it goes with 2.0", "--owner=ada", "--approved-by=grace")
YAML, TOML = "maturity-waivers.yaml", "maturity-waivers.toml"
NAMES = WaivableNames(gates={"lint": True, "types": True}, stages=("dev", "staging"), components=("shop",))


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project with one component, in the working directory."""
    (tmp_path / "src/shop").mkdir(parents=True)
    (tmp_path / "src/shop/__init__.py").touch()
    (tmp_path / "pyproject.toml").write_text("[tool.maturity.stages.dev]\nown = 3\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def day(ahead: int) -> str:
    return str((datetime.now(timezone.utc) + timedelta(days=ahead)).date())


def waive(*arguments: str, expires: str = "90d", people: tuple[str, ...] = PEOPLE) -> int:
    return cli.main(["waive", *arguments, *people, f"--expires={expires}"])


def check(*arguments: str) -> int:
    return cli.main(["waive", "--check", *arguments])


# ── a new entry ──────────────────────────────────────────────────────────────


def test_a_waiver_is_written_and_counts(project: Path, capsys: Read) -> None:
    assert waive("--gate=lint", "--rule=F401", "--path=src/shop", "--stage=dev", "--stage=staging", "--id=x") == 0
    assert capsys.readouterr().out == f"written: {YAML}: waivers[0]\n"
    assert (project / YAML).read_text("utf-8") == (
        f"waivers:\n  - gate: lint\n    rule: F401\n    path: src/shop\n    reason: fix-planned\n"
        f'    justification: "it goes with 2.0"\n    owner: ada\n    approved_by: grace\n    id: x\n'
        f"    stages: [dev, staging]\n    expires: {day(90)}\n"
    )
    assert check() == 0
    assert capsys.readouterr().out == "1 waiver: all count\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# ours\n",
        "waivers: []\n",
        "waivers: []  # none\n",
        "waivers:\n- {gate: lint, rule: B1}\n# the end",
        "# ours\nwaivers:\n    - gate: lint\n      rule: B1\n",
    ],
)
def test_the_rest_of_a_yaml_file_stays_as_it_is(project: Path, text: str) -> None:
    (project / YAML).write_text(text, "utf-8")
    before = [one.data for one in read_entries(project, WorkingTreeFiles(project))]
    if waive("--gate=types") != 0:
        assert "# none" in text  # a comment that would stand in a wrong place: refused, and the file is the same
        assert (project / YAML).read_text("utf-8") == text
        return
    new = (project / YAML).read_text("utf-8")
    assert all(line in new for line in text.splitlines() if "[]" not in line)
    entries = [one.data for one in read_entries(project, WorkingTreeFiles(project))]
    assert (entries[:-1], entries[-1]["gate"]) == (before, "types")


def test_a_toml_file_gets_a_table(project: Path) -> None:
    text = '# ours\n[[waivers]]\ngate = "lint"\nrule = "B1"'
    (project / TOML).write_text(text, "utf-8")
    assert waive("--gate=lint", "--line=3", '--message="quoted" \\ \t \u2028') == 0
    assert (project / TOML).read_text("utf-8").startswith(text + "\n\n[[waivers]]\ngate = ")
    (valid,) = check_entries(
        read_entries(project, WorkingTreeFiles(project))[1:], NAMES, datetime.now(timezone.utc)
    ).valid
    assert (valid.line, valid.message, valid.expires) == (3, '"quoted" \\ \t \u2028', day(90))


@pytest.mark.parametrize("name", [YAML, TOML])
@pytest.mark.parametrize(
    "value", ["yes", "null", "1", "1.5", "2027-01-31", "- a", "a: b", "#x", "'", "é\n", "*", "{a}"]
)
def test_text_is_written_so_that_it_is_read_as_text(project: Path, name: str, value: str) -> None:
    (project / name).touch()
    assert waive("--gate=lint", f"--message={value}") == 0
    (entry,) = read_entries(project, WorkingTreeFiles(project))
    assert entry.data["message"] == value


def test_what_would_not_count_is_not_written(project: Path, capsys: Read) -> None:
    assert waive("--gate=lnt", "--component=shp", expires="181d", people=(*PEOPLE[:3], "--approved-by=Ada")) == 4
    assert capsys.readouterr().err.splitlines() == [
        f"ERROR: not written: it ends on {day(181)}, more than 180 days ahead: the latest possible day is {day(180)}; "
        "'Ada' cannot approve it: that is its owner; there is no gate 'lnt' (did you mean 'lint'?); there is no "
        "component 'shp' (did you mean 'shop'?)"
    ]
    assert waive("--gate=lint", people=("--reason=because",), expires="tomorrow") == 4
    assert "the key 'owner' is missing" in (error := capsys.readouterr().err)
    assert 'reason: must be "false-positive", ' in error
    assert waive() == 4
    assert "it names nothing that it excuses: add gate or rule" in capsys.readouterr().err
    assert not (project / YAML).exists()


def test_a_second_waiver_of_the_same_scope_is_not_written(project: Path, capsys: Read) -> None:
    assert waive("--gate=lint") == 0
    text = (project / YAML).read_text("utf-8")
    assert waive("--gate=lint", expires="9d") == 4
    assert capsys.readouterr().err == "ERROR: not written: it is about the same as waivers[0]\n"
    assert (project / YAML).read_text("utf-8") == text


def test_a_list_to_which_nothing_can_be_added_is_left_alone(project: Path, capsys: Read) -> None:
    text = "waivers: [{gate: lint, rule: B1}]\n"
    (project / YAML).write_text(text, "utf-8")
    assert waive("--gate=types") == 4
    assert "is written in a way that nothing can be added to" in capsys.readouterr().err
    assert (project / YAML).read_text("utf-8") == text


def test_the_gate_of_a_plugin_is_known_by_the_configuration(capsys: Read) -> None:
    assert waive("--gate=own") == 0
    assert waive("--gate=owm") == 4
    assert "there is no gate 'owm' (did you mean 'own'?)" in capsys.readouterr().err


def test_options_that_do_not_go_together(project: Path, capsys: Read) -> None:
    assert cli.main(["waive", "--check", "--gate=lint"]) == 4
    assert cli.main(["waive", "report.json", "--gate=lint"]) == 4
    assert capsys.readouterr().err.splitlines() == [
        "ERROR: --check writes nothing: leave out what a waiver has",
        "ERROR: a REPORT needs --check: a waiver is written from the options alone",
    ]


# ── the check ────────────────────────────────────────────────────────────────


def write_entry(project: Path, **fields: str) -> None:
    given = {
        "gate": "lint", "reason": "fix-planned", "justification": "x", "owner": "ada", "approved_by": "grace",
        "expires": day(90), **fields,
    }  # fmt: skip
    path = project / YAML
    text = path.read_text("utf-8") if path.exists() else "waivers:\n"
    item = "\n    ".join(f"{key}: {value}" for key, value in given.items())
    path.write_text(f"{text}  - {item}\n", "utf-8")


def write_report(project: Path, *rules: str) -> Path:
    """Writes the report of a run with a finding of `lint` for each of these rules."""
    findings = [Finding(path="src/shop/__init__.py", message="m", line=1, rule=rule) for rule in rules]
    gate = Gate("lint", lambda *_: Measurement(len(rules), findings=findings), better="lower", counts_findings=True)
    waivers = check_entries(read_entries(project, WorkingTreeFiles(project)), NAMES, datetime.now(timezone.utc))
    evidence = Evidence(component=Component(name="shop", sources=(), files=(), found_by="src"))
    required = {"dev": [Requirement(gate="lint", threshold=Fraction(0), source="here")]}
    found = judge(evidence, {"lint": gate}, required, "dev", Context(root=project), waivers=waivers.valid)
    path = project / f"{'-'.join(rules)}.json"
    document = Report(
        verdict=found.verdict, target="dev", ladder=("dev",), run=RUN, root=project, components=(found,),
        waivers=list_waivers(waivers, [found]),
    )  # fmt: skip
    path.write_text(render(document), "utf-8")
    return path


def test_nothing_to_check(capsys: Read) -> None:
    assert check() == 0
    assert capsys.readouterr().out == "0 waivers: all count\n"


def test_the_check_names_what_does_not_count(project: Path, capsys: Read) -> None:
    write_entry(project, expires=day(-1))
    write_entry(project, rule="F401", owner="grace")
    write_entry(project, rule="F821")
    assert check() == 1
    assert capsys.readouterr().err.splitlines() == [
        f"HOLD  {YAML}: waivers[0]: it has expired, its last day was {day(-1)}",
        f"HOLD  {YAML}: waivers[1]: 'grace' cannot approve it: that is its owner",
    ]


def test_the_check_warns_fourteen_days_before_the_end(project: Path, capsys: Read) -> None:
    write_entry(project, expires=day(14))
    write_entry(project, rule="F401", expires=day(15))
    assert check() == 0
    assert capsys.readouterr().out.splitlines() == [
        f"note: {YAML}: waivers[0] (lint) ends on {day(14)}, in 14 days", "2 waivers: all count"
    ]  # fmt: skip


def test_the_check_finds_unused_waivers_by_reports(project: Path, capsys: Read) -> None:
    write_entry(project, rule="F401")
    write_entry(project, rule="F821")
    reports = [write_report(project, "F401"), write_report(project, "B1")]
    assert check(*map(str, reports)) == 1
    assert capsys.readouterr().err == f"HOLD  {YAML}: waivers[1] (lint F821): it excuses nothing: remove it\n"
    assert check(str(write_report(project, "F401", "F821"))) == 0


def test_a_report_that_cannot_be_trusted_ends_the_check(project: Path, capsys: Read) -> None:
    write_entry(project, rule="F401")
    path = write_report(project, "F401")
    path.write_text(path.read_text("utf-8").replace('"state": "used"', '"state": "idle"'), "utf-8")
    assert check(str(path)) == 4
    assert "its seal does not match" in capsys.readouterr().err
    assert check("missing.json") == 3
    assert "missing.json: No such file or directory" in capsys.readouterr().err
