"""A place is a link where the CI service says where its files are, and its name otherwise."""

from __future__ import annotations

import pytest

from pytest_maturity.reports.formats.links import Links, find_links

GITHUB = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "acme/settle", "GITHUB_RUN_ID": "121"}
GITLAB = {
    "CI_PROJECT_URL": "https://gitlab.com/acme/settle",
    "CI_PIPELINE_URL": "https://gitlab.com/acme/settle/-/pipelines/7",
}


def test_github() -> None:
    links = find_links(GITHUB, "abc")
    assert links == Links(
        "acme/settle", "https://github.com/acme/settle/blob/abc", "https://github.com/acme/settle/actions/runs/121"
    )
    assert links.link("src/a b.py", 7) == "[`src/a b.py:7`](https://github.com/acme/settle/blob/abc/src/a%20b.py#L7)"


def test_gitlab() -> None:
    links = find_links(GITLAB, "abc")
    assert (links.repository, links.run) == ("acme/settle", "https://gitlab.com/acme/settle/-/pipelines/7")
    assert links.link("a.py") == "[`a.py`](https://gitlab.com/acme/settle/-/blob/abc/a.py)"


@pytest.mark.parametrize(
    "environment", [{}, {"GITHUB_SERVER_URL": "https://github.com"}, {"CI_PROJECT_URL": "ftp://x"}]
)
def test_elsewhere_a_place_is_its_name(environment: dict[str, str]) -> None:
    assert find_links(environment, "abc") == Links()
    assert find_links(environment, "abc").link("a.py", 7) == "`a.py:7`"


def test_without_a_commit_there_is_no_link_to_a_file() -> None:
    assert find_links(GITHUB, None).link("a.py") == "`a.py`"
    assert find_links(GITLAB, None).link("a.py") == "`a.py`"


@pytest.mark.parametrize("address", ["https://x/)[y](http://z", "https://x y", "javascript:alert(1)", "https://x\ny"])
def test_an_address_that_is_none_is_not_linked(address: str) -> None:
    assert find_links({"GITHUB_SERVER_URL": address, "GITHUB_REPOSITORY": "a/b"}, "abc").files == ""
    assert find_links({"CI_PROJECT_URL": address}, "abc").files == ""
