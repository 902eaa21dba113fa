"""What a household is told of its bonus in cash, in the transaction of each step."""

from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.notices import words
from app.notices.service import Recipient, tell
from app.projects.rules import masked
from app.redemptions import beyond, cash_queries, later, snapshot
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import Action, State
from app.vouchers.move_queries import heirs_behind

_TOLD_OF: Final = {
    "wait": "cash_bonus_waiting",
    "owe": "cash_bonus_owed",
    Action.PREPARE: "cash_bonus_account",
    Action.PREPARE_HEIR: "cash_bonus_heir",
    Action.APPROVE: "cash_bonus_approved",
    Action.PAY: "cash_bonus_paid",
    Action.RETURN: "cash_bonus_returned",
    "recall": "cash_bonus_recalled",
    "take_back": "cash_bonus_taken_back",
    "lose": "cash_bonus_lost",
}
"""What the household hears of; what officer and checker say to each other it does not."""


def tell_step(session: Session, bonus: CashBonus, action: str) -> None:
    """Tell the household what an act about its bonus in cash means for it, if anything."""
    if (kind := _TOLD_OF.get(action)) is None:
        return
    if action == Action.PREPARE_HEIR:
        _tell_heirs(session, bonus)
    interest_fen, less_fen = beyond.interest_now(session, bonus), later.less_now(session, bonus)
    redemption, account = cash_queries.redemption_of(session, bonus), cash_queries.account_of(bonus)
    tell(
        session,
        kind=kind,
        to=Recipient(district_id=bonus.district_id, household_id=bonus.household_id),
        # What comes back is approved and paid again, and each time is news.
        event=f"cash_bonus.{action}:{bonus.id}:{clock.now():%Y%m%d%H%M%S%f}",
        about_ref=redemption.ref,
        home=snapshot.read(redemption.quote.snapshot).home.line,
        sum=bonus.due_fen + interest_fen - less_fen,
        effect=_of_it(bonus, interest_fen) + _decided(bonus, less_fen),
        before=bonus.due_fen,
        account=account[-4:] if account else "",
        what="您本人" if bonus.died_on is None else f"代领人{masked(bonus.payee_name or '')}",
        words="本人" if not cash_queries.is_of_heirs(session, bonus) else "继承人推举的代领人",
        holder=masked(bonus.payee_name or ""),
        day=_day(bonus),
        reason=bonus.reason or "",
    )


def _tell_heirs(session: Session, bonus: CashBonus) -> None:
    """Tell the households that inherited the voucher, but the payee's, who is to receive for all of them."""
    redemption, account = cash_queries.redemption_of(session, bonus), cash_queries.account_of(bonus) or ""
    heirs = heirs_behind(session, [bonus.allocation.voucher_id]).get(bonus.allocation.voucher_id, [])
    for heir in heirs:
        if heir.household_id is None or heir.name == bonus.payee_name:
            continue
        tell(
            session,
            kind="cash_bonus_other_heir",
            to=Recipient(district_id=bonus.district_id, household_id=heir.household_id),
            event=f"cash_bonus.heir:{bonus.id}:{heir.household_id}:{clock.now():%Y%m%d%H%M%S%f}",
            about_ref=None,
            holder=masked(bonus.household.holder_name),
            home=snapshot.read(redemption.quote.snapshot).home.line,
            what=masked(bonus.payee_name or ""),
            account=account[-4:],
        )


def _day(bonus: CashBonus) -> str:
    """Return the day that a message names: that of the payment, or the one that left nothing."""
    day = bonus.paid_on
    if bonus.state == State.TAKEN_BACK and bonus.decided_by is not None:
        day = bonus.decided_on or clock.today()
    return words.named_day(day) if day else ""


DECIDED_BY: Final = {"filed": "网签备案", "verified": "核销", "paid": "批准付款"}
"""What households call the event whose day decides a bonus in cash."""


def _decided(bonus: CashBonus, less_fen: int) -> str:
    """Return by which day a sum is what it is, in a sentence; empty where the lock decided."""
    if bonus.decided_by is None:
        return ""
    event = DECIDED_BY[bonus.decided_by]
    most = f"，锁定时说的是最多 {words.yuan(bonus.due_fen)}" if less_fen else ""
    if (decided_on := later.day_of(bonus)) is None:
        return f"这笔奖励以{event}那天为准，这里先按今天算{most}。"
    day = words.named_day(decided_on)
    return f"这笔奖励按{event}那天（{day}）算{most}。"


def _of_it(bonus: CashBonus, interest_fen: int) -> str:
    """Return what of a sum is interest after the lock, in a sentence; empty where none runs on."""
    if not bonus.runs_on:
        return ""
    told = f"其中锁定以后的利息 {words.yuan(interest_fen)}，"
    until = bonus.runs_to or bonus.ordered_on or bonus.paid_on
    return told + (f"算到{words.named_day(until)}。" if until else "算到今天；以付款那天为准。")
