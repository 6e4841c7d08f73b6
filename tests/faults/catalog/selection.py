"""Faults 19 to 29: tests that are not selected, not collected or not run, and outcomes that are easily miscounted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

from tests.faults.catalog.process import SEEN, WRONG
from tests.faults.fault import NO_COMPONENTS, Fault
from tests.faults.runner import RunResult

RETRY_POLICY = 'ladder = ["proven"]\nstages.proven = { pass_rate = 100, flaky_rate = 0 }\nretry.base_delay = 0\n'
SLOW_TEST = {"tests/test_shop_x.py": "import pytest\n\n@pytest.mark.slow\ndef test_slow():\n    pass\n"}
NOTHING_RUN = {
    "--collect-only": "nothing was judged, because nothing was to run",
    "--setup-plan": "nothing was judged, because nothing was to run",
    "--setup-only": "nothing was judged, because nothing was to run",
    "--fixtures": "nothing was judged, because nothing was to run",
    "--fixtures-per-test": "nothing was judged, because nothing was to run",
    "--cache-show": "INCOMPLETE",
    "--markers": "INCOMPLETE",
    "--help": "INCOMPLETE",
}
# Arguments that deselect tests, and the message that must name them.
PARTIAL = {
    "-k": (("-k", "not slow"), "1 test deselected by -k 'not slow': tests/test_shop_x.py::test_slow"),
    "-m": (("-m", "not slow"), "1 test deselected by -m 'not slow': tests/test_shop_x.py::test_slow"),
    "--deselect": (
        ("--deselect", "tests/test_shop_x.py"),
        "1 test deselected by --deselect tests/test_shop_x.py: tests/test_shop_x.py::test_slow",
    ),
    "--sw": (("--stepwise",), "--stepwise may leave tests out"),
    "--ignore": (("--ignore=tests/test_shop_x.py",), "ignored by --ignore tests/test_shop_x.py: tests/test_shop_x.py"),
    "--ignore-glob": (("--ignore-glob=*_x.py",), "ignored by --ignore-glob '*_x.py': tests/test_shop_x.py"),
    "a path": (("tests/test_shop.py",), "only the paths on the command line were run: tests/test_shop.py"),
    "a node id": (
        ("tests/test_shop.py::test_few",),
        "only the paths on the command line were run: tests/test_shop.py::test_few",
    ),
}

# Conftests that drop a test, each with the hook that the message must name. pytest loads them while it collects.
DROPPING = {
    "modifyitems": (
        "pytest_collection_modifyitems",
        """
        @pytest.hookimpl(wrapper=True, tryfirst=True)
        def pytest_collection_modifyitems(items):
            items[:] = [one for one in items if one.name != "test_wrong"]
            return (yield)
        """,
    ),
    "collection_finish": (
        "pytest_collection_finish",
        """
        def pytest_collection_finish(session):
            session.items[:] = [one for one in session.items if one.name != "test_wrong"]
        """,
    ),
    "makeitem": (
        "pytest_pycollect_makeitem",
        """
        def pytest_pycollect_makeitem(name):
            return [] if name == "test_wrong" else None
        """,
    ),
    "makemodule": (
        "pytest_pycollect_makemodule",
        """
        class Module(pytest.Module):
            def istestfunction(self, value, name):
                return name != "test_wrong" and super().istestfunction(value, name)

        def pytest_pycollect_makemodule(module_path, parent):
            return Module.from_parent(parent, path=module_path)
        """,
    ),
    "collect report": (
        "pytest_make_collect_report",
        """
        @pytest.hookimpl(wrapper=True)
        def pytest_make_collect_report(collector):
            report = yield
            report.result = [one for one in report.result or () if one.name != "test_wrong"]
            return report
        """,
    ),
}
NAMESAKES = {
    path: text
    for name, number in (("alpha", 1), ("beta", 2))
    for path, text in {
        f"src/{name}/__init__.py": "NUMBER = 1\n",
        f"tests/{name}/tests/__init__.py": "",
        f"tests/{name}/tests/test_main.py": f"import {name} as own\n\ndef test_a(): assert own.NUMBER == {number}\n",
    }.items()
}

# A stage that needs unit tests only, and a kind that needs a marker.
KINDS_POLICY = """\
ladder = ["proven", "released"]
kinds.integration.markers = ["database"]
stages.proven = { pass_rate = 100, kinds = ["unit"] }
stages.released.kinds = ["unit", "integration"]
"""


def check_all_tests_are_counted(result: RunResult) -> None:
    (component,) = result.report["components"]
    assert component["outcomes"]["collected"] == 7, component["outcomes"]
    assert component["outcomes"]["failed"] == 3, component["outcomes"]


@contextmanager
def link_to_a_wrong_test(root: Path) -> Iterator[None]:
    """Puts a test that fails beside the tests, and links its directory among them."""
    (root / "checks").mkdir()
    (root / "checks/test_wrong.py").write_text("def test_wrong():\n    assert 0\n", "utf-8")
    (root / "tests/shop").mkdir()
    (root / "tests/shop/more").symlink_to("../../checks")
    yield


FAULTS = (
    Fault(
        number=19,
        case="unknown",
        title="a component that does not exist",
        component="shopp",
        exit_code=4,
        verdict="",
        messages=("unknown component 'shopp' in src", "did you mean 'shop'?"),
        not_compared=NO_COMPONENTS,
    ),
    Fault(
        number=19,
        case="no test",
        title="a component without tests",
        component="bare",
        exit_code=5,
        verdict="INCONCLUSIVE",
        files={"src/bare/__init__.py": "A = 1\n"},
        messages=("no test was collected",),
        not_compared=NO_COMPONENTS,
    ),
    *(
        Fault(
            number=20,
            case=case,
            title=title,
            exit_code=3,
            verdict="INCONCLUSIVE",
            files={"tests/test_shop.py": f"import pytest\n\n@pytest.mark.{mark}\ndef test_a():\n    assert {value}\n"},
            messages=("pass rate unknown (no test passed or failed)",),
        )
        for case, title, mark, value in (
            ("skipped", "every test is skipped", "skip", 0),
            ("xfailed", "every test is xfailed", "xfail", 0),
            ("xpassed", "every test is xpassed", "xfail", 1),
        )
    ),
    *(
        Fault(
            number=21,
            case=option,
            title=f"`{option}`, which runs no test",
            arguments=(option,),
            exit_code=3,
            verdict="INCOMPLETE",
            messages=(message,),
        )
        for option, message in NOTHING_RUN.items()
    ),
    Fault(
        number=21,
        case="--version",
        title="`--version`, which runs no test",
        arguments=("--version",),
        exit_code=0,
        verdict="PROMOTE",
        limit="pytest answers `--version` before it loads any plugin: nothing of the gate runs",
    ),
    *(
        Fault(
            number=22,
            case=case,
            title=f"`{' '.join(arguments)}`",
            files=SLOW_TEST,
            arguments=arguments,
            exit_code=3,
            verdict="INCONCLUSIVE",
            messages=(message,),
        )
        for case, (arguments, message) in PARTIAL.items()
    ),
    Fault(
        number=22,
        case="--lf",
        title="`--lf`",
        arguments=("--lf",),
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={**SLOW_TEST, ".pytest_cache/v/cache/lastfailed": '{"tests/test_shop.py::test_few": true}'},
        messages=("--last-failed may leave tests out",),
    ),
    Fault(
        number=22,
        case="-x",
        title="`-x`, and a test that fails",
        arguments=("-x",),
        files={"tests/test_shop.py": WRONG + "\ndef test_more():\n    pass\n"},
        messages=("1 test did not finish (-x stopped the run)", "pass rate 0 % < 100"),
    ),
    Fault(
        number=22,
        case="--maxfail",
        title="`--maxfail=2`, and tests that fail",
        arguments=("--maxfail=2",),
        files={"tests/test_shop.py": WRONG + "\ndef test_b():\n    assert 0\n\ndef test_c():\n    pass\n"},
        messages=("1 test did not finish (--maxfail=2 stopped the run)", "pass rate 0 % < 100"),
    ),
    Fault(
        number=22,
        case="kind at run time",
        title="a test gets the marker of a kind that the stage does not need while it runs",
        policy=KINDS_POLICY,
        files={
            "tests/test_shop.py": WRONG,
            "conftest.py": "def pytest_runtest_setup(item):\n    item.add_marker('database')\n",
        },
        messages=("pass rate 0 % < 100",),
    ),
    Fault(
        number=22,
        case="kind of a file",
        title="`--ignore` of a file whose tests may be of a needed kind",
        policy=KINDS_POLICY,
        files={**SLOW_TEST, "tests/test_shop_x.py": WRONG},
        arguments=("--ignore=tests/test_shop_x.py",),
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("1 test file ignored by --ignore tests/test_shop_x.py: tests/test_shop_x.py",),
    ),
    Fault(
        number=22,
        case="kind and -k",
        title="`-k` leaves out a test of a needed kind, and another one remains",
        policy=KINDS_POLICY,
        files=SLOW_TEST,
        arguments=("-k", "not slow"),
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("1 test deselected by -k 'not slow': tests/test_shop_x.py::test_slow",),
    ),
    Fault(
        number=23,
        case="silent",
        title="a plugin removes tests without reporting it",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={"conftest.py": "def pytest_collection_modifyitems(items):\n    del items[1:]\n"},
        messages=("1 test deselected by pytest_collection_modifyitems of conftest.py: tests/test_shop.py::test_many",),
    ),
    Fault(
        number=23,
        case="announced",
        title="a plugin removes tests and reports them as deselected",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={
            "conftest.py": "def pytest_collection_modifyitems(config, items):\n"
            "    config.hook.pytest_deselected(items=items[1:])\n    del items[1:]\n"
        },
        messages=("1 test deselected by pytest_collection_modifyitems of conftest.py: tests/test_shop.py::test_many",),
    ),
    Fault(
        number=23,
        case="ignored",
        title="a conftest ignores a test file (`collect_ignore`)",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={**SLOW_TEST, "tests/conftest.py": 'collect_ignore = ["test_shop_x.py"]\n'},
        messages=("1 test file ignored by collect_ignore of tests/conftest.py: tests/test_shop_x.py",),
    ),
    Fault(
        number=24,
        case="stop",
        title="a test file that cannot be imported",
        messages=("no_such_module", "pass rate"),
        files={"tests/test_shop_x.py": "import no_such_module\n\ndef test_a():\n    pass\n"},
    ),
    Fault(
        number=24,
        case="continue",
        title="the same with `--continue-on-collection-errors`",
        arguments=("--continue-on-collection-errors",),
        messages=("pass rate 66.6 % < 100", "no_such_module"),
        files={"tests/test_shop_x.py": "import no_such_module\n\ndef test_a():\n    pass\n"},
    ),
    Fault(
        number=25,
        case="ambiguous",
        title="a test file whose name fits two components",
        component="parser",
        exit_code=4,
        files={"src/parser.py": "A = 1\n", "src/parse.py": "A = 1\n", "tests/test_parsing.py": "def test_a(): pass\n"},
        verdict="INCOMPLETE",
        messages=("tests/test_parsing.py could belong to 'parser' or to 'parse'",),
        not_compared=NO_COMPONENTS,
    ),
    Fault(
        number=25,
        case="longest",
        title="a component whose name begins with the name of another",
        component="shop_api",
        files={"src/shop_api.py": "A = 1\n", "tests/test_shop_api_x.py": WRONG},
        messages=("pass rate 0 % < 100", SEEN),
        not_compared=NO_COMPONENTS,
    ),
    Fault(
        number=26,
        case="odd",
        title="test ids that are equal, 300 characters long, or any Unicode",
        check=check_all_tests_are_counted,
        messages=("h\\u200bidden", "pass rate"),
        files={
            "tests/test_shop_x.py": """
            import pytest

            @pytest.mark.parametrize("n", range(5), ids=["a", "a", "x" * 300, "h\\u200bidden", "\\U0001f600"])
            def test_a(n):
                assert n < 2
            """
        },
    ),
    Fault(
        number=26,
        case="same",
        title="two tests with the same node id, and the first fails",
        files={
            "conftest.py": """
            def pytest_collection_modifyitems(items):
                for name in ("_id", "_nodeid"):
                    if hasattr(items[0], name):
                        setattr(items[1], name, getattr(items[0], name))
            """,
            "tests/test_shop.py": WRONG + "\ndef test_b():\n    pass\n",
        },
        messages=("pass rate 0 % < 100", SEEN),
    ),
    Fault(
        number=28,
        case="setup",
        title="an error in setup",
        messages=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": "import pytest\n\n@pytest.fixture\ndef f():\n"
            f"    raise OSError('{SEEN}')\n\ndef test_a(f):\n    pass\n"
        },
    ),
    Fault(
        number=28,
        case="teardown",
        title="an error in teardown",
        messages=(SEEN, "pass rate"),
        files={
            "tests/test_shop_x.py": "import pytest\n\n@pytest.fixture\ndef f():\n"
            f"    yield\n    raise OSError('{SEEN}')\n\ndef test_a(f):\n    pass\n"
        },
    ),
    Fault(
        number=28,
        case="subtests",
        title="a subtest that fails (pytest's, and unittest's)",
        messages=("pass rate 50 % < 100", SEEN),
        files={
            "tests/test_shop_x.py": """
            import unittest

            def test_a(subtests):
                for number in range(3):
                    with subtests.test(number=number):
                        assert number != 1, "the failure that must be seen"

            class TestOld(unittest.TestCase):
                def test_b(self):
                    for number in range(3):
                        with self.subTest(number=number):
                            self.assertNotEqual(number, 1)
            """
        },
    ),
    Fault(
        number=29,
        case="ours",
        title="a test that passes when it is rerun",
        policy=RETRY_POLICY,
        messages=("flaky rate 33.4 % > 0",),
        files={
            "tests/test_shop_x.py": """
            calls = []

            def test_a():
                calls.append(1)
                if len(calls) == 1:
                    raise ConnectionError("gone")
            """
        },
    ),
    Fault(
        number=29,
        case="theirs",
        title="the same, rerun by pytest-rerunfailures",
        policy=RETRY_POLICY,
        gate_arguments=("--reruns=2",),
        plugins=("rerunfailures",),
        messages=("flaky rate 33.4 % > 0",),
        files={
            "tests/test_shop_x.py": "calls = []\n\ndef test_a():\n    calls.append(1)\n    assert len(calls) == 2\n"
        },
    ),
    Fault(
        number=81,
        case="link",
        title="a wrong test lies in a directory that is a link",
        preparation=link_to_a_wrong_test,
        messages=("tests/shop/more/test_wrong.py",),
    ),
    *(
        Fault(
            number=81,
            case=case,
            title=f"a conftest drops a wrong test in `{hook}`, and announces nothing",
            exit_code=3,
            verdict="INCONCLUSIVE",
            files={
                "tests/shop/conftest.py": f"import pytest\n{dedent(conftest)}",
                "tests/shop/test_more.py": "def test_a():\n    pass\n\ndef test_wrong():\n    assert 0\n",
            },
            messages=(f"{hook} of tests/shop/conftest.py: tests/shop/test_more.py::test_wrong",),
        )
        for case, (hook, conftest) in DROPPING.items()
    ),
    Fault(
        number=83,
        case="constructor",
        title="a class of tests has a constructor, so pytest collects none of them",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={
            "tests/test_shop_x.py": """
            class TestMore:
                def __init__(self):
                    self.wanted = 1

                def test_more(self):
                    assert self.wanted == 2

            def test_a():
                pass
            """
        },
        messages=("tests/test_shop_x.py::TestMore has a constructor, so pytest collects none of its tests: test_more",),
    ),
    Fault(
        number=83,
        case="no test",
        title="a test file of which pytest collects nothing",
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={"tests/test_shop_x.py": "def tset_more():\n    assert 0\n"},
        messages=("no test was collected from tests/test_shop_x.py, a test file of the component",),
    ),
    Fault(
        number=84,
        title="pytest imports another test file of the same module name in place of a wrong one",
        component="beta",
        gate_arguments=("--maturity-component=alpha", "--maturity-report=.maturity/beta.json"),
        arguments=("--import-mode=importlib",),
        files=NAMESAKES,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("tests/beta/tests/test_main.py did not run: pytest imported ",),
        not_compared=NO_COMPONENTS,
    ),
    Fault(
        number=78,
        title="Python removes the asserts of a helper (PYTHONOPTIMIZE)",
        environment={"PYTHONOPTIMIZE": "1"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={
            "tests/checks.py": "def check(value):\n    assert value\n",
            "tests/test_shop_x.py": "from checks import check\n\ndef test_a():\n    check(False)\n",
        },
        messages=("Python runs with -O or PYTHONOPTIMIZE, without the asserts of tests/checks.py",),
    ),
    *(
        Fault(
            number=82,
            case=arguments[0],
            title=f"`{' '.join(arguments)}` leaves out what makes a test fail",
            arguments=arguments,
            exit_code=3,
            verdict="INCONCLUSIVE",
            files={
                "conftest.py": "import pytest\n\n@pytest.fixture(autouse=True)\ndef strict():\n    assert 0\n",
                "easy.ini": "[pytest]\npythonpath = src\nmarkers = slow\naddopts = --noconftest\n",
            },
            messages=(message,),
        )
        for arguments, message in (
            (("--noconftest",), "--noconftest leaves out every conftest.py"),
            (("--confcutdir=tests",), "--confcutdir leaves out each conftest.py above tests"),
            (("-c", "easy.ini"), "-c replaces the project's settings by easy.ini"),
        )
    ),
    Fault(
        number=85,
        case="custom",
        title="a file that a conftest's own collector collects, and whose test fails",
        files={
            "tests/conftest.py": """
            import pytest

            class Rule(pytest.Item):
                def runtest(self):
                    assert self.path.read_text() == "right"

            class Rules(pytest.File):
                def collect(self):
                    yield Rule.from_parent(self, name="rule")

            def pytest_collect_file(file_path, parent):
                if file_path.suffix == ".yaml":
                    return Rules.from_parent(parent, path=file_path)
            """,
            "tests/shop_rules.yaml": "wrong",
        },
        messages=("pass rate 66.6 % < 100", "tests/shop_rules.yaml"),
    ),
    Fault(
        number=85,
        case="text",
        title="a text file in which pytest finds a wrong doctest",
        files={"tests/test_shop_rules.txt": ">>> 1 + 2\n4\n"},
        messages=("pass rate 66.6 % < 100", "tests/test_shop_rules.txt"),
    ),
    Fault(
        number=88,
        title="a test file of one of two components cannot be imported",
        files={
            "src/spare.py": "NUMBER = 1\n",
            "tests/test_spare.py": "def test_a():\n    pass\n",
            "tests/test_shop_x.py": "import no_such_module\n\ndef test_a():\n    pass\n",
        },
        gate_arguments=("--maturity-component=spare", "--maturity-report=.maturity/shop.json"),
        messages=("1 of 2 components is ready for proven", "pass rate 66.6 % < 100"),
    ),
)
