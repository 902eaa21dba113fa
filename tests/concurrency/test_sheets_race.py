"""Two clerks print the sheets of one project at one moment: neither voids what the other is printing.

The second comes when the first has chosen its households and is about to write.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.core.actor import Actor
from app.core.locks import LockPolicy
from app.identity.credentials import ClaimCode
from app.projects.models import Household
from app.vouchers import sheets
from tests.concurrency.race import NoLocks, before
from tests.factories.vouchers import make_desk, make_voucher

Begin = Callable[[], AbstractContextManager[Session]]


def print_at_once(begin: Begin, clerk: Actor, name: str) -> str:
    """Print as a second clerk does, waiting for a moment only."""
    try:
        with begin() as session:
            session.execute(text("SET LOCAL lock_timeout = '300ms'"))
            sheets.print_next(session, actor=clerk, project_name=name)
    except OperationalError:
        return "waited in vain"
    return "printed"


@pytest.mark.parametrize(
    ("policy", "second", "void"),
    [(LockPolicy(), "waited in vain", 0), (NoLocks(), "printed", 1)],
    ids=["locks", "control"],
)
def test_a_clerk_waits_for_one_who_is_printing(
    setting: Session, transaction: Begin, policy: LockPolicy, second: str, void: int
) -> None:
    desk = make_desk(setting)
    voucher = make_voucher(setting, desk=desk)
    setting.commit()
    name = setting.get_one(Household, voucher.household_id).project.name
    came: list[str] = []

    def come() -> None:
        came.append(print_at_once(transaction, desk.checker, name))

    with transaction() as session:
        session.info["lock_policy"] = policy
        before(session, come, at=("UPDATE claim_codes ", "INSERT INTO claim_codes "))
        sheets.print_next(session, actor=desk.officer, project_name=name)
    assert came == [second]
    assert setting.scalar(select(func.count()).where(ClaimCode.withdrawn_at.is_not(None))) == void
