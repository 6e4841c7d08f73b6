"""The comment says the verdict first, then the changes of stages, then what to change; it is never too long."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from pytest_maturity.reports.formats import comment, make_document, markdown
from pytest_maturity.reports.formats.links import Links
from pytest_maturity.reports.formats.markup import cut_folds

from .rich import NASTY, make_judgement, make_report
from .test_schemas import check_markdown

DOCUMENT = make_document(make_report(make_judgement(), make_judgement("billing")))
NOWHERE = Links()


def lines_of(document: dict[str, Any], links: Links = NOWHERE) -> list[str]:
    return comment.render(document, links).splitlines()


def green() -> dict[str, Any]:
    document = deepcopy(DOCUMENT)
    for one in document["components"]:
        passed = {**one["gates"][0]["stages"]["staging"], "status": "passed"}
        gates = [{**gate, "stages": {"staging": passed}} for gate in one["gates"]]
        one.update(verdict="PROMOTE", unmet=[], gaps=[], gates=gates, reached="staging", recorded="staging")
    return {**document, "verdict": "PROMOTE"}


def test_the_first_line_is_the_marker_and_the_second_the_verdict() -> None:
    first, second, *_ = lines_of(DOCUMENT, Links("acme/settle"))
    assert first == "<!-- pytest-maturity: comment acme/settle -->"
    assert second == "### ✗ HOLD: 0 of 2 components are ready for their targets"
    assert lines_of(DOCUMENT)[0] == "<!-- pytest-maturity: comment -->"


def test_a_name_of_a_repository_cannot_end_the_marker() -> None:
    assert lines_of(DOCUMENT, Links("a--><b>"))[0] == "<!-- pytest-maturity: comment a-b -->"


def test_changes_of_stages_come_before_what_fails() -> None:
    document = deepcopy(DOCUMENT)
    document["components"][0].update(recorded="staging", demoted=True, reached="dev")
    document["components"][1].update(recorded="dev", reached="staging", verdict="PROMOTE")
    lines = lines_of(document)
    down, up = (
        lines.index("▼ `auth` **demoted** from `staging`\\"),
        lines.index("▲ `billing` may go up: `dev` → `staging`"),
    )
    assert down < up < lines.index("**What to change first**")
    assert "No stage changes." in lines_of(DOCUMENT)


def test_at_most_five_steps_are_shown_and_the_rest_is_counted() -> None:
    document = deepcopy(DOCUMENT)
    document["components"][0]["unmet"] *= 3
    lines = lines_of(document)
    assert len([one for one in lines if one[:2] in ("1.", "2.", "3.", "4.", "5.", "6.")]) == 5
    assert "and 7 more in the report." in lines


def test_a_step_has_the_number_the_threshold_and_links() -> None:
    text = comment.render(DOCUMENT, Links("a/b", "https://x/blob/c"))
    assert "`auth` **`lint` 3, needs 0**" in text
    assert "[`src/auth/a b.py:3`](https://x/blob/c/src/auth/a%20b.py#L3)" in text


def test_a_step_says_whether_it_is_better_than_before() -> None:
    document = deepcopy(DOCUMENT)
    earlier = {"run": "1", "started": "2025-12-26T10:00:00+00:00", "verdict": "HOLD", "reached": None}
    document["components"][0]["compared_with"] = {**earlier, "values": {"lint": 8}}
    assert "`auth` **`lint` 3, needs 0, better by 5**" in comment.render(document, NOWHERE)
    lines = markdown.render(document).splitlines()
    assert "| gate | measured | `dev` | **`staging`** | since `26 Dec` |" in lines
    assert any(one.startswith("| `lint` ") and one.endswith("| better by 5 |") for one in lines)


def test_a_green_comment_is_short() -> None:
    lines = lines_of(green())
    assert lines[1] == "### ✓ PROMOTE: 2 of 2 components are ready for their targets"
    assert "No stage changes." in lines
    assert "**What to change first**" not in lines
    assert "<details><summary>✓ 8 of 8 requirements passed, 2 flaky tests</summary>" in lines


def test_the_same_report_gives_the_same_body() -> None:
    assert comment.render(DOCUMENT, NOWHERE) == comment.render(deepcopy(DOCUMENT), NOWHERE)


@pytest.mark.parametrize("links", [NOWHERE, Links("a/b", "https://x/blob/c", "https://x/run")])
def test_nothing_of_anothers_text_comes_alive(links: Links) -> None:
    nasty = make_document(make_report(make_judgement(NASTY, NASTY), text=NASTY))
    check_markdown(comment.render(nasty, links), links="https://x/")


def test_a_comment_is_never_longer_than_the_service_takes() -> None:
    document = deepcopy(DOCUMENT)
    document["components"] *= 1000
    text = comment.render(document, NOWHERE)
    assert len(text) <= comment.LIMIT
    assert "*1 more part would be too long: see the report.*" in text
    assert text.splitlines()[-1].startswith("<sub>")


def test_new_code_has_a_fold_of_its_own() -> None:
    document = deepcopy(DOCUMENT)
    lint = document["components"][0]["gates"][1]
    finding = {**lint["findings"][0], "path": "a.py", "ranges": [[3, 4], [8, 8]]}
    new = {**lint, "gate": "new_code_coverage", "unit": "%", "value": 89.13, "note": "41 of 46", "findings": [finding]}
    document["components"][0]["gates"].append({**new, "better": "higher"})
    assert "| `auth` | 89.1\N{NO-BREAK SPACE}% | `41 of 46` | `a.py` 3-4, 8 |" in lines_of(document)
    document["components"][0]["gates"][-1]["applicable"] = False
    assert "<details><summary>New code</summary>" not in lines_of(document)


def test_folds_are_cut_from_the_end_and_then_the_top() -> None:
    assert cut_folds("top", ["a" * 10, "b" * 10], "end", 1000).splitlines() == ["top", "a" * 10, "b" * 10, "", "end"]
    one = cut_folds("top", ["a" * 10, "b" * 500], "end", 100)
    assert one.splitlines()[:2] == ["top", "a" * 10]
    assert "1 more part would" in one
    none = cut_folds("first\n" + "t" * 500, ["a" * 500, "b" * 500], "end", 100)
    assert none.splitlines()[0] == "first"
    assert "2 more parts would" in none
    assert len(none) <= 100
