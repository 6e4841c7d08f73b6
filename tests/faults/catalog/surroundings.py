"""71 to 75: the repository, the terminal, and a plugin that is not there."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalog.process import SEEN, WRONG
from tests.faults.fault import NO_POLICY, NO_REPORT, Fault, waits
from tests.faults.running import Ran, git, without_git

FAILS = {"tests/test_shop_x.py": WRONG}
ABSENT = "the plugin does not run, so yesterday's file is left: only the exit code and `pytest-maturity verify` tell"


def committed(ran: Ran) -> str:
    return git(ran.project, "rev-parse", "HEAD").strip()


def nothing_is_known(ran: Ran) -> None:
    assert (ran.report["run"]["commit"], ran.report["run"]["dirty"]) == (None, None)


def is_dirty(ran: Ran) -> None:
    assert (ran.report["run"]["commit"], ran.report["run"]["dirty"]) == (committed(ran), True)


def is_clean(ran: Ran) -> None:
    assert (ran.report["run"]["commit"], ran.report["run"]["dirty"]) == (committed(ran), False)


@contextlib.contextmanager
def detached(project: Path) -> Iterator[None]:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "today")
    git(project, "checkout", "--quiet", "--detach")
    yield


@contextlib.contextmanager
def shallow(project: Path) -> Iterator[None]:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "today")
    git(project, "clone", "--quiet", "--depth=1", f"file://{project}", "../shallow")
    shutil.rmtree(project / ".git")
    shutil.move(project.parent / "shallow/.git", project / ".git")
    assert (project / ".git/shallow").is_file()
    yield


def narrow(ran: Ran) -> None:
    table = ran.ours[: next(number for number, line in enumerate(ran.ours) if "reached:" in line)]
    assert table, ran.text
    assert max(map(len, table)) <= 40, table


def ascii_only(ran: Ran) -> None:
    assert ran.text.isascii(), ran.text


FAULTS = (
    Fault(
        number=71,
        case="no git",
        title="no repository",
        around=without_git,
        files=FAILS,
        check=nothing_is_known,
        words=(SEEN,),
        peers=NO_REPORT,
    ),
    Fault(number=71, case="dirty", title="a dirty tree", files=FAILS, check=is_dirty, words=(SEEN,), peers=NO_REPORT),
    Fault(
        number=71,
        case="detached",
        title="a detached head",
        around=detached,
        files=FAILS,
        check=is_clean,
        words=(SEEN,),
        peers=NO_REPORT,
    ),
    Fault(
        number=71,
        case="shallow",
        title="a shallow clone",
        around=shallow,
        files=FAILS,
        check=is_clean,
        words=(SEEN,),
        peers=NO_REPORT,
    ),
    waits(
        71,
        "a stage requires a clean tree",
        "no requirement says so yet; `pytest-maturity verify --commit` does",
        "clean",
    ),
    Fault(
        number=72,
        title="a report of another commit",
        code=3,
        verdict="PROMOTE",
        peers=NO_REPORT,
        launcher=("-m", "pytest_maturity.cli", "verify", ".maturity/shop.json", "--commit", "b" * 40),
        words=("it is of the commit", "not of bbbb"),
        limit="the report is true, of another commit: `pytest-maturity verify` does not touch it",
    ),
    Fault(
        number=73,
        case="narrow",
        title="40 columns, no colour",
        files=FAILS,
        check=narrow,
        words=(SEEN, "HOLD  shop"),
        environment={"COLUMNS": "40", "NO_COLOR": "1"},
    ),
    Fault(
        number=73,
        case="ascii",
        title="an ASCII stdout",
        files=FAILS,
        check=ascii_only,
        words=(SEEN, "HOLD  shop"),
        environment={"PYTHONIOENCODING": "ascii"},
    ),
    Fault(
        number=73,
        case="cp1252",
        title="a cp1252 stdout",
        files=FAILS,
        words=(SEEN, "HOLD  shop"),
        environment={"PYTHONIOENCODING": "cp1252"},
    ),
    Fault(
        number=74,
        case="none",
        title="`-p no:terminal`",
        arguments=("-p", "no:terminal"),
        files=FAILS,
        words=("HOLD  shop is not ready for proven", SEEN),
    ),
    Fault(
        number=74,
        case="replaced",
        title="a replaced terminal reporter",
        plugins=("sugar",),
        files=FAILS,
        words=("HOLD  shop is not ready for proven", SEEN),
    ),
    Fault(
        number=75,
        case="blocked",
        title="`-p no:maturity`",
        gate=("-p", "no:maturity"),
        code=4,
        verdict="PROMOTE",
        words=("unrecognized arguments: --maturity-component",),
        peers=NO_POLICY,
        limit=ABSENT,
    ),
    Fault(
        number=75,
        case="autoload",
        title="`PYTEST_DISABLE_PLUGIN_AUTOLOAD=1`",
        code=4,
        verdict="PROMOTE",
        environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        words=("unrecognized arguments: --maturity-component",),
        peers=NO_POLICY,
        limit=ABSENT,
    ),
)
