"""Asking kin to help with their voucher, and consenting to it, page by page."""

from collections.abc import Callable

import pytest
from flask import Flask

from app.core.actor import Actor
from tests.factories.redemptions import Buyer, make_buyer
from tests.web.linting import LintingClient
from tests.web.sending import form_to, press, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def helper(committed_app: Flask, town: Town) -> Buyer:
    with saved(committed_app) as session:
        return make_buyer(session, town.shop.desk, faces=(40_000_000,))


@pytest.fixture
def asked(enter: Enter, town: Town, helper: Buyer) -> str:
    """The address of a request for 10 万 of the helper's voucher."""
    typed = {"voucher": helper.vouchers[0].ref.lower(), "relation": "parent", "most": "10万"}
    made = send(enter(town.buyer.actor), f"/household/homes/{town.home.ref}/kin", typed)
    assert made.status_code == 303
    return str(made.location)


def test_from_the_request_to_a_home_of_two_households(
    enter: Enter, town: Town, helper: Buyer, asked: str
) -> None:
    theirs, ours = enter(helper.actor), enter(town.buyer.actor)
    assert "等您决定" in text_of(theirs.get("/household/"))
    page = text_of(theirs.get(asked))
    assert "等您决定" in page
    assert "等对方同意" in text_of(ours.get(asked))
    assert "房票最多出 ¥100,000" in page
    assert "这张房票现在可用 ¥400,000" in page
    assert "出完以后至少还剩 ¥300,000" in page
    assert press(theirs, asked, "").status_code == 303
    assert "¥400,000" not in text_of(ours.get(asked))  # how much the kin has is theirs to know
    ticked = {"vouchers": [town.buyer.vouchers[0].ref, helper.vouchers[0].ref]}
    made = send(ours, f"/household/homes/{town.home.ref}/quote", ticked)
    quote = text_of(ours.get(made.location))
    assert helper.vouchers[0].ref in quote
    locked = send(ours, made.location)
    assert locked.status_code == 303
    seen = text_of(theirs.get(locked.location))
    assert "您的房票帮着付款" in seen
    assert town.buyer.vouchers[0].ref not in seen
    for listed in ("/household/", "/household/redemptions/"):  # nobody takes it for a home of their own
        assert "一户购买，您的房票帮着付款" in text_of(theirs.get(listed))
        assert "您的房票帮着付款" not in text_of(ours.get(listed))
    assert "查看这笔购房" in text_of(theirs.get(asked))
    assert theirs.get(f"{locked.location}/cancel").status_code == 403
    assert "您的房票帮亲属锁定了房源" in text_of(theirs.get("/account/notices/"))


def test_no_is_an_answer_and_the_sum_is_bound(enter: Enter, helper: Buyer, asked: str, town: Town) -> None:
    theirs = enter(helper.actor)
    page = theirs.get(asked)
    other = theirs.post(asked, data={**form_to(page, ""), "sum": "999"})
    assert other.status_code == 409
    assert "没有办成" in text_of(other)
    assert press(theirs, asked, f"{asked}/end").status_code == 303
    assert "没有同意" in text_of(enter(town.buyer.actor).get("/household/consents/"))


def test_a_household_asks_ten_times_a_day(enter: Enter, town: Town, helper: Buyer) -> None:
    """Each request sends the other household a message, and may be taken back to be made again."""
    ours, address = enter(town.buyer.actor), f"/household/homes/{town.home.ref}/kin"
    typed = {"voucher": helper.vouchers[0].ref, "relation": "parent", "most": "1万"}
    for _ in range(10):
        made = send(ours, address, typed)
        assert made.status_code == 303
        press(ours, made.location, f"{made.location}/end")
    refused = send(ours, address, typed)
    assert refused.status_code == 429
    assert "今天提出的请求太多了" in text_of(refused)


def test_slips_when_asking(enter: Enter, town: Town, helper: Buyer, committed_app: Flask) -> None:
    ours = enter(town.buyer.actor)
    address = f"/household/homes/{town.home.ref}/kin"
    typed = {"voucher": town.buyer.vouchers[0].ref, "relation": "child", "most": "1"}
    assert "没有找到本区别户的这张房票" in text_of(send(ours, address, typed))
    page = text_of(ours.get(address))
    others = "兄弟姐妹、祖父母、外祖父母、孙子女、外孙子女、原房屋的共有人、安置人口"
    assert f"{others}不在政策里，不能合用" in page
    assert page.count("兄弟姐妹") == 1, "told why, not offered"
    typed = {"voucher": helper.vouchers[0].ref, "relation": "sibling", "most": "1"}
    assert send(ours, address, typed).status_code == 422
    assert enter(helper.actor).get("/household/consents/TY-AAAAA-AAAAA").status_code == 404
