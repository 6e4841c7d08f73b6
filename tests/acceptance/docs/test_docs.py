"""The documents are executed: their output is real, their examples work.

`python tests/acceptance/docs/test_docs.py` writes the README's output anew.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
README = ROOT / "README.md"
WIDTH = "88"
BLOCK = re.compile(
    r"<!-- (?P<part>output|verdict): (?P<component>\w+) (?P<target>\w+) -->\n```text\n(?P<text>.*?)```", re.S
)
TIME = re.compile(r" in \d+\.\d+s (\(\d+:\d+:\d+\) )?")  # pytest adds hours, minutes and seconds to a long time


def judge_example(place: Path, component: str, target: str) -> str:
    """The terminal's text of a run in a copy of the example."""
    copy = place / f"{component}-{target}"
    shutil.copytree(ROOT / "examples/orchestration", copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV", "NO_COLOR"))}
    result = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:sugar", "--color=no",
         "--maturity-component", component, "--maturity-target", target],
        cwd=copy, env={**kept, "COLUMNS": WIDTH}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return result.stdout


def part_of(text: str, part: str) -> str:
    """The table with all that follows, or only the verdict lines; without times."""
    lines = [TIME.sub(" in 1.00s ", line) for line in text.splitlines()]
    if part == "verdict":
        return "".join(f"{line}\n" for line in lines if re.match("PROMOTE|HOLD|INCONCLUSIVE", line))
    first = next(number for number, line in enumerate(lines) if "maturity: " in line and line.startswith("="))
    return "".join(f"{line}\n" for line in lines[first:] if not line.startswith("maturity: waiting"))


def without_rules(text: str) -> str:
    """A rule's length depends on the time that it names."""
    return re.sub(r"=+", "=", text)


@pytest.mark.parametrize("block", list(BLOCK.finditer(README.read_text("utf-8"))), ids=lambda block: block["component"])
def test_the_output_in_the_readme_is_real(tmp_path: Path, block: re.Match[str]) -> None:
    real = part_of(judge_example(tmp_path, block["component"], block["target"]), block["part"])
    assert without_rules(block["text"]) == without_rules(real)


def test_the_time_of_a_run_is_not_compared() -> None:
    assert part_of("= maturity: x =\n= 34 passed in 61.04s (0:01:01) =", "output") == (
        "= maturity: x =\n= 34 passed in 1.00s =\n"
    )


def test_the_configuration_in_the_documents_is_valid(tmp_path: Path) -> None:
    from pytest_maturity import gates
    from pytest_maturity.config import requirements, settings

    text = (ROOT / "docs/configuration.md").read_text("utf-8")
    tables = re.findall(r"```toml\n(.*?)```", text, re.S)
    assert len(tables) == 2
    (tmp_path / "src/orchestration").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(tables[0] + tables[1].replace("[tool.maturity.stages.staging]\n", ""))
    (retries,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/retries.md").read_text("utf-8"), re.S)
    for table in (
        tables[0],
        tables[1],
        retries,
        "".join(re.findall(r"```toml\n(.*?)```", README.read_text("utf-8"), re.S)),
    ):
        (tmp_path / "pyproject.toml").write_text(table)
        found = settings.load_config(tmp_path)
        known = {gate.name: gate for gate in (*gates.BUILTIN, *gates.configured(found.gates))}
        assert requirements.compute_requirements(found, known, ["orchestration", "legacy"])


def test_the_gate_in_the_documents_works(pytester: pytest.Pytester) -> None:
    (code,) = re.findall(r"```python\n(from pytest_maturity.*?)```", (ROOT / "docs/gates.md").read_text("utf-8"), re.S)
    pytester.makeconftest(code)
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\npythonpath=["src"]\nasyncio_default_fixture_loop_scope="function"\n'
        '[tool.maturity]\nladder=["one"]\nstages.one={pass_rate=100, todos=0}\n'
    )
    for name, text in {
        "src/money/__init__.py": "A = 1  # TODO\n",
        "tests/test_money.py": "def test_a(): pass\n",
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    result = pytester.runpytest_inprocess("-p", "no:hypothesispytest", "--maturity-component", "money")
    assert int(result.ret) == 1
    result.stdout.fnmatch_lines(["HOLD  money is not ready for one: todos 1 > 0"])


def test_the_retries_in_the_documents_work(pytester: pytest.Pytester) -> None:
    text = (ROOT / "docs/retries.md").read_text("utf-8")
    (table,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    raising, marked, hooks = re.findall(r"```python\n(.*?)```", text, re.S)
    pytester.makepyprojecttoml(
        '[tool.pytest.ini_options]\npythonpath=["src"]\nasyncio_default_fixture_loop_scope="function"\n'
        + table.replace("base_delay = 0.5", "base_delay = 0")
    )
    pytester.makeconftest(hooks.replace("delay=0.5", "delay=0"))
    again = "\n\ndef test_again(maturity_attempt):\n    if maturity_attempt < 3:\n        raise "
    client = (
        "\n\nclass Client:\n    status, tries = 503, 0\n\n    def get(self, path):\n        return self\n\n\n"
        "def test_orders():\n    Client.tries += 1\n    Client.status = 503 if Client.tries == 1 else 200\n"
        "    orders(Client())\n"
    )
    for name, content in {
        "src/billing/__init__.py": "A = 1\n",
        "tests/billing/test_orders.py": raising.replace("retry_after=2.0", "retry_after=0.01") + client,
        "tests/billing/test_upload.py": marked.replace(
            "(): ...", "(maturity_attempt):\n    if maturity_attempt < 3:\n        raise BlockingIOError"
        ),
        "tests/billing/test_index.py": "import billing" + again + "KeyError('late')\n",
        "tests/billing/test_lock.py": again.lstrip() + "RuntimeError('deadlock')\n",
    }.items():
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    (pytester.path / "tests/conftest.py").write_text("")
    pytester.makepyprojecttoml(
        (pytester.path / "pyproject.toml").read_text().replace("max_retries = 0", "max_retries = 2")
    )
    result = pytester.runpytest_subprocess("-p", "no:sugar", "--maturity-component", "billing")
    result.stdout.fnmatch_lines(["*4 flaky*", "PROMOTE  billing is ready for dev"])


def test_every_option_and_gate_is_in_the_readme() -> None:
    from pytest_maturity.gates import BUILTIN

    text = README.read_text("utf-8")
    options = re.findall(
        r'"(--maturity-[a-z-]+)"', (ROOT / "src/pytest_maturity/plugin/__init__.py").read_text("utf-8")
    )
    assert [name for name in (*options, *(f"`{gate.name}`" for gate in BUILTIN)) if name not in text] == []


def written_anew(block: re.Match[str]) -> str:
    with tempfile.TemporaryDirectory() as directory:
        real = part_of(judge_example(Path(directory), block["component"], block["target"]), block["part"])
    return block[0].replace(f"```text\n{block['text']}```", f"```text\n{real}```")


if __name__ == "__main__":
    README.write_text(BLOCK.sub(written_anew, README.read_text("utf-8")), encoding="utf-8")
