"""Processor time of a replay: how much browsers, web, worker and database took, and each kind of request."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import psutil

SIDES: Final = ("browsers", "web", "worker", "database")


def read(roots: Mapping[str, int]) -> dict[str, float]:
    """Return the seconds that processes with all they started took so far; our own thread pool as browsers.

    ``roots`` are the first processes by side.
    """
    return {"browsers": time.process_time()} | {side: _family(pid) for side, pid in roots.items()}


def since(before: Mapping[str, float], after: Mapping[str, float]) -> dict[str, float]:
    """Return what was taken between two readings."""
    return {side: after[side] - before.get(side, 0.0) for side in after}


def by_route(folder: Path) -> dict[str, tuple[int, float]]:
    """Return requests and web seconds of each route, over all processes that ended."""
    found: dict[str, list[float]] = defaultdict(lambda: [0, 0.0])
    for path in folder.glob("*.json"):
        for route, (count, seconds) in json.loads(path.read_text()).items():
            found[route][0] += count
            found[route][1] += seconds
    return {route: (int(count), seconds) for route, (count, seconds) in found.items()}


def _family(pid: int) -> float:
    root = psutil.Process(pid)
    spent = root.cpu_times()
    taken = spent.user + spent.system + spent.children_user + spent.children_system
    for child in root.children():
        try:
            times = child.cpu_times()
        except psutil.NoSuchProcess:
            continue
        taken += times.user + times.system
    return float(taken)
