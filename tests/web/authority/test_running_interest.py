"""Interest that no account shows: an estimate on the page of debts, down to each bonus and payout."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import FixedClock
from app.redemptions.cash_models import CashBonus
from app.settlements.milestones import HANDOVER
from tests.factories.cash import WAN, bearing
from tests.factories.endings import ask
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.settlements import reach
from tests.factories.vouchers import make_desk
from tests.integration.life.policies import SETTLED
from tests.web.linting import LintingClient
from tests.web.sending import links, text_of
from tests.web.town import saved

POLICY = (
    bearing("paid")
    + SETTLED
    + ("leftover: [{spent_from: 0%, rate: 100%}]\ninterest: {rate: 3.65%, from: issue, on: [leftover]}\n")
)


def test_what_runs_is_told_and_leads_to_each_sum(
    enter: Callable[[Actor], LintingClient], committed_app: Flask, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=POLICY))
        officer = enter(shop.desk.officer)
    assert "估算" not in text_of(officer.get("/authority/settlements/"))
    assert "没有还在计的利息" in text_of(officer.get("/authority/settlements/interest/"))
    with saved(committed_app) as session:
        buyer = make_buyer(session, shop.desk, faces=(60 * WAN,))
        bought = redeem(
            session, shop, make_redemption(session, buyer, make_home(session, shop, voucher_fen=40 * WAN))
        )
        reach(session, shop, buyer, bought, HANDOVER)
        ending = ask(session, buyer).ref
        bonus = session.scalars(select(CashBonus.ref)).one()
        clock.advance(timedelta(days=10))
    overview = officer.get("/authority/settlements/")
    shown = text_of(overview)
    # 40 万 spent bear 40 yuan a day, 20 万 paid out 20; a month later are thirty days.
    assert "购房后另发的持票利息 笔数 1 今天付 ¥400 一个月以后付 ¥1,600" in shown
    assert "余额兑付等退款的利息 笔数 1 今天付 ¥200 一个月以后付 ¥800" in shown
    page = officer.get("/authority/settlements/interest/")
    assert "应付，不含利息 ¥200,000 利息，今天付 ¥200 利息，一个月以后付 ¥800" in text_of(page)
    for address in (f"/authority/cash-bonuses/{bonus}", f"/authority/endings/{ending}"):
        assert address in links(page).values()
        assert officer.get(address).status_code == 200
    # 13.2 万 of the price bear 7% a year for the thirty days to the last one.
    assert "另加利息（估算） ¥759.45" in shown
    months = [address for address in links(overview).values() if "show=2016-07" in address]
    assert "另加利息（估算）¥759.45" in text_of(officer.get(months[0]))
    assert "¥759.45" in text_of(officer.get("/authority/settlements/parts/?show=interest"))
