"""One run of the gate, from the policy to the exit code: listens to pytest and calls the core in order."""

from __future__ import annotations

import contextlib
import os
import traceback
from collections.abc import Generator
from dataclasses import replace

import pytest

from .. import gates
from ..evidence.suppressions.scan import count_suppressions
from ..model import exit_codes, redaction
from ..model.errors import usage_error_text
from ..model.evidence import Gap, ToolResult
from ..model.gates import Gate
from ..model.report import Report, Reporter, Verdict, worst_verdict
from ..model.text import describe_error
from ..reports import files
from . import judging, terminal, xdist
from .attribution.registration import track_imports, track_tests
from .coverage import lift_total_threshold, recorder
from .explain import explain
from .fix import fix
from .judging import Observed
from .outcome_listener import Accounts
from .plan import Plan
from .report_files import Publisher, refusals
from .retries import markers, output
from .retries.registration import register_retries
from .sharding.handing import HandOver
from .sharding.merge import read_merge
from .sharding.resume import Resume
from .supervisor import Ticket
from .tools import Tools

NO_RUN = (
    "collectonly", "setuponly", "setupplan", "showfixtures", "show_fixtures_per_test", "markers", "cacheshow", "help",
    "version",
)  # fmt: skip


class MaturitySession:
    """The gate's part in a pytest session. Its methods stand in the order in which they are called."""

    # ── before any conftest ──────────────────────────────────────────────────

    def __init__(self, config: pytest.Config, ticket: Ticket) -> None:
        """Read the policy and find the components' sources. Raises MaturityError."""
        options = config.known_args_namespace
        redaction.learn_secrets(os.environ)
        self._pid, self._ticket = os.getpid(), ticket
        self.pytest_config = config
        self.explaining = bool(options.maturity_explain)
        self.judging = not any(getattr(options, name, False) for name in NO_RUN)
        handed_over = xdist.handed_over()
        self._works = handed_over is not None
        self.plan = Plan(config, handed_over["policy"] if handed_over else None)
        run = judging.new_run(ticket.run_id, config.invocation_params.args, self.plan.policy.digest)
        self.publisher = Publisher(self.plan, run, ticket)
        self.shard = HandOver(config, self.plan, self.publisher)
        self.resume = Resume(config, self.plan, self.publisher)
        self.merge = read_merge(config, self.plan, run)
        self.recorder = recorder(config, self.plan, self.merge)
        self.tools = Tools(config, self.plan, self.publisher, self.merge)
        self.gaps: list[Gap] = []
        self.notes = [*self.plan.notes]
        self.interrupted = False
        self.report: Report | None = None
        self.handed_over = ""  # by a shard: what, in words
        self.exit_code = exit_codes.INCONCLUSIVE

    def begin(self) -> None:
        """Invalidate the last run's report, and start to measure, before any conftest. Raises MaturityError."""
        self.pytest_config.add_cleanup(self.close)
        if self.explaining:
            return
        if not self._works:
            self.publisher.invalidate()
            self.shard.forget()
            self._fix()
            self.shard.read_inputs()
            self.resume.read_inputs()
        self.recorder.start()
        track_imports(self.pytest_config, self.plan, self.recorder)

    def _fix(self) -> None:
        if self.pytest_config.known_args_namespace.maturity_fix and self.judging:
            self.notes += fix(self.plan.root, self.plan.components)
            self.plan.look()

    @property
    def may_exit_with_zero(self) -> bool:
        """Was everything promoted, or was there nothing to be promoted?"""
        return (
            self.explaining
            or self.exit_code == exit_codes.PROMOTED
            or (self.report is not None and self.report.verdict is Verdict.PROMOTE)
        )

    # ── before the tests ─────────────────────────────────────────────────────

    def pytest_maturity_gates(self) -> list[Gate]:
        """The built-in gates come through the users' door, and so do the commands of the configuration."""
        return [*gates.BUILTIN, *gates.make_command_gates(self.plan.policy.gates)]

    def pytest_maturity_reporters(self) -> list[Reporter]:
        return list(files.BUILTIN)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """With --maturity-explain: say what would happen, and leave it at that."""
        if not self.explaining:
            return None
        with refusals():
            self.plan.complete(config)
        explain(config, self.plan)
        return 0

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Hand pytest the components' tests, and start the tools beside them."""
        redaction.learn_secrets(os.environ)  # a conftest may have read more from a file
        with refusals(), self.recorder.paused():
            self.plan.complete(config)
        self.plan.selection.apply()
        manager = config.pluginmanager
        self.accounts = Accounts(
            self.plan.selection, lambda: manager.register(output.FlakyStatus(), "maturity_flaky_status")
        )
        manager.register(self.plan.selection, "maturity_selection")
        self.accounts.listen(config)
        track_tests(config, self.plan.selection, self.accounts)
        self.workers = xdist.Workers(self.accounts, self.plan.selection, self.recorder, self.plan.policies.ref_files)
        if xdist.has_workers(config):
            self.recorder.stop()  # they measure: nothing but pytest runs here, and its threads would be traced, too
            manager.register(self.workers, "maturity_workers")
            config.add_cleanup(self.workers.close)
        elif self.judging and not self.merge:
            register_retries(config, self.plan, self.accounts)
        if self.judging and not self.merge:
            self.resume.begin(self.accounts, self.recorder, self.workers)
        if xdist.is_worker(config):
            return
        manager.register(terminal.Announcer(self), "maturity_announcer")
        manager.register(output.RerunSummary(config, self.accounts.ledger), "maturity_retried")
        if self.plan.policy.junit_flaky_failures:
            manager.register(output.JunitAttempts(config), "maturity_junit_attempts")
        if len(self.plan.reporters) > len(files.BUILTIN):
            with refusals():  # once more, now that the formats of conftests and plugins are known
                self.publisher.invalidate(self.plan.reporters.values())
        if self.judging:
            self.tools.start()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Refuse markers that could not be obeyed, all at once."""
        problems = dict.fromkeys(markers.find_marker_errors(items))
        if problems:
            xdist.refuse(config, usage_error_text(problems))

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
        self.notes += lift_total_threshold(session.config, bool(self.plan.selection.given_paths))
        try:
            return (yield)
        finally:
            self.recorder.stop()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if excinfo.typename != "Interrupted":  # pytest's and xdist's own way to stop early
            self._interrupt(excinfo.typename)

    # ── the verdict ──────────────────────────────────────────────────────────

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge on the controller; a worker sends home what it knows."""
        redaction.learn_secrets(os.environ)
        if xdist.is_worker(session.config):
            xdist.send(session.config, self.accounts, self.plan.selection, self.recorder)
        elif os.getpid() == self._pid:
            self._finish(session, int(session.exitstatus) or int(exitstatus))  # a conftest may have failed the session

    def _finish(self, session: pytest.Session, status: int) -> None:
        if not self.judging:
            session.exitstatus = self.exit_code = status or self.exit_code
            return
        self._status = 0 if status == pytest.ExitCode.NO_TESTS_COLLECTED and self.accounts.resumed else status
        if self.shard.path is not None:
            self._hand_over()
        else:
            self._reach_verdict()
        self.resume.end(self.interrupted)
        session.exitstatus = self.exit_code

    def _hand_over(self) -> None:
        """Write what this shard observed; nothing is judged, and the exit code is pytest's own."""
        tools = self._join_tools()
        gaps = [*self.gaps, *self.workers.gaps]
        try:
            self.handed_over = self.shard.end(self.accounts, self.recorder, tools, gaps, self._status)
        except Exception as error:  # whatever broke, nobody must take this part for observed
            self.handed_over = f"the evidence cannot be written: {describe_error(error)}"
        else:
            self.exit_code = self._status

    def _reach_verdict(self) -> None:
        try:
            self.report = self._judge(self._status)
        except Exception as error:  # whatever broke, the run must end without a verdict that was not reached
            words = f"pytest-maturity itself broke: {describe_error(error)}"
            self.report = self.publisher.empty(Verdict.INCONCLUSIVE, *self.notes, traceback.format_exc(), words)
        self.exit_code = judging.exit_code(self.report.verdict, self._status, self.interrupted)

    def _judge(self, status: int) -> Report:
        if self.merge:
            self.merge.add_outcomes(self.accounts)
            self.notes.append(self.merge.note)
        coverage = {one.name: self.recorder.measure(one) for one in self.plan.components}  # while tools still run
        suppressions = count_suppressions(self.plan.components, coverage, self.plan.context)
        tools = self._join_tools()
        gaps = (*self.gaps, *(self.merge.gaps() if self.merge else ()))
        parts = self.merge is not None and len(self.merge.shards) > 1
        observed = Observed(tools, self.accounts, self.workers, coverage, suppressions, gaps, status, parts)
        judgements = judging.judge(self.plan, observed)
        verdict = worst_verdict(judgement.verdict for judgement in judgements)
        notes = (*self.notes, *self.resume.notes, *judging.notes(self.plan, observed, judgements))
        return replace(self.publisher.empty(verdict, *notes), components=judgements)

    def _join_tools(self) -> dict[str, ToolResult]:
        """What the tools said; after an interrupt, and when interrupted now, only those that have finished."""
        if not self.interrupted:
            try:
                return self.tools.join()
            except KeyboardInterrupt:
                self._interrupt("KeyboardInterrupt")
                self._status = int(pytest.ExitCode.INTERRUPTED)
        return self.tools.give_up()

    def _interrupt(self, name: str) -> None:
        self.interrupted = True
        self.gaps.append(Gap(cause="interrupted", message=f"the run was interrupted: {self._ticket.expiry or name}"))

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
            why = (
                self.publisher.unwritable(error)
                if isinstance(error, OSError)
                else f"a reporter raised {describe_error(error)}"
            )
            self._take_back(why)
        self.pytest_config.hook.pytest_maturity_finished(config=self.pytest_config, report=self.report)

    def _take_back(self, why: str) -> None:
        assert self.report is not None
        self.exit_code = exit_codes.INCONCLUSIVE
        self.report = replace(self.report, verdict=Verdict.INCONCLUSIVE, notes=(*self.report.notes, why))

    def close(self) -> None:
        """Leave no process, no tracer and no file behind, however the run ended."""
        if os.getpid() == self._pid:
            self.tools.close()
            with contextlib.suppress(Exception):  # nothing depends on it any more, and a test may have broken it
                self.recorder.stop()
                self.recorder.close()
