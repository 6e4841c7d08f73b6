"""`pytest-maturity judge` says what a report's numbers would mean elsewhere, and what it cannot tell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.model.evidence import Gap
from tests.unit.cli.project import RecordedProject

PARTIAL = (Gap(cause="partial", message="-k left tests out"),)


def judge(path: Path, *arguments: str) -> int:
    return cli.main(["judge", str(path), *arguments])


def write_policy(project: RecordedProject, requirement: str) -> str:
    """Writes a configuration of one stage."""
    path = project.root / "strict.toml"
    path.write_text(f"[tool.maturity]\nladder = ['high']\n[tool.maturity.stages.high]\n{requirement}\n")
    return "--policy=strict.toml"


def test_another_stage_of_the_same_configuration(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded.write_report(75, "dev")
    assert judge(path, "--target", "staging") == 0
    assert judge(path, "--target", "production", "--component", "shop") == 1
    assert capsys.readouterr().out.splitlines() == [
        "PROMOTE  shop would be ready for staging",
        "HOLD  shop would not be ready for production: coverage 75 < 90",
    ]
    assert not recorded.store.path.exists()


@pytest.mark.parametrize(
    ("requirement", "code", "words"),
    [
        ("coverage = 75", 0, "PROMOTE  shop would be ready for high"),
        ("coverage = 75.5", 1, "HOLD  shop would not be ready for high: coverage 75 < 75.5"),
        ("coverage = { min = 99, mode = 'warn' }\npass_rate = 100", 0, "PROMOTE"),
        ("coverage = 10\nlint = 0", 3, "INCONCLUSIVE  shop could not be judged for high: lint unknown"),
        ("coverage = { min = 10, ratchet = true }", 3, "INCONCLUSIVE  shop could not be judged for high: coverage"),
    ],
)
def test_another_configuration(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], requirement: str, code: int, words: str
) -> None:
    path = recorded.write_report(75, "dev")
    assert judge(path, "--target", "high", write_policy(recorded, requirement)) == code
    assert capsys.readouterr().out.startswith(words)


def test_a_run_with_missing_tests_never_promotes(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded.write_report(75, "dev", gaps=PARTIAL)
    assert judge(path, "--target", "staging") == 3
    assert judge(path, "--target", "high", write_policy(recorded, "coverage = 70")) == 3
    assert judge(path, "--target", "high", write_policy(recorded, "coverage = 80")) == 3
    assert capsys.readouterr().out.splitlines()[-1] == (
        "INCONCLUSIVE  shop could not be judged for high: -k left tests out; coverage 75 < 80"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--target", "stagin"), "'stagin' is not a stage of the ladder"),
        (("--target", "staging", "--component", "shup"), "the report does not judge 'shup' (did you mean 'shop'?)"),
        (("--target", "staging", "--policy", "none.toml"), "none.toml: cannot be read"),
    ],
)
def test_wrong_usage(
    recorded: RecordedProject, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    assert judge(recorded.write_report(75), *arguments) == 4
    assert words in capsys.readouterr().err


def test_a_report_that_is_none_is_3(recorded: RecordedProject, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded.root / "x.json"
    assert judge(path, "--target", "dev") == 3
    path.write_text(json.dumps({"evidence": 3}))
    assert judge(path, "--target", "dev") == 3
    assert "`pytest-maturity merge` makes a report of it" in capsys.readouterr().err
    path.write_text(recorded.write_report(75).read_text().replace('"value": 75', '"value": 99'))
    assert judge(path, "--target", "dev") == 3
    assert "its seal does not match" in capsys.readouterr().err
