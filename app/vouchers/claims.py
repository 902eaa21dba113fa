"""How a household comes to its account: voucher number, the code from its sheet, and an ID number."""

import secrets
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.core import audit, locks
from app.core.actor import Actor, Role, system_actor
from app.core.errors import Conflict, DomainError, stated
from app.core.rates import RateCounter
from app.identity import claims, phones
from app.identity.claim_tries import claim_lock
from app.identity.credentials import ClaimCode
from app.identity.models import Membership, User
from app.identity.queries import actor_of
from app.identity.service import create_user, end_all, grant_role, set_password
from app.notices.service import Recipient, tell
from app.projects import persons
from app.projects.models import HouseholdPerson
from app.vouchers.errors import ClaimRefused
from app.vouchers.models import Voucher
from app.vouchers.queries import get_voucher


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a claim led to: who signs in now, by which name."""

    membership: Membership
    username: str


def make_code(session: Session, *, actor: Actor, voucher_ref: str) -> str:
    """Make the one-time code of an issued voucher; an earlier unused one is worth nothing from now on.

    The code is returned once, to be printed. Wrong tries of the earlier one are forgotten. Raises NotFound,
    Forbidden for anybody but officers and checkers, Conflict for a voucher that was not issued or is stopped.
    """
    actor.demand(Role.OFFICER, Role.CHECKER)
    voucher = locks.lock(session, Voucher, get_voucher(session, actor=actor, ref=voucher_ref).id)
    return make_code_of(session, actor=actor, voucher=voucher)


def make_code_of(session: Session, *, actor: Actor, voucher: Voucher, batch_id: int | None = None) -> str:
    """Make such a code for a voucher that the caller has locked; ``batch_id``: with which it is printed.

    Raises Conflict for a voucher that was not issued, and while a stop holds it: whoever found the lost
    paper, or is no heir, gets no account by it.
    """
    if voucher.state != "issued":
        raise Conflict("voucher_not_issued")
    if voucher.is_stopped:
        raise Conflict("voucher_stopped")
    _forget_tries(session, voucher.ref)
    code = claims.make_code(
        session,
        actor=actor,
        district_id=voucher.district_id,
        household_id=voucher.household_id,
        voucher_id=voucher.id,
        batch_id=batch_id,
    )
    made = claims.find_made(session, voucher_id=voucher.id)
    if made is not None:
        _tell(session, voucher, "claim_code_made", f"claim.make_code:{made.id}")
    return code


def unlock(session: Session, *, actor: Actor, voucher_ref: str, reason: str) -> None:
    """Let a voucher be claimed again after too many wrong tries, once an ID was seen at the counter.

    Raises NotFound, Forbidden for anybody but an officer, DomainError("reason_missing", "reason").
    """
    actor.demand(Role.OFFICER)
    voucher = get_voucher(session, actor=actor, ref=voucher_ref)
    stated(reason)
    _forget_tries(session, voucher.ref)
    audit.record(session, actor=actor, action="claim.unlock", object_type="voucher", object_id=voucher.id)


def is_locked(session: Session, voucher: Voucher) -> bool:
    """Tell whether a voucher was claimed wrongly as often as may be."""
    bucket = claim_lock(voucher.ref)
    hits = session.scalar(select(RateCounter.hits).where(RateCounter.key == bucket.key))
    return hits is not None and hits >= bucket.most


def prove(session: Session, *, voucher_ref: str, code: str, last_six: str) -> str:
    """Check that number, code and ID fit together; returns the token with which the claim goes on.

    Raises ClaimRefused, the same for an unknown number, a wrong or used code, a wrong ID and a minor's.
    Whoever calls has counted the try.
    """
    voucher = session.scalars(
        select(Voucher).where(Voucher.ref == voucher_ref, Voucher.issued_at.is_not(None))
    ).first()
    found = claims.find_open_code(session, voucher_id=voucher.id if voucher else None, code=code)
    household_id = voucher.household_id if voucher else None
    person = persons.find_adult_by_last_six(session, household_id=household_id, last=last_six)
    if found is None or person is None:
        raise ClaimRefused
    return claims.begin_proof(session, found=found, person_id=person.id)


def finish(session: Session, *, token: str, phone: str | None, new_password: str | None) -> Claimed:
    """Open the household's account to the person who proved themselves, by telephone, password or both.

    Who claimed before with the same ID number gets their own account back, and whoever is signed in to it is
    signed out: a lost telephone may be why it is claimed again. Raises ClaimOver, DomainError for a password
    that will not do or somebody else's number, and where neither number nor password is given.
    """
    if phone is None and new_password is None:
        raise DomainError("claim_needs_a_way_in", field="new_password")
    row = claims.take_proof(session, token=token)
    person = session.get_one(HouseholdPerson, row.person_id)
    voucher = session.get_one(Voucher, row.voucher_id)
    membership = _membership(session, row, person, voucher)
    user, actor = membership.user, actor_of(membership)
    if new_password is not None:
        set_password(session, user=user, new_password=new_password)
    else:
        end_all(session, user_id=user.id)
    if phone is not None:
        phones.keep_phone(session, actor=actor, user_id=user.id, phone=phone)
    persons.join(session, actor=actor, person=person, user_id=user.id, phone=phone)
    claims.use_up(session, row=row, user_id=user.id)
    audit.record(
        session,
        actor=actor,
        action="claim.finish",
        object_type="claim_code",
        object_id=row.id,
        household_id=row.household_id,
    )
    _tell(session, voucher, "account_claimed", f"claim.finish:{row.id}")
    return Claimed(membership, user.username)


def _membership(session: Session, row: ClaimCode, person: HouseholdPerson, voucher: Voucher) -> Membership:
    """Return the membership of the person's own user, made unless it is there."""
    if person.user_id is not None:
        held = select(Membership).where(
            Membership.user_id == person.user_id,
            Membership.household_id == row.household_id,
            Membership.ended_at.is_(None),
        )
        found = session.scalars(held).first()
        if found is not None:
            return found
    user = create_user(
        session,
        username=_free_username(session, voucher.ref),
        # Nobody knows it: whoever sets no password of their own signs in by telephone.
        password=secrets.token_urlsafe(32),
        display_name=person.name,
    )
    return grant_role(
        session,
        actor=system_actor(row.district_id),
        user=user,
        role=Role.HOUSEHOLD,
        district_id=row.district_id,
        household_id=row.household_id,
    )


def _free_username(session: Session, ref: str) -> str:
    """Return the voucher's number as a sign-in name; the second who claims with it gets ``-2`` behind it."""
    taken = set(session.scalars(select(User.username).where(User.username.startswith(ref))))
    names = [ref, *(f"{ref}-{number}" for number in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _forget_tries(session: Session, ref: str) -> None:
    session.execute(delete(RateCounter).where(RateCounter.key == claim_lock(ref).key))


def _tell(session: Session, voucher: Voucher, kind: str, event: str) -> None:
    to = Recipient(district_id=voucher.district_id, household_id=voucher.household_id)
    tell(session, kind=kind, to=to, event=event, about_ref=voucher.ref, voucher=voucher.ref)
