"""The words for promotions: what each is for, what it is worth, how it changes a price."""

from typing import Any, Final

from app.homes.promotions import PaymentMode, PromotionKind
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

KINDS: Final[dict[PromotionKind, Any]] = {
    PromotionKind.FULL: _l("一次性付款"),
    PromotionKind.MORTGAGE: _l("按揭"),
    PromotionKind.REFERRAL: _l("老带新"),
    PromotionKind.SPECIAL: _l("特价房"),
    PromotionKind.PARKING: _l("车位"),
    PromotionKind.FIT_OUT: _l("装修"),
}

MODES: Final[dict[PaymentMode, Any]] = {"full": _l("一次性付款"), "mortgage": _l("按揭")}


def figure(*, off_fen: int, rate_bp: int, worth_fen: int) -> str:
    """Return what a promotion is worth, in words."""
    if worth_fen:
        return _("价值 %(worth)s", worth=formatting.yuan(worth_fen))
    if rate_bp:
        return _("减总价的 %(rate)s", rate=formatting.percent(rate_bp))
    return _("减 %(off)s", off=formatting.yuan(off_fen))
