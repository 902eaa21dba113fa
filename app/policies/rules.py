"""What a voucher policy says, as pure rules: the term, the bonus tiers, the hold, and who may use it on what.

Edges follow one reading everywhere (docs/policy.md): day one is the day after the event, a month ends on the
same day number or the month's last, and a day ends at 24:00 in Asia/Shanghai. What a bonus amounts to stands
in ``bonus``, what is paid at the end in ``endings``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from app.core import clock, money

HOME: Final = "home"
"""The kind of stock that a dwelling is."""

_OPENS: Final = time(9)
_CLOSES: Final = time(17)
"""Office hours of a hold that ends in working time: our own choice, the usual counter hours."""


@dataclass(frozen=True)
class Rule:
    """Which rule made an answer: where it stands in the file, what it does, and its figures.

    ``code`` is a word of docs/policy.md, section "Explanations"; figures are fen, ten-thousandths (``_bp``)
    or days.
    """

    path: str
    code: str
    figures: Mapping[str, int | str]


@dataclass(frozen=True)
class Amount:
    """A sum in fen with the rules that made it, in the order in which they were applied."""

    fen: int
    rules: tuple[Rule, ...]


@dataclass(frozen=True)
class Verdict:
    """Whether something is allowed, and the rule that says so."""

    allowed: bool
    rule: Rule


@dataclass(frozen=True)
class TierRule:
    """A bonus tier as the file has it: by months of the term or by calendar days, both ends inclusive."""

    from_month: int | None
    to_month: int | None
    rate_bp: int
    """Ten-thousandths of the base; 0 where the base is the old home's area."""
    fen_per_m2: int = 0
    from_day: date | None = None
    to_day: date | None = None
    kinds: frozenset[str] | None = None
    """Kinds of stock that earn it; None: all."""
    least_spent_bp: int = 0
    """Which part of the face must be spent, this purchase included, for the tier to pay."""
    path: str = "bonus.tiers"

    def first_day(self, start: date) -> date:
        """Return the tier's first day in a term that starts on a day."""
        if self.from_day is not None:
            return self.from_day
        if self.from_month is None or self.from_month == 1:
            return start
        return clock.add_months(start, self.from_month - 1) + timedelta(days=1)

    def last_day(self, start: date) -> date:
        """Return the tier's last day in a term that starts on a day."""
        return self.to_day if self.to_day is not None else clock.add_months(start, self.to_month or 0)


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


@dataclass(frozen=True)
class Cap:
    """A limit of the bonus: in fen, or as a share of the face of the voucher that pays."""

    of: str
    """``voucher`` and ``household`` for all purchases together, ``home`` for one purchase."""
    most_fen: int | None
    share_bp: int | None
    path: str

    def limit_fen(self, face_fen: int) -> int:
        """Return the limit in fen, a share rounded down."""
        return self.most_fen if self.most_fen is not None else money.share_floor(face_fen, self.share_bp or 0)


@dataclass(frozen=True)
class BonusRule:
    """How a bonus is earned; ``base`` is spent, face, price or old_area."""

    base: str = "spent"
    paid: str = "price"
    fixed_by: str = "lock"
    is_protected: bool = True
    tiers: tuple[TierRule, ...] = ()
    caps: tuple[Cap, ...] = ()


@dataclass(frozen=True)
class Band:
    """From which part of the face spent on, at which rate a leftover is paid out."""

    spent_from_bp: int
    rate_bp: int
    claw_back_bp: int
    path: str


@dataclass(frozen=True)
class LapseRule:
    """What becomes of what is left when the term ends: cash, void, or agreement."""

    effect: str
    rate_bp: int
    is_bonus_kept: bool
    may_give_up: bool


@dataclass(frozen=True)
class Milestones:
    """The days a purchase has reached; None for what has not happened yet."""

    lock: date
    contract: date | None = None
    filed: date | None = None
    verified: date | None = None


