"""What vouchers did before, as far as it decides the bonus and the homes they may still buy."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import CTE, ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from app.core import clock
from app.homes.models import Home
from app.policies.bonus import Past, Terms, depends_on_past
from app.policies.rules import HOME, Tier
from app.projects.models import Agreement, Household
from app.redemptions.change_models import ChangePart, PurchaseChange
from app.redemptions.change_states import TERMS
from app.redemptions.models import Allocation, Redemption
from app.redemptions.rules import Plan, Source, fill
from app.redemptions.snapshot import PartSeen
from app.redemptions.states import ACTIVE, State
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher

_COUNTING = (*ACTIVE, State.REDEEMED)
"""A purchase in one of these states counts, less what went back; what ended otherwise gave its bonus back."""


def pasts(session: Session, voucher_ids: Collection[int]) -> dict[int, Past]:
    """Return what each voucher and its household promised or paid before, by voucher id.

    With a voucher counts what those did that it succeeds, whoever held them; with a household what all
    vouchers did that it ever held, and those that they succeed: each of them once.
    """
    if not voucher_ids:
        return {}
    counting = (
        select(
            Allocation.voucher_id,
            (Allocation.spent_fen - Allocation.back_fen).label("spent_fen"),
            (Allocation.bonus_fen - Allocation.bonus_back_fen).label("bonus_fen"),
        )
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .where(Redemption.state.in_(_COUNTING))
        .subquery()
    )
    wanted = Voucher.id.in_(voucher_ids)
    own, all_of_household = _line(wanted, of_household=False), _line(wanted, of_household=True)
    alone = (
        select(
            own.c.of,
            func.coalesce(func.sum(counting.c.spent_fen), 0),
            func.coalesce(func.sum(counting.c.bonus_fen), 0),
            func.count(counting.c.voucher_id),
        )
        .outerjoin(counting, counting.c.voucher_id == own.c.id)
        .group_by(own.c.of)
    )
    together = (
        select(all_of_household.c.of, func.sum(counting.c.bonus_fen))
        .join(counting, counting.c.voucher_id == all_of_household.c.id)
        .group_by(all_of_household.c.of)
    )
    of_household = {key: int(earned) for key, earned in session.execute(together)}
    return {
        key: Past(int(spent), int(earned), of_household.get(key, 0), homes)
        for key, spent, earned, homes in session.execute(alone)
    }


def _line(wanted: ColumnElement[bool], *, of_household: bool) -> CTE:
    """Return pairs of a wanted voucher and one that counts with it, itself included, each pair once."""
    first = select(Voucher.id.label("of"), Voucher.id.label("id")).where(wanted)
    if of_household:
        beside = aliased(Voucher)
        first = (
            select(Voucher.id.label("of"), beside.id.label("id"))
            .join(beside, beside.household_id == Voucher.household_id)
            .where(wanted)
        )
    line = first.cte("household_line" if of_household else "own_line", recursive=True)
    before = aliased(Voucher)
    return line.union(select(line.c.of, before.id).join(before, before.successor_id == line.c.id))


class PurchaseBook:
    """Tells the package of vouchers what their purchases earned."""

    def earned(self, session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
        """Return the bonus in fen that each voucher's purchases were paid or promised, by voucher id."""
        return {key: past.earned_fen for key, past in pasts(session, voucher_ids).items()}

    def blameless(self, session: Session, voucher_ids: Collection[int]) -> frozenset[int]:
        """Return the vouchers to which money came back after their term, for what nobody blames on them."""
        kinds = [kind for kind, terms in TERMS.items() if terms.faultless]
        late = (
            select(Allocation.voucher_id)
            .join(ChangePart, ChangePart.allocation_id == Allocation.id)
            .join(PurchaseChange, PurchaseChange.id == ChangePart.change_id)
            .join(Voucher, Voucher.id == Allocation.voucher_id)
            .where(Allocation.voucher_id.in_(voucher_ids), PurchaseChange.kind.in_(kinds))
            .where(ChangePart.back_fen > 0, ChangePart.at >= Voucher.expires_at)
        )
        return frozenset(session.scalars(late))

    def homes_m2(self, session: Session, household_id: int) -> Decimal:
        """Return the area in ㎡ of the homes that a household has bought, under contract or more."""
        statement = (
            select(func.coalesce(func.sum(Home.area_m2), 0))
            .join(Redemption, Redemption.home_id == Home.id)
            .where(
                Redemption.household_id == household_id,
                Redemption.state.in_((State.CONTRACTED, State.CHECKED, State.REDEEMED)),
            )
        )
        return Decimal(session.scalars(statement).one())


