"""Keeps account of every test from the reports of its phases: what was collected, what ran, how it ended.

Terminal statistics and `session.testsfailed` are not asked: other plugins and
tests can change them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any

from ..model.evidence import Finding, Gap, Outcomes
from ..model.retries import Attempt, RetriedTest
from ..model.text import first_few, plural

# A test counts once, by the worst of its phases; later is worse.
SEVERITY = ("passed", "xpassed", "xfailed", "skipped", "error", "failed")
RANK = {outcome: rank for rank, outcome in enumerate(SEVERITY)}
SHARED = "another component's test, which shares the fixture, was run again"
RESUMED = "run again, because its run did not end"


@dataclass(slots=True)
class Ledger:
    """What happened to each test, by node id. Everything in it is plain data."""

    collected: dict[str, None] = field(default_factory=dict)
    deselected: dict[str, str] = field(default_factory=dict)  # by whom
    outcomes: dict[str, str] = field(default_factory=dict)
    started: dict[str, bool] = field(default_factory=dict)  # is the last phase over?
    over: set[str] = field(default_factory=set)  # what is over and was never seen to begin: test files, for instance
    rerun: set[str] = field(default_factory=set)
    attempts: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)
    before: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)  # in a run that did not end
    missing: dict[str, str] = field(default_factory=dict)
    failures: list[tuple[str, Finding]] = field(default_factory=list)
    unhandled: list[tuple[str, Finding]] = field(default_factory=list)
    watched: bool = True  # would an exception that nobody handles be told?
    lost: str = "did not finish"  # what became of a test of which there is no outcome

    def collect(self, nodeids: Iterable[str]) -> None:
        """These tests are about to run."""
        self.collected.update(dict.fromkeys(nodeids))

    def pass_over(self, nodeids: Iterable[str]) -> None:
        """These tests need not run: they ran in a run that did not end."""
        for nodeid in nodeids:
            self.collected[nodeid] = None
            self.started[nodeid] = True
            self.over.discard(nodeid)

    def drop(self, by_whom: Mapping[str, str]) -> None:
        """These tests were collected and will not run: what took out each of them."""
        self.deselected.update(by_whom)

    def record(self, nodeid: str, outcome: str) -> None:
        """One phase of a test ended in `outcome`, one of SEVERITY."""
        before = self.outcomes.get(nodeid)
        if before is None or RANK[outcome] > RANK[before]:
            self.outcomes[nodeid] = outcome

    def fail(self, nodeid: str, outcome: str, line: int | None, message: str) -> None:
        """One phase of a test (or the import of a test file) failed with `message`."""
        self.record(nodeid, outcome)
        path = nodeid.partition("::")[0]
        self.failures.append((nodeid, Finding(path=path, line=line, rule=outcome, message=message, test=nodeid)))

    def share(self, nodeid: str, kind: str, message: str) -> None:
        """A fixture that the test shares failed in another's test: in the end (`error`), or at first (`flaky`)."""
        if kind == "error":
            self.fail(nodeid, kind, None, message)
            return
        failure = Attempt(number=1, outcome="error", message=message, decision=SHARED)
        self.before[nodeid] = self.attempts[nodeid] = (*self.before.get(nodeid, ()), failure)
        self.rerun.add(nodeid)

    def start(self, nodeid: str) -> None:
        """A test begins; when it begins once more, somebody runs it again."""
        if nodeid in self.started:
            self.rerun.add(nodeid)
        self.started.setdefault(nodeid, False)
        self.over.discard(nodeid)  # it was so in a run that did not end

    def tried(self, nodeid: str, attempts: Iterable[Attempt]) -> None:
        """All attempts of a test that failed in one of them, in this run."""
        tries = (*self.before.get(nodeid, ()), *attempts)
        self.attempts[nodeid] = tuple(replace(one, number=number) for number, one in enumerate(tries, 1))
        if len(self.attempts[nodeid]) > 1:
            self.rerun.add(nodeid)

    def lack(self, module: str, nodeid: str) -> None:
        """A test, or a test file, could not import a module that is not there."""
        self.missing.setdefault(module, nodeid)

    def overlook(self, nodeid: str, kind: str, message: str) -> None:
        """During a test (or, with no `nodeid`, outside of all) an exception was raised where nobody handles it."""
        message = message if nodeid else f"outside the tests: {message}"
        finding = Finding(path=nodeid.partition("::")[0], rule=kind, message=message, test=nodeid)
        self.unhandled.append((nodeid, finding))

    def complete(self, nodeid: str) -> None:
        """The last phase of a test is over."""
        if nodeid in self.started:
            self.started[nodeid] = True
        else:
            self.over.add(nodeid)

    def is_over(self, nodeid: str) -> bool:
        """Has the last phase of a test been told?"""
        return self.started.get(nodeid, False) or nodeid in self.over

    @property
    def completed(self) -> set[str]:
        """Every test that is over; there may be many."""
        return {nodeid for nodeid, is_over in self.started.items() if is_over} | self.over

    def whole_file(self, nodeid: str) -> None:
        """A test file stands for its tests: it could not be imported, or was skipped whole."""
        self.collected.setdefault(nodeid)
        self.complete(nodeid)

    def plain(self) -> dict[str, Any]:
        """All of it but what was collected, as plain data; see `absorb`. Most tests are told once, by their outcome."""
        ordinary: dict[str, list[str]] = {}
        for nodeid, is_over in self.started.items():
            if is_over and nodeid in self.outcomes:
                ordinary.setdefault(self.outcomes[nodeid], []).append(nodeid)
        told = {nodeid for nodeids in ordinary.values() for nodeid in nodeids}
        return {
            "ended": {outcome: sorted(nodeids) for outcome, nodeids in ordinary.items()},
            "outcomes": {nodeid: outcome for nodeid, outcome in self.outcomes.items() if nodeid not in told},
            "completed": sorted(self.completed - told),
            "started": sorted(self.started.keys() - told),
            "rerun": sorted(self.rerun),
            "attempts": {nodeid: [asdict(one) for one in self._tries(nodeid)] for nodeid in self.attempts},
            "missing": self.missing,
            "failures": [[nodeid, finding.to_dict()] for nodeid, finding in self.failures],
            "unhandled": [[nodeid, finding.to_dict()] for nodeid, finding in self.unhandled],
            "watched": self.watched,
        }

    @classmethod
    def from_plain(cls, plain: Mapping[str, Any]) -> Ledger:
        """What `plain` told. Raises KeyError, TypeError and ValueError for anything else."""
        ended = {str(nodeid): outcome for outcome, nodeids in plain["ended"].items() for nodeid in nodeids}
        outcomes = {**ended, **plain["outcomes"]}
        return cls(
            outcomes={str(nodeid): SEVERITY[RANK[outcome]] for nodeid, outcome in outcomes.items()},
            started={**dict.fromkeys(map(str, plain["started"]), False), **dict.fromkeys(ended, True)},
            over=set(map(str, plain["completed"])),
            rerun=set(plain["rerun"]),
            attempts={nodeid: tuple(Attempt(**one) for one in tries) for nodeid, tries in plain["attempts"].items()},
            missing=dict(plain["missing"]),
            failures=[(str(nodeid), Finding.from_dict(finding)) for nodeid, finding in plain["failures"]],
            unhandled=[(str(nodeid), Finding.from_dict(finding)) for nodeid, finding in plain["unhandled"]],
            watched=plain["watched"] is True,
        )

    def absorb(self, other: Ledger) -> None:
        """Add what happened elsewhere. What is to be run is known here."""
        for nodeid, outcome in other.outcomes.items():
            self.record(nodeid, outcome)
        self.over |= other.over
        for nodeid, is_over in other.started.items():
            self.started[nodeid] = is_over or self.started.get(nodeid, False)
        self.rerun |= other.rerun
        self.attempts |= other.attempts
        self.missing = {**other.missing, **self.missing}
        self.failures = list(dict.fromkeys([*self.failures, *other.failures]))  # what cannot be imported is told by all
        self.unhandled += other.unhandled
        self.watched &= other.watched

    def resume(self, earlier: Iterable[Ledger], waiting: Iterable[str] = ()) -> set[str]:
        """Take over what the processes of runs that did not end have seen; returns the tests that need not run again:
        all that was seen of them is that they passed.

        One that failed and passes now is flaky: its earlier attempts are kept. `waiting` are the tests of which
        something was not torn down when the run ended: their last word was not said.
        """
        known = list(earlier)
        ended = [(nodeid, one.outcomes[nodeid]) for one in known for nodeid in one.completed.intersection(one.outcomes)]
        passed = {nodeid for nodeid, outcome in ended if outcome == "passed"}.difference(waiting)
        passed.difference_update(nodeid for nodeid, outcome in ended if outcome != "passed")
        self.outcomes |= dict.fromkeys(passed, "passed")
        self.over |= passed
        for one in known:
            self._take_over(one, passed)
        self.before |= {nodeid: tries for nodeid, tries in self.attempts.items() if not self.is_over(nodeid)}
        return passed

    def _take_over(self, earlier: Ledger, passed: set[str]) -> None:
        """Keep what speaks against the tests of a run that did not end."""
        ended = earlier.completed.intersection(earlier.outcomes)
        self.rerun |= earlier.rerun & ended
        unhandled = [(nodeid, finding) for nodeid, finding in earlier.unhandled if nodeid in passed or not nodeid]
        self.unhandled = list(dict.fromkeys([*self.unhandled, *unhandled]))
        self.watched &= earlier.watched
        self.attempts |= {nodeid: tries for nodeid, tries in earlier.attempts.items() if nodeid in ended}
        for nodeid, finding in earlier.failures:
            if nodeid in ended and earlier.outcomes[nodeid] != "passed":
                self.rerun.add(nodeid)
                failure = Attempt(number=1, outcome=finding.rule, message=finding.message, decision=RESUMED)
                self.attempts.setdefault(nodeid, (failure,))

    def _tries(self, nodeid: str) -> tuple[Attempt, ...]:
        """A test's attempts, with the one that nothing had to be said of: it passed at once after an earlier run."""
        tries, outcome = self.attempts[nodeid], self.outcomes.get(nodeid)
        if outcome is None or tries != self.before.get(nodeid):
            return tries
        return (*tries, Attempt(number=len(tries) + 1, outcome=outcome))

    def known(self) -> Iterator[str]:
        """Every test that anything was said of, each once."""
        yield from self.collected
        others = chain(self.deselected, self.outcomes, self.started, self.over, self.attempts)
        yield from dict.fromkeys(nodeid for nodeid in others if nodeid not in self.collected)

    def counts(self, tests: set[str]) -> Outcomes:
        """The outcomes of these tests."""
        count = Counter(map(self.outcomes.get, tests))
        flaky = tuple(nodeid for nodeid in sorted(self.rerun & tests) if self.outcomes.get(nodeid) == "passed")
        return Outcomes(
            collected=sum(map(self.collected.__contains__, tests)),
            completed=sum(map(self.is_over, tests)),
            flaky=len(flaky),
            flaky_tests=flaky,
            retried=tuple(
                RetriedTest(test=nodeid, outcome=self.outcomes.get(nodeid, "unfinished"), attempts=self._tries(nodeid))
                for nodeid in self.attempts
                if nodeid in tests
            ),
            failures=tuple(finding for nodeid, finding in self.failures if nodeid in tests),
            unhandled=tuple(finding for nodeid, finding in self.unhandled if not nodeid or nodeid in tests)
            if self.watched
            else None,
            **{outcome: count[outcome] for outcome in SEVERITY},
        )

    @property
    def failed(self) -> int:
        """How many tests failed, whosever they are."""
        count = Counter(self.outcomes.values())
        return count["failed"] + count["error"]

    @property
    def uncollectable(self) -> list[str]:
        """What could not be collected, whosever it is: it failed, and was never seen to begin."""
        failed = dict.fromkeys(nodeid for nodeid, _ in self.failures)
        return [one for one in failed if self.outcomes.get(one) == "error" and one not in self.started]

    def gaps(self, tests: set[str], stopped: str = "") -> list[Gap]:
        """Which of these tests were left out, and which began and did not end or never began.

        `stopped` is what ended the run early, in words: an option, or what could not be collected.
        """
        dropped: dict[str, list[str]] = {}
        for nodeid, by_whom in self.deselected.items():
            if nodeid in tests:
                dropped.setdefault(by_whom, []).append(nodeid)
        early = f" ({stopped} stopped the run)" if stopped else ""
        told = self.outcomes
        lost = in_order(self.collected, {one for one in tests if one not in told or not self.is_over(one)})
        strange = in_order(self.outcomes, tests.difference(self.collected))
        found = [("deselected", left, f"deselected by {by_whom}") for by_whom, left in dropped.items()]
        found += [("unfinished", lost, f"{self.lost}{early}"), ("uncollected", strange, "ran uncollected")]
        return [
            Gap(cause=kind, message=f"{plural(len(nodeids), 'test')} {words}: {first_few(nodeids)}")
            for kind, nodeids, words in found
            if nodeids
        ]


def in_order(known: Mapping[str, object], nodeids: set[str]) -> list[str]:
    """Those of the tests that are known, in the order in which they became known."""
    return [nodeid for nodeid in known if nodeid in nodeids] if nodeids else []
