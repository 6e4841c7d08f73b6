"""A server is used only where its URL, its tables and its role are what they should be, and says what is wrong."""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import closing
from datetime import datetime, timedelta, timezone

import pytest

from pytest_maturity.records import postgresql
from pytest_maturity.records.audit import find_break
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.postgresql import PostgresStore, is_misquoted
from tests.postgresql import OWNER, PASSWORD, QUOTED, READER, TEMPLATE, WRITER, Server
from tests.unit.records.records import promotion, run_of

AWAY = "postgresql://shop:hunter2hunter2@127.0.0.1:1/records"

NO_URL = (
    "the variable SHOP holds no valid URL of PostgreSQL, like postgresql://USER@HOST/DATABASE; in a password, write "
    "%40 for @, %2F for /, %25 for %"
)


def problem_of(url: str, **environ: str) -> str:
    """Returns the error of a store that cannot be used."""
    pytest.importorskip("psycopg")
    with pytest.raises(RecordsError) as caught:
        PostgresStore(url, environ).list_entries()
    return str(caught.value)


# ── the URL ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "the environment variable SHOP is not set: it holds the URL of the records' server"),
        (" ", "the environment variable SHOP is not set: it holds the URL of the records' server"),
        ("mysql://u:hunter2@h/d", "the variable SHOP holds no URL of PostgreSQL, like postgresql://USER@HOST/DATABASE"),
        ("host=h password=hunter2", "the variable SHOP holds no URL of PostgreSQL, like postgresql://USER@HOST/DATABASE"),
        *((value, NO_URL) for value in (
            "postgresql://u:hunter2@h/d?x=1", "postgresql://u:hunter2@h:port/d", "postgresql://u:hunter2%zz@h/d",
            "postgresql://u:hunter2@s@h/d", "postgresql://u:hunter2/s@h/d", "postgresql://u:2/hunter2@h/d",
            "postgresql://u@h?password=hunter2@s",
        )),
        ("postgresql://u:hunter2@/d", "the variable SHOP: the URL names no host, unlike postgresql://USER@HOST/DATABASE"),
        ("postgresql://u:hunter2@h", "the variable SHOP: the URL names no database, unlike postgresql://USER@HOST/DATABASE"),
        ("postgresql://h/d?service=x",
         "the variable SHOP: a service can become another server: name host and database in the URL"),
    ],
)  # fmt: skip
def test_a_url_that_is_wrong_is_said_and_not_quoted(
    value: str | None, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PGHOST", "PGDATABASE", "PGHOSTADDR"):
        monkeypatch.delenv(name, raising=False)
    assert problem_of("env:SHOP", **({} if value is None else {"SHOP": value})) == words


def test_without_psycopg_the_words_say_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(RecordsError, match=r"records on a server need psycopg, .*: pip install 'pytest-maturity\[pos"):
        PostgresStore("env:SHOP", {"SHOP": AWAY}).list_entries()


def test_a_server_that_is_away_is_unknown_and_the_password_is_hidden() -> None:
    problem = problem_of("env:SHOP", SHOP=AWAY)
    assert problem.startswith("postgresql://127.0.0.1/records cannot be reached: ")
    assert "refused" in problem
    assert "hunter2" not in problem


@pytest.mark.parametrize("url", ["h:1,h2:22/d", "u:p?w@[::1]:5432/d", "u@h/d?application_name=a@b", "[::1],h/d"])
def test_a_url_with_several_hosts_ports_or_an_ipv6_address_is_right(url: str) -> None:
    assert not is_misquoted(f"postgresql://{url}")


@pytest.mark.parametrize("wrong", ["wr0ng/pass:word", "wr0ng pass"])
def test_a_refused_password_is_in_no_message(server: Server, wrong: str) -> None:
    url = server.url("postgres").replace(QUOTED, wrong.replace("/", "%2F").replace(":", "%3A").replace(" ", "%20"))
    problem = problem_of("env:SHOP", SHOP=url)
    assert "password authentication failed" in problem
    assert wrong not in problem


def test_the_place_that_a_test_sets_later_is_not_used(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECORDS_URL", server.url(server.create_database()))
    store = PostgresStore("env:RECORDS_URL", dict(os.environ))
    store.append([promotion()])
    monkeypatch.delenv("RECORDS_URL")
    for name, value in (
        ("PGHOST", "127.0.0.2"), ("PGHOSTADDR", "127.0.0.2"), ("PGPORT", "1"), ("PGDATABASE", "template1"),
        ("PGUSER", "nobody"), ("PGPASSWORD", "x"), ("PGOPTIONS", "-c search_path=nowhere"), ("PGSSLMODE", "require"),
        ("PGPASSFILE", "/nowhere"), ("PGSSLROOTCERT", "/nowhere"), ("PGTARGETSESSIONATTRS", "standby"),
        ("PGREQUIREPEER", "nobody"), ("PGCLIENTENCODING", "LATIN1"), ("PGCHANNELBINDING", "require"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    assert [entry.decision for entry in store.list_entries()] == [promotion()]


# ── tables and roles ─────────────────────────────────────────────────────────


def test_a_database_without_tables_says_how_to_make_them(server: Server) -> None:
    name = server.create_database(template="template0")
    for work in (server.store(name).list_entries, lambda: server.store(name).write_runs([run_of(1)])):
        with pytest.raises(RecordsError, match=f"/{name} has no tables of records: pytest-maturity records migrate"):
            work()
    owner = server.store(name, OWNER)
    assert owner.migrate([], []) == (0, 1)
    assert owner.migrate([WRITER], [READER]) == (1, 1)
    server.store(name).append([promotion()])
    assert len(server.store(name, READER).list_entries()) == 1


def test_a_schema_of_another_role_is_not_migrated(server: Server) -> None:
    """The owner of the schema could change all that is made in it."""
    name = server.create_database(template="template0")
    server.execute(f"GRANT CREATE ON DATABASE {name} TO {WRITER}", name)
    server.execute("CREATE SCHEMA maturity", name, WRITER)
    server.execute(f"GRANT ALL ON SCHEMA maturity TO {OWNER}", name, WRITER)
    with pytest.raises(RecordsError, match=f"the schema maturity belongs to {WRITER}, who migrates it"):
        server.store(name, OWNER).migrate([WRITER], [])
    with pytest.raises(RecordsError, match="has no tables of records"):
        server.store(name, OWNER).list_entries()


def test_tables_of_a_newer_version_are_neither_read_nor_changed(server: Server) -> None:
    name = server.create_database()
    server.store(name).append([promotion()])
    server.execute("INSERT INTO maturity.migrations (version) VALUES (99)", name)
    store, owner = server.store(name), server.store(name, OWNER)
    works = (store.list_entries, lambda: store.append([promotion(day=2)]), lambda: owner.migrate([WRITER], []))
    for work in works:
        with pytest.raises(RecordsError, match="has the schema 99, this version of pytest-maturity knows up to 1"):
            work()
    server.execute("DELETE FROM maturity.migrations WHERE version = 99", name)
    assert [entry.decision for entry in store.list_entries()] == [promotion()]


@pytest.mark.parametrize(
    ("role", "statement", "words"),
    [
        *((WRITER, statement, "permission denied") for statement in (
            "UPDATE decisions SET hash = 'x'", "DELETE FROM decisions", "TRUNCATE decisions", "DELETE FROM runs",
            "TRUNCATE runs", "UPDATE runs SET run_id = 'x'", "INSERT INTO migrations (version) VALUES (2)",
            "DROP TABLE decisions", "ALTER TABLE decisions DISABLE TRIGGER ALL",
        )),
        (WRITER, "UPDATE runs SET verdict = 'PROMOTE'", "a run that has ended is not replaced"),
        *((OWNER, statement, "the audit log is append-only") for statement in (
            "UPDATE decisions SET hash = 'x'", "DELETE FROM decisions", "TRUNCATE decisions",
            "DELETE FROM decisions WHERE false",
        )),
        (OWNER, "UPDATE runs SET verdict = 'PROMOTE'", "a run that has ended is not replaced"),
        *((READER, statement, "permission denied") for statement in (
            "UPDATE decisions SET hash = 'x'", "INSERT INTO decisions VALUES (2, 'x', 'x')", "DELETE FROM runs",
        )),
    ],
)  # fmt: skip
def test_nobody_changes_what_was_written(server: Server, role: str, statement: str, words: str) -> None:
    import psycopg

    name = server.create_database()
    store = server.store(name)
    store.append([promotion()])
    store.write_runs([run_of(1, verdict="HOLD")])
    with closing(server.connect(name, role)) as connection:
        connection.execute("SET search_path = maturity")
        with pytest.raises(psycopg.Error, match=f"{words}|must be owner"):
            connection.execute(statement.encode())
    assert [entry.decision for entry in store.list_entries()] == [promotion()]
    assert store.list_runs("shop") == [run_of(1, verdict="HOLD")]


def test_a_superuser_without_triggers_is_found_by_the_chain(server: Server) -> None:
    name = server.create_database()
    server.store(name).append([promotion("dev"), promotion("staging", day=2)])
    with closing(server.connect(name)) as connection:
        connection.execute("ALTER TABLE maturity.decisions DISABLE TRIGGER ALL")
        connection.execute(
            "UPDATE maturity.decisions SET document = replace(document, '\"dev\"', '\"production\"') WHERE number = 1"
        )
    assert "entry 1 (promotion of shop to production) was changed" in find_break(server.store(name).list_entries())
    with pytest.raises(RecordsError, match="the audit log was changed"):
        server.store(name).append([promotion(day=3)])


def test_a_reader_may_read_and_what_it_may_not_says_who_grants_it(server: Server) -> None:
    name = server.create_database()
    server.store(name).append([promotion()])
    store = server.store(name, READER)
    assert len(store.list_entries()) == 1
    words = "permission denied for table decisions: its owner grants that by pytest-maturity records migrate"
    with pytest.raises(RecordsError, match=words):
        store.append([promotion(day=2)])
    server.execute(f"REVOKE USAGE ON SCHEMA maturity FROM {READER}", name)
    with pytest.raises(RecordsError, match="permission denied for schema maturity"):
        store.list_entries()


def test_old_runs_are_removed_by_the_owner_and_by_no_writer(server: Server) -> None:
    name, recent = server.create_database(), run_of(2, started=datetime.now(timezone.utc).isoformat())
    store = server.store(name)
    store.write_runs([run_of(1)])
    store.write_runs([recent], retention=timedelta(days=1))
    assert list(store.iterate_runs()) == [run_of(1), recent]
    with pytest.raises(RecordsError, match="permission denied"):
        store.remove_runs(timedelta(days=1))
    assert server.store(name, OWNER).remove_runs(timedelta(days=1)) == 1
    assert list(store.iterate_runs()) == [recent]


# ── waiting ──────────────────────────────────────────────────────────────────


def test_another_writer_is_waited_for_and_then_unknown(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    name = server.create_database()
    with server.store(name).open_for_writing():
        assert server.store(name).list_entries() == []  # who reads does not wait
        monkeypatch.setattr(
            postgresql, "WRITE", postgresql.WRITE.replace("lock_timeout = '30s'", "lock_timeout = '1ms'")
        )
        with pytest.raises(RecordsError, match="another writer held the records for 30 seconds"):
            server.store(name).append([promotion()])
    server.store(name).append([promotion()])


def test_a_writer_reads_what_the_one_before_has_committed(server: Server) -> None:
    """Also where the database's own default is one snapshot for the whole transaction."""
    name = server.create_database()
    server.execute(f"ALTER DATABASE {name} SET default_transaction_isolation = 'serializable'")
    store = server.store(name)
    with store.open_for_writing():
        waiting = threading.Thread(target=server.store(name).append, args=([promotion("dev")],))
        waiting.start()
        time.sleep(0.3)
    waiting.join()
    store.append([promotion(day=2)])
    assert len(store.list_entries()) == 2


def test_an_answer_that_never_comes_is_not_waited_for(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "ANSWER_TIMEOUT", 1.1)
    store = server.store(server.create_database())
    started = time.monotonic()
    with pytest.raises(RecordsError, match=r"it did not answer in 1\.1 seconds"), store.open_for_reading() as session:
        session.execute("SELECT pg_sleep(20)")
    with pytest.raises(RecordsError, match=r"it did not answer in 1\.1 seconds"):  # and it is not tried again at once
        store.list_entries()
    assert time.monotonic() - started < 5


def test_a_statement_that_takes_too_long_is_ended_by_the_server(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        postgresql, "READ", postgresql.READ.replace("statement_timeout = '30s'", "statement_timeout = 50")
    )
    store = server.store(server.create_database())
    with pytest.raises(RecordsError, match="did not finish a statement"), store.open_for_reading() as session:
        session.execute("SELECT pg_sleep(20)")


def test_a_server_that_did_not_answer_is_not_tried_again_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("psycopg")
    store = PostgresStore("env:SHOP", {"SHOP": "postgresql://u@192.0.2.1/d?connect_timeout=2"})
    for longest in (10, 0.1):
        started = time.monotonic()
        with pytest.raises(RecordsError, match=r"postgresql://192\.0\.2\.1/d cannot be reached"):
            store.list_entries()
        assert time.monotonic() - started < longest


def test_a_store_shows_no_password(server: Server) -> None:
    store = server.store(TEMPLATE)
    assert PASSWORD not in repr(store)
    assert store.name == f"postgresql://127.0.0.1/{TEMPLATE}"
    assert store.files == ()
