"""Where the top-ups of purchases stand: what a household pays itself, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.payments import card_queries
from app.payments import queries as payments
from app.payments.account_models import SupervisedAccount
from app.payments.account_queries import find_current
from app.payments.card_models import CardPayment, CardRefund
from app.payments.kinds import Kind, Stage
from app.payments.models import LineMatch, TopUp
from app.payments.refund_models import Refund
from app.payments.refund_queries import list_refunds
from app.redemptions.models import Redemption
from app.redemptions.rules import top_up_owner
from app.redemptions.scope import scoped
from app.redemptions.states import ACTIVE, State


def top_up_owners(session: Session, *, actor: Actor) -> list[str]:
    """Return what payments call the top-ups that may still be due, of purchases that the actor may see.

    Those under way, and those written off whose price rose since.
    """
    under_way = Redemption.state.in_(ACTIVE) & (Redemption.top_up_fen > 0)
    rose = (Redemption.state == State.REDEEMED) & (Redemption.own_adjusted_fen > 0)
    due = scoped(select(Redemption.id), actor).where(under_way | rose)
    return [top_up_owner(redemption_id) for redemption_id in session.scalars(due)]


@dataclass(frozen=True, slots=True)
class PartStanding:
    """What of a top-up comes from one kind of money, in fen (None: nobody said), and how far a loan is."""

    kind: Kind
    amount_fen: int | None
    arrived_fen: int
    stage: Stage | None
    bank: str | None = None
    expected_on: date | None = None
    """Who lends it and when it is expected, once the papers are handed in."""


@dataclass(frozen=True, slots=True)
class TopUpStanding:
    """What a household pays itself for a home: reference, where to, sums in fen.

    ``account`` is the development's supervised account now (None: it has none), ``told`` the one that the
    household was told first, where that is another. ``arrived_fen`` is what came and is not given back,
    ``surplus_fen`` what of it is to be given back.
    """

    ref: str
    account: SupervisedAccount | None
    told: SupervisedAccount | None
    amount_fen: int
    arrived_fen: int
    missing_fen: int
    surplus_fen: int
    kinds: Sequence[Kind]
    parts: Sequence[PartStanding]
    lines: Sequence[LineMatch]
    refunds: Sequence[Refund]
    online: Sequence[CardPayment]
    online_refunds: Sequence[CardRefund]
    ended: bool

    @property
    def lent_fen(self) -> int:
        """What loans and the provident fund are to bring, as the household said; without what was refused."""
        return sum(part.amount_fen or 0 for part in self._lent)

    @property
    def own_missing_fen(self) -> int:
        """What of the missing sum nobody is to lend: the household's own money."""
        awaited = sum(max(0, (part.amount_fen or 0) - part.arrived_fen) for part in self._lent)
        return max(0, self.missing_fen - awaited)

    @property
    def _lent(self) -> list[PartStanding]:
        return [part for part in self.parts if part.kind != Kind.OWN and part.stage != Stage.REFUSED]


def find_top_up(session: Session, redemption: Redemption) -> TopUpStanding | None:
    """Return where a redemption's top-up stands; None where the household pays nothing itself."""
    owner = top_up_owner(redemption.id)
    expected = payments.find_top_up(session, district_id=redemption.district_id, owner=owner)
    if expected is None:
        return None
    standing = payments.standing_of(session, expected)
    account = find_current(session, development_id=expected.development_id) or expected.account
    return TopUpStanding(
        ref=expected.ref,
        account=account,
        told=expected.account if expected.account is not account else None,
        amount_fen=expected.wanted_fen,
        arrived_fen=standing.net_fen,
        missing_fen=standing.missing_fen,
        surplus_fen=standing.surplus_fen,
        kinds=[Kind(kind) for kind in expected.kinds],
        parts=_parts(session, expected, standing),
        lines=payments.list_arrived(session, top_up=expected) if standing.has_lines else [],
        refunds=list_refunds(session, top_up=expected) if standing.has_refunds else [],
        online=card_queries.list_payments(session, top_up=expected) if standing.is_online else [],
        online_refunds=card_queries.list_refunds(session, top_up=expected) if standing.is_online else [],
        ended=expected.ended_at is not None,
    )


def _parts(session: Session, expected: TopUp, standing: payments.Standing) -> list[PartStanding]:
    has_come = standing.has_lines or standing.is_online
    arrived = payments.arrived_by_kind(session, expected) if has_come else {}
    parts = expected.parts if standing.has_parts else []
    said = {part.kind: part for part in parts if part.amount_fen}
    found = []
    for kind in Kind:
        part = said.get(kind)
        if part is not None:
            waits = Stage(part.stage) if part.stage else None
            there = arrived.get(kind, 0)
            found.append(PartStanding(kind, part.amount_fen, there, waits, part.bank, part.expected_on))
        elif kind in arrived:
            found.append(PartStanding(kind, None, arrived[kind], None))
    return found
