"""1 to 18: what happens to the process, to the session, to the clock and to the modules that tests patch."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from tests.faults.fault import Fault, waits
from tests.faults.running import Ran

SUPERVISED = ("--maturity-supervise",)
WRONG = "\ndef test_wrong():\n    assert 0, 'the failure that must be seen'\n"
SEEN = "the failure that must be seen"


def at_the_end(body: str) -> str:
    return f"import pytest\n\n{body}"


def told_the_time(ran: Ran) -> None:
    started, now = datetime.fromisoformat(ran.report["run"]["started"]), datetime.now(timezone.utc)
    assert timedelta(0) <= now - started < timedelta(minutes=10), started
    assert 0 <= ran.report["run"]["duration_s"] < 600, ran.report["run"]["duration_s"]


FAULTS = (
    Fault(
        number=1,
        case="test",
        title="`os._exit(0)` in a test",
        gate=SUPERVISED,
        code=3,
        verdict="INCOMPLETE",
        files={"tests/test_shop_x.py": "import os\n\ndef test_gone():\n    os._exit(0)\n" + WRONG},
        words=("the run ended with exit code 0", "says INCOMPLETE"),
    ),
    Fault(
        number=1,
        case="conftest",
        title="`os._exit(0)` in a conftest",
        gate=SUPERVISED,
        code=3,
        verdict="INCOMPLETE",
        files={"conftest.py": "import os\nos._exit(0)\n"},
        words=("the run ended with exit code 0", "says INCOMPLETE"),
    ),
    Fault(
        number=2,
        title="`atexit(os._exit, 0)`, and a test that fails",
        gate=SUPERVISED,
        code=3,
        files={"tests/test_shop_x.py": "import atexit, os\natexit.register(os._exit, 0)\n" + WRONG},
        words=("the run ended with exit code 0", "says HOLD", SEEN),
    ),
    Fault(
        number=3,
        title="`pytest.exit(returncode=0)` midway",
        code=3,
        verdict="INCONCLUSIVE",
        files={
            "tests/test_shop_x.py": "import pytest\n\ndef test_enough():\n    pytest.exit('x', returncode=0)\n" + WRONG
        },
        words=("the run was interrupted: Exit", "did not finish"),
    ),
    Fault(
        number=4,
        title="SIGKILL, or out of memory",
        code=-9,
        verdict="INCOMPLETE",
        files={
            "tests/test_shop_x.py": "import os, signal\n\ndef test_a():\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        },
        words=("INCOMPLETE",),
    ),
    waits(4, "the next run's records say that the run died", "there are no records yet", "records"),
    Fault(
        number=5,
        title="SIGTERM: a cancelled CI job",
        code=-15,
        verdict="INCOMPLETE",
        words=("INCOMPLETE",),
        files={
            "tests/test_shop_x.py": "import os, signal\n\ndef test_a():\n    os.kill(os.getpid(), signal.SIGTERM)\n"
        },
    ),
    Fault(
        number=6,
        title="Ctrl-C",
        code=2,
        verdict="INCONCLUSIVE",
        words=("the run was interrupted: KeyboardInterrupt",),
        files={
            "tests/test_shop_x.py": "import os, signal\n\ndef test_a():\n"
            "    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background ignores\n"
            "    os.kill(os.getpid(), signal.SIGINT)\n"
        },
    ),
    Fault(
        number=7,
        title="a segmentation fault",
        code=-11,
        verdict="INCOMPLETE",
        words=("Segmentation fault",),
        files={"tests/test_shop_x.py": "import ctypes\n\ndef test_a():\n    ctypes.string_at(0)\n"},
    ),
    Fault(
        number=8,
        case="testsfailed",
        title="a test sets `session.testsfailed = -1`",
        words=("pass rate 75 % < 100", SEEN),
        files={"tests/test_shop_x.py": "def test_a(request):\n    request.session.testsfailed = -1\n" + WRONG},
    ),
    Fault(
        number=8,
        case="exitstatus",
        title="a conftest sets `session.exitstatus = 0` at the end",
        words=(SEEN, "pass rate"),
        files={
            "conftest.py": at_the_end(
                "@pytest.hookimpl(wrapper=True, tryfirst=True)\n"
                "def pytest_sessionfinish(session):\n    yield\n    session.exitstatus = 0\n"
            ),
            "tests/test_shop_x.py": WRONG,
        },
    ),
    Fault(
        number=8,
        case="unconfigure",
        title="the same when the verdict is out",
        code=3,
        words=(SEEN, "pass rate"),
        files={
            "conftest.py": "def pytest_sessionstart(session):\n    session.config.kept = session\n\n"
            "def pytest_unconfigure(config):\n    config.kept.exitstatus = 0\n",
            "tests/test_shop_x.py": WRONG,
        },
    ),
    Fault(
        number=9,
        case="parent fails",
        title="the child of a fork falls back into pytest, and ends last",
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
        words=(SEEN, "pass rate"),
    ),
    Fault(
        number=9,
        case="parent gone",
        title="the same, and the parent is gone with exit code 0",
        gate=SUPERVISED,
        code=3,
        verdict="INCOMPLETE",
        words=("the run ended with exit code 0", "says INCOMPLETE"),
        files={"tests/test_shop_x.py": "import os\n\ndef test_forked():\n    if os.fork():\n        os._exit(0)\n"},
    ),
    Fault(
        number=10,
        case="one",
        title="an xdist worker dies",
        plugins=("xdist",),
        arguments=("-n1",),
        files={"tests/test_shop_x.py": "import os\n\ndef test_a():\n    os._exit(0)\n"},
        words=("worker gw0 died", "crashed while running"),
    ),
    Fault(
        number=10,
        case="all",
        title="xdist's workers die too often",
        plugins=("xdist",),
        arguments=("-n1", "--max-worker-restart=0"),
        words=("worker gw0 died", "did not finish"),
        files={"tests/test_shop_a.py": "import os\n\ndef test_a():\n    os._exit(0)\n\ndef test_b():\n    pass\n"},
    ),
    Fault(
        number=11,
        case="sessionfinish",
        title="another plugin raises in `pytest_sessionfinish`",
        verdict="INCOMPLETE",
        files={"conftest.py": "def pytest_sessionfinish(session):\n    raise RuntimeError('late')\n"},
        words=("RuntimeError: late",),
    ),
    Fault(
        number=11,
        case="summary",
        title="another plugin raises in the summary",
        verdict="INCOMPLETE",
        files={"conftest.py": "def pytest_terminal_summary():\n    raise RuntimeError('late')\n"},
        words=("RuntimeError: late",),
    ),
    Fault(
        number=12,
        title="the evaluation itself raises",
        code=3,
        verdict="INCONCLUSIVE",
        peers="evaluates nothing",
        files={
            "conftest.py": """
            import pytest_maturity.evidence.assess

            def broken(*args, **kwargs):
                raise RuntimeError("the evaluation broke")

            pytest_maturity.evidence.assess.judge = broken
            """
        },
        words=("pytest-maturity itself broke: RuntimeError: the evaluation broke", "Traceback"),
    ),
    Fault(
        number=13,
        title="exceptions in a thread and in a finalizer",
        words=("unhandled 2 > 0", "ValueError: boom"),
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
        words=("Timeout", "pass rate"),
        files={"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"},
    ),
    Fault(
        number=14,
        case="thread",
        title="the same, and the process with it",
        plugins=("timeout",),
        verdict="INCOMPLETE",
        gate=SUPERVISED,
        code=3,
        arguments=("--timeout=1", "--timeout-method=thread"),
        words=("Timeout", "the run ended with exit code 1", "says INCOMPLETE"),
        files={"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"},
    ),
    Fault(
        number=14,
        case="limit",
        title="the same, and nobody but the gate ends it",
        gate=("--maturity-time-limit=8",),
        code=3,
        verdict="INCONCLUSIVE",
        peers="has no time limit for a run",
        words=("the time limit of 8 s is over",),
        files={"tests/test_shop_x.py": "import time\n\ndef test_a():\n    time.sleep(60)\n"},
    ),
    Fault(
        number=15,
        case="descriptors",
        title="a test closes the descriptors 1 and 2",
        words=(SEEN, "pass rate"),
        files={"tests/test_shop_x.py": "import os\n\ndef test_a():\n    os.close(1)\n    os.close(2)\n" + WRONG},
    ),
    Fault(
        number=15,
        case="directory",
        title="a test changes into a directory and deletes it",
        words=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": "import os\n\ndef test_a():\n    os.mkdir('x')\n    os.chdir('x')\n"
            "    os.rmdir(os.getcwd())\n" + WRONG
        },
    ),
    Fault(
        number=16,
        title="RecursionError, MemoryError, SystemExit, a BaseException",
        words=("pass rate 33.3 % < 100",),
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
        check=told_the_time,
        words=(SEEN, "pass rate"),
        files={
            "conftest.py": "import time\ntime.time = time.monotonic = time.perf_counter = lambda: 0.0\n",
            "tests/test_shop_x.py": WRONG,
        },
    ),
    Fault(
        number=17,
        case="jumps",
        title="the clock jumps",
        check=told_the_time,
        words=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": "import itertools, time\n\ndef test_a():\n"
            "    time.time = time.monotonic = map(float, itertools.count(0, -10**6)).__next__\n" + WRONG
        },
    ),
    Fault(
        number=18,
        title="a test patches `json`, `open`, `os.replace`, `subprocess`, `time`, for good",
        arguments=("-p", "no:cacheprovider"),
        words=(SEEN, "pass rate"),
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
)
