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


class SignalMerged(Conflict):
    """The signal goes with another one, on which alone people act."""

    def __init__(self) -> None:
        super().__init__("signal_merged")


class ReasonMissing(DomainError):
    """A decision on a signal has to say why."""

    def __init__(self) -> None:
        super().__init__("signal_reason_missing", "reason")


class DayPast(DomainError):
    """A day to look again, or to answer by, is not after today."""

    def __init__(self, field: str) -> None:
        super().__init__("signal_day_past", field)


class NotAlike(DomainError):
    """Only signals of one company become one."""

    def __init__(self) -> None:
        super().__init__("signals_not_alike", "main")


class IsMain(Conflict):
    """Others were merged into the signal: it can be their main one, and go into no other."""

    def __init__(self) -> None:
        super().__init__("signal_is_main", "main")


class NoColleague(DomainError):
    """Signals are given to people of the district's regulator who still work there."""

    def __init__(self) -> None:
        super().__init__("signal_no_colleague", "assignee")


class TooManySignals(DomainError):
    """More signals than one act takes, or none."""

    def __init__(self, most: int) -> None:
        super().__init__("signals_too_many", most=most)
