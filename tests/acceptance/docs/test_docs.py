"""The documents are executed: their commands run, their output is real, and they list everything there is.

`python tests/acceptance/docs/test_docs.py` writes every output again.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[3]))

from pytest_maturity.model.evidence import GapCause
from tests.acceptance.docs import pages
from tests.acceptance.docs.pages import PAGES, ROOT, Project

PROJECTS = pages.projects()
SOURCES = ROOT / "src/pytest_maturity"
LISTED = (*PAGES, *(ROOT / "docs/internals").glob("*.md"), *ROOT.glob("*.md"))


def text_of(name: str) -> str:
    return (ROOT / name).read_text("utf-8")


def names_in(text: str) -> set[str]:
    """Everything that stands in backquotes, and each word of it."""
    quoted = re.findall(r"`([^`\n]+)`", text)
    return {*quoted, *(word for one in quoted for word in re.split(r"[^\w-]+", one))}


@pytest.mark.processes
@pytest.mark.parametrize("project", PROJECTS, ids=[f"{one.page.stem}-{number}" for number, one in enumerate(PROJECTS)])
def test_the_commands_of_a_page_print_what_it_shows(
    project: Project, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if project.needs_server:
        project.use_server(request.getfixturevalue("server"))
    for step, printed in pages.perform(project, tmp_path / "project"):
        assert pages.comparable(step.output) == pages.comparable(printed), step.command


def test_the_time_of_a_run_is_not_compared() -> None:
    assert pages.part_of("= maturity: x =\n= 34 passed in 61.04s (0:01:01) =", "table") == (
        "= maturity: x =\n= 34 passed in 1.00s =\n"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_configuration_in_a_page_is_valid(page: Path, tmp_path: Path) -> None:
    from pytest_maturity import gates
    from pytest_maturity.config import requirements, settings

    own = [f'[tool.maturity.gates.{name}]\ncommand = ["x"]\npattern = "1"\n'
           for name in ("todos", "long_files")]  # fmt: skip
    tables = re.findall(r"```toml\n(.*?)```", page.read_text("utf-8"), re.S)
    for table in tables:
        if "tool.maturity" not in table or "stagng" in table:  # the page shows what is said of that mistake
            continue
        (tmp_path / "pyproject.toml").write_text(table + "".join(own))
        found = settings.load_config(tmp_path)
        on_record = gates.make_record_gates(found.ladder)
        configured = gates.make_configured_gates(*found.gate_tables)
        known = {gate.name: gate for gate in (*gates.BUILTIN, *on_record, *configured)}
        assert requirements.compute_requirements(found, known, ["orchestration", "legacy"])


def test_every_option_and_gate_is_in_the_readme_and_on_the_page_of_the_command_line() -> None:
    from pytest_maturity.gates import BUILTIN
    from pytest_maturity.plugin import OPTIONS

    options = [f"--maturity-{name}" for name, *_ in OPTIONS]
    for page in ("README.md", "docs/cli.md"):
        assert [name for name in options if name not in names_in(text_of(page))] == []
    for page in ("README.md", "docs/gates.md"):
        assert [gate.name for gate in BUILTIN if gate.name not in names_in(text_of(page))] == []


def test_every_verb_and_its_options_are_on_the_page_of_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    from pytest_maturity import cli

    page = text_of("docs/cli.md")
    for verb in cli.VERBS:
        name = verb.__name__.rpartition(".")[2]
        assert f"### pytest-maturity {name}\n" in page
        with pytest.raises(SystemExit):
            cli.main([name, "--help"])
        options = set(re.findall(r"--[a-z-]+", capsys.readouterr().out)) - {"--help", "--maturity-report"}
        assert [one for one in sorted(options) if one not in names_in(page)] == []


def test_every_hook_marker_fixture_and_class_is_on_the_page_of_the_api() -> None:
    import pytest_maturity
    from pytest_maturity import plugin
    from pytest_maturity.plugin import hookspecs

    page = text_of("docs/hooks.md")
    hooks = [name for name in vars(hookspecs) if name.startswith("pytest_maturity_")]
    assert [name for name in hooks if f"### {name}\n" not in page] == []
    markers = [re.split(r"\W", one)[0] for one in plugin.MARKERS]
    fixtures = re.findall(r"@pytest\.fixture\ndef (\w+)", Path(str(plugin.__file__)).read_text("utf-8"))
    assert fixtures
    everything = [*markers, *fixtures, *pytest_maturity.__all__]
    assert [name for name in everything if name not in names_in(page)] == []


def test_the_fields_on_the_page_of_the_api_exist() -> None:
    import pytest_maturity

    rows = re.findall(r"^\| `(\w+)` \|[^|]*\| (`.*) \|$", text_of("docs/hooks.md"), re.M)
    assert len(rows) > 10
    for name, listed in rows:
        kind = getattr(pytest_maturity, name)
        known = {*dir(kind), *getattr(kind, "__annotations__", ()), *getattr(kind, "__slots__", ())}
        known |= {"retry_after"} if name == "TransientError" else set()
        assert [one for one in re.findall(r"`(\w+)", listed) if one not in known] == [], name


def test_every_key_of_the_configuration_is_on_its_page() -> None:
    schema = json.loads((SOURCES / "config/config.schema.json").read_text("utf-8"))
    known = names_in("".join(map(text_of, ("docs/configuration.md", "docs/retries.md", "docs/gates.md"))))
    assert [key for key in dict.fromkeys(keys_of(schema)) if key not in known] == []


def test_every_key_and_word_of_the_report_is_on_its_page() -> None:
    schema = json.loads((SOURCES / "reports/report.schema.json").read_text("utf-8"))
    known = names_in(text_of("docs/report.md"))
    assert [key for key in dict.fromkeys((*keys_of(schema), *enums_of(schema))) if key not in known] == []


def keys_of(schema: Any) -> Iterator[str]:
    """The keys of all objects that a JSON Schema describes."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for one in schema.values():
            yield from keys_of(one)


