"""Real, tiny processes: the result of every way in which a tool can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Command, ToolProgress, ToolResult
from pytest_maturity.tools import toolbox
from pytest_maturity.tools.runner import Batch, Runner, Tool
from pytest_maturity.tools.toolbox import Toolbox

posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are POSIX")


def python(code: str, *arguments: str, **more: object) -> Command:
    return Command(argv=(sys.executable, "-S", "-c", code, *arguments), **more)  # type: ignore[arg-type]


def run(root: Path, command: Command) -> ToolResult:
    box = Toolbox(root)
    box.start({"it": command}, 1)
    return box.join()["it"]


def test_a_documented_exit_code_is_no_problem(tmp_path: Path) -> None:
    result = run(tmp_path, python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(1)"))
    assert (result.stdout, result.stderr, result.exit_code, result.problem) == ("out\n", "err\n", 1, "")
    assert result.duration_s > 0


def test_a_tool_runs_in_the_root_with_its_input_closed(tmp_path: Path) -> None:
    result = run(tmp_path, python("import os, sys; print(os.getcwd(), repr(sys.stdin.read()))"))
    assert result.stdout == f"{tmp_path.resolve()} ''\n"


def test_a_tool_runs_in_its_directory_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "packages/a").mkdir(parents=True)
    result = run(tmp_path, python("import os; print(os.getcwd())", directory="packages/a"))
    assert (result.stdout, result.directory) == (f"{tmp_path.resolve() / 'packages/a'}\n", "packages/a")


def test_a_tool_that_must_not_run_is_a_problem(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"bad": python("open('ran', 'w')", problem="it would"), "good": python("print(1)")}, 1)
    results = box.join()
    assert (results["bad"].problem, results["good"].stdout) == ("it would", "1\n")
    assert not (tmp_path / "ran").exists()
    assert run(tmp_path, python("open('ran', 'w')", problem="it would")).problem == "it would"


def test_an_isolated_tool_imports_nothing_from_its_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "brought.py").write_text("print('brought')")
    monkeypatch.setenv("RUFF_SELECT", "E")
    code = "import os; print(os.environ.get('RUFF_SELECT'), os.environ['MORE']); import brought"
    command = Command(argv=(sys.executable, "-c", code), isolated=True, variables=(("MORE", "m"),))
    result = run(tmp_path, command)
    assert result.stdout == "None m\n"
    assert "No module named 'brought'" in result.stderr
    assert "RUFF_SELECT" in result.withheld
    assert run(tmp_path, python("import brought")).withheld == ()


def test_a_tool_keeps_its_own_cache_outside_of_the_project(tmp_path: Path) -> None:
    command = python("import os; print(os.environ['OWN_CACHE'])", cache_variable="OWN_CACHE")
    assert run(tmp_path, command).stdout == f"{os.devnull}\n"
    found = []
    for root in ("one", "one", "other"):
        (tmp_path / root).mkdir(exist_ok=True)
        box = Toolbox(tmp_path / root, own_caches=tmp_path / "caches")
        box.start({"it": command}, 1)
        found.append(Path(box.join()["it"].stdout.strip()))
    assert found[0] == found[1] != found[2]
    assert {path.parent for path in found} == {tmp_path / "caches"}
    (tmp_path / "file").touch()
    box = Toolbox(tmp_path, own_caches=tmp_path / "file")
    box.start({"it": command}, 1)
    assert box.join()["it"].stdout == f"{os.devnull}\n"


def test_arguments_reach_the_tool_as_they_are(tmp_path: Path) -> None:
    odd = ("; echo x", "$(y)", "a b", "*", "'")
    assert run(tmp_path, python("import sys; print(sys.argv[1:])", *odd)).stdout == f"{list(odd)}\n"


def test_a_missing_tool_is_a_problem_with_its_remedy(tmp_path: Path) -> None:
    result = run(tmp_path, Command(argv=("no-such-tool-here",), install=("pip", "install", "it[all]")))
    assert result.problem == "no-such-tool-here is not installed"
    assert (result.exit_code, result.install) == (None, ("pip", "install", "it[all]"))
    assert run(tmp_path, Command(argv=("no-such-tool-here",))).install == ()
    assert run(tmp_path, python("raise SystemExit(9)")).install == ()


def test_a_tool_that_cannot_be_executed_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "tool").mkdir()
    problem = run(tmp_path, Command(argv=(str(tmp_path / "tool"),), install=("pip", "install", "it[all]"))).problem
    assert problem.startswith("tool could not be started: ")


def test_an_undocumented_exit_code_is_a_problem_in_the_tools_last_words(tmp_path: Path) -> None:
    result = run(tmp_path, python("import sys; print('[]'); sys.exit('first\\nlast')", exit_codes=(0,)))
    assert result.problem == f"{Path(sys.executable).name} exited with 1: last"
    assert run(tmp_path, python("raise SystemExit(7)")).problem == f"{Path(sys.executable).name} exited with 7"


@posix
def test_a_tool_that_was_killed_is_a_problem(tmp_path: Path) -> None:
    result = run(tmp_path, python("import os; os.kill(os.getpid(), 9)"))
    assert result.problem == f"{Path(sys.executable).name} was killed by signal 9"


@posix
def test_a_time_out_ends_the_tool_and_its_children(tmp_path: Path) -> None:
    child = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    started = time.monotonic()
    result = run(tmp_path, python(child, timeout=3))
    assert result.problem == f"{Path(sys.executable).name} did not finish within 3 s"
    assert time.monotonic() - started < 20
    assert has_ended(int(result.stdout))


@posix
def test_a_process_that_a_tool_leaves_running_is_ended(tmp_path: Path) -> None:
    result = run(tmp_path, python("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
    assert result.problem == ""
    assert has_ended(int(result.stdout))


@posix
def test_close_ends_the_running_tools(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"it": python("import time; time.sleep(60)")}, 1)
    assert box.list_unfinished() == ["it"]
    box.close()
    assert box.list_unfinished() == []
    assert box.join() == {}


def test_cancel_returns_the_finished_results_and_ends_the_other_tools(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"quick": python("print(1)"), "slow": python("import time; time.sleep(60)")}, 2)
    while "quick" in box.list_unfinished():
        time.sleep(0.01)
    results = box.cancel()
    assert (results["quick"].stdout, results["quick"].problem) == ("1\n", "")
    assert results["slow"].problem == "the run was interrupted"


SPAN = "import sys, time; from pathlib import Path; began = time.monotonic()\n{}\nprint(began, time.monotonic())"


def test_as_many_tools_run_at_once_as_there_are_slots(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    nap = python(SPAN.format("time.sleep(0.2)"))
    box.start({"one": nap, "other": nap, "third": nap}, 1)
    while box.list_unfinished():
        time.sleep(0.01)
    times = [[float(word) for word in result.stdout.split()] for result in box.join().values()]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))


def test_join_runs_all_waiting_tools_at_once(tmp_path: Path) -> None:
    """The first tool waits for the second one."""
    box = Toolbox(tmp_path)
    wait = "import pathlib, time\nwhile not pathlib.Path('second').exists(): time.sleep(0.01)"
    box.start({"first": python(wait, timeout=30), "second": python("open('second', 'w')")}, 1)
    assert [result.problem for result in box.join().values()] == ["", ""]


def test_a_time_limit_counts_from_the_start_of_its_tool(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    nap = python("import time; time.sleep(1.5)", timeout=2.5)
    box.start({"one": nap, "other": nap}, 1)
    while box.list_unfinished():
        time.sleep(0.01)
    assert [result.problem for result in box.join().values()] == ["", ""]


@posix
def test_tools_end_with_a_session_that_is_killed(tmp_path: Path) -> None:
    code = (
        "import os, sys, time; from pathlib import Path; from pytest_maturity.tools.toolbox import Toolbox\n"
        "from pytest_maturity.model.evidence import Command\n"
        'tool = \'import os, time; open("new", "w").write(str(os.getpid()))\\n\'\n'
        'tool += \'os.rename("new", "pid"); time.sleep(60)\'\n'
        "Toolbox(Path('.')).start({'it': Command(argv=(sys.executable, '-S', '-c', tool))}, 1)\n"
        "while not os.path.exists('pid'): time.sleep(0.01)\n"
        "os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False, timeout=60).returncode == -9
    assert has_ended(int((tmp_path / "pid").read_text()))


@posix
def test_close_ends_the_tools_where_a_forked_process_lives_on(tmp_path: Path) -> None:
    """The forked process keeps the runner's input open, so the runner sees no end of it."""
    box = Toolbox(tmp_path)
    box.start({"it": python("import time; time.sleep(60)")}, 1)
    child = os.fork()
    if not child:
        time.sleep(30)
        os._exit(0)
    try:
        started = time.monotonic()
        box.close()
        assert time.monotonic() - started < 4
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@posix
def test_tools_that_have_not_ended_when_the_runner_is_killed_are_a_problem(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"quick": python("print(1)"), "slow": python("import time; time.sleep(60)", timeout=60)}, 1)
    while "quick" in box.list_unfinished():
        time.sleep(0.01)
    assert box._runner is not None
    os.kill(box._runner.pid, signal.SIGKILL)
    results = box.join()
    assert (results["quick"].stdout, results["quick"].problem) == ("1\n", "")
    assert results["slow"].problem == "did not finish: the process that runs the tools ended before"


