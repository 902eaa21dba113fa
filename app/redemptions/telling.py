"""What people are told about a purchase, in the transaction of each step."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVarTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from app.core import clock
from app.core.apart import Due
from app.identity.queries import organisations_of
from app.notices.service import Message, Recipient, tell_all
from app.redemptions import snapshot
from app.redemptions.models import Allocation, Redemption
from app.redemptions.snapshot import Snapshot
from app.redemptions.states import Action, State
from app.vouchers.models import Voucher


@dataclass(frozen=True, slots=True)
class _Told:
    """A kind of message, and what fills its blanks besides the home."""

    kind: str
    blanks: Callable[[Redemption], dict[str, Any]] = lambda _: {}


@dataclass(frozen=True, slots=True)
class _About:
    """What all messages of one step have in common."""

    redemption: Redemption
    home: str
    event: str

    def message(self, kind: str, to: Recipient, **data: Any) -> Message:
        """Return one of them, to be written with the others."""
        return Message(kind, to, self.event, self.redemption.ref, {"home": self.home, **data})


def _terms(redemption: Redemption) -> dict[str, Any]:
    return {"price": redemption.price_fen, "deadline": redemption.deadline_at}


def _deadline(redemption: Redemption) -> dict[str, Any]:
    return {"deadline": redemption.deadline_at}


def _contract(redemption: Redemption) -> dict[str, Any]:
    return {"price": redemption.price_fen, "number": redemption.contract_number}


def _price(redemption: Redemption) -> dict[str, Any]:
    return {"price": redemption.price_fen}


_HOUSEHOLD: Final = {
    Action.RESERVE: _Told("lock_made", _terms),
    Action.CANCEL: _Told("lock_cancelled"),
    Action.EXPIRE: _Told("lock_expired"),
    Action.FALL: _Told("space_fell"),
    Action.ENTER_CONTRACT: _Told("contract_entered", _contract),
    Action.CORRECT_CONTRACT: _Told("contract_corrected", _contract),
    Action.ANSWER: _Told("lock_answered"),
    Action.EXTEND: _Told("lock_extended", _deadline),
    Action.EXTEND_FOR_LOAN: _Told("lock_extended_for_loan", _deadline),
    Action.VERIFY_SECOND: _Told("purchase_done"),
    Action.REFUSE: _Told("purchase_refused"),
    Action.RELEASE: _Told("purchase_refused"),
}
_KIN: Final = {
    Action.RESERVE: _Told("kin_lock_made"),
    Action.CANCEL: _Told("kin_money_back"),
    Action.EXPIRE: _Told("kin_money_back"),
    Action.VERIFY_SECOND: _Told("kin_purchase_done"),
    Action.REFUSE: _Told("kin_money_back"),
    Action.RELEASE: _Told("kin_money_back"),
}
_DEVELOPER: Final = {
    Action.RESERVE: _Told("developer_lock_made", _terms),
    Action.CANCEL: _Told("developer_lock_cancelled"),
    Action.EXTEND: _Told("developer_lock_extended", _deadline),
    Action.EXTEND_FOR_LOAN: _Told("developer_lock_extended_for_loan", _deadline),
    Action.EXPIRE: _Told("developer_lock_expired"),
    Action.FALL: _Told("developer_space_fell"),
    Action.VERIFY_SECOND: _Told("developer_purchase_done", _price),
    Action.REFUSE: _Told("developer_purchase_refused"),
    Action.RELEASE: _Told("developer_purchase_refused"),
}
"""Whom a step concerns and what it is told; what is missing here is told to nobody."""

REMIND_DAYS: Final = (1, 3)
"""So many days before a lock's end it is told; the nearest that has come counts."""
Columns = TypeVarTuple("Columns")


def tell_of(
    session: Session,
    redemption: Redemption,
    action: Action,
    *,
    reason: str | None,
    frozen: Snapshot | None = None,
) -> None:
    """Tell everybody whom a step concerns. Called in the step's transaction."""
    tell_all(session, messages_of(session, redemption, action, reason=reason, frozen=frozen))


