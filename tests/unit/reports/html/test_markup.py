"""Foreign text is inert in a page, whatever it is."""

from __future__ import annotations

import pytest

from pytest_maturity.reports.html.markup import code, fold, limited, make_id, name, rows, sign, table, text
from tests.hostile import HOSTILE, is_harmless


@pytest.mark.parametrize("value", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_is_inert(value: str) -> None:
    for made in (text(value), name(value).removeprefix("<bdi>").removesuffix("</bdi>")):
        assert not {"<", ">", '"', "'"} & {*made}
        assert is_harmless(f"x{made}")
    plain = code(value).replace("<wbr>", "").removeprefix("<code>").removesuffix("</code>")
    assert plain == text(value)


def test_two_names_never_have_one_id() -> None:
    names = ["a b", "a.b", "a-b", "a.20.b", "main", "A B", "\u00e4", *HOSTILE.values()]
    ids = {make_id(one) for one in names}
    assert len(ids) == len(set(names))
    assert all(one.startswith("c-") and not any(char.isspace() for char in one) for one in ids)
    assert "main" not in ids


def test_paths_break_after_slashes_and_before_tests() -> None:
    assert code("a/b.py::test") == "<code>a/<wbr>b.py<wbr>::test</code>"
    assert code("::x") == "<code>\\x3a:x</code>"


def test_a_sign_says_its_status_to_a_screen_reader() -> None:
    assert "✗" in sign("failed")
    assert '<span class="spoken"> failed</span>' in sign("failed")


def test_what_is_left_out_is_counted() -> None:
    assert limited(["a", "b", "c"], 3, "FILE") == ["a", "b", "c"]
    assert limited(["a", "b", "c"], 1, "FILE")[1:] == ['<span class="dim">and 2 more in FILE</span>']
    assert rows([]) == ""


def test_a_table_stays_a_table_when_it_is_stacked() -> None:
    made = table((("gate", ""), ("<n>", "number")), [("lint", "3"), ("types", "")], "gates")
    assert made.count('role="row"') == 3
    assert 'role="rowheader">lint</th><td role="cell" class="number" data-head="&lt;n&gt;">3</td>' in made
    assert '<td role="cell" class="number"></td>' in made


def test_a_part_that_opens_says_what_is_in_it() -> None:
    assert fold("Tests", "3", "x") == '<details><summary>Tests <span class="dim">3</span></summary>x</details>'
    assert fold("Tests", "3", "x", is_open=True).startswith("<details open>")
