"""Putting a quote together: reads what it is made of, writes nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ARRAY, BigInteger, Text, any_, bindparam, select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.core.errors import Conflict, DomainError, NotFound
from app.core.money import share_ceil
from app.core.prepared import Prepared
from app.homes.models import Home
from app.homes.promotions import lowest_net, opened
from app.identity.models import District
from app.policies.answers import Amount
from app.policies.joint import PurchaseTerms
from app.policies.later import with_days
from app.policies.past import Past
from app.policies.rules import Policy
from app.policies.tiers import BonusRule
from app.redemptions import contract, kin, queries
from app.redemptions.beside import Beside, find_bought, is_space, may_pay, of_snapshot
from app.redemptions.errors import (
    FirstPurchaseLow,
    HomesFull,
    HomeUnfit,
    StockShut,
    VoucherNotUsable,
    VoucherShareLow,
)
from app.redemptions.market import Market, Priced, facts_of
from app.redemptions.models import KinConsent
from app.redemptions.past import advance, counts_past, place_of_bonus, terms_of
from app.redemptions.rules import Part, Source, common_kinds, fill, strictest
from app.redemptions.snapshot import (
    BonusSeen,
    PartSeen,
    PricesSeen,
    PromotionSeen,
    Snapshot,
    rules_at,
)
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, purses_by_id


@dataclass(frozen=True, slots=True)
class Chosen:
    """A voucher chosen to pay, as the homes before this one left it; sums in fen.

    ``limit_fen`` is the most to spend of it (None: all it has), ``before`` what those homes took and earned.
    ``consents`` are those of another household, by home id: it pays for these homes alone (None: an own one).
    """

    purse: WalletVoucher
    available_fen: int
    limit_fen: int | None
    before: Past = field(default_factory=Past)
    consents: Mapping[int, KinConsent] | None = None

    def for_home(self, home_id: int, terms: PurchaseTerms, *, is_full: bool) -> "Choice":
        """Return the voucher as it pays for one home; of a consent no more than its sum is seen."""
        if self.consents is None:
            return Choice(self.purse, self.available_fen, 0 if is_full else self.limit_fen, terms)
        consent = self.consents.get(home_id)
        available_fen = min(self.available_fen, consent.most_fen) if consent and not is_full else 0
        limit_fen = self.limit_fen and min(self.limit_fen, available_fen)
        return Choice(self.purse, available_fen, limit_fen, terms, consent)


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen voucher with the terms on which it earns a bonus on one home."""

    purse: WalletVoucher
    available_fen: int
    limit_fen: int | None
    terms: PurchaseTerms
    consent: KinConsent | None = None

    @property
    def source(self) -> Source:
        """The choice as the rules see it."""
        terms = self.terms
        limits, owner = terms.limits, self.purse.household_id
        return Source(self.purse.ref, self.available_fen, self.limit_fen, terms.priced, limits, owner)

    def demand_fit(self, area_m2: Decimal, price_fen: int) -> None:
        """Raise HomeUnfit for a home that the voucher, if it can pay anything, buys not by area or price."""
        rule = self.terms.unfit(area_m2, price_fen)
        if rule is not None and self.available_fen and self.limit_fen != 0:
            raise HomeUnfit(self.purse.ref, rule)


def choose(
    session: Session,
    *,
    actor: Actor,
    home_ids: Collection[int],
    parts: Sequence[tuple[str, int | None]],
    moment: datetime,
    wallet: Sequence[WalletVoucher] = (),
) -> list[Chosen]:
    """Return the acting household's vouchers, and those it has consents for, once each may pay, in order.

    ``wallet`` are vouchers of its own that were read in this transaction; others are read. Raises as
    ``service.quote`` does about vouchers.
    """
    refs = [ref for ref, _ in parts]
    if not refs:
        raise DomainError("voucher_not_chosen", "vouchers")
    if len(set(refs)) < len(refs):
        raise DomainError("voucher_chosen_twice", "vouchers")
    consents: dict[int, dict[int, KinConsent]] = {}
    for consent in kin.given(session, household_id=actor.household, home_ids=home_ids, moment=moment):
        consents.setdefault(consent.voucher_id, {})[consent.home_id] = consent
    purse_by_ref = {purse.ref: purse for purse in wallet if purse.ref in refs}
    more = [ref for ref in refs if ref not in purse_by_ref]
    if more:
        asked = {"district_id": actor.district, "household_id": actor.household, "consented": list(consents)}
        payable = [row[0] for row in _PAYABLE.rows(session, **asked, refs=more)]
        purse_by_ref.update((purse.ref, purse) for purse in purses_by_id(session, payable))
    if purse_by_ref.keys() != set(refs):
        raise NotFound("voucher_gone", "vouchers")
    chosen = [
        Chosen(purse, purse.available_fen, limit_fen, consents=consents.get(purse.id))
        for purse, limit_fen in ((purse_by_ref[ref], limit_fen) for ref, limit_fen in parts)
    ]
    for one in chosen:
        _check(one, moment)
    return chosen


