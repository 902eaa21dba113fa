"""Whether slow settlement may be pleaded against a price signal, and how slow it was."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.cases.models import Signal
from app.core import clock
from app.policies.models import PolicyVersion
from app.policies.queries import list_offered, policy_of
from app.settlements.lateness import Lateness, lateness_of
from app.vouchers.models import Voucher

UNDECIDED: Final = ("signal", "watched", "merged", "opened")
OTHER_QUESTIONS: Final = ("voucher_above_filed", "contract_below_cash")
"""Kinds that do not say that a voucher price is above a cash price."""


@dataclass(frozen=True, slots=True)
class LateSettlement:
    """What the policies of a district say of slow settlement as a reason for a voucher price above cash."""

    allowing: Sequence[PolicyVersion]
    """The policies that let it be a reason."""
    refusing: Sequence[PolicyVersion]
    lateness: Lateness | None
    """How late the district pays this developer; None where no policy lets it be a reason."""


def of_signal(session: Session, signal: Signal) -> LateSettlement | None:
    """Return it for a signal that a person has yet to decide on; None where the question does not arise.

    It changes nothing: neither the signal nor the home's place in the pool.
    """
    if signal.state not in UNDECIDED or signal.kind in OTHER_QUESTIONS:
        return None
    versions = _in_use(session, signal.district_id)
    if not versions:
        return None
    allowing = [one for one in versions if policy_of(one).may_late_settlement_raise]
    return LateSettlement(
        allowing=allowing,
        refusing=[one for one in versions if one not in allowing],
        lateness=lateness_of(session, district_id=signal.district_id, developer_id=signal.developer_id)
        if allowing
        else None,
    )


def _in_use(session: Session, district_id: int) -> list[PolicyVersion]:
    """Return the newest version of each policy, and the older ones that vouchers within their term keep."""
    kept = exists().where(
        Voucher.policy_version_id == PolicyVersion.id,
        Voucher.state == "issued",
        Voucher.expires_at > clock.now(),
    )
    used = session.scalars(select(PolicyVersion).where(PolicyVersion.district_id == district_id, kept))
    found = {one.id: one for one in (*list_offered(session, district_id=district_id), *used)}
    return sorted(found.values(), key=lambda one: (one.code, -one.version))
