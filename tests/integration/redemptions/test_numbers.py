"""How many homes and spaces a household buys with its vouchers, and how much they spend on one of them."""

from dataclasses import replace

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.redemptions import queries, service
from app.redemptions.errors import BasketRefused
from app.redemptions.models import Redemption
from app.web.messages import message_of
from tests.factories.policies import WITH_SPACES
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_quote,
    make_redemption,
    make_shop,
    make_space,
)
from tests.factories.vouchers import make_desk

WAN = 1_000_000
PLAIN = WITH_SPACES.replace("rate: 20%", "rate: 0%")


def shop_under(session: Session, said: str) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=f"{PLAIN}{said}\n"))


def add_space(session: Session, shop: Shop, buyer: Buyer, home_ref: str, *, fen: int = 8 * WAN) -> Redemption:
    space = make_space(session, shop, voucher_fen=fen)
    basket = service.quote_basket(
        session,
        actor=buyer.actor,
        home_refs=[space.ref],
        parts=buyer.parts(),
        beside={space.ref: home_ref},
    )
    session.commit()
    (locked,) = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    return locked


def test_a_second_voucher_buys_a_household_no_more_homes(session: Session) -> None:
    shop = shop_under(session, "homes: {most: 2, of: household}")
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 50 * WAN))
    first = make_redemption(session, buyer, make_home(session, shop, voucher_fen=60 * WAN))
    second = make_home(session, shop, voucher_fen=5 * WAN)
    one = service.quote(
        session, actor=buyer.actor, home_ref=second.ref, parts=[(buyer.vouchers[1].ref, None)]
    )
    session.commit()
    service.reserve(session, actor=buyer.actor, quote_ref=one.ref)
    session.commit()
    third = make_home(session, shop, voucher_fen=5 * WAN)

    def quoted() -> None:
        parts = [(buyer.vouchers[1].ref, None)]
        service.quote(session, actor=buyer.actor, home_ref=third.ref, parts=parts)

    with pytest.raises(DomainError) as refusal:
        quoted()
    assert message_of(refusal.value) == (
        f"按房票 {buyer.vouchers[1].ref} 的政策，一户名下的房票合计最多买 2 套，已经买满。买了又退的不算。"
    )
    session.rollback()
    assert queries.verify(session) == []
    service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
    session.commit()
    quoted()


def test_a_basket_buys_as_many_as_a_household_may(session: Session) -> None:
    shop = shop_under(session, "homes: {most: 1, of: household}")
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 50 * WAN))
    homes = [make_home(session, shop, voucher_fen=5 * WAN) for _ in range(2)]
    with pytest.raises(BasketRefused) as refused:
        service.quote_basket(
            session, actor=buyer.actor, home_refs=[one.ref for one in homes], parts=buyer.parts()
        )
    assert [one.home_ref for one in refused.value.refusals] == [homes[1].ref]


def test_a_household_buys_one_space_whichever_voucher_pays(session: Session) -> None:
    shop = shop_under(session, "limits: [{kinds: [parking], number: 1, of: household}]")
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 50 * WAN))
    home = make_home(session, shop, voucher_fen=20 * WAN)
    bought = make_redemption(session, buyer, home, 10 * WAN)
    second = make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    space = add_space(session, shop, buyer, bought.home.ref)
    with pytest.raises(BasketRefused) as refused:
        add_space(session, shop, buyer, second.home.ref)
    assert message_of(refused.value.refusals[0].error).endswith(
        "一户名下的房票合计最多买 1 个（套）这一类房源，已经买满。"
    )
    session.rollback()
    service.cancel(session, actor=buyer.actor, redemption_ref=space.ref)
    session.commit()
    add_space(session, shop, buyer, second.home.ref)
    assert queries.verify(session) == []


def test_each_space_takes_no_more_than_the_policy_lets_vouchers_spend_on_one(session: Session) -> None:
    shop = shop_under(session, "limits: [{kinds: [parking], yuan: 60000, of: home}]")
    buyer = make_buyer(session, shop.desk, faces=(10 * WAN, 90 * WAN))
    bought = make_redemption(session, buyer, make_home(session, shop, voucher_fen=8 * WAN), 5 * WAN)
    first = add_space(session, shop, buyer, bought.home.ref)
    assert sorted(part.spent_fen for part in first.allocations) == [1 * WAN, 5 * WAN]
    second = add_space(session, shop, replace(buyer, vouchers=buyer.vouchers[1:]), bought.home.ref)
    assert [part.spent_fen for part in second.allocations] == [6 * WAN]
    assert (first.top_up_fen, second.top_up_fen) == (2 * WAN, 2 * WAN)
    assert queries.verify(session) == []


@pytest.mark.parametrize(
    ("said", "forged", "rule"),
    [
        (
            "homes: {most: 1, of: household}",
            "homes",
            "no more homes are bought than a policy lets a voucher, or a household, buy",
        ),
        (
            "limits: [{kinds: [home], number: 1}]",
            "number",
            "no more of a kind of stock is bought than a policy lets a voucher, or a household, buy",
        ),
        (
            "limits: [{kinds: [home], yuan: 60000, of: home}]",
            "yuan",
            "vouchers spend no more on one home or space than their policies let them",
        ),
    ],
)
def test_proofs_find_more_than_a_policy_lets_anybody_buy(
    session: Session, said: str, forged: str, rule: str
) -> None:
    shop = shop_under(session, said)
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    first = make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    assert queries.verify(session) == []
    if forged == "yuan":
        session.execute(text("UPDATE allocations SET spent_fen = spent_fen + 1000001"))
    else:
        service.cancel(session, actor=buyer.actor, redemption_ref=first.ref)
        session.commit()
        make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
        assert queries.verify(session) == []
        session.execute(text("UPDATE redemptions SET state = 'locked', ended_at = NULL"))
    assert rule in {breach.rule for breach in queries.verify(session)}
    session.rollback()


def test_a_quote_is_refused_once_another_home_fills_the_number(session: Session) -> None:
    shop = shop_under(session, "homes: {most: 1, of: household}")
    buyer = make_buyer(session, shop.desk, faces=(50 * WAN,))
    waiting = make_quote(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    make_redemption(session, buyer, make_home(session, shop, voucher_fen=5 * WAN))
    with pytest.raises(DomainError, match="quote_past_changed"):
        service.reserve(session, actor=buyer.actor, quote_ref=waiting.ref)
