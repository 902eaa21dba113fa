"""Reminding households of what ends soon: a bonus tier, or the voucher itself."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.notices import words
from app.notices.service import tell
from app.policies.rules import Policy, Tier
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import LIVE
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, purses
from app.vouchers.telling import household_of

END_DAYS: Final = (7, 30, 90)
"""So many days before a voucher's end its household is told; the nearest that has come counts."""
EDGE_DAYS: Final = (7, 30)
"""The same before a bonus falls; a tier of three months is announced when the voucher is issued."""
_AT_A_TIME: Final = 500


def remind(session: Session) -> None:
    """Tell households what of a voucher with something left ends soon, once for each of the days.

    Run again it tells nothing; after missed days it tells the nearest. A voucher that is ending is over.
    """
    now = clock.now()
    for voucher, purse in _usable(session, now):
        policy = purse.policy
        if (days := _nearest(purse.expires_at - now, END_DAYS)) is not None:
            tell(
                session,
                kind="voucher_expires_soon",
                to=household_of(voucher),
                event=f"voucher.ends:{voucher.id}:{purse.expires_at:%Y%m%d}:{days}",
                about_ref=voucher.ref,
                voucher=voucher.ref,
                available=purse.available_fen,
                deadline=purse.expires_at,
            )
        for tier in policy.tiers_of(purse.starts_on):
            ends_at = clock.end_of_day(tier.last_day)
            days = _nearest(ends_at - now, EDGE_DAYS)
            if days is not None and _falls(tier) and ends_at < purse.expires_at:
                tell(
                    session,
                    kind="bonus_falls_soon",
                    to=household_of(voucher),
                    event=f"voucher.edge:{voucher.id}:{ends_at:%Y%m%d}:{days}",
                    about_ref=voucher.ref,
                    voucher=voucher.ref,
                    available=purse.available_fen,
                    deadline=ends_at,
                    now=_worth(policy, tier.rate_bp, tier.fen_per_m2),
                    then=_worth(policy, tier.next_rate_bp, tier.next_fen_per_m2),
                )


def _usable(session: Session, now: datetime) -> Iterator[tuple[Voucher, WalletVoucher]]:
    """Yield vouchers in their term with something available, those that end first in front."""
    ending = exists().where(VoucherEnding.voucher_id == Voucher.id, VoucherEnding.state.in_(LIVE))
    lasting = (
        select(Voucher)
        .where(Voucher.state == "issued", Voucher.expires_at > now, ~ending)
        .options(joinedload(Voucher.policy_version), joinedload(Voucher.agreement))
        .order_by(Voucher.expires_at, Voucher.id)
    )
    vouchers = session.scalars(lasting).all()
    for first in range(0, len(vouchers), _AT_A_TIME):
        some = vouchers[first : first + _AT_A_TIME]
        by_id = {voucher.id: voucher for voucher in some}
        for purse in purses(session, some):
            if purse.available_fen:
                yield by_id[purse.id], purse


def _nearest(left: timedelta, marks: Sequence[int]) -> int | None:
    """Return the smallest of the marks (days) that so much time does not exceed; None if over or too far."""
    if left <= timedelta():
        return None
    return next((days for days in marks if left <= timedelta(days=days)), None)


def _falls(tier: Tier) -> bool:
    return (tier.next_rate_bp, tier.next_fen_per_m2) < (tier.rate_bp, tier.fen_per_m2)


def _worth(policy: Policy, rate_bp: int, fen_per_m2: int) -> str:
    """Return what a tier pays, in a few words."""
    if policy.bonus.base == "old_area":
        return f"每平方米 {words.yuan(fen_per_m2)}"
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + "%" if rest else f"{whole}%"
