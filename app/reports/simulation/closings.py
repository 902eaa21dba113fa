"""How vouchers end and how developers are paid, in a simulation."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from app.policies import endings, settling
from app.policies.bands import Claimed, Used
from app.policies.parted import in_proportion
from app.policies.rules import Amount, Rule, Verdict
from app.reports.simulation.accounts import Account, Ended
from app.reports.simulation.book import Book, Line, Outcome, Refused, demand
from app.reports.simulation.ways import Gave


def payout(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Pay the leftover out within the term."""
    account = book.usable(said["voucher"], said["on"])
    silent = Rule("leftover", "leftover_unsaid", {})
    demand(Verdict(book.policy.leftover is not None, silent))
    lost, (part, rest) = _lost(book, account, "leftover"), book.in_small(account)
    paid = endings.leftover_payout(
        book.policy,
        **_figures(book, account),
        lost_fen=lost.fen,
        started_on=account.start,
        on=said["on"],
        together=book.together(account, said["on"]),
        part=part,
        rest=rest,
    )
    demand(Verdict(paid.fen > 0, paid.rules[-1]))
    return _close(book, account, paid, lost, "leftover", said["on"])


def give_up(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Give a voucher up within its term, on terms of its own or as it would lapse."""
    account, rule = book.usable(said["voucher"], said["on"]), book.policy.lapse
    allowed = rule is not None and rule.may_give_up
    demand(Verdict(allowed, Rule("lapse.give_up", "give_up", {})))
    lost = _lost(book, account, "give_up")
    together = book.together(account, said["on"])
    figures, (part, rest) = _figures(book, account), book.in_small(account)
    ending = endings.give_up(
        book.policy, **figures, lost_fen=lost.fen, together=together, part=part, rest=rest
    )
    return _close(book, account, ending.payout, lost, "give_up", said["on"])


def lapse(book: Book, said: Mapping[str, Any]) -> Outcome:
    """End a voucher whose term is over: on the day after its last one, unless a later day is given.

    Where it may be claimed after its term, on the day after the last one for that: nobody claimed it.
    """
    account = book.open(said["voucher"])
    last_day = _last_claim(book, account) or account.last_day
    on: date = said["on"] or last_day + timedelta(days=1)
    _demand_over(account, on)
    until: dict[str, int | str] = {"until": last_day.isoformat()}
    demand(Verdict(on > last_day, Rule("lapse.within", "claim_waits", until)))
    return _lapsed(book, account, on, Claimed(account.last_day, None))


def claim(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Pay what is left of a voucher that is claimed on a day after its term."""
    account, on = book.open(said["voucher"]), said["on"]
    last_day = _last_claim(book, account)
    if last_day is None:
        raise Refused(Rule("lapse", "claim_unsaid", {}))
    _demand_over(account, on)
    until: dict[str, int | str] = {"until": last_day.isoformat()}
    demand(Verdict(on <= last_day, Rule("lapse.within", "lapse_claim_over", until)))
    return _lapsed(book, account, on, Claimed(account.last_day, on))


def _last_claim(book: Book, account: Account) -> date | None:
    """Return the last day on which a voucher may be claimed; None where its policy has no claims."""
    within = book.policy.lapse.within if book.policy.lapse else ()
    return within[-1].last_day(account.last_day) if within else None


def _demand_over(account: Account, on: date) -> None:
    figures: dict[str, int | str] = {"last_day": account.last_day.isoformat()}
    demand(Verdict(on > account.last_day, Rule("valid", "not_lapsed", figures)))


def _lapsed(book: Book, account: Account, on: date, claimed: Claimed) -> Outcome:
    lost = _lost(book, account, "lapse")
    together = book.together(account, account.last_day)
    known, (part, rest) = _figures(book, account), book.in_small(account)
    ending = endings.lapse(
        book.policy,
        **known,
        lost_fen=lost.fen,
        together=together,
        part=part,
        rest=rest,
        claimed=claimed,
    )
    out = _close(book, account, ending.payout, lost, "lapse", on)
    if account.ended is not None:
        account.ended = replace(account.ended, claimed=claimed)
    out.dates["on"] = on
    return out


def by_the_ending(book: Book, account: Account, gave: Gave, back_fen: int) -> Line | None:
    """Tell what the rules of its ending pay of what came back to a voucher, as if it had never been spent.

    What came back to others since, such as of the homes of who left it, still counts as spent with it.
    On the platform two people decide on what comes back after an ending, and see this; None before one.
    """
    if account.ended is None:
        return None
    how, on = account.ended.how, account.ended.on
    account.back[gave] = back_fen
    all_back_fen = sum(account.back.values())
    figures, (part, _rest) = _figures(book, account), book.in_small(account)
    part = account.ended.part or part
    was_spent, left_fen = account.ended.spent, account.ended.left_fen + all_back_fen
    each = (book.weight(account, one) * fen for one, fen in account.back.items())
    counted = min(was_spent, sum(each, Fraction(0)))
    exact = was_spent - counted
    if counted != all_back_fen:
        exact = in_proportion(exact, account.ended.left_fen + counted, now_left_fen=left_fen)
    counted_fen, rest = divmod(exact, 1)
    spent = {"face_fen": counted_fen + left_fen, "spent_fen": counted_fen}
    lost = _lost_of(book, account, how, **spent, rest=rest)
    known = {**figures, **spent, "lost_fen": lost.fen}
    pool = account.ended.together
    together = Used(pool.face_fen, max(0, pool.spent_fen - all_back_fen))
    if how == "leftover":
        start = account.start
        paid = endings.leftover_payout(
            book.policy, **known, started_on=start, on=on, together=together, part=part, rest=rest
        )
    else:
        if how == "give_up":
            ending = endings.give_up(book.policy, **known, together=together, part=part, rest=rest)
        else:
            when = account.ended.claimed
            ending = endings.lapse(
                book.policy, **known, together=together, part=part, rest=rest, claimed=when
            )
        paid = ending.payout
    # Never less than was told before: a band that holds no more takes nothing back. Nor more than came back.
    whole_fen = paid.fen - account.ended.paid_fen - account.given_back_fen
    more_fen = min(back_fen, max(0, whole_fen - account.by_ending_fen))
    account.by_ending_fen += more_fen
    facts: dict[str, int | Decimal] = {"bonus_fen": known["bonus_fen"]}
    return Line("by_the_ending", more_fen, (*lost.rules, *paid.rules), account.ref, facts)


def settle(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Tell what a developer is owed for a home, when each part falls due, and what a delay bears."""
    home = book.bought(said["home"])
    rule = settling.rule_for(book.policy.settlements, kind=home.kind, stage=home.stage)
    if rule is None:
        code = "settlement_by_stage" if book.policy.settlements else "settlement_unsaid"
        raise Refused(Rule("settlement", code, {}))
    out = Outcome([Line("owed", home.owed_fen, (Rule(rule.path, "owed", {"to": rule.to}),))])
    days = {**home.reached, **{event: day for event, day in said.items() if event in home.reached and day}}
    later = (*settling.PROGRESS, "handover", "certificate")
    days = settling.counted_days({**days, **{event: said[event] for event in later if said[event]}})
    applied = iter(said["applied"])
    for place, (tranche, amount) in enumerate(zip(rule.tranches, rule.amounts(home.owed_fen), strict=True)):
        out.lines.append(Line(f"tranche {place + 1}", amount.fen, amount.rules))
        from_ = days.get(tranche.event)
        if tranche.is_from_application:
            applied_on = next(applied, None)
            # Nobody may apply before the event.
            from_ = from_ and applied_on and max(applied_on, from_)
            if place < len(said["paid"]) and (from_ is None or said["paid"][place] < from_):
                raise Refused(Rule(f"{rule.path}.tranches[{place}]", "paid_before_applied", {}))
        if from_ is None:
            continue
        due_on = tranche.within.after(from_)
        out.dates[f"tranche {place + 1} due"] = due_on
        paid_on = said["paid"][place] if place < len(said["paid"]) else said["on"]
        known = {"reached_on": from_, "due_on": due_on, "paid_on": paid_on}
        in_time = rule.interest_in_time(place, amount.fen, **known)
        if in_time is not None:
            out.lines.append(Line(f"tranche {place + 1} interest", in_time.fen, in_time.rules))
        if paid_on > due_on:
            late = rule.late_interest(amount.fen, due_on=due_on, paid_on=paid_on)
            out.lines.append(Line(f"tranche {place + 1} late interest", late.fen, late.rules))
    if next(applied, None) is not None:
        raise Refused(Rule(rule.path, "applied_too_often", {"days": len(said["applied"])}))
    return out


def _figures(book: Book, account: Account) -> dict[str, int]:
    face_fen, spent_fen = book.counted_face(account), book.counted(account).spent_fen
    earned = book.answered(account)
    did = {"bonus_fen": earned.taken_of_fen, "spared_fen": earned.spared_fen}
    return {"face_fen": face_fen, "spent_fen": spent_fen, **did}


def _lost(book: Book, account: Account, how: str) -> Amount:
    """Return what an ending takes off of what was added to the face, with what a part of it is taken of."""
    past, face_fen = book.counted(account), book.counted_face(account)
    return _lost_of(book, account, how, face_fen=face_fen, spent_fen=past.spent_fen, rest=past.rest)


def _lost_of(
    book: Book, account: Account, how: str, *, face_fen: int, spent_fen: int, rest: Fraction
) -> Amount:
    figures = {"face_fen": face_fen, "spent_fen": spent_fen}
    additions = book.additions(account)
    is_part = book.is_part(account)
    lost = endings.face_lost(book.policy, how, additions=additions, **figures, rest=rest, is_part=is_part)
    of = {"left_fen": account.available_fen, "face_fen": figures["face_fen"]}
    in_part = {
        f"{one.path}.lost_on": {"addition_fen": additions.get(one.path, 0), **of}
        for one in book.policy.face
        if not one.is_lost_whole
    }
    rules = (replace(rule, figures={**rule.figures, **in_part.get(rule.path, {})}) for rule in lost.rules)
    return replace(lost, rules=tuple(rules))


def _close(book: Book, account: Account, paid: Amount, lost: Amount, how: str, on: date) -> Outcome:
    facts: dict[str, int | Decimal] = {"bonus_fen": book.answered(account).taken_of_fen}
    out = Outcome([Line("paid_out", paid.fen, (*lost.rules, *paid.rules), account.ref, facts)])
    rule = book.policy.interest
    is_used = book.counted(account).spent_fen > 0
    if rule is not None and rule.lines_of(how, is_used=is_used):
        days = {
            "issue": account.issued_on,
            "start": account.start,
            "agreement": account.agreed_on,
            "vacated": account.vacated_on,
            "term_end": account.last_day,
        }
        borne = rule.of(paid.fen, days, on, how, is_used=is_used)
        out.lines.append(Line("interest", borne.fen, borne.rules, account.ref))
    past, face_fen = book.counted(account), book.counted_face(account)
    together = book.together(account, min(on, account.last_day))
    did = (paid.fen, face_fen + past.rest, face_fen - past.spent_fen)
    account.ended = Ended(how, on, *did, together, part=endings.part_had(book.policy, paid.rules))
    account.claw_back = next((rule for rule in paid.rules if rule.code in endings.TAKING), None)
    account.state = {"leftover": "paid_out", "give_up": "given_up", "lapse": "lapsed"}[how]
    account.paid_out_fen = sum(line.fen for line in out.lines)
    return out
