"""Records on a server of PostgreSQL: written by many at once, killed, cut off and slow."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.records import postgresql
from pytest_maturity.records.audit import find_break
from pytest_maturity.records.database import RecordsError
from pytest_maturity.records.store import Store
from tests.acceptance.project import TESTS_ONLY, Project, commit
from tests.acceptance.records.writers import kill_writers, write_at_once
from tests.postgresql import OWNER, PASSWORD, QUOTED, READER, TEMPLATE, WRITER, Server, is_root, run_server
from tests.servers.proxy import Proxy, run_proxy
from tests.unit.records.records import promotion, run_of

NEEDS_FORK = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
ON_SERVER = f"{TESTS_ONLY}\n    [tool.maturity.records]\n    url = 'env:SHOP_DB'\n    trust = ['server']\n"
RECORDED = "--maturity-target=recorded"


@pytest.fixture
def database(server: Server) -> str:
    """The name of a database with empty tables."""
    return server.create_database()


@pytest.fixture
def store(server: Server, database: str) -> Store:
    return server.store(database)


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with run_proxy(server.port) as running:
        yield running


@pytest.fixture
def shop(project: Project, server: Server, database: str, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with its records on the server."""
    project.policy(ON_SERVER)
    monkeypatch.setenv("SHOP_DB", server.url(database))
    return project


@pytest.fixture
def far(shop: Project, server: Server, database: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The same project, behind the proxy."""
    monkeypatch.setenv("SHOP_DB", server.url(database).replace(f":{server.port}/", f":{proxy.port}/"))
    return shop


@NEEDS_FORK
def test_six_processes_lose_none_of_forty_writes_each(store: Store) -> None:
    write_at_once(store)


@NEEDS_FORK
def test_a_writer_that_is_killed_at_any_moment_tears_nothing(store: Store) -> None:
    kill_writers(store, longest=0.3)


def test_a_server_that_loses_power_keeps_what_it_confirmed(server: Server, store: Store) -> None:
    store.write_runs([run_of(1)])
    store.append([promotion("dev")])
    server.stop("immediate")
    with pytest.raises(RecordsError, match="cannot be reached"):
        store.append([promotion(day=2)])
    server.start()
    store.append([promotion(day=2)])
    assert store.list_runs("shop") == [run_of(1)]
    assert [entry.decision for entry in store.list_entries()] == [promotion("dev"), promotion(day=2)]
    assert find_break(store.list_entries()) == ""


@pytest.mark.parametrize("stop_at", [b"BEGIN", b"INSERT INTO decisions", b"COMMIT"])
def test_a_connection_that_is_cut_before_the_commit_leaves_nothing(
    server: Server, database: str, store: Store, proxy: Proxy, stop_at: bytes
) -> None:
    url = server.url(database).replace(f":{server.port}/", f":{proxy.port}/") + "?sslmode=disable"
    far = postgresql.PostgresStore("env:SHOP", {"SHOP": url})
    far.append([promotion("dev")])
    proxy.stop_at = stop_at
    with pytest.raises(RecordsError, match=r"postgresql://127\.0\.0\.1/"):
        far.append([promotion(day=2)])
    assert [entry.decision for entry in store.list_entries()] == [promotion("dev")]
    proxy.stop_at = b""
    far.append([promotion(day=2)])
    assert len(store.list_entries()) == 2


def test_a_search_path_and_a_default_of_the_role_change_nothing(server: Server, database: str, store: Store) -> None:
    role = "careless"
    server.execute(
        f"""CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}';
        ALTER ROLE {role} SET search_path = evil, public; ALTER ROLE {role} SET default_transaction_read_only = on;
        CREATE SCHEMA evil; CREATE TABLE evil.decisions (number integer, document text, hash text);
        GRANT ALL ON SCHEMA evil TO PUBLIC; GRANT ALL ON evil.decisions TO PUBLIC""",
        database,
    )
    server.store(database, OWNER).migrate([role], [])
    server.store(database, role).append([promotion()])
    assert [entry.decision for entry in store.list_entries()] == [promotion()]


def test_a_row_of_a_writer_that_is_no_decision_makes_the_log_unknown(
    server: Server, database: str, store: Store
) -> None:
    store.append([promotion()])
    server.execute("INSERT INTO maturity.decisions VALUES (-1, '{}', 'x')", database, WRITER)
    with pytest.raises(RecordsError, match="holds a record that cannot be read"):
        store.list_entries()
    with pytest.raises(RecordsError, match="holds a record that cannot be read"):
        store.append([promotion(day=2)])


def test_a_server_that_wants_encryption_gets_it_and_one_that_only_reads_is_not_written() -> None:
    """Both with a server of their own, whose settings change."""
    with run_server() as server:
        store = server.store(TEMPLATE)
        store.append([promotion()])
        make_certificate(server.place / "data")
        (server.place / "data/pg_hba.conf").write_text("local all all trust\nhostssl all all all scram-sha-256\n")
        server.stop("fast")
        with (server.place / "data/postgresql.conf").open("a") as settings:
            settings.write("ssl = on\n")
        (server.place / "data/standby.signal").touch()
        server.start()
        assert len(store.list_entries()) == 1
        for options, words in (("?sslmode=disable", "no encryption"), ("?sslmode=verify-full", "certificate")):
            url = server.url(TEMPLATE) + options
            with pytest.raises(RecordsError, match=f"cannot be reached: .*{words}") as caught:
                postgresql.PostgresStore("env:SHOP", {"SHOP": url}).list_entries()
            assert QUOTED not in str(caught.value)
        with pytest.raises(RecordsError, match="read-write mode during recovery"):
            store.write_runs([run_of(1)])


def make_certificate(data: Path) -> None:
    """Makes the server's key and a certificate that it signs itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl is not installed")
    key = data / "server.key"
    command = [openssl, "req", "-new", "-x509", "-nodes", "-subj", "/CN=localhost", "-keyout", str(key), "-out"]
    subprocess.run([*command, str(data / "server.crt")], check=True, capture_output=True)
    key.chmod(0o600)
    if is_root():
        shutil.chown(key, "postgres", "postgres")


