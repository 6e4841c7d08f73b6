"""`pytest-maturity records`: carries records as JSON lines, and prepares a server for them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.text import safe
from ..records.database import SERVER, RecordsError
from ..records.export import format_entry, format_run, parse_lines
from ..records.migrations import format_script
from ..tools.files import replace_file
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "write the records as JSON lines, add those of such a file, or prepare a server"
    parser = verbs.add_parser("records", help=description, description=description, allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    export = actions.add_parser("export", help="write all runs and decisions", allow_abbrev=False)
    export.set_defaults(run=run, work=write_export)
    export.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the file to write (default: stdout)")
    imported = actions.add_parser("import", help="add those that are not there yet", allow_abbrev=False)
    imported.set_defaults(run=run, work=read_export)
    imported.add_argument("file", type=Path, nargs="+", metavar="FILE", help="a file that `records export` wrote")
    migrate = actions.add_parser("migrate", help="create or update the tables on a server", allow_abbrev=False)
    migrate.set_defaults(run=run, work=migrate_server)
    for option, what in (("--writer", "record runs and decisions"), ("--reader", "read the records")):
        migrate.add_argument(option, action="append", default=[], metavar="ROLE", help=f"let this role {what}")
    migrate.add_argument("--sql", action="store_true", help="print the statements, and execute nothing")
    prune = actions.add_parser("prune", help="remove the runs that are older than `retention`", allow_abbrev=False)
    prune.set_defaults(run=run, work=remove_old_runs)
    for action in (export, imported, migrate, prune):
        add_config_option(action)


def run(options: argparse.Namespace) -> int:
    """Runs the action; returns 0, 3 where a file or the records cannot be read or written."""
    try:
        project = read_project(options)
        options.work(project, options)
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    except OSError as error:
        return fail([f"{safe(str(error.filename), 300)}: {error.strerror}"])
    return exit_codes.PROMOTED


def write_export(project: Project, options: argparse.Namespace) -> None:
    """Writes all records to a file, or to stdout. Raises RecordsError and OSError."""
    lines = list(list_lines(project))
    if options.file is None:
        sys.stdout.writelines(lines)
    else:
        replace_file(options.file, "".join(lines))


def list_lines(project: Project) -> Iterator[str]:
    """Yields a line for each run and each decision."""
    yield from map(format_run, project.store.iterate_runs())
    yield from map(format_entry, project.read_store().entries)


def read_export(project: Project, options: argparse.Namespace) -> None:
    """Adds the records of files, all or none of each. Raises RecordsError and OSError."""
    for file in options.file:
        name = safe(str(file), 300)
        try:
            lines = file.read_text("utf-8").splitlines()
        except ValueError as error:
            raise RecordsError(f"{name}: is not UTF-8") from error
        runs, entries = parse_lines(lines, name)
        added_runs, added = project.store.merge(runs, entries)
        print(f"{name}: added {added_runs} of {len(runs)} runs and {added} of {len(entries)} decisions")


def migrate_server(project: Project, options: argparse.Namespace) -> None:
    """Creates or updates the tables on the server, or prints how. Raises MaturityError and RecordsError."""
    if options.sql:
        print(format_script(options.writer, options.reader), end="")
        return
    store = project.store
    if store.kind != SERVER:
        raise MaturityError("records migrate: [tool.maturity.records] has no url; a file needs no migration")
    from ..records.postgresql import PostgresStore  # here: few projects have a server

    assert isinstance(store, PostgresStore)
    before, after = store.migrate(options.writer, options.reader)
    print(f"{store.name}: the tables have the version {after}" + ("" if before == after else f", and had {before}"))


def remove_old_runs(project: Project, _: argparse.Namespace) -> None:
    """Removes old runs; on a server, its owner may do so. Raises MaturityError and RecordsError."""
    days = project.config.records.retention
    if days is None:
        raise MaturityError("records prune: [tool.maturity.records] has no retention")
    removed = project.store.remove_runs(timedelta(days=days))
    print(f"{project.store.name}: removed {removed} runs that are older than {days} days")
