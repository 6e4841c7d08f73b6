"""The functions that all gates with a tool use."""

from __future__ import annotations

import os
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from pytest_maturity.model.evidence import Component, Evidence, Finding, ToolResult
from pytest_maturity.model.gates import Context, Measurement, Remedy, Requirement
from pytest_maturity.tools.findings import (
    NotMeasuredError,
    ParsedOutput,
    count_findings,
    decode_path,
    describe_none_analysed,
    format_last_line,
    group_lines,
    is_other_file,
    keep_positive,
    list_source_paths,
    make_remedy,
    parse_json,
    quote_first_line,
    read_text,
    require_result,
    resolve_files,
    resolve_path,
    walk_python_files,
)

ROOT = Path("/project").resolve()
CONTEXT = Context(root=ROOT)
FILES = (ROOT / "src/a.py", ROOT / "src/b.py")


def component(*files: Path, sources: tuple[Path, ...] = (ROOT / "src",)) -> Component:
    return Component(name="auth", sources=sources, files=files, found_by="src")


EVIDENCE = Evidence(component=component(*FILES))


# ── paths ────────────────────────────────────────────────────────────────────


def test_each_source_is_passed_once_and_from_the_root() -> None:
    one, other = component(sources=(ROOT / "src", ROOT / "lib")), component(sources=(ROOT / "lib", Path("/other/x")))
    assert list_source_paths([one, other], CONTEXT) == ("src", "lib", "/other/x")


def test_a_source_that_looks_like_an_option_gets_a_dot() -> None:
    assert list_source_paths([component(sources=(ROOT / "-x", ROOT / "a-b"))], CONTEXT) == ("./-x", "a-b")


def test_two_spellings_of_a_path_are_one_file() -> None:
    assert (
        resolve_path(ROOT, "src/../src/a.py")
        == resolve_path(ROOT, ROOT / "src/a.py")
        == resolve_path(ROOT, "./src/a.py")
    )
    assert resolve_path(ROOT, "src/a\0.py") == "src/a\0.py"


def test_a_printed_path_is_read_as_this_process_spells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert decode_path("pr\u00fcf.py") == "pr\u00fcf.py"
    assert decode_path("half\ud800.py") == "half\ud800.py"
    monkeypatch.setattr(os, "fsdecode", lambda name: name.decode("ascii", "surrogateescape"))
    assert decode_path("pr\u00fcf.py") == "pr\udcc3\udcbcf.py"


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("a.pyi", True), ("note.ipynb", True), (".env", True), ("deep/key.pem", True), ("build/__init__.pyi", True),
        ("other.py", False), ("tests/key.pem", False), ("deep/test/key.pem", False), (".cache/x.json", False),
        ("node_modules/x.json", False), ("dist/x.json", False), ("a.egg-info/PKG-INFO", False), ("../key.pem", False),
    ],
)  # fmt: skip
def test_every_file_below_the_sources_counts(tmp_path: Path, path: str, counts: bool) -> None:
    source = tmp_path.resolve() / "src"
    (source / "build").mkdir(parents=True)
    (source / "build/__init__.py").touch()
    assert is_other_file((source / path).resolve(), [source]) is counts


def test_a_finding_in_another_file_of_the_component_counts() -> None:
    found = [Finding(path="src/settings.yaml", message="secret"), Finding(path="lib/settings.yaml", message="secret")]
    output = ParsedOutput(tool="tool", findings=found, files=[str(path) for path in FILES])
    measurement = count_findings(output, EVIDENCE, CONTEXT)
    assert [one.path for one in measurement.findings] == ["src/settings.yaml"]


def test_a_file_that_was_left_out_must_be_excluded_by_the_configuration() -> None:
    some = ParsedOutput(tool="tool", files=[str(FILES[0])], excluded=["src/b.py"])
    note = "tool, 1 of 2 files, the others are excluded by its configuration"
    assert count_findings(some, EVIDENCE, CONTEXT).note == note
    assert count_findings(replace(some, excluded=["src/"], excluded_by="x"), EVIDENCE, CONTEXT).note.endswith(" x")
    with pytest.raises(NotMeasuredError, match=r"^tool did not analyse src/b.py, and nothing excludes it$"):
        count_findings(replace(some, excluded=["src/c.py"]), EVIDENCE, CONTEXT)


