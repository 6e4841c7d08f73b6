"""Hostile strings at every input: no line of the gate acts on a terminal or a CI log, and no verdict changes.

pytest prints node ids, file names and tracebacks as they are. So each run here prints none, or its lines
are distinguished from ours by their sections.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from textwrap import dedent
from xml.etree import ElementTree

import jsonschema
import pytest

from pytest_maturity.config import schema
from pytest_maturity.config.settings import load_config
from pytest_maturity.model.errors import ConfigError
from pytest_maturity.model.text import safe
from pytest_maturity.reports.json import LONGEST_TEXT
from pytest_maturity.tools.processes import find_program
from tests.acceptance.project import COVERAGE_ONLY, ORCHESTRATION, TESTS_ONLY, GateRun, Project, tree
from tests.acceptance.retries.flaky_project import WORKERS
from tests.hostile import ENCODABLE, FILE_NAMES, HOSTILE, STYLE, all_strings, harmful_lines, is_harmless

SCHEMA = jsonschema.Draft7Validator(schema.load_schema("report"))
QUIET = ("--tb=no", "--no-header", "-rN", "-p", "no:cacheprovider")
OURS_ONLY = ("-p", "no:terminal", "-p", "no:cacheprovider")
RAW_IDS = "disable_test_id_escaping_and_forfeit_all_rights_to_community_support = true"
CONTROL = re.compile("[\\x00-\\x1f\\x7f]")  # what the schema of the configuration refuses in a name
A_FEW = ("C1", "bidi override", "undecodable", "newline", "line separator", "github command", "github after a wrap",
         "old github inside", "rich close", "percent", "braces")  # fmt: skip
a_few = pytest.mark.parametrize("text", [HOSTILE[name] for name in A_FEW], ids=A_FEW)


@pytest.fixture(autouse=True)
def _table(project: Project) -> None:
    project.write({"hostile.json": json.dumps(dict(HOSTILE))})


def checked(ran: GateRun, code: int) -> GateRun:
    """The run, of which all that was printed and written is harmless."""
    output = "\n".join([*ran.result.outlines, *ran.result.errlines])
    assert "INTERNALERROR" not in output
    assert "Traceback" not in output
    assert not harmful_lines([*ran.result.outlines, *ran.result.errlines])
    assert ran.code == code, output
    if ran.report:
        SCHEMA.validate(ran.report)
        assert not [one for one in all_strings(ran.report) if not is_harmless(one)]
    return ran


def quoted(text: str) -> str:
    """A string as TOML writes it."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def sections(lines: Iterable[str]) -> list[str]:
    """Of what a terminal shows: our sections and our verdicts."""
    found, ours = [], False
    for line in lines:
        plain = STYLE.sub("", line)
        if re.match(r"=+ .* =+$", plain):
            ours = " maturity: " in plain
        if ours or plain.startswith(("PROMOTE ", "HOLD ", "INCONCLUSIVE ", "maturity: ")):
            found.append(line)
    assert found
    return found


# ── tests ────────────────────────────────────────────────────────────────────

TESTS = """
    import json, pathlib
    import pytest

    HOSTILE = json.loads(pathlib.Path(__file__).parents[1].joinpath("hostile.json").read_text())
    # A lone surrogate in an id is an internal error of pytest's own.
    each = pytest.mark.parametrize("text", [
        pytest.param(text, id="surrogate" if name == "surrogate" else text) for name, text in HOSTILE.items()
    ])
    SEEN = set()

    @each
    def test_skips(text):
        pytest.skip(text)

    @each
    def test_is_expected_to_fail(text):
        pytest.xfail(text)

    @each
    def test_is_flaky(text):
        if text not in SEEN:
            SEEN.add(text)
            raise ConnectionError(text)
    """
