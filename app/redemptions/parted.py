"""What counts with vouchers that came of a split, where their policy parts the past with the sums.

Every voucher that such a move took is followed, whoever held it: what it spent and earned before, and has not
got back, counts in proportion with all that came of it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from app.homes.models import Home
from app.policies.bonus import cut
from app.policies.parted import Added, Gave, Share, counted
from app.policies.past import Parted, Past
from app.redemptions.models import Allocation, Redemption
from app.redemptions.states import COUNTING
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart
from app.vouchers.purchases import InSmall

_Issued = tuple[int, Mapping[str, int]]
"""The face of a voucher that was issued, and what the policy had added to it, in fen."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The vouchers that one came of, itself among them, by id."""

    weights: Mapping[int, Fraction]
    """Which part of each counts with it."""
    successors: frozenset[int]
    """Those that it goes on counting for, whole, where nothing is parted."""
    roots: Mapping[int, _Issued]
    """Those that were issued."""
    paths: Sequence[tuple[int, tuple[Share, ...]]]
    """Each way from one of these to it, with the shares that the splits on it gave."""

    @property
    def face_fen(self) -> Fraction:
        """Its part of the faces of these."""
        faces = (self.weights[root] * fen for root, (fen, _added) in self.roots.items())
        return sum(faces, Fraction(0))

    @property
    def added(self) -> Added:
        """Its part of what was added to them."""
        each = defaultdict[str, Fraction](Fraction)
        for root, (_fen, additions) in self.roots.items():
            for path, fen in additions.items():
                each[path] += self.weights[root] * fen
        return Added(self.face_fen, dict(each))


def pasts(session: Session, voucher_ids: Collection[int]) -> dict[int, Past]:
    """Return what counts as done by each of these vouchers alone, by voucher id, with how it is parted."""
    return _pasts(session, _lines(session, voucher_ids))


def in_small(session: Session, voucher_ids: Collection[int]) -> dict[int, InSmall]:
    """Return how each of these vouchers counts as those that it came of in small, by voucher id."""
    lines = _lines(session, voucher_ids)
    found = _pasts(session, lines)
    return {
        of: InSmall(past.parted.more_fen, lines[of].added, past.parted.part)
        for of, past in found.items()
        if past.parted
    }


def _pasts(session: Session, lines: Mapping[int, _Line]) -> dict[int, Past]:
    every = {one for line in lines.values() for one in line.weights}
    statement = (
        select(
            *(Allocation.voucher_id, Allocation.redemption_id, Home.kind, Allocation.bonuses),
            (Allocation.spent_fen - Allocation.back_fen).label("spent_fen"),
            (Allocation.bonus_fen - Allocation.bonus_back_fen).label("bonus_fen"),
            Allocation.cash_bonuses,
            (Allocation.cash_fen - Allocation.cash_back_fen).label("cash_fen"),
        )
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .join(Home, Home.id == Redemption.home_id)
        .where(Allocation.voucher_id.in_(every), Redemption.state.in_(COUNTING))
    )
    rows = session.execute(statement).all()
    return {of: _past(line, rows) for of, line in lines.items()}


def weights(session: Session, voucher_id: int) -> Mapping[int, Fraction]:
    """Return which part of what each voucher did counts with one that came of it, by voucher id."""
    return _lines(session, [voucher_id])[voucher_id].weights


def answered(
    session: Session, voucher_ids: Collection[int], less: Mapping[tuple[int, int], int]
) -> dict[int, int]:
    """Return the bonus, in fen by voucher id, of which an ending of each voucher takes back.

    What is paid in cash is among it. Of what was earned before a split each part answers for its share, to
    the fen: together for all of it. ``less`` is how much less counts, in fen by purchase and paying voucher.
    """
    lines = _lines(session, voucher_ids)
    every = {one for line in lines.values() for one in line.weights}
    cash_fen = Allocation.cash_fen - Allocation.cash_back_fen
    statement = (
        select(Allocation.redemption_id, Allocation.voucher_id)
        .add_columns(Allocation.bonus_fen - Allocation.bonus_back_fen + cash_fen)
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .where(Allocation.voucher_id.in_(every), Redemption.state.in_(COUNTING))
    )
    earned = defaultdict[int, list[int]](list)
    for redemption_id, voucher_id, fen in session.execute(statement):
        earned[voucher_id].append(max(0, fen - less.get((redemption_id, voucher_id), 0)))
    return {
        of: sum(_along(shares, fen) for one, shares in line.paths for fen in earned[one])
        for of, line in lines.items()
    }


def _along(shares: Iterable[Share], fen: int) -> int:
    for share in shares:
        fen = share.of(fen)
    return fen


def left_of(bonuses: Mapping[str, int], fen: int) -> dict[str, int]:
    """Return what is left of several bonuses, in fen: what went back is taken from the later ones first."""
    in_order = sorted(bonuses.items(), key=lambda one: (len(one[0]), one[0]))
    return dict(cut(tuple(in_order), fen))


