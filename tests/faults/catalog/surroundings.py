"""Faults 71 to 75 and 110: states of the repository and of the terminal, and a plugin that is not loaded."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from tests.faults.catalog.process import SEEN, WRONG
from tests.faults.fault import NO_POLICY, NO_REPORT, PLAIN_POLICY, Fault
from tests.faults.runner import RunResult, git, without_git

FAILS = {"tests/test_shop_x.py": WRONG}
CLEAN_POLICY = f"{PLAIN_POLICY}stages.proven.uncommitted = 0\n"


def head(result: RunResult) -> str:
    return git(result.project, "rev-parse", "HEAD").strip()


def check_commit_is_unknown(result: RunResult) -> None:
    run = result.report["run"]
    assert (run["commit"], run["branch"], run["shallow"], run["dirty"]) == (None, None, None, None)


def check_tree_is_dirty(result: RunResult) -> None:
    assert (result.report["run"]["commit"], result.report["run"]["dirty"]) == (head(result), True)


def check_tree_is_clean(result: RunResult) -> None:
    assert (result.report["run"]["commit"], result.report["run"]["dirty"]) == (head(result), False)


def check_head_is_detached(result: RunResult) -> None:
    check_tree_is_clean(result)
    assert (result.report["run"]["branch"], result.report["run"]["shallow"]) == (None, False)


def check_clone_is_shallow(result: RunResult) -> None:
    check_tree_is_clean(result)
    assert result.report["run"]["branch"] is not None
    assert result.report["run"]["shallow"] is True


@contextlib.contextmanager
def detach_head(project: Path) -> Iterator[None]:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")
    git(project, "checkout", "--quiet", "--detach")
    yield


@contextlib.contextmanager
def make_shallow(project: Path) -> Iterator[None]:
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")
    git(project, "clone", "--quiet", "--depth=1", f"file://{project}", "../shallow")
    shutil.rmtree(project / ".git")
    shutil.move(project.parent / "shallow/.git", project / ".git")
    assert (project / ".git/shallow").is_file()
    yield


def check_width(result: RunResult) -> None:
    ends = (number for number, line in enumerate(result.gate_lines) if line.startswith("  reached "))
    table = result.gate_lines[: next(ends)]
    assert table, result.output
    assert max(map(len, table)) <= 40, table


def check_ascii(result: RunResult) -> None:
    assert result.output.isascii(), result.output


@contextlib.contextmanager
def exclude_test(project: Path) -> Iterator[None]:
    """Commits everything but the test with the failure, which git ignores from now on."""
    with (project / ".git/info/exclude").open("a") as file:
        file.write("test_shop_x.py\n")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change", "--allow-empty")
    yield


def check_test_is_uncommitted(result: RunResult) -> None:
    check_tree_is_dirty(result)
    assert result.report["run"]["uncommitted"] == ["tests/test_shop_x.py"]


FAULTS = (
    Fault(
        number=71,
        case="no git",
        title="no git repository",
        preparation=without_git,
        files=FAILS,
        check=check_commit_is_unknown,
        messages=(SEEN,),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=71,
        case="dirty",
        title="uncommitted changes",
        files=FAILS,
        check=check_tree_is_dirty,
        messages=(SEEN,),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=71,
        case="detached",
        title="a detached head",
        preparation=detach_head,
        files=FAILS,
        check=check_head_is_detached,
        messages=(SEEN,),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=71,
        case="shallow",
        title="a shallow clone",
        preparation=make_shallow,
        files=FAILS,
        check=check_clone_is_shallow,
        messages=(SEEN,),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=71,
        case="clean",
        title="uncommitted changes, where a stage requires a clean tree",
        policy=CLEAN_POLICY,
        files={"README.md": "changed\n"},
        messages=("uncommitted 2 > 0", "README.md", "not in the commit"),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=71,
        case="clean without git",
        title="no git repository, where a stage requires a clean tree",
        policy=CLEAN_POLICY,
        preparation=without_git,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("this is no git repository that has a commit",),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=72,
        title="a report of another commit",
        exit_code=3,
        verdict="PROMOTE",
        not_compared=NO_REPORT,
        launcher=("-m", "pytest_maturity.cli", "verify", ".maturity/shop.json", "--commit", "b" * 40),
        messages=("it is from the commit", "not bbbb"),
        limit="the report is valid for its own commit: `pytest-maturity verify` does not change it",
    ),
    Fault(
        number=72,
        case="policy",
        title="a report that another policy judged is to be recorded",
        policy=f"{PLAIN_POLICY}stages.proven.lint = 0\n",
        exit_code=3,
        verdict="PROMOTE",
        not_compared=NO_REPORT,
        launcher=("-m", "pytest_maturity.cli", "record", ".maturity/shop.json"),
        messages=("the policy that it was judged by is not that of pyproject.toml: tool.maturity",),
        limit="the report is valid for its own policy: `pytest-maturity record` does not change it",
    ),
    Fault(
        number=73,
        case="narrow",
        title="a terminal of 40 columns without colours",
        files=FAILS,
        check=check_width,
        messages=(SEEN, "HOLD  shop"),
        environment={"COLUMNS": "40", "NO_COLOR": "1"},
    ),
    Fault(
        number=73,
        case="ascii",
        title="an output in ASCII",
        files=FAILS,
        check=check_ascii,
        messages=(SEEN, "HOLD  shop"),
        environment={"PYTHONIOENCODING": "ascii"},
    ),
    Fault(
        number=73,
        case="cp1252",
        title="an output in cp1252",
        files=FAILS,
        messages=(SEEN, "HOLD  shop"),
        environment={"PYTHONIOENCODING": "cp1252"},
    ),
    Fault(
        number=74,
        case="none",
        title="no terminal reporter (`-p no:terminal`)",
        arguments=("-p", "no:terminal"),
        files=FAILS,
        messages=("HOLD  shop is not ready for proven", SEEN),
    ),
    Fault(
        number=74,
        case="replaced",
        title="another terminal reporter (pytest-sugar)",
        plugins=("sugar",),
        files=FAILS,
        messages=("HOLD  shop is not ready for proven", SEEN),
    ),
    Fault(
        number=75,
        case="blocked",
        title="the plugin is blocked (`-p no:maturity`)",
        gate_arguments=("-p", "no:maturity"),
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("a later run was refused, so this verdict does not count", "unrecognized arguments"),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=75,
        case="autoload",
        title="no plugin is loaded (`PYTEST_DISABLE_PLUGIN_AUTOLOAD=1`)",
        exit_code=4,
        verdict="INCOMPLETE",
        environment={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        messages=("a later run was refused, so this verdict does not count", "unrecognized arguments"),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=110,
        case="hidden",
        title="a test that git ignores is judged, and the tree looks like its commit",
        files=FAILS,
        preparation=exclude_test,
        check=check_test_is_uncommitted,
        messages=(SEEN,),
        not_compared=NO_REPORT,
    ),
    Fault(
        number=110,
        case="changed",
        title="a test changes the configuration while it is judged",
        files={
            "tests/test_shop_x.py": """
                from pathlib import Path

                def test_config():
                    Path("pytest.ini").write_text("[pytest]\\n")
                """
        },
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("1 configuration file changed during the run: pytest.ini",),
        not_compared=NO_REPORT,
    ),
)