def messages_of(
    session: Session,
    redemption: Redemption,
    action: Action,
    *,
    reason: str | None,
    frozen: Snapshot | None = None,
) -> list[Message]:
    """Return what is told of a step to everybody whom it concerns, to be written with others.

    ``frozen`` is the purchase's quote, if the caller has read it.
    """
    if not any(action in told for told in (_HOUSEHOLD, _KIN, _DEVELOPER)):
        return []
    data = {"reason": reason} if action in (Action.REFUSE, Action.RELEASE) else {}
    event = f"redemption.{action}:{redemption.id}"
    if action is Action.CORRECT_CONTRACT and redemption.contract is not None:
        # There may be several: each is told.
        event = f"redemption.{action}:{redemption.contract.id}"
    frozen = frozen or snapshot.read(redemption.quote.snapshot)
    about = _About(redemption, frozen.home.line, event)
    messages = list[Message]()
    for recipient, told in ((_household(redemption), _HOUSEHOLD), (_developer(redemption), _DEVELOPER)):
        if action in told:
            blanks = {**told[action].blanks(redemption), **data}
            messages.append(about.message(told[action].kind, recipient, **blanks))
    if action in _KIN and any(part.kin for part in frozen.used_parts):
        for owner_id, spent_fen in _helping(session, redemption):
            helper = Recipient(district_id=redemption.district_id, household_id=owner_id)
            messages.append(about.message(_KIN[action].kind, helper, sum=spent_fen))
    if action is Action.ENTER_CONTRACT:
        for organisation_id in organisations_of(
            session, district_id=redemption.district_id, kind="authority"
        ):
            desk = Recipient(district_id=redemption.district_id, organisation_id=organisation_id)
            waits = {"price": redemption.price_fen, "purchase": redemption.ref}
            messages.append(about.message("contract_waits", desk, **waits))
    return messages


def ending_soon(session: Session) -> list[Due[int]]:
    """Return the locks that ``remind`` tells of."""
    wanted = _ending_soon(select(Redemption.id, Redemption.district_id, Redemption.ref))
    return [Due(*one) for one in session.execute(wanted)]


def remind(session: Session, *, only: int | None = None) -> None:
    """Tell households and developers whose locks end within some days, once for each of ``REMIND_DAYS``.

    Those told of go on standing there, so a limit would reach the same ones each time. ``only`` tells of one.
    """
    now = clock.now()
    ending = _ending_soon(select(Redemption)).options(joinedload(Redemption.quote))
    if only is not None:
        ending = ending.where(Redemption.id == only)
    messages = []
    for redemption in session.scalars(ending):
        left = redemption.deadline_at - now
        days = next(days for days in REMIND_DAYS if left <= timedelta(days=days))
        # The deadline is part of the name: one that was put off is told again.
        event = f"redemption.ends:{redemption.id}:{redemption.deadline_at:%Y%m%d%H}:{days}"
        about = _About(redemption, snapshot.read(redemption.quote.snapshot).home.line, event)
        for kind, to in (
            ("lock_ends_soon", _household(redemption)),
            ("developer_lock_ends_soon", _developer(redemption)),
        ):
            messages.append(about.message(kind, to, deadline=redemption.deadline_at))
    tell_all(session, messages)


def _ending_soon(statement: Select[*Columns]) -> Select[*Columns]:
    now = clock.now()
    return statement.where(
        Redemption.state == State.LOCKED,
        Redemption.deadline_at > now,
        Redemption.deadline_at <= now + timedelta(days=max(REMIND_DAYS)),
    ).order_by(Redemption.deadline_at, Redemption.id)


def _household(redemption: Redemption) -> Recipient:
    return Recipient(district_id=redemption.district_id, household_id=redemption.household_id)


def _helping(session: Session, redemption: Redemption) -> list[tuple[int, int]]:
    """Return the households whose vouchers help to pay, each with what they give in fen."""
    statement = (
        select(Voucher.household_id, func.sum(Allocation.spent_fen))
        .join(Allocation, Allocation.voucher_id == Voucher.id)
        .where(Allocation.redemption_id == redemption.id, Voucher.household_id != redemption.household_id)
        .group_by(Voucher.household_id)
    )
    return [(owner_id, int(fen)) for owner_id, fen in session.execute(statement)]


def _developer(redemption: Redemption) -> Recipient:
    return Recipient(district_id=redemption.district_id, organisation_id=redemption.developer_id)
