"""Noting what an agreement entitles to (应安置面积、安置人口): by an officer, until a voucher stands on it.

From then on it is kept: the checker who lets the voucher out has seen it, and bonuses are reckoned by it.
"""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core import audit, locks
from app.core.actor import Actor, Role
from app.core.db import refused_by
from app.core.errors import Conflict, DomainError
from app.projects.models import Agreement
from app.projects.queries import get_agreement
from app.vouchers.models import Voucher

KEPT = "agreements_keep_entitled"
"""The trigger that keeps what was noted."""


def note(
    session: Session, *, actor: Actor, number: str, entitled_m2: Decimal | None, residents: int | None
) -> Agreement:
    """Note as an officer what an agreement entitles to, ㎡ and people; None where it does not say it.

    Raises Forbidden, NotFound, Conflict("agreement_vouched") once a voucher stands on it, DomainError at
    ``entitled_m2`` when that is what is noted already.
    """
    actor.demand(Role.OFFICER)
    found = get_agreement(session, actor=actor, number=number)
    locked = locks.lock(session, Agreement, found.id)
    if is_kept(session, locked):
        raise Conflict("agreement_vouched")
    if (locked.entitled_m2, locked.residents) == (entitled_m2, residents):
        raise DomainError("entitled_same", "entitled_m2")
    locked.entitled_m2, locked.residents = entitled_m2, residents
    with refused_by(KEPT, Conflict("agreement_vouched")):
        session.flush()
    audit.record(
        session,
        actor=actor,
        action="agreement.entitle",
        object_type="agreement",
        object_id=locked.id,
        entitled_m2=None if entitled_m2 is None else str(entitled_m2),
        residents=residents,
    )
    return locked


def is_kept(session: Session, agreement: Agreement) -> bool:
    """Tell whether a voucher stands on what an agreement entitles to, waiting or issued."""
    stands = select(Voucher.id).where(Voucher.agreement_id == agreement.id, Voucher.state != "rejected")
    return session.scalars(stands.limit(1)).first() is not None


def keep(session: Session, agreement_ids: list[int]) -> None:
    """Keep what agreements entitle to as it is until this commits: a voucher comes to stand on it.

    Also where its policy does not ask for it: the trigger does not see a voucher that is not committed yet.
    """
    locks.share_all(session, Agreement, agreement_ids)
