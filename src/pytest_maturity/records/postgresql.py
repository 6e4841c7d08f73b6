"""The records on a server of PostgreSQL, which many machines write at once. psycopg is imported where it is used.

Writers take turns by an advisory lock, so that each adds to the chain that it has read. All waiting ends: for the
server, for a statement, for another writer, and for an answer that never comes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from ..config.settings import PASSWORDS, URL_EXAMPLE, URL_SCHEMES
from ..model.real_clock import REAL
from ..model.redaction import HIDDEN
from ..model.text import safe
from .database import SERVER, RecordsError, Result
from .migrations import SCHEMA, VERSION, list_grants, list_migrations
from .store import Store

if TYPE_CHECKING:
    import psycopg  # at run time only where a server is used

CONNECT_TIMEOUT = 10  # seconds
STATEMENT_TIMEOUT = LOCK_TIMEOUT = 30  # seconds, on the server
IDLE_TIMEOUT = 60  # seconds until the server ends a transaction whose writer is silent
ANSWER_TIMEOUT = STATEMENT_TIMEOUT + 10  # seconds until a server that does not even say that it is too slow is away
RETRY_AFTER = 60  # seconds in which a server that did not answer is not tried again
LOCK = 0x6D617475  # `matu`: the number of the advisory lock of writers
INSTALL = "pip install 'pytest-maturity[postgres]'"
MIGRATE = "pytest-maturity records migrate"
# libpq takes what a URL leaves open from variables. These stay empty where they are: a test may set them later.
KEPT_EMPTY = ("hostaddr", "password", "passfile", "options", "requirepeer", "sslcert", "sslkey", "sslrootcert",
              "sslcrl", "sslcrldir")  # fmt: skip
# A connection that is cut without a word ends within a minute.
OWN = {"application_name": "pytest-maturity", "client_encoding": "utf8", "connect_timeout": str(CONNECT_TIMEOUT),
       "keepalives_idle": "20", "keepalives_interval": "10", "keepalives_count": "3",
       "tcp_user_timeout": "30000"}  # fmt: skip
LIMITS = f"""SET LOCAL search_path = {SCHEMA}, pg_temp; SET LOCAL statement_timeout = '{STATEMENT_TIMEOUT}s';
    SET LOCAL lock_timeout = '{LOCK_TIMEOUT}s'; SET LOCAL idle_in_transaction_session_timeout = '{IDLE_TIMEOUT}s'"""
READ = f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {LIMITS}"
# A snapshot for each statement: what is read after the lock is what the last writer has committed.
WRITE = f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {LIMITS}; SET LOCAL synchronous_commit = on"

SELECT_OTHER_OWNER = f"""SELECT rolname FROM pg_namespace JOIN pg_roles ON pg_roles.oid = nspowner
    WHERE nspname = '{SCHEMA}' AND rolname <> current_user"""


class PostgresStore(Store):
    """The records in the database that a URL names. What is wrong with the URL is the error of every method."""

    kind = SERVER
    removes_old_runs = False  # no writer may delete
    files: tuple[Path, ...] = ()

    def __init__(self, url: str, environ: Mapping[str, str]) -> None:
        """Reads the URL, or the environment variable that `env:NAME` says, and all that libpq takes from variables."""
        self._name = f"the variable {url.removeprefix('env:')}" if url.startswith("env:") else "the server"
        self._problem = ""
        self._parameters: dict[str, str] = {}
        self._away, self._tried = "", 0.0  # why the server did not answer, and when
        try:
            import psycopg
            from psycopg.pq import Conninfo

            self._psycopg, self._conninfo = psycopg, Conninfo
            self._connection_class = limit_waiting(psycopg.Connection)
            self._parameters = self._read_parameters(read_url(url, environ))
        except ImportError as error:
            self._problem = (
                f"records on a server need psycopg, which cannot be imported ({safe(str(error), 200)}): {INSTALL}"
            )
        except RecordsError as error:
            self._problem = str(error)

    def _read_parameters(self, url: str) -> dict[str, str]:
        """Returns everything that names the server, from the URL and from libpq's variables. Raises RecordsError."""
        try:
            # From a misquoted one libpq would take a part of the password for the host, and errors would show it.
            given = None if is_misquoted(url) else self._conninfo.parse(url.encode())
        except (self._psycopg.Error, ValueError):
            given = None
        if given is None:
            example = f"like {URL_EXAMPLE}; in a password, write %40 for @, %2F for /, %25 for %"
            raise RecordsError(f"{self._name} holds no valid URL of PostgreSQL, {example}")
        of_url = {one.keyword.decode(): one.val.decode() for one in given if one.val is not None}
        if "service" in of_url:
            raise RecordsError(f"{self._name}: a service can become another server: name host and database in the URL")
        defaults = {one.keyword.decode(): one.val.decode() for one in self._conninfo.get_defaults() if one.val}
        defaults.pop("service", None)
        found = {**dict.fromkeys(KEPT_EMPTY, ""), **defaults, **OWN, **of_url}
        host = found.get("host") or found["hostaddr"]
        if not host or not found.get("dbname"):
            raise RecordsError(f"{self._name}: the URL names no {'database' if host else 'host'}, unlike {URL_EXAMPLE}")
        self._name = safe(f"postgresql://{host}/{found['dbname']}", 200)
        return found

    @property
    def name(self) -> str:
        return self._name

    @contextlib.contextmanager
    def open_for_reading(self) -> Iterator[Session]:
        with self._connect() as session:
            session.execute(READ)
            self._check_version(session)
            yield session

    @contextlib.contextmanager
    def open_for_writing(self) -> Iterator[Session]:
        with self._connect() as session:
            session.execute(WRITE)
            self._check_version(session)
            session.execute("SELECT pg_advisory_xact_lock(?)", (LOCK,))
            yield session
            session.execute("COMMIT")

    def migrate(self, writers: Sequence[str], readers: Sequence[str]) -> tuple[int, int]:
        """Brings the tables to the current version, and grants roles what they need.

        Returns the version before, 0 without tables, and the one after. Raises RecordsError, then nothing is changed.
        """
        with self._connect() as session:
            session.execute(WRITE)
            session.execute("SELECT pg_advisory_xact_lock(?)", (LOCK,))
            found = self._find_version(session)
            for (owner,) in session.execute(SELECT_OTHER_OWNER):  # who could change all that is made in it
                raise RecordsError(f"{self._name}: the schema {SCHEMA} belongs to {safe(owner, 63)}, who migrates it")
            if not session.select(f"SELECT to_regnamespace('{SCHEMA}')"):
                session.execute(f"CREATE SCHEMA {SCHEMA}")
            for statement in (*list_migrations(found), *list_grants(writers, readers)):
                session.execute(statement)
            session.execute("COMMIT")
        return found, VERSION

    def _check_version(self, session: Session) -> None:
        """Raises RecordsError where the tables are not those of this version."""
        found = self._find_version(session)
        if found < VERSION:
            what = f"the schema {found}, and needs {VERSION}" if found else "no tables of records"
            raise RecordsError(f"{self._name} has {what}: {MIGRATE}")

    def _find_version(self, session: Session) -> int:
        """Returns the version of the tables, 0 where there are none. Raises RecordsError for a newer one."""
        if not session.select(f"SELECT to_regclass('{SCHEMA}.migrations')"):
            return 0
        found = session.select("SELECT max(version) FROM migrations") or 0
        if found > VERSION:
            known = f"this version of pytest-maturity knows up to {VERSION}: upgrade it"
            raise RecordsError(f"{self._name} has the schema {found}, {known}")
        return int(found)

    @contextlib.contextmanager
    def _connect(self) -> Iterator[Session]:
        """Opens a connection and closes it, which rolls back what is not committed. Its errors become RecordsError."""
        if self._problem:
            raise RecordsError(self._problem)
        if self._away and REAL.monotonic() - self._tried < RETRY_AFTER:
            raise RecordsError(self._away)
        started = REAL.monotonic()
        try:
            address = self._psycopg.conninfo.make_conninfo(**self._parameters)
            connection = self._connection_class.connect(address, autocommit=True, prepare_threshold=None)
        except (self._psycopg.Error, OSError, ValueError) as error:
            problem = RecordsError(f"{self._name} cannot be reached: {self._redact(error)}")
            raise self._remember(problem, started) from None
        with contextlib.closing(connection):
            try:
                yield Session(connection)
            except (self._psycopg.Error, OSError, UnicodeError) as error:
                problem = self._describe(error)
                is_slow = isinstance(error, (TimeoutError, self._psycopg.errors.QueryCanceled))
                raise (self._remember(problem, started) if is_slow else problem) from None

    def _remember(self, problem: RecordsError, started: float) -> RecordsError:
        """Returns the problem, which stays for a while if it took time. What is refused at once may be tried again."""
        if REAL.monotonic() - started > 1:
            self._away, self._tried = str(problem), REAL.monotonic()
        return problem

    def _describe(self, error: Exception) -> RecordsError:
        """Returns an error of the server in words."""
        errors, words = self._psycopg.errors, self._redact(error)
        if isinstance(error, errors.LockNotAvailable):
            words = f"another writer held the records for {LOCK_TIMEOUT} seconds"
        elif isinstance(error, errors.QueryCanceled):
            words = f"it did not finish a statement in {STATEMENT_TIMEOUT} seconds ({words})"
        elif isinstance(error, errors.InsufficientPrivilege):
            words = f"{words}: its owner grants that by {MIGRATE}"
        return RecordsError(f"{self._name}: {words}")

    def _redact(self, error: Exception) -> str:
        """Returns the text of an error in one line, without passwords."""
        text = " ".join(str(error).split())
        for secret in filter(None, map(self._parameters.get, PASSWORDS)):
            for form in (secret, quote(secret, safe=""), quote(secret)):
                text = text.replace(form, HIDDEN)
        return safe(text, 300)


