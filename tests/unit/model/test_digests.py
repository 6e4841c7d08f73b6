"""Digests: equal for equal data, in whatever order it was written."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.digests import (
    compute_decision_digest,
    compute_seal,
    digest,
    file_digest,
    sort_unordered_lists,
)


def test_the_order_of_keys_does_not_matter() -> None:
    assert digest({"a": 1, "b": {"c": 2, "d": 3}}) == digest({"b": {"d": 3, "c": 2}, "a": 1})


@pytest.mark.parametrize("data", [{"a": 2}, {"b": 1}, {"a": 1, "b": 1}, {"a": "1"}, {"a": [1]}, {}])
def test_other_data_has_another_digest(data: dict[str, Any]) -> None:
    assert digest(data) != digest({"a": 1})


def test_a_digest_is_a_sha_256() -> None:
    assert digest({"a": 1}) == hashlib.sha256(b'{"a": 1}').hexdigest()


@pytest.mark.parametrize("key", ["clean_exit_codes", "exit_codes", "transient"])
def test_the_order_of_exit_codes_and_exceptions_does_not_matter(key: str) -> None:
    assert digest({"gates": {"x": {key: [2, 1]}}}) == digest({"gates": {"x": {key: (1, 2)}}})
    assert digest({"x": {key: [2, 1]}}) != digest({"x": {key: [2, 3]}})


def test_the_order_of_other_lists_matters() -> None:
    assert digest({"ladder": ["a", "b"]}) != digest({"ladder": ["b", "a"]})
    assert sort_unordered_lists({"ladder": ["b", "a"], "exit_codes": [3, 0]}) == {
        "ladder": ["b", "a"], "exit_codes": [0, 3]
    }  # fmt: skip


def test_a_value_of_another_type_is_left_as_it_is() -> None:
    assert sort_unordered_lists({"transient": "b a", "exit_codes": 3}) == {"transient": "b a", "exit_codes": 3}
    assert sort_unordered_lists([2, 1]) == [2, 1]


def test_a_file_has_the_digest_of_its_content(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x\r\n")
    assert file_digest(tmp_path / "a") == hashlib.sha256(b"x\r\n").hexdigest()


def test_a_file_that_cannot_be_read_has_no_digest(tmp_path: Path) -> None:
    assert file_digest(tmp_path / "gone") == ""
    assert file_digest(tmp_path) == ""


def test_a_seal_is_about_everything_but_itself() -> None:
    seal = compute_seal({"b": "\xe4", "a": [1]})
    assert seal == "sha256:" + hashlib.sha256(rb'{"a":[1],"b":"\u00e4"}').hexdigest()
    assert compute_seal({"a": [1], "b": "\xe4", "seal": "x"}) == seal
    assert compute_seal({"a": [2], "b": "\xe4"}) != seal


def test_a_seal_survives_json() -> None:
    document = {"verdict": "PROMOTE", "value": 69.96, "none": None}
    assert compute_seal(json.loads(json.dumps(document, indent=4))) == compute_seal(document)


def test_the_digest_of_a_decision_depends_on_the_files_and_on_the_policy_alone() -> None:
    first = compute_decision_digest({"src/a.py": "1", "src/b.py": "2"}, "p")
    assert compute_decision_digest({"src/b.py": "2", "src/a.py": "1"}, "p") == first
    assert compute_decision_digest({"src/a.py": "1", "src/b.py": "2"}, "q") != first
    assert compute_decision_digest({"src/a.py": "1", "src/b.py": "3"}, "p") != first
    assert compute_decision_digest({"src/a.py": "1"}, "p") != first
