"""The installed tools on small projects: the gates count what the tools print."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from fractions import Fraction
from multiprocessing import get_all_start_methods
from pathlib import Path
from shutil import which

import pytest

from pytest_maturity.evidence.suppressions.comments import find_comments
from pytest_maturity.evidence.suppressions.source import Source
from pytest_maturity.gates import lint, security, types
from pytest_maturity.model.evidence import Component, Evidence, ToolResult
from pytest_maturity.model.gates import Context, Gate, Measurement, Requirement
from pytest_maturity.tools import detect_secrets
from pytest_maturity.tools.processes import clean_environment, find_program, run_program
from pytest_maturity.tools.toolbox import Toolbox
from tests.unit.evidence.suppressions.test_comments import COMMENTS, NO_SUPPRESSIONS

FAKE_PASSWORD = "hun" + "ter2secret"
FAKE_KEY = "AKIA" + "IOSFODNN7EXAMPLF"
FILES = {
    "src/alpha/__init__.py": "import os\n\n\ndef double(number: int) -> str:\n    return number * 2\n",
    "src/alpha/calls.py": (
        "import subprocess\n\n\n"
        "def run(what: str) -> int:\n"
        f'    password = "{FAKE_PASSWORD}"\n'
        f'    key = "{FAKE_KEY}"\n'
        "    return subprocess.call(what + password + key, shell=True)\n"
    ),
    "src/beta/__init__.py": "def one() -> int:\n    return 1\n",
    "src/beta/more.py": "",
    "tests/test_alpha.py": "import os, sys\nx: int = 'one'\n",
}


class Project:
    """A directory with files, whose components are given to the tools together."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.tools: Mapping[str, ToolResult] = {}  # the results of the last measurement
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")

    def component(self, name: str) -> Component:
        source = self.root / "src" / name
        files = tuple(sorted(source.rglob("*.py")))
        return Component(name=name, sources=(source,), files=files, found_by="src")

    def measure(self, gate: Gate, *names: str, **options: object) -> list[Measurement]:
        """Returns the measurements of components that are given to the tools together."""
        context = Context(root=self.root, options={gate.name: options})
        components = [self.component(name) for name in names]
        box = Toolbox(self.root)
        assert gate.commands is not None
        box.start(gate.commands(components, context), 2)
        self.tools = box.join()
        return [gate.measure(Evidence(component=one, tools=self.tools), context) for one in components]

    def by_hand(self, *arguments: str) -> str:
        """Returns what a tool prints when a person runs it."""
        program, *rest = arguments
        return subprocess.run(
            [find_program(program), *rest],
            cwd=self.root,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
        ).stdout


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path.resolve())


def snapshot(root: Path) -> dict[str, str]:
    """Returns the content of every file, without mypy's cache."""
    files = (path for path in root.rglob("*") if path.is_file() and ".mypy_cache" not in path.parts)
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in files}


def test_the_printed_command_of_types_gives_the_same_number(project: Project) -> None:
    project.write("src/beta/prices.py", 'def price() -> int:\n    return "1"\n')
    project.write("src/alpha/cart.py", "import beta.prices\n\n\ndef cost() -> str:\n    return beta.prices.price()\n")
    (alpha,), tools = project.measure(types.GATE, "alpha"), project.tools
    requirement = Requirement(gate="types", threshold=Fraction(0), source="")
    remedy = types.suggest_remedy(Evidence(component=project.component("alpha"), tools=tools), alpha, requirement)
    printed = subprocess.run(remedy.command, cwd=project.root, capture_output=True, text=True, check=False).stdout
    assert remedy.command[0] == "env"
    errors = [line.partition(":")[0] for line in printed.splitlines() if ": error: " in line]
    assert errors == [one.path for one in alpha.findings] != []


