"""Source lines on the page of a run."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from pytest_maturity.reports.html.sources import SHOWN_LINES, SHOWN_OF_FILE, WITHHELD, make_sources, read_sources
from tests.unit.reports.html.checks import Page


def file(path: str, missing: list[int], percent: float | None = 50) -> dict[str, Any]:
    return {"path": path, "missing_lines": missing, "percent": percent}


def gate(name: str, *findings: tuple[str, int, str, str]) -> dict[str, Any]:
    """Returns a gate with findings: path, line, rule, message."""
    keys = ("path", "line", "rule", "message")
    return {
        "gate": name, "kinds": [], "scope": "all", "value": len(findings), "better": "lower", "unit": "",
        "stages": {}, "tools": {},
        "findings": [{**dict(zip(keys, one, strict=True)), "test": "", "ranges": []} for one in findings],
    }  # fmt: skip


def component(root: Path, contents: dict[str, bytes], *parts: dict[str, Any]) -> dict[str, Any]:
    """Returns a component whose files are written."""
    for path, content in contents.items():
        (root / path).write_bytes(content)
    return {
        "name": "auth",
        "coverage": {"files": [one for one in parts if "missing_lines" in one]},
        "gates": [one for one in parts if "gate" in one],
        "files": {path: sha256(content).hexdigest() for path, content in contents.items()},
    }


def show(root: Path, found: dict[str, Any]) -> str:
    html = make_sources(found, read_sources(found, root))
    return Page(html).text if html else ""


def test_marked_lines_have_number_sign_and_message(tmp_path: Path) -> None:
    content = b"import os\n\ndef run(x):\n\tif x < 1:\n        return '<b>'\n"
    types = gate("types", ("a.py", 3, "no-untyped-def", "no annotation"))
    text = show(tmp_path, component(tmp_path, {"a.py": content}, file("a.py", [4, 5]), types))
    assert "a.py 2 lines not covered, 1 finding" in text
    assert " ! 3  def run(x):\n      ! types: no-untyped-def no annotation\n✗  4      if x < 1:\n" in text
    assert "✗  5          return '<b>'" in text
    assert "import os" not in text


def test_a_file_that_changed_or_is_gone_shows_no_line(tmp_path: Path) -> None:
    found = component(tmp_path, {"a.py": b"a = 1\n", "b.py": b"b = 1\n"}, file("a.py", [1]), file("b.py", [1]))
    (tmp_path / "b.py").write_bytes(b"c = 22\n")
    text = show(tmp_path, found)
    assert "a = 1" in text
    assert "c = 22" not in text
    assert "Not shown, because it is not as it was judged: b.py." in text
    (tmp_path / "a.py").unlink()
    assert show(tmp_path, found) == ""


def test_a_file_that_is_not_of_the_component_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "other.py").write_bytes(b"x = 1\n")
    found = component(tmp_path, {}, gate("lint", ("other.py", 1, "F401", "unused"), ("\0", 1, "", "odd")))
    assert read_sources(found, tmp_path) == {}


def test_what_a_security_gate_found_is_not_shown(tmp_path: Path) -> None:
    content = b"key = 'hunter2'\nother = 1\n"
    security = gate("security.critical", ("a.py", 1, "Keyword", "a secret"))
    text = show(tmp_path, component(tmp_path, {"a.py": content}, file("a.py", [1, 2]), security))
    assert "hunter2" not in text
    assert WITHHELD in text
    assert "other = 1" in text


def test_findings_come_first_where_there_is_no_room(tmp_path: Path) -> None:
    content = "".join(f"x{number} = {number}\n" for number in range(1, 101)).encode()
    names = [f"{letter}.py" for letter in "abcde"]
    files = [file(name, [*range(1, 101)], percent) for percent, name in enumerate(names)]
    lint = gate("lint", ("a.py", 100, "F841", "unused"), ("a.py", 100, "F841", "unused"), ("a.py", 4000, "", "odd"))
    found = component(tmp_path, dict.fromkeys(names, content), *files, lint)
    text = show(tmp_path, found)
    assert "✗! 100  x100 = 100" in text
    assert text.count("F841") == 1
    assert text.count(" = ") == SHOWN_LINES
    assert f"and {100 - SHOWN_OF_FILE} more marked lines in the file" in text
    assert f"At most {SHOWN_LINES} lines of a component are shown, none of 1 more file." in text


def test_lines_are_those_of_python_in_the_encoding_of_the_file(tmp_path: Path) -> None:
    content = b"# coding: latin-1\r\ns = '\xe9\x0c'\r\nt = 2\r\n"
    broken = b"# coding: nothing\nu = '\xff'\n"
    found = component(tmp_path, {"a.py": content, "b.py": broken}, file("a.py", [2, 3], 1), file("b.py", [2], 2))
    text = show(tmp_path, found)
    assert "2  s = '\xe9\\x0c'" in text
    assert "3  t = 2" in text
    assert "2  u = '\ufffd'" in text
