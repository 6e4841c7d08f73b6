"""One judged run: its steps, in the order in which pytest calls them."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
import traceback
from collections.abc import Callable, Generator, Mapping
from typing import Any

import pytest

from .. import gates
from ..evidence.outcomes import OutcomeLog
from ..model import exit_codes, redaction
from ..model.errors import usage_error_text
from ..model.gates import Gate
from ..model.report import Reporter
from ..model.text import describe_error
from ..reports import files
from . import judging, xdist
from .attribution.registration import track_imports, track_tests
from .coverage import lift_total_threshold
from .executed_code import ExecutedCode
from .explain import explain
from .fix import fix
from .modes import Conclusion, Interruption, JudgeNothing, Parts, choose_mode
from .outcome_listener import OutcomeListener
from .own_plugins import find_removed, register
from .plan import Plan
from .pytest_internals import unconfigure, wrap_hook
from .report_files import ReportFiles, usage_errors
from .retries import markers, output
from .selection import Selection
from .source_lines import SourceLines
from .supervisor import Ticket, is_started_as_program
from .terminal import VerdictPrinter, print_conclusion, print_line
from .tools import Tools
from .weakened_tests import find_removed_asserts, find_weakened_tests
from .workers import Workers, send_evidence

# Ends of pytest that need no traceback.
EXPECTED_FAILURES = (pytest.UsageError, pytest.exit.Exception, SystemExit, KeyboardInterrupt)


class MaturitySession:
    """The plugin's part in a pytest session. Its methods stand in the order of a run."""

    # ── before the first conftest.py ─────────────────────────────────────────

    def __init__(self, config: pytest.Config, ticket: Ticket) -> None:
        """Reads the policy and finds the components' sources. Raises MaturityError."""
        options = config.known_args_namespace
        redaction.learn_secrets(os.environ)
        self._config, self._pid = config, os.getpid()
        self._is_program = is_started_as_program(config.invocation_params.args)
        self._is_explaining, self._fixes = bool(options.maturity_explain), bool(options.maturity_fix)
        early_input = xdist.pop_early_input()
        self._is_worker = early_input is not None
        self._plan = Plan(config, early_input)
        run = judging.create_run(ticket.run_id, config.invocation_params.args, self._plan)
        self._reports = ReportFiles(self._plan, run, ticket)
        self._mode = choose_mode(config, self._plan, self._reports)
        self._recorder = self._mode.recorder
        self._executed_code = ExecutedCode(self._plan, self._recorder)
        self._tools = Tools(config, self._plan, self._mode.tool_results)
        self._interruption = Interruption(ticket)
        self._notes = [*self._plan.notes]
        self._conclusion = Conclusion(
            message=f"INCONCLUSIVE  {', '.join(self._plan.names)}: the run ended before a verdict"
        )
        self._has_ended = self._is_running = False
        self._failure: BaseException | None = None  # of pytest or a plugin

    def begin(self) -> None:
        """Invalidates the last run's report and starts to measure coverage. Raises MaturityError."""
        self._config.add_cleanup(self._close)
        if self._is_explaining:
            return
        if not self._is_worker:
            self._reports.invalidate()
            self._fix_sources()
            self._mode.prepare()
            self._notes += self._begin_record()
            self._executed_code.record_byte_code()
        self._recorder.start()
        track_imports(self._config, self._plan, self._recorder)

    def _begin_record(self) -> list[str]:
        """Records that this run has begun, where it will judge all gates; returns notes."""
        plan = self._plan
        if plan.records is None or not self._mode.judges or plan.only_gates or plan.is_trial:
            return []
        return plan.records.begin(self._reports.run, {name: plan.policy.find_target(name) for name in plan.names})

    def _fix_sources(self) -> None:
        """Applies the linter's fixes where the command line says so and tests will run. Raises MaturityError."""
        if self._fixes and not isinstance(self._mode, JudgeNothing):
            self._notes += fix(self._plan.root, self._plan.components)
            self._plan.files.stamp_sources(self._plan.components)  # a later change is a gap, a fix is none

    # ── before the tests ─────────────────────────────────────────────────────

    def pytest_maturity_gates(self) -> list[Gate]:
        """Returns the built-in gates and the commands of the configuration, by the hook that users have."""
        policy = self._plan.policy
        on_record = gates.make_record_gates(policy.ladder) if policy.requires_records else []
        return [*gates.BUILTIN, *on_record, *gates.make_configured_gates(*policy.gate_tables)]

    def pytest_maturity_reporters(self) -> list[Reporter]:
        return list(files.BUILTIN)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> int | None:
        """With --maturity-explain, prints what would be selected and required, and runs nothing."""
        if not self._is_explaining:
            return None
        with usage_errors():
            self._plan.complete(config)
        explain(config, self._plan)
        return 0

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Selects the components' tests and starts the tools beside them."""
        redaction.learn_secrets(os.environ)  # a conftest may have read more from a file
        with usage_errors(), self._recorder.paused():
            self._plan.complete(config)
        self._parts = self._connect(config)
        self._parts.selection.apply(self._plan.runs_tests)
        if not self._is_worker:
            self._register_output(config)
            self._invalidate_added_formats()
        self._mode.start(self._parts)

    def _connect(self, config: pytest.Config) -> Parts:
        """Registers what listens to the tests, in this process and in workers."""
        plan, log = self._plan, OutcomeLog()
        selection = Selection(
            config, plan.root, plan.components, plan.layout, log, plan.policy.kinds,
            holds_untested=plan.selects_many,
        )  # fmt: skip
        register(config, selection, "maturity_selection")
        required = plan.list_required_gates()
        start = config.invocation_params.dir
        sources = SourceLines(plan.components, plan.root, start) if "warnings" in required else None
        listener = OutcomeListener(
            log, selection, lambda: register(config, output.FlakyStatus(), "maturity_flaky_status"), sources
        )
        listener.listen(config, times_tests="duration" in required or plan.lists_tests or not self._mode.judges)
        if "performance" in required and not xdist.has_workers(config):  # workers send theirs with their logs
            from .performance import PerformanceListener  # here: few runs need it

            register(config, PerformanceListener(config, log), "maturity_performance")
        for gap in find_weakened_tests(config, plan.policy, plan.root):
            log.record_gap("", gap)
        track_tests(config, selection, log, plan)
        workers = Workers(log, self._recorder, plan.early_input)
        if xdist.has_workers(config):
            self._recorder.stop()  # they measure: nothing but pytest runs here, and its threads would be traced, too
            register(config, workers, "maturity_workers")
            config.add_cleanup(workers.close)
        return Parts(
            config=config, plan=plan, reports=self._reports, recorder=self._recorder, tools=self._tools, log=log,
            selection=selection, workers=workers, interruption=self._interruption, notes=self._notes.copy(),
            executed_code=self._executed_code,
        )  # fmt: skip

    def _register_output(self, config: pytest.Config) -> None:
        """Registers what prints and writes at the end; the controller's part."""
        self._printer = VerdictPrinter(config, self._plan)
        register(config, output.RerunSummary(config, self._parts.log), "maturity_retried")
        if config.getoption("xmlpath", None):
            junit = output.JunitAttempts(config, self._plan.policy.junit_flaky_failures)
            register(config, junit, "maturity_junit_attempts")

    def _invalidate_added_formats(self) -> None:
        """Invalidates once more, now that the formats of conftests and plugins are known."""
        with usage_errors():
            self._reports.invalidate_added()

    # ── the tests ────────────────────────────────────────────────────────────

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self, session: pytest.Session) -> object:
        """Collects nothing where the components have no test: without arguments, pytest collects everything."""
        if xdist.has_workers(session.config) or session.config.args:
            return None
        session.perform_collect([])
        return True

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """Refuses markers that cannot be obeyed, all at once."""
        problems = dict.fromkeys(markers.find_marker_errors(items))
        if problems:
            xdist.raise_usage_error(config, usage_error_text(problems))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Measures coverage until the last test is torn down."""
        self._parts.add_notes(lift_total_threshold(session.config, bool(self._parts.selection.given_paths)))
        try:
            return (yield)
        finally:
            self._recorder.stop()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        if excinfo.typename != "Interrupted":  # pytest's and xdist's own way to stop early
            self._interruption.record(excinfo.typename)

    # ── the verdict ──────────────────────────────────────────────────────────

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Reaches the verdict on the controller; a worker sends what it observed."""
        redaction.learn_secrets(os.environ)
        for gap in find_removed_asserts(self._plan.root):
            self._parts.log.record_gap("", gap)
        if self._is_worker:
            send_evidence(session.config, self._parts.log, self._recorder, find_removed(session.config))
        elif os.getpid() == self._pid:  # not in a child that a test forked
            status = int(session.exitstatus) or int(exitstatus)  # a conftest may have failed the session
            # Where nothing is affected, there is nothing to run; no test of an affected component is another thing.
            has_reason = self._plan.names and (
                self._parts.log.not_rerun or not self._plan.runs_tests or self._plan.affected is not None
            )
            if status == pytest.ExitCode.NO_TESTS_COLLECTED and has_reason:
                status = int(pytest.ExitCode.OK)  # all tests passed in the killed run, or none was wanted
            self._conclusion = self._mode.finish(self._parts, status)  # not yet written: later hooks may fail
            session.exitstatus = self._conclusion.exit_code

    def pytest_terminal_summary(self) -> None:
        """Prints the table of each component with pytest's own summary."""
        if self._conclusion.report is not None:
            self._printer.print_summary(self._conclusion.report)

    # ── the way out ──────────────────────────────────────────────────────────

    def guard_exit(self) -> None:
        """Takes over the way out of pytest: from now on, every end of this run passes through `_leave`."""
        if not self._is_worker:
            wrap_hook(self._config.hook.pytest_cmdline_main, self._run_main)
            wrap_hook(self._config.hook.pytest_sessionfinish, self._finish_session)

    def _finish_session(self, run: Callable[[], object], arguments: Mapping[str, Any]) -> object:
        """Writes the reports and prints the verdict after everything that pytest and other plugins do."""
        try:
            result = run()
        except BaseException as error:
            self._failure = error  # pytest itself catches pytest.exit() here, and takes its exit code
            raise
        session: pytest.Session = arguments["session"]
        if os.getpid() == self._pid:
            self._end(int(session.exitstatus))
            session.exitstatus = self._conclusion.exit_code
        return result

    def _run_main(self, run: Callable[[], Any], _: object) -> int:
        """Runs pytest from here to its end and returns the exit code."""
        self._is_running = True
        code = exit_codes.INCONCLUSIVE
        try:
            try:
                code = int(run())
            finally:
                unconfigure(self._config)  # pytest would do it later, where it could still fail
        except BaseException as error:  # of any plugin, also SystemExit
            self._failure = error
        if os.getpid() == self._pid:  # not in a child that a test forked
            code = self._leave(code)
        if self._is_program:
            # Python ends next. It would search all objects for garbage first, several times, for a tenth of a second.
            gc.freeze()
        if isinstance(self._failure, pytest.UsageError | KeyboardInterrupt):
            raise self._failure  # pytest prints the one, and Python ends by the other
        return code

    def _leave(self, code: int) -> int:
        """Returns the exit code: 0 only where this run's verdict is PROMOTE, or where --maturity-explain was obeyed.

        What failed after the verdict takes it back.
        """
        failure = self._failure
        if failure is not None:
            if not isinstance(failure, EXPECTED_FAILURES):
                traceback.print_exception(failure)
            is_usage = isinstance(failure, pytest.UsageError)
            self._end(exit_codes.WRONG_USAGE if is_usage else exit_codes.INCONCLUSIVE, describe_error(failure))
        elif self._is_explaining:
            return code
        elif code != self._conclusion.exit_code or not self._has_ended:
            self._end(code)
        return self._conclusion.exit_code

    def _end(self, status: int, failure: str = "") -> None:
        """Writes and prints the conclusion; without a promotion where pytest failed, or has another exit status.

        May be called again, where something fails after it.
        """
        is_first, self._has_ended = not self._has_ended, True
        if not failure and status != self._conclusion.exit_code:
            is_judged = self._conclusion.report is not None or self._conclusion.evidence is not None
            words = "after the judgement something failed the session with " if is_judged else ""
            failure = f"{words}exit status {status}"
        if failure:
            self._conclusion = self._conclusion.revoke(failure, status)
        if self._conclusion.report is not None:
            self._printer.print_summary(self._conclusion.report)
        self._write()
        if is_first and self._conclusion.report is not None:
            self._call_finished()
        if self._conclusion.report is not None or status != exit_codes.WRONG_USAGE:  # pytest says what is wrong
            print_conclusion(self._config, self._conclusion.report, self._conclusion.message)

    def _write(self) -> None:
        """Writes the reports, or the evidence; where that fails, nothing is promoted."""
        conclusion = self._conclusion
        try:
            if conclusion.report is not None:
                text = self._reports.write(conclusion.report, self._plan.outputs)
                self._record(text)
            elif conclusion.evidence is not None:
                assert conclusion.evidence_path is not None
                self._reports.write_evidence(conclusion.evidence, conclusion.evidence_path)
        except OSError as error:
            self._conclusion = conclusion.revoke(self._reports.describe_write_error(error))
        except BaseException as error:  # a user's reporter may raise anything
            self._conclusion = conclusion.revoke(f"a reporter raised {describe_error(error)}")

    def _record(self, text: str) -> None:
        """Records the run of a JSON report; where that fails, prints why: the verdict does not depend on it."""
        plan, records = self._plan, self._plan.records
        if records is None or plan.only_gates or plan.is_trial:
            return
        if problem := records.write(text):
            print_line(self._config, f"  note: this run is not recorded: {problem}")

    def _call_finished(self) -> None:
        """Calls the hook of users once; where it fails, nothing is promoted."""
        try:
            self._config.hook.pytest_maturity_finished(config=self._config, report=self._conclusion.report)
        except BaseException as error:  # also SystemExit
            reason = f"the hook pytest_maturity_finished raised {describe_error(error)}"
            self._conclusion = self._conclusion.revoke(reason)
            self._write()

    def _close(self) -> None:
        """Leaves no process, no tracer and no file behind, however the run ended.

        Raises SystemExit (3) where pytest is ended by SystemExit before `_run_main`, as by a conftest at its import.
        """
        if os.getpid() == self._pid:
            self._tools.close()
            with contextlib.suppress(Exception):  # nothing depends on it any more, and a test may have broken it
                self._recorder.stop()
                self._recorder.close()
        error = sys.exc_info()[1]
        if isinstance(error, SystemExit) and not self._is_running and not self._is_worker:
            print_conclusion(self._config, None, self._conclusion.revoke(describe_error(error)).message)
            raise SystemExit(exit_codes.INCONCLUSIVE)