_PAYABLE: Final = Prepared(
    select(Voucher.id).where(
        Voucher.ref == any_(bindparam("refs", type_=ARRAY(Text))),
        (Voucher.household_id == bindparam("household_id"))
        | (Voucher.id == any_(bindparam("consented", type_=ARRAY(BigInteger)))),
        Voucher.district_id == bindparam("district_id"),
    )
)


def _check(chosen: Chosen, moment: datetime) -> None:
    purse, limit = chosen.purse, chosen.limit_fen
    if moment >= purse.expires_at:
        raise VoucherNotUsable("voucher_lapsed", purse.ref)
    if purse.is_stopped:
        raise VoucherNotUsable("voucher_stopped", purse.ref)
    if purse.is_moving or purse.moved_fen:
        raise VoucherNotUsable("voucher_moving", purse.ref)
    if purse.ending is not None:
        raise VoucherNotUsable("voucher_ending", purse.ref)
    if purse.available_fen == 0:
        raise VoucherNotUsable("voucher_empty", purse.ref)
    if limit is not None and not 0 < limit <= purse.available_fen:
        raise VoucherNotUsable("voucher_limit", purse.ref)


def at_home(
    session: Session,
    *,
    actor: Actor,
    home: Home,
    chosen: Sequence[Chosen],
    moment: datetime,
    beside: Beside | None,
) -> list[Choice]:
    """Return the vouchers with their terms for one home, or for a space ``beside`` one, once each may pay.

    A voucher that may buy no more homes because of those before in the basket gives nothing to this one, nor
    to a space one that does not pay for its home, or to one alone if its policy wants a home. Raises
    VoucherNotUsable for a kind, an area or a number of homes or spaces that its policy does not buy, Conflict
    for a space that cannot stand beside that home, or alone.
    """
    if not any(may_pay(one.purse, home, beside) for one in chosen):
        raise Conflict("space_alone" if beside is None else "space_vouchers_other")
    purse_of = [one.purse for one in chosen]
    own_code = session.get_one(District, actor.district).code
    place = place_of_bonus(home, own=own_code)
    terms_by_id = terms_of(session, purse_of, place=place, moment=moment)
    choices, is_home = [], not is_space(home)
    for one in chosen:
        purse, terms = one.purse, terms_by_id[one.purse.id]
        if not may_pay(purse, home, beside):
            choices.append(one.for_home(home.id, terms.after(one.before), is_full=True))
            continue
        if home.kind not in purse.policy.usable_on:
            raise VoucherNotUsable("voucher_not_for_kind", purse.ref)
        _demand_place(purse, home, own_code)
        if is_home and not terms.may_buy_more.allowed:
            raise HomesFull(purse.ref, terms.may_buy_more.rule)
        terms = terms.after(one.before)
        is_full = is_home and not terms.may_buy_more.allowed
        choices.append(one.for_home(home.id, terms, is_full=is_full))
    if beside is not None:
        beside.demand(home, purse_of)
    return choices


def _demand_place(purse: WalletVoucher, home: Home, own_code: str) -> None:
    """Raise VoucherNotUsable where a policy names other districts and developments."""
    at = home.development
    if not purse.policy.buys_in(at.district.code, own=own_code, development=at.ref, kind=home.kind).allowed:
        raise VoucherNotUsable("voucher_not_for_area", purse.ref)


