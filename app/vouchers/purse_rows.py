"""What a purse is made of: voucher, agreement, policy and money of each in one row. Reads only."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import Session

from app.core.prepared import Among, Prepared
from app.ledger.models import LedgerAccount
from app.ledger.queries import STANDING, standing_of
from app.ledger.rules import Balance
from app.policies.models import PolicyVersion
from app.policies.queries import policy_known_by
from app.policies.rules import Policy
from app.projects.models import Agreement
from app.vouchers.models import Voucher
from app.vouchers.stop_queries import HAS_ENDING, HAS_STOP


@dataclass(frozen=True, slots=True)
class PurseRow:
    """An issued voucher as it is stored, with its money."""

    id: int
    ref: str
    household_id: int
    account_id: int
    state: str
    face_fen: int
    additions: Mapping[str, int]
    issued_at: datetime
    expires_at: datetime
    is_moving: bool
    is_stopped: bool
    stood_still_days: int
    earns_bonus: bool
    move_id: int | None
    agreed_by: int
    signed_on: date
    vacated_on: date | None
    """The agreement behind it: whose it is (a household's id), when signed, and the old home handed over."""
    policy_version_id: int
    policy: Policy
    has_ending: bool
    has_stop: bool
    """Whether an ending stands, and a stop: hardly any voucher has either."""
    money: Balance


def of_household(session: Session, household_id: int) -> list[PurseRow]:
    """Return a household's issued vouchers that did not move on, the one that lapses first in front."""
    return _read(session, _OF_HOUSEHOLD.rows(session, household_id=household_id))


def of(session: Session, voucher_ids: Collection[int]) -> list[PurseRow]:
    """Return those of these vouchers that were issued, in the given order."""
    found = {row.id: row for row in _read(session, _OF.rows(session, voucher_ids))}
    return [found[voucher_id] for voucher_id in voucher_ids if voucher_id in found]


_COLUMNS: Final[tuple[Any, ...]] = (
    *(Voucher.id, Voucher.ref, Voucher.household_id, Voucher.account_id, Voucher.state, Voucher.face_fen),
    *(Voucher.additions, Voucher.issued_at, Voucher.expires_at, Voucher.is_moving, Voucher.is_stopped),
    *(Voucher.stood_still_days, Voucher.earns_bonus, Voucher.move_id),
    *(
        Agreement.household_id,
        Agreement.signed_on,
        Agreement.vacated_on,
        PolicyVersion.id,
        PolicyVersion.sha256,
    ),
    *(HAS_ENDING, HAS_STOP, *STANDING),
)


def _issued(*where: ColumnElement[bool]) -> Select[Any]:
    return (
        select(*_COLUMNS)
        .join(Agreement, Agreement.id == Voucher.agreement_id)
        .join(PolicyVersion, PolicyVersion.id == Voucher.policy_version_id)
        .join(LedgerAccount, LedgerAccount.id == Voucher.account_id)
        .where(*where)
    )


_OF: Final = Among(Voucher.id, _issued)
_OF_HOUSEHOLD: Final = Prepared(
    _issued(Voucher.household_id == bindparam("household_id"), Voucher.state == "issued").order_by(
        Voucher.expires_at, Voucher.id
    )
)


def _read(session: Session, rows: Iterable[tuple[Any, ...]]) -> list[PurseRow]:
    return [_row(session, *row) for row in rows]


def _row(session: Session, *columns: Any) -> PurseRow:
    *own, digest, has_ending, has_stop = columns[: -len(STANDING)]
    values = (
        *own,
        policy_known_by(session, version_id=own[-1], digest=digest),
        has_ending,
        has_stop,
        standing_of(columns[-len(STANDING) :]),
    )
    return PurseRow(*values)
