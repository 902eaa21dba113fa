"""Why a voucher buys no home of that size, or at that price a ㎡: told before anybody asks for a quote."""

from collections.abc import Collection
from decimal import Decimal

from sqlalchemy.orm import Session

from app.core import clock
from app.policies.joint import Place
from app.redemptions.errors import HomeUnfit
from app.redemptions.past import terms_of
from app.vouchers.queries import WalletVoucher


def misfits(
    session: Session, purses: Collection[WalletVoucher], *, place: Place, area_m2: Decimal, payable_fen: int
) -> dict[str, HomeUnfit]:
    """Return by reference why some of the vouchers buy no home of an area (㎡) at a price in fen."""
    asked = [purse for purse in purses if purse.policy.fits]
    terms = terms_of(session, asked, place=place, moment=clock.now()) if asked else {}
    found = {purse.ref: terms[purse.id].unfit(area_m2, payable_fen) for purse in asked}
    return {ref: HomeUnfit(ref, rule) for ref, rule in found.items() if rule is not None}
