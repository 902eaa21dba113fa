"""The only writer of supervised accounts: one person enters an account, a second one confirms it."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor, Duty, Role
from app.core.errors import Conflict, DomainError, Forbidden, stated
from app.core.ids import new_ref
from app.homes.models import Development
from app.payments import account_queries as queries
from app.payments.account_models import SupervisedAccount
from app.payments.account_rules import check_holder, check_since, tidy_number
from app.payments.account_telling import Step, tell_company
from app.payments.events import account_changed


@dataclass(frozen=True, slots=True)
class AccountTyped:
    """An account as somebody typed it off the agreement on its supervision."""

    holder_name: str
    bank: str
    number: str
    since: date


def propose(
    session: Session, *, actor: Actor, development_ref: str, typed: AccountTyped
) -> SupervisedAccount:
    """Enter the account of a development, as its developer's manager or an officer; nobody pays into it yet.

    Raises Forbidden for anybody else, NotFound, Conflict while another one waits, DomainError at its field
    for what cannot be a supervised account, is the one in use, or is another company's.
    """
    if actor.role is not Role.OFFICER and (actor.role is not Role.DEVELOPER or actor.duty != Duty.MANAGER):
        raise Forbidden("wrong_role")
    number, holder_name = tidy_number(typed.number), check_holder(typed.holder_name)
    check_since(typed.since, today=clock.today())
    development = _lock(session, actor, development_ref)
    if queries.find_proposed(session, development_id=development.id):
        raise Conflict("account_waits")
    bank = typed.bank.strip()
    current = queries.find_current(session, development_id=development.id)
    if current and (current.number, current.bank, current.holder_name) == (number, bank, holder_name):
        raise DomainError("account_same", "number")
    _demand_own(session, development, number)
    account = SupervisedAccount(
        district_id=development.district_id,
        ref=new_ref("JG"),
        development_id=development.id,
        holder_name=holder_name,
        bank=bank,
        number=number,
        since=typed.since,
        state="proposed",
        entered_by_id=actor.user_id,
        entered_at=clock.now(),
    )
    session.add(account)
    session.flush()
    _note(session, actor, account, "propose")
    _tell(session, account, development, Step.ENTERED)
    return account


def confirm(
    session: Session, *, actor: Actor, development_ref: str, account_ref: str, number: str
) -> SupervisedAccount:
    """Let households pay into the account that was entered; the one before is replaced and kept.

    ``number`` is typed anew off the agreement. Raises Forbidden for whoever is no checker or entered it,
    NotFound, Conflict when it was decided, DomainError at ``number`` when it is not the one that was entered.
    """
    account, development = _take(session, actor, development_ref, account_ref)
    if tidy_number(number) != account.number:
        raise DomainError("account_number_differs", "number")
    before, moment = queries.find_current(session, development_id=account.development_id), clock.now()
    if before:
        before.state, before.replaced_at = "replaced", moment
        session.flush()
    account.state, account.decided_by_id, account.decided_at = "current", actor.user_id, moment
    session.flush()
    _note(session, actor, account, "confirm", replaced_id=before.id if before else None)
    _tell(session, account, development, Step.CONFIRMED)
    if before:
        account_changed.publish(session, account_id=account.id)
    return account


def refuse(
    session: Session, *, actor: Actor, development_ref: str, account_ref: str, reason: str
) -> SupervisedAccount:
    """Refuse the account that was entered. Raises as ``confirm``; DomainError at ``reason`` without one."""
    account, development = _take(session, actor, development_ref, account_ref)
    account.reason, account.state = stated(reason), "refused"
    account.decided_by_id, account.decided_at = actor.user_id, clock.now()
    session.flush()
    _note(session, actor, account, "refuse")
    _tell(session, account, development, Step.REFUSED)
    return account


def _lock(session: Session, actor: Actor, development_ref: str) -> Development:
    """Lock the development: whoever enters or confirms its account waits here for the one before."""
    found = queries.get_development(session, actor=actor, ref=development_ref)
    return locks.lock(session, Development, found.id)


def _take(
    session: Session, actor: Actor, development_ref: str, account_ref: str
) -> tuple[SupervisedAccount, Development]:
    actor.demand(Role.CHECKER)
    development = _lock(session, actor, development_ref)
    account = queries.find_proposed(session, development_id=development.id)
    if account is None or account.ref != account_ref:
        raise Conflict("account_decided")
    if account.entered_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    return account, development


def _demand_own(session: Session, development: Development, number: str) -> None:
    """Refuse an account that stands for another company's development: one of the two was mistyped."""
    others = (
        select(SupervisedAccount.id)
        .join(Development, Development.id == SupervisedAccount.development_id)
        .where(SupervisedAccount.number == number, SupervisedAccount.state.in_(("current", "proposed")))
        .where(Development.developer_id != development.developer_id)
    )
    if session.scalars(others).first() is not None:
        raise DomainError("account_of_another", "number")


def _tell(session: Session, account: SupervisedAccount, development: Development, step: Step) -> None:
    tell_company(
        session,
        step,
        developer_id=development.developer_id,
        ref=account.ref,
        seen_at=development.ref,
        what=f"{development.name}的监管账户",
        number=account.number,
        reason=account.reason,
    )


def _note(
    session: Session, actor: Actor, account: SupervisedAccount, verb: str, **detail: int | None
) -> None:
    audit.record(
        session,
        actor=actor,
        action=f"payments.{verb}_account",
        object_type="supervised_account",
        object_id=account.id,
        development_id=account.development_id,
        **detail,
    )
