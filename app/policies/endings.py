"""What becomes of a voucher's leftover, asked for in time or when the term has ended: pure.

Sums are fen; a payout is rounded down, and so is a bonus that is taken back.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from app.core import money
from app.policies.answers import Amount, Rule
from app.policies.rules import Band, LapseRule, Policy

TAKING: Final = frozenset({"claw_back", "bonus_returned"})
"""Codes of the rules that take of a bonus back."""
_ALL_BP: Final = 10_000


@dataclass(frozen=True)
class Ending:
    """How a voucher ends: the effect, what is paid for the leftover, and the rules.

    ``effect`` is cash, void, agreement (the leftover goes back under the compensation agreement, without
    interest), or None where the policy says nothing.
    """

    effect: str | None
    payout: Amount


def face_lost(
    policy: Policy, how: str, *, additions: Mapping[str, int], face_fen: int, spent_fen: int
) -> Amount:
    """Return what an ending takes off a leftover of what was added to the compensation, by path.

    ``how`` is leftover, lapse or give_up. An addition is lost in part, each part rounded down, or whole;
    one with ``kept_from_bp`` not at all once so much is spent. Never more than what is left.
    """
    left_fen, lost_fen, rules = _leftover(face_fen, spent_fen), 0, []
    for one in policy.face:
        added_fen = additions.get(one.path, 0)
        if how not in one.lost_on or not added_fen:
            continue
        if one.kept_from_bp is not None and spent_fen * 10_000 >= one.kept_from_bp * face_fen:
            continue
        part_fen = added_fen if one.is_lost_whole else money.part_floor(added_fen, left_fen, face_fen)
        taken_fen = min(part_fen, left_fen - lost_fen)
        lost_fen += taken_fen
        rules.append(Rule(f"{one.path}.lost_on", "face_lost", {"taken_fen": taken_fen}))
    return Amount(lost_fen, tuple(rules))


def leftover_payout(
    policy: Policy,
    *,
    face_fen: int,
    spent_fen: int,
    bonus_fen: int,
    lost_fen: int = 0,
    started_on: date | None = None,
    on: date | None = None,
) -> Amount:
    """Return what is paid out for the leftover (余额兑付) of a voucher within its term.

    The last band that holds decides; comparing needs no rounding. ``bonus_fen`` is
    what the voucher's purchases earned, ``lost_fen`` what ``face_lost`` takes off; ``on`` the day on which it
    is asked for in a term that started on a day, without which no band holds that names its time. Raises
    ValueError when more than the face was spent.
    """
    leftover = _leftover(face_fen, spent_fen) - lost_fen
    bands = [band for band in policy.leftover or () if band.is_open(started_on, on)]
    band = _band(bands, face_fen=face_fen, spent_fen=spent_fen)
    if band is None:
        return Amount(0, (Rule("leftover", "leftover_unsaid", {"leftover_fen": leftover}),))
    return _rounded(
        policy, _by_band(band, "leftover", leftover_fen=leftover, face_fen=face_fen, bonus_fen=bonus_fen)
    )


def lapse(policy: Policy, *, face_fen: int, spent_fen: int, bonus_fen: int, lost_fen: int = 0) -> Ending:
    """Return how a voucher ends when its term has (逾期), or when it is given up where that is the same.

    ``lost_fen`` is what ``face_lost`` takes off. Raises ValueError when more than the face was spent.
    """
    leftover = _leftover(face_fen, spent_fen) - lost_fen
    if policy.lapse is None:
        return Ending(None, Amount(0, (Rule("lapse", "lapse_unsaid", {"leftover_fen": leftover}),)))
    band = _band(policy.lapse.bands, face_fen=face_fen, spent_fen=spent_fen)
    if band is not None:
        paid = _by_band(band, "lapse_cash", leftover_fen=leftover, face_fen=face_fen, bonus_fen=bonus_fen)
        return Ending("cash", _rounded(policy, paid))
    return _by_rule(policy, policy.lapse, leftover_fen=leftover, bonus_fen=bonus_fen)


def give_up(policy: Policy, *, face_fen: int, spent_fen: int, bonus_fen: int, lost_fen: int = 0) -> Ending:
    """Return how a voucher ends that is given up within its term: on terms of its own, or as it lapses.

    Raises as ``lapse``. Whether it may be given up at all is ``LapseRule.may_give_up``.
    """
    own = policy.lapse.give_up if policy.lapse else None
    if own is not None:
        leftover = _leftover(face_fen, spent_fen) - lost_fen
        return _by_rule(policy, own, leftover_fen=leftover, bonus_fen=bonus_fen)
    return lapse(policy, face_fen=face_fen, spent_fen=spent_fen, bonus_fen=bonus_fen, lost_fen=lost_fen)


def claw_back_over(rule: Rule, *, bonus_fen: int) -> Amount:
    """Return what a claw-back took beyond what it takes of the bonus that was kept in the end.

    ``rule`` is the one of a payout that took it, ``bonus_fen`` what of the bonus is left since a purchase was
    undone or cost less. What a household gives back in all is the rule's share of what it kept, no fen more.
    """
    rate_bp = int(rule.figures.get("claw_back_bp", _ALL_BP))
    taken_fen = int(rule.figures["taken_fen"])
    owed_fen = min(taken_fen, money.share_floor(bonus_fen, rate_bp))
    figures = {"taken_fen": taken_fen, "kept_fen": bonus_fen, "owed_fen": owed_fen, "claw_back_bp": rate_bp}
    return Amount(taken_fen - owed_fen, (Rule(rule.path, "claw_back_over", figures),))


def _by_rule(policy: Policy, rule: LapseRule, *, leftover_fen: int, bonus_fen: int) -> Ending:
    figures: dict[str, int | str] = {"leftover_fen": leftover_fen}
    if rule.effect == "void":
        return Ending("void", Amount(0, (Rule(f"{rule.path}.effect", "lapse_void", figures),)))
    gross = money.share_floor(leftover_fen, rule.rate_bp) if rule.effect == "cash" else leftover_fen
    taken = 0 if rule.is_bonus_kept else min(gross, bonus_fen)
    figures |= {"rate_bp": rule.rate_bp}
    rules = [Rule(f"{rule.path}.effect", f"lapse_{rule.effect}", figures)]
    if taken:
        rules.append(Rule(f"{rule.path}.bonus", "bonus_returned", {"taken_fen": taken}))
    payout = Amount(gross - taken, tuple(rules))
    return Ending(rule.effect, _rounded(policy, payout) if rule.effect == "cash" else payout)


def _rounded(policy: Policy, payout: Amount) -> Amount:
    fen = money.whole_steps(payout.fen, policy.payout_step_fen)
    if fen == payout.fen:
        return payout
    return Amount(fen, (*payout.rules, Rule("payout_rounding", "whole_yuan", {"exact_fen": payout.fen})))


def _band(bands: Iterable[Band], *, face_fen: int, spent_fen: int) -> Band | None:
    reached = [band for band in bands if band.holds(face_fen=face_fen, spent_fen=spent_fen)]
    return reached[-1] if reached else None


def _by_band(band: Band, code: str, *, leftover_fen: int, face_fen: int, bonus_fen: int) -> Amount:
    gross, upto_fen, beyond_fen = band.pays(leftover_fen, face_fen)
    taken = min(gross, money.share_floor(bonus_fen, band.claw_back_bp))
    rules = [Rule(band.path, code, {"leftover_fen": upto_fen, "rate_bp": band.rate_bp})]
    if beyond_fen:
        figures = {"leftover_fen": beyond_fen, "rate_bp": band.beyond_bp}
        rules.append(Rule(f"{band.path}.rate_up_to", "rate_beyond", figures))
    if taken:
        rules.append(Rule(band.path, "claw_back", {"taken_fen": taken, "claw_back_bp": band.claw_back_bp}))
    return Amount(gross - taken, tuple(rules))


def _leftover(face_fen: int, spent_fen: int) -> int:
    if not 0 <= spent_fen <= face_fen:
        raise ValueError(f"{spent_fen} of {face_fen} fen cannot be spent")
    return face_fen - spent_fen
