"""`pytest-maturity` without a verb, with a wrong one, and its help."""

from __future__ import annotations

import re

import pytest

from pytest_maturity import cli


@pytest.mark.parametrize("arguments", ["", "nope", "verify", "verify x --nope", "verify x --comp=a"])
def test_wrong_usage_is_four_as_in_pytest(arguments: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(arguments.split())
    assert raised.value.code == 4
    assert "ERROR: " in capsys.readouterr().err


def test_the_help_lists_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        cli.main(["--help"])
    assert raised.value.code == 0
    text = capsys.readouterr().out
    for verb in cli.VERBS:
        assert re.search(rf"\n    {verb.__name__.rpartition('.')[2]}\s", text)
