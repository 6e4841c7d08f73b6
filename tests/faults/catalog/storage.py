"""Faults 56 to 61 and 111: disks that are full, read-only or shared, and places where no report can be written."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalog.process import SEEN, WRONG
from tests.faults.fault import NO_REPORT, Fault, Impossible
from tests.faults.runner import RunResult

FILL = """
    def fill(path):
        with open(path, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError:
                pass
    """
LONG = "/".join(["x" * 250] * 20) + "/report.json"


@contextlib.contextmanager
def mount_small_disk(project: Path) -> Iterator[None]:
    """Mounts a disk of 64 KiB as the directory of the reports."""
    place, kept = project / ".maturity", project / ".kept"
    place.rename(kept)
    place.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    ):
        raise Impossible("mounting a small disk needs Linux and root")
    try:
        for file in kept.iterdir():
            shutil.copy(file, place)
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextlib.contextmanager
def fill_disk(project: Path) -> Iterator[None]:
    with mount_small_disk(project):
        code: dict[str, object] = {}
        exec(compile("\n".join(line[4:] for line in FILL.splitlines()), "fill", "exec"), code)
        fill = code["fill"]
        assert callable(fill)
        fill(project / ".maturity/filler")
        yield


@contextlib.contextmanager
def mount_read_only_disk(project: Path) -> Iterator[None]:
    with mount_small_disk(project):
        subprocess.run(["mount", "-o", "remount,ro", str(project / ".maturity")], check=True)
        yield


@contextlib.contextmanager
def require_sys(project: Path) -> Iterator[None]:
    """Requires /sys, which does not allow root a new file either."""
    if not Path("/sys/kernel").is_dir() or os.name != "posix":
        raise Impossible("a directory in which root cannot write either is known on Linux only")
    yield


def check_report_is_new(result: RunResult) -> None:
    assert result.report["run"]["id"] != result.previous_report["run"]["id"]
    assert result.report["run"]["started"] > result.previous_report["run"]["started"]


def check_no_temporary_file(result: RunResult) -> None:
    assert not list((result.project / ".maturity").glob(".maturity.*")), "a temporary file was left"


FAULTS = (
    Fault(
        number=56,
        case="before",
        title="the disk is full when the run starts",
        preparation=fill_disk,
        exit_code=4,
        verdict="",
        messages=("cannot be written: No space left on device", "--maturity-report PATH"),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=56,
        case="during",
        title="a test fills the disk",
        preparation=mount_small_disk,
        exit_code=3,
        verdict="INCOMPLETE",
        files={"tests/test_shop_x.py": FILL + "\n    def test_a():\n        fill('.maturity/filler')\n"},
        messages=("cannot be written: No space left on device",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=56,
        case="quota",
        title="a test lowers the limit for the size of files",
        exit_code=3,
        verdict="INCOMPLETE",
        files={
            "tests/test_shop_x.py": "import resource\n\ndef test_a():\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
        },
        arguments=("-p", "no:cacheprovider", "-s"),
        messages=("cannot be written: File too large",),
        not_compared=NO_REPORT,
        check=check_no_temporary_file,
    ),
    Fault(
        number=57,
        title="a read-only file system",
        preparation=mount_read_only_disk,
        exit_code=4,
        verdict="PROMOTE",
        not_compared=NO_REPORT,
        messages=(".maturity/shop.json cannot be written: Read-only file system", "--maturity-report PATH"),
        limit="nobody can change the previous report: only the exit code and `pytest-maturity verify` show it",
    ),
    Fault(
        number=58,
        case="reports",
        title="four runs write the same report at the same time",
        processes=4,
        messages=(SEEN, "pass rate"),
        files={"tests/test_shop_x.py": WRONG},
        check=check_no_temporary_file,
        not_compared=NO_REPORT,
    ),
    Fault(
        number=60,
        case="conftest",
        title="a conftest raises, and the previous report says PROMOTE",
        exit_code=4,
        verdict="INCOMPLETE",
        files={"conftest.py": "raise RuntimeError('no conftest')\n"},
        check=check_report_is_new,
        messages=("no conftest",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=60,
        case="option",
        title="an unknown option, and the previous report says PROMOTE",
        exit_code=4,
        check=check_report_is_new,
        verdict="INCOMPLETE",
        arguments=("--no-such-option",),
        messages=("--no-such-option",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=60,
        case="refused",
        title="an unknown stage, and the previous report says PROMOTE",
        exit_code=4,
        not_compared=NO_REPORT,
        verdict="INCOMPLETE",
        gate_arguments=("--maturity-target=moon",),
        messages=(
            "'moon' is not a stage of the ladder proven",
            "a later run was refused, so this verdict does not count",
        ),
    ),
    Fault(
        number=61,
        case="directory",
        title="the path of the report is a directory",
        gate_arguments=("--maturity-report=src",),
        exit_code=4,
        report="src",
        verdict="",
        messages=("the report", "src cannot be written: Is a directory"),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=61,
        case="long",
        title="the path of the report has 5,000 characters",
        gate_arguments=(f"--maturity-report={LONG}",),
        exit_code=4,
        report=LONG[:200],
        verdict="",
        messages=("cannot be written: File name too long",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=61,
        case="denied",
        title="the report may not be written (permission denied)",
        gate_arguments=("--maturity-report=/sys/report.json",),
        exit_code=4,
        report="/sys/report.json",
        verdict="",
        preparation=require_sys,
        not_compared=NO_REPORT,
        messages=("the report /sys/report.json cannot be written: ", "--maturity-report PATH"),
    ),
    Fault(
        number=111,
        case="spelling",
        title="the component was promoted, and is judged again under another spelling of its name",
        component="Shop",
        files={"tests/test_shop_x.py": WRONG},
        messages=(SEEN, "pass rate"),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=111,
        case="value",
        title="pytest refuses to start, for a wrong value of another plugin's option",
        plugins=("xdist",),
        arguments=("-n", "many"),
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("a later run was refused, so this verdict does not count",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=111,
        case="settings",
        title="pytest refuses to start, because its settings cannot be read",
        files={"pytest.ini": "[pytest\n"},
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("a later run was refused, so this verdict does not count",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=111,
        case="-p",
        title="pytest refuses to start, because the plugin of `-p` does not exist",
        arguments=("-p", "no_such_plugin"),
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("a later run was refused, so this verdict does not count",),
        not_compared=NO_REPORT,
    ),
)
