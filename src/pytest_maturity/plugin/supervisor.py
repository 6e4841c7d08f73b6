"""Runs the session in a child process, and exits with its code only where this run's sealed report confirms it.

Code that runs in a test session can end the process with any exit code. Therefore, where pytest was started as a
program, the process forks before anything heavy is imported: the child is the run, the parent waits for it. (What the
parent needs to read the report is imported before, because the run needs it, too.) The parent forwards signals to the
child, and exits as the child does. An exit code that the report does not confirm becomes 3; so does that of a run that
was ended because its time limit was over. The report of a run that did not end with 0 promotes nothing afterwards.
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import signal
import sys
import tempfile
import threading
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from json import dumps, loads  # bound here: a test may patch them
from pathlib import Path
from typing import Any, NoReturn

from ..model import exit_codes
from ..model.ci import is_ci
from ..model.errors import MaturityError
from ..model.light_dataclass import light_dataclass
from ..model.real_clock import REAL
from ..model.report import Verdict
from ..model.text import safe
from ..reports import verify
from ..reports.refused_start import has_name_of_pytest
from ..reports.revoking import revoke_report

WORKER = "pytest_maturity_worker"  # an attribute of sys in a worker of pytest-xdist
VARIABLE = "PYTEST_MATURITY_SUPERVISED"  # holds the ticket of a child that was spawned, not forked
FORWARDED_SIGNALS = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
TERMINAL_SIGNALS = ("SIGINT", "SIGQUIT")  # a terminal sends them to the child, too, which decides what to do
PR_SET_PDEATHSIG = 1  # of prctl(2)
GRACE = 10  # seconds between the interrupt of a run whose time limit is over and its end: to tear down and to judge


@light_dataclass(frozen=True, slots=True)
class Ticket:
    """The identity of a run, which its supervisor gives it.

    `pointer` is the file in which the run writes the path and the text of its report; None without a supervisor.
    `time_limit` is in seconds, 0 without one.
    """

    run_id: str
    pointer: Path | None = None
    time_limit: float = 0.0
    started: float = field(default_factory=REAL.monotonic, compare=False)

    @classmethod
    def new(cls, time_limit: float = 0.0) -> Ticket:
        """Returns the ticket of a new run, without a supervisor."""
        return cls(uuid.uuid4().hex, time_limit=time_limit)

    @property
    def expiry(self) -> str:
        """A message once the time limit is over; empty before."""
        is_over = self.time_limit and REAL.monotonic() - self.started >= self.time_limit
        return f"the time limit of {self.time_limit:g} s is over" if is_over else ""

    def announce_report(self, report: Path, text: str) -> None:
        """Writes the run's report, which has this text, for the supervisor. Raises OSError."""
        if self.pointer is not None:
            self.pointer.write_text(dumps([str(report), text]), "utf-8")

    def read_report(self) -> tuple[Path, dict[str, Any]] | None:
        """Returns the path of the run's report, with its content as plain data; None where the run wrote none.

        The content is that of the file, unless another run that went on at the same time has replaced the file by its
        own. Raises OSError, ValueError or MaturityError where it cannot be read.
        """
        assert self.pointer is not None
        announced = self.pointer.read_text("utf-8")
        if not announced:
            return None
        path, text = loads(announced)
        document = verify.read_document(Path(path))
        own: dict[str, Any] = loads(text)
        return Path(path), own if is_of_concurrent_run(document, own) else document


def parse_time_limit(text: str | None) -> float:
    """Returns the seconds of `--maturity-time-limit`, 0 where it is not given. Raises MaturityError."""
    if text is None:
        return 0.0
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) < math.inf:
            return value
    raise MaturityError(f"--maturity-time-limit: {safe(text, 80)!r} is not a number of seconds above 0")


