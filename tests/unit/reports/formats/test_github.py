"""Annotations are within the limits of GitHub, the worst first, and no text of others becomes a command."""

from __future__ import annotations

from copy import deepcopy

from pytest_maturity.reports.formats import github, make_document

from .rich import NASTY, make_judgement, make_report
from .test_schemas import check_markdown

DOCUMENT = make_document(make_report(make_judgement()))


def test_an_annotation_stands_at_the_place_of_its_finding() -> None:
    lines = github.list_annotations(DOCUMENT)
    assert "::error file=src/auth/a b.py,line=3,col=5,title=maturity%3A lint/F401::a message" in lines
    assert "::error title=maturity%3A auth::gap 1: a message" in lines  # what has no place has a title alone
    assert all(one.startswith(("::error ", "::warning ", "::notice::")) for one in lines)


def test_at_most_ten_of_a_level_are_shown_those_in_new_code_first() -> None:
    document = deepcopy(DOCUMENT)
    lint = document["components"][0]["gates"][1]
    lint["findings"] = [{**lint["findings"][0], "line": number} for number in range(1, 31)]
    document["components"][0]["gates"].append(
        {**lint, "scope": "new", "findings": [{**lint["findings"][0], "path": "new.py"}]}
    )
    lines = github.list_annotations(document)
    errors = [one for one in lines if one.startswith("::error ")]
    assert len(errors) == github.MOST
    assert next(one for one in errors if "file=" in one).startswith("::error file=new.py,")
    assert lines[-1] == "::notice::23 more findings are in the report"


def test_what_does_not_block_is_a_warning_and_what_is_waived_is_left_out() -> None:
    document = deepcopy(DOCUMENT)
    judged = document["components"][0]["gates"][1]["stages"]["staging"]
    judged["mode"] = "warn"
    assert any(one.startswith("::warning file=src/auth/a b.py") for one in github.list_annotations(document))
    waived = {"source": "w", "reason": "r", "approved_by": "bob", "expires": "x", "findings": None}
    judged["waived"] = [waived]
    assert not any("a b.py" in one for one in github.list_annotations(document))


def test_a_text_cannot_become_another_command() -> None:
    nasty = make_document(make_report(make_judgement(NASTY, NASTY), text=NASTY))
    for line in github.list_annotations(nasty):
        assert "\n" not in line
        assert line.startswith(("::error ", "::warning ", "::notice::"))
        properties = line.partition(" ")[2].partition("::")[0] if not line.startswith("::notice") else ""
        assert all(pair.partition("=")[0] in ("file", "line", "col", "title", "") for pair in properties.split(","))


def test_the_summary_has_a_section_for_what_is_not_promoted() -> None:
    text = github.make_summary(DOCUMENT)
    assert text.startswith("## ✗ HOLD: one component is not ready for its target\n")
    assert "<details><summary>✗ <code>auth</code>: HOLD for <code>staging</code></summary>" in text
    check_markdown(text)


def test_the_summary_is_cut_below_the_limit() -> None:
    document = deepcopy(DOCUMENT)
    document["components"] = [{**document["components"][0], "name": f"c{number}"} for number in range(900)]
    text = github.make_summary(document)
    assert len(text.encode()) <= github.LIMIT
    assert "more parts would be too long" in text


def test_the_outputs_name_the_stage_that_was_reached() -> None:
    assert github.make_outputs(DOCUMENT, "r.json") == {"verdict": "HOLD", "reached": "", "report": "r.json"}
    two = deepcopy(DOCUMENT)
    two["components"] = [{**two["components"][0], "reached": "dev"}, {**two["components"][0], "name": "b"}]
    assert github.make_outputs(two, "r.json")["reached"] == '{"auth": "dev", "b": ""}'
