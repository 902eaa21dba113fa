"""What counts with vouchers that came of a split, where their policy parts the past with the sums.

Every voucher that such a move took is followed, whoever held it: what it spent and earned before, and has not
got back, counts in proportion with all that came of it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session, aliased

from app.homes.models import Home
from app.ledger.models import LedgerTransfer
from app.policies.parted import Added, CameBack, Gave, Share, counted, part_of_sums, parts
from app.policies.past import Past
from app.policies.spared import Earned
from app.redemptions.answering import of_purchases
from app.redemptions.models import Allocation, Redemption
from app.redemptions.parted_back import Followed, Way, came_back, left_of
from app.redemptions.parted_ends import ended
from app.redemptions.states import COUNTING
from app.vouchers.models import Voucher
from app.vouchers.move_models import MovePart, VoucherMove
from app.vouchers.move_rules import FOLLOW
from app.vouchers.purchases import InSmall, Less

_Issued = tuple[int, Mapping[str, int]]
"""The face of a voucher that was issued, and what the policy had added to it, in fen."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The vouchers that one came of, itself among them, by id."""

    weights: Mapping[int, tuple[Fraction, Fraction]]
    """Which part of each counts with it: as it was at the splits, and as spent, since money came back."""
    successors: frozenset[int]
    """Those that it goes on counting for, whole, where nothing is parted."""
    roots: Mapping[int, _Issued]
    """Those that were issued."""
    paths: Sequence[tuple[int, Way]]
    """Each way from one of these to it, with the shares that the splits on it gave."""
    follows: Sequence[Followed]
    """What came back to vouchers that moved, and followed."""

    @property
    def face_fen(self) -> Fraction:
        """Its part of the faces of these."""
        faces = (self.weights[root][0] * fen for root, (fen, _added) in self.roots.items())
        return sum(faces, Fraction(0))

    @property
    def share(self) -> Mapping[str, Fraction]:
        """Which part it is of a voucher as it was issued, and which it is now."""
        then, now = zip(*(self.weights[root] for root in self.roots), strict=True)
        return {"share": sum(then, Fraction(0)), "share_now": sum(now, Fraction(0))}

    @property
    def added(self) -> Added:
        """Its part of what was added to them."""
        each = defaultdict[str, Fraction](Fraction)
        for root, (_fen, additions) in self.roots.items():
            for path, fen in additions.items():
                each[path] += self.weights[root][0] * fen
        is_part = any(self.weights[root][0].denominator != 1 for root in self.roots)
        return Added(self.face_fen, dict(each), is_part)


def pasts(session: Session, voucher_ids: Collection[int]) -> dict[int, Past]:
    """Return what counts as done by each of these vouchers alone, by voucher id, with how it is parted."""
    if not voucher_ids:
        return {}
    return _pasts(session, _lines(session, voucher_ids))


def in_small(session: Session, voucher_ids: Collection[int]) -> dict[int, InSmall]:
    """Return how each of these vouchers counts as those that it came of in small, by voucher id."""
    lines = _lines(session, voucher_ids)
    found, part = _pasts(session, lines), _parts_of_sums(session, lines)
    return {
        of: InSmall(past.parted.more_fen, lines[of].added, part[of], past.parted.rest)
        for of, past in found.items()
        if past.parted
    }


def _parts_of_sums(session: Session, lines: Mapping[int, _Line]) -> dict[int, Fraction]:
    """Return which part of a sum that may be left of one voucher each has, by voucher id.

    Of merged ones the lesser of what they had and have: what became of each of those is not followed.
    """
    shares = {
        of: (min(Fraction(1), line.share["share"]), min(Fraction(1), line.share["share_now"]))
        for of, line in lines.items()
    }
    grown = {
        of: next(iter(line.roots))
        for of, line in lines.items()
        if len(line.roots) == 1 and shares[of][1] > shares[of][0]
    }
    had = ended(session, set(grown.values())) if grown else []
    theirs = _lines(session, {one.voucher_id for one in had}) if had else {}
    found = {of: min(two) for of, two in shares.items()}
    for of, root_id in grown.items():
        others = (
            (one.part, theirs[one.voucher_id].share["share_now"])
            for one in had
            if one.root_id == root_id and one.voucher_id != of and len(theirs[one.voucher_id].roots) == 1
        )
        found[of] = part_of_sums(*shares[of], others)
    return found


