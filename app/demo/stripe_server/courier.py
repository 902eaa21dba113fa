"""How the made-up Stripe tells what happened: signed as Stripe signs, once, ten times, late, out of order."""

import hashlib
import hmac
import http.client
import json
import queue
import random
import threading
import time
import urllib.request
from collections.abc import Sequence
from typing import Any, Final

HOW: Final = {"once": 1, "often": 10, "late": 1, "never": 0}
"""How often an event is told; late is so many seconds later."""
LATE_SECONDS: Final = 20.0
_TRIES: Final = 5
_TIMEOUT_SECONDS: Final = 10


def sign(body: bytes, secret: str, at: int) -> str:
    """Return the header by which Stripe vouches for what it tells."""
    mac = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


class Courier:
    """Brings events to one address, by a thread of its own; what is refused is tried again."""

    def __init__(self, url: str, secret: str, *, late_seconds: float = LATE_SECONDS) -> None:
        self._url, self._secret, self._late_seconds = url, secret, late_seconds
        self._waiting: queue.PriorityQueue[tuple[float, float, int, bytes]] = queue.PriorityQueue()
        threading.Thread(target=self._work, name="webhooks", daemon=True).start()

    def send(self, events: Sequence[Any], how: str) -> None:
        """Tell events in one of the ways ``HOW``; those of one act come in any order."""
        seconds = self._late_seconds if how == "late" else 0.0
        for event in events:
            for _ in range(HOW[how]):
                body = json.dumps(event).encode()
                self._waiting.put((time.time() + seconds, random.random(), 0, body))  # noqa: S311  # an order

    def _work(self) -> None:
        while True:
            at, order, tries, body = self._waiting.get()
            if (wait := at - time.time()) > 0:
                self._waiting.put((at, order, tries, body))
                time.sleep(min(wait, 0.5))
            elif not self._bring(body) and tries < _TRIES:
                self._waiting.put((time.time() + 2**tries, order, tries + 1, body))

    def _bring(self, body: bytes) -> bool:
        head = {
            "Stripe-Signature": sign(body, self._secret, int(time.time())),
            "Content-Type": "application/json",
        }
        request = urllib.request.Request(self._url, body, head)  # noqa: S310  # the demo's own address
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310
                return bool(answer.status < 300)
        except (OSError, http.client.HTTPException):  # killed while it answered, too
            return False
