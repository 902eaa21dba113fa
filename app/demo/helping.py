"""The demo's helper: a daughter who acts for the demo's household, and whom another household awaits."""

from typing import Final

from sqlalchemy.orm import Session

from app.core.actor import Actor, HelpLevel
from app.demo.households import DEMO_NUMBERS
from app.identity import phones
from app.projects import helping

PHONE: Final = f"{DEMO_NUMBERS}9001"
"""Under this number she signs in, too; the code stands in the demo's telephone."""


def help_out(session: Session, *, household: Actor, another: Actor, helper: Actor, name: str) -> None:
    """Let the demo's household be helped for half a year, and another one ask for help."""
    phones.keep_phone(session, actor=helper, user_id=helper.user_id or 0, phone=PHONE)
    grant = _invite(session, household, name, HelpLevel.ACT)
    helping.accept(session, actor=helper, grant_ref=grant)
    session.commit()
    _invite(session, another, name, HelpLevel.PREPARE)
    session.commit()


def _invite(session: Session, household: Actor, name: str, level: HelpLevel) -> str:
    invited = helping.invite(
        session,
        actor=household,
        name=name,
        phone=PHONE,
        relation="child" if level is HelpLevel.ACT else "relative",
        level=level,
        months=6,
    )
    return invited.ref
