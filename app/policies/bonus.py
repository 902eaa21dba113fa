"""What bonus a purchase earns, to the fen, and the least sum to spend that reaches a price with it: pure.

A bonus never falls when more is spent, so sum and bonus together rise with every fen: that is what makes the
least sum unique and findable for every base. Every share is rounded down to the fen, and the
bonus then as its ``rounding`` says.
"""

from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import partial
from math import ceil, floor
from typing import Final

from app.core import money
from app.policies.answers import Amount, Rule
from app.policies.brackets import Brackets
from app.policies.faces import part_of
from app.policies.past import Past
from app.policies.reach import Reach
from app.policies.rounding import TO_THE_FEN, Rounding
from app.policies.small import Size
from app.policies.tiers import HOME, NOTHING, BonusRule, Cap, Entitled, Step, Tier
from app.policies.within import Inside

ONCE_A: Final = {
    "face": "voucher",
    "spent_total": "voucher",
    "old_area": "household",
    "entitled_area": "household",
    "residents": "household",
    "compensation": "household",
}
"""Bases whose whole bonus is earned once over several purchases, and whose purchases those are."""


ONLY_CASH: Final = BonusRule(paid="cash")
"""Stands for what counts towards a price under a policy whose bonuses are all paid in cash."""


@dataclass(frozen=True)
class Rate:
    """What a purchase earns once ``least_fen`` of it are spent."""

    least_fen: int
    rule: Rule
    rate_bp: int = 0
    """The rate of the sum spent, where ``whole_fen`` is None."""
    whole_fen: int | None = None
    """The bonus that does not depend on the sum spent, less what was earned of it before."""
    earlier_fen: int | Fraction = 0
    """What was spent before and counts once more, where the base is all that is spent."""
    before_fen: int | Fraction = 0
    """What that earned."""
    brackets: Brackets | None = None
    """Rates by the size of the sum spent, instead of ``rate_bp``."""
    part: Fraction | None = None
    """Of which part of the sum spent the rate is; None: of all of it."""
    counts: bool = True
    """Whether the sum spent counts, beside ``earlier_fen``, where the base is all that is spent."""
    interest: Callable[[int], Amount] | None = None
    """What a sum spent bears, with the rules, instead of ``rate_bp``."""

    def rules(self, spent_fen: int) -> tuple[Rule, ...]:
        """Return by which rules a sum spent earns."""
        return self.interest(spent_fen).rules if self.interest else (self.rule,)

    def earned(self, spent_fen: int) -> int:
        """Return what a sum spent earns, in fen, rounded down, before any limit."""
        if self.whole_fen is not None:
            return self.whole_fen
        if self.interest is not None:
            return self.interest(spent_fen).fen
        whole_fen = self.earlier_fen + (spent_fen if self.counts else 0)
        if isinstance(self.before_fen, int):
            size = self.brackets
            earned = size.of(whole_fen) if size else _share(whole_fen, self.rate_bp, self.part)
            return max(0, earned - self.before_fen)
        exact = Fraction(whole_fen) * self.rate_bp / 10_000
        return max(0, floor((self.brackets.exact(whole_fen) if self.brackets else exact) - self.before_fen))


@dataclass(frozen=True)
class Earning:
    """How one voucher earns its bonus in one purchase; made by ``Terms.earning``."""

    rates: tuple[Rate, ...] = ()
    """In rising order of what must be spent; none where no tier applies."""
    cap_fen: int | None = None
    """What the tightest cap leaves."""
    cap_rule: Rule | None = None
    none_rule: Rule = field(default_factory=lambda: Rule("bonus.tiers", "no_bonus", {}))
    is_within_spent: bool = True
    """Whether it is never above the sum spent: what counts towards the price."""
    rounding: Rounding = TO_THE_FEN
    """How it is rounded, once every limit is kept."""
    spent_of: str = "voucher"
    """Whose face and spending decide the rate."""

    @property
    def step_fen(self) -> int:
        """A multiple of which sum it is."""
        return self.rounding.step_fen

    def bonus(self, spent_fen: int) -> Amount:
        """Return the bonus on a sum spent, in fen, rounded, and never above its limits.

        Half up it does not fall either when more is spent: it is the least of two sums that do not, the exact
        one rounded half up and the limit rounded down.
        """
        if not self.rates:
            return Amount(0, (self.none_rule,))
        reached: Rate | None = None
        for rate in self.rates:
            if spent_fen >= rate.least_fen:
                reached = rate
        if reached is None:
            first = self.rates[0]
            code = "least_spent" if self.spent_of == "voucher" else "least_spent_together"
            return Amount(0, (Rule(first.rule.path, code, {"least_fen": first.least_fen}),))
        earned, rules = reached.earned(spent_fen), list(reached.rules(spent_fen))
        if self.cap_fen is not None and self.cap_rule is not None and earned > self.cap_fen:
            earned = self.cap_fen
            rules.append(self.cap_rule)
        if self.is_within_spent and earned > spent_fen:
            earned = spent_fen
            rules.append(Rule("bonus", "not_above_spent", {"spent_fen": spent_fen}))
        limits = (self.cap_fen, spent_fen if self.is_within_spent else None)
        most_fen = min((fen for fen in limits if fen is not None), default=None)
        whole = self.rounding.of(earned, "bonus", most_fen)
        return Amount(whole.fen, (*rules, *whole.rules))

    def part_before_bonus(self, total_fen: int, most_fen: int) -> tuple[int, Amount]:
        """Return what ``least_sum`` finds for this bonus."""
        return least_sum(self.bonus, total_fen, most_fen, self.step_fen)


