"""The conditions of a supervised run, and the exit codes that it confirms; the processes are in tests/acceptance."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import threading
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
        (None, [str(Path(supervisor.__file__).with_name("program.py")), "-q"], True),
    ],
)
def test_pytest_is_recognised_as_the_program_that_was_started(
    monkeypatch: pytest.MonkeyPatch, spec: str | None, argv: list[str], is_program: bool
) -> None:
    started_as(monkeypatch, spec, argv)
    assert supervisor.is_started_as_program(["-q"]) is is_program


@pytest.mark.parametrize("ci", [None, "", "0", "false", "False", " no "])
def test_outside_ci_there_is_no_supervisor_without_fork(monkeypatch: pytest.MonkeyPatch, ci: str | None) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    monkeypatch.delattr(os, "fork")
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


def test_a_process_with_more_threads_is_not_forked_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    ticket = Ticket.new()
    assert supervisor.start_supervision(ticket, ["-q"], required_by="") is ticket


@pytest.mark.parametrize(("forks", "ci"), [(True, "true"), (True, ""), (False, "true")])
def test_a_supervisor_is_started(monkeypatch: pytest.MonkeyPatch, forks: bool, ci: str, tmp_path: Path) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
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


@pytest.mark.parametrize("ci", ["", "1"])
def test_without_a_temporary_directory_only_required_supervision_is_refused(
    monkeypatch: pytest.MonkeyPatch, ci: str
) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    monkeypatch.setenv("CI", ci)
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    monkeypatch.setattr(tempfile, "tempdir", "/no/such/place")
    ticket = Ticket.new()
    if ci:
        with pytest.raises(MaturityError, match="the supervisor needs a file in a temporary directory: No such file"):
            supervisor.start_supervision(ticket, ["-q"], required_by="")
    else:
        assert supervisor.start_supervision(ticket, ["-q"], required_by="") is ticket


def test_a_spawned_run_takes_its_ticket_from_the_environment_and_removes_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(os, "fork")
    place = tmp_path / "place:x"
    place.write_text("abc")
    monkeypatch.setenv(supervisor.VARIABLE, f"abc:{place}")
    assert supervisor.start_supervision(Ticket.new(), ["-q"], required_by="") == Ticket("abc", place)
    assert supervisor.VARIABLE not in os.environ
    assert place.read_text() == ""  # it counts once
    assert supervisor.read_inherited(Ticket.new(), f"abc:{place}") is None


@pytest.mark.parametrize("value", ["", "abc", "abc:", "abc:/no/such/place", ":place", "x:place"])
def test_a_variable_that_no_supervisor_has_set_counts_nothing(
    monkeypatch: pytest.MonkeyPatch, value: str, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "place").write_text("abc")
    assert supervisor.read_inherited(Ticket.new(), value) is None


def test_a_run_that_was_forked_does_not_read_the_variable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "place").write_text("abc")
    monkeypatch.setenv(supervisor.VARIABLE, f"abc:{tmp_path / 'place'}")
    monkeypatch.setenv("CI", "true")
    started_as(monkeypatch, None, ["pytest", "-q"])
    started: list[Ticket] = []
    monkeypatch.setattr(supervisor, "fork_run", started.append)
    supervisor.start_supervision(Ticket.new(), ["-q"], required_by="")
    assert len(started) == 1


# ── confirmed exit codes ──────────────────────────────────────────────────────


def ticket_for(tmp_path: Path, found: Any) -> Ticket:
    path = tmp_path / "report.json"
    path.write_text(render(found) if not isinstance(found, str) else found, "utf-8")
    ticket = Ticket(RUN.id, tmp_path / "pointer")
    ticket.announce_report(path, render(report(1, failed=1)))
    return ticket


@pytest.mark.parametrize(("seconds", "code"), [(3600, 1), (3599.9, 3)])
def test_only_a_report_of_a_run_at_the_same_time_may_replace_the_runs_own(
    tmp_path: Path, seconds: float, code: int
) -> None:
    """A report that is copied back has ended before this run began, an hour after the other one."""
    other = replace(RUN, id="b" * 32, started="2026-01-02T10:00:00.000+00:00", duration_s=seconds)
    ticket = ticket_for(tmp_path, report(1, run=other))
    contradiction = supervisor.find_contradiction(1, ticket)
    assert bool(contradiction) is (code == 3)
    supervisor.revoke_run(ticket, 1, "contradicted")
    kept = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert kept["verdict"] == ("INCOMPLETE" if contradiction else "PROMOTE")


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (0, report(1)),
        (1, report(1, failed=1)),
        (3, report(1, failed=1)),
        (3, report(0)),
        (3, replace(report(), verdict=Verdict.INCOMPLETE)),
    ],
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
        (
            0,
            report(1, run=replace(RUN, id="b" * 32, started="2026-01-01T11:00:00.000+00:00")),
            f"it is from the run {'b' * 32}, not {'a' * 32}",
        ),
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
    if ended and not isinstance(found, str):  # a report that does not promote is left as it is
        kept = json.loads((tmp_path / "report.json").read_text("utf-8"))
        is_taken_back = found.verdict is Verdict.PROMOTE
        assert kept["verdict"] == ("INCOMPLETE" if is_taken_back else found.verdict.value)
    assert ticket.pointer is not None
    assert not ticket.pointer.exists()
