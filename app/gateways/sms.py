"""SMS: the protocol. Which carrier's gateway stands behind it is the deployer's; the demo's is the outbox."""

from enum import StrEnum
from typing import Protocol


class Fate(StrEnum):
    """What became of a message that the gateway took."""

    UNKNOWN = "unknown"
    ARRIVED = "arrived"
    LOST = "lost"


class Sms(Protocol):
    """Sends short texts to one mobile number."""

    def send(self, *, to: str, text: str, key: str) -> str:
        """Hand a text over and return what the gateway calls it; the same ``key`` twice is one message.

        Raises Undeliverable or Unreachable.
        """

    def fate(self, message_id: str) -> Fate:
        """Return what became of a text. Raises Unreachable."""


class _Process:
    """What the wiring set for this process."""

    sms: Sms | None = None


def use(sms: Sms | None) -> None:
    """Set how the process sends SMS; None where it sends none. Called by the wiring."""
    _Process.sms = sms


def current() -> Sms | None:
    """Return how SMS are sent; None where no gateway is set."""
    return _Process.sms
