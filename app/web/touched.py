"""What a change of prices means for people who are buying, in sentences that name nobody."""

from app.redemptions.touched import Touched
from app.web.language import gettext as _


def sentences(found: Touched, *, withdrawing: bool = False) -> list[str]:
    """Return what is to be known and agreed to before the change; nothing when nobody is concerned."""
    told = []
    if found.quotes:
        names = _named(found.quote_refs, found.quotes)
        if withdrawing:
            told.append(
                _(
                    "有 %(count)d 份报价还没有过期（%(names)s），下架以后不能再锁定。",
                    count=found.quotes,
                    names=names,
                )
            )
        else:
            told.append(
                _(
                    "有 %(count)d 份报价还没有过期（%(names)s）。涨价不影响它们；"
                    "降价或有了新优惠，购房人要重新计算，按更低的金额锁定；房源退出房源库的，不能再锁定。",
                    count=found.quotes,
                    names=names,
                )
            )
    if found.purchases:
        told.append(
            _(
                "有 %(count)d 笔购房正在办理（%(names)s），按锁定时的价格成交，不受影响。",
                count=found.purchases,
                names=_named(found.purchase_refs, found.purchases),
            )
        )
    return told


def _named(refs: tuple[str, ...], count: int) -> str:
    names = "、".join(refs)
    return names if len(refs) == count else _("%(names)s 等", names=names)


def described(found: Touched) -> str | None:
    """Return what a change of facts means for quotes that are still good; None when there are none."""
    if not found.quotes:
        return None
    return _(
        "有 %(count)d 份报价还没有过期（%(names)s）。"
        "改了名称、地址、楼栋、单元、楼层、室号、户型或建筑面积，购房人要重新计算才能锁定。",
        count=found.quotes,
        names=_named(found.quote_refs, found.quotes),
    )
