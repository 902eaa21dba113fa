"""What is left after a term is read, claimed and entered in a browser, on a phone and on a desk."""

from datetime import timedelta

from playwright.sync_api import expect
from sqlalchemy import select

from app.core.clock import FixedClock
from app.identity.models import User
from app.vouchers import flows
from app.vouchers.ending_models import VoucherEnding
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import fill, press, sign_in_as
from tests.factories.endings import ACCOUNT, CLAIMING
from tests.factories.identity import PASSWORD
from tests.factories.redemptions import make_buyer, make_shop
from tests.factories.vouchers import make_desk
from tests.web.town import saved


def test_a_household_claims_and_an_officer_enters_a_form(
    live: Live, visitor: Visitors, clock: FixedClock
) -> None:
    with saved(live.app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CLAIMING))
        ours, other = (make_buyer(session, shop.desk, faces=(100_000_000,)) for _ in range(2))
        clock.moment = ours.vouchers[0].expires_at or clock.moment
        flows.lapse(session)
        refs = {one.voucher_id: one.ref for one in session.scalars(select(VoucherEnding))}
        names = {row.id: row.username for row in session.scalars(select(User))}
    page = visitor()
    sign_in_as(page, names[ours.actor.user_id or 0], PASSWORD)
    page.goto("/household/")
    look(page, "lapse-claims/wallet")
    page.goto(f"/household/vouchers/{ours.vouchers[0].ref}")
    expect(page.get_by_role("main")).to_contain_text("24:00 以前申请：可以领 ¥950,000")
    look(page, "lapse-claims/voucher")
    page.goto(f"/household/endings/{refs[ours.vouchers[0].id]}")
    look(page, "lapse-claims/ending")
    page.get_by_role("link", name="申请领这笔钱").click()
    look(page, "lapse-claims/claim")
    fill(page, {"开户银行": "工商银行枞阳支行", "银行账号": ACCOUNT})
    page.get_by_label("我看明白了上面的日期和金额").check()
    press(page, "提交申请")
    expect(page.get_by_role("main")).to_contain_text("可以领到 ¥1,000,000")
    look(page, "lapse-claims/claimed")
    clock.advance(timedelta(days=95))
    desk = visitor()
    sign_in_as(desk, names[shop.desk.officer.user_id or 0], PASSWORD)
    desk.goto(f"/authority/endings/{refs[other.vouchers[0].id]}")
    look(desk, "lapse-claims/office")
    desk.get_by_role("link", name="登记交来的申请").click()
    look(desk, "lapse-claims/enter")
    fill(
        desk,
        {
            "开户银行": "工商银行枞阳支行",
            "银行账号": ACCOUNT,
            "申请日": "2018-03-01",
            "依据": "申请表，3 月 1 日交到窗口",
        },
    )
    press(desk, "提交复核")
    expect(desk.get_by_role("main")).to_contain_text("等待复核")
    look(desk, "lapse-claims/entered")
