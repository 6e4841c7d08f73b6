"""Where a run's reports go, from the first moment, when nothing is known yet, to the last."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic, time

import pytest

from ..config import schema
from ..model.digests import compute_seal
from ..model.errors import MaturityError
from ..model.names import identity
from ..model.report import Report, Reporter, Run, Verdict
from ..model.text import safe
from ..reports import files, overwriting, verify
from .plan import Plan
from .supervisor import Ticket


class Publisher:
    """Writes the reports of one run. `run` may learn more about itself until the end."""

    def __init__(self, plan: Plan, run: Run, ticket: Ticket) -> None:
        self.run = run
        self._plan = plan
        self._ticket = ticket
        self._started = monotonic()
        self.began = time()  # in seconds of the epoch
        self._has_reported: bool | None = None  # did an earlier run leave its report in the same place?

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

    def invalidate(self, formats: Iterable[Reporter] = files.BUILTIN) -> None:
        """Replace the last run's reports: if this run dies, no verdict of another one is left.

        Raises MaturityError where they cannot be replaced, or where one would replace what is no report.
        """
        known = list(formats)
        self._refuse_strangers(known)
        try:
            self.write(self.empty(Verdict.INCOMPLETE), known)
        except OSError as error:
            words = self.unwritable(error)
            revoke(self._plan.report_path, words)
            raise MaturityError(words) from error

    def _refuse_strangers(self, formats: Sequence[Reporter]) -> None:
        """Other formats do not tell who wrote them: they are the gate's where its own report lay beside them."""
        place = self._plan.report_path
        if self._has_reported is None:
            report = place.parent / f"{place.stem}{files.BUILTIN[0].suffix}"
            self._has_reported = overwriting.is_written_by_gate(place) or overwriting.is_written_by_gate(report)
        for path in () if self._has_reported else files.paths_of_formats(formats, place):
            overwriting.refuse_foreign_file("--maturity-report", path)

    def write(self, report: Report, formats: Iterable[Reporter]) -> None:
        """Write the report, and tell a supervisor where. Raises OSError, and what a user's reporter raises."""
        self.tell(files.write_report(report, formats, self._plan.report_path)[0])

    def tell(self, path: Path) -> None:
        """Say where the supervisor finds what this run left. Raises OSError."""
        self._ticket.announce_report(path)

    def unwritable(self, error: OSError) -> str:
        """What to say about a report that could not be written."""
        place = safe(str(error.filename or self._plan.report_path), 300)  # the reason must not be cut off
        return f"the report {place} cannot be written: {error.strerror}; send it elsewhere with --maturity-report PATH"


@contextlib.contextmanager
def refusals() -> Iterator[None]:
    """What is refused here ends pytest as a usage error."""
    try:
        yield
    except MaturityError as error:
        raise pytest.UsageError(error.message) from error


def revoke_all(config: pytest.Config, why: str) -> None:
    """Take back what is left of earlier runs where this one was refused before it knew its components."""
    for path in reports_of(config):
        revoke(path, why)


def reports_of(config: pytest.Config) -> Iterator[Path]:
    """The report that the command line means, in every spelling of the component's name."""
    options = config.known_args_namespace
    names: list[str] = options.maturity_component
    if options.maturity_report:
        yield config.invocation_params.dir / options.maturity_report
    elif len(set(map(identity, names))) == 1 and names != ["all"]:
        folder = config.rootpath / files.DIRECTORY
        yield from (path for path in folder.glob("*.json") if identity(path.stem) == identity(names[0]))
    else:
        yield files.default_path(config.rootpath, ("several", "components"))


def revoke(path: Path, why: str) -> None:
    """Make an earlier run's report say INCOMPLETE, where today's run ends before it can write its own.

    On a full disk the file goes instead. Where nothing may be changed it stays: then the
    exit code tells, and whoever asks for today's run id. Other files are left alone.
    """
    with contextlib.suppress(OSError, ValueError, MaturityError):  # a name that no file can have, too
        document = verify.read_document(path)
        if schema.find_problems(document, schema.load_schema("report"), "report"):
            return
        note = f"a later run was refused, so this verdict does not count any more: {safe(why, 1000)}"
        document |= {"verdict": Verdict.INCOMPLETE.value, "components": [], "notes": [note]}
        text = json.dumps({**document, "seal": compute_seal(document)}, indent=2, ensure_ascii=False)
        try:
            files.write_file(path, f"{text}\n")
        except OSError:
            path.unlink()
