"""The log of a run's tests: what was collected, what ran and how it ended, from the reports of each phase.

pytest's terminal statistics and `session.testsfailed` are not used: other plugins and tests can change them.
"""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from itertools import chain
from typing import Any, TypeVar

from ..model.evidence import EndedTest, Finding, Gap, GapCause, Outcomes
from ..model.retries import Attempt, RetriedTest
from ..model.text import first_few, plural
from ..model.timings import Timing

Key = TypeVar("Key", bound=Hashable)
# A test counts once, by the worst of its phases; later is worse.
SEVERITY = ("passed", "xpassed", "xfailed", "skipped", "error", "failed")
RANK = {outcome: rank for rank, outcome in enumerate(SEVERITY)}
# Decisions of attempts that no retry policy made.
RERUN_OF_SHARED_FIXTURE = "another component's test, which shares the fixture, was run again"
OUTSIDE_OF_TESTS = ""  # the origin of a warning that no test raised: collection, or the start of pytest
FIXTURE = "#"  # before the key of a shared fixture, as the origin of a warning
SLOWEST = 5  # tests of which the durations are kept apart
RERUN_AFTER_KILL = "run again, because its run did not end"


@dataclass(slots=True)
class OutcomeLog:
    """The outcomes of one process's tests, by node id, as plain data.

    A test file that cannot be imported, or is skipped as a whole, is logged like a test. The logs of workers, of shards
    and of a killed run are merged into that of the run that judges them. `collected` is not merged: that run collects
    the same tests itself.
    """

    collected: dict[str, None] = field(default_factory=dict)
    collected_files: set[str] = field(default_factory=set)
    deselected: dict[str, str] = field(default_factory=dict)  # the option or hook that did it
    gaps: dict[str, list[Gap]] = field(default_factory=dict)  # by test file; those of all files by an empty path
    marked: dict[str, frozenset[str]] = field(default_factory=dict)  # the components that a marker names
    kinds: dict[str, str] = field(default_factory=dict)  # of tests that were collected, also of deselected ones
    outcomes: dict[str, str] = field(default_factory=dict)
    started: set[str] = field(default_factory=set)  # tests of which a phase began in this run
    ended: set[str] = field(
        default_factory=set
    )  # finished tests; also finished test files, and tests that finished in a killed run
    rerun: set[str] = field(default_factory=set)
    attempts: dict[str, tuple[Attempt, ...]] = field(default_factory=dict)
    previous_attempts: dict[str, tuple[Attempt, ...]] = field(
        default_factory=dict
    )  # made by a killed run, or for a shared fixture
    missing_modules: dict[str, str] = field(default_factory=dict)  # the first test that needed it, by module
    failures: list[Finding] = field(default_factory=list)
    unhandled: list[Finding] = field(default_factory=list)
    watches_unhandled: bool = True  # whether pytest reports unhandled exceptions
    # Seconds of a test's setup, call and teardown, without those of its former attempts; only where a gate needs them.
    durations: dict[str, float] = field(default_factory=dict)
    untimed: set[str] = field(default_factory=set)  # tests of which a phase has no time
    timings: dict[str, Timing] = field(default_factory=dict)  # of tests with a limit and of benchmarks
    warnings: dict[tuple[str, int, str], Finding] = field(default_factory=dict)  # the first of a line and a category
    # Where each of `warnings` comes from: kinds of tests, shared fixtures, or OUTSIDE_OF_TESTS.
    warning_origins: dict[tuple[str, int, str], set[str]] = field(default_factory=dict)
    fixture_kinds: dict[str, set[str]] = field(default_factory=dict)  # of the tests that share a fixture, by its key
    # Seconds of shared fixtures: as pytest counts them for tests, and as it would count them for tests of one component
    # or kind alone.
    shared_durations: dict[str, float] = field(default_factory=dict)
    durations_alone: dict[str, dict[str, float]] = field(default_factory=dict)
    ignored_warnings: dict[str, frozenset[str]] = field(default_factory=dict)  # categories, by component
    # Categories of which a test's warnings are not reported, by component and test, whatever the filters of the run.
    unreported_warnings: dict[str, dict[str, frozenset[str]]] = field(default_factory=dict)
    watches_warnings: bool = True  # whether pytest reports warnings
    own_filters: dict[str, None] = field(default_factory=dict)  # of the project, which silence warnings
    foreign_filters: dict[str, None] = field(default_factory=dict)  # of the run alone, which do so
    passed_before: frozenset[str] = frozenset()  # in a killed run
    not_rerun: dict[str, None] = field(default_factory=dict)  # tests of `passed_before` that were collected again

    # ── what happens to a test ───────────────────────────────────────────────

    def record_collected_file(self, path: str) -> None:
        """Records that pytest collected a test file, by its path from the root."""
        self.collected_files.add(path)

    def record_collected(self, nodeids: Iterable[str]) -> None:
        """Records tests that are about to run."""
        self.collected.update(dict.fromkeys(nodeids))

    def record_deselected(self, reasons: Mapping[str, str]) -> None:
        """Records tests that were collected and will not run, with the option or plugin that left each out."""
        self.deselected.update(reasons)

    def record_gap(self, path: str, gap: Gap) -> None:
        """Records a gap of the components that a test file belongs to, by its path from the root.

        An empty path: of every component.
        """
        known = self.gaps.setdefault(path, [])
        if gap not in known:
            known.append(gap)

    def record_not_rerun(self, nodeids: Iterable[str]) -> None:
        """Records tests that were collected and need not run, because they passed in a killed run."""
        for nodeid in nodeids:
            self.not_rerun[nodeid] = self.collected[nodeid] = None
            self.started.add(nodeid)
            self.ended.add(nodeid)

    def record_start(self, nodeid: str) -> None:
        """Records that a test starts. Where it started before, some plugin reruns it."""
        if nodeid in self.started:
            self.rerun.add(nodeid)
        else:
            self.started.add(nodeid)
            self.ended.discard(nodeid)  # in a killed run it had ended

    def record_outcome(self, nodeid: str, outcome: str) -> None:
        """Records the outcome of a phase, one of SEVERITY; the worst of a test counts."""
        known = self.outcomes.get(nodeid)
        if known is None or RANK[outcome] > RANK[known]:
            self.outcomes[nodeid] = outcome

    def record_failure(self, nodeid: str, outcome: str, line: int | None, message: str, raised_at: str = "") -> None:
        """Records that a phase of a test, or the import of a test file, failed: as `failed` or `error`."""
        self.record_outcome(nodeid, outcome)
        path = nodeid.partition("::")[0]
        self.failures.append(
            Finding(path=path, line=line, rule=outcome, message=message, test=nodeid, raised_at=raised_at)
        )

    def record_rerun(self, nodeid: str) -> None:
        """Records that another plugin reruns a test."""
        self.rerun.add(nodeid)

    def record_attempts(self, nodeid: str, attempts: Iterable[Attempt]) -> None:
        """Records all attempts that this run made at a test of which one failed."""
        every = (*self.previous_attempts.get(nodeid, ()), *attempts)
        self.attempts[nodeid] = tuple(replace(one, number=number) for number, one in enumerate(every, 1))
        if len(self.attempts[nodeid]) > 1:
            self.rerun.add(nodeid)

    def record_shared_failure(self, nodeid: str, message: str) -> None:
        """Records that a fixture which the test shares failed at first, in a test of another component: it is flaky."""
        failure = Attempt(number=1, outcome="error", message=message, decision=RERUN_OF_SHARED_FIXTURE)
        attempts = (*self.previous_attempts.get(nodeid, ()), failure)
        self.previous_attempts[nodeid] = self.attempts[nodeid] = attempts
        self.rerun.add(nodeid)

    def record_marked(self, nodeid: str, names: frozenset[str]) -> None:
        """Records which components a marker of a test names."""
        self.marked[nodeid] = names

    def record_kinds(self, kinds: Mapping[str, str]) -> None:
        """Records the kinds of tests, by node id; a later call in the same process counts."""
        self.kinds.update(kinds)

    def record_missing_module(self, module: str, nodeid: str) -> None:
        """Records that a test, or a test file, could not import a module that is not installed."""
        self.missing_modules.setdefault(module, nodeid)

    def record_watching(self, is_watching: bool) -> None:
        """Records whether pytest reports unhandled exceptions."""
        self.watches_unhandled = is_watching

    def record_unhandled(self, nodeid: str, kind: str, message: str) -> None:
        """Records an unhandled exception of a test, or of none with an empty `nodeid`."""
        message = message if nodeid else f"outside the tests: {message}"
        finding = Finding(path=nodeid.partition("::")[0], rule=kind, message=message, test=nodeid)
        self.unhandled.append(finding)

    def record_duration(self, nodeid: str, seconds: float | None) -> None:
        """Adds the seconds of a phase of a test; None where nothing timed it."""
        if seconds is None:
            self.untimed.add(nodeid)
        else:
            self.durations[nodeid] = self.durations.get(nodeid, 0.0) + seconds

    def record_timing(self, timing: Timing) -> None:
        """Adds what is known of a test that has a limit or is a benchmark; the worse number counts."""
        known = self.timings.get(timing.test)
        self.timings[timing.test] = known.join(timing) if known is not None else timing

    def record_warning_filters(
        self, is_watching: bool, ignored: Mapping[str, frozenset[str]], own: Iterable[str], foreign: Iterable[str]
    ) -> None:
        """Records whether pytest reports warnings, and what keeps some of them from being reported.

        `ignored` are the categories that filters ignore, by component; `own` and `foreign` are filters that silence
        some warnings: those of the project, and those of the run alone.
        """
        self.watches_warnings = is_watching
        self.ignored_warnings = dict(ignored)
        self.own_filters, self.foreign_filters = dict.fromkeys(own), dict.fromkeys(foreign)

    def record_unreported_warnings(self, nodeid: str, categories: Mapping[str, frozenset[str]]) -> None:
        """Records the categories, by component, of which the warnings of a test are not reported."""
        for name, unreported in categories.items():
            self.unreported_warnings.setdefault(name, {})[nodeid] = unreported

    def record_shared_duration(self, nodeid: str, seconds: float) -> None:
        """Adds seconds of a shared fixture that are in the duration of a test."""
        self.shared_durations[nodeid] = self.shared_durations.get(nodeid, 0.0) + seconds

    def record_duration_alone(self, user: str, nodeid: str, seconds: float) -> None:
        """Adds seconds of a shared fixture that a test would have if only those of one component or kind ran."""
        own = self.durations_alone.setdefault(user, {})
        own[nodeid] = own.get(nodeid, 0.0) + seconds

    def record_fixture_kind(self, key: str, kind: str) -> None:
        """Records the kind of a test that shares a fixture."""
        self.fixture_kinds.setdefault(key, set()).add(kind)

    def record_warning(
        self, path: str, line: int, category: str, message: str, rule: str, origin: str = OUTSIDE_OF_TESTS
    ) -> None:
        """Records a warning of a line of a component; `rule` is the builtin category that its own is one of.

        `origin` is the kind of the test that raised it, or FIXTURE and the key of a shared fixture.
        """
        self.warning_origins.setdefault((path, line, category), set()).add(origin)
        if (path, line, category) not in self.warnings:
            message = message if category == rule else f"{category}: {message}"
            self.warnings[path, line, category] = Finding(path=path, line=line, rule=rule, message=message)

    def record_end(self, nodeid: str) -> None:
        """Records that the last phase of a test is over."""
        self.ended.add(nodeid)

    def record_file(self, nodeid: str) -> None:
        """Records a test file in place of its tests: it could not be imported, or was skipped as a whole."""
        self.collected.setdefault(nodeid)
        self.record_end(nodeid)

    def find_skipped_files(self, files: Iterable[str]) -> list[str]:
        """Returns those of the test files that were skipped as a whole, without collecting their tests; sorted."""
        return sorted(file for file in files if self.outcomes.get(file) == "skipped")

    # ── on the way to another process ────────────────────────────────────────

    def to_dict(self) -> dict[str, Any]:
        """Returns the log without `collected` as plain data. Most tests are written once, by their outcome."""
        finished: dict[str, list[str]] = {}
        for nodeid in self.started & self.ended:
            if nodeid in self.outcomes:
                finished.setdefault(self.outcomes[nodeid], []).append(nodeid)
        written = {nodeid for nodeids in finished.values() for nodeid in nodeids}
        return {
            "finished": {outcome: sorted(nodeids) for outcome, nodeids in sorted(finished.items())},
            "outcomes": {nodeid: outcome for nodeid, outcome in self.outcomes.items() if nodeid not in written},
            "ended": sorted(self.ended - written),
            "started": sorted(self.started - written),
            "rerun": sorted(self.rerun),
            "attempts": {nodeid: [asdict(one) for one in self.list_attempts(nodeid)] for nodeid in self.attempts},
            "missing_modules": self.missing_modules,
            "failures": [finding.to_dict() for finding in self.failures],
            "unhandled": [finding.to_dict() for finding in self.unhandled],
            "watches_unhandled": self.watches_unhandled,
            "durations": self.durations,
            "untimed": sorted(self.untimed),
            "timings": [asdict(one) for one in self.timings.values()],
            "warnings": [
                [key[-1], finding.to_dict(), sorted(self.warning_origins.get(key, ()))]
                for key, finding in self.warnings.items()
            ],
            "fixture_kinds": {key: sorted(kinds) for key, kinds in self.fixture_kinds.items()},
            "shared_durations": self.shared_durations,
            "durations_alone": self.durations_alone,
            "ignored_warnings": {name: sorted(categories) for name, categories in self.ignored_warnings.items()},
            "unreported_warnings": {
                name: {nodeid: sorted(categories) for nodeid, categories in by_test.items()}
                for name, by_test in self.unreported_warnings.items()
            },
            "watches_warnings": self.watches_warnings,
            "own_filters": list(self.own_filters),
            "foreign_filters": list(self.foreign_filters),
            "collected_files": sorted(self.collected_files),
            "deselected": self.deselected,
            "gaps": {path: [asdict(gap) for gap in gaps] for path, gaps in self.gaps.items()},
            "marked": {nodeid: sorted(names) for nodeid, names in self.marked.items()},
            "kinds": self.kinds,
            "not_rerun": list(self.not_rerun),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> OutcomeLog:
        """Reads what `to_dict` returned. Raises KeyError, TypeError, ValueError or AttributeError for anything else."""
        finished = {str(nodeid): outcome for outcome, nodeids in data["finished"].items() for nodeid in nodeids}
        outcomes = {**finished, **data["outcomes"]}
        warnings: dict[tuple[str, int, str], Finding] = {}
        origins: dict[tuple[str, int, str], set[str]] = {}
        for category, entry, own in data["warnings"]:
            one = Finding.from_dict(entry)
            key = one.path, int(one.line or 0), str(category)
            warnings[key], origins[key] = one, set(map(str, own))
        return cls(
            outcomes={str(nodeid): SEVERITY[RANK[outcome]] for nodeid, outcome in outcomes.items()},
            started={*map(str, data["started"]), *finished},
            ended={*map(str, data["ended"]), *finished},
            rerun=set(data["rerun"]),
            attempts={nodeid: tuple(Attempt(**one) for one in every) for nodeid, every in data["attempts"].items()},
            missing_modules=dict(data["missing_modules"]),
            failures=[Finding.from_dict(finding) for finding in data["failures"]],
            unhandled=[Finding.from_dict(finding) for finding in data["unhandled"]],
            watches_unhandled=data["watches_unhandled"] is True,
            durations=read_seconds(data["durations"]),
            untimed=set(map(str, data["untimed"])),
            timings={str(one["test"]): Timing.from_dict(one) for one in data["timings"]},
            warnings=warnings,
            warning_origins=origins,
            fixture_kinds={str(key): set(map(str, kinds)) for key, kinds in data["fixture_kinds"].items()},
            shared_durations=read_seconds(data["shared_durations"]),
            durations_alone={str(user): read_seconds(own) for user, own in data["durations_alone"].items()},
            ignored_warnings={str(name): frozenset(found) for name, found in data["ignored_warnings"].items()},
            unreported_warnings={
                str(name): {str(nodeid): frozenset(found) for nodeid, found in by_test.items()}
                for name, by_test in data["unreported_warnings"].items()
            },
            watches_warnings=data["watches_warnings"] is True,
            own_filters=dict.fromkeys(map(str, data["own_filters"])),
            foreign_filters=dict.fromkeys(map(str, data["foreign_filters"])),
            collected_files=set(map(str, data["collected_files"])),
            deselected=dict(data["deselected"]),
            gaps={str(path): [Gap.from_dict(gap) for gap in gaps] for path, gaps in data["gaps"].items()},
            marked={nodeid: frozenset(map(str, names)) for nodeid, names in data["marked"].items()},
            kinds={str(nodeid): str(kind) for nodeid, kind in data["kinds"].items()},
            not_rerun=dict.fromkeys(map(str, data["not_rerun"])),
        )

    def copy_without_selection(self) -> OutcomeLog:
        """Returns the log of a shard without deselected tests: other shards ran them."""
        return replace(self, deselected={}, collected_files=set(), not_rerun={})

    def merge(self, other: OutcomeLog) -> None:
        """Adds the log of another process. Merging the same log twice changes nothing."""
        for nodeid, outcome in other.outcomes.items():
            self.record_outcome(nodeid, outcome)
        self.started |= other.started
        self.ended |= other.ended
        self.record_not_rerun(other.not_rerun)
        self.rerun |= other.rerun
        self.attempts |= other.attempts
        self.missing_modules = {**other.missing_modules, **self.missing_modules}
        # A file that cannot be imported fails in every process, and a message may be another there.
        self.failures += select_new_findings(other.failures, self.failures, lambda finding: finding.test)
        self.unhandled += select_new_findings(other.unhandled, self.unhandled, lambda finding: finding)
        self.watches_unhandled &= other.watches_unhandled
        merge_seconds(self.durations, other.durations)
        self.untimed |= other.untimed
        for timing in other.timings.values():
            self.record_timing(timing)
        merge_seconds(self.shared_durations, other.shared_durations)
        for user, seconds in other.durations_alone.items():
            merge_seconds(self.durations_alone.setdefault(user, {}), seconds)
        self._merge_warnings(other)
        self.collected_files |= other.collected_files
        self.deselected.update(other.deselected)
        for path, gaps in other.gaps.items():
            for gap in gaps:
                self.record_gap(path, gap)
        self.marked.update(other.marked)
        self._merge_kinds(other.kinds)

    def _merge_kinds(self, kinds: Mapping[str, str]) -> None:
        """Adds the kinds of tests in another process; a test that has another one here is a gap for both kinds."""
        for nodeid, kind in kinds.items():
            known = self.kinds.setdefault(nodeid, kind)
            if known != kind:
                message = f"{nodeid} is of the kind {known} in one process and {kind} in another"
                gap = Gap(cause="kind", message=message, kinds=tuple(sorted((known, kind))))
                self.record_gap(nodeid.partition("::")[0], gap)

    def _merge_warnings(self, other: OutcomeLog) -> None:
        self.warnings = {**self.warnings, **other.warnings, **self.warnings}
        merge_sets(self.warning_origins, other.warning_origins)
        merge_sets(self.fixture_kinds, other.fixture_kinds)
        self.watches_warnings &= other.watches_warnings
        self.own_filters |= other.own_filters
        self.foreign_filters |= other.foreign_filters
        for name, categories in other.ignored_warnings.items():
            self.ignored_warnings[name] = self.ignored_warnings.get(name, frozenset()) | categories
        for name, by_test in other.unreported_warnings.items():
            self.unreported_warnings.setdefault(name, {}).update(by_test)

    # ── a run that was killed ────────────────────────────────────────────────

    def expect_passed(self, nodeids: Iterable[str]) -> None:
        """Records which tests passed in a killed run, in a worker of the run that continues it."""
        self.passed_before = frozenset(nodeids)

    def resume(self, logs: Collection[OutcomeLog], waiting: Iterable[str] = ()) -> None:
        """Takes over the logs of the processes of a killed run. What passed there, and only that, need not run again.

        A test that failed and passes now is flaky: its attempts are kept. `waiting` are tests that share a fixture
        which was not torn down when the run was killed: they run again.
        """
        ended = [(nodeid, log.outcomes[nodeid]) for log in logs for nodeid in log.ended.intersection(log.outcomes)]
        passed = {nodeid for nodeid, outcome in ended if outcome == "passed"}.difference(waiting)
        passed.difference_update(nodeid for nodeid, outcome in ended if outcome != "passed")
        self.outcomes |= dict.fromkeys(passed, "passed")
        self.ended |= passed
        for log in logs:
            self._keep_failures(log, passed)
        self.previous_attempts |= {
            nodeid: attempts for nodeid, attempts in self.attempts.items() if not self.has_ended(nodeid)
        }
        self.passed_before = frozenset(passed)

    def _keep_failures(self, log: OutcomeLog, passed: set[str]) -> None:
        """Keeps what a killed run's log says against tests: attempts, failures, unhandled exceptions."""
        ended = log.ended.intersection(log.outcomes)
        self.rerun |= log.rerun & ended
        unhandled = [finding for finding in log.unhandled if finding.test in passed or not finding.test]
        self.unhandled = list(dict.fromkeys([*self.unhandled, *unhandled]))
        self.watches_unhandled &= log.watches_unhandled
        self._merge_warnings(log)  # all of them: a test that runs again may pass by a line that was imported before
        for mine, theirs in (
            (self.durations, log.durations),
            (self.shared_durations, log.shared_durations),
            *((self.durations_alone.setdefault(user, {}), own) for user, own in log.durations_alone.items()),
        ):
            mine |= {nodeid: seconds for nodeid, seconds in theirs.items() if nodeid in passed}
        self.untimed |= log.untimed & passed
        for timing in log.timings.values():
            if timing.test in passed:
                self.record_timing(timing)
        self.attempts |= {nodeid: attempts for nodeid, attempts in log.attempts.items() if nodeid in ended}
        for finding in log.failures:
            nodeid = finding.test
            if nodeid in ended and log.outcomes[nodeid] != "passed":
                self.rerun.add(nodeid)
                failure = Attempt(
                    number=1,
                    outcome=finding.rule,
                    message=finding.message,
                    duration_s=log.durations.get(nodeid, 0.0),
                    decision=RERUN_AFTER_KILL,
                )
                self.attempts.setdefault(nodeid, (failure,))

    # ── what the log says ────────────────────────────────────────────────────

    def has_ended(self, nodeid: str) -> bool:
        """Whether the last phase of a test is over."""
        return nodeid in self.ended

    def list_attempts(self, nodeid: str) -> tuple[Attempt, ...]:
        """Returns a test's attempts; one that passed at once after attempts of another run is added to those."""
        attempts, outcome = self.attempts[nodeid], self.outcomes.get(nodeid)
        if outcome is None or attempts != self.previous_attempts.get(nodeid):
            return attempts
        return (*attempts, Attempt(number=len(attempts) + 1, outcome=outcome))

    def list_warnings(self, files: Collection[str]) -> tuple[Finding, ...]:
        """Returns the warnings of lines in these files, by their places."""
        return tuple(self.warnings[key] for key in sorted(self.warnings) if key[0] in files)

    def find_ignored_categories(self, component: str, tests: Collection[str]) -> frozenset[str]:
        """Returns the categories that filters ignore for a component, and those that none of its tests reports."""
        by_test = self.unreported_warnings.get(component, {})
        ran = [nodeid for nodeid in tests if self.outcomes.get(nodeid, "skipped") != "skipped"]
        common = frozenset.intersection(*(by_test.get(nodeid, frozenset()) for nodeid in ran)) if ran else frozenset()
        return self.ignored_warnings.get(component, frozenset()) | common

    def list_origins(self, files: Collection[str]) -> list[tuple[Finding, Collection[str]]]:
        """Returns the warnings of lines in these files, each with the kinds of tests and OUTSIDE_OF_TESTS."""
        return [
            (
                self.warnings[key],
                set().union(*map(self._find_kinds, self.warning_origins.get(key, (OUTSIDE_OF_TESTS,)))),
            )
            for key in sorted(self.warnings)
            if key[0] in files
        ]

    def _find_kinds(self, origin: str) -> set[str]:
        return self.fixture_kinds.get(origin.removeprefix(FIXTURE), set()) if origin.startswith(FIXTURE) else {origin}

    def measure_duration(self, nodeid: str, user: str = "") -> float:
        """Returns the seconds of all attempts at a test that was timed.

        The time of a fixture that tests of several components or kinds share is that of the first and the last of those
        of `user`, as if no others had run; without one, as pytest counted it.
        """
        former = self.list_attempts(nodeid)[:-1] if nodeid in self.attempts else ()
        seconds = self.durations[nodeid] + sum(one.duration_s for one in former)
        if not user:
            return seconds
        own = self.durations_alone.get(user, {}).get(nodeid, 0.0)
        return max(0.0, seconds - self.shared_durations.get(nodeid, 0.0)) + own

    def list_nodeids(self) -> Iterator[str]:
        """Yields every test that the log knows, each once."""
        yield from self.collected
        others = chain(self.deselected, self.outcomes, self.started, self.ended, self.attempts)
        yield from dict.fromkeys(nodeid for nodeid in others if nodeid not in self.collected)

    def count_outcomes(self, tests: set[str], user: str = "") -> Outcomes:
        """Returns the outcomes of these tests: those of `user`, a component or a kind of its tests."""
        count = Counter(map(self.outcomes.get, tests))
        by_outcome: dict[str, Any] = {outcome: count[outcome] for outcome in SEVERITY}
        flaky = tuple(nodeid for nodeid in sorted(self.rerun & tests) if self.outcomes.get(nodeid) == "passed")
        unhandled = tuple(finding for finding in self.unhandled if not finding.test or finding.test in tests)
        known = tests.intersection(self.durations) - self.untimed
        timed = {nodeid: self.measure_duration(nodeid, user) for nodeid in known}
        is_timed = bool(timed) and all(nodeid in timed for nodeid in tests & self.started)
        return Outcomes(
            duration_s=math.fsum(timed.values()) if is_timed else None,
            durations=tuple(heapq.nsmallest(SLOWEST, timed.items(), key=lambda one: (-one[1], one[0]))),
            timings=tuple(self.timings[test] for test in sorted(tests & self.timings.keys())),
            collected=sum(map(self.collected.__contains__, tests)),
            completed=sum(map(self.has_ended, tests)),
            flaky=len(flaky),
            flaky_tests=flaky,
            retried=tuple(
                RetriedTest(
                    test=nodeid,
                    outcome=self.outcomes.get(nodeid, "unfinished"),
                    attempts=self.list_attempts(nodeid),
                )
                for nodeid in self.attempts
                if nodeid in tests
            ),
            failures=tuple(finding for finding in self.failures if finding.test in tests),
            unhandled=unhandled if self.watches_unhandled else None,
            **by_outcome,
        )

    def list_tests(self, tests: set[str]) -> tuple[EndedTest, ...]:
        """Returns the outcome of each of these tests, in the order in which they were collected."""
        known = (nodeid for nodeid in self.list_nodeids() if nodeid in tests and nodeid not in self.deselected)
        return tuple(
            EndedTest(
                nodeid,
                self.outcomes.get(nodeid, "unfinished"),
                self.measure_duration(nodeid) if nodeid in self.durations else None,
            )
            for nodeid in known
        )

    def count_failed(self) -> int:
        """Returns how many tests failed or have an error, of whichever component."""
        count = Counter(self.outcomes.values())
        return count["failed"] + count["error"]

    def find_uncollectable(self) -> list[str]:
        """Returns what could not be collected, of whichever component: it has an error and never started."""
        failed = dict.fromkeys(finding.test for finding in self.failures)
        return [nodeid for nodeid in failed if self.outcomes.get(nodeid) == "error" and nodeid not in self.started]

    def find_gaps(self, tests: set[str], stopped_by: str = "", lost: str = "did not finish") -> list[Gap]:
        """Returns a gap for those of these tests that were deselected, that did not finish, and that ran uncollected.

        `stopped_by` is what ended the run early: an option, or what could not be collected. `lost` says what became of
        tests without an outcome.
        """
        deselected: dict[str, list[str]] = {}
        for nodeid, reason in self.deselected.items():
            if nodeid in tests:
                deselected.setdefault(reason, []).append(nodeid)
        stopped = f" ({stopped_by} stopped the run)" if stopped_by else ""
        unfinished = {nodeid for nodeid in tests if nodeid not in self.outcomes or not self.has_ended(nodeid)}
        found: list[tuple[GapCause, list[str], str]] = [
            *(("deselected", nodeids, f"deselected by {reason}") for reason, nodeids in deselected.items()),
            ("unfinished", sort_as_known(self.collected, unfinished), f"{lost}{stopped}"),
            ("uncollected", sort_as_known(self.outcomes, tests.difference(self.collected)), "ran uncollected"),
        ]
        return [
            Gap(cause=cause, message=f"{plural(len(nodeids), 'test')} {message}: {first_few(nodeids)}")
            for cause, nodeids, message in found
            if nodeids
        ]


def read_seconds(data: Mapping[Any, Any]) -> dict[str, float]:
    """Returns seconds by test, as plain data had them. Raises TypeError or ValueError for anything but numbers."""
    return {str(nodeid): float(seconds) for nodeid, seconds in data.items()}


def merge_seconds(mine: dict[str, float], theirs: Mapping[str, float]) -> None:
    """Adds the seconds of tests in another process; of a test in both, the longer time counts."""
    for nodeid, seconds in theirs.items():
        mine[nodeid] = max(seconds, mine.get(nodeid, 0.0))


def merge_sets(mine: dict[Key, set[str]], theirs: Mapping[Key, set[str]]) -> None:
    """Adds the sets of another process."""
    for key, found in theirs.items():
        mine[key] = mine.get(key, set()) | found


def select_new_findings(
    found: Iterable[Finding], known: Iterable[Finding], key: Callable[[Finding], Hashable]
) -> list[Finding]:
    """Returns those findings of which there are more than known ones with the same key."""
    count = Counter(map(key, known))
    more = []
    for finding in found:
        if count[key(finding)] > 0:
            count[key(finding)] -= 1
        else:
            more.append(finding)
    return more


def sort_as_known(known: Iterable[str], nodeids: set[str]) -> list[str]:
    """Returns those of the tests that are known, in the order in which they became known."""
    return [nodeid for nodeid in known if nodeid in nodeids] if nodeids else []
