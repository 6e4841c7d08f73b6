"""A recorder's handling of paths and of other processes' data, without a tracer."""

from __future__ import annotations

import warnings
from pathlib import Path

import coverage
import pytest
from coverage.exceptions import CoverageWarning

from pytest_maturity.coverage import Recorder
from pytest_maturity.coverage.recorder import ignore_warnings, relocate
from pytest_maturity.model.evidence import Component


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("/there/src/a.py", "/here/src/a.py"),
        ("/there/env/b.py", "/venv/b.py"),
        ("/therefore/a.py", "/therefore/a.py"),
        ("a.py", "a.py"),
    ],
)
def test_a_path_is_relocated_by_the_longest_moved_directory(name: str, expected: str) -> None:
    assert relocate(name, {"/there/": "/here", "/there/env": "/venv"}) == expected


def test_data_travels_and_is_relocated(tmp_path: Path) -> None:
    sender, receiver = Recorder(tmp_path, []), Recorder(tmp_path, [])
    data = coverage.CoverageData(no_disk=True)
    data.add_lines({"/there/a.py": [1, 2]})
    sender._received.append(data)
    sender.add_requesters("p.1", {"b", "a"})
    sent = sender.to_dict()
    assert sent["requesters"] == {"p.1": ["a", "b"]}
    receiver.merge(sent, {"/there": "/here"})
    receiver.add_requesters("p.1", {"c"})
    (received,) = receiver.collect_data()
    assert (received.measured_files(), received.lines("/here/a.py")) == ({"/here/a.py"}, [1, 2])
    assert receiver.requesters == {"p.1": {"a", "b", "c"}}
    for recorder in (sender, receiver):
        recorder.close()


def test_where_nothing_measures_the_problem_travels_and_no_data(tmp_path: Path) -> None:
    component = Component(name="auth", sources=(), files=(), found_by="src")
    sent = Recorder(tmp_path, [component]).to_dict([component])
    assert (sent["problems"], sent["data"]) == ({"auth": "nothing measured coverage"}, "")


def test_only_warnings_of_coverage_are_hidden() -> None:
    """Any other warning is an error in this project's tests."""
    with ignore_warnings():
        warnings.warn("hidden", CoverageWarning, stacklevel=1)
        with pytest.raises(UserWarning, match="raised"):
            warnings.warn("raised", UserWarning, stacklevel=1)