def _past(line: _Line, rows: Iterable[Any]) -> Past:
    past = counted(
        Gave(
            weight=line.weights[row.voucher_id],
            piece=row.redemption_id,
            kind=row.kind,
            spent_fen=row.spent_fen,
            bonus_fen=row.bonus_fen,
            each=left_of(row.bonuses, row.bonus_fen) | left_of(row.cash_bonuses, row.cash_fen),
        )
        for row in rows
        if row.voucher_id in line.weights
    )
    spent_fen = sum(row.spent_fen for row in rows if row.voucher_id in line.successors)
    share = sum((line.weights[root] for root in line.roots), Fraction(0))
    return replace(past, parted=Parted.of(past.spent_fen - spent_fen, line.face_fen, share))


def _lines(session: Session, voucher_ids: Collection[int]) -> dict[int, _Line]:
    """Return of what each of some vouchers came, by voucher id."""
    first = select(Voucher.id, Voucher.move_id, Voucher.face_fen, Voucher.additions)
    first = first.where(Voucher.id.in_(voucher_ids))
    line = first.cte("came_of", recursive=True)
    taken = aliased(Voucher)
    line = line.union(
        select(taken.id, taken.move_id, taken.face_fen, taken.additions)
        .join(MovePart, MovePart.voucher_id == taken.id)
        .join(line, line.c.move_id == MovePart.move_id)
        .where(MovePart.dropped_at.is_(None))
    )
    rows = session.execute(select(line.c.id, line.c.move_id, line.c.face_fen, line.c.additions)).all()
    moves = {row.id: row.move_id for row in rows}
    faces = {row.id: (row.face_fen, row.additions) for row in rows}
    by_move = _moves(session, {move_id for move_id in moves.values() if move_id is not None})
    found = {}
    for of in voucher_ids:
        weights, succeeded, roots = defaultdict[int, Fraction](Fraction), {of}, dict[int, _Issued]()
        paths = list[tuple[int, tuple[Share, ...]]]()
        waiting: list[tuple[int, Fraction, bool, tuple[Share, ...]]] = [(of, Fraction(1), True, ())]
        while waiting:
            one, weight, counts, shares = waiting.pop()
            paths.append((one, shares))
            weights[one] += weight
            succeeded |= {one} if counts else set()
            if moves[one] is None:
                roots[one] = faces[one]
                continue
            move = by_move[moves[one]]
            part, parents = move.of(one)
            shares = (*move.shares(one), *shares)
            waiting += [(parent, weight * part, counts and on, shares) for parent, on in parents]
        found[of] = _Line(dict(weights), frozenset(succeeded), roots, paths)
    return found


@dataclass(frozen=True, slots=True)
class _Move:
    """An approved move: what was left of what it took, and whose successor is which; what came of it."""

    taken: tuple[tuple[int, int, int | None], ...]
    """Each voucher that it took, what was left on it in fen, and its successor."""
    made: Mapping[int, int]
    """The faces of those that came of it, in fen."""

    def of(self, voucher_id: int) -> tuple[Fraction, list[tuple[int, bool]]]:
        """Return which part one that came of it has of each that it took, and those: succeeded or not."""
        share = Fraction(1)
        if len(self.made) > 1:
            ((_taken, left_fen, successor_id),) = self.taken
            beside = sum(fen for one, fen in self.made.items() if one != successor_id)
            received = left_fen - beside if voucher_id == successor_id else self.made[voucher_id]
            share = Fraction(received, left_fen)
        return share, [(one, successor_id == voucher_id) for one, _left, successor_id in self.taken]

    def shares(self, voucher_id: int) -> tuple[Share, ...]:
        """Return for which share one that came of it answers; none where nothing was parted."""
        if len(self.made) == 1:
            return ()
        ((_taken, left_fen, successor_id),) = self.taken
        if voucher_id != successor_id:
            return (Share(left_fen, self.made[voucher_id]),)
        return (Share(left_fen, others=tuple(fen for one, fen in self.made.items() if one != voucher_id)),)


def _moves(session: Session, move_ids: Collection[int]) -> dict[int, _Move]:
    if not move_ids:
        return {}
    taken = defaultdict[int, list[tuple[int, int, int | None]]](list)
    parts = (
        select(MovePart.move_id, MovePart.voucher_id, MovePart.left_fen, Voucher.successor_id)
        .join(Voucher, Voucher.id == MovePart.voucher_id)
        .where(MovePart.move_id.in_(move_ids), MovePart.dropped_at.is_(None))
    )
    for row in session.execute(parts):
        taken[row.move_id].append((row.voucher_id, row.left_fen, row.successor_id))
    made = defaultdict[int, dict[int, int]](dict)
    came = select(Voucher.move_id, Voucher.id, Voucher.face_fen).where(Voucher.move_id.in_(move_ids))
    for one in session.execute(came):
        made[one.move_id][one.id] = one.face_fen
    return {move_id: _Move(tuple(taken[move_id]), made[move_id]) for move_id in move_ids}
