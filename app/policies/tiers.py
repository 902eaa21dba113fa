"""When a bonus is earned and at which rate: tiers by months, by days of the term or by the calendar. Pure."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from app.core import clock, money
from app.policies.brackets import Brackets
from app.policies.interest import InterestRule
from app.policies.reach import Reach
from app.policies.rounding import TO_THE_FEN, Rounding
from app.policies.within import WithinArea

HOME: Final = "home"
"""The kind of stock that a dwelling is."""
SPACES: Final = frozenset({"parking", "storage"})
"""The kinds that are bought beside a home, and count as none."""

_FOREVER: Final = date(9999, 12, 31)
_NO_LIMIT: Final = 10**18
"""More fen than any limit says."""


@dataclass(frozen=True)
class Entitled:
    """What an agreement entitles a household to."""

    m2: Decimal = Decimal(0)
    """The area (应安置面积), ㎡."""
    residents: int = 0
    """For how many people (安置人口)."""

    def plus(self, more: "Entitled") -> "Entitled":
        """Return both together, of several agreements."""
        return Entitled(self.m2 + more.m2, self.residents + more.residents)


NOTHING: Final = Entitled()
"""What an agreement entitles to that says neither."""


@dataclass(frozen=True)
class Window:
    """Days by the months or the days of a term, or by the calendar, ends inclusive; an end unsaid is open."""

    from_month: int | None = None
    to_month: int | None = None
    from_nth_day: int | None = None
    to_nth_day: int | None = None
    from_day: date | None = None
    to_day: date | None = None
    is_to_working_day: bool = False
    """Whether months and days that end on no working day last to the next one; what follows begins after."""

    def first_day(self, start: date) -> date:
        """Return its first day in a term that starts on a day."""
        if self.from_day is not None:
            return self.from_day
        if self.from_nth_day is not None:
            before = start + timedelta(days=self.from_nth_day - 1)
        else:
            before = clock.add_months(start, (self.from_month or 1) - 1)
        return start if before == start else self._ended(before) + timedelta(days=1)

    def last_day(self, start: date) -> date:
        """Return its last day in a term that starts on a day."""
        if self.to_day is not None:
            return self.to_day
        if self.to_nth_day is not None:
            return self._ended(start + timedelta(days=self.to_nth_day))
        return self._ended(clock.add_months(start, self.to_month)) if self.to_month else _FOREVER

    def _ended(self, day: date) -> date:
        return clock.working_day_from(day) if self.is_to_working_day else day

    def holds(self, start: date, day: date) -> bool:
        """Tell whether a day is in it, in a term that starts on ``start``."""
        return self.first_day(start) <= day <= self.last_day(start)


@dataclass(frozen=True)
class Step:
    """From which part of the face spent on, this purchase included, a tier pays which rate."""

    spent_from_bp: int
    rate_bp: int
    path: str
    is_above: bool = False
    """Whether that part must be exceeded, not only reached."""

    @property
    def reach(self) -> Reach:
        """Which part of the face must be spent."""
        return Reach(self.spent_from_bp, self.is_above)


@dataclass(frozen=True)
class TierRule:
    """A bonus tier as the file has it: by months or days of the term, or by calendar days, ends inclusive."""

    from_month: int | None
    to_month: int | None
    rate_bp: int
    """Ten-thousandths of the base; 0 where the base is an area or a fixed sum."""
    fen_per_m2: int = 0
    """Fen for each ㎡, or for each resident where the base is those."""
    from_day: date | None = None
    to_day: date | None = None
    kinds: frozenset[str] | None = None
    """Kinds of stock that earn it; None: all."""
    least_spent_bp: int = 0
    """Which part of the face must be spent, this purchase included, for the tier to pay."""
    path: str = "bonus.tiers"
    from_nth_day: int | None = None
    to_nth_day: int | None = None
    fixed_fen: int = 0
    least_fen: int = 0
    """The least that it pays where it pays anything, of a base that does not depend on what is spent."""
    steps: tuple[Step, ...] = ()
    """Rates by the part of the face spent; none where ``rate_bp`` holds for any part."""
    brackets: Brackets | None = None
    """Rates by the size of the base, instead of ``rate_bp``."""
    interest: InterestRule | None = None
    """What the sum spent bears for the days until it is, instead of a rate."""
    caps: "tuple[Cap, ...]" = ()
    """Limits in this tier, beside those of the bonus."""
    is_above: bool = False
    """Whether the part that must be spent must be exceeded."""
    is_to_working_day: bool = False
    """Whether it lasts to the next working day where it ends on none."""

    def first_day(self, start: date) -> date:
        """Return the tier's first day in a term that starts on a day."""
        return self.window.first_day(start)

    def last_day(self, start: date) -> date:
        """Return the tier's last day in a term that starts on a day."""
        return self.window.last_day(start)

    @property
    def window(self) -> Window:
        """When it is."""
        return Window(
            *(self.from_month, self.to_month),
            *(self.from_nth_day, self.to_nth_day),
            *(self.from_day, self.to_day),
            self.is_to_working_day,
        )


