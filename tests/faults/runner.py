"""Runs the gate, and the programs that it is compared with, in a small project with a fault."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.faults.fault import Fault

TIMEOUT = 120  # seconds of one run
# Each run starts faster without the plugins that it does not need.
UNUSED = ("anyio", "asyncio", "benchmark", "html", "html_fixtures", "hypothesispytest", "metadata", "pytest_cov",
          "reportlog", "rerunfailures", "sugar", "timeout", "xdist", "xdist.looponfail")  # fmt: skip
# Variables of this session that would make a run measure coverage, change its colours or start a supervisor.
REMOVED_VARIABLES = ("CI", "COV_", "COVERAGE_", "PYTEST_", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "PYTHONIOENCODING")
SYSTEM_PATH = "/usr/bin:/bin"
PEERS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # plugins, arguments
    "plain pytest": ((), ()),
    "pytest-cov": (("pytest_cov",), ()),
    "rerunfailures": (("rerunfailures",), ("--reruns=2",)),
}
TEMPLATE = Fault(
    number=0,
    title="no fault",
    exit_code=0,
    verdict="PROMOTE",
    files={
        ".gitignore": "__pycache__/\n.pytest_cache/\n.tools/\n",
        "src/shop/__init__.py": """
            def price(count: int) -> str:
                if count > 3:
                    return "many"
                return "few"
            """,
        "src/other/__init__.py": "ONE = 1\n",
        "tests/test_shop.py": """
            from shop import price

            def test_few():
                assert price(1) == "few"

            def test_many():
                assert price(9) == "many"
            """,
        "tests/test_other.py": "import other\n\ndef test_one():\n    assert other.ONE == 1\n",
    },
)


@dataclass(frozen=True, slots=True)
class RunResult:
    """The result of one run; `report` is empty if the run left none, `previous_report` is the one before the fault."""

    project: Path
    exit_code: int
    output: str
    report: Mapping[str, Any]
    previous_report: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        return str(self.report.get("verdict", ""))

    @property
    def everything(self) -> str:
        """The output and the report, as one text to search in."""
        return f"{self.output}\n{json.dumps(self.report, ensure_ascii=False)}"

    @property
    def shell_code(self) -> int:
        """The exit code in the form of a shell: 128 plus the number of the signal that killed the process."""
        return self.exit_code if self.exit_code >= 0 else 128 - self.exit_code

    @property
    def gate_lines(self) -> list[str]:
        """The lines of the output that the gate printed."""
        lines = self.output.splitlines()
        first = next((number for number, line in enumerate(lines) if "= maturity: " in line), len(lines))
        last = next((number for number, line in enumerate(lines) if line.startswith("  report: ")), first)
        verdicts = ("PROMOTE ", "HOLD ", "INCONCLUSIVE ")
        return [*lines[first : last + 1], *(line for line in lines if line.startswith(verdicts))]


class FaultRunner:
    """Makes projects below a directory, from a template that is judged, and promoted, once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._template = directory / "template"
        write_files(TEMPLATE, self._template)
        git(self._template, "init", "--quiet")
        git(self._template, "add", "--all")
        git(self._template, "commit", "--quiet", "--message", "before the fault")
        for name in ("shop", "other"):
            process = start_run(self._template, TEMPLATE, ("--maturity-component", name), plugins=())
            output, _ = process.communicate(timeout=TIMEOUT)
            assert process.returncode == 0, output

    def make_project(self, fault: Fault, name: str) -> Path:
        """Returns a copy of the promoted project, with the files of the fault in it."""
        path = self._directory / name / "project"
        shutil.copytree(self._template, path, ignore=shutil.ignore_patterns("__pycache__"))
        write_files(fault, path)
        return path

    def run_gate(self, fault: Fault, name: str) -> RunResult:
        """Runs the gate on a project with the fault. Raises Impossible if this machine cannot cause the fault."""
        project = self.make_project(fault, name)
        python = str(self.python_without_tools()) if fault.without_tools or fault.tools else sys.executable
        arguments = ("--maturity-component", fault.component, *fault.gate_arguments)
        previous = read_report(project / ".maturity/shop.json")
        with fault.preparation(project) if fault.preparation else contextlib.nullcontext():
            processes = [start_run(project, fault, arguments, fault.plugins, python) for _ in range(fault.processes)]
            outputs = [process.communicate(timeout=TIMEOUT)[0] for process in processes]
            (exit_code,) = {process.returncode for process in processes}
            report = read_report(Path(fault.report) if fault.report else default_report(project, fault))
            check_other_reports(project, fault, previous)
        return RunResult(project, exit_code, outputs[0], report, previous)

    def run_peer(self, fault: Fault, peer: str, name: str) -> RunResult:
        """Runs only the component's tests, with another program than the gate."""
        project = self.make_project(fault, name)
        (project / "tests/test_other.py").unlink()
        plugins, arguments = PEERS[peer]
        options = fault.coverage_options if peer == "pytest-cov" else ()
        with fault.preparation(project) if fault.preparation else contextlib.nullcontext():
            process = start_run(project, fault, (*arguments, *options), (*fault.plugins, *plugins))
            output, _ = process.communicate(timeout=TIMEOUT)
        return RunResult(project, process.returncode, output, {}, {})

    def python_without_tools(self) -> Path:
        """Returns an interpreter that imports the packages of this one, in an environment without any program."""
        place = self._directory / "without-tools"
        if not place.exists():
            venv.EnvBuilder(symlinks=True).create(place)
            (packages,) = place.glob("lib/python*/site-packages")
            code = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
            (packages / "packages.pth").write_text(code)
        return place / "bin/python"


