"""A report that is read back is trusted only if it is whole, consistent with itself, and the expected one."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.errors import MaturityError
from pytest_maturity.model.evidence import Gap
from pytest_maturity.model.report import Report, Verdict
from pytest_maturity.reports import verify
from tests.unit.reports.reports import COMMIT, NOW, RUN, document_of, report, resealed


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (report(1), "PROMOTE"),
        (report(1, failed=1), "HOLD"),
        (report(0), "INCONCLUSIVE"),
        (report(1, gaps=(Gap(cause="partial", message="-k"),)), "INCONCLUSIVE"),
        (report(1, 1, 0), "INCONCLUSIVE"),
        (report(1, 1, failed=1), "HOLD"),
        (replace(report(), verdict=Verdict.INCOMPLETE), "INCOMPLETE"),
    ],
)
def test_a_report_as_it_was_written_is_trusted_and_its_verdict_follows_from_it(found: Report, verdict: str) -> None:
    document = document_of(found)
    assert verify.check_report(document) == []
    assert document["verdict"] == verdict
    recomputed = [verify.recompute_verdict(one, "dev").value for one in document["components"]]
    assert recomputed == [one["verdict"] for one in document["components"]]


def test_a_word_that_was_changed_breaks_the_seal() -> None:
    document = document_of(report(1, failed=1))
    document["verdict"] = "PROMOTE"
    assert verify.check_report(document) == ["its seal does not match: the report was changed after it was written"]


def test_a_report_without_a_seal_or_of_another_schema_is_refused_with_the_place() -> None:
    document = document_of(report(1))
    del document["seal"]
    assert verify.check_report(document) == ["report: the key 'seal' is missing"]
    assert verify.check_report(resealed({**document, "schema": 2})) == ["report.schema: must be 1, not 2"]
    assert verify.check_report({}) != []


def test_a_verdict_that_does_not_follow_is_refused_even_where_the_seal_matches() -> None:
    document = document_of(report(1, 1, failed=1))
    document["components"][1]["verdict"] = document["verdict"] = "PROMOTE"
    assert verify.check_report(resealed(document)) == ["part2: its gates give HOLD, not PROMOTE"]
    document = document_of(report(1, 1, failed=1))
    assert verify.check_report(resealed({**document, "verdict": "PROMOTE"})) == [
        "its components give HOLD, not PROMOTE"
    ]
    nothing = document_of(replace(report(), verdict=Verdict.PROMOTE))
    assert verify.check_report(nothing) == ["its components give INCONCLUSIVE, not PROMOTE"]


@pytest.mark.parametrize("verdict", [Verdict.INCONCLUSIVE, Verdict.HOLD])
def test_a_report_never_says_less_than_its_components(verdict: Verdict) -> None:
    """So a check of one component is as strict as that of the whole report."""
    found = document_of(replace(report(1), verdict=verdict))
    assert verify.check_report(found) == [f"its components give PROMOTE, not {verdict.value}"]


def test_an_incomplete_report_judges_nothing() -> None:
    found = document_of(replace(report(1), verdict=Verdict.INCOMPLETE))
    assert verify.check_report(found) == ["it is INCOMPLETE and judges components"]


@pytest.mark.parametrize(
    ("expected", "problem"),
    [
        ({"run_id": "b" * 32}, f"it is from the run {'a' * 32}, not {'b' * 32}"),
        ({"target": "prod"}, "there is no stage 'prod'; its ladder is dev, production"),
        ({"target": "dve"}, "there is no stage 'dve' (did you mean 'dev'?); its ladder is dev, production"),
        ({"target": "production"}, "it was judged for dev, not for production"),
        ({"target": "production", "components": ["part2"]}, "part2 was judged for dev, not for production"),
        ({"commit": "HEAD"}, "'HEAD' is no commit's hash: give that, `git rev-parse HEAD` prints it"),
        ({"commit": "a;b"}, "'a;b' is no commit's hash: give that, `git rev-parse 'a;b'` prints it"),
        ({"commit": "f" * 40}, f"it is from the commit {COMMIT}, not {'f' * 40}"),
        ({"commit": "012345"}, "'012345' is too short for a commit: give at least 7 digits"),
        (
            {"oldest": NOW},
            "its run started at 2026-01-02T11:00:00.000+00:00, 1.0 hours before the limit (--max-age)",
        ),
        ({"components": ["part3"]}, "it does not judge 'part3' (did you mean 'part2'?)"),
    ],
)
def test_another_report_than_the_expected_one_does_not_count(expected: dict[str, Any], problem: str) -> None:
    document = {**document_of(report(1, 1)), "ladder": ["dev", "production"]}
    assert verify.find_mismatches(document, **expected) == [problem]


def test_each_component_must_be_judged_for_the_expected_stage() -> None:
    document = {**document_of(report(1, 1, 1)), "ladder": ["dev", "staging", "production"], "target": None}
    for one, stage in zip(document["components"], ("staging", "dev", "production"), strict=True):
        one["target"] = stage
    find = verify.find_mismatches
    assert find(document, target="staging") == ["not judged for staging: part2 for dev, part3 for production"]
    assert find(document, target="dev", components=["part1"]) == ["part1 was judged for staging, not for dev"]
    assert find(document, target="staging", components=["part1"]) == []
    nothing = {**document, "components": [], "target": "dev"}
    assert find(nothing, target="staging") == ["it was judged for dev, not for staging"]
    assert find(nothing, target="dev") == []


def test_the_expected_report_counts() -> None:
    expected: dict[str, Any] = {
        "run_id": "a" * 32, "target": "dev", "commit": COMMIT[:7].upper(), "oldest": NOW - timedelta(hours=2),
        "components": ["part1", "part2"],
    }  # fmt: skip
    assert verify.find_mismatches(document_of(report(1, 1)), **expected) == []


@pytest.mark.parametrize(
    ("dirty", "uncommitted", "named"), [(True, ("a.py", "b.json"), "a.py, b.json"), (None, (), "unknown")]
)
def test_uncommitted_changes_are_not_the_commit(dirty: bool | None, uncommitted: tuple[str, ...], named: str) -> None:
    document = document_of(report(1, run=replace(RUN, dirty=dirty, uncommitted=uncommitted)))
    assert verify.find_mismatches(document, commit=COMMIT) == [f"uncommitted changes: {named}"]
    assert verify.find_mismatches(document) == []


def test_a_report_outside_of_git_is_of_no_commit() -> None:
    document = document_of(report(1, run=replace(RUN, commit=None, dirty=None)))
    assert verify.find_mismatches(document, commit="0123456") == ["it is from the commit unknown, not 0123456"]


@pytest.mark.parametrize("started", ["yesterday", "2026-01-02T11:00:00"])
def test_a_time_that_cannot_be_compared_is_not_valid(started: str) -> None:
    document = document_of(report(1, run=replace(RUN, started=started)))
    assert verify.find_mismatches(document, oldest=NOW) == [f"it has no valid start time: '{started}'"]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "is not JSON"),
        (b'{"schema": 1', "is not JSON"),
        (b"\xff", "is not JSON"),
        (b'{"schema": NaN}', "is not JSON: NaN is not a number in JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b"[]", "is not a report"),
    ],
)
def test_a_file_without_a_report_is_refused_with_the_reason(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(MaturityError) as raised:
        verify.read_document(path)
    assert str(raised.value).startswith(problem)


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "LARGEST_FILE", 2**20)
    (tmp_path / "report.json").write_text(" " * 2**20 + "1")
    with pytest.raises(MaturityError, match=r"^larger than 1 MiB$"):
        verify.read_document(tmp_path / "report.json")


def test_a_shards_evidence_is_refused_unless_it_is_whole_and_of_this_version(tmp_path: Path) -> None:
    path = tmp_path / "evidence.json"
    evidence = resealed({"evidence": verify.EVIDENCE_VERSION, "status": 0})
    path.write_text(json.dumps(evidence))
    assert verify.read_evidence(path) == evidence
    path.write_text(json.dumps({**evidence, "status": 1}))
    with pytest.raises(MaturityError, match=r"^its seal does not match: the evidence was changed"):
        verify.read_evidence(path)
    path.write_text(json.dumps(document_of(report(1))))
    with pytest.raises(MaturityError, match=r"^is not a shard's evidence of this version"):
        verify.read_evidence(path)
    with pytest.raises(MaturityError, match=r"^No such file or directory$"):
        verify.read_evidence(tmp_path / "gone.json")
