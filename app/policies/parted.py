"""What counts with a voucher that came of a split where the policy parts the past with the sums. Pure.

Each voucher is the one that was split in small: of what that spent and earned it has as much as its sum is of
what was left then. What is spent is rounded down where sums are told, and exact where it is compared; what
was earned is rounded up. What of the sums of the policy comes back after a split goes with the money.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, prod

from app.policies.past import Past
from app.policies.small import Parted
from app.policies.tiers import SPACES


@dataclass(frozen=True)
class Added:
    """What the policy added to the faces of which a voucher came, in small; sums in fen."""

    face_fen: Fraction
    """Its part of those faces, as they were issued."""
    each: Mapping[str, Fraction]
    """Its part of what was added to them, by the path of its rule."""
    is_part: bool
    """Whether it is a part of any of those vouchers, and not all of it: a half of each of two is one."""

    def of(self, face_fen: int) -> dict[str, int]:
        """Return what of a face, as shares of it count, was added: the same part of it as at the issue.

        Of a part it is rounded up, as what an ending takes off of it is: parts count no less than the whole.
        """
        rounded = ceil if self.is_part else floor
        return {path: rounded(face_fen * fen / self.face_fen) for path, fen in self.each.items()}


@dataclass(frozen=True)
class Gave:
    """What a voucher gave to one home or space and earned there, in fen, and which part of it counts.

    ``weight`` is the part at the splits: sums of the policy go by it. ``weight_now`` is the part that counts
    as spent: it differs where what had been spent before a split came back since.
    """

    weight: Fraction
    weight_now: Fraction
    piece: int | str
    """Which home or space it was."""
    kind: str
    spent_fen: int
    bonus_fen: int
    """All that counted towards the price."""
    each: Mapping[str, int]
    """Every bonus by its path."""
    counts_for: tuple[str, ...] = ()
    """The bonuses of what is spent on the homes that they are for, this one among them, by their paths."""


@dataclass(frozen=True)
class CameBack:
    """What a purchase gave back after a split, in fen, where the money followed to what stays of that.

    ``weight`` is the part of it that counts nevertheless where sums of the policy go by it, as
    ``still_counted`` tells it: those of all parts add up to nothing.
    """

    weight: Fraction
    spent_fen: int
    bonus_fen: int
    """All that counted towards the price."""
    each: Mapping[str, int]
    """Every bonus by its path."""


@dataclass(frozen=True, slots=True)
class Share:
    """For which part of what was earned before a split one of its parts answers when an ending takes it back.

    Sums in fen: what was left then, and what was split off of it for this part; or for all ``others``, where
    this is what stays, which answers for the rest. ``followed_fen`` came back since, of what was spent
    before, to what stays; ``parted_fen`` of it went to this part, or to all ``others``: heirs part it.
    """

    left_fen: int
    sum_fen: int = 0
    others: tuple[int, ...] = ()
    followed_fen: int = 0
    parted_fen: int = 0

    @property
    def part(self) -> Fraction:
        """Which part of what was left it is: that of its voucher in small."""
        return Fraction(self._received_fen, self.left_fen)

    @property
    def part_now(self) -> Fraction:
        """Which part it would be had what came back since been left at the split, with whom it went to."""
        stays_fen = self.followed_fen - self.parted_fen
        came_fen = stays_fen if self.others else self.parted_fen
        return Fraction(self._received_fen + came_fen, self.left_fen + self.followed_fen)

    @property
    def _received_fen(self) -> int:
        return self.left_fen - sum(self.others) if self.others else self.sum_fen

    def of(self, fen: int) -> int:
        """Return its part of a bonus, in fen: rounded down, and of what stays all that nobody else has."""
        if not self.others:
            return fen * self.sum_fen // self.left_fen
        return fen - sum(fen * one // self.left_fen for one in self.others)


def parts(ways: Iterable[Iterable[Share]]) -> tuple[Fraction, Fraction]:
    """Return which part one has of what was given before splits, by every way to it: at these, and now."""
    then, now = Fraction(0), Fraction(0)
    for shares in ways:
        every = tuple(shares)
        then += prod((share.part for share in every), start=Fraction(1))
        now += prod((share.part_now for share in every), start=Fraction(1))
    return then, now


def still_counted(ways: Iterable[Iterable[tuple[bool, Share]]]) -> Fraction:
    """Return which part of what came back after splits counts with one of the parts nevertheless.

    The sums of a policy were parted when it counted. What comes back of them goes with the money, to what
    stays: the others' parts are as if it counted still, and what stays has so much more for all of them.
    Each way to the part is its splits, with whether the money passed them; where it passed none, nothing
    counts any more.
    """
    counts = Fraction(0)
    for way in ways:
        every = tuple(way)
        passed = [share for has_passed, share in every if has_passed]
        if not passed:
            continue
        counts += prod((share.part for _passed, share in every), start=Fraction(1))
        if all(share.others for share in passed):
            counts -= prod((share.part for has_passed, share in every if not has_passed), start=Fraction(1))
    return counts


def part_of_sums(then: Fraction, now: Fraction, ended: Iterable[tuple[Fraction, Fraction]]) -> Fraction:
    """Return which part of what may be left of a voucher one of its parts has, once money came back.

    That which it is now; but where it grew, what others had more than they would now is not had again.
    ``ended`` are those of the others that were paid out: the part that each had then, and which it is now.
    """
    if now <= then:
        return now
    more = sum((max(Fraction(0), had - is_now) for had, is_now in ended), Fraction(0))
    return max(then, now - more)


def in_proportion(spent_fen: Fraction, left_fen: Fraction, *, now_left_fen: int) -> Fraction:
    """Return what would count as spent, in fen, had a split found so much more left.

    What was given away stays the same sum, so all that came back is left with the voucher, while only a part
    of it had counted: beside more that is left more counts as spent, and the share that is spent stays.
    """
    return spent_fen * now_left_fen / left_fen if left_fen else spent_fen


def counted(
    gave: Iterable[Gave],
    *,
    own_fen: int,
    face_fen: Fraction,
    share: Fraction,
    share_now: Fraction,
    back: Iterable[CameBack] = (),
) -> Past:
    """Return what a voucher did by its parts of all this; a home or space counts whole, and once.

    ``own_fen`` is what it and those that it succeeds spent, ``face_fen`` its part of the faces as they were
    issued, and ``share`` which part it is of the voucher that was issued; ``share_now`` is which it would be
    had what came back since been left at the splits. ``back`` is what came back so.
    """
    every, came_back, kinds = tuple(gave), tuple(back), defaultdict[str, Fraction](Fraction)
    counted_for = defaultdict[str, Fraction](Fraction)
    now, pieces = defaultdict[str, Fraction](Fraction), defaultdict[str, set[int | str]](set)
    for one in every:
        kinds[one.kind] += one.weight_now * one.spent_fen
        for path in one.counts_for:
            counted_for[path] += one.weight_now * one.spent_fen
        for path, fen in {**one.each, "": one.bonus_fen}.items():
            now[path] += one.weight_now * fen
        pieces[one.kind].add(one.piece)
    spent, rests = dict[str, int](), dict[str, Fraction]()
    for kind, exact in kinds.items():
        spent[kind], rests[kind] = divmod(exact, 1)
    spent_fen = sum(spent.values())
    then_fen, each = _then((*every, *came_back))
    more = {path: now[path] - ceil(fen) for path, fen in each.items()}
    bonus = each.pop("", Fraction(0))
    return Past(
        spent_fen=spent_fen,
        earned_fen=ceil(bonus),
        homes=sum(len(some) for kind, some in pieces.items() if kind not in SPACES),
        each=tuple((path, ceil(fen), 0) for path, fen in sorted(each.items())),
        kinds=tuple(sorted((kind, fen) for kind, fen in spent.items() if fen)),
        pieces=tuple(sorted((kind, len(some)) for kind, some in pieces.items())),
        parted=Parted.of(
            spent_fen - own_fen,
            face_fen,
            share,
            share_now,
            rests,
            more,
            then_more=then_fen - spent_fen,
            rests_for={path: exact % 1 for path, exact in counted_for.items()},
        ),
        counted_for=tuple((path, floor(exact)) for path, exact in sorted(counted_for.items()) if exact >= 1),
    )


def _then(every: Iterable[Gave | CameBack]) -> tuple[Fraction, dict[str, Fraction]]:
    """Return what counts as spent and as earned, exactly and in fen, where sums of the policy go by it."""
    spent, each = Fraction(0), defaultdict[str, Fraction](Fraction)
    for one in every:
        spent += one.weight * one.spent_fen
        for path, fen in {**one.each, "": one.bonus_fen}.items():
            each[path] += one.weight * fen
    return spent, dict(each)
