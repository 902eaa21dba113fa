"""Run the suites one after the other, and say how long each took: `python -m tests [suite ...]`."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.database import BEGAN

TESTS = Path(__file__).resolve().parent
SUITES = ("unit", "contracts", "integration", "search", "concurrency", "web", "e2e")

ENVIRONMENT = {"ANJU_MODE": "test", BEGAN: str(os.getpid())}
"""By the pid the suites know each other, and share a database (tests/database.py)."""

SIDE_BY_SIDE = {
    "unit": "load",
    "integration": "loadfile",
    "concurrency": "loadfile",
    "web": "loadfile",
    "e2e": "worksteal",
}
"""Suites in two processes, and how tests are dealt out: by file where files share what they make, singly
where some tests take minutes. Races are forced by barriers, so they need no machine of their own: most of
their time they wait. The search's engine does, and the shortest suite is not worth a second process."""


def run(suite: str) -> tuple[int, float]:
    """Run one suite with pytest; return its exit status and the seconds it took."""
    arguments = [sys.executable, "-m", "pytest", str(TESTS / suite), "--durations=5"]
    if dealt := SIDE_BY_SIDE.get(suite):
        # In their own order: by itself it puts files of one test last, and those take minutes.
        arguments += ["-n", "2", "--dist", dealt, "--no-loadscope-reorder"]
    print(f"\n==> {suite}", flush=True)
    began = time.monotonic()
    status = subprocess.run(
        arguments, cwd=TESTS.parent, env={**os.environ, **ENVIRONMENT}, check=False
    ).returncode
    return status, time.monotonic() - began


def main() -> int:
    """Run the suites named on the command line, or all; fail if any failed."""
    suites = sys.argv[1:] or list(SUITES)
    if unknown := set(suites) - set(SUITES):
        print(
            f"No such suite: {', '.join(sorted(unknown))}. There are: {', '.join(SUITES)}.", file=sys.stderr
        )
        return 2
    results = {suite: run(suite) for suite in suites}
    print("\nSuite          Seconds  Result")
    for suite, (status, seconds) in results.items():
        print(f"{suite:<14} {seconds:7.1f}  {'passed' if status == 0 else f'FAILED ({status})'}")
    print(f"{'all':<14} {sum(seconds for _, seconds in results.values()):7.1f}")
    return int(any(status for status, _ in results.values()))


if __name__ == "__main__":
    sys.exit(main())