def _pasts(session: Session, lines: Mapping[int, _Line]) -> dict[int, Past]:
    every = {one for line in lines.values() for one in line.weights}
    statement = (
        select(
            *(Allocation.voucher_id, Allocation.redemption_id, Home.kind, Allocation.bonuses),
            (Allocation.spent_fen - Allocation.back_fen).label("spent_fen"),
            (Allocation.bonus_fen - Allocation.bonus_back_fen).label("bonus_fen"),
            Allocation.cash_bonuses,
            (Allocation.cash_fen - Allocation.cash_back_fen).label("cash_fen"),
            Allocation.counts_for,
        )
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .join(Home, Home.id == Redemption.home_id)
        .where(Allocation.voucher_id.in_(every), Redemption.state.in_(COUNTING))
    )
    rows = session.execute(statement).all()
    follows = {one for line in lines.values() for one in line.follows}
    back = came_back(session, follows, {of: line.paths for of, line in lines.items()})
    return {of: _past(line, rows, back[of]) for of, line in lines.items()}


def weights(session: Session, voucher_id: int) -> Mapping[int, Fraction]:
    """Return which part of what each voucher spent counts with one that came of it, by voucher id."""
    line = _lines(session, [voucher_id])[voucher_id]
    return {one: now for one, (_then, now) in line.weights.items()}


def answered(
    session: Session, voucher_ids: Collection[int], less: Mapping[tuple[int, int], Less]
) -> dict[int, Earned]:
    """Return the bonus, by voucher id, of which an ending of each voucher takes back or not.

    What is paid in cash is among it. Of what was earned before a split each part answers for its share, to
    the fen: together for all of it. ``less`` is how much less counts, by purchase and paying voucher.
    """
    lines = _lines(session, voucher_ids)
    earned = of_purchases(session, {one for line in lines.values() for one in line.weights}, less)
    return {
        of: sum((_along(way, fen) for one, way in line.paths for fen in earned[one]), Earned())
        for of, line in lines.items()
    }


def _along(way: Way, earned: Earned) -> Earned:
    for _move, share in way:
        earned = earned.each(share.of)
    return earned


def _past(line: _Line, rows: Iterable[Any], back: Iterable[CameBack]) -> Past:
    gave = (
        Gave(
            *line.weights[row.voucher_id],
            piece=row.redemption_id,
            kind=row.kind,
            spent_fen=row.spent_fen,
            bonus_fen=row.bonus_fen,
            each=left_of(row.bonuses, row.bonus_fen) | left_of(row.cash_bonuses, row.cash_fen),
            counts_for=tuple(row.counts_for),
        )
        for row in rows
        if row.voucher_id in line.weights
    )
    own_fen = sum(row.spent_fen for row in rows if row.voucher_id in line.successors)
    return counted(gave, own_fen=own_fen, face_fen=line.face_fen, **line.share, back=back)


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
    by_move, follows = _moves(session, {move_id for move_id in moves.values() if move_id is not None})
    found = {}
    for of in voucher_ids:
        succeeded, roots = {of}, dict[int, _Issued]()
        paths = list[tuple[int, Way]]()
        waiting: list[tuple[int, bool, Way]] = [(of, True, ())]
        while waiting:
            one, counts, way = waiting.pop()
            paths.append((one, way))
            succeeded |= {one} if counts else set()
            if moves[one] is None:
                roots[one] = faces[one]
                continue
            move = by_move[moves[one]]
            way = (*((moves[one], share) for share in move.shares(one)), *way)
            waiting += [(parent, counts and on, way) for parent, on in move.parents(one)]
        weights = {one: _parts(way for at, way in paths if at == one) for one, _way in paths}
        found[of] = _Line(weights, frozenset(succeeded), roots, paths, follows)
    return found


def _parts(ways: Iterable[Way]) -> tuple[Fraction, Fraction]:
    return parts([share for _move, share in way] for way in ways)


