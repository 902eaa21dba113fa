"""The only writer of second factors: an authenticator app's codes, and recovery codes on paper."""

import secrets
from datetime import timedelta

import pyotp
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.errors import Conflict
from app.core.ids import code_hash, new_code
from app.core.sealing import seal
from app.identity import rules
from app.identity.errors import WrongCode
from app.identity.events import factor_off
from app.identity.models import SECRET, RecoveryCode, SecondFactor, SignIn, User
from app.identity.queries import actor_of, find_factor, find_waiting_sign_in, secret_of, token_hash
from app.identity.service import check_present_password, end_all, note_sign_in


def start(session: Session, *, actor: Actor) -> None:
    """Make a new secret for the actor; it counts once ``confirm`` has seen a code of it.

    Raises Conflict where a second factor is on already.
    """
    user_id = _person(actor)
    secret = seal(pyotp.random_base32(), purpose=SECRET.purpose, owner=user_id)
    fresh = {"secret": secret, "started_at": clock.system_now()}
    statement = (
        insert(SecondFactor)
        .values(user_id=user_id, **fresh)
        .on_conflict_do_update(
            index_elements=["user_id"], set_=fresh, where=SecondFactor.confirmed_at.is_(None)
        )
        .returning(SecondFactor.user_id)
    )
    if session.scalar(statement) is None:
        raise Conflict("factor_is_on")


def confirm(session: Session, *, actor: Actor, sign_in_id: int, code: str) -> list[str]:
    """Turn the second factor on by a code of it; this sign-in goes on, all others end.

    Returns the recovery codes, which nobody can read again. Raises WrongCode, or Conflict when there is
    nothing to confirm.
    """
    user_id = _person(actor)
    factor = find_factor(session, user_id=user_id)
    if factor is None or factor.confirmed_at is not None:
        raise Conflict("factor_not_started")
    moment = clock.system_now()
    step = rules.matching_step(secret_of(factor), code, moment)
    if step is None:
        raise WrongCode("factor_code_wrong")
    locks.lock(session, User, user_id)  # whoever signs in at this moment is done, or will be asked for a code
    # Only this secret: one that was started meanwhile on another page has not been proven.
    statement = (
        update(SecondFactor)
        .where(
            SecondFactor.user_id == user_id,
            SecondFactor.secret == factor.secret,
            SecondFactor.confirmed_at.is_(None),
        )
        .values(confirmed_at=moment, last_step=step)
        .returning(SecondFactor.user_id)
    )
    if session.scalar(statement) is None:
        raise Conflict("factor_not_started")
    codes = [new_code() for _ in range(rules.RECOVERY_CODES)]
    session.execute(
        insert(RecoveryCode), [{"user_id": user_id, "code_hash": code_hash(one)} for one in codes]
    )
    session.execute(update(SignIn).where(SignIn.id == sign_in_id).values(proof="code"))
    end_all(session, user_id=user_id, kept=sign_in_id)
    _note(session, actor, "identity.factor_on", user_id)
    return codes


def pass_code(session: Session, *, token: str, code: str, lasts: timedelta) -> tuple[str, SignIn]:
    """Take the second step of a sign-in; returns its new token, the first one is worth nothing any more.

    Raises WrongCode, also for a sign-in that does not wait for a code (any more).
    """
    row = find_waiting_sign_in(session, token)
    if row is None:
        raise WrongCode("sign_in_again")
    _spend(session, row.user_id, code)
    moment, fresh = clock.system_now(), secrets.token_urlsafe(32)
    statement = (
        update(SignIn)
        .where(SignIn.id == row.id, SignIn.proof == "code_to_come")
        .values(
            token_hash=token_hash(fresh), proof="code", started_at=moment, seen_at=moment,
            expires_at=moment + lasts,
        )
        .returning(SignIn.id)
    )  # fmt: skip
    if session.scalar(statement) is None:
        raise WrongCode("sign_in_again")
    session.refresh(row)
    note_sign_in(session, row, actor_of(row.membership))
    return fresh, row


def remove(session: Session, *, actor: Actor, password: str, code: str) -> None:
    """Turn the actor's own second factor off. Raises WrongPassword or WrongCode."""
    user_id = _person(actor)
    check_present_password(session, user_id=user_id, password=password)
    _spend(session, user_id, code)
    session.execute(delete(SecondFactor).where(SecondFactor.user_id == user_id))
    by_password = update(SignIn).where(SignIn.user_id == user_id, SignIn.proof == "code")
    session.execute(by_password.values(proof="password"))
    factor_off.publish(session, user_id=user_id)
    _note(session, actor, "identity.factor_off", user_id)


def clear(session: Session, *, actor: Actor, user_id: int) -> None:
    """Take a lost second factor off a person; whoever calls has made sure that the actor may.

    The person's sign-ins end. Raises Conflict where there is none.
    """
    done = delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.user_id)
    if session.scalar(done) is None:
        raise Conflict("factor_is_off")
    end_all(session, user_id=user_id)
    factor_off.publish(session, user_id=user_id)
    _note(session, actor, "identity.factor_cleared", user_id)


def _spend(session: Session, user_id: int, code: str) -> None:
    """Use up a code of the app or of the paper, so that it is taken once. Raises WrongCode."""
    factor = find_factor(session, user_id=user_id)
    if factor is None or factor.confirmed_at is None:
        raise WrongCode("factor_code_wrong")
    step = rules.matching_step(secret_of(factor), code, clock.system_now())
    if step is not None:
        newer = update(SecondFactor).where(SecondFactor.user_id == user_id, SecondFactor.last_step < step)
        spent = session.scalar(newer.values(last_step=step).returning(SecondFactor.user_id))
    else:
        unused = update(RecoveryCode).where(
            RecoveryCode.user_id == user_id,
            RecoveryCode.code_hash == code_hash(code),
            RecoveryCode.used_at.is_(None),
        )
        spent = session.scalar(unused.values(used_at=clock.system_now()).returning(RecoveryCode.user_id))
    if spent is None:
        raise WrongCode("factor_code_wrong")


def _person(actor: Actor) -> int:
    if actor.user_id is None:
        raise LookupError("only a person has a second factor")
    return actor.user_id


def _note(session: Session, actor: Actor, action: str, user_id: int) -> None:
    audit.record(session, actor=actor, action=action, object_type="user", object_id=user_id)
