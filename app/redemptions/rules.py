"""How vouchers pay for a home: pure.

Vouchers are spent in the order chosen. Each earns its bonus on its own policy's terms, rounded down; the
household adds what is missing. So spent + bonus + top-up is the price, to the fen.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from app.core import clock
from app.core.money import share_ceil, share_floor
from app.policies.bonus import Terms
from app.policies.joint import JointTerms
from app.policies.limits import NO_LIMITS, Limits
from app.policies.rules import Policy, Rule

QUOTE_LASTS: Final = timedelta(minutes=30)
"""Our own choice: long enough to read a page twice and call a daughter, short enough to be true."""


@dataclass(frozen=True, slots=True)
class Source:
    """A voucher as it may be spent: sums in fen (``limit_fen`` None: no limit), and what earns its bonus."""

    ref: str
    available_fen: int
    limit_fen: int | None
    terms: Terms | JointTerms
    limits: Limits = NO_LIMITS
    """How much of its face, and of the price, its policy lets it pay."""
    owner: int | str = 0
    """Whose it is: what one household's vouchers may pay together is less by what those before it pay."""

    @property
    def most_fen(self) -> int:
        """The most that may be spent of it."""
        return self.most_after(0)

    def most_after(self, spent_fen: int, home_fen: int = 0) -> int:
        """Return the most that may be spent of it once others of its household pay so much, and all others.

        ``home_fen`` is what whoever pays before it spends on the same home.
        """
        shared, of_home = self.limits.shared_fen, self.limits.home_fen
        left_fen = None if shared is None else max(0, shared - spent_fen)
        home_left_fen = None if of_home is None else max(0, of_home - home_fen)
        limits = (self.available_fen, self.limit_fen, self.limits.most_fen, left_fen, home_left_fen)
        return min(limit for limit in limits if limit is not None)


@dataclass(frozen=True, slots=True)
class Part:
    """What one voucher gives, in fen; nothing, when those before it were enough."""

    ref: str
    spent_fen: int
    bonus_fen: int
    leftover_fen: int
    rules: tuple[Rule, ...]
    """Which rules made the bonus."""
    each: tuple[tuple[str, int], ...] = ()
    """The bonuses by their paths, in fen, where a policy has several."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A price paid: every voucher's part in the order chosen, and what the household adds, in fen."""

    price_fen: int
    parts: tuple[Part, ...]
    top_up_fen: int

    @property
    def spent_fen(self) -> int:
        """What the vouchers spend."""
        return sum(part.spent_fen for part in self.parts)

    @property
    def bonus_fen(self) -> int:
        """What the district adds."""
        return sum(part.bonus_fen for part in self.parts)

    def is_short_of(self, share_bp: int) -> bool:
        """Tell whether vouchers and bonus pay less than a share (ten-thousandths) of the price."""
        return self.price_fen - self.top_up_fen < share_ceil(self.price_fen, share_bp)


MOST_HOMES_IN_BASKET: Final = 10
"""Our own choice: more than anybody buys at once, few enough for one page."""


def is_full(holding: int, most: int | None, *, more: int = 1) -> bool:
    """Tell whether a household that holds so many homes may not hold ``more`` besides (None: no limit)."""
    return most is not None and holding + more > most


def strictest(limits: Iterable[int | None]) -> int | None:
    """Return the lowest of several limits; None when none of them is one."""
    return min((limit for limit in limits if limit is not None), default=None)


def loosest(limits: Iterable[int | None]) -> int | None:
    """Return the highest of several limits; None when one of them, or all there are, is no limit."""
    known = list(limits)
    return None if None in known else max((limit for limit in known if limit is not None), default=None)


