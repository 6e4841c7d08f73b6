"""1,000 waivers against 10,000 findings: the time that they add to a judgement, and that of reading them."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

from environments import create, environment, install_plugin, versions
from environments import run as output
from page import Result, Table, milliseconds, python_version, versions_line

LIMIT = 0.100  # seconds
GOAL = "1,000 waivers, half of them with wildcards, are compared with 10,000 findings in less than 100 ms."
MEASURE = """
import json, sys, time
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path
from pytest_maturity.config.files import WorkingTreeFiles
from pytest_maturity.config.waivers import WaivableNames, check_entries, read_entries
from pytest_maturity.evidence.assess import judge
from pytest_maturity.model.evidence import Component, Evidence, Finding
from pytest_maturity.model.gates import Context, Gate, Measurement, Requirement

root, now = Path(sys.argv[1]), datetime.now(timezone.utc)
end = (now + timedelta(days=90)).date()
PATHS = ("src/shop/part_{0}/module_{0}.py", "src/shop/part_{0}", "src/**/module_{0}.py", "src/*/part_{0}/*_{0}.py")
lines = ["waivers:"]
for number in range(1000):
    path, rule = PATHS[number % 4].format(number // 4), ("F401", "E*")[number % 2]
    lines += [f"- gate: lint", f"  rule: '{rule}'", f"  path: '{path}'", "  reason: fix-planned",
              "  justification: later", "  owner: ann", "  approved_by: bob", f"  expires: {end}"]
(root / "maturity-waivers.yaml").write_text("\\n".join(lines) + "\\n", encoding="utf-8")
findings = tuple(
    Finding(path=f"src/shop/part_{number % 500}/module_{number % 500}.py", line=number, message=f"message {number}",
            rule=("F401", "E501", "E711", "B008")[number // 500 % 4])
    for number in range(10_000)
)
gate = Gate("lint", lambda *_: Measurement(len(findings), findings=findings), better="lower", counts_findings=True)
required = {stage: [Requirement(gate="lint", threshold=Fraction(0), source="here")] for stage in ("dev", "staging")}
evidence = Evidence(component=Component(name="shop", sources=(), files=(), found_by="src"))
names = WaivableNames(gates={"lint": True}, stages=("dev", "staging"), components=("shop",))

def time_judgement(waivers):
    begin = time.perf_counter()
    found = judge(evidence, {"lint": gate}, required, "staging", Context(root=root), waivers=waivers)
    seconds = time.perf_counter() - begin
    return seconds, sum(len(one.findings) for one in found.results[0].stages["staging"].waived)

samples = []
for _ in range(int(sys.argv[2])):
    begin = time.perf_counter()
    waivers = check_entries(read_entries(root, WorkingTreeFiles(root)), names, now)
    read = time.perf_counter() - begin
    assert (len(waivers.valid), len(waivers.refused)) == (1000, 0), waivers.refused[:3]
    (without, none), (with_waivers, waived) = time_judgement(()), time_judgement(waivers.valid)
    assert none == 0 < waived < len(findings)
    samples.append([read, without, with_waivers, waived])
print(json.dumps(samples))
"""


def run(work: Path, wheel: Path, rounds: int) -> Result:
    """Measures a judgement for two stages, with and without waivers; the first round is not counted."""
    python = create(work / "venvs" / "waivers", "pytest", f"{wheel}[all]")
    install_plugin(python, wheel)
    root = work / "waivers"
    root.mkdir(exist_ok=True)
    command = (str(python), "-c", MEASURE, str(root), str(rounds + 1))
    samples = json.loads(output(*command, cwd=work, env=environment(python)))[1:]
    read, without, with_waivers = (median(sample[place] for sample in samples) for place in range(3))
    added = median(sample[2] - sample[1] for sample in samples)
    return Result(
        key=f"waivers-{python_version()}",
        title=f"Waivers, Python {python_version()}",
        goal=GOAL,
        met=added < LIMIT,
        result=f"{milliseconds(added)} for two stages, {samples[0][3]} findings waived",
        tables=[
            Table(
                f"Median of {len(samples)} rounds",
                ("read and check the file", "judge without waivers", "judge with waivers"),
                [(milliseconds(read), milliseconds(without), milliseconds(with_waivers))],
            )
        ],
        notes=[versions_line(versions(python, ("pytest",)))],
        data={"samples": samples},
    )
