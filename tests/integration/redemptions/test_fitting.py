"""How large a home is that vouchers buy, and what a ㎡ of it costs: asked at the quote, tried, proved."""

from decimal import Decimal

import pytest
from sqlalchemy import text, update
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.policies import bodies
from app.projects.models import Agreement
from app.redemptions import queries, service
from app.redemptions.errors import BasketRefused
from app.reports.policy_trial import stock_on_offer
from app.vouchers.models import Voucher
from app.web.messages import message_of
from tests.factories.forging import unguard
from tests.factories.moves import actor_of, carry_out, other_of, transfer_of
from tests.factories.policies import make_policy_version
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
)
from tests.factories.vouchers import make_desk
from tests.integration.redemptions.test_numbers import PLAIN, WAN, add_space

RULE = "vouchers buy only homes of the size, and at the price a ㎡, that their policies name"
TOGETHER = "limits: [{kinds: [home], total_area: 150, of: household}]"


def shop_under(session: Session, said: str) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=f"{PLAIN}{said}\n"))


@pytest.mark.parametrize(
    ("line", "area", "told"),
    [
        ("area: {up_to: 89.49}", "89.50", "可购的面积：每套最多 89.49 平方米，这套是 89.50 平方米。"),
        ("area: {from: 90}", "89.50", "能买的房每套至少 90 平方米，这套是 89.50 平方米，不能用它买。"),
        (
            "yuan_per_m2: 999.99",
            "100.00",
            "可购的单价：每平方米最多 ¥999.99，这套 100.00 平方米，实付 ¥100,000。",
        ),
        ("area: {from: 89.50, up_to: 89.50}", "89.50", None),
        ("yuan_per_m2: 1000", "100.00", None),
    ],
)
def test_a_home_beyond_the_size_or_the_price_is_not_quoted(
    session: Session, line: str, area: str, told: str | None
) -> None:
    shop = shop_under(session, f"limits: [{{kinds: [home], {line}}}]")
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    home = make_home(session, shop, voucher_fen=10 * WAN, area_m2=Decimal(area))
    if told is None:
        make_redemption(session, buyer, home)
    else:
        with pytest.raises(DomainError) as refused:
            make_quote(session, buyer, home)
        assert message_of(refused.value).endswith(told)
        session.rollback()
    assert queries.verify(session) == []


def test_a_household_buys_so_many_square_metres_whichever_voucher_pays(session: Session) -> None:
    shop = shop_under(session, TOGETHER)
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 50 * WAN))
    first = make_home(session, shop, voucher_fen=35 * WAN, area_m2=Decimal("100.00"))
    bought = make_redemption(session, buyer, first)
    add_space(session, shop, buyer, first.ref)
    large = make_home(session, shop, voucher_fen=5 * WAN, area_m2=Decimal("50.01"))
    parts = [(buyer.vouchers[1].ref, None)]
    with pytest.raises(DomainError) as refused:
        service.quote(session, actor=buyer.actor, home_ref=large.ref, parts=parts)
    assert message_of(refused.value) == (
        f"这套超出房票 {buyer.vouchers[1].ref} 可购的面积：一户合计最多买 150 平方米，"
        "前面已经买了 100.00 平方米，这套是 50.01 平方米。"
    )
    session.rollback()
    assert queries.verify(session) == []
    service.cancel(session, actor=buyer.actor, redemption_ref=bought.ref)
    session.commit()
    service.quote(session, actor=buyer.actor, home_ref=large.ref, parts=parts)


AGREED = {
    "entitled": "不超过应安置面积 {} 平方米",
    "old": "不超过原房屋面积 {} 平方米",
    "{m2_a_head: 30}": "不超过安置人口 {residents} 人、每人 30 平方米，一共 {} 平方米",
    "{of: entitled, share: 133.33%}": "不超过应安置面积 {entitled} 平方米的 133.33%，也就是 {} 平方米",
    "{of: old, plus_m2: 10}": "不超过原房屋面积 {old} 平方米加 10 平方米，也就是 {} 平方米",
}


