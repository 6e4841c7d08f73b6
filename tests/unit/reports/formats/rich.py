"""A report with something of everything: failed, unknown and passed requirements, findings, retries, gaps."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from pytest_maturity.evidence.assess import judge
from pytest_maturity.model.evidence import Claim, Component, EndedTest, Evidence, Finding, Gap, Outcomes
from pytest_maturity.model.gates import Context, Gate, Measurement, Mode, Remedy, Requirement
from pytest_maturity.model.report import Judgement, Report, Run, worst_verdict
from pytest_maturity.model.retries import Attempt, RetriedTest

ROOT = Path("/project")
RUN = Run(
    id="0123456789abcdef0123456789abcdef", started="2026-01-02T11:00:00.000+00:00", duration_s=1.5, python="3.11.7",
    pytest="9.0.0", plugin="0.1.0", commit="0123456789abcdef0123456789abcdef01234567", branch="main", dirty=False,
)  # fmt: skip
NASTY = (
    "\x1b[31m\u202e<b>&\"'|]]>\\\ud800\x00\x9b::error::x\n# EOF "
    "@octocat #12 ``` `a` [x](http://x) ![i](http://i) </details>"
)


def make_outcomes(text: str) -> Outcomes:
    attempts = (
        Attempt(
            number=1, outcome="failed", phase="call", exception="OSError", message=text, classification="transient",
            duration_s=0.25, decision="rerun", by="maturity",
        ),
        Attempt(number=2, outcome="passed", duration_s=0.25, decision="final"),
    )  # fmt: skip
    flaky, broken = "tests/test_a.py::test_flaky", f"tests/test_a.py::test_broken[{text}]"
    return Outcomes(
        collected=6, completed=5, passed=2, failed=1, skipped=1, xfailed=1, flaky=1, flaky_tests=(flaky,),
        failures=(Finding(path="tests/test_a.py", message=text, line=7, rule="failed", test=broken),),
        retried=(RetriedTest(test=flaky, outcome="passed", attempts=attempts),),
        tests=(
            EndedTest("tests/test_a.py::test_good", "passed", 0.0104),
            EndedTest(flaky, "passed", 0.5),
            EndedTest(broken, "failed", 0.1),
            EndedTest("tests/test_a.py::test_skipped", "skipped", 0.0),
            EndedTest("tests/test_a.py::test_expected", "xfailed", 0.0),
            EndedTest("tests/test_a.py::test_lost", "unfinished"),
        ),
    )  # fmt: skip


def make_judgement(name: str = "auth", text: str = "a message") -> Judgement:
    """Returns a component that is held, with every kind of result; the text stands wherever a user's text may stand."""
    evidence = Evidence(
        component=Component(
            name=name, sources=(ROOT / "src" / name,), files=(), found_by="src",
            tests=(Claim(path=ROOT / "tests/test_a.py", rule="by name"),),
        ),
        outcomes=make_outcomes(text),
        gaps=(Gap(cause="partial", message=text),),
    )  # fmt: skip
    lint = [
        Finding(path=f"src/{name}/a b.py", message=text, line=3, column=5, rule="F401"),
        Finding(path=f"src/{name}/a b.py", message=text, line=9, column=5, rule="F401"),
        Finding(path=text, message=text, rule=text),
    ]
    secret = [Finding(path=f"src/{name}/keys.py", message="a key", line=1, rule="AWSKeyDetector", severity="high")]
    answers = {
        "tests": Measurement(100, "3 tests"),
        "lint": Measurement(3, text, lint),
        "security": Measurement(None, text, secret),
        "docs": Measurement(2, text),
    }
    gates = {
        key: Gate(
            key, lambda *_, answer=answer: answer, unit="%" if key == "tests" else "",
            better="higher" if key == "tests" else "lower", remedy=lambda *_: Remedy("fix it", ("fix", text)),
        )
        for key, answer in answers.items()
    }  # fmt: skip
    modes: dict[str, Mode] = {"docs": "warn"}
    required = [
        Requirement(
            gate=key, threshold=Fraction(100 if key == "tests" else 0), source=text, mode=modes.get(key, "block")
        )
        for key in answers
    ]
    return judge(evidence, gates, {"dev": required[:1], "staging": required}, "staging", Context(root=ROOT))


def make_report(*judgements: Judgement, text: str = "a message") -> Report:
    return Report(
        verdict=worst_verdict(one.verdict for one in judgements), target="staging", ladder=("dev", "staging"), run=RUN,
        root=ROOT, components=judgements, notes=(text,),
    )  # fmt: skip
