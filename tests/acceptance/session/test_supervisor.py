"""A parent process that exits with a verdict's code only where the sealed report of its run confirms it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.project import Project

pytestmark = pytest.mark.processes
NO_FORK = "import os\ndel os.fork\n"
everywhere = pytest.mark.parametrize("fork", [True, False], ids=["fork", "no fork"])
unix = pytest.mark.skipif(not hasattr(os, "fork"), reason="signals as Unix has them")


class Supervised:
    """Runs the gate as a program, on a system with or without fork."""

    def __init__(self, project: Project, fork: bool) -> None:
        self.project = project
        self.environment = {key: value for key, value in os.environ.items() if key != "CI"}
        if not fork:
            project.write({"nofork/sitecustomize.py": NO_FORK})
            self.environment["PYTHONPATH"] = str(project.path / "nofork")

    def start(self, *arguments: str, how: tuple[str, ...] = ("-m", "pytest"), **more: Any) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            *how,
            *self.project.plugin_options(),
            "--maturity-component",
            "orchestration",
            *arguments,
        ]
        return subprocess.Popen(
            command, cwd=self.project.path, env={**self.environment, **more.pop("env", {})}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
        )  # fmt: skip

    def run(self, *arguments: str, **more: Any) -> tuple[int, str, str]:
        process = self.start("--maturity-supervise", *arguments, **more)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    def test(self, body: str) -> None:
        self.project.write({"tests/test_orchestrator.py": f"import os, sys\n\ndef test_a():\n    {body}\n"})

    @property
    def verdict(self) -> str:
        return str(self.project.read_report()["verdict"])


@pytest.fixture
def supervised(project: Project, fork: bool) -> Supervised:
    return Supervised(project, fork)


@pytest.fixture
def fork() -> bool:
    return True


@everywhere
@pytest.mark.parametrize(
    ("body", "code", "verdict"),
    [("pass", 0, "PROMOTE"), ("assert 0", 1, "HOLD"), ("import pytest; pytest.skip()", 3, "INCONCLUSIVE")],
)
def test_a_confirmed_exit_code_is_kept(supervised: Supervised, body: str, code: int, verdict: str) -> None:
    supervised.test(body)
    found, out, err = supervised.run()
    assert (found, err) == (code, "")
    assert out.splitlines()[-1].startswith(f"{verdict}  orchestration")


@everywhere
@pytest.mark.parametrize(
    "body", ["os._exit(0)", "os._exit(1)", "import atexit; atexit.register(os._exit, 0); assert 0"]
)
def test_an_exit_code_that_no_report_confirms_becomes_three(supervised: Supervised, body: str) -> None:
    assert supervised.run()[0] == 0
    supervised.test(body)
    code, _, err = supervised.run()
    assert code == 3
    assert err.startswith("INCONCLUSIVE  the run ended with exit code ")
    assert err.rstrip().endswith(("says INCOMPLETE", "says HOLD"))


def test_a_conftest_that_ends_the_process_leaves_no_verdict(supervised: Supervised) -> None:
    assert supervised.run()[0] == 0
    supervised.project.write({"conftest.py": "import os\nos._exit(0)\n"})
    assert supervised.run()[0] == 3
    assert supervised.verdict == "INCOMPLETE"


def test_the_report_of_an_earlier_run_confirms_nothing(supervised: Supervised) -> None:
    assert supervised.run()[0] == 0
    report = supervised.project.path / ".maturity/orchestration.json"
    (supervised.project.path / "kept.json").write_text(report.read_text())
    supervised.test("import shutil; shutil.copy('kept.json', '.maturity/orchestration.json'); os._exit(0)")
    code, _, err = supervised.run()
    assert code == 3
    assert "is not valid: it is from the run " in err


def test_a_report_that_a_test_has_changed_is_not_valid(supervised: Supervised) -> None:
    supervised.test(
        "p = '.maturity/orchestration.json'; t = open(p).read().replace('INCOMPLETE', 'PROMOTE'); "
        "open(p, 'w').write(t); os._exit(0)"
    )
    code, _, err = supervised.run()
    assert code == 3
    assert "its seal does not match" in err


@everywhere
@pytest.mark.parametrize("arguments", [("--nonsense",), ("--maturity-target=nonsense",)])
def test_wrong_usage_exits_with_four(supervised: Supervised, arguments: tuple[str, ...]) -> None:
    code, _, err = supervised.run(*arguments)
    assert code == 4
    assert "INCONCLUSIVE" not in err


@unix
@pytest.mark.parametrize("name", ["SIGKILL", "SIGSEGV", "SIGTERM", "SIGABRT"])
def test_the_supervisor_dies_by_the_signal_that_ended_the_run(supervised: Supervised, name: str) -> None:
    supervised.test(f"import signal; os.kill(os.getpid(), signal.{name})")
    code, _, _ = supervised.run()
    assert code == -getattr(signal, name)
    assert supervised.verdict == "INCOMPLETE"


def wait_for(path: Path) -> None:
    deadline = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < deadline, f"{path.name} was not created"
        time.sleep(0.02)


SLEEPS = "open('begun', 'w').close(); import time; time.sleep(60)"
LIMIT = 8.0  # seconds in which a run has started on any machine, also a busy one


@unix
def test_a_cancelled_job_ends_the_run_by_its_signal(supervised: Supervised) -> None:
    supervised.test(SLEEPS)
    process = supervised.start("--maturity-supervise")
    wait_for(supervised.project.path / "begun")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGTERM
    assert supervised.verdict == "INCOMPLETE"


def accept_interrupts() -> None:
    """Resets the signal's handling in a child: as a background job, this process may ignore it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@unix
