"""Real, tiny processes: what the toolbox makes of every way in which a tool can end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Command, ToolResult
from pytest_maturity.tools import toolbox
from pytest_maturity.tools.processes import Answer, ask, environment, find
from pytest_maturity.tools.toolbox import Toolbox

posix = pytest.mark.skipif(os.name != "posix", reason="signals and process groups are POSIX")


def python(code: str, *arguments: str, **more: object) -> Command:
    return Command(argv=(sys.executable, "-S", "-c", code, *arguments), **more)  # type: ignore[arg-type]


def run(root: Path, command: Command) -> ToolResult:
    box = Toolbox(root)
    box.start({"it": command}, 1)
    return box.join()["it"]


def test_output_and_exit_code_of_a_documented_end(tmp_path: Path) -> None:
    result = run(tmp_path, python("import sys; print('out'); print('err', file=sys.stderr); sys.exit(1)"))
    assert (result.stdout, result.stderr, result.exit_code, result.problem) == ("out\n", "err\n", 1, "")
    assert result.duration > 0


def test_a_tool_runs_in_the_root_with_its_input_closed(tmp_path: Path) -> None:
    result = run(tmp_path, python("import os, sys; print(os.getcwd(), repr(sys.stdin.read()))"))
    assert result.stdout == f"{tmp_path.resolve()} ''\n"


def test_arguments_reach_the_tool_as_they_are(tmp_path: Path) -> None:
    odd = ("; echo x", "$(y)", "a b", "*", "'")
    assert run(tmp_path, python("import sys; print(sys.argv[1:])", *odd)).stdout == f"{list(odd)}\n"


def test_a_missing_tool_is_a_problem_with_its_remedy(tmp_path: Path) -> None:
    result = run(tmp_path, Command(argv=("no-such-tool-here",), install="pip install it"))
    assert result.problem == "no-such-tool-here is not installed: pip install it"
    assert result.exit_code is None
    assert run(tmp_path, Command(argv=("no-such-tool-here",))).problem == "no-such-tool-here is not installed"


def test_a_tool_that_cannot_be_executed_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "tool").mkdir()
    problem = run(tmp_path, Command(argv=(str(tmp_path / "tool"),), install="pip install it")).problem
    assert problem.startswith("tool could not be started: ")


def test_an_undocumented_exit_code_is_a_problem_in_the_tools_last_words(tmp_path: Path) -> None:
    result = run(tmp_path, python("import sys; print('[]'); sys.exit('first\\nlast')", documented=(0,)))
    assert result.problem == f"{Path(sys.executable).name} exited with 1: last"
    assert run(tmp_path, python("raise SystemExit(7)")).problem == f"{Path(sys.executable).name} exited with 7"


@posix
def test_a_tool_that_was_killed_is_a_problem(tmp_path: Path) -> None:
    result = run(tmp_path, python("import os; os.kill(os.getpid(), 9)"))
    assert result.problem == f"{Path(sys.executable).name} was killed by signal 9"


@posix
def test_a_time_out_ends_the_whole_family(tmp_path: Path) -> None:
    child = "import subprocess, time; print(subprocess.Popen(['sleep', '60']).pid, flush=True); time.sleep(60)"
    started = time.monotonic()
    result = run(tmp_path, python(child, timeout=3))
    assert result.problem == f"{Path(sys.executable).name} did not finish within 3 s"
    assert time.monotonic() - started < 20
    assert ended(int(result.stdout))


@posix
def test_what_a_tool_leaves_running_is_ended_with_it(tmp_path: Path) -> None:
    result = run(tmp_path, python("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
    assert result.problem == ""
    assert ended(int(result.stdout))


@posix
def test_close_ends_what_still_runs(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"it": python("import time; time.sleep(60)")}, 1)
    assert box.unfinished() == ["it"]
    box.close()
    assert box.unfinished() == []
    assert box.join() == {}


def test_giving_up_keeps_what_has_finished_and_ends_the_rest(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"quick": python("print(1)"), "slow": python("import time; time.sleep(60)")}, 2)
    while "quick" in box.unfinished():
        time.sleep(0.01)
    said = box.give_up()
    assert (said["quick"].stdout, said["quick"].problem) == ("1\n", "")
    assert said["slow"].problem == "the run was interrupted"


SPAN = "import sys, time; from pathlib import Path; began = time.monotonic()\n{}\nprint(began, time.monotonic())"


def test_no_more_run_at_once_than_there_are_slots(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    nap = python(SPAN.format("time.sleep(0.2)"))
    box.start({"one": nap, "other": nap, "third": nap}, 1)
    while box.unfinished():
        time.sleep(0.01)
    times = [[float(word) for word in result.stdout.split()] for result in box.join().values()]
    assert all(earlier[1] <= later[0] for earlier, later in pairwise(times))


def test_all_that_wait_run_when_there_is_nothing_else_to_do(tmp_path: Path) -> None:
    """The first waits for what the second does."""
    box = Toolbox(tmp_path)
    wait = "import pathlib, time\nwhile not pathlib.Path('second').exists(): time.sleep(0.01)"
    box.start({"first": python(wait, timeout=30), "second": python("open('second', 'w')")}, 1)
    assert [result.problem for result in box.join().values()] == ["", ""]


def test_the_time_limit_counts_from_a_tools_own_start(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    nap = python("import time; time.sleep(1.5)", timeout=2.5)
    box.start({"one": nap, "other": nap}, 1)
    while box.unfinished():
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
    assert ended(int((tmp_path / "pid").read_text()))


@posix
def test_close_ends_the_tools_where_a_forked_process_lives_on(tmp_path: Path) -> None:
    """It holds the other end of what the runner reads, so the runner sees no end of it."""
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
def test_a_runner_that_was_killed_leaves_the_rest_unknown(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    box.start({"quick": python("print(1)"), "slow": python("import time; time.sleep(60)", timeout=60)}, 1)
    while "quick" in box.unfinished():
        time.sleep(0.01)
    assert box._runner is not None
    os.kill(box._runner.pid, signal.SIGKILL)
    said = box.join()
    assert (said["quick"].stdout, said["quick"].problem) == ("1\n", "")
    assert said["slow"].problem == "did not finish: what runs it ended before"


def test_without_an_interpreter_to_run_them_tools_are_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "gone"))
    result = run(tmp_path, Command(argv=("it",)))
    assert result.problem.startswith("what runs it could not be started: ")


def test_a_test_that_reaps_every_child_or_breaks_json_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Toolbox(tmp_path)
    box.start({"it": python("print(1)")}, 1)
    if os.name == "posix":
        os.waitpid(-1, 0)
    monkeypatch.setattr("json.loads", None)
    monkeypatch.setattr("builtins.open", None)
    assert box.join()["it"].stdout == "1\n"


def ended(pid: int) -> bool:
    """Whether the process is gone, or a zombie that nobody has collected yet, within five seconds."""
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


def test_too_much_output_is_cut_and_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "OUTPUT_LIMIT", 1000)
    result = run(tmp_path, python("print('x' * 3000)"))
    assert len(result.stdout) == 1001
    assert result.problem == f"{Path(sys.executable).name} printed more than 0 MiB"


@posix
def test_a_tool_that_floods_the_disk_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolbox, "OUTPUT_LIMIT", 1000)
    flood = "import os, time; time.sleep(0.2)\nwhile True: os.write(1, b'x' * 1000)"
    assert run(tmp_path, python(flood, timeout=20)).problem != ""


def test_bytes_that_are_not_utf8_are_replaced(tmp_path: Path) -> None:
    assert run(tmp_path, python("import os; os.write(1, b'a\\xffb')")).stdout == "a\ufffdb"


def test_tools_run_side_by_side_and_are_joined_by_key(tmp_path: Path) -> None:
    box = Toolbox(tmp_path)
    waiting: list[list[str]] = []
    slow, missing = python("import time; time.sleep(0.3); print(1)"), Command(argv=("no-such-tool",))
    box.start({"slow": slow, "missing": missing, "quick": python("print(2)")}, 3)
    said = box.join(waiting.append)
    assert {key: result.stdout for key, result in said.items()} == {
        "slow": "1\n",
        "missing": "",
        "quick": "2\n",
    }
    assert len(waiting) == 1
    assert "slow" in waiting[0]


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


def test_a_tool_does_not_inherit_the_sessions_measuring_and_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "COV_CORE_SOURCE",
        "COVERAGE_PROCESS_START",
        "PYTEST_CURRENT_TEST",
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
    ):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HARMLESS", "kept")
    seen = environment()
    assert not [name for name in seen if name.startswith(("COV", "PYTEST_", "FORCE_COLOR", "CLICOLOR"))]
    assert (seen["HARMLESS"], seen["NO_COLOR"], seen["PYTHONUTF8"]) == ("kept", "1", "1")


@pytest.mark.parametrize(
    ("beside", "on_path", "found"),
    [("/here/ruff", "/there/ruff", "/here/ruff"), (None, "/there/ruff", "/there/ruff"), (None, None, "ruff")],
)
def test_a_program_is_found_beside_this_interpreter_then_on_the_path(
    monkeypatch: pytest.MonkeyPatch, beside: str | None, on_path: str | None, found: str
) -> None:
    def which(program: str, path: str | None = None) -> str | None:
        assert program == "ruff"
        return beside if path else on_path

    monkeypatch.setattr("shutil.which", which)
    assert find("ruff") == found


def test_output_that_vanished_reads_as_empty(tmp_path: Path) -> None:
    assert toolbox.read(tmp_path / "gone") == ""


def test_a_program_that_is_asked_gets_its_question_and_its_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    code = "import os, sys; print(os.getcwd(), os.environ['MORE'], 'PYTEST_ADDOPTS' in os.environ, sys.stdin.read())"
    answer = ask(
        (sys.executable, "-S", "-c", code), tmp_path, b"a\xffb", {"MORE": "$(x)", "PYTHONIOENCODING": "latin-1"}
    )
    assert answer == Answer(f"{tmp_path.resolve()} $(x) False a".encode() + b"\xffb\n")


def test_a_program_that_is_asked_and_complains_is_a_problem_in_its_last_words(tmp_path: Path) -> None:
    answer = ask((sys.executable, "-S", "-c", "import sys; print(1); sys.exit('first\\nlast')"), tmp_path)
    assert answer == Answer(b"1\n", f"{Path(sys.executable).name} exited with 1: last", "first\nlast\n")
    assert ask(("no-such-tool-here",), tmp_path).problem == "no-such-tool-here is not installed"
    (tmp_path / "tool").mkdir()
    assert ask((str(tmp_path / "tool"),), tmp_path).problem.startswith("tool could not be started: ")


@posix
def test_a_program_that_is_asked_and_does_not_answer_is_ended_with_its_family(tmp_path: Path) -> None:
    code = "import subprocess, time; open('pid', 'w').write(str(subprocess.Popen(['sleep', '60']).pid)); time.sleep(60)"
    started = time.monotonic()
    answer = ask((sys.executable, "-S", "-c", code), tmp_path, timeout=1.5)
    assert answer == Answer(b"", f"{Path(sys.executable).name} did not finish within 1.5 s")
    assert time.monotonic() - started < 15
    assert ended(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"]
)
def test_what_git_tells_its_hooks_is_not_for_tools(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    assert name not in environment()
    assert environment()["GIT_CONFIG_COUNT"] == "0"