FAILING = (
    TESTS
    + """
    @each
    def test_fails(text):
        raise AssertionError(text)

    @each
    def test_fails_with_a_transient_error(text):
        raise ConnectionError(text)

    @pytest.fixture
    def broken(text):
        raise type(text[:50] or "Empty", (ConnectionError,), {"__module__": text})(text)

    @each
    def test_is_broken(text, broken):
        pass
    """
)
POLICY = """
    [tool.maturity]
    ladder = ["bronze"]
    junit_flaky_failures = true
    stages.bronze = { pass_rate = 100, flaky_rate = 100, skipped_rate = 99 }
    retry = { max_retries = 1, base_delay = 0, budget = 9999, breaker = 9999 }
    """


@pytest.mark.parametrize(
    ("tests", "code", "flags"),
    [
        pytest.param(TESTS, 0, (), id="flaky"),
        pytest.param(FAILING, 1, (), id="failing"),
        pytest.param(TESTS, 0, WORKERS, id="flaky in workers", marks=pytest.mark.workers),
    ],
)
def test_ids_messages_and_reasons_of_tests(project: Project, tests: str, code: int, flags: tuple[str, ...]) -> None:
    project.policy(POLICY, RAW_IDS + '\npythonpath = ["src"]')
    table = ENCODABLE if flags else HOSTILE  # pytest-xdist cannot send the others
    project.write({"tests/test_orchestrator.py": tests, "hostile.json": json.dumps(dict(table))})
    ran = checked(project.gate(*QUIET, "--junitxml=junit.xml", *flags, subprocess=bool(flags)), code)
    assert ran.component["outcomes"]["flaky"] == len(table)
    assert ran.component["retries"]["tests"]
    assert len(sections(ran.result.outlines)) > 20
    for case in ElementTree.parse(project.path / "junit.xml").iterfind(".//testcase"):
        found = [one.attrib for one in case.iterfind("properties/property") if "maturity" in one.attrib["name"]]
        found += [one.attrib for tag in ("flakyFailure", "rerunFailure", "rerunError") for one in case.iterfind(tag)]
        assert not harmful_lines(text for attributes in found for text in attributes.values())
    if code:
        findings = ran.gate("pass_rate")["findings"]
        assert {one["test"].partition("[")[0] for one in findings} >= {"tests/test_orchestrator.py::test_fails"}


def test_a_file_that_cannot_be_imported_or_is_skipped(project: Project) -> None:
    for number, name in enumerate(HOSTILE):
        how = "raise ImportError(TEXT)" if number % 2 else "pytest.skip(TEXT, allow_module_level=True)"
        where = 'pathlib.Path(__file__).parents[1].joinpath("hostile.json").read_text()'
        project.write({
            f"tests/test_orchestrator_{number}.py": f"""
                import json, pathlib, pytest
                TEXT = json.loads({where})[{name!r}]
                {how}
                """
        })  # fmt: skip
    ran = checked(project.gate(*QUIET, "--continue-on-collection-errors"), 1)
    assert ran.component["outcomes"]["error"] == len(HOSTILE) // 2


def test_deselected_tests_are_named(project: Project) -> None:
    project.policy(POLICY, RAW_IDS)
    project.write({"tests/test_orchestrator.py": TESTS})
    for flags in (("-k", "flaky"), ("--deselect", "tests/test_orchestrator.py::test_skips")):
        assert "deselected" in checked(project.gate(*QUIET, *flags), 3).gaps


# ── gates, reporters and other hooks ─────────────────────────────────────────

GATES = """
    import json, pathlib
    from pytest_maturity import Finding, Gate, Measurement, Reporter

    HOSTILE = json.loads(pathlib.Path(__file__).with_name("hostile.json").read_text())
    TEXTS = [text for name, text in HOSTILE.items() if name not in ("surrogate", "undecodable")]

    def gate(text, answer):
        return Gate(text, lambda *_: answer(text), "lower", text, remedy=lambda *_: text, lines=(text,))
    """
