"""What comes back to a voucher after its ending: paid by that ending's rule, and no more (decision 0040)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import clock
from app.policies.queries import policy_of
from app.policies.rules import Rule
from app.vouchers import claw_backs
from app.vouchers import ending_queries as queries
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_rules import HOW, Before, as_if_never_spent, frozen_rules
from app.vouchers.ending_states import GONE, Kind
from app.vouchers.models import Voucher
from app.vouchers.succession import last_own

RULE: Final = "by_the_ending"
"""Code of the rule that says how much of it is paid."""


@dataclass(frozen=True, slots=True)
class Due:
    """What of a sum that came back is paid, in fen, where a rule says it.

    In cash it is exactly that; under the agreement two people may set less, but never less than ``own_fen``,
    which an ending took too much of a bonus.
    """

    effect: str
    fen: int
    own_fen: int


def due_of(ending: VoucherEnding) -> Due | None:
    """Return what is due of what came back, as it was shown; None where two people alone say it."""
    said = [rule for rule in frozen_rules(ending.shown) if rule.code == RULE]
    if not said:
        return None
    own_fen = claw_backs.over_of(ending)
    fen = own_fen + int(said[0].figures["rules_fen"])
    effect = str(said[0].figures.get("effect", "cash"))
    return Due((effect if effect != "void" else "cash") if fen else "void", fen, own_fen)


def reckoning(session: Session, voucher: Voucher, available_fen: int) -> tuple[Rule, ...]:
    """Return how what came back to an ended voucher adds up: of purchases, and of what an ending took.

    ``available_fen`` is all of it; what earlier such endings told is told no more. Behind them stands what
    the rule of the ending pays of it. That is the ending of the voucher, or of the one which its household
    made of it.
    """
    last = last_own(session, voucher) or voucher
    earlier = _earlier(session, last)
    told_fen = sum(claw_backs.over_of(one) for one in earlier)
    over = claw_backs.over_now(
        session, voucher, sum(claw_backs.over_of(one) for one in earlier if one.voucher_id == voucher.id)
    )
    over_fen = int(over.figures["over_fen"]) if over else 0
    before_fen = sum(one.leftover_fen - claw_backs.over_of(one) for one in earlier)
    back_fen = before_fen + available_fen - over_fen
    first = _first(session, last)
    said: list[Rule] = []
    if over is not None:
        said += [Rule("", "home_back", {"back_fen": available_fen - over_fen}), over]
    if first is not None:
        figures, _ = queries.figures_of(session, last)
        had = Before(first.spent_fen, first.leftover_fen, first.paid_fen)
        never = as_if_never_spent(
            policy_of(last.policy_version),
            Kind(first.kind),
            had,
            figures=figures,
            on=clock.legal_day(first.asked_at),
            back_fen=back_fen,
            over_fen=told_fen + over_fen,
        )
        if never is not None:
            fen = max(0, never.fen - sum(map(_had, earlier)))
            said.append(Rule(never.path, RULE, {"rules_fen": fen, "effect": never.effect}))
    return tuple(said)


def _had(ending: VoucherEnding) -> int:
    """Return what earlier money that came back was told to bring, or brought, beyond the household's own."""
    told_fen = sum(int(rule.figures["rules_fen"]) for rule in frozen_rules(ending.shown) if rule.code == RULE)
    return max(told_fen, ending.paid_fen - claw_backs.over_of(ending))


def _earlier(session: Session, last: Voucher) -> Sequence[VoucherEnding]:
    """Return what came back before to a voucher, and to those that it stands for."""
    line = select(Voucher.id).where(Voucher.id == last.id).cte("stood_for", recursive=True)
    line = line.union(select(Voucher.id).join(line, Voucher.successor_id == line.c.id))
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
