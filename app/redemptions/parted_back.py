"""What purchases gave back after a split parted what they had earned, as far as the money followed."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.policies.bonus import cut
from app.policies.parted import CameBack, Share, still_counted
from app.redemptions.change_models import ChangePart, PurchaseChange
from app.redemptions.models import Allocation

Way = tuple[tuple[int, Share], ...]
"""The splits between a voucher and one that came of it: the move of each, and its share."""


@dataclass(frozen=True, slots=True)
class Followed:
    """Money that came back to a voucher that moved, and followed its household to a new one."""

    transfer_id: int
    voucher_id: int
    fen: int
    moves: frozenset[int]
    """What it passed on its way."""


@dataclass(frozen=True, slots=True)
class _Returned:
    """What one change of a purchase gave back to one voucher, in fen, each bonus by its path."""

    transfer_id: int
    voucher_id: int
    spent_fen: int
    bonus_fen: int
    each: Mapping[str, int]


def came_back(
    session: Session,
    follows: Collection[Followed],
    lines: Mapping[int, Sequence[tuple[int, Way]]],
) -> dict[int, list[CameBack]]:
    """Return what came back after splits and counts with each part nevertheless, by voucher id.

    ``lines`` are the ways to each from those that it came of. Asks nothing where nothing followed.
    """
    found: dict[int, list[CameBack]] = {of: [] for of in lines}
    returned = _returned(session, {one.voucher_id for one in follows}) if follows else []
    for one, part, moves in _matched(returned, follows):
        for of, paths in lines.items():
            ways = [
                [(move in moves, share) for move, share in way] for at, way in paths if at == one.voucher_id
            ]
            weight = part * still_counted(ways)
            if weight:
                found[of].append(CameBack(weight, one.spent_fen, one.bonus_fen, one.each))
    return found


def left_of(bonuses: Mapping[str, int], fen: int) -> dict[str, int]:
    """Return what is left of several bonuses, in fen: what went back is taken from the later ones first."""
    in_order = sorted(bonuses.items(), key=lambda one: (len(one[0]), one[0]))
    return dict(cut(tuple(in_order), fen))


def _returned(session: Session, voucher_ids: Collection[int]) -> list[_Returned]:
    """Return what changes gave back to some vouchers, the newest first."""
    statement = (
        select(ChangePart.transfer_id, ChangePart.allocation_id, Allocation.voucher_id)
        .add_columns(ChangePart.back_fen, ChangePart.bonus_back_fen, ChangePart.cash_back_fen)
        .add_columns((Allocation.bonus_fen - Allocation.bonus_back_fen).label("bonus_left_fen"))
        .add_columns((Allocation.cash_fen - Allocation.cash_back_fen).label("cash_left_fen"))
        .add_columns(Allocation.bonuses, Allocation.cash_bonuses)
        .add_columns(PurchaseChange.price_fen.is_(None).label("is_undone"))
        .join(Allocation, Allocation.id == ChangePart.allocation_id)
        .join(PurchaseChange, PurchaseChange.id == ChangePart.change_id)
        .where(Allocation.voucher_id.in_(voucher_ids), ChangePart.back_fen > 0)
        .order_by(ChangePart.transfer_id.desc())
    )
    left, found = dict[int, tuple[int, int]](), list[_Returned]()
    for row in session.execute(statement):
        bonus_fen, cash_fen = left.get(row.allocation_id, (row.bonus_left_fen, row.cash_left_fen))
        cash_back_fen = row.cash_back_fen
        if row.is_undone:  # what was owed in cash ends by itself then, and is written down as no change
            cash_fen, cash_back_fen = 0, cash_fen
        before = (bonus_fen + row.bonus_back_fen, cash_fen + cash_back_fen)
        each = _less(row.bonuses, before[0], bonus_fen) | _less(row.cash_bonuses, before[1], cash_fen)
        left[row.allocation_id] = before
        found.append(_Returned(row.transfer_id, row.voucher_id, row.back_fen, row.bonus_back_fen, each))
    return found


def _less(bonuses: Mapping[str, int], before_fen: int, after_fen: int) -> dict[str, int]:
    """Return how much less of each of several bonuses is left by their sums before and after, in fen."""
    after = left_of(bonuses, after_fen)
    return {path: fen - after[path] for path, fen in left_of(bonuses, before_fen).items()}


def _matched(
    returned: Sequence[_Returned], follows: Iterable[Followed]
) -> Iterable[tuple[_Returned, Fraction, frozenset[int]]]:
    """Yield what of each return followed, and which moves it passed.

    All that is free on a voucher follows at once, so it is the newest that came to it.
    """
    open_fen = {one.transfer_id: one.spent_fen for one in returned}
    for follow in sorted(follows, key=lambda one: one.transfer_id, reverse=True):
        rest_fen = follow.fen
        for one in returned:
            fen = min(rest_fen, open_fen[one.transfer_id])
            if one.voucher_id != follow.voucher_id or one.transfer_id > follow.transfer_id or not fen:
                continue
            open_fen[one.transfer_id] -= fen
            rest_fen -= fen
            yield one, Fraction(fen, one.spent_fen), follow.moves