ANSWERS = {
    "failed": ("Measurement(5, text, [Finding(path=text, message=text, line=3, rule=text, severity=text)], {text: 5})",
               1),
    "unknown": ("Measurement(None, text)", 3),
    "passed": ("Measurement(0, text, [], {text: 0})", 0),
    "raised": ("(_ for _ in ()).throw(type(text[:9], (Exception,), {'__module__': text})(text))", 3),
    "exited": ("(_ for _ in ()).throw(SystemExit(text))", 3),
    "nonsense": ("type(text[:9].replace(chr(0), '') or 'Empty', (), {'__repr__': lambda self: text})()", 3),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "code"), ANSWERS.values(), ids=ANSWERS.keys())
def test_names_notes_findings_and_errors_of_gates(project: Project, answer: str, code: int) -> None:
    hook = "def pytest_maturity_gates(config):\n    return [gate(one, ANSWER) for one in TEXTS]\n"
    project.write({"conftest.py": dedent(GATES) + f"ANSWER = lambda text: {answer}\n{hook}"})
    required = "".join(f"{quoted(text)} = 0\n" for text in ENCODABLE.values())
    lines = "".join(f"{quoted(text)} = {{ {quoted(text)} = 0 }}\n" for text in ENCODABLE.values())
    stages = f"[tool.maturity.stages.one]\n{required}[tool.maturity.stages.two]\n{lines}"
    project.policy(f'[tool.maturity]\nladder = ["one", "two"]\n{stages}')
    for flags in (("-v", "--color=yes"), ("--maturity-target", "two")):
        ran = checked(project.gate(*QUIET, *flags), code)
        assert len(ran.component["gates"]) == 2 * len(ENCODABLE)


def test_names_of_unknown_gates_and_lines(project: Project) -> None:
    project.write({"conftest.py": dedent(GATES) + "def pytest_maturity_gates(config):\n    return [gate('x', 0)]\n"})
    entries = "".join(f"{quoted(text)} = 0\n" for text in ENCODABLE.values())
    project.policy(f'[tool.maturity]\nladder = ["one"]\n[tool.maturity.stages.one]\n{entries}x.{quoted("::y")} = 1\n')
    ran = checked(project.gate(*QUIET), 4)
    assert len(ran.errors) == len(ENCODABLE) + 1


@pytest.mark.parametrize(
    "body", ["[Gate(one, None, better=one) for one in TEXTS]", "[gate(one, 0) for one in TEXTS * 2]"]
)
def test_gates_that_are_refused(project: Project, body: str) -> None:
    project.write({"conftest.py": dedent(GATES) + f"def pytest_maturity_gates(config):\n    return {body}\n"})
    assert checked(project.gate(*QUIET), 4).errors


def test_a_reporter_that_raises(project: Project) -> None:
    body = "raise type('X', (Exception,), {'__str__': lambda _: ' '.join(TEXTS)})"
    hook = "def pytest_maturity_reporters(config):\n    return [Reporter('page', render, '.x')]\n"
    project.write({"conftest.py": dedent(GATES) + f"def render(report):\n    {body}\n" + hook})
    assert "a reporter raised" in checked(project.gate(*QUIET, "--maturity-report=page"), 3).last_line


def test_spellings_of_a_name(project: Project) -> None:
    project.write(
        {"conftest.py": dedent(GATES) + "def pytest_maturity_name_variants(config, name):\n    return TEXTS\n"}
    )
    checked(project.gate(*QUIET), 0)


HOOKS = {
    "classify": "def pytest_maturity_classify(item, exception):\n    return TEXT",
    "classify raises": "def pytest_maturity_classify(item, exception):\n    raise ValueError(TEXT)",
    "rerun": "def pytest_maturity_rerun(item):\n    return type('X', (), {'__repr__': lambda _: TEXT})()",
    "rerun raises": "def pytest_maturity_rerun(item):\n    raise type('X', (Exception,), {'__str__': lambda _: TEXT})",
    "reason": "def pytest_maturity_rerun(item, attempt):\n    return Rerun(0, reason=TEXT) if attempt < 2 else None",
    "attempt raises": "def pytest_maturity_attempt(item, attempt):\n    raise ValueError(TEXT)",
}


