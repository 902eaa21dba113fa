"""What those who verify a contracted purchase stand on, read in two questions while it is locked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Select,
    String,
    any_,
    bindparam,
    exists,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Session, joinedload

from app.core.prepared import Prepared
from app.homes.models import Development, Home
from app.payments.models import TopUp
from app.redemptions import kinship_queries, queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import OPEN
from app.redemptions.checking_models import CheckBatchCase
from app.redemptions.models import Allocation, Redemption
from app.redemptions.rules import TOP_UP_OWNER, top_up_owner
from app.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What keeps a purchase from being verified by one person; true as long as it is locked."""

    change_waits: bool
    """Whether somebody asked to change or undo it."""
    has_acted: bool
    """Whether this person did a step of it for the household at the counter."""
    is_unproved: bool
    """Whether a buyer's kinship is not accepted."""
    expects_money: bool
    """Whether a top-up is expected for it; if it has arrived is asked under the top-up's own lock."""
    in_batch: bool
    """Whether it is in a batch that has not decided on it: then nobody decides it alone."""


_REDEMPTION_ID: Final = bindparam("redemption_id", type_=BigInteger)
_USER_ID: Final = bindparam("user_id", type_=BigInteger)
_CHANGE_WAITS: Final = exists().where(
    PurchaseChange.redemption_id == _REDEMPTION_ID, or_(*(PurchaseChange.state == one for one in OPEN))
)
_UNPROVED: Final = (
    select(kinship_queries.is_unproved()).where(Redemption.id == _REDEMPTION_ID).scalar_subquery()
)
_EXPECTS_MONEY: Final = exists().where(
    TopUp.district_id == bindparam("district_id", type_=BigInteger),
    TopUp.owner == bindparam("owner", type_=String),
)
_IN_BATCH: Final = exists().where(
    CheckBatchCase.redemption_id == _REDEMPTION_ID, CheckBatchCase.outcome.is_(None)
)
_OBSTACLES: Final = Prepared(
    select(
        *(_CHANGE_WAITS, queries.acted_at_counter(_REDEMPTION_ID, _USER_ID), _UNPROVED),
        *(_EXPECTS_MONEY, _IN_BATCH),
    )
)


def obstacles(session: Session, redemption: Redemption, *, user_id: int | None) -> Obstacles:
    """Return what keeps a purchase from being verified by a person: one question, for every case asks it."""
    (found,) = _OBSTACLES.rows(
        session,
        redemption_id=redemption.id,
        district_id=redemption.district_id,
        owner=top_up_owner(redemption.id),
        user_id=user_id,
    )
    return Obstacles(*found)


def obstacles_of(
    session: Session, redemption_ids: Collection[int], *, user_id: int | None
) -> dict[int, Obstacles]:
    """Return what keeps several purchases from being verified by a person, by purchase."""
    values = {"redemption_ids": list(redemption_ids), "user_id": user_id}
    return {row[0]: Obstacles(*row[1:]) for row in _OBSTACLES_OF.rows(session, **values)}


_OBSTACLES_OF: Final = Prepared(
    select(
        Redemption.id,
        exists().where(
            PurchaseChange.redemption_id == Redemption.id, or_(*(PurchaseChange.state == one for one in OPEN))
        ),
        queries.acted_at_counter(Redemption.id, _USER_ID),
        kinship_queries.is_unproved(),
        exists().where(
            TopUp.district_id == Redemption.district_id,
            TopUp.owner == func.concat(TOP_UP_OWNER, Redemption.id),
        ),
        exists().where(CheckBatchCase.redemption_id == Redemption.id, CheckBatchCase.outcome.is_(None)),
    ).where(Redemption.id == any_(bindparam("redemption_ids", type_=ARRAY(BigInteger))))
)


def _whole(wanted: ColumnElement[bool]) -> Select[Redemption]:
    paying = joinedload(Redemption.allocations).joinedload(Allocation.voucher)
    return (
        select(Redemption)
        .where(wanted)
        .options(joinedload(Redemption.quote), joinedload(Redemption.contract))
        .options(paying.load_only(Voucher.household_id, Voucher.account_id))
    )


_WRITTEN_OFF: Final = _whole(Redemption.id == _REDEMPTION_ID)
_ALL_WRITTEN_OFF: Final = _whole(Redemption.id == any_(bindparam("redemption_ids", type_=ARRAY(BigInteger))))
_COMPARED: Final = _whole(Redemption.id == _REDEMPTION_ID).options(
    joinedload(Redemption.home).joinedload(Home.building),
    joinedload(Redemption.home).joinedload(Home.development).joinedload(Development.developer),
)


def load(session: Session, redemption: Redemption, *, with_place: bool) -> None:
    """Read a locked purchase's quote, contract and vouchers' parts as they are now; its place if asked."""
    session.scalars(
        _COMPARED if with_place else _WRITTEN_OFF,
        {"redemption_id": redemption.id},
        execution_options={"populate_existing": True},
    ).unique().one()


def load_all(session: Session, redemption_ids: Collection[int]) -> None:
    """Read the same of several locked purchases, without their places."""
    session.scalars(
        _ALL_WRITTEN_OFF,
        {"redemption_ids": list(redemption_ids)},
        execution_options={"populate_existing": True},
    ).unique().all()