@dataclass(frozen=True)
class Tier:
    """A bonus tier of one voucher, on the calendar: both days belong to it.

    ``next_rate_bp`` applies from ``next_from`` on; where no tier follows the two are 0 and None.
    """

    rate_bp: int
    first_day: date
    last_day: date
    next_rate_bp: int
    next_from: date | None
    fen_per_m2: int = 0
    next_fen_per_m2: int = 0
    least_spent_bp: int = 0
    path: str = "bonus.tiers"
    fixed_fen: int = 0
    least_fen: int = 0
    steps: tuple[Step, ...] = ()
    brackets: Brackets | None = None
    interest: InterestRule | None = None
    held: tuple[date, date] | None = None
    """With ``interest``: from the day after which to which day it runs, where one day decides the tier."""
    caps: "tuple[Cap, ...]" = ()
    is_above: bool = False

    @property
    def worth(self) -> tuple[int, ...]:
        """What tells a higher tier from a lower one of the same bonus; of two alike the tighter one is."""
        rates = [rate_bp for _above_fen, rate_bp in self.brackets.rows] if self.brackets else [self.rate_bp]
        rate_bp = self.steps[0].rate_bp if self.steps else min(rates)
        return (rate_bp, self.fen_per_m2, self.fixed_fen, self.least_fen, *_tightest(self.caps))

    @property
    def pays(self) -> bool:
        """Whether it pays anything."""
        is_by_size = self.brackets is not None and self.brackets.pays
        rates = (self.rate_bp, self.fen_per_m2, self.fixed_fen, *(step.rate_bp for step in self.steps))
        bears = self.interest is not None and self.interest.pays
        return is_by_size or bears or any(rates)


