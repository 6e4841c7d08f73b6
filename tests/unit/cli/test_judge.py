"""`pytest-maturity judge` says what a report's numbers would mean elsewhere, and what it cannot tell."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.cli import merge
from pytest_maturity.cli.judge import list_gates
from pytest_maturity.config.settings import load_config
from pytest_maturity.model.evidence import Gap
from pytest_maturity.tools.processes import ProgramResult
from tests.unit.cli.project import RecordedProject
from tests.unit.cli.test_merge import write_evidence

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
    assert f"{path}: its seal does not match" in capsys.readouterr().err
    path.write_text(recorded.write_report(75).read_text().replace('"value": 75', '"value": 99'))
    assert judge(path, "--target", "dev") == 3
    assert "its seal does not match" in capsys.readouterr().err


@pytest.fixture
def merged(recorded: RecordedProject, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The arguments of pytest for each merge; the merge leaves the report of a run with the coverage 75."""
    commands: list[list[str]] = []
    report = recorded.write_report(75, "dev").read_text()

    def run_program(argv: Sequence[str], directory: Path, **_: object) -> ProgramResult:
        commands.append(list(argv[2:]))
        if "--maturity-component=gone" in argv:
            return ProgramResult(b"", "pytest exited with 4", "ERROR: one\n\nERROR: two\n")
        if "--maturity-component=lost" in argv:
            return ProgramResult(b"", "pytest was killed by signal 9")
        Path(argv[-1].partition("=")[2]).write_text(report)
        return ProgramResult(b"")

    monkeypatch.setattr(merge, "run_program", run_program)
    return commands


def test_the_evidence_of_shards_is_merged_first(
    recorded: RecordedProject, merged: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    shards = [Path(write_evidence(Path(f"{number}.json"), arguments=["--maturity-component=shop"])) for number in "12"]
    before = sorted(recorded.root.rglob("*"))
    assert judge(shards[0], str(shards[1]), "--target", "production") == 1
    assert capsys.readouterr().out == "HOLD  shop would not be ready for production: coverage 75 < 90\n"
    assert merged[0][:4] == [
        "--maturity-component=shop", "--maturity-merge=1.json", "--maturity-merge=2.json", "--maturity-trial",
    ]  # fmt: skip
    assert judge(shards[0], "--target", "high", write_policy(recorded, "coverage = 75")) == 0
    (recorded.root / "strict.toml").unlink()
    assert sorted(recorded.root.rglob("*")) == before


@pytest.mark.parametrize(
    ("component", "error"),
    [("gone", "ERROR: one\nERROR: two\n"), ("lost", "ERROR: pytest was killed by signal 9\n")],
)
def test_evidence_that_cannot_be_merged_is_3_with_the_reasons(
    merged: list[list[str]], capsys: pytest.CaptureFixture[str], component: str, error: str
) -> None:
    shard = Path(write_evidence(Path("1.json"), arguments=[f"--maturity-component={component}"]))
    assert judge(shard, "--target", "dev") == 3
    assert capsys.readouterr().err == error


def test_reports_are_judged_one_at_a_time(
    recorded: RecordedProject, merged: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    shard = Path(write_evidence(Path("1.json"), arguments=[]))
    report = recorded.write_report(75)
    assert judge(report, str(report), "--target", "dev") == 3
    assert "judge one report at a time" in capsys.readouterr().err
    assert judge(shard, str(report), "--target", "dev") == 3
    assert f"{report}: is not a shard's evidence" in capsys.readouterr().err.replace("\n", " ")
    assert merged == []


@pytest.mark.parametrize("order", [1, -1])
def test_a_gate_of_a_report_keeps_the_direction_of_each_line(tmp_path: Path, order: int) -> None:
    rows = [
        {"gate": "own", "better": "lower", "unit": ""},
        {"gate": "own.fast", "better": "higher", "unit": ""},
        {"gate": "own.slow", "better": "lower", "unit": ""},
        {"gate": "performance.ops", "better": "higher", "unit": ""},
    ]
    found = list_gates({"components": [{"gates": rows[::order]}]}, load_config(tmp_path))
    assert [found["own"].find_better(line) for line in ("", "fast", "slow")] == ["lower", "higher", "lower"]
    assert sorted(found["own"].lines) == ["fast", "slow"]
    assert [found["performance"].find_better(line) for line in ("", "ops")] == ["lower", "higher"]
