"""Runs the gate, and its peers, in a small project with a fault."""

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

TIMEOUT = 120
# Each run starts faster without the plugins that it does not need.
UNUSED = ("anyio", "asyncio", "html", "html_fixtures", "hypothesispytest", "metadata", "pytest_cov", "reportlog",
          "rerunfailures", "sugar", "timeout", "xdist", "xdist.looponfail")  # fmt: skip
# What would make a run measure, decorate or supervise itself because the tests of this project run like that.
SCRUBBED = ("CI", "COV_", "COVERAGE_", "PYTEST_", "FORCE_COLOR", "NO_COLOR", "COLUMNS", "PYTHONIOENCODING")
SYSTEM_PATH = "/usr/bin:/bin"
MODES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {  # plugins, arguments
    "plain pytest": ((), ()),
    "pytest-cov": (("pytest_cov",), ()),
    "rerunfailures": (("rerunfailures",), ("--reruns=2",)),
}
TEMPLATE = Fault(
    number=0,
    title="Nothing is wrong",
    code=0,
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
class Ran:
    """What a run left behind. `report` is empty where there is none."""

    project: Path
    code: int
    text: str
    report: Mapping[str, Any]
    yesterday: Mapping[str, Any]

    @property
    def verdict(self) -> str:
        return str(self.report.get("verdict", ""))

    @property
    def said(self) -> str:
        """Everything that a person or a machine is told."""
        return f"{self.text}\n{json.dumps(self.report, ensure_ascii=False)}"

    @property
    def shell_code(self) -> int:
        """The exit code as a shell tells it: a signal is 128 and its number."""
        return self.code if self.code >= 0 else 128 - self.code

    @property
    def ours(self) -> list[str]:
        """The lines of the output that are the gate's."""
        lines = self.text.splitlines()
        first = next((number for number, line in enumerate(lines) if "= maturity: " in line), len(lines))
        last = next((number for number, line in enumerate(lines) if line.startswith("  report: ")), first)
        words = ("PROMOTE ", "HOLD ", "INCONCLUSIVE ")
        return [*lines[first : last + 1], *(line for line in lines if line.startswith(words))]


class Workshop:
    """Makes projects below a directory; the template is judged once, and promoted."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._template = place / "template"
        lay(TEMPLATE, self._template)
        git(self._template, "init", "--quiet")
        git(self._template, "add", "--all")
        git(self._template, "commit", "--quiet", "--message", "yesterday")
        for name in ("shop", "other"):
            done = start(self._template, TEMPLATE, ("--maturity-component", name), plugins=())
            text, _ = done.communicate(timeout=TIMEOUT)
            assert done.returncode == 0, text

    def project(self, fault: Fault, name: str) -> Path:
        """A copy of the project that was promoted yesterday, with the fault in it."""
        path = self._place / name / "project"
        shutil.copytree(self._template, path, ignore=shutil.ignore_patterns("__pycache__"))
        lay(fault, path)
        return path

    def judge(self, fault: Fault, name: str) -> Ran:
        """Let the gate judge the project with the fault. Raises Impossible where the fault cannot be made."""
        project = self.project(fault, name)
        python = str(self.bare_python()) if fault.bare or fault.tools else sys.executable
        arguments = ("--maturity-component", fault.component, *fault.gate)
        yesterday = read(project / ".maturity/shop.json")
        with fault.around(project) if fault.around else contextlib.nullcontext():
            started = [start(project, fault, arguments, fault.plugins, python) for _ in range(fault.at_once)]
            texts = [one.communicate(timeout=TIMEOUT)[0] for one in started]
            (code,) = {one.returncode for one in started}
            report = read(Path(fault.report) if fault.report else default_report(project, fault))
            check_others(project, fault, yesterday)
        return Ran(project, code, texts[0], report, yesterday)

    def compare(self, fault: Fault, mode: str, name: str) -> Ran:
        """Let another program run the component's tests, and no others."""
        project = self.project(fault, name)
        (project / "tests/test_other.py").unlink()
        plugins, arguments = MODES[mode]
        more = fault.cov if mode == "pytest-cov" else ()
        with fault.around(project) if fault.around else contextlib.nullcontext():
            started = start(project, fault, (*arguments, *more), (*fault.plugins, *plugins))
            text, _ = started.communicate(timeout=TIMEOUT)
        return Ran(project, started.returncode, text, {}, {})

    def bare_python(self) -> Path:
        """An interpreter that sees the packages of this one, in an environment without any program."""
        place = self._place / "bare"
        if not place.exists():
            venv.EnvBuilder(symlinks=True).create(place)
            (packages,) = place.glob("lib/python*/site-packages")
            seen = f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n"
            (packages / "seen.pth").write_text(seen)
        return place / "bin/python"


def lay(fault: Fault, project: Path) -> None:
    """Write the files of a fault into a project."""
    tools = {f".tools/{name}": f"#!/bin/sh\n{text}\n" for name, text in fault.tools.items()}
    for name, text in (*fault.texts(), *tools.items()):
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for name in tools:
        (project / name).chmod(0o755)


def start(
    project: Path, fault: Fault, arguments: tuple[str, ...], plugins: tuple[str, ...], python: str = sys.executable
) -> subprocess.Popen[str]:
    """Start a run as a program, in an environment of its own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(SCRUBBED)}
    if fault.bare or fault.tools:
        environment["PATH"] = f"{project / '.tools'}:{SYSTEM_PATH}"
    off = [part for name in UNUSED if name not in plugins for part in ("-p", f"no:{name}")]
    options = off if fault.launcher[-1] == "pytest" else []
    command = [python, *fault.launcher, *options, *fault.arguments, *(arguments if options else ())]
    return subprocess.Popen(
        command, cwd=project, env={**environment, **fault.environment}, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="backslashreplace",
    )  # fmt: skip


def default_report(project: Path, fault: Fault) -> Path:
    return project / ".maturity" / f"{Path(fault.component).name}.json"


def read(path: Path) -> dict[str, Any]:
    """A report, empty where there is none; half a report is an error."""
    if not path.is_file():
        return {}
    document: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return document


def check_others(project: Path, fault: Fault, yesterday: Mapping[str, Any]) -> None:
    """The reports of what was not judged are as they were."""
    assert read(project / ".maturity/other.json")["verdict"] == "PROMOTE", "the other component's report is gone"
    if fault.component != "shop" or fault.report:
        assert read(project / ".maturity/shop.json") == yesterday, "a report was changed that is not this run's"


def git(project: Path, *arguments: str) -> str:
    """What git says; with a name, so that it can commit."""
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "init.defaultBranch=main")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, cwd=project, check=True, capture_output=True, text=True).stdout


@contextlib.contextmanager
def without_git(project: Path) -> Iterator[None]:
    shutil.rmtree(project / ".git")
    yield
