"""A requirement with a ratchet: adopted on a component that fails it, held when it gets worse."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest

from pytest_maturity import cli
from pytest_maturity.model.history import RecordedGate
from pytest_maturity.records.sqlite import SqliteStore
from tests.acceptance.project import GateRun, Project, commit, git
from tests.unit.records.records import promotion

RATCHET = """
    [tool.maturity]
    ladder = ["only"]
    stages.only.pass_rate = 100
    stages.only.skipped_rate = { max = 0, ratchet = true }
"""
HEAD = "import pytest\n\n"
SKIPPED = "@pytest.mark.skip(reason='later')\ndef test_{}(): pass\n\n"
PASSED = "def test_{}(): pass\n\n"


@pytest.fixture
def adopted(project: Project, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A component of whose tests a half are skipped, with a ratchet and no baseline, in a repository."""
    monkeypatch.chdir(project.path)
    project.policy(RATCHET)
    project.write({"src/shop/__init__.py": "", ".gitignore": "__pycache__/\n.pytest_cache/\n"})
    write_tests(project, skipped=1, passed=1)
    commit(project)
    return project


def write_tests(project: Project, skipped: int, passed: int) -> None:
    tests = [SKIPPED.format(f"skipped{number}") for number in range(skipped)]
    tests += [PASSED.format(f"passed{number}") for number in range(passed)]
    (project.path / "tests").mkdir(exist_ok=True)
    (project.path / "tests/test_shop.py").write_text(HEAD + "".join(tests), encoding="utf-8")


def judge(project: Project, *arguments: str) -> GateRun:
    return project.gate(*arguments, component="shop")


def write_baseline(*arguments: str) -> int:
    return cli.main(["baseline", ".maturity/shop.json", *arguments])


def test_a_component_that_fails_is_adopted_and_held_when_it_gets_worse(adopted: Project) -> None:
    run = judge(adopted)
    assert run.last_line == "HOLD  shop is not ready for only: skipped rate 50 % > 0 (no baseline yet)"
    assert write_baseline() == 0
    run = judge(adopted)
    assert run.code == 0
    assert run.last_line == (
        "PROMOTE  shop is ready for only, although skipped rate 50 % is held at its baseline 50, limit 0"
    )
    assert run.gate("skipped_rate")["stages"]["only"] == {
        "required": 0, "status": "waived", "mode": "block", "waived": [],
        "source": "pyproject.toml: tool.maturity.stages.only.skipped_rate",
        "ratchet": {
            "name": "skipped_rate", "tolerance": 0, "baseline": 50, "source": "maturity-baseline/shop.json",
            "problem": None, "stale": False,
        },
    }  # fmt: skip
    write_tests(adopted, skipped=2, passed=1)
    run = judge(adopted)
    assert run.code == 1
    assert run.last_line == ("HOLD  shop is not ready for only: skipped rate 66.7 % > 50 (baseline 50, limit 0)")
    write_tests(adopted, skipped=1, passed=3)
    run = judge(adopted)
    assert run.code == 0
    words = "shop: baseline is stale: skipped rate 25 % is better than 50 (maturity-baseline/shop.json)"
    assert run.report["notes"][0].startswith(words)


def test_a_baseline_makes_no_tree_dirty(adopted: Project) -> None:
    judge(adopted)
    write_baseline()
    run = judge(adopted)
    assert (run.report["run"]["dirty"], run.report["run"]["uncommitted"]) == (False, [])
    adopted.write({"maturity-baseline/tool.py": "ONE = 1\n"})
    assert judge(adopted).report["run"]["uncommitted"] == ["maturity-baseline/tool.py"]


def test_what_a_conftest_writes_comes_too_late(adopted: Project) -> None:
    judge(adopted)
    write_baseline()
    write_tests(adopted, skipped=2, passed=1)
    text = (adopted.path / "maturity-baseline/shop.json").read_text("utf-8").replace("50", "99")
    adopted.write(
        {"conftest.py": f"from pathlib import Path\nPath('maturity-baseline/shop.json').write_text({text!r})\n"}
    )
    assert judge(adopted).code == 1


def test_a_removed_baseline_leaves_the_requirement_unknown(adopted: Project) -> None:
    write_tests(adopted, skipped=0, passed=1)
    run = judge(adopted)
    assert run.code == 3
    words = "it has no baseline yet: pytest-maturity baseline REPORT writes a new one"
    assert f"skipped rate unknown ({words})" in run.last_line


