"""What a voucher and its household did before, as far as bonuses and limits ask. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from app.policies.small import Parted
from app.policies.tiers import HOME


@dataclass(frozen=True)
class Past:
    """What a voucher and its household did before, in fen: promised or paid, and not given back."""

    spent_fen: int = 0
    earned_fen: int = 0
    """All that counted towards prices; ``household_earned_fen`` the same of the household's vouchers."""
    household_earned_fen: int = 0
    homes: int = 0
    each: tuple[tuple[str, int, int], ...] = ()
    """Of several bonuses the path of each, what the voucher earned of it and what its household did."""
    household_homes: int = 0
    """Homes that any voucher of the household helped to buy, each counted once."""
    kinds: tuple[tuple[str, int], ...] = ()
    """What the voucher spent on each kind of stock, in fen."""
    household_face_fen: int = 0
    """The faces of all vouchers that its household holds; 0 where nobody asks."""
    household_kinds: tuple[tuple[str, int], ...] = ()
    """What these spent on each kind of stock."""
    household_m2: tuple[tuple[str, Decimal], ...] = ()
    """The ㎡ of the homes that any voucher of the household helped to buy, by kind; each home once."""
    parted: Parted | None = None
    """How it counts where the policy parts the past of a voucher that is split; None where it does not."""
    pieces: tuple[tuple[str, int], ...] = ()
    """How many pieces of each kind of stock the voucher helped to buy."""
    household_pieces: tuple[tuple[str, int], ...] = ()
    """The same of any voucher of the household, each counted once."""
    origin: int = 0
    """The household whose agreements stand behind the voucher, whoever holds it; 0 where nobody asks."""
    origin_earned_fen: int = 0
    """All that counted towards prices with any voucher over those agreements."""
    origin_each: tuple[tuple[str, int], ...] = ()
    """Of several bonuses the path of each, and what was earned of it with those."""
    origin_m2: tuple[tuple[str, Decimal], ...] = ()
    """The ㎡ of the homes that any of those helped to buy, by kind; each home once."""
    counted_for: tuple[tuple[str, int], ...] = ()
    """What the voucher spent on the homes that a bonus is for, by its path, where that is what it is of."""

    def in_household(self, household: "Past") -> "Past":
        """Return it with what a past counts of the voucher's household; what the voucher did is its own."""
        own = {path: own_fen for path, own_fen, _all_fen in self.each}
        every = {path: all_fen for path, _own_fen, all_fen in household.each}
        return replace(
            household,
            spent_fen=self.spent_fen,
            earned_fen=self.earned_fen,
            homes=self.homes,
            kinds=self.kinds,
            pieces=self.pieces,
            each=tuple((path, own.get(path, 0), every.get(path, 0)) for path in sorted({*own, *every})),
            parted=self.parted,
            counted_for=self.counted_for,
        )

    def spent_for(self, path: str) -> int | Fraction:
        """Return what the voucher spent on the homes that the bonus at a path is for, in fen, exact."""
        fen = dict(self.counted_for).get(path, 0)
        return fen if self.parted is None else fen + self.parted.rest_for(path)

    def part_of(self, fen: int) -> int:
        """Return what a voucher has of a sum that the policy says for one, in fen: all, or its part of it."""
        return fen if self.parted is None else self.parted.part_of(fen)

    @property
    def rest(self) -> Fraction:
        """What rounding left off what counts as spent, in fen."""
        return Fraction(0) if self.parted is None else self.parted.rest

    @property
    def earned_on_all_fen(self) -> int | Fraction:
        """What the voucher earned before, as far as that goes with what counts as spent, in fen, exact."""
        return self.earned_fen if self.parted is None else self.earned_fen + self.parted.earned_more_fen

    @property
    def household_spent_fen(self) -> int:
        """What all vouchers that its household holds spent."""
        return sum(fen for _kind, fen in self.household_kinds)

    def of(self, path: str) -> "Past":
        """Return the past as the bonus at a path of several counts it."""
        earned = {one: (own_fen, all_fen) for one, own_fen, all_fen in self.each}
        own_fen, all_fen = earned.get(path, (0, 0))
        of_origin = dict(self.origin_each).get(path, 0)
        return replace(
            self,
            earned_fen=own_fen,
            household_earned_fen=all_fen,
            origin_earned_fen=of_origin,
            each=(),
            parted=self.parted and self.parted.earned_of(path),
        )

    def over(self, origin: int) -> "Past":
        """Return what one purchase leaves behind with the origin of the voucher that it was bought with."""
        each = tuple((path, fen) for path, _own_fen, fen in self.each)
        return replace(self, origin=origin, origin_earned_fen=self.household_earned_fen, origin_each=each)

    def only_origin(self) -> "Past":
        """Return of that what counts for vouchers of the same origin in other hands."""
        return Past(
            origin=self.origin, origin_earned_fen=self.origin_earned_fen, origin_each=self.origin_each
        )

    @property
    def shared_m2(self) -> tuple[tuple[str, Decimal], ...]:
        """What uses up an area that a household has once: by its agreements, where these are asked."""
        return self.origin_m2 if self.origin else self.household_m2

    @property
    def shared_earned_fen(self) -> int:
        """What was earned of what a household has once: by its agreements, where these are asked."""
        return self.origin_earned_fen if self.origin else self.household_earned_fen

    def plus(self, more: "Past") -> "Past":
        """Return both together, for what is bought together; of another origin only what is not of that."""
        shares = self.origin != 0 and self.origin == more.origin
        each = {path: (own_fen, all_fen) for path, own_fen, all_fen in self.each}
        for path, own_fen, all_fen in more.each:
            known = each.get(path, (0, 0))
            each[path] = (known[0] + own_fen, known[1] + all_fen)
        return Past(
            self.spent_fen + more.spent_fen,
            self.earned_fen + more.earned_fen,
            self.household_earned_fen + more.household_earned_fen,
            self.homes + more.homes,
            tuple((path, *earned) for path, earned in sorted(each.items())),
            self.household_homes + more.household_homes,
            added(self.kinds, more.kinds),
            self.household_face_fen + more.household_face_fen,
            added(self.household_kinds, more.household_kinds),
            added_m2(self.household_m2, more.household_m2),
            self.parted,
            added(self.pieces, more.pieces),
            added(self.household_pieces, more.household_pieces),
            self.origin,
            self.origin_earned_fen + (more.origin_earned_fen if shares else 0),
            added(self.origin_each, more.origin_each) if shares else self.origin_each,
            added_m2(self.origin_m2, more.origin_m2 if shares else ()),
            added(self.counted_for, more.counted_for),
        )

    @classmethod
    def own(
        cls,
        spent_fen: int,
        bonus_fen: int,
        each: Mapping[str, int],
        *,
        homes: int = 1,
        kind: str = HOME,
        counts_for: Iterable[str] = (),
    ) -> "Past":
        """Return what one purchase leaves behind for its voucher; ``homes`` is 0 for a space.

        ``counts_for`` are the bonuses of what is spent on the homes that they are for, this one among them.
        """
        parts = tuple((path, fen, fen) for path, fen in sorted(each.items()))
        kinds, pieces = ((kind, spent_fen),) if spent_fen else (), ((kind, 1),)
        return cls(
            *(spent_fen, bonus_fen, bonus_fen, homes, parts, homes, kinds),
            household_kinds=kinds,
            pieces=pieces,
            household_pieces=pieces,
            counted_for=tuple((path, spent_fen) for path in sorted(counts_for) if spent_fen),
        )

    @classmethod
    def of_kin(
        cls, bonus_fen: int, each: Mapping[str, int], *, spent_fen: int = 0, kind: str = HOME
    ) -> "Past":
        """Return what one purchase leaves behind for the other vouchers of the household.

        The home is not counted: several vouchers may have paid for it.
        """
        return cls(
            household_earned_fen=bonus_fen,
            each=tuple((path, 0, fen) for path, fen in sorted(each.items())),
            household_kinds=((kind, spent_fen),) if spent_fen else (),
        )


def added(
    some: tuple[tuple[str, int], ...], more: tuple[tuple[str, int], ...]
) -> tuple[tuple[str, int], ...]:
    """Return sums, or numbers, by kind of stock, added up."""
    return tuple(sorted((Counter(dict(some)) + Counter(dict(more))).items()))


def added_m2(
    some: tuple[tuple[str, Decimal], ...], more: Iterable[tuple[str, Decimal]]
) -> tuple[tuple[str, Decimal], ...]:
    """Return areas (㎡) by kind of stock, added up."""
    found = dict(some)
    for kind, m2 in more:
        found[kind] = found.get(kind, Decimal(0)) + m2
    return tuple(sorted(found.items()))
