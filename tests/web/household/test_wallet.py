"""What the wallet says on both sides of every edge."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pypdfium2
import pytest
from flask import Flask

from app.core import clock as clocks
from app.core.actor import Actor, Role
from app.redemptions import service
from tests.factories.endings import BANDS, SILENT, VOIDING
from tests.factories.identity import make_actor
from tests.factories.policies import HAILING, NANJING, TONGZHOU, WUXI
from tests.factories.projects import make_agreement, make_household
from tests.factories.redemptions import make_buyer, make_home, make_quote, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk, make_voucher, submit_voucher
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def test_the_wallet_says_what_when_and_how_much(enter: Enter, town: Town) -> None:
    page = text_of(enter(town.buyer.actor).get("/household/"))
    assert "¥500,000" in page
    assert "最多可以付 ¥600,000" in page
    assert "使用期限 2017年12月1日（星期五）24:00" in page
    assert "2016年9月1日（星期四）24:00 前锁定房源，奖励为使用金额的 20%。" in page
    assert "从 2016年9月2日（星期五）起，奖励变为使用金额的 16%。" in page


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2016, 9, 1, 15, 59, tzinfo=UTC), "奖励为使用金额的 20%"),
        (datetime(2016, 9, 1, 16, 0, tzinfo=UTC), "奖励为使用金额的 16%"),
        (datetime(2016, 12, 1, 16, 0, tzinfo=UTC), "奖励为使用金额的 12%"),
        (datetime(2017, 12, 1, 15, 59, tzinfo=UTC), "还剩 1 分钟"),
        (datetime(2017, 12, 1, 16, 0, tzinfo=UTC), "2017年12月1日（星期五）24:00（已到期）"),
    ],
)
def test_the_wallet_changes_at_midnight_in_shanghai(
    enter: Enter, town: Town, clock: clocks.FixedClock, now: datetime, words: str
) -> None:
    client = enter(town.buyer.actor)
    clock.moment = now
    assert words in text_of(client.get("/household/"))


def test_a_voucher_that_waits_is_announced(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        submit_voucher(session, desk=town.shop.desk, household=town.buyer.household)
    assert "您有 1 张房票正在等征收办复核" in text_of(enter(town.buyer.actor).get("/household/"))


def test_a_voucher_page_shows_tiers_and_movements(enter: Enter, town: Town, clock: clocks.FixedClock) -> None:
    clock.advance(timedelta(days=1))
    page = text_of(enter(town.buyer.actor).get(f"/household/vouchers/{town.buyer.vouchers[0].ref}"))
    assert "房票发放" in page
    assert "+¥300,000" in page
    assert "20%（今天）" in page
    assert page.count("（今天）") == 1
    assert "海陵区房票安置办法（2023年）" in page
    # What the balance of 30 万 pays now, after the first edge, and after the second.
    assert [sum_ in page for sum_ in ("¥360,000", "¥348,000", "¥336,000")] == [True] * 3
    assert "逾期以后剩下的钱怎么办，这份政策没有写明" in page


@pytest.mark.parametrize(
    ("policy", "told"),
    [(VOIDING, "逾期以后：剩下的 ¥1,000,000 作废。"), (SILENT, "逾期以后剩下的钱怎么办，这份政策没有写明。")],
)
def test_a_voucher_whose_term_is_over_offers_nothing_of_before(
    enter: Enter, committed_app: Flask, clock: clocks.FixedClock, policy: str, told: str
) -> None:
    with saved(committed_app) as session:
        buyer = make_buyer(session, make_desk(session, policy=policy), faces=(100_000_000,))
    client, page = enter(buyer.actor), f"/household/vouchers/{buyer.vouchers[0].ref}"
    assert "到期以前用完" in text_of(client.get(page))
    clock.moment = buyer.vouchers[0].expires_at or clock.moment
    over = text_of(client.get(page))
    assert told in over
    for words in ("到期以前用完", "使用期限内不再买房", "¥700,000"):
        assert words not in over
    assert "余额，使用期限已过" in over
    paper = pypdfium2.PdfDocument(client.get(f"{page}/statement.pdf").data)
    assert "余额，使用期限已过" in paper[0].get_textpage().get_text_range()


def test_a_voucher_page_follows_its_money(enter: Enter, town: Town, committed_app: Flask) -> None:
    ref = town.buyer.vouchers[0].ref
    with saved(committed_app) as session:
        bought = make_redemption(session, town.buyer, town.home, 10_000_000)
        cancelled = bought.ref
    client = enter(town.buyer.actor)
    page = text_of(client.get(f"/household/vouchers/{ref}"))
    assert "已锁定金额 ¥100,000" in page
    assert "锁定房源，金额先留出" in page
    with saved(committed_app) as session:
        service.cancel(session, actor=town.buyer.actor, redemption_ref=cancelled)
    page = text_of(client.get(f"/household/vouchers/{ref}"))
    assert "+¥100,000" in page
    assert "-¥100,000" in page
    assert page.index("锁定解除") < page.index("锁定房源，金额先留出") < page.index("房票发放")


def test_what_the_face_is_made_of(enter: Enter, committed_app: Flask) -> None:
    lines = [("home", 28_000_000), ("moving", 200_000), ("award", 1_500_000)]
    lines += [("moving_award", 500_000), ("deduction", -200_000)]
    with saved(committed_app) as session:
        desk = make_desk(session)
        household = make_household(session, officer=desk.officer)
        ref = make_voucher(session, desk=desk, household=household, face_fen=30_000_000, lines=lines).ref
        holder = make_actor(session, role=Role.HOUSEHOLD, district=desk.district, household_id=household.id)
    page = text_of(enter(holder).get(f"/household/vouchers/{ref}"))
    assert (
        "房屋价值补偿 ¥280,000 搬迁费 ¥2,000 签约奖励 ¥15,000 搬迁奖励 ¥5,000 扣减 -¥2,000 票面金额 ¥300,000"
        in page
    )


def test_what_can_i_buy_adds_own_money_and_leads_to_the_search(enter: Enter, town: Town) -> None:
    client = enter(town.buyer.actor)
    page = client.get("/household/?own=20万")
    assert "房票加奖励 ¥600,000，自己拿 ¥200,000，能买 ¥800,000 以内的房。" in text_of(page)
    assert "price_max=800000" in page.text
    assert "能买 ¥600,000 以内的房" in text_of(client.get("/household/"))
    refused = text_of(client.get("/household/?own=许多"))
    assert "能买 ¥600,000 以内的房" in refused
    assert "自己拿出的钱" in refused


def test_the_statement_is_a_paper_of_the_household_alone(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    address = f"/household/vouchers/{town.buyer.vouchers[0].ref}/statement.pdf"
    paper = enter(town.buyer.actor).get(address)
    assert (paper.status_code, paper.mimetype, paper.data[:5]) == (200, "application/pdf", b"%PDF-")
    with saved(committed_app) as session:
        stranger = make_buyer(session, town.shop.desk).actor
    assert enter(stranger).get(address).status_code == 404


def test_what_is_taken_back_of_the_bonus_stands_beside_the_sum(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=HAILING + BANDS))
        buyer = make_buyer(session, shop.desk, faces=(60_000_000,))
        home = make_home(session, shop, voucher_fen=42_000_000)
        redeem(session, shop, make_redemption(session, buyer, home))
    page = text_of(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    assert "余额按 80% 兑付，可以领 ¥186,000。已经扣掉要收回的奖励 ¥14,000。" in page


@pytest.mark.parametrize(
    ("policy", "sentences"),
    [
        (NANJING, ["回到原来的补偿协议，按协议办理，不计利息", "也可以放弃"]),
        (
            HAILING + "lapse: {effect: cash, rate: 70%, bonus: kept, give_up: {effect: agreement}}\n",
            ["也可以放弃：¥300,000 回到原来的补偿协议"],
        ),
        (WUXI, ["按政策可以领现金 ¥300,000"]),
        (
            HAILING + "lapse: {effect: void}\nleftover: [{spent_from: 0%, rate: 90%}]\n",
            ["余额按 90% 兑付，可以领 ¥270,000", "剩下的 ¥300,000 作废"],
        ),
    ],
)
def test_what_becomes_of_the_rest_is_told_by_each_policy(
    enter: Enter, committed_app: Flask, policy: str, sentences: list[str]
) -> None:
    with saved(committed_app) as session:
        buyer = make_buyer(session, make_desk(session, policy=policy), faces=(30_000_000,))
    page = text_of(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    assert all(sentence in page for sentence in sentences)


def test_a_quote_says_by_which_rules_another_citys_bonus_came(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=WUXI))
        buyer = make_buyer(session, shop.desk, faces=(20_000_000,))
        quote = make_quote(session, buyer, make_home(session, shop, voucher_fen=46_200_000))
    page = text_of(enter(buyer.actor).get(f"/household/quotes/{quote.ref}"))
    assert "房价的 5%，即 ¥23,100，不足一分的舍去；这张房票的奖励最多 ¥10,000" in page


def test_where_the_contract_fixes_the_bonus_the_wallet_promises_no_day_of_the_lock(
    enter: Enter, committed_app: Flask
) -> None:
    policy = HAILING.replace("fixed_by: lock", "fixed_by: contract")
    with saved(committed_app) as session:
        buyer = make_buyer(session, make_desk(session, policy=policy), faces=(30_000_000,))
    page = text_of(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    assert "24:00 前锁定房源并签好合同，奖励为使用金额的 20%。" in page
    assert "奖励以签订购房合同的那一天为准" in page


def test_every_page_of_a_voucher_without_bonus_opens(enter: Enter, committed_app: Flask) -> None:
    make_town(committed_app)
    with saved(committed_app) as session:
        desk = make_desk(session, policy=TONGZHOU)
        buyer = make_buyer(session, desk, faces=(30_000_000,))
        home = make_household(session, officer=desk.officer)
        agreement = make_agreement(session, officer=desk.officer, household=home)
        (ref,) = [voucher.ref for voucher in buyer.vouchers]
        number = agreement.number
    household, officer = enter(buyer.actor), enter(desk.officer)
    for visitor, address in (
        (household, "/household/"),
        (household, f"/household/vouchers/{ref}"),
        (household, f"/household/vouchers/{ref}/statement.pdf"),
        (officer, f"/authority/vouchers/{ref}"),
        (officer, f"/authority/agreements/{number}/voucher"),
    ):
        assert visitor.get(address).status_code == 200, address