@pytest.mark.parametrize("hook", HOOKS.values(), ids=HOOKS.keys())
def test_what_hooks_of_retries_answer(project: Project, hook: str) -> None:
    body = hook.replace("TEXT", "HOSTILE[item.callspec.params['name']]")
    project.policy(POLICY)
    project.write({
        "conftest.py": dedent(GATES) + f"from pytest_maturity import Rerun\n{body}\n",
        "tests/test_orchestrator.py": """
            import json, pathlib, pytest

            NAMES = json.loads(pathlib.Path(__file__).parents[1].joinpath("hostile.json").read_text())
            SEEN = set()

            @pytest.mark.parametrize("name", NAMES)
            def test_it(name):
                if name not in SEEN:
                    SEEN.add(name)
                    raise ConnectionError
            """,
    })  # fmt: skip
    code = 1 if "classify" in hook or ("rerun" in hook and "reason" not in hook) else 0
    ran = checked(project.gate(*QUIET), code)
    assert any("MaturityWarning" in line for line in ran.result.outlines) == ("reason" not in hook)


# ── what the command line and the configuration say ──────────────────────────


def test_names_of_components(project: Project) -> None:
    before = tree(project.path)
    ran = checked(project.gate(*QUIET, *(f"--maturity-component={text}" for text in HOSTILE.values())), 4)
    assert len(ran.errors) == len(HOSTILE)
    assert tree(project.path) == before


@a_few
def test_values_of_options(project: Project, text: str) -> None:
    values = [f"--maturity-{option}={text}" for option in ("target", "retries", "component")]
    assert len(checked(project.gate(*QUIET, *values), 4).errors) == 3
    assert len(checked(project.gate(*QUIET, f"--maturity-config={text}"), 4).errors) == 1


@pytest.mark.parametrize("option", ["config", "report"])
@pytest.mark.parametrize("name", ["NUL", "surrogate"])
def test_what_cannot_be_the_name_of_a_file(project: Project, option: str, name: str) -> None:
    ran = checked(project.gate(*QUIET, f"--maturity-{option}={HOSTILE[name]}"), 4)
    assert ran.errors == [f"ERROR: --maturity-{option}: {safe(HOSTILE[name])} cannot be the name of a file"]


@a_few
def test_where_the_report_goes(project: Project, text: str) -> None:
    text = text.strip()[:60]
    checked(project.gate(*QUIET, f"--maturity-report={text}"), 0)
    SCHEMA.validate(json.loads((project.path / text).read_text("utf-8")))


@a_few
def test_what_else_narrows_a_run(project: Project, text: str) -> None:
    assert checked(project.gate(*QUIET, "-o", f"norecursedirs={text}"), 3).gaps == ["weakened"]


@pytest.mark.parametrize("name", ["C1", "bidi override", "newline", "line separator", "percent", "braces"])
def test_a_path_on_the_command_line(project: Project, name: str) -> None:
    file = project.path / "tests" / HOSTILE[name] / "test_orchestrator.py"
    file.parent.mkdir()
    file.write_text("def test_it():\n    pass\n")
    assert "partial" in checked(project.gate(*OURS_ONLY, str(file.relative_to(project.path))), 3).gaps


def test_names_of_stages(project: Project) -> None:
    names = [text for text in ENCODABLE.values() if not CONTROL.search(text) and len(text) < LONGEST_TEXT]
    stages = "".join(f"[tool.maturity.stages.{quoted(name)}]\nskipped_rate = {n}\n" for n, name in enumerate(names, 9))
    project.policy(f"[tool.maturity]\nladder = [{', '.join(map(quoted, names))}]\n{stages}")
    for target in (names[0], ENCODABLE["github command"], ENCODABLE["old github inside"]):
        ran = checked(project.gate(*QUIET, f"--maturity-target={target}"), 0)
        assert ran.report["target"] == safe(target)
        assert ran.report["ladder"] == list(map(safe, names)) == list(ran.gate("skipped_rate")["stages"])
        project.write({"tests/test_orchestrator.py": "import pytest\n\ndef test_it():\n    pytest.skip('x')\n"})
        checked(project.gate(*QUIET, f"--maturity-target={target}"), 1)
        checked(project.gate(*QUIET, f"--maturity-target={target}", "--maturity-explain"), 0)
        project.write(ORCHESTRATION)


