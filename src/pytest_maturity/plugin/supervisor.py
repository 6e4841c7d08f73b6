"""A parent process that believes how a run ended only with a sealed report of that very run.

Code that runs inside a test session can end the process with any exit code. So where pytest was started as a
program, the process forks before anything heavy is imported: the child is the run, the parent waits. (What the
parent needs to read the report, the run needs, too: it is imported once, before.) Exit code and signals of the
child are the parent's; an exit code that no report bears out becomes 3, and so does that of a run that had to be
ended because its time was over.
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

WORKER = "pytest_maturity_worker"  # what sys holds in a worker of pytest-xdist
VARIABLE = "PYTEST_MATURITY_SUPERVISED"  # how a started, not forked, child knows its ticket
PROGRAM = re.compile(r"(pytest|py\.test)(-?\d[\d.]*)?(\.exe)?")
UNTRUE = ("", "0", "false", "no", "off")
# What a parent passes on to the run; what a terminal sends reaches both, and the run decides.
PASSED_ON = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")
LEFT_TO_THE_RUN = ("SIGINT", "SIGQUIT")
GRACE = 10  # seconds in which a run whose time is over may tear down and judge what it has


@dataclass(frozen=True, slots=True)
class Ticket:
    """Which run this is. `place`: the file in which it tells its supervisor where its report is, if it has one.

    `limit`: the seconds after which its supervisor ends it, 0: never.
    """

    run_id: str
    place: Path | None = None
    limit: float = 0.0
    began: float = field(default_factory=monotonic, compare=False)

    @classmethod
    def new(cls, limit: float = 0.0) -> Ticket:
        """The ticket of a run that nobody supervises."""
        return cls(uuid.uuid4().hex, limit=limit)

    @property
    def expiry(self) -> str:
        """The limit in words once the time is over, before that nothing."""
        over = self.limit and monotonic() - self.began >= self.limit
        return f"the time limit of {self.limit:g} s is over" if over else ""

    def announce_report(self, report: Path) -> None:
        """Say where the report is, for the supervisor. Raises OSError."""
        if self.place is not None:
            self.place.write_text(str(report), "utf-8")


def parse_time_limit(text: str | None) -> float:
    """The time limit that the command line gives, 0: none. Raises MaturityError."""
    if text is None:
        return 0.0
    with contextlib.suppress(ValueError):
        if 0 < (value := float(text)) < math.inf:
            return value
    raise MaturityError(f"--maturity-time-limit: {safe(text, 80)!r} is not a number of seconds above 0")


def is_ci() -> bool:
    """Is this a CI's machine? They all set CI."""
    return os.environ.get("CI", "").strip().lower() not in UNTRUE


def start_supervision(ticket: Ticket, arguments: Sequence[str], demanded: str) -> Ticket:
    """The run's ticket; where CI is set, its supervisor is left behind: only the run goes on.

    So it is where an option demands one: `demanded` is its name, or empty. Raises
    MaturityError where it is demanded and pytest was called inside another program.
    """
    inherited = os.environ.pop(VARIABLE, None)
    if inherited is not None:
        run_id, _, place = inherited.partition(":")
        return replace(ticket, run_id=run_id, place=Path(place))
    if hasattr(sys, WORKER):  # its controller is the program
        return ticket
    if not demanded and not is_ci():
        return ticket
    if not is_program(arguments):
        if demanded:
            raise MaturityError(
                f"{demanded}: pytest was called inside another program, which cannot be supervised: "
                "start it with `pytest` or `python -m pytest`"
            )
        return ticket
    handle, place = tempfile.mkstemp(prefix="pytest-maturity-run-")
    os.close(handle)
    ticket = replace(ticket, place=Path(place))
    if hasattr(os, "fork"):
        fork(ticket)
    else:
        start(ticket)
    return ticket


def is_program(arguments: Sequence[str]) -> bool:
    """Was pytest started as a program with these arguments, rather than called inside one?"""
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    name = str(spec.name) if spec is not None else Path(sys.argv[0]).name
    as_module = name in ("pytest", "pytest.__main__")
    return (as_module or PROGRAM.fullmatch(name) is not None) and list(arguments) == sys.argv[1:]