@pytest.mark.parametrize("total", AGREED)
def test_agreements_say_how_many_square_metres_a_household_buys(session: Session, total: str) -> None:
    shop = shop_under(session, f"limits: [{{kinds: [home], total_area: {total}, of: household}}]")
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 50 * WAN))
    agreements = [one.agreement for one in buyer.vouchers]
    residents = sum(one.residents or 0 for one in agreements)
    entitled = sum((one.entitled_m2 or Decimal(0) for one in agreements), Decimal(0))
    old = buyer.household.old_area_m2
    most = {
        "entitled": entitled,
        "old": old,
        "{of: entitled, share: 133.33%}": (entitled * 13_333 // 100) / 100,
        "{of: old, plus_m2: 10}": old + 10,
    }.get(total, Decimal(30) * residents)
    first = make_home(session, shop, voucher_fen=35 * WAN, area_m2=Decimal("25.00"))
    bought = make_redemption(session, buyer, first)
    large = make_home(session, shop, voucher_fen=5 * WAN, area_m2=most - Decimal("24.99"))
    just = make_home(session, shop, voucher_fen=5 * WAN, area_m2=most - Decimal("25.00"))
    parts = [(buyer.vouchers[1].ref, None)]
    with pytest.raises(DomainError) as refused:
        service.quote(session, actor=buyer.actor, home_ref=large.ref, parts=parts)
    assert message_of(refused.value) == (
        f"这套超出房票 {buyer.vouchers[1].ref} 可购的面积：一户合计"
        + AGREED[total].format(most, residents=residents, entitled=entitled, old=old)
        + f"，前面已经买了 25.00 平方米，这套是 {large.area_m2} 平方米。"
    )
    session.rollback()
    waiting = service.quote(session, actor=buyer.actor, home_ref=just.ref, parts=parts)
    session.commit()
    made = service.reserve(session, actor=buyer.actor, quote_ref=waiting.ref)
    session.commit()
    assert queries.verify(session) == []
    unguard(session, "agreements")
    session.execute(update(Agreement).values(entitled_m2=Agreement.entitled_m2 - Decimal("0.01")))
    session.execute(text("UPDATE agreements SET residents = residents - 1"))
    session.execute(text("UPDATE households SET old_area_m2 = old_area_m2 - 0.01"))
    assert {breach.rule for breach in queries.verify(session)} >= {RULE}
    session.rollback()
    for one in (made, bought):
        service.cancel(session, actor=buyer.actor, redemption_ref=one.ref)
        session.commit()
    service.quote(session, actor=buyer.actor, home_ref=large.ref, parts=parts)


def test_what_was_bought_by_its_agreements_counts_in_other_hands(session: Session) -> None:
    said = "limits: [{kinds: [home], total_area: entitled, of: household}]"
    shop = shop_under(session, said)
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 50 * WAN))
    most = sum((one.agreement.entitled_m2 or Decimal(0) for one in buyer.vouchers), Decimal(0))
    own = Buyer(buyer.actor, buyer.household, [buyer.vouchers[1]])
    waiting = make_quote(session, own, make_home(session, shop, voucher_fen=5 * WAN, area_m2=most / 2))
    (given,) = carry_out(session, shop.desk, buyer.actor, transfer_of(buyer.vouchers[0]), other_of(7))
    household = session.get_one(Voucher, given.id).household
    other = Buyer(actor_of(session, shop.desk, household), household, [given])
    large = make_home(session, shop, voucher_fen=5 * WAN, area_m2=most / 2 + 1)
    make_redemption(session, other, large)
    with pytest.raises(DomainError, match="quote_past_changed"):
        service.reserve(session, actor=buyer.actor, quote_ref=waiting.ref)
    session.rollback()
    with pytest.raises(DomainError, match="home_total_of_entitled"):
        make_quote(session, own, make_home(session, shop, voucher_fen=5 * WAN, area_m2=most / 2))
    session.rollback()
    assert queries.verify(session) == []


def test_a_basket_adds_up_its_homes_and_a_quote_made_before_is_not_locked(session: Session) -> None:
    shop = shop_under(session, TOGETHER)
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    homes = [make_home(session, shop, voucher_fen=5 * WAN, area_m2=Decimal("80.00")) for _ in range(2)]
    with pytest.raises(BasketRefused) as refused:
        service.quote_basket(
            session, actor=buyer.actor, home_refs=[one.ref for one in homes], parts=buyer.parts()
        )
    assert [one.home_ref for one in refused.value.refusals] == [homes[1].ref]
    session.rollback()
    waiting = make_quote(session, buyer, homes[0])
    make_redemption(session, buyer, homes[1])
    with pytest.raises(DomainError, match="quote_past_changed"):
        service.reserve(session, actor=buyer.actor, quote_ref=waiting.ref)


def test_a_voucher_that_pays_nothing_for_a_space_is_not_asked(session: Session) -> None:
    shop = shop_under(session, "limits: [{kinds: [parking], yuan_per_m2: 1}]")
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    with pytest.raises(BasketRefused) as refused:
        add_space(session, shop, buyer, bought.home.ref)
    assert refused.value.refusals[0].error.code == "home_most_per_m2"


@pytest.mark.parametrize("line", ["area: {up_to: 89.49}", "area: {from: 89.51}", "yuan_per_m2: 1"])
def test_proofs_find_a_home_beyond_the_size_or_the_price(session: Session, line: str) -> None:
    shop = shop_under(session, "limits: [{kinds: [home], area: {up_to: 144}}]")
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    assert queries.verify(session) == []
    other = make_policy_version(
        session, district=shop.desk.district, text=f"{PLAIN}limits: [{{kinds: [home], {line}}}]\n"
    )
    session.execute(text("UPDATE vouchers SET policy_version_id = :other"), {"other": other.id})
    assert RULE in {breach.rule for breach in queries.verify(session)}
    session.rollback()


def test_proofs_find_more_square_metres_than_a_household_may_buy(session: Session) -> None:
    shop = shop_under(session, TOGETHER)
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    first = make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    assert queries.verify(session) == []
    session.execute(text("UPDATE redemptions SET state = 'locked', ended_at = NULL"))
    assert RULE in {breach.rule for breach in queries.verify(session)}
    session.rollback()


@pytest.mark.parametrize(
    ("line", "counted"),
    [
        ("area: {from: 80}", 1),
        ("area: {up_to: 80}", 1),
        ("yuan_per_m2: 7000", 2),
        ("yuan_per_m2: 5000", 1),
        ("total_area: 59, of: household", 0),
    ],
)
def test_a_trial_counts_only_homes_that_vouchers_buy(session: Session, line: str, counted: int) -> None:
    shop = make_shop(session)
    make_home(session, shop, voucher_fen=45 * WAN, area_m2=Decimal("100.00"))
    make_home(session, shop, voucher_fen=40 * WAN, area_m2=Decimal("60.00"))
    policy = bodies.parse(f"{PLAIN}limits: [{{{line}}}]\n")
    assert sum(one.count for one in stock_on_offer(session, [policy])) == counted
    assert sum(one.count for one in stock_on_offer(session)) == 2
