"""What the machine is worth at this hour: how many bare forms it takes in a second.

A machine's speed differs by a third within hours, so the round's seconds alone do not tell of the code. The
bare site (``bare.py``) is loaded before the round and after it, by as many browsers as the round has people.
"""

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Final

from tests.database import Cluster
from tests.replay import bare, processors
from tests.replay.browser import Browser, Figures
from tests.replay.play import AT_ONCE
from tests.replay.served import serve_bare

MEANT: Final = 325
"""Bare forms a second on the machine whose seconds the goal is told in."""
WARM_SECONDS: Final = 2.0
"""Until connections are open and plans are kept."""
SECONDS: Final = 6.0


@dataclass(frozen=True)
class Bare:
    """Forms that the bare site took in, and seconds: by the clock, and of all processors it used."""

    forms: int
    seconds: float
    processor_seconds: float

    @property
    def a_second(self) -> float:
        """Forms by the clock."""
        return self.forms / self.seconds

    @property
    def processor_ms(self) -> float:
        """What one form took of the processors: browsers, web and database."""
        return self.processor_seconds * 1000 / self.forms


def measure(cluster: Cluster, *, seconds: float = SECONDS) -> Bare:
    """Load the bare site for some seconds, on a database of its own.

    Raises Unexpected or OSError if it does not take in every form.
    """
    name = cluster.new_name()
    addresses = cluster.empty(name)
    try:
        usernames = [f"member{number}" for number in range(AT_ONCE)]
        bare.lay_ground(addresses.owner, usernames)
        with serve_bare(addresses.owner) as served:
            return _load(served.port, served.roots, usernames, seconds)
    finally:
        cluster.drop(name)


def mean(measured: Sequence[Bare]) -> Bare:
    """Return several measurements as one."""
    return Bare(
        forms=sum(one.forms for one in measured),
        seconds=sum(one.seconds for one in measured),
        processor_seconds=sum(one.processor_seconds for one in measured),
    )


def _load(port: int, roots: dict[str, int], usernames: Sequence[str], seconds: float) -> Bare:
    figures, is_over = Figures(), threading.Event()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        work = [pool.submit(partial(_send, port, figures, name, is_over)) for name in usernames]
        time.sleep(WARM_SECONDS)
        began, before, first = time.perf_counter(), processors.read(roots), _taken(figures)
        time.sleep(seconds)
        taken, after, ended = _taken(figures) - first, processors.read(roots), time.perf_counter()
        is_over.set()
        for one in work:
            one.result()
    return Bare(taken, ended - began, sum(processors.since(before, after).values()))


def _send(port: int, figures: Figures, username: str, is_over: threading.Event) -> None:
    """Sign in, and send form after form until it is over."""
    browser = Browser(port, figures)
    try:
        browser.open(bare.SIGN_IN)
        browser.open(browser.post(bare.SIGN_IN, {"username": username, "password": bare.PASSWORD}))
        while not is_over.is_set():
            browser.post(bare.NOTES, {"text": "as much as one writes"})
    finally:
        browser.close()


def _taken(figures: Figures) -> int:
    return len(figures.seconds[f"POST {bare.NOTES}"])
