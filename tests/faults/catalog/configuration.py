"""30 to 39: policies that are wrong, dangerous, or ask for nothing: refused, and yesterday's verdict with them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from tests.faults.fault import NO_POLICY, Fault, waits
from tests.faults.running import git

LADDER = 'ladder = ["proven"]\n'
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "[" * 500 + "]" * 500 + "\n"
YAML = {
    "alias bomb": ("YAML: nine levels of aliases", BOMB, "aliases are not allowed"),
    "self": ("YAML: a list that holds itself", "ladder: &a [*a]\n", "aliases are not allowed"),
    "twice": ("YAML: a key that is given twice", "ladder: [a]\nladder: [b]\n", "the key 'ladder' is given twice"),
    "tag": ("YAML: a tag that would run a command", "a: !!python/object/apply:os.system [exit]\n", "tags are not"),
    "documents": ("YAML: two documents", "ladder: [a]\n---\nladder: [b]\n", "is not valid YAML"),
    "deep": ("YAML: 500 levels deep", f"ladder: {DEEP}", "nested more than 20 levels deep"),
    "huge": ("YAML: larger than any policy", f"# {'x' * 600_000}\n", "larger than 512 KiB"),
}
WRONG_WORDS = {
    "Norway": (
        "YAML 1.1's `no` is no false",
        "ladder: [dev]\nstages: {dev: {types: no}}\n",
        "stages.dev.types: must be",
    ),
    "octal": ("`010` is no number", "ladder: [dev]\nstages: {dev: {lint: 010}}\n", "stages.dev.lint: must be a number"),
    "key": ("a key that is no string", "ladder: [dev]\n1: 2\n", "the key 1 is not a string"),
}
TOML = {
    "broken": ("TOML that does not parse", "[tool.maturity\n", "is not valid TOML"),
    "mark": ("a byte order mark", "\ufeff[tool.maturity]\n", "begins with a byte order mark"),
    "digits": ("a number of 5,000 digits", f"[tool.maturity]\nschema = {'9' * 5000}\n", "is not valid TOML"),
}


@contextlib.contextmanager
def lowered_in_the_change(project: Path) -> Iterator[None]:
    """The base branch asks for 100, and the change for less; yesterday's report is no part of either."""
    policy = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(policy.replace("pass_rate = 50", "pass_rate = 100"), "utf-8")
    git(project, "commit", "--all", "--quiet", "--message", "base")
    git(project, "branch", "base")
    (project / "pyproject.toml").write_text(policy, "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")
    yield


FAULTS = (
    Fault(
        number=30,
        case="many",
        title="unknown keys, wrong types, numbers out of range, all at once",
        peers=NO_POLICY,
        policy='taget = "dev"\n[tool.maturity.stages.dev]\ncoverage = "70"\npass_rate = -1\nlint = true\n',
        code=4,
        verdict="INCOMPLETE",
        words=(
            "tool.maturity.taget: unknown key (did you mean 'target'?)",
            "coverage: must be a number",
            "not -1",
            "stages.dev.lint: ",
        ),
    ),
    *(
        Fault(
            number=30,
            case=text,
            title=f"a threshold of `{text}`",
            code=4,
            verdict="INCOMPLETE",
            policy=f"{LADDER}stages.proven.coverage = {text}\n",
            words=("stages.proven.coverage: must be",),
            settings=f"[tool.coverage.report]\nfail_under = {text}\n",
            cov=("--cov=src", "--cov-report="),
            against=("pytest-cov",),
        )
        for text in ("nan", "inf", "101")
    ),
    Fault(
        number=31,
        title="a table in pyproject.toml and a maturity.yaml",
        files={"maturity.yaml": "ladder: [dev]\n"},
        code=4,
        verdict="INCOMPLETE",
        words=("both pyproject.toml and maturity.yaml configure maturity",),
        peers=NO_POLICY,
    ),
    *(
        Fault(
            number=32,
            case=case,
            title=title,
            policy=None,
            files={"maturity.yaml": text},
            code=4,
            verdict="INCOMPLETE",
            words=(words,),
            peers=NO_POLICY,
        )
        for case, (title, text, words) in YAML.items()
    ),
    *(
        Fault(
            number=33,
            case=case,
            title=title,
            policy=None,
            files={"maturity.yaml": text},
            code=4,
            verdict="INCOMPLETE",
            words=(words,),
            peers=NO_POLICY,
        )
        for case, (title, text, words) in WRONG_WORDS.items()
    ),
    *(
        Fault(
            number=34,
            case=case,
            title=title,
            policy=None,
            files={"policy.toml": text},
            code=4,
            verdict="INCOMPLETE",
            gate=("--maturity-config=policy.toml",),
            words=(words,),
            peers=NO_POLICY,
        )
        for case, (title, text, words) in TOML.items()
    ),
    Fault(
        number=35,
        title="a schema of a newer version",
        policy=f"schema = 2\n{LADDER}stages.proven.pass_rate = 100\n",
        code=4,
        verdict="INCOMPLETE",
        words=("tool.maturity.schema: must be 1, not 2",),
        peers=NO_POLICY,
    ),
    *(
        Fault(
            number=36,
            case=case,
            title=title,
            policy=policy,
            code=4,
            verdict="INCOMPLETE",
            words=(words,),
            peers=NO_POLICY,
        )
        for case, title, policy, words in (
            (
                "undefined",
                "a rung without a table",
                'ladder = ["dev", "moon"]\n',
                "the stage 'moon' has no requirements",
            ),
            ("no rung", "a table without a rung", 'ladder = ["dev"]\nstages.moon.lint = 0\n', "'moon' is not a stage"),
            ("empty", "an empty ladder", "ladder = []\n", "tool.maturity.ladder: must"),
            (
                "gate",
                "a gate that does not exist",
                f"{LADDER}stages.proven.coverag = 5\n",
                "there is no gate 'coverag'",
            ),
        )
    ),
    waits(37, "a waiver that is expired, has no end, an unknown gate, a second id", "there are no waivers yet"),
    Fault(
        number=38,
        title="the change lowers the threshold that it does not meet",
        around=lowered_in_the_change,
        files={"tests/test_shop_x.py": "def test_wrong():\n    assert 0\n"},
        gate=("--maturity-policy-ref=base",),
        policy=f"{LADDER}stages.proven.pass_rate = 50\n",
        words=("pass_rate of shop at proven: 50 instead of 100",),
        peers=NO_POLICY,
    ),
    Fault(
        number=39,
        case="zero",
        title="every threshold is 0",
        policy=f"{LADDER}stages.proven.pass_rate = 0\n",
        code=4,
        verdict="INCOMPLETE",
        words=("nothing that 'proven' requires of 'shop' can fail",),
        cov=("--cov=src", "--cov-report="),
        against=("pytest-cov",),
    ),
    Fault(
        number=39,
        case="off",
        title="every gate is off",
        code=4,
        verdict="INCOMPLETE",
        peers=NO_POLICY,
        policy='ladder = ["dev"]\nstages.dev = { pass_rate = false, coverage = false, lint = false }\n',
        words=("the stage 'dev' requires nothing",),
    ),
)
