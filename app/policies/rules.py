"""What a voucher policy says, as pure rules: the term, the bonus tiers, the hold, and who may use it on what.

Edges follow one reading everywhere (docs/policy.md): day one is the day after the event, a month ends on the
same day number or the month's last, and a day ends at 24:00 in Asia/Shanghai. What a bonus amounts to stands
in ``bonus``, what is paid at the end in ``endings``.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from app.core import clock, money
from app.policies import holding
from app.policies.answers import Amount, Rule, Verdict
from app.policies.bands import Band, LapseRule, Used
from app.policies.changes import InheritanceRule, MergeRule, SplitRule, TransferRule
from app.policies.face_rules import FaceRule
from app.policies.fitting import Fit
from app.policies.interest import EndingInterest
from app.policies.limits import Limit
from app.policies.reach import START, Reach
from app.policies.rounding import TO_THE_FEN, Rounding
from app.policies.settling import SettlementRule
from app.policies.tiers import HOME, BonusRule, Cap, Tier, TierRule

__all__ = [
    "HOME",
    "Amount",
    "Band",
    "BonusRule",
    "Cap",
    "LapseRule",
    "Milestones",
    "Policy",
    "Rule",
    "Tier",
    "TierRule",
    "Verdict",
]


@dataclass(frozen=True)
class Milestones:
    """The days a purchase has reached, and its voucher's agreement; None for what has not happened yet."""

    lock: date
    contract: date | None = None
    filed: date | None = None
    verified: date | None = None
    agreement: date | None = None
    paid: date | None = None
    """When the bonus in cash was paid."""


@dataclass(frozen=True)
class AreasOf:
    """Where vouchers buy certain kinds of stock, as ``Policy.areas``."""

    kinds: frozenset[str]
    areas: frozenset[str] | None
    path: str


