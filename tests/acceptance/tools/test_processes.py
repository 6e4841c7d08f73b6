"""Other programs: where they are found, what environment they get, and how they end."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from pytest_maturity.tools import processes
from pytest_maturity.tools.processes import (
    ProgramResult,
    clean_environment,
    find_program,
    isolate_environment,
    run_program,
    run_programs,
)
from tests.acceptance.tools.test_toolbox import has_ended, posix


def test_the_sessions_variables_and_colour_are_removed_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "COV_CORE_SOURCE",
        "COVERAGE_PROCESS_START",
        "PYTEST_CURRENT_TEST",
        "FORCE_COLOR",
        "CLICOLOR_FORCE",
    ):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("HARMLESS", "kept")
    environment = clean_environment()
    assert not [name for name in environment if name.startswith(("COV", "PYTEST_", "FORCE_COLOR", "CLICOLOR"))]
    assert (environment["HARMLESS"], environment["NO_COLOR"], environment["PYTHONUTF8"]) == ("kept", "1", "1")


@pytest.mark.parametrize(
    ("own", "on_path", "found"),
    [("/here/ruff", "/there/ruff", "/here/ruff"), (None, "/there/ruff", "/there/ruff"), (None, None, "ruff")],
)
def test_a_program_is_found_in_this_environment_first_then_on_the_path(
    monkeypatch: pytest.MonkeyPatch, own: str | None, on_path: str | None, found: str
) -> None:
    def which(program: str, path: str) -> str | None:
        assert program == "ruff"
        return own if path == sysconfig.get_path("scripts") else on_path

    monkeypatch.setattr("shutil.which", which)
    assert find_program("ruff") == found


@posix
def test_a_program_in_the_directory_of_the_session_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "brought").write_text("#!/bin/sh\n")
    (tmp_path / "brought").chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f".{os.pathsep}{os.pathsep}/bin")
    assert find_program("brought") == "brought"
    monkeypatch.setenv("PATH", str(tmp_path))  # an environment in the project, for example
    assert find_program("brought") == str(tmp_path / "brought")


def test_a_variable_that_steers_a_tool_is_removed_and_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outside = str(tmp_path.parent)
    steering = {
        "RUFF_SELECT": "E", "MYPYPATH": "x", "MYPY_FORCE_COLOR": "1", "PYTHONWARNINGS": "error", "PYTHONOPTIMIZE": "1",
        "TY_CONFIG_FILE": "x", "NODE_OPTIONS": "--require ./x.js",
    }  # fmt: skip
    harmless = {"HOME": "/h", "PIP_INDEX_URL": "u", "UV_CACHE_DIR": "c", "VIRTUAL_ENV": "v", "PYTHONUNBUFFERED": "1"}
    harmless["PYTHON"] = "python3"  # Python does not read it; make and CI set it
    for name in [name for name in os.environ if name.startswith("PYTHON")]:
        monkeypatch.delenv(name)
    for name, value in {**steering, **harmless}.items():
        monkeypatch.setenv(name, value)
    environment, removed = isolate_environment(tmp_path)
    assert removed == tuple(sorted(steering))
    assert not steering.keys() & environment.keys()
    assert harmless.items() <= environment.items()
    assert environment["PYTHONSAFEPATH"] == "1"
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(["src", str(tmp_path / "lib"), outside]))
    environment, removed = isolate_environment(tmp_path)
    assert environment["PYTHONPATH"] == os.pathsep.join([*processes.SAFE_PATH, outside])
    assert removed == tuple(sorted({*steering, "PYTHONPATH"}))
    monkeypatch.setenv("PYTHONPATH", outside)
    assert isolate_environment(tmp_path)[1] == tuple(sorted(steering))


def test_a_program_gets_its_input_its_directory_and_more_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    code = "import os, sys; print(os.getcwd(), os.environ['MORE'], 'PYTEST_ADDOPTS' in os.environ, sys.stdin.read())"
    result = run_program(
        (sys.executable, "-S", "-c", code), tmp_path, b"a\xffb", {"MORE": "$(x)", "PYTHONIOENCODING": "latin-1"}
    )
    assert result == ProgramResult(f"{tmp_path.resolve()} $(x) False a".encode() + b"\xffb\n")


def test_a_program_that_fails_is_a_problem_with_its_last_line(tmp_path: Path) -> None:
    result = run_program((sys.executable, "-S", "-c", "import sys; print(1); sys.exit('first\\n\\tlast')"), tmp_path)
    assert result == ProgramResult(b"1\n", f"{Path(sys.executable).name} exited with 1: last", "first\n\tlast\n")
    assert run_program(("no-such-tool-here",), tmp_path).problem == "no-such-tool-here is not installed"
    (tmp_path / "tool").mkdir()
    assert run_program((str(tmp_path / "tool"),), tmp_path).problem.startswith("tool could not be started: ")


@posix
def test_a_program_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    code = "import subprocess, time; open('pid', 'w').write(str(subprocess.Popen(['sleep', '60']).pid)); time.sleep(60)"
    started = time.monotonic()
    result = run_program((sys.executable, "-S", "-c", code), tmp_path, timeout=1.5)
    assert result == ProgramResult(b"", f"{Path(sys.executable).name} did not finish within 1.5 s")
    assert time.monotonic() - started < 15
    assert has_ended(int((tmp_path / "pid").read_text()))


@posix
def test_programs_run_at_the_same_time_and_none_outlives_an_interrupt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def code(number: int) -> tuple[str, ...]:
        meet = f"open('{number}', 'w').close()\nwhile not os.path.exists('{1 - number}'): time.sleep(0.01)\n"
        return (sys.executable, "-S", "-c", f"import os, time\n{meet}print({number})")

    assert [one.stdout for one in run_programs([code(0), code(1)], tmp_path)] == [b"0\n", b"1\n"]
    started = []

    def interrupt(process: subprocess.Popen[bytes], *_: object) -> None:
        started.append(process)
        raise KeyboardInterrupt

    monkeypatch.setattr(processes, "finish_program", interrupt)
    wait = (sys.executable, "-S", "-c", "import time; open('pid', 'w').close(); time.sleep(60)")
    with pytest.raises(KeyboardInterrupt):
        run_programs([wait, ("no-such-tool-here",)], tmp_path)
    assert started[0].returncode is not None


def test_a_program_in_the_directory_is_not_started_by_a_relative_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool = tmp_path / "no-such-tool-here"
    tool.write_text("#!/bin/sh\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((".", "", os.environ["PATH"])))
    assert run_program((tool.name,), tmp_path).problem == "no-such-tool-here is not installed"


@pytest.mark.parametrize(
    "name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR"]
)
def test_the_variables_that_git_sets_for_hooks_are_removed(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "/elsewhere")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "0")
    assert name not in clean_environment()
    assert clean_environment()["GIT_CONFIG_COUNT"] == "0"
