"""Supervised accounts of developments, as two people left them."""

import itertools
from datetime import date

from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.homes.models import Development
from app.payments import accounts
from app.payments.account_models import SupervisedAccount
from app.payments.accounts import AccountTyped

_numbers = itertools.count(1)


def typed(
    number: str | None = None, *, holder_name: str = "测试置业有限公司资金监管户", bank: str = "建行菱湖支行"
) -> AccountTyped:
    """Return an account as somebody types it."""
    return AccountTyped(holder_name, bank, number or f"3400 1234 {next(_numbers):08}", date(2016, 1, 4))


def make_account(
    session: Session, *, manager: Actor, checker: Actor, development: Development, number: str | None = None
) -> SupervisedAccount:
    """Return the account that a development has now; the one before is replaced."""
    entered = accounts.propose(session, actor=manager, development_ref=development.ref, typed=typed(number))
    session.commit()
    made = accounts.confirm(
        session,
        actor=checker,
        development_ref=development.ref,
        account_ref=entered.ref,
        number=entered.number,
    )
    session.commit()
    return made
