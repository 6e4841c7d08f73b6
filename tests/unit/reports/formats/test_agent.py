"""The text for an agent is within its budget, the important first, and says what it left out."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any

import pytest

from pytest_maturity.reports.formats import agent, make_document

from .rich import NASTY, make_judgement, make_report
from .test_schemas import check_markdown

DOCUMENT = make_document(make_report(make_judgement(), make_judgement("billing")))


def importances(text: str) -> list[int]:
    return [int(one) for one in re.findall(r"^- \[(\d+)\]", text, re.M)]


def test_it_begins_with_the_verdict_and_names_the_sessions() -> None:
    _, title, _, session, *_ = agent.render(DOCUMENT).splitlines()
    assert title == "# ✗ HOLD: 0 of 2 components are ready for their targets"
    assert session.startswith("Session `auth-staging-2026-01-02`, `billing-staging-2026-01-02`; run `0123456789ab`")


def test_what_blocks_the_target_comes_first_gaps_before_all() -> None:
    text = agent.render(DOCUMENT)
    assert importances(text)[:3] == [100, 89, 88]
    assert "- [89] `lint` 3, needs 0: `fix it`\n" in text
    check = "pytest --maturity-component auth --maturity-target staging --maturity-gate lint"
    assert f"  - check: `{check}`\n" in text
    assert "  - `src/auth/a b.py:3` `F401`: `a message`\n" in text


def test_a_check_has_the_stage_of_its_item_and_the_policy_of_the_run() -> None:
    document = deepcopy(DOCUMENT)
    (auth, _) = document["components"]
    auth["gates"][1]["stages"]["production"] = auth["gates"][1]["stages"]["staging"]
    unmet = [{"gate": "lint", "summary": "do it", "message": "do it"}]
    auth.update(verdict="PROMOTE", unmet=[], next={"stage": "production", "unmet": unmet})
    options = ["--maturity-config", "a b.toml", "--maturity-policy-ref=main", "-x"]
    document["run"]["command_line"] = ["pytest", "--maturity-component", "all", *options]
    text = agent.render(document)
    asked = "--maturity-component auth --maturity-target production --maturity-gate lint"
    assert f"  - check: `pytest {asked} --maturity-config 'a b.toml' --maturity-policy-ref=main`\n" in text


def test_the_command_of_the_verdict_and_the_exit_codes_are_said() -> None:
    document = deepcopy(DOCUMENT)
    document["run"]["command_line"] = ["pytest", "--maturity-component", "all", "-k", "a b"]
    text = agent.render(document)
    assert "- [78] the verdict: `pytest --maturity-component all -k 'a b'`; exit code 0 is PROMOTE, 1 is HOLD" in text
    assert "exit code 1 is failed, 3 is passed or unknown" in text


def test_a_command_is_never_cut() -> None:
    document = deepcopy(DOCUMENT)
    (auth, _) = document["components"]
    tests = [f"t.py::test_{number}" for number in range(90)]
    auth["unmet"][1]["command"] = ["pytest", *tests]
    assert f"  - show: `pytest {' '.join(tests)}`\n" in agent.render(document)
    auth["unmet"][1]["command"] = ["pytest", *tests * 9]
    assert "  - show: too long for here, see the JSON report\n" in agent.render(document)


def test_the_cheapest_way_to_a_stage_below_the_target_is_an_order() -> None:
    document = deepcopy(DOCUMENT)
    (auth, _) = document["components"]
    auth["next"] = {"stage": "dev", "unmet": auth["unmet"]}
    lines = agent.render(document).splitlines()
    start = lines.index("## The cheapest way of `auth` to `dev`, the next stage")
    assert lines[start + 2].startswith("- [70] in this order: `gap` (")
    assert lines[start + 2].endswith(", `lint` (`fix it`)")
    assert lines[start + 3] == ""


def test_the_tools_that_are_missing_are_installed_by_a_command() -> None:
    document = deepcopy(DOCUMENT)
    document["components"][0]["install"] = [["pip", "install", "ruff", "mypy"]]
    assert "gates unknown; run: `pip install ruff mypy`\n" in agent.render(document)


def test_a_failure_names_the_line_of_a_source_that_raised() -> None:
    document = deepcopy(DOCUMENT)
    gate = document["components"][0]["gates"][1]
    gate["findings"] = [{**gate["findings"][0], "test": "t.py::test_a", "raised_at": "src/shop.py:7"}]
    assert "`src/shop.py:7: a message` at `src/auth/a b.py:3`" in agent.render(document)


def test_failures_of_tests_are_grouped_by_cause() -> None:
    document = deepcopy(DOCUMENT)
    gate = document["components"][0]["gates"][1]
    gate["findings"] = [{**gate["findings"][0], "test": f"t.py::test_{number}"} for number in range(30)]
    text = agent.render(document)
    assert "  - 30 tests: `a message` at `src/auth/a b.py:3`, first `t.py::test_0`\n" in text
    assert "test_1" not in text


def test_the_edits_that_mend_nothing_are_listed_for_what_failed() -> None:
    text = agent.render(DOCUMENT)
    assert "- [80] `lint`: `# noqa`, more ignored rules\n" in text
    assert "- [79] any gate: a lower threshold" in text
    assert "omit" not in text  # coverage did not fail


def test_a_promoted_component_has_only_its_next_stage() -> None:
    document = deepcopy(DOCUMENT)
    for one in document["components"]:
        one.update(verdict="PROMOTE", unmet=[], next={"stage": None, "unmet": []})
    text = agent.render(document)
    assert max(importances(text)) == 50
    assert "Do not" not in text


def test_the_next_stage_begins_with_what_has_the_fewest_findings() -> None:
    document = deepcopy(DOCUMENT)
    (auth, _) = document["components"]
    unmet = [{"gate": name, "summary": "do it", "message": "do it"} for name in ("lint", "security", "docs")]
    for gate in auth["gates"]:
        gate["stages"]["production"] = {**gate["stages"]["staging"], "required": 7}
    auth.update(verdict="PROMOTE", unmet=[], next={"stage": "production", "unmet": unmet})
    lines = agent.render(document).splitlines()
    start = lines.index("## The cheapest way of `auth` to `production`, the next stage")
    heads = [one for one in lines[start:] if one.startswith(("- [7", "- [6"))]
    assert heads == [
        "- [70] `docs` 2, needs 7: `do it`",
        "- [69] `security` ?, needs 7: `do it`",
        "- [68] `lint` 3, needs 7: `do it`",
    ]


def test_changes_and_decisions_on_record_come_last() -> None:
    document = deepcopy(DOCUMENT)
    earlier = {"run": "1", "started": "2025-12-26T", "verdict": "HOLD", "reached": None}
    document["components"][0].update(
        compared_with={**earlier, "values": {"lint": 8, "tests": 100}},
        decisions=[{"time": "2026-01-01T", "what": "promotion of auth to dev", "actor": "ann", "reason": "ready"}],
    )
    text = agent.render(document)
    assert "## Since `2025-12-26`, `auth`\n\n- [30] `lint` was 8, is 3\n" in text
    assert "- [28] `2026-01-01` `promotion of auth to dev` by `ann`: `ready`\n" in text
    assert "`tests` was" not in text


@pytest.mark.parametrize("tokens", [500, 700, 1000, 8000])
def test_it_is_within_the_budget_and_says_what_it_left_out(tokens: int) -> None:
    document = large()
    text = agent.render(document, tokens)
    assert len(text) <= tokens * agent.CHARACTERS
    assert "Left out, and in the JSON report: " in text
    assert importances(text)[0] == 100


def test_a_small_budget_has_places_of_what_blocks_before_the_context() -> None:
    text = agent.render(large(), 700)
    assert "  - check: `pytest" in text
    assert "Context" not in text.partition("Left out")[0]


def large() -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    for one in document["components"]:
        one["gates"][1]["findings"] = one["gates"][1]["findings"][:1] * 500
    document["notes"] = ["n" * 300] * 200
    return document


def test_the_same_report_gives_the_same_text() -> None:
    assert agent.render(DOCUMENT) == agent.render(deepcopy(DOCUMENT))


def test_nothing_of_anothers_text_comes_alive() -> None:
    nasty = make_document(make_report(make_judgement(NASTY, NASTY), text=NASTY))
    text = agent.render(nasty)
    check_markdown(text)
