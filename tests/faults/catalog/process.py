"""Faults 1 to 18, 76 to 80: the process dies or hangs; tests change the session, the clock or standard modules."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.faults.fault import NO_REPORT, Fault
from tests.faults.runner import RunResult

SUPERVISED = ("--maturity-supervise",)
WRONG = "\ndef test_wrong():\n    assert 0, 'the failure that must be seen'\n"
SEEN = "the failure that must be seen"


def check_times(result: RunResult) -> None:
    started, now = datetime.fromisoformat(result.report["run"]["started"]), datetime.now(timezone.utc)
    assert timedelta(0) <= now - started < timedelta(minutes=10), started
    assert 0 <= result.report["run"]["duration_s"] < 600, result.report["run"]["duration_s"]


FAULTS = (
    Fault(
        number=1,
        case="test",
        title="`os._exit(0)` in a test",
        gate_arguments=SUPERVISED,
        exit_code=3,
        verdict="INCOMPLETE",
        files={"tests/test_shop_x.py": "import os\n\ndef test_gone():\n    os._exit(0)\n" + WRONG},
        messages=("the run ended with exit code 0", "says INCOMPLETE"),
    ),
    Fault(
        number=1,
        case="conftest",
        title="`os._exit(0)` in a conftest",
        gate_arguments=SUPERVISED,
        exit_code=3,
        verdict="INCOMPLETE",
        files={"conftest.py": "import os\nos._exit(0)\n"},
        messages=("the run ended with exit code 0", "says INCOMPLETE"),
    ),
    Fault(
        number=2,
        title="a failed test, and `atexit.register(os._exit, 0)`",
        gate_arguments=SUPERVISED,
        exit_code=3,
        files={"tests/test_shop_x.py": "import atexit, os\natexit.register(os._exit, 0)\n" + WRONG},
        messages=("the run ended with exit code 0", "says HOLD", SEEN),
    ),
    Fault(
        number=3,
        title="`pytest.exit(returncode=0)` in a test",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={
            "tests/test_shop_x.py": "import pytest\n\ndef test_enough():\n    pytest.exit('x', returncode=0)\n" + WRONG
        },
        messages=("the run was interrupted: Exit", "did not finish"),
    ),
    Fault(
        number=4,
        title="SIGKILL, as by the out-of-memory killer",
        exit_code=-9,
        verdict="INCOMPLETE",
        files={
            "tests/test_shop_x.py": "import os, signal\n\ndef test_a():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        },
        messages=("INCOMPLETE",),
    ),
    Fault(
        number=5,
        title="SIGTERM, as for a cancelled CI job",
        exit_code=-15,
        verdict="INCOMPLETE",
        messages=("INCOMPLETE",),
        files={
            "tests/test_shop_x.py": "import os, signal\n\ndef test_a():\n    os.kill(os.getpid(), signal.SIGTERM)\n"
        },
    ),
    Fault(
        number=6,
        title="Ctrl-C",
        exit_code=2,
        verdict="INCONCLUSIVE",
        messages=("the run was interrupted: KeyboardInterrupt",),
        files={
            "tests/test_shop_x.py": "import os, signal\n\ndef test_a():\n"
            "    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in background jobs\n"
            "    os.kill(os.getpid(), signal.SIGINT)\n"
        },
    ),
    Fault(
        number=7,
        title="a segmentation fault",
        exit_code=-11,
        verdict="INCOMPLETE",
        messages=("Segmentation fault",),
        files={"tests/test_shop_x.py": "import ctypes\n\ndef test_a():\n    ctypes.string_at(0)\n"},
    ),
    Fault(
        number=8,
        case="testsfailed",
        title="a test sets `session.testsfailed = -1`",
        messages=("pass rate 75 % < 100", SEEN),
        files={"tests/test_shop_x.py": "def test_a(request):\n    request.session.testsfailed = -1\n" + WRONG},
    ),
    Fault(
        number=8,
        case="exitstatus",
        title="a conftest sets `session.exitstatus = 0` at the end",
        messages=(SEEN, "pass rate"),
        files={
            "conftest.py": "import pytest\n\n@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
            "def pytest_sessionfinish(session):\n    yield\n    session.exitstatus = 0\n",
            "tests/test_shop_x.py": WRONG,
        },
    ),
    Fault(
        number=8,
        case="unconfigure",
        title="the same in `pytest_unconfigure`, after the verdict",
        messages=(SEEN, "pass rate"),
        files={
            "conftest.py": "def pytest_sessionstart(session):\n    session.config.kept = session\n\n"
            "def pytest_unconfigure(config):\n    config.kept.exitstatus = 0\n",
            "tests/test_shop_x.py": WRONG,
        },
    ),
    Fault(
        number=9,
        case="parent fails",
        title="a forked child returns to pytest and ends after its parent",
        files={
            "tests/test_shop_x.py": """
            import os, time

            def test_forked():
                parent = os.getpid()
                if not os.fork():
                    while os.getppid() == parent:
                        time.sleep(0.02)
                    return
                assert 0, "the failure that must be seen"
            """
        },
        messages=(SEEN, "pass rate"),
    ),
    Fault(
        number=9,
        case="parent gone",
        title="the same, and the parent leaves with `os._exit(0)`",
        gate_arguments=SUPERVISED,
        exit_code=3,
        verdict="INCOMPLETE",
        messages=("the run ended with exit code 0", "says INCOMPLETE"),
        files={"tests/test_shop_x.py": "import os\n\ndef test_forked():\n    if os.fork():\n        os._exit(0)\n"},
    ),
    Fault(
        number=10,
        case="one",
        title="an xdist worker dies",
        plugins=("xdist",),
        arguments=("-n1",),
        files={"tests/test_shop_x.py": "import os\n\ndef test_a():\n    os._exit(0)\n"},
        messages=("worker gw0 died", "crashed while running"),
    ),
    Fault(
        number=10,
        case="all",
        title="an xdist worker dies and may not be restarted",
        plugins=("xdist",),
        arguments=("-n1", "--max-worker-restart=0"),
        messages=("worker gw0 died", "did not finish"),
        files={"tests/test_shop_a.py": "import os\n\ndef test_a():\n    os._exit(0)\n\ndef test_b():\n    pass\n"},
    ),
    Fault(
        number=11,
        case="sessionfinish",
        title="another plugin raises in `pytest_sessionfinish`",
        exit_code=3,
        verdict="INCOMPLETE",
        files={"conftest.py": "def pytest_sessionfinish(session):\n    raise RuntimeError('late')\n"},
        messages=("RuntimeError: late",),
    ),
    Fault(
        number=11,
        case="summary",
        title="another plugin raises in `pytest_terminal_summary`",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={"conftest.py": "def pytest_terminal_summary():\n    raise RuntimeError('late')\n"},
        messages=("RuntimeError: late",),
    ),
    Fault(
        number=12,
        title="the evaluation raises, a bug of the plugin",
        exit_code=3,
        verdict="INCONCLUSIVE",
        not_compared="evaluates nothing",
        files={
            "conftest.py": """
            import pytest_maturity.evidence.assess

            def broken(*args, **kwargs):
                raise RuntimeError("the evaluation broke")

            pytest_maturity.evidence.assess.judge = broken
            """
        },
        messages=("pytest-maturity itself broke: RuntimeError: the evaluation broke", "Traceback"),
    ),
    Fault(
        number=13,
        title="exceptions in a thread and in a finalizer, which pytest only warns of",
        messages=("unhandled 2 > 0", "ValueError: boom"),
        policy='ladder = ["proven"]\nstages.proven = { pass_rate = 100, unhandled = 0 }\n',
        files={
            "tests/test_shop_x.py": """
            import gc, threading

            def test_thread():
                def work():
                    raise ValueError("boom")
                thread = threading.Thread(target=work)
                thread.start()
                thread.join()

            def test_finalizer():
                class Late:
                    def __del__(self):
                        raise ValueError("late")
                Late()
                gc.collect()
            """
        },
    ),
    Fault(
        number=14,
        case="signal",
        title="a test hangs, and pytest-timeout ends it",
        plugins=("timeout",),
        arguments=("--timeout=1",),
        messages=("Timeout", "pass rate"),
        files={"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"},
    ),
    Fault(
        number=14,
        case="thread",
        title="a test hangs, and pytest-timeout ends the process",
        plugins=("timeout",),
        verdict="INCOMPLETE",
        gate_arguments=SUPERVISED,
        exit_code=3,
        arguments=("--timeout=1", "--timeout-method=thread"),
        messages=("Timeout", "the run ended with exit code 1", "says INCOMPLETE"),
        files={"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"},
    ),
    Fault(
        number=14,
        case="limit",
        title="a test hangs, and only the gate has a time limit",
        gate_arguments=("--maturity-time-limit=8",),
        exit_code=3,
        verdict="INCONCLUSIVE",
        not_compared="has no time limit for a run",
        messages=("the time limit of 8 s is over",),
        files={"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"},
    ),
    Fault(
        number=15,
        case="descriptors",
        title="a test closes stdout and stderr (descriptors 1 and 2)",
        messages=(SEEN, "pass rate"),
        files={"tests/test_shop_x.py": "import os\n\ndef test_a():\n    os.close(1)\n    os.close(2)\n" + WRONG},
    ),
    Fault(
        number=15,
        case="directory",
        title="a test changes to a directory and deletes it",
        messages=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": "import os\n\ndef test_a():\n    os.mkdir('x')\n    os.chdir('x')\n"
            "    os.rmdir(os.getcwd())\n" + WRONG
        },
    ),
    Fault(
        number=16,
        title="tests raise RecursionError, MemoryError, SystemExit and a BaseException",
        messages=("pass rate 33.3 % < 100",),
        files={
            "tests/test_shop_x.py": """
            class Odd(BaseException):
                pass

            def test_recursion():
                test_recursion()

            def test_memory():
                raise MemoryError

            def test_exit():
                raise SystemExit(0)

            def test_odd():
                raise Odd
            """
        },
    ),
    Fault(
        number=17,
        case="frozen",
        title="the clock stands still",
        check=check_times,
        messages=(SEEN, "pass rate"),
        files={
            "conftest.py": "import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0\n",
            "tests/test_shop_x.py": WRONG,
        },
    ),
    Fault(
        number=17,
        case="jumps",
        title="the clock jumps",
        check=check_times,
        messages=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": "import itertools, time\n\ndef test_a():\n"
            "    time.time = time.monotonic = map(float, itertools.count(0, -10**6)).__next__\n" + WRONG
        },
    ),
    Fault(
        number=18,
        title="a test patches `json`, `open`, `os.replace`, `subprocess` and `time` and never undoes it",
        arguments=("-p", "no:cacheprovider"),
        messages=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": """
            import builtins, json, os, sqlite3, subprocess, tempfile, time

            def nothing(*args, **kwargs):
                raise RuntimeError("patched")

            def test_a():
                json.dumps = json.loads = os.replace = os.fsync = subprocess.Popen = subprocess.run = nothing
                sqlite3.connect = tempfile.mkstemp = time.time = time.monotonic = builtins.open = nothing

            def test_wrong():
                assert 0, 'the failure that must be seen'
            """
        },
    ),
    Fault(
        number=76,
        case="import",
        title="`sys.exit(0)` while a conftest is imported",
        exit_code=3,
        verdict="INCOMPLETE",
        files={"conftest.py": "import sys\nsys.exit(0)\n"},
        messages=("the run ended before a verdict: SystemExit: 0",),
    ),
    Fault(
        number=76,
        case="unconfigure",
        title="`sys.exit(0)` in `pytest_unconfigure`, after the verdict",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={"conftest.py": "import sys\n\ndef pytest_unconfigure():\n    sys.exit(0)\n"},
        messages=("SystemExit: 0",),
    ),
    Fault(
        number=76,
        case="outermost",
        title="`sys.exit(0)` in the outermost wrapper of `pytest_sessionfinish`, in a folder of tests",
        files={
            "tests/shop/conftest.py": "import pytest, sys\n\n@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
            "def pytest_sessionfinish():\n    yield\n    sys.exit(0)\n",
            "tests/shop/test_shop_x.py": WRONG,
        },
        messages=(SEEN, "pass rate"),
    ),
    Fault(
        number=76,
        case="reporter",
        title="a report format ends pytest with `sys.exit(0)`",
        exit_code=3,
        gate_arguments=("--maturity-report=text",),
        verdict="INCOMPLETE",
        not_compared=NO_REPORT,
        files={
            "conftest.py": """
            import sys
            from pytest_maturity import Reporter

            def render(report):
                sys.exit(0)

            def pytest_maturity_reporters():
                return [Reporter("text", render, ".txt")]
            """
        },
        messages=("a reporter raised SystemExit: 0",),
    ),
    Fault(
        number=77,
        case="option",
        title="`-p no:` with the name of a part of the plugin",
        gate_arguments=("-p", "no:maturity_outcome_listener"),
        exit_code=4,
        verdict="INCOMPLETE",
        not_compared="has no such parts",
        messages=("-p no:maturity_outcome_listener: blocks a part of pytest-maturity",),
    ),
    Fault(
        number=77,
        case="removed",
        title="a conftest removes a part of the plugin while tests run",
        exit_code=3,
        verdict="INCONCLUSIVE",
        not_compared="has no such parts",
        files={
            "conftest.py": "def pytest_runtest_teardown(item):\n"
            "    item.config.pluginmanager.unregister(name='maturity_selection')\n"
        },
        messages=("removed while the run went on: maturity_selection",),
    ),
    Fault(
        number=79,
        title="the process is killed after its report says PROMOTE",
        exit_code=-9,
        verdict="INCOMPLETE",
        not_compared=NO_REPORT,
        files={"conftest.py": "import os, signal\n\ndef pytest_unconfigure():\n    os.kill(os.getpid(), 9)\n"},
        messages=("the run ended with exit code -9",),
    ),
    Fault(
        number=80,
        case="plugin",
        title="a plugin that `-p` imports before the gate starts registers `atexit.register(os._exit, 0)`",
        arguments=("-p", "early"),
        exit_code=3,
        files={
            "src/early.py": "import atexit, os\natexit.register(os._exit, 0)\n",
            "tests/test_shop_x.py": WRONG,
        },
        messages=("the run ended with exit code 0", "says HOLD", SEEN),
    ),
    Fault(
        number=80,
        case="variable",
        title="the variable by which a supervisor starts its run is set outside",
        environment={"PYTEST_MATURITY_SUPERVISED": "a:/no/such/place"},
        exit_code=3,
        verdict="INCOMPLETE",
        files={"tests/test_shop_x.py": "import os\n\ndef test_gone():\n    os._exit(0)\n" + WRONG},
        messages=("the run ended with exit code 0", "says INCOMPLETE"),
    ),
)