def test_under_the_policy_of_a_ref_its_baseline_counts(adopted: Project) -> None:
    judge(adopted)
    write_baseline()
    commit(adopted, "the baseline")
    git(adopted, "branch", "-f", "base")
    write_tests(adopted, skipped=2, passed=1)
    judge(adopted)
    assert write_baseline("--lower", "--reason", "it is late") == 0
    assert judge(adopted).code == 0
    run = judge(adopted, "--maturity-policy-ref=base")
    assert run.code == 1
    words = "baseline of skipped_rate of shop: 66.666667 instead of 50 (maturity-baseline/shop.json; base:"
    assert run.report["policy"]["loosened"][0]["message"].startswith(words)
    (adopted.path / "maturity-baseline/shop.json").unlink()
    write_tests(adopted, skipped=0, passed=1)
    assert judge(adopted, "--maturity-policy-ref=base").code == 0


def test_a_change_that_renames_a_component_is_told_to_drop_its_baseline(adopted: Project) -> None:
    judge(adopted)
    write_baseline()
    commit(adopted, "the baseline")
    git(adopted, "branch", "-f", "base")
    git(adopted, "mv", "src/shop", "src/store")
    git(adopted, "mv", "tests/test_shop.py", "tests/test_store.py")
    run = adopted.gate("--maturity-policy-ref=base", component="store")
    words = "component shop: missing instead of with a baseline (the working tree; base:maturity-baseline/shop.json)"
    assert words in [one["message"] for one in run.report["policy"]["loosened"]]


def test_every_mistake_in_a_baseline_is_wrong_usage(adopted: Project) -> None:
    judge(adopted)
    write_baseline()
    path = Path("maturity-baseline/shop.json")
    document = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**document, "component": "auth", "extra": 1}), "utf-8")
    run = judge(adopted)
    assert run.code == 4
    assert run.errors == ["ERROR: maturity-baseline/shop.json.extra: unknown key; known: schema, component, gates"]
    path.write_text(json.dumps({**document, "component": "auth"}), "utf-8")
    assert judge(adopted).errors == ["ERROR: maturity-baseline/shop.json: is the baseline of 'auth', not of 'shop'"]


def test_explain_shows_the_baseline(adopted: Project) -> None:
    words = "      not worse than its baseline: "
    assert f"{words}none yet" in judge(adopted, "--maturity-explain").result.outlines
    judge(adopted)
    write_baseline()
    assert f"{words}50 (maturity-baseline/shop.json)" in judge(adopted, "--maturity-explain").result.outlines


def test_the_last_promotion_on_record_counts_where_it_is_stricter(adopted: Project) -> None:
    adopted.policy(f"{RATCHET}    records.trust = ['local']\n")
    skipped = RecordedGate(name="skipped_rate", value=Fraction(25), better="lower", unit="%")
    SqliteStore(adopted.path / ".maturity/records.db").append([promotion("only", "shop", gates=(skipped,))])
    run = judge(adopted)
    words = "skipped rate 50 % > 25 (baseline 25, limit 0)"
    assert run.last_line == f"HOLD  shop is not ready for only: {words}"
    assert run.gate("skipped_rate")["stages"]["only"]["ratchet"]["source"] == "the promotion of 2026-01-01 on record"
    assert write_baseline() == 4
    assert write_baseline("--lower", "--reason", "half of them wait for a server") == 0
    assert judge(adopted).code == 0
    write_tests(adopted, skipped=2, passed=1)
    assert judge(adopted).code == 1


def test_a_number_may_be_so_many_percent_worse_than_on_record(adopted: Project) -> None:
    policy = f"{RATCHET}    records.trust = ['local']\n".replace(
        "max = 0, ratchet = true", "max = 90, max_increase = 60"
    )
    adopted.policy(policy)
    run = judge(adopted)
    assert run.last_line.startswith("INCONCLUSIVE  shop, only: skipped rate unknown (it has no baseline yet")
    skipped = RecordedGate(name="skipped_rate", value=Fraction(40), better="lower", unit="%")
    SqliteStore(adopted.path / ".maturity/records.db").append([promotion("only", "shop", gates=(skipped,))])
    run = judge(adopted)
    assert (run.code, run.gate("skipped_rate")["stages"]["only"]["ratchet"]["tolerance"]) == (0, 24)
    assert "      not worse than its baseline: " in "".join(judge(adopted, "--maturity-explain").result.outlines)
    write_tests(adopted, skipped=2, passed=1)
    run = judge(adopted)
    words = "skipped rate 66.7 % > 64 (baseline 40, tolerance 24, limit 90)"
    assert run.last_line == f"HOLD  shop is not ready for only: {words}"
