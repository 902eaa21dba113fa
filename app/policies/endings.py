"""What becomes of a voucher's leftover, asked for in time or when the term has ended: pure.

Sums are fen; a bonus that is taken back is rounded down, and so is a payout, once its rate, before
``payout_rounding``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Final

from app.core import money
from app.policies.answers import Amount, Rule
from app.policies.bands import Claimed, Used, shared, small_bands
from app.policies.rules import Band, LapseRule, Policy
from app.policies.spared import Earned, spared_paths

TAKING: Final = frozenset({"claw_back", "claw_back_part", "bonus_returned"})
"""Codes of the rules that take of a bonus back."""
_ALL_BP: Final = 10_000


@dataclass(frozen=True)
class Ending:
    """How a voucher ends: the effect, what is paid for the leftover, and the rules.

    ``effect`` is cash, void, agreement (the leftover goes back under the compensation agreement, without
    interest), claim (it waits until its household claims it), or None where the policy says nothing.
    """

    effect: str | None
    payout: Amount


def face_lost(
    policy: Policy,
    how: str,
    *,
    additions: Mapping[str, int],
    face_fen: int,
    spent_fen: int,
    rest: Fraction = Fraction(0),
    is_part: bool = False,
) -> Amount:
    """Return what an ending takes off a leftover of what was added to the compensation, by path.

    ``how`` is leftover, lapse or give_up. An addition is lost in part, each part rounded down, or whole;
    of what ``is_part`` of a voucher rounded up: all its parts together are never paid more than it would be;
    one with ``kept_from_bp`` not at all once so much is spent, ``rest`` included, which rounding left off
    both. Never more than what is left.
    """
    left_fen, lost_fen, rules = _leftover(face_fen, spent_fen), 0, []
    part_of = money.part_ceil if is_part else money.part_floor
    for one in policy.face:
        added_fen = additions.get(one.path, 0)
        if how not in one.lost_on or not added_fen:
            continue
        if one.is_kept(face_fen=face_fen + rest, spent_fen=spent_fen + rest):
            continue
        part_fen = added_fen if one.is_lost_whole else part_of(added_fen, left_fen, face_fen)
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
    spared_fen: int = 0,
    started_on: date | None = None,
    on: date | None = None,
    together: Used | None = None,
    part: Fraction = Fraction(1),
    rest: Fraction = Fraction(0),
) -> Amount:
    """Return what is paid out for the leftover (余额兑付) of a voucher within its term.

    The last band that holds decides; comparing needs no rounding. ``bonus_fen`` is
    what the voucher's purchases earned but for ``spared_fen``, of which nothing is taken back; ``lost_fen``
    is what ``face_lost`` takes off; ``on`` the day on which it is asked for in a term that started on a day,
    without which no band holds that names its time;
    ``together`` are all vouchers of the household, where bands count those; ``part`` is which part of the
    voucher that was issued it is: of a band's sums in yuan it has as much; ``rest`` is what rounding left
    off the face and what was spent of it. Raises ValueError when more than the face was spent.
    """
    earned = Earned(bonus_fen, spared_fen)
    left = _rest(face_fen=face_fen, spent_fen=spent_fen, earned=earned, lost_fen=lost_fen)
    bands = [band for band in policy.leftover or () if band.is_open(started_on, on)]
    own = Used(face_fen, spent_fen, part, rest)
    band = _band(bands, own, together)
    if band is None:
        return Amount(0, (Rule("leftover", "leftover_unsaid", {"leftover_fen": left.fen}),))
    return _by_band(policy, band, "leftover", left, own, _told(policy.leftover or (), together))


def lapse(
    policy: Policy,
    *,
    face_fen: int,
    spent_fen: int,
    bonus_fen: int,
    lost_fen: int = 0,
    spared_fen: int = 0,
    together: Used | None = None,
    part: Fraction = Fraction(1),
    rest: Fraction = Fraction(0),
    claimed: Claimed | None = None,
) -> Ending:
    """Return how a voucher ends when its term has (逾期), or when it is given up where that is the same.

    ``lost_fen`` is what ``face_lost`` takes off, ``claimed`` when it is claimed, where that decides: without
    it what is left waits. The rest as in ``leftover_payout``. Raises ValueError when more than the face was
    spent.
    """
    earned = Earned(bonus_fen, spared_fen)
    left = _rest(face_fen=face_fen, spent_fen=spent_fen, earned=earned, lost_fen=lost_fen)
    if policy.lapse is None:
        return Ending(None, Amount(0, (Rule("lapse", "lapse_unsaid", {"leftover_fen": left.fen}),)))
    if policy.lapse.effect == "claim":
        return _by_claim(policy, policy.lapse, left, claimed)
    own = Used(face_fen, spent_fen, part, rest)
    band = _band(policy.lapse.bands, own, together)
    if band is not None:
        told = _told(policy.lapse.bands, together)
        return Ending("cash", _by_band(policy, band, "lapse_cash", left, own, told))
    return _by_rule(policy, policy.lapse, left)


def give_up(
    policy: Policy,
    *,
    face_fen: int,
    spent_fen: int,
    bonus_fen: int,
    lost_fen: int = 0,
    spared_fen: int = 0,
    together: Used | None = None,
    part: Fraction = Fraction(1),
    rest: Fraction = Fraction(0),
) -> Ending:
    """Return how a voucher ends that is given up within its term: on terms of its own, or as it lapses.

    Raises as ``lapse``. Whether it may be given up at all is ``LapseRule.may_give_up``.
    """
    own = policy.lapse.give_up if policy.lapse else None
    if own is not None:
        earned = Earned(bonus_fen, spared_fen)
        left = _rest(face_fen=face_fen, spent_fen=spent_fen, earned=earned, lost_fen=lost_fen)
        return _by_rule(policy, own, left)
    return lapse(
        policy,
        face_fen=face_fen,
        spent_fen=spent_fen,
        bonus_fen=bonus_fen,
        lost_fen=lost_fen,
        spared_fen=spared_fen,
        together=together,
        part=part,
        rest=rest,
    )


def counts_together(policy: Policy) -> bool:
    """Tell whether what all vouchers of a household spent decides what one of them is paid for a leftover."""
    return shared(_bands(policy)) is not None


def asks_left(policy: Policy) -> bool:
    """Tell whether how little is left of a voucher decides what is paid for it."""
    return bool(small_bands(_bands(policy)))


def part_had(policy: Policy, rules: Iterable[Rule]) -> Fraction:
    """Return which part an ending had of what may be left of a voucher; 0 where its rules ask no such sum."""
    small = small_bands(_bands(policy))
    had = (Fraction(rule.figures.get("part", 1)) for rule in rules if rule.path in small)
    return next(had, Fraction(0))


def _bands(policy: Policy) -> tuple[Band, ...]:
    return (*(policy.leftover or ()), *(policy.lapse.bands if policy.lapse else ()))


def claw_back_over(rule: Rule, *, bonus_fen: int) -> Amount:
    """Return what a claw-back took beyond what it takes of the bonus that was kept in the end.

    ``rule`` is the one of a payout that took it, ``bonus_fen`` what of the bonus is left since a purchase was
    undone or cost less. What a household gives back in all is the rule's share of what it kept, no fen more.
    """
    taken_fen = int(rule.figures["taken_fen"])
    share: dict[str, int] = {"claw_back_bp": int(rule.figures.get("claw_back_bp", _ALL_BP))}
    if rule.code == "claw_back_part":
        share = {name: int(rule.figures[name]) for name in ("left_fen", "face_fen")}
        owed_fen = money.part_floor(bonus_fen, share["left_fen"], share["face_fen"])
    else:
        owed_fen = money.share_floor(bonus_fen, share["claw_back_bp"])
    owed_fen = min(taken_fen, owed_fen)
    figures = {"taken_fen": taken_fen, "kept_fen": bonus_fen, "owed_fen": owed_fen, **share}
    return Amount(taken_fen - owed_fen, (Rule(rule.path, "claw_back_over", figures),))


@dataclass(frozen=True, slots=True)
class _Rest:
    """What is left of a voucher that ends, in fen."""

    face_fen: int
    left_fen: int
    """What was not spent."""
    lost_fen: int
    """What of that is taken off first."""
    earned: Earned
    """What its purchases earned."""

    @property
    def fen(self) -> int:
        """What an ending pays a rate of."""
        return self.left_fen - self.lost_fen

    def taken(self, claw_back_bp: int | None, most_fen: int) -> tuple[int, dict[str, int]]:
        """Return what is taken of the bonus, rounded down, at most so much, with the figures of the share.

        Without a share it is as much of the bonus as is left of the face.
        """
        if claw_back_bp is not None:
            fen = money.share_floor(self.earned.taken_of_fen, claw_back_bp)
            return min(most_fen, fen), {"claw_back_bp": claw_back_bp}
        fen = self.earned.taken_of_fen
        fen = money.part_floor(fen, self.left_fen, self.face_fen) if self.face_fen else 0
        return min(most_fen, fen), {"left_fen": self.left_fen, "face_fen": self.face_fen}

    def spared(self, policy: Policy, claw_back_bp: int | None, most_fen: int) -> tuple[Rule, ...]:
        """Return how much bonus is left alone where of others at most so much is taken back."""
        if claw_back_bp == 0 or not most_fen or not self.earned.spared_fen:
            return ()
        path = min(spared_paths(policy), key=lambda one: (len(one), one))
        figures = {"spared_fen": self.earned.spared_fen, "others_fen": self.earned.taken_of_fen}
        return (Rule(f"{path}.claw_back", "bonus_spared", figures),)


def _rest(*, face_fen: int, spent_fen: int, earned: Earned, lost_fen: int) -> _Rest:
    return _Rest(face_fen, _leftover(face_fen, spent_fen), lost_fen, earned)


def _by_claim(policy: Policy, rule: LapseRule, rest: _Rest, claimed: Claimed | None) -> Ending:
    """Return what is paid of what is claimed then; what nobody claims in time goes another way."""
    if claimed is None:
        figures: dict[str, int | str] = {"leftover_fen": rest.fen}
        return Ending("claim", Amount(0, (Rule(f"{rule.path}.within", "lapse_claim", figures),)))
    band = rule.band_on(claimed)
    if band is None:
        return _by_rule(policy, replace(rule, effect=rule.after or "void"), rest, f"{rule.path}.after")
    found = _by_rule(policy, replace(rule, effect="cash", rate_bp=band.rate_bp), rest, band.path)
    until = {"until": band.last_day(claimed.counted_from).isoformat()}
    first, *others = found.payout.rules
    told = Rule(first.path, "lapse_claimed", {**first.figures, **until})
    return replace(found, payout=replace(found.payout, rules=(told, *others)))


def _by_rule(policy: Policy, rule: LapseRule, rest: _Rest, at: str | None = None) -> Ending:
    """Return how a rule ends what is left; ``at`` is where the file says how, where not as its effect."""
    at = at or f"{rule.path}.effect"
    figures: dict[str, int | str] = {"leftover_fen": rest.fen}
    if rule.effect == "void":
        return Ending("void", Amount(0, (Rule(at, "lapse_void", figures),)))
    gross = money.share_floor(rest.fen, rule.rate_bp) if rule.effect == "cash" else rest.fen
    taken, share = rest.taken(rule.claw_back_bp, gross)
    figures |= {"rate_bp": rule.rate_bp}
    rules = [Rule(at, f"lapse_{rule.effect}", figures), *rest.spared(policy, rule.claw_back_bp, gross)]
    if taken:
        path, of = f"{rule.path}.bonus", {"taken_fen": taken}
        is_part = rule.claw_back_bp is None
        rules.append(
            Rule(path, "claw_back_part", {**of, **share}) if is_part else Rule(path, "bonus_returned", of)
        )
    payout = Amount(gross - taken, tuple(rules))
    is_cash = rule.effect == "cash"
    return Ending(rule.effect, _rounded(policy, payout, rest.fen - taken) if is_cash else payout)


def _rounded(policy: Policy, payout: Amount, most_fen: int) -> Amount:
    """Return a payout rounded as the policy says, half up to no more than is left and may be paid."""
    whole = policy.payout_rounding.of(payout.fen, "payout_rounding", most_fen)
    return Amount(whole.fen, (*payout.rules, *whole.rules))


def _band(bands: Iterable[Band], own: Used, together: Used | None) -> Band | None:
    reached = [band for band in bands if band.holds(own, together)]
    return reached[-1] if reached else None


def _told(bands: Iterable[Band], together: Used | None) -> tuple[Rule, ...]:
    """Return what all vouchers of the household had and spent, where bands count that; nothing elsewhere."""
    band = shared(bands)
    if band is None or together is None:
        return ()
    figures = {"face_fen": together.face_fen, "spent_fen": together.spent_fen}
    return (Rule(f"{band.path}.spent_of", "spent_together", figures),)


def _by_band(policy: Policy, band: Band, code: str, rest: _Rest, own: Used, told: tuple[Rule, ...]) -> Amount:
    gross, upto_fen, beyond_fen = band.pays(rest.fen, rest.face_fen)
    taken, share = rest.taken(band.claw_back_bp, gross)
    said: dict[str, int | str] = {"leftover_fen": upto_fen, "rate_bp": band.rate_bp}
    said |= {} if own.part == 1 else {"part": str(own.part)}
    rules = [Rule(band.path, code, said), *told]
    if beyond_fen:
        figures = {"leftover_fen": beyond_fen, "rate_bp": band.beyond_bp}
        rules.append(Rule(f"{band.path}.rate_up_to", "rate_beyond", figures))
    rules += rest.spared(policy, band.claw_back_bp, gross)
    if taken:
        how = "claw_back_part" if band.claw_back_bp is None else "claw_back"
        rules.append(Rule(band.path, how, {"taken_fen": taken, **share}))
    paid_fen = gross - taken
    room_fen = rest.fen - taken
    if band.most_fen is not None:
        most_fen = own.part_of(band.most_fen)
        room_fen = min(room_fen, most_fen)
        if paid_fen > most_fen:
            paid_fen = most_fen
            rules.append(Rule(f"{band.path}.most_yuan", "leftover_most", {"most_fen": paid_fen}))
    return _rounded(policy, Amount(paid_fen, tuple(rules)), room_fen)


def _leftover(face_fen: int, spent_fen: int) -> int:
    if not 0 <= spent_fen <= face_fen:
        raise ValueError(f"{spent_fen} of {face_fen} fen cannot be spent")
    return face_fen - spent_fen