def write_files(fault: Fault, project: Path) -> None:
    """Writes the files of a fault into a project."""
    tools = {f".tools/{name}": f"#!/bin/sh\n{text}\n" for name, text in fault.tools.items()}
    for name, text in (*fault.contents(), *tools.items()):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for name in tools:
        (project / name).chmod(0o755)


def start_run(
    project: Path, fault: Fault, arguments: tuple[str, ...], plugins: tuple[str, ...], python: str = sys.executable
) -> subprocess.Popen[str]:
    """Starts a run as a process of its own, without the variables of this session."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(REMOVED_VARIABLES)}
    if fault.without_tools or fault.tools:
        environment["PATH"] = f"{project / '.tools'}:{SYSTEM_PATH}"
    off = [part for name in UNUSED if name not in plugins for part in ("-p", f"no:{name}")]
    options = off if fault.launcher[-1] == "pytest" else []
    command = [python, *fault.launcher, *options, *fault.arguments, *(arguments if options else ())]
    return subprocess.Popen(
        command, cwd=project, env={**environment, **fault.environment}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="backslashreplace",
    )  # fmt: skip


def default_report(project: Path, fault: Fault) -> Path:
    name = "report" if fault.component == "affected" else Path(fault.component).name
    return project / ".maturity" / f"{name}.json"


def read_report(path: Path) -> dict[str, Any]:
    """Returns a report, empty if there is no file; half a report raises ValueError."""
    if not path.is_file():
        return {}
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def check_other_reports(project: Path, fault: Fault, previous: Mapping[str, Any]) -> None:
    """Asserts that the reports of components that were not judged are unchanged, and that no old promotion is left."""
    judged = {one["name"] for one in read_report(default_report(project, fault)).get("components", ())}
    other = read_report(project / ".maturity/other.json")
    assert "other" in judged or other["verdict"] == "PROMOTE", "the other component's report is gone"
    report = read_report(project / ".maturity/shop.json")
    if fault.component.lower() not in ("shop", "affected"):
        assert report == previous, "the report of another component was changed"
    elif not fault.limit and fault.verdict != "PROMOTE":
        assert report.get("verdict") != "PROMOTE", "an older promotion of the component is left"


def git(project: Path, *arguments: str) -> str:
    """Returns the output of git, which is given an identity so that it can commit."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def without_git(project: Path) -> Iterator[None]:
    """Removes the repository of a project."""
    shutil.rmtree(project / ".git")
    yield
