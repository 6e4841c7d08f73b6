"""`pytest-maturity dashboard`: one page over the records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.cli.dashboard import DEFAULT
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import promotion, run_of
from tests.unit.reports.html.checks import check


def read_page(project: RecordedProject, path: Path = DEFAULT) -> str:
    return check((project.root / path).read_text("utf-8")).text


def test_the_page_has_every_component(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.store.append([promotion("staging")])
    runs = [
        run_of(1),
        run_of(2),
        run_of(3, "bank", verdict="INCOMPLETE", reached=None),
        run_of(4, verdict="INCOMPLETE"),
    ]
    recorded.store.write_runs(runs)
    assert cli.main(["dashboard"]) == 0
    assert capsys.readouterr().out == ".maturity/dashboard.html\n"
    text = read_page(recorded)
    assert "1 of 2 components is ready for its target" in text
    assert "bank? INCOMPLETE" in text
    assert "1 run did not end." in text
    assert "Verdicts of 2 runs" in text


def test_without_records_the_page_says_so(recorded: RecordedProject) -> None:
    assert cli.main(["dashboard", "--output", "pages/index.html"]) == 0
    assert "No records yet" in read_page(recorded, Path("pages/index.html"))


def test_a_page_is_replaced_and_a_foreign_file_is_not(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert cli.main(["dashboard", "--output", "index.html"]) == 0
    (recorded.root / "index.html").write_text("<h1>ours</h1>", "utf-8")
    assert cli.main(["dashboard", "--output", "index.html"]) == 4
    assert "was not written by pytest-maturity" in capsys.readouterr().err


def test_the_report_of_the_last_run_adds_what_the_records_lack(recorded: RecordedProject) -> None:
    assert recorded.record(60) == 1
    path = recorded.root / f"report{recorded.runs}.json"
    assert cli.main(["dashboard"]) == 0
    assert "They are not in the records." in read_page(recorded)
    assert cli.main(["dashboard", str(path)]) == 0
    assert "They are not in the records." not in read_page(recorded)


def test_a_report_of_an_older_run_is_refused(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    assert recorded.record(60) == 1
    old = recorded.root / f"report{recorded.runs}.json"
    assert recorded.record(80) == 0
    assert cli.main(["dashboard", str(old)]) == 4
    assert "is not its last run on record: give the report of that one" in capsys.readouterr().err
    assert not (recorded.root / DEFAULT).exists()


def test_reports_that_cannot_be_trusted_are_all_named(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    assert recorded.record(60) == 1
    changed = recorded.root / "changed.json"
    document = json.loads((recorded.root / f"report{recorded.runs}.json").read_text("utf-8"))
    changed.write_text(json.dumps({**document, "notes": ["x"]}), "utf-8")
    assert cli.main(["dashboard", str(changed), "missing.json"]) == 4
    errors = capsys.readouterr().err
    assert "changed.json: its seal does not match" in errors
    assert "missing.json: No such file" in errors


def test_what_is_not_trusted_is_shown_as_unproven(recorded: RecordedProject, monkeypatch: pytest.MonkeyPatch) -> None:
    recorded.store.append([promotion("staging")])
    recorded.store.write_runs([run_of(1)])
    monkeypatch.setenv("CI", "1")
    assert cli.main(["dashboard"]) == 0
    text = read_page(recorded)
    assert "On record at staging, which is not proven here." in text


def test_a_revoked_approval_needs_nobody(recorded: RecordedProject) -> None:
    given = promotion(kind="approval", role="qa", expires="2026-02-01T00:00:00.000+00:00")
    recorded.store.write_runs([run_of(1)])
    recorded.store.append([given])
    assert cli.main(["dashboard"]) == 0
    assert "approval by somebody as qa for staging" in read_page(recorded)
    recorded.store.append([promotion(None, kind="revocation", revokes=given.id)])
    assert cli.main(["dashboard"]) == 0
    assert "as qa" not in read_page(recorded)


def test_waivers_are_those_of_the_file(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.store.write_runs([run_of(1)])
    entry = "{gate: coverage, reason: accepted-risk, justification: none, owner: ann, approved_by: bob, expires: %s}"
    (recorded.root / "maturity-waivers.yaml").write_text(f"waivers:\n- {entry % '2026-01-05'}\n", "utf-8")
    assert cli.main(["dashboard"]) == 0
    assert "waiver: coverage, accepted-risk: none (owner ann, approved by bob), ended 5 Jan" in read_page(recorded)
    (recorded.root / "maturity-waivers.yaml").write_text("x: 1\n", "utf-8")
    assert cli.main(["dashboard"]) == 4
    assert "x: unknown key" in capsys.readouterr().err


def test_records_that_cannot_be_read_exit_with_3(recorded: RecordedProject) -> None:
    recorded.store.path.parent.mkdir()
    recorded.store.path.write_bytes(b"garbage" * 1000)
    assert cli.main(["dashboard"]) == 3


def test_a_page_that_cannot_be_written_exits_with_3(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str]
) -> None:
    (recorded.root / "index.html").mkdir()
    assert cli.main(["dashboard", "--output", "index.html"]) == 3
    assert "index.html cannot be written" in capsys.readouterr().err
