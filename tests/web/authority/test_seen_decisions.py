"""A checker decides on what their page showed: what was sent back and asked anew meanwhile is refused."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.redemptions import cash
from app.redemptions.cash_models import CashBonus
from app.vouchers import endings
from tests.factories.endings import PAYING, ask, payee, prepare
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING
from tests.factories.redemptions import PRICE_FEN, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.settlements import approve as approve_claim
from tests.factories.settlements import claim, make_batch, make_fund, make_payers, make_sold
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_of, form_to, text_of
from tests.web.town import saved

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
        policy = HAILING.replace("base: spent", "base: spent\n  paid: cash")
        shop = make_shop(session, desk=make_desk(session, policy=policy))
        buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
        redeem(session, shop, make_redemption(session, buyer, make_home(session, shop)))
        ref = session.scalars(select(CashBonus.ref)).one()
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
