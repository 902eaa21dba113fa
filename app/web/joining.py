"""The words that households and authority see of vouchers merged with those of other households."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.spreadsheet import Cell
from app.projects.rules import masked_id
from app.vouchers.models import Voucher
from app.vouchers.move_models import MoveOwner, VoucherMove
from app.vouchers.move_rules import Join
from app.web import formatting
from app.web.kin import KIN
from app.web.language import gettext as _

_REACH = {"household": 0, "kin": 1, "anybody": 2}


def rule_of(of: str) -> str:
    """Return in a sentence whose vouchers a policy lets be merged."""
    return (
        _("只能合并自家的房票。"),
        _("可以和亲属的房票合并，每一家都要自己同意。"),
        _("可以和别家的房票合并，每一家都要自己同意。"),
    )[_REACH[of]]


def warnings(*, name: str, sum_fen: int) -> list[str]:
    """Return what everybody reads before they say yes: whose it will be, how much, and no way back."""
    return [
        _(
            "合并以后只有一张房票，余额一共 %(sum)s，全部归%(name)s一家。",
            sum=formatting.yuan(sum_fen),
            name=name,
        ),
        _("其他各家的那一份并进去以后，自己不能再用，也要不回来；钱怎么分，政府不管，也不作证。"),
        _("有人催您，或者您没有弄明白，请先不要同意，问征收办窗口。"),
    ]


def heads(numbers: Sequence[str] = ()) -> list[Any]:
    """Return the heads of the table of the other households, with one for their ID ``numbers`` if given."""
    number = [_("身份证号")] if numbers else []
    return [_("哪一家"), *number, _("是申请人的什么人"), (_("并进去的余额"), "numeric"), _("同意了没有")]


def rows(move: VoucherMove, numbers: Sequence[str] = ()) -> list[list[str]]:
    """Return the rows of the other households of a merge; none where all vouchers are one household's."""
    return [
        [
            owner.household.holder_name,
            *([numbers[place] or _("名册里没有")] if numbers else []),
            str(KIN[owner.kin]),
            formatting.yuan(_given_fen(move, owner)),
            _("%(moment)s 同意", moment=formatting.moment(owner.consented_at))
            if owner.consented_at
            else _("还没有"),
        ]
        for place, owner in enumerate(move.owners)
    ]


def sum_of(move: VoucherMove) -> int:
    """Return what is left on all vouchers of a move together, in fen."""
    return sum(part.left_fen for part in move.parts)


def holders(move: VoucherMove) -> list[str]:
    """Return whose each of the vouchers before a merge is, in the order in which they were shown."""
    by_ref = {part.voucher.ref: part.voucher.household.holder_name for part in move.parts}
    return [by_ref[one["ref"]] for one in move.shown["held"]]


def joined(joins: Sequence[Join], vouchers: Sequence[Voucher]) -> list[str]:
    """Return whose vouchers of other households are, with what they are to who asks."""
    kin = {join.ref: str(KIN[join.kin]) for join in joins}
    return [
        _("%(name)s（%(kin)s）", name=one.household.holder_name, kin=kin[one.ref])
        if one.ref in kin
        else one.household.holder_name
        for one in vouchers
    ]


def register(move: VoucherMove, new: Sequence[Voucher], numbers: Mapping[int, str]) -> list[list[Cell]]:
    """Return who gave which vouchers to whom: holder, taker, number, kin, old ones, new one, sum."""
    number = numbers.get(move.household_id)
    return [
        [
            owner.household.holder_name,
            move.household.holder_name,
            masked_id(number) if number else "",
            str(KIN[owner.kin]),
            "、".join(_refs(move, owner)),
            "、".join(one.ref for one in new),
            formatting.file_yuan(_given_fen(move, owner)),
        ]
        for owner in move.owners
    ]


def _refs(move: VoucherMove, owner: MoveOwner) -> list[str]:
    return [part.voucher.ref for part in move.parts if part.voucher.household_id == owner.household_id]


def _given_fen(move: VoucherMove, owner: MoveOwner) -> int:
    return sum(part.left_fen for part in move.parts if part.voucher.household_id == owner.household_id)
