"""The lines of a component that raise warnings."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pytest_maturity.gates.warnings import GATE, LINES
from pytest_maturity.model.evidence import Finding, Outcomes
from pytest_maturity.model.gates import Requirement

from .evidence import CONTEXT, evidence_of, measure, remedy, traits

OLD = Finding(path="src/a.py", line=7, rule="DeprecationWarning", message="Mine: old")
ODD = Finding(path="src/b.py", line=1, rule="UserWarning", message="UserWarning: odd")
RAN = Outcomes(collected=2, completed=2, passed=2, warnings=(OLD, ODD))


def test_each_line_counts_and_each_category_has_a_number() -> None:
    found = measure(GATE, RAN)
    assert (found.value, found.findings) == (2, (OLD, ODD))
    assert found.breakdown == {**dict.fromkeys(LINES, 0), "DeprecationWarning": 1, "UserWarning": 1}
    assert found.note == "1 DeprecationWarning, 1 UserWarning"
    assert measure(GATE, replace(RAN, warnings=())).note == "none"


def test_a_category_that_a_filter_ignores_is_unknown_and_the_others_are_not() -> None:
    ignored = frozenset({"DeprecationWarning", "ResourceWarning"})
    own = ("ignore::DeprecationWarning",)
    found = measure(GATE, replace(RAN, warnings=(ODD,), ignored_warnings=ignored, own_filters=own))
    assert (found.value, found.breakdown["DeprecationWarning"], found.breakdown["UserWarning"]) == (1, None, 1)
    assert found.breakdown["ResourceWarning"] is None
    assert found.note == "1 UserWarning; not counted, by the project's filters: ignore::DeprecationWarning"


@pytest.mark.parametrize(
    ("outcomes", "note"),
    [
        (replace(RAN, warnings=None), "pytest does not report warnings: its plugin warnings is off"),
        (Outcomes(), "no test ran"),
        (replace(RAN, collected=3), "only 2 of 3 tests ran to the end"),
        (
            replace(RAN, ignored_warnings=frozenset(LINES)),
            "every warning is ignored by filters, or taken by fixtures",
        ),
        (
            replace(RAN, foreign_filters=("-W ignore", "PYTHONWARNINGS=ignore")),
            "warnings are silenced by -W ignore, PYTHONWARNINGS=ignore: run without it",
        ),
        (
            replace(RAN, failures=(Finding(path="t.py", test="t.py", rule="error", message="ImportError"),)),
            "t.py could not be imported",
        ),
    ],
)
def test_where_warnings_may_be_missing_they_are_unknown(outcomes: Outcomes, note: str) -> None:
    found = measure(GATE, outcomes)
    assert (found.value, found.note) == (None, note)


def test_the_remedy_counts_the_lines_of_the_required_category() -> None:
    assert remedy(GATE, "0", evidence_of(RAN)).text == "resolve 2 warnings"
    evidence = evidence_of(RAN)
    required = Requirement(gate="warnings", line="UserWarning", threshold=0, source="here")  # type: ignore[arg-type]
    assert GATE.remedy is not None
    found = GATE.remedy(evidence, GATE.measure(evidence, CONTEXT), required)
    assert found.text == "resolve 1 warning"


def test_less_is_better() -> None:
    assert traits(GATE) == ("warnings", "lower", "")
    assert {"DeprecationWarning", "UserWarning", "Warning"} <= set(GATE.lines)
