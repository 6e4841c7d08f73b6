"""What a supervisor believes, and where there is one; the processes themselves are in tests/acceptance."""

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
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CI", supervisor.VARIABLE):
        monkeypatch.delenv(name, raising=False)


def started_as(monkeypatch: pytest.MonkeyPatch, spec: str | None, argv: list[str]) -> None:
    main = ModuleType("__main__")
    main.__spec__ = SimpleNamespace(name=spec) if spec else None  # type: ignore[assignment]  # as far as it is asked
    monkeypatch.setitem(sys.modules, "__main__", main)
    monkeypatch.setattr(sys, "argv", argv)


@pytest.mark.parametrize(
    ("spec", "argv", "program"),
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
def test_pytest_is_a_program_where_it_was_started_with_these_arguments(
    monkeypatch: pytest.MonkeyPatch, spec: str | None, argv: list[str], program: bool
) -> None:
    started_as(monkeypatch, spec, argv)
    assert supervisor.is_program(["-q"]) is program


@pytest.mark.parametrize("ci", [None, "", "0", "false", "False", " no "])
def test_where_nobody_asks_there_is_no_supervisor(monkeypatch: pytest.MonkeyPatch, ci: str | None) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    if ci is not None:
        monkeypatch.setenv("CI", ci)
    ticket = Ticket.new()
    assert supervisor.start_supervision(ticket, ["-q"], demanded="") is ticket


def test_inside_another_program_ci_asks_in_vain_and_a_demand_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI", "true")
    ticket = Ticket.new()
    assert supervisor.start_supervision(ticket, ["other"], demanded="") is ticket
    with pytest.raises(MaturityError, match="start it with `pytest` or `python -m pytest`"):
        supervisor.start_supervision(ticket, ["other"], demanded="--maturity-supervise")
    monkeypatch.setattr(sys, supervisor.WORKER, {}, raising=False)
    assert supervisor.start_supervision(ticket, ["other"], demanded="--maturity-supervise") is ticket


@pytest.mark.parametrize("forks", [True, False])
def test_a_program_leaves_its_supervisor_behind(monkeypatch: pytest.MonkeyPatch, forks: bool, tmp_path: Path) -> None:
    started_as(monkeypatch, None, ["pytest", "-q"])
    monkeypatch.setenv("CI", "true")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    left: list[Ticket] = []
    monkeypatch.setattr(supervisor, "fork", left.append)
    monkeypatch.setattr(supervisor, "start", left.append)
    if not forks:
        monkeypatch.delattr(os, "fork")
    ticket = Ticket.new()
    found = supervisor.start_supervision(ticket, ["-q"], demanded="")
    assert left == [found]
    assert found.run_id == ticket.run_id
    assert found.place is not None
    assert found.place.parent == tmp_path


def test_a_started_run_takes_its_ticket_and_leaves_it_to_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(supervisor.VARIABLE, "abc:/tmp/place:x")
    assert supervisor.start_supervision(Ticket.new(), ["-q"], demanded="") == Ticket("abc", Path("/tmp/place:x"))
    assert supervisor.VARIABLE not in os.environ


# ── what is believed ─────────────────────────────────────────────────────────


def ticket_for(tmp_path: Path, found: Any) -> Ticket:
    path = tmp_path / "report.json"
    path.write_text(render(found) if not isinstance(found, str) else found, "utf-8")
    ticket = Ticket(RUN.id, tmp_path / "place")
    ticket.announce_report(path)
    return ticket


@pytest.mark.parametrize(
    ("code", "found"),
    [(0, report(1)), (1, report(1, failed=1)), (3, report(0)), (3, replace(report(), verdict=Verdict.INCOMPLETE))],
)
def test_an_exit_code_that_the_report_bears_out_is_believed(tmp_path: Path, code: int, found: Any) -> None:
    assert supervisor.doubts(code, ticket_for(tmp_path, found)) == ""


@pytest.mark.parametrize(
    ("code", "found", "words"),
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
def test_an_exit_code_that_no_report_bears_out_is_doubted(tmp_path: Path, code: int, found: Any, words: str) -> None:
    assert words in supervisor.doubts(code, ticket_for(tmp_path, found))


def test_a_run_that_never_told_where_its_report_is_is_doubted(tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.touch()
    assert supervisor.doubts(0, Ticket("a", place)) == "it never began to judge"
    place.write_text(str(tmp_path / "none.json"))
    assert "cannot be read: " in supervisor.doubts(0, Ticket("a", place))
    place.unlink()
    assert "cannot be read: " in supervisor.doubts(0, Ticket("a", place))


class EndedError(Exception):
    """Instead of an end of the process."""


@pytest.mark.parametrize(
    ("code", "found", "ended"),
    [(0, report(1), 0), (0, report(0), 3), (1, report(1), 3), (2, report(1), 2), (4, "", 4), (5, "", 5), (-9, "", -9)],
)
def test_it_ends_as_the_run_ended_unless_that_is_doubted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, found: Any, ended: int
) -> None:
    ends: list[int] = []

    def end(number: int) -> None:
        ends.append(number)
        raise EndedError

    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(supervisor, "die_by", lambda number: end(-number))
    ticket = ticket_for(tmp_path, found)
    with pytest.raises(EndedError):
        supervisor.end(code, ticket)
    assert ends == [ended]
    assert ticket.place is not None
    assert not ticket.place.exists()