def test_tools_are_a_problem_where_the_runner_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    result = run(tmp_path, Command(argv=("it",)))
    assert result.problem.startswith("the process that runs the tools could not be started: ")


def test_a_test_that_reaps_all_children_or_breaks_json_does_no_harm(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Toolbox(tmp_path)
    box.start({"it": python("print(1)")}, 1)
    if os.name == "posix":
        os.waitpid(-1, 0)
    monkeypatch.setattr("json.loads", None)
    monkeypatch.setattr("builtins.open", None)
    assert box.join()["it"].stdout == "1\n"


def has_ended(pid: int) -> bool:
    """Returns whether a process ends within five seconds; a zombie that nobody has collected yet counts."""
    limit = time.monotonic() + 5
    while time.monotonic() < limit:
        try:
            os.kill(pid, 0)
            status = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if status in "ZX":
            return True
        time.sleep(0.01)
    return False


def test_too_much_output_is_cut_and_is_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "OUTPUT_LIMIT", 1000)
    for text in ("'x' * 3000", "'\u20ac' * 500"):  # the limit is in bytes
        result = run(tmp_path, python(f"print({text})"))
        assert len(result.stdout.encode("utf-8", "replace")) <= 1003
        assert result.problem == f"{Path(sys.executable).name} printed more than 0 MiB"


