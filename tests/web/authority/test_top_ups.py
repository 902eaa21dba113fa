"""A statement comes in, a person matches its lines, and the household sees what has arrived."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from app.core.actor import Actor
from tests.factories.payments import statement
from tests.factories.redemptions import make_buyer, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


def upload(client: LintingClient, content: bytes) -> str:
    action, sent = form_of(client.get("/authority/top-ups/"))
    answer = client.post(
        action or "/authority/top-ups/",
        data={**sent, "file": (BytesIO(content), "流水.csv")},
        content_type="multipart/form-data",
    )
    return text_of(client.get("/authority/top-ups/") if answer.status_code == 303 else answer)


def test_from_the_statement_to_the_households_page(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        ref = make_redemption(session, buyer, town.home).ref
    ours, desk = enter(buyer.actor), enter(town.shop.desk.officer)
    page = text_of(ours.get(f"/household/redemptions/{ref}"))
    assert "绝不转给个人" in page
    assert "还差 ¥102,000" in page
    code = page[page.index("ZF-") :][:14]
    listed = upload(desk, statement(f"S1,2016-06-02,102000,{buyer.household.holder_name},{code}"))
    assert "导入 1 笔到账" in listed
    assert "摘要里有编号、金额一分不差、付款人同名" in listed
    line = next(
        href.split('"')[0]
        for href in desk.get("/authority/top-ups/").get_data(as_text=True).split('href="')
        if href.startswith("/authority/top-ups/LS-")
    )
    assert "还没有对上的到账（1 笔）" in text_of(desk.get("/authority/"))
    purchase = f"/authority/redemptions/{ref}"
    assert "还差 ¥102,000" in text_of(desk.get(purchase))
    assert send(desk, line).status_code == 303  # the only suggestion stands in the box
    told = text_of(desk.get("/authority/top-ups/"))
    assert f"{code} 已经付齐，可以核验了" in told
    assert "没有等着核对的到账" in told
    assert "还没有对上的到账" not in text_of(desk.get("/authority/"))
    assert "没有，已经付齐" in text_of(ours.get(f"/household/redemptions/{ref}"))
    assert "没有，已经付齐" in text_of(desk.get(purchase))
    assert enter(town.shop.desk.checker).get("/authority/top-ups/").status_code == 200


def test_a_file_that_cannot_be_read_is_told_with_its_line(enter: Enter, town: Town) -> None:
    assert "第 2 行的金额不对" in upload(enter(town.shop.desk.officer), statement("S1,2016-06-02,很多,张三,"))