def least_sum(
    bonus: Callable[[int], Amount], total_fen: int, most_fen: int, step_fen: int = 1
) -> tuple[int, Amount]:
    """Return the smallest sum that reaches a total with its bonus, and that bonus, both in fen.

    ``bonus`` must not fall when more is spent. At most ``most_fen``: where that does not reach the total, all
    of it. The last fen of rounding falls to the payer: sum and bonus together never pay more than the total.
    A bonus that comes in whole steps stays one: what it would exceed the total by, up to the step, is spent.
    """
    most = min(most_fen, total_fen)
    spent = _least_reaching(lambda sum_fen: sum_fen + bonus(sum_fen).fen, total_fen, most)
    full = bonus(spent)
    if spent + full.fen <= total_fen:
        return spent, full
    reached = Rule("bonus", "price_reached", {"total_fen": total_fen})
    kept = money.whole_steps(total_fen - spent, step_fen)
    return min(total_fen - kept, most), Amount(kept, (*full.rules, reached), cut(full.each, kept))


def _least_reaching(worth: Callable[[int], int], total_fen: int, most_fen: int) -> int:
    """Return the least sum worth a total, or ``most_fen`` where none below it is; all in fen.

    What a sum is worth grows with it. Where a bonus is a rate, a line through two sums leads to within a few
    fen of the answer, so that a third of the sums are looked at that halving from the start looks at.
    """
    high, at_high = most_fen, worth(most_fen)
    low = max(0, total_fen - (at_high - most_fen))
    """No sum earns more than the most does, so none below this reaches the total."""
    if at_high < total_fen or low >= high:
        return most_fen
    at_low = worth(low)
    if at_low >= total_fen:
        return low
    near = low
    for step in (0, 0, -2, 2):
        if step == 0:
            near = low + (total_fen - at_low) * (high - low) // (at_high - at_low)
        tried = near + step
        if not low < tried < high:
            continue
        at_tried = worth(tried)
        if at_tried >= total_fen:
            high, at_high = tried, at_tried
        else:
            low, at_low = tried, at_tried
    return bisect_left(range(high), total_fen, low + 1, high, key=worth)


def highest_price(bonus_at: Callable[[int], int], available_fen: int) -> int:
    """Return the highest price in fen that a sum pays with its bonus, where the price decides the bonus.

    ``bonus_at`` tells the bonus on the whole sum at a price; it must not fall when the price rises. From the
    highest price there may be, each step goes down to what that price's bonus pays, until one is paid.
    """
    price = 2 * available_fen
    while (paid := available_fen + bonus_at(price)) < price:
        price = paid
    return price


def cut(each: tuple[tuple[str, int], ...], most_fen: int) -> tuple[tuple[str, int], ...]:
    """Return the parts of a sum of several bonuses cut to less, the last of them first."""
    kept = []
    for path, fen in each:
        kept.append((path, min(fen, most_fen)))
        most_fen -= kept[-1][1]
    return tuple(kept)


