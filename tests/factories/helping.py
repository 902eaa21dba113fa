"""Helpers of households, invited and accepted through the services."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.core.actor import Actor, HelpLevel
from app.identity.queries import actor_of
from app.projects import helping
from app.projects.helping_models import HelperGrant

PHONE = "13900001111"
"""The helper's."""
HOLDER_PHONE = "13800002222"


@dataclass(frozen=True)
class Helper:
    """Somebody who helps: the grant, who they are, and as whom they act for the household."""

    grant: HelperGrant
    own: Actor
    acting: Actor


def invite(
    session: Session,
    holder: Actor,
    *,
    level: HelpLevel = HelpLevel.ACT,
    phone: str = PHONE,
    months: int = 3,
) -> HelperGrant:
    """Return an invitation of a daughter."""
    return helping.invite(
        session, actor=holder, name="李小红", phone=phone, relation="child", level=level, months=months
    )


def make_helper(
    session: Session,
    holder: Actor,
    *,
    level: HelpLevel = HelpLevel.ACT,
    phone: str = PHONE,
    months: int = 3,
) -> Helper:
    """Return a helper who has accepted."""
    grant = invite(session, holder, level=level, phone=phone, months=months)
    own = actor_of(helping.open_account(session, phone=phone))
    accepted = helping.accept(session, actor=own, grant_ref=grant.ref)
    return Helper(accepted, own, helping.acting(own, accepted))
