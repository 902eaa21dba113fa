"""What people are to the holder of a voucher, in the words of its policy (``buyers``)."""

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
