"""pip-audit: the command that audits the environment or requirements, and the parser of the vulnerabilities.

What it prints depends on the day, so nothing of it is cached.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

from ..model.evidence import Command, Finding, ToolResult
from ..model.light_dataclass import light_dataclass
from ..model.text import safe
from .findings import NotMeasuredError, parse_json
from .processes import find_program

NAME = "pip-audit"
SERVICES = ("pypi", "osv")
OPTIONS = ("--format", "json", "--progress-spinner", "off", "--desc", "off")
# A line of its traceback without a network, as urllib3 words it; the last one names the cause.
UNREACHABLE = re.compile(r"^(?:\w+\.)*(\w+): HTTPS?ConnectionPool\(host='([^']+)'", re.MULTILINE)


@light_dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The vulnerabilities that pip-audit printed, the distributions that it audited, and those that it could not."""

    findings: Sequence[Finding]
    audited: Sequence[str]
    skipped: Sequence[str]


def make_command(
    requirements: Sequence[str], service: str, osv_url: str, ignored: Sequence[str], timeout: float
) -> Command:
    """Returns the audit of requirements files, or without any of the environment of this interpreter.

    Every requirement must be pinned: resolving them would install what the index offers today.
    """
    options = (*OPTIONS, "--vulnerability-service", service, *(("--osv-url", osv_url) if osv_url else ()))
    ignoring = tuple(part for one in ignored for part in ("--ignore-vuln", one))
    files = tuple(part for path in requirements for part in ("--requirement", path))
    subject = ("--no-deps", "--disable-pip", *files) if files else ("--skip-editable",)
    return Command(
        argv=(find_program(NAME), *options, *ignoring, *subject),
        install=("pip", "install", NAME),
        timeout=timeout,
        isolated=True,
        variables=(("PIPAPI_PYTHON_LOCATION", sys.executable),),
    )


def parse(result: ToolResult, path: str) -> Audit:
    """Returns the audit in pip-audit's JSON (its README, "JSON"); `path` is the file that its findings are about.

    It gives no severity. Raises NotMeasuredError.
    """
    if not result.stdout.strip() and (found := UNREACHABLE.findall(result.stderr)):
        problem, host = found[-1]
        raise NotMeasuredError(f"pip-audit could not reach {safe(host, 100)} ({safe(problem, 60)})")
    try:
        dependencies = parse_json(result, NAME)["dependencies"]
        audited = [one for one in dependencies if "skip_reason" not in one]
        return Audit(
            findings=[
                Finding(path=path, rule=str(vulnerability["id"]), message=describe(one, vulnerability["fix_versions"]))
                for one in audited
                for vulnerability in one["vulns"]
            ],
            audited=[str(one["name"]) for one in audited],
            skipped=[str(one["name"]) for one in dependencies if "skip_reason" in one],
        )
    except (KeyError, TypeError, AttributeError):
        raise NotMeasuredError("pip-audit printed JSON of another form; it may be older than 2.7") from None


def describe(dependency: dict[str, object], fixed: Sequence[str]) -> str:
    """Returns `jinja2 2.10, fixed in 2.10.1`."""
    versions = f"fixed in {', '.join(map(str, fixed))}" if fixed else "not fixed in any version"
    return safe(f"{dependency['name']} {dependency['version']}, {versions}", 300)
