"""Measures what the plugin costs and writes benchmarks/results.json and docs/internals/performance.md.

    python benchmarks/run.py [--only startup] [--rounds N] [--work DIR]

Exit code 0: measured, whether or not the goals are met; 2: something could not be measured.
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

import beside
import large
import lines
import peers
import per_test
import startup
import supervised
import together
import workers
from measure import BrokenError
from page import MET, Answer, update_page, update_results
from venvs import REPOSITORY, output, wheel

RESULTS = REPOSITORY / "benchmarks" / "results.json"
PAGE = REPOSITORY / "docs" / "internals" / "performance.md"
BENCHMARKS: Mapping[str, Callable[[Path, Path, int], Answer]] = {
    "startup": startup.run,
    "per_test": per_test.run,
    "supervised": supervised.run,
    "beside": beside.run,
    "peers": peers.run,
    "lines": lines.run,
    "large": large.run,
    "together": together.run,
    "workers": workers.run,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks one after the other; returns the exit code."""
    options = parse(arguments)
    work: Path = options.work.resolve()
    work.mkdir(parents=True, exist_ok=True)
    try:
        built = wheel(work)
        for name in options.only or BENCHMARKS:
            before = where()
            answer = BENCHMARKS[name](work, built, options.rounds)
            machine = {**before, "load_after": os.getloadavg()}
            update_page(options.page, update_results(options.results, [answer], machine))
            print(f"{answer.title}: {answer.result} -> goal met: {MET[answer.met]}", flush=True)
    except BrokenError as error:
        print(f"cannot measure: {error}")
        return 2
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line; `work`, `results` and `page` are paths, `only` is a list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    place = Path(tempfile.gettempdir()) / "pytest-maturity-benchmarks"
    parser.add_argument("--only", action="append", default=[], choices=BENCHMARKS, help="this one only (repeatable)")
    parser.add_argument("--rounds", type=int, default=7, metavar="N", help="default: %(default)s")
    parser.add_argument("--work", type=Path, default=place, metavar="DIR", help="kept between runs: %(default)s")
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="JSON", help="the numbers go here")
    parser.add_argument("--page", type=Path, default=PAGE, metavar="MD", help="the tables go here")
    return parser.parse_args(arguments)


def where() -> dict[str, Any]:
    """The machine, the commit and the moment of a measurement."""
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
    """The processor's name as Linux knows it."""
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or "processor unknown"


if __name__ == "__main__":
    sys.exit(main())
