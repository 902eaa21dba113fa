"""What two people approved for households in cash: endings of vouchers and bonus in cash, together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain

from sqlalchemy import and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from app.approvals.models import ApprovalRequest
from app.projects.models import Household
from app.redemptions import beyond, cash_holds, cash_queries, later
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import State as BonusState
from app.redemptions.models import Allocation
from app.settlements.pay_list_models import PayLine
from app.vouchers import ending_holds, ending_interest, ending_queries
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import State
from app.vouchers.endings import END
from app.vouchers.models import Voucher

Owner = VoucherEnding | CashBonus

ENDINGS = (
    joinedload(VoucherEnding.voucher).joinedload(Voucher.household).joinedload(Household.project),
    joinedload(VoucherEnding.voucher).joinedload(Voucher.policy_version),
    joinedload(VoucherEnding.voucher).joinedload(Voucher.agreement),
)
BONUSES = (
    joinedload(CashBonus.household),
    joinedload(CashBonus.allocation).joinedload(Allocation.voucher).joinedload(Voucher.policy_version),
)
"""What is read with them, so that a hundred ask no more than one."""


@dataclass(frozen=True, slots=True)
class Owed:
    """A sum to a household: what it comes to, and why it is not to be put before the bank; None if it is.

    ``stopped``, ``death``, ``heirs`` as ``ending_holds.held``; ``nothing``: it comes to no sum by that day;
    ``returned``: it waits for another account; ``renewed``: a checker looks at that one.
    """

    owner: Owner
    fen: int
    held: str | None


def approved(session: Session, *, district_id: int, day: date, beside: Collection[Owner] = ()) -> list[Owed]:
    """Return what two people approved and the bank has not paid, by kind the oldest first, as of a day.

    Those ``beside`` are left out: they stand on a list.
    """
    wanted = select(VoucherEnding).where(
        VoucherEnding.district_id == district_id, VoucherEnding.state == State.APPROVED
    )
    bonuses = select(CashBonus).where(
        CashBonus.district_id == district_id, CashBonus.state == BonusState.APPROVED
    )
    found: list[Owner] = [
        *session.scalars(wanted.options(*ENDINGS).order_by(VoucherEnding.id)),
        *session.scalars(bonuses.options(*BONUSES).order_by(CashBonus.id)),
    ]
    return look(session, [one for one in found if one not in set(beside)], day)


def without_account(session: Session, *, district_id: int) -> list[Owed]:
    """Return what was approved once and waits for another account, or for a second person to see it.

    Of bonus in cash whose other account was typed that is what stood on a list before: nothing else tells it
    from what nobody approved yet.
    """
    endings = select(VoucherEnding).where(
        VoucherEnding.district_id == district_id, VoucherEnding.state.in_((State.RETURNED, State.RENEWED))
    )
    bonuses = select(CashBonus).where(
        CashBonus.district_id == district_id,
        or_(
            and_(CashBonus.state == BonusState.OWED, CashBonus.reason.is_not(None)),
            and_(
                CashBonus.state == BonusState.PREPARED,
                exists().where(PayLine.cash_bonus_id == CashBonus.id),
            ),
        ),
    )
    return [
        *(
            Owed(one, one.paid_fen, one.state)
            for one in session.scalars(endings.options(*ENDINGS).order_by(VoucherEnding.id))
        ),
        *(
            Owed(one, one.due_fen, "returned" if one.state == BonusState.OWED else "renewed")
            for one in session.scalars(bonuses.options(*BONUSES).order_by(CashBonus.id))
        ),
    ]


def look(session: Session, owners: Collection[Owner], day: date) -> list[Owed]:
    """Return what approved sums come to if they are paid on a day, and what holds them now."""
    endings, bonuses = parted(owners)
    held: dict[tuple[type[Owner], int], str] = {
        **{(VoucherEnding, key): why for key, why in ending_holds.held(session, endings).items()},
        **{(CashBonus, key): why for key, why in cash_holds.held(session, bonuses).items()},
    }
    found = []
    for one in owners:
        fen = fen_on(session, one, day)
        found.append(Owed(one, fen, held.get((type(one), one.id)) or (None if fen > 0 else "nothing")))
    return found


def parted(owners: Collection[Owner]) -> tuple[list[VoucherEnding], list[CashBonus]]:
    """Return the endings and the bonuses among sums."""
    endings = [one for one in owners if isinstance(one, VoucherEnding)]
    return endings, [one for one in owners if isinstance(one, CashBonus)]


def fen_on(session: Session, owner: Owner, day: date) -> int:
    """Return what an approved sum comes to if it is paid on a day, in fen: as its payment reckons it."""
    if isinstance(owner, VoucherEnding):
        return owner.paid_fen + ending_interest.interest_on(owner, day).fen
    return owner.due_fen + beyond.interest_on(session, owner, day) - later.less_on(session, owner, day)


def account_of(owner: Owner) -> str | None:
    """Return the number of the account that is paid; None without one."""
    if isinstance(owner, VoucherEnding):
        return ending_queries.account_of(owner)
    return cash_queries.account_of(owner)


def vouchers_of(session: Session, owners: Collection[Owner]) -> set[int]:
    """Return the ids of all vouchers whose locks the payments of sums take."""
    endings, bonuses = parted(owners)
    lines = cash_queries.lines_of(session, bonuses) if bonuses else {}
    return {one.voucher_id for one in endings} | set(chain.from_iterable(lines.values()))


def read_anew(session: Session, owners: Collection[Owner]) -> list[Owner]:
    """Return sums as they are under the locks of their vouchers, in their order."""
    endings, bonuses = parted(owners)
    now: list[Owner] = []
    for model, options, ids in (
        (VoucherEnding, ENDINGS, [one.id for one in endings]),
        (CashBonus, BONUSES, [one.id for one in bonuses]),
    ):
        wanted = select(model).where(model.id.in_(ids)).options(*options).order_by(model.id)
        if ids:
            now += session.scalars(wanted, execution_options={"populate_existing": True})
    return now


def find(session: Session, *, district_id: int, refs: Collection[str]) -> list[Owner]:
    """Return the district's sums of these references, whatever they wait for; unknown ones are absent."""
    wanted = select(VoucherEnding).where(
        VoucherEnding.district_id == district_id, VoucherEnding.ref.in_(refs)
    )
    bonuses = select(CashBonus).where(CashBonus.district_id == district_id, CashBonus.ref.in_(refs))
    return [
        *session.scalars(wanted.options(*ENDINGS).order_by(VoucherEnding.id)),
        *session.scalars(bonuses.options(*BONUSES).order_by(CashBonus.id)),
    ]


def approved_at(session: Session, owners: Sequence[Owner]) -> list[datetime]:
    """Return when each was approved, in their order. Raises LookupError for one that nobody approved."""
    endings, _ = parted(owners)
    decided = (
        select(ApprovalRequest.subject_id, func.max(ApprovalRequest.decided_at))
        .where(ApprovalRequest.kind == END, ApprovalRequest.state == "approved")
        .where(ApprovalRequest.subject_id.in_([one.id for one in endings]))
        .group_by(ApprovalRequest.subject_id)
    )
    moments: dict[int, datetime | None] = dict(session.execute(decided).all()) if endings else {}
    found = [moments.get(one.id) if isinstance(one, VoucherEnding) else one.approved_at for one in owners]
    if None in found:
        raise LookupError("a sum is approved by nobody")
    return [one for one in found if one is not None]
