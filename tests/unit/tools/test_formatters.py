"""The formatters: which one a project uses, their commands, and what they printed (shortened)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pytest_maturity.model.evidence import Component, ToolResult
from pytest_maturity.model.gates import Context
from pytest_maturity.tools import formatters
from pytest_maturity.tools.findings import NotMeasuredError
from pytest_maturity.tools.formatters import FORMATTERS, FormatterOutput

DIFF = "--- src/a/x.py\n+++ src/a/x.py\n@@ -1,2 +1,2 @@\n-def f( a ):\n+def f(a):\n     return a\n\n"
NOTEBOOK = (
    "--- src/a/n.ipynb:cell 1\n+++ src/a/n.ipynb:cell 1\n@@ -1 +1 @@\n-x=1\n+x = 1\n"
    "--- src/a/n.ipynb:cell 3\n+++ src/a/n.ipynb:cell 3\n@@ -1 +1 @@\n-y=1\n+y = 1\n\n"
)
RUFF_LOG = (  # of ruff 0.5.0 and 0.17.6
    "[2026-11-30][16:53:16][ruff::resolve][DEBUG] Using Ruff default settings\n"
    '[2026-11-30][16:53:16][ruff_workspace::resolver][DEBUG] Included path via `include`: "/p/src/a/x.py"\n'
    "[2026-11-30][16:53:16][ruff::commands::format][DEBUG] format_path; path=/p/src/a/x.py\n"
    "[2026-11-30][16:53:16][ruff::commands::format][DEBUG] format_path; path=/p/src/a/y z.py\n"
    "[2026-11-30][16:53:16][tracing::span][DEBUG] Printer::print;\n"
    "[2026-11-30][16:53:16][ruff::commands::format][DEBUG] Formatted 4 files in 2.74ms\n"
)
RUFF_FAILED = "error: Failed to parse src/b.py:1:5: Expected an identifier\n"
TOTAL = "1 file would be reformatted, 2 files already formatted\n"
BLACK_26 = """\
Identified `/` as project root containing a file system root.
Unable to use cache directory `/dev/null/26.10.1`: [Errno 20] Not a directory: '/dev/null/26.10.1'. Disabling the cache.
Found input source directory: "/p/src"
error: cannot parse: /p/src/b.py:1:4
    def (
       ^
ParseError: bad input
would reformat /p/src/a/x.py
/p/src/a/y z.py already well formatted, good job.

Oh no! 💥 💔 💥
1 file would be reformatted, 1 file would be left unchanged, 1 file would fail to reformat.
"""
BLACK_24 = """\
Identified `/p` as project root containing a pyproject.toml.
would reformat /p/src/a/x.py
error: cannot format /p/src/b.py: Cannot parse: 1:4: def (
/p/src/a/y z.py wasn't modified on disk since last run.

Oh no! 💥 💔 💥
1 file would be reformatted, 1 file would be left unchanged, 1 file would fail to reformat.
"""
BLACK_CLEAN = """\
/p/src/a/y z.py already well formatted, good job.

All done! ✨ 🍰 ✨
1 file would be left unchanged.
"""


def parse(name: str, stdout: str, stderr: str) -> FormatterOutput:
    return FORMATTERS[name].parse(ToolResult(argv=(name,), exit_code=1, stdout=stdout, stderr=stderr))


def paths_of(found: FormatterOutput) -> list[str]:
    return [one.path for one in found.output.findings]


def test_ruffs_diff_names_the_files_that_it_would_change_and_its_log_those_that_it_read() -> None:
    found = parse("ruff", DIFF, RUFF_LOG + TOTAL)
    assert paths_of(found) == ["src/a/x.py"]
    assert found.output.files == ["/p/src/a/x.py", "/p/src/a/y z.py"]
    assert [found.output.findings[0].message, found.failed] == ["the formatter would change it", []]


@pytest.mark.parametrize("total", ["2 files already formatted\n", "1 file already formatted\n"])
def test_no_diff_is_no_finding(total: str) -> None:
    assert paths_of(parse("ruff", "", RUFF_LOG + total)) == []


def test_the_cells_of_a_notebook_are_one_file() -> None:
    total = "2 files would be reformatted\n"
    assert paths_of(parse("ruff", DIFF + NOTEBOOK, RUFF_LOG + total)) == ["src/a/x.py", "src/a/n.ipynb"]


def test_removed_lines_that_look_like_a_path_are_no_file() -> None:
    code = "--- x\n+++ x\n"  # the lines `-- x` and `++ x` in a string
    diff = DIFF.replace("     return a\n", f"{code}     return a\n")
    assert paths_of(parse("ruff", diff, RUFF_LOG + TOTAL)) == ["src/a/x.py"]


def test_a_file_that_ruff_cannot_format_is_named() -> None:
    found = parse("ruff", DIFF, RUFF_LOG + RUFF_FAILED + TOTAL)
    assert (found.failed, paths_of(found)) == (["src/b.py"], ["src/a/x.py"])
    assert parse("ruff", "", RUFF_LOG + RUFF_FAILED).failed == ["src/b.py"]


@pytest.mark.parametrize(
    ("stdout", "stderr", "words"),
    [
        ("", "", "ruff did not format to the end$"),
        ("", RUFF_LOG, "ruff did not format to the end"),
        ("", "warning: No Python files found under the given path(s)\n", "No Python files found"),
        ("", "error: unexpected argument '--x' found\n" + TOTAL, "ruff did not format to the end"),
        ("", "ruff failed\n  Cause: unknown field `x`\n", "unknown field"),
        ("", RUFF_LOG + TOTAL, "ruff printed 0 diffs, and that it would change 1 files"),
        (DIFF, RUFF_LOG + "2 files already formatted\n", "ruff printed 1 diffs, and that it would change 0 files"),
        (DIFF, RUFF_LOG + TOTAL + TOTAL, "ruff did not format to the end"),
    ],
)
def test_an_output_of_ruff_that_contradicts_itself_or_is_cut_is_refused(stdout: str, stderr: str, words: str) -> None:
    with pytest.raises(NotMeasuredError, match=words):
        parse("ruff", stdout, stderr)


@pytest.mark.parametrize("stderr", [BLACK_24, BLACK_26])
def test_black_names_each_file(stderr: str) -> None:
    found = parse("black", "", stderr)
    assert (paths_of(found), found.failed) == (["/p/src/a/x.py"], ["/p/src/b.py"])
    assert found.output.files == {"/p/src/a/x.py", "/p/src/a/y z.py", "/p/src/b.py"}


def test_black_without_a_finding() -> None:
    found = parse("black", "", BLACK_CLEAN)
    assert (paths_of(found), found.failed, found.output.files) == ([], [], {"/p/src/a/y z.py"})


@pytest.mark.parametrize(
    "stderr",
    [
        "",
        "All done! ✨ 🍰 ✨\n",
        "No Python files are present to be formatted. Nothing to do 😴\n",
        BLACK_CLEAN.replace("1 file", "2 files"),
        BLACK_24.replace("would reformat", "will reformat"),
        BLACK_26.replace("1 file would fail", "2 files would fail"),
        "Oh no! 💥 💔 💥 The required version `1` does not match the running version `24.1.0`!\n",
    ],
)
def test_an_output_of_black_that_does_not_name_what_it_counts_is_refused(stderr: str) -> None:
    with pytest.raises(NotMeasuredError, match="black did not name each file that it counted"):
        parse("black", "", stderr)


def test_an_output_that_is_cut_off_anywhere_is_refused_or_has_all_findings() -> None:
    for end in range(len(BLACK_CLEAN) - 1):
        with pytest.raises(NotMeasuredError):
            parse("black", "", BLACK_CLEAN[: end - 1] if end > len(BLACK_CLEAN) - 20 else BLACK_CLEAN[:end])


@pytest.mark.parametrize(
    ("files", "name"),
    [
        ({}, None),
        ({"pyproject.toml": "[tool.other]\n"}, None),
        ({"pyproject.toml": "[tool.black]\n"}, "black"),
        ({"pyproject.toml": "[tool.ruff]\n"}, "ruff"),
        ({"pyproject.toml": "[tool.black]\n[tool.ruff.lint]\n"}, "black"),
        ({"pyproject.toml": "[tool.black]\n[tool.ruff.format]\n"}, "ruff"),
        ({"pyproject.toml": "[tool.black]\n", "ruff.toml": "[lint]\n"}, "black"),
        ({"pyproject.toml": "[tool.black]\n", ".ruff.toml": "[format]\n"}, "ruff"),
        ({"pyproject.toml": "[tool.black\n", "ruff.toml": ""}, "ruff"),
        ({"pyproject.toml": "[tool.black]\n[tool.ruff.format]\n", "ruff.toml": "[lint]\n"}, "black"),
    ],
)
def test_the_formatter_is_the_one_that_the_project_configures(
    tmp_path: Path, files: dict[str, str], name: str | None
) -> None:
    for path, text in files.items():
        (tmp_path / path).write_text(text)
    assert formatters.find_configured(tmp_path) == name


def component(root: Path) -> Component:
    return Component(name="a", sources=(root / "src/a",), files=(root / "src/a/x.py",), found_by="src")


def test_the_command_only_reports_and_reads_no_settings_of_the_user(tmp_path: Path) -> None:
    context = Context(root=tmp_path, options={"format": {"timeout": 5}})
    made = FORMATTERS["ruff"].make_command([component(tmp_path)], context, "")
    assert made.argv[1:] == ("format", "--force-exclude", "--diff", "--no-cache", "--verbose", "src/a")
    assert (made.timeout, made.isolated, made.inputs, made.install) == (5, True, None, ("pip", "install", "ruff"))
    made = FORMATTERS["black"].make_command([component(tmp_path)], context, "")
    assert made.argv[1:] == ("--check", "--diff", "--verbose", "src/a")
    assert {"XDG_CONFIG_HOME", "BLACK_CACHE_DIR"} <= {name for name, _ in made.variables}


def test_the_files_that_hold_the_settings_are_named(tmp_path: Path) -> None:
    (tmp_path / "src/a").mkdir(parents=True)
    for name in ("ruff", "black"):
        made = FORMATTERS[name].make_command([component(tmp_path)], Context(root=tmp_path), "")
        assert made.settings == ()
    (tmp_path / "pyproject.toml").write_text("[tool.black]\n")
    (tmp_path / "ruff.toml").touch()
    files = [
        FORMATTERS[name].make_command([component(tmp_path)], Context(root=tmp_path), "").settings for name in FORMATTERS
    ]
    assert files == [("ruff.toml",), ("pyproject.toml",)]


def test_settings_above_the_repository_are_those_of_nobody(tmp_path: Path) -> None:
    (tmp_path / "ruff.toml").write_text("line-length = 300\n")
    root = tmp_path / "repository"
    (root / ".git").mkdir(parents=True)
    (root / "pyproject.toml").write_text('[project]\nrequires-python = ">=3.12"\n')
    made = FORMATTERS["ruff"].make_command([component(root)], Context(root=root), "")
    assert made.argv[-4:] == ("--isolated", "--target-version", "py312", "src/a")
    result = ToolResult(argv=made.argv)
    assert FORMATTERS["ruff"].make_format_command(result, ["src/a/x.py"])[1:] == (
        *("format", "--force-exclude", "--isolated", "--target-version", "py312", "src/a/x.py"),
    )


def test_the_command_that_formats_is_the_one_that_ran_without_its_check() -> None:
    result = ToolResult(argv=("/bin/black", "--check", "--diff", "--verbose", "src/a"))
    assert FORMATTERS["black"].make_format_command(result, ["src/a/x.py", "src/a/y.py"]) == (
        *("/bin/black", "src/a/x.py", "src/a/y.py"),
    )
