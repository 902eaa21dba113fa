"""A parking space beside a home, from the developer's form to the household's lock."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import audit
from app.core.actor import Actor
from app.redemptions import service
from app.redemptions.change_models import PurchaseChange
from app.redemptions.models import Redemption
from tests.factories.policies import WITH_SPACES
from tests.factories.redemptions import (
    contract,
    make_buyer,
    make_home,
    make_shop,
    make_space,
    redeem,
    verify_first,
)
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, press, send, text_of
from tests.web.town import Town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    with saved(committed_app) as session:
        audit.initialise(session)
        session.commit()
        shop = make_shop(session, desk=make_desk(session, policy=WITH_SPACES))
        return Town(shop, make_buyer(session, shop.desk, faces=(60_000_000,)), make_home(session, shop))


def test_a_developer_lists_a_space_and_a_household_buys_it_beside_its_home(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    developer, place = enter(town.shop.developer), town.home.development.ref
    typed = {
        "kind": "parking",
        "building": town.shop.building.name,
        "storey": "-1",
        "room": "b-023",
        "area_m2": "12.72",
        "filed_price": "9万",
        "filing_number": "备2016-0012",
        "cash_price": "8.5万",
        "voucher_price": "8万",
    }
    made = send(developer, f"/developer/developments/{place}/spaces/new", typed)
    assert made.status_code == 303
    page = text_of(developer.get(made.location))
    assert "B-023号车位" in page
    assert "地下 1 层" in page
    assert "套内面积" not in page
    assert press(developer, f"{made.location}/publish", "").status_code == 303
    table = text_of(developer.get(f"/developer/developments/{place}"))
    assert "共 1 套" in table
    assert "车位和储藏室" in table
    assert "共 1 个" in table

    public = text_of(enter(town.buyer.actor).get(f"/developments/{place}"))
    assert "在房源库里的房子：1 套" in public
    assert "车位和储藏室：1 个" in public
    household = enter(town.buyer.actor)
    press(household, f"/homes/{town.home.ref}", f"/household/basket/homes/{town.home.ref}")
    assert "在旁边加车位或储藏室" in text_of(household.get("/household/basket/"))
    spaces = f"/household/homes/{town.home.ref}/spaces"
    assert "一套房旁边最多买 2 个" in text_of(household.get(spaces))
    space = made.location.rpartition("/")[2]
    assert press(household, spaces, f"{spaces}/{space}").status_code == 303
    basket = text_of(household.get("/household/basket/"))
    assert "这 1 套房、1 个车位的实付价 ¥542,000" in basket
    quoted = press(household, "/household/basket/", "")
    quote = text_of(household.get(quoted.location))
    assert "旁边的车位" in quote
    assert "合计 ¥542,000" in quote
    assert press(household, quoted.location, "").status_code == 303
    with saved(committed_app) as session:
        bought, beside = session.scalars(select(Redemption).order_by(Redemption.id)).all()
    assert beside.beside_id == bought.id
    shown = text_of(household.get(f"/household/redemptions/{bought.ref}"))
    assert "B-023号车位" in shown.partition("旁边的车位和储藏室")[2]
    giving_up = text_of(household.get(f"/household/redemptions/{bought.ref}/cancel"))
    assert "B-023号车位跟着一起取消，付的房票 ¥66,666.67 也退回" in giving_up
    assert "看那套房的购房" in text_of(household.get(f"/household/redemptions/{beside.ref}"))
    assert household.get(f"/homes/{space}").status_code == 404, "a space has no home's page"


def test_a_household_buys_a_space_alone_with_what_is_left(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    """From the development's page to the lock; whose voucher wants a home beside it is told so."""
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=WITH_SPACES + "spaces: alone\n"))
        buyer = make_buyer(session, shop.desk, faces=(10_000_000,))
        space, _more = make_space(session, shop), make_space(session, shop)
        place = f"/developments/{space.development.ref}"
    household = enter(buyer.actor)
    page = household.get(place)
    assert "您的房票可以单独买" in text_of(page)
    offered = f"/household{place}/spaces"
    assert "您同时最多锁定 3 个" in text_of(household.get(offered))
    assert links(page)["单独买车位或储藏室"] == offered
    assert "哪套房退了也不跟着退" in text_of(household.get(offered))
    assert press(household, offered, f"/household/basket/homes/{space.ref}").status_code == 303
    assert "单独买，不跟着哪套房" in text_of(household.get("/household/basket/"))
    quoted = press(household, "/household/basket/", "")
    assert "第 1 笔，单独买的车位" in text_of(household.get(quoted.location))
    assert press(household, quoted.location, "").status_code == 303
    with saved(committed_app) as session:
        (alone,) = session.scalars(select(Redemption)).all()
    shown = text_of(household.get(f"/household/redemptions/{alone.ref}"))
    assert "这一个要付多少" in shown
    assert "再买一个车位或储藏室" not in shown
    other = enter(town.buyer.actor)
    assert "先把房放进选房篮，再加车位" in text_of(other.get(place))
    assert "不能单独买车位和储藏室" in text_of(other.get(offered))