def fork(ticket: Ticket) -> None:
    """Go on in a child; the parent waits for it and ends as it ended."""
    numbers = [getattr(signal, name) for name in (*PASSED_ON, *LEFT_TO_THE_RUN)]
    sys.stdout.flush()
    sys.stderr.flush()
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    gc.freeze()  # what exists by now need not be looked at again, which would copy the pages that it lies in
    child = os.fork()
    if child:
        watch(child)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
        if ticket.limit:
            hurry(child, ticket.limit)
        _, status = os.waitpid(child, 0)
        end(os.waitstatus_to_exitcode(status), ticket)
    if ticket.limit:  # its first means; a job in the background would ignore it
        signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)


def watch(child: int) -> None:
    """Pass on what is meant for the run, and leave to it what the terminal sends to both."""
    for name in PASSED_ON:
        signal.signal(getattr(signal, name), lambda number, _: os.kill(child, number))
    for name in LEFT_TO_THE_RUN:
        signal.signal(getattr(signal, name), signal.SIG_IGN)


def hurry(child: int, limit: float) -> None:
    """When the time is over, interrupt the run, and kill it when that did not end it."""
    means = iter((signal.SIGINT, signal.SIGKILL))

    def expire(*_: object) -> None:
        os.kill(child, next(means, signal.SIGKILL))
        signal.setitimer(signal.ITIMER_REAL, GRACE)

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, limit)


def start(ticket: Ticket) -> NoReturn:
    """Where there is no fork: start the same command again, and end as it ended."""
    from ..tools.processes import attached

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    environment = {**os.environ, VARIABLE: f"{ticket.run_id}:{ticket.place}"}
    end(attached([sys.executable, *sys.orig_argv[1:]], environment, ticket.limit or None), ticket)


def end(code: int, ticket: Ticket) -> NoReturn:
    """End this process as the run ended, unless that is not to be believed."""
    assert ticket.place is not None
    doubt = doubts(code, ticket) if code in exit_codes.OF_A_VERDICT else ""
    with contextlib.suppress(OSError):
        ticket.place.unlink()
    if doubt or ticket.expiry:
        why = ticket.expiry or f"the run ended with exit code {code}, and {doubt}"
        print(f"INCONCLUSIVE  {why}", file=sys.stderr, flush=True)
        code = exit_codes.INCONCLUSIVE
    if code < 0:
        die_by(-code)
    os._exit(code)


def doubts(code: int, ticket: Ticket) -> str:
    """Why a run's exit code is not believed; empty where its sealed report says the same."""
    assert ticket.place is not None
    try:
        told = ticket.place.read_text("utf-8")
        if not told:
            return "it never began to judge"
        document = verify.read_document(Path(told))
    except (OSError, ValueError, MaturityError) as error:
        return f"its report cannot be read: {error}"
    if "evidence" in document:
        return doubts_of_shard(code, ticket, document)
    problems = verify.check_report(document) or verify.find_mismatches(document, run_id=ticket.run_id)
    if problems:
        return f"its report {told} is not to be trusted: {problems[0]}"
    expected = exit_codes.exit_code_of(Verdict(document["verdict"]))
    return "" if expected == code else f"its report {told} says {document['verdict']}"


def doubts_of_shard(code: int, ticket: Ticket, evidence: Mapping[str, Any]) -> str:
    """Why the exit code of a run that judged nothing is not believed: it left other evidence."""
    if problem := verify.check_evidence(evidence):
        return problem
    if evidence["run"]["id"] != ticket.run_id:
        return "its evidence is of another run"
    return "" if evidence["status"] == code else f"its evidence says that pytest exited with {evidence['status']}"


def die_by(number: int) -> None:
    """Die by the signal that the run died by, so that whoever waits sees the same."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # one core file is enough
    with contextlib.suppress(OSError, ValueError):  # SIGKILL has no handler to take away
        signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
    os._exit(128 + number)
