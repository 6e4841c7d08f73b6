"""A server of PostgreSQL for tests: a cluster of its own in a temporary directory, which nothing else uses."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_maturity.records.postgresql import PostgresStore

if TYPE_CHECKING:
    import psycopg

PASSWORD = "s3cret/of:the@tests"  # of every role; it must be quoted in a URL, and found nowhere
QUOTED = "s3cret%2Fof%3Athe%40tests"
TEMPLATE = "with_tables"
SUPERUSER, OWNER, WRITER, READER = "postgres", "records_owner", "ci", "people"
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{place}'
fsync = off
max_connections = 60
"""


def find_programs() -> Path | None:
    """Returns the directory of initdb and pg_ctl; None where no server is installed."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = shutil.which("initdb")
    if debian:
        return debian[-1].parent
    return Path(found).resolve().parent if found else None


@dataclass
class Server:
    """A server on a free port. As root, it runs as the user `postgres`: PostgreSQL refuses root."""

    programs: Path
    place: Path
    port: int = 0
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def run(self, program: str, *arguments: str) -> None:
        """Runs a program of the server as the user of the server."""
        user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if is_root() else {}
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
        # Into a file: a server would keep a pipe open.
        with (self.place / "log").open("ab") as log:
            command = [str(self.programs / program), *arguments]
            subprocess.run(command, cwd=self.place, env=environment, stdout=log, stderr=log, check=True, **user)

    def create(self) -> None:
        """Makes the cluster, starts it, and makes the roles and a database with tables."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        (self.place / "password").write_text(PASSWORD)
        self.run("initdb", "--pgdata=data", "--username=postgres", "--pwfile=password", "--no-sync", "--encoding=UTF8",
                 "--auth-host=scram-sha-256", "--auth-local=trust")  # fmt: skip
        with (self.place / "data/postgresql.conf").open("a") as settings:
            settings.write(SETTINGS.format(port=self.port, place=self.place))
        self.start()
        for role in (OWNER, WRITER, READER):
            self.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'")
        self.create_database(TEMPLATE, "template0")
        self.store(TEMPLATE, OWNER).migrate([WRITER], [READER])

    def start(self) -> None:
        self.run("pg_ctl", "--pgdata=data", "--wait", "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stops the server; `immediate` is how it ends where the machine loses power."""
        self.run("pg_ctl", "--pgdata=data", "--wait", f"--mode={mode}", "stop")

    def connect(self, database: str = "postgres", role: str = SUPERUSER) -> psycopg.Connection[Any]:
        import psycopg

        return psycopg.connect(self.url(database, role), autocommit=True)

    def execute(self, statement: Any, database: str = "postgres", role: str = SUPERUSER) -> None:
        with self.connect(database, role) as connection:
            connection.execute(statement)

    def create_database(self, name: str = "", template: str = TEMPLATE) -> str:
        """Makes a database of the owner, with empty tables; returns its name."""
        name = name or f"records{next(self.numbers)}"
        self.execute(f"CREATE DATABASE {name} OWNER {OWNER} TEMPLATE {template}")
        return name

    def url(self, database: str, role: str = WRITER) -> str:
        return f"postgresql://{role}:{QUOTED}@127.0.0.1:{self.port}/{database}"

    def store(self, database: str, role: str = WRITER) -> PostgresStore:
        return PostgresStore("env:RECORDS", {"RECORDS": self.url(database, role)})


def is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


@contextlib.contextmanager
def run_server() -> Iterator[Server]:
    """Starts a server and removes it at the end. Skips the test where psycopg or the server is not installed."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'pytest-maturity[postgres]'")
    programs = find_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with tempfile.TemporaryDirectory(prefix="records-", ignore_cleanup_errors=True) as name:
        place = Path(name)
        if is_root():
            shutil.chown(place, "postgres", "postgres")
        server = Server(programs, place)
        try:
            server.create()
            yield server
        finally:
            with contextlib.suppress(subprocess.CalledProcessError):  # a test may have stopped it
                server.stop()
