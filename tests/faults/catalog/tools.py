"""40 to 50: tools that are missing, die, babble, look at nothing, never end."""

from __future__ import annotations

import os
import time

from tests.faults.fault import NO_TOOLS, Fault, waits
from tests.faults.running import Ran

LINT = 'ladder = ["proven"]\nstages.proven.lint = 0\n'
UNUSED = {"src/shop/extra.py": "import os\n"}  # a finding of ruff's
BABBLE = {
    "text": ("output that is not JSON", "echo all is well", "ruff printed 'all is well', not JSON"),
    "cut": ("output that is cut off", "printf '[{\"filename\": '", "not JSON"),
    "mixed": ("JSON among other text", "echo warning; echo '[]'", "ruff printed 'warning', not JSON"),
    "other": ("JSON of another form", "echo '[{}]'", "ruff printed JSON of another form"),
}


def grandchild_is_gone(ran: Ran) -> None:
    pid = int((ran.project / "grandchild").read_text())
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError(f"the process {pid} still runs")


def no_shell_ran(ran: Ran) -> None:
    assert not (ran.project / "pwned").exists()


FAULTS = (
    *(
        Fault(
            number=40,
            case=gate,
            title=f"{words.split()[0]} is not installed",
            bare=True,
            code=3,
            verdict="INCONCLUSIVE",
            policy=f'ladder = ["proven"]\nstages.proven.{gate} = 0\n',
            words=(words, install),
            peers=NO_TOOLS,
        )
        for gate, words, install in (
            ("lint", "ruff is not installed", "pip install ruff"),
            ("types", "mypy is not installed", "pip install mypy"),
            ("security", "bandit is not installed", "pip install bandit"),
        )
    ),
    Fault(
        number=40,
        case="module",
        title="`python -m missing` exits with 1, like findings",
        code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        'command = ["python3", "-m", "missing"]\npattern = "[0-9]+"\n',
        words=("mine unknown (python3 exited with 1", "No module named missing"),
        peers=NO_TOOLS,
    ),
    Fault(
        number=41,
        case="signal",
        title="a tool is killed by a signal",
        tools={"ruff": "kill -9 $$"},
        code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        words=("lint unknown (ruff was killed by signal 9",),
        peers=NO_TOOLS,
    ),
    Fault(
        number=41,
        case="code",
        title="an exit code that nobody documents",
        tools={"ruff": "echo '[]'; exit 77"},
        code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        words=("lint unknown (ruff exited with 77",),
        peers=NO_TOOLS,
    ),
    *(
        Fault(
            number=42,
            case=case,
            title=title,
            tools={"ruff": script},
            code=3,
            verdict="INCONCLUSIVE",
            policy=LINT,
            words=(words, "lint unknown ("),
            peers=NO_TOOLS,
        )
        for case, (title, script, words) in BABBLE.items()
    ),
    Fault(
        number=43,
        case="ruff",
        title="ruff looks at nothing and exits with 0",
        code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        settings='[tool.ruff]\nextend-exclude = ["src"]\nforce-exclude = true\n',
        files=UNUSED,
        words=("lint unknown (ruff looked at none of the component's 2 files",),
        peers=NO_TOOLS,
    ),
    Fault(
        number=43,
        case="bandit",
        title="bandit looks at nothing and exits with 0",
        code=3,
        verdict="INCONCLUSIVE",
        policy='ladder = ["proven"]\nstages.proven.security = { high = 0 }\n',
        peers=NO_TOOLS,
        settings='[tool.bandit]\nexclude_dirs = ["src"]\n',
        words=("bandit looked at none of the component's 1 file",),
    ),
    Fault(
        number=44,
        title="bandit skips a file that does not parse",
        code=3,
        verdict="INCONCLUSIVE",
        peers=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.security = { high = 0 }\n',
        files={"src/shop/broken.py": "def (\n"},
        words=("bandit skipped src/shop/broken.py",),
    ),
    Fault(
        number=45,
        title="a tool and its children do not end",
        code=3,
        verdict="INCONCLUSIVE",
        check=grandchild_is_gone,
        policy=f"{LINT}gates.lint.timeout = 1\n",
        tools={"ruff": "sleep 61 & echo $! > grandchild; sleep 62"},
        words=("lint unknown (ruff did not finish within 1 s)",),
        peers=NO_TOOLS,
    ),
    Fault(
        number=46,
        title="300 MB of output",
        code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        peers=NO_TOOLS,
        tools={"ruff": "exec head -c 300000000 /dev/zero"},
        words=("lint unknown (ruff was killed by signal 25",),
    ),
    Fault(
        number=46,
        case="below",
        title="70 MB of output",
        code=3,
        verdict="INCONCLUSIVE",
        policy=LINT,
        peers=NO_TOOLS,
        tools={"ruff": "exec head -c 70000000 /dev/zero"},
        words=("lint unknown (ruff printed more than 64 MiB)",),
    ),
    Fault(
        number=47,
        title="a checker whose preset checks little",
        peers=NO_TOOLS,
        words=("types 1 > 0", "pyrefly, preset "),
        policy='ladder = ["proven"]\nstages.proven.types = 0\ngates.types.tool = "pyrefly"\n',
        files={"src/shop/wrong.py": "import no_such_module_anywhere\n"},
    ),
    Fault(
        number=48,
        title="suppressions grow",
        policy='ladder = ["proven"]\nstages.proven.suppressions = 0\n',
        files={"src/shop/hidden.py": "import os  # noqa\nA: int = ''  # type: ignore\n"},
        words=("suppressions 2 > 0",),
        peers=NO_TOOLS,
    ),
    waits(49, "a tool's version changed since the baseline", "there are no baselines yet, and no record of versions"),
    Fault(
        number=50,
        case="list",
        title="a command with the metacharacters of a shell",
        peers=NO_TOOLS,
        check=no_shell_ran,
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        'command = ["echo", "$(touch pwned); touch pwned & `touch pwned` | 5"]\npattern = \'\\d+\'\n',
        words=("mine 5 > 0",),
    ),
    Fault(
        number=50,
        case="line",
        title="a command that is a line for a shell",
        code=4,
        verdict="INCOMPLETE",
        peers=NO_TOOLS,
        policy='ladder = ["proven"]\nstages.proven.mine = 0\n[tool.maturity.gates.mine]\n'
        "command = 'echo 0; touch pwned'\npattern = '\\d+'\n",
        check=no_shell_ran,
        words=("gates.mine.command: must be a list",),
    ),
)
