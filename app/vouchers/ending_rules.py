"""What becomes of a leftover by a policy, parted to the fen, as it is shown and frozen: no queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any, Final

from app.core import clock
from app.policies.bands import Claimed, Used
from app.policies.endings import face_lost, give_up, lapse, leftover_payout
from app.policies.parted import in_proportion
from app.policies.queries import policy_of
from app.policies.rules import Amount, Policy, Rule
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_states import Kind
from app.vouchers.models import Voucher

SHOWN_SCHEMA: Final = 1
HOW: Final = {Kind.PAYOUT: "leftover", Kind.LAPSE: "lapse", Kind.GIVE_UP: "give_up"}
"""What a policy calls the ways in which a voucher ends."""
PARTED: Final = "parted"
"""What an ending keeps where the bonus that it took of is a share; older ones took of what stays alone."""
EXACT: Final = "exact"
"""What it keeps where what was spent was compared without rounding; older ones keep that it was parted."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a voucher was and did, in fen; its leftover is all that was not spent."""

    face_fen: int
    spent_fen: int
    bonus_fen: int
    """What it earned, as far as an ending may take of it."""
    additions: Mapping[str, int] = field(default_factory=dict)
    """What of the face the policy had added to the compensation, by the path of its rule."""
    started_on: date | None = None
    """From which day its term counts."""
    on: date | None = None
    """The day on which the leftover is asked for; None where it is not said, and what names its time pays
    nothing."""
    together: Used | None = None
    """All vouchers that its household holds; None where the policy counts each by itself."""
    part: Fraction = Fraction(1)
    """Which part it is of the voucher that was issued, where the policy parts what one has."""
    rest: Fraction = Fraction(0)
    """What rounding left off the face and what was spent of it, where a split parted that."""
    claimed: Claimed | None = None
    """When what is left after the term is claimed; None where that is open, or decides nothing."""
    spared_fen: int = 0
    """What it earned besides, of which no ending takes anything back."""
    is_part: bool = False
    """Whether what is lost of its additions is rounded up, as that of one part of a voucher is."""

    @property
    def leftover_fen(self) -> int:
        """What is left of the face."""
        return self.face_fen - self.spent_fen


@dataclass(frozen=True, slots=True)
class Parts:
    """A leftover in its parts, in fen: their sum is the leftover, none is below zero.

    ``effect`` is cash, void or agreement; claim where it waits for that, and None where the policy does not
    say: then nothing is paid.
    """

    effect: str | None
    paid_fen: int
    returned_fen: int
    forfeited_fen: int
    rules: tuple[Rule, ...]


def parts_of(policy: Policy, kind: Kind, figures: Figures) -> Parts:
    """Return what a payout, a lapse or giving up does to a leftover.

    What was added to the compensation and is lost by it is taken off first, and forfeited.
    """
    spent = {"face_fen": figures.face_fen, "spent_fen": figures.spent_fen}
    lost = face_lost(
        policy,
        HOW.get(kind, "lapse"),
        additions=figures.additions,
        **spent,
        rest=figures.rest,
        is_part=figures.is_part,
    )
    known = {**spent, "bonus_fen": figures.bonus_fen, "lost_fen": lost.fen}
    known["spared_fen"] = figures.spared_fen
    together, part, rest = figures.together, figures.part, figures.rest
    if kind is Kind.PAYOUT:
        start, on = figures.started_on, figures.on
        paid = leftover_payout(
            policy, **known, started_on=start, on=on, together=together, part=part, rest=rest
        )
        return _parted("cash", paid, figures.leftover_fen, lost)
    if kind is Kind.GIVE_UP:
        ending = give_up(policy, **known, together=together, part=part, rest=rest)
    else:
        claimed = figures.claimed
        ending = lapse(policy, **known, together=together, part=part, rest=rest, claimed=claimed)
    if ending.effect is None:
        return Parts(None, 0, 0, 0, ending.payout.rules)
    return _parted(ending.effect, ending.payout, figures.leftover_fen, lost)


@dataclass(frozen=True, slots=True)
class Turn:
    """What a claim after the term brings up to a day, or what becomes of what nobody claimed by then."""

    until: date | None
    """The last day for it; None for what nobody claims."""
    parts: Parts