def test_ctrl_c_is_handled_by_the_run_which_exits_with_two(supervised: Supervised) -> None:
    supervised.test(SLEEPS)
    process = supervised.start("--maturity-supervise", start_new_session=True, preexec_fn=accept_interrupts)
    wait_for(supervised.project.path / "begun")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out.splitlines()[-1].startswith("INCONCLUSIVE  orchestration")


@unix
@pytest.mark.parametrize(
    ("flags", "before"),
    [((), accept_interrupts), (("-n1",), accept_interrupts), ((), ignore_interrupts)],
    ids=["here", "worker", "background"],
)
def test_a_run_beyond_the_time_limit_is_interrupted_and_judged(
    supervised: Supervised, flags: tuple[str, ...], before: Callable[[], None]
) -> None:
    supervised.test(SLEEPS)
    process = supervised.start(f"--maturity-time-limit={LIMIT:g}", *flags, preexec_fn=before)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.splitlines()[-1]) == (3, f"INCONCLUSIVE  the time limit of {LIMIT:g} s is over")
    assert supervised.verdict == "INCONCLUSIVE"
    gaps = [gap["message"] for gap in supervised.project.read_report()["components"][0]["gaps"]]
    assert f"the run was interrupted: the time limit of {LIMIT:g} s is over" in gaps


@everywhere
def test_a_run_that_ignores_the_interrupt_is_killed(supervised: Supervised, fork: bool) -> None:
    ignoring = "import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); " if fork else ""
    supervised.test(ignoring + SLEEPS)
    process = supervised.start(f"--maturity-time-limit={LIMIT:g}")
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err.splitlines()[-1]) == (3, f"INCONCLUSIVE  the time limit of {LIMIT:g} s is over")
    assert supervised.verdict == "INCOMPLETE"


@everywhere
def test_a_run_within_the_time_limit_is_not_changed(supervised: Supervised) -> None:
    code, _, err = supervised.run("--maturity-time-limit=60")
    assert (code, err) == (0, "")


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon"])
def test_a_time_limit_is_a_number_above_zero(supervised: Supervised, value: str) -> None:
    code, _, err = supervised.run(f"--maturity-time-limit={value}")
    assert code == 4
    assert err.startswith(f"ERROR: --maturity-time-limit: {value!r} is not a number of seconds above 0")


def test_a_debugger_reads_from_the_terminal(supervised: Supervised) -> None:
    supervised.test("x = 41; assert x == 42")
    process = supervised.start("--maturity-supervise", "--pdb")
    out, _ = process.communicate("p x + 1000\nq\n", timeout=60)
    assert "1041" in out
    assert process.returncode == 2


@unix
def test_the_garbage_collector_finds_what_existed_before_the_fork(supervised: Supervised) -> None:
    supervised.test("import gc, pytest; assert any(one is vars(pytest) for one in gc.get_referrers(pytest.Item))")
    assert supervised.run()[0] == 0


@unix
def test_python_does_not_search_for_garbage_before_it_ends(supervised: Supervised) -> None:
    report = "print('frozen', gc.get_freeze_count() > 0, file=sys.__stderr__)"
    supervised.test(f"import atexit, gc; atexit.register(lambda: {report})")
    assert "frozen True" in supervised.run()[2]


def test_the_garbage_collector_of_a_program_that_calls_pytest_is_not_changed(supervised: Supervised) -> None:
    supervised.test("pass")
    before = "import gc, sys, pytest; before = gc.get_freeze_count()"  # 3.12 freezes some objects when it starts
    program = f"{before}; code = pytest.main(sys.argv[1:]); print('frozen', gc.get_freeze_count() - before)"
    process = supervised.start(how=("-c", f"{program}; sys.exit(code)"))
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, "frozen 0" in out) == (0, True)


@pytest.mark.parametrize("value", ["1", "true"])
def test_a_run_in_ci_is_supervised_without_the_option(supervised: Supervised, value: str) -> None:
    supervised.test("os._exit(0)")
    process = supervised.start(env={"CI": value})
    _, err = process.communicate(timeout=60)
    assert (process.returncode, "says INCOMPLETE" in err) == (3, True)


