"""What there is for a household to see, in one question each: its pages read only what there is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import BigInteger, ColumnElement, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.prepared import Prepared
from app.redemptions.cash_models import CashBonus
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import State as ChangeState
from app.redemptions.models import Allocation, KinConsent, Redemption
from app.redemptions.scope import seen_by_household
from app.redemptions.states import ACTIVE
from app.sales.models import CashSale, CashSaleCandidate
from app.settlements.late_models import LateHandover
from app.settlements.milestones import HANDOVER
from app.settlements.models import SettlementMilestone
from app.vouchers.models import Voucher
from app.vouchers.move_queries import of_household


@dataclass(frozen=True, slots=True)
class Glance:
    """What there is of each kind, or how many."""

    asked_by_kin: int
    """Requests of kin that wait for the household."""
    submitted: int
    """Its vouchers that wait for approval."""
    has_moves: bool
    """Whether it asked for a move of a voucher, or was asked about one, ever."""
    has_handovers: bool
    """Whether a handover of a home of its own waits for an answer."""
    has_changes: bool
    """Whether somebody is to answer what is asked about a purchase of its own."""
    is_buying: bool
    """Whether it buys a home now, or its voucher helps to."""


def look(session: Session, *, actor: Actor, moment: datetime) -> Glance:
    """Return what there is for the acting household at a moment that is now."""
    ((*found,),) = _GLANCE.rows(
        session, district_id=actor.district, household_id=actor.household, moment=moment
    )
    return Glance(*found)


@dataclass(frozen=True, slots=True)
class PurchaseGlance:
    """Of what there is more to read about a purchase; hardly any has any of it while it is being made."""

    has_spaces: bool
    has_cash_bonuses: bool
    is_contested: bool
    """Whether a cash buyer's contract met it, or may have."""
    has_changes: bool
    has_milestones: bool
    has_lates: bool


def look_at(session: Session, redemption: Redemption) -> PurchaseGlance:
    """Return what there is about a purchase beyond what it is itself."""
    ((*found,),) = _PURCHASE.rows(session, redemption_id=redemption.id)
    return PurchaseGlance(*found)


_household: Final = bindparam("household_id", type_=BigInteger)
_OWN: Final = select(Redemption.id).where(Redemption.household_id == _household)


def _number(of: ColumnElement[int], *where: ColumnElement[bool]) -> ColumnElement[int]:
    return select(func.count(of)).where(*where).scalar_subquery()


_GLANCE: Final = Prepared(
    select(
        _number(
            KinConsent.id.expression,
            KinConsent.owner_id == _household,
            KinConsent.district_id == bindparam("district_id"),
            KinConsent.state == "asked",
            KinConsent.ends_at > bindparam("moment"),
        ),
        _number(Voucher.id.expression, Voucher.household_id == _household, Voucher.state == "submitted"),
        exists().where(of_household(_household)),
        exists().where(
            SettlementMilestone.kind == HANDOVER,
            SettlementMilestone.state == "reported",
            SettlementMilestone.redemption_id.in_(_OWN),
        ),
        exists().where(PurchaseChange.state == ChangeState.ASKED, PurchaseChange.redemption_id.in_(_OWN)),
        exists().where(seen_by_household(_household), or_(*(Redemption.state == state for state in ACTIVE))),
    )
)

_purchase: Final = bindparam("redemption_id", type_=BigInteger)
_PURCHASE: Final = Prepared(
    select(
        exists().where(Redemption.beside_id == _purchase),
        select(CashBonus.id)
        .join(Allocation, Allocation.id == CashBonus.allocation_id)
        .where(Allocation.redemption_id == _purchase)
        .exists(),
        or_(
            exists().where(CashSale.redemption_id == _purchase),
            exists().where(CashSaleCandidate.redemption_id == _purchase),
        ),
        exists().where(PurchaseChange.redemption_id == _purchase),
        exists().where(SettlementMilestone.redemption_id == _purchase),
        exists().where(LateHandover.redemption_id == _purchase),
    )
)
