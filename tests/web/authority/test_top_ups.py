"""A statement comes in, a person matches its lines, and the household sees what has arrived."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask

from app.core.actor import Actor
from tests.factories.payments import statement
from tests.factories.redemptions import make_buyer, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import form_of, links, send, text_of
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


def waiting(checker: LintingClient) -> str:
    """Return where the statement that waits is decided on, from the checker's desk."""
    return next(one for one in links(checker.get("/authority/")).values() if "/top-ups/statements/LW-" in one)


def confirm_waiting(checker: LintingClient, *, count: str, total: str) -> None:
    typed = {"decision": "approve", "count": count, "total": total}
    assert send(checker, waiting(checker), typed).status_code == 303


def test_from_the_statement_to_the_households_page(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        buyer = make_buyer(session, town.shop.desk, faces=(30_000_000,))
        ref = make_redemption(session, buyer, town.home).ref
    ours, desk, checker = enter(buyer.actor), enter(town.shop.desk.officer), enter(town.shop.desk.checker)
    page = text_of(ours.get(f"/household/redemptions/{ref}"))
    assert "绝不转给个人" in page
    assert "还差 ¥102,000" in page
    code = page[page.index("ZF-") :][:14]
    listed = upload(desk, statement(f"S1,2016-06-02,102000,{buyer.household.holder_name},{code}"))
    assert "导入 1 笔到账" in listed
    assert "一共 1 笔收入，合计 ¥102,000" in listed
    assert "没有等着核对的到账" in listed, "nothing counts that one person alone brought"
    confirm_waiting(checker, count="1", total="102000")
    listed = text_of(desk.get("/authority/top-ups/"))
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


def test_a_checker_reads_the_banks_own_number_and_total_and_sees_nothing_of_the_files(
    enter: Enter, town: Town
) -> None:
    officer, checker = enter(town.shop.desk.officer), enter(town.shop.desk.checker)
    upload(officer, statement("S1,2016-06-01,42000,张三,", "S2,2016-06-02,77000,李四,补的"))
    address = waiting(checker)
    page = text_of(checker.get(address))
    assert "2016年6月1日（星期三）至2016年6月2日（星期四）" in page
    assert not any(told in page for told in ("42,000", "77,000", "119,000", "2 笔", "张三"))
    assert "119,000" in text_of(officer.get(address))
    typed = {"decision": "approve", "count": "1", "total": "42000"}
    told = send(checker, address, typed)
    assert (told.status_code, "收入笔数和导入的文件不一样" in text_of(told)) == (422, True)
    told = send(checker, address, {**typed, "count": "2"})
    assert (told.status_code, "收入合计和导入的文件不一样" in text_of(told)) == (422, True)
    assert "119,000" not in text_of(told)
    assert "请填写银行流水上的收入笔数" in text_of(send(checker, address, {"decision": "approve"}))
    assert "请写明" in text_of(send(checker, address, {"decision": "reject"}))
    assert send(checker, address, {"decision": "reject", "reason": "多了一笔"}).status_code == 303
    assert "多了一笔" in text_of(officer.get(address))
    assert "没有等着核对的到账" in text_of(officer.get("/authority/top-ups/"))
    assert "没有这样的到账" in text_of(officer.get("/authority/top-ups/lines/"))
    assert "退回了，到账不算" in text_of(officer.get("/authority/top-ups/statements/"))


def test_a_file_that_cannot_be_read_is_told_with_its_line(enter: Enter, town: Town) -> None:
    assert "第 2 行的金额不对" in upload(enter(town.shop.desk.officer), statement("S1,2016-06-02,很多,张三,"))
