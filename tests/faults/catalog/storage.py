"""56 to 61: disks that are full, read-only or shared, and places that no report can go to."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalog.process import SEEN, WRONG
from tests.faults.fault import NO_REPORT, Fault, Impossible, waits
from tests.faults.running import Ran

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
def small_disk(project: Path) -> Iterator[None]:
    """Puts the reports on a disk of 64 KiB."""
    place, kept = project / ".maturity", project / ".kept"
    place.rename(kept)
    place.mkdir()
    if (
        not shutil.which("mount")
        or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)], check=False, capture_output=True
        ).returncode
    ):
        raise Impossible("mounting a small disk needs Linux, and root")
    try:
        for file in kept.iterdir():
            shutil.copy(file, place)
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextlib.contextmanager
def full_disk(project: Path) -> Iterator[None]:
    with small_disk(project):
        code: dict[str, object] = {}
        exec(compile("\n".join(line[4:] for line in FILL.splitlines()), "fill", "exec"), code)
        fill = code["fill"]
        assert callable(fill)
        fill(project / ".maturity/filler")
        yield


@contextlib.contextmanager
def read_only_disk(project: Path) -> Iterator[None]:
    with small_disk(project):
        subprocess.run(["mount", "-o", "remount,ro", str(project / ".maturity")], check=True)
        yield


@contextlib.contextmanager
def forbidden(project: Path) -> Iterator[None]:
    """/sys refuses a new file to root, too."""
    if not Path("/sys/kernel").is_dir() or os.name != "posix":
        raise Impossible("a place that refuses root, too, is known on Linux only")
    yield


def is_of_today(ran: Ran) -> None:
    assert ran.report["run"]["id"] != ran.yesterday["run"]["id"]
    assert ran.report["run"]["started"] > ran.yesterday["run"]["started"]


def nothing_is_left_beside(ran: Ran) -> None:
    assert not list((ran.project / ".maturity").glob(".maturity.*")), "a temporary file was left"


FAULTS = (
    Fault(
        number=56,
        case="before",
        title="the disk is full when the run begins",
        around=full_disk,
        code=4,
        verdict="",
        words=("cannot be written: No space left on device", "--maturity-report PATH"),
        peers=NO_REPORT,
    ),
    Fault(
        number=56,
        case="during",
        title="a test fills the disk",
        around=small_disk,
        code=3,
        verdict="INCOMPLETE",
        files={"tests/test_shop_x.py": FILL + "\n    def test_a():\n        fill('.maturity/filler')\n"},
        words=("cannot be written: No space left on device",),
        peers=NO_REPORT,
    ),
    Fault(
        number=56,
        case="quota",
        title="a test lowers the limit for the size of a file",
        code=3,
        verdict="INCOMPLETE",
        files={
            "tests/test_shop_x.py": "import resource\n\ndef test_a():\n"
            "    resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))\n"
        },
        arguments=("-p", "no:cacheprovider", "-s"),
        words=("cannot be written: File too large",),
        peers=NO_REPORT,
        check=nothing_is_left_beside,
    ),
    Fault(
        number=57,
        title="a read-only file system",
        around=read_only_disk,
        code=4,
        verdict="PROMOTE",
        peers=NO_REPORT,
        words=(".maturity/shop.json cannot be written: Read-only file system", "--maturity-report PATH"),
        limit="yesterday's file cannot be changed by anybody: only the exit code and `pytest-maturity verify` tell",
    ),
    Fault(
        number=58,
        case="reports",
        title="four runs at once write the same report",
        at_once=4,
        words=(SEEN, "pass rate"),
        files={"tests/test_shop_x.py": WRONG},
        check=nothing_is_left_beside,
        peers=NO_REPORT,
    ),
    waits(58, "several runs at once: no row of the records is lost", "there are no records yet", "records"),
    waits(59, "a corrupt, empty, newer or symlinked database, a hot journal", "there are no records yet"),
    Fault(
        number=60,
        case="conftest",
        title="a conftest raises; yesterday's report said PROMOTE",
        code=4,
        verdict="INCOMPLETE",
        files={"conftest.py": "raise RuntimeError('no conftest')\n"},
        check=is_of_today,
        words=("no conftest",),
        peers=NO_REPORT,
    ),
    Fault(
        number=60,
        case="option",
        title="an unknown option; yesterday's report said PROMOTE",
        code=4,
        check=is_of_today,
        verdict="INCOMPLETE",
        arguments=("--no-such-option",),
        words=("--no-such-option",),
        peers=NO_REPORT,
    ),
    Fault(
        number=60,
        case="refused",
        title="an unknown stage; yesterday's report said PROMOTE",
        code=4,
        peers=NO_REPORT,
        verdict="INCOMPLETE",
        gate=("--maturity-target=moon",),
        words=("'moon' is not a stage of the ladder proven", "a later run was refused, so this verdict does not count"),
    ),
    Fault(
        number=61,
        case="directory",
        title="the report's place is a directory",
        gate=("--maturity-report=src",),
        code=4,
        report="src",
        verdict="",
        words=("the report", "src cannot be written: Is a directory"),
        peers=NO_REPORT,
    ),
    Fault(
        number=61,
        case="long",
        title="a path of 5,000 characters",
        gate=(f"--maturity-report={LONG}",),
        code=4,
        report=LONG[:200],
        verdict="",
        words=("cannot be written: File name too long",),
        peers=NO_REPORT,
    ),
    Fault(
        number=61,
        case="denied",
        title="permission denied",
        gate=("--maturity-report=/sys/report.json",),
        code=4,
        report="/sys/report.json",
        verdict="",
        around=forbidden,
        peers=NO_REPORT,
        words=("the report /sys/report.json cannot be written: ", "--maturity-report PATH"),
    ),
)