def turns_of(policy: Policy, figures: Figures, counted_from: date) -> tuple[Turn, ...]:
    """Return what a claim brings when, in turn, and last what becomes of what nobody claims.

    ``counted_from`` is the day from which the months count. Nothing where the policy has no claims.
    """
    within = policy.lapse.within if policy.lapse else ()
    if not within:
        return ()
    days = [*(band.last_day(counted_from) for band in within), None]
    return tuple(
        Turn(day, parts_of(policy, Kind.LAPSE, replace(figures, claimed=Claimed(counted_from, day))))
        for day in days
    )


def frozen_turns(shown: dict[str, Any]) -> tuple[Turn, ...]:
    """Return what an ending kept of them; nothing of one that nobody claims."""
    return tuple(
        Turn(
            date.fromisoformat(one["until"]) if one["until"] else None,
            Parts(
                one["effect"],
                one["paid_fen"],
                one["returned_fen"],
                one["forfeited_fen"],
                frozen_rules(one),
            ),
        )
        for one in shown.get("turns", ())
    )


def keep_claim_reason(shown: Mapping[str, Any], reason: str) -> dict[str, Any]:
    """Return what an ending keeps with why a claim counts from the day that an officer entered.

    Not as the ending's own reason, which is the last act's: a checker who looks after a stop, or again, would
    be shown none.
    """
    return {**shown, "claim_reason": reason}


def forget_claim(shown: Mapping[str, Any], day: date | None, promised: Sequence[int]) -> dict[str, Any]:
    """Return what an ending keeps whose claim of a day was sent back: that, its reason, what it promised."""
    gone = {
        "claimed_on": day and day.isoformat(),
        "claim_reason": claim_reason(shown),
        "transfer_ids": list(promised),
    }
    unclaimed = {name: said for name, said in shown.items() if name != "claim_reason"}
    rules = shown["turns"][-1]["rules"]
    return {**unclaimed, "rules": rules, "sent_back": [*shown.get("sent_back", ()), gone]}


def times_sent_back(shown: Mapping[str, Any]) -> int:
    """Return how often a claim of an ending was entered and sent back."""
    return len(shown.get("sent_back", ()))


def days_sent_back(shown: Mapping[str, Any]) -> list[date]:
    """Return the days for which a claim of an ending was entered and sent back, in turn."""
    return [date.fromisoformat(one["claimed_on"]) for one in shown.get("sent_back", ())]


def claim_reason(shown: Mapping[str, Any]) -> str | None:
    """Return why a claim counts from the day that an officer entered; None where none did."""
    return shown.get("claim_reason")


def claimed_of(ending: VoucherEnding) -> Claimed:
    """Return from which day the months of a lapse count, and when it was claimed, if it was.

    That is the last day of the term; where the voucher could not end then, that before it did.
    """
    return Claimed(clock.legal_day(ending.asked_at) - timedelta(days=1), ending.claimed_on)


def turn_on(turns: Iterable[Turn], day: date | None) -> Turn:
    """Return which of the turns of an ending is that of a day; the last one for none."""
    every = tuple(turns)
    in_time = (one for one in every if day is not None and one.until is not None and day <= one.until)
    return next(in_time, every[-1])


def offered(policy: Policy, figures: Figures) -> frozenset[Kind]:
    """Return what a household may ask for that would give it something: a payout, giving up, both or none."""
    allowed = {
        Kind.PAYOUT: policy.leftover is not None,
        Kind.GIVE_UP: policy.lapse is not None and policy.lapse.may_give_up,
    }
    return frozenset(
        kind for kind, may in allowed.items() if may and parts_of(policy, kind, figures).paid_fen
    )


@dataclass(frozen=True, slots=True)
class Before:
    """What an ending had before it and paid, in fen."""

    spent_fen: int
    leftover_fen: int
    paid_fen: int
    together: Used | None = None
    """What all vouchers of its household had and spent, where that decided the band."""
    rest: Fraction = Fraction(0)
    """What rounding had left off what was spent."""


