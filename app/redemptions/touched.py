"""Which quotes and purchases a change of prices meets: counted and named by reference, never by person."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ARRAY, BigInteger, Select, any_, bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.core import clock
from app.redemptions.models import Quote, Redemption
from app.redemptions.states import ACTIVE

MOST_NAMED: Final = 10


@dataclass(frozen=True, slots=True)
class Touched:
    """Quotes that can still be locked, and purchases under way; the first few by reference."""

    quotes: int = 0
    quote_refs: tuple[str, ...] = ()
    purchases: int = 0
    purchase_refs: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether nobody is concerned."""
        return not self.quotes and not self.purchases


def touched(session: Session, home_ids: Iterable[int]) -> Touched:
    """Return the live quotes and the purchases under way of these homes; the caller may see the homes."""
    among = bindparam("home_ids", list(home_ids), type_=ARRAY(BigInteger))
    live = select(Quote.ref).where(
        Quote.home_id == any_(among),
        Quote.expires_at > clock.now(),
        ~exists().where(Redemption.quote_id == Quote.id),
    )
    under_way = select(Redemption.ref).where(Redemption.home_id == any_(among), Redemption.state.in_(ACTIVE))
    return Touched(
        _count(session, live),
        tuple(session.scalars(live.order_by(Quote.id).limit(MOST_NAMED))),
        _count(session, under_way),
        tuple(session.scalars(under_way.order_by(Redemption.id).limit(MOST_NAMED))),
    )


def _count(session: Session, statement: Select[str]) -> int:
    return session.scalar(select(func.count()).select_from(statement.subquery())) or 0