def enums_of(schema: Any) -> Iterator[str]:
    """The words that a JSON Schema allows."""
    if isinstance(schema, dict):
        yield from (word for word in schema.get("enum", ()) if word)
        for one in schema.values():
            yield from enums_of(one)


def test_every_word_of_the_glossary_is_a_name_that_users_meet() -> None:
    import pytest_maturity
    from pytest_maturity import cli
    from pytest_maturity.plugin import MARKERS, OPTIONS

    schemas = [json.loads((SOURCES / path).read_text("utf-8"))
               for path in ("reports/report.schema.json", "config/config.schema.json")]  # fmt: skip
    known = {
        *pytest_maturity.__all__,
        *(name for schema in schemas for name in (*keys_of(schema), *enums_of(schema))),
        *(f"--maturity-{name}" for name, *_ in OPTIONS),
        *(marker.partition("(")[0] for marker in MARKERS),
        *(verb.__name__.rpartition(".")[2] for verb in cli.VERBS),
        *listed_causes(),
        *(gate.name for gate in builtin_gates()),
    }
    rows = re.findall(r"^\| ([a-z ]+) \| [^|]+ \| (`[^|]+`) \|$", text_of("docs/glossary.md"), re.M)
    assert len(rows) > 30
    assert [word for word, _ in rows] == sorted(word for word, _ in rows)
    for word, names in rows:
        for name in re.findall(r"`([^`]+)`", names):
            kind, dot, field = name.partition(".")
            assert hasattr(getattr(pytest_maturity, kind), field) if dot else name in known, (word, name)


def builtin_gates() -> Any:
    from pytest_maturity.gates import BUILTIN

    return BUILTIN