@dataclass(frozen=True, slots=True)
class Back:
    """What came back after an ending, in fen."""

    fen: int
    counted_fen: int | Fraction
    """What of that had counted as spent with it: less where a split had parted the past."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """What the rule of an ending pays of what came back after it, in fen, and how."""

    effect: str
    fen: int
    path: str


def as_if_never_spent(
    policy: Policy,
    kind: Kind,
    had: Before,
    *,
    figures: Figures,
    on: date,
    back: Back,
    over_fen: int,
) -> Ruled | None:
    """Return what an ending would have paid beyond what it did, had what came back never been spent.

    The same kind on the same day: what was spent decides the band, what is added to the compensation is lost,
    and a bonus is taken back, as they would have been. ``figures`` are the voucher's now, ``back`` is all
    that ever came back after that ending, ``over_fen`` all that it had taken of a bonus and gave back, told
    or not. What the household's other vouchers did since counts for nothing. None where the policy does not
    say how a voucher ends.
    """
    was_spent = had.spent_fen + had.rest
    counted_fen = min(was_spent, Fraction(back.counted_fen))
    left_fen = had.leftover_fen + back.fen
    spent = was_spent - counted_fen
    if back.counted_fen != back.fen:
        spent = in_proportion(spent, had.leftover_fen + counted_fen, now_left_fen=left_fen)
    spent_fen, rest = divmod(spent, 1)
    together = figures.together
    if had.together is not None:
        together = replace(had.together, spent_fen=max(0, had.together.spent_fen - back.fen))
    never = replace(figures, face_fen=spent_fen + left_fen, spent_fen=spent_fen, rest=rest)
    never = replace(never, on=on, together=together)
    parts = parts_of(policy, kind, never)
    if parts.effect is None:
        return None
    path = parts.rules[0].path if parts.rules else ""
    return Ruled(parts.effect, max(0, parts.paid_fen - had.paid_fen - over_fen), path)


def decided(effect: str, leftover_fen: int, most_fen: int | None = None) -> Parts:
    """Return what the authority's own decision does: nothing is paid, or all, or at most so much."""
    paid_fen = 0 if effect == "void" else min(leftover_fen, leftover_fen if most_fen is None else most_fen)
    return Parts(effect, paid_fen, 0, leftover_fen - paid_fen, ())


def parts_bonus(voucher: Voucher) -> bool:
    """Tell whether an ending takes back of a voucher's share of what was earned before a split."""
    return voucher.move_id is not None and policy_of(voucher.policy_version).splits.is_past_parted


def kept(rules: Iterable[Rule]) -> list[dict[str, Any]]:
    """Return rules as an ending keeps them."""
    return [{"path": rule.path, "code": rule.code, "figures": dict(rule.figures)} for rule in rules]


def freeze_turns(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """Return turns as an ending keeps them."""
    return [
        {
            "until": turn.until and turn.until.isoformat(),
            "effect": turn.parts.effect,
            "paid_fen": turn.parts.paid_fen,
            "returned_fen": turn.parts.returned_fen,
            "forfeited_fen": turn.parts.forfeited_fen,
            "rules": kept(turn.parts.rules),
        }
        for turn in turns
    ]


def freeze(rules: Iterable[Rule], voucher: Voucher, rest: Fraction = Fraction(0)) -> dict[str, Any]:
    """Return the rules as an ending of a voucher keeps them.

    Of a part also that its bonus is a share of one, that what was spent counts as decision 0038 says, and
    what rounding left off that.
    """
    said = {"schema": SHOWN_SCHEMA, "policy_version_id": voucher.policy_version_id}
    found = said | {"rules": kept(rules)}
    if not parts_bonus(voucher):
        return found
    return found | {"bonus": PARTED, "spent": EXACT} | ({"rest": str(rest)} if rest else {})


def frozen_rest(shown: dict[str, Any]) -> Fraction:
    """Return what rounding left off what was spent when a voucher ended, in fen."""
    return Fraction(shown.get("rest", 0))


def frozen_rules(shown: dict[str, Any]) -> tuple[Rule, ...]:
    """Return the rules that an ending kept."""
    return tuple(Rule(rule["path"], rule["code"], rule["figures"]) for rule in shown["rules"])


def _parted(effect: str, payout: Amount, leftover_fen: int, lost: Amount) -> Parts:
    returned_fen = sum(int(rule.figures.get("taken_fen", 0)) for rule in payout.rules)
    forfeited_fen = leftover_fen - payout.fen - returned_fen
    return Parts(effect, payout.fen, returned_fen, forfeited_fen, (*payout.rules, *lost.rules))
