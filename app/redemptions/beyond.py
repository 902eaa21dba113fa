"""What interest on what was spent adds to a bonus in cash after the lock: worked out, and paid with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.ledger.queries import days_kept
from app.policies.answers import Rule
from app.policies.beyond import beyond, runs_on
from app.policies.interest import RUNS_ON
from app.policies.queries import policy_of
from app.redemptions import snapshot
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_states import UNPAID
from app.redemptions.models import Allocation, Redemption, RedemptionMove
from app.redemptions.verifiable import Part
from app.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class Run:
    """To which event interest runs, and to which day: None for that of the payment."""

    event: str
    day: date | None


def runs_of(
    session: Session, redemption: Redemption, parts: Sequence[Part], frozen: Mapping[str, Any]
) -> dict[int, Run]:
    """Return whose interest runs on after the lock, by voucher id, of a purchase that is written off now.

    The promises of its ``parts`` are kept; ``frozen`` is its quote as it is stored. A day that is not after
    the lock adds nothing and is left out.
    """
    paying = {part.voucher_id for part in parts}
    found = {
        part["voucher_id"]: rule["figures"]
        for part in frozen["parts"]
        for one in part.get("each", ())
        for rule in one["rules"]
        if rule["code"] == RUNS_ON and part["voucher_id"] in paying
    }
    days = {
        event: days_of(session, redemption, parts, event) for event in {one["to"] for one in found.values()}
    }
    runs = {
        voucher_id: (Run(one["to"], days[one["to"]].get(voucher_id)), one["lock"])
        for voucher_id, one in found.items()
    }
    return {
        voucher_id: run
        for voucher_id, (run, lock) in runs.items()
        if run.day is None or run.day.isoformat() > lock
    }


def days_of(
    session: Session, redemption: Redemption, parts: Sequence[Part], event: str
) -> Mapping[int, date]:
    """Return on which day an event of a purchase was, by voucher id; empty for that of the payment."""
    if event == "verified":
        promises = {part.transfer_id: part.voucher_id for part in parts}
        return {promises[promise]: day for promise, day in days_kept(session, promises).items()}
    if event == "paid":
        return {}
    day = redemption.contract_signed_on
    if event == "filed":
        entered = select(func.min(RedemptionMove.at)).where(
            RedemptionMove.redemption_id == redemption.id, RedemptionMove.action == "enter_contract"
        )
        moment = session.scalar(entered)
        day = clock.legal_day(moment) if moment else day
    if day is None:
        raise LookupError(f"purchase {redemption.ref} is written off without a contract")
    return {part.voucher_id: day for part in parts}


def interest_on(session: Session, bonus: CashBonus, day: date) -> int:
    """Return the interest in fen that is paid with a bonus in cash on a day: what was borne after the lock.

    It is of what the voucher pays for the home by then; ``runs_to`` of the bonus is its last day, where it
    has one.
    """
    return _borne(session, bonus.allocation, bonus.runs_to or day) if bonus.runs_on else 0


def paid_with(session: Session, bonus: CashBonus, day: date) -> int:
    """Return the interest in fen that an approved bonus bears which the bank pays on a day.

    Where a list told the bank on which day to pay, interest stops by that one: it pays the list's sum.
    """
    return interest_on(session, bonus, bonus.ordered_on or day)


def still_pays(session: Session, bonus: CashBonus) -> bool:
    """Tell whether any interest is ever paid with a bonus in cash at the home's present price."""
    run = Run("", bonus.runs_to) if bonus.runs_on else None
    return will_pay(session, bonus.allocation_id, run)


def will_pay(session: Session, allocation_id: int, run: Run | None) -> bool:
    """Tell whether interest that runs on so is ever paid on what a voucher pays for a home by now.

    By the day of a payment any sum bears something in the end; by one that is known rounding may leave none.
    """
    if run is None:
        return False
    allocation = session.get_one(Allocation, allocation_id)
    if run.day is None:
        return bool(_running(session, allocation))
    return _borne(session, allocation, run.day) > 0


def _borne(session: Session, allocation: Allocation, until: date) -> int:
    policy = policy_of(allocation.voucher.policy_version)
    rules, spent_fen = _running(session, allocation), allocation.present_spent_fen
    return sum(beyond(policy, rule, spent_fen=spent_fen, until=until).fen for rule in rules)


def _running(session: Session, allocation: Allocation) -> list[Rule]:
    """Return the rules by which interest runs on: as much as they ask for is spent for the home by now."""
    spent_fen = allocation.present_spent_fen
    if not spent_fen:
        return []
    redemption = session.get_one(Redemption, allocation.redemption_id)
    rules = [
        rule
        for part in snapshot.read(redemption.quote.snapshot).parts
        if part.voucher_id == allocation.voucher_id
        for one in part.each
        if (rule := runs_on(one.rules))
    ]
    return [rule for rule in rules if spent_fen >= int(rule.figures.get("least_fen", 0))]


def interest_now(session: Session, bonus: CashBonus) -> int:
    """Return what was paid with a bonus in cash of interest, or would be today, in fen."""
    if bonus.state in ("paid", "taken_back"):
        return bonus.interest_fen
    return paid_with(session, bonus, clock.today())


def list_running(session: Session, *, district_id: int) -> list[tuple[CashBonus, Redemption]]:
    """Return the bonus in cash that is not paid yet and on which interest runs, oldest first.

    One question: whoever keeps the purchases works out ``interest_on`` without another.
    """
    statement = (
        select(CashBonus, Redemption)
        .join(Allocation, Allocation.id == CashBonus.allocation_id)
        .join(Redemption, Redemption.id == Allocation.redemption_id)
        .where(CashBonus.district_id == district_id, CashBonus.state.in_(UNPAID), CashBonus.runs_on)
        .options(
            joinedload(CashBonus.household),
            joinedload(CashBonus.allocation)
            .joinedload(Allocation.voucher)
            .joinedload(Voucher.policy_version),
            joinedload(Redemption.quote),
        )
        .order_by(CashBonus.id)
    )
    return [(bonus, redemption) for bonus, redemption in session.execute(statement)]
