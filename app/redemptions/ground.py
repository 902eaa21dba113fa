"""What a lock of a home stands on, and whether it bears one."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Final

from sqlalchemy import ARRAY, BigInteger, any_, bindparam, func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, NotFound
from app.homes.models import Home, PoolListing, PriceVersion
from app.homes.rules import home_name
from app.redemptions import queries
from app.redemptions.errors import HoldsFull, QuoteExpired, QuotePriceChanged, QuoteUsed, VoucherNotUsable
from app.redemptions.models import Quote, Redemption
from app.redemptions.rules import is_full, obstacle
from app.redemptions.snapshot import PricesSeen, Snapshot
from app.redemptions.states import State
from app.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lock stands on, as it is now; true as long as home and vouchers are locked."""

    listing_state: str | None
    prices_current: int
    """How many of the quote's three price versions are still in force."""
    used_as: str | None
    """The redemption that the quote became."""
    overdue: tuple[int, ...]
    """The hold on the home whose deadline has passed, if any."""
    holding: int
    """How many homes the household holds; true as long as its vouchers are locked."""


_LISTING: Final = select(PoolListing.state).where(
    PoolListing.district_id == bindparam("district_id"), PoolListing.home_id == bindparam("home_id")
)
_CURRENT: Final = select(func.count()).where(
    PriceVersion.id == any_(bindparam("version_ids", type_=ARRAY(BigInteger))),
    PriceVersion.effective_to.is_(None),
)
_USED: Final = select(Redemption.ref).where(Redemption.quote_id == bindparam("quote_id"))
_OVERDUE: Final = select(func.array_agg(Redemption.id)).where(
    Redemption.home_id == bindparam("home_id"),
    Redemption.state == State.LOCKED,
    Redemption.deadline_at <= bindparam("moment"),
)
_HOLDING: Final = select(func.count(Redemption.id)).where(
    Redemption.household_id == bindparam("household_id"),
    Redemption.state == State.LOCKED,
    Redemption.deadline_at > bindparam("moment"),
)
_PARTS: Final = (_LISTING, _CURRENT, _USED, _OVERDUE, _HOLDING)
_GROUND: Final = select(*(part.scalar_subquery() for part in _PARTS))


def read(session: Session, *, quote: Quote, version_ids: Collection[int], moment: datetime) -> Ground:
    """Return what a lock of the quote stands on: one question, because every lock asks it."""
    values = {
        "district_id": quote.district_id,
        "home_id": quote.home_id,
        "quote_id": quote.id,
        "household_id": quote.household_id,
        "version_ids": list(version_ids),
        "moment": moment,
    }
    listing_state, current, used_as, overdue, holding = session.execute(_GROUND, values).one()
    return Ground(listing_state, current, used_as, tuple(overdue or ()), holding)


def check_quote(asked: Quote, ground: Ground, home: Home, moment: datetime) -> None:
    """Refuse a quote that was used, has run out, or is no longer true.

    Raises QuoteUsed, QuoteExpired, QuotePriceChanged, Conflict with what keeps everybody from the home.
    """
    if ground.used_as:
        raise QuoteUsed(ground.used_as)
    if moment >= asked.expires_at:
        raise QuoteExpired
    found = obstacle(status=home.status, listing_state=ground.listing_state, is_overdue=bool(ground.overdue))
    if found:
        raise Conflict(found)
    if ground.prices_current < len(fields(PricesSeen)):
        raise QuotePriceChanged


def check_vouchers(asked: Quote, vouchers: Iterable[Voucher], moment: datetime) -> None:
    """Refuse vouchers that are no longer the household's (NotFound) or have lapsed (VoucherNotUsable)."""
    for voucher in vouchers:
        if voucher.household_id != asked.household_id:
            raise NotFound("voucher_gone", "vouchers")
        if voucher.expires_at is None or moment >= voucher.expires_at:
            raise VoucherNotUsable("voucher_lapsed", voucher.ref)


def check_room(session: Session, frozen: Snapshot, *, household_id: int, moment: datetime) -> None:
    """Refuse a household that holds as many homes as the quote's policies let it.

    Raises HoldsFull, naming them.
    """
    held = queries.list_held(session, household_id=household_id, moment=moment)
    if frozen.hold_homes is not None and is_full(len(held), frozen.hold_homes):
        raise HoldsFull([place_of(redemption.home) for redemption in held], frozen.hold_homes)


def place_of(home: Home) -> str:
    """Return which home it is, in a line."""
    return f"{home.development.name} {home_name(home.building.name, home.unit, home.room)}"