def after_home(chosen: Sequence[Chosen], bought: Snapshot) -> list[Chosen]:
    """Return the vouchers as a home leaves them for the next one of the basket."""
    owners = {one.purse.id: one.purse.household_id for one in chosen}
    origin_of = {part.voucher_id: part.past.origin for part in bought.parts if part.past}
    known = {one.purse.id: replace(one.before, origin=origin_of.get(one.purse.id, 0)) for one in chosen}
    stand_on = {one.purse.id: one.purse.agreed_by for one in chosen}
    before = advance(known, bought.parts, owners, stand_on, home=bought.home)
    return [
        Chosen(
            purse=one.purse,
            available_fen=one.available_fen - part.spent_fen,
            limit_fen=None if one.limit_fen is None else one.limit_fen - part.spent_fen,
            before=before[one.purse.id],
            consents=one.consents,
        )
        for one, part in zip(chosen, bought.parts, strict=True)
    ]


def outcomes(
    session: Session,
    *,
    actor: Actor,
    homes: Sequence[Home],
    chosen: Sequence[Chosen],
    market: Market,
    beside: Mapping[str, str],
) -> list[Snapshot | DomainError]:
    """Return for each of several homes and spaces what a quote would freeze now, or why it cannot be had.

    Each gets what those before it left of the vouchers; one that cannot be had takes nothing. ``beside`` says
    of each space, by reference, beside which home: one in front of it, or one that the household has bought.
    """
    found: list[Snapshot | DomainError] = []
    known = find_bought(session, actor=actor, home_refs=set(beside.values()))
    bought = {
        ref: own for ref, (redemption, own) in known.items() if not queries.is_over(redemption, market.moment)
    }
    for place, home in enumerate(homes, start=1):
        try:
            one = freeze_now(
                session,
                actor=actor,
                home=home,
                chosen=chosen,
                market=market,
                place=place,
                of=len(homes),
                beside=_beside(home, beside, bought),
            )
        except NotFound:
            raise
        except DomainError as error:
            found.append(error)
            continue
        chosen = after_home(chosen, one)
        if one.is_home:
            bought[home.ref] = of_snapshot(home, one)
        elif one.beside is not None:
            bought[one.beside.home_ref] = bought[one.beside.home_ref].with_space()
        found.append(one)
    return found


def _beside(home: Home, beside: Mapping[str, str], bought: Mapping[str, Beside]) -> Beside | None:
    """Return beside what a space is to be bought, None for a home and for a space alone. Raises Conflict."""
    if not is_space(home) or home.ref not in beside:
        return None
    if beside[home.ref] not in bought:
        raise Conflict("space_home_not_bought")
    return bought[beside[home.ref]]


def freeze_now(
    session: Session,
    *,
    actor: Actor,
    home: Home,
    chosen: Sequence[Chosen],
    market: Market,
    place: int,
    of: int,
    beside: Beside | None = None,
) -> Snapshot:
    """Return what a quote of a home freezes at the market's prices.

    ``beside`` is the home that a space is bought beside.

    Raises Conflict when the home is not listed in the household's district, locked or sold; else as
    ``at_home`` and ``freeze``.
    """
    moment, prices = market.moment, market.demand(session, home)
    choices = at_home(session, actor=actor, home=home, chosen=chosen, moment=moment, beside=beside)
    frozen = freeze(home, prices, choices, moment, place=place, of=of, buyers=market.buyers)
    return frozen if beside is None else replace(frozen, beside=beside.seen([one.purse for one in chosen]))


