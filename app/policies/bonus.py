"""What bonus a purchase earns, to the fen, and the least sum to spend that reaches a price with it: pure.

A bonus never falls when more is spent, so sum and bonus together rise with every fen: that is what makes the
least sum unique and findable for every base. Every share is rounded down to the fen.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final

from app.core import money
from app.policies.rules import Amount, BonusRule, Policy, Rule, Tier

_ONCE: Final = ("face", "old_area")
"""Bases whose whole bonus is earned once, over all purchases of a voucher or of a household."""


@dataclass(frozen=True)
class Past:
    """What a voucher and its household did before, in fen: promised or paid, and not given back."""

    spent_fen: int = 0
    earned_fen: int = 0
    household_earned_fen: int = 0
    homes: int = 0

    def plus(self, spent_fen: int, bonus_fen: int) -> "Past":
        """Return the past after one more home of the same voucher, for what is bought together."""
        return Past(
            self.spent_fen + spent_fen,
            self.earned_fen + bonus_fen,
            self.household_earned_fen + bonus_fen,
            self.homes + 1,
        )


@dataclass(frozen=True)
class Earning:
    """How one voucher earns its bonus in one purchase; made by ``Terms.earning``."""

    rate_bp: int = 0
    """The tier's rate; of the sum spent where ``whole_fen`` is None."""
    whole_fen: int | None = None
    """The bonus that does not depend on the sum spent, less what was earned of it before."""
    cap_fen: int | None = None
    """What the tightest cap leaves."""
    least_fen: int = 0
    """What must be spent in this purchase before the tier pays."""
    tier_rule: Rule | None = None
    cap_rule: Rule | None = None

    def bonus(self, spent_fen: int) -> Amount:
        """Return the bonus on a sum spent, in fen, never above that sum, rounded down."""
        if self.tier_rule is None:
            return Amount(0, (Rule("bonus.tiers", "no_bonus", {}),))
        if spent_fen < self.least_fen:
            return Amount(0, (Rule(self.tier_rule.path, "least_spent", {"least_fen": self.least_fen}),))
        earned = money.share_floor(spent_fen, self.rate_bp) if self.whole_fen is None else self.whole_fen
        rules = [self.tier_rule]
        if self.cap_fen is not None and self.cap_rule is not None and earned > self.cap_fen:
            earned = self.cap_fen
            rules.append(self.cap_rule)
        if earned > spent_fen:
            earned = spent_fen
            rules.append(Rule("bonus", "not_above_spent", {"spent_fen": spent_fen}))
        return Amount(earned, tuple(rules))

    def part_before_bonus(self, total_fen: int, most_fen: int) -> tuple[int, Amount]:
        """Return the smallest sum that reaches a total with its bonus, and that bonus, both in fen.

        At most ``most_fen``: where that does not reach the total, all of it. The last fen of rounding falls
        to the payer: sum and bonus together never pay more than the total.
        """
        most = min(most_fen, total_fen)
        spent = bisect_left(range(most), total_fen, key=lambda sum_fen: sum_fen + self.bonus(sum_fen).fen)
        full = self.bonus(spent)
        if spent + full.fen <= total_fen:
            return spent, full
        reached = Rule("bonus", "price_reached", {"total_fen": total_fen})
        return spent, Amount(total_fen - spent, (*full.rules, reached))


@dataclass(frozen=True)
class Terms:
    """On what terms a voucher earns a bonus: its policy's rule, the tier (None: no bonus), and its past."""

    rule: BonusRule
    tier: Tier | None
    face_fen: int
    old_area_m2: Decimal = Decimal(0)
    """The floor area of the home that was taken, ㎡."""
    past: Past = field(default_factory=Past)

    def after(self, spent_fen: int, bonus_fen: int) -> "Terms":
        """Return the terms for the next of several homes that are bought together."""
        return replace(self, past=self.past.plus(spent_fen, bonus_fen))

    def earning(self, price_fen: int, home_earned_fen: int = 0) -> Earning:
        """Return how the voucher earns its bonus on a home with a price, in fen.

        ``home_earned_fen`` is what vouchers before this one earn on the same home. A bonus of the face is
        earned once a voucher, of the old area once a household, of the price once a home: each less what was
        earned before.
        """
        tier, base = self.tier, self.rule.base
        if tier is None:
            return Earning()
        figures: dict[str, int | str] = {"rate_bp": tier.rate_bp}
        whole = self._whole(tier, price_fen)
        if whole is not None:
            before = self._before(home_earned_fen)
            figures |= {"fen_per_m2": tier.fen_per_m2, "whole_fen": whole, "before_fen": before}
            whole = max(0, whole - before)
        cap_fen, cap_rule = self._tightest_cap(home_earned_fen)
        least = money.share_ceil(self.face_fen, tier.least_spent_bp) - self.past.spent_fen
        return Earning(
            rate_bp=tier.rate_bp,
            whole_fen=whole,
            cap_fen=cap_fen,
            least_fen=max(0, least),
            tier_rule=Rule(tier.path, base, figures),
            cap_rule=cap_rule,
        )

    def cover(self, available_fen: int) -> int:
        """Return the highest price in fen that so much of the voucher pays with its bonus, alone."""
        if self.rule.base != "price":
            return available_fen + self.earning(0).bonus(available_fen).fen
        prices = range(available_fen, 2 * available_fen + 1)
        short = bisect_right(
            prices, available_fen, key=lambda price: price - self.earning(price).bonus(available_fen).fen
        )
        return prices[short - 1]

    def _whole(self, tier: Tier, price_fen: int) -> int | None:
        """Return the bonus of a base that is not the sum spent, rounded down; None for ``spent``."""
        if self.rule.base == "face":
            return money.share_floor(self.face_fen, tier.rate_bp)
        if self.rule.base == "price":
            return money.share_floor(price_fen, tier.rate_bp)
        if self.rule.base == "old_area":
            return int(tier.fen_per_m2 * self.old_area_m2)
        return None

    def _before(self, home_earned_fen: int) -> int:
        if self.rule.base == "face":
            return self.past.earned_fen
        if self.rule.base == "old_area":
            return self.past.household_earned_fen + home_earned_fen
        return home_earned_fen

    def _tightest_cap(self, home_earned_fen: int) -> tuple[int | None, Rule | None]:
        """Return what the tightest cap leaves, in fen, with its rule; None twice where there is no cap."""
        earned = {
            "voucher": self.past.earned_fen,
            "household": self.past.household_earned_fen + home_earned_fen,
            "home": home_earned_fen,
        }
        left: list[tuple[int, Rule]] = []
        for cap in self.rule.caps:
            limit = cap.limit_fen(self.face_fen)
            figures: dict[str, int | str] = {"limit_fen": limit, "before_fen": earned[cap.of]}
            left.append((max(0, limit - earned[cap.of]), Rule(cap.path, f"cap_{cap.of}", figures)))
        return min(left, key=lambda pair: pair[0], default=(None, None))


def depends_on_past(policy: Policy) -> bool:
    """Tell whether what a voucher did before decides what it earns, or whether it may buy at all."""
    bonus = policy.bonus
    return bool(
        bonus.base in _ONCE
        or any(cap.of != "home" for cap in bonus.caps)
        or any(tier.least_spent_bp for tier in bonus.tiers)
        or policy.most_homes is not None
    )
