"""The only writer of developers' own bank accounts: one person enters one, a second one confirms it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from app.core import audit, clock, locks
from app.core.actor import Actor, Role
from app.core.db import unless_taken
from app.core.errors import Conflict, DomainError, Forbidden, NotFound, stated
from app.core.ids import new_ref
from app.identity.models import District
from app.payments.account_rules import check_holder, tidy_number
from app.payments.account_telling import FINANCE, Step, tell_company
from app.settlements.money_models import DeveloperAccount


@dataclass(frozen=True, slots=True)
class Typed:
    """An account as the developer typed it off the bank's paper."""

    holder_name: str
    bank: str
    number: str


def propose(session: Session, *, actor: Actor, district_id: int, typed: Typed) -> DeveloperAccount:
    """Enter, as a developer's manager or finance, the account that a district is to pay to from now on.

    Raises Forbidden for anybody else, Conflict while another one waits, DomainError at its field for what
    cannot be a company's account, or is the one in use.
    """
    if actor.role is not Role.DEVELOPER or actor.duty not in FINANCE:
        raise Forbidden("wrong_role")
    number, holder_name = tidy_number(typed.number), check_holder(typed.holder_name)
    bank = typed.bank.strip()
    current = find(session, district_id=district_id, developer_id=actor.organisation, state="current")
    if current and (current.number, current.bank, current.holder_name) == (number, bank, holder_name):
        raise DomainError("account_same", "number")
    made = DeveloperAccount(
        district_id=district_id,
        ref=new_ref("ZH"),
        developer_id=actor.organisation,
        holder_name=holder_name,
        bank=bank,
        number=number,
        state="proposed",
        entered_by_id=actor.user_id,
        entered_at=clock.now(),
    )
    with unless_taken(session, "uq_developer_accounts_proposed", Conflict("account_waits")):
        session.add(made)
    _note(session, actor, made, "propose")
    _tell(session, made, Step.ENTERED)
    return made


def decide(
    session: Session, *, actor: Actor, ref: str, approve: bool, number: str = "", reason: str = ""
) -> DeveloperAccount:
    """Let a developer be paid to the account that was entered, or refuse it, as a checker.

    ``number`` is typed anew off the bank's paper. Raises Forbidden, NotFound, Conflict when it was decided,
    DomainError at ``number`` when it is another one, at ``reason`` for a refusal without one.
    """
    actor.demand(Role.CHECKER)
    asked = get(session, actor=actor, ref=ref)
    before = find(session, district_id=actor.district, developer_id=asked.developer_id, state="current")
    rows = locks.lock_all(session, DeveloperAccount, [one.id for one in (asked, before) if one])
    found = next(one for one in rows if one.id == asked.id)
    if found.state != "proposed":
        raise Conflict("account_decided")
    if found.entered_by_id == actor.user_id:
        raise Forbidden("approval_same_person")
    if approve:
        if tidy_number(number) != found.number:
            raise DomainError("account_number_differs", "number")
        for one in rows:
            if one.state == "current":
                one.state = "replaced"
        session.flush()
    found.reason = None if approve else stated(reason)
    found.state = "current" if approve else "refused"
    found.decided_by_id, found.decided_at = actor.user_id, clock.now()
    _note(session, actor, found, "confirm" if approve else "refuse")
    _tell(session, found, Step.CONFIRMED if approve else Step.REFUSED)
    return found


def find(session: Session, *, district_id: int, developer_id: int, state: str) -> DeveloperAccount | None:
    """Return a developer's account in a state of which there is one at most, or None."""
    wanted = select(DeveloperAccount).where(
        DeveloperAccount.district_id == district_id,
        DeveloperAccount.developer_id == developer_id,
        DeveloperAccount.state == state,
    )
    return session.scalars(wanted).first()


def find_refused(session: Session, *, district_id: int, developer_id: int) -> DeveloperAccount | None:
    """Return the account that a developer entered last where it was refused, or None."""
    newest = list_all(session, district_id=district_id, developer_id=developer_id)
    last = max(newest, key=lambda one: one.id, default=None)
    return last if last is not None and last.state == "refused" else None


def get(session: Session, *, actor: Actor, ref: str) -> DeveloperAccount:
    """Return an account of the actor's district. Raises NotFound."""
    wanted = select(DeveloperAccount).where(
        DeveloperAccount.ref == ref, DeveloperAccount.district_id == actor.district
    )
    found = session.scalars(wanted.options(joinedload(DeveloperAccount.developer))).first()
    if found is None:
        raise NotFound("account_gone")
    return found


def list_all(
    session: Session, *, district_id: int, developer_id: int | None = None, limit: int = 20, offset: int = 0
) -> Sequence[DeveloperAccount]:
    """Return the accounts of a district's developers, or of one, those that wait first, then the newest."""
    wanted = select(DeveloperAccount).where(DeveloperAccount.district_id == district_id)
    if developer_id is not None:
        wanted = wanted.where(DeveloperAccount.developer_id == developer_id)
    wanted = wanted.order_by(DeveloperAccount.state != "proposed", DeveloperAccount.id.desc())
    shown = wanted.options(joinedload(DeveloperAccount.developer)).limit(limit).offset(offset)
    return session.scalars(shown).all()


def count_all(session: Session, *, district_id: int, state: str | None = None) -> int:
    """Return how many accounts ``list_all`` lists of a district, all or those in one state."""
    wanted = select(func.count(DeveloperAccount.id)).where(DeveloperAccount.district_id == district_id)
    if state is not None:
        wanted = wanted.where(DeveloperAccount.state == state)
    return session.scalars(wanted).one()


def _tell(session: Session, account: DeveloperAccount, step: Step) -> None:
    district = session.get_one(District, account.district_id)
    tell_company(
        session,
        step,
        developer_id=account.developer_id,
        ref=account.ref,
        seen_at=district.code,
        what=f"贵公司在{district.name}的收款账户",
        number=account.number,
        reason=account.reason,
    )


def _note(session: Session, actor: Actor, found: DeveloperAccount, verb: str) -> None:
    session.flush()
    audit.record(
        session,
        actor=actor,
        action=f"settlements.{verb}_account",
        object_type="developer_account",
        object_id=found.id,
        developer_id=found.developer_id,
    )
