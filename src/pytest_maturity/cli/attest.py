"""`pytest-maturity attest`: writes to the audit log what somebody states about a component."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from fractions import Fraction
from pathlib import Path
from typing import Any

from ..model import exit_codes
from ..model.attestations import ATTEST, find_source
from ..model.durations import parse_duration
from ..model.errors import MaturityError
from ..model.gates import LARGEST
from ..model.history import Decision
from ..model.names import identity
from ..model.people import is_same_person
from ..model.text import did_you_mean, safe
from ..records.attestations import FILES, LONGEST
from ..records.database import RecordsError
from ..reports.verify import check_report, list_components, read_document
from ..tools.authors import find_authors, find_base
from ..tools.findings import NotMeasuredError
from ..tools.git import GitError, resolve_commit
from ..tools.json_numbers import parse_number
from ..tools.repository import identify_repository
from .approve import Judged
from .parser import Parser
from .project import Project, add_config_option, fail, fail_usage, read_project, warn_where_nothing_counts


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "write to the audit log what you state about a component, with its source and its end"
    parser = verbs.add_parser("attest", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("component", metavar="COMPONENT", help="the component")
    parser.add_argument("values", nargs="+", metavar="NAME=NUMBER", help="an attestation of the configuration")
    parser.add_argument("--source", required=True, metavar="URL", help="where the number comes from")
    parser.add_argument("--expires", required=True, metavar="30d", help="how long it counts: days, hours or minutes")
    parser.add_argument("--reason", default="", metavar="TEXT", help="a text that the audit log keeps")
    parser.add_argument(
        "--report", type=Path, metavar="REPORT",
        help='the JSON report of a run on the files that it is about, for one with binds_to = "files"',
    )  # fmt: skip
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Writes the attestation; returns 0, 3 where it cannot be written, 4 where it makes no sense."""
    try:
        project = read_project(options)
        return attest(project, options)
    except MaturityError as error:
        return fail_usage(error)
    except (RecordsError, GitError) as error:
        return fail([str(error)])


def attest(project: Project, options: argparse.Namespace) -> int:
    """Writes the attestation. Raises MaturityError with every mistake, RecordsError, GitError."""
    tables = project.config.attestations
    values = dict(read_values(options.values))
    problems = [
        *(problem for name, text in values.items() for problem in check_value(name, text, tables)),
        *check_texts(options),
    ]
    needs_report = [name for name in values if tables.get(name, {}).get("binds_to") == FILES]
    if needs_report and options.report is None:
        problems.append(f"--report: {needs_report[0]} is about files: name the report of a run on them")
    if problems:
        raise MaturityError(problems)
    about: dict[str, Any] = {}
    if options.report:
        judged = read_judged(options.report, options.component)
        if needs_report:
            check_author(project, judged)
        about = describe_judged(judged)
    now = datetime.now(timezone.utc)
    (entry,) = project.append(
        [
            Decision(
                kind="attestation",
                component=options.component,
                stage=None,
                time=now.isoformat(timespec="milliseconds"),
                actor=project.actor,
                reason=safe(options.reason, 1000),
                project=identify_repository(project.root),
                expires=(now + parse_duration(options.expires)).isoformat(timespec="milliseconds"),
                values=values,
                source=safe(options.source, 500),
                **about,
            )
        ]
    )
    stated = ", ".join(f"{name}={safe(text, 40)}" for name, text in values.items())
    until = entry.decision.expires[:10]
    print(f"{safe(options.component, 60)}: {stated} is attested until {until} (audit log: {entry.hash})")
    warn_where_nothing_counts(project)
    return exit_codes.PROMOTED


def read_values(given: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields each name with the text of its number. Raises MaturityError."""
    names = [text.partition("=")[0] for text in given]
    problems = [f"{safe(text, 80)}: must be NAME=NUMBER, like rollback_tested=1" for text in given if "=" not in text]
    problems += [f"{safe(name, 80)} is given twice" for name in dict.fromkeys(names) if names.count(name) > 1]
    if problems:
        raise MaturityError(problems)
    return ((name, value.strip()) for name, _, value in (text.partition("=") for text in given))


def check_value(name: str, text: str, tables: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Yields why a number cannot be attested."""
    own = [one for one, table in tables.items() if find_source(table) == ATTEST]
    if name not in tables:
        hint = did_you_mean(name, own) or f"; known: {', '.join(own) or 'none'}"
        yield f"there is no attestation {safe(name, 60)!r} in [tool.maturity.attestations]{hint}"
    elif name not in own:
        yield f"{name}: its source is the {find_source(tables[name])} of the configuration, not this verb"
    else:
        try:
            number = Fraction(parse_number(text))
        except NotMeasuredError:
            yield f"{name}: {safe(text, 60)!r} is not a number"
            return
        highest = 100 if tables[name].get("unit") == "%" else LARGEST
        if not 0 <= number <= highest:
            yield f"{name}: must be between 0 and {highest}, not {safe(text, 60)}"


def check_texts(options: argparse.Namespace) -> Iterator[str]:
    """Yields an empty source, and an end that is no duration or too far away."""
    if not options.source.strip():
        yield "--source: must not be empty: say where the number comes from"
    try:
        if parse_duration(options.expires) >= LONGEST:
            yield f"--expires: must be at most 365d, not {safe(options.expires, 40)}"
    except ValueError:
        yield f"--expires: must be days, hours or minutes, like 30d, 12h or 45m, not {safe(options.expires, 40)!r}"


def read_judged(path: Path, name: str) -> Judged:
    """Returns what a report says about a component. Raises MaturityError."""
    shown = safe(str(path), 300)
    try:
        document = read_document(path)
        problems = [f"{shown}: {problem}" for problem in check_report(document)]
    except OSError as error:
        problems = [f"{shown}: {error.strerror or error}"]
    except MaturityError as error:
        problems = [f"{shown}: {problem}" for problem in error.problems]
    if problems:
        raise MaturityError(problems)
    found = [one for one in list_components(document) if identity(one["name"]) == identity(name)]
    if not found:
        raise MaturityError(f"{shown}: does not judge {safe(name, 60)!r}")
    return Judged(path=path, document=document, component=found[0])


def check_author(project: Project, judged: Judged) -> None:
    """Raises GitError where the user is an author of the change, or where its authors are not known."""
    subject, head = judged.subject, resolve_commit(project.root, "HEAD")
    base = find_base(project.root, head, project.config.compare_branch)
    authors = find_authors(project.root, head, base, subject.paths, subject.uncommitted)
    if found := next((author for author in authors if is_same_person(project.actor, author)), ""):
        name = safe(project.actor, 60)
        raise GitError(f"this attestation would not count: {name} is an author of the change ({safe(found, 100)})")


def describe_judged(judged: Judged) -> dict[str, Any]:
    """Returns what a decision says about what was judged."""
    run = judged.document["run"]
    return {
        "run_id": run["id"],
        "commit": run["commit"],
        "dirty": run["dirty"],
        "digest": judged.subject.digest,
        "policy_digest": judged.document["policy"]["digest"],
    }