@dataclass(frozen=True, slots=True)
class _Move:
    """An approved move: what was left of what it took, and whose successor is which; what came of it."""

    taken: tuple[tuple[int, int, int | None], ...]
    """Each voucher that it took, what was left on it in fen, and its successor."""
    made: Mapping[int, int]
    """The faces of those that came of it, in fen."""
    followed_fen: int
    """What came back to what it took, or to what that succeeds, and followed beyond it, in fen."""
    inherited: Mapping[int, int]
    """What of it heirs got, in fen by the voucher that each had by it."""

    def parents(self, voucher_id: int) -> list[tuple[int, bool]]:
        """Return those of which one came by it, and whether it succeeds each."""
        return [(one, successor_id == voucher_id) for one, _left, successor_id in self.taken]

    def shares(self, voucher_id: int) -> tuple[Share, ...]:
        """Return for which share one that came of it answers; none where nothing was parted."""
        if len(self.made) == 1:
            return ()
        ((_taken, left_fen, successor_id),) = self.taken
        if voucher_id != successor_id:
            got_fen = self.inherited.get(voucher_id, 0)
            return (
                Share(left_fen, self.made[voucher_id], followed_fen=self.followed_fen, parted_fen=got_fen),
            )
        others = tuple(fen for one, fen in self.made.items() if one != voucher_id)
        parted_fen = sum(fen for one, fen in self.inherited.items() if one != voucher_id)
        return (Share(left_fen, others=others, followed_fen=self.followed_fen, parted_fen=parted_fen),)


def _moves(session: Session, move_ids: Collection[int]) -> tuple[dict[int, _Move], list[Followed]]:
    """Return approved moves by their ids, and what came back to what they took and followed."""
    if not move_ids:
        return {}, []
    taken = defaultdict[int, dict[int, tuple[int, int, int | None]]](dict)
    into = aliased(Voucher)
    took = (
        select(MovePart.move_id, MovePart.voucher_id, MovePart.left_fen, Voucher.successor_id)
        .add_columns(LedgerTransfer.id, LedgerTransfer.amount_fen, into.id.label("into_id"), VoucherMove.kind)
        .join(Voucher, Voucher.id == MovePart.voucher_id)
        .join(VoucherMove, VoucherMove.id == MovePart.move_id)
        .outerjoin(
            LedgerTransfer,
            and_(LedgerTransfer.debit_account_id == Voucher.account_id, LedgerTransfer.code == FOLLOW),
        )
        .outerjoin(into, into.account_id == LedgerTransfer.credit_account_id)
        .where(MovePart.move_id.in_(move_ids), MovePart.dropped_at.is_(None))
    )
    onward, rows = dict[int, tuple[int, int | None]](), session.execute(took).all()
    for row in rows:
        taken[row.move_id][row.voucher_id] = (row.voucher_id, row.left_fen, row.successor_id)
        onward[row.voucher_id] = (row.move_id, row.successor_id)
    among_heirs = {row.move_id for row in rows if row.kind == "inherit"}
    followed, inherited = Counter[int](), defaultdict[int, Counter[int]](Counter)
    follows = []
    for row in rows:
        passed = _passed(onward, row.voucher_id, row.into_id, among_heirs) if row.amount_fen else frozenset()
        followed.update(dict.fromkeys(passed, row.amount_fen))
        for move_id in passed & among_heirs:
            inherited[move_id][row.into_id] += row.amount_fen
        # What heirs part by their shares they may earn again by their shares: it counts with none of them.
        if passed - among_heirs:
            follows.append(Followed(row.id, row.voucher_id, row.amount_fen, passed - among_heirs))
    made = defaultdict[int, dict[int, int]](dict)
    came = select(Voucher.move_id, Voucher.id, Voucher.face_fen).where(Voucher.move_id.in_(move_ids))
    for voucher in session.execute(came):
        made[voucher.move_id][voucher.id] = voucher.face_fen
    moves = {
        one: _Move(tuple(taken[one].values()), made[one], followed[one], inherited[one]) for one in move_ids
    }
    return moves, follows


def _passed(
    onward: Mapping[int, tuple[int, int | None]], from_id: int, into_id: int, among_heirs: Collection[int]
) -> frozenset[int]:
    """Return the moves between a voucher and the one that its money followed to, as far as they are known.

    Beyond ``among_heirs``, moves by which heirs got something, none is passed.
    """
    found, at = set[int](), from_id
    while at in onward and at != into_id:
        move_id, successor_id = onward[at]
        found.add(move_id)
        if successor_id is None or move_id in among_heirs:
            break
        at = successor_id
    return frozenset(found)
