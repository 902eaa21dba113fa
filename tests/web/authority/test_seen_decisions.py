"""A checker decides on what their page showed: what was sent back and asked anew meanwhile is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.redemptions import cash
from app.redemptions.cash_models import CashBonus
from app.vouchers import endings, payouts
from app.vouchers.endings import Payee
from tests.factories.cash import CASH
from tests.factories.endings import PAYING, ask, payee, prepare
from tests.factories.endings import approve as approve_ending
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    PRICE_FEN,
    Shop,
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    redeem,
    today,
    verify_first,
)
from tests.factories.settlements import approve as approve_claim
from tests.factories.settlements import claim, make_batch, make_fund, make_payers, make_sold
from tests.factories.vouchers import Desk, make_desk
from tests.web.contracting import enter_contract
from tests.web.linting import LintingClient
from tests.web.sending import form_of, form_to, text_of
from tests.web.town import make_town, saved

Enter = Callable[[Actor], LintingClient]


def test_an_ending_that_was_prepared_anew_since_it_was_read_is_read_again(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=PAYING))
        buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ending = prepare(session, shop.desk, ask(session, buyer))
        colleague = make_actor(session, role=Role.CHECKER, district=shop.desk.district)
    page, checker = f"/authority/endings/{ending.ref}/approve", enter(shop.desk.checker)
    read = form_of(checker.get(page))[1] | {"checked": "yes"}
    back = form_of(checker.get(page.replace("approve", "send-back")))[1] | {"reason": "账号不清楚"}
    clock.advance(timedelta(minutes=5))
    with saved(committed_app) as session:
        endings.send_back(session, actor=colleague, ending_ref=ending.ref, reason="附件缺一页")
        prepare(session, shop.desk, ending)

    refused, kept = (
        checker.post(page, data=read),
        checker.post(page.replace("approve", "send-back"), data=back),
    )

    assert (refused.status_code, kept.status_code) == (409, 409)
    assert "这件事已经有人复核过了" in text_of(refused)
    with saved(committed_app) as session:
        assert session.get_one(type(ending), ending.id).state == "prepared"
    again = form_of(refused)[1] | {"checked": "yes"}
    assert checker.post(page, data=again).status_code == 303, (
        "the page that was shown again is what is decided"
    )


def test_a_batch_of_payments_is_not_released_unread(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        make_sold(session, payers.shop)
        approved = approve_claim(session, payers, claim(session, payers))
        batch = make_batch(session, payers, make_fund(session, payers, PRICE_FEN * 2), approved)
    page, checker = f"/authority/settlements/batches/{batch.ref}", enter(payers.checker)
    read = form_to(checker.get(page), f"{page}/decision") | {"decision": "approve"}

    unread = checker.post(f"{page}/decision", data=read | {"seen": ""})

    assert unread.status_code == 409
    assert "这件事已经有人复核过了" in text_of(unread)
    fresh = form_to(unread, f"{page}/decision") | {"decision": "approve"}
    assert checker.post(f"{page}/decision", data=fresh).status_code == 303


def test_an_account_that_was_typed_anew_since_it_was_read_is_read_again(
    enter: Enter, committed_app: Flask
) -> None:
    """Of a bonus in cash: two people compare the very account that is paid."""
    with saved(committed_app) as session:
        shop, ref = _owed_in_cash(session)
        cash.prepare(session, actor=shop.desk.officer, ref=ref, payee=payee())
        colleague = make_actor(session, role=Role.CHECKER, district=shop.desk.district)
    page, checker = f"/authority/cash-bonuses/{ref}/approve", enter(shop.desk.checker)
    read = form_of(checker.get(page))[1] | {"checked": "yes"}
    back = form_of(checker.get(page.replace("approve", "send-back")))[1] | {"reason": "账号不清楚"}
    with saved(committed_app) as session:
        cash.send_back(session, actor=colleague, ref=ref, reason="账号少一位")
        other = replace(payee(), account="6222021302007654321")
        cash.prepare(session, actor=shop.desk.officer, ref=ref, payee=other)

    refused, kept = (
        checker.post(page, data=read),
        checker.post(page.replace("approve", "send-back"), data=back),
    )

    assert (refused.status_code, kept.status_code) == (409, 409)
    assert "6222 0213 0200 7654 321" in text_of(refused)
    with saved(committed_app) as session:
        assert session.scalars(select(CashBonus.state)).one() == "prepared"
    again = form_of(refused)[1] | {"checked": "yes"}
    assert checker.post(page, data=again).status_code == 303


def test_a_payment_is_not_noted_to_an_account_that_was_typed_anew(enter: Enter, committed_app: Flask) -> None:
    """The bank paid what the old page showed; the books must not say that it paid another account."""
    with saved(committed_app) as session:
        shop, ref = _owed_in_cash(session)
        _approve_account(session, shop.desk, ref, payee())
    page, officer = f"/authority/cash-bonuses/{ref}/pay", enter(shop.desk.officer)
    paid = {"bank_reference": "GH-2016-07", "paid_on": str(today())}
    read = form_of(officer.get(page))[1] | paid
    with saved(committed_app) as session:
        cash.send_back(session, actor=shop.desk.checker, ref=ref, reason="账号少一位")
        _approve_account(session, shop.desk, ref, replace(payee(), account="6222021302007654321"))

    refused = officer.post(page, data=read)

    assert refused.status_code == 409
    assert "换过收款账户" in text_of(refused)
    assert "6222 0213 0200 7654 321" in text_of(refused)
    assert officer.post(page, data=form_of(refused)[1] | paid).status_code == 303


def test_an_ending_is_not_noted_as_paid_to_another_account(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    """Nor is the new account sent away by whoever read the old one."""
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=PAYING))
        buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ending = approve_ending(session, shop.desk, ask(session, buyer))
        colleague = make_actor(session, role=Role.CHECKER, district=shop.desk.district)
    page = f"/authority/endings/{ending.ref}"
    officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    paid = {"bank_reference": "GH-2016-08", "paid_on": str(today())}
    read = form_of(officer.get(f"{page}/pay"))[1] | paid
    wrong = form_of(checker.get(f"{page}/recall"))[1] | {"reason": "账号少一位"}
    clock.advance(timedelta(minutes=5))
    with saved(committed_app) as session:
        payouts.recall(session, actor=colleague, ending_ref=ending.ref, reason="账号少一位")
        other = replace(payee(), account="6222021302007654321")
        endings.prepare(session, actor=shop.desk.officer, ending_ref=ending.ref, payee=other)
        endings.approve(session, actor=colleague, ending_ref=ending.ref)

    refused, kept = officer.post(f"{page}/pay", data=read), checker.post(f"{page}/recall", data=wrong)

    assert (refused.status_code, kept.status_code) == (409, 409)
    assert "换过收款账户" in text_of(refused)
    assert officer.post(f"{page}/pay", data=form_of(refused)[1] | paid).status_code == 303


def test_a_purchase_is_not_written_off_by_a_page_from_before_it_was_verified(
    enter: Enter, committed_app: Flask
) -> None:
    """What the officer said of it had not been read, nor what the developer corrected first."""
    town = make_town(committed_app)
    with saved(committed_app) as session:
        held = contract(session, town.shop, make_redemption(session, town.buyer, town.home))
    page, checker = f"/authority/redemptions/{held.ref}/verify", enter(town.shop.desk.checker)
    early, refusal = form_of(checker.get(page))[1], form_of(checker.get(page.replace("verify", "refuse")))[1]
    with saved(committed_app) as session:
        verify_first(session, town.shop, held)

    refused = checker.post(page, data=early)
    kept = checker.post(page.replace("verify", "refuse"), data=refusal | {"kind": "form"})

    assert (refused.status_code, kept.status_code) == (409, 409)
    assert "您打开以后，这笔购房有了变化" in text_of(refused)
    assert checker.post(page, data=form_of(refused)[1]).status_code == 303


def test_a_purchase_is_not_refused_for_a_contract_that_was_corrected_since(
    enter: Enter, committed_app: Flask
) -> None:
    town = make_town(committed_app)
    with saved(committed_app) as session:
        held = make_redemption(session, town.buyer, town.home)
    developer, officer = enter(town.shop.developer), enter(town.shop.desk.officer)
    enter_contract(developer, held.ref)
    page = f"/authority/redemptions/{held.ref}/refuse"
    read = form_of(officer.get(page))[1] | {"kind": "number"}
    enter_contract(developer, held.ref, contract_number="网签-2016-00071")

    refused = officer.post(page, data=read)

    assert refused.status_code == 409
    assert "网签-2016-00071" in text_of(refused)
    assert officer.post(page, data=form_of(refused)[1] | {"kind": "number"}).status_code == 303


def _owed_in_cash(session: Session) -> tuple[Shop, str]:
    """Write off a purchase whose bonus is paid in cash; return the shop and the bonus."""
    shop = make_shop(session, desk=make_desk(session, policy=CASH))
    buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
    redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
    return shop, session.scalars(select(CashBonus.ref)).one()


def _approve_account(session: Session, desk: Desk, ref: str, account: Payee) -> None:
    cash.prepare(session, actor=desk.officer, ref=ref, payee=account)
    cash.approve(session, actor=desk.checker, ref=ref)