def advance(
    known: Mapping[int, Past], parts: Iterable[PartSeen], owners: Mapping[int, int]
) -> dict[int, Past]:
    """Return the pasts, by voucher id, once one more home is bought with these parts.

    For homes that are bought together. ``owners`` are the households of the vouchers, by voucher id.
    """
    after = dict(known)
    for part in parts:
        for voucher_id, past in after.items():
            if not part.spent_fen or owners[voucher_id] != owners[part.voucher_id]:
                continue
            if voucher_id == part.voucher_id:
                after[voucher_id] = past.plus(part.spent_fen, part.bonus_fen)
            else:
                earned_fen = past.household_earned_fen + part.bonus_fen
                after[voucher_id] = replace(past, household_earned_fen=earned_fen)
    return after


def terms_of(
    session: Session, purses: Collection[WalletVoucher], *, kind: str, moment: datetime
) -> dict[int, Terms]:
    """Return on what terms each voucher earns a bonus on stock of a kind that is locked now, by voucher id.

    Asks about the past only where a policy makes it count.
    """
    bound = [purse for purse in purses if depends_on_past(purse.policy)]
    known = pasts(session, [purse.id for purse in bound])
    of_area = [purse.id for purse in bound if purse.policy.bonus.base == "old_area"]
    areas = _old_areas(session, of_area)
    return {
        purse.id: Terms(
            rule=purse.policy.bonus,
            tier=purse.policy.promised_tier(purse.starts_on, moment, purse.expires_at, kind)
            if purse.earns_bonus
            else None,
            face_fen=purse.face_fen,
            old_area_m2=areas.get(purse.id, Decimal(0)),
            past=known.get(purse.id, Past()),
        )
        for purse in purses
    }


def covers(session: Session, purses: Collection[WalletVoucher], *, kind: str = HOME) -> dict[str, int]:
    """Return by reference the highest price in fen that what is available pays, with a lock's bonus now."""
    terms_by_id = terms_of(session, purses, kind=kind, moment=clock.now())
    return {purse.ref: terms_by_id[purse.id].cover(purse.available_fen) for purse in purses}


def cover_together(session: Session, purses: Collection[WalletVoucher]) -> int:
    """Return the highest price in fen that the vouchers of one household pay together, locked now.

    What a household earns once, or up to a cap, it earns once: this may be less than the sum of ``covers``.
    """
    terms_by_id = terms_of(session, purses, kind=HOME, moment=clock.now())
    total = earned = 0
    for purse in purses:
        terms = terms_by_id[purse.id]
        before = replace(terms.past, household_earned_fen=terms.past.household_earned_fen + earned)
        cover = replace(terms, past=before).cover(purse.available_fen)
        earned += cover - purse.available_fen
        total += cover
    return total


def foresee(session: Session, purses: Collection[WalletVoucher], *, kind: str, payable_fen: int) -> Plan:
    """Return how all these vouchers would pay a price in fen, locked now: nothing is frozen by it."""
    terms = terms_of(session, purses, kind=kind, moment=clock.now())
    sources = [Source(purse.ref, purse.available_fen, None, terms[purse.id]) for purse in purses]
    return fill(payable_fen, sources)


@dataclass(frozen=True, slots=True)
class Prospect:
    """A tier of a voucher, and the highest price in fen that what is available pays in it; None when over."""

    tier: Tier
    cover_fen: int | None
    is_now: bool


def prospects(session: Session, purse: WalletVoucher) -> list[Prospect]:
    """Return every bonus tier of a voucher with what it would pay, if nothing else is bought before."""
    now = clock.now()
    today, terms = clock.legal_day(now), terms_of(session, [purse], kind=HOME, moment=now)[purse.id]
    return [
        Prospect(
            tier,
            replace(terms, tier=tier).cover(purse.available_fen) if today <= tier.last_day else None,
            tier.first_day <= today <= tier.last_day,
        )
        for tier in (purse.policy.tiers_of(purse.starts_on) if purse.earns_bonus else ())
    ]


def _old_areas(session: Session, voucher_ids: Collection[int]) -> dict[int, Decimal]:
    """Return of which area the home was that each voucher was issued for, whoever holds it now."""
    if not voucher_ids:
        return {}
    statement = (
        select(Voucher.id, Household.old_area_m2)
        .join(Agreement, Agreement.id == Voucher.agreement_id)
        .join(Household, Household.id == Agreement.household_id)
        .where(Voucher.id.in_(voucher_ids))
    )
    return {row.id: row.old_area_m2 for row in session.execute(statement)}
