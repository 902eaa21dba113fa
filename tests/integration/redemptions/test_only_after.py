"""No voucher pays for a space before enough of it, or of its household's, went to homes."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.homes.models import Home
from app.redemptions import queries, service
from app.redemptions.errors import BasketRefused
from app.redemptions.models import BasketQuote
from app.web.messages import message_of
from tests.factories.policies import WITH_SPACES
from tests.factories.redemptions import (
    Buyer,
    Shop,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    make_space,
)
from tests.factories.vouchers import make_desk

WAN = 1_000_000
RULE = "nothing is bought before what its policy wants to be bought first"
PLAIN = WITH_SPACES.replace("rate: 20%", "rate: 0%")
OWN = PLAIN + "limits: [{kinds: [parking], after: {kinds: [home], spent_from: 60%}}]\n"
TOGETHER = OWN.replace("}}]", "}, of: household}]")


def shop_under(session: Session, policy: str) -> Shop:
    return make_shop(session, desk=make_desk(session, policy=policy))


def quoted(session: Session, buyer: Buyer, *wanted: Home, beside: dict[str, str]) -> BasketQuote:
    return service.quote_basket(
        session,
        actor=buyer.actor,
        home_refs=[home.ref for home in wanted],
        parts=buyer.parts()[-1:],
        beside=beside,
    )


def refused(session: Session, buyer: Buyer, *wanted: Home, beside: dict[str, str]) -> str:
    with pytest.raises(BasketRefused) as found:
        quoted(session, buyer, *wanted, beside=beside)
    session.rollback()
    return message_of(found.value.refusals[0].error)


def test_a_space_waits_until_enough_was_spent_on_homes(session: Session) -> None:
    shop = shop_under(session, OWN)
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home, space = make_home(session, shop, voucher_fen=59 * WAN), make_space(session, shop)
    make_redemption(session, buyer, home)
    assert refused(session, buyer, space, beside={space.ref: home.ref}) == (
        f"按房票 {buyer.vouchers[0].ref} 的政策，买新建商品住房先要用掉 ¥600,000，现在用了 ¥590,000，"
        "还不能买这一类房源。"
    )
    # With another home in front of it in the same basket it is enough.
    second = make_home(session, shop, voucher_fen=1 * WAN)
    basket = quoted(session, buyer, space, second, beside={space.ref: home.ref})
    session.commit()
    service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    assert queries.verify(session) == []


def test_all_vouchers_of_a_household_count_together_where_the_policy_says_so(session: Session) -> None:
    shop = shop_under(session, TOGETHER)
    buyer = make_buyer(session, shop.desk, faces=(40 * WAN, 60 * WAN))
    home, space = make_home(session, shop, voucher_fen=59 * WAN), make_space(session, shop)
    make_redemption(session, buyer, home)
    assert refused(session, buyer, space, beside={space.ref: home.ref}).startswith(
        f"按房票 {buyer.vouchers[1].ref} 的政策，一户名下的房票合计，买新建商品住房先要用掉 ¥600,000"
    )


def test_a_space_quoted_beside_a_home_is_refused_once_that_is_given_up(session: Session) -> None:
    shop = shop_under(session, OWN)
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home, space = make_home(session, shop, voucher_fen=30 * WAN), make_space(session, shop)
    make_redemption(session, buyer, home)
    other = make_redemption(session, buyer, make_home(session, shop, voucher_fen=30 * WAN))
    basket = quoted(session, buyer, space, beside={space.ref: home.ref})
    session.commit()
    service.cancel(session, actor=buyer.actor, redemption_ref=other.ref)
    session.commit()
    with pytest.raises(Conflict, match="quote_past_changed"):
        service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)


def test_a_home_given_up_later_leaves_the_space_and_its_proof(session: Session) -> None:
    shop = shop_under(session, OWN)
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home, space = make_home(session, shop, voucher_fen=30 * WAN), make_space(session, shop)
    make_redemption(session, buyer, home)
    other = make_redemption(session, buyer, make_home(session, shop, voucher_fen=30 * WAN))
    basket = quoted(session, buyer, space, beside={space.ref: home.ref})
    session.commit()
    (beside,) = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    service.cancel(session, actor=buyer.actor, redemption_ref=other.ref)
    session.commit()
    assert (beside.state, queries.verify(session)) == ("locked", [])


@pytest.mark.parametrize("policy", [OWN, TOGETHER, OWN.replace(", spent_from: 60%", "")])
def test_proofs_find_a_space_that_was_bought_too_early(session: Session, policy: str) -> None:
    shop = shop_under(session, policy)
    buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
    home, space = make_home(session, shop, voucher_fen=70 * WAN), make_space(session, shop)
    make_redemption(session, buyer, home)
    basket = quoted(session, buyer, space, beside={space.ref: home.ref})
    session.commit()
    service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
    session.commit()
    assert queries.verify(session) == []
    spent = 0 if "spent_from" not in policy else 60 * WAN - 1
    session.execute(
        text("UPDATE allocations SET spent_fen = :spent WHERE id = (SELECT min(id) FROM allocations)"),
        {"spent": spent or 1},
    )
    found = {breach.rule for breach in queries.verify(session)}
    assert (RULE in found) == bool(spent)
    session.rollback()
