"""The pages in a real Chromium: nothing is requested, nothing runs, everybody can read them at every width."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.pages.browser import Browser
from tests.pages.conftest import PICTURES

PAGES = ("run", "dashboard", "empty dashboard", "hostile run", "hostile dashboard")
THEMES = ("light", "dark")
WIDTHS = (320, 640, 1280)
COMPONENT = "#c-orchestration"
SPACING = """
    for (const one of document.querySelectorAll("body *")) {
        one.style.lineHeight = "1.5"; one.style.letterSpacing = "0.12em"; one.style.wordSpacing = "0.16em";
    }
    for (const one of document.querySelectorAll("p")) one.style.marginBottom = "2em";
    """
WIDER = """
    return [...document.querySelectorAll("body *")].filter(one => one.getBoundingClientRect().right > innerWidth + 1
        && !one.closest(".scroll, .spoken, .skip, svg")).slice(0, 5).map(one => one.outerHTML.slice(0, 200));
    """

each_page = pytest.mark.parametrize("page", PAGES)


def check_width(browser: Browser) -> None:
    wide, shown = browser.run("return [document.documentElement.scrollWidth, innerWidth]")
    assert wide <= shown, browser.run(WIDER)


@each_page
def test_nothing_is_requested_and_nothing_is_complained_about(
    browser: Browser, pages: dict[str, Path], page: str
) -> None:
    browser.show(pages[page])
    assert browser.read_log("browser") == []
    assert [one for one in browser.list_requests() if not one.startswith("data:")] == [browser.shown]


@each_page
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_no_violation(
    browser: Browser, pages: dict[str, Path], axe: str, page: str, theme: str, width: int
) -> None:
    fragments = ["", COMPONENT] if page == "dashboard" else [""]
    for fragment in fragments:
        browser.show(pages[page], width, theme, fragment)
        browser.run(f"{axe}; window.axe = axe;")
        passed, violations = browser.run("""
            for (const one of document.querySelectorAll("details")) one.open = true;
            const result = await axe.run(document);
            const places = one => one.nodes.slice(0, 3).map(node => node.html.slice(0, 300));
            return [result.passes.map(one => one.id), result.violations.map(one => [one.id, places(one)])];
            """)
        assert violations == []
        assert {"color-contrast", "document-title", "html-has-lang"} <= {*passed}  # or else it looked at nothing


@each_page
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(browser: Browser, pages: dict[str, Path], page: str, width: int) -> None:
    browser.show(pages[page], width)
    browser.run('for (const one of document.querySelectorAll("details")) one.open = true;')
    check_width(browser)
    browser.run(SPACING)
    check_width(browser)


@pytest.mark.parametrize("page", ["dashboard", "hostile dashboard"])
def test_no_component_is_wider_than_the_screen(browser: Browser, pages: dict[str, Path], page: str) -> None:
    browser.show(pages[page], 320)
    places = browser.run('return [...document.querySelectorAll("section.component")].map(one => one.id)')
    assert len(places) >= 12
    for place in places:
        browser.run("location.hash = arguments[0]", f"#{place}")
        assert browser.run("return getComputedStyle(document.querySelector('.home')).display") == "none"
        assert browser.run("return getComputedStyle(document.getElementById(arguments[0])).display", place) == "block"
        check_width(browser)


@pytest.mark.parametrize("page", ["hostile run", "hostile dashboard"])
def test_hostile_text_makes_no_element_and_no_script(browser: Browser, pages: dict[str, Path], page: str) -> None:
    browser.show(pages[page])
    inert = "script, iframe, object, embed, img, form, input, button, base, [onclick], [onerror], [style]"
    assert browser.run("return document.querySelectorAll(arguments[0]).length", inert) == 0
    shown = browser.run("return document.body.textContent")
    assert "</script><script>alert(1)</script>" in shown
    assert "<b onclick=\"x('y')\">" in shown


def test_the_policy_stops_a_script_that_came_into_the_page(
    browser: Browser, pages: dict[str, Path], tmp_path: Path
) -> None:
    text = pages["run"].read_text("utf-8")
    broken = tmp_path / "broken.html"
    attack = '<script>document.title = "owned"</script><img src="https://evil.invalid/x.png">'
    broken.write_text(text.replace("<main ", f"{attack}<main ", 1), "utf-8")
    browser.show(broken)
    assert browser.run("return document.title") != "owned"
    log = [one["message"] for one in browser.read_log("browser")]
    assert sum("Content Security Policy" in one for one in log) >= 2


def test_the_dashboard_works_with_a_keyboard(browser: Browser, pages: dict[str, Path]) -> None:
    browser.show(pages["dashboard"])
    browser.press("Tab")
    assert browser.run("return document.activeElement.className") == "skip"
    first = browser.run('const found = document.querySelector(".ladder a"); found.focus(); return found.hash')
    browser.press("Enter")
    assert browser.run("return location.hash") == first
    assert browser.run("return document.querySelector(':target').checkVisibility()")
    assert not browser.run("return document.querySelector('.home').checkVisibility()")
    browser.run("history.back()")
    browser.run("return new Promise(done => setTimeout(done, 300))")
    assert browser.run("return document.querySelector('.home').checkVisibility()")


def test_a_printed_dashboard_has_every_component(browser: Browser, pages: dict[str, Path]) -> None:
    browser.show(pages["dashboard"])
    browser.command("Emulation.setEmulatedMedia", media="print")
    hidden = "return [...document.querySelectorAll('section.component')].filter(one => !one.checkVisibility()).length"
    assert browser.run(hidden) == 0
    browser.command("Emulation.setEmulatedMedia", media="")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [320, 1280])
def test_pictures_to_look_at(browser: Browser, pages: dict[str, Path], theme: str, width: int) -> None:
    for page, fragment in (("run", ""), ("dashboard", ""), ("dashboard", COMPONENT)):
        browser.show(pages[page], width, theme, fragment)
        path = PICTURES / f"{'component' if fragment else page}-{theme}-{width}.png"
        browser.photograph(path)
        assert path.stat().st_size > 10_000
