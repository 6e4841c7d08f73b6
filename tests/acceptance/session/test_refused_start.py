"""Old reports where pytest ends before it has loaded the plugin: in processes of their own, as users start them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.acceptance.project import Project

NOTE = "a later run was refused, so this verdict does not count any more: pytest did not load the plugin"
ASKED = "--maturity-component=orchestration"


@pytest.fixture
def promoted(project: Project) -> Project:
    assert project.gate().report["verdict"] == "PROMOTE"
    return project


def start(project: Project, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs Python in the project."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV"))}
    return subprocess.run(
        [sys.executable, *command], cwd=project.path, env={**kept, **environment}, capture_output=True, text=True
    )


BROKEN = {
    "an ini file": ({"pytest.ini": "[pytest\n"}, ()),
    "a TOML file": ({"pyproject.toml": "[tool.pytest\n"}, ()),
    "minversion": ({"pytest.ini": "[pytest]\nminversion = 99\n"}, ()),
    "-p": ({}, ("-p", "no_such_plugin")),
    "-p that blocks the plugin": ({}, ("-p", "no:maturity")),
    "pytest's own option": ({}, ("--maxfail", "few")),
    "-c": ({}, ("-c", "no_such.ini")),
    "--rootdir": ({}, ("--rootdir=no_such_directory",)),
    "a plugin that raises": ({"loud.py": "raise RuntimeError('no')\n"}, ("-p", "loud")),
    "a plugin that ends Python": ({"quiet.py": "raise SystemExit(0)\n"}, ("-p", "quiet")),
}


@pytest.mark.processes
@pytest.mark.parametrize("case", BROKEN)
def test_an_old_promotion_is_taken_back(promoted: Project, case: str) -> None:
    files, options = BROKEN[case]
    promoted.write(files)
    ended = start(promoted, "-m", "pytest", ASKED, *options)
    report = promoted.read_report()
    assert (report["verdict"], report["notes"]) == ("INCOMPLETE", [NOTE])
    assert f"orchestration.json is INCOMPLETE now: {NOTE}" in ended.stderr
    assert ended.returncode in ((0,) if "quiet" in options else (1, 3, 4))


@pytest.mark.processes
@pytest.mark.parametrize("name", ["Orchestration", "src/orchestration", "src.orchestration", "flow", "all"])
def test_every_spelling_of_the_component_counts(promoted: Project, name: str) -> None:
    promoted.write({"maturity.yaml": "components:\n  orchestration: {aliases: [flow]}\n"})
    promoted.policy("")
    start(promoted, "-m", "pytest", "--maturity-component", name, "-p", "no_such_plugin")
    assert promoted.read_report()["verdict"] == "INCOMPLETE"


@pytest.mark.processes
def test_the_component_may_be_named_elsewhere_than_on_the_command_line(promoted: Project) -> None:
    report = promoted.path / ".maturity" / "orchestration.json"
    text = report.read_text("utf-8")
    wrong = ("-m", "pytest", "--maxfail=few")
    for files, arguments, variables in (
        ({}, (), {"PYTEST_ADDOPTS": ASKED}),
        ({"words": f"-q\n{ASKED}\n"}, ("@words",), {}),
        ({}, ("-o", f"addopts={ASKED}"), {}),
        ({"pytest.ini": f"[pytest]\naddopts = -q {ASKED}\n"}, (), {}),
        ({"pytest.ini": f"[pytest\naddopts = -q {ASKED}\n"}, (), {}),  # a broken file: every report
    ):
        promoted.write(files)
        report.write_text(text, "utf-8")
        start(promoted, *wrong, *arguments, **variables)
        assert promoted.read_report()["verdict"] == "INCOMPLETE", (files, arguments, variables)


@pytest.mark.processes
def test_other_programs_that_run_pytest_count_too(promoted: Project) -> None:
    report = promoted.path / ".maturity" / "orchestration.json"
    text = report.read_text("utf-8")
    scripts = Path(sys.executable).parent
    promoted.write({"gate.py": "import sys, pytest\nsys.exit(pytest.main(sys.argv[1:]))\n"})
    for program in (
        [str(scripts / "pytest")],
        [str(scripts / "py.test")],
        ["-m", "coverage", "run", "-m", "pytest"],
        ["gate.py"],
        ["-I", "-m", "pytest"],
    ):
        report.write_text(text, "utf-8")
        assert start(promoted, *program, ASKED, "-p", "no_such_plugin").returncode != 0
        assert promoted.read_report()["verdict"] == "INCOMPLETE", program


@pytest.mark.processes
@pytest.mark.parametrize(
    "command",
    [
        ("-m", "pytest", ASKED, "--collect-only", "-p", "no_such_plugin"),
        ("-m", "pytest", ASKED, "--help", "-p", "no_such_plugin"),
        ("-m", "pytest", "-p", "no_such_plugin"),  # of no component
        ("-m", "pytest", "--maturity-component=billing", "-p", "no_such_plugin"),
        ("-m", "pytest_maturity.cli", "verify", ".maturity/orchestration.json"),
        ("-c", "import sys", "--maturity-component=orchestration"),  # not pytest
    ],
)
def test_a_report_stays_that_the_process_was_not_asked_about(promoted: Project, command: tuple[str, ...]) -> None:
    start(promoted, *command)
    assert promoted.read_report()["verdict"] == "PROMOTE"


@pytest.mark.processes
def test_a_report_stays_that_a_child_process_has_written(promoted: Project) -> None:
    promoted.write({
        "watch.py": "import subprocess, sys, pytest\n"
        "sys.exit(subprocess.run([sys.executable, '-m', 'pytest', *sys.argv[1:]]).returncode)\n"
    })  # fmt: skip
    ended = start(promoted, "watch.py", ASKED)
    assert (ended.returncode, promoted.read_report()["verdict"]) == (0, "PROMOTE"), ended.stdout + ended.stderr


@pytest.mark.processes
def test_the_report_of_a_neighbouring_project_stays(promoted: Project) -> None:
    shutil.copytree(promoted.path / ".maturity", promoted.path / "other" / ".maturity")
    promoted.write({"other/pytest.ini": "[pytest]\n", "pytest.ini": "[pytest\n"})
    start(promoted, "-m", "pytest", "--rootdir=other", ASKED)
    assert promoted.read_report()["verdict"] == "PROMOTE"
    start(promoted, "-m", "pytest", ASKED)
    assert promoted.read_report()["verdict"] == "INCOMPLETE"


@pytest.mark.processes
def test_python_starts_without_the_package_and_in_silence(tmp_path: Path) -> None:
    source = Path(__file__).parents[3] / "src" / "pytest_maturity_start.pth"
    line = source.read_text("utf-8")
    assert line.startswith("import sys; ")
    assert line.count("\n") == 1
    code = f"import sys\nsys.orig_argv = ['python', 'pytest']\nexec({line!r})\nsys.path[:] = []\n"
    for flags in (["-I", "-S"], ["-I", "-S", "-W", "error"], ["-I", "-S", "-O"]):
        ended = subprocess.run([sys.executable, *flags, "-c", code], capture_output=True, text=True, cwd=tmp_path)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
