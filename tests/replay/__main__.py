"""Replay the reference round over HTTP and print what came out: `python -m tests.replay`.

Exits 1 unless every total is the plan's to the fen, the ledger and the audit trail prove themselves, and no
request went wrong.
"""

import argparse
import sys
import time

from tests.database import Cluster
from tests.replay import yardstick
from tests.replay.idle import grouped, seconds_by_number
from tests.replay.run import Outcome, replay

SLOWEST = 12
KINDS = 25
UNDER_WAY = (0, 1, 2, 4, 8)


def main() -> int:
    """Replay the share asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description=__doc__)
    parser.add_argument(
        "--share", type=float, default=1.0, help="share of the round's vouchers, all by default"
    )
    parser.add_argument(
        "--pages", action="store_true", help="with the pages that people look at around each step"
    )
    asked = parser.parse_args()
    share = asked.share
    if not 0 < share <= 1:
        parser.error("--share is above 0 and at most 1")
    began = time.monotonic()

    def say(text: str) -> None:
        print(f"{time.monotonic() - began:7.1f} s  {text}", flush=True)

    cluster = Cluster()
    cluster.open()
    try:
        outcome = replay(cluster, share=share, say=say, pages=asked.pages, measured=yardstick.SECONDS)
    finally:
        cluster.close()
    _print(outcome)
    holds = outcome.proof.holds and not outcome.figures.failures
    print("\nEverything as planned." if holds else "\nNOT as planned.")
    return 0 if holds else 1


def _print(outcome: Outcome) -> None:
    proof, figures = outcome.proof, outcome.figures
    print(f"\n{'':<14}{'planned':>20}{'found':>20}")
    for name, planned, found in proof.rows():
        print(f"{name:<14}{planned:>20,}{found:>20,}{'' if planned == found else '  <-- differs'}")
    print(f"{'differing homes':<14}{0:>19}{proof.differing:>20}")
    print(f"ledger verify: {proof.ledger}")
    print(f"audit verify: {proof.audit}")
    print(f"jobs given up: {proof.failed_jobs}")
    print(
        f"\nground {outcome.ground_seconds:.1f} s, round {outcome.seconds:.1f} s, "
        f"{figures.requests} requests, {figures.requests / outcome.seconds:.1f} a second; "
        f"the worker was done {outcome.behind_seconds:.1f} s later"
    )
    _print_idle(outcome)
    _print_yardstick(outcome)
    _print_processors(outcome)
    print(f"\n{'slowest pages':<62}{'count':>8}{'p50 ms':>8}{'p95 ms':>8}")
    for route, count, middle, high in figures.slowest(SLOWEST):
        print(f"{route:<62}{count:>8}{middle * 1000:>8.0f}{high * 1000:>8.0f}")
    print("\ntroubles:" if figures.troubles else "\nno troubles")
    for kind, count in figures.troubles.most_common():
        print(f"{count:>6}  {kind}")


def _print_idle(outcome: Outcome) -> None:
    """Print for how many seconds how many requests were under way: below two, a core waits for people."""
    taken = grouped(seconds_by_number(outcome.figures.spans), UNDER_WAY)
    print("seconds with so many requests under way:", ", ".join(f"{low}+ {told:.1f}" for low, told in taken))


def _print_yardstick(outcome: Outcome) -> None:
    """Print what the machine is worth, and what the round would take on the one that the goal is told for."""
    bare, requests = yardstick.mean(outcome.bare), outcome.figures.requests
    each = " and ".join(f"{one.a_second:.0f}" for one in outcome.bare)
    by_clock = bare.a_second * outcome.seconds / requests
    request_ms = sum(outcome.processors.values()) * 1000 / requests
    by_processor = request_ms / bare.processor_ms
    print(f"\nbare forms: {bare.a_second:.0f} a second ({each}), {bare.processor_ms:.2f} ms of processors")
    print(f"a request is worth {by_clock:.2f} of them by the clock, {by_processor:.2f} by the processors")
    scaled = outcome.seconds * bare.a_second / yardstick.MEANT
    print(f"scaled to {yardstick.MEANT} bare forms a second, {outcome.seconds:.1f} s are {scaled:.1f} s")


def _print_processors(outcome: Outcome) -> None:
    """Print whose processor time the round took, and of the web's what each kind of request did."""
    homes = max(outcome.proof.found.homes, 1)
    print(f"\n{'processor time':<62}{'seconds':>10}{'ms a home':>12}")
    sides = {**outcome.processors, "together": sum(outcome.processors.values())}
    for side, seconds in sides.items():
        print(f"{side:<62}{seconds:>10.1f}{seconds * 1000 / homes:>12.1f}")
    print(f"\n{'requests by kind':<62}{'count':>8}{'web ms':>8}{'of all':>8}")
    whole = sum(seconds for _, seconds in outcome.web.values()) or 1
    for route, (count, seconds) in sorted(outcome.web.items(), key=lambda row: -row[1][1])[:KINDS]:
        print(f"{route:<62}{count:>8}{seconds * 1000 / count:>8.1f}{seconds / whole:>8.0%}")


if __name__ == "__main__":
    sys.exit(main())
