"""How much of a price, or of its face, a voucher may pay for some kinds of stock, and after what. Pure."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import floor
from typing import Final

from app.policies.answers import Rule
from app.policies.reach import Reach

_ALL_BP: Final = 10_000
ONLY_AFTER: Final = "only_after"
"""The rule by which vouchers pay nothing yet for a kind of stock."""
MOST_NUMBER: Final = "most_number"
"""The rule by which they pay nothing more for it."""


@dataclass(frozen=True)
class After:
    """What must be bought first (须先购住宅): these kinds, for some sum or for a part of the face."""

    kinds: frozenset[str]
    reach: Reach | None = None
    """Which part of the face must be spent on them; None: any sum."""

    def least_fen(self, face_fen: int | Fraction) -> int:
        """Return the least sum that must be spent on these kinds, in fen."""
        return 1 if self.reach is None else self.reach.least_fen(face_fen)

    def is_met(self, face_fen: int | Fraction, spent_fen: int | Fraction) -> bool:
        """Tell whether so much is spent on these kinds, compared without rounding."""
        if self.reach is None:
            return spent_fen > 0
        return self.reach.is_reached(face_fen=face_fen, spent_fen=spent_fen)


@dataclass(frozen=True)
class Limit:
    """The most that vouchers pay of one price with their bonus, or one spends of its face on these kinds."""

    path: str
    kinds: frozenset[str] | None
    """None: all that it buys."""
    price_share_bp: int | None
    face_share_bp: int | None
    whole_fen: int | None = None
    """A sum that one spends on these kinds at most, instead of a share of its face."""
    is_of_household: bool = False
    """Whether all vouchers of a household share it: what they spend, and a share of all their faces."""
    after: After | None = None
    """What must be bought before vouchers pay anything for these kinds; then they pay any sum."""
    most_number: int | None = None
    """How many pieces of these kinds are bought at most; for each of them any sum is paid."""
    is_of_home: bool = False
    """Whether the sum is the most that vouchers spend on one piece of stock, together."""
    stage: str | None = None
    """Of a share of the price: only for homes ``finished``, or in ``presale``, when they are locked."""

    def most_fen(self, face_fen: int | Fraction, part: Fraction = Fraction(1)) -> int | None:
        """Return what ``exact_fen`` does, rounded down."""
        exact = self.exact_fen(face_fen, part)
        return None if exact is None else floor(exact)

    def exact_fen(self, face_fen: int | Fraction, part: Fraction) -> Fraction | None:
        """Return what is spent of a face on these kinds at most, in fen; None: any sum.

        Of a sum for a voucher as much as that face is ``part`` of one.
        """
        if self.face_share_bp is not None:
            return Fraction(face_fen * self.face_share_bp, _ALL_BP)
        return None if self.whole_fen is None else self.whole_fen * part

    @property
    def whose(self) -> str:
        """Whose vouchers it counts together, ``voucher`` or ``household``."""
        return "household" if self.is_of_household else "voucher"

    def is_of(self, kind: str) -> bool:
        """Tell whether it limits what is paid for a kind of stock."""
        return self.kinds is None or kind in self.kinds

    def is_at(self, stage: str | None) -> bool:
        """Tell whether it limits what is paid for a home at a stage; where none is known every limit does."""
        return self.stage is None or stage in (None, self.stage)


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one voucher on one home: of its own sum in fen (None: none), and of the price."""

    most_fen: int | None = None
    most_rule: Rule | None = None
    price_share_bp: int = _ALL_BP
    price_rule: Rule | None = None
    shared_fen: int | None = None
    """What the vouchers of its household may still pay together, before any pays for this home."""
    shared_rule: Rule | None = None
    home_fen: int | None = None
    """What vouchers may spend on this home together."""
    home_rule: Rule | None = None

    @property
    def shut(self) -> Rule | None:
        """The rule by which it pays nothing, as something else comes first or enough was bought; or None."""
        rules = [rule for rule in (self.most_rule, self.shared_rule) if rule is not None]
        return next((rule for rule in rules if rule.code in (ONLY_AFTER, MOST_NUMBER)), None)

    @property
    def tightest_fen(self) -> int | None:
        """The most that it pays where no other voucher of its household does; None: any sum."""
        limits = (self.most_fen, self.shared_fen, self.home_fen)
        return min((fen for fen in limits if fen is not None), default=None)


