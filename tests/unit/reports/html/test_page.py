"""The skeleton of every page."""

from __future__ import annotations

import re

import pytest

from pytest_maturity.reports.html.page import STYLE, make_icon, make_page, read_style
from tests.unit.reports.html.checks import check


@pytest.mark.parametrize("verdict", ["PROMOTE", "HOLD", "INCONCLUSIVE", "INCOMPLETE"])
def test_a_page_allows_its_style_and_its_icon_alone(verdict: str) -> None:
    page = make_page(kind="run", verdict=verdict, title="</title><b>", top="", main="<h1>x</h1>", footer=".")
    found = check(page)
    assert page.startswith("<!doctype html>\n<!-- pytest-maturity run -->\n<html")
    assert "</title><b>" in found.text
    assert found.values("href")[0] == make_icon(verdict)
    assert found.values("lang") == ["en"]


def test_a_colour_is_named_once_for_light_dark_and_forced_colours() -> None:
    style = STYLE.read_text("utf-8")
    colours = re.findall(r"(--[a-z-]+):", style)
    assert all(colours.count(one) == 3 for one in colours)
    assert set(re.findall(r"var\((--[a-z-]+)\)", style)) <= set(colours)
    assert read_style().count("{") == read_style().count("}")
    assert "\n" not in read_style()


def test_the_colours_have_contrast_in_both_themes() -> None:
    light, dark, forced = re.findall(r":root \{(.*?)\}", read_style())
    assert "#" not in forced  # the colours of the reader's system
    for theme in (light, dark):
        colours = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6})", theme))
        for status in ("passed", "failed", "unknown", "waived"):
            for ground in ("page", "soft", f"{status}-tint"):
                assert contrast(colours[status], colours[ground]) >= 4.5, (status, ground)
        for word in ("ink", "dim", "link"):
            assert min(contrast(colours[word], colours[ground]) for ground in ("page", "soft")) >= 4.5


def contrast(first: str, second: str) -> float:
    """Returns the contrast of two colours as WCAG defines it."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(2 * one for one in colour[1:])
    parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [one / 12.92 if one <= 0.04045 else ((one + 0.055) / 1.055) ** 2.4 for one in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
