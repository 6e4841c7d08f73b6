"""`pytest-maturity demote` lowers a recorded stage, with a reason, and never raises one."""

from __future__ import annotations

import pytest

from pytest_maturity import cli
from tests.unit.cli.project import RecordedProject
from tests.unit.records.records import promotion


def test_a_demotion_says_why(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    recorded.store.append([promotion("production")])
    assert cli.main(["demote", "shop", "--reason", "it lost data"]) == 0
    entry = recorded.store.list_entries()[-1]
    assert capsys.readouterr().out == f"shop is demoted from production to no stage (audit log: {entry.hash})\n"
    assert (entry.decision.kind, entry.decision.stage, entry.decision.reason) == ("demotion", None, "it lost data")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("shop", "--to", "staging"), "--to: shop is on record at staging, which is not above staging"),
        (("shop", "--to", "production"), "which is not above production"),
        (("shop", "--to", "stagin"), "--to: 'stagin' is not a stage of the ladder dev, staging, production"),
        (("shopp",), "shopp is on record at no stage (did you mean 'shop'?)"),
    ],
)
def test_what_is_no_demotion_is_refused(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    recorded.store.append([promotion("staging")])
    assert cli.main(["demote", *arguments, "--reason", "x"]) == 4
    assert words in capsys.readouterr().err
    assert len(recorded.store.list_entries()) == 1


def test_a_reason_is_needed(recorded: RecordedProject) -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["demote", "shop"])
    assert caught.value.code == 4
