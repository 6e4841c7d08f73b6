"""`pytest-maturity records export` and `import`: records as JSON lines, for a CI cache, an artefact or a branch."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path

from ..model import exit_codes
from ..model.errors import MaturityError
from ..model.text import safe
from ..records.database import RecordsError
from ..records.export import format_entry, format_run, parse_lines
from ..tools.files import replace_file
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "write the records as JSON lines, or add those of such a file"
    parser = verbs.add_parser("records", help=description, description=description, allow_abbrev=False)
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True, parser_class=Parser)
    export = actions.add_parser("export", help="write all runs and decisions", allow_abbrev=False)
    export.set_defaults(run=run, work=write_export)
    export.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the file to write (default: stdout)")
    imported = actions.add_parser("import", help="add those that are not there yet", allow_abbrev=False)
    imported.set_defaults(run=run, work=read_export)
    imported.add_argument("file", type=Path, nargs="+", metavar="FILE", help="a file that `records export` wrote")
    for action in (export, imported):
        add_config_option(action)


def run(options: argparse.Namespace) -> int:
    """Exports or imports; returns 0, 3 where a file or the database cannot be read or written."""
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
    yield from map(format_entry, project.read_log().entries)


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
