"""Faults 40 to 50 and 97 to 107: tools that die, print something unexpected, analyse no file, or are steered."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.fault import NO_TOOLS, Fault
from tests.faults.runner import RunResult

LINT = 'ladder = ["proven"]\nstages.proven.lint = 0\n'
TYPES = LINT.replace("lint", "types")
FORGED_MYPY = """
    import os, sys
    print("LOG:  Found source: BuildSource(path='src/shop/__init__.py', module='shop')", file=sys.stderr)
    print("LOG:  Found source: BuildSource(path='src/shop/wrong.py', module='shop.wrong')", file=sys.stderr)
    print("LOG:  Build finished", file=sys.stderr, flush=True)
    os._exit(0)
    """
UNUSED = {"src/shop/extra.py": "import os\n"}  # ruff reports it
WRONG_OUTPUT = {
    "text": ("a tool prints text instead of JSON", "echo all is well", "ruff printed 'all is well', not JSON"),
    "cut": ("a tool prints half of a JSON document", "printf '[{\"filename\": '", "not JSON"),
    "mixed": ("a tool prints JSON after other text", "echo warning; echo '[]'", "ruff printed 'warning', not JSON"),
    "other": ("a tool prints JSON of another form", "echo '[{}]'", "ruff printed JSON of another form"),
}


def check_grandchild_has_ended(result: RunResult) -> None:
    pid = int((result.project / "grandchild").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError(f"the process {pid} still runs")


@contextlib.contextmanager
def settings_of_the_user(project: Path) -> Iterator[None]:
    path = project.parent / "settings/ruff/ruff.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('lint.select = ["E9"]\n')
    before = os.environ.get("XDG_CONFIG_HOME")
    os.environ["XDG_CONFIG_HOME"] = str(path.parents[1])
    try:
        yield
    finally:
        os.environ.pop("XDG_CONFIG_HOME")
        if before is not None:
            os.environ["XDG_CONFIG_HOME"] = before


def check_no_shell_ran(result: RunResult) -> None:
    assert not (result.project / "pwned").exists()


WARNING = {
    "src/shop/extra.py": "import warnings\n\nwarnings.warn('old')\n",
    "tests/test_shop_x.py": "import shop.extra\n\ndef test_extra():\n    assert shop.extra\n",
}

FAULTS = (
    *(
        Fault(
            number=40,
            case=gate,
            title=message,
            without_tools=True,
            exit_code=3,
            verdict="INCONCLUSIVE",
            policy=f'ladder = ["proven"]\nstages.proven.{gate} = 0\n',
            messages=(message, install),
            not_compared=NO_TOOLS,
        )
        for gate, message, install in (
            ("lint", "ruff is not installed", "pip install ruff"),
            ("types", "mypy is not installed", "pip install mypy"),
            ("security", "bandit is not installed", "pip install detect-secrets bandit"),
        )
    ),
    Fault(
        number=40,
        case="module",
        title="`python -m missing`, whose exit code 1 looks like findings",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        'command = ["python3", "-m", "missing"]\npattern = "[0-9]+"\n',
        messages=("mine unknown (python3 exited with 1", "No module named missing"),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=41,
        case="signal",
        title="a tool is killed by a signal",
        tools={"ruff": "kill -9 $$"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        messages=("lint unknown (ruff was killed by signal 9",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=41,
        case="code",
        title="a tool ends with an exit code that it does not document",
        tools={"ruff": "echo '[]'; exit 77"},
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        messages=("lint unknown (ruff exited with 77",),
        not_compared=NO_TOOLS,
    ),
    *(
        Fault(
            number=42,
            case=case,
            title=title,
            tools={"ruff": script},
            exit_code=3,
            verdict="INCONCLUSIVE",
            policy=LINT,
            messages=(message, "lint unknown ("),
            not_compared=NO_TOOLS,
        )
        for case, (title, script, message) in WRONG_OUTPUT.items()
    ),
    Fault(
        number=43,
        case="ruff",
        title="ruff analyses no file and exits with 0",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        settings='[tool.ruff]\nextend-exclude = ["src"]\nforce-exclude = true\n',
        files=UNUSED,
        messages=("lint unknown (ruff analysed none of the component's 2 files",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=43,
        case="bandit",
        title="bandit analyses no file and exits with 0",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.security = { high = 0 }\n',
        not_compared=NO_TOOLS,
        settings='[tool.bandit]\nexclude_dirs = ["src"]\n',
        messages=("bandit analysed none of the component's 1 file",),
    ),
    Fault(
        number=43,
        case="lines",
        title="a command whose findings are counted prints none, and fails",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        'command = ["python3", "-m", "missing"]\ncount = "lines"\nexit_codes = [0, 1]\n',
        messages=("mine unknown (python3 exited with 1, no line of its output counts",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=43,
        case="formatter",
        title="the formatter's settings exclude the component",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.format = 0\n',
        settings='[tool.ruff]\nextend-exclude = ["src"]\n[tool.ruff.format]\n',
        files={"src/shop/extra.py": "A  =  1\n"},
        messages=("format unknown (ruff", "No Python files found"),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=44,
        title="bandit skips a file that cannot be parsed",
        exit_code=3,
        verdict="INCONCLUSIVE",
        not_compared=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.security = { high = 0 }\n',
        files={"src/shop/broken.py": "def (\n"},
        messages=("bandit skipped src/shop/broken.py",),
    ),
    Fault(
        number=43,
        case="dependencies",
        title="deptry's settings exclude the component",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.dependencies = { undeclared = 0 }\n',
        settings='[project]\nname = "shop"\n[tool.deptry]\nextend_exclude = ["src/shop"]\n',
        files={"src/shop/extra.py": "import no_such_module\n"},
        messages=("deptry analysed none of the component's 2 files",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=44,
        case="dependencies",
        title="deptry skips a file that cannot be parsed",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.dependencies = { undeclared = 0 }\n',
        settings='[project]\nname = "shop"\n',
        files={"src/shop/broken.py": "def (\n"},
        messages=("deptry skipped src/shop/broken.py",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=44,
        case="vulnerabilities",
        title="pip-audit skips what the index does not know, and finds nothing",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.vulnerabilities = 0\n',
        tools={
            "pip-audit": """echo '{"dependencies": [{"name": "jinja2", "version": "2.10", "vulns": []}, """
            """{"name": "ours", "skip_reason": "Dependency not found on PyPI"}], "fixes": []}'"""
        },
        messages=("pip-audit could not audit 1 distribution: ours",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=45,
        title="a tool and its children do not end",
        exit_code=3,
        verdict="INCONCLUSIVE",
        check=check_grandchild_has_ended,
        policy=f"{LINT}gates.lint.timeout = 1\n",
        tools={"ruff": "sleep 61 & echo $! > grandchild; sleep 62"},
        messages=("lint unknown (ruff did not finish within 1 s)",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=46,
        title="a tool prints 300 MB",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        not_compared=NO_TOOLS,
        tools={"ruff": "exec head -c 300000000 /dev/zero"},
        messages=("lint unknown (ruff was killed by signal 25",),
    ),
    Fault(
        number=46,
        case="below",
        title="a tool prints 70 MB",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        not_compared=NO_TOOLS,
        tools={"ruff": "exec head -c 70000000 /dev/zero"},
        messages=("lint unknown (ruff printed more than 64 MiB)",),
    ),
    Fault(
        number=47,
        title="a type checker whose preset checks little",
        not_compared=NO_TOOLS,
        messages=("types 1 > 0", "pyrefly, preset "),
        policy='ladder = ["proven"]\nstages.proven.types = 0\ngates.types.tool = "pyrefly"\n',
        files={"src/shop/wrong.py": "import no_such_module_anywhere\n"},
    ),
    Fault(
        number=48,
        title="comments that suppress findings (`noqa`, `type: ignore`)",
        policy='ladder = ["proven"]\nstages.proven.suppressions = 0\n',
        files={"src/shop/hidden.py": "import os  # noqa\nA: int = ''  # type: ignore\n"},
        messages=("suppressions 2 > 0",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="formatter",
        title="`# fmt: off` at the top of a file",
        policy='ladder = ["proven"]\nstages.proven = { format = 0, suppressions = { fmt = 0 } }\n',
        files={"src/shop/extra.py": "# fmt: off\nA  =  1\n"},
        messages=("suppressions.fmt 1 > 0",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="import",
        title="`# deptry: ignore` at an import",
        policy='ladder = ["proven"]\nstages.proven = { suppressions = { noqa = 0 } }\n',
        files={"src/shop/extra.py": "import no_such_module  # deptry: ignore\n"},
        messages=("suppressions.noqa 1 > 0",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="filter",
        title="code that ignores its own warnings",
        policy='ladder = ["proven"]\nstages.proven = { warnings = 0, suppressions = { warning_filter = 0 } }\n',
        files={"src/shop/extra.py": "import warnings\n\nwarnings.simplefilter('ignore')\nwarnings.warn('old')\n"},
        messages=("suppressions.warning filter 1 > 0",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="configuration",
        title="`filterwarnings = ignore` in the settings of the project",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.warnings = 0\n',
        files={
            "conftest.py": """
                def pytest_configure(config):
                    config.addinivalue_line("filterwarnings", "ignore")
                """,
            **WARNING,
        },
        messages=("warnings unknown (every warning is ignored by filters, or taken by fixtures)",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="option",
        title="`-W ignore` on the command line",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.warnings = 0\n',
        files=WARNING,
        arguments=("-W", "ignore:old"),
        messages=("warnings unknown (warnings are silenced by -W ignore:old: run without it)",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="variable",
        title="`PYTHONWARNINGS=ignore` in the environment",
        exit_code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.warnings = 0\n',
        files=WARNING,
        environment={"PYTHONWARNINGS": "ignore::UserWarning"},
        messages=("warnings unknown (warnings are silenced by PYTHONWARNINGS=ignore::UserWarning: run without it)",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=48,
        case="kind",
        title="a test of another kind is the first to import a module that warns",
        policy="""
            ladder = ["proven"]
            kinds.first.paths = ["tests/a"]
            stages.proven = { kinds = ["unit"], warnings = 0 }
            """,
        files={
            "src/shop/extra.py": "import warnings\n\nwarnings.warn('old')\n",
            "tests/a/test_shop_a.py": "def test_first():\n    import shop.extra\n",
            "tests/test_shop_x.py": "def test_extra():\n    import shop.extra\n",
        },
        messages=("warnings 1 > 0",),
        not_compared=NO_TOOLS,
    ),
    Fault(
        number=49,
        title="the version of a tool has changed since the baseline",
        not_compared=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.lint = { max = 0, ratchet = true }\n',
        exit_code=3,
        verdict="INCONCLUSIVE",
        files={
            **UNUSED,
            "maturity-baseline/shop.json": """
                {
                  "schema": 1, "component": "shop",
                  "gates": {"lint": {"value": 1, "tools": {"ruff": "0.0.1"}}}
                }
                """,
        },
        messages=("lint unknown (maturity-baseline/shop.json is of ruff 0.0.1, and this run used ruff",),
    ),
    Fault(
        number=50,
        case="list",
        title="a command with metacharacters of a shell",
        not_compared=NO_TOOLS,
        check=check_no_shell_ran,
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        'command = ["echo", "$(touch pwned); touch pwned & `touch pwned` | 5"]\npattern = \'\\d+\'\n',
        messages=("mine 5 > 0",),
    ),
    Fault(
        number=50,
        case="line",
        title="a command that is a string, for a shell",
        exit_code=4,
        verdict="INCOMPLETE",
        not_compared=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        "command = 'echo 0; touch pwned'\npattern = '\\d+'\n",
        check=check_no_shell_ran,
        messages=("gates.mine.command: must be a list",),
    ),
    Fault(
        number=97,
        title="a plugin of the project makes mypy print a clean answer",
        exit_code=3,
        verdict="INCONCLUSIVE",
        not_compared=NO_TOOLS,
        policy=TYPES,
        files={
            "mypy.ini": "[mypy]\nplugins = forge.py\n",
            "forge.py": FORGED_MYPY,
            "src/shop/wrong.py": "A: int = ''\n",
        },
        messages=("mypy would run the project's forge.py as its plugin",),
    ),
    Fault(
        number=98,
        case="variable",
        title="a variable of the job steers a tool",
        not_compared=NO_TOOLS,
        policy=TYPES,
        environment={"MYPYPATH": "stubs"},
        files={"stubs/absent.pyi": "", "src/shop/wrong.py": "import absent\n"},
        messages=("types 1 > 0", "not passed on to them: MYPYPATH"),
    ),
    Fault(
        number=98,
        case="settings",
        title="settings of the user steer a tool",
        not_compared=NO_TOOLS,
        policy=LINT,
        preparation=settings_of_the_user,
        files=UNUSED,
        messages=("lint 1 > 0",),
    ),
    Fault(
        number=99,
        title="a secret in a file of the component that is no module",
        not_compared=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.security = { critical = 0 }\n',
        files={"src/shop/settings.yaml": "key: AKIA" + "Q3ZXN7T2W4J6KLMP\n"},
        messages=("security.critical 1 > 0", "src/shop/settings.yaml"),
    ),
    Fault(
        number=100,
        title="a stub hides a module from the type checker",
        not_compared=NO_TOOLS,
        policy=TYPES,
        files={"src/shop/wrong.py": "A: int = ''\n", "src/shop/wrong.pyi": "A: int\n"},
        messages=("types 1 > 0", "1 module behind stubs checked without them"),
    ),
    Fault(
        number=107,
        title="a function without annotations, which mypy skips by default",
        not_compared=NO_TOOLS,
        policy=TYPES,
        files={"src/shop/wrong.py": "def wrong():\n    return 1 + ''\n"},
        messages=("types 1 > 0",),
    ),
)