@dataclass(frozen=True)
class Policy:
    """One version of a voucher policy. A voucher keeps the one it was issued under for life."""

    code: str
    title: str
    source: str
    valid_months: int | None
    """The term in months; None where it ends on ``valid_until``."""
    hold_days: int | None
    """How many days a locked home waits; None where it waits ``hold_hours``."""
    hold_homes: int | None
    """Most homes that a household may hold at once, locked and without a contract; None: no limit."""
    least_share_bp: int
    """Which part of a price, in ten-thousandths, the vouchers with their bonus must pay at least."""
    usable_on: frozenset[str]
    bonus: BonusRule = BonusRule()
    valid_until: date | None = None
    start_event: str = "issue"
    announced_on: date | None = None
    extension_months: int = 0
    hold_hours: int | None = None
    is_hold_in_working_time: bool = False
    areas: frozenset[str] | None = None
    """Codes of the districts whose homes it buys, ``own`` for the issuing one; None: any."""
    buyers: frozenset[str] | None = None
    """Who may be named buyer, as kin of the holder; None: the file says nothing of it."""
    most_homes: int | None = None
    """Most homes that one voucher may buy; None: any number."""
    top_ups: frozenset[str] = frozenset({"own", "loan", "fund"})
    leftover: tuple[Band, ...] | None = None
    lapse: LapseRule | None = None
    is_filed_price_ceiling: bool = True
    floor_share_bp: int = 0
    transfers: int = 0
    splits: int = 0
    merges: int = 0

    def starts_on(self, issued_at: datetime, *, agreed_on: date | None = None) -> date:
        """Return the day the term starts: of issue, of the agreement, or the announced one.

        Raises ValueError when the term starts with an agreement and none is given.
        """
        if self.announced_on is not None:
            return self.announced_on
        if self.start_event == "agreement":
            if agreed_on is None:
                raise ValueError("the term starts with the agreement, and no day of it is given")
            return agreed_on
        return clock.legal_day(issued_at)

    def expires_at(
        self, issued_at: datetime, *, agreed_on: date | None = None, extended_by: int = 0
    ) -> datetime:
        """Return the moment from which a voucher issued then has lapsed (逾期), in UTC.

        ``extended_by`` adds months of an extension (延期), at most ``extension_months`` in all: whoever
        grants them sees to that. Raises as ``starts_on``.
        """
        if self.valid_until is not None:
            return clock.end_of_day(clock.add_months(self.valid_until, extended_by))
        start = self.starts_on(issued_at, agreed_on=agreed_on)
        return clock.end_of_day(clock.add_months(start, (self.valid_months or 0) + extended_by))

    def hold_until(self, locked_at: datetime) -> datetime:
        """Return the moment from which a home locked then is free again without a contract, in UTC.

        A hold that ends in working time is lengthened, never shortened: counted in days to the end of the
        next working day, counted in hours to the next closing of the office.
        """
        if self.hold_hours is None:
            day = clock.legal_day(locked_at) + timedelta(days=self.hold_days or 0)
            return clock.end_of_day(_working_day_from(day) if self.is_hold_in_working_time else day)
        end = locked_at + timedelta(hours=self.hold_hours)
        return _in_working_time(end) if self.is_hold_in_working_time else end

    def bonus_tier_on(self, start: date, day: date, kind: str = HOME) -> Tier | None:
        """Return the bonus tier of a day in a term that starts on ``start``, for a kind of stock.

        None before the start, outside every tier, and for a kind that earns none. The start itself already
        earns the first tier: day one, from which months count, is the next.
        """
        return next((one for one in self.tiers_of(start, kind) if one.first_day <= day <= one.last_day), None)

    def bonus_rate_on(self, start: date, day: date) -> int:
        """Return the bonus rate of a day in ten-thousandths; 0 where no tier applies."""
        tier = self.bonus_tier_on(start, day)
        return tier.rate_bp if tier else 0

    def tiers_of(self, start: date, kind: str = HOME) -> list[Tier]:
        """Return every tier of a term that starts that day, on the calendar, in order."""
        rules = [rule for rule in self.bonus.tiers if rule.kinds is None or kind in rule.kinds]
        following = [*rules[1:], None]
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
                path=rule.path,
            )
            for rule, after in zip(rules, following, strict=True)
        ]

    def promised_tier(
        self, start: date, locked_at: datetime, expires_at: datetime, kind: str = HOME
    ) -> Tier | None:
        """Return the tier that a lock made now is sure of, or None when it is sure of no bonus.

        Where the lock fixes the day, its own. Where a later event does, the lowest of the days on which that
        event may still fall: up to the hold's end; for events that others bring about and whose delay counts,
        up to the term's end. So a lock never promises what a later day takes away.
        """
        day = clock.legal_day(locked_at)
        tier = self.bonus_tier_on(start, day, kind)
        if self.bonus.fixed_by == "lock" or tier is None:
            return tier
        last_moment = expires_at
        if self.bonus.is_protected or self.bonus.fixed_by == "contract":
            last_moment = min(expires_at, self.hold_until(locked_at))
        last_day = clock.legal_day(last_moment - timedelta(microseconds=1))
        if last_day > day and self.bonus_tier_on(start, last_day, kind) is None:
            return None
        possible = [
            one for one in self.tiers_of(start, kind) if one.first_day <= last_day and day <= one.last_day
        ]
        return min(possible, key=lambda one: (one.rate_bp, one.fen_per_m2))

    def bonus_day(self, reached: Milestones, *, is_delay_of_others: bool = False) -> tuple[date, Rule] | None:
        """Return the day that decides the tier, with the rule; None while its event has not happened.

        Where the delay is not the household's and the policy protects it, the day of its own last act counts:
        the lock before a contract, the contract before filing and verification.
        """
        event = self.bonus.fixed_by
        if is_delay_of_others and self.bonus.is_protected and event != "lock":
            event = "lock" if event == "contract" else "contract"
        day: date | None = getattr(reached, event)
        if day is None:
            return None
        return day, Rule("bonus.fixed_by", "bonus_day", {"event": event, "day": day.isoformat()})

    def may_be_named(self, kin: str) -> Verdict:
        """Tell whether kin of the holder (``self`` the holder) may be named buyer of a home."""
        allowed = self.buyers is None or kin in self.buyers
        listed = ", ".join(sorted(self.buyers)) if self.buyers is not None else "any"
        return Verdict(allowed, Rule("buyers", "buyers", {"kin": kin, "listed": listed}))

    def buys_in(self, district: str, *, own: str) -> Verdict:
        """Tell whether it buys stock in a district, issued in the ``own`` one; both are codes."""
        reach = None if self.areas is None else {own if code == "own" else code for code in self.areas}
        listed = ", ".join(sorted(reach)) if reach is not None else "any"
        figures: dict[str, int | str] = {"district": district, "listed": listed}
        return Verdict(reach is None or district in reach, Rule("areas", "areas", figures))

    def may_buy_more(self, bought: int) -> Verdict:
        """Tell whether a voucher that buys, or bought, so many homes may buy one more."""
        most = self.most_homes
        figures: dict[str, int | str] = {"bought": bought, "most": "any" if most is None else most}
        return Verdict(most is None or bought < most, Rule("homes", "homes", figures))

    def may_top_up(self, kind: str) -> Verdict:
        """Tell whether the household may pay the difference by ``own`` money, a ``loan`` or the ``fund``."""
        return Verdict(
            kind in self.top_ups,
            Rule("top_up", "top_up", {"kind": kind, "listed": ", ".join(sorted(self.top_ups))}),
        )

    def may_change(self, act: str, done: int) -> Verdict:
        """Tell whether a voucher may be transferred, split or merged once more after so many times.

        ``act`` is ``transfers``, ``splits`` or ``merges``.
        """
        most: int = {"transfers": self.transfers, "splits": self.splits, "merges": self.merges}[act]
        return Verdict(done < most, Rule(act, "changes", {"done": done, "most": most}))

    def price_bounds(self, filed_fen: int) -> tuple[int, int | None]:
        """Return the lowest and the highest voucher price of a home with a filed price, in fen.

        The floor is rounded up; the ceiling is the filed price, None where the policy sets none.
        """
        floor = money.share_ceil(filed_fen, self.floor_share_bp)
        return floor, filed_fen if self.is_filed_price_ceiling else None


def _working_day_from(day: date) -> date:
    while not clock.is_working_day(day):
        day += timedelta(days=1)
    return day


def _in_working_time(end: datetime) -> datetime:
    local = end.astimezone(clock.LEGAL_ZONE)
    day = local.date()
    if clock.is_working_day(day) and local.time() <= _CLOSES:
        if local.time() >= _OPENS:
            return end
    else:
        day = _working_day_from(day + timedelta(days=1))
    return datetime.combine(day, _CLOSES, clock.LEGAL_ZONE).astimezone(end.tzinfo)
