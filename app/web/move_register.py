"""The register of vouchers that changed hands: who holds by real name what was somebody else's."""

from collections.abc import Mapping, Sequence
from typing import Final

from markupsafe import Markup

from app.core import clock
from app.core.spreadsheet import Cell
from app.vouchers.models import Voucher
from app.vouchers.move_models import VoucherMove
from app.vouchers.move_rules import read_made
from app.vouchers.move_states import Kind
from app.web import formatting, heirs, joining
from app.web.language import gettext as _
from app.web.moves import kin_of, other_number, title_of

# What a file says is Chinese, whatever its reader reads pages in.
COLUMNS: Final = [
    "登记编号",
    "办结日期",
    "办什么",
    "原持有人",
    "受让人",
    "受让人身份证号",
    "关系",
    "原房票",
    "新房票",
    "转出余额(元)",
    "材料",
]

PAGE_COLUMNS: Final = [
    formatting.unbroken(name) for name in COLUMNS if name not in {"受让人身份证号", "关系"}
]
"""Its columns on a page, where one cell says who took it over: eleven do not fit beside each other."""


def cells_of(rows: Sequence[Sequence[Cell]]) -> list[list[Cell | Markup]]:
    """Return the register's rows in the columns of ``PAGE_COLUMNS``."""
    cells: list[list[Cell | Markup]] = []
    for ref, day, what, holder, taker, number, kin, *rest in rows:
        name = _("%(name)s（%(kin)s）", name=taker, kin=kin) if kin else taker
        who = Markup("{}<br>{}").format(name, formatting.unbroken(str(number)))
        cells.append([ref, day, formatting.unbroken(str(what)), holder, who, *rest])
    return cells


def rows_of(
    moves: Sequence[tuple[VoucherMove, Sequence[Voucher]]], numbers: Mapping[int, str]
) -> list[list[Cell]]:
    """Return the rows of the register.

    Each heir, and each household whose vouchers were merged with another's, has a row. ``numbers`` are the
    ID numbers of holders, by household.
    """
    return [
        [
            move.ref,
            clock.legal_day(move.ended_at) if move.ended_at else None,
            title_of(move),
            *row,
            move.evidence or "",
        ]
        for move, new in moves
        for row in _takers(move, new, numbers)
    ]


def _takers(move: VoucherMove, new: Sequence[Voucher], numbers: Mapping[int, str]) -> list[list[Cell]]:
    if move.owners:
        return joining.register(move, new, numbers)
    takers = heirs.takers(move, new) if move.kind == Kind.INHERIT else [_taker(move, new)]
    return [[move.household.holder_name, *taker] for taker in takers]


def _taker(move: VoucherMove, new: Sequence[Voucher]) -> list[Cell]:
    return [
        move.other_name or "",
        other_number(move) or "",
        kin_of(move) or "",
        "、".join(part.voucher.ref for part in move.parts),
        "、".join(one.ref for one in new if one.household_id == move.other_household_id),
        formatting.file_yuan(sum(made.left_fen for made in read_made(move.shown) if made.is_others)),
    ]
