"""The gate `vulnerabilities`: the known vulnerabilities of the distributions that the project needs.

They belong to the environment, or to the requirements files of the configuration, and so to each component.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from ..model.evidence import Command, Component, Evidence
from ..model.gates import Context, Gate, Measurement, Remedy, Requirement
from ..model.paths import path_from_root
from ..model.text import first_few, plural
from ..tools import pip_audit
from ..tools.findings import NotMeasuredError, make_remedy, read_text, require_result, resolve_path
from ..tools.requirements import normalize_distribution
from ..tools.settings import read_toml_table

KEY = "vulnerabilities"
LOCAL = r'"url": *"file:'  # in direct_url.json (packaging.python.org, "direct-url")
INCLUDED = r"(?m)^[ \t]*(?:-r[ \t]*|--requirement[ \t=]+)[\"']?([^\s\"']+)"  # in a requirements file
PROJECT_FILE = "pyproject.toml"


def make_commands(components: Sequence[Component], context: Context) -> Mapping[str, Command]:
    """Returns the run of pip-audit."""
    return {
        KEY: pip_audit.make_command(
            context.option(KEY, "requirements", ()),
            context.option(KEY, "service", pip_audit.SERVICES[0]),
            context.option(KEY, "osv_url", ""),
            context.option(KEY, "ignore", ()),
            float(context.option(KEY, "timeout", 600)),
        )
    }


def measure(evidence: Evidence, context: Context) -> Measurement:
    """Returns the number of vulnerabilities; unknown where a distribution of an index could not be audited."""
    files = context.option(KEY, "requirements", ())
    try:
        audit = pip_audit.parse(require_result(evidence, KEY, pip_audit.NAME), files[0] if files else PROJECT_FILE)
        if unread := find_unread(files, context.root):
            raise NotMeasuredError(
                f"pip-audit does not read {first_few(unread)}, which {first_few(files)} includes: name every file in "
                f"gates.{KEY}.requirements"
            )
        missing = find_unaudited(audit.skipped, context)
        if missing and not audit.audited:
            raise NotMeasuredError(
                f"the service of pip-audit knows none of {plural(len(missing), 'distribution')}: is it up?"
            )
        if missing:
            names = first_few(missing)
            raise NotMeasuredError(
                f"pip-audit could not audit {plural(len(missing), 'distribution')}: {names}; "
                f"if no index has them, name them in gates.{KEY}.private"
            )
        if not audit.audited:
            raise NotMeasuredError("pip-audit audited no distribution")
    except NotMeasuredError as error:
        return Measurement(None, str(error))
    ignored = context.option(KEY, "ignore", ())
    parts = (
        f"{pip_audit.NAME}, {plural(len(audit.audited), 'distribution')}",
        f"not of an index: {first_few(audit.skipped)}" if audit.skipped else "",
        f"ignored by the configuration: {first_few(ignored)}" if ignored else "",
    )
    return Measurement(len(audit.findings), "; ".join(filter(None, parts)), audit.findings)


def find_unread(files: Sequence[str], root: Path) -> list[str]:
    """Returns the requirements files that these include and that are not among them: with --no-deps, nobody reads them.

    Paths start at the root.
    """
    known = {resolve_path(root, one) for one in files}
    included = (
        path_from_root((root / one).parent / name, root)
        for one in files
        for name in re.findall(INCLUDED, read_text(root / one))
    )
    return [one for one in dict.fromkeys(included) if resolve_path(root, one) not in known]


def find_unaudited(skipped: Sequence[str], context: Context) -> list[str]:
    """Returns the distributions that are neither the project's own, nor installed from a directory, nor private."""
    own = read_toml_table(context.root / PROJECT_FILE, "project").get("name", "")
    private = {normalize_distribution(str(one)) for one in (own, *context.option(KEY, "private", ()))}
    return [one for one in skipped if normalize_distribution(one) not in private and not is_local(one)]


def is_local(name: str) -> bool:
    """Whether a distribution was installed from a directory or file, and so from no index."""
    try:
        return re.search(LOCAL, metadata.distribution(name).read_text("direct_url.json") or "") is not None
    except (metadata.PackageNotFoundError, ValueError):
        return False


def suggest_remedy(evidence: Evidence, measurement: Measurement, requirement: Requirement) -> Remedy:
    """Returns how many vulnerabilities to fix, and the command that lists them."""
    return make_remedy(evidence, measurement, requirement, KEY, "vulnerability")


GATE = Gate(
    KEY,
    measure,
    better="lower",
    commands=make_commands,
    remedy=suggest_remedy,
    needs_tests=False,
    counts_findings=True,
    fits_new_code=False,
)
