"""Which vouchers of a family were paid out because little was left of them, and which part each had then."""

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.policies.endings import asks_left, part_had
from app.policies.queries import policy_of
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import HOW, frozen_rules
from app.vouchers.ending_states import LIVE
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart


@dataclass(frozen=True, slots=True)
class Ended:
    """A voucher that came of one that was issued, and was paid by a sum that may be left."""

    root_id: int
    voucher_id: int
    part: Fraction
    """Which part it had of that sum."""


def ended(session: Session, root_ids: Collection[int]) -> list[Ended]:
    """Return which vouchers that came of some that were issued ended so; nothing where no policy asks it."""
    issued = select(Voucher).where(Voucher.id.in_(root_ids)).options(joinedload(Voucher.policy_version))
    policies = {one.id: policy_of(one.policy_version) for one in session.scalars(issued)}
    asked = [root_id for root_id, policy in policies.items() if asks_left(policy)]
    if not asked:
        return []
    first = select(Voucher.id.label("root_id"), Voucher.id.label("id")).where(Voucher.id.in_(asked))
    came = first.cte("came", recursive=True)
    came = came.union(
        select(came.c.root_id, Voucher.id)
        .join(MovePart, MovePart.voucher_id == came.c.id)
        .join(Voucher, Voucher.move_id == MovePart.move_id)
        .where(MovePart.dropped_at.is_(None))
    )
    endings = (
        select(came.c.root_id, VoucherEnding.voucher_id, VoucherEnding.shown)
        .join(VoucherEnding, VoucherEnding.voucher_id == came.c.id)
        .where(VoucherEnding.kind.in_(HOW), VoucherEnding.state.in_(LIVE))
    )
    found = [
        Ended(root_id, voucher_id, part_had(policies[root_id], frozen_rules(shown)))
        for root_id, voucher_id, shown in session.execute(endings)
    ]
    return [one for one in found if one.part]
