"""`pytest-maturity log`: the decisions in the audit log."""

from __future__ import annotations

import argparse
from json import dumps

from ..model.errors import MaturityError
from ..model.history import KINDS, REVOCABLE_KINDS
from ..model.text import safe
from ..records.audit import SHOWN_ID, Entry, describe
from ..records.database import RecordsError
from .parser import Parser
from .project import add_config_option, fail, fail_usage, read_project


def add_to(verbs: argparse._SubParsersAction[Parser]) -> None:
    """Adds the verb to the command line."""
    description = "show the decisions in the audit log"
    parser = verbs.add_parser("log", help=description, description=description, allow_abbrev=False)
    parser.set_defaults(run=run)
    parser.add_argument("component", nargs="?", metavar="COMPONENT", help="only those about this component")
    parser.add_argument("--json", action="store_true", help="print JSON, with the numbers of each decision")
    add_config_option(parser)


def run(options: argparse.Namespace) -> int:
    """Prints the decisions, the latest last; returns 0, 3 where they cannot be read."""
    try:
        history = read_project(options).read_log()
    except MaturityError as error:
        return fail_usage(error)
    except RecordsError as error:
        return fail([str(error)])
    entries = history.entries if options.component is None else history.select(options.component, KINDS)
    if options.json:
        print(dumps([entry.to_dict() for entry in entries], indent=2))
        return 0
    for entry in entries:
        print(format_entry(entry))
    if not entries:
        print("no decisions")
    return 0


def format_entry(entry: Entry) -> str:
    """Returns a decision in one line: when, what, by whom, of which commit, until when, from which source, why."""
    decision = entry.decision
    commit = f" {safe(decision.commit, 64)[:12]}{'+' if decision.dirty else ''}" if decision.commit else ""
    reason = f": {safe(decision.reason, 300)}" if decision.reason else ""
    who = (safe(decision.actor, 60) or "unknown") + (f" ({decision.identity})" if decision.identity else "")
    until = f", until {safe(decision.expires, 60)[:10]}" if decision.expires else ""
    source = f", source: {safe(decision.source, 300)}" if decision.source else ""
    basis = f", resting on {', '.join(safe(one, 200) for one in decision.rests_on)}" if decision.rests_on else ""
    waived = [
        f"{safe(gate.name, 60)}, {safe(text, 300)}"
        for gate in decision.gates
        for text in gate.list_waived(decision.stage)
    ]
    basis += f", waived: {'; '.join(waived)}" if waived else ""
    id_ = f" ({decision.id[:SHOWN_ID]})" if decision.kind in REVOCABLE_KINDS else ""
    what = f"{describe(decision)}{id_} by {who}{commit}{until}{source}{basis}{reason}"
    return f"{entry.number:4}  {safe(decision.time, 60)[:19]}  {what}"
