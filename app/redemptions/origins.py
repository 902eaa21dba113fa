"""What was earned with all vouchers over the agreements of one household, whoever holds them now.

A bonus of the compensation, the old area, the entitled area, the residents, or a fixed sum for a household is
earned once by its agreements: a part that was split off and given away does not earn it anew. Nor does it use
an area anew within which a bonus is paid, or what a cap of a household leaves that its agreements decide.
"""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.homes.models import Home
from app.policies.past import Past, added_m2
from app.policies.tiers import SPACES
from app.projects.models import Agreement
from app.redemptions.models import Allocation, Redemption
from app.redemptions.parted_back import left_of
from app.redemptions.states import COUNTING
from app.vouchers.models import Voucher


def origins(session: Session, voucher_ids: Collection[int]) -> dict[int, Past]:
    """Return by voucher id whose agreements stand behind it, and what was earned and bought by them."""
    if not voucher_ids:
        return {}
    whose = agreed_by(session, voucher_ids)
    earned = (
        select(
            Agreement.household_id,
            (Allocation.bonus_fen - Allocation.bonus_back_fen).label("bonus_fen"),
            *(Allocation.bonuses, Allocation.cash_bonuses),
            (Allocation.cash_fen - Allocation.cash_back_fen).label("cash_fen"),
            *(Allocation.redemption_id, Home.area_m2, Home.kind),
        )
        .join(Voucher, Voucher.agreement_id == Agreement.id)
        .join(Allocation, Allocation.voucher_id == Voucher.id)
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .join(Home, Home.id == Redemption.home_id)
        .where(Agreement.household_id.in_(set(whose.values())), Redemption.state.in_(COUNTING))
    )
    found = {origin: Past(origin=origin) for origin in whose.values()}
    homes: dict[int, dict[int, tuple[str, Decimal]]] = {origin: {} for origin in found}
    for row in session.execute(earned):
        each = left_of(row.bonuses, row.bonus_fen) | left_of(row.cash_bonuses, row.cash_fen)
        one = Past.of_kin(row.bonus_fen, each).over(row.household_id)
        found[row.household_id] = found[row.household_id].plus(one.only_origin())
        if row.kind not in SPACES:
            homes[row.household_id][row.redemption_id] = (row.kind, row.area_m2)
    found = {
        origin: replace(past, origin_m2=added_m2((), homes[origin].values()))
        for origin, past in found.items()
    }
    return {of: found[origin] for of, origin in whose.items()}


def agreed_by(session: Session, voucher_ids: Collection[int]) -> dict[int, int]:
    """Return the household whose agreement stands behind each voucher, by voucher id."""
    stand = select(Voucher.id, Agreement.household_id).join(Agreement, Agreement.id == Voucher.agreement_id)
    rows = session.execute(stand.where(Voucher.id.in_(voucher_ids)))
    return {row.id: row.household_id for row in rows}


def beside(session: Session, origin_ids: Collection[int]) -> Collection[int]:
    """Return the ids of all vouchers over the agreements of some households: who locks one locks them all."""
    if not origin_ids:
        return []
    issued = aliased(Voucher)
    theirs = (
        select(issued.id)
        .join(Agreement, Agreement.id == issued.agreement_id)
        .where(Agreement.household_id.in_(origin_ids), issued.state == "issued")
    )
    return session.scalars(theirs).all()