def test_keys_and_values_of_the_configuration(project: Project) -> None:
    keys = [quoted(text) for text in ENCODABLE.values() if len(text) < LONGEST_TEXT]
    tables = (
        "maturity",
        "maturity.components.orchestration",
        "maturity.gates.lint",
        "maturity.retry",
        "maturity.stages",
    )
    policy = "".join(f"[tool.{table}]\n" + "".join(f"{key} = {key}\n" for key in keys) for table in tables)
    for key in keys:
        policy += f"[tool.maturity.components.{key}]\nsources = [{key}]\ntests = [{key}]\naliases = [{key}]\n"
        policy += f"[tool.maturity.gates.{key}]\ncommand = [{key}]\npattern = {key}\npointer = {key}\n"
        policy += f"[tool.maturity.components.orchestration.stages.{key}]\n{key} = {key}\n"
    project.policy(policy)
    assert len(checked(project.gate(*QUIET), 4).errors) > 8 * len(keys)


@pytest.mark.parametrize("key", ["sources", "tests", "specs", "components.orchestration.sources",
                                 "components.orchestration.tests", "components.orchestration.aliases"])  # fmt: skip
def test_values_that_are_paths_or_names(project: Project, key: str) -> None:
    values = [quoted(text) for text in ENCODABLE.values() if not CONTROL.search(text)]
    policy = f"[tool.maturity]\nladder = ['one']\nstages.one.pass_rate = 100\n{key} = [{', '.join(values)}]\n"
    project.policy(policy)
    checked(project.gate(*QUIET), 0 if key.endswith(("specs", "aliases")) else 4)


@pytest.mark.parametrize("file", ["policy.toml", "policy.yaml"])
def test_a_policy_that_cannot_be_read(project: Project, file: str) -> None:
    refused = []
    for text in ENCODABLE.values():
        for body in (text, f"tool: {text}", f"'{text}", f"{text}: {text}", f"[tool.maturity]\nx = {text}"):
            (project.path / file).write_text(body, encoding="utf-8")
            try:
                load_config(project.path, project.path / file)
            except ConfigError as error:
                refused += f"ERROR: {error.message}".split("\n")
    assert len(refused) > 4 * len(ENCODABLE)
    assert not harmful_lines(refused)


def test_markers_in_test_files(project: Project) -> None:
    marks = "".join(
        f"@pytest.mark.maturity_component({text!r})\n@pytest.mark.maturity_rerun(**{{{text!r}: 1}})\n"
        f"@pytest.mark.maturity_rerun(max_retries={text!r})\ndef test_{number}():\n    pass\n\n"
        for number, text in enumerate(ENCODABLE.values())
    )
    project.write({"tests/test_orchestrator.py": f"import pytest\n\n{marks}"})
    assert len(checked(project.gate(*QUIET), 4).errors) > len(ENCODABLE) / 2
    reruns = re.sub(r"@pytest.mark.maturity_component.*\n", "", marks)
    project.write({"tests/test_orchestrator.py": f"import pytest\n\n{reruns}"})
    assert len(checked(project.gate(*QUIET), 4).errors) > len(ENCODABLE)


# ── the file system, git and tools ───────────────────────────────────────────


def test_names_of_source_files(project: Project) -> None:
    project.policy(COVERAGE_ONLY)
    names = [text for name, text in FILE_NAMES.items() if name != "undecodable"]
    for text in names:
        (project.path / "src/orchestration" / f"{text}.py").write_text("X = 1\nY = 2\n")
    for flags, code in ((("-v",), 1), (("--maturity-explain",), 0)):
        ran = checked(project.gate(*QUIET, *flags, subprocess=True), code)
    ran = project.gate(*QUIET, subprocess=True)
    assert len(ran.component["coverage"]["files"]) == len(names) + 3
    assert ran.gate("coverage")["findings"]
    assert ran.gaps == []