def fill(price_fen: int, sources: Sequence[Source]) -> Plan:
    """Return how the vouchers pay a price (fen), each as far as it may and is needed.

    Where policies let vouchers pay only a share of the price, rounded down, the tightest of them holds.
    """
    limits = [source.limits for source in sources]
    tightest = min(limits, key=lambda one: one.price_share_bp, default=NO_LIMITS)
    payable = share_floor(price_fen, tightest.price_share_bp)
    missing, earned, each = payable, 0, Counter[str]()
    spent_of = Counter[int | str]()
    parts = []
    for source in sources:
        before = spent_of[source.owner]
        earning = (
            source.terms.earning(price_fen, earned, before, each)
            if isinstance(source.terms, JointTerms)
            else source.terms.earning(price_fen, earned, before)
        )
        others = spent_of.total()
        spent, bonus = earning.part_before_bonus(missing, source.most_after(before, others))
        spent_of[source.owner] += spent
        missing -= spent + bonus.fen
        earned += bonus.fen
        each.update(dict(bonus.each))
        leftover_fen = source.available_fen - spent
        rules = [*bonus.rules, *_binding(source, spent, missing, before, others)]
        if not missing and payable < price_fen and spent and tightest.price_rule:
            rules.append(tightest.price_rule)
        parts.append(Part(source.ref, spent, bonus.fen, leftover_fen, tuple(rules), bonus.each))
    return Plan(price_fen, tuple(parts), missing + price_fen - payable)


def _binding(
    source: Source, spent_fen: int, missing_fen: int, before_fen: int, others_fen: int
) -> list[Rule]:
    """Return the limit by which a voucher pays no more of what is missing: of its face, household or home.

    ``before_fen`` is what others of its household pay for the same home, ``others_fen`` what all others do.
    """
    limit = source.limits
    if missing_fen <= 0 or spent_fen >= source.available_fen:
        return []
    if limit.most_rule and spent_fen == limit.most_fen:
        return [limit.most_rule]
    if limit.home_rule and limit.home_fen is not None and spent_fen == max(0, limit.home_fen - others_fen):
        return [limit.home_rule]
    if (
        limit.shared_rule
        and limit.shared_fen is not None
        and spent_fen == max(0, limit.shared_fen - before_fen)
    ):
        figures = limit.shared_rule.figures
        if "before_fen" not in figures:
            return [limit.shared_rule]
        told = {**figures, "before_fen": int(figures["before_fen"]) + before_fen}
        return [replace(limit.shared_rule, figures=told)]
    return []


def obstacle(*, status: str, listing_state: str | None, is_overdue: bool) -> str | None:
    """Return the code of what keeps a district's households from a home; None when it is free for them.

    ``status`` is the home's, ``listing_state`` that of its place in the district's pool (None: it has none);
    a hold that is overdue, past its deadline without a contract, is no obstacle.
    """
    if status == "sold":
        return "home_sold"
    if listing_state != "listed":
        return "home_not_listed"
    return "home_locked" if status == "locked" and not is_overdue else None


def common_kinds(policies: Iterable[Policy]) -> frozenset[str]:
    """Return what a household's own money may be where vouchers of these policies pay: what each allows."""
    return frozenset.intersection(*(policy.top_ups for policy in policies))


TOP_UP_OWNER: Final = "redemption:"
"""What payments call the top-up of a redemption begins so; its id follows."""


def top_up_owner(redemption_id: int) -> str:
    """Return what payments call the top-up of a redemption."""
    return f"{TOP_UP_OWNER}{redemption_id}"


def redemption_of(owner: str) -> int:
    """Return the id of the redemption that a top-up is for. Raises ValueError for another owner."""
    return int(owner.removeprefix(TOP_UP_OWNER))


ANSWER_WORKING_DAYS: Final = 3
"""Our own choice: so many working days a developer has to tell a household when to come and sign."""


def answer_by(locked_at: datetime) -> datetime:
    """Return from when on a developer has missed its answer to a lock: 24:00 of a working day, in UTC."""
    return clock.end_of_day(clock.add_working_days(clock.legal_day(locked_at), ANSWER_WORKING_DAYS))


def quote_expires_at(made_at: datetime) -> datetime:
    """Return until when a quote made at a moment can be locked.

    Never past midnight: a bonus tier, a voucher or a day of the hold may end there, so within its life a
    quote stays true whatever its hour.
    """
    return min(made_at + QUOTE_LASTS, clock.end_of_day(clock.legal_day(made_at)))
