"""What a frozen quote would have been at another price, by the policies it was made under: reads only."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from typing import TypeAlias

from sqlalchemy.orm import Session

from app.core import clock
from app.identity.models import District
from app.policies.answers import Amount
from app.policies.later import decided, with_days
from app.policies.past import Past
from app.policies.tiers import BonusRule
from app.redemptions import cash_queries, snapshot
from app.redemptions.cash_states import State
from app.redemptions.changing import Share, Sums
from app.redemptions.models import Redemption
from app.redemptions.past import place_of_bonus, terms_of
from app.redemptions.rules import Plan, Source, fill
from app.vouchers.queries import purses_by_id


def present(session: Session, redemption: Redemption) -> Sums:
    """Return who pays for a purchase now, each voucher in the order in which it pays.

    A bonus in cash of which a later day left nothing is owed no more, and goes back no second time.
    """
    lost = {
        bonus.allocation_id
        for bonus in cash_queries.list_of(session, redemption)
        if bonus.state == State.TAKEN_BACK
    }
    shares = tuple(
        Share(
            part.voucher_id,
            part.present_spent_fen,
            part.present_bonus_fen,
            0 if part.id in lost else part.present_cash_fen,
        )
        for part in redemption.allocations
    )
    return Sums(shares, redemption.present_top_up_fen)


Planner: TypeAlias = Callable[[int, date | None], Sums | None]


def planner(session: Session, redemption: Redemption) -> Callable[[int], Sums | None]:
    """Return what tells who would have paid another price (fen) by the frozen quote and its policies.

    It answers None where the quote cannot be worked out again to the fen, so that nothing is told by it.
    """
    plan = planner_on(session, redemption)
    return lambda price_fen: plan(price_fen, None)


def planner_on(session: Session, redemption: Redemption) -> Planner:
    """Return the same that is asked with a day: bonus in cash is what it brings where a later day decides.

    Without one that is promised at most.
    """
    quote = redemption.quote
    frozen = snapshot.read(quote.snapshot)
    by_id = {purse.id: purse for purse in purses_by_id(session, [part.voucher_id for part in frozen.parts])}
    if len(by_id) < len(frozen.parts):
        return lambda _price_fen, _day: None
    own = session.get_one(District, redemption.district_id).code
    seen = frozen.home
    place = replace(place_of_bonus(redemption.home, own=own), area_m2=seen.area_m2, stage=seen.stage)
    terms = terms_of(session, by_id.values(), place=place, moment=quote.made_at)
    terms = {
        part.voucher_id: replace(terms[part.voucher_id], past=part.past or Past()) for part in frozen.parts
    }
    owners = {
        part.voucher_id: part.kin.household_id if part.kin else redemption.household_id
        for part in frozen.parts
    }
    sources = [
        Source(
            part.voucher_ref,
            part.available_fen,
            part.limit_fen,
            own.priced,
            own.limits,
            owners[part.voucher_id],
        )
        for part, own in ((part, terms[part.voucher_id]) for part in frozen.parts)
    ]
    allocated = [part.voucher_id for part in redemption.allocations]

    def sums(plan: Plan, day: date | None = None) -> Sums:
        paying = [
            (one.spent_fen, terms[part.voucher_id], owners[part.voucher_id])
            for part, one in zip(frozen.parts, plan.parts, strict=True)
        ]
        cash = with_days(plan.price_fen, paying, clock.legal_day(quote.made_at))
        paid = {
            part.voucher_id: Share(part.voucher_id, one.spent_fen, one.bonus_fen, _cash(earned, day))
            for part, one, earned in zip(frozen.parts, plan.parts, cash, strict=True)
        }
        return Sums(tuple(paid[voucher_id] for voucher_id in allocated), plan.top_up_fen)

    locked = Sums(
        tuple(
            Share(part.voucher_id, part.spent_fen, part.bonus_fen, part.cash_fen)
            for part in redemption.allocations
        ),
        redemption.top_up_fen,
    )
    if sums(fill(redemption.price_fen, sources)) != locked:
        return lambda _price_fen, _day: None
    return lambda price_fen, day: sums(fill(price_fen, sources), day)


def _cash(earned: Iterable[tuple[BonusRule, Amount]], day: date | None) -> int:
    """Return what is earned in cash, on a day or at most, in fen."""
    brought = ((amount, None if day is None else decided(amount.rules, day)) for _rule, amount in earned)
    return sum(amount.fen if fen is None else fen for amount, fen in brought)