def test_a_source_file_whose_name_coverage_cannot_keep_is_unknown(project: Project) -> None:
    project.policy(COVERAGE_ONLY)
    (project.path / "src/orchestration" / f"{HOSTILE['undecodable']}.py").write_text("X = 1\n")
    assert "coverage could not be measured" in checked(project.gate(*QUIET, subprocess=True), 3).last_line


UNADDRESSABLE = re.compile(r"::|\\")  # pytest takes it for something else in its own node ids


def test_names_of_the_policy_file_and_of_the_report_explained(project: Project) -> None:
    for text in FILE_NAMES.values():
        policy = project.path / f"{text}.toml"
        policy.write_text('[tool.maturity]\nladder = ["only"]\nstages.only.pass_rate = 100\n')
        names = (f"--maturity-config={policy}", f"--maturity-report={project.path / text}.json")
        checked(project.gate(*OURS_ONLY, *names, "--maturity-explain"), 0)


def test_names_of_directories_and_test_files(project: Project) -> None:
    project.policy(TESTS_ONLY, "addopts = ['--import-mode=importlib']\npythonpath = ['src']")
    names = [text for text in FILE_NAMES.values() if not UNADDRESSABLE.search(text)]
    for text in names:
        folder = project.path / "tests/orchestration" / text
        folder.mkdir(parents=True)
        (folder / f"test_{text}.py").write_text("def test_it():\n    assert True\n")
    for flags in ((), ("--maturity-explain",)):
        checked(project.gate(*OURS_ONLY, *flags), 0)
    ran = project.gate(*QUIET)
    assert ran.component["outcomes"]["passed"] == len(names) + 1
    assert not harmful_lines(sections(ran.result.outlines))


def test_a_test_file_that_pytest_cannot_name_is_missed(project: Project) -> None:
    names = [text for text in FILE_NAMES.values() if UNADDRESSABLE.search(text)]
    for text in names:
        (project.path / "tests" / f"test_orchestrator_{text}.py").write_text("def test_it():\n    assert True\n")
    ran = checked(project.gate(*OURS_ONLY, "--import-mode=importlib"), 3)
    assert "ignored" in ran.gaps


def test_a_branch_and_files_that_git_names(project: Project) -> None:
    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=project.path, check=True, capture_output=True, text=True).stdout

    git("init", "-q", "-b", "x/##group-\u202e-error-%s-{}")
    for text in FILE_NAMES.values():
        (project.path / f"{text}.txt").write_text("")
    git("-c", "user.name=##[x]", "-c", "user.email=::x", "commit", "-q", "--allow-empty", "-m", "::error::x")
    ran = checked(project.gate(*QUIET), 0)
    assert (ran.report["run"]["commit"], ran.report["run"]["dirty"]) == (git("rev-parse", "HEAD").strip(), True)


SAYS = """
    import json, pathlib, sys

    text = json.loads(pathlib.Path("hostile.json").read_text())[sys.argv[2]]
    out = {"out": sys.stdout, "err": sys.stderr}[sys.argv[1]]
    out.buffer.write(text.encode("utf-8", "surrogatepass"))
    sys.exit(9 if sys.argv[1] == "err" else 0)
    """