@everywhere
@pytest.mark.parametrize("value", ["", "false"])
def test_a_run_outside_ci_is_supervised_where_that_is_cheap(supervised: Supervised, value: str, fork: bool) -> None:
    supervised.test("assert (os.getppid() == int(os.environ['CALLER'])) is (not hasattr(os, 'fork'))")
    process = supervised.start(env={"CI": value, "CALLER": str(os.getpid())})
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_a_variable_that_is_set_outside_does_not_switch_supervision_off(supervised: Supervised) -> None:
    supervised.test("os._exit(0)")
    code, _, err = supervised.run(env={"PYTEST_MATURITY_SUPERVISED": "a:/no/such/place"})
    assert (code, "says INCOMPLETE" in err) == (3, True)


def test_a_plugin_that_is_imported_before_cannot_end_the_run_with_zero(supervised: Supervised) -> None:
    supervised.project.write({"src/early.py": "import atexit, os\natexit.register(os._exit, 0)\n"})
    supervised.test("assert 0")
    code, _, err = supervised.run("-p", "early")
    assert (code, "says HOLD" in err) == (3, True)


@unix
@pytest.mark.parametrize("end", ["os._exit(5)", "os.kill(os.getpid(), 9)"])
def test_what_ends_the_run_after_its_report_takes_the_report_back(supervised: Supervised, end: str) -> None:
    supervised.project.write({"conftest.py": f"import os\n\ndef pytest_unconfigure():\n    {end}\n"})
    supervised.test("pass")
    code, _, _ = supervised.run()
    assert code in (5, -9)
    assert supervised.verdict == "INCOMPLETE"


@unix
def test_a_signal_to_the_supervisor_alone_interrupts_the_run(supervised: Supervised) -> None:
    supervised.test(SLEEPS)
    process = supervised.start(preexec_fn=accept_interrupts)
    wait_for(supervised.project.path / "begun")
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert out.splitlines()[-1].startswith("INCONCLUSIVE  orchestration")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux kills a process with its parent")
def test_a_run_does_not_outlive_its_supervisor(supervised: Supervised) -> None:
    supervised.test(SLEEPS)
    process = supervised.start()
    wait_for(supervised.project.path / "begun")
    process.kill()
    process.communicate(timeout=30)  # ends only when the run does, too: it has the output open
    assert process.returncode == -signal.SIGKILL


CALLED = """
import os, sys, pytest
before = os.getpid()
code = pytest.main(sys.argv[1:])
assert os.getpid() == before
print("still here", flush=True)
sys.exit(code)
"""


def test_a_program_that_calls_pytest_is_not_supervised(supervised: Supervised) -> None:
    supervised.project.write({"run_tests.py": CALLED})
    process = supervised.start(how=("run_tests.py",), env={"CI": "1"})
    out, _ = process.communicate(timeout=60)
    assert (process.returncode, out.splitlines()[-1]) == (0, "still here")


def test_a_program_that_calls_pytest_cannot_require_supervision(supervised: Supervised) -> None:
    supervised.project.write({"run_tests.py": CALLED})
    code, _, err = supervised.run(how=("run_tests.py",))
    assert code == 4
    assert err.startswith("ERROR: --maturity-supervise: pytest was called inside another program")


def test_a_supervised_run_under_coverage_run_keeps_its_data(supervised: Supervised) -> None:
    code, _, _ = supervised.run(how=("-m", "coverage", "run", "--source=src", "-m", "pytest"))
    assert code == 0
    assert (supervised.project.path / ".coverage").exists()


def test_a_supervised_run_with_workers_is_judged(supervised: Supervised) -> None:
    assert supervised.run("-n2")[0] == 0
    supervised.test("os._exit(0)")
    assert supervised.run("-n2")[0] == 1
    assert supervised.verdict == "HOLD"


def test_the_supervisor_leaves_no_temporary_file(supervised: Supervised, tmp_path: Path) -> None:
    place = tmp_path / "temporary"
    place.mkdir()
    assert supervised.run(env={"TMPDIR": str(place)})[0] == 0
    assert [path.name for path in place.iterdir() if path.name.startswith("pytest-maturity")] == []


def test_an_explanation_needs_no_report(supervised: Supervised) -> None:
    assert supervised.run("--maturity-explain")[0] == 0


@pytest.mark.parametrize("option", ["--collect-only", "--markers", "--fixtures", "--setup-plan", "--help"])
@everywhere
def test_a_run_that_judges_nothing_does_not_exit_with_zero(supervised: Supervised, option: str) -> None:
    assert supervised.run()[0] == 0
    code, _, err = supervised.run(option)
    assert (code, supervised.verdict) == (3, "INCOMPLETE")
    assert "INCONCLUSIVE  the run ended" not in err
