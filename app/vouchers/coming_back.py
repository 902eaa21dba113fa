"""What comes back to a voucher after its ending: paid by that ending's rule, and no more (decision 0040)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.core.errors import DomainError
from app.notices import words
from app.policies.bands import Used
from app.policies.endings import part_had
from app.policies.queries import policy_of
from app.policies.rules import Rule
from app.vouchers import claw_backs, purchases
from app.vouchers import ending_queries as queries
from app.vouchers.back_rules import Bit, Earlier, bit
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import (
    HOW,
    Back,
    Before,
    Ruled,
    as_if_never_spent,
    claimed_of,
    frozen_rest,
    frozen_rules,
)
from app.vouchers.ending_states import GONE, Kind
from app.vouchers.models import Voucher
from app.vouchers.purchases import Returned
from app.vouchers.succession import last_own

RULE: Final = "by_the_ending"
"""Code of the rule that says how much of it is paid."""
UNDONE: Final = "undone_by"
"""Code of the rule that says which kind of change gave how much of it back."""


@dataclass(frozen=True, slots=True)
class Due:
    """What of a sum that came back is paid, in fen, where a rule says it.

    ``fen`` is by the rule, ``most_fen`` with all that others than the household undid. Nothing less is paid
    in cash; under the agreement two people may set less, but never less than ``own_fen``, which an ending
    took too much of a bonus. ``effects`` are the ways in which it may be paid.
    """

    effects: tuple[str, ...]
    fen: int
    own_fen: int
    most_fen: int

    def least_fen(self, effect: str) -> int:
        """Return the least that is paid in one of the ways, in fen."""
        return self.own_fen if effect == "agreement" else self.fen


def due_of(ending: VoucherEnding) -> Due | None:
    """Return what is due of what came back, as it was shown; None where two people alone say it."""
    said = [rule for rule in frozen_rules(ending.shown) if rule.code == RULE]
    if not said:
        return None
    own_fen = claw_backs.over_of(ending)
    figures = said[0].figures
    fen = own_fen + int(figures["rules_fen"])
    most_fen = own_fen + int(figures.get("most_fen", figures["rules_fen"]))
    effect = str(figures.get("effect", "cash"))
    paying = ("agreement" if effect == "agreement" else "cash",) if most_fen else ()
    return Due(paying if fen else ("void", *paying), fen, own_fen, most_fen)


def above_rule(ending: VoucherEnding) -> bool:
    """Tell whether two people pay more than the rule says, because others undid the purchase."""
    due = due_of(ending)
    return due is not None and ending.paid_fen > due.fen


def sum_of(ending: VoucherEnding, effect: str, paid_fen: int | None) -> int | None:
    """Return what a decision pays of an ending, in fen; None where no rule says it and it pays all, or none.

    Raises DomainError at ``effect`` for another effect than the rule's, at ``paid`` for more than may be
    paid, or less than must be, or none where the rule says none.
    """
    due = due_of(ending)
    if due is None:
        if effect == "void" and claw_backs.over_of(ending):
            raise DomainError("void_takes_own", "effect")
        return None
    if effect not in due.effects:
        raise DomainError("void_takes_own" if effect == "void" and due.own_fen else "back_by_rule", "effect")
    if effect == "void":
        return 0
    fen = due.fen if paid_fen is None else paid_fen
    least_fen = due.least_fen(effect)
    if not max(least_fen, 1 if effect == "cash" else 0) <= fen <= due.most_fen:
        sums = {"most": words.yuan(due.most_fen), "least": words.yuan(least_fen)}
        raise DomainError("back_above_rule", "paid", **sums)
    return fen


def reckoning(session: Session, voucher: Voucher, available_fen: int) -> tuple[Rule, ...]:
    """Return how what came back to an ended voucher adds up: of purchases, and of what an ending took.

    ``available_fen`` is all of it; what earlier such endings told is told no more. Behind them stands what
    the rule of the ending pays of it, and, where others than the household undid a purchase, who did. That
    is the ending of the voucher, or of the one which its household made of it.
    """
    last = last_own(session, voucher) or voucher
    earlier = _earlier(session, last)
    over = claw_backs.over_now(
        session, voucher, sum(claw_backs.over_of(one) for one in earlier if one.voucher_id == voucher.id)
    )
    over_fen = int(over.figures["over_fen"]) if over else 0
    before = _before(earlier)
    undone = _undone(session, voucher, available_fen - over_fen)
    others_fen = sum(one.fen for one in undone if not one.is_own)
    own_fen = available_fen - over_fen - others_fen
    first = _first(session, last)
    said: list[Rule] = []
    if over is not None:
        said += [Rule("", "home_back", {"back_fen": available_fen - over_fen}), over]
    if first is not None:
        pieces = [*((one.voucher_id, *_parts(one)) for one in earlier), (voucher.id, own_fen, others_fen)]
        before_fen = sum(own + others for of, own, others in pieces if of != last.id)
        figures, _ = queries.figures_of(session, last, back_fen=before_fen)
        figures = replace(figures, claimed=claimed_of(first))
        had_part = part_had(policy_of(last.policy_version), frozen_rules(first.shown))
        figures = replace(figures, part=had_part or figures.part)
        did = (first.spent_fen, first.leftover_fen, first.paid_fen)
        had = Before(*did, _together(first), frozen_rest(first.shown))
        # All of it, told or not: it goes back to the voucher that ended, whichever one the purchase paid.
        went_back_fen = claw_backs.given_back(session, [first]).get(last.id, 0)
        is_parted = last.move_id is not None and policy_of(last.policy_version).splits.is_past_parted
        weights = purchases.current().weights(session, last.id) if is_parted else {}

        def ruled(*, with_others: bool) -> Ruled | None:
            back = [(of, own + with_others * others) for of, own, others in pieces]
            counted = sum((weights.get(of, Fraction(1)) * fen for of, fen in back), Fraction(0))
            return as_if_never_spent(
                policy_of(last.policy_version),
                Kind(first.kind),
                had,
                figures=figures,
                on=clock.legal_day(first.asked_at),
                back=Back(sum(fen for _of, fen in back), counted),
                over_fen=went_back_fen,
            )

        every, own = ruled(with_others=True), ruled(with_others=False)
        if every is not None and own is not None:
            found = bit(
                before,
                own_fen=own_fen,
                others_fen=others_fen,
                rule_fen=every.fen,
                own_rule_fen=own.fen if before.own_fen + own_fen else 0,
            )
            said += [*_told(undone, others_fen), Rule(every.path, RULE, _figures(found, every.effect))]
    return tuple(said)


def _figures(found: Bit, effect: str) -> dict[str, int | str]:
    """Return what is frozen of a bit; who undid it and the most only where others did."""
    figures: dict[str, int | str] = {"rules_fen": found.least_fen, "effect": effect}
    if found.others_fen or found.own_rules_fen != found.least_fen:
        figures |= {"own_rules_fen": found.own_rules_fen}
    if found.others_fen:
        figures |= {"others_fen": found.others_fen, "most_fen": found.most_fen}
    return figures


def _undone(session: Session, voucher: Voucher, back_fen: int) -> list[Returned]:
    """Return which changes gave back so much, the newest: what came before them left the voucher earlier."""
    found: list[Returned] = []
    for one in purchases.current().returned(session, voucher.id):
        if back_fen <= 0:
            break
        found.append(replace(one, fen=min(one.fen, back_fen)))
        back_fen -= one.fen
    return found


def _told(undone: Sequence[Returned], others_fen: int) -> list[Rule]:
    """Return in which ways it came back; nothing where the household gave all of it back itself."""
    kinds = Counter[tuple[str, bool]]()
    for one in undone:
        kinds[one.kind, one.is_own] += one.fen
    every = kinds.items() if others_fen else ()
    own: dict[str, int | str] = {"own": "yes"}
    return [
        Rule("", UNDONE, {"kind": kind, "back_fen": fen, **(own if is_own else {})})
        for (kind, is_own), fen in every
    ]


def _before(earlier: Sequence[VoucherEnding]) -> Earlier:
    """Return what earlier bits were and brought. Of older rows nobody wrote down who undid them."""
    sums = Earlier()
    for one in earlier:
        figures = next((rule.figures for rule in frozen_rules(one.shown) if rule.code == RULE), {})
        own_fen, others_fen = _parts(one)
        sums = Earlier(
            sums.own_fen + own_fen,
            sums.others_fen + others_fen,
            sums.own_rules_fen + int(figures.get("own_rules_fen", _had(one))),
            sums.had_fen + _had(one),
        )
    return sums


def _parts(ending: VoucherEnding) -> tuple[int, int]:
    """Return what of earlier money the household gave back itself, and what others undid, in fen."""
    figures = next((rule.figures for rule in frozen_rules(ending.shown) if rule.code == RULE), {})
    others_fen = int(figures.get("others_fen", 0))
    return ending.leftover_fen - claw_backs.over_of(ending) - others_fen, others_fen


def _together(ending: VoucherEnding) -> Used | None:
    """Return what all vouchers of a household had and spent when one ended, as far as that was counted."""
    told = (rule.figures for rule in frozen_rules(ending.shown) if rule.code == "spent_together")
    return next((Used(int(of["face_fen"]), int(of["spent_fen"])) for of in told), None)


def _had(ending: VoucherEnding) -> int:
    """Return what earlier money that came back was told to bring, or brought, beyond the household's own."""
    told_fen = sum(int(rule.figures["rules_fen"]) for rule in frozen_rules(ending.shown) if rule.code == RULE)
    return max(told_fen, ending.paid_fen - claw_backs.over_of(ending))


def _earlier(session: Session, last: Voucher) -> Sequence[VoucherEnding]:
    """Return what came back before to a voucher, and to those of its household that it stands for.

    What came back to another household's, of which it came, waits for two people: no rule pays it.
    """
    line = select(Voucher.id).where(Voucher.id == last.id).cte("stood_for", recursive=True)
    before = select(Voucher.id).join(line, Voucher.successor_id == line.c.id)
    line = line.union(before.where(Voucher.household_id == last.household_id))
    back = select(VoucherEnding).where(
        VoucherEnding.voucher_id.in_(select(line.c.id)), VoucherEnding.kind == Kind.BACK
    )
    return session.scalars(back.order_by(VoucherEnding.id)).all()


def _first(session: Session, voucher: Voucher) -> VoucherEnding | None:
    """Return the ending by which a voucher's leftover left it; None where it has none."""
    ended = select(VoucherEnding).where(
        VoucherEnding.voucher_id == voucher.id,
        VoucherEnding.kind.in_(HOW),
        VoucherEnding.state.in_(GONE),
    )
    return session.scalars(ended).first()