def test_every_word_that_the_report_uses_for_a_result_is_explained() -> None:
    schema = json.loads((SOURCES / "reports/report.schema.json").read_text("utf-8"))
    explained = names_in(text_of("docs/glossary.md") + text_of("docs/verdicts.md") + text_of("docs/retries.md"))
    words = [*schema["properties"]["verdict"]["enum"], *schema["definitions"]["gate"]["properties"]["status"]["enum"]]
    words += schema["definitions"]["attempt"]["properties"]["classification"]["enum"]
    assert [word for word in words if word and word not in explained] == []


def test_every_cause_of_a_gap_is_on_the_page_of_the_verdicts() -> None:
    assert listed_causes() >= set(get_args(GapCause))
    assert listed_causes() - texts_in_the_code() == set()


def listed_causes() -> set[str]:
    (table,) = re.findall(r"^\| cause \|.*?\n\n", text_of("docs/verdicts.md") + "\n\n", re.M | re.S)
    return set(re.findall(r"^\| `([\w-]+)` \|", table, re.M))


def texts_in_the_code() -> set[str]:
    """Every text in the code, with a NUL for each value that is put into it."""
    found = set()
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.JoinedStr):
                found.add("".join(str(one.value) if isinstance(one, ast.Constant) else "\0" for one in node.values))
    return found


def test_every_message_on_the_page_of_troubleshooting_is_in_the_code() -> None:
    rows = re.findall(r"^\| `([^`]+)` \|", text_of("docs/troubleshooting.md"), re.M)
    assert len(rows) > 30
    texts = "\n".join(texts_in_the_code())
    patterns = [".*".join(map(re.escape, row.split("..."))) for row in rows]
    assert [row for row, pattern in zip(rows, patterns, strict=True) if not re.search(pattern, texts)] == []


@pytest.mark.parametrize("page", LISTED, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if link.startswith("http"):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


def anchors_of(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.S)
    titles = [title.lower().replace("`", "") for title in re.findall(r"^#+ (.+)$", text, re.M)]
    return {re.sub(r"[^\w -]", "", title).replace(" ", "-") for title in titles}


def test_the_index_names_every_page() -> None:
    pages_there = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    index = text_of("docs/README.md")
    assert [path for path in pages_there if path != "README.md" and f"]({path})" not in index] == []


def test_the_layers_and_folders_of_the_architecture_are_those_of_the_code() -> None:
    page = text_of("docs/internals/architecture.md")
    (listed,) = re.findall(r"^layers = \[\n(.*?)^\]", text_of("pyproject.toml"), re.M | re.S)
    assert "\n".join(re.findall(r'"(.+)"', listed)) in page
    folders = {path.parent.relative_to(SOURCES).as_posix() for path in SOURCES.rglob("__init__.py")} - {"."}
    assert [one for one in sorted(folders) if f"`{one}/`" not in page] == []
    assert [
        one
        for one in re.findall(r"`(\w+/[\w./]+)`", page)
        if not (SOURCES / one).exists() and not (ROOT / one).exists()
    ] == []


def test_the_places_where_to_add_something_exist() -> None:
    rows = re.findall(r"^\|(.+)\|$", text_of("CONTRIBUTING.md"), re.M)
    quoted = {one for row in rows for one in re.findall(r"`([^`\s]+)`", row)}
    paths = {one for one in quoted if "/" in one}
    assert len(paths) > 10
    assert [path for path in sorted(paths) if not (ROOT / path).exists()] == []
    for row in rows:
        for cell in row.split("|"):
            parts = re.findall(r"`([^`\s]+)`", cell)
            files = [
                path
                for one in parts
                if "/" in one
                for path in ([ROOT / one] if "." in one else (ROOT / one).glob("*.py"))
            ]
            code = "".join(path.read_text("utf-8") for path in files)
            names = [one for one in parts if re.fullmatch(r"[A-Z]\w+", one)]
            assert [name for name in names if files and not re.search(rf"\b{name}\b", code)] == [], cell


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        pages.write_again(Path(place))
