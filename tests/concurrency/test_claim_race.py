"""Two browsers with one sheet: one of them gets the account, and it is one account."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.identity.models import Membership
from app.vouchers import claims
from tests.concurrency.race import race
from tests.factories.projects import make_household, make_id_number, make_person
from tests.factories.vouchers import make_desk, make_voucher

Transaction = Callable[[], AbstractContextManager[Session]]
HOLDER = make_id_number(1)


def test_one_token_sent_eight_times_at_once_opens_one_account(
    engine: Engine, transaction: Transaction, setting: Session
) -> None:
    with transaction() as session:
        desk = make_desk(session)
        household = make_household(session, officer=desk.officer)
        make_person(session, officer=desk.officer, household=household, id_number=HOLDER)
    voucher = make_voucher(setting, desk=desk, household=household)
    setting.commit()
    with transaction() as session:
        code = claims.make_code(session, actor=desk.officer, voucher_ref=voucher.ref)
    with transaction() as session:
        token = claims.prove(session, voucher_ref=voucher.ref, code=code, last_six=HOLDER[-6:])

    def finish(session: Session) -> None:
        claims.finish(session, token=token, phone=None, new_password="ping-guo-hong-le")

    outcomes = race(engine, [finish] * 8)
    assert sorted(map(str, outcomes)) == ["claim_over"] * 7 + ["done"]
    with transaction() as session:
        held = select(Membership).where(Membership.household_id == household.id)
        assert len(session.scalars(held).all()) == 1
