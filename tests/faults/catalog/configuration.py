"""Faults 30 to 39 and 112: policies that are wrong, dangerous or without requirements. All are refused."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from tests.faults.fault import NO_COMPONENTS, NO_POLICY, Fault
from tests.faults.runner import git

LADDER = 'ladder = ["proven"]\n'
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP = "[" * 500 + "]" * 500 + "\n"
YAML = {
    "alias bomb": ("YAML: nine levels of aliases (a billion laughs)", BOMB, "aliases are not allowed"),
    "self": ("YAML: a list that contains itself", "ladder: &a [*a]\n", "aliases are not allowed"),
    "twice": ("YAML: the same key twice", "ladder: [a]\nladder: [b]\n", "the key 'ladder' is given twice"),
    "tag": ("YAML: a tag that would run a command", "a: !!python/object/apply:os.system [exit]\n", "tags are not"),
    "documents": ("YAML: two documents", "ladder: [a]\n---\nladder: [b]\n", "is not valid YAML"),
    "deep": ("YAML: 500 levels deep", f"ladder: {DEEP}", "nested more than 20 levels deep"),
    "huge": ("YAML: a file of 600 KB", f"# {'x' * 600_000}\n", "larger than 512 KiB"),
}
WRONG_VALUES = {
    "Norway": (
        "YAML: `no`, which YAML 1.1 reads as false",
        "ladder: [dev]\nstages: {dev: {types: no}}\n",
        "stages.dev.types: must be",
    ),
    "octal": (
        "YAML: `010`, an octal number in YAML 1.1",
        "ladder: [dev]\nstages: {dev: {lint: 010}}\n",
        "stages.dev.lint: must be a number",
    ),
    "key": ("YAML: a key that is not a string", "ladder: [dev]\n1: 2\n", "the key 1 is not a string"),
}
TOML = {
    "broken": ("TOML that does not parse", "[tool.maturity\n", "is not valid TOML"),
    "mark": ("TOML: a byte order mark", "\ufeff[tool.maturity]\n", "begins with a byte order mark"),
    "digits": ("TOML: a number of 5,000 digits", f"[tool.maturity]\nschema = {'9' * 5000}\n", "is not valid TOML"),
}


@contextlib.contextmanager
def lower_threshold_in_the_change(project: Path) -> Iterator[None]:
    """The base branch requires 100 and the change less; the previous report is in neither commit."""
    policy = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(policy.replace("pass_rate = 50", "pass_rate = 100"), "utf-8")
    git(project, "commit", "--all", "--quiet", "--message", "base")
    git(project, "branch", "base")
    (project / "pyproject.toml").write_text(policy, "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")
    yield


@contextlib.contextmanager
def lower_baseline_in_the_change(project: Path) -> Iterator[None]:
    """The base branch has the baseline 100, which the tests of the change do not reach; the change says 50."""
    path = project / "maturity-baseline/shop.json"
    baseline = path.read_text("utf-8")
    path.write_text(baseline.replace('"value": 50', '"value": 100'), "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "base")
    git(project, "branch", "base")
    path.write_text(baseline, "utf-8")
    git(project, "commit", "--all", "--quiet", "--message", "change")
    yield


@contextlib.contextmanager
def excuse_it_in_the_change(project: Path) -> Iterator[None]:
    """The base branch has no waiver; the change adds one of what fails."""
    path = project / "maturity-waivers.yaml"
    text = path.read_text("utf-8")
    path.unlink()
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "base")
    git(project, "branch", "base")
    path.write_text(text, "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "change")
    yield


def waiver(ahead: int = 90, **changed: str) -> str:
    """Returns an entry of the waivers file that excuses the pass rate, for so many days."""
    end = (datetime.now(timezone.utc) + timedelta(days=ahead)).date()
    usual = {"gate": "pass_rate", "reason": "mitigated", "justification": "x", "owner": "ann", "approved_by": "bob"}
    fields = {**usual, "expires": str(end), **changed}
    return "- " + "\n  ".join(f"{name}: {value}" for name, value in fields.items() if value) + "\n"


def waiver_fault(case: str, title: str, *entries: str, message: str, **more: Any) -> Fault:
    """Returns a fault of waivers of a pass rate that fails, none of which counts."""
    return Fault(
        number=more.pop("number", 37),
        case=case,
        title=title,
        policy=f"{LADDER}stages.proven.pass_rate = 100\n",
        files={
            "maturity-waivers.yaml": f"waivers:\n{''.join(entries)}",
            "tests/test_shop_x.py": "def test_wrong():\n    assert 0\n",
        },
        messages=(message, "pass rate 66.6 % < 100"),
        not_compared=NO_POLICY,
        **more,
    )


@contextlib.contextmanager
def name_another_policy_in_the_change(project: Path) -> Iterator[None]:
    """The base branch has two policies; the change adds an option to `addopts` that names the looser one."""
    addopts = 'addopts = "--maturity-config=examples/maturity.yaml"\n'
    settings = (project / "pyproject.toml").read_text("utf-8")
    (project / "pyproject.toml").write_text(settings.replace(addopts, ""), "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "base")
    git(project, "branch", "base")
    (project / "pyproject.toml").write_text(settings, "utf-8")
    git(project, "commit", "--all", "--quiet", "--message", "change")
    yield


@contextlib.contextmanager
def break_an_imported_component(project: Path) -> Iterator[None]:
    """The change breaks a module that the component `shop` imports; nothing of `shop` itself changes."""
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "base")
    git(project, "branch", "base")
    path = project / "src/prices.py"
    path.write_text(path.read_text("utf-8").replace("1", "2"), "utf-8")
    git(project, "commit", "--all", "--quiet", "--message", "change")
    yield


@contextlib.contextmanager
def compare_with_itself_in_the_change(project: Path) -> Iterator[None]:
    """The change breaks the component `shop`, and makes the branch that it is compared with the change itself."""
    policy, tests = (project / name for name in ("pyproject.toml", "tests/test_shop.py"))
    texts = {path: path.read_text("utf-8") for path in (policy, tests)}
    policy.write_text(texts[policy].replace('"HEAD"', '"base"'), "utf-8")
    tests.write_text("def test_all():\n    pass\n", "utf-8")
    git(project, "add", "--all")
    git(project, "commit", "--quiet", "--message", "base")
    git(project, "branch", "base")
    for path, text in texts.items():
        path.write_text(text, "utf-8")
    git(project, "commit", "--all", "--quiet", "--message", "change")
    yield


RATCHET = f"{LADDER}stages.proven.pass_rate = {{ min = 50, ratchet = true }}\n"
BASELINE = """
    {"schema": 1, "component": "shop", "gates": {"pass_rate": {"value": 50, "tools": {}}}}
    """
FAULTS = (
    Fault(
        number=30,
        case="many",
        title="unknown keys, wrong types and numbers out of range in one file",
        not_compared=NO_POLICY,
        policy='taget = "dev"\n[tool.maturity.stages.dev]\ncoverage = "70"\npass_rate = -1\nlint = true\n',
        exit_code=4,
        verdict="INCOMPLETE",
        messages=(
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
            exit_code=4,
            verdict="INCOMPLETE",
            policy=f"{LADDER}stages.proven.coverage = {text}\n",
            messages=("stages.proven.coverage: must be",),
            settings=f"[tool.coverage.report]\nfail_under = {text}\n",
            coverage_options=("--cov=src", "--cov-report="),
            peers=("pytest-cov",),
        )
        for text in ("nan", "inf", "101")
    ),
    Fault(
        number=31,
        title="two policies: a table in pyproject.toml and a maturity.yaml",
        files={"maturity.yaml": "ladder: [dev]\n"},
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("both pyproject.toml and maturity.yaml configure maturity",),
        not_compared=NO_POLICY,
    ),
    *(
        Fault(
            number=32,
            case=case,
            title=title,
            policy=None,
            files={"maturity.yaml": text},
            exit_code=4,
            verdict="INCOMPLETE",
            messages=(message,),
            not_compared=NO_POLICY,
        )
        for case, (title, text, message) in YAML.items()
    ),
    *(
        Fault(
            number=33,
            case=case,
            title=title,
            policy=None,
            files={"maturity.yaml": text},
            exit_code=4,
            verdict="INCOMPLETE",
            messages=(message,),
            not_compared=NO_POLICY,
        )
        for case, (title, text, message) in WRONG_VALUES.items()
    ),
    *(
        Fault(
            number=34,
            case=case,
            title=title,
            policy=None,
            files={"policy.toml": text},
            exit_code=4,
            verdict="INCOMPLETE",
            gate_arguments=("--maturity-config=policy.toml",),
            messages=(message,),
            not_compared=NO_POLICY,
        )
        for case, (title, text, message) in TOML.items()
    ),
    Fault(
        number=35,
        title="a schema of a newer version",
        policy=f"schema = 2\n{LADDER}stages.proven.pass_rate = 100\n",
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("tool.maturity.schema: must be 1, not 2",),
        not_compared=NO_POLICY,
    ),
    *(
        Fault(
            number=36,
            case=case,
            title=title,
            policy=policy,
            exit_code=4,
            verdict="INCOMPLETE",
            messages=(message,),
            not_compared=NO_POLICY,
        )
        for case, title, policy, message in (
            (
                "undefined",
                "a stage of the ladder without a table",
                'ladder = ["dev", "moon"]\n',
                "the stage 'moon' has no requirements",
            ),
            (
                "no stage",
                "a table of a stage that is not in the ladder",
                'ladder = ["dev"]\nstages.moon.lint = 0\n',
                "'moon' is not a stage",
            ),
            ("empty", "an empty ladder", "ladder = []\n", "tool.maturity.ladder: must"),
            (
                "gate",
                "a gate that does not exist",
                f"{LADDER}stages.proven.coverag = 5\n",
                "there is no gate 'coverag'",
            ),
        )
    ),
    Fault(
        number=38,
        title="a change lowers the threshold that it does not meet",
        preparation=lower_threshold_in_the_change,
        files={"tests/test_shop_x.py": "def test_wrong():\n    assert 0\n"},
        gate_arguments=("--maturity-policy-ref=base",),
        policy=f"{LADDER}stages.proven.pass_rate = 50\n",
        messages=("pass_rate of shop at proven: 50 instead of 100",),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=39,
        case="zero",
        title="every threshold is 0",
        policy=f"{LADDER}stages.proven.pass_rate = 0\n",
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("nothing that 'proven' requires of 'shop' can fail",),
        coverage_options=("--cov=src", "--cov-report="),
        peers=("pytest-cov",),
    ),
    Fault(
        number=39,
        case="off",
        title="every requirement is switched off",
        exit_code=4,
        verdict="INCOMPLETE",
        not_compared=NO_POLICY,
        policy='ladder = ["dev"]\nstages.dev = { pass_rate = false, coverage = false, lint = false }\n',
        messages=("the stage 'dev' requires nothing",),
    ),
    Fault(
        number=38,
        case="baseline",
        title="a change lowers the baseline that it does not reach",
        policy=RATCHET,
        preparation=lower_baseline_in_the_change,
        files={
            "maturity-baseline/shop.json": BASELINE,
            "tests/test_shop_x.py": "def test_wrong():\n    assert 0\n",
        },
        gate_arguments=("--maturity-policy-ref=base",),
        messages=("pass rate 66.6 % < 100 (baseline 100, limit 50)", "baseline of pass_rate of shop: 50 instead of"),
        not_compared=NO_POLICY,
    ),
    waiver_fault("expired", "a waiver has expired", waiver(-1), message="it has expired"),
    waiver_fault("no end", "a waiver has no end", waiver(expires=""), message="the key 'expires' is missing"),
    waiver_fault(
        "odd date", "a waiver ends on an odd date", waiver(expires="31.1.2027"), message="expires: must be a date"
    ),
    waiver_fault(
        "naive",
        "the end of a waiver has no zone",
        waiver(expires="2027-01-31T12:00:00"),
        message="a time with its zone",
    ),
    waiver_fault("far", "a waiver ends in a year", waiver(366), message="more than 180 days ahead"),
    waiver_fault(
        "gate", "a waiver is for an unknown gate", waiver(gate="pass_rat"), message="there is no gate 'pass_rat'"
    ),
    waiver_fault(
        "id",
        "two waivers have one id",
        waiver(id="x"),
        waiver(gate="coverage", id="x"),
        message="its id 'x' is given to 2 waivers",
    ),
    waiver_fault(
        "own", "the owner of a waiver approved it", waiver(approved_by="Ann"), message="'Ann' cannot approve it"
    ),
    waiver_fault(
        "component", "a waiver is for another component", waiver(component="other"), message="it is for other"
    ),
    waiver_fault(
        "waiver",
        "a change adds the waiver that excuses it",
        waiver(),
        number=38,
        preparation=excuse_it_in_the_change,
        gate_arguments=("--maturity-policy-ref=base",),
        message="waiver of pass_rate: by bob until",
    ),
    Fault(
        number=38,
        case="attribute",
        title="a change hides its lines from `git diff` by an attribute",
        policy=f"{LADDER}stages.proven.new_code_coverage = 100\n",
        files={
            ".gitattributes": "*.py -diff\n",
            "src/shop/__init__.py": """
                def price(count: int) -> str:
                    if count > 3:
                        return "many"
                    return "few"

                def refund() -> int:
                    return 1
                """,
        },
        messages=("new code coverage 83.3 % < 100",),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=38,
        case="no base",
        title="the branch that new code is compared with is not in the clone",
        policy=f"{LADDER}stages.proven.new_code_coverage = 100\n",
        gate_arguments=("--maturity-compare-branch=origin/main",),
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("git knows no branch 'origin/main': type git fetch origin main:refs/remotes/origin/main",),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=38,
        case="no baseline",
        title="the baseline that a requirement needs was removed",
        policy=RATCHET,
        exit_code=3,
        verdict="INCONCLUSIVE",
        messages=("pass rate unknown (it has no baseline yet",),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=38,
        case="another's",
        title="the baseline of another component in the place of this one's",
        policy=RATCHET,
        files={"maturity-baseline/shop.json": BASELINE.replace("shop", "other")},
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("maturity-baseline/shop.json: is the baseline of 'other', not of 'shop'",),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=112,
        title="a change names another policy file in its `addopts`",
        preparation=name_another_policy_in_the_change,
        files={
            "tests/test_shop_x.py": "def test_wrong():\n    assert 0\n",
            "examples/maturity.yaml": "ladder: [proven]\nstages:\n  proven:\n    pass_rate: 1\n",
        },
        settings='addopts = "--maturity-config=examples/maturity.yaml"',
        gate_arguments=("--maturity-policy-ref=base",),
        exit_code=4,
        verdict="INCOMPLETE",
        messages=("addopts: --maturity-config=examples/maturity.yaml differs from base",),
        not_compared=NO_POLICY,
    ),
    Fault(
        number=118,
        case="imports",
        title="a component that imports what a change breaks is left out of the affected ones",
        files={
            "src/prices.py": "PRICE = 1\n",
            "src/shop/__init__.py": "from prices import PRICE\n\n\ndef price():\n    return PRICE\n",
            "tests/test_shop.py": "import shop\n\ndef test_all():\n    assert shop.price() == 1\n",
        },
        component="affected",
        gate_arguments=("--maturity-compare-branch=base",),
        preparation=break_an_imported_component,
        messages=("src/shop/__init__.py imports prices, which changed: src/prices.py",),
        not_compared=NO_COMPONENTS,
    ),
    Fault(
        number=118,
        case="compare_branch",
        title="a change names itself as the branch that it is compared with, so that nothing is affected",
        policy=f'compare_branch = "HEAD"\n{LADDER}stages.proven.pass_rate = 100\n',
        files={"tests/test_shop.py": "def test_all():\n    assert False\n"},
        component="affected",
        gate_arguments=("--maturity-policy-ref=base",),
        preparation=compare_with_itself_in_the_change,
        messages=("compare_branch: HEAD instead of base",),
        not_compared=NO_COMPONENTS,
    ),
)