def test_a_tool_that_ran_in_a_directory_prints_paths_from_there() -> None:
    found = [Finding(path="a.py", message="m")]
    output = ParsedOutput(tool="tool", findings=found, files=["a.py", "b.py"], directory="src")
    assert [one.path for one in count_findings(output, EVIDENCE, CONTEXT).findings] == ["src/a.py"]


def test_the_files_of_a_component_have_their_paths_from_the_root() -> None:
    assert resolve_files(EVIDENCE, CONTEXT) == {str(FILES[0]): "src/a.py", str(FILES[1]): "src/b.py"}


def test_a_component_without_python_files_cannot_be_measured() -> None:
    with pytest.raises(NotMeasuredError, match=r"^the component has no Python files$"):
        resolve_files(Evidence(component=component()), CONTEXT)


def test_python_files_are_found_without_hidden_and_foreign_directories(tmp_path: Path) -> None:
    root = tmp_path.resolve()
    for name in ("pkg/a.py", "pkg/b.pyi", "pkg/c.txt", "pkg/.git/d.py", "pkg/node_modules/e.py", "pkg/__pycache__/f.py",
                 "pkg/sub/g.py", "one.py", "h.cfg"):  # fmt: skip
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
    found = sorted(Path(path).relative_to(root).as_posix() for path in walk_python_files(root, ["pkg", "one.py"]))
    assert found == ["one.py", "pkg/a.py", "pkg/b.pyi", "pkg/sub/g.py"]
    assert list(walk_python_files(root, ["gone"])) == []


# ── results ──────────────────────────────────────────────────────────────────


def with_result(**fields: Any) -> Evidence:
    return Evidence(component=component(*FILES), tools={"key": ToolResult(argv=("tool", "src"), **fields)})


def test_a_complete_result_is_returned() -> None:
    evidence = with_result(stdout="[]")
    assert require_result(evidence, "key", "tool") is evidence.tools["key"]


@pytest.mark.parametrize(
    ("problem", "message"),
    [("tool is not installed", "tool is not installed"), ("exited with 3", "tool: exited with 3")],
)
def test_a_problem_names_the_tool(problem: str, message: str) -> None:
    with pytest.raises(NotMeasuredError) as raised:
        require_result(with_result(problem=problem), "key", "tool")
    assert str(raised.value) == message


def test_a_tool_without_a_result_was_not_run() -> None:
    with pytest.raises(NotMeasuredError, match=r"^tool was not run$"):
        require_result(with_result(), "other", "tool")


def test_json_is_parsed_as_a_whole() -> None:
    assert parse_json(ToolResult(argv=(), stdout=' {"a": [1]}\n'), "tool") == {"a": [1]}


@pytest.mark.parametrize(
    ("stdout", "stderr", "quote", "message"),
    [
        ("oops\nmore", "", True, "tool printed 'oops', not JSON"),
        ("", "one\nlast\n", True, "tool printed nothing, not JSON: last"),
        ("secret", "secret", False, "tool printed no JSON"),
        ("[" * 200_000, "", True, f"tool printed '{'[' * 77}...', not JSON"),
    ],
)
def test_anything_but_json_cannot_be_parsed(stdout: str, stderr: str, quote: bool, message: str) -> None:
    with pytest.raises(NotMeasuredError) as raised:
        parse_json(ToolResult(argv=(), stdout=stdout, stderr=stderr), "tool", quote=quote)
    assert str(raised.value) == message


@pytest.mark.parametrize(("text", "shown"), [("", "nothing"), (" \n ", "nothing"), ("\n a b \nc", "'a b '")])
def test_an_excerpt_is_the_first_line(text: str, shown: str) -> None:
    assert quote_first_line(text) == shown
    assert len(quote_first_line("x" * 999)) == 82


@pytest.mark.parametrize(("text", "shown"), [("", ""), ("\n", ""), ("a\nb\n\n", ": b")])
def test_the_last_line_follows_a_colon(text: str, shown: str) -> None:
    assert format_last_line(text) == shown


@pytest.mark.parametrize(
    ("number", "expected"), [(1, 1), (0, None), (-1, None), (None, None), ("3", None), (True, None), (2.0, None)]
)
def test_lines_and_columns_count_from_one(number: object, expected: int | None) -> None:
    assert keep_positive(number) == expected


def test_a_file_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xe4x")
    assert read_text(tmp_path / "a") == "\ufffdx"
    assert read_text(tmp_path) == read_text(tmp_path / "gone") == ""


# ── findings ─────────────────────────────────────────────────────────────────