def limit_waiting(connection: type[psycopg.Connection[Any]]) -> type[psycopg.Connection[Any]]:
    """Returns a class of connections that wait for an answer no longer than ANSWER_TIMEOUT.

    The limits that the server keeps are of no use where the server itself stands still.
    """

    class LimitedConnection(connection):  # type: ignore[misc, valid-type]
        def wait(self, generator: Generator[Any, Any, Any], *arguments: Any, **named: Any) -> Any:
            return super().wait(limit(generator), *arguments, **named)

    return LimitedConnection


def limit(generator: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """Passes on what psycopg waits for, which it wakes ten times a second. Raises TimeoutError."""
    end, ready = REAL.monotonic() + ANSWER_TIMEOUT, None
    while True:
        try:
            wanted = generator.send(ready)
        except StopIteration as stop:
            return stop.value
        ready = yield wanted
        if REAL.monotonic() > end:
            raise TimeoutError(f"it did not answer in {ANSWER_TIMEOUT} seconds")


class Session:
    """An open connection, in which `?` stands for a value as in SQLite."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def execute(self, statement: str, values: Sequence[Any] = (), /) -> Result:
        """Executes a statement; several at once where none has values."""
        return self._connection.execute(translate(statement), values or None)

    def executemany(self, statement: str, rows: Iterable[Sequence[Any]], /) -> Result:
        """Executes a statement for each row of values."""
        cursor = self._connection.cursor()
        cursor.executemany(translate(statement), list(rows))
        return cursor

    def select(self, statement: str) -> Any:
        """Returns the value that a statement selects in one row."""
        ((value,),) = self.execute(statement)
        return value


def translate(statement: str) -> Any:
    """Returns a statement with psycopg's sign for a value. None of ours has a question mark or `%` in a text."""
    return statement.replace("?", "%s")


def is_misquoted(url: str) -> bool:
    """Whether a URL has a sign of a login where a host, a port or a database must be."""
    authority, _, path = url.partition("://")[2].partition("/")
    login, _, hosts = authority.rpartition("@")
    ports = (one.rpartition("]")[2].partition(":")[2] for one in hosts.partition("?")[0].split(","))
    return "@" in login or "@" in path.partition("?")[0] or not all(port.isdigit() for port in ports if port)


def read_url(setting: str, environ: Mapping[str, str]) -> str:
    """Returns the URL, which an environment variable may hold. Raises RecordsError, whose words never quote it."""
    scheme, _, name = setting.partition(":")
    if scheme != "env":
        return setting
    url = environ.get(name, "").strip()
    if not url:
        raise RecordsError(f"the environment variable {name} is not set: it holds the URL of the records' server")
    if url.partition("://")[0] not in URL_SCHEMES:
        raise RecordsError(f"the variable {name} holds no URL of PostgreSQL, like {URL_EXAMPLE}")
    return url
