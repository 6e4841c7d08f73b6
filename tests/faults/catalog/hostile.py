"""62 to 70: strings that attack whoever prints them. One real run each; many more are tested elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalog.process import WRONG
from tests.faults.fault import NO_TOOLS, Fault, waits
from tests.faults.running import Ran

NO_COMPONENTS = "has no components"
KEY = "AKIA" + "QWERTYUIOPASDFGH"  # the form of a key, in two parts: this file has none
CONTROLS = "\x1b[31m \x1b]0;x\x07 \u202e \u2066 \x00 \udc80 \x9b"


RAW_IDS = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support = true\n"


def named(name: str, message: str) -> dict[str, str]:
    """A test that fails, with any id and message whatever."""
    return {
        "tests/test_shop_x.py": f"""
        import pytest

        @pytest.mark.parametrize("n", [1], ids=[{name!a}])
        def test_a(n):
            raise ValueError({message!a})
        """
    }


def harmless(ran: Ran) -> None:
    report = (ran.project / ".maturity/shop.json").read_text("utf-8")
    for text in ("\n".join(ran.ours), report):
        assert not [char for char in text if char in CONTROLS and not char.isprintable()], text


def no_command_of_github(ran: Ran) -> None:
    bad = [line for line in ran.ours if line.startswith("::") or "##[" in line]
    assert not bad, bad


def secret_is_not_told(ran: Ran) -> None:
    assert KEY not in ran.said, "the secret is in the output, or in the report"


@contextlib.contextmanager
def link_out_of_the_project(project: Path) -> Iterator[None]:
    outside = project.parent / "outside"
    outside.mkdir()
    (outside / "__init__.py").write_text("A = 1\n")
    (project / "src/evil").symlink_to(outside)
    yield


FAULTS = (
    Fault(
        number=62,
        title="ESC, OSC, bidi controls, NUL, a lone surrogate",
        files=named(CONTROLS, CONTROLS),
        settings=RAW_IDS,
        arguments=("-p", "no:cacheprovider"),
        words=("pass rate 66.6 % < 100",),
        check=harmless,
    ),
    Fault(
        number=63,
        title="rich's markup: `test_a[/foo]`",
        files=named("/foo][red", "[/bar]"),
        settings=RAW_IDS,
        words=("test_a[/foo][red]", "pass rate"),
    ),
    Fault(
        number=64,
        title="`::error` and `##[command]`",
        check=no_command_of_github,
        words=("pass rate 66.6 % < 100",),
        files=named("x\n::error::x ##[command]y", "::error::x\n::error::y ##[command]z"),
        arguments=("-v",),
        settings=RAW_IDS,
    ),
    waits(65, "HTML, quotes, `</script>`", "there is no HTML yet"),
    waits(66, "Markdown tables, images, mentions", "there is no Markdown yet"),
    *(
        Fault(
            number=67,
            case=case,
            title=f"a component called `{name}`",
            component=name,
            code=4,
            verdict="",
            peers=NO_COMPONENTS,
            words=words,
        )
        for case, name, words in (
            ("parent", "../../x", ("cannot be a component's name",)),
            ("absolute", "/no/such/place", ("cannot be a component's name",)),
            ("device", "con", ("unknown component 'con'",)),
            ("look-alike", "sh\u043ep", ("cannot be a component's name",)),
        )
    ),
    Fault(
        number=68,
        title="a component that is a link out of the project",
        around=link_out_of_the_project,
        component="evil",
        files={"tests/test_evil.py": "import evil\n" + WRONG},
        code=4,
        verdict="",
        peers=NO_COMPONENTS,
        words=("component 'evil' leads out of the project",),
    ),
    waits(69, "CSV formulas, SQL, labels of metrics", "there is no CSV, no database and no metric yet"),
    Fault(
        number=70,
        title="a secret in the code",
        check=secret_is_not_told,
        peers=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.security = { critical = 0 }\n',
        files={"src/shop/keys.py": f"KEY = '{KEY}'\npassword = '{KEY}'\n"},
        words=("security.critical 2 > 0",),
    ),
)