NO_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Spent:
    """A face, and what was spent of it before by kind of stock, in fen: of a voucher, or of a household."""

    face_fen: int
    kinds: Mapping[str, int]
    pieces: Mapping[str, int] = field(default_factory=dict)
    """How many pieces of each kind were bought."""
    part: Fraction = Fraction(1)
    """Which part of a voucher that was issued it is: of a sum for a voucher it has as much."""
    rests: Mapping[str, Fraction] = field(default_factory=dict)
    """What rounding left off what was spent on each kind, and off the face, where a split parted it."""

    def left_of(self, limit: Limit) -> tuple[int, Rule] | None:
        """Return what a limit leaves, with its rule; None for one of prices, or that is over."""
        if limit.after is not None:
            return self._waits(limit, limit.after)
        if limit.most_number is not None:
            return self._counts(limit, limit.most_number)
        whole_fen, before_fen = limit.exact_fen(self._face, self.part), self._on(limit.is_of)
        if whole_fen is None:
            return None
        figures: dict[str, int | str] = {"limit_fen": floor(whole_fen), "before_fen": floor(before_fen)}
        left_fen = max(0, floor(whole_fen - before_fen))
        if not limit.is_of_household:
            return left_fen, Rule(limit.path, "most_of_face", figures)
        figures |= {"face_fen": self.face_fen}
        return left_fen, Rule(limit.path, "most_of_household", figures)

    def _waits(self, limit: Limit, after: After) -> tuple[int, Rule] | None:
        spent_fen, least_fen = self._on(after.kinds.__contains__), after.least_fen(self._face)
        if after.is_met(self._face, spent_fen):
            return None
        spent: dict[str, int | str] = {"spent_fen": floor(spent_fen)}
        figures: dict[str, int | str] = {"kinds": ", ".join(sorted(after.kinds)), **spent}
        figures |= {} if after.reach is None else {"least_fen": least_fen}
        return 0, Rule(limit.path, ONLY_AFTER, {**figures, "of": limit.whose})

    def _counts(self, limit: Limit, most: int) -> tuple[int, Rule] | None:
        bought = sum(count for kind, count in self.pieces.items() if limit.is_of(kind))
        if bought < most:
            return None
        return 0, Rule(limit.path, MOST_NUMBER, {"bought": bought, "most": most, "of": limit.whose})

    @property
    def _face(self) -> Fraction:
        return sum(self.rests.values(), Fraction(self.face_fen))

    def _on(self, is_one: Callable[[str], bool]) -> Fraction:
        whole = sum(fen for kind, fen in self.kinds.items() if is_one(kind))
        return sum((rest for kind, rest in self.rests.items() if is_one(kind)), Fraction(whole))


def limits_of(
    limits: Iterable[Limit],
    kind: str,
    own: Spent,
    household: Spent = Spent(0, {}),
    *,
    stage: str | None = None,
) -> Limits:
    """Return what a voucher may still pay for a kind of stock at a stage, the tightest limits.

    ``household`` are all vouchers that its household holds, itself included. A share is rounded down.
    """
    found = Limits()
    for limit in limits:
        if not (limit.is_of(kind) and limit.is_at(stage)):
            continue
        if limit.is_of_home and limit.whole_fen is not None:
            if found.home_fen is None or limit.whole_fen < found.home_fen:
                rule = Rule(limit.path, "most_of_home", {"limit_fen": limit.whole_fen})
                found = replace(found, home_fen=limit.whole_fen, home_rule=rule)
            continue
        left = (household if limit.is_of_household else own).left_of(limit)
        if left is None:
            if limit.price_share_bp is not None and limit.price_share_bp < found.price_share_bp:
                rule = Rule(limit.path, "most_of_price", {"share_bp": limit.price_share_bp})
                found = replace(found, price_share_bp=limit.price_share_bp, price_rule=rule)
        elif limit.is_of_household:
            if found.shared_fen is None or left[0] < found.shared_fen:
                found = replace(found, shared_fen=left[0], shared_rule=left[1])
        elif found.most_fen is None or left[0] < found.most_fen:
            found = replace(found, most_fen=left[0], most_rule=left[1])
    return found