@dataclass(frozen=True)
class Cap:
    """A limit of the bonus: in fen, also for each ㎡ of the old home, or a share of a face or a price."""

    of: str
    """``voucher`` and ``household`` for all purchases together, ``home`` for one purchase."""
    most_fen: int | None
    share_bp: int | None
    """The share of the face of the voucher that pays."""
    path: str
    price_share_bp: int | None = None
    fen_per_m2: int | None = None
    """Fen for each ㎡ of the old home."""
    fen_per_entitled_m2: int | None = None
    """Fen for each ㎡ to which the household is entitled (应安置面积)."""
    fen_per_resident: int | None = None
    """Fen for each counted resident (安置人口)."""
    fen_per_home_m2: int | None = None
    """Fen for each ㎡ of the home that is bought."""
    faces_share_bp: int | None = None
    """The share of the faces of all vouchers that the household holds together."""
    compensation_share_bp: int | None = None
    """The share of the compensation of the household, or of some parts of it."""
    parts: frozenset[str] | None = None
    """Which parts of the compensation; None: all."""

    @property
    def is_of_agreements(self) -> bool:
        """Whether the agreements of a household decide it: whoever holds their vouchers shares it."""
        told = (
            self.most_fen,
            self.compensation_share_bp,
            self.fen_per_m2,
            self.fen_per_entitled_m2,
            self.fen_per_resident,
        )
        return self.of == "household" and any(one is not None for one in told)

    def limit_fen(
        self,
        face_fen: int,
        price_fen: int = 0,
        old_area_m2: Decimal = Decimal(0),
        entitled: Entitled = NOTHING,
        home_area_m2: Decimal | None = None,
        household_face_fen: int = 0,
        compensation_fen: int = 0,
    ) -> int:
        """Return the limit in fen, rounded down; of a home whose area is not known none is left.

        ``compensation_fen`` is what the ``parts`` come to.
        """
        if self.most_fen is not None:
            return self.most_fen
        if self.compensation_share_bp is not None:
            return money.share_floor(compensation_fen, self.compensation_share_bp)
        if self.fen_per_m2 is not None:
            return money.area_floor(self.fen_per_m2, old_area_m2)
        if self.fen_per_entitled_m2 is not None:
            return money.area_floor(self.fen_per_entitled_m2, entitled.m2)
        if self.fen_per_resident is not None:
            return self.fen_per_resident * entitled.residents
        if self.fen_per_home_m2 is not None:
            return money.area_floor(self.fen_per_home_m2, home_area_m2 or Decimal(0))
        if self.price_share_bp is not None:
            return money.share_floor(price_fen, self.price_share_bp)
        if self.faces_share_bp is not None:
            return money.share_floor(household_face_fen, self.faces_share_bp)
        return money.share_floor(face_fen, self.share_bp or 0)


def _tightest(caps: tuple[Cap, ...]) -> tuple[int, ...]:
    """Return the least limit of each kind, in one order."""
    kinds = (
        [cap.most_fen for cap in caps],
        [cap.fen_per_m2 for cap in caps],
        [cap.fen_per_entitled_m2 for cap in caps],
        [cap.fen_per_resident for cap in caps],
        [cap.fen_per_home_m2 for cap in caps],
        [cap.share_bp for cap in caps],
        [cap.faces_share_bp for cap in caps],
        [cap.compensation_share_bp for cap in caps],
        [cap.price_share_bp for cap in caps],
    )
    return tuple(min((limit for limit in limits if limit is not None), default=_NO_LIMIT) for limits in kinds)


