"""What of a home's price falls due when, what was taken of it, and what may be claimed: pure.

All of it is cumulative. A part's entitlement follows from what is owed now; what earlier claims took of it is
deducted. So a correction after a payment needs no case of its own: what is owed less than was taken comes out
below zero, and the next claim deducts it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache

from app.policies.settling import SettlementRule, Tranche, Within


class LineKind(StrEnum):
    """What a line of a claim is for."""

    TRANCHE = "tranche"
    INTEREST = "interest"
    """What a payment bears: late (逾期利息), or in time where the policy says so (贴息)."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A line of a claim sent on ``applied_on`` that stands; ``paid_on`` is None until the bank paid it."""

    kind: LineKind
    place: int
    amount_fen: int
    due_on: date
    paid_on: date | None
    applied_on: date


@dataclass(frozen=True, slots=True)
class Part:
    """One tranche of one voucher's share of a home, in fen.

    ``amount_fen`` is what it comes to by what is owed now; ``reached_on`` is its event's day, None before.
    ``due_on`` is None as long as nothing runs: before the event, or before the developer applies where the
    policy counts from that.
    ``offer_fen`` is what may be claimed of it, below zero what the developer owes back.
    """

    place: int
    tranche: Tranche
    amount_fen: int
    reached_on: date | None
    runs_from: date | None
    """From which day its time and its interest run: its event's, or that of the application."""
    due_on: date | None
    claim_due_on: date | None
    """The last day of what is claimed today."""
    taken_fen: int
    paid_fen: int
    interest_fen: int
    """What its payments bear."""
    interest_taken_fen: int
    interest_paid_fen: int
    accrued_fen: int
    """What it bears up to today as far as it is not paid."""
    turns: int
    """How many lines took of it; ``interest_turns`` of its interest."""
    interest_turns: int
    is_open: bool
    """Whether a claim over it is under way: nothing more of it is offered meanwhile."""

    @property
    def offer_fen(self) -> int:
        """What may be claimed now."""
        if self.is_open or (self.reached_on is None and not self.taken_fen):
            return 0
        return self.amount_fen - self.taken_fen

    @property
    def interest_offer_fen(self) -> int:
        """What interest may be claimed now, below zero what the developer owes back of it.

        What was paid of it for a payment that came back counts for what is claimed anew: it is owed back only
        once nothing more of the part can be.
        """
        fen = self.interest_fen - self.interest_taken_fen
        return 0 if self.is_open or (fen < 0 and self.amount_fen > self.taken_fen) else fen

    @property
    def interest_back_fen(self) -> int:
        """What the developer owes back of interest that was paid: the next claim deducts it.

        Nothing while more of the part can be claimed: then it counts for that.
        """
        return max(0, self.interest_paid_fen - self.interest_fen) if self.amount_fen <= self.taken_fen else 0

    @property
    def interest_owed_fen(self) -> int:
        """What of its interest is not paid, up to today; below zero what counts for what is claimed anew."""
        fen = self.interest_fen - self.interest_paid_fen + self.interest_back_fen
        return fen + self.accrued_fen

    @property
    def outstanding_fen(self) -> int:
        """What of it is not paid, reached or not; below zero what was paid too much."""
        return self.amount_fen - self.paid_fen


def parts_of(
    rule: SettlementRule, *, owed_fen: int, days: dict[str, date], taken: Iterable[Taken], today: date
) -> list[Part]:
    """Return the parts of what is owed (fen) by the rule; ``days`` are those of events that happened."""
    lines = list(taken)
    amounts = rule.amounts(owed_fen)
    return [
        _part(rule, place, amount.fen, days, [line for line in lines if line.place == place], today)
        for place, amount in enumerate(amounts)
    ]


def _part(
    rule: SettlementRule,
    place: int,
    amount_fen: int,
    days: dict[str, date],
    lines: Sequence[Taken],
    today: date,
) -> Part:
    tranche = rule.tranches[place]
    reached_on = days.get(tranche.event)
    principal = [line for line in lines if line.kind is LineKind.TRANCHE]
    interest = [line for line in lines if line.kind is LineKind.INTEREST]
    paid = [line for line in principal if line.paid_on is not None]
    paid_fen = sum(line.amount_fen for line in paid)
    late_fen = amount_fen - paid_fen
    from_, claimed_from = reached_on, reached_on
    if tranche.is_from_application and reached_on:
        running = _running(principal, amount_fen)
        from_, claimed_from = (running.applied_on if running else None), today
        late_fen = min(late_fen, sum(line.amount_fen for line in principal if line.paid_on is None))
    due_on = _last_day(tranche.within, from_) if from_ else None
    return Part(
        place=place,
        tranche=tranche,
        amount_fen=amount_fen,
        reached_on=reached_on,
        runs_from=from_,
        due_on=due_on,
        claim_due_on=_last_day(tranche.within, claimed_from) if claimed_from else None,
        taken_fen=sum(line.amount_fen for line in principal),
        paid_fen=paid_fen,
        interest_fen=sum(_borne(rule, line, reached_on) for line in paid),
        interest_taken_fen=sum(line.amount_fen for line in interest),
        interest_paid_fen=sum(line.amount_fen for line in interest if line.paid_on is not None),
        accrued_fen=rule.borne(place, late_fen, reached_on=from_, due_on=due_on, paid_on=today)
        if from_ and due_on and late_fen > 0
        else 0,
        turns=len(principal),
        interest_turns=len(interest),
        is_open=any(line.paid_on is None for line in lines),
    )


def _running(lines: Sequence[Taken], amount_fen: int) -> Taken | None:
    """Return the application that a part's time runs from: the one under way, else the last one.

    None while a rest of it waits for an application.
    """
    under_way = [line for line in lines if line.paid_on is None]
    if not under_way and sum(line.amount_fen for line in lines) < amount_fen:
        return None
    return max(under_way or lines, key=lambda line: line.applied_on, default=None)


def _borne(rule: SettlementRule, line: Taken, reached_on: date | None) -> int:
    """Return the interest of one paid line in fen; what was deducted bears none."""
    if line.paid_on is None or line.amount_fen <= 0:
        return 0
    from_ = line.applied_on if rule.tranches[line.place].is_from_application else reached_on
    return rule.borne(
        line.place,
        line.amount_fen,
        reached_on=from_ or line.due_on,
        due_on=line.due_on,
        paid_on=line.paid_on,
    )


@lru_cache(maxsize=4096)
def _last_day(within: Within, reached_on: date) -> date:
    """Return the last day of a time, kept: thousands of homes share a few days."""
    return within.after(reached_on)
