"""Runs the session in a child process, and exits with its code only where this run's sealed report confirms it.

Code that runs in a test session can end the process with any exit code. Therefore, where pytest was started as a
program, the process forks before anything heavy is imported: the child is the run, the parent waits for it. (What the
parent needs to read the report is imported before, because the run needs it, too.) The parent forwards signals to the
child, and exits as the child does. An exit code that the report does not confirm becomes 3; so does that of a run that
was ended because its time limit was over.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import re
import signal
import sys
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import monotonic  # bound here: a test may patch it
from typing import Any, NoReturn

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.report import Verdict
from ..model.text import safe
from ..reports import verify

WORKER = "pytest_maturity_worker"  # an attribute of sys in a worker of pytest-xdist
VARIABLE = "PYTEST_MATURITY_SUPERVISED"  # holds the ticket of a child that was spawned, not forked
PROGRAM = re.compile(r"(pytest|py\.test)(-?\d[\d.]*)?(\.exe)?")
FALSE_VALUES = ("", "0", "false", "no", "off")
FORWARDED_SIGNALS = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
IGNORED_SIGNALS = ("SIGINT", "SIGQUIT")  # a terminal sends them to the child, too, which decides what to do
GRACE = 10  # seconds between the interrupt of a run whose time limit is over and its end: to tear down and to judge


@dataclass(frozen=True, slots=True)
class Ticket:
    """The identity of a run, which its supervisor gives it.

    `pointer` is the file in which the run writes the path of its report; None without a supervisor.
    `time_limit` is in seconds, 0 without one.
    """

    run_id: str
    pointer: Path | None = None
    time_limit: float = 0.0
    started: float = field(default_factory=monotonic, compare=False)

    @classmethod
    def new(cls, time_limit: float = 0.0) -> Ticket:
        """Returns the ticket of a new run, without a supervisor."""
        return cls(uuid.uuid4().hex, time_limit=time_limit)

    @property
    def expiry(self) -> str:
        """A message once the time limit is over; empty before."""
        is_over = self.time_limit and monotonic() - self.started >= self.time_limit
        return f"the time limit of {self.time_limit:g} s is over" if is_over else ""

    def announce_report(self, report: Path) -> None:
        """Writes the path of the run's report for the supervisor. Raises OSError."""
        if self.pointer is not None:
            self.pointer.write_text(str(report), "utf-8")


def parse_time_limit(text: str | None) -> float:
    """Returns the seconds of `--maturity-time-limit`, 0 where it is not given. Raises MaturityError."""
    if text is None:
        return 0.0
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) < math.inf:
            return value
    raise MaturityError(f"--maturity-time-limit: {safe(text, 80)!r} is not a number of seconds above 0")


def is_ci() -> bool:
    """Whether this is a machine of a CI service: all of them set the variable CI."""
    return os.environ.get("CI", "").strip().lower() not in FALSE_VALUES


def start_supervision(ticket: Ticket, arguments: Sequence[str], required_by: str) -> Ticket:
    """Starts a supervisor in CI, or where an option requires one; returns, in the run only, the run's ticket.

    `required_by` is that option's name, or empty. Raises MaturityError where an option requires a supervisor and pytest
    was called inside another program.
    """
    inherited = os.environ.pop(VARIABLE, None)
    if inherited is not None:
        run_id, _, pointer = inherited.partition(":")
        return replace(ticket, run_id=run_id, pointer=Path(pointer))
    if hasattr(sys, WORKER):  # its controller may be supervised
        return ticket
    if not required_by and not is_ci():
        return ticket
    if not is_started_as_program(arguments):
        if required_by:
            raise MaturityError(
                f"{required_by}: pytest was called inside another program, which cannot be supervised: "
                "start it with `pytest` or `python -m pytest`"
            )
        return ticket
    handle, pointer = tempfile.mkstemp(prefix="pytest-maturity-run-")
    os.close(handle)
    ticket = replace(ticket, pointer=Path(pointer))
    if hasattr(os, "fork"):
        fork_run(ticket)
    else:
        spawn_run(ticket)
    return ticket


