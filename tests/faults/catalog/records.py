"""Faults 4, 27, 58 and 59: records that are lost, forged, damaged or in somebody else's place."""

from __future__ import annotations

import contextlib
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

from pytest_maturity.model.history import Decision
from pytest_maturity.records.audit import find_break
from pytest_maturity.records.sqlite import SqliteStore
from tests.faults.catalog.process import SEEN, WRONG
from tests.faults.fault import NO_REPORT, PLAIN_POLICY, Fault, Preparation
from tests.faults.runner import RunResult
from tests.unit.records.kill import kill_in_transaction
from tests.unit.records.records import promotion, run_of

WITH_RECORDS = f"{PLAIN_POLICY}records = {{}}\n"
RECORDED = ("--maturity-target=recorded",)
NOT_RECORDED = "it has no recorded stage"


def store_of(project: Path) -> SqliteStore:
    return SqliteStore(project / ".maturity/records.db")


def promote(**changed: object) -> Decision:
    """Returns the promotion of the project's component."""
    return promotion("proven", "shop", **changed)  # type: ignore[arg-type]


def after(work: Callable[[Path], object], *decisions: Decision) -> Preparation:
    """Returns a preparation that writes decisions, by default a promotion, and then does something to the database."""

    @contextlib.contextmanager
    def prepare(project: Path) -> Iterator[None]:
        store_of(project).append(decisions or [promote()])
        work(store_of(project).path)
        yield

    return prepare


@contextlib.contextmanager
def record_killed_run(project: Path) -> Iterator[None]:
    store_of(project).write_runs([run_of(1, verdict="INCOMPLETE")])
    yield


def upgrade(path: Path) -> None:
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere.db"))
    path.symlink_to("elsewhere.db")


def track(path: Path) -> None:
    subprocess.run(["git", "add", "--force", path.name], cwd=path.parent, check=True)


def forge(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b'"stage":"none of"', b'"stage":"proven" '))


def check_every_run_is_recorded(result: RunResult) -> None:
    runs = store_of(result.project).list_runs("shop")
    assert [run.verdict for run in runs] == ["HOLD"] * 4


def check_nothing_is_deleted(result: RunResult) -> None:
    path = store_of(result.project).path
    assert path.exists()
    assert not path.is_symlink() or path.resolve().exists()


def check_journal_is_kept(result: RunResult) -> None:
    assert len(list((result.project / ".maturity").glob("records.db.killed-*"))) == 2
    entries = store_of(result.project).list_entries()
    assert len(entries) == 1
    assert find_break(entries) == ""


FAULTS = (
    Fault(
        number=4,
        case="records",
        title="the run after one that was killed, with records",
        policy=WITH_RECORDS,
        preparation=record_killed_run,
        files={"tests/test_shop_x.py": WRONG},
        messages=("shop: the run of 2026-01-01T00:01:00.000+00:00 has no verdict: it was killed",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=27,
        title="fewer tests than at the last promotion, where the stage allows none to be lost",
        policy=f"{PLAIN_POLICY}stages.proven.lost_tests = 0\n",
        preparation=after(lambda _: None, promote(tests=5)),
        messages=("lost tests 3 > 0", "shop: 3 tests fewer than at its last promotion, which had 5"),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=58,
        case="records",
        title="four runs at the same time: no row of the records is lost",
        processes=4,
        policy=WITH_RECORDS,
        files={"tests/test_shop_x.py": WRONG},
        messages=(SEEN,),
        check=check_every_run_is_recorded,
        not_compared=NO_REPORT,
    ),
    *(
        Fault(
            number=59,
            case=case,
            title=f"the recorded stage is asked for, and the database {title}",
            preparation=after(work),
            gate_arguments=RECORDED,
            exit_code=3,
            verdict="INCONCLUSIVE",
            messages=(words,),
            check=check_journal_is_kept if case == "journal" else check_nothing_is_deleted,
            not_compared=NO_REPORT,
        )
        for case, title, work, words in (
            ("corrupt", "is damaged", lambda path: path.write_bytes(b"garbage" * 1000), "file is not a database"),
            ("empty", "is empty", lambda path: path.write_bytes(b""), NOT_RECORDED),
            ("newer", "was written by a newer version", upgrade, "has the schema 99"),
            ("link", "is a symbolic link", link, "is a link or no file"),
            ("tracked", "comes with the change, because git tracks it", track, "git tracks records.db"),
            ("journal", "has the journal of a killed writer", kill_in_transaction, "a writer was killed"),
        )
    ),
    Fault(
        number=59,
        case="forged",
        title="the recorded stage is asked for, and a decision was edited in the audit log",
        preparation=after(forge, promotion("none of", "shop")),
        gate_arguments=RECORDED,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("the audit log was changed: entry 1 (promotion of shop to proven) was changed after it was written",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=59,
        case="rewritten",
        title="a test deletes the audit log while the component is judged for its recorded stage",
        preparation=after(lambda _: None),
        gate_arguments=RECORDED,
        files={
            "tests/test_shop_x.py": "from pathlib import Path\n\ndef test_a():\n"
            "    Path('.maturity/records.db').unlink()\n"
        },
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("the audit log of the records was rewritten during the run",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=59,
        case="conftest",
        title="a conftest.py writes a promotion before the component is judged for its recorded stage",
        gate_arguments=RECORDED,
        files={
            "conftest.py": "from pathlib import Path\nfrom pytest_maturity.model.history import Decision\n"
            "from pytest_maturity.records.sqlite import SqliteStore\n\n"
            "SqliteStore(Path('.maturity/records.db').resolve()).append([Decision(kind='promotion', component='shop', "
            "stage='proven', time='2026-01-01T00:00:00+00:00')])\n"
        },
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=(NOT_RECORDED,),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=59,
        case="ci",
        title="the recorded stage is asked for in CI, where no store is named whose decisions count",
        preparation=after(lambda _: None),
        gate_arguments=RECORDED,
        environment={"CI": "true"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("its recorded stage is unproven",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=59,
        case="jenkins",
        title="the same in a CI that does not set `CI`",
        preparation=after(lambda _: None),
        gate_arguments=RECORDED,
        environment={"BUILD_NUMBER": "17"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("its recorded stage is unproven",),
        not_compared=NO_REPORT,
    ),
)
