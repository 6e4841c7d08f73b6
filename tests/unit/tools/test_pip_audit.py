"""pip-audit: how it is run, and what it printed."""

from __future__ import annotations

import json
import sys

import pytest

from pytest_maturity.model.evidence import ToolResult
from pytest_maturity.tools import pip_audit
from pytest_maturity.tools.findings import NotMeasuredError

NEW = (  # of 2.10.1
    '{"dependencies": [{"name": "requests", "version": "2.19.0", "vulns": []}, {"name": "jinja2", "version": "2.10", '
    '"vulns": [{"id": "PYSEC-2019-217", "fix_versions": ["2.10.1"], "aliases": []}]}], "fixes": []}'
)
OLD = NEW.replace("PYSEC-2019-217", "GHSA-462w-v97r-4m45")  # of 2.7.0
SKIPPED = (
    '{"dependencies": [{"name": "shop", "skip_reason": "Dependency not found on PyPI and could not be audited: shop '
    '(1.0)"}], "fixes": []}'
)


def parse(stdout: str, stderr: str = "") -> pip_audit.Audit:
    result = ToolResult(argv=("pip-audit",), exit_code=1, stdout=stdout, stderr=stderr)
    return pip_audit.parse(result, "requirements.txt")


@pytest.mark.parametrize(("stdout", "name"), [(NEW, "PYSEC-2019-217"), (OLD, "GHSA-462w-v97r-4m45")])
def test_each_vulnerability_is_a_finding(stdout: str, name: str) -> None:
    audit = parse(stdout)
    (found,) = audit.findings
    assert (found.path, found.rule, found.message) == ("requirements.txt", name, "jinja2 2.10, fixed in 2.10.1")
    assert (audit.audited, audit.skipped) == (["requests", "jinja2"], [])


def test_what_was_skipped_was_not_audited() -> None:
    audit = parse(SKIPPED)
    assert (audit.findings, audit.audited, audit.skipped) == ([], [], ["shop"])


def test_a_vulnerability_may_have_no_fix() -> None:
    assert parse(NEW.replace('["2.10.1"]', "[]")).findings[0].message == "jinja2 2.10, not fixed in any version"


@pytest.mark.parametrize(
    ("last", "reason"),
    [
        (
            "requests.exceptions.ProxyError: HTTPSConnectionPool(host='pypi.org', port=443): Max retries exceeded with "
            "url: /pypi/attrs/26.1.0/json (Caused by ProxyError('Unable to connect to proxy'))",
            "pip-audit could not reach pypi.org (ProxyError)",
        ),
        (
            "requests.exceptions.ReadTimeout: HTTPConnectionPool(host='127.0.0.1', port=9): Read timed out.",
            "pip-audit could not reach 127.0.0.1 (ReadTimeout)",
        ),
    ],
)
def test_without_a_network_it_prints_nothing(last: str, reason: str) -> None:
    with pytest.raises(NotMeasuredError) as caught:
        parse("", f"urllib3.exceptions.MaxRetryError: HTTPSConnectionPool(host='other', port=443): x\n\n{last}\n")
    assert str(caught.value) == reason


def test_another_problem_is_quoted() -> None:
    with pytest.raises(NotMeasuredError, match=r"^pip-audit printed nothing, not JSON: ERROR:pip_audit\._cli:no$"):
        parse("", "ERROR:pip_audit._cli:no\n")


def test_an_output_counts_whatever_was_not_reached() -> None:
    assert parse(NEW, "urllib3.ReadTimeout: HTTPSConnectionPool(host='pypi.org', port=443): tried again\n").findings


@pytest.mark.parametrize("stdout", ["[]", "{}", '{"dependencies": [1]}', '{"dependencies": [{"name": "a"}]}', "null"])
def test_json_of_another_form_is_refused(stdout: str) -> None:
    with pytest.raises(NotMeasuredError, match="pip-audit printed JSON of another form"):
        parse(stdout)


def test_an_output_that_is_cut_off_anywhere_is_refused() -> None:
    assert json.loads(NEW)
    for end in range(len(NEW)):
        with pytest.raises(NotMeasuredError):
            parse(NEW[:end])


def test_without_files_the_environment_of_this_interpreter_is_audited() -> None:
    made = pip_audit.make_command((), "pypi", "", (), 5)
    options = ("--format", "json", "--progress-spinner", "off", "--desc", "off", "--vulnerability-service", "pypi")
    assert made.argv[1:] == (*options, "--skip-editable")
    assert dict(made.variables) == {"PIPAPI_PYTHON_LOCATION": sys.executable}
    assert (made.timeout, made.isolated, made.inputs, made.install) == (5, True, None, ("pip", "install", "pip-audit"))


def test_files_of_requirements_are_audited_as_they_are_pinned() -> None:
    made = pip_audit.make_command(("a.txt", "b.txt"), "osv", "http://mirror/query", ("GHSA-1", "GHSA-2"), 5)
    assert made.argv[7:] == (
        *("--vulnerability-service", "osv", "--osv-url", "http://mirror/query"),
        *("--ignore-vuln", "GHSA-1", "--ignore-vuln", "GHSA-2"),
        *("--no-deps", "--disable-pip", "--requirement", "a.txt", "--requirement", "b.txt"),
    )
