"""Issuing vouchers, and buying homes with them, in a simulation."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from app.core import clock
from app.core.money import share_ceil, share_floor
from app.policies.answers import Amount
from app.policies.beyond import beyond, runs_on
from app.policies.faces import face_of
from app.policies.fitting import BoughtBefore, unfit
from app.policies.joint import PurchaseTerms
from app.policies.later import decided, with_days
from app.policies.limits import MOST_NUMBER, ONLY_AFTER
from app.policies.rules import Milestones, Policy, Rule, Verdict
from app.policies.tiers import SPACES, BonusRule, Entitled, Tier
from app.redemptions.rules import Part, Plan, Source, fill
from app.reports.simulation.accounts import Account, Bought, PartBought
from app.reports.simulation.book import Book, Line, Outcome, Refused, demand
from app.reports.simulation.exact import decimal_of, share_of
from app.reports.simulation.in_cash import paid_in_cash
from app.reports.simulation.waiting import wait_for_certificate
from app.reports.words import last_day

_NOON: Final = timedelta(hours=12)
_HOLDS_BACK: Final = ("most_of_household", "most_of_home", ONLY_AFTER, MOST_NUMBER)
"""Rules by which a voucher pays no more, where others of its household, or on the same home, pay."""


def at_noon(day: date) -> datetime:
    """Return the moment at which a simulation acts on a day."""
    return clock.start_of_day(day) + _NOON


def issue(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Issue a voucher: its face, with what the policy adds to the compensation, and its term."""
    policy, on = book.policy, said["on"]
    agreed_on = said["agreement"] or on
    demand(policy.may_issue_on(on))
    out, additions = Outcome(), Counter[str]()
    entitled = _entitled(book, said)
    compensation = _compensation(said)
    face_fen = sum(compensation.values())
    if "compensation" in said:
        facts = _areas(book, entitled)
        face = face_of(
            policy,
            face_fen,
            agreed_on=agreed_on,
            old_area_m2=book.scenario.old_area_m2,
            entitled=entitled,
            compensation=compensation,
        )
        out.lines += paid_in_cash(policy, face, compensation, said["voucher"])
        additions.update(face.additions)
        out.lines += [
            Line("face_addition", added.fen, added.rules, said["voucher"], facts) for _, added in face.added
        ]
        face_fen = face.fen
    out.lines.append(Line("face", face_fen, (Rule("face", "face_value", {}),), said["voucher"]))
    vacated_on = said["vacated"] or on
    begun = vacated_on if policy.start_event == "vacated" else agreed_on
    expires_at = policy.expires_at(at_noon(on), agreed_on=begun)
    start = policy.starts_on(at_noon(on), agreed_on=begun)
    account = Account(said["voucher"], face_fen, on, agreed_on, vacated_on, begun, start, expires_at)
    account.additions, account.issued_fen = additions, Fraction(face_fen)
    account.roots = {account.ref: Fraction(1)}
    account.added = {path: Fraction(fen) for path, fen in additions.items()}
    demand(Verdict(account.last_day >= on, Rule("valid", "policy_over", {})))
    book.accounts[account.ref] = account
    book.compensation.update(compensation)
    book.entitled = book.entitled.plus(entitled)
    out.dates = {"starts_on": start, "last_day": account.last_day}
    return out


def _areas(book: Book, entitled: Entitled) -> dict[str, int | Decimal]:
    areas = {"old_area_m2": book.scenario.old_area_m2, "entitled_m2": entitled.m2}
    return {**areas, "residents": entitled.residents}


def _entitled(book: Book, said: Mapping[str, Any]) -> Entitled:
    """Return what a voucher's agreement entitles to: of a household's first one all, unless it is said."""
    scenario, is_first = book.scenario, not book.accounts
    m2, residents = said.get("entitled_area"), said.get("residents")
    return Entitled(
        scenario.entitled_m2 * is_first if m2 is None else Decimal(m2),
        scenario.residents * is_first if residents is None else residents,
    )


