"""What a lock of a home stands on, and whether it bears one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, exists, func, select
from sqlalchemy.orm import Session

from app.core.errors import Conflict, DomainError, NotFound
from app.core.prepared import Prepared
from app.homes.deals import has_due_plan, is_promoted
from app.homes.models import Building, Development, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.queries import current_prices
from app.homes.rules import find_breach, home_name
from app.ledger.queries import CONTROL_ACCOUNTS
from app.redemptions import queries
from app.redemptions.errors import (
    HoldsFull,
    QuoteExpired,
    QuoteHomeChanged,
    QuotePastChanged,
    QuotePriceChanged,
    QuoteUsed,
    SpacesHeldFull,
    VoucherNotUsable,
)
from app.redemptions.kin import holds
from app.redemptions.models import BasketHome, KinConsent, Quote, Redemption
from app.redemptions.origins import agreed_by
from app.redemptions.past import advance, pasts
from app.redemptions.rules import is_full, obstacle, strictest
from app.redemptions.snapshot import HomeFacts, Snapshot
from app.redemptions.states import State
from app.vouchers.models import Voucher
from app.vouchers.queries import live_of


@dataclass(frozen=True, slots=True)
class Ground:
    """What a lock stands on, as it is now; true as long as home and vouchers are locked."""

    listing_state: str | None
    voucher_fen: int | None
    """The stored voucher price."""
    is_moving: bool
    """Whether promotions hold for the home, or a planned price is due: then the stored price is not all."""
    used_as: str | None
    """The redemption that the quote became."""
    overdue: tuple[int, ...]
    """The hold on the home whose deadline has passed, if any."""
    place: tuple[str, str, str]
    """What building and development are called, and where they stand."""
    holding: int
    """How many homes the household holds, spaces aside; true as long as its vouchers are locked."""
    is_collected: bool
    """Whether the home lies in the household's basket."""
    controls: Mapping[str, int]
    """The district's control accounts by kind; once there, an account is never closed."""


_LISTING: Final = select(PoolListing.state).where(
    PoolListing.district_id == bindparam("district_id"), PoolListing.home_id == bindparam("home_id")
)
_VOUCHER_PRICE: Final = select(PriceVersion.amount_fen).where(
    PriceVersion.home_id == bindparam("home_id"),
    PriceVersion.kind == "voucher",
    PriceVersion.effective_to.is_(None),
)
_MOVING: Final = select(has_due_plan(bindparam("moment")) | is_promoted(bindparam("moment"))).where(
    Home.id == bindparam("home_id")
)
_USED: Final = select(Redemption.ref).where(Redemption.quote_id == bindparam("quote_id"))
_OVERDUE: Final = select(func.array_agg(Redemption.id)).where(
    Redemption.home_id == bindparam("home_id"),
    Redemption.state == State.LOCKED,
    Redemption.deadline_at <= bindparam("moment"),
)
_PLACE: Final = (
    select(func.jsonb_build_array(Building.name, Development.name, Development.address))
    .select_from(Home)
    .join(Building, Building.id == Home.building_id)
    .join(Development, Development.id == Home.development_id)
    .where(Home.id == bindparam("home_id"))
)
_COLLECTED: Final = select(
    exists().where(
        BasketHome.household_id == bindparam("household_id"), BasketHome.home_id == bindparam("home_id")
    )
)
_PARTS: Final = (
    *(_LISTING, _VOUCHER_PRICE, _MOVING, _USED, _OVERDUE, _PLACE),
    *(queries.HELD, _COLLECTED, CONTROL_ACCOUNTS),
)
_GROUND: Final = Prepared(select(*(part.scalar_subquery() for part in _PARTS)))


def read(session: Session, *, quote: Quote, moment: datetime) -> Ground:
    """Return what a lock of the quote stands on: one question, because every lock asks it."""
    ((listing_state, voucher_fen, moving, used_as, overdue, place, holding, collected, controls),) = (
        _GROUND.rows(
            session,
            district_id=quote.district_id,
            home_id=quote.home_id,
            quote_id=quote.id,
            household_id=quote.household_id,
            moment=moment,
        )
    )
    return Ground(
        listing_state=listing_state,
        voucher_fen=voucher_fen,
        is_moving=moving,
        used_as=used_as,
        overdue=tuple(overdue or ()),
        place=tuple(place),
        holding=holding,
        is_collected=collected,
        controls=controls or {},
    )


def check_quote(
    session: Session, asked: Quote, frozen: Snapshot, ground: Ground, home: Home, moment: datetime
) -> None:
    """Refuse a quote that was used, has run out, or that the household would be worse off with.

    What was shown is what is locked while the quote lasts, also after the price was raised. Raises QuoteUsed,
    QuoteExpired, QuoteHomeChanged when the home is described otherwise now, QuotePriceChanged when there is
    more for less now, Conflict with what keeps everybody from the home: the price rule among it, so a lock
    never costs more than the rule allows at its moment.
    """
    if ground.used_as:
        raise QuoteUsed(ground.used_as)
    if moment >= asked.expires_at:
        raise QuoteExpired
    found = obstacle(status=home.status, listing_state=ground.listing_state, is_overdue=bool(ground.overdue))
    if found:
        raise Conflict(found)
    if not _is_as_shown(frozen.home, ground, home):
        raise QuoteHomeChanged
    payable_fen = net_fen = ground.voucher_fen or 0
    if ground.is_moving:
        amounts = current_prices(session, [home.id])[home.id].amounts
        if find_breach(amounts) or amounts.voucher_net is None:
            raise Conflict("home_not_listed")
        payable_fen, net_fen = amounts.voucher_net.payable_fen, amounts.voucher_net.fen
    if payable_fen < frozen.price_fen or net_fen < frozen.net_fen:
        raise QuotePriceChanged(quoted_fen=frozen.net_fen, now_fen=net_fen)