def test_what_is_no_secret_is_settled_in_both_ways_that_the_remedy_names(project: Project) -> None:
    url = 'URL = "redis://cache:' + FAKE_PASSWORD + '@localhost:6379/0"'
    project.write("src/beta/cache.py", f"{url}\n")
    requirement = Requirement(gate="security", line="critical", threshold=Fraction(0), source="")
    (beta,) = project.measure(security.GATE, "beta")
    evidence = Evidence(component=project.component("beta"), tools=project.tools)
    text = security.suggest_remedy(evidence, beta, requirement).text
    assert text.startswith("fix 1 finding; if it is none (")
    assert [(one.location, one.message) for one in beta.findings] == [("src/beta/cache.py:1", "Basic Auth Credentials")]
    pragma, command = re.findall("`(.+?)`", text)
    project.write("src/beta/cache.py", f"{url}  {pragma}\n")
    assert project.measure(security.GATE, "beta")[0].breakdown["critical"] == 0
    project.write("src/beta/cache.py", f"{url}\n")
    path = f"{Path(find_program('detect-secrets')).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["sh", "-c", command], cwd=project.root, env={**os.environ, "PATH": path}, check=True)
    (beta,) = project.measure(security.GATE, "beta")
    assert (beta.breakdown["critical"], ", 1 known in .secrets.baseline not counted" in beta.note) == (0, True)


def test_lint_is_the_count_of_ruff(project: Project) -> None:
    alpha, beta = project.measure(lint.GATE, "alpha", "beta")
    assert alpha.value == len(json.loads(project.by_hand("ruff", "check", "--output-format", "json", "src/alpha")))
    assert alpha.value >= 1
    assert (beta.value, beta.note) == (0, "ruff, rules E4,E7,E9,F, 2 files")
    assert alpha.findings[-1].path.startswith("src/alpha/")


def test_settings_that_select_no_rules_add_to_the_fixed_ones(project: Project) -> None:
    project.write("src/beta/__init__.py", "try:\n    x = lambda: 1\nexcept Exception:\n    pass\nimport sys, os\n")
    project.write("ruff.toml", "[lint]\nextend-select = ['I']\nignore = ['E731', 'F401']\n")
    (beta,) = project.measure(lint.GATE, "beta")
    assert [one.rule for one in beta.findings] == ["E401", "I001"]


def test_lint_changes_no_file_even_where_the_project_lets_ruff_fix(project: Project) -> None:
    project.write("ruff.toml", "fix = true\nunsafe-fixes = true\n")
    before = snapshot(project.root)
    (alpha,) = project.measure(lint.GATE, "alpha")
    assert alpha.value
    assert snapshot(project.root) == before


def test_a_syntax_error_is_a_finding_of_ruff(project: Project) -> None:
    project.write("src/beta/more.py", "def f(:\n")
    (beta,) = project.measure(lint.GATE, "beta")
    assert beta.value == len(json.loads(project.by_hand("ruff", "check", "--output-format", "json", "src/beta")))
    assert beta.value >= 1


@pytest.mark.parametrize(
    ("gate", "path", "text", "tool"),
    [
        (lint.GATE, "ruff.toml", 'force-exclude = true\nextend-exclude = ["src/beta"]\n', "ruff"),
        (types.GATE, "mypy.ini", "[mypy]\nexclude = beta\n", "mypy"),
        (security.GATE, "pyproject.toml", '[tool.bandit]\nexclude_dirs = ["src/beta"]\n', "bandit"),
    ],
)
def test_a_component_that_the_configuration_excludes_is_unknown(
    project: Project, gate: Gate, path: str, text: str, tool: str
) -> None:
    project.write(path, text)
    (beta,) = project.measure(gate, "beta")
    assert beta.value is None
    assert re.search(rf"{tool}.*(analysed none of the component's 2 files|There are no \.py)", beta.note)


@pytest.mark.parametrize(
    ("gate", "path", "text"),
    [
        (lint.GATE, "ruff.toml", 'force-exclude = true\nextend-exclude = ["src/beta"]\n'),
        (security.GATE, "pyproject.toml", '[tool.bandit]\nexclude_dirs = ["src/beta"]\n'),
    ],
)
def test_an_excluded_component_is_unknown_also_beside_another_one(
    project: Project, gate: Gate, path: str, text: str
) -> None:
    project.write(path, text)
    alpha, beta = project.measure(gate, "alpha", "beta")
    assert alpha.value
    assert beta.value is None


