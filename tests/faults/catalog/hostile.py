"""Faults 62 to 70: strings that attack the program that prints or stores them.

One real run each; tests/unit/reports and tests/acceptance/reports/test_hostile.py try many more strings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalog.process import WRONG
from tests.faults.fault import NO_COMPONENTS, NO_TOOLS, Fault, waiting_fault
from tests.faults.runner import RunResult

KEY = "AKIA" + "QWERTYUIOPASDFGH"  # looks like a key of AWS; in two parts, so that scanners do not report this file
CONTROLS = "\x1b[31m \x1b]0;x\x07 \u202e \u2066 \x00 \udc80 \x9b"


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
        check=check_no_workflow_command,
        messages=("pass rate 66.6 % < 100",),
        files=failing_test("x\n::error::x ##[command]y", "::error::x\n::error::y ##[command]z"),
        arguments=("-v",),
        settings=RAW_IDS,
    ),
    waiting_fault(65, "HTML, quotes, `</script>`", "there is no HTML yet"),
    waiting_fault(66, "Markdown tables, images, mentions", "there is no Markdown yet"),
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
    waiting_fault(69, "CSV formulas, SQL, labels of metrics", "there is no CSV, no database and no metric yet"),
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
