"""Extending, transferring, splitting, merging and inheriting vouchers in a simulation."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeVar

from app.core import money
from app.policies import sizes
from app.policies.bands import Used
from app.policies.parted import Share
from app.policies.rules import Rule, Verdict
from app.reports.simulation.accounts import HOUSEHOLD, Account
from app.reports.simulation.book import Book, Line, Outcome, demand
from app.reports.simulation.estates import estate_of
from app.reports.simulation.purchases import at_noon
from app.reports.simulation.ways import Parting, Way

Key = TypeVar("Key")


def extend(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Lengthen a term by months, within what the policy allows in all and the scheme's last day leaves."""
    account = book.usable(said["voucher"], said["on"])
    most, asked = book.policy.extension_months, account.extended_by + said["months"]
    figures: dict[str, int | str] = {"asked": asked, "most": most}
    face_fen, spent_fen = book.counted_face(account), book.counted(account).spent_fen
    used = Used(face_fen, spent_fen, rest=book.in_small(account)[1])
    demand(
        Verdict(asked <= most, Rule("valid.extension_months", "extension", figures)),
        book.policy.may_extend(used),
    )
    stood_still = account.expires_at - _end(book, account)
    end = book.policy.moved_on(_end(book, replace(account, extended_by=asked)) + stood_still)
    until = {"last_day": account.last_day.isoformat(), "until": str(book.policy.buy_until or "any")}
    demand(Verdict(end > account.expires_at, Rule("scheme.buy_until", "scheme", until)))
    account.extended_by, account.expires_at = asked, end
    return Outcome(dates={"last_day": account.last_day})