@dataclass(frozen=True)
class Terms:
    """On what terms a voucher earns a bonus: its policy's rule, the tier (None: no bonus), and its past."""

    rule: BonusRule
    tier: Tier | None
    face_fen: int
    old_area_m2: Decimal = Decimal(0)
    """The floor area of the home that was taken, ㎡."""
    past: Past = field(default_factory=Past)
    home_area_m2: Decimal | None = None
    """The floor area of the home that is bought, ㎡; None where it is not known yet."""
    home_district: frozenset[str] = frozenset()
    """The names of its district: the code, and ``own`` where it is the one that issued the voucher."""
    home_stage: str | None = None
    """Whether it is built, ``finished`` or ``presale``; None where that is not known."""
    home_kind: str = HOME
    """Which kind of stock it is."""
    compensation: Mapping[str, int] = field(default_factory=dict)
    """What its household was promised for the old home, by part, in fen, as far as vouchers were issued."""
    agreed_on: date | None = None
    """The day of the agreement behind it; None where nobody asks."""
    entitled: Entitled = NOTHING
    """What the agreements of its household entitle to, as far as vouchers were issued."""

    def after(self, spent_fen: int, bonus_fen: int) -> "Terms":
        """Return the terms for the next of several homes that are bought together."""
        counts_for = (self.rule.path,) if self.rule.is_on_earning and self.counts else ()
        return replace(self, past=self.past.plus(Past.own(spent_fen, bonus_fen, {}, counts_for=counts_for)))

    def earning(self, price_fen: int, home_earned_fen: int = 0, home_spent_fen: int = 0) -> Earning:
        """Return how the voucher earns its bonus on a home with a price, in fen.

        ``home_earned_fen`` is what vouchers before this one earn on the same home, ``home_spent_fen`` what
        those of its own household spend on it. A bonus of the face is
        earned once a voucher, of the old area once a household, of the price or the home's area once a home:
        each less what was earned before.
        """
        tier = self.tier
        if tier is None:
            return Earning(none_rule=self._no_tier())
        excluded = self._excluded()
        if excluded is not None:
            return Earning(none_rule=excluded)
        steps = tier.steps or (Step(tier.least_spent_bp, tier.rate_bp, tier.path, tier.is_above),)
        cap_fen, cap_rule = self.tightest_cap((*self.rule.caps, *tier.caps), price_fen, home_earned_fen)
        return Earning(
            rates=tuple(self._rate(step, tier, price_fen, home_earned_fen, home_spent_fen) for step in steps),
            spent_of="household" if self.rule.is_spent_of_household else "voucher",
            cap_fen=cap_fen,
            cap_rule=cap_rule,
            is_within_spent=self.rule.paid == "price",
            rounding=self.rule.rounding,
        )

    def cover(self, available_fen: int) -> int:
        """Return the highest price in fen that so much of the voucher pays with its bonus, alone."""
        caps = (*self.rule.caps, *(self.tier.caps if self.tier else ()))
        if self.rule.base != "price" and not any(cap.price_share_bp for cap in caps):
            return available_fen + self.earning(0).bonus(available_fen).fen
        return highest_price(lambda price: self.earning(price).bonus(available_fen).fen, available_fen)

    def _no_tier(self) -> Rule:
        """Return why no tier applies: the agreement is of other days, or it is not the time."""
        if self.rule is ONLY_CASH:
            return Rule("bonus.paid", "only_cash", {})
        agreed_on = self.agreed_on
        if agreed_on is None or self.rule.is_signed_then(agreed_on):
            return Rule(f"{self.rule.path}.tiers", "no_bonus", {})
        return Rule(f"{self.rule.path}.signed", "not_signed_then", {"day": agreed_on.isoformat()})

    def _excluded(self) -> Rule | None:
        """Return why this home earns nothing of the bonus; None where it does."""
        rule, path = self.rule, self.rule.path
        if not rule.is_for_face(self._size.fen):
            return Rule(f"{path}.face_size", "not_for_face", {"face_fen": self._size.fen})
        brings_more = rule.is_on_earning and self.past.spent_for(path) > 0
        not_for = self._not_for_home()
        if not_for is not None and not brings_more:
            return not_for
        of_household = rule.first_homes_of == "household"
        bought = self.past.household_homes if of_household else self.past.homes
        if rule.first_homes is not None and bought >= rule.first_homes:
            return Rule(f"{path}.first_homes", "not_first_home", {"bought": bought, "most": rule.first_homes})
        return None

    def _not_for_home(self) -> Rule | None:
        """Return why the bonus is not for such a home; None where it is."""
        rule, path = self.rule, self.rule.path
        if not rule.is_for(self.home_area_m2):
            return Rule(f"{path}.home_area", "not_for_area", {"area_m2": str(self.home_area_m2)})
        if not rule.is_in(self.home_district):
            return Rule(f"{path}.areas", "not_in_area", {"district": ", ".join(sorted(self.home_district))})
        if rule.stage is not None and rule.stage != self.home_stage:
            return Rule(f"{path}.stage", "not_at_stage", {"stage": self.home_stage or "not known"})
        if rule.is_on_earning and not rule.is_for_kind(self.home_kind):
            return Rule(f"{path}.tiers", "no_bonus", {})
        return None

    @property
    def counts(self) -> bool:
        """Whether what is spent on this home is what a bonus on the homes that it is for is of."""
        return self._not_for_home() is None

    def _least_fen(self, reach: Reach, home_spent_fen: int) -> int:
        """Return what must be spent now until so much of the face is: the voucher's, or the household's."""
        past = self.past
        if self.rule.is_spent_of_household:
            return reach.least_fen(past.household_face_fen, past.household_spent_fen + home_spent_fen)
        return reach.least_fen(self.face_fen + past.rest, past.spent_fen + past.rest)

    def _rate(
        self, step: Step, tier: Tier, price_fen: int, home_earned_fen: int, home_spent_fen: int
    ) -> Rate:
        """Return what one step of the tier earns: the only one, where the tier has a single rate."""
        least_fen = self._least_fen(step.reach, home_spent_fen)
        sizes = tier.brackets and tier.brackets.at(self.face_fen + self.past.rest).in_small(self._size.part)
        base, figures = self.rule.base, dict[str, int | str](rate_bp=step.rate_bp)
        path, code = (sizes.path, sizes.code) if sizes else (step.path, base)
        if sizes:
            figures = {"base": base, "rates": sizes.told, **self._size.told}
        inside = self._inside()
        if inside is not None:
            figures |= inside.figures
        if base == "spent":
            part = None if inside is None else inside.share
            rule = Rule(path, code if inside is None else "spent_inside", figures)
            return Rate(least_fen, rule, step.rate_bp, brackets=sizes, part=part)
        if tier.interest is not None and tier.held is not None:
            first, last = tier.held
            bears = partial(tier.interest.until_lock, first=first, last=last, least_fen=least_fen)
            return Rate(least_fen, Rule(tier.path, "held", {}), interest=bears)
        before = self._before(home_earned_fen)
        if base == "spent_total":
            earned, earlier_fen, told = self.past.earned_on_all_fen, *self._spent_before()
            figures |= {"before_fen": ceil(earned), **told}
            figures |= {} if earned == ceil(earned) else {"before": str(earned)}
            counts = not self.rule.is_on_earning or self.counts
            rule = Rule(path, code if sizes or not self.rule.is_on_earning else "spent_earning", figures)
            return Rate(least_fen, rule, step.rate_bp, None, earlier_fen, earned, sizes, counts=counts)
        whole = self._whole(step.rate_bp, tier, price_fen)
        if self.rule.vat_bp:
            code = "net_price" if code == base else code
            figures |= {"net_price_fen": self._taken_of(price_fen), "vat_bp": self.rule.vat_bp}
        if inside is not None:
            code = f"{code}_inside"
        if base == "compensation":
            figures |= {"compensation_fen": part_of(self.compensation, self.rule.parts)}
        figures |= {"fen_per_m2": tier.fen_per_m2} if not sizes else {}
        least = self._of_voucher(tier.least_fen, base == "face")
        if 0 < whole < least:
            path, code, whole, figures = f"{tier.path}.least_yuan", "at_least", least, {}
        figures |= {"whole_fen": whole, "before_fen": before}
        return Rate(least_fen, Rule(path, code, figures), whole_fen=max(0, whole - before))

    def _spent_before(self) -> tuple[int | Fraction, dict[str, int | str]]:
        """Return what was spent before and counts once more, in fen, and what tells of it."""
        past, told = self.past, self._size.told
        if not self.rule.is_on_earning:
            return past.spent_fen + past.rest, {"earlier_fen": past.spent_fen, **told}
        earlier = past.spent_for(self.rule.path)
        told = {name: one for name, one in told.items() if name != "rest"}
        told |= {"rest": str(earlier % 1)} if earlier % 1 else {}
        return earlier, {"earlier_fen": floor(earlier), "counts": int(self.counts), **told}

    def _whole(self, rate_bp: int, tier: Tier, price_fen: int) -> int:
        """Return the bonus of a base that is not a sum spent, in fen, rounded down."""
        base = self.rule.base
        if base in ("face", "price", "compensation"):
            of_fen = {"face": self._size.bonus_face_fen, "price": self._taken_of(price_fen)}.get(base)
            of_fen = part_of(self.compensation, self.rule.parts) if of_fen is None else of_fen
            if tier.brackets:
                exact_fen = self._size.exact_bonus_face_fen if base == "face" else of_fen
                return tier.brackets.in_small(self._size.part).of(exact_fen)
            inside = self._inside()
            return _share(of_fen, rate_bp, None if inside is None else inside.share)
        if base == "fixed":
            return self._of_voucher(tier.fixed_fen, self.rule.per == "voucher")
        if base == "residents":
            return tier.fen_per_m2 * self.entitled.residents
        areas = {"old_area": self.old_area_m2, "entitled_area": self.entitled.m2}
        return money.area_floor(tier.fen_per_m2, areas.get(base, self.home_area_m2 or Decimal(0)))

    def _inside(self) -> Inside | None:
        """Return how much of the home lies within the ㎡ that earn; None where all of them do."""
        within = self.rule.within
        if within is None:
            return None
        most_m2 = within.most_m2(
            old_m2=self.old_area_m2, entitled_m2=self.entitled.m2, residents=self.entitled.residents
        )
        used_m2 = within.used_m2(dict(self.past.shared_m2))
        return Inside.of(self.home_area_m2 or Decimal(0), most_m2, used_m2)

    @property
    def _size(self) -> Size:
        return Size(self.face_fen, self.past.parted, self.rule.base)

    def _of_voucher(self, fen: int, is_of_voucher: bool) -> int:
        """Return a sum that the policy says, in fen; of one for a voucher what this one has of it."""
        return self.past.part_of(fen) if is_of_voucher else fen

    def _taken_of(self, price_fen: int) -> int:
        """Return what of a price a share is taken of, in fen: without its tax where the policy says so."""
        return money.without_tax(price_fen, self.rule.vat_bp)

    def _before(self, home_earned_fen: int) -> int:
        base = self.rule.base
        once = self.rule.per if base == "fixed" else ONCE_A.get(base, "home")
        return self.earned_of(once, home_earned_fen, by_agreements=True)

    def earned_of(self, whom: str, home_earned_fen: int, *, by_agreements: bool = False) -> int:
        """Return what was earned before of what is limited for a voucher, a household or a home, in fen.

        Of a household that is known ``by_agreements`` with any voucher over these, whoever holds it.
        """
        if whom == "voucher":
            return self.past.earned_fen
        if whom == "household":
            past = self.past
            before_fen = past.shared_earned_fen if by_agreements else past.household_earned_fen
            return before_fen + home_earned_fen
        return home_earned_fen

    def tightest_cap(
        self, caps: tuple[Cap, ...], price_fen: int, home_earned_fen: int
    ) -> tuple[int | None, Rule | None]:
        """Return what the tightest cap leaves, in fen, with its rule; None twice where there is no cap."""
        left: list[tuple[int, Rule]] = []
        for cap in caps:
            of_fen = part_of(self.compensation, cap.parts)
            limit = cap.limit_fen(
                self._size.bonus_face_fen,
                price_fen,
                self.old_area_m2,
                self.entitled,
                self.home_area_m2,
                self.past.household_face_fen,
                of_fen,
            )
            limit = self._of_voucher(limit, cap.of == "voucher" and cap.share_bp is None)
            earned = self.earned_of(cap.of, home_earned_fen, by_agreements=cap.is_of_agreements)
            figures: dict[str, int | str] = {"limit_fen": limit, "before_fen": earned}
            figures |= {} if cap.compensation_share_bp is None else {"compensation_fen": of_fen}
            left.append((max(0, limit - earned), Rule(cap.path, f"cap_{cap.of}", figures)))
        return min(left, key=lambda pair: pair[0], default=(None, None))


def _share(of_fen: int | Fraction, rate_bp: int, part: Fraction | None) -> int:
    """Return the rate of a sum, or of a part of it, in fen, rounded down once."""
    if part is None:
        return money.share_floor(of_fen, rate_bp)
    return money.share_of_part_floor(of_fen, rate_bp, part)