@posix
def test_a_tool_that_floods_the_disk_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "OUTPUT_LIMIT", 1000)
    flood = "import os, time; time.sleep(0.2)\nwhile True: os.write(1, b'x' * 1000)"
    assert run(tmp_path, python(flood, timeout=20)).problem != ""


def test_bytes_that_are_not_utf8_are_replaced(tmp_path: Path) -> None:
    assert run(tmp_path, python("import os; os.write(1, b'a\\xffb')")).stdout == "a\ufffdb"


def test_tools_run_at_once_and_are_joined_by_key(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    waiting: list[list[ToolProgress]] = []
    slow, missing = python("import time; time.sleep(0.3); print(1)"), Command(argv=("no-such-tool",))
    box.start({"slow": slow, "missing": missing, "quick": python("print(2)")}, 3)
    results = box.join(waiting.append)
    assert {key: result.stdout for key, result in results.items()} == {
        "slow": "1\n",
        "missing": "",
        "quick": "2\n",
    }
    assert {one.key for one in waiting[0]} == {"slow", "missing", "quick"}
    last = waiting[-1]
    assert [one.key for one in last if not one.has_ended] == ["slow"]  # the last that is waited for
    assert last[0].key == "slow"
    assert all(one.seconds is not None and one.seconds < 20 for one in last)


def test_no_command_makes_no_directory(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({}, 1)
    assert box._directory is None
    assert box.join() == {}


def test_the_output_directory_is_removed(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"it": python("pass")}, 1)
    directory = box._directory
    assert directory is not None
    box.join()
    assert not directory.exists()


def test_a_missing_file_of_output_is_empty(tmp_path: Path) -> None:
    assert toolbox.read_output(tmp_path / "gone") == ""


def test_a_tool_whose_start_cannot_be_noted_runs_as_any_other(tmp_path: Path) -> None:
    """A disk may be full: then nobody knows for how long the tool has run, and its process is not lost."""
    (tmp_path / "0.begun").mkdir()
    tool = Tool(number=0, argv=[sys.executable, "-c", ""], timeout=30, directory=str(tmp_path), environment={})
    runner = Runner(Batch(directory=str(tmp_path), slots=1, largest_file=1000, tools=[tool]))
    found = runner._run(tool)
    assert (found["exit_code"], found["problem"]) == (0, "")