@dataclass(frozen=True)
class Policy:
    """One version of a voucher policy. A voucher keeps the one it was issued under for life."""

    code: str
    title: str
    source: str
    valid_months: int | None
    """The term in months; None where it ends on ``valid_until``."""
    hold_days: int | None
    """How many days a locked home waits; None where it waits ``hold_hours`` or ``hold_working_days``."""
    hold_homes: int | None
    """Most homes that a household may hold at once, locked and without a contract; None: no limit."""
    least_share_bp: int
    """Which part of a price, in ten-thousandths, the vouchers with their bonus must pay at least."""
    usable_on: frozenset[str]
    bonus: BonusRule = field(default_factory=BonusRule)
    valid_until: date | None = None
    start_event: str = "issue"
    announced_on: date | None = None
    extension_months: int = 0
    extension_reach: Reach = START
    """Which part of its face a voucher must have spent to be extended."""
    hold_hours: int | None = None
    hold_working_days: int | None = None
    is_hold_in_working_time: bool = False
    hold_loan_days: int = 0
    """For how many days a home stays locked, once, from the day on which a loan's papers are handed in."""
    areas: frozenset[str] | None = None
    """Codes of the districts whose homes it buys, ``own`` for the issuing one; None: any."""
    buyers: frozenset[str] | None = None
    """Who may be named buyer, as kin of the holder; None: the file says nothing of it."""
    areas_of: tuple[AreasOf, ...] = ()
    """Where it buys these kinds of stock, instead of ``areas``."""
    one_buyer_of: frozenset[str] | None = None
    """Of whom one at least must be among the buyers; None: whoever may be named will do."""
    most_homes: int | None = None
    """Most homes that one voucher may buy, or all vouchers of a household; None: any number."""
    homes_of: str = "voucher"
    """Whose homes these are: of the ``voucher``, or of the ``household``."""
    first_purchase_bp: int = 0
    """Which part of its face a voucher must spend at least on the first home that it buys."""
    limits: tuple[Limit, ...] = ()
    """How much vouchers may pay for kinds of stock."""
    fits: tuple[Fit, ...] = ()
    """How large the homes may be that they buy, and what a ㎡ may cost."""
    spaces_a_home: int | None = None
    """Most spaces that may be bought beside one home; None: any number."""
    spaces_alone: bool = False
    """Whether a space may be bought without a home, too (单独购买车位)."""
    hold_spaces: int | None = None
    """Most spaces alone that a household may hold at once, as ``hold_homes``; None: no limit."""
    top_ups: frozenset[str] = frozenset({"own", "loan", "fund"})
    leftover: tuple[Band, ...] | None = None
    lapse: LapseRule | None = None
    is_filed_price_ceiling: bool = True
    floor_share_bp: int = 0
    ceiling_share_bp: int = 10_000
    is_exempt_from_floor: bool = False
    """Whether the floor binds other sales, and not what vouchers buy."""
    may_late_settlement_raise: bool = False
    """Whether slow settlement is a reason for a voucher price above the cash price."""
    valid_days: int | None = None
    ends_on_working_day: bool = False
    """Whether a term that ends on no working day lasts to the next one (顺延)."""
    more_bonuses: tuple[BonusRule, ...] = ()
    """Bonuses side by side with ``bonus``."""
    bonus_caps: tuple[Cap, ...] = ()
    """Limits of all bonuses together that count towards the price."""
    face: tuple[FaceRule, ...] = ()
    face_without: frozenset[str] = frozenset()
    """Which parts of the compensation are not in the face: they are paid in cash."""
    issue_from: date | None = None
    issue_until: date | None = None
    buy_until: date | None = None
    """The scheme's last day for a purchase: no term goes beyond it."""
    payout_rounding: Rounding = TO_THE_FEN
    """How what an ending pays out in cash is rounded."""
    interest: EndingInterest | None = None
    transfers: TransferRule = field(default_factory=TransferRule)
    splits: SplitRule = field(default_factory=SplitRule)
    merges: MergeRule = field(default_factory=MergeRule)
    inheritance: InheritanceRule = field(default_factory=lambda: InheritanceRule(is_said=False))
    settlements: tuple[SettlementRule, ...] = ()
    """How developers are paid, each purchase by one of them; none where the file says nothing of it."""

    @property
    def bonuses(self) -> Iterator[BonusRule]:
        """Every bonus, in the order of the file."""
        yield self.bonus
        yield from self.more_bonuses

    @property
    def every_cap(self) -> tuple[Cap, ...]:
        """Every limit of a bonus, or of all of them."""
        return (*self.bonus_caps, *(cap for bonus in self.bonuses for cap in bonus.every_cap))

    @property
    def places(self) -> frozenset[str]:
        """The districts and developments that it, or one of its bonuses, names."""
        named = (self.areas, *(one.areas for one in self.areas_of), *(rule.areas for rule in self.bonuses))
        return frozenset[str]().union(*(one for one in named if one is not None))

    @property
    def priced(self) -> tuple[BonusRule, ...]:
        """The bonuses that count towards the price."""
        return tuple(rule for rule in self.bonuses if rule.paid == "price")

    @property
    def counts_handover(self) -> bool:
        """Whether its term or its interest counts from the day on which the old home was handed over."""
        lines = self.interest.lines if self.interest else ()
        return self.start_event == "vacated" or any(line.from_event == "vacated" for line in lines)

    def starts_on(self, issued_at: datetime, *, agreed_on: date | None = None) -> date:
        """Return the day the term starts: of issue, the announced one, or ``agreed_on``.

        That is the day of the agreement, or of moving out where the term starts ``vacated``. Raises
        ValueError when the term starts with such a day and none is given.
        """
        if self.announced_on is not None:
            return self.announced_on
        if self.start_event in ("agreement", "vacated"):
            if agreed_on is None:
                raise ValueError(f"the term starts with {self.start_event}, and no day of it is given")
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
            last_day = clock.add_months(self.valid_until, extended_by)
        else:
            start = self.starts_on(issued_at, agreed_on=agreed_on)
            start += timedelta(days=self.valid_days or 0)
            last_day = clock.add_months(start, (self.valid_months or 0) + extended_by)
        return self.moved_on(clock.end_of_day(last_day))

    def may_extend(self, used: Used) -> Verdict:
        """Tell whether a voucher that was used so may be extended; compared without rounding."""
        face_fen, spent_fen = used.face_fen + used.rest, used.spent_fen + used.rest
        reach = self.extension_reach
        allowed = reach.is_reached(face_fen=face_fen, spent_fen=spent_fen)
        least_fen = used.spent_fen + reach.least_fen(face_fen, spent_fen)
        figures: dict[str, int | str] = {"spent_fen": used.spent_fen, "least_fen": least_fen}
        word = "extension_spent_above" if reach.is_above else "extension_spent_from"
        return Verdict(allowed, Rule(f"valid.{word}", "extension_unused", figures))

    def moved_on(self, expires_at: datetime) -> datetime:
        """Return the end of a term that would end then, in UTC: of its next working day, within the scheme.

        So where the policy says it. A term is never made shorter, whatever the calendar says later.
        """
        if self.ends_on_working_day:
            expires_at = clock.end_of_day(clock.working_day_from(clock.last_day(expires_at)))
        return self.in_scheme(expires_at)

    def may_issue_on(self, day: date) -> Verdict:
        """Tell whether the scheme lets a voucher be issued on a day."""
        allowed = (self.issue_from or day) <= day <= (self.issue_until or day)
        first, last = self.issue_from or "any", self.issue_until or "any"
        figures: dict[str, int | str] = {"day": day.isoformat(), "from": str(first), "until": str(last)}
        return Verdict(allowed, Rule("scheme", "scheme", figures))

    def hold_until(self, locked_at: datetime) -> datetime:
        """Return the moment from which a home locked then is free again without a contract, in UTC."""
        if self.hold_working_days is not None:
            return holding.working_days_on(locked_at, self.hold_working_days)
        if self.hold_hours is None:
            return holding.days_on(
                locked_at, self.hold_days or 0, is_in_working_time=self.is_hold_in_working_time
            )
        return holding.hours_on(locked_at, self.hold_hours, is_in_working_time=self.is_hold_in_working_time)

    def loan_until(self, handed_in_at: datetime) -> datetime | None:
        """Return until when a home stays locked whose loan was asked for then; None for no such time."""
        if not self.hold_loan_days:
            return None
        return holding.days_on(handed_in_at, self.hold_loan_days)

    def end_of_tier(
        self,
        locked_at: datetime,
        counted: Mapping[str, date],
        *,
        agreed_on: date,
        kind: str = HOME,
        is_delay_of_others: bool = False,
        keeps_bonus: bool = True,
    ) -> datetime | None:
        """Return until when a contract has the tiers of its lock, in UTC; None where it keeps them anyway.

        ``counted`` says for each bonus by its path from which day its tiers count. A delay of others takes
        none of them where the policy protects the household. ``keeps_bonus``: none was lost by a transfer.
        """
        day = clock.legal_day(locked_at)
        last_days = (
            rule.contract_until(counted[rule.path], day, kind)
            for rule in self.bonuses
            if rule.is_of_contract
            and rule.is_signed_then(agreed_on)
            and rule.is_earned_by(keeps_bonus=keeps_bonus)
            and not (is_delay_of_others and rule.is_protected)
        )
        return min((clock.end_of_day(last) for last in last_days if last < date.max), default=None)

    def bonus_tier_on(self, start: date, day: date, kind: str = HOME) -> Tier | None:
        """Return the first bonus's tier of a day, as ``BonusRule.tier_on``."""
        return self.bonus.tier_on(start, day, kind)

    def tiers_of(self, start: date, kind: str = HOME) -> list[Tier]:
        """Return every tier of the first bonus, as ``BonusRule.tiers_of``."""
        return self.bonus.tiers_of(start, kind)

    def promised_tier(
        self,
        start: date,
        locked_at: datetime,
        expires_at: datetime,
        kind: str = HOME,
        *,
        bonus: BonusRule | None = None,
        agreed_on: date | None = None,
    ) -> Tier | None:
        """Return the tier that a lock made now is sure of, or None when it is sure of no bonus.

        That of its own day; where the agreement fixes the day, that of ``agreed_on``. Where the contract
        does, the hold ends with the tier (``BonusRule.same_until``); what others do later is the same, unless
        their delay counts: then the lowest tier until the term's end. So a lock never promises what a later
        day takes away; of what is paid in cash by a later day it is the tier of the lock, and ``later_tiers``
        tell the rest. Without ``bonus`` the first one is meant.
        """
        rule = bonus or self.bonus
        if agreed_on is not None and not rule.is_signed_then(agreed_on):
            return None
        if rule.fixed_by == "agreement":
            return rule.tier_on(start, agreed_on, kind) if agreed_on else None
        day = clock.legal_day(locked_at)
        tier = rule.tier_on(start, day, kind)
        if rule.fixed_by == "lock" or rule.is_of_contract or rule.is_decided_later or tier is None:
            return tier
        last_day = clock.legal_day(expires_at - timedelta(microseconds=1))
        if last_day > day and rule.tier_on(start, last_day, kind) is None:
            return None
        possible = [
            one for one in rule.tiers_of(start, kind) if one.first_day <= last_day and day <= one.last_day
        ]
        return min(possible, key=lambda one: one.worth)

    def later_tiers(
        self, rule: BonusRule, start: date, locked_on: date, kind: str = HOME, *, agreed_on: date
    ) -> tuple[Tier, ...]:
        """Return from which tiers a day after the lock may choose; none where no such day decides."""
        if not rule.is_decided_later or not rule.is_signed_then(agreed_on):
            return ()
        return tuple(one for one in rule.tiers_of(start, kind) if one.last_day >= locked_on)

    def bonus_day(
        self,
        reached: Milestones,
        *,
        is_delay_of_others: bool | None = None,
        bonus: BonusRule | None = None,
        start: date | None = None,
        kind: str = HOME,
    ) -> tuple[date, Rule] | None:
        """Return the day that decides the tier, with the rule; None while its event has not happened.

        Where the delay is not the household's and the policy protects it, the day of its own last act counts:
        the lock before a contract, the contract before filing and verification. Of a delay of which nothing
        is known the contract is the household's own, what offices do after it is not. Within the grace of
        the lock's tier the lock counts; ``start`` is from when the tiers count. Without ``bonus`` the first
        one is meant.
        """
        rule = bonus or self.bonus
        event = rule.fixed_by
        is_of_others = event in ("filed", "verified") if is_delay_of_others is None else is_delay_of_others
        if is_of_others and rule.is_protected and event not in ("lock", "agreement"):
            event = "lock" if event == "contract" else "contract"
        day: date | None = getattr(reached, event)
        if day is None:
            return None
        if start is not None and rule.is_in_grace(start, reached.lock, day, kind):
            figures: dict[str, int | str] = {"day": reached.lock.isoformat(), "until": day.isoformat()}
            return reached.lock, Rule(f"{rule.path}.{rule.grace_word}", "grace", figures)
        return day, Rule(f"{rule.path}.fixed_by", "bonus_day", {"event": event, "day": day.isoformat()})

    def may_be_named(self, kin: str) -> Verdict:
        """Tell whether kin of the holder (``self`` the holder) may be named buyer of a home."""
        allowed = self.buyers is None or kin in self.buyers
        listed = ", ".join(sorted(self.buyers)) if self.buyers is not None else "any"
        return Verdict(allowed, Rule("buyers", "buyers", {"kin": kin, "listed": listed}))

    def may_buy_together(self, buyers: Collection[str]) -> Verdict:
        """Tell whether these may be all the buyers of a home: kin of the holder, ``self`` the holder."""
        allowed = self.one_buyer_of is None or not self.one_buyer_of.isdisjoint(buyers)
        listed = ", ".join(sorted(self.one_buyer_of)) if self.one_buyer_of is not None else "any"
        figures: dict[str, int | str] = {"buyers": ", ".join(sorted(buyers)), "listed": listed}
        return Verdict(allowed, Rule("one_buyer_of", "one_buyer_of", figures))

    def buys_in(
        self, district: str, *, own: str, development: str | None = None, kind: str = HOME
    ) -> Verdict:
        """Tell whether it buys a kind of stock in a district, issued in the ``own`` one; both are codes.

        ``development`` is the reference of where it stands; None where that is not known.
        """
        for_kind = next((one for one in self.areas_of if kind in one.kinds), None)
        areas, path = (for_kind.areas, for_kind.path) if for_kind else (self.areas, "areas")
        reach = None if areas is None else {own if code == "own" else code for code in areas}
        listed = ", ".join(sorted(reach)) if reach is not None else "any"
        figures: dict[str, int | str] = {"district": district, "listed": listed}
        if development is not None:
            figures["development"] = development
        is_there = reach is None or district in reach or development in reach
        return Verdict(is_there, Rule(path, "areas", figures))

    def may_buy_more(self, bought: int) -> Verdict:
        """Tell whether a voucher, or by ``homes_of`` its household, may buy a home after so many."""
        most = self.most_homes
        figures: dict[str, int | str] = {"bought": bought, "most": "any" if most is None else most}
        figures |= {"of": self.homes_of} if self.homes_of == "household" else {}
        return Verdict(most is None or bought < most, Rule("homes", "homes", figures))

    def may_buy_beside(self, bought: int) -> Verdict:
        """Tell whether one more space may be bought beside a home that has so many."""
        most = self.spaces_a_home
        figures: dict[str, int | str] = {"bought": bought, "most": "any" if most is None else most}
        return Verdict(most is None or bought < most, Rule("spaces_a_home", "spaces", figures))

    def may_top_up(self, kind: str) -> Verdict:
        """Tell whether the household may pay the difference by ``own`` money, a ``loan`` or the ``fund``."""
        return Verdict(
            kind in self.top_ups,
            Rule("top_up", "top_up", {"kind": kind, "listed": ", ".join(sorted(self.top_ups))}),
        )

    def may_change(self, act: str, done: int) -> Verdict:
        """Tell whether a voucher may be split or merged once more after so many times, by ``act``.

        So of ``transfers``, where none count apart (``TransferRule.may_again``).
        """
        most: int = getattr(self, act).times
        return Verdict(done < most, Rule(act, "changes", {"done": done, "most": most}))

    def stood_still(self, expires_at: datetime, span: timedelta) -> tuple[datetime, timedelta]:
        """Return when a term ends that stood still for a span, and the span that its start and tiers move by.

        An end by the calendar does not move, nor do the tiers.
        """
        if self.valid_until is not None:
            return expires_at, timedelta()
        return self.moved_on(expires_at + span), span

    def in_scheme(self, expires_at: datetime) -> datetime:
        """Return the end of a term, or the scheme's where that is earlier."""
        return expires_at if self.buy_until is None else min(expires_at, clock.end_of_day(self.buy_until))

    def price_bounds(self, filed_fen: int) -> tuple[int, int | None]:
        """Return the lowest and the highest voucher price of a home with a filed price, in fen.

        The floor is rounded up, and 0 where vouchers are exempt from it; the ceiling is the policy's share of
        the filed price rounded down, None where the policy sets none.
        """
        floor = 0 if self.is_exempt_from_floor else self.general_floor(filed_fen)
        ceiling = money.share_floor(filed_fen, self.ceiling_share_bp)
        return floor, ceiling if self.is_filed_price_ceiling else None

    def general_floor(self, filed_fen: int) -> int:
        """Return the lowest price in fen of sales that are not exempt from the floor, rounded up."""
        return money.share_ceil(filed_fen, self.floor_share_bp)
