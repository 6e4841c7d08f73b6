"""A component's name leads to its source files and to the test files that belong to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.config.settings import ComponentConfig, Config
from pytest_maturity.discovery.components import ComponentFinder
from pytest_maturity.discovery.project import ProjectLayout
from pytest_maturity.model.errors import DiscoveryError, collect_problems
from pytest_maturity.model.evidence import Component


def plant(root: Path, *paths: str, **contents: str) -> Path:
    for path in paths:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for path, text in contents.items():
        file = (root / path.replace("__", "/")).with_suffix(".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


def finder(root: Path, components: Mapping[str, Any] | None = None, **places: tuple[str, ...]) -> ComponentFinder:
    configured = {name: ComponentConfig(**entry) for name, entry in (components or {}).items()}
    config = Config(ladder=("dev",), target="dev", default_stages={}, stages={}, components=configured, source="policy")
    config = replace(config, **places)  # type: ignore[arg-type]  # mypy cannot see which keys `places` has
    return ComponentFinder(ProjectLayout(root, places.get("sources", ()), places.get("tests", ())), config)


def find(root: Path, name: str, components: Mapping[str, Any] | None = None, **places: tuple[str, ...]) -> Component:
    (component,) = finder(root, components, **places).find_components([name])
    return component


def sources(root: Path, component: Component) -> list[str]:
    return [path.relative_to(root).as_posix() for path in component.sources]


def claims(root: Path, names: Iterable[str], components: Mapping[str, Any] | None = None) -> dict[str, dict[str, str]]:
    found = finder(root, components)
    judged = found.find_tests(found.find_components(list(names)))
    return {one.name: {claim.path.relative_to(root).as_posix(): claim.rule for claim in one.tests} for one in judged}


def refusal(
    root: Path, names: list[str], components: Mapping[str, Any] | None = None, **places: Any
) -> tuple[str, ...]:
    found = finder(root, components, **places)
    with pytest.raises(DiscoveryError) as caught:
        found.find_tests(found.find_components(names))
    return caught.value.problems


# ── sources ──────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("paths", "name", "where"),
    [
        (["src/auth/__init__.py"], "auth", "src/auth"),
        (["src/auth/api.py"], "auth", "src/auth"),
        (["src/auth.py"], "auth", "src/auth.py"),
        (["src/shop/auth/__init__.py", "src/shop/x.py"], "auth", "src/shop/auth"),
        (["src/shop/auth.py"], "auth", "src/shop/auth.py"),
        (["auth/__init__.py"], "auth", "auth"),
        (["shop/auth.py", "shop/__init__.py"], "auth", "shop/auth.py"),
        (["packages/auth/src/auth/x.py"], "auth", "packages/auth/src"),
        (["packages/my-api/src/my_api/x.py"], "my_api", "packages/my-api/src"),
        (["packages/shop/src/shop/auth/x.py"], "auth", "packages/shop/src/shop/auth"),
        (["src/my_api/x.py"], "my-api", "src/my_api"),
        (["src/my_api/x.py"], "MyApi", "src/my_api"),
        (["src/my-api/x.py"], "my_api", "src/my-api"),
        (["src/MyApi/x.py"], "my_api", "src/MyApi"),
        (["src/shop/_client.py"], "client", "src/shop/_client.py"),
        (["src/shop/_client.py", "src/shop/client.py"], "client", "src/shop/client.py"),
        (["src/shop/_client.py", "src/shop/client.py"], "shop._client", "src/shop/_client.py"),
        (["src/auth/x.py", "src/billing/auth.py"], "auth", "src/auth"),
        (["src/auth/x.py", "src/billing/auth.py"], "billing.auth", "src/billing/auth.py"),
        (["src/shop/billing/auth/core.py"], "shop.billing.auth", "src/shop/billing/auth"),
        (["src/shop/billing/auth/core.py"], "billing.auth.core", "src/shop/billing/auth/core.py"),
        (["src/my_api/x.py", "src/my-api/x.py"], "my-api", "src/my-api"),
    ],
)
def test_a_name_leads_to_its_sources(tmp_path: Path, paths: list[str], name: str, where: str) -> None:
    root = plant(tmp_path, *paths)
    assert sources(root, find(root, name)) == [where]


def test_a_component_says_how_it_was_found(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/api.py", "src/auth/test_api.py", "src/billing.py")
    auth = find(root, "auth")
    assert (auth.name, auth.found_by, auth.imports) == ("auth", "src/auth/", ("auth", "src.auth"))
    assert auth.files == (root / "src/auth/api.py",)
    assert find(root, "billing").found_by == "src/billing.py"


@pytest.mark.parametrize(
    ("paths", "name", "places"),
    [
        (["src/a/auth.py", "src/b/auth.py"], "auth", "a.auth (src/a/auth.py), b.auth (src/b/auth.py)"),
        (["src/auth.py", "src/auth/x.py"], "auth", "auth (src/auth/), auth (src/auth.py)"),
        (["src/my_api.py", "src/MyApi.py"], "my-api", "MyApi (src/MyApi.py), my_api (src/my_api.py)"),
    ],
)
def test_a_name_that_fits_two_parts_is_refused_with_both(
    tmp_path: Path, paths: list[str], name: str, places: str
) -> None:
    assert refusal(plant(tmp_path, *paths), [name]) == (
        f"component {name!r} is ambiguous: {places}; use a dotted name, or set tool.maturity.components.{name}.sources",
    )


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("orchestrator", "did you mean 'orchestration'?"),
        ("ORCHESTRATOR", "did you mean 'orchestration'?"),
        ("bilings", "did you mean 'billing'?"),
        ("zzz", "there are: billing, orchestration"),
        ("orchestration.zzz", "did you mean 'orchestration', 'orchestration.core'?"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(tmp_path: Path, name: str, hint: str) -> None:
    root = plant(tmp_path, "src/orchestration/core.py", "src/billing.py")
    assert refusal(root, [name]) == (f"unknown component {name!r} in src; {hint}",)


@pytest.mark.parametrize(
    "name",
    ["../../x", "/etc", "a/b", "a\\b", "", " ", "a\0b", "auth\n", "\nauth", "x" * 101, "-rf", ".", "..", "a..b", "a.",
     "\u0430uth", "auth\u202e", "a b", "~", "*", "${HOME}", "<b>", "\ud800"],
)  # fmt: skip
def test_a_hostile_name_is_refused_before_any_path_is_made_of_it(tmp_path: Path, name: str) -> None:
    root = plant(tmp_path, "src/auth/x.py")
    (problem,) = refusal(root, [name])
    assert "cannot be a component's name: letters, digits, '_', '-', and '.' between parts" in problem
    assert problem.isprintable()
    assert len(problem) < 250


def test_the_order_of_all_is_that_of_the_tree_whichever_components_are_configured(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/a/x.py", "src/b_c/x.py", "src/d/x.py", "tools/t.py")
    assert finder(root).list_names() == ["a", "b_c", "d"]
    assert finder(root, {"d": {}, "b-c": {}}).list_names() == ["a", "b-c", "d"]
    extra = {"t": {"sources": ("tools",)}, "a": {}}
    assert finder(root, extra).list_names() == ["a", "b_c", "d", "t"]


def test_excluded_components_are_left_out_of_all_and_of_nothing_else(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "src/auth_demo/x.py", "src/old_api/x.py", "src/shop/x.py")
    found = finder(root, exclude=("*_demo", "Old-Api"))
    assert [one.name for one in found.find_components(["all"])] == ["auth", "shop"]
    assert found.excluded == ("auth_demo", "old_api")
    assert [one.name for one in found.find_components(["old_api"])] == ["old_api"]
    assert list(found.find_unused_exclusions()) == []


def test_an_exclusion_of_nothing_or_of_everything_is_refused(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "src/shop/x.py")
    assert list(finder(root, exclude=("auht", "x*")).find_unused_exclusions()) == [
        "policy.exclude: there is no component 'auht' (did you mean 'auth'?)",
        "policy.exclude: there is no component 'x*'",
    ]
    assert refusal(root, ["all"], exclude=("*",)) == ("policy.exclude: leaves no component for 'all'",)


@pytest.mark.parametrize("name", ["http_server", "HttpServer", "http-server", "httpserver", "HTTPServer"])
@pytest.mark.parametrize("part", ["http_server", "httpserver", "deep/http_server", "deep/httpserver"])
def test_another_way_to_write_a_name_leads_to_the_component(tmp_path: Path, part: str, name: str) -> None:
    root = plant(tmp_path, f"src/app/{part}.py", "src/app/other.py")
    found = finder(root)
    problems: list[str] = []
    components = collect_problems(problems, lambda: found.find_components([name])) or ()
    is_hinted = any(f"did you mean '{part.rpartition('/')[2]}'" in problem for problem in problems)
    assert is_hinted or [sources(root, one) for one in components] == [[f"src/app/{part}.py"]]


def test_the_settings_of_a_dotted_name_are_those_of_the_part_that_a_short_name_leads_to(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/attr/validators.py", "src/attrs/core.py", "tests/checks/test_x.py")
    settings = {"attr.validators": {"tests": ("tests/checks",)}}
    found = claims(root, ["validators"], settings)
    assert found == {"attr.validators": {"tests/checks/test_x.py": "tests in the configuration"}}
    assert claims(root, ["validators", "attr.validators"], settings) == found
    assert list(claims(root, ["Validators"], {"validators": {"aliases": ("x",)}})) == ["Validators"]


def test_all_bad_names_are_reported_together(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "src/a/one.py", "src/b/one.py")
    assert len(refusal(root, ["zzz", "../x", "one", "auth"], {"gone": {}})) == 4


def test_explicit_sources_win(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "legacy/login/a.py", "legacy/sso.py")
    found = find(root, "auth", {"auth": {"sources": ("legacy/login", "legacy/s*.py", "legacy/login")}})
    assert sources(root, found) == ["legacy/login", "legacy/sso.py"]
    assert found.files == (root / "legacy/login/a.py", root / "legacy/sso.py")
    assert found.found_by == "sources in the configuration"


@pytest.mark.parametrize(
    "source", ["missing", "mis*", "..", "../outside", "/etc", "src/../../outside", "x" * 5000, "/*"]
)
def test_an_explicit_source_that_is_not_in_the_project_is_refused(tmp_path: Path, source: str) -> None:
    root = plant(tmp_path / "project", "src/auth.py")
    plant(tmp_path / "outside", "x.py")
    (problem,) = refusal(root, ["auth"], {"auth": {"sources": ("src/auth.py", source)}})
    assert problem.startswith("component 'auth': its source ")
    assert problem.endswith(" is not a path in the project")


def test_every_explicit_source_that_is_not_in_the_project_is_refused(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth.py")
    assert refusal(root, ["auth"], {"auth": {"sources": ("gone", "src/auth.py", "..")}}) == (
        "component 'auth': its source gone is not a path in the project",
        "component 'auth': its source .. is not a path in the project",
    )


def test_a_component_that_is_a_link_out_of_the_project_is_refused(tmp_path: Path) -> None:
    root = plant(tmp_path / "project", "src/billing/x.py", "tests/test_auth.py")
    plant(tmp_path / "outside", "auth/x.py")
    (root / "src" / "auth").symlink_to(tmp_path / "outside" / "auth")
    leads = f"component 'auth' leads out of the project, to {tmp_path / 'outside' / 'auth'}"
    assert refusal(root, ["auth"]) == (leads,)
    assert refusal(root, ["all"]) == (leads,)
    assert refusal(root, ["auth"], {"auth": {"sources": ("src/auth",)}}) == (
        "component 'auth': its source src/auth is not a path in the project",
    )


def test_a_link_inside_the_project_is_the_same_component(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py")
    (root / "src" / "login").symlink_to(root / "src" / "auth")
    assert [one.name for one in finder(root).find_components(["login", "auth"])] == ["login"]


def test_an_alias_leads_to_the_sources_and_to_the_tests(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/login/x.py", "tests/test_signon.py")
    found = claims(root, ["auth"], {"auth": {"aliases": ("login", "signon")}})
    assert found == {"auth": {"tests/test_signon.py": "file test_signon.py, by alias"}}


def test_all_is_every_component_once(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "src/billing.py", "legacy/x.py")
    configured = {"old": {"sources": ("legacy",)}, "Auth": {}}
    names = [one.name for one in finder(root, configured).find_components(["all"])]
    assert names == ["Auth", "billing", "old"]


def test_all_leaves_out_none_of_two_parts_with_one_name(tmp_path: Path) -> None:
    root = plant(tmp_path, *(f"packages/{name}/src/{part}.py" for name in "ab" for part in ("core", "extra")))
    names = [one.name for one in finder(root).find_components(["all"])]
    assert sorted(names) == ["a.core", "a.extra", "b.core", "b.extra"]


def test_all_does_not_swallow_an_unknown_name(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "src/billing.py")
    assert refusal(root, ["all", "zzz"]) == ("unknown component 'zzz' in src; there are: auth, billing",)


def test_all_of_nothing_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, ["all"]) == ("there is no component in .",)


def test_two_spellings_of_one_name_are_one_component(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/my_api/x.py")
    assert [one.name for one in finder(root).find_components(["my-api", "MyApi", "my_api", "my-api"])] == ["my-api"]


def test_a_dotted_name_does_not_take_the_configuration_of_another_component(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/api.py", "src/other.py")
    found = find(root, "auth.api", {"auth_api": {"sources": ("src/other.py",)}})
    assert sources(root, found) == ["src/auth/api.py"]


@pytest.mark.parametrize(("key", "pattern"), [("sources", "scr"), ("tests", "tets"), ("sources", ".."), ("tests", "/")])
def test_a_configured_place_that_is_not_in_the_project_is_refused(tmp_path: Path, key: str, pattern: str) -> None:
    root = plant(tmp_path / "project", "src/auth.py", "tests/test_auth.py")
    assert f"policy.{key}: {pattern} is not a directory in the project" in refusal(
        root, ["auth"], None, **{key: (pattern,)}
    )


# ── tests ────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("test", "rule"),
    [
        ("tests/auth/test_x.py", "directory tests/auth/"),
        ("tests/unit/auth/deep/test_x.py", "directory tests/unit/auth/"),
        ("tests/test_auth.py", "file test_auth.py"),
        ("tests/unit/test_auth.py", "file test_auth.py"),
        ("tests/test_auth_login.py", "file test_auth_login.py"),
        ("tests/auth_test.py", "file auth_test.py"),
        ("test/test_auth.py", "file test_auth.py"),
        ("src/auth/test_x.py", "among the component's sources"),
        ("src/auth/tests/test_x.py", "among the component's sources"),
        ("src/auth/tests/test_billing.py", "among the component's sources"),
        ("src/test_auth.py", "file test_auth.py"),
        ("tests/auths/test_x.py", "directory tests/auths/, by plural"),
        ("tests/Auth/test_x.py", "directory tests/Auth/"),
        ("tests/test__auth.py", "file test__auth.py"),
        ("tests/test_Auth.py", "file test_Auth.py"),
    ],
)
def test_a_test_file_is_claimed_with_its_rule(tmp_path: Path, test: str, rule: str) -> None:
    root = plant(tmp_path, "src/auth/core.py", "src/billing/core.py", test)
    assert claims(root, ["auth", "billing"]) == {"auth": {test: rule}, "billing": {}}


@pytest.mark.parametrize(
    "test",
    ["tests/unit/test_x.py", "tests/integration/test_x.py", "tests/test_author.py", "tests/author/test_x.py",
     "tests/test_oauth.py", "tests/test_login_auth.py", "tests/authx/test_x.py", "docs/test_auth.py",
     "tests/auth/helper.py", "tests/auth/conftest.py"],
)  # fmt: skip
def test_what_is_not_named_after_a_component_is_not_claimed(tmp_path: Path, test: str) -> None:
    root = plant(tmp_path, "src/auth/core.py", "src/unit/core.py", "src/integration/core.py", test)
    assert claims(root, ["auth"]) == {"auth": {}}
    assert not claims(root, ["unit", "integration"])["unit"]


@pytest.mark.parametrize(
    ("parts", "test", "owner"),
    [
        (["auth", "auth_api"], "tests/test_auth_api_x.py", "auth_api"),
        (["auth", "auth_api"], "tests/test_auth_x.py", "auth"),
        (["auth", "auth_api"], "tests/auth/test_auth_api.py", "auth_api"),
        (["auth", "auth_api"], "tests/auth/test_api.py", "auth"),
        (["auth", "auth_api"], "tests/auth_api/test_auth.py", "auth_api"),
        (["auth", "author"], "tests/test_author.py", "author"),
        (["auth", "author"], "tests/test_auth.py", "auth"),
        (["user", "users"], "tests/test_user.py", "user"),
        (["user", "users"], "tests/test_users.py", "users"),
        (["user", "users"], "tests/users/test_x.py", "users"),
        (["auth", "billing"], "tests/billing/test_auth.py", "billing"),
        (["auth", "billing"], "tests/auth/billing/test_x.py", "billing"),
        (["parser", "parsing"], "tests/test_parsing.py", "parsing"),
        (["number", "numb"], "tests/test_number.py", "number"),
        (["state", "station"], "tests/test_station.py", "station"),
        (["my_api", "my"], "tests/my-api/test_x.py", "my_api"),
    ],
)
def test_the_most_specific_component_claims_a_file(tmp_path: Path, parts: list[str], test: str, owner: str) -> None:
    root = plant(tmp_path, *(f"src/{part}/core.py" for part in parts), test)
    found = claims(root, parts)
    assert {name for name, tests in found.items() if tests} == {owner}
    for part in parts:  # judged alone or together
        assert claims(root, [part])[part].keys() == found[part].keys()


def test_a_part_of_another_component_and_a_component_of_the_same_name(tmp_path: Path) -> None:
    root = plant(
        tmp_path, "src/auth/core.py", "src/billing/auth.py", "src/billing/core.py",
        "tests/billing/test_auth.py", "tests/test_auth.py",
    )  # fmt: skip
    found = claims(root, ["auth", "billing", "billing.auth"])
    assert {name: list(tests) for name, tests in found.items()} == {
        "auth": ["tests/test_auth.py"],
        "billing": ["tests/billing/test_auth.py"],
        "billing.auth": ["tests/billing/test_auth.py"],
    }


def test_the_tests_of_a_project_folder_are_its_own(tmp_path: Path) -> None:
    root = plant(
        tmp_path, "packages/auth/src/auth/x.py", "packages/auth/tests/test_billing.py",
        "packages/billing/src/billing/x.py", "packages/billing/tests/test_y.py", "tests/test_auth.py",
    )  # fmt: skip
    assert claims(root, ["auth", "billing"]) == {
        "auth": {
            "packages/auth/tests/test_billing.py": "among the component's sources",
            "tests/test_auth.py": "file test_auth.py",
        },
        "billing": {"packages/billing/tests/test_y.py": "among the component's sources"},
    }


def test_real_ambiguity_is_refused_with_the_candidates(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/a/auth.py", "src/b/auth.py", "tests/test_auth.py")
    assert refusal(root, ["a.auth"]) == (
        "tests/test_auth.py could belong to 'a.auth' or to 'b.auth'; set tests in tool.maturity.components.\"a.auth\"",
    )
    assert claims(root, ["a.auth"], {"a.auth": {"tests": ("tests/test_auth.py",)}}) == {
        "a.auth": {"tests/test_auth.py": "tests in the configuration"}
    }


def test_explicit_tests_win_over_every_guess(tmp_path: Path) -> None:
    root = plant(
        tmp_path, "src/auth/x.py", "src/billing/x.py", "tests/test_auth.py", "tests/test_billing.py",
        "tests/flows/test_x.py", "tests/flows/data.py",
    )  # fmt: skip
    found = claims(root, ["auth", "billing"], {"billing": {"tests": ("tests/flows", "tests/test_a*.py")}})
    explicit = "tests in the configuration"
    assert found == {"auth": {}, "billing": {"tests/flows/test_x.py": explicit, "tests/test_auth.py": explicit}}


@pytest.mark.parametrize(
    ("path", "problem"),
    [
        ("tests/test_auht.py", "does not exist (did you mean 'tests/test_auth.py'?)"),
        ("zzz", "does not exist"),
        ("tests/empty", "holds no test file"),
        ("../outside", "is not in the project"),
        ("../outside/test_auth.py", "is not in the project"),
    ],
)
def test_an_explicit_test_path_that_leads_nowhere_is_refused(tmp_path: Path, path: str, problem: str) -> None:
    root = plant(tmp_path / "project", "src/auth/x.py", "tests/test_auth.py", "tests/empty/data.txt")
    plant(tmp_path / "outside", "test_auth.py")
    assert refusal(root, ["auth"], {"auth": {"tests": (path,)}}) == (
        f"component 'auth': its test path {path} {problem}",
    )


def test_a_marker_claims_a_file_whatever_its_name(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/x.py", "src/my_api/x.py", "tests/x.py")
    plant(root, tests__test_flow="@pytest.mark.maturity_component('auth', 'MyApi')\ndef test(): ...\n")
    marked = {"tests/test_flow.py": "marker maturity_component"}
    assert claims(root, ["auth", "my-api"]) == {"auth": marked, "my-api": marked}


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("import auth", "imports auth"),
        ("import auth.core", "imports auth"),
        ("from auth.core import x", "imports auth"),
        ("from src.auth import core", "imports src.auth"),
        ("from src import auth", "imports src.auth"),
        ("import authx", None),
        ("import other.auth", None),
        ("from . import auth", None),
    ],
)
def test_imports_lead_to_the_tests_where_no_name_does(tmp_path: Path, text: str, rule: str | None) -> None:
    root = plant(tmp_path, "src/auth/core.py", "tests/x.py")
    plant(root, tests__test_flow=text)
    assert claims(root, ["auth"])["auth"] == ({"tests/test_flow.py": rule} if rule else {})
    plant(root, "tests/test_auth.py")
    assert claims(root, ["auth"])["auth"] == {"tests/test_auth.py": "file test_auth.py"}


def test_imports_do_not_take_what_was_given_to_another(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/core.py", "src/billing.py", "tests/x.py")
    plant(root, tests__test_flow="import auth")
    assert claims(root, ["auth"], {"billing": {"tests": ("tests/test_flow.py",)}}) == {"auth": {}}


def importers(root: Path, components: Mapping[str, Any] | None = None) -> tuple[list[str], list[str]]:
    """Returns the test files of auth, and those that import it and are not counted."""
    found = finder(root, components)
    (auth,) = found.find_tests(found.find_components(["auth"]))
    tests = [claim.path.name for claim in auth.tests]
    return tests, [path.name for path in auth.importers]


def test_importers_without_a_components_name_are_listed_and_can_be_counted(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/auth/core.py", "src/billing.py", "tests/test_auth.py")
    plant(root, tests__test_auth="import auth", tests__test_audit="import auth", tests__test_billing="import auth")
    plant(root, tests__test_other="import os  # auth")
    assert importers(root) == (["test_auth.py"], ["test_audit.py"])
    assert importers(root, {"auth": {"tests_also": "imports"}}) == (["test_audit.py", "test_auth.py"], [])
    assert importers(root, {"auth": {"tests": ("tests/test_auth.py",)}}) == (["test_auth.py"], [])
    both = {"tests": ("tests/test_auth.py",), "tests_also": "imports"}
    assert importers(root, {"auth": both}) == (["test_audit.py", "test_auth.py"], [])
    given = {"auth": {}, "billing": {"tests": ("tests/test_audit.py",)}}
    assert importers(root, given) == (["test_auth.py"], [])


def test_a_test_file_found_by_import_has_the_part_that_its_name_names(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/shop/auth.py", "src/shop/auth_component.py", "tests/test_flow.py")
    plant(root, tests__test_auth_component="from shop.auth import x", tests__test_flow="from shop.auth import x")
    found = finder(root)
    (auth,) = found.find_tests(found.find_components(["auth"]))
    assert [(claim.path.name, claim.named_part) for claim in auth.tests] == [
        ("test_auth_component.py", "shop.auth_component"),
        ("test_flow.py", ""),
    ]


def test_relative_imports_count_from_where_the_file_lies(tmp_path: Path) -> None:
    root = plant(tmp_path, "shop/auth/core.py", "shop/__init__.py", "shop/checks/test_flow.py")
    plant(root, shop__checks__test_flow="from ..auth import core")
    assert claims(root, ["auth"]) == {"auth": {"shop/checks/test_flow.py": "imports shop.auth"}}


def test_a_plugins_spellings_lead_to_tests(tmp_path: Path) -> None:
    root = plant(tmp_path, "src/billing/x.py", "tests/test_checkout.py")
    found = finder(root)
    (component,) = found.find_components(["billing"])
    (judged,) = found.find_tests([component], name_variants=lambda name: ["checkout"] if name == "billing" else [])
    assert [claim.rule for claim in judged.tests] == ["file test_checkout.py, by pytest_maturity_name_variants"]
    assert judged.spellings["checkout"] == "pytest_maturity_name_variants"


# ── several parts of one name ────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "owner"),
    [
        ("from a.auth import x", "a.auth"),
        ("import b.auth", "b.auth"),
        ("import c", None),
        ("import a.auth, b.auth", None),
    ],
)
def test_the_imports_of_a_test_file_settle_to_whom_it_belongs(tmp_path: Path, text: str, owner: str | None) -> None:
    root = plant(tmp_path, "src/a/auth.py", "src/b/auth.py", "tests/test_auth.py")
    plant(root, tests__test_auth=text)
    if owner is None:
        assert "could belong to 'a.auth' or to 'b.auth'" in refusal(root, ["a.auth"])[0]
        assert "component 'auth' is ambiguous" in refusal(root, ["auth"])[0]
        return
    other = "b.auth" if owner == "a.auth" else "a.auth"
    assert claims(root, [owner, other]) == {
        owner: {"tests/test_auth.py": "file test_auth.py, which imports it"}, other: {},
    }  # fmt: skip
    component = find(root, "auth")
    path = owner.replace(".", "/")
    assert (sources(root, component), component.found_by) == (
        [f"src/{path}.py"], f"src/{path}.py, which tests/test_auth.py imports",
    )  # fmt: skip


def test_a_test_among_another_parts_sources_is_no_importer(tmp_path: Path) -> None:
    root = plant(tmp_path, "shop/tax.py", "tools_of_ours/helper.py", "tools_of_ours/test_flow.py")
    plant(root, tools_of_ours__test_flow="import shop.tax")
    assert claims(root, ["tax"]) == {"tax": {}}


# ── what was meant ───────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("src/shop/apps/basket.py", "(did you mean 'shop.apps.basket'?)"),
        ("./src/shop/apps/", "(did you mean 'shop.apps'?)"),
        ("src/shop/apps/basket", "(did you mean 'shop.apps.basket'?)"),
        ("src/shop/apps/__init__.py", "(did you mean 'shop.apps'?)"),
        ("tests/test_basket.py::test_a", "(did you mean 'basket'?)"),
        ("apps,shop", "(did you mean --maturity-component apps --maturity-component shop?)"),
        ("lib/apps", "(did you mean 'apps'?)"),
        ("shop.apps.baskets", "did you mean 'shop.apps.basket', "),
        ("http_server", "did you mean 'httpserver'?"),
        ("HttpServer", "did you mean 'httpserver'?"),
    ],
)
def test_a_message_names_what_was_probably_meant(tmp_path: Path, name: str, hint: str) -> None:
    root = plant(tmp_path, "src/shop/apps/basket.py", "src/shop/__init__.py", "src/shop/httpserver.py")
    (problem,) = refusal(root, [name])
    assert hint in problem


def test_a_long_list_of_candidates_is_cut(tmp_path: Path) -> None:
    root = plant(tmp_path, *(f"src/p{number}/auth.py" for number in range(23)))
    (problem,) = refusal(root, ["auth"])
    assert problem.count("src/p") == 20
    assert ", and 3 more; use a dotted name" in problem


def test_the_components_that_one_imports_are_found_by_the_closest_name(tmp_path: Path) -> None:
    root = plant(
        tmp_path,
        "src/acme/__init__.py",
        src__shop="import os, bank.accounts\nfrom acme.auth import login\nfrom . import own\n",
        src__bank__accounts="import shop\n",
        src__bank____init__="from bank import accounts\n",
        src__acme__auth="import acme.other\n",
    )
    found = finder(root, {"auth": {"sources": ("src/acme/auth.py",)}})
    judged = found.find_components(["shop", "bank", "auth"])
    assert found.find_dependencies(judged, ["gone"]) == {"shop": ("auth", "bank"), "bank": ("shop",), "auth": ()}
    (shop,) = finder(root).find_components(["shop"])
    assert finder(root).find_dependencies([shop], []) == {"shop": ("acme", "bank")}
    assert finder(root).find_dependencies([shop], ["acme.auth"]) == {"shop": ("acme.auth", "bank")}
