"""A leftover is paid out once: asked for, prepared, approved by a second person, paid by the bank."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError, ProgrammingError
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core import clock as business_clock
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.ledger import bank
from app.ledger import queries as ledger
from app.ledger.queries import control_balance
from app.notices.models import Notice
from app.redemptions import queries, service
from app.rights import RETURNED
from app.vouchers import endings, payouts
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.ending_queries import account_of, outlook
from app.vouchers.ending_states import Kind
from app.vouchers.endings import Payee
from app.vouchers.models import Voucher
from app.vouchers.queries import WalletVoucher, wallet
from app.vouchers.rules import Standing
from tests.factories.endings import PAYING, SILENT, VOIDING, approve, ask, pay, payee, prepare
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    redeem,
)
from tests.factories.vouchers import make_desk, submit_voucher

WAN = 1_000_000
FACE = 100 * WAN


@pytest.fixture
def shop(session: Session) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=PAYING))


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    """A household of a million that has bought a home of 421,000.01: 400,000 and a bonus of 21,000.01."""
    buyer = make_buyer(session, shop.desk, faces=(FACE,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42_000_000)))
    return buyer


def purse(session: Session, buyer: Buyer) -> WalletVoucher:
    return wallet(session, household_id=buyer.household.id)[0]


def check(session: Session) -> None:
    assert ledger.verify(session) == []
    assert queries.verify(session) == []


def test_a_leftover_is_parted_to_the_fen_and_leaves_in_two_steps(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    # 5% of 420,000 are 21,000; 399,000 of a million were spent: the band of 80%, a fifth of the bonus back.
    ending = ask(session, buyer)
    parts = (ending.paid_fen, ending.returned_fen, ending.forfeited_fen)
    assert parts == (48_080_000 - 420_000, 420_000, 12_020_000)
    assert sum(parts) == ending.leftover_fen == FACE - 39_900_000
    now = purse(session, buyer)
    assert (now.standing, now.available_fen, now.held_fen) == (Standing.ENDING, 0, 0)
    assert (now.spent_fen, now.leaving_fen) == (39_900_000, 60_100_000)
    check(session)
    approved = approve(session, shop.desk, ending)
    assert approved.state == "approved"
    now = purse(session, buyer)
    assert (now.standing, now.spent_fen, now.left_fen) == (Standing.ENDED, 39_900_000, 60_100_000)
    district = shop.desk.district.id
    assert control_balance(session, district_id=district, kind="household_payable") == 47_660_000
    assert control_balance(session, district_id=district, kind="bonus") == -2_100_000 + 420_000
    assert control_balance(session, district_id=district, kind="issue") == -FACE + 12_020_000
    paid = pay(session, shop.desk, ending, reference="网银-0001")
    assert (paid.state, paid.bank_reference) == ("paid", "网银-0001")
    assert control_balance(session, district_id=district, kind="household_payable") == 0
    assert control_balance(session, district_id=district, kind="bank") == 47_660_000
    check(session)


def test_the_account_is_the_holders_and_sealed(session: Session, buyer: Buyer) -> None:
    for wrong, field in (
        (payee("王秀兰"), "payee"),
        (Payee("王秀英", "工商银行", "6222-账号"), "account"),
        (Payee("王秀英", "工商银行", "12345"), "account"),
        (None, "account"),
    ):
        with pytest.raises(DomainError) as refused:
            asking(session, buyer, wrong)
        assert refused.value.field == field
        session.rollback()
    ending = ask(session, buyer)
    assert account_of(ending) == "6222021302001234567"
    assert "6222" not in str(session.execute(text("SELECT account FROM voucher_endings")).scalar_one())


def asking(session: Session, buyer: Buyer, to: Payee | None, *, more: int = 0) -> VoucherEnding:
    voucher = session.get_one(Voucher, buyer.vouchers[0].id)
    seen = outlook(session, voucher, Kind.PAYOUT).parts.paid_fen + more
    return endings.ask(
        session, actor=buyer.actor, voucher_ref=voucher.ref, kind=Kind.PAYOUT, payee=to, seen_fen=seen
    )


def test_another_sum_than_was_shown_is_refused(session: Session, buyer: Buyer) -> None:
    with pytest.raises(Conflict, match="ending_changed"):
        asking(session, buyer, payee(), more=1)


def test_nothing_is_paid_while_a_home_is_held(session: Session, shop: Shop, buyer: Buyer) -> None:
    held = make_redemption(session, buyer, make_home(session, shop, voucher_fen=10_000_000))
    with pytest.raises(Conflict, match="ending_homes_held"):
        ask(session, buyer)
    session.rollback()
    service.cancel(session, actor=buyer.actor, redemption_ref=held.ref)
    session.commit()
    assert ask(session, buyer).state == "asked"


def test_who_used_too_little_or_whose_policy_is_silent_gets_the_reason(session: Session, shop: Shop) -> None:
    fresh = make_buyer(session, shop.desk, faces=(FACE,))
    with pytest.raises(Conflict, match="ending_pays_nothing"):
        ask(session, fresh)
    session.rollback()
    silent = make_buyer(session, make_desk(session, policy=SILENT), faces=(FACE,))
    with pytest.raises(Conflict, match="leftover_unsaid"):
        ask(session, silent)
    session.rollback()
    with pytest.raises(Conflict, match="give_up_not_allowed"):
        ask(session, silent, kind=Kind.GIVE_UP)


def test_nothing_is_asked_of_a_voucher_that_waits_for_its_checker(session: Session, shop: Shop) -> None:
    buyer = make_buyer(session, shop.desk, faces=())
    voucher = submit_voucher(session, desk=shop.desk, household=buyer.household)
    with pytest.raises(NotFound, match="voucher_gone"):
        endings.ask(
            session,
            actor=buyer.actor,
            voucher_ref=voucher.ref,
            kind=Kind.PAYOUT,
            payee=payee(),
            seen_fen=0,
        )


def test_after_the_term_it_is_too_late(session: Session, buyer: Buyer, clock: FixedClock) -> None:
    expires_at = purse(session, buyer).expires_at
    clock.moment = expires_at - timedelta(microseconds=1)
    assert outlook(session, session.get_one(Voucher, buyer.vouchers[0].id), Kind.PAYOUT).block is None
    clock.moment = expires_at
    with pytest.raises(Conflict, match="ending_term_over"):
        ask(session, buyer)


def test_a_voucher_that_is_ending_buys_nothing(session: Session, shop: Shop, buyer: Buyer) -> None:
    home = make_home(session, shop, voucher_fen=10_000_000)
    quote = make_quote(session, buyer, home)
    ending = ask(session, buyer)
    for act in (
        lambda: service.reserve(session, actor=buyer.actor, quote_ref=quote.ref),
        lambda: service.quote(session, actor=buyer.actor, home_ref=home.ref, parts=buyer.parts()),
    ):
        with pytest.raises(DomainError) as refused:
            act()
        assert refused.value.code == "voucher_ending"
        session.rollback()
    endings.withdraw(session, actor=buyer.actor, ending_ref=ending.ref)
    session.commit()
    assert purse(session, buyer).standing is Standing.USABLE
    assert service.reserve(session, actor=buyer.actor, quote_ref=quote.ref).state == "locked"
    session.commit()
    check(session)


def test_an_officer_refuses_with_a_reason_and_the_voucher_is_whole_again(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    ending = ask(session, buyer)
    with pytest.raises(DomainError, match="reason_missing"):
        endings.refuse(session, actor=shop.desk.officer, ending_ref=ending.ref, reason=" ")
    session.rollback()
    endings.refuse(session, actor=shop.desk.officer, ending_ref=ending.ref, reason="账户不是本人的")
    session.commit()
    assert purse(session, buyer).available_fen == 60_100_000
    told = session.query(Notice).filter_by(kind="ending_refused").one()
    assert "账户不是本人的" in told.text
    assert ask(session, buyer).state == "asked", "it may be asked for again"


def test_two_people_handle_it_and_nobody_else(session: Session, shop: Shop, buyer: Buyer) -> None:
    desk, other = shop.desk, make_desk(session)
    stranger = make_buyer(session, desk, faces=(FACE,))
    ending = ask(session, buyer)
    with pytest.raises(NotFound):
        endings.withdraw(session, actor=stranger.actor, ending_ref=ending.ref)
    with pytest.raises(NotFound):
        endings.prepare(session, actor=other.officer, ending_ref=ending.ref)
    for actor in (desk.checker, buyer.actor):
        with pytest.raises(Forbidden):
            endings.prepare(session, actor=actor, ending_ref=ending.ref)
    with pytest.raises(Conflict, match="ending_asked"):
        endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.rollback()
    prepare(session, desk, ending)
    with pytest.raises(Forbidden):
        endings.approve(session, actor=desk.officer, ending_ref=ending.ref)
    with pytest.raises(Conflict, match="ending_prepared"):
        endings.withdraw(session, actor=buyer.actor, ending_ref=ending.ref)
    session.rollback()
    with pytest.raises(Conflict, match="ending_prepared"):
        payouts.pay(
            session,
            actor=desk.officer,
            ending_ref=ending.ref,
            bank_reference="1",
            paid_on=business_clock.today(),
        )


def test_the_same_person_in_two_roles_does_not_approve(session: Session, shop: Shop, buyer: Buyer) -> None:
    desk, ending = shop.desk, ask(session, buyer)
    prepare(session, desk, ending)
    both = type(desk.checker)(
        user_id=desk.officer.user_id, role=desk.checker.role, district_id=desk.district.id
    )
    with pytest.raises(Forbidden, match="approval_same_person"):
        endings.approve(session, actor=both, ending_ref=ending.ref)
    session.rollback()
    assert purse(session, buyer).leaving_fen == 60_100_000
    check(session)


def test_whoever_asked_at_the_counter_handles_nothing_of_it(session: Session, shop: Shop) -> None:
    """Neither as an officer nor as a checker: the same person would have typed the account that is paid."""
    desk, second = shop.desk, make_actor(session, role=Role.OFFICER, district=shop.desk.district)
    buyer = make_buyer(session, desk, faces=(FACE,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=42_000_000)))
    clerk = replace(buyer, actor=replace(buyer.actor, user_id=desk.officer.user_id))
    ending = ask(session, clerk)
    with pytest.raises(Forbidden, match="ending_own_counter"):
        endings.prepare(session, actor=desk.officer, ending_ref=ending.ref)
    session.rollback()
    endings.prepare(session, actor=second, ending_ref=ending.ref)
    session.commit()
    with pytest.raises(Forbidden, match="ending_own_counter"):
        endings.approve(session, actor=replace(desk.officer, role=Role.CHECKER), ending_ref=ending.ref)
    session.rollback()
    endings.approve(session, actor=desk.checker, ending_ref=ending.ref)
    session.commit()
    check(session)
    forged = text("UPDATE voucher_endings SET asked_by_id = :clerk")
    with pytest.raises(IntegrityError, match="voucher_endings_frozen"), session.begin_nested():
        session.execute(forged, {"clerk": desk.checker.user_id})


def test_a_checker_sends_it_back_and_the_money_stays_promised(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    ending = ask(session, buyer)
    prepare(session, shop.desk, ending)
    endings.send_back(session, actor=shop.desk.checker, ending_ref=ending.ref, reason="户名不清")
    session.commit()
    assert (ending.state, ending.reason) == ("asked", "户名不清")
    assert purse(session, buyer).leaving_fen == 60_100_000
    assert approve(session, shop.desk, ending).state == "approved"
    check(session)


def test_a_bank_reference_pays_once_and_on_a_day_that_has_been(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    ending = approve(session, shop.desk, ask(session, buyer))
    for day in (business_clock.today() + timedelta(days=1), business_clock.today() - timedelta(days=1)):
        with pytest.raises(DomainError, match="paid_on_bad"):
            payouts.pay(
                session, actor=shop.desk.officer, ending_ref=ending.ref, bank_reference="1", paid_on=day
            )
        session.rollback()
    pay(session, shop.desk, ending, reference="网银-7")
    with pytest.raises(Conflict, match="ending_paid"):
        pay(session, shop.desk, ending, reference="网银-8")
    session.rollback()
    second = make_buyer(session, shop.desk, faces=(FACE,))
    redeem(session, shop, make_redemption(session, second, make_home(session, shop, voucher_fen=42_000_000)))
    another = approve(session, shop.desk, ask(session, second))
    for reference, code in (
        ("网银-7", "bank_reference_used"),
        ("网 银-7 ", "bank_reference_used"),
        (" ", "bank_ref_missing"),
    ):
        with pytest.raises(DomainError, match=code):
            pay(session, shop.desk, another, reference=reference)
        session.rollback()
    check(session)


def returned(session: Session, shop: Shop, ending: VoucherEnding, *, reference: str = "退汇-1") -> None:
    payouts.note_returned(
        session,
        actor=shop.desk.officer,
        ending_ref=ending.ref,
        reference=reference,
        returned_on=business_clock.today(),
        reason="账户已销户",
    )
    session.commit()


def test_a_payout_that_the_bank_sent_back_is_owed_again_and_paid_to_another_account(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    ending = approve(session, shop.desk, ask(session, buyer))
    with pytest.raises(Conflict, match="ending_approved"):
        returned(session, shop, ending)
    session.rollback()
    pay(session, shop.desk, ending, reference="网银-7")
    district, owed = shop.desk.district.id, ending.paid_fen
    with pytest.raises(DomainError, match="returned_on_bad"):
        payouts.note_returned(
            session,
            actor=shop.desk.officer,
            ending_ref=ending.ref,
            reference="退汇-1",
            returned_on=business_clock.today() - timedelta(days=1),
            reason="账户已销户",
        )
    session.rollback()
    returned(session, shop, ending)
    assert (ending.state, ending.account, ending.bank_reference) == ("returned", None, None)
    assert control_balance(session, district_id=district, kind="household_payable") == owed
    assert control_balance(session, district_id=district, kind="bank") == 0
    check(session)
    with pytest.raises(DomainError, match="payee_missing"):
        endings.prepare(session, actor=shop.desk.officer, ending_ref=ending.ref)
    session.rollback()
    assert prepare(session, shop.desk, ending).state == "renewed"
    both = replace(shop.desk.checker, user_id=shop.desk.officer.user_id)
    with pytest.raises(SamePerson):
        endings.approve(session, actor=both, ending_ref=ending.ref)
    session.rollback()
    endings.approve(session, actor=shop.desk.checker, ending_ref=ending.ref)
    session.commit()
    with pytest.raises(DomainError, match="bank_reference_used"):
        pay(session, shop.desk, ending, reference="网银-7")
    session.rollback()
    assert pay(session, shop.desk, ending, reference="网银-8").state == "paid"
    (before,) = bank.list_returned(session, district_id=district, owner=payouts.owner_of(ending))
    assert (before.reference, before.returned_reference, before.reason) == ("网银-7", "退汇-1", "账户已销户")
    assert control_balance(session, district_id=district, kind="household_payable") == 0
    check(session)


def test_an_account_that_is_wrong_is_found_before_the_bank_pays(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    ending = approve(session, shop.desk, ask(session, buyer))
    with pytest.raises(Forbidden):
        payouts.recall(session, actor=shop.desk.officer, ending_ref=ending.ref, reason="账号不对")
    session.rollback()
    payouts.recall(session, actor=shop.desk.checker, ending_ref=ending.ref, reason="账号不对")
    session.commit()
    assert (ending.state, ending.account) == ("returned", None)
    assert approve(session, shop.desk, ending).state == "approved"
    told = select(Notice.kind).where(Notice.kind == "ending_approved")
    assert len(session.scalars(told).all()) == 2, "approved for the second time, it is news again"
    pay(session, shop.desk, ending)
    check(session)


def test_a_payment_comes_back_once(session: Session, shop: Shop, buyer: Buyer) -> None:
    """Said by the database, too: whoever would note it a second time writes over what came back."""
    ending = approve(session, shop.desk, ask(session, buyer))
    pay(session, shop.desk, ending)
    returned(session, shop, ending)
    nothing = ", ".join(f"{column} = NULL" for column in RETURNED)
    for change in ("returned_reference = 'X'", nothing):
        with pytest.raises(IntegrityError, match="returned_once"), session.begin_nested():
            session.execute(text(f"UPDATE bank_payments SET {change}"))


REFUND = (
    "INSERT INTO bank_payments (district_id, owner, reference, paid_on, transfer_id, noted_at) "
    "SELECT district_id, 'refund:1', {}, paid_on, (SELECT min(id) FROM ledger_transfers), noted_at "
    "FROM bank_payments"
)


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        (REFUND.format("reference"), "uq_bank_payments_district_id_reference"),
        (REFUND.format("''"), "ck_bank_payments_reference"),
        ("UPDATE bank_payments SET returned_on = paid_on", "ck_bank_payments_returned"),
    ],
)
def test_a_reference_pays_once_whatever_it_pays(
    session: Session, shop: Shop, buyer: Buyer, change: str, guard: str
) -> None:
    """One table of all that left the bank: refunds of top-ups and payouts alike."""
    pay(session, shop.desk, approve(session, shop.desk, ask(session, buyer)))
    with pytest.raises(IntegrityError, match=guard), session.begin_nested():
        session.execute(text(change))
    with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
        session.execute(text("UPDATE bank_payments SET reference = 'X'"))


def test_the_policy_of_the_voucher_counts_whatever_was_bought(session: Session) -> None:
    buyer = make_buyer(session, make_desk(session, policy=VOIDING), faces=(100_000_001,))
    ending = ask(session, buyer)
    assert (ending.paid_fen, ending.returned_fen, ending.forfeited_fen) == (70_000_000, 0, 30_000_001)


@pytest.mark.parametrize(
    ("change", "guard"),
    [
        ("paid_fen = paid_fen + 1", "voucher_endings_frozen"),
        ("leftover_fen = leftover_fen - 1", "voucher_endings_frozen"),
        ("kind = 'lapse'", "voucher_endings_frozen"),
        ("state = 'paid'", "ck_voucher_endings_paid"),
        ("state = 'undecided'", "ck_voucher_endings_decided"),
        ("account = NULL", "ck_voucher_endings_account"),
        ("paid_transfer_id = NULL", "voucher_endings_frozen"),
    ],
)
def test_the_database_keeps_what_was_shown(session: Session, buyer: Buyer, change: str, guard: str) -> None:
    ask(session, buyer)
    with pytest.raises(IntegrityError, match=guard), session.begin_nested():
        session.execute(text(f"UPDATE voucher_endings SET {change}"))
    with pytest.raises(ProgrammingError, match="permission denied"), session.begin_nested():
        session.execute(text("DELETE FROM voucher_endings"))


def test_a_voucher_has_one_ending(session: Session, buyer: Buyer) -> None:
    ending = ask(session, buyer)
    with pytest.raises(Conflict, match="ending_open"):
        ask(session, buyer)
    session.rollback()
    columns = "district_id, voucher_id, kind, effect, face_fen, spent_fen, bonus_fen, leftover_fen, paid_fen"
    more = "returned_fen, forfeited_fen, shown, asked_at"
    again = text(
        f"INSERT INTO voucher_endings (ref, state, {columns}, {more}) "
        f"SELECT 'DF-AGAIN', 'asked', {columns}, {more} FROM voucher_endings WHERE id = :id"
    )
    with pytest.raises(IntegrityError, match="uq_voucher_endings_live"), session.begin_nested():
        session.execute(again, {"id": ending.id})