def test_a_household_reads_why_a_voucher_does_not_pay_for_a_space(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        space, home = make_space(session, town.shop), town.home
        buyer = make_buyer(session, town.shop.desk, faces=(40_000_000, 20_000_000))
        basket = service.quote_basket(
            session,
            actor=buyer.actor,
            home_refs=[home.ref, space.ref],
            parts=buyer.parts(),
            beside={space.ref: home.ref},
        )
        idle = buyer.vouchers[1].ref
        session.commit()
    page = text_of(enter(buyer.actor).get(f"/household/baskets/{basket.ref}"))
    # Of 40 万 the home takes 38.5; what is left pays 1.8 of 8 万 with its bonus.
    assert f"房票 {idle} 没有付那套房，所以这里要自付 ¥62,000" in page


def test_who_ends_the_purchase_of_a_home_reads_that_the_space_goes_too(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    with saved(committed_app) as session:
        space = make_space(session, town.shop)
        home, buyer = town.home, town.buyer
        basket = service.quote_basket(
            session,
            actor=buyer.actor,
            home_refs=[home.ref, space.ref],
            parts=buyer.parts(),
            beside={space.ref: home.ref},
        )
        session.commit()
        bought, _ = service.reserve_basket(session, actor=buyer.actor, basket_ref=basket.ref)
        session.commit()
        contract(session, town.shop, bought)
        goes = f"买在旁边的{space.name}跟着一起取消"
    assert goes in text_of(enter(buyer.actor).get(f"/household/redemptions/{bought.ref}/undo"))
    officer = enter(town.shop.desk.officer)
    assert goes in text_of(officer.get(f"/authority/redemptions/{bought.ref}/refuse"))
    with saved(committed_app) as session:
        held = {one.ref: one for one in session.scalars(select(Redemption))}
        verify_first(session, town.shop, held[bought.ref])
        service.verify_second(session, actor=town.shop.desk.checker, redemption_ref=bought.ref)
        session.commit()
        beside = next(one for one in held.values() if one.beside_id is not None)
        redeem(session, town.shop, beside)
        make_space(session, town.shop)
    household, address = enter(buyer.actor), f"/household/redemptions/{bought.ref}"
    page = text_of(household.get(f"{address}/undo"))
    assert f"{space.name}跟着这套房一起退" in page
    # 46.2 万 and 8 万 at 20%: 385,000 and 66,666.67 of the voucher.
    assert "¥451,666.67" in page.partition("房和旁边的一共退多少")[2]
    more = "再买一个车位或储藏室"
    assert more in links(household.get(address))
    assert send(household, f"{address}/undo", {"reason": "不买了", "seen": "yes"}).status_code == 303
    assert more not in links(household.get(address)), "its home is being undone"
    with saved(committed_app) as session:
        lead, led = session.scalars(select(PurchaseChange).order_by(PurchaseChange.id))
    answering = text_of(
        enter(town.shop.developer).get(f"/developer/redemptions/{bought.ref}/changes/{lead.ref}")
    )
    assert f"{space.name}一起退，金额怎么变" in answering
    assert "¥542,000" in answering.partition("房和旁边的一共退多少")[2]
    alone = household.get(f"/household/redemptions/{beside.ref}/changes/{led.ref}")
    assert "跟着哪套房一起办" in text_of(alone)
    assert "不办了，撤回" not in text_of(alone), "what would be refused is not offered"
    listed = officer.get("/authority/changes/")
    assert list(links(listed).values()).count(f"/authority/changes/{lead.ref}") == 1
    assert f"{space.name}一起，¥80,000" in text_of(listed)
