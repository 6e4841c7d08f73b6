"""Baselines, waivers, approvals and stage files are about what was judged; nothing else is."""

from __future__ import annotations

import pytest

from pytest_maturity.config.following_files import follows_from_run


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("maturity-baseline/shop.json", True),
        ("maturity-baseline/shop.py", False),
        ("maturity-approvals/shop-approval-1.json", True),
        ("maturity-approvals/shop.py", False),
        ("maturity-baseline/more/shop.json", False),
        ("src/shop/MATURITY.md", True),
        ("src/shop/more/MATURITY.md", False),
        ("src/shop/MATURITY.md.py", False),
        ("src//MATURITY.md", False),
        ("src/shop/core.py", False),
        ("maturity-decisions.jsonl", True),
        ("maturity-waivers.yaml", True),
        ("maturity-waivers.yml", True),
        ("maturity-waivers.toml", True),
        ("src/maturity-waivers.yaml", False),
        ("maturity-waivers.py", False),
        ("src/maturity-decisions.jsonl", False),
    ],
)
def test_a_path_is_that_of_a_file_that_follows(path: str, expected: bool) -> None:
    assert follows_from_run(path, "src/{component}/MATURITY.md") is expected


def test_without_a_pattern_no_file_is_a_stage_file() -> None:
    assert not follows_from_run("MATURITY.md", "")
    assert not follows_from_run("", "")