def finding(path: str, line: int | None = 1, column: int | None = None, **more: Any) -> Finding:
    return Finding(path=path, line=line, column=column, message="bad", **more)


def test_only_findings_in_the_components_files_count() -> None:
    found = [finding("./src/a.py"), finding(str(FILES[1])), finding("src/other.py"), finding("")]
    measurement = count_findings(
        ParsedOutput(tool="tool", findings=found, files=["src/a.py", "src/b.py"]), EVIDENCE, CONTEXT
    )
    assert (measurement.value, measurement.note) == (2, "tool, 2 files")
    assert [one.path for one in measurement.findings] == ["src/a.py", "src/b.py"]


def test_findings_are_sorted_by_their_place() -> None:
    found = [finding("src/b.py", 1), finding("src/a.py", 9, 1), finding("src/a.py", 2, 5), finding("src/a.py", 2, 3),
             finding("src/a.py", None)]  # fmt: skip
    measurement = count_findings(ParsedOutput(tool="tool", findings=found, files=["src/a.py"]), EVIDENCE, CONTEXT)
    assert [(one.path[-4:], one.line, one.column) for one in measurement.findings] == [
        ("a.py", None, None), ("a.py", 2, 3), ("a.py", 2, 5), ("a.py", 9, 1), ("b.py", 1, None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("output", "note"),
    [
        (
            ParsedOutput(tool="tool", files=["src/a.py"]),
            "tool, 1 of 2 files, the others are excluded by its configuration",
        ),
        (ParsedOutput(tool="tool", files=["src/a.py", "src/b.py", "src/c.py"], note="strict"), "tool, strict, 2 files"),
        (ParsedOutput(tool="tool", file_count=7), "tool, 7 files"),
        (ParsedOutput(tool="tool", file_count=1), "tool, 1 file"),
    ],
)
def test_the_note_says_how_many_files_were_analysed(output: ParsedOutput, note: str) -> None:
    measurement = count_findings(output, EVIDENCE, CONTEXT)
    assert (measurement.value, measurement.findings, measurement.note) == (0, (), note)


@pytest.mark.parametrize("files", [[], ["src/c.py"]])
def test_without_proof_that_a_file_was_analysed_nothing_is_counted(files: list[str]) -> None:
    output = ParsedOutput(tool="tool", findings=[finding("src/a.py")], files=files)
    with pytest.raises(NotMeasuredError) as raised:
        count_findings(output, EVIDENCE, CONTEXT)
    assert str(raised.value) == describe_none_analysed("tool", 2)
    assert describe_none_analysed("tool", 1) == (
        "tool analysed none of the component's 1 file; check whether its configuration excludes them"
    )


# ── remedies ─────────────────────────────────────────────────────────────────

FOUND = [
    finding("src/a.py", 3, rule="F401", severity="high"),
    finding("src/b.py", None, severity="low"),
    finding("src/b.py", 5, rule="E1", severity="high"),
    finding("src/b.py", 6, rule="E2", severity="high"),
]


@pytest.mark.parametrize(
    ("threshold", "line", "text"),
    [
        ("0", "", "fix 4 findings"),
        ("1", "", "fix 3 of 4 findings"),
        ("2.5", "", "fix 2 of 4 findings"),
        ("0", "high", "fix 3 findings"),
        ("2", "high", "fix 1 of 3 findings"),
        ("0", "low", "fix 1 finding"),
    ],
)
def test_a_remedy_counts_the_findings(threshold: str, line: str, text: str) -> None:
    requirement = Requirement(gate="x", line=line, threshold=Fraction(threshold), source="")
    remedy = make_remedy(with_result(), Measurement(4, findings=FOUND), requirement, "key", "finding")
    assert remedy == Remedy(text, ("tool", "src"))


def test_the_remedy_of_a_tool_that_left_no_result_has_no_command() -> None:
    requirement = Requirement(gate="x", threshold=Fraction(0), source="")
    assert make_remedy(EVIDENCE, Measurement(4, findings=FOUND), requirement, "key", "error").command == ()


@pytest.mark.parametrize(
    ("lines", "groups"),
    [
        ([], ()),
        ([3], ((3, 3),)),
        ([3, 4, 5, 8], ((3, 5), (8, 8))),
        ([1, 3, 5], ((1, 1), (3, 3), (5, 5))),
        ([1, 2], ((1, 2),)),
    ],
)
def test_consecutive_lines_are_one_group(lines: list[int], groups: tuple[tuple[int, int], ...]) -> None:
    assert group_lines(lines) == groups
