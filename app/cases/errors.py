"""Refusals of cases."""

from app.core.errors import Conflict, DomainError, NotFound


class SignalGone(NotFound):
    """There is no such signal, or it is not the actor's to see."""

    def __init__(self) -> None:
        super().__init__("signal_gone")


class SignalDecided(Conflict):
    """Somebody has dismissed the signal or opened a case on it already."""

    def __init__(self) -> None:
        super().__init__("signal_decided")


class ReasonMissing(DomainError):
    """A decision on a signal has to say why."""

    def __init__(self) -> None:
        super().__init__("signal_reason_missing", "reason")
