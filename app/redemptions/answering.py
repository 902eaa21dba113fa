"""Of which bonus of each purchase an ending takes back, and which it leaves."""

from collections import defaultdict
from collections.abc import Collection, Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.policies.models import PolicyVersion
from app.policies.queries import policy_of
from app.policies.rules import Policy
from app.policies.spared import Earned, divided, spared_paths
from app.redemptions.models import Allocation, Redemption
from app.redemptions.snapshot import PartSeen
from app.redemptions.states import COUNTING
from app.vouchers.models import Voucher
from app.vouchers.purchases import Less


def of_purchases(
    session: Session, voucher_ids: Collection[int], less: Mapping[tuple[int, int], Less]
) -> dict[int, list[Earned]]:
    """Return what each purchase of some vouchers earned, what is paid in cash too, by paying voucher.

    ``less`` is how much less of it counts, by purchase and paying voucher.
    """
    statement = (
        select(Allocation, PolicyVersion)
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .join(Voucher, Voucher.id == Allocation.voucher_id)
        .join(PolicyVersion, PolicyVersion.id == Voucher.policy_version_id)
        .where(Allocation.voucher_id.in_(voucher_ids), Redemption.state.in_(COUNTING))
    )
    earned = defaultdict[int, list[Earned]](list)
    for part, version in session.execute(statement):
        gone = less.get((part.redemption_id, part.voucher_id), Less())
        earned[part.voucher_id].append(_of(part, version, gone))
    return earned


def earned_by(policy: Policy, part: PartSeen) -> Earned:
    """Return of which bonus of a voucher's part an ending would take back or not, were it bought."""
    spared, each = spared_paths(policy), part.bonuses or {policy.bonus.path: part.bonus_fen}
    priced = divided(spared, each, part.bonus_fen)
    return priced + divided(spared, part.cash_bonuses, part.cash_fen)


def _of(part: Allocation, version: PolicyVersion, less: Less) -> Earned:
    policy = policy_of(version)
    spared = spared_paths(policy)
    # One alone earned all that counts towards the price; purchases write down each only of several.
    each = part.bonuses or {policy.bonus.path: part.bonus_fen}
    priced = divided(spared, each, part.bonus_fen, back_fen=part.bonus_back_fen + less.bonus_fen)
    back_fen = part.cash_back_fen + less.cash_fen
    return priced + divided(spared, part.cash_bonuses, part.cash_fen, back_fen=back_fen)