@dataclass(frozen=True)
class BonusRule:
    """How a bonus is earned.

    ``base`` is spent, spent_total, face, price, compensation, old_area, entitled_area, home_area, residents,
    fixed, or held: interest on what is spent.
    """

    base: str = "spent"
    paid: str = "price"
    fixed_by: str = "lock"
    is_protected: bool = True
    tiers: tuple[TierRule, ...] = ()
    caps: tuple[Cap, ...] = ()
    per: str = "household"
    """How often a fixed sum is earned: once a home, a voucher or a household."""
    area_above_m2: Decimal | None = None
    area_up_to_m2: Decimal | None = None
    path: str = "bonus"
    counted_from: str = "start"
    """From which day the months and days of its tiers count: ``start`` of the term, issue or agreement."""
    areas: frozenset[str] | None = None
    """Codes of the districts whose homes earn it, ``own`` for the issuing one; None: any."""
    rounding: Rounding = TO_THE_FEN
    """How it is rounded once every limit is kept, half up to no more than these leave."""
    parts: frozenset[str] | None = None
    """Of a share of the compensation: the parts that it is a share of; None: all."""
    vat_bp: int = 0
    """Of a share of the price: the rate of the value-added tax that is taken out of it before."""
    stage: str | None = None
    """Only homes at this stage earn it, ``finished`` or ``presale``; None: any."""
    first_homes: int | None = None
    """Only so many homes, the first that are bought, earn it; None: every one."""
    first_homes_of: str = "voucher"
    """Whose homes are counted: those of the ``voucher``, or of the ``household``."""
    is_spent_of_household: bool = False
    """Whether parts of the face spent are those of all vouchers of the household together."""
    is_on_earning: bool = False
    """Of all that is spent: whether it is of what is spent on the homes that it is for alone. All that is
    spent decides then which step is reached, and any purchase brings what is due by it."""
    signed_from: date | None = None
    signed_to: date | None = None
    """Only vouchers over agreements of these days earn it; None: of any day."""
    face_above_fen: int | None = None
    face_up_to_fen: int | None = None
    """Only vouchers with a face above, of at most so much earn it; None: of any face."""
    grace_days: int = 0
    """For so many days after its tier a contract still has the tier in which the home was locked."""
    within: WithinArea | None = None
    """Of a share of the price or of what is spent: only for the ㎡ within this; None: for all of them."""
    grace_word: str = "grace_days"
    """Of which days: ``grace_days``, or ``grace_working_days``."""

    paid_after: str | None = None
    """What must be there before it is paid in cash, ``certificate``; None: the write-off alone."""
    is_spared: bool = False
    """Whether no ending takes anything of it back, whatever it takes of others."""
    is_of_transferee: bool = False
    """Whether vouchers earn it that lost the other bonuses by a transfer; else those that did not."""

    def is_earned_by(self, *, keeps_bonus: bool) -> bool:
        """Tell whether a voucher earns it that kept its bonus, or that lost it by a transfer."""
        return self.is_of_transferee is not keeps_bonus

    def is_signed_then(self, agreed_on: date) -> bool:
        """Tell whether a voucher over an agreement of a day earns it."""
        return (self.signed_from or agreed_on) <= agreed_on <= (self.signed_to or agreed_on)

    def counted(self, *, start: date, issued_on: date, agreed_on: date) -> date:
        """Return the day from which the months and days of its tiers count, of a voucher with these days."""
        return {"start": start, "issue": issued_on, "agreement": agreed_on}[self.counted_from]

    @property
    def named_base(self) -> str:
        """Its base as words name it: a price without its tax is another one."""
        return "net_price" if self.vat_bp else self.base

    @property
    def every_cap(self) -> tuple[Cap, ...]:
        """Its own limits, and those of its tiers."""
        return (*self.caps, *(cap for tier in self.tiers for cap in tier.caps))

    def tiers_of(self, start: date, kind: str = HOME) -> list[Tier]:
        """Return every tier of a term that starts that day, on the calendar, in order.

        A space earns nothing that is paid for homes by their number. Stock of any kind brings what is of what
        was spent on some homes.
        """
        if kind in SPACES and self.is_by_number:
            return []
        rules = [
            rule for rule in self.tiers if rule.kinds is None or kind in rule.kinds or self.is_on_earning
        ]
        following = [*rules[1:], None][: len(rules)]
        return [
            Tier(
                rate_bp=rule.rate_bp,
                first_day=rule.first_day(start),
                last_day=rule.last_day(start),
                next_rate_bp=after.rate_bp if after else 0,
                next_from=after.first_day(start) if after else None,
                fen_per_m2=rule.fen_per_m2,
                next_fen_per_m2=after.fen_per_m2 if after else 0,
                least_spent_bp=rule.least_spent_bp,
                is_above=rule.is_above,
                path=rule.path,
                fixed_fen=rule.fixed_fen,
                least_fen=rule.least_fen,
                steps=rule.steps,
                brackets=rule.brackets,
                interest=rule.interest,
                caps=rule.caps,
            )
            for rule, after in zip(rules, following, strict=True)
        ]

    def tier_on(self, start: date, day: date, kind: str = HOME) -> Tier | None:
        """Return the tier of a day in a term that starts on ``start``, for a kind of stock.

        None before the start, outside every tier, and for a kind that earns none. The start itself already
        earns the first tier: day one, from which months count, is the next.
        """
        tiers = self.tiers_of(start, kind)
        found = next((one for one in tiers if one.first_day <= day <= one.last_day), None)
        return replace(found, held=(start, day)) if found and found.interest else found

    def is_for_kind(self, kind: str) -> bool:
        """Tell whether any of its tiers is for a kind of stock."""
        return any(rule.kinds is None or kind in rule.kinds for rule in self.tiers)

    @property
    def is_for_any_home(self) -> bool:
        """Whether it asks nothing of a home but its kind, and nothing of the face."""
        asked = (self.areas, self.area_above_m2, self.area_up_to_m2, self.stage, self.first_homes)
        return all(one is None for one in (*asked, self.face_above_fen, self.face_up_to_fen))

    @property
    def is_by_face(self) -> bool:
        """Whether only vouchers of some size earn it."""
        return self.face_above_fen is not None or self.face_up_to_fen is not None

    def is_for_face(self, face_fen: int) -> bool:
        """Tell whether a voucher with such a face earns it."""
        return (self.face_above_fen or -1) < face_fen and (
            self.face_up_to_fen is None or face_fen <= self.face_up_to_fen
        )

    @property
    def is_by_number(self) -> bool:
        """Whether it is paid for the first homes, for so many ㎡ of homes, or once a home."""
        is_once_a_home = self.base == "fixed" and self.per == HOME
        return self.first_homes is not None or self.within is not None or is_once_a_home

    @property
    def is_of_contract(self) -> bool:
        """Whether the contract has to be signed within the tier that a lock promises.

        So where the contract fixes the day, and where what others do after it does, but not their delay.
        """
        is_protected = self.is_protected and self.fixed_by in ("filed", "verified")
        return bool(self.tiers) and (self.fixed_by == "contract" or is_protected)

    @property
    def is_decided_later(self) -> bool:
        """Whether it is paid in cash by the tier of a day that offices or the bank choose after the lock."""
        is_later = self.fixed_by in ("filed", "verified", "paid") and not self.is_protected
        return bool(self.tiers) and self.paid == "cash" and is_later

    def same_until(self, start: date, day: date, kind: str = HOME) -> date:
        """Return the last day of the tier of a day, or before the next one where that day has none."""
        tier = self.tier_on(start, day, kind)
        if tier is not None:
            return tier.last_day
        later = [one.first_day for one in self.tiers_of(start, kind) if one.first_day > day]
        return min(later) - timedelta(days=1) if later else _FOREVER

    def contract_until(self, start: date, locked_on: date, kind: str = HOME) -> date:
        """Return the last day on which a contract has the tier of the day of its lock, the grace included."""
        last = self.same_until(start, locked_on, kind)
        if last == _FOREVER:
            return last
        if self.grace_word == "grace_working_days":
            return clock.add_working_days(last, self.grace_days)
        return last + timedelta(days=self.grace_days)

    def is_in_grace(self, start: date, locked_on: date, day: date, kind: str = HOME) -> bool:
        """Tell whether a day lies after the tier of the lock, but within its grace."""
        last = self.same_until(start, locked_on, kind)
        return self.is_of_contract and last < day <= self.contract_until(start, locked_on, kind)

    def is_in(self, district: frozenset[str]) -> bool:
        """Tell whether a home earns it in a district of these names: its code, and maybe ``own``."""
        return self.areas is None or bool(self.areas & district)

    def is_for(self, area_m2: Decimal | None) -> bool:
        """Tell whether a home of an area earns it; an area that is not known only where none is asked for."""
        if self.area_above_m2 is None and self.area_up_to_m2 is None:
            return True
        return (
            area_m2 is not None
            and (self.area_above_m2 is None or area_m2 > self.area_above_m2)
            and (self.area_up_to_m2 is None or area_m2 <= self.area_up_to_m2)
        )
