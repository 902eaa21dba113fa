"""The only writer of claim codes: what is printed on a voucher's sheet to open a household's account."""

import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session

from app.core import audit, clock, locks
from app.core.actor import Actor
from app.core.ids import new_ref, normalise_ref
from app.core.sealing import blind_index, blind_indexes
from app.identity.credentials import ClaimCode
from app.identity.errors import ClaimOver
from app.identity.queries import token_hash

PROOF_LASTS: Final = timedelta(minutes=30)
_KIND: Final = "LQ"
_PURPOSE: Final = "claim_codes.code"


def normalise_code(typed: str) -> str | None:
    """Return a code as it is printed, ``7K2M9-QX4HT``, or None when its check sign does not hold."""
    signs = "".join(sign for sign in typed.upper() if sign.isascii() and sign.isalnum())
    ref = normalise_ref(_KIND + signs)
    return ref.removeprefix(f"{_KIND}-") if ref else None


def make_code(
    session: Session,
    *,
    actor: Actor,
    district_id: int,
    household_id: int,
    voucher_id: int,
    batch_id: int | None = None,
) -> str:
    """Make a voucher's code, which ends an earlier unused one; returns it, for nobody can read it again."""
    moment = clock.system_now()
    session.execute(
        update(ClaimCode).where(ClaimCode.voucher_id == voucher_id, *_open()).values(withdrawn_at=moment)
    )
    code = new_ref(_KIND).removeprefix(f"{_KIND}-")
    row = ClaimCode(
        district_id=district_id,
        household_id=household_id,
        voucher_id=voucher_id,
        batch_id=batch_id,
        code_index=blind_index(_bound(voucher_id, code), purpose=_PURPOSE),
        made_at=moment,
        made_by_id=actor.user_id,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor=actor,
        action="claim.make_code",
        object_type="claim_code",
        object_id=row.id,
        voucher_id=voucher_id,
    )
    return code


def find_open_code(session: Session, *, voucher_id: int | None, code: str) -> ClaimCode | None:
    """Return the unused code of a voucher if it is this one; the work is the same for no voucher at all."""
    indexes = blind_indexes(_bound(voucher_id or 0, code), purpose=_PURPOSE)
    statement = select(ClaimCode).where(
        ClaimCode.voucher_id == voucher_id, ClaimCode.code_index.in_(indexes), *_open()
    )
    return session.scalars(statement).first()


def find_made(session: Session, *, voucher_id: int) -> ClaimCode | None:
    """Return the newest code that was made for a voucher, used or not, or None."""
    statement = select(ClaimCode).where(ClaimCode.voucher_id == voucher_id, ClaimCode.withdrawn_at.is_(None))
    return session.scalars(statement.order_by(ClaimCode.id.desc())).first()


def begin_proof(session: Session, *, found: ClaimCode, person_id: int) -> str:
    """Note that number, code and ID fitted together; returns the token with which the claim goes on."""
    row, token = locks.lock(session, ClaimCode, found.id), secrets.token_urlsafe(32)
    _demand_open(row)
    row.proof_hash, row.person_id = token_hash(token), person_id
    row.proof_ends_at = clock.system_now() + PROOF_LASTS
    session.flush()
    return token


def find_proof(session: Session, *, token: str) -> ClaimCode | None:
    """Return the code whose proof a browser holds, while it may still be used; else None."""
    statement = select(ClaimCode).where(
        ClaimCode.proof_hash == token_hash(token), ClaimCode.proof_ends_at > clock.system_now(), *_open()
    )
    return session.scalars(statement).first()


def take_proof(session: Session, *, token: str) -> ClaimCode:
    """Return the code whose proof a browser holds, locked, to be used up. Raises ClaimOver."""
    found = find_proof(session, token=token)
    if found is None:
        raise ClaimOver
    row = locks.lock(session, ClaimCode, found.id)
    _demand_open(row)
    if row.proof_hash != token_hash(token):
        raise ClaimOver
    return row


def use_up(session: Session, *, row: ClaimCode, user_id: int) -> None:
    """Note who claimed; the code and its proof open nothing more."""
    row.used_at, row.user_id = clock.system_now(), user_id
    session.flush()


def _demand_open(row: ClaimCode) -> None:
    if row.used_at is not None or row.withdrawn_at is not None:
        raise ClaimOver


def _open() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ClaimCode.used_at.is_(None), ClaimCode.withdrawn_at.is_(None)


def _bound(voucher_id: int, code: str) -> str:
    return f"{voucher_id}|{code}"
