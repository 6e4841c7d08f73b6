"""Faults 62 to 70: strings that attack the program that prints or stores them.

One real run each; tests/unit/reports and tests/acceptance/reports/test_hostile.py try many more strings.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

from prometheus_client.openmetrics import parser

from tests.faults.catalog.process import WRONG
from tests.faults.fault import NO_COMPONENTS, NO_REPORT, NO_TOOLS, PLAIN_POLICY, Fault
from tests.faults.runner import RunResult
from tests.hostile import harmful_lines
from tests.unit.reports.formats.test_schemas import CHECKS

KEY = "AKIA" + "QWERTYUIOPASDFGH"  # looks like a key of AWS; in two parts, so that scanners do not report this file
CONTROLS = "\x1b[31m \x1b]0;x\x07 \u202e \u2066 \x00 \udc80 \x9b"


FORMATS = tuple(CHECKS)
EVERY_FORMAT = tuple(f"--maturity-report={name}" for name in FORMATS)
HTML = "</script><script>alert(1)</script><img src=x onerror='alert(\"2\")'>"
MARKDOWN = "`@everyone` |a|b| ![x](https://evil.invalid/x.png) <b>#1</b> `x` [y](javascript:z) `"
QUERY = "x'); DROP TABLE runs; DROP TABLE decisions; --"
LABEL = 'x"} 1 # EOF {y="\\'
RAW_IDS = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support = true\n"


def failing_test(name: str, message: str) -> dict[str, str]:
    """Returns a file with a test that fails, with the given id and message."""
    return {
        "tests/test_shop_x.py": f"""
        import pytest

        @pytest.mark.parametrize("n", [1], ids=[{name!a}])
        def test_a(n):
            raise ValueError({message!a})
        """
    }


def check_no_control_characters(result: RunResult) -> None:
    report = (result.project / ".maturity/shop.json").read_text("utf-8")
    for text in ("\n".join(result.gate_lines), report):
        assert not [char for char in text if char in CONTROLS and not char.isprintable()], text


def check_no_workflow_command(result: RunResult) -> None:
    bad = [line for line in result.gate_lines if line.startswith("::") or "##[" in line]
    assert not bad, bad


def read_formats(result: RunResult) -> Iterator[tuple[str, str]]:
    """Yields the name and the text of each format that the run wrote: all of them."""
    written = {one["format"]: result.project / one["path"] for one in result.report["reports"]}
    assert sorted(written) == sorted(FORMATS)
    for name, path in written.items():
        yield name, path.read_text("utf-8")


def check_formats(result: RunResult) -> None:
    """Every format is valid, and nothing in it comes alive."""
    for name, text in read_formats(result):
        CHECKS[name](text)
        assert not harmful_lines(text.split("\n")), name


def check_no_workflow_command_anywhere(result: RunResult) -> None:
    check_no_workflow_command(result)
    check_formats(result)


def check_names_of_metrics(result: RunResult) -> None:
    """The hostile name of the stage is the value of one label, and ends no line."""
    check_formats(result)
    text = dict(read_formats(result))["openmetrics"]
    families = parser.text_string_to_metric_families(text)  # type: ignore[no-untyped-call]
    stages = {sample.labels.get("stage") for family in families for sample in family.samples}
    assert LABEL in stages, stages


def check_records(result: RunResult) -> None:
    """The run is on record with the hostile message, and no table is gone."""
    path = result.project / ".maturity/records.db"
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
        names = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        assert {"runs", "decisions"} <= names
        kept = [*database.execute("SELECT * FROM runs WHERE run_id = ?", (result.report["run"]["id"],))]
    assert len(kept) == 1
    assert QUERY in result.everything


def check_secret_is_hidden(result: RunResult) -> None:
    assert KEY not in result.everything, "the secret is in the output, or in the report"


@contextlib.contextmanager
def create_link_out_of_the_project(project: Path) -> Iterator[None]:
    outside = project.parent / "outside"
    outside.mkdir()
    (outside / "__init__.py").write_text("A = 1\n")
    (project / "src/evil").symlink_to(outside)
    yield


FAULTS = (
    Fault(
        number=62,
        title="test ids and messages with escape sequences, bidirectional controls, NUL and a lone surrogate",
        files=failing_test(CONTROLS, CONTROLS),
        settings=RAW_IDS,
        arguments=("-p", "no:cacheprovider"),
        messages=("pass rate 66.6 % < 100",),
        check=check_no_control_characters,
    ),
    Fault(
        number=63,
        title="test ids and messages with the markup of rich: `test_a[/foo]`",
        files=failing_test("/foo][red", "[/bar]"),
        settings=RAW_IDS,
        messages=("test_a[/foo][red]", "pass rate"),
    ),
    Fault(
        number=64,
        title="test ids and messages with workflow commands: `::error` and `##[command]`",
        check=check_no_workflow_command_anywhere,
        messages=("pass rate 66.6 % < 100",),
        files=failing_test("x\n::error::x ##[command]y", "::error::x\n::error::y ##[command]z"),
        arguments=("-v",),
        gate_arguments=EVERY_FORMAT,
        settings=RAW_IDS,
    ),
    Fault(
        number=65,
        title="HTML, quotes and `</script>` in test ids and messages, with a report of every format",
        files=failing_test(HTML, HTML),
        settings=RAW_IDS,
        gate_arguments=EVERY_FORMAT,
        not_compared=NO_REPORT,
        messages=("pass rate 66.6 % < 100", "<script>alert(1)"),
        check=check_formats,
    ),
    Fault(
        number=66,
        title="Markdown tables, images, links and mentions in test ids and messages, with a report of every format",
        files=failing_test(MARKDOWN, MARKDOWN),
        settings=RAW_IDS,
        gate_arguments=EVERY_FORMAT,
        not_compared=NO_REPORT,
        messages=("pass rate 66.6 % < 100", "@everyone"),
        check=check_formats,
    ),
    *(
        Fault(
            number=67,
            case=case,
            title=f"a component with the name `{name}`",
            component=name,
            exit_code=4,
            verdict="",
            not_compared=NO_COMPONENTS,
            messages=messages,
        )
        for case, name, messages in (
            ("parent", "../../x", ("cannot be a component's name",)),
            ("absolute", "/no/such/place", ("cannot be a component's name",)),
            ("device", "con", ("unknown component 'con'",)),
            ("look-alike", "sh\u043ep", ("cannot be a component's name",)),
        )
    ),
    Fault(
        number=68,
        title="a component that is a link to a folder outside of the project",
        preparation=create_link_out_of_the_project,
        component="evil",
        files={"tests/test_evil.py": "import evil\n" + WRONG},
        exit_code=4,
        verdict="",
        not_compared=NO_COMPONENTS,
        messages=("component 'evil' leads out of the project",),
    ),
    Fault(
        number=69,
        case="SQL",
        title="SQL in the id and the message of a test, with records; no CSV is written anywhere",
        files=failing_test(QUERY, QUERY),
        settings=RAW_IDS,
        policy=f"{dedent(PLAIN_POLICY)}records = {{}}\n",
        not_compared=NO_REPORT,
        messages=("pass rate 66.6 % < 100", "DROP TABLE"),
        check=check_records,
    ),
    Fault(
        number=69,
        case="labels",
        title="the name of a stage that ends a label of a metric and the file, with a report of every format",
        files=failing_test(LABEL, LABEL),
        settings=RAW_IDS,
        policy=f"ladder = ['{LABEL}']\nstages.'{LABEL}'.pass_rate = 100\n",
        gate_arguments=EVERY_FORMAT,
        not_compared=NO_REPORT,
        messages=("pass rate 66.6 % < 100",),
        check=check_names_of_metrics,
    ),
    Fault(
        number=70,
        title="a secret in the code",
        check=check_secret_is_hidden,
        not_compared=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.security = { critical = 0 }\n',
        files={"src/shop/keys.py": f"KEY = '{KEY}'\npassword = '{KEY}'\n"},
        messages=("security.critical 2 > 0",),
    ),
)
