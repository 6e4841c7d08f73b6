"""The rules that every page keeps, checked in its text."""

from __future__ import annotations

import re
import unicodedata
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "wbr", "br"})
TAGS = VOID | {
    *("html", "head", "title", "style", "body", "header", "main", "footer", "section", "div", "p", "span", "b", "bdi"),
    *("small", "code", "pre", "h1", "h2", "h3", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "a"),
    *("details", "summary", "svg", "defs", "pattern", "path", "rect", "circle", "text"),
}
POLICY = re.compile(
    r"default-src 'none'; style-src 'sha256-([^']+)'; img-src data:; base-uri 'none'; form-action 'none'"
)


class Page(HTMLParser):
    """A page as a browser reads it; raises AssertionError where it breaks a rule."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.attributes: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.style = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        self.attributes.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("path", "rect", "circle"), tag
        self.attributes.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] == ["style"]:
            self.style += data
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        assert data.startswith(" pytest-maturity ")

    @property
    def text(self) -> str:
        """All that is shown."""
        return "".join(self.texts)

    def values(self, name: str) -> list[str]:
        """The values of an attribute, in their order."""
        return [attributes[name] for _, attributes in self.attributes if name in attributes]


def check(page: str) -> Page:
    """Returns the page, which keeps all rules: well-formed, unique ids, whole links, nothing requested, nothing run."""
    found = Page(page)
    for tag, attributes in found.attributes:
        wrong = [name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset", "action")]
        assert not wrong, (tag, wrong)
    ids = Counter(found.values("id"))
    assert [one for one, count in ids.items() if count > 1] == []
    for tag, attributes in found.attributes:
        if "href" in attributes:
            target = attributes["href"]
            assert target.startswith("data:image/svg+xml,") if tag == "link" else target.startswith("#")
            assert tag == "link" or target == "#" or target[1:] in ids
        if "aria-labelledby" in attributes:
            assert attributes["aria-labelledby"] in ids
    policy = next(one["content"] for _, one in found.attributes if one.get("http-equiv") == "Content-Security-Policy")
    matched = POLICY.fullmatch(policy)
    assert matched
    assert matched[1] == b64encode(sha256(found.style.encode()).digest()).decode()
    assert "url(" not in found.style.replace("url(#hatch)", "")
    assert "@import" not in found.style
    assert all(char.isprintable() or char == "\n" or unicodedata.category(char) == "Zs" for char in page)
    assert len(re.findall("<h1[ >]", page)) >= 1
    return found