def check_pasts(session: Session, frozen: Sequence[Snapshot], household_id: int) -> None:
    """Refuse quotes whose bonus depends on what a voucher did before, and that has changed since.

    They are locked together: each counts what those before it earn. Raises QuotePastChanged.
    """
    owners = {
        part.voucher_id: part.kin.household_id if part.kin else household_id
        for one in frozen
        for part in one.used_parts
    }
    bound = {part.voucher_id for one in frozen for part in one.used_parts if part.past is not None}
    shared = {
        part.voucher_id
        for one in frozen
        for part in one.used_parts
        if part.past and part.past.household_face_fen
    }
    parted = {part.voucher_id for one in frozen for part in one.used_parts if part.past and part.past.parted}
    once = {part.voucher_id for one in frozen for part in one.used_parts if part.past and part.past.origin}
    known = pasts(session, bound, shared=shared, parted=parted, once=once)
    stand_on = agreed_by(session, owners) if once and len(frozen) > 1 else owners
    for one in frozen:
        if any(part.past is not None and part.past != known[part.voucher_id] for part in one.used_parts):
            raise QuotePastChanged
        known = advance(known, one.used_parts, owners, stand_on, home=one.home)


def _is_as_shown(shown: HomeFacts, ground: Ground, home: Home) -> bool:
    place = (shown.building, shown.development, shown.address)
    own = (shown.unit, shown.storey, shown.room, shown.rooms, shown.area_m2)
    return place == ground.place and own == (home.unit, home.storey, home.room, home.rooms, home.area_m2)


def check_vouchers(
    asked: Quote,
    frozen: Snapshot,
    vouchers: Mapping[int, Voucher],
    consents: Mapping[str, KinConsent],
    moment: datetime,
) -> None:
    """Refuse vouchers that are no longer the household's, have lapsed, or whose holder no longer consents.

    ``vouchers`` are locked, by id; ``consents`` by reference. Raises NotFound, VoucherNotUsable.
    """
    for part in frozen.used_parts:
        voucher = vouchers.get(part.voucher_id)
        owner_id = part.kin.household_id if part.kin else asked.household_id
        if voucher is None or voucher.household_id != owner_id:
            raise NotFound("voucher_gone", "vouchers")
        consent = consents.get(part.kin.consent_ref) if part.kin else None
        if part.kin and not holds(consent, part, home_id=asked.home_id, moment=moment):
            raise VoucherNotUsable("consent_not_there", voucher.ref)
        if voucher.is_stopped:
            raise VoucherNotUsable("voucher_stopped", voucher.ref)
        if voucher.is_moving or voucher.state != "issued":
            raise VoucherNotUsable("voucher_moving", voucher.ref)
        if voucher.expires_at is None or moment >= voucher.expires_at:
            raise VoucherNotUsable("voucher_lapsed", voucher.ref)


def shortage(session: Session, frozen: Snapshot, error: DomainError) -> DomainError:
    """Return why vouchers hold too little: the one that is ending, if one is, else the ledger's refusal."""
    ending = live_of(session, [part.voucher_id for part in frozen.used_parts])
    for part in frozen.used_parts:
        if part.voucher_id in ending:
            return VoucherNotUsable("voucher_ending", part.voucher_ref)
    return error


def check_room(
    session: Session, frozen: Snapshot, *, household_id: int, moment: datetime, more: int = 1
) -> None:
    """Refuse a household that may not hold so many ``more`` homes under the quote's policies.

    Raises HoldsFull, naming them.
    """
    if frozen.hold_homes is None:
        return
    count = queries.count_held(session, household_id=household_id, moment=moment)
    if is_full(count, frozen.hold_homes, more=more):
        held = queries.list_held(session, household_id=household_id, moment=moment)
        raise HoldsFull([place_of(redemption.home) for redemption in held], frozen.hold_homes)


def check_spaces(
    session: Session, frozen: Sequence[Snapshot], *, household_id: int, moment: datetime
) -> None:
    """Refuse a household that may not hold the spaces alone among these quotes beside those it holds.

    Raises SpacesHeldFull, naming them.
    """
    alone = [one for one in frozen if one.is_space_alone]
    most = strictest(one.hold_spaces for one in alone)
    if most is None:
        return
    held = queries.list_spaces_held(session, household_id=household_id, moment=moment)
    if is_full(len(held), most, more=len(alone)):
        raise SpacesHeldFull([place_of(redemption.home) for redemption in held], most)


def place_of(home: Home) -> str:
    """Return which home it is, in a line."""
    return f"{home.development.name} {home_name(home.building.name, home.unit, home.room)}"
