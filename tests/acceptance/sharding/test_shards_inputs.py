"""A merge judges only shards that were made with the same inputs as it has: the list is in docs/ci.md."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from pytest_maturity.plugin.sharding import inputs
from tests.acceptance.project import TESTS_ONLY, GateRun, Project, commit, git

SHOP = {
    "src/other/__init__.py": "def rate() -> int:\n    return 2\n",
    "src/shop/__init__.py": "import other\n\n\ndef price(n: int) -> int:\n    return other.rate() * n\n",
    "src/till/__init__.py": "",
    "tests/shop/test_1.py": "import shop\n\ndef test_price():\n    assert shop.price(2) == 4\n",
    "tests/shop/test_2.py": "import shop\n\ndef test_nothing():\n    assert shop.price(0) == 0\n",
    "tests/test_till.py": "import till\n\ndef test_it(): pass\n",
}
PARTS = ("tests/shop/test_1.py", "tests/shop/test_2.py")


@pytest.fixture
def shop(project: Project) -> Project:
    """A component whose tests import a module of another one; not in a git repository."""
    shutil.rmtree(project.path / "tests")
    shutil.rmtree(project.path / "src")
    project.write(SHOP)
    return project


@pytest.fixture
def repository(shop: Project) -> Project:
    """The same in a git repository that ignores what tests and tools write."""
    shop.write({".gitignore": "*.log\nout/\n"})
    commit(shop)
    return shop


def shard(project: Project, number: int, *arguments: str, component: str = "shop", process: bool = False) -> str:
    name = f"shard-{number}.json"
    given = (f"--maturity-component={component}", f"--maturity-evidence={name}", *arguments)
    assert int(project.run(*given, subprocess=process).ret) == 0
    return name


def merged(project: Project, *names: str, component: str = "shop", process: bool = False) -> GateRun:
    return project.gate(*(f"--maturity-merge={name}" for name in names), component=component, subprocess=process)


def gaps(ran: GateRun) -> Sequence[str]:
    assert (ran.code, ran.report["verdict"]) == (3, "INCONCLUSIVE")
    assert set(ran.gaps) == {"changed"}
    return [gap["message"] for gap in ran.component["gaps"]]


def different(number: int, what: str) -> str:
    return f"shard-{number}.json was made with different inputs: {what}"


# ── what differs ─────────────────────────────────────────────────────────────


@pytest.mark.workers
@pytest.mark.parametrize("component", ["shop", "all"])
def test_a_module_that_no_component_is_made_of_counts(shop: Project, component: str) -> None:
    shop.write({"tests/test_other.py": "import other\n\ndef test_it(): pass\n"})
    parts = ([PARTS[0]], [PARTS[1], *(["tests/test_till.py", "tests/test_other.py"] if component == "all" else [])])
    names = [shard(shop, number, "-n2", *part, component=component) for number, part in enumerate(parts)]
    assert merged(shop, *names, component=component).code == 0
    shop.write({"src/other/__init__.py": "def rate() -> int:\n    return 33\n"})
    ran = merged(shop, *names, component=component)
    assert ran.code == 3
    assert ran.report["components"][0]["gaps"][0]["message"] == different(0, "src/other/__init__.py")


@pytest.mark.processes
def test_two_shards_of_which_each_passes_with_another_module_are_not_promoted(shop: Project) -> None:
    """The false promotion: no version of the module passes both tests, and every shard is green."""
    shop.write({PARTS[1]: "import shop\n\ndef test_price():\n    assert shop.price(2) == 66\n"})
    first = shard(shop, 1, PARTS[0], process=True)
    shop.write({"src/other/__init__.py": "def rate() -> int:\n    return 33\n"})
    second = shard(shop, 2, PARTS[1], process=True)
    assert gaps(merged(shop, first, second, process=True)) == [different(1, "src/other/__init__.py")]
    assert shop.gate(subprocess=True, component="shop").code == 1


PYTHON_FILES = {
    "a conftest": ("conftest.py", "def pytest_pyfunc_call():\n    return True\n"),
    "a helper": ("tests/shop/helper.py", "A = 1\n"),
    "a module in the way": ("src/os.py", "\n"),
    "configuration": ("pytest.ini", "[pytest]\npythonpath = src\n"),
}
ANY_FILE = {
    **PYTHON_FILES,
    "data": ("tests/data/rates.json", "{}"),
    "a lock file": ("uv.lock", "\n"),
    "settings that are hidden": (".env", "A=1\n"),
    "a changed file": ("tests/test_till.py", "def test_it(): pass\n"),
}


@pytest.mark.parametrize(("file", "text"), PYTHON_FILES.values(), ids=PYTHON_FILES)
def test_without_git_a_python_file_that_one_shard_alone_had_is_a_gap(shop: Project, file: str, text: str) -> None:
    shop.write({file: text})
    first = shard(shop, 1, PARTS[0])
    (shop.path / file).unlink()
    assert gaps(merged(shop, first, shard(shop, 2, PARTS[1]))) == [different(1, file)]


@pytest.mark.parametrize(("file", "text"), ANY_FILE.values(), ids=ANY_FILE)
def test_an_uncommitted_change_that_one_shard_alone_had_is_a_gap(repository: Project, file: str, text: str) -> None:
    before = (repository.path / file).read_text() if (repository.path / file).exists() else None
    repository.write({file: text})
    first = shard(repository, 1, PARTS[0])
    if before is None:
        (repository.path / file).unlink()
    else:
        (repository.path / file).write_text(before)
    assert gaps(merged(repository, first, shard(repository, 2, PARTS[1]))) == [different(1, file)]


def test_a_deleted_file_is_an_uncommitted_change(repository: Project) -> None:
    first = shard(repository, 1, PARTS[0])
    (repository.path / "tests/test_till.py").unlink()
    assert gaps(merged(repository, first, shard(repository, 2, PARTS[1]))) == [different(1, "tests/test_till.py")]


def test_a_generated_source_that_git_ignores_counts(repository: Project) -> None:
    (repository.path / ".gitignore").write_text("_version.py\n")
    repository.write({"src/shop/_version.py": "A = 1\n"})
    commit(repository)
    first = shard(repository, 1, PARTS[0])
    repository.write({"src/shop/_version.py": "A = 2\n"})
    assert gaps(merged(repository, first, shard(repository, 2, PARTS[1]))) == [different(1, "src/shop/_version.py")]


def test_shards_of_another_commit_are_a_gap(repository: Project) -> None:
    one = git(repository, "rev-parse", "HEAD")
    first = shard(repository, 1, PARTS[0])
    git(repository, "commit", "-qm", "two", "--allow-empty")
    two = git(repository, "rev-parse", "HEAD")
    second = shard(repository, 2, PARTS[1])
    assert gaps(merged(repository, first, second)) == [different(1, f"commit {one[:12]}, not {two[:12]}")]
    assert merged(repository, shard(repository, 1, PARTS[0]), second).code == 0


def test_a_shard_of_which_the_commit_is_unknown_is_a_gap_where_it_is_known(shop: Project) -> None:
    first = shard(shop, 1, PARTS[0])
    one = commit(shop)
    found = gaps(merged(shop, first, shard(shop, 2, PARTS[1])))
    assert [message[: len(different(1, f"commit unknown, not {one[:12]}"))] for message in found] == [
        different(1, f"commit unknown, not {one[:12]}")
    ]


def test_other_distributions_are_a_gap(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shard(shop, 1, PARTS[0])
    with monkeypatch.context() as patched:
        patched.setattr(inputs, "list_distributions", lambda: ["/lib/other-1.0.dist-info"])
        second = shard(shop, 2, PARTS[1])
    (message,) = gaps(merged(shop, first, second))
    assert message.startswith(different(2, "installed distributions: "))


def test_options_that_select_tests_may_differ_and_others_may_not(shop: Project) -> None:
    first = shard(shop, 1, "-x", "-v", "--tb=short", "-k", "price or nothing", PARTS[0])
    second = shard(shop, 2, "-W", "ignore::UserWarning", PARTS[1])
    assert gaps(merged(shop, first, second)) == [different(2, "options: -W")]
    assert merged(shop, first, shard(shop, 2, PARTS[1])).code == 0


@pytest.mark.parametrize(
    ("name", "value"),
    [("PYTHONPATH", "/elsewhere"), ("PYTHONWARNINGS", "ignore"), ("COVERAGE_CORE", "pytrace"),
     ("PYTEST_ADDOPTS", "--maxfail=3")],
)  # fmt: skip
def test_other_environment_variables_are_a_gap(
    shop: Project, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with monkeypatch.context() as patched:
        patched.setenv(name, value)
        first = shard(shop, 1, PARTS[0])
    assert gaps(merged(shop, first, shard(shop, 2, PARTS[1]))) == [different(1, name)]


def test_other_settings_of_coverage_py_elsewhere_are_a_gap(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    settings = tmp_path_factory.mktemp("elsewhere") / "coveragerc"
    monkeypatch.setenv("COVERAGE_RCFILE", str(settings))
    settings.write_text("[report]\nprecision = 1\n")
    first = shard(shop, 1, PARTS[0])
    settings.write_text("[report]\nprecision = 2\n")
    second = shard(shop, 2, PARTS[1])
    assert gaps(merged(shop, first, second)) == [different(1, "the file of COVERAGE_RCFILE")]


def test_where_coverage_py_writes_its_data_makes_no_difference(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setenv("COVERAGE_FILE", ".coverage.1")
        first = shard(shop, 1, PARTS[0])
    assert merged(shop, first, shard(shop, 2, PARTS[1])).code == 0


@pytest.mark.processes  # in a process of its own: a tracer that is borrowed here has its configuration elsewhere
def test_the_root_may_have_another_name(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    def at(path: Path) -> None:
        monkeypatch.chdir(path)
        monkeypatch.setenv("PYTHONPATH", f"{path}/lib")

    elsewhere = tmp_path_factory.mktemp("elsewhere") / "tree"
    at(shop.path)
    names = [shard(shop, number, part, process=True) for number, part in enumerate(PARTS)]
    shutil.copytree(shop.path, elsewhere)
    at(elsewhere)
    merges = (f"--maturity-merge={name}" for name in names)
    assert int(shop.run("--maturity-component=shop", *merges, subprocess=True).ret) == 0


# ── what tests write ─────────────────────────────────────────────────────────

WRITES = """
    import sys
    from pathlib import Path
    import shop

    HERE = Path(__file__).parent

    def test_writes():
        (HERE / "output").mkdir(exist_ok=True)
        (HERE / "output/{0}.txt").write_text("{0}")
        (HERE / "output/__init__.py").touch()
        (HERE / "made_{0}.py").write_text("A = {0}")
        (HERE.parents[1] / "made.lock").write_text("{0}")
        (HERE / "test_9.py").write_text("def test_it(): pass")
        sys.path.insert(0, str(HERE))
        import made_{0}
        sys.path.remove(str(HERE))
    """


def keep(_: Project) -> None:
    """Leaves the tree as the shard left it."""


def clean(project: Project) -> None:
    git(project, "clean", "-qfd", "-e", "shard-*.json", "-e", ".maturity")


@pytest.mark.processes
@pytest.mark.parametrize("workers", [(), ("-n2",)], ids=["serial", "workers"])
def test_what_tests_write_does_not_make_shards_in_clean_trees_different(
    repository: Project, workers: tuple[str, ...]
) -> None:
    repository.write({part: WRITES.format(number) for number, part in enumerate(PARTS)})
    commit(repository)
    names = []
    for number, part in enumerate(PARTS):
        names.append(shard(repository, number, *workers, part, process=True))
        clean(repository)
    ran = merged(repository, *names, process=True)
    assert [gap["message"] for gap in ran.component["gaps"]] == []
    assert ran.code == 0


WRITE_ONE = """
    from pathlib import Path
    import shop

    def test_writes():
        Path({0!r}).parent.mkdir(exist_ok=True)
        Path({0!r}).write_text("{1}")
    """


@pytest.mark.parametrize("path", ["a.log", "out/a.txt", ".hidden/a.txt", ".coverage", "tests/__pycache__/a.pyc"])
def test_in_one_tree_what_git_ignores_makes_no_difference(repository: Project, path: str) -> None:
    repository.write({part: WRITE_ONE.format(path, number) for number, part in enumerate(PARTS)})
    commit(repository)
    names = [shard(repository, number, part) for number, part in enumerate(PARTS)]
    assert (repository.path / path).exists()
    assert merged(repository, *names).code == 0


def test_in_one_tree_a_file_that_tests_left_is_another_input_for_the_next_shard(repository: Project) -> None:
    repository.write({part: WRITE_ONE.format("left.txt", number) for number, part in enumerate(PARTS)})
    commit(repository)
    names = [shard(repository, number, part) for number, part in enumerate(PARTS)]
    assert gaps(merged(repository, *names)) == [different(0, "left.txt"), different(1, "left.txt")]


@pytest.mark.parametrize("leave", [keep, clean], ids=["kept", "removed"])
def test_evidence_and_reports_of_other_runs_make_no_difference(
    repository: Project, leave: Callable[[Project], None]
) -> None:
    till = shard(repository, 7, component="till")
    repository.run("--maturity-component=till", "--maturity-report=till-report.json")
    names = [shard(repository, number, part) for number, part in enumerate(PARTS)]
    leave(repository)
    assert (repository.path / till).exists()
    assert merged(repository, *names).code == 0


def test_a_source_that_changes_while_a_shard_runs_is_a_gap(shop: Project) -> None:
    path = "src/shop/__init__.py"
    body = f"import os\nimport shop\n\ndef test_it():\n    os.utime({path!r}, (1, 1))\n"
    shop.write({PARTS[0]: body})
    first = shard(shop, 1, PARTS[0])
    assert gaps(merged(shop, first, shard(shop, 2, PARTS[1]))) == [
        f"shard-1.json: 1 source file changed during the run: {path}"
    ]


# ── tools ────────────────────────────────────────────────────────────────────

LINT = TESTS_ONLY + "    lint = 0\n    security = {{ high = 0 }}\n    [tool.ruff.lint]\n    ignore = [{0}]\n"
NOTE = "cached results (inputs unchanged): bandit, detect-secrets"


def test_a_tool_runs_again_where_its_result_may_be_another(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in ("src/other/__init__.py", "src/shop/__init__.py"):
        shop.write({name: f"import os\n\n{SHOP[name]}"})
    shop.policy(LINT.format("'F401'"), 'pythonpath = ["src"]')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    target = "--maturity-target=silver"
    names = [shard(shop, number, target, part) for number, part in enumerate(PARTS)]
    results = json.loads((shop.path / names[0]).read_text())["tools"]
    assert {name for name, one in results.items() if one["fingerprint"]} == {"bandit", "detect-secrets"}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("another cache")))
    evidence = [f"--maturity-merge={name}" for name in names]
    ran = shop.gate(target, *evidence, component="shop")
    assert (ran.code, ran.gate("lint")["value"], NOTE in ran.report["notes"]) == (0, 0, True)
    shop.policy(LINT.format(""), 'pythonpath = ["src"]')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("a third")))
    ran = shop.gate(target, *evidence, component="shop")
    assert (ran.code, ran.gate("lint")["value"], NOTE in ran.report["notes"]) == (1, 1, False)