def start_supervision(ticket: Ticket, arguments: Sequence[str], required_by: str) -> Ticket:
    """Starts a supervisor where that is possible; returns, in the run only, the run's ticket.

    A fork costs next to nothing, so it is the default; a new process costs a second start, so it needs an option or CI.
    `required_by` is that option's name, or empty. Raises MaturityError where an option requires a supervisor and pytest
    was called inside another program.
    """
    can_fork = hasattr(os, "fork")
    inherited = os.environ.pop(VARIABLE, None)
    if inherited is not None and not can_fork and (given := read_inherited(ticket, inherited)):
        return given
    if hasattr(sys, WORKER):  # its controller may be supervised
        return ticket
    # The lock of another thread would stay locked in a fork for ever.
    is_default = can_fork and threading.active_count() == 1
    if not (required_by or is_ci() or is_default):
        return ticket
    if not is_started_as_program(arguments):
        if required_by:
            raise MaturityError(
                f"{required_by}: pytest was called inside another program, which cannot be supervised: "
                "start it with `pytest` or `python -m pytest`"
            )
        return ticket
    try:
        handle, pointer = tempfile.mkstemp(prefix="pytest-maturity-run-")
    except OSError as error:
        if required_by or is_ci():
            raise MaturityError(f"the supervisor needs a file in a temporary directory: {error.strerror}") from error
        return ticket
    os.close(handle)
    ticket = replace(ticket, pointer=Path(pointer))
    if can_fork:
        fork_run(ticket)
    else:
        spawn_run(ticket)
    return ticket


def read_inherited(ticket: Ticket, inherited: str) -> Ticket | None:
    """Returns the ticket that the supervisor of a spawned run has passed on; None for anything else in the variable.

    The supervisor writes the run's id into the pointer file first, so that a variable that is left over counts nothing.
    """
    run_id, _, pointer = inherited.partition(":")
    with contextlib.suppress(OSError, ValueError):
        if run_id and Path(pointer).read_text("utf-8") == run_id:
            Path(pointer).write_text("", "utf-8")
            return replace(ticket, run_id=run_id, pointer=Path(pointer))
    return None


def is_started_as_program(arguments: Sequence[str]) -> bool:
    """Whether this process was started as pytest with these arguments, not a program that calls pytest."""
    is_own_program = Path(sys.argv[0]) == Path(__file__).with_name("program.py")
    return (is_own_program or has_name_of_pytest()) and list(arguments) == sys.argv[1:]


def fork_run(ticket: Ticket) -> None:
    """Forks, and returns in the child; the parent waits for the child and exits as it did."""
    signals = [getattr(signal, name) for name in (*FORWARDED_SIGNALS, *TERMINAL_SIGNALS)]
    # Without a terminal, the run gets a process group of its own: a signal to the group would reach it twice.
    has_terminal, supervisor = is_terminal(0), os.getpid()
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    # Moves today's objects to the oldest generation: collecting them would copy the pages that both processes share.
    gc.freeze()
    child = os.fork()
    if child:
        forward_signals(child, has_terminal)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
        if ticket.time_limit:
            enforce_time_limit(child, ticket.time_limit)
        _, status = os.waitpid(child, 0)
        exit_as_run(os.waitstatus_to_exitcode(status), ticket)
    gc.unfreeze()  # else code under test would not find these objects, with gc.get_referrers() for example
    if "coverage" in sys.modules:  # else nothing measures yet, and the import would take time
        from ..coverage.core import keep_loaded_data

        keep_loaded_data()
    if not has_terminal:
        os.setpgid(0, 0)
    end_with_parent(supervisor)
    if ticket.time_limit:  # it is ended by SIGINT at first, which a job in the background would ignore
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)


def is_terminal(descriptor: int) -> bool:
    """Whether a file descriptor is open and a terminal's."""
    try:
        return os.isatty(descriptor)
    except OSError:
        return False