def _compensation(said: Mapping[str, Any]) -> Counter[str]:
    """Return what a step says of a compensation, by part, in fen; all of it under no name where it says none.

    A face that is said by itself stands for the compensation.
    """
    whole = said.get("face", said.get("compensation"))
    if not isinstance(whole, Mapping):
        return Counter({"": whole})
    return Counter({part: -fen if part == "deduction" else fen for part, fen in whole.items()})


def buy(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Buy a home: what each voucher spends and earns, and what the household adds."""
    refs = said.get("vouchers") or [said["voucher"]]
    accounts = [book.usable(ref, said["on"]) for ref in refs]
    area_m2 = Decimal(said["area"]) if said["area"] else None
    district, development = said["district"] or book.scenario.district, said["development"]
    place = book.place(district, area_m2, said["kind"], said["stage"], development)
    _check_home(book, accounts, said)
    payers = _check_beside(book, accounts, said)
    _check_fit(book, [one for one in accounts if payers is None or one.ref in payers], said)
    out = Outcome()
    sources: list[Source] = []
    cash_terms, least = list[PurchaseTerms](), list[int]()
    for account in accounts:
        tiers = {rule.path: _tier(book, account, rule, said, out) for rule in book.policy.bonuses}
        terms = book.terms(account, tiers, place, locked_on=said["on"])
        cash_terms.append(terms)
        least.append(terms.least_fen)
        limit_fen = None if said["most"] is None else min(said["most"], account.available_fen)
        limit_fen = limit_fen if payers is None or account.ref in payers else 0
        left_fen, owner = account.available_fen, account.holder
        sources.append(Source(account.ref, left_fen, limit_fen, terms.priced, terms.limits, owner))
    plan = fill(said["price"], sources)
    _check_plan(book, plan, said, _why_spent(plan, sources, payers))
    _check_first(book, plan, accounts, least)
    _hold(book, accounts, said, out)
    why = _why_spent(plan, sources, payers)
    parts = [
        replace(_pay(book, part, one, said, out), counts_for=terms.counts_for)
        for part, one, terms in zip(plan.parts, why, cash_terms, strict=True)
    ]
    paying = zip(plan.parts, cash_terms, sources, strict=True)
    cash = with_days(
        said["price"], [(part.spent_fen, terms, one.owner) for part, terms, one in paying], said["on"]
    )
    for part, earned in zip(parts, cash, strict=True):
        _pay_cash(book, part, earned, said, out)
    wait_for_certificate(cash, said, _reached(said)["verified"], out)
    if plan.top_up_fen:
        out.lines.append(Line("top_up", plan.top_up_fen, (Rule("top_up", "rest_of_price", {}),)))
    bought = Bought(said["home"], area_m2 or Decimal(0), tuple(parts), said["on"], _reached(said))
    bought.holder, bought.beside = accounts[0].holder, said["beside"]
    bought.kind, bought.stage = said["kind"], said["stage"]
    book.buy(bought)
    return out


def _check_home(book: Book, accounts: list[Account], said: Mapping[str, Any]) -> None:
    policy, own = book.policy, book.scenario.district
    kinds = ", ".join(sorted(policy.usable_on))
    buyers = [said["buyer"]] if isinstance(said["buyer"], str) else said["buyer"]
    figures: dict[str, int | str] = {"kind": said["kind"], "listed": kinds}
    demand(
        Verdict(said["kind"] in policy.usable_on, Rule("usable_on", "kinds", figures)),
        *_check_place(policy, said, own),
        *(policy.may_be_named(buyer) for buyer in buyers),
        policy.may_buy_together(buyers),
        *(
            policy.may_buy_more(_homes_of(book, account))
            for account in accounts
            if said["kind"] not in SPACES
        ),
    )
    if said["filed_price"] is not None:
        least, most = policy.price_bounds(said["filed_price"])
        figures = {"least_fen": least, "most_fen": "any" if most is None else most}
        figures |= _exact_bounds(policy, said["filed_price"])
        is_within = said["price"] >= least and (most is None or said["price"] <= most)
        demand(Verdict(is_within, Rule("price", "price_bounds", figures)))


def _check_fit(book: Book, accounts: list[Account], said: Mapping[str, Any]) -> None:
    """Refuse a home too small, too large or too dear a ㎡; nothing is asked where its area is not known."""
    for account in accounts if said["area"] else ():
        past = book.past(account)
        rule = unfit(
            book.policy.fits,
            said["kind"],
            area_m2=Decimal(said["area"]),
            price_fen=said["price"],
            bought=BoughtBefore(past.household_m2, past.shared_m2, book.scenario.old_area_m2, book.entitled),
        )
        if rule is not None:
            raise Refused(rule)


def _homes_of(book: Book, account: Account) -> int:
    """Return how many homes were bought, of those that the policy counts."""
    past = book.past(account)
    return past.household_homes if book.policy.homes_of == "household" else past.homes


def _check_place(policy: Policy, said: Mapping[str, Any], own: str) -> list[Verdict]:
    """Return whether a home may be bought where it is; nothing where a scenario does not say."""
    if not said["district"] and not said["development"]:
        return []
    return [
        policy.buys_in(said["district"] or own, own=own, development=said["development"], kind=said["kind"])
    ]


def _exact_bounds(policy: Policy, filed_fen: int) -> dict[str, int | str]:
    """Return what the bounds of a price are shares of, and the shares before they are rounded."""
    figures: dict[str, int | str] = {"filed_fen": filed_fen}
    if not policy.is_exempt_from_floor:
        exact = decimal_of(share_of(filed_fen, policy.floor_share_bp))
        figures |= {"floor_bp": policy.floor_share_bp, "exact_least_fen": exact}
    if policy.is_filed_price_ceiling:
        exact = decimal_of(share_of(filed_fen, policy.ceiling_share_bp))
        figures |= {"ceiling_bp": policy.ceiling_share_bp, "exact_most_fen": exact}
    return figures


def _check_beside(book: Book, accounts: list[Account], said: Mapping[str, Any]) -> set[str] | None:
    """Return the vouchers that pay for the home a space is bought beside, once it may be.

    None where any voucher may pay: for a home, and for a space alone.
    """
    if said["kind"] not in SPACES:
        demand(Verdict(said["beside"] is None, Rule("usable_on", "beside_nothing", {"kind": said["kind"]})))
        return None
    if said["beside"] is None:
        demand(Verdict(book.policy.spaces_alone, Rule("usable_on", "space_alone", {"kind": said["kind"]})))
        return None
    home = book.bought(said["beside"])
    spaces = sum(one.beside == home.name and not one.is_cancelled for one in book.homes.values())
    payers = {part.ref for part in home.parts if part.spent_fen}
    paying = Rule("usable_on", "space_vouchers", {"listed": ", ".join(sorted(payers))})
    demand(
        Verdict(home.kind not in SPACES, Rule("usable_on", "space_alone", {"kind": said["kind"]})),
        book.policy.may_buy_beside(spaces),
        Verdict(any(account.ref in payers for account in accounts), paying),
    )
    return payers


def _check_plan(book: Book, plan: Plan, said: Mapping[str, Any], why: Sequence[Rule]) -> None:
    """Refuse a home to which vouchers give nothing, or too little; ``why`` is what held each of them."""
    if plan.top_up_fen:
        demand(book.policy.may_top_up(said["top_up"]))
    share_bp = book.policy.least_share_bp
    least_fen = share_ceil(plan.price_fen, share_bp)
    exact = decimal_of(share_of(plan.price_fen, share_bp))
    figures: dict[str, int | str] = {"least_share_bp": share_bp, "least_fen": least_fen}
    figures |= {"price_fen": plan.price_fen, "exact_least_fen": exact}
    enough = Verdict(not plan.is_short_of(share_bp), Rule("hold.least_share", "least_share", figures))
    demand(Verdict(plan.spent_fen > 0, why[0]), enough)


def _check_first(book: Book, plan: Plan, accounts: list[Account], least: list[int]) -> None:
    """Refuse a home of which a voucher that buys its first one would spend too little on it."""
    share_bp = book.policy.first_purchase_bp
    for part, account, least_fen in zip(plan.parts, accounts, least, strict=True):
        figures: dict[str, int | str] = {"share_bp": share_bp, "least_fen": least_fen}
        face_fen = book.counted_face(account)
        exact = decimal_of(share_of(face_fen + book.counted(account).rest, share_bp))
        figures |= {"face_fen": face_fen, "exact_least_fen": exact}
        is_enough = not 0 < part.spent_fen < least_fen
        demand(Verdict(is_enough, Rule("first_purchase", "first_purchase", figures)))


def _hold(book: Book, accounts: list[Account], said: Mapping[str, Any], out: Outcome) -> None:
    """Tell until when the home waits for its contract, and whether the contract came in time."""
    until = min(_waits(book, account, at_noon(said["on"]), said["kind"]) for account in accounts)
    if said["loan"] and said["loan"] <= last_day(until):
        loans = [_waits_for_loan(book, account, said) for account in accounts]
        known = [one for one in loans if one is not None]
        until = max(until, min(known)) if len(known) == len(loans) else until
    out.dates["held_until"] = last_day(until)
    if (said["contract"] or said["on"]) > out.dates["held_until"] and said["delay_of_others"] != "yes":
        figures: dict[str, int | str] = {"until": out.dates["held_until"].isoformat()}
        out.notes.append(Rule("hold", "hold_over", figures))


def _waits(book: Book, account: Account, moment: datetime, kind: str) -> datetime:
    until = book.policy.hold_until(moment)
    return min(until, _end_of_tier(book, account, moment, kind) or until)


def _waits_for_loan(book: Book, account: Account, said: Mapping[str, Any]) -> datetime | None:
    until = book.policy.loan_until(at_noon(said["loan"]))
    return until and min(until, _end_of_tier(book, account, at_noon(said["on"]), said["kind"]) or until)


def _end_of_tier(book: Book, account: Account, moment: datetime, kind: str) -> datetime | None:
    counted = {rule.path: account.counted_from(rule) for rule in book.policy.bonuses}
    return book.policy.end_of_tier(
        moment, counted, agreed_on=account.agreed_on, kind=kind, keeps_bonus=account.has_bonus
    )


def _reached(said: Mapping[str, Any]) -> dict[str, date]:
    """Return the day of each event; one that is not said is on that of the one before."""
    reached, latest = {}, said["on"]
    for event in ("contract", "filed", "verified"):
        reached[event] = latest = said[event] or latest
    return reached


def _days(said: Mapping[str, Any]) -> dict[str, date]:
    """Return the same with the day on which the bonus in cash is paid."""
    reached = _reached(said)
    return {
        **reached,
        "paid": said.get("paid") or max(reached["verified"], said.get("certificate") or said["on"]),
    }


def _tier(
    book: Book, account: Account, rule: BonusRule, said: Mapping[str, Any], out: Outcome
) -> Tier | None:
    """Return the tier of the day that decides; a lock that promised less is noted."""
    policy, kind = book.policy, said["kind"]
    if rule.is_of_transferee and account.has_bonus:
        return None
    reached = Milestones(lock=said["on"], agreement=account.agreed_on, **_days(said))
    start = account.counted_from(rule)
    is_of_others = {"yes": True, "no": False}.get(said["delay_of_others"])
    found = policy.bonus_day(reached, is_delay_of_others=is_of_others, bonus=rule, start=start, kind=kind)
    if rule.is_decided_later:
        return policy.promised_tier(
            start,
            at_noon(said["on"]),
            account.expires_at,
            kind,
            bonus=rule,
            agreed_on=account.agreed_on,
        )
    if found is None or not rule.is_signed_then(account.agreed_on):
        return None
    tier = rule.tier_on(start, found[0], kind)
    promised = policy.promised_tier(
        start,
        at_noon(said["on"]),
        account.expires_at,
        kind,
        bonus=rule,
        agreed_on=account.agreed_on,
    )
    figures: dict[str, int | str] = {"promised_bp": promised.rate_bp if promised else 0}
    less = Rule(f"{rule.path}.fixed_by", "lock_promised", figures)
    notes = [found[1], less] if promised != tier else [found[1]]
    out.notes += [note for note in notes if note not in out.notes]
    return tier


def _why_spent(plan: Plan, sources: list[Source], payers: set[str] | None) -> list[Rule]:
    """Return for each voucher what decided how much it spent: the price that is reached, or what held it."""
    share_bp = min(source.limits.price_share_bp for source in sources)
    missing_fen, rules = share_floor(plan.price_fen, share_bp), []
    for part, source in zip(plan.parts, sources, strict=True):
        figures: dict[str, int | str] = {"price_fen": plan.price_fen}
        if missing_fen < plan.price_fen:
            figures["missing_fen"] = missing_fen
        missing_fen -= part.spent_fen + part.bonus_fen
        reached = Rule("bonus", "least_sum", figures)
        shared = [rule for rule in part.rules if rule.code in _HOLDS_BACK]
        rules.append((shared or [_held_by(source, payers)])[0] if missing_fen > 0 else reached)
    return rules


def _held_by(source: Source, payers: set[str] | None) -> Rule:
    """Return why a voucher spent no more, though a price was not reached."""
    if payers is not None and source.ref not in payers:
        return Rule("usable_on", "space_vouchers", {"listed": ", ".join(sorted(payers))})
    if source.most_fen == source.available_fen:
        return Rule("face", "emptied", {"available_fen": source.available_fen})
    if source.limits.most_rule and source.most_fen == source.limits.most_fen:
        return source.limits.most_rule
    return Rule("scenario", "most_said", {"most_fen": source.most_fen})


def _pay(book: Book, part: Part, spent_rule: Rule, said: Mapping[str, Any], out: Outcome) -> PartBought:
    facts = _facts(book, part.ref, part.spent_fen, said)
    out.lines.append(Line("spent", part.spent_fen, (spent_rule,), part.ref, facts))
    out.lines.append(Line("bonus", part.bonus_fen, part.rules, part.ref, facts))
    each = dict(part.each) or {rule.path: part.bonus_fen for rule in book.policy.priced}
    if len(each) > 1:
        rule = Rule("bonus", "one_of_several", {"bonuses": len(each), "together_fen": part.bonus_fen})
        out.lines += [Line(f"bonus {path}", fen, (rule,), part.ref) for path, fen in each.items()]
    holder = book.accounts[part.ref].holder
    return PartBought(part.ref, part.spent_fen, Counter(each), part.bonus_fen, holder)


def _pay_cash(
    book: Book,
    part: PartBought,
    earned: tuple[tuple[BonusRule, Amount], ...],
    said: Mapping[str, Any],
    out: Outcome,
) -> None:
    """Add what a voucher earns in cash besides."""
    for rule, amount in earned:
        facts = _facts(book, part.ref, part.spent_fen, said)
        out.lines.append(Line("bonus in cash", amount.fen, amount.rules, part.ref, facts))
        part.earned[rule.path] += amount.fen
        if rule.is_decided_later:
            _decide(part, rule, amount, said, out)
        if on := runs_on(amount.rules):
            until = _days(said)[str(on.figures["to"])]
            borne = beyond(book.policy, on, spent_fen=part.spent_fen, until=until)
            out.lines.append(Line("interest on spent", borne.fen, borne.rules, part.ref, facts))


def _decide(part: PartBought, rule: BonusRule, amount: Amount, said: Mapping[str, Any], out: Outcome) -> None:
    """Add what the day that decides leaves of a bonus in cash: what counts as earned stays the promise."""
    day = _days(said)[rule.fixed_by]
    brought_fen = decided(amount.rules, day) or 0
    figures: dict[str, int | str] = {"event": rule.fixed_by, "day": day.isoformat(), "most_fen": amount.fen}
    told = Rule(f"{rule.path}.fixed_by", "decided_later", figures)
    out.lines.append(Line("paid of it", brought_fen, (told,), part.ref))


def _facts(book: Book, ref: str, spent_fen: int, said: Mapping[str, Any]) -> dict[str, int | Decimal]:
    return {
        "spent_fen": spent_fen,
        "face_fen": book.counted_face(book.accounts[ref]),
        "price_fen": said["price"],
        **_areas(book, book.entitled),
        "home_area_m2": Decimal(said["area"] or 0),
    }
