"""Households' payments go from the approved sums to the bank's table and its receipt, page by page."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import quote

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.redemptions.cash_models import CashBonus
from app.settlements.pay_list_models import PayLine
from app.vouchers import endings as ending_service
from app.web import formatting
from tests.factories import endings
from tests.factories.identity import make_actor, make_district
from tests.factories.inheritances import note_death
from tests.factories.pay_lists import (
    BOTH,
    Cashiers,
    approved_bonus,
    approved_ending,
    make_cashiers,
    receipt,
    said,
)
from tests.factories.redemptions import make_buyer
from tests.web.linting import LintingClient
from tests.web.sending import form_of, form_to, links, send, text_of, token_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
BEARING = BOTH + "interest: {rate: 3.65%, from: issue, on: [leftover]}\n"
INDEX = "/authority/pay-lists/"


@dataclass(frozen=True)
class Town:
    """An authority with one ending and one bonus approved, and an officer of another district."""

    cashiers: Cashiers
    stranger: Actor
    ending: str
    bonus: str


@pytest.fixture
def town(committed_app: Flask) -> Town:
    with saved(committed_app) as session:
        cashiers = make_cashiers(session)
        ending, bonus = approved_ending(session, cashiers), approved_bonus(session, cashiers)
        stranger = make_actor(session, role=Role.OFFICER, district=make_district(session))
        session.commit()
        return Town(cashiers, stranger, ending.ref, bonus.ref)


def lines_in(app: Flask) -> list[tuple[str, str, str]]:
    """Return each line of the lists: its reference, its state, and what a receipt says that pays it."""
    with saved(app) as session:
        rows = session.scalars(select(PayLine).order_by(PayLine.id)).all()
        return [(one.ref, one.state, said(one) if one.state == "listed" else "") for one in rows]


def bonuses_in(app: Flask) -> list[str]:
    """Return the bonuses in cash, as the boxes of the form call them."""
    with saved(app) as session:
        return list(session.scalars(select(CashBonus.ref)))


def upload(client: LintingClient, page: str, content: bytes, name: str = "回单.csv") -> str:
    """Bring a receipt about a list; return where that leads."""
    action = f"{page}/receipts"
    data = {**form_to(client.get(page), action), "file": (io.BytesIO(content), name)}
    answer = client.post(action, data=data)
    assert answer.status_code == 303, text_of(answer)
    return str(answer.location)


def test_from_the_approved_sums_to_the_receipt(enter: Enter, town: Town, committed_app: Flask) -> None:
    officer, checker = enter(town.cashiers.officer), enter(town.cashiers.checker)
    assert INDEX in links(officer.get("/authority/endings/")).values()
    assert INDEX in links(officer.get("/authority/cash-bonuses/")).values()
    told = text_of(officer.get(INDEX))
    assert "现在可以送银行的有 2 笔" in told
    assert "已勾选 2 笔，合计 ¥380,000" in told
    assert "6222 0213 0200 1234 567" not in told, "the table has the numbers, the page their ends"
    assert "可以送银行的（2 笔）" in text_of(checker.get(INDEX))
    added = send(officer, INDEX, {"only": "total", "sums": [town.ending]})
    assert "已勾选 1 笔，合计 ¥300,000" in text_of(added)
    page = send(officer, INDEX).location
    assert "没有可以送银行的钱" in text_of(officer.get(INDEX))
    assert "2 笔等银行回单" in text_of(checker.get(INDEX))
    for address in (f"endings/{town.ending}", f"endings/{town.ending}/pay", f"cash-bonuses/{town.bonus}/pay"):
        told = text_of(officer.get(f"/authority/{address}"))
        assert "这笔钱在付款清单里，银行可能正在付。" in told
    _table(officer, page, town)
    (first, _, paid), (second, _, late) = lines_in(committed_app)
    other = f"{second},6222021302001234568,80000.00,HD2,2016-06-01,成功"
    found = upload(officer, page, receipt(paid, other, "FB-22222-22222,62,1,HD3,2016-06-01,成功"))
    told = text_of(officer.get(found))
    assert "收款账号和批准的不一样" in told
    assert "没有这个付款编号" in told
    assert lines_in(committed_app)[0][1] == "listed", "nothing is marked before it is confirmed"
    assert "登记对得上的" not in text_of(checker.get(found))
    assert send(officer, found).status_code == 303
    assert [state for _, state, _ in lines_in(committed_app)] == ["paid", "listed"]
    told = text_of(officer.get(found))
    assert "这个文件里没有还要登记的" in told
    assert "已经登记过" in told
    assert upload(officer, page, receipt(paid, other, "FB-22222-22222,62,1,HD3,2016-06-01,成功")) == found
    assert "已付款" in text_of(officer.get(f"/authority/endings/{town.ending}"))
    assert first in text_of(officer.get(page))
    _gives_up(officer, checker, page, committed_app)
    anew = send(officer, INDEX, {"sums": [town.bonus]}).location
    told = text_of(officer.get(upload(officer, page, receipt(late))))
    assert "有 1 笔，清单作废以后银行还是付了" in told
    assert f"请马上叫银行停付，请复核人作废清单 {anew.rpartition('/')[2]}" in told
    assert "登记对得上的" not in told


def _table(officer: LintingClient, page: str, town: Town) -> None:
    """Take both tables: the bank's own columns, the whole numbers, and who took them on record."""
    sheet = load_workbook(io.BytesIO(officer.get(f"{page}.xlsx").data)).active
    head, first, second = sheet.iter_rows(values_only=True)
    assert head == ("付款编号", "收款户名", "收款银行", "收款账号", "金额", "用途")
    assert first[1:] == (
        "王秀英",
        "工商银行枞阳支行",
        "6222021302001234567",
        300000,
        f"房票余额 {town.ending}",
    )
    assert second[4:] == (80000, f"房票奖励 {town.bonus}")
    rows = list(csv.reader(io.StringIO(officer.get(f"{page}.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert rows[1][4] == "300000.00"
    assert "6222021302001234567" in rows[1][3]
    assert "下载过的给银行的表" in text_of(officer.get(page))


def _gives_up(officer: LintingClient, checker: LintingClient, page: str, app: Flask) -> None:
    """Let the second person give up what the bank has not answered about."""
    reason = {"reason": "7月1日与工行枞阳支行核对，没有收到"}
    assert send(checker, page, reason).status_code == 422, "looked into first"
    assert send(checker, page, {**reason, "checked": "yes"}).status_code == 303
    assert [state for _, state, _ in lines_in(app)] == ["paid", "given_up"]
    told = text_of(officer.get(page))
    assert "7月1日与工行枞阳支行核对，没有收到" in told
    assert "导入银行回单" in told, "the bank may have paid all the same"
    assert officer.get(f"{page}.csv").status_code == 409
    told = text_of(officer.get(INDEX))
    assert "现在可以送银行的有 1 笔" in told
    assert f"曾列入清单 {page.rpartition('/')[2]}（没有付，已作废），请先核实银行确实没有付过" in told
    assert "已勾选 0 笔" in told, "nobody lists it again without a look"
    assert "核实以后一笔一笔勾" in told
    assert "已勾选 0 笔" in text_of(send(officer, INDEX, {"only": "all"})), "nor with all others"
    looked = {"sums": bonuses_in(app)}
    added = text_of(send(officer, INDEX, {"only": "all", **looked}))
    assert "已勾选 1 笔，合计 ¥80,000" in added, "who looked keeps the tick"
    assert "已勾选 0 笔" in text_of(send(officer, INDEX, {"only": "none", **looked}))


def test_sums_are_of_the_day_in_the_form(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        cashiers = make_cashiers(session, policy=BEARING)
        approved_ending(session, cashiers)
        today = clock.today()
        session.commit()
    officer = enter(cashiers.officer)
    assert "待拨付（1 笔没有进清单，0 份清单等银行回单）" in text_of(officer.get("/authority/"))
    assert "合计 ¥300,000 。" in text_of(officer.get(INDEX))
    later = (today + timedelta(days=10)).isoformat()
    refused = send(officer, INDEX, {"pay_on": later})
    assert refused.status_code == 422
    assert "下面已经按这一天重算" in text_of(refused)
    assert "合计 ¥300,300 。" in text_of(refused), "30 yuan a day"
    added = send(officer, INDEX, {"pay_on": later, "only": "total"})
    _, seen = form_of(added)
    assert "合计 ¥300,300 。" in text_of(added)
    assert officer.post(INDEX, data=seen).status_code == 303
    assert "待拨付（0 笔没有进清单，1 份清单等银行回单）" in text_of(officer.get("/authority/"))


def test_a_sum_tells_up_to_which_day_the_bank_pays_its_interest(enter: Enter, committed_app: Flask) -> None:
    """Whoever pays it by hand sees the sum of the order, however late the bank carries it out."""
    with saved(committed_app) as session:
        cashiers = make_cashiers(session, policy=BEARING)
        ref, today = approved_ending(session, cashiers).ref, clock.today()
        session.commit()
    officer, page = enter(cashiers.officer), f"/authority/endings/{ref}"
    assert "算到请银行付款的" not in text_of(officer.get(page))
    later = (today + timedelta(days=10)).isoformat()
    shown = {"pay_on": later, "shown_on": later}
    assert send(officer, INDEX, shown).status_code == 303
    for address in (page, f"{page}/pay"):
        told = text_of(officer.get(address))
        assert "¥300，连本金 ¥300,300；算到请银行付款的" in told
        assert formatting.day(today + timedelta(days=10)) in told
    assert "以付款那天为准" not in told


def test_the_day_of_the_page_is_no_other_word(enter: Enter, town: Town, committed_app: Flask) -> None:
    officer = enter(town.cashiers.officer)
    refused = send(officer, INDEX, {"shown_on": "龙"})
    assert refused.status_code == 422
    assert "下面已经按这一天重算" in text_of(refused)
    assert lines_in(committed_app) == []


def test_who_may_not(enter: Enter, town: Town, committed_app: Flask) -> None:
    officer, checker = enter(town.cashiers.officer), enter(town.cashiers.checker)
    page = send(officer, INDEX).location
    found = upload(officer, page, receipt(lines_in(committed_app)[0][2]))
    stranger = enter(town.stranger)
    assert town.ending not in text_of(stranger.get(INDEX))
    for address in (page, f"{page}.csv", f"{page}.xlsx", found):
        assert stranger.get(address).status_code == 404
    with saved(committed_app) as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=town.cashiers.desk.district)
        household = make_buyer(session, town.cashiers.desk).actor
        session.commit()
    watching = enter(auditor)
    assert watching.get(page).status_code == watching.get(found).status_code == 200
    assert watching.get(f"{page}.csv").status_code == 403, "auditors see the ends of accounts alone"
    assert enter(household).get(INDEX).status_code == 403
    token = form_to(officer.get(found), "")
    for client, status in ((checker, 403), (watching, 403)):
        own = {**token, "csrf_token": _token(client)}
        assert client.post(found, data=own).status_code == status
        assert client.post(INDEX, data=own).status_code == status
        assert client.post(f"{page}/receipts", data=own).status_code == status
    own = {"csrf_token": _token(officer), "checked": "yes", "reason": "没有付"}
    assert officer.post(f"{page}/give-up", data=own).status_code == 403
    assert stranger.post(found, data={**token, "csrf_token": _token(stranger)}).status_code == 404
    assert [state for _, state, _ in lines_in(committed_app)] == ["listed", "listed"]


def _token(client: LintingClient) -> str:
    return token_of(client.get("/account/notices/"))


def test_files_that_are_no_receipt_are_refused(enter: Enter, town: Town, committed_app: Flask) -> None:
    officer = enter(town.cashiers.officer)
    page = send(officer, INDEX).location
    action = f"{page}/receipts"

    def bring(content: bytes, name: str) -> tuple[int, str]:
        data = {**form_to(officer.get(page), action), "file": (io.BytesIO(content), name)}
        answer = officer.post(action, data=data)
        return answer.status_code, text_of(answer)

    assert bring(b"", "空.csv")[0] == 422
    assert "没有找到表头" in bring("甲,乙\n1,2".encode(), "列.csv")[1]
    assert bring(b"PK\x03\x04" + b"\x00" * 99, "坏.xlsx")[0] == 422
    many = "\n".join(
        ["付款编号,收款账号,金额,银行流水号,付款日期,处理结果", *["FB-1,62,1,1,2016-06-01,成功"] * 1001]
    )
    assert "文件太长" in bring(many.encode(), "长.csv")[1]
    assert bring(b"x" * (9 * 1024 * 1024), "大.csv")[0] == 413
    assert [state for _, state, _ in lines_in(committed_app)] == ["listed", "listed"]


@pytest.mark.parametrize("name", ["回\0单.csv", "文件夹/回单.csv"])
def test_the_name_of_a_receipt_is_kept_as_it_can_be_shown(
    enter: Enter, town: Town, committed_app: Flask, name: str
) -> None:
    officer = enter(town.cashiers.officer)
    page = send(officer, INDEX).location
    sent = quote(name, safe="")
    fields = [
        f'name="csrf_token"\r\n\r\n{_token(officer)}',
        f"name=\"file\"; filename*=UTF-8''{sent}\r\n\r\n{receipt(lines_in(committed_app)[0][2]).decode()}",
    ]
    body = "".join(f"--line\r\nContent-Disposition: form-data; {one}\r\n" for one in fields) + "--line--\r\n"
    kind = "multipart/form-data; boundary=line"
    answer = officer.post(f"{page}/receipts", data=body.encode(), content_type=kind)
    assert answer.status_code == 303
    assert "文件 回单.csv" in text_of(officer.get(answer.location))


def test_who_comes_too_late_is_told_that_the_sums_are_listed(enter: Enter, town: Town) -> None:
    officer, colleague = enter(town.cashiers.officer), enter(town.cashiers.colleague)
    _, form = form_of(colleague.get(INDEX))
    assert send(officer, INDEX).status_code == 303
    late = colleague.post(INDEX, data=form)
    assert late.status_code == 409
    assert "有的刚刚放进了另一份清单" in text_of(late)


def test_who_comes_too_late_for_some_is_told_so(enter: Enter, town: Town) -> None:
    officer, colleague = enter(town.cashiers.officer), enter(town.cashiers.colleague)
    _, form = form_of(colleague.get(INDEX))
    assert send(officer, INDEX, {"sums": [town.ending]}).status_code == 303
    late = colleague.post(INDEX, data=form)
    assert late.status_code == 409
    assert "有的刚刚放进了另一份清单" in text_of(late)
    assert "已勾选 1 笔，合计 ¥80,000" in text_of(late)


def test_names_are_no_formulas_in_the_table(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        cashiers = make_cashiers(session)
        buyer = make_buyer(session, cashiers.desk, faces=(30_000_000,))
        asked = endings.ask(session, buyer)
        endings.approve(session, cashiers.desk, asked)
        asked.bank = "=HYPERLINK(1)"
        session.commit()
    officer = enter(cashiers.officer)
    page = send(officer, INDEX).location
    rows = list(csv.reader(io.StringIO(officer.get(f"{page}.csv").get_data(as_text=True).lstrip("\ufeff"))))
    assert not rows[1][2].startswith("=")
    cell = load_workbook(io.BytesIO(officer.get(f"{page}.xlsx").data)).active["C2"]
    assert cell.data_type != "f"


def test_what_is_held_is_listed_apart_with_its_reason(enter: Enter, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        one = ending_service.queries.get_ending(session, actor=town.cashiers.officer, ref=town.ending)
        note_death(session, town.cashiers.desk, one.voucher)
    officer = enter(town.cashiers.officer)
    told = text_of(officer.get(INDEX))
    assert "现在可以送银行的有 1 笔" in told
    assert "持有人去世，等登记继承人的账户" in told
    late = {"sums": [town.ending, town.bonus]}
    assert send(officer, INDEX, late).status_code == 409, "it is not offered"


def test_one_who_has_both_roles_does_not_give_up_an_own_list(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    officer = enter(town.cashiers.officer)
    page = send(officer, INDEX).location
    both = enter(replace(town.cashiers.checker, user_id=town.cashiers.officer.user_id))
    assert "作废没有回音的各笔" not in text_of(both.get(page))


def test_what_was_taken_and_read_is_on_record(enter: Enter, town: Town, committed_app: Flask) -> None:
    officer = enter(town.cashiers.officer)
    page = send(officer, INDEX).location
    officer.get(f"{page}.csv")
    found = upload(officer, page, receipt(lines_in(committed_app)[0][2]))
    send(officer, found)
    with saved(committed_app) as session:
        done = set(session.scalars(select(AuditRow.action)))
    assert {f"settlements.{one}" for one in ("make_list", "take_table", "read_pay_receipt")} <= done
    assert "ending.pay" in done, "as when it is noted by itself"
