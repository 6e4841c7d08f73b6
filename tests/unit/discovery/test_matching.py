"""A test file belongs to the part of the code that its directory or its name fits best."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.discovery.matching import (
    FILE_NAME,
    ContestedClaim,
    FileMatcher,
    NameMatch,
    choose_match,
    list_beginnings,
    strip_test_affixes,
)
from pytest_maturity.discovery.naming_rules import EXACT, find_spellings
from pytest_maturity.discovery.project import CodePart, ProjectLayout


def part(dotted_name: str) -> CodePart:
    names = tuple(dotted_name.split("."))
    return CodePart(names=names, sources=(Path("/src", *names),), root=Path("/src"), found_by=f"src/{dotted_name}")


def plant(root: Path, *paths: str) -> None:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()


def matcher(root: Path, *paths: str) -> tuple[FileMatcher, dict[str, CodePart]]:
    """Returns a matcher for a project of these files, and the parts of its code by name."""
    plant(root, *paths)
    layout = ProjectLayout(root)
    parts = {found.dotted_name: found for found in layout.code_parts}
    return FileMatcher(layout, [(found, find_spellings(found.name)) for found in parts.values()]), parts


@pytest.mark.parametrize(
    ("name", "stripped"),
    [
        ("test_auth_api", "auth_api"),
        ("auth_api_test", "auth_api"),
        ("tests_auth", "auth"),
        ("auth_tests", "auth"),
        ("Auth-Tests", "auth"),
        ("TestAuth", "auth"),
        ("test__auth_", "auth"),
        ("test_test", "test"),
        ("test_", "test"),
        ("contest", "contest"),
        ("testing", "testing"),
        ("auth", "auth"),
        ("", ""),
    ],
)
def test_the_marks_of_a_test_are_stripped_from_its_name(name: str, stripped: str) -> None:
    assert strip_test_affixes(name) == stripped


@pytest.mark.parametrize(("name", "names"), [("a_b_c", ["a_b_c", "a_b", "a"]), ("a", ["a"]), ("", [])])
def test_a_name_and_its_beginnings_may_be_a_component(name: str, names: list[str]) -> None:
    assert list(list_beginnings(name)) == names


def match(
    name: str, spelling: str = "auth", *, depth: int = FILE_NAME, rule: str = EXACT, parents: int = 0
) -> NameMatch:
    return NameMatch(
        part=part(name), spelling=spelling, naming_rule=rule, place="p", depth=depth, parents_matched=parents
    )


@pytest.mark.parametrize(
    ("better", "worse"),
    [
        (match("auth", depth=2), match("auth", depth=1)),
        (match("auth", depth=0, parents=1), match("auth", depth=99)),
        (match("auth", "auth_api"), match("auth", "auth")),
        (match("auth"), match("auth", rule="plural")),
        (match("auth"), match("shop.auth")),
        (match("shop.auth"), match("shop._auth")),
        (match("shop.auth", parents=1), match("auth", "auth_api")),
    ],
)
def test_matches_have_an_order(better: NameMatch, worse: NameMatch) -> None:
    assert better.rank > worse.rank


@pytest.mark.parametrize(
    ("directory", "file", "wins"),
    [
        ("auth", "auth_api", "file"),
        ("a.auth", "b.auth", "directory"),
        ("auth", "authors", "directory"),
        ("billing", "auth", "directory"),
    ],
)
def test_a_file_name_wins_only_where_it_continues_the_directory(directory: str, file: str, wins: str) -> None:
    by_directory = match(directory, directory.rpartition(".")[2], depth=0)
    by_file = match(file, file.rpartition(".")[2])
    expected = by_file if wins == "file" else by_directory
    assert choose_match([by_file, by_directory]) == expected
    assert choose_match([by_directory, by_file]) == expected


def test_the_file_name_of_the_same_part_wins_over_its_directory() -> None:
    own = part("auth")
    by_directory = NameMatch(part=own, spelling="auths", naming_rule="plural", place="d", depth=0)
    by_file = NameMatch(part=own, spelling="auth", naming_rule=EXACT, place="f")
    assert choose_match([by_directory, by_file]) is by_file


def test_the_best_match_of_one_kind_wins() -> None:
    deep, shallow = match("auth", depth=1), match("auth", depth=0)
    assert choose_match([shallow, deep]) is deep
    long, short = match("auth", "auth_api"), match("auth", "auth")
    assert choose_match([short, long]) is long


def test_a_match_names_its_place_and_its_naming_rule() -> None:
    assert match("auth").rule == "p"
    assert match("auth", rule="plural").rule == "p, by plural"


def test_candidates_are_the_files_among_the_sources_and_those_with_the_name(tmp_path: Path) -> None:
    found, parts = matcher(
        tmp_path, "src/auth/core.py", "src/auth/test_x.py", "src/auth/deep/tests/test_y.py", "src/authx/test_z.py",
        "src/billing.py", "tests/test_auth_flow.py", "tests/auths/test_w.py", "tests/test_billing.py",
    )  # fmt: skip
    files = found.find_candidates(parts["auth"])
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [
        "src/auth/deep/tests/test_y.py", "src/auth/test_x.py", "tests/auths/test_w.py", "tests/test_auth_flow.py",
    ]  # fmt: skip


def test_a_claim_is_a_rule_an_ambiguity_or_nothing(tmp_path: Path) -> None:
    found, parts = matcher(
        tmp_path, "src/a/auth.py", "src/b/auth.py", "src/a/core.py", "src/billing.py", "src/a/test_x.py",
        "tests/test_auth.py", "tests/a/test_auth.py", "tests/billing/test_auth.py",
    )  # fmt: skip
    assert found.find_claim(parts["a"], tmp_path / "src/a/test_x.py") == "among the component's sources"
    for one, other in (("a.auth", "b.auth"), ("b.auth", "a.auth")):
        assert found.find_claim(parts[one], tmp_path / "tests/test_auth.py") == ContestedClaim(
            part=parts[one], rule="file test_auth.py", rivals=(parts[other],), is_favourite=True, is_tied=True
        )
    assert found.find_claim(parts["a.auth"], tmp_path / "tests/a/test_auth.py") == "file test_auth.py"
    assert found.find_claim(parts["b.auth"], tmp_path / "tests/a/test_auth.py") is None
    assert found.find_claim(parts["billing"], tmp_path / "tests/billing/test_auth.py") == "directory tests/billing/"
    assert found.find_claim(parts["billing"], tmp_path / "tests/test_auth.py") is None


def test_the_tree_that_a_directory_mirrors_decides(tmp_path: Path) -> None:
    found, parts = matcher(
        tmp_path, "src/app/case/x.py", "src/app/plugins/slack/case/y.py", "tests/plugins/slack/case/test_z.py",
        "src/app/version/v.py", "src/app/limits/version/w.py", "tests/limits/test_version_util.py",
        "tests/limits/version/test_range.py",
    )  # fmt: skip
    owners = {
        path: {name for name, part in parts.items() if isinstance(found.find_claim(part, tmp_path / path), str)}
        for path in ("tests/plugins/slack/case/test_z.py", "tests/limits/test_version_util.py",
                     "tests/limits/version/test_range.py")
    }  # fmt: skip
    plugins = {"app", "app.plugins", "app.plugins.slack", "app.plugins.slack.case"}
    limits = {"app", "app.limits", "app.limits.version"}
    assert list(owners.values()) == [plugins, limits, limits]


@pytest.mark.parametrize(
    ("path", "owners"),
    [
        ("tests/test_core_engine.py", {"app", "app.core", "app.core.engine"}),
        ("tests/test_coreengine.py", {"app", "app.core", "app.core.engine"}),
        ("tests/test_pipeline_files.py", {"app", "app.pipelines", "app.pipelines.files"}),
        ("tests/test_app_pipelines_file.py", {"app", "app.pipelines", "app.pipelines.files"}),
        ("tests/test_pipelines.py", {"app", "app.pipelines"}),
        ("tests/test_files.py", {"app", "app.pipelines", "app.pipelines.files"}),
    ],
)
def test_a_file_with_the_dotted_name_of_a_part_is_its_own_and_of_what_contains_it(
    tmp_path: Path, path: str, owners: set[str]
) -> None:
    found, parts = matcher(tmp_path, "src/app/core/engine.py", "src/app/pipelines/files.py", "src/app/x.py", path)
    claims = {name: found.find_claim(one, tmp_path / path) for name, one in parts.items()}
    assert {name for name, claim in claims.items() if claim} == owners
    assert {name for name, one in parts.items() if tmp_path / path in found.find_candidates(one)} >= owners


def test_a_part_deep_in_the_code_is_the_favourite_for_its_exact_name_and_imports_may_outweigh_it(
    tmp_path: Path,
) -> None:
    found, parts = matcher(tmp_path, "src/app/spiders/x.py", "src/app/utils/spider.py", "tests/test_spider.py")
    path = tmp_path / "tests/test_spider.py"
    deep, shallow = parts["app.utils.spider"], parts["app.spiders"]
    rule = "file test_spider.py"
    assert found.find_claim(deep, path) == ContestedClaim(
        part=deep, rule=rule, rivals=(shallow,), is_favourite=True, is_tied=False
    )
    assert found.find_claim(shallow, path) == ContestedClaim(
        part=shallow, rule=f"{rule}, by plural", rivals=(deep,), is_favourite=False, is_tied=False
    )


@pytest.mark.parametrize(
    ("name", "resembles"),
    [
        ("test_engine_stop", (True, False, False)),
        ("test_fast_engine", (False, True, False)),
        ("test_engi", (False, False, True)),
        ("test_engineering_x", (False, False, True)),
        ("test_eng", (False, False, False)),
        ("test_engine", (False, False, False)),
        ("test_bengine", (False, False, False)),
    ],
)
def test_names_of_files_resemble_that_of_a_part(tmp_path: Path, name: str, resembles: tuple[bool, bool, bool]) -> None:
    found, parts = matcher(tmp_path, "src/app/engine.py", f"tests/{name}.py")
    engine, path = parts["app.engine"], tmp_path / f"tests/{name}.py"
    similar = found.find_similar_files(engine)
    is_ending, is_similar = similar.get(path, False), path in similar
    assert (found.begins_with_name(engine, path), is_ending, is_similar and not is_ending) == resembles


def test_the_file_of_a_package_has_the_name_of_its_directory_alone(tmp_path: Path) -> None:
    plant(tmp_path, "tests/test_pipelines/__init__.py", "src/app/pipelines/init.py")
    (tmp_path / "tests/test_pipelines/__init__.py").write_text("def test(): pass")
    layout = ProjectLayout(tmp_path, patterns=("__init__.py",))
    parts = {one.dotted_name: one for one in layout.code_parts}
    found = FileMatcher(layout, [(one, find_spellings(one.name)) for one in parts.values()])
    path = tmp_path / "tests/test_pipelines/__init__.py"
    assert found.find_claim(parts["app.pipelines"], path) == "directory tests/test_pipelines/"
    assert found.find_claim(parts["app.pipelines.init"], path) is None


def test_unnamed_files_have_no_other_parts_name_in_their_paths(tmp_path: Path) -> None:
    found, parts = matcher(
        tmp_path, "shop/core.py", "shop/cart/x.py", "shop/tests/test_flow.py", "shop/cart/tests/test_deep.py",
        "tests/test_any.py", "tests/test_core_x.py", "tests/cart/test_y.py", "shop/testing.py",
    )  # fmt: skip
    names = [path.name for path in found.find_unnamed_files([parts["shop.core"]])]
    assert names == ["test_flow.py", "test_any.py"]
    assert [path.name for path in found.find_unnamed_files([parts["shop"]])] == ["test_any.py"]