@pytest.mark.parametrize("where", ["out", "err"])
def test_what_a_tool_prints(project: Project, where: str) -> None:
    names = list(HOSTILE)
    gates = "".join(
        f"[tool.maturity.gates.g{number}]\npointer = '/x'\n"
        f"command = [{quoted(sys.executable)}, '-S', 'says.py', '{where}', {quoted(name)}]\n"
        for number, name in enumerate(names)
    )
    required = "".join(f"g{number} = 0\n" for number in range(len(names)))
    project.write({"says.py": SAYS})
    project.policy(f"[tool.maturity]\nladder = ['one']\n[tool.maturity.stages.one]\n{required}{gates}")
    ran = checked(project.gate(*QUIET), 3)
    notes = [gate["note"] for gate in ran.component["gates"]]
    assert all("not JSON" in note or "no '/x'" in note if where == "out" else "exited with 9" in note for note in notes)


def test_an_invalid_number_and_a_missing_command(project: Project) -> None:
    required = gates = ""
    for number, (name, text) in enumerate(ENCODABLE.items()):
        if len(text) < LONGEST_TEXT:
            says = f"{quoted(sys.executable)}, '-S', 'says.py', 'out', {quoted(name)}"
            command = says if number % 2 else quoted(text)
            required += f"{quoted(text)} = 0\n"
            gates += f"[tool.maturity.gates.{quoted(text)}]\npattern = '(?s).+'\ncommand = [{command}]\n"
    project.write({"says.py": SAYS})
    project.policy(f"[tool.maturity]\nladder = ['one']\n[tool.maturity.stages.one]\n{required}{gates}")
    checked(project.gate(*QUIET, "-v"), 3)


# ── where it is printed ──────────────────────────────────────────────────────