def is_started_as_program(arguments: Sequence[str]) -> bool:
    """Whether this process was started as pytest with these arguments, not a program that calls pytest."""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    name = str(spec.name) if spec is not None else Path(sys.argv[0]).name
    is_module = name in ("pytest", "pytest.__main__")
    return (is_module or PROGRAM.fullmatch(name) is not None) and list(arguments) == sys.argv[1:]


def fork_run(ticket: Ticket) -> None:
    """Forks, and returns in the child; the parent waits for the child and exits as it did."""
    signals = [getattr(signal, name) for name in (*FORWARDED_SIGNALS, *IGNORED_SIGNALS)]
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    gc.freeze()  # collecting today's objects again would copy the memory pages that parent and child share
    child = os.fork()
    if child:
        forward_signals(child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        if ticket.time_limit:
            enforce_time_limit(child, ticket.time_limit)
        _, status = os.waitpid(child, 0)
        exit_as_run(os.waitstatus_to_exitcode(status), ticket)
    if ticket.time_limit:  # it is ended by SIGINT at first, which a job in the background would ignore
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)


def forward_signals(child: int) -> None:
    """Forwards signals to the child, and ignores those that a terminal sends to both."""
    for name in FORWARDED_SIGNALS:
        signal.signal(getattr(signal, name), lambda number, _: os.kill(child, number))
    for name in IGNORED_SIGNALS:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def enforce_time_limit(child: int, time_limit: float) -> None:
    """Interrupts the child when the time limit is over, and kills it where that has not ended it in time."""
    signals = iter((signal.SIGINT, signal.SIGKILL))

    def expire(*_: object) -> None:
        os.kill(child, next(signals, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, GRACE)

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, time_limit)


def spawn_run(ticket: Ticket) -> NoReturn:
    """Runs the same command in a child process, where the system has no fork; exits as it did."""
    from ..tools.processes import run_attached

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    environment = {**os.environ, VARIABLE: f"{ticket.run_id}:{ticket.pointer}"}
    code = run_attached([sys.executable, *sys.orig_argv[1:]], environment, ticket.time_limit or None)
    exit_as_run(code, ticket)


def exit_as_run(code: int, ticket: Ticket) -> NoReturn:
    """Ends this process as the run ended, or with 3 where its report contradicts that or its time limit is over."""
    assert ticket.pointer is not None
    contradiction = find_contradiction(code, ticket) if code in exit_codes.OF_A_VERDICT else ""
    with contextlib.suppress(OSError):
        ticket.pointer.unlink()
    if contradiction or ticket.expiry:
        reason = ticket.expiry or f"the run ended with exit code {code}, but {contradiction}"
        print(f"INCONCLUSIVE  {reason}", file=sys.stderr, flush=True)
        code = exit_codes.INCONCLUSIVE
    if code < 0:
        kill_self(-code)
    os._exit(code)


def find_contradiction(code: int, ticket: Ticket) -> str:
    """Returns why a run's sealed report does not confirm its exit code; empty where it does."""
    assert ticket.pointer is not None
    try:
        path = ticket.pointer.read_text("utf-8")
        if not path:
            return "it ended before it wrote a report"
        document = verify.read_document(Path(path))
    except (OSError, ValueError, MaturityError) as error:
        return f"its report cannot be read: {error}"
    if "evidence" in document:
        return find_shard_contradiction(code, ticket, document)
    problems = verify.check_report(document) or verify.find_mismatches(document, run_id=ticket.run_id)
    if problems:
        return f"its report {path} is not valid: {problems[0]}"
    expected = exit_codes.exit_code_of(Verdict(document["verdict"]))
    return "" if expected == code else f"its report {path} says {document['verdict']}"


def find_shard_contradiction(code: int, ticket: Ticket, evidence: Mapping[str, Any]) -> str:
    """Returns why a shard's sealed evidence does not confirm the exit code of its run; empty where it does."""
    if problem := verify.check_evidence(evidence):
        return f"its evidence is not valid: {problem}"
    if evidence["run"]["id"] != ticket.run_id:
        return "its evidence is from another run"
    return "" if evidence["status"] == code else f"its evidence says that pytest exited with {evidence['status']}"


def kill_self(number: int) -> NoReturn:
    """Ends this process by the signal that ended the run, so that its own parent sees the same."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the run has written a core file already
    with contextlib.suppress(OSError, ValueError):  # SIGKILL has no handler to remove
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)
