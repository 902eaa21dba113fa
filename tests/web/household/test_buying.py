"""A household chooses vouchers, reads a frozen quote, locks a home, and may give it up again."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import jobs
from app.core import clock as clocks
from app.core.actor import Actor
from app.homes import service as homes
from app.homes.models import Home
from app.redemptions import service as redemptions
from app.redemptions.ground import place_of
from app.redemptions.models import Quote, Redemption
from app.vouchers.models import Voucher
from tests.factories.policies import HAILING, make_policy_version
from tests.factories.redemptions import make_buyer, make_home, make_quote, make_redemption, make_shop, redeem
from tests.web.linting import LintingClient
from tests.web.sending import form_of, form_to, links, press, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def household(enter: Enter, town: Town) -> LintingClient:
    return enter(town.buyer.actor)


def choose_address(town: Town) -> str:
    return f"/household/homes/{town.home.ref}/quote"


def box(town: Town, number: int) -> str:
    """Return the name of the box for the most to use of a voucher, the first being number 1."""
    return "amount_" + town.buyer.vouchers[number - 1].ref.replace("-", "_")


def use_up(session: Session, town: Town, voucher: Voucher) -> None:
    """Buy another home with all of this voucher."""
    home = make_home(session, town.shop)
    buyer = town.buyer.actor
    quote = redemptions.quote(session, actor=buyer, home_ref=home.ref, parts=[(voucher.ref, None)])
    session.commit()
    redemption = redemptions.reserve(session, actor=buyer, quote_ref=quote.ref)
    session.commit()
    redeem(session, town.shop, redemption)


def test_the_way_from_a_home_to_a_lock(household: LintingClient, town: Town) -> None:
    shown = text_of(household.get(choose_address(town)))
    # 30 万 with 20 % pay 36 万; of the missing 10.2 万 the second voucher spends 8.5 万.
    assert "房票要用 ¥385,000" in shown
    assert "政府奖励 ¥77,000" in shown
    made = send(household, choose_address(town))
    assert made.status_code == 303
    quote = household.get(made.location)
    words = text_of(quote)
    assert "房票使用 ¥385,000" in words
    assert "自付差价 ¥0" in words
    assert "买完剩下 ¥115,000" in words
    assert "这份报价到 2016年6月1日（星期三）10:30 为止" in words
    locked = send(household, made.location)
    assert locked.status_code == 303
    page = text_of(household.get(locked.location))
    assert "最晚到 2016年6月16日（星期四）24:00，还剩 15 天" in page
    assert "房源已经为您锁定" in page
    wallet = text_of(household.get("/household/"))
    assert "¥115,000" in wallet
    assert "已锁定金额 ¥300,000" in wallet


def test_a_homes_page_leads_to_the_quote_with_all_vouchers_at_once(
    household: LintingClient, town: Town
) -> None:
    home = f"/homes/{town.home.ref}"
    made = press(household, home, choose_address(town))
    assert made.status_code == 303
    words = text_of(household.get(made.location))
    assert "房票使用 ¥385,000" in words
    assert all(f"房票 {one.ref}" in words for one in town.buyer.vouchers)
    assert links(household.get(home))["只用一部分房票，或请亲属帮着付"] == choose_address(town)
    assert links(household.get(made.location))["换几张房票，或每张只用一部分"] == choose_address(town)


def test_what_stands_in_the_way_of_such_a_quote_is_told_where_vouchers_are_chosen(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    page = household.get(f"/homes/{town.home.ref}")
    with saved(committed_app) as session:
        use_up(session, town, town.buyer.vouchers[0])
    refused = household.post(choose_address(town), data=form_to(page, choose_address(town)))
    assert refused.status_code == 422
    assert "现在不能用来买这套房了" in text_of(refused)


def test_amounts_limit_each_voucher_and_the_rest_is_topped_up(household: LintingClient, town: Town) -> None:
    made = send(household, choose_address(town), {box(town, 1): "20万", box(town, 2): "50,000"})
    words = text_of(household.get(made.location))
    assert "您限定最多用 ¥200,000" in words
    assert "自付差价 ¥162,000" in words
    assert "自付差价只付至监管账户，不付给任何个人。" in words


def test_one_voucher_alone(household: LintingClient, town: Town) -> None:
    second = town.buyer.vouchers[1].ref
    made = send(household, choose_address(town), {"vouchers": [second]})
    words = text_of(household.get(made.location))
    assert f"房票 {second}" in words
    assert town.buyer.vouchers[0].ref not in words


@pytest.mark.parametrize(
    ("ticked", "typed", "message"),
    [
        ([], "", "您还没有勾选房票，请至少勾选一张"),
        (None, "很多", "使用金额要写成数字"),
        (None, "300,000.01", "使用金额不能超过 ¥300,000"),
        (None, "0", "使用金额不能低于 ¥0.01"),
        (None, "-5", "使用金额不能是负数"),
    ],
)
def test_a_slip_is_told_at_its_field_and_nothing_typed_is_lost(
    household: LintingClient, town: Town, ticked: list[str] | None, typed: str, message: str
) -> None:
    first, second = box(town, 1), box(town, 2)
    choice = {} if ticked is None else {"vouchers": ticked}
    refused = send(household, choose_address(town), {first: typed, second: "12,345.67", **choice})
    assert refused.status_code == 422
    assert message in text_of(refused)
    _, kept = form_of(refused)
    assert kept[second] == "12,345.67"
    assert kept[first] == typed


@pytest.mark.parametrize("ticked", [True, False])
def test_a_voucher_used_up_since_the_page_was_shown_is_told_and_no_quote_made(
    household: LintingClient, town: Town, committed_app: Flask, ticked: bool
) -> None:
    gone, left = town.buyer.vouchers
    _, sent = form_of(household.get(choose_address(town)))
    with saved(committed_app) as session:
        use_up(session, town, gone)
        before = session.scalar(select(func.count(Quote.id)))
    chosen = [gone.ref, left.ref] if ticked else [left.ref]
    refused = household.post(
        choose_address(town), data={**sent, "vouchers": chosen, box(town, 1): "20万", box(town, 2): "5万"}
    )
    assert refused.status_code == 422
    words = text_of(refused)
    assert f"房票 {gone.ref} 现在不能用来买这套房了" in words
    assert "您给这张房票填的金额是：20万" in words
    _, kept = form_of(refused)
    assert kept[box(town, 2)] == "5万"
    assert kept["vouchers"] == [left.ref]
    assert box(town, 1) not in kept
    with saved(committed_app) as session:
        assert session.scalar(select(func.count(Quote.id))) == before
    made = household.post(choose_address(town), data=kept)
    assert made.status_code == 303
    assert "您限定最多用 ¥50,000" in text_of(household.get(made.location))


def test_the_last_voucher_used_up_since_the_page_was_shown_is_told_too(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    _, sent = form_of(household.get(choose_address(town)))
    with saved(committed_app) as session:
        for voucher in town.buyer.vouchers:
            use_up(session, town, voucher)
    refused = household.post(choose_address(town), data=sent)
    assert refused.status_code == 422
    for voucher in town.buyer.vouchers:
        assert f"房票 {voucher.ref} 现在不能用来买这套房了" in text_of(refused)


def test_an_amount_for_a_voucher_that_is_not_ticked_is_a_slip(household: LintingClient, town: Town) -> None:
    first = town.buyer.vouchers[0].ref
    refused = send(household, choose_address(town), {"vouchers": [first], box(town, 2): "1"})
    assert refused.status_code == 422
    assert "没有勾选这张房票" in text_of(refused)


def test_an_empty_box_of_a_voucher_gone_and_not_ticked_asks_nothing(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    gone, left = town.buyer.vouchers
    _, sent = form_of(household.get(choose_address(town)))
    with saved(committed_app) as session:
        use_up(session, town, gone)
    made = household.post(choose_address(town), data={**sent, "vouchers": [left.ref]})
    assert made.status_code == 303


def test_a_voucher_that_is_not_ones_own_is_not_on_offer(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        stranger = make_buyer(session, town.shop.desk)
    refused = send(household, choose_address(town), {"vouchers": [stranger.vouchers[0].ref]})
    assert refused.status_code == 422
    assert f"房票 {stranger.vouchers[0].ref} 现在不能用来买这套房了" in text_of(refused)


def test_what_is_no_reference_at_all_is_not_on_offer(household: LintingClient, town: Town) -> None:
    refused = send(household, choose_address(town), {"vouchers": ["不是房票"]})
    assert refused.status_code == 422
    assert "请从列出的选项中选择房票" in text_of(refused)


def test_pressing_twice_locks_once_and_leads_to_the_same_page(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    made = send(household, choose_address(town))
    _, sent = form_of(household.get(made.location))
    answers = [household.post(made.location, data=sent) for _ in range(2)]
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location for answer in answers}) == 1
    with saved(committed_app) as session:
        assert session.scalar(select(func.count(Redemption.id))) == 1


def test_a_quote_locks_once_even_from_two_windows(household: LintingClient, town: Town) -> None:
    made = send(household, choose_address(town))
    windows = [form_of(household.get(made.location))[1] for _ in range(2)]
    assert household.post(made.location, data=windows[0]).status_code == 303
    second = household.post(made.location, data=windows[1])
    assert second.status_code == 409
    assert "这份报价已经锁定过房源" in text_of(second)
    assert "查看这笔购房" in text_of(household.get(made.location))


def test_a_quote_that_ran_out_asks_for_a_new_one(
    household: LintingClient, town: Town, clock: clocks.FixedClock
) -> None:
    made = send(household, choose_address(town))
    _, sent = form_of(household.get(made.location))
    clock.advance(timedelta(minutes=30))
    refused = household.post(made.location, data=sent)
    assert refused.status_code == 409
    assert "这份报价已经过期" in text_of(refused)
    assert "重新计算" in text_of(household.get(made.location))


def test_a_price_that_moved_is_told_before_anything_is_locked(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    made = send(household, choose_address(town))
    with saved(committed_app) as session:
        homes.set_price(
            session,
            actor=town.shop.developer,
            home_id=town.home.id,
            kind="voucher",
            amount_fen=46_000_000,
            reason="促销",
        )
    refused = send(household, made.location)
    assert refused.status_code == 409
    assert "这套房降价了" in text_of(refused)
    assert "¥500,000" in text_of(household.get("/household/"))


def test_a_home_that_somebody_locked_says_so(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    made = send(household, choose_address(town))
    with saved(committed_app) as session:
        make_redemption(session, make_buyer(session, town.shop.desk), town.home)
    refused = send(household, made.location)
    assert refused.status_code == 409
    assert "已经有人锁定" in text_of(refused)
    page = household.get(choose_address(town))
    assert "现在不能锁定这套房" in text_of(page)


def test_ones_own_lock_is_called_ones_own(
    household: LintingClient, town: Town, enter: Enter, committed_app: Flask
) -> None:
    address = f"/homes/{town.home.ref}"
    locked = send(household, send(household, choose_address(town)).location).location
    page = household.get(address)
    assert "您锁定的 这套房是您锁定的，给您留着。 查看这笔购房" in text_of(page)
    assert links(page)["查看这笔购房"] == locked
    assert "这套房是您锁定的" in text_of(household.get(choose_address(town)))
    development = next(href for words, href in links(page).items() if words.startswith("看楼盘"))
    assert "这套房是您锁定的" in text_of(household.get(development))
    jobs.run_waiting(committed_app)
    assert links(household.get("/homes?status=locked"))["查看这笔购房"] == locked
    with saved(committed_app) as session:
        neighbour = make_buyer(session, town.shop.desk)
    for stranger in (enter(neighbour.actor), enter(town.shop.developer)):
        assert "已经有人用房票锁定了这套房" in text_of(stranger.get(address))
        assert "您锁定的" not in text_of(stranger.get("/homes?status=locked"))


def test_giving_up_a_lock_asks_first_and_returns_everything(household: LintingClient, town: Town) -> None:
    made = send(household, choose_address(town))
    address = send(household, made.location).location
    asked = household.get(f"{address}/cancel")
    assert "退回房票的金额 ¥385,000" in text_of(asked)
    assert send(household, f"{address}/cancel").location == address
    page = text_of(household.get(address))
    assert "已取消" in page
    assert "¥500,000" in text_of(household.get("/household/"))
    again = send(household, f"{address}/cancel")
    assert again.status_code == 409
    assert "已经取消" in text_of(again)


def test_a_lock_past_its_deadline_reads_as_over_before_anybody_sweeps(
    household: LintingClient, town: Town, clock: clocks.FixedClock
) -> None:
    address = send(household, send(household, choose_address(town)).location).location
    clock.advance(timedelta(days=16))
    page = text_of(household.get(address))
    assert "到期释放" in page
    assert "取消锁定" not in page


def test_a_household_without_vouchers_is_told_what_to_do(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        poor = make_buyer(session, town.shop.desk, faces=())
    client = enter(poor.actor)
    assert "您现在还没有房票" in text_of(client.get("/household/"))
    assert "您现在没有可以用的房票" in text_of(client.get(choose_address(town)))
    assert "还没有用房票锁定过房源" in text_of(client.get("/household/redemptions/"))


def test_neighbours_and_other_districts_find_nothing(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        quote = make_quote(session, town.buyer, make_home(session, town.shop))
        redemption = make_redemption(session, town.buyer, town.home)
        neighbour = make_buyer(session, town.shop.desk)
        elsewhere = make_shop(session)
        foreigner = make_buyer(session, elsewhere.desk)
    addresses = (
        f"/household/vouchers/{town.buyer.vouchers[0].ref}",
        f"/household/quotes/{quote.ref}",
        f"/household/redemptions/{redemption.ref}",
        f"/household/redemptions/{redemption.ref}/cancel",
    )
    for stranger in (neighbour, foreigner):
        client = enter(stranger.actor)
        token = token_of(client.get("/household/"))
        for address in addresses:
            assert client.get(address).status_code == 404, address
        for address in (addresses[1], addresses[3]):
            assert client.post(address, data={"csrf_token": token}).status_code == 404, address
    assert "不在房源库" in text_of(enter(foreigner.actor).get(choose_address(town)))


@pytest.mark.parametrize("people", ["officer", "checker", "developer"])
def test_other_roles_have_no_wallet(enter: Enter, town: Town, people: str) -> None:
    actor = town.shop.developer if people == "developer" else getattr(town.shop.desk, people)
    client = enter(actor)
    assert client.get("/household/").status_code == 403
    assert client.get(choose_address(town)).status_code == 403


def test_a_long_history_comes_in_pages(household: LintingClient, town: Town, committed_app: Flask) -> None:
    for _ in range(11):
        address = send(household, send(household, choose_address(town)).location).location
        send(household, f"{address}/cancel")
    first = text_of(household.get("/household/redemptions/"))
    assert first.count(" GF-") == 10
    assert text_of(household.get("/household/redemptions/?page=2")).count(" GF-") == 1
    moves = text_of(household.get(f"/household/vouchers/{town.buyer.vouchers[0].ref}"))
    assert moves.count("锁定解除，金额退回") == 11


def test_a_household_that_holds_all_it_may_is_told_which_and_what_to_do(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    made = send(household, choose_address(town), {box(town, 1): "10万", box(town, 2): "10万"})
    assert "您同时最多锁定 3 套房，现在锁定着 0 套" in text_of(household.get(choose_address(town)))
    with saved(committed_app) as session:
        held = [
            make_redemption(session, town.buyer, make_home(session, town.shop), 3_000_000, 3_000_000)
            for _ in range(3)
        ]
        names = [place_of(session.get_one(Home, redemption.home_id)) for redemption in held]
    sent = {"csrf_token": token_of(household.get(made.location))}
    for page in (
        household.get(choose_address(town)),
        household.get(made.location),
        household.post(made.location, data=sent),
    ):
        words = text_of(page)
        assert "您锁定的房源已经到上限" in words
        for name in names:
            assert name in words
        assert "最晚到 2016年6月16日（星期四）24:00 签好合同" in words
        assert "请先到售楼处签好其中一套的合同" in words
    assert send(household, f"/household/redemptions/{held[0].ref}/cancel").status_code == 303
    assert send(household, made.location).status_code == 303


def test_too_little_from_the_vouchers_is_told_at_the_vouchers(household: LintingClient, town: Town) -> None:
    refused = send(household, choose_address(town), {box(town, 1): "0.01", box(town, 2): "0.01"})
    assert refused.status_code == 422
    assert "房票和奖励至少要付这套房的 ¥23,100，现在只付 ¥0.02" in text_of(refused)


def test_a_home_too_large_for_a_voucher_is_told_before_a_quote_is_asked(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    lines = "limits: [{kinds: [home], area: {up_to: 80}}]"
    with saved(committed_app) as session:
        said = HAILING.replace("transfers: 1", f"transfers: 1\n{lines}")
        version = make_policy_version(session, district=town.shop.desk.district, text=said)
        session.commit()
        buyer = make_buyer(session, replace(town.shop.desk, policy_version=version), faces=(60_000_000,))
        small = make_home(session, town.shop, area_m2=Decimal("80.00"))
        session.commit()
    household = enter(buyer.actor)
    told = f"这套超出房票 {buyer.vouchers[0].ref} 可购的面积：每套最多 80 平方米，这套是 89.50 平方米。"
    page = household.get(f"/homes/{town.home.ref}")
    assert told in text_of(page)
    assert "用我的房票购买" not in text_of(page)
    chosen = text_of(household.get(choose_address(town)))
    assert "您的房票不能买这套房" in chosen
    assert told in chosen
    compared = text_of(household.get(f"/homes/compare?home={town.home.ref}&home={small.ref}"))
    assert compared.count("不能用您的房票买") == 3
    assert "用我的房票购买，看报价" in text_of(household.get(f"/homes/{small.ref}"))
    assert send(household, f"/household/homes/{small.ref}/quote").status_code == 303