def test_a_broken_configuration_is_unknown_and_says_so(project: Project) -> None:
    project.write("ruff.toml", "nonsense = 1\n")
    (beta,) = project.measure(lint.GATE, "beta")
    assert beta.value is None
    assert "ruff exited with 2" in beta.note


def test_types_is_the_count_of_mypy(project: Project) -> None:
    alpha, beta = project.measure(types.GATE, "alpha", "beta")
    assert re.search(rf"Found {alpha.value} error", project.by_hand("mypy", "src/alpha"))
    assert alpha.findings[0].location == "src/alpha/__init__.py:5"
    assert (beta.value, beta.note) == (0, "mypy, 2 files")


def test_types_is_the_same_when_mypy_uses_its_cache(project: Project) -> None:
    assert project.measure(types.GATE, "alpha", "beta") == project.measure(types.GATE, "alpha", "beta")


def test_mypy_that_stops_at_a_syntax_error_is_unknown_for_every_component(project: Project) -> None:
    project.write("src/beta/more.py", "def f(:\n")
    for one in project.measure(types.GATE, "alpha", "beta"):
        assert one.value is None
        assert "mypy stopped early: src/beta/more.py:1: " in one.note


COUNTERS: dict[str, Callable[[Project], int]] = {
    "pyright": lambda one: json.loads(one.by_hand("pyright", "--outputjson", "src/alpha"))["summary"]["errorCount"],
    "basedpyright": lambda one: json.loads(one.by_hand("basedpyright", "--outputjson", "src/alpha"))["summary"][
        "errorCount"
    ],
    "ty": lambda one: one.by_hand("ty", "check", "--output-format", "concise", "src/alpha").count(": error["),
    "pyrefly": lambda one: one.by_hand("pyrefly", "check", "--output-format", "json", "src/alpha").count('"error"'),
}