def transfer(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Hand a voucher over to somebody else, whole."""
    account, rule = book.usable(said["voucher"], said["on"]), book.policy.transfers
    done, counted = account.done, "kin_transfers" if said["to"] in rule.kin else "transfers"
    demand(
        rule.may_again(said["to"], done=done["transfers"], done_to_kin=done["kin_transfers"]),
        rule.may_take(said["to"]),
        rule.is_registered(registered=said["registered"] == "yes"),
        rule.may_go(account.spent_fen),
        rule.is_open(account.start, said["on"]),
    )
    if rule.floor is not None and account.holder == HOUSEHOLD:
        left_fen = book.left_fen(without=account.ref)
        demand(
            rule.floor.holds(homes_m2=book.homes_m2(), left_fen=left_fen, residents=book.scenario.residents)
        )
    account.move()
    done[counted] += 1
    book.give(account, f"{said['to']} {done[counted]}")
    out = Outcome(dates={"last_day": account.last_day})
    kept = rule.keeps_bonus(said["to"])
    if not kept.allowed:
        account.has_bonus = False
        out.notes.append(kept.rule)
    out.lines.append(
        Line("transferred", account.available_fen, (Rule("transfers", "transferred", {}),), account.ref)
    )
    return out


def split(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Part what is left of a voucher: new ones with sums of their own, and what stays."""
    account, rule, parts = book.usable(said["voucher"], said["on"]), book.policy.splits, said["into"]
    moved_fen = sum(part["amount"] for part in parts)
    figures: dict[str, int | str] = {"left_fen": account.available_fen, "moved_fen": moved_fen}
    is_within = moved_fen < account.available_fen and all(part["amount"] > 0 for part in parts)
    demand(
        book.policy.may_change("splits", account.done["splits"]),
        rule.may_go(account.spent_fen),
        rule.is_open(account.start, said["on"]),
        rule.may_part(len(parts) + 1),
        Verdict(is_within, Rule("splits", "more_than_left", figures)),
        *(rule.may_have(part["amount"], face_fen=account.made_fen) for part in parts),
        rule.may_have(account.available_fen - moved_fen, face_fen=account.made_fen),
    )
    if rule.floor is not None:
        stay = book.scenario.residents - sum(part["residents"] for part in parts)
        stay_fen = account.available_fen - moved_fen
        demand(
            *(
                rule.floor.holds(homes_m2=Decimal(0), left_fen=part["amount"], residents=part["residents"])
                for part in parts
            ),
            rule.floor.holds(homes_m2=book.homes_m2(), left_fen=stay_fen, residents=max(0, stay)),
        )
    account.done["splits"] += 1
    out = Outcome(dates={"last_day": account.last_day})
    _part(book, account, parts, Rule("splits", "split_off", {}), out)
    return out


def _part(book: Book, account: Account, parts: Sequence[Mapping[str, Any]], rule: Rule, out: Outcome) -> None:
    """Let sums of a voucher be vouchers of their own; what it spent, earned and bought stays with it."""
    account.move()
    whole_fen, left_fen, made_fen = account.face_fen, account.available_fen, account.made_fen
    before = account.copied()
    book.splits += 1
    account.face_fen -= sum(part["amount"] for part in parts)
    moved = Counter[str]()
    for part in parts:
        additions = Counter(
            {path: money.part_floor(fen, part["amount"], made_fen) for path, fen in account.additions.items()}
        )
        moved += additions
        book.accounts[part["voucher"]] = replace(
            account,
            ref=part["voucher"],
            face_fen=part["amount"],
            spent_fen=0,
            kinds=Counter(),
            pieces=Counter(),
            earned=Counter(),
            homes=0,
            succeeds=frozenset(),
            done=Counter(account.done),
            additions=additions,
            gone_fen=0,
            **_parted(book, before, part["voucher"], Share(left_fen, part["amount"])),
        )
        out.lines.append(Line("face", part["amount"], (rule,), part["voucher"]))
    rest = Share(left_fen, others=tuple(part["amount"] for part in parts))
    for name, value in _parted(book, before, account.ref, rest).items():
        setattr(account, name, value)
    account.additions -= moved
    out.lines.append(Line("face", account.face_fen, (rule,), account.ref))
    faces = [account.face_fen, *(part["amount"] for part in parts)]
    for face_fen in faces if not book.policy.splits.is_past_parted else ():
        out.notes += sizes.changed(book.policy, whole_fen, face_fen)


def _parted(book: Book, account: Account, ref: str, share: Share) -> dict[str, Any]:
    """Return what of a voucher's past counts with a part of it, and with which voucher that is."""
    parting = Parting(book.splits, ref, share)
    line = {key: tuple((*way, parting) for way in ways) for key, ways in account.line.items()}
    added = {path: fen * share.part for path, fen in account.added.items()}
    ways = tuple((*way, parting) for way in account.ways)
    roots = {root: part * share.part for root, part in account.roots.items()}
    small = {"ways": ways, "roots": roots, "issued_fen": account.issued_fen * share.part}
    answers = tuple((name, ref, one.each(share.of)) for name, ref, one in account.answers)
    return {"line": line, "added": added, "answers": answers, **small}


def merge(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Make one voucher of several, the first one's holder's: sums are added up, the term is the shortest."""
    accounts, rule = [book.usable(ref, said["on"]) for ref in said["vouchers"]], book.policy.merges
    demand(
        *(book.policy.may_change("merges", one.done["merges"]) for one in accounts),
        *(rule.may_go(one.spent_fen) for one in accounts),
        *(rule.is_open(one.start, said["on"]) for one in accounts),
        rule.may_join(_owners(accounts, said["owners"])),
    )
    acts = ("transfers", "kin_transfers", "splits", "merges")
    done = Counter({act: max(one.done[act] for one in accounts) for act in acts})
    done["merges"] += 1
    for one in accounts:
        one.move()
    merged = replace(
        min(accounts, key=lambda one: (one.start, one.issued_on)),
        ref=said["into"],
        holder=accounts[0].holder,
        face_fen=sum(one.face_fen for one in accounts),
        gone_fen=sum(one.gone_fen for one in accounts),
        spent_fen=sum(one.spent_fen for one in accounts),
        kinds=sum((one.kinds for one in accounts), Counter()),
        pieces=sum((one.pieces for one in accounts), Counter()),
        earned=sum((one.earned for one in accounts), Counter()),
        additions=sum((one.additions for one in accounts), Counter()),
        homes=sum(one.homes for one in accounts),
        line=_ways(one.line for one in accounts),
        answers=sum((one.answers for one in accounts), ()),
        added=_together(one.added for one in accounts),
        succeeds=frozenset().union(*(one.succeeds for one in accounts)),
        ways=sum((one.ways for one in accounts), ()),
        roots=_together(one.roots for one in accounts),
        issued_fen=sum((one.issued_fen for one in accounts), Fraction(0)),
        done=done,
        start=min(one.start for one in accounts),
        expires_at=min(one.expires_at for one in accounts),
        extended_by=max(one.extended_by for one in accounts),
        has_bonus=all(one.has_bonus for one in accounts),
    )
    for one in accounts:
        one.state, one.earned, one.into = "merged", Counter(), merged.ref
    book.accounts[merged.ref] = merged
    book.give(merged, merged.holder)
    merging = Rule("merges", "merged", {"vouchers": len(accounts)})
    size_fen = book.size_fen(merged)
    notes = [note for one in accounts for note in sizes.changed(book.policy, book.size_fen(one), size_fen)]
    lines = [Line("face", merged.face_fen, (merging,), merged.ref)]
    return Outcome(lines, {"last_day": merged.last_day}, notes)


def _ways(lines: Iterable[Mapping[tuple[str, str], tuple[Way, ...]]]) -> dict[Any, tuple[Way, ...]]:
    every = defaultdict[tuple[str, str], tuple[Way, ...]](tuple)
    for line in lines:
        for key, ways in line.items():
            every[key] += ways
    return dict(every)


def _together(parts: Iterable[Mapping[Key, Fraction]]) -> dict[Key, Fraction]:
    every = defaultdict[Key, Fraction](Fraction)
    for part in parts:
        for key, fraction in part.items():
            every[key] += fraction
    return dict(every)


def _owners(accounts: Sequence[Account], said: str) -> str:
    """Return whose vouchers are merged: of several holders, of whom nothing else is said, anybody's."""
    is_one = len({one.holder for one in accounts}) == 1
    return said if is_one or said != "household" else "anybody"


def inherit(book: Book, said: Mapping[str, Any]) -> Outcome:
    """Let heirs have a voucher; where the policy says so its term stood still since the death.

    ``heir`` has what the voucher did before; each of ``into`` a sum of what is left, as a new voucher.
    """
    account, rule, parts = book.usable(said["voucher"], said["died"]), book.policy.inheritance, said["into"]
    moved_fen = sum(part["amount"] for part in parts)
    figures: dict[str, int | str] = {"left_fen": account.available_fen, "moved_fen": moved_fen}
    is_within = not parts or (0 < moved_fen < account.available_fen and all(part["amount"] for part in parts))
    demand(
        *(rule.may_inherit(one["heir"]) for one in (said, *parts)),
        Verdict(is_within, Rule("inheritance", "more_than_left", figures)),
    )
    began_on = max(said["died"], account.start)
    waited_days = max(0, (_settled_on(book, account.ref, said["died"]) - began_on).days)
    stood_still, note = rule.suspension(began_on, said["on"], waited_days=waited_days)
    later = _stood_still(book, account, stood_still)
    last: dict[str, int | str] = {"last_day": later.last_day.isoformat()}
    demand(Verdict(said["on"] <= later.last_day, Rule("valid", "voucher_lapsed", last)))
    account = book.accounts[account.ref] = later
    account.move()
    account.done["inheritances"] += 1
    left_fen, dead, own = account.available_fen, account.holder, book.splits
    out = Outcome(dates={"last_day": account.last_day}, notes=[note])
    if parts:
        _part(book, account, parts, Rule("inheritance", "inherited", {"heirs": len(parts) + 1}), out)
    heirs = [book.accounts[ref] for ref in (account.ref, *(part["voucher"] for part in parts))]
    for one in heirs:
        book.give(one, f"heir {account.done['inheritances']} of {one.ref}")
    among = book.splits if parts else None
    book.estates[account.ref, dead] = estate_of(heirs, left_fen, own=own, among=among)
    return out


def _settled_on(book: Book, ref: str, died_on: date) -> date:
    """Return when the last home that a voucher had begun to buy by a day was bought; else that day."""
    own = (home for home in book.homes.values() if home.on <= died_on and not home.is_cancelled)
    bought = [home.reached["verified"] for home in own if any(part.ref == ref for part in home.parts)]
    return max(bought, default=died_on)


def _stood_still(book: Book, account: Account, span: timedelta) -> Account:
    """Return a voucher whose term stood still for so long."""
    expires_at, span = book.policy.stood_still(account.expires_at, span)
    return replace(
        account,
        start=account.start + span,
        expires_at=expires_at,
        stood_still=account.stood_still + span,
    )


def _end(book: Book, account: Account) -> datetime:
    return book.policy.expires_at(
        at_noon(account.issued_on), agreed_on=account.begun_on, extended_by=account.extended_by
    )
