"""What is said of money that came back to a voucher after its ending."""

from collections.abc import Mapping
from typing import Any, Final

from app.policies.rules import Rule
from app.vouchers.coming_back import Due
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

_UNDONE_BY: Final[dict[str, Any]] = {
    "contract": _l("购房合同变更，房款少了，不算被征收人自己退房"),
    "area": _l("按实测面积结算房款，不是被征收人的原因"),
    "price": _l("征收办更正房价，不是被征收人的原因"),
    "withdraw": _l("被征收人自己退房"),
    "cancel": _l("房企解除合同，不是被征收人的原因"),
    "reject": _l("征收办撤销核销，不是被征收人的原因"),
}
"""Who undid a purchase, or made it cheaper, by the kind of the change."""


_AGREED: Final[dict[str, Any]] = {
    "contract": _l("房企和被征收人商量好减少房款，按被征收人自己退的算"),
    "cancel": _l("房企和被征收人商量好解除合同，按被征收人自己退房算"),
}
"""The same of what both agreed on, and nobody found that the household cannot help it."""

_ORDER: Final = ("home_back", "undone_by", "by_the_ending", "claw_back_over", "heir_share")
"""In which order it is read: what came back, by whom, what is paid of it, and what is the household's own."""


def place(rule: Rule) -> int:
    """Return where a rule is read among those of money that came back; every other keeps its place."""
    return _ORDER.index(rule.code) if rule.code in _ORDER else 0


def together(due: Due) -> str:
    """Return what is paid of what came back with what an ending took too much of a bonus."""
    if "agreement" in due.effects:
        return _(
            "两笔合在一起，回到补偿协议最少 %(least)s，最多 %(most)s。",
            least=formatting.yuan(due.own_fen),
            most=formatting.yuan(due.most_fen),
        )
    told = _("两笔合在一起，按规则付 %(sum)s", sum=formatting.yuan(due.fen))
    if due.most_fen > due.fen:
        told += _("，写明理由最多付 %(most)s", most=formatting.yuan(due.most_fen))
    return told + _("。")


def undone_by(figures: Mapping[str, Any]) -> str:
    """Return who undid a purchase, and how much came back by it, in fen."""
    kind = str(figures["kind"])
    return _(
        "其中 %(sum)s：%(how)s。",
        sum=formatting.yuan(int(figures["back_fen"])),
        how=(_AGREED if "own" in figures else {}).get(kind, _UNDONE_BY[kind]),
    )


def heir_share(figures: Mapping[str, Any]) -> str:
    """Return what of it is an heir's by the share that was inherited, and whether the heir has it."""
    told = {"heir": figures["heir"], "sum": formatting.yuan(int(figures["back_fen"]))}
    if "waits" in figures:
        return _(
            "按继承的份额，第 %(heir)s 个继承人有 %(sum)s；这个继承人的房票已经不能用，"
            "这一份由征收办两个人决定。",
            **told,
        )
    return _("按继承的份额，第 %(heir)s 个继承人有 %(sum)s，已经转到这个继承人的房票。", **told)


def by_the_ending(figures: Mapping[str, Any]) -> str:
    """Return what of it is paid by the rule, and what may be paid where others undid it; sums in fen."""
    told = _(
        "这张房票的余额已经办过。退回的钱按那一次的规则办：当作从来没有用来买房，"
        "其中应付 %(sum)s，其余不付。",
        sum=formatting.yuan(int(figures["rules_fen"])),
    )
    most_fen = int(figures.get("most_fen", figures["rules_fen"]))
    if most_fen == int(figures["rules_fen"]):
        return told
    return told + _(
        "因为有 %(others)s 不是被征收人自己退的，征收办两个人写明理由，最多可以付到 %(most)s。",
        others=formatting.yuan(int(figures["others_fen"])),
        most=formatting.yuan(most_fen),
    )