@pytest.fixture(params=sorted(COUNTERS))
def checker(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if which(find_program(name)) is None:
        pytest.skip(f"{name} is not installed")
    return name


def test_types_is_the_count_of_the_checker(project: Project, checker: str) -> None:
    alpha, beta = project.measure(types.GATE, "alpha", "beta", tool=checker)
    assert alpha.value == COUNTERS[checker](project)
    assert beta.value == 0
    assert checker in beta.note
    if alpha.findings:
        assert alpha.findings[0].location == "src/alpha/__init__.py:5"
        assert alpha.findings[0].column == 12


def test_a_checker_counts_a_syntax_error(project: Project, checker: str) -> None:
    project.write("src/alpha/calls.py", "def f(:\n")
    alpha, beta = project.measure(types.GATE, "alpha", "beta", tool=checker)
    assert alpha.value == COUNTERS[checker](project)
    assert alpha.value >= 1
    assert beta.value == 0


def test_a_checker_without_files_is_unknown(project: Project, checker: str) -> None:
    (project.root / "src/gamma").mkdir()
    source = project.root / "src/gamma"
    component = Component(name="gamma", sources=(source,), files=(source / "gone.py",), found_by="src")
    context = Context(root=project.root, options={"types": {"tool": checker}})
    box = Toolbox(project.root)
    box.start(types.make_commands([component], context), 2)
    assert types.measure(Evidence(component=component, tools=box.join()), context).value is None


def test_a_component_that_pyright_excludes_is_unknown_beside_another_one(project: Project, checker: str) -> None:
    if "pyright" not in checker:
        pytest.skip("the other checkers ignore exclusions for paths on the command line, or list their files")
    project.write("pyrightconfig.json", '{"exclude": ["src/beta"]}')
    _, beta = project.measure(types.GATE, "alpha", "beta", tool=checker)
    assert beta.value is None
    assert "analysed 2 of 4 files" in beta.note


def test_basedpyright_leaves_its_baseline_alone(project: Project) -> None:
    if which(find_program("basedpyright")) is None:
        pytest.skip("basedpyright is not installed")
    project.by_hand("basedpyright", "--writebaseline", "src")
    project.write("src/alpha/__init__.py", "")
    before = snapshot(project.root)
    assert project.measure(types.GATE, "alpha", "beta", tool="basedpyright")[0].value == 0
    assert snapshot(project.root) == before


def test_security_is_the_count_of_bandit_and_detect_secrets(project: Project) -> None:
    alpha, beta = project.measure(security.GATE, "alpha", "beta")
    results = json.loads(project.by_hand("bandit", "-q", "-f", "json", "-r", "src/alpha"))["results"]
    by_hand = {line: sum(one["issue_severity"] == line.upper() for one in results) for line in security.LINES}
    scan = json.loads(project.by_hand("detect-secrets", "scan", "--all-files", "--no-verify", "src/alpha"))
    by_hand["critical"] = sum(map(len, scan["results"].values()))
    assert alpha.breakdown == by_hand
    assert alpha.value == sum(by_hand.values())
    assert by_hand["critical"] >= 1
    assert by_hand["high"] >= 1
    assert (beta.value, beta.note) == (0, "detect-secrets, 2 files; bandit, 2 files")


def test_a_finding_never_holds_the_secret(project: Project) -> None:
    (alpha,) = project.measure(security.GATE, "alpha")
    assert FAKE_PASSWORD not in repr(alpha)
    assert FAKE_KEY not in repr(alpha)


def test_a_file_that_bandit_cannot_parse_is_unknown(project: Project) -> None:
    project.write("src/beta/more.py", "def f(:\n")
    alpha, beta = project.measure(security.GATE, "alpha", "beta")
    assert alpha.value is not None
    assert beta.breakdown == {"critical": 0, "high": None, "medium": None, "low": None}
    assert "bandit skipped src/beta/more.py: syntax error" in beta.note


@pytest.mark.parametrize(
    ("path", "text"),
    [("pyproject.toml", '[tool.bandit]\nskips = ["B602"]\n'), (".bandit", "[bandit]\nskips = B602\n")],
)
def test_the_configuration_of_bandit_is_honoured(project: Project, path: str, text: str) -> None:
    assert project.measure(security.GATE, "alpha")[0].breakdown["high"] == 1
    project.write(path, text)
    assert project.measure(security.GATE, "alpha")[0].breakdown["high"] == 0


def test_known_secrets_do_not_count_and_their_baseline_is_not_touched(project: Project) -> None:
    project.write(".secrets.baseline", project.by_hand("detect-secrets", "scan", "--all-files", "-n", "src/alpha"))
    project.write("src/beta/more.py", f'\n\nfresh = "{FAKE_KEY}"\n')
    before = snapshot(project.root)
    alpha, beta = project.measure(security.GATE, "alpha", "beta")
    assert alpha.breakdown["critical"] == 0
    assert "2 known in .secrets.baseline not counted" in alpha.note
    assert beta.breakdown["critical"] == 1
    assert [one.location for one in beta.findings if one.severity == "critical"] == ["src/beta/more.py:3"]
    assert snapshot(project.root) == before


@pytest.mark.parametrize("method", get_all_start_methods())
def test_files_count_as_scanned_however_the_workers_are_started(project: Project, method: str) -> None:
    # Python 3.14 and later do not fork them any more, and the log level is lost on the way.
    start = f"import multiprocessing as m; m.set_start_method({method!r}); from detect_secrets.main import main; main()"
    _, *arguments = detect_secrets.make_command(("src",), project.root, "", 60).argv
    ran = run_program((sys.executable, "-c", start, *arguments), project.root, timeout=60)
    result = ToolResult(argv=(), exit_code=0, stdout=ran.stdout.decode(), stderr=ran.stderr)
    output, _ = detect_secrets.parse(result)
    assert sorted(map(Path, output.files or ())) == sorted(
        path.relative_to(project.root) for path in (project.root / "src").rglob("*.py")
    )
    assert output.findings


def test_the_plugins_and_filters_of_the_baseline_are_used(project: Project) -> None:
    disabled = ("--disable-plugin", "AWSKeyDetector", "--exclude-lines", "password = .*")
    project.write(".secrets.baseline", project.by_hand("detect-secrets", "scan", *disabled, "tests"))
    (alpha,) = project.measure(security.GATE, "alpha")
    assert alpha.breakdown["critical"] == 0


def test_a_broken_baseline_is_unknown(project: Project) -> None:
    project.write(".secrets.baseline", "{")
    (alpha,) = project.measure(security.GATE, "alpha")
    assert alpha.breakdown["critical"] is None
    assert alpha.breakdown["high"] == 1
    assert "Unable to read baseline" in alpha.note


# ── suppressions ─────────────────────────────────────────────────────────────

TRIED = [*(one for group in COMMENTS.values() for one in group), *NO_SUPPRESSIONS]
WRONG = {
    "ruff": (lint.GATE, {}, "import os"),
    "mypy": (types.GATE, {"tool": "mypy"}, "x: int = ''"),
    "basedpyright": (types.GATE, {"tool": "basedpyright"}, "x: int = ''"),
    "ty": (types.GATE, {"tool": "ty"}, "x: int = ''"),
    "pyrefly": (types.GATE, {"tool": "pyrefly"}, "x: int = ''"),
    "bandit": (security.GATE, {}, "assert 1"),
    "detect-secrets": (security.GATE, {}, f"KEY = '{FAKE_KEY}'"),
}


@pytest.mark.parametrize("tool", list(WRONG))
def test_every_comment_that_silences_a_real_tool_counts(project: Project, tool: str) -> None:
    if which(find_program(tool)) is None:
        pytest.skip(f"{tool} is not installed")
    gate, options, wrong = WRONG[tool]
    sources = {}
    # detect-secrets takes a line with brackets for a lookup, not for a secret.
    tried = [comment for comment in TRIED if tool != "detect-secrets" or "[" not in comment]
    for number, comment in enumerate(tried):
        sources[f"src/gamma/beside_{number}.py"] = f"{wrong}  {comment}\n"
        sources[f"src/gamma/above_{number}.py"] = f"{comment}\n{wrong}\n"
    for path, text in sources.items():
        project.write(path, text)
    project.write("src/gamma/__init__.py", "")
    project.write("pyrefly.toml", "")  # without it, pyrefly reports next to nothing
    (measured,) = project.measure(gate, "gamma", **options)
    reported = {finding.path for finding in measured.findings}
    assert measured.value is not None
    silent = {path: text for path, text in sources.items() if path not in reported}
    assert silent
    assert [text for path, text in silent.items() if not list(find_comments(Source(text, path)))] == []


# ── whose settings count, and what is left out ───────────────────────────────

WRONG_BODY = "def wrong(number: int) -> str:\n    return number\n"


def test_a_module_behind_a_complete_stub_is_checked_as_well(project: Project) -> None:
    project.write("src/beta/more.py", "CACHE = {}\n\n\ndef one(name=None):\n    return CACHE.get(name, 1)\n")
    project.write("src/beta/more.pyi", "CACHE: dict[str, int]\ndef one(name: str | None = ...) -> int: ...\n")
    (beta,) = project.measure(types.GATE, "beta")
    assert (beta.value, beta.note) == (0, "mypy, 1 module behind stubs checked without them, 2 files")
    project.write("src/beta/more.py", WRONG_BODY)
    (beta,) = project.measure(types.GATE, "beta")
    assert [one.location for one in beta.findings] == ["src/beta/more.py:2"]


def test_the_project_may_be_strict_where_stubs_have_the_annotations(project: Project) -> None:
    project.write("mypy.ini", "[mypy]\nstrict = true\n")
    project.write("src/beta/more.py", "def one(name=None):\n    return [name]\n")
    project.write("src/beta/more.pyi", "def one(name: str | None = ...) -> list[str | None]: ...\n")
    (beta,) = project.measure(types.GATE, "beta")
    assert beta.value == 0


def test_an_error_in_a_stub_counts_for_both_tools(project: Project) -> None:
    project.write("src/beta/more.pyi", "def one() -> Missing: ...\n")
    assert [one.path for one in project.measure(types.GATE, "beta")[0].findings] == ["src/beta/more.pyi"]
    assert [one.path for one in project.measure(lint.GATE, "beta")[0].findings] == ["src/beta/more.pyi"]


def test_a_secret_in_a_file_that_is_no_module_counts(project: Project) -> None:
    for name in ("settings.yaml", ".env", "note.ipynb", "tests/key.yaml"):
        project.write(f"src/beta/{name}", f"key: {FAKE_KEY}\n")
    (beta,) = project.measure(security.GATE, "beta")
    assert sorted({one.path for one in beta.findings}) == [
        "src/beta/.env", "src/beta/note.ipynb", "src/beta/settings.yaml",
    ]  # fmt: skip


def test_a_function_without_annotations_is_checked_unless_the_project_decides(project: Project) -> None:
    project.write("src/beta/more.py", "def one():\n    return 1 + ''\n")
    assert project.measure(types.GATE, "beta")[0].value == 1
    project.write("mypy.ini", "[mypy]\n")
    assert project.measure(types.GATE, "beta")[0].value == 0


def test_what_mypy_infers_holds_no_project_without_annotations(project: Project) -> None:
    project.write(
        "src/beta/more.py",
        "class Cart:\n    def add(self, item, count=1):\n        names = {}\n        count = str(count)\n"
        "        value = 1\n        value = count\n        return names\n\n\n"
        "class Other(Cart):\n    def add(self, item):\n        return self\n",
    )
    assert project.measure(types.GATE, "beta")[0].value == 0


def test_a_namespace_package_finds_its_own_modules(project: Project) -> None:
    project.write("src/acme/shop/__init__.py", "from acme.shop.inner import x\n\n__all__ = ['x']\n")
    project.write("src/acme/shop/inner.py", "x: int = 1\n")
    source = project.root / "src/acme/shop"
    files = tuple(sorted(source.rglob("*.py")))
    shop = Component(name="shop", sources=(source,), files=files, found_by="src", imports=("acme.shop",))
    context = Context(root=project.root)
    box = Toolbox(project.root)
    box.start(types.make_commands([shop], context), 1)
    assert types.measure(Evidence(component=shop, tools=box.join()), context).value == 0


def test_excludes_count_in_every_spelling(project: Project) -> None:
    for exclude in ("./src/alpha/calls.py", "src/alpha/calls.py", "*/calls.py"):
        project.write("pyproject.toml", f'[tool.bandit]\nexclude_dirs = ["{exclude}"]\n')
        (alpha,) = project.measure(security.GATE, "alpha")
        assert alpha.breakdown["high"] == 0
    for exclude in ("src/alpha/calls.py", "alpha/**", "src/alpha/"):
        project.write("ruff.toml", f'extend-exclude = ["{exclude}"]\n')
        assert all("calls.py" not in one.path for one in project.measure(lint.GATE, "alpha")[0].findings)


def test_the_users_settings_do_not_count(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    own = project.root.parent / "settings"
    for name, text in {"ruff/ruff.toml": 'lint.select = ["E9"]', "mypy/config": "[mypy]\nignore_errors = true"}.items():
        (own / name).parent.mkdir(parents=True)
        (own / name).write_text(text)
    for name in ("APPDATA", "XDG_CONFIG_HOME"):
        monkeypatch.setenv(name, str(own))
    monkeypatch.setenv("RUFF_OUTPUT_FILE", str(project.root / "out"))
    assert project.measure(lint.GATE, "alpha")[0].value
    assert project.measure(types.GATE, "alpha")[0].value
    assert not (project.root / "out").exists()


def test_mypy_leaves_nothing_in_the_project_and_reads_no_cache_there(project: Project) -> None:
    project.by_hand("mypy", "src/alpha")
    before = snapshot(project.root)
    assert project.measure(types.GATE, "alpha")[0].value == 1
    assert snapshot(project.root) == before


@pytest.mark.parametrize("name", ["plain.py", "pr\u00fcfung.py"])
def test_a_file_may_have_any_name_in_any_locale(project: Project, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    project.write(f"src/beta/{name}", "import os\n" + WRONG_BODY)
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONUTF8", "0")
    assert project.measure(lint.GATE, "beta")[0].value == 1
    assert project.measure(types.GATE, "beta")[0].value == 1
