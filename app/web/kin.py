"""Words of a policy: what people are to a holder, kinds of stock, and a household's own money."""

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

BUYERS: Final = {
    **{word: name for word, name in KIN.items() if word != "other"},
    "co_owner": _l("原房屋的共有人"),
    "resident": _l("安置人口"),
    "other": KIN["other"],
}
"""What a buyer may be to the holder."""

STOCK: Final = {
    "home": _l("新建商品住房"),
    "used_home": _l("二手住房"),
    "apartment": _l("公寓"),
    "parking": _l("车位"),
    "storage": _l("储藏室"),
    "shop": _l("商铺"),
    "office": _l("办公用房"),
}
"""Kinds of stock, by the words of a policy's ``usable_on``."""

MONEY: Final = {"own": _l("自己的钱"), "loan": _l("银行按揭贷款"), "fund": _l("住房公积金")}
"""Where a household's own money comes from, by the words of a policy's ``top_up``."""

AGREED_AREAS: Final = {"old": _l("原房屋面积"), "entitled": _l("应安置面积")}
"""Areas on an agreement, by the words of a policy."""
