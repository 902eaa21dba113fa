"""Words of a policy: what people are to the holder of a voucher, and what a household's own money is."""

from typing import Final

from app.web.language import lazy_gettext as _l

KIN: Final = {
    "self": _l("本人"),
    "spouse": _l("配偶"),
    "parent": _l("父母"),
    "child": _l("子女"),
    "sibling": _l("兄弟姐妹"),
    "grandparent": _l("祖父母、外祖父母"),
    "grandchild": _l("孙子女、外孙子女"),
    "other": _l("其他人"),
}

MONEY: Final = {"own": _l("自己的钱"), "loan": _l("银行按揭贷款"), "fund": _l("住房公积金")}
"""Where a household's own money comes from, by the words of a policy's ``top_up``."""
