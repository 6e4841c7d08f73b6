"""The tables on a server, in the steps by which they came, and what each kind of role may do with them.

They are in a schema of their own. Who migrates owns them; writers append, readers read, and nobody changes a decision:
no role has the privilege, and a trigger refuses it to the owner, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from .store import INCOMPLETE, TAKEN_BACK

SCHEMA = "maturity"
# Texts are compared byte by byte, as in SQLite, whatever the collation of the database.
FIRST = (
    f"CREATE TABLE {SCHEMA}.migrations (version integer PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now())",
    f"""CREATE TABLE {SCHEMA}.runs (
    run_id text COLLATE "C" NOT NULL, component text COLLATE "C" NOT NULL, started text COLLATE "C" NOT NULL,
    verdict text COLLATE "C" NOT NULL, document bytea NOT NULL, PRIMARY KEY (run_id, component))""",
    f"CREATE INDEX runs_of_component ON {SCHEMA}.runs (component, started)",
    f"""CREATE TABLE {SCHEMA}.decisions (
    number integer PRIMARY KEY, document text NOT NULL, hash text COLLATE "C" NOT NULL UNIQUE)""",
    f"""CREATE FUNCTION {SCHEMA}.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END $$""",
    f"""CREATE TRIGGER decisions_are_not_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.decisions
    FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_change()""",
    f"ALTER TABLE {SCHEMA}.decisions ENABLE ALWAYS TRIGGER decisions_are_not_changed",
    f"""CREATE FUNCTION {SCHEMA}.keep_ended_run() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
    IF OLD.verdict <> '{INCOMPLETE}' AND NEW.verdict <> '{TAKEN_BACK}' THEN
        RAISE EXCEPTION 'a run that has ended is not replaced';
    END IF;
    RETURN NEW;
END $$""",
    f"""CREATE TRIGGER ended_runs_are_not_replaced BEFORE UPDATE ON {SCHEMA}.runs
    FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.keep_ended_run()""",
    f"ALTER TABLE {SCHEMA}.runs ENABLE ALWAYS TRIGGER ended_runs_are_not_replaced",
    f"REVOKE ALL ON FUNCTION {SCHEMA}.refuse_change(), {SCHEMA}.keep_ended_run() FROM PUBLIC",
)
MIGRATIONS: tuple[tuple[str, ...], ...] = (FIRST,)  # the first version of the tables is 1
VERSION = len(MIGRATIONS)
READS = (f"GRANT USAGE ON SCHEMA {SCHEMA} TO {{role}}",
         f"GRANT SELECT ON {SCHEMA}.migrations, {SCHEMA}.runs, {SCHEMA}.decisions TO {{role}}")  # fmt: skip
WRITES = (*READS, f"GRANT INSERT ON {SCHEMA}.runs, {SCHEMA}.decisions TO {{role}}",
          f"GRANT UPDATE (started, verdict, document) ON {SCHEMA}.runs TO {{role}}")  # fmt: skip


def list_migrations(found: int) -> Iterator[str]:
    """Yields the statements that bring tables of the version `found`, 0 for none, to the current one."""
    for number, statements in enumerate(MIGRATIONS[found:], found + 1):
        yield from statements
        yield f"INSERT INTO {SCHEMA}.migrations (version) VALUES ({number})"


def list_grants(writers: Iterable[str], readers: Iterable[str]) -> Iterator[str]:
    """Yields the statements that give roles what they need."""
    for role, statements in (*((one, WRITES) for one in writers), *((one, READS) for one in readers)):
        for statement in statements:
            yield statement.format(role=quote(role))


def format_script(writers: Sequence[str], readers: Sequence[str]) -> str:
    """Returns all statements for a database without tables, as psql takes them."""
    statements = (f"CREATE SCHEMA {SCHEMA}", *list_migrations(0), *list_grants(writers, readers))
    return "".join(f"{one};\n" for one in ("BEGIN", *statements, "COMMIT"))


def quote(name: str) -> str:
    """Returns an identifier as SQL takes it."""
    return '"' + name.replace('"', '""') + '"'
