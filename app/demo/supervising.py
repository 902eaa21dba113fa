"""The supervised accounts of the demo's developments: a manager enters each, a checker confirms it."""

from typing import Final

from sqlalchemy.orm import Session

from app.core import clock
from app.core.actor import Actor
from app.homes.models import Development
from app.payments import accounts
from app.payments.accounts import AccountTyped

BANK: Final = "安庆农商行菱湖支行"


def open_account(
    session: Session,
    *,
    manager: Actor,
    checker: Actor,
    development: Development,
    number: str,
    bank: str = BANK,
) -> None:
    """Let a development have its account, as two people left it, each in a transaction of their own."""
    typed = AccountTyped(f"{development.name}预售资金监管户", bank, number, clock.today())
    entered = accounts.propose(session, actor=manager, development_ref=development.ref, typed=typed)
    session.commit()
    accounts.confirm(
        session, actor=checker, development_ref=development.ref, account_ref=entered.ref, number=number
    )
    session.commit()
