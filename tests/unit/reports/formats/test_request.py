"""A promotion request has a box for each requirement, which the gate ticks."""

from __future__ import annotations

from copy import deepcopy

from pytest_maturity.reports.formats import make_document, request
from pytest_maturity.reports.formats.links import Links

from .rich import NASTY, make_judgement, make_report
from .test_schemas import check_markdown

DOCUMENT = make_document(make_report(make_judgement()))


def test_a_box_is_ticked_where_the_requirement_is_met() -> None:
    lines = request.render(DOCUMENT, Links()).splitlines()
    assert lines[0] == "## Promote `auth` to `staging`"
    assert lines[2].startswith("The gate says **HOLD**: `")
    assert [one for one in lines if one.startswith("- [")] == [
        "- [x] `tests` 100\N{NO-BREAK SPACE}%, needs 100", "- [ ] `lint` 3, needs 0", "- [ ] `security` ?, needs 0",
        "- [ ] no gap in the run: `a message`",
    ]  # fmt: skip


def test_what_is_waived_is_ticked_and_says_by_whom() -> None:
    document = deepcopy(DOCUMENT)
    judged = document["components"][0]["gates"][1]["stages"]["staging"]
    judged.update(status="waived", waived=[{"findings": None, "approved_by": "bob", "expires": "2027-01-31"}])
    text = request.render(document, Links())
    assert "- [x] `lint` 3, needs 0 (waived)\n" in text
    assert "- `lint as a whole by bob until 2027-01-31`\n" in text


def test_the_stage_on_record_and_the_ci_run_are_named() -> None:
    document = deepcopy(DOCUMENT)
    document["components"][0]["recorded"] = "dev"
    text = request.render(document, Links(run="https://ci/7"))
    assert "## Promote `auth` to `staging`, now at `dev`\n" in text
    assert "Evidence: [CI run](https://ci/7)\n" in text


def test_nothing_of_anothers_text_comes_alive() -> None:
    nasty = make_document(make_report(make_judgement(NASTY, NASTY), text=NASTY))
    check_markdown(request.render(nasty, Links()))