def freeze(
    home: Home,
    prices: Priced,
    choices: Sequence[Choice],
    moment: datetime,
    *,
    place: int,
    of: int,
    buyers: Sequence[str],
) -> Snapshot:
    """Return what the household is shown, whole; its price is the voucher price less the promotions it gets.

    It is the home at ``place`` of ``of`` in a basket; ``buyers`` are to stand in the contract. Raises
    Conflict while one of the three prices is missing, or where a policy lets nobody add what is missing;
    HomeUnfit, StockShut, VoucherShareLow when vouchers pay too little, FirstPurchaseLow, PriceOutsidePolicy.
    """
    if prices.filed is None or prices.cash is None or prices.voucher is None:
        raise Conflict("home_not_listed")
    net = lowest_net(prices.voucher.amount_fen, opened(prices.deals))
    plan = fill(net.payable_fen, [choice.source for choice in choices])
    for choice in choices:
        choice.demand_fit(home.area_m2, plan.price_fen)
    waiting = [(choice.purse.ref, rule) for choice in choices if (rule := choice.terms.limits.shut)]
    if waiting and not plan.spent_fen:
        raise StockShut(*waiting[0])
    policies = [choice.purse.policy for choice in choices]
    contract.check_bounds(policies, filed_fen=prices.filed.amount_fen, price_fen=plan.price_fen)
    if plan.top_up_fen and not common_kinds(policies):
        raise Conflict("top_up_not_allowed")
    least_share_bp = max(policy.least_share_bp for policy in policies)
    if not plan.spent_fen or plan.is_short_of(least_share_bp):
        least_fen = share_ceil(plan.price_fen, least_share_bp)
        raise VoucherShareLow(paid_fen=plan.price_fen - plan.top_up_fen, least_fen=least_fen)
    for choice, part in zip(choices, plan.parts, strict=True):
        if 0 < part.spent_fen < choice.terms.least_fen:
            raise FirstPurchaseLow(part.ref, spent_fen=part.spent_fen, least_fen=choice.terms.least_fen)
    paying = zip(choices, plan.parts, strict=True)
    cash = with_days(
        plan.price_fen,
        [(part.spent_fen, choice.terms, choice.purse.household_id) for choice, part in paying],
        clock.legal_day(moment),
    )
    return Snapshot(
        home=facts_of(home),
        prices=PricesSeen(prices.filed, prices.cash, prices.voucher),
        parts=tuple(_part(*one) for one in zip(choices, plan.parts, cash, strict=True)),
        price_fen=plan.price_fen,
        top_up_fen=plan.top_up_fen,
        hold_until=min(choice.purse.hold_until(moment, home.kind) for choice in choices),
        hold_homes=strictest(policy.hold_homes for policy in policies),
        hold_spaces=strictest(policy.hold_spaces for policy in policies),
        promotions=tuple(
            PromotionSeen(deal.promotion_id, deal.kind, deal.title, deal.off(net.listed_fen), deal.worth_fen)
            for deal in net.deals
        ),
        net_fen=net.fen,
        place=place,
        of=of,
        buyers=tuple(buyers),
    )


def _part(choice: Choice, part: Part, cash: Sequence[tuple[BonusRule, Amount]]) -> PartSeen:
    purse, terms = choice.purse, choice.terms
    first = (*purse.policy.priced, *purse.policy.bonuses)[0]
    tier = terms.tiers[first.path]
    return PartSeen(
        voucher_id=purse.id,
        voucher_ref=purse.ref,
        voucher_expires_at=purse.expires_at,
        policy_version_id=purse.policy_version_id,
        policy_code=purse.policy.code,
        policy_title=purse.policy.title,
        policy_source=purse.policy.source,
        available_fen=choice.available_fen,
        limit_fen=choice.limit_fen,
        spent_fen=part.spent_fen,
        bonus_fen=part.bonus_fen,
        leftover_fen=part.leftover_fen,
        rate_bp=tier.rate_bp if tier else 0,
        rate_last_day=tier.last_day if tier else None,
        next_rate_bp=tier.next_rate_bp if tier else 0,
        next_from=tier.next_from if tier else None,
        base=first.base,
        rules=part.rules,
        past=terms.past if counts_past(purse) else None,
        kin=kin.seen(choice.consent) if choice.consent else None,
        each=_each(terms.policy, part, cash),
        counts_for=terms.counts_for,
    )


def _each(policy: Policy, part: Part, cash: Sequence[tuple[BonusRule, Amount]]) -> tuple[BonusSeen, ...]:
    """Return what each bonus gives, those in cash last; nothing of a policy with one, towards the price."""
    if len(policy.priced) == 1 and not policy.more_bonuses:
        return ()
    earned = dict(part.each) or {rule.path: part.bonus_fen for rule in policy.priced}
    return (
        *(
            BonusSeen(
                rule.path, rule.base, rule.paid, earned.get(rule.path, 0), rules_at(part.rules, rule.path)
            )
            for rule in policy.priced
        ),
        *(BonusSeen(rule.path, rule.base, rule.paid, found.fen, found.rules) for rule, found in cash),
    )
