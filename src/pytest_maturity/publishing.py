"""Where a run's reports go, from the first moment, when nothing is known yet, to the last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from time import monotonic

from . import reporters
from .errors import MaturityError
from .plan import Plan
from .report import Report, Reporter, Run, Verdict
from .supervisor import Ticket


class Publisher:
    """Writes the reports of one run. `run` may learn more about itself until the end."""

    def __init__(self, plan: Plan, run: Run, ticket: Ticket) -> None:
        self.run = run
        self._plan = plan
        self._ticket = ticket
        self._started = monotonic()

    def empty(self, verdict: Verdict, *notes: str) -> Report:
        """A report that says nothing about any component."""
        return Report(
            verdict=verdict,
            target=self._plan.policy.target,
            ladder=self._plan.policy.ladder,
            run=replace(self.run, duration_s=round(monotonic() - self._started, 3)),
            root=self._plan.root,
            policy=self._plan.enforced(),
            notes=notes,
        )

    def invalidate(self, formats: Iterable[Reporter] = reporters.BUILTIN) -> None:
        """Replace the last run's reports: if this run dies, no verdict of another one is left.

        Raises MaturityError where they cannot be replaced.
        """
        try:
            self.write(self.empty(Verdict.INCOMPLETE), formats)
        except OSError as error:
            raise MaturityError(self.unwritable(error)) from error

    def write(self, report: Report, formats: Iterable[Reporter]) -> None:
        """Write the report, and tell a supervisor where. Raises OSError, and what a user's reporter raises."""
        files = reporters.write(report, formats, self._plan.report_path)
        self._ticket.tell(files[0])

    def unwritable(self, error: OSError) -> str:
        """What to say about a report that could not be written."""
        place = error.filename or self._plan.report_path
        return f"the report {place} cannot be written: {error.strerror}; send it elsewhere with --maturity-report PATH"
