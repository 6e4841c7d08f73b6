"""Strings that attack the program that prints, stores or reads them. Every output is tested with the same table."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

TRACE = "INJECTED"  # at the start of a line, it shows that a string ended the line before

HOSTILE: Mapping[str, str] = MappingProxyType({
    # obeyed by a terminal
    "escape": "\x1b[31mred\x1b[0m",
    "erase the line": "fine\x1b[2K\x1b[1Gforged",
    "window title": "\x1b]0;owned\x07",
    "link": "\x1b]8;;https://evil.invalid\x1b\\click\x1b]8;;\x1b\\",
    "clipboard": "\x1b]52;c;cm0gLXJmIH4=\x07",
    "device status": "\x1b[6n\x1bP$q\x1b\\",
    "C1": "\x9b31m\x9d0;owned\x9c\x90q\x9c",
    "backspace": "PROMOTE\x08\x08\x08\x08\x08\x08\x08HOLD",
    "bell": "\x07\x0e\x0f",
    "NUL": "a\x00b",
    "delete": "a\x7fb",
    # deceiving for a reader
    "bidi override": "safe\u202egnp.exe\u202c",
    "bidi isolates": "\u2066a\u2067b\u2068c\u2069",
    "zero width": "a\u200b\u200c\u200d\u2060\ufeffb",
    "tags": "x\U000e0041\U000e0042",
    "combining": "Z\u0335\u0321a\u0334\u030al\u0337\u0349g\u0336o",
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "look-alike": "\u0430uth\u043er",
    "full width": "\uff50\uff59\uff54\uff45\uff53\uff54 \u3000wide",
    "emoji": "\U0001f469\u200d\U0001f4bb \U0001f3f4\u200d\u2620\ufe0f",
    "private": "\ue000\U000f0000",
    "no character": "\ufffe\uffff\U0010ffff\ufdd0",
    "surrogate": "\ud800x",
    "undecodable": "\udcff\udc80",
    # ends of lines
    "newline": f"a\n{TRACE}",
    "return": f"a\r{TRACE}",
    "both": f"a\r\n{TRACE}",
    "next line": f"a\x85{TRACE}",
    "line separator": f"a\u2028{TRACE}",
    "paragraph separator": f"a\u2029{TRACE}",
    "vertical tab": f"a\x0b{TRACE}\x0c{TRACE}\x1c{TRACE}",
    # obeyed by the log of a CI system
    "github command": "::error file=x::y",
    "github after blanks": "   ::set-output name=x::y",
    "github after odd blanks": "\u3000\xa0\t::warning::y",
    "github on a new line": f"a\n::error::{TRACE}",
    "github after a wrap": "long " * 30 + "::error::y " * 5,
    "github stop": "::stop-commands::x",
    "github group": "##[group]x",
    "old github command": "##[command]rm",
    "old github inside": "and ###[error]so on",
    "azure command": "##vso[task.setvariable variable=x]y",
    "teamcity command": "##teamcity[testFailed name='x']",
    "gitlab section": "\x1b[0Ksection_start:1:x\r\x1b[0K",
    # markup
    "rich close": "[/foo]",
    "rich style": "[bold red]x[/]",
    "rich emoji": ":smile:",
    "html": "<b onclick=\"x('y')\">&amp;</b>",
    "script": "</script><script>alert(1)</script>",
    "cdata": "]]><x/><![CDATA[",
    "xml": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>&x;",
    "markdown table": "|a|b|\\|",
    "markdown image": "![x](https://evil.invalid/x.png)",
    "markdown code": "`@everyone` <b>#1</b> ``![x](https://evil.invalid/x.png)`` `",
    "mention": "@everyone #1 `x` **b**",
    "formula": "=cmd|'/C calc'!A0",
    "formula with plus": "+1+1",
    "formula with at": "@SUM(1)",
    # obeyed by a program
    "shell": "$(touch x) `touch x`; rm -rf ~ && x | y > z",
    "option": "--maturity-explain",
    "percent": "%s %(x)s %n %",
    "braces": "{} {0} {component} {x!r}",
    "quotes": "'\"\\'''\"\"\"",
    "backslashes": "\\x1b\\n\\",
    "sql": "'; DROP TABLE runs; --",
    "parent": "../../x",
    "absolute": "/etc/passwd",
    "windows": "C:\\x\\..\\con",
    "device": "con",
    "home": "~/x",
    "glob": "**/*[a-z]?",
    "long": "x" * 20_000,
    "long line": "word " * 4_000,
    "blank": "   ",
})  # fmt: skip

# Strings that a file in UTF-8 can contain: TOML, YAML, Python.
ENCODABLE = {name: text for name, text in HOSTILE.items() if "surrogate" != name != "undecodable"}
# Strings that can be the name of a file or of a directory on Linux.
LONGEST_NAME = 200  # in bytes
FILE_NAMES = {
    name: text
    for name, text in HOSTILE.items()
    if name != "surrogate" and not {"/", "\0"} & {*text} and text.strip(". ") and len(os.fsencode(text)) < LONGEST_NAME
}

STYLE = re.compile(r"\x1b\[[0-9;]*m")
OBEYED = re.compile(r"\s*::|.*##[A-Za-z]*\[")


def harmful_lines(lines: Iterable[str]) -> list[str]:
    """Returns the lines that are not harmless; the colours of the report are ignored."""
    return [line for line in lines if not is_harmless(STYLE.sub("", line))]


def is_harmless(line: str) -> bool:
    """Whether the line has only visible characters, starts with no hostile string and is no command for a CI system."""
    visible = all(char.isprintable() or unicodedata.category(char) == "Zs" for char in line)
    return visible and OBEYED.match(line) is None and not line.startswith(TRACE)


def all_strings(value: Any) -> list[str]:
    """Returns every string in a document, keys included."""
    if isinstance(value, dict):
        return [one for pair in value.items() for item in pair for one in all_strings(item)]
    if isinstance(value, list):
        return [one for item in value for one in all_strings(item)]
    return [value] if isinstance(value, str) else []
