"""A day's comparison of our books with Stripe's: every difference by name, written by the job and by hand."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import clock
from app.gateways.stripe import CURRENCY, Movement
from app.payments.card_models import CardDispute, CardPayment, CardRefund, CardReport

COMPARED = ("charge", "refund", "refund_failed", "dispute")


def write(
    session: Session, *, day: date, movements: Sequence[Movement], district_id: int | None = None
) -> None:
    """Write the report of a legal day for one district that takes payments online, or for all of them.

    The last one of a day counts.
    """
    movements = [one for one in movements if one.kind in COMPARED]
    districts = session.scalars(select(CardPayment.district_id).distinct().order_by(CardPayment.district_id))
    books = [_Books(session, district_id, day, movements) for district_id in districts]
    strange = [one for one in movements if not any(book.knows(one) for book in books)]
    for book in books:
        if district_id not in {None, book.district_id}:
            continue
        own = [one for one in movements if book.knows(one)]
        counted = [one for one in own if one.kind in {"charge", "refund"}]
        figures = {
            "made_at": clock.now(),
            "ours_fen": book.ours_fen(),
            "theirs_fen": sum(one.amount_fen for one in counted),
            "count": len(own),
            "differences": [
                *book.differences(own),
                *(_difference("not_ours", theirs=one) for one in strange),
            ],
        }
        session.execute(
            insert(CardReport)
            .values(district_id=book.district_id, day=day, **figures)
            .on_conflict_do_update(index_elements=["district_id", "day"], set_=figures)
        )


class _Books:
    """What a district has of one day, and of what Stripe names."""

    def __init__(
        self, session: Session, district_id: int, day: date, movements: Collection[Movement]
    ) -> None:
        self.district_id = district_id
        span = (clock.start_of_day(day), clock.end_of_day(day))
        intents = [one.intent_id for one in movements if one.intent_id]
        sources = [one.source_id for one in movements if one.source_id]
        self._day = span
        self.payments = session.scalars(
            select(CardPayment).where(
                CardPayment.district_id == district_id,
                CardPayment.captured_at.between(*span)
                | CardPayment.intent_id.in_(intents)
                | CardPayment.ref.in_([one.ref for one in movements if one.ref]),
            )
        ).all()
        self.refunds = session.scalars(
            select(CardRefund).where(
                CardRefund.district_id == district_id,
                CardRefund.moved_at.between(*span) | CardRefund.stripe_id.in_(sources),
            )
        ).all()
        self.disputes = session.scalars(
            select(CardDispute).where(
                CardDispute.district_id == district_id, CardDispute.stripe_id.in_(sources)
            )
        ).all()
        self._by_intent = {one.intent_id: one for one in self.payments if one.intent_id}
        self._by_ref = {one.ref: one for one in self.payments}
        self._refunds = {one.stripe_id or "": one for one in self.refunds}
        self._disputes = {one.stripe_id: one for one in self.disputes}

    def knows(self, movement: Movement) -> bool:
        """Tell whether a movement is of a payment of this district."""
        return self._payment(movement) is not None

    def _payment(self, movement: Movement) -> CardPayment | None:
        return self._by_intent.get(movement.intent_id or "") or self._by_ref.get(movement.ref or "")

    def ours_fen(self) -> int:
        """Return what we say came in that day, less what we say went back, in fen."""
        return sum(one.captured_fen for one in self._captured()) - sum(
            one.amount_fen for one in self._moved()
        )

    def _captured(self) -> list[CardPayment]:
        return [one for one in self.payments if self._on_day(one.captured_at)]

    def _moved(self) -> list[CardRefund]:
        return [one for one in self.refunds if self._on_day(one.moved_at)]

    def _on_day(self, moment: Any) -> bool:
        return moment is not None and self._day[0] <= moment < self._day[1]

    def differences(self, movements: Sequence[Movement]) -> list[dict[str, Any]]:
        """Return every difference, by what it is, of movements that are of this district."""
        found = [one for movement in movements if (one := self._of(movement))]
        charged = {one.intent_id for one in movements if one.kind == "charge"}
        given = {one.source_id for one in movements if one.kind == "refund"}
        found += [
            _difference("not_theirs", ours=one) for one in self._captured() if one.intent_id not in charged
        ]
        found += [
            _difference("refund_not_theirs", ours=one) for one in self._moved() if one.stripe_id not in given
        ]
        return found

    def _of(self, movement: Movement) -> dict[str, Any] | None:
        if movement.kind == "charge":
            return self._of_charge(movement)
        if movement.kind == "dispute":
            known = movement.source_id in self._disputes
            return None if known else _difference("dispute_not_ours", theirs=movement)
        refund = self._refunds.get(movement.source_id or "")
        if refund is None:
            return _difference("refund_not_ours", theirs=movement)
        if movement.kind == "refund_failed":
            return None if refund.state == "failed" else _difference("refund_failed", refund, movement)
        same = (refund.amount_fen, CURRENCY) == (-movement.amount_fen, movement.currency)
        return None if same else _difference("refund_differs", refund, movement)

    def _of_charge(self, movement: Movement) -> dict[str, Any] | None:
        payment = self._payment(movement)
        if payment is None or payment.intent_id != movement.intent_id:  # also where another one was credited
            return _difference("not_credited", payment, movement)
        same = (payment.captured_fen, CURRENCY) == (movement.amount_fen, movement.currency)
        return None if same else _difference("differs", payment, movement)


def _difference(
    what: str, ours: CardPayment | CardRefund | None = None, theirs: Movement | None = None
) -> dict[str, Any]:
    ours_fen = 0
    if isinstance(ours, CardPayment):
        ours_fen = ours.captured_fen
    elif ours is not None:
        ours_fen = -ours.amount_fen
    return {
        "what": what,
        "ref": ours.ref if ours else None,
        "ours_fen": ours_fen,
        "stripe_id": theirs.source_id if theirs else None,
        "theirs_fen": theirs.amount_fen if theirs else 0,
        "currency": theirs.currency if theirs else CURRENCY,
    }