def test_a_stdout_of_ascii_shows_a_table_of_lines(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    project.policy(COVERAGE_ONLY)
    (project.path / "src/orchestration/gr\u00f6\u00dfe.py").write_text("X = 1\n" * 9)
    ran = checked(project.gate(*QUIET, "--color=yes", subprocess=True), 1)
    lines = [STYLE.sub("", line) for line in ran.result.outlines]
    assert any(line.startswith("x coverage ") for line in lines)
    assert any(line.startswith("    src/orchestration/gr\\xf6\\xdfe.py") for line in lines)
    assert not any("\\n" in line or "\\x1b" in line for line in lines)


@pytest.mark.parametrize("text", ["word " * 9 + "::error::x ##[y] " * 9, "a table ::error::x ::error::y"])
def test_a_narrow_terminal_wraps_no_command_to_the_start_of_a_line(
    project: Project, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    hook = f"def pytest_maturity_gates(config):\n    return [gate({text!r}, lambda _: Measurement(1, {text!r}))]\n"
    project.write({"conftest.py": dedent(GATES) + hook})
    key = quoted(text)
    project.policy(f"[tool.maturity]\nladder = [{key}]\n[tool.maturity.stages.{key}]\n{key} = 0\n")
    checked(project.gate(*QUIET), 1)


# ── secrets ──────────────────────────────────────────────────────────────────

PASSWORD = "hun" + "ter2secret"
ACCESS_KEY = "AKIA" + "IOSFODNN7EXAMPLF"
TOKEN = "tok_" + "2b7e151628aed2a6"
LEAKING = f"""
    import os

    password = "{PASSWORD}"
    key = "{ACCESS_KEY}"

    def connect(user, password="{PASSWORD}"):
        assert user, password

    def run():
        connect("me", password="{PASSWORD}")
    """


SECRETIVE = f"""
    [tool.maturity]
    ladder = ["bronze"]
    retry = {{ max_retries = 1, base_delay = 0 }}
    junit_flaky_failures = true
    [tool.maturity.stages.bronze]
    pass_rate = 100
    flaky_rate = 0
    out = 0
    err = 0
    [tool.maturity.gates.out]
    command = [{quoted(sys.executable)}, "-c", "import os; print('x' * 70, os.environ['DEPLOY_TOKEN'])"]
    pointer = ""
    [tool.maturity.gates.err]
    command = [{quoted(sys.executable)}, "-c", "import os, sys; sys.exit('x' * 290 + os.environ['DEPLOY_TOKEN'])"]
    pattern = ".+"
    """


def test_no_secret_that_the_scanners_find_is_printed(project: Project) -> None:
    project.policy("""
        [tool.maturity]
        ladder = ["one"]
        stages.one.security = { critical = 0, high = 0, medium = 0, low = 0 }
        """)
    project.write({"src/orchestration/leaking.py": LEAKING})
    command = [find_program("bandit"), "--quiet", "--format", "json", "--recursive", "src/orchestration"]
    by_hand = subprocess.run(command, cwd=project.path, check=False, capture_output=True, text=True).stdout
    assert by_hand.count(f"password: '{PASSWORD}'") == 3  # or else there is nothing to hide
    ran = project.gate("-vv", subprocess=True)
    assert ran.code == 1
    found = [one["message"] for gate in ran.component["gates"] for one in gate["findings"]]
    assert found.count("Possible hardcoded password") == 3
    assert {"AWS Access Key", "Secret Keyword"} <= set(found)
    for secret in (PASSWORD, ACCESS_KEY):
        assert secret not in ran.result.stdout.str() + ran.result.stderr.str() + json.dumps(ran.report)


def test_a_secret_of_the_environment_is_printed_nowhere(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPLOY_TOKEN", TOKEN)
    project.policy(SECRETIVE)
    project.write({
        "conftest.py": "import os\nos.environ['LOADED_PASSWORD'] = 'from-a-file-1'\n",
        "tests/test_orchestrator.py": """
            import os
            SEEN = []

            def test_fails():
                raise AssertionError("401 for " + os.environ["DEPLOY_TOKEN"])

            def test_is_flaky():
                SEEN.append(1)
                if len(SEEN) < 2:
                    raise ConnectionError("x" * 60 + " " + os.environ["DEPLOY_TOKEN"] + os.environ["LOADED_PASSWORD"])

            def test_is_dead():
                raise ConnectionError("redis://me:" + "pass@cache is down")
            """,
    })  # fmt: skip
    ran = project.gate(*QUIET, "-v", "--junitxml=junit.xml", "-k", f"not {TOKEN}", subprocess=True)
    assert ran.code == 1
    report = json.dumps(ran.report)
    assert "401 for ***" in report
    assert "redis://***@cache is down" in report
    assert report.count("***") > 6
    (case,) = ElementTree.parse(project.path / "junit.xml").iterfind(".//testcase[@name='test_is_flaky']")
    printed = ran.result.stdout.str() + ran.result.stderr.str() + report + ElementTree.tostring(case, "unicode")
    for secret in (TOKEN, TOKEN[:8], "from-a-file-1", "me:pass"):
        assert secret not in printed
    refused = project.run("--maturity-component", f"x{TOKEN}", f"--maturity-target={TOKEN}")
    assert "***" in refused.stderr.str()
    assert TOKEN not in refused.stderr.str()


# ── names that lead out of the project ───────────────────────────────────────


@pytest.mark.parametrize("name", ["../../x", "/etc", "..", "~/x", "con/../x", "\uff0e\uff0e/x", "auth\0"])
def test_a_name_that_is_a_path_is_refused_before_anything_is_read_or_written(project: Project, name: str) -> None:
    before = tree(project.path.parent)
    ran = checked(GateRun(project.run(*QUIET, f"--maturity-component={name}")), 4)
    assert "cannot be a component's name" in ran.errors[0]
    assert tree(project.path.parent) == before


@pytest.mark.parametrize("name", ["auth", "orchestration.auth", "tool", "all"])
def test_a_component_that_is_a_link_out_of_the_project_is_refused(
    project: Project, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "auth").mkdir()
    (outside / "auth" / "__init__.py").write_text("")
    (outside / "tool.py").write_text("")
    (project.path / "src/auth").symlink_to(outside / "auth")
    (project.path / "src/orchestration/auth").symlink_to(outside / "auth")
    (project.path / "src/tool.py").symlink_to(outside / "tool.py")
    ran = checked(project.gate(*QUIET, component=name), 4)
    assert ran.errors
    assert all(f"leads out of the project, to {outside}" in error for error in ran.errors)
