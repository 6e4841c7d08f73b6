"""Measures the cost of the plugin and writes benchmarks/results.json and docs/internals/performance.md.

    python benchmarks/run.py [--only startup] [--rounds N] [--work DIR]

Exit codes: 0: measured, whether or not the goals are met; 2: something could not be measured.
"""

from __future__ import annotations

import argparse
import os
import platform
import re
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import affected
import dashboard
import explanation
import large_repository
import line_coverage
import many_components
import peers
import per_test
import records
import small_suites
import startup
import supervisor
import waivers
import whole_gate
import workers
from environments import REPOSITORY, build_wheel
from environments import run as output
from measure import BrokenError
from page import MET, Result, update_page, update_results

RESULTS = REPOSITORY / "benchmarks" / "results.json"
PAGE = REPOSITORY / "docs" / "internals" / "performance.md"
BENCHMARKS: Mapping[str, Callable[[Path, Path, int], Result]] = {
    "startup": startup.run,
    "small_suites": small_suites.run,
    "explanation": explanation.run,
    "per_test": per_test.run,
    "supervisor": supervisor.run,
    "whole_gate": whole_gate.run,
    "peers": peers.run,
    "line_coverage": line_coverage.run,
    "large_repository": large_repository.run,
    "affected": affected.run,
    "many_components": many_components.run,
    "workers": workers.run,
    "records": records.run,
    "waivers": waivers.run,
    "dashboard": dashboard.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmarks one after the other. Returns the exit code."""
    options = parse(arguments)
    work: Path = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    try:
        wheel = build_wheel(work)
        for name in options.only or BENCHMARKS:
            before = describe_machine()
            result = BENCHMARKS[name](work, wheel, options.rounds)
            machine = {**before, "load_after": os.getloadavg()}
            update_page(options.page, update_results(options.results, [result], machine))
            print(f"{result.title}: {result.result} -> goal met: {MET[result.met]}", flush=True)
    except BrokenError as error:
        print(f"cannot measure: {error}", file=sys.stderr)
        return 2
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Returns the options; `work`, `results` and `page` are paths, `only` is a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    place = Path(tempfile.gettempdir()) / "pytest-maturity-benchmarks"
    parser.add_argument(
        "--only", action="append", default=[], choices=BENCHMARKS, help="run only this benchmark (repeatable)"
    )
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="number of rounds (default: %(default)s)")
    parser.add_argument(
        "--work",
        type=Path,
        default=place,
        metavar="DIR",
        help="directory of the environments, kept between runs (default: %(default)s)",
    )
    parser.add_argument(
        "--results", type=Path, default=RESULTS, metavar="JSON", help="file of the samples (default: %(default)s)"
    )
    parser.add_argument(
        "--page",
        type=Path,
        default=PAGE,
        metavar="MD",
        help="page whose generated part is replaced (default: %(default)s)",
    )
    return parser.parse_args(arguments)


def describe_machine() -> dict[str, Any]:
    """Returns the machine, the commit and the date of a measurement."""
    return {
        "date": datetime.now(timezone.utc).strftime("%Y-%m-%d"),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "python": sys.version.split()[0],
        "commit": output("git", "rev-parse", "--short", "HEAD").strip(),
        "dirty": bool(output("git", "status", "--porcelain", "--", "src").strip()),
        "load_before": os.getloadavg(),
    }


def processor() -> str:
    """The name of the processor, on Linux from /proc/cpuinfo."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "processor unknown"


if __name__ == "__main__":
    sys.exit(main())
