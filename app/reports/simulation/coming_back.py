"""Giving homes back in a simulation: whose the money is, and what endings took of the bonus."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.policies.endings import claw_back_over
from app.policies.rules import Rule
from app.reports.simulation.accounts import Account, Bought, PartBought
from app.reports.simulation.book import Book, Line, Outcome
from app.reports.simulation.closings import by_the_ending
from app.reports.simulation.estates import Estate


def cancel(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Cancel a purchase: what was spent goes back, and the bonus counts as never earned.

    What the payout of a voucher took of that bonus goes back with it. The spaces beside a home go first.
    """
    home, out = book.bought(said["home"]), Outcome()
    beside = [one for one in book.homes.values() if one.beside == home.name and not one.is_cancelled]
    for one in (*beside, home):
        _give_back(book, one, said["on"], out)
    return out


def _give_back(book: Book, home: Bought, on: date, out: Outcome) -> None:
    paying = [(part, book.holding(part.ref)) for part in home.parts if part.spent_fen]
    home.is_cancelled = True
    for part, account in paying:
        account.take_back(part.spent_fen, part.earned, kind=home.kind)
        estate = book.estate_of(part)
        if estate is not None:
            _to_heirs(book, home, part, account, estate, on, out)
        else:
            _to_holder(book, home, part, account, out)
        _settle_claw_back(book, account, out)
        if account.holder == part.holder:
            by_rules = by_the_ending(book, account, (home.name, part.ref), part.spent_fen)
            out.lines += [by_rules] if by_rules else []
    paid = [account for _part, account in paying]
    for account in book.accounts.values() if book.policy.splits.is_past_parted else ():
        if account not in paid and any(name == home.name for name, _ref, _one in account.answers):
            _settle_claw_back(book, account, out)


def _to_holder(book: Book, home: Bought, part: PartBought, account: Account, out: Outcome) -> None:
    """Let what was spent go back to who spent it; to who holds the voucher by now otherwise it does not."""
    out.lines.append(Line("given_back", part.spent_fen, (_cancelled(home),), account.ref))
    if account.holder != part.holder:
        account.grow(-part.spent_fen)
    elif account.state == "open":
        gave = (home.name, part.ref)
        book.returns.follow(gave, account.line.get(gave, ()), part.spent_fen)


def _to_heirs(
    book: Book,
    home: Bought,
    part: PartBought,
    account: Account,
    estate: Estate,
    on: date,
    out: Outcome,
) -> None:
    """Let what was spent before a death go to the heirs, by what each inherited.

    The part of one whose voucher ended, is over or moved on waits for two people: no rule says what is paid.
    """
    account.grow(-part.spent_fen)
    gave, got = (home.name, part.ref), dict[str, int]()
    for heir, fen, rule in estate.parted(part.spent_fen):
        theirs, rules = book.accounts[heir.ref], [_cancelled(home), rule]
        if heir.can_have(theirs, on):
            theirs.grow(fen)
            got[heir.ref] = fen
        else:
            rules.append(Rule("inheritance", "heir_waits", {"state": theirs.state}))
        out.lines.append(Line("given_back", fen, tuple(rules), heir.ref))
    book.returns.part(
        gave,
        account.line.get(gave, ()),
        got,
        spent_fen=part.spent_fen,
        own=estate.own,
        among=estate.among,
    )


def _cancelled(home: Bought) -> Rule:
    return Rule("bonus", "cancelled", {"home": home.name})


def _settle_claw_back(book: Book, account: Account, out: Outcome) -> None:
    """Give back what an ending took of a bonus that was not kept."""
    if account.claw_back is None:
        return
    over = claw_back_over(account.claw_back, bonus_fen=book.answered(account).taken_of_fen)
    out.lines.append(Line("claw_back", over.fen - account.given_back_fen, over.rules, account.ref))
    account.given_back_fen = over.fen
