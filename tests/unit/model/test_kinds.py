"""The first rule that fits decides the kind of a test; of a file without known tests, its path leaves some."""

from __future__ import annotations

import pytest

from pytest_maturity.model.kinds import KindRule, find_kind, find_kinds_of_path

RULES = (
    KindRule(kind="smoke", markers=("smoke", "quick")),
    KindRule(kind="integration", markers=("db",), paths=("tests/integration/", "libs/*/it")),
    KindRule(kind="e2e", paths=("tests/e2e", "**/browser", "tests/test_whole.py", "**/test_page.py")),
)


@pytest.mark.parametrize(
    ("path", "markers", "kind"),
    [
        ("tests/test_a.py", (), "unit"),
        ("tests/test_a.py", ("slow",), "unit"),
        ("tests/test_a.py", ("db",), "integration"),
        ("tests/test_a.py", ("db", "quick"), "smoke"),
        ("tests/integration/test_a.py", (), "integration"),
        ("tests/integration/deep/test_a.py", (), "integration"),
        ("tests/integration/test_a.py", ("smoke",), "smoke"),
        ("tests/integration_of_parts/test_a.py", (), "unit"),
        ("tests/e2e/test_a.py", ("db",), "integration"),
        ("tests/e2e/test_a.py", (), "e2e"),
        ("other/tests/e2e/test_a.py", (), "unit"),
        ("libs/shop/it/test_a.py", (), "integration"),
        ("libs/shop/deep/it/test_a.py", (), "unit"),
        ("browser/test_a.py", (), "e2e"),
        ("apps/web/browser/login/test_a.py", (), "e2e"),
        ("tests/test_whole.py", (), "e2e"),
        ("apps/web/test_page.py", (), "e2e"),
        ("test_page.py", (), "e2e"),
        ("tests/test_whole.py.txt", (), "unit"),
    ],
)
def test_the_first_rule_that_fits_decides(path: str, markers: tuple[str, ...], kind: str) -> None:
    assert find_kind(RULES, path, markers) == kind


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("tests/test_a.py", ()),
        ("tests/e2e/test_a.py", ("e2e", "integration", "smoke")),
        ("libs/shop/it/test_a.py", ("integration", "smoke")),
    ],
)
def test_a_file_of_which_no_test_is_known_has_the_kind_of_its_path_or_one_above_or_any(
    path: str, kinds: tuple[str, ...]
) -> None:
    assert find_kinds_of_path(RULES, path) == kinds
    assert find_kinds_of_path((), path) == ()


def test_unit_may_have_a_rule_of_its_own() -> None:
    rules = (KindRule(kind="unit", paths=("tests/unit",)), KindRule(kind="slow", markers=("slow",)))
    assert find_kind(rules, "tests/unit/test_a.py", ("slow",)) == "unit"
    assert find_kinds_of_path(rules, "tests/unit/test_a.py") == ("unit",)
    assert find_kinds_of_path(rules[::-1], "tests/unit/test_a.py") == ("slow", "unit")
