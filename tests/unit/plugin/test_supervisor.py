"""The conditions of a supervised run, and the exit codes that it confirms; the processes are in tests/acceptance."""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from pytest_maturity.model.errors import MaturityError
from pytest_maturity.model.report import Verdict
from pytest_maturity.plugin import supervisor
from pytest_maturity.plugin.supervisor import Ticket
from pytest_maturity.reports.json import render
from tests.unit.reports.reports import RUN, report


@pytest.fixture(autouse=True)
def outside_ci(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", supervisor.VARIABLE):
        monkeypatch.delenv(name, raising=False)


def started_as(monkeypatch: pytest.MonkeyPatch, spec: str | None, argv: list[str]) -> None:
    main = ModuleType("__main__")
    main.__spec__ = SimpleNamespace(name=spec) if spec else None  # type: ignore[assignment]  # its only attribute that is read
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", argv)


@pytest.mark.parametrize(
    ("spec", "argv", "is_program"),
    [
        ("pytest.__main__", ["/x/pytest/__main__.py", "-q"], True),
        ("pytest", ["/x/pytest.py", "-q"], True),
        (None, ["/bin/pytest", "-q"], True),
        (None, ["/bin/py.test", "-q"], True),
        (None, ["pytest-3", "-q"], True),
        (None, ["pytest3.11", "-q"], True),
        (None, ["pytest.exe", "-q"], True),
        (None, ["/bin/pytest"], False),  # called with other arguments than its own
        (None, ["run_pytest.py", "-q"], False),
        (None, ["pytest_runner", "-q"], False),
        (None, ["-c", "-q"], False),
        (None, ["", "-q"], False),
        ("tox.__main__", ["/x/pytest", "-q"], False),
    ],
)
def test_pytest_is_recognised_as_the_program_that_was_started(
    monkeypatch: pytest.MonkeyPatch, spec: str | None, argv: list[str], is_program: bool
) -> None:
    started_as(monkeypatch, spec, argv)
    assert supervisor.is_started_as_program(["-q"]) is is_program


@pytest.mark.parametrize("ci", [None, "", "0", "false", "False", " no "])
def test_outside_ci_there_is_no_supervisor(monkeypatch: pytest.MonkeyPatch, ci: str | None) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    ticket = Ticket.new()
    assert supervisor.start_supervision(ticket, ["-q"], required_by="") is ticket


def test_inside_another_program_an_option_that_requires_supervision_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CI", "true")
    ticket = Ticket.new()
    assert supervisor.start_supervision(ticket, ["other"], required_by="") is ticket
    with pytest.raises(MaturityError, match="start it with `pytest` or `python -m pytest`"):
        supervisor.start_supervision(ticket, ["other"], required_by="--maturity-supervise")
    monkeypatch.setattr(sys, supervisor.WORKER, {}, raising=False)
    assert supervisor.start_supervision(ticket, ["other"], required_by="--maturity-supervise") is ticket


@pytest.mark.parametrize("forks", [True, False])
def test_in_ci_a_supervisor_is_started(monkeypatch: pytest.MonkeyPatch, forks: bool, tmp_path: Path) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    started: list[Ticket] = []
    monkeypatch.setattr(supervisor, "fork_run", started.append)
    monkeypatch.setattr(supervisor, "spawn_run", started.append)
    if not forks:
        monkeypatch.delattr(os, "fork")
    ticket = Ticket.new()
    found = supervisor.start_supervision(ticket, ["-q"], required_by="")
    assert started == [found]
    assert found.run_id == ticket.run_id
    assert found.pointer is not None
    assert found.pointer.parent == tmp_path


def test_a_spawned_run_takes_its_ticket_from_the_environment_and_removes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(supervisor.VARIABLE, "abc:/tmp/place:x")
    assert supervisor.start_supervision(Ticket.new(), ["-q"], required_by="") == Ticket("abc", Path("/tmp/place:x"))
    assert supervisor.VARIABLE not in os.environ


# ── confirmed exit codes ──────────────────────────────────────────────────────


def ticket_for(tmp_path: Path, found: Any) -> Ticket:
    path = tmp_path / "report.json"
    path.write_text(render(found) if not isinstance(found, str) else found, "utf-8")
    ticket = Ticket(RUN.id, tmp_path / "pointer")
    ticket.announce_report(path)
    return ticket


@pytest.mark.parametrize(
    ("code", "found"),
    [(0, report(1)), (1, report(1, failed=1)), (3, report(0)), (3, replace(report(), verdict=Verdict.INCOMPLETE))],
)
def test_the_report_confirms_the_exit_code_of_its_verdict(tmp_path: Path, code: int, found: Any) -> None:
    assert supervisor.find_contradiction(code, ticket_for(tmp_path, found)) == ""


@pytest.mark.parametrize(
    ("code", "found", "message"),
    [
        (0, report(1, failed=1), "says HOLD"),
        (0, report(0), "says INCONCLUSIVE"),
        (0, replace(report(), verdict=Verdict.INCOMPLETE), "says INCOMPLETE"),
        (1, report(1), "says PROMOTE"),
        (3, report(1), "says PROMOTE"),
        (0, report(1, run=replace(RUN, id="b" * 32)), f"it is from the run {'b' * 32}, not {'a' * 32}"),
        (0, render(report(1)).replace("part1", "part2"), "its seal does not match"),
        (0, "{}", "the key 'schema' is missing"),
        (0, "", "cannot be read: "),
    ],
)
def test_a_report_contradicts_another_exit_code(tmp_path: Path, code: int, found: Any, message: str) -> None:
    assert message in supervisor.find_contradiction(code, ticket_for(tmp_path, found))


def test_a_run_without_a_report_contradicts_its_exit_code(tmp_path: Path) -> None:
    pointer = tmp_path / "pointer"
    pointer.touch()
    assert supervisor.find_contradiction(0, Ticket("a", pointer)) == "it ended before it wrote a report"
    pointer.write_text(str(tmp_path / "none.json"))
    assert "cannot be read: " in supervisor.find_contradiction(0, Ticket("a", pointer))
    pointer.unlink()
    assert "cannot be read: " in supervisor.find_contradiction(0, Ticket("a", pointer))


class EndedError(Exception):
    """Raised instead of ending the process."""


@pytest.mark.parametrize(
    ("code", "found", "ended"),
    [(0, report(1), 0), (0, report(0), 3), (1, report(1), 3), (2, report(1), 2), (4, "", 4), (5, "", 5), (-9, "", -9)],
)
def test_the_supervisor_exits_as_the_run_did_unless_the_report_contradicts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, found: Any, ended: int
) -> None:
    ends: list[int] = []

    def end(number: int) -> None:
        ends.append(number)
        raise EndedError

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(supervisor, "kill_self", lambda number: end(-number))
    ticket = ticket_for(tmp_path, found)
    with pytest.raises(EndedError):
        supervisor.exit_as_run(code, ticket)
    assert ends == [ended]
    assert ticket.pointer is not None
    assert not ticket.pointer.exists()
