"""A merge judges shards of what is there where it runs, and of nothing else; what tests write is no change."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence

import pytest

from tests.acceptance.project import TESTS_ONLY, Project, Ran

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
    """A component whose tests import a module of another one."""
    shutil.rmtree(project.path / "tests")
    shutil.rmtree(project.path / "src")
    project.write(SHOP)
    return project


def shard(project: Project, number: int, *arguments: str, component: str = "shop", process: bool = False) -> str:
    name = f"shard-{number}.json"
    told = (f"--maturity-component={component}", f"--maturity-evidence={name}", *arguments)
    assert int(project.run(*told, subprocess=process).ret) == 0
    return name


def merged(project: Project, *names: str, component: str = "shop", process: bool = False) -> Ran:
    return project.gate(*(f"--maturity-merge={name}" for name in names), component=component, subprocess=process)


def words(ran: Ran) -> Sequence[str]:
    assert (ran.code, ran.report["verdict"]) == (3, "INCONCLUSIVE")
    assert set(ran.gaps) == {"changed"}
    return [gap["message"] for gap in ran.component["gaps"]]


def test_another_module_that_changed_between_two_shards_is_a_gap(shop: Project) -> None:
    first = shard(shop, 1, PARTS[0], process=True)
    shop.write({"src/other/__init__.py": "def rate() -> int:\n    return 33\n"})
    second = shard(shop, 2, PARTS[1], process=True)
    assert words(merged(shop, first, second, process=True)) == [
        "shard-1.json saw otherwise: imported modules: src/other/__init__.py"
    ]
    assert shop.gate(subprocess=True, component="shop").code == 1


@pytest.mark.workers
@pytest.mark.parametrize("component", ["shop", "all"])
def test_workers_tell_what_they_imported(shop: Project, component: str) -> None:
    shop.write({"tests/test_other.py": "import other\n\ndef test_it(): pass\n"})
    parts = ([PARTS[0]], [PARTS[1], *(["tests/test_till.py", "tests/test_other.py"] if component == "all" else [])])
    names = [shard(shop, number, "-n2", *part, component=component) for number, part in enumerate(parts)]
    assert merged(shop, *names, component=component).code == 0
    shop.write({"src/other/__init__.py": "def rate() -> int:\n    return 33\n"})
    ran = merged(shop, *names, component=component)
    expected = "sources: " if component == "all" else "imported modules: "
    assert ran.code == 3
    assert ran.report["components"][0]["gaps"][0]["message"].endswith(f"{expected}src/other/__init__.py")


CHANGES = {
    "conftest": ("conftest.py", "def pytest_pyfunc_call():\n    return True\n", "conftests: conftest.py"),
    "helper": ("tests/shop/helper.py", "A = 1\n", "files beside: tests/shop/helper.py"),
    "data": ("tests/data/rates.json", "{}", "data of the tests: tests/data/rates.json"),
    "configuration": ("pytest.ini", "[pytest]\npythonpath = src\n", "configuration: pytest.ini"),
    "lock file": ("uv.lock", "\n", "lock files: uv.lock"),
    "a module in the way": ("src/os.py", "\n", "modules beside them: src/os.py"),
}


@pytest.mark.parametrize(("file", "text", "told"), CHANGES.values(), ids=CHANGES)
def test_whatever_decides_a_run_and_was_there_for_one_shard_alone_is_a_gap(
    shop: Project, file: str, text: str, told: str
) -> None:
    shop.write({file: text})
    first = shard(shop, 1, PARTS[0])
    (shop.path / file).unlink()
    second = shard(shop, 2, PARTS[1])
    (one,) = words(merged(shop, first, second))
    assert one.startswith("shard-1.json saw otherwise: ")
    assert told in one


def test_other_distributions_are_a_gap_and_other_arguments_are_none(shop: Project) -> None:
    first = shard(shop, 1, "-x", "-p", "no:doctest", PARTS[0])
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pytest_maturity.plugin.sharding.inputs.distributions", lambda: ["/lib/other-1.0.dist-info"])
        second = shard(shop, 2, PARTS[1])
    assert words(merged(shop, first, second)) == ["shard-2.json saw otherwise: the run: installed distributions"]


WRITES = """
    import sys
    from pathlib import Path
    import shop

    HERE = Path(__file__).parent

    def test_writes():
        (HERE / "output").mkdir(exist_ok=True)
        (HERE / "output/{0}.txt").write_text("{0}")
        (HERE / "output/all.txt").write_text("{0}")
        (HERE / "output/__init__.py").touch()
        (HERE / "made_{0}.py").write_text("A = {0}")
        (HERE.parents[1] / "made.lock").write_text("{0}")
        sys.path.insert(0, str(HERE))
        import made_{0}
        sys.path.remove(str(HERE))
        sys.path.insert(0, {temporary!r})
        Path({temporary!r}, "temporary_{0}.py").touch()
        import temporary_{0}
        sys.path.remove({temporary!r})
    """


@pytest.mark.processes
@pytest.mark.parametrize("apart", [False, True], ids=["one after the other", "in clean trees"])
def test_what_tests_write_is_no_change(shop: Project, tmp_path_factory: pytest.TempPathFactory, apart: bool) -> None:
    temporary = str(tmp_path_factory.mktemp("temporary"))
    shop.write({part: WRITES.format(number, temporary=temporary) for number, part in enumerate(PARTS)})
    clean = tmp_path_factory.mktemp("clean") / "tree"
    shutil.copytree(shop.path, clean)
    names = []
    for number, part in enumerate(PARTS):
        names.append(shard(shop, number, part, process=True))
        if apart:
            kept = (shop.path / names[-1]).read_text()
            shutil.rmtree(shop.path / "tests")
            shutil.copytree(clean, shop.path, dirs_exist_ok=True)
            (shop.path / "made.lock").unlink()
            shop.write({names[-1]: kept})
    ran = merged(shop, *names, process=True)
    assert [gap["message"] for gap in ran.component["gaps"]] == []
    assert ran.code == 0


def test_data_that_tests_write_and_somebody_changed_in_between_is_a_gap(shop: Project) -> None:
    writing = "from pathlib import Path\nimport shop\n\ndef test_it():\n    Path('tests/count.txt').write_text('{}')\n"
    shop.write({part: writing.format(number) for number, part in enumerate(PARTS)})
    shop.write({"tests/count.txt": "before"})
    first = shard(shop, 0, PARTS[0])
    shop.write({"tests/count.txt": "changed"})
    second = shard(shop, 1, PARTS[1])
    found = words(merged(shop, first, second))
    assert [one.partition(" saw otherwise: ")[2] for one in found] == ["data of the tests: tests/count.txt"] * 2


@pytest.mark.parametrize(
    ("file", "body"),
    [
        ("tests/shop/test_1.py", "Path(__file__).write_text('')"),
        ("src/other/__init__.py", "Path('src/other/__init__.py').write_text('')"),
        ("tests/shop/helper.py", "import helper; Path('tests/shop/helper.py').write_text('')"),
        ("tests/conftest.py", "Path('tests/conftest.py').touch()"),
    ],
)
def test_what_counts_and_changed_while_a_shard_ran_is_a_gap(shop: Project, file: str, body: str) -> None:
    test = f"from pathlib import Path\nimport shop\n\ndef test_it():\n    {body}\n"
    shop.write({"tests/shop/helper.py": "A = 1\n", PARTS[0]: test})
    first = shard(shop, 1, PARTS[0])
    shop.write({**SHOP, "tests/shop/helper.py": "A = 1\n", PARTS[0]: test})
    (shop.path / "tests/conftest.py").unlink(missing_ok=True)
    assert words(merged(shop, first, shard(shop, 2, PARTS[1])))[0] == (
        f"shard-1.json: 1 file changed during the run: {file}"
    )


def test_more_files_than_can_be_compared_are_a_gap(shop: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = shard(shop, 1, PARTS[0])
    monkeypatch.setattr("pytest_maturity.plugin.sharding.inputs.MOST", 1)
    assert words(merged(shop, first, shard(shop, 2, PARTS[1]))) == [
        f"shard-{number}.json saw otherwise: its files cannot be compared" for number in (1, 2)
    ]


@pytest.mark.processes
def test_a_module_outside_of_the_project_is_found_where_it_was(
    shop: Project, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "lib.py").write_text("A = 1\n")
    shop.policy(TESTS_ONLY, f'pythonpath = ["src", "{outside}"]')
    shop.write({PARTS[0]: "import lib\nimport shop\n\ndef test_it(): pass\n"})
    names = [shard(shop, number, part, process=True) for number, part in enumerate(PARTS)]
    assert merged(shop, *names, process=True).code == 0
    (outside / "lib.py").write_text("A = 2\n")
    assert words(merged(shop, *names, process=True)) == [
        f"shard-0.json saw otherwise: imported modules: {outside}/lib.py"
    ]


def git(project: Project, *arguments: str) -> str:
    identity = ("-c", "user.name=a", "-c", "user.email=a@b")
    answer = subprocess.run(
        ["git", *identity, *arguments], cwd=project.path, check=True, capture_output=True, text=True
    )
    return answer.stdout.strip()


def test_shards_of_another_commit_are_a_gap(shop: Project) -> None:
    git(shop, "init", "-q")
    git(shop, "add", ".")
    git(shop, "commit", "-qm", "one")
    one = git(shop, "rev-parse", "HEAD")
    first = shard(shop, 1, PARTS[0])
    git(shop, "commit", "-qm", "two", "--allow-empty")
    two = git(shop, "rev-parse", "HEAD")
    ran = merged(shop, first, shard(shop, 2, PARTS[1]))
    assert words(ran) == [f"shard-1.json is of the commit {one[:12]}, here is {two[:12]}"]
    assert merged(shop, shard(shop, 1, PARTS[0]), "shard-2.json").code == 0


LINT = TESTS_ONLY + "    lint = 0\n    security = {{ high = 0 }}\n    [tool.ruff.lint]\n    ignore = [{0}]\n"
NOTE = "not run again, because nothing that decides it changed: bandit, detect-secrets"


def test_a_tool_is_asked_again_where_what_decides_its_answer_may_have_changed(
    shop: Project, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    for name in ("src/other/__init__.py", "src/shop/__init__.py"):
        shop.write({name: f"import os\n\n{SHOP[name]}"})
    shop.policy(LINT.format("'F401'"), 'pythonpath = ["src"]')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
    target = "--maturity-target=silver"
    names = [shard(shop, number, target, part) for number, part in enumerate(PARTS)]
    told = json.loads((shop.path / names[0]).read_text())["tools"]
    assert {name for name, one in told.items() if one["key"]} == {"bandit", "detect-secrets"}
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("another cache")))
    evidence = [f"--maturity-merge={name}" for name in names]
    ran = shop.gate(target, *evidence, component="shop")
    assert (ran.code, ran.gate("lint")["value"], NOTE in ran.report["notes"]) == (0, 0, True)
    shop.policy(LINT.format(""), 'pythonpath = ["src"]')
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("a third")))
    ran = shop.gate(target, *evidence, component="shop")
    assert (ran.code, ran.gate("lint")["value"], NOTE in ran.report["notes"]) == (1, 1, False)