def forward_signals(child: int, has_terminal: bool) -> None:
    """Forwards signals to the child, and ignores those that a terminal sends to both."""
    for name in (*FORWARDED_SIGNALS, *TERMINAL_SIGNALS):
        signal.signal(getattr(signal, name), lambda number, _: os.kill(child, number))
    for name in TERMINAL_SIGNALS if has_terminal else ():
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def end_with_parent(parent: int) -> None:
    """Lets Linux kill this process when its parent is killed: nobody waits for the run any more, nor could stop it."""
    if sys.platform != "linux":
        return
    with contextlib.suppress(ImportError, OSError, AttributeError):
        from ctypes import CDLL

        CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before
        os._exit(128 + signal.SIGKILL)


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
    assert ticket.pointer is not None
    ticket.pointer.write_text(ticket.run_id, "utf-8")
    environment = {**os.environ, VARIABLE: f"{ticket.run_id}:{ticket.pointer}"}
    code = run_attached([sys.executable, *sys.orig_argv[1:]], environment, ticket.time_limit or None)
    exit_as_run(code, ticket)


def exit_as_run(code: int, ticket: Ticket) -> NoReturn:
    """Ends this process as the run ended, or with 3 where its report contradicts that or its time limit is over."""
    assert ticket.pointer is not None
    contradiction = find_contradiction(code, ticket) if code in exit_codes.OF_A_VERDICT else ""
    reason = ticket.expiry or (f"the run ended with exit code {code}, but {contradiction}" if contradiction else "")
    if reason or code != exit_codes.PROMOTED:
        revoke_run(ticket, code, reason or f"the run ended with exit code {code}")
    with contextlib.suppress(OSError):
        ticket.pointer.unlink()
    if reason:
        print(f"INCONCLUSIVE  {reason}", file=sys.stderr, flush=True)
        code = exit_codes.INCONCLUSIVE
    if code < 0:
        kill_self(-code)
    os._exit(code)


def is_of_concurrent_run(document: Mapping[str, Any], own: Mapping[str, Any]) -> bool:
    """Whether a report is of a run that had not ended when the run of the `own` report began."""
    try:
        run, began = document["run"], datetime.fromisoformat(own["run"]["started"])
        ended = datetime.fromisoformat(run["started"]) + timedelta(seconds=run["duration_s"])
        return bool(run["id"] != own["run"]["id"] and ended >= began)
    except (LookupError, TypeError, ValueError, OverflowError):
        return False


def revoke_run(ticket: Ticket, code: int, reason: str) -> None:
    """Makes the report INCOMPLETE where it promotes, and removes evidence with another exit code."""
    with contextlib.suppress(OSError, ValueError, MaturityError, LookupError, TypeError):
        found = ticket.read_report()
        if found is None:
            return
        path, document = found
        if is_of_concurrent_run(verify.read_document(path), document):
            return
        if "evidence" in document:
            if document["status"] != code:
                path.unlink()
        elif document["verdict"] == Verdict.PROMOTE.value:
            revoke_report(path, safe(reason, 1000))


def find_contradiction(code: int, ticket: Ticket) -> str:
    """Returns why a run's sealed report does not confirm its exit code; empty where it does."""
    try:
        found = ticket.read_report()
    except (OSError, ValueError, MaturityError) as error:
        return f"its report cannot be read: {error}"
    if found is None:
        return "it ended before it wrote a report"
    path, document = found
    if "evidence" in document:
        return find_shard_contradiction(code, ticket, document)
    problems = verify.check_report(document) or verify.find_mismatches(document, run_id=ticket.run_id)
    if problems:
        return f"its report {path} is not valid: {problems[0]}"
    verdict = Verdict(document["verdict"])
    # An internal error of pytest ends with 3, whatever was judged, and promotes nothing.
    is_internal_error = code == exit_codes.INCONCLUSIVE and verdict is not Verdict.PROMOTE
    is_confirmed = is_internal_error or exit_codes.exit_code_of(verdict) == code
    return "" if is_confirmed else f"its report {path} says {verdict.value}"


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
