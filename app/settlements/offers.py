"""What a developer may claim now, and to whom each part of it would be paid: pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.settlements.rules import LineKind, Part
from app.settlements.shares import Share


@dataclass(frozen=True, slots=True)
class Payee:
    """Who is paid: the developer itself (None), or the supervised account of a development."""

    development_id: int | None

    @property
    def kind(self) -> str:
        """The word of the policy: ``developer`` or ``escrow``."""
        return "developer" if self.development_id is None else "escrow"


@dataclass(frozen=True, slots=True)
class Offer:
    """One line that a claim may have, in fen; below zero it must be deducted."""

    share: Share
    part: Part
    kind: LineKind
    upto_fen: int
    before_fen: int
    turn: int
    """How many lines took before: of two claims that read the same, the database takes one."""
    due_on: date

    @property
    def amount_fen(self) -> int:
        """What the line comes to."""
        return self.upto_fen - self.before_fen

    @property
    def key(self) -> str:
        """Which line it is, as pages and forms carry it."""
        return f"{self.share.redemption_ref}:{self.share.voucher_ref}:{self.kind}:{self.part.place}"

    @property
    def payee(self) -> Payee:
        """To whom the share's rule sends it."""
        to_escrow = self.share.rule is not None and self.share.rule.to == "escrow"
        return Payee(self.share.development_id if to_escrow else None)

    def shown(self, *, applied_on: date) -> dict[str, Any]:
        """The rule as a line keeps it; the day of the application where the line's time runs from that."""
        tranche = self.part.tranche
        runs = tranche.is_from_application and self.kind is LineKind.TRANCHE
        return {
            "schema": 1,
            "path": tranche.path,
            "event": tranche.event,
            "share_bp": tranche.share_bp,
            "reached_on": self.part.reached_on.isoformat() if self.part.reached_on else None,
            "by_default": self.share.by_default,
            **({"applied_on": applied_on.isoformat()} if runs else {}),
        }


def offers_of(shares: Iterable[Share]) -> list[Offer]:
    """Return what may be claimed of shares, what fell due first before the rest.

    Nothing of a share while a claim under way takes more of a part than it comes to by now: a correction
    overtook it, and until it is refused, or paid and deducted, nobody knows what is left of the whole.
    """
    found = [
        offer
        for share in shares
        if not any(part.is_open and part.taken_fen > part.amount_fen for part in share.parts)
        for part in share.parts
        for offer in _of(share, part)
    ]
    return sorted(found, key=lambda one: (one.due_on, one.share.key, one.part.place, one.kind))


def deductions(offers: Iterable[Offer]) -> list[Offer]:
    """Return what the developer owes back: the next claim has all of it, whoever is its payee."""
    return [one for one in offers if one.amount_fen < 0]


def claimable(offers: Sequence[Offer], payee: Payee) -> list[Offer]:
    """Return what may be claimed for a payee."""
    return [one for one in offers if one.amount_fen > 0 and one.payee == payee]


def _of(share: Share, part: Part) -> Iterator[Offer]:
    claim_due_on = part.claim_due_on
    if claim_due_on is None:
        return
    if part.offer_fen:
        yield Offer(share, part, LineKind.TRANCHE, part.amount_fen, part.taken_fen, part.turns, claim_due_on)
    if part.interest_offer_fen:
        yield Offer(
            share,
            part,
            LineKind.INTEREST,
            part.interest_fen,
            part.interest_taken_fen,
            part.interest_turns,
            part.due_on or claim_due_on,
        )
