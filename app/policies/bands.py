"""What is paid for what is left of a voucher: bands by the part spent and the time, and the end of a term."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from app.core import clock, money
from app.policies.reach import Reach
from app.policies.tiers import Window


@dataclass(frozen=True)
class Used:
    """A face and what was spent of it, in fen: of a voucher, or of all that a household holds together."""

    face_fen: int
    spent_fen: int
    part: Fraction = Fraction(1)
    """Which part it is of the voucher that was issued: of a sum for a voucher it has as much."""
    rest: Fraction = Fraction(0)
    """What rounding left off both, where a split parted what was spent."""

    def part_of(self, fen: int) -> int:
        """Return its part of a sum that the policy has for a whole voucher, in fen, rounded down."""
        return fen * self.part.numerator // self.part.denominator


@dataclass(frozen=True)
class Band:
    """From which part of the face spent on, at which rate a leftover is paid out."""

    spent_from_bp: int
    rate_bp: int
    claw_back_bp: int | None
    """Which share of the bonus is taken back; None: as much of it as is left of the face."""
    path: str
    left_up_to_fen: int | None = None
    """The most that may be left of a whole voucher for the band to hold; None: any sum."""
    window: Window | None = None
    """When it holds; None: at any time."""
    rate_up_to_bp: int | None = None
    """Up to which part of the face the rate holds of what is left; None: of all of it."""
    beyond_bp: int = 0
    """The rate of what is left beyond that."""
    is_of_household: bool = False
    """Whether the part spent is that of all vouchers that the household holds together."""
    is_above: bool = False
    """Whether the part must be exceeded, not only reached."""
    most_fen: int | None = None
    """The most that it pays out for a whole voucher, whatever is left; None: no limit."""

    @property
    def reach(self) -> Reach:
        """Which part of the face must be spent."""
        return Reach(self.spent_from_bp, self.is_above)

    def pays(self, leftover_fen: int, face_fen: int) -> tuple[int, int, int]:
        """Return what it pays for a leftover in fen, rounded down, and the parts of it at its two rates."""
        upto_fen = leftover_fen
        if self.rate_up_to_bp is not None:
            upto_fen = min(leftover_fen, money.share_floor(face_fen, self.rate_up_to_bp))
        rates = ((0, self.rate_bp), (upto_fen, self.beyond_bp))
        return money.slices_floor(leftover_fen, rates), upto_fen, leftover_fen - upto_fen

    def is_open(self, started_on: date | None, on: date | None) -> bool:
        """Tell whether it holds on a day in a term that starts on ``started_on``; never on no day."""
        if self.window is None:
            return True
        return started_on is not None and on is not None and self.window.holds(started_on, on)

    def holds(self, own: Used, together: Used | None) -> bool:
        """Tell whether a voucher that was used so is in it; compared without rounding.

        ``together`` are all vouchers of its household. Raises ValueError where that counts and is not given.
        """
        used = together if self.is_of_household else own
        if used is None:
            raise ValueError(f"{self.path} counts what the household spent, which is not given")
        face_fen, spent_fen = used.face_fen + used.rest, used.spent_fen + used.rest
        is_spent = self.reach.is_reached(face_fen=face_fen, spent_fen=spent_fen)
        return is_spent and (
            self.left_up_to_fen is None or own.face_fen - own.spent_fen <= own.part_of(self.left_up_to_fen)
        )


def small_bands(policy_bands: Iterable[Band]) -> frozenset[str]:
    """Return the paths of bands that hold only while little is left of a whole voucher."""
    return frozenset(band.path for band in policy_bands if band.left_up_to_fen is not None)


def shared(bands: Iterable[Band]) -> Band | None:
    """Return the first of some bands that counts what the household spent; None where each voucher counts."""
    return next((band for band in bands if band.is_of_household), None)


@dataclass(frozen=True, slots=True)
class Claimed:
    """When what is left after a term is claimed (逾期后申请); never with ``on`` None."""

    counted_from: date
    """From which day the months and days count: the last of the term."""
    on: date | None


@dataclass(frozen=True)
class ClaimBand:
    """How long after a term what is left is paid out at a rate, when its household claims it."""

    rate_bp: int
    path: str
    months: int | None = None
    """How many months it lasts; None where it lasts ``days``."""
    days: int = 0

    def last_day(self, counted_from: date) -> date:
        """Return the last day on which it may be claimed so, which counts to 24:00."""
        if self.months is None:
            return counted_from + timedelta(days=self.days)
        return clock.add_months(counted_from, self.months)


@dataclass(frozen=True)
class LapseRule:
    """What becomes of what is left when the term ends: cash, void, agreement, or claim."""

    effect: str
    rate_bp: int
    claw_back_bp: int | None
    """Which share of the bonus is taken back, as ``Band.claw_back_bp``: none, all, or a part."""
    may_give_up: bool
    bands: tuple[Band, ...] = ()
    """Rates of cash by the part of the face spent; none where ``rate_bp`` holds for any part."""
    path: str = "lapse"
    give_up: "LapseRule | None" = None
    """The terms of giving a voucher up, where they are others; None: the same."""
    within: tuple[ClaimBand, ...] = ()
    """With ``claim``: how long after the term what is left is claimed, at which rates; rising."""
    after: str | None = None
    """What becomes of what nobody claimed: void, or agreement."""

    def band_on(self, claimed: Claimed) -> ClaimBand | None:
        """Return by which band it is paid; None where it was claimed later, or never."""
        if claimed.on is None:
            return None
        return next((band for band in self.within if claimed.on <= band.last_day(claimed.counted_from)), None)