def test_ten_thousand_runs_are_read_in_time(store: Store) -> None:
    store.write_runs(run_of(number, f"part{number % 10}") for number in range(10_000))
    store.append([promotion(component=f"part{number % 10}", day=1 + number // 10) for number in range(200)])
    started = time.monotonic()
    assert len(store.list_components()) == 10
    assert sum(map(len, store.list_runs_by_component([f"part{number}" for number in range(10)]).values())) == 2000
    assert len(store.list_entries()) == 200
    assert time.monotonic() - started < 5
    assert sum(1 for _ in store.iterate_runs()) == 10_000


# ── whole runs ───────────────────────────────────────────────────────────────


def test_a_run_is_recorded_promoted_and_judged_for_its_recorded_stage(shop: Project, store: Store) -> None:
    shop.plugins = ("xdist",)
    assert shop.gate("--maturity-target=silver", "-n2", subprocess=True).code == 0
    assert [(run.verdict, run.reached) for run in store.list_runs("orchestration")] == [("PROMOTE", "silver")]
    shop.pytester.chdir()
    assert cli.main(["record", ".maturity/orchestration.json"]) == 0
    run = shop.gate(RECORDED)
    assert (run.code, run.last_line) == (0, "PROMOTE  orchestration is ready for silver")
    assert run.report["run"]["audit_head"] == store.list_entries()[-1].hash


def test_approvals_on_the_server_count_but_for_the_author_and_those_that_were_revoked(
    shop: Project, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.policy(ON_SERVER.replace(TESTS_ONLY, f"{TESTS_ONLY}    approvals = 2\n"))
    commit(shop)
    shop.pytester.chdir()
    approve = ["approve", "orchestration", "--target=silver", "--reason=tried"]
    assert shop.gate("--maturity-target=silver").code == 1
    for name in ("ann", "a"):  # `a` is the author
        cli.main([*approve, f"--by={name}"])
    run = shop.gate("--maturity-target=silver")
    assert run.code == 1
    assert [one["name"] for one in run.component["approvals"]["silver"]["counted"]] == ["ann"]
    assert cli.main([*approve, "--by=bob"]) == 0
    assert shop.gate("--maturity-target=silver").code == 0
    assert cli.main(["verify", ".maturity/orchestration.json"]) == 0
    given = next(one.decision for one in store.list_entries() if one.decision.actor == "ann")
    assert cli.main(["revoke", given.id, "--reason=a mistake"]) == 0
    assert cli.main(["verify", ".maturity/orchestration.json"]) == 3
    assert "was revoked" in capsys.readouterr().err
    run = shop.gate("--maturity-target=silver")
    assert run.code == 1
    assert any("revoked" in one for one in run.component["approvals"]["silver"]["refused"])


def test_a_test_that_names_another_server_or_takes_decisions_away_promotes_nothing(
    shop: Project, store: Store, server: Server, database: str
) -> None:
    store.append([promotion("bronze", "orchestration")])
    body = f"""
        import os
        import psycopg

        def test_it():
            with psycopg.connect({server.url(database, "postgres")!r}, autocommit=True) as connection:
                connection.execute("ALTER TABLE maturity.decisions DISABLE TRIGGER ALL")
                connection.execute("DELETE FROM maturity.decisions")
            os.environ["SHOP_DB"] = "postgresql://127.0.0.1:1/elsewhere"
            os.environ["PGPORT"] = "1"
        """
    shop.write({"tests/test_orchestrator.py": body})
    run = shop.gate(RECORDED, subprocess=True)
    assert (run.code, run.gaps) == (3, ["changed"])
    assert len(store.list_runs("orchestration")) == 1


@pytest.mark.parametrize("restarts", [True, False])
def test_a_server_that_is_stopped_in_the_middle_of_a_run_changes_no_verdict(
    far: Project, store: Store, proxy: Proxy, server: Server, monkeypatch: pytest.MonkeyPatch, restarts: bool
) -> None:
    store.append([promotion("bronze", "orchestration")])

    def stop() -> None:
        server.stop("immediate")
        if restarts:
            server.start()

    monkeypatch.setattr(Server, "stop_now", stop, raising=False)
    body = "from tests.postgresql import Server\n\ndef test_it():\n    Server.stop_now()\n"
    far.write({"tests/test_orchestrator.py": body})
    run = far.gate(RECORDED)
    if not restarts:
        server.start()
    assert (run.code, run.last_line) == (0, "PROMOTE  orchestration is ready for bronze")
    assert [one.verdict for one in store.list_runs("orchestration")] == ["PROMOTE" if restarts else "INCOMPLETE"]
    assert ("this run is not recorded" in run.result.stdout.str()) is not restarts


def test_a_server_that_stands_still_is_not_waited_for(
    far: Project, proxy: Proxy, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgresql, "ANSWER_TIMEOUT", 2)
    monkeypatch.setenv("SHOP_DB", f"{os.environ['SHOP_DB']}?sslmode=disable")
    proxy.stop_at, proxy.hangs = b"SELECT document", True
    started = time.monotonic()
    run = far.gate()
    assert run.code == 0
    assert time.monotonic() - started < 20
    assert [note for note in run.report["notes"] if "it did not answer in 2 seconds" in note]
    assert far.gate(RECORDED).code == 3


def test_a_slow_network_is_only_slow(far: Project, store: Store, proxy: Proxy) -> None:
    proxy.delay = 0.05
    assert far.gate().code == 0
    assert [run.verdict for run in store.list_runs("orchestration")] == ["PROMOTE"]


@pytest.mark.parametrize(
    "case", ["unset", "password", "misquoted", "database", "reader", "grants", "newer", "disk", "away"]
)
def test_what_is_wrong_is_a_note_and_shows_no_password(
    shop: Project, server: Server, database: str, store: Store, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    store.append([promotion("bronze", "orchestration")])
    url, words = os.environ["SHOP_DB"], ""
    secrets = [PASSWORD, QUOTED]
    if case == "unset":
        url, words = "", "the environment variable SHOP_DB is not set"
    elif case == "password":
        url, words = url.replace(QUOTED, "wr0ng%40pass"), "password authentication failed"
        secrets += ["wr0ng@pass", "wr0ng%40pass"]
    elif case == "misquoted":
        url, words = url.replace(QUOTED, "mis9/qu0ted@twice"), "holds no valid URL of PostgreSQL"
        secrets += ["mis9", "qu0ted", "twice"]
    elif case == "database":
        url, words = url.replace(database, "nowhere"), 'database "nowhere" does not exist'
    elif case == "reader":
        url, words = url.replace(WRITER, READER), "permission denied for table runs"
    elif case == "grants":
        server.execute(f"REVOKE ALL ON SCHEMA maturity FROM {WRITER}", database)
        words = "permission denied for schema maturity: its owner grants that by pytest-maturity records migrate"
    elif case == "newer":
        server.execute("INSERT INTO maturity.migrations (version) VALUES (99)", database)
        words = "has the schema 99"
    elif case == "disk":
        server.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'could not extend "
            "file' USING ERRCODE = 'disk_full'; END $$; CREATE TRIGGER disk BEFORE INSERT ON maturity.runs "
            "EXECUTE FUNCTION fail()",
            database,
        )
        words = "could not extend file"
    else:
        url, words = url.replace(f":{server.port}/", ":1/"), "cannot be reached"
    monkeypatch.setenv("SHOP_DB", url)
    run = shop.gate("--junitxml=junit.xml")
    assert run.code == 0
    assert [note for note in run.report["notes"] if words in note], run.report["notes"]
    can_read = case in ("reader", "disk")
    assert shop.gate(RECORDED).code == (0 if can_read else 3)
    shop.pytester.chdir()
    assert cli.main(["status"]) == (0 if can_read else 3)
    written = run.result.stdout.str() + run.result.stderr.str()
    for path in (*(shop.path / ".maturity").rglob("*"), shop.path / "junit.xml"):
        written += path.read_text("utf-8", "replace") if path.is_file() else ""
    assert [secret for secret in secrets if secret in written] == []


def test_a_test_that_prints_the_password_does_not_show_it_in_a_report(shop: Project, store: Store) -> None:
    body = f"""
        def test_it():
            print({PASSWORD!r}, {QUOTED!r})
            raise RuntimeError({PASSWORD!r} + {QUOTED!r})
        """
    shop.write({"tests/test_orchestrator.py": body})
    assert shop.gate().code == 1
    written = "".join(path.read_text("utf-8", "replace") for path in Path(shop.path / ".maturity").glob("*.json"))
    assert PASSWORD not in written
    assert QUOTED not in written
    (record,) = store.list_runs("orchestration")
    assert PASSWORD not in str(record.to_dict())
