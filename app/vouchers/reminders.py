"""Reminding households of what ends soon: a bonus tier, or the voucher itself."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Final, TypeVarTuple

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.apart import Due
from app.notices import words
from app.notices.service import tell
from app.policies.spans import Span
from app.policies.tiers import BonusRule, Tier
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import LIVE
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, purses
from app.vouchers.telling import household_of

DAYS: Final = (7, 30, 90)
"""So many days before a voucher's end, or a fall of its bonus, its household is told; the nearest counts."""
_AT_A_TIME: Final = 500
Columns = TypeVarTuple("Columns")


def lasting(session: Session) -> list[Due[int]]:
    """Return the vouchers that ``remind`` looks at."""
    wanted = _lasting(select(Voucher.id, Voucher.district_id, Voucher.ref))
    return [Due(*one) for one in session.execute(wanted)]


def remind(session: Session, *, only: int | None = None) -> None:
    """Tell households what of a voucher with something left ends soon, once for each of the days.

    Run again it tells nothing; after missed days it tells the nearest. A voucher that is ending is over.
    ``only`` looks at one voucher.
    """
    now = clock.now()
    for voucher, purse in _usable(session, only):
        if (days := nearest(purse.expires_at - now, DAYS)) is not None:
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
        for span, following in pairwise(purse.spans()):
            ends_at = clock.end_of_day(span.last_day)
            days = nearest(ends_at - now, DAYS)
            if days is not None and _falls(span, following) and ends_at < purse.expires_at:
                tell(
                    session,
                    kind="bonus_falls_soon",
                    to=household_of(voucher),
                    event=f"voucher.edge:{voucher.id}:{ends_at:%Y%m%d}:{days}",
                    about_ref=voucher.ref,
                    voucher=voucher.ref,
                    available=purse.available_fen,
                    deadline=ends_at,
                    now=_worths(span),
                    then=_worths(following),
                )


def _usable(session: Session, only: int | None) -> Iterator[tuple[Voucher, WalletVoucher]]:
    """Yield vouchers in their term with something available, those that end first in front."""
    wanted = _lasting(select(Voucher)).options(
        joinedload(Voucher.policy_version), joinedload(Voucher.agreement)
    )
    if only is not None:
        wanted = wanted.where(Voucher.id == only)
    vouchers = session.scalars(wanted).all()
    for first in range(0, len(vouchers), _AT_A_TIME):
        some = vouchers[first : first + _AT_A_TIME]
        by_id = {voucher.id: voucher for voucher in some}
        for purse in purses(session, some):
            if purse.available_fen:
                yield by_id[purse.id], purse


def _lasting(statement: Select[*Columns]) -> Select[*Columns]:
    ending = exists().where(VoucherEnding.voucher_id == Voucher.id, VoucherEnding.state.in_(LIVE))
    in_term = (Voucher.state == "issued") & (Voucher.expires_at > clock.now())
    return statement.where(in_term, ~ending).order_by(Voucher.expires_at, Voucher.id)


def nearest(left: timedelta, marks: Sequence[int]) -> int | None:
    """Return the smallest of the marks (days) that so much time does not exceed; None if over or too far."""
    if left <= timedelta():
        return None
    return next((days for days in marks if left <= timedelta(days=days)), None)


def _falls(span: Span, following: Span) -> bool:
    """Tell whether some bonus pays less from then on, or nothing."""
    after = {rule.path: tier.worth for rule, tier in following.tiers}
    return any(tier.pays and after.get(rule.path, ()) < tier.worth for rule, tier in span.tiers)


def _worths(span: Span) -> str:
    """Return what the bonuses pay, in a few words."""
    return "，另加 ".join(_worth(rule, tier) for rule, tier in span.tiers if tier.pays) or "0%"


def _worth(rule: BonusRule, tier: Tier) -> str:
    if rule.base == "fixed":
        return words.yuan(tier.fixed_fen)
    if rule.base == "residents":
        return f"每人 {words.yuan(tier.fen_per_m2)}"
    if rule.base.endswith("_area"):
        return f"每平方米 {words.yuan(tier.fen_per_m2)}"
    sizes = tier.brackets.rows if tier.brackets else ()
    rates = [rate_bp for _above_fen, rate_bp in sizes] or [step.rate_bp for step in tier.steps]
    rates = rates or [tier.rate_bp]
    return "至".join(dict.fromkeys(_percent(rate_bp) for rate_bp in (rates[0], rates[-1])))


def _percent(rate_bp: int) -> str:
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + "%" if rest else f"{whole}%"
