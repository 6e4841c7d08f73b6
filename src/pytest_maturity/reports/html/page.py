"""The skeleton of a page: what every page has around its content, and its style.

A page requests nothing and runs nothing: its Content-Security-Policy allows its own style sheet and its own icon.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from ...model.version import VERSION
from .markup import text

BEGINNING = "<!doctype html>\n<!-- pytest-maturity "
STYLE = Path(__file__).with_name("style.css")
COLOURS = {"PROMOTE": "0a6843", "HOLD": "ad241b"}
SHAPES = {"PROMOTE": "M4 8.5l3 3 5-7", "HOLD": "M5 5l6 6m0-6l-6 6"}
UNKNOWN_COLOUR, UNKNOWN_SHAPE = "765000", "M5.5 6a2.5 2.5 0 1 1 3.5 2.3q-1 .5-1 1.7m0 1.6v1"


@cache
def read_style() -> str:
    """Returns the style sheet, without what a browser does not need."""
    return re.sub(r"\s+", " ", STYLE.read_text(encoding="utf-8")).strip()


@cache
def make_policy() -> str:
    """Returns the Content-Security-Policy: nothing is allowed but this style sheet and an icon in the page."""
    digest = b64encode(sha256(read_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def make_icon(verdict: str) -> str:
    """Returns the icon of the tab as a data: URI: the sign of the verdict on its colour."""
    colour, shape = COLOURS.get(verdict, UNKNOWN_COLOUR), SHAPES.get(verdict, UNKNOWN_SHAPE)
    return (
        "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
        f"%3Crect width='16' height='16' rx='3' fill='%23{colour}'/%3E"
        f"%3Cpath d='{shape}' fill='none' stroke='%23fff' stroke-width='2'/%3E%3C/svg%3E"
    )


def make_page(*, kind: str, verdict: str, title: str, top: str, main: str, footer: str) -> str:
    """Returns a whole page. `kind` says what it is about; `title` is plain text, the other parts are HTML."""
    page = (
        f'{BEGINNING}{kind} -->\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{make_policy()}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">'
        f"<title>{text(title)}</title>"
        f'<link rel="icon" href="{make_icon(verdict)}"><style>{read_style()}</style></head>\n'
        '<body><a class="skip" href="#main">Skip to the verdict</a>'
        '<svg width="0" height="0" aria-hidden="true" focusable="false"><defs><pattern id="hatch" width="6" height="6" '
        'patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6"/></pattern></defs></svg>\n'
        f'<header class="top">{top}</header>\n<main id="main">{main}</main>\n'
        f"<footer>Made by pytest-maturity {VERSION}{footer} Times are UTC.</footer></body></html>\n"
    )
    return page.replace("\N{NO-BREAK SPACE}", "&#160;")  # so that every character of the file is seen
