"""Names that are written in different ways."""

from __future__ import annotations

import pytest

from pytest_maturity.model.names import component_table, file_name, identity, insert_name, normalize


@pytest.mark.parametrize(
    ("name", "normal"),
    [
        ("my_api", "my_api"),
        ("my-api", "my_api"),
        ("my.api", "my_api"),
        ("my api", "my_api"),
        ("MyApi", "my_api"),
        ("myApi", "my_api"),
        ("_my_api_", "my_api"),
        ("MY_API", "my_api"),
        ("HTTPServer", "http_server"),
        ("http2Server", "http2_server"),
        ("v2", "v2"),
        ("API", "api"),
        ("A", "a"),
        ("", ""),
        ("__", ""),
        ("a--b", "a__b"),
    ],
)
def test_a_name_is_normal_in_lower_case_with_underscores(name: str, normal: str) -> None:
    assert normalize(name) == normal
    assert normalize(normal) == normal


@pytest.mark.parametrize(("first", "second"), [("auth-api", "AuthApi"), ("Auth.api", "auth.API"), ("_a.b", "a.b")])
def test_two_spellings_of_one_name_are_identical(first: str, second: str) -> None:
    assert identity(first) == identity(second)


def test_the_dots_of_a_name_count() -> None:
    assert identity("auth.api") == "auth.api"
    assert identity("auth.api") != identity("auth_api")


@pytest.mark.parametrize(
    ("name", "table"),
    [("auth", "tool.maturity.components.auth"), ("auth.api", 'tool.maturity.components."auth.api"')],
)
def test_the_table_of_a_component_quotes_a_name_with_a_dot(name: str, table: str) -> None:
    assert component_table(name) == table


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("auth", "auth"),
        ("con", "con_"),
        ("AUX.api", "AUX_.api"),
        ("prn", "prn_"),
        ("nul", "nul_"),
        ("com1", "com1_"),
        ("lpt0.x", "lpt0_.x"),
        ("com", "com"),
        ("com10", "com10"),
        ("console", "console"),
        ("my.con", "my.con"),
    ],
)
def test_a_file_is_not_named_like_a_device_of_windows(name: str, file: str) -> None:
    assert file_name(name) == file


def test_a_name_takes_the_place_of_the_placeholder() -> None:
    assert insert_name("a/{component}/b_{component}", "x") == "a/x/b_x"
    assert insert_name("a/b", "x") == "a/b"
