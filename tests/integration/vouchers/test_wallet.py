"""A wallet says what the ledger says, to the household it belongs to."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from app.core import clock as clocks
from app.core.actor import Role
from app.core.errors import NotFound
from app.ledger import service as ledger
from app.redemptions.past import covers
from app.vouchers import queries, unvouched
from app.vouchers.models import Voucher
from app.vouchers.rules import Standing
from tests.factories.identity import make_actor
from tests.factories.projects import make_agreement, make_household
from tests.factories.vouchers import Desk, make_desk, make_voucher, submit_voucher


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session)


def hold(session: Session, voucher: Voucher, amount_fen: int) -> int:
    payable = ledger.open_account(session, district_id=voucher.district_id, kind="developer_payable")
    assert voucher.account_id is not None
    return ledger.hold(
        session,
        district_id=voucher.district_id,
        debit_id=voucher.account_id,
        credit_id=payable.id,
        amount_fen=amount_fen,
        code="test.hold",
        key=f"test:{voucher.id}:{amount_fen}",
    )


def test_a_wallet_follows_the_money(session: Session, desk: Desk) -> None:
    voucher = make_voucher(session, desk=desk, face_fen=1_000_000)
    session.commit()
    (purse,) = queries.wallet(session, household_id=voucher.household_id)
    assert (purse.available_fen, purse.held_fen, purse.spent_fen) == (1_000_000, 0, 0)
    assert covers(session, [purse]) == {purse.ref: 1_200_000}
    first = hold(session, voucher, 400_000)
    second = hold(session, voucher, 600_000)
    (purse,) = queries.wallet(session, household_id=voucher.household_id)
    assert (purse.available_fen, purse.held_fen, purse.standing) == (0, 1_000_000, Standing.HELD)
    ledger.post(session, transfer_id=first, key="test:post:1")
    ledger.post(session, transfer_id=second, key="test:post:2")
    (purse,) = queries.wallet(session, household_id=voucher.household_id)
    assert (purse.spent_fen, purse.standing) == (1_000_000, Standing.SPENT)
    assert [movement.amount_fen for movement in queries.movements_of(session, purse)][:3] == [
        1_000_000,
        -400_000,
        -600_000,
    ]


def test_a_wallet_holds_issued_vouchers_only_the_first_to_lapse_in_front(
    session: Session, desk: Desk, clock: clocks.FixedClock
) -> None:
    household = make_household(session, officer=desk.officer)
    earlier = make_voucher(session, desk=desk, household=household)
    session.commit()
    clock.advance(timedelta(days=3))
    later = make_voucher(session, desk=desk, household=household)
    submit_voucher(session, desk=desk, household=household)
    assert [purse.ref for purse in queries.wallet(session, household_id=household.id)] == [
        earlier.ref,
        later.ref,
    ]


def test_a_voucher_lapses_at_the_very_moment_its_term_ends(
    session: Session, desk: Desk, clock: clocks.FixedClock
) -> None:
    voucher = make_voucher(session, desk=desk)
    assert voucher.expires_at is not None
    clock.moment = voucher.expires_at - timedelta(microseconds=1)
    assert queries.wallet(session, household_id=voucher.household_id)[0].standing is Standing.USABLE
    clock.moment = voucher.expires_at
    assert queries.wallet(session, household_id=voucher.household_id)[0].standing is Standing.LAPSED


def test_only_its_own_household_and_its_own_district_find_a_voucher(session: Session, desk: Desk) -> None:
    voucher = make_voucher(session, desk=desk)
    waiting = submit_voucher(session, desk=desk, household=voucher.household)
    owner = make_actor(
        session, role=Role.HOUSEHOLD, district=desk.district, household_id=voucher.household_id
    )
    neighbour = make_actor(
        session,
        role=Role.HOUSEHOLD,
        district=desk.district,
        household_id=make_household(session, officer=desk.officer).id,
    )
    elsewhere = make_desk(session)
    assert queries.get_purse(session, actor=owner, ref=voucher.ref).id == voucher.id
    assert queries.get_voucher(session, actor=desk.officer, ref=voucher.ref).id == voucher.id
    for stranger in (neighbour, elsewhere.officer):
        with pytest.raises(NotFound):
            queries.get_voucher(session, actor=stranger, ref=voucher.ref)
    with pytest.raises(NotFound):
        queries.get_purse(session, actor=owner, ref=waiting.ref)


def test_the_lists_of_a_desk_count_what_they_list_and_stay_in_the_district(
    session: Session, desk: Desk
) -> None:
    first = submit_voucher(session, desk=desk)
    second = submit_voucher(session, desk=desk)
    agreement = make_agreement(session, officer=desk.officer)
    issued = make_voucher(session, desk=desk)
    elsewhere = make_desk(session)
    submit_voucher(session, desk=elsewhere)
    make_agreement(session, officer=elsewhere.officer)

    waiting = queries.list_vouchers(session, actor=desk.checker, state="submitted")
    assert [voucher.id for voucher in waiting] == [first.id, second.id]
    assert queries.count_vouchers(session, actor=desk.checker, state="submitted") == 2
    everything = queries.list_vouchers(session, actor=desk.checker)
    assert [voucher.id for voucher in everything] == [issued.id, second.id, first.id]
    assert [found.id for found in unvouched.list_unvouched(session, actor=desk.officer)] == [agreement.id]
    assert unvouched.count_unvouched(session, actor=desk.officer) == 1
