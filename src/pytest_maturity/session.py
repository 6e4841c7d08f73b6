"""One run of the gate, from the policy to the exit code: listens to pytest and calls the core in order."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import pytest

from . import cover, fixing, gates, git, judging, policy, recovery, redact, reporters, retried, scan, terminal, xdist
from .accounts import Accounts, Groups
from .asking import POLICY
from .errors import MaturityError, refusal
from .explain import explain
from .judging import Observed
from .model import Gap, Gate, ToolResult
from .plan import Plan
from .publishing import Publisher
from .report import EXIT_CODES, Report, Reporter, Verdict, worst
from .rerun import Rerunner
from .supervisor import Ticket
from .text import said
from .toolbox import Cache, Toolbox, outside, processors

NO_RUN = (
    "collectonly", "setuponly", "setupplan", "showfixtures", "show_fixtures_per_test", "markers", "cacheshow",
)  # fmt: skip


class MaturitySession:
    """The gate's part in a pytest session. Its methods stand in the order in which they are called."""

    # ── before any conftest ──────────────────────────────────────────────────

    def __init__(self, config: pytest.Config, ticket: Ticket) -> None:
        """Read the policy and find the components' sources. Raises MaturityError."""
        options = config.known_args_namespace
        redact.learn(os.environ)
        self._pid, self._ticket = os.getpid(), ticket
        self.pytest_config = config
        self.explaining = bool(options.maturity_explain)
        self.judging = not any(getattr(options, name, False) for name in NO_RUN)
        handed_over = xdist.handed_over()
        self._works = handed_over is not None
        self.plan = Plan(config, handed_over["policy"] if handed_over else None)
        run = judging.new_run(ticket.run_id, config.invocation_params.args, self.plan.policy.digest)
        self.publisher = Publisher(self.plan, run, ticket)
        self.recorder = self._recorder(options)
        self.toolbox = Toolbox(self.plan.root, Cache(None if options.maturity_no_cache else outside(self.plan.root)))
        self.gaps: list[Gap] = []
        self.notes = [*self.plan.notes]
        self.interrupted = False
        self.report: Report | None = None
        self.exit_code = EXIT_CODES[Verdict.INCONCLUSIVE]

    def _recorder(self, options: Any) -> cover.Recorder:
        """Borrow the tracer that already measures this process, else bring our own."""
        pytest_cov = getattr(options, "cov_source", None) or self.pytest_config.pluginmanager.has_plugin("_cov")
        if pytest_cov and not options.no_cov:
            appends = bool(getattr(options, "cov_append", False))
            find = self._tracer_of_pytest_cov
            return cover.BorrowedRecorder(self.plan.root, self.plan.components, cover.PYTEST_COV, find, appends)
        running = cover.current()
        if running is not None:
            return cover.BorrowedRecorder(self.plan.root, self.plan.components, cover.COVERAGE_RUN, lambda: running)
        return cover.OwnRecorder(self.plan.root, self.plan.components, groups=len(self.plan.components) > 1)

    def _tracer_of_pytest_cov(self) -> Any:
        controller = getattr(self.pytest_config.pluginmanager.get_plugin("_cov"), "cov_controller", None)
        return getattr(controller, "cov", None)

    def begin(self) -> None:
        """Invalidate the last run's report, and start to measure, before any conftest. Raises MaturityError."""
        self.pytest_config.add_cleanup(self.close)
        if self.explaining:
            return
        if not self._works:
            self.publisher.invalidate()
            self._fix()
        self.recorder.start()

    def _fix(self) -> None:
        if self.pytest_config.known_args_namespace.maturity_fix and self.judging:
            self.notes.append(fixing.fix(self.plan.root, self.plan.components))
            self.plan.look()

    @property
    def may_exit_with_zero(self) -> bool:
        """Was everything promoted, or was there nothing to be promoted?"""
        return self.explaining or (self.report is not None and self.report.verdict is Verdict.PROMOTE)

    # ── before the tests ─────────────────────────────────────────────────────

    def pytest_maturity_gates(self) -> list[Gate]:
        """The built-in gates come through the users' door, and so do the commands of the configuration."""
        return [*gates.BUILTIN, *gates.configured(self.plan.policy.gates)]

    def pytest_maturity_reporters(self) -> list[Reporter]:
        return list(reporters.BUILTIN)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """With --maturity-explain: say what would happen, and leave it at that."""
        if not self.explaining:
            return None
        self._plan_or_refuse(config)
        explain(config, self.plan)
        return 0

    def _plan_or_refuse(self, config: pytest.Config) -> None:
        try:
            self.plan.complete(config)
        except MaturityError as error:
            raise pytest.UsageError(error.words) from error

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Hand pytest the components' tests, and start the tools beside them."""
        redact.learn(os.environ)  # a conftest may have read more from a file
        self._plan_or_refuse(config)
        self.plan.selection.apply()
        manager = config.pluginmanager
        self.accounts = Accounts(
            self.plan.selection, lambda: manager.register(retried.FlakyStatus(), "maturity_flaky_status")
        )
        manager.register(self.plan.selection, "maturity_selection")
        manager.register(self.accounts, "maturity_accounts")
        if len(self.plan.components) > 1 or self.plan.selection.given:
            manager.register(Groups(self.plan.selection, self.recorder), "maturity_groups")
        self.workers = xdist.Workers(self.accounts, self.plan.selection, self.recorder, self.plan.policies.snapshot)
        if xdist.has_workers(config):
            manager.register(self.workers, "maturity_workers")
            config.add_cleanup(self.workers.close)
        else:
            self._try_again(config)
        if xdist.is_worker(config):
            return
        manager.register(terminal.Announcer(self), "maturity_announcer")
        manager.register(retried.RetriedTests(config, self.accounts.ledger), "maturity_retried")
        if self.plan.policy.junit_flaky_failures:
            manager.register(retried.JunitAttempts(config), "maturity_junit_attempts")
        if len(self.plan.reporters) > len(reporters.BUILTIN):
            self._invalidate()
        if self.judging:
            self.toolbox.start({**git.COMMANDS, **self.plan.commands()}, processors() - xdist.busy(config))

    def _try_again(self, config: pytest.Config) -> None:
        """Where tests run: try again what fails for a passing reason, unless somebody wants to look at it."""
        options, names = config.option, [one.name for one in self.plan.components]
        if not self.judging or self.plan.policy.max_retries == 0 or options.usepdb or options.trace:
            return
        retries = recovery.Recovery(
            {name: policy.retry(self.plan.policy, name) for name in (*names, recovery.UNOWNED)},
            self.plan.selection.owners,
            self.accounts.count,
            xdist.retries_directory(config),
            self.plan.policy.max_retries,
        )
        config.add_cleanup(retries.close)
        config.pluginmanager.register(retries, POLICY)
        config.pluginmanager.register(Rerunner(config, retries, recovery.elsewhere(config)), "maturity_rerun")

    def _invalidate(self) -> None:
        """Once more, now that the formats of conftests and plugins are known."""
        try:
            self.publisher.invalidate(self.plan.reporters.values())
        except MaturityError as error:
            raise pytest.UsageError(error.words) from error

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Refuse markers that could not be obeyed, all at once."""
        problems = dict.fromkeys(recovery.wrong_markers(items))
        if problems:
            xdist.refuse(config, refusal(problems))

    # ── the tests ────────────────────────────────────────────────────────────

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> object:
        """Collect the components' tests; with none, collect nothing rather than everything."""
        if xdist.has_workers(session.config):
            return None
        if session.config.args:
            return None
        session.perform_collect([])
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Measure until the last test is torn down."""
        self._lift_total_threshold(session.config)
        try:
            return (yield)
        finally:
            self.recorder.stop()

    def _lift_total_threshold(self, config: pytest.Config) -> None:
        """pytest-cov's threshold is for the whole project's coverage: a part of the tests cannot meet it."""
        plugin = config.pluginmanager.get_plugin("_cov")
        options: Any = getattr(plugin, "options", None)
        if not self.plan.selection.given and options is not None and options.cov_fail_under:
            options.cov_fail_under = None
            self.notes.append("pytest-cov's fail-under was not applied: it is about more than the component")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if excinfo.typename != "Interrupted":  # pytest's and xdist's own way to stop early
            self._interrupt(excinfo.typename)

    # ── the verdict ──────────────────────────────────────────────────────────

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge on the controller; a worker sends home what it knows."""
        redact.learn(os.environ)
        if xdist.is_worker(session.config):
            xdist.send(session.config, self.accounts, self.plan.selection, self.recorder)
        elif os.getpid() == self._pid:
            self._finish(session, int(exitstatus))

    def _finish(self, session: pytest.Session, status: int) -> None:
        if not self.judging:
            session.exitstatus = self.exit_code = status or self.exit_code
            return
        self._status = status
        try:
            self.report = self._judge(status)
        except Exception as error:  # whatever broke, the run must end without a verdict that was not reached
            words = f"pytest-maturity itself broke: {said(error)}"
            self.report = self.publisher.empty(Verdict.INCONCLUSIVE, *self.notes, traceback.format_exc(), words)
        self.exit_code = judging.exit_code(self.report.verdict, self._status, self.interrupted)
        session.exitstatus = self.exit_code

    def _judge(self, status: int) -> Report:
        coverage = {one.name: self.recorder.measure(one) for one in self.plan.components}  # while tools still run
        suppressions = scan.count(self.plan.components, coverage, self.plan.context)
        tools = self._join_tools()
        self.publisher.run = replace(self.publisher.run, **git.describe(tools.pop(git.KEY)))
        observed = Observed(tools, self.accounts, self.workers, coverage, suppressions, tuple(self.gaps), status)
        judgements = judging.judge(self.plan, observed)
        verdict = worst(judgement.verdict for judgement in judgements)
        notes = judging.notes(self.plan, observed, judgements)
        return replace(self.publisher.empty(verdict, *self.notes, *notes), components=judgements)

    def _join_tools(self) -> dict[str, ToolResult]:
        """What the tools said; after an interrupt, and when interrupted now, only those that have finished."""
        if not self.interrupted:
            try:
                return self.toolbox.join(self._tell_waiting)
            except KeyboardInterrupt:
                self._interrupt("KeyboardInterrupt")
                self._status = int(pytest.ExitCode.INTERRUPTED)
        return self.toolbox.give_up()

    def _interrupt(self, name: str) -> None:
        self.interrupted = True
        self.gaps.append(Gap(kind="interrupted", words=f"the run was interrupted: {self._ticket.expired or name}"))

    def _tell_waiting(self, names: list[str]) -> None:
        if self.pytest_config.get_verbosity() >= 0:
            terminal.say(self.pytest_config, f"maturity: waiting for {', '.join(names)}")

    def publish(self, status: int) -> None:
        """Write the reports, last of all: whatever broke before, no verdict is left that was not reached.

        `status` is the session's exit status by now: somebody else may have failed it meanwhile.
        """
        if self.report is None:
            return
        if status != self.exit_code and self.report.verdict is Verdict.PROMOTE:
            self._take_back(f"after the judgement something failed the session with exit status {status}")
            self.exit_code = status or self.exit_code
        try:
            self.publisher.write(self.report, self.plan.reporters.values())
        except Exception as error:  # a user's reporter may raise anything
            why = self.publisher.unwritable(error) if isinstance(error, OSError) else f"a reporter raised {said(error)}"
            self._take_back(why)
        self.pytest_config.hook.pytest_maturity_finished(config=self.pytest_config, report=self.report)

    def _take_back(self, why: str) -> None:
        assert self.report is not None
        self.exit_code = EXIT_CODES[Verdict.INCONCLUSIVE]
        self.report = replace(self.report, verdict=Verdict.INCONCLUSIVE, notes=(*self.report.notes, why))

    def close(self) -> None:
        """Leave no process, no tracer and no file behind, however the run ended."""
        if os.getpid() == self._pid:
            self.toolbox.close()
            with contextlib.suppress(Exception):  # nothing depends on it any more, and a test may have broken it
                self.recorder.stop()
                self.recorder.close()
