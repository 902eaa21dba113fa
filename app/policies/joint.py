"""All bonuses of one policy on one purchase: those that share its price, and those paid in cash. Pure.

None of them falls when more is spent, so their sum does not, nor what limits leave of it: the least sum that
reaches a price stays unique.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction

from app.core import money
from app.policies.answers import Amount, Rule, Verdict
from app.policies.bonus import ONLY_CASH, Earning, Terms, highest_price, least_sum
from app.policies.fitting import BoughtBefore, unfit
from app.policies.limits import Limits, Spent, limits_of
from app.policies.paid_after import waiting
from app.policies.past import Past
from app.policies.reach import Reach
from app.policies.rules import Policy
from app.policies.tiers import HOME, NOTHING, SPACES, BonusRule, Cap, Entitled, Tier


@dataclass(frozen=True)
class JointEarning:
    """How one voucher earns all its bonuses in one purchase; made by ``JointTerms.earning``."""

    lines: tuple[tuple[str, Earning], ...]
    """Each bonus by its path."""
    cap_fen: int | None
    cap_rule: Rule | None

    def bonus(self, spent_fen: int) -> Amount:
        """Return all bonuses on a sum spent together, in fen, never above that sum nor what a cap leaves.

        A limit takes from the later bonuses of the file first.
        """
        most_fen = spent_fen if self.cap_fen is None else min(spent_fen, self.cap_fen)
        total, rules, each = 0, list[Rule](), list[tuple[str, int]]()
        is_cut = False
        for path, line in self.lines:
            found = line.bonus(spent_fen)
            kept = money.whole_steps(min(found.fen, most_fen - total), line.step_fen)
            is_cut = is_cut or kept < found.fen
            total += kept
            each.append((path, kept))
            rules += found.rules
        if is_cut:
            if self.cap_rule is not None and most_fen < spent_fen:
                rules.append(self.cap_rule)
            else:
                rules.append(Rule("bonus", "not_above_spent", {"spent_fen": spent_fen}))
        return Amount(total, tuple(rules), tuple(each))

    def part_before_bonus(self, total_fen: int, most_fen: int) -> tuple[int, Amount]:
        """Return what ``least_sum`` finds for these bonuses together."""
        step_fen = max(line.step_fen for _path, line in self.lines)
        return least_sum(self.bonus, total_fen, most_fen, step_fen)


@dataclass(frozen=True)
class JointTerms:
    """On what terms a voucher earns several bonuses, each with its own past.

    ``past`` is what they earned together, for the ``caps`` that hold of all.
    """

    lines: tuple[Terms, ...]
    caps: tuple[Cap, ...] = ()
    past: Past = field(default_factory=Past)

    def earning(
        self,
        price_fen: int,
        home_earned_fen: int = 0,
        home_spent_fen: int = 0,
        home_each: Mapping[str, int] | None = None,
    ) -> JointEarning:
        """Return how the voucher earns its bonuses on a home with a price, in fen.

        ``home_earned_fen`` and ``home_spent_fen`` as in ``Terms.earning``, ``home_each`` what vouchers before
        this one earn of each bonus by its path.
        """
        known = home_each or {}
        lines = tuple(
            (line.rule.path, line.earning(price_fen, known.get(line.rule.path, 0), home_spent_fen))
            for line in self.lines
        )
        first = self.lines[0]
        whole = replace(first, tier=None, past=self.past)
        return JointEarning(lines, *whole.tightest_cap(self.caps, price_fen, home_earned_fen))

    def cover(self, available_fen: int) -> int:
        """Return the highest price in fen that so much of the voucher pays with its bonuses, alone."""
        return highest_price(lambda price: self.earning(price).bonus(available_fen).fen, available_fen)


@dataclass(frozen=True)
class Place:
    """What a bonus asks of a home: its kind, and where and how large it is."""

    kind: str = HOME
    area_m2: Decimal | None = None
    """Its floor area, ㎡; None where it is not known."""
    district: frozenset[str] = frozenset()
    """The names of where it is: its development's reference, its district's code, and ``own`` where it is the
    one that issued the voucher."""
    stage: str | None = None
    """Whether it is built, ``finished`` or ``presale``; None where that is not known."""


@dataclass(frozen=True)
class PurchaseTerms:
    """On what terms a voucher buys one home: every bonus of its policy, at its tier there (None: none)."""

    policy: Policy
    tiers: Mapping[str, Tier | None]
    """By the paths of the bonuses."""
    face_fen: int
    old_area_m2: Decimal = Decimal(0)
    past: Past = field(default_factory=Past)
    place: Place = field(default_factory=Place)
    compensation: Mapping[str, int] = field(default_factory=dict)
    """As ``Terms.compensation``."""
    agreed_on: date | None = None
    """The day of the agreement behind the voucher."""
    entitled: Entitled = NOTHING
    """As ``Terms.entitled``."""
    later: Mapping[str, tuple[Tier, ...]] = field(default_factory=dict)
    """Of bonuses that a day after the lock decides: their tiers from the lock on, by path."""

    @property
    def least_fen(self) -> int:
        """What the voucher must spend at least on this home, in fen: the first that it buys may ask it."""
        if self.past.homes or self.place.kind in SPACES:
            return 0
        return Reach(self.policy.first_purchase_bp).least_fen(self.face_fen + self.past.rest)

    @property
    def may_buy_more(self) -> Verdict:
        """Whether the voucher, or its household where the policy counts that, may buy one more home."""
        is_shared = self.policy.homes_of == "household"
        return self.policy.may_buy_more(self.past.household_homes if is_shared else self.past.homes)

    @property
    def limits(self) -> Limits:
        """How much the voucher may still pay for this home."""
        past = self.past
        part = Fraction(1) if past.parted is None else past.parted.part
        rests = {} if past.parted is None else past.parted.rest_on
        own = Spent(self.face_fen, dict(past.kinds), dict(past.pieces), part, rests)
        pieces = dict(past.household_pieces)
        household = Spent(past.household_face_fen, dict(past.household_kinds), pieces)
        kind, stage = self.place.kind, self.place.stage
        return limits_of(self.policy.limits, kind, own, household, stage=stage)

    def unfit(self, area_m2: Decimal, price_fen: int) -> Rule | None:
        """Return the rule by which it buys no home of an area (㎡) at a price in fen; None: it may."""
        return unfit(
            self.policy.fits,
            self.place.kind,
            area_m2=area_m2,
            price_fen=price_fen,
            bought=BoughtBefore(self.past.household_m2, self.past.shared_m2, self.old_area_m2, self.entitled),
        )

    def payable(self, available_fen: int, *, others_fen: int = 0) -> int:
        """Return how much of what is available the voucher may pay for this home, beside others that pay."""
        limits = self.limits
        most_fen = limits.tightest_fen
        if limits.home_fen is not None and most_fen is not None:
            most_fen = min(most_fen, max(0, limits.home_fen - others_fen))
        return available_fen if most_fen is None else min(available_fen, most_fen)

    def after(self, past: Past) -> "PurchaseTerms":
        """Return the terms once this came before, for what is bought together."""
        return replace(self, past=self.past.plus(past))

    @property
    def priced(self) -> Terms | JointTerms:
        """What counts towards the price: one bonus alone by its own terms, where nothing else limits it."""
        rules, caps = self.policy.priced, self.policy.bonus_caps
        if len(rules) == 1 and not caps:
            return self._line(rules[0], self.past)
        # One alone earned all that counted towards prices; purchases write down each only of several.
        alone = len(rules) == 1
        lines = tuple(self._line(rule, self.past if alone else self.past.of(rule.path)) for rule in rules)
        none = Terms(
            ONLY_CASH,
            None,
            self.face_fen,
            self.old_area_m2,
            home_area_m2=self.place.area_m2,
            entitled=self.entitled,
        )
        return JointTerms(lines or (none,), caps, self.past)

    @property
    def cash(self) -> tuple[Terms, ...]:
        """What is paid to the household besides."""
        rules = (rule for rule in self.policy.bonuses if rule.paid == "cash")
        return tuple(self._line(rule, self.past.of(rule.path)) for rule in rules)

    def cash_on(self, day: date) -> tuple[Terms, ...]:
        """Return the same as a day decides it, where one after the lock does."""
        tiers = {
            path: next((one for one in tiers if one.first_day <= day <= one.last_day), None)
            for path, tiers in self.later.items()
        }
        return replace(self, tiers={**self.tiers, **tiers}).cash

    @property
    def counts_for(self) -> tuple[str, ...]:
        """The paths of the bonuses of what is spent on the homes that they are for, this one among them."""
        rules = (rule for rule in self.policy.bonuses if rule.is_on_earning)
        return tuple(rule.path for rule in rules if self._line(rule, self.past).counts)

    def cover(self, available_fen: int, *, others_fen: int = 0) -> int:
        """Return the highest price in fen that so much of it pays with its bonuses, as ``payable``."""
        return self.priced.cover(self.payable(available_fen, others_fen=others_fen))

    def _line(self, rule: BonusRule, past: Past) -> Terms:
        return Terms(
            rule=rule,
            tier=self.tiers[rule.path],
            face_fen=self.face_fen,
            old_area_m2=self.old_area_m2,
            past=replace(past, each=()),
            home_area_m2=self.place.area_m2,
            home_district=self.place.district,
            home_stage=self.place.stage,
            home_kind=self.place.kind,
            compensation=self.compensation,
            agreed_on=self.agreed_on,
            entitled=self.entitled,
        )


def cash_parts(
    price_fen: int, parts: Iterable[tuple[int, tuple[Terms, ...], int | str]]
) -> list[tuple[tuple[BonusRule, Amount], ...]]:
    """Return what each voucher of a purchase earns in cash, in fen, in the order in which they pay.

    ``parts`` are what each spends, on what terms, and whose it is; one that spends nothing earns nothing.
    """
    before, spent_of, found = Counter[str](), Counter[int | str](), []
    for spent_fen, lines, owner in parts:
        earned = []
        for line in lines if spent_fen else ():
            amount = line.earning(price_fen, before[line.rule.path], spent_of[owner]).bonus(spent_fen)
            before[line.rule.path] += amount.fen
            earned.append((line.rule, waiting(line.rule, amount)))
        spent_of[owner] += spent_fen
        found.append(tuple(earned))
    return found
