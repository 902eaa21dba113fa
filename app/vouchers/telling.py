"""What a household is told about its vouchers."""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.ledger.queries import balances
from app.notices.service import Recipient, tell
from app.vouchers.models import Voucher

REMIND_DAYS: Final = (7, 30)
"""So many days before a voucher's end its household is told; the nearest that has come counts."""
_AT_A_TIME: Final = 500


def tell_issued(session: Session, voucher: Voucher) -> None:
    """Tell the household that its voucher was issued. Called in the approval's transaction."""
    tell(
        session,
        kind="voucher_issued",
        to=_household(voucher),
        event=f"voucher.issue:{voucher.id}",
        about_ref=voucher.ref,
        voucher=voucher.ref,
        face=voucher.face_fen,
        deadline=voucher.expires_at,
    )


def remind(session: Session) -> None:
    """Tell households whose vouchers end within some days with something left, once for each of the days."""
    now = clock.now()
    ending = (
        select(Voucher)
        .where(
            Voucher.state == "issued",
            Voucher.expires_at > now,
            Voucher.expires_at <= now + timedelta(days=max(REMIND_DAYS)),
        )
        .order_by(Voucher.expires_at, Voucher.id)
        .limit(_AT_A_TIME)
    )
    vouchers = session.scalars(ending).all()
    money = balances(session, [voucher.account_id for voucher in vouchers if voucher.account_id is not None])
    for voucher in vouchers:
        if voucher.expires_at is None or voucher.account_id is None:
            continue
        available_fen = money[voucher.account_id].available_fen
        left = voucher.expires_at - now
        days = next(days for days in REMIND_DAYS if left <= timedelta(days=days))
        if available_fen:
            tell(
                session,
                kind="voucher_expires_soon",
                to=_household(voucher),
                event=f"voucher.ends:{voucher.id}:{voucher.expires_at:%Y%m%d}:{days}",
                about_ref=voucher.ref,
                voucher=voucher.ref,
                available=available_fen,
                deadline=voucher.expires_at,
            )


def _household(voucher: Voucher) -> Recipient:
    return Recipient(district_id=voucher.district_id, household_id=voucher.household_id)
