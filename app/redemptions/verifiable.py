"""What those who verify a contracted purchase stand on, read in one question while it is locked."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from app.core.prepared import Among
from app.homes.models import Building, Development, Home
from app.identity.models import Organisation
from app.payments.models import TopUp
from app.redemptions import kinship_queries, queries
from app.redemptions.change_models import PurchaseChange
from app.redemptions.change_states import OPEN
from app.redemptions.checking_models import CheckBatchCase
from app.redemptions.contract_models import ContractEntry
from app.redemptions.models import Allocation, Quote, Redemption
from app.redemptions.rules import TOP_UP_OWNER
from app.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class Part:
    """What one voucher gives to the purchase, in fen, and the promises of it in the ledger."""

    id: int
    voucher_id: int
    spent_fen: int
    bonus_fen: int
    cash_fen: int
    transfer_id: int
    bonus_transfer_id: int | None
    cash_transfer_id: int | None
    household_id: int
    """Whose voucher it is."""
    account_id: int | None


@dataclass(frozen=True, slots=True)
class Entry:
    """What was typed of the contract, as far as it is compared."""

    id: int
    ref: str
    buyers_differ: bool


@dataclass(frozen=True, slots=True)
class Names:
    """What home and seller are called now."""

    development: str
    building: str
    developer: str


@dataclass(frozen=True, slots=True)
class Obstacles:
    """What keeps a purchase from being verified by one person."""

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


@dataclass(frozen=True, slots=True)
class Case:
    """A purchase's quote, contract, vouchers' parts and obstacles; true as long as it is locked."""

    frozen: dict[str, Any]
    """The quote, to be read by ``snapshot.read``."""
    parts: list[Part]
    entry: Entry | None
    """None where it was entered before buyers were asked for."""
    names: Names
    obstacles: Obstacles


def read(session: Session, redemption_id: int, *, user_id: int | None) -> Case:
    """Return what a person who verifies a locked purchase stands on."""
    return read_all(session, [redemption_id], user_id=user_id)[redemption_id]


def read_all(session: Session, redemption_ids: Collection[int], *, user_id: int | None) -> dict[int, Case]:
    """Return the same of several locked purchases, by purchase."""
    return {
        redemption_id: Case(
            frozen=frozen,
            parts=[Part(*part) for part in parts],
            entry=Entry(*found[:3]) if found[0] is not None else None,
            names=Names(*found[3:6]),
            obstacles=Obstacles(*found[6:]),
        )
        for redemption_id, frozen, parts, *found in _CASES.rows(session, redemption_ids, user_id=user_id)
    }


_PART: Final = func.jsonb_build_array(
    *(Allocation.id, Allocation.voucher_id, Allocation.spent_fen, Allocation.bonus_fen, Allocation.cash_fen),
    *(Allocation.transfer_id, Allocation.bonus_transfer_id, Allocation.cash_transfer_id),
    *(Voucher.household_id, Voucher.account_id),
)
_PARTS: Final = (
    select(func.jsonb_agg(aggregate_order_by(_PART, Allocation.id)))
    .join(Voucher, Voucher.id == Allocation.voucher_id)
    .where(Allocation.redemption_id == Redemption.id)
    .scalar_subquery()
)
_OBSTACLES: Final = (
    exists().where(
        PurchaseChange.redemption_id == Redemption.id, or_(*(PurchaseChange.state == one for one in OPEN))
    ),
    queries.acted_at_counter(Redemption.id, bindparam("user_id", type_=BigInteger)),
    kinship_queries.is_unproved(),
    exists().where(
        TopUp.district_id == Redemption.district_id,
        TopUp.owner == func.concat(TOP_UP_OWNER, Redemption.id),
    ),
    exists().where(CheckBatchCase.redemption_id == Redemption.id, CheckBatchCase.outcome.is_(None)),
)


def _cases(among: ColumnElement[bool]) -> Select[Any]:
    entry = and_(ContractEntry.redemption_id == Redemption.id, ContractEntry.state == "current")
    return (
        select(
            *(Redemption.id, Quote.snapshot, _PARTS),
            *(ContractEntry.id, ContractEntry.ref, ContractEntry.buyers_differ),
            *(Development.name, Building.name, Organisation.name),
            *_OBSTACLES,
        )
        .join(Quote, Quote.id == Redemption.quote_id)
        .join(Home, Home.id == Redemption.home_id)
        .join(Building, Building.id == Home.building_id)
        .join(Development, Development.id == Home.development_id)
        .join(Organisation, Organisation.id == Development.developer_id)
        .outerjoin(ContractEntry, entry)
        .where(among)
    )


_CASES: Final = Among(Redemption.id, _cases)
