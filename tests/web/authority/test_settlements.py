"""From a developer's account to the bank's receipt and a payment that came back, page by page."""

import csv
import io
import re
from collections.abc import Callable
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core import audit
from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.identity.models import Organisation
from app.identity.queries import names_of
from app.settlements.payment_models import SettlementPayment
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_shop
from tests.factories.settlements import (
    SETTLING,
    Payers,
    approve,
    claim,
    make_batch,
    make_fund,
    make_payers,
    make_sold,
    receipt,
)
from tests.factories.vouchers import make_desk
from tests.web.contracting import sent_file
from tests.web.linting import LintingClient
from tests.web.sending import form_of, form_to, links, send, send_late, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
FIRST = "¥277,200"


@pytest.fixture
def payers(committed_app: Flask) -> Payers:
    with saved(committed_app) as session:
        audit.initialise(session)
        session.commit()
        shop = make_shop(session, desk=make_desk(session, policy=SETTLING))
        colleague = make_actor(session, role=Role.OFFICER, district=shop.desk.district)
        made = Payers(shop, shop.developer, shop.developer, colleague)
        make_sold(session, shop)
    return made


def press(client: LintingClient, page: str, action: str) -> Any:
    """Press a button that is a form of its own."""
    return client.post(action, data=form_to(client.get(page), action))


def only(found: dict[str, str], part: str) -> str:
    (href,) = {href for href in found.values() if part in href}
    return href


def test_from_the_account_to_the_receipt_and_back(enter: Enter, payers: Payers, committed_app: Flask) -> None:
    own = f"/developer/settlements/{payers.shop.desk.district.code}/"
    company, officer, checker = (enter(one) for one in (payers.finance, payers.officer, payers.checker))
    _give_account(company, checker, own)
    fund = _bring_money(officer, checker)
    page = links(company.get(own))["申请拨付"]
    assert FIRST in text_of(company.get(page))
    added = send(company, page, {"only": "total"})
    assert added.status_code == 200, "what is ticked is added up, nothing is claimed"
    assert f"已勾选 1 笔，合计 {FIRST}" in text_of(added)
    assert "已勾选 0 笔，合计 ¥0" in text_of(send(company, page, {"only": "total", "lines": []}))
    made = send(company, page, {"file": sent_file()})
    assert made.status_code == 303
    assert "等经办人核对" in text_of(company.get(made.location))
    assert company.get(only(links(company.get(made.location)), "/files/")).status_code == 200
    assert "等核对的拨付申请（1）" in text_of(officer.get("/authority/"))
    claim = only(links(officer.get("/authority/settlements/claims/?state=submitted")), "/claims/BK-")
    assert any("/files/" in to for to in links(officer.get(f"{claim}/check")).values())
    assert send(officer, f"{claim}/check", {}).status_code == 422, "compared first"
    assert send(officer, f"{claim}/check", {"checked": "yes"}).status_code == 303
    assert send(checker, f"{claim}/approve", {"checked": "yes"}).status_code == 303
    assert send_late(checker, f"{claim}/approve", {"checked": "yes"}).status_code == 409
    chosen = {"source": fund.rpartition("/")[2], "claims": [claim.rpartition("/")[2]]}
    added = send(officer, "/authority/settlements/batches/new", {**chosen, "only": "total"})
    assert "已勾选 1 笔，合计 ¥277,200" in text_of(added)
    batch = send(officer, "/authority/settlements/batches/new", chosen).location
    _release(officer, checker, batch, made.location, company)
    sheet = load_workbook(io.BytesIO(officer.get(f"{batch}.xlsx").data)).active
    head, line = sheet.iter_rows(values_only=True)
    assert head == ("付款编号", "收款户名", "收款银行", "收款账号", "金额", "用途")
    assert line[3:5] == ("3400555500000001", 277200)
    _tells_who_took_it(officer, checker, batch, committed_app)
    _answer(officer, batch, committed_app)
    journal = text_of(checker.get("/authority/trial-balances/2016-06-01"))
    for kind, page in (("拨付资金", fund), ("房企请款", claim)):
        assert f"{kind} {page.rpartition('/')[2]}" in journal
    assert "已付款" in text_of(company.get(made.location))
    assert "房款已付" in text_of(company.get("/account/notices/"))
    _send_back(officer, batch)
    _reads_what_next(company, made.location, own)
    _leave_to(company, enter(payers.colleague), officer, claim, own)
    _reports(officer, company, own)


def _give_account(company: LintingClient, checker: LintingClient, own: str) -> None:
    assert own in links(company.get("/developer/settlements/")).values()
    assert "还没有复核过的收款账户" in text_of(company.get(own))
    account = {"holder_name": "测试置业有限公司", "bank": "建行菱湖支行", "number": "3400 5555 0000 0001"}
    assert send(company, f"{own}account", {**account, "number": "1"}).status_code == 422
    assert send(company, f"{own}account", account).status_code == 303
    waiting = only(links(checker.get("/authority/settlements/accounts/")), "/accounts/ZH-")
    assert "3400 5555" not in text_of(checker.get(waiting))
    wrong = {"decision": "approve", "number": "3400555500000002"}
    refused = text_of(send(checker, waiting, wrong))
    assert "请照监管协议或者银行的证明逐位核对" in refused
    assert send(checker, waiting, {**wrong, "number": "3400555500000001"}).status_code == 303


def test_a_refused_account_tells_the_company_why_and_one_waits_at_a_time(
    enter: Enter, payers: Payers, committed_app: Flask
) -> None:
    own = f"/developer/settlements/{payers.shop.desk.district.code}/"
    company, checker = enter(payers.finance), enter(payers.checker)
    account = {"holder_name": "测试置业有限公司", "bank": "建行菱湖支行", "number": "3400 5555 0000 0001"}
    assert send(company, f"{own}account", account).status_code == 303
    twice = company.get(f"{own}account")
    assert ("在等征收办复核" in text_of(twice), "提交复核" in text_of(twice)) == (True, False)
    assert "3400 5555 0000 0001" in text_of(company.get(own)), "what waits is seen by who may have entered it"
    waiting = only(links(checker.get("/authority/settlements/accounts/")), "/accounts/ZH-")
    assert send(checker, waiting, {"decision": "reject", "reason": "户名和执照不一致"}).status_code == 303
    assert "没有通过复核：建行菱湖支行，3400 5555 0000 0001。理由：户名和执照不一致" in text_of(
        company.get(own)
    )
    assert send(company, f"{own}account", account).status_code == 303
    assert "没有通过复核" not in text_of(company.get(own))
    with saved(committed_app) as session:
        names = names_of(session, (payers.finance.user_id, payers.checker.user_id))
    told = text_of(checker.get(waiting))
    assert all(
        f"{what} {names[who.user_id]}" in told
        for what, who in (("填报", payers.finance), ("复核", payers.checker))
    )


def _bring_money(officer: LintingClient, checker: LintingClient) -> str:
    name = {"name": "2016年专项债券", "document": "菱财预〔2016〕1号"}
    assert send(officer, "/authority/settlements/funds/new", name).status_code == 303
    fund = only(links(officer.get("/authority/settlements/funds/")), "/funds/ZJ-")
    came = {"amount": "300,000", "received_on": "2016-06-01", "reference": "ZJ1"}
    assert send(officer, fund, came).status_code == 303
    assert "¥300,000" in text_of(officer.get(fund))
    assert "300,000" not in text_of(checker.get(fund)), "who checks it types it anew"
    due = only(links(checker.get("/authority/settlements/funds/")), "/receipts/DZ-")
    assert "300,000" not in text_of(checker.get(due))
    assert send(checker, due, {"decision": "approve", "amount": "30,000"}).status_code == 422
    assert send(checker, due, {"decision": "approve", "amount": "300,000"}).status_code == 303
    assert "¥300,000" in text_of(checker.get(fund))
    return fund


def _release(
    officer: LintingClient, checker: LintingClient, batch: str, claim: str, company: LintingClient
) -> None:
    """Until a colleague released it the officer has no table for the bank, and reads who waits for whom."""
    waits = officer.get(batch)
    assert "等复核人放行" in text_of(waits)
    assert not [href for href in links(waits).values() if href.endswith((".csv", ".xlsx"))]
    assert "没有付成" not in text_of(waits)
    assert officer.get(f"{batch}.csv").status_code == 409
    assert "等复核人放行" in text_of(company.get(claim))
    assert "等放行的拨付批次（1）" in text_of(checker.get("/authority/"))
    assert batch in links(checker.get("/authority/settlements/batches/")).values()
    assert send(checker, batch, {"decision": "reject"}).status_code == 422, "sent back with a reason"
    assert send(checker, batch, {"decision": "approve"}).status_code == 303
    assert "已放行" in text_of(checker.get(batch))
    assert "等放行的拨付批次" not in text_of(checker.get("/authority/"))


def _tells_who_took_it(officer: LintingClient, checker: LintingClient, batch: str, app: Flask) -> None:
    """Two files with account numbers went out: the trail has both, and the batch's page tells of them."""
    assert officer.get(f"{batch}.csv").status_code == 200
    page = text_of(checker.get(batch))
    assert "下载过的给银行的表" in page
    for kind in ("CSV", "XLSX"):
        assert f"文件 {kind} 笔数 1 合计 ¥277,200" in page
    with saved(app) as session:
        taken = session.scalars(select(AuditRow).where(AuditRow.action == "settlements.take_table"))
        assert sorted(row.detail["kind"] for row in taken) == ["csv", "xlsx"]


def _answer(officer: LintingClient, batch: str, app: Flask) -> None:
    with saved(app) as session:
        content = receipt(*_payments(session))
    spoiled = content.replace(b"277200", b"277201")
    refused = send(officer, batch, {"file": sent_file(spoiled, "a.csv")})
    assert refused.status_code == 422
    assert "金额不一样" in text_of(refused)
    assert send(officer, batch, {"file": sent_file(content, "a.csv")}).status_code == 303


def _send_back(officer: LintingClient, batch: str) -> None:
    gone = next(href for text, href in links(officer.get(batch)).items() if "银行退回了" in text)
    why = {"reference": "TH1", "returned_on": "2016-06-01", "reason": "账户已销户"}
    assert send(officer, gone, why).status_code == 303
    assert "另有 1 个已批准的申请现在不能由您付" in text_of(officer.get("/authority/settlements/batches/"))
    assert "已批准、等付款的拨付申请" not in text_of(officer.get("/authority/"))


def _reads_what_next(company: LintingClient, claim: str, own: str) -> None:
    sent_back = company.get(claim)
    assert "账户已销户" in text_of(sent_back)
    assert "这个申请仍然有效，不用重新申请" in text_of(sent_back)
    assert own in links(sent_back).values(), "where the account can be changed"


def _waits_for_the_new_account(company: LintingClient, officer: LintingClient, claim: str, own: str) -> None:
    """The authority reads on the claim what is next, and that it would pay into the old account still."""
    shown = officer.get(claim)
    assert "上次没有付成，申请仍然有效" in text_of(shown)
    assert "账户不对的，请房企先换账户" in text_of(shown)
    assert "/authority/settlements/batches/" in links(shown).values()
    account = {"holder_name": "测试置业有限公司", "bank": "工行菱湖支行", "number": "3400 5555 0000 0009"}
    assert send(company, f"{own}account", account).status_code == 303
    assert "新填报的收款账户在等复核" in text_of(officer.get(claim))
    told = company.get(links(company.get("/account/notices/"))["有人填报了收款账户"])
    assert own in links(told).values(), "the message leads to the account"


def _leave_to(
    company: LintingClient, colleague: LintingClient, officer: LintingClient, claim: str, own: str
) -> None:
    """Whoever noted that it came back sees why it is not on offer; a colleague may pay it anew."""
    _waits_for_the_new_account(company, officer, claim, own)
    assert "1 个已批准的申请等付款" in text_of(colleague.get("/authority/settlements/batches/"))
    assert "已批准、等付款的拨付申请（1）" in text_of(colleague.get("/authority/"))
    page = "/authority/settlements/batches/new"
    shown = officer.get(page)
    assert "要由另一位同事做批次重新付" in text_of(shown)
    assert claim in links(shown).values()
    offered = text_of(colleague.get(page))
    assert f"申请 {claim.rpartition('/')[2]}" in offered
    assert "另一位同事" not in offered
    waits = offered.partition("收款方填报了新账户，还没有复核")[2]
    assert claim.rpartition("/")[2] in waits, "and it can be paid to the account before"


def _payments(session: Any) -> list[Any]:
    return list(session.query(SettlementPayment))


def _reports(officer: LintingClient, company: LintingClient, own: str) -> None:
    overview = officer.get("/authority/settlements/")
    assert FIRST in text_of(overview)
    for href in links(overview).values():
        if "/parts/" in href or "/statements/" in href:
            assert officer.get(href).status_code == 200, href
    parts = officer.get("/authority/settlements/parts/?show=coming")
    assert f"未付合计 {FIRST}" in text_of(parts)
    assert "已到条件，没有逾期" in text_of(parts).partition("筛选条件")[0]
    months = text_of(overview).partition("今后 24 个月要付的")[2].partition("每家房企")[0]
    assert months.count(FIRST) == 2, "one month, and the sum; a month that needs nothing is left out"
    assert "¥0" not in months
    purchase = only(links(parts), "/purchases/")
    shown = officer.get(purchase)
    assert "核销：房票支付" in text_of(shown)
    assert "批准拨付" in text_of(shown)
    assert officer.get("/authority/settlements/parts.xlsx?show=handover").status_code == 200
    for address in links(shown).values():
        if "/statements/" in address:
            page = officer.get(address)
            assert page.status_code == 200
            if "/household/" in address:
                ref = address.rpartition("/")[2]
                assert f"一户（户编号 {ref}）" in text_of(page), "two holders may have one name"
            files = [href for href in links(page).values() if href.split("/")[3] in {"pdf", "xlsx", "csv"}]
            assert [officer.get(href).status_code for href in files] == [200, 200, 200]
    assert officer.get("/authority/settlements/parts/?show=nothing").status_code == 422
    assert officer.get("/authority/settlements/statements/project/nowhere").status_code == 404
    for end in ("statement.xlsx", "statement.csv", "statement.pdf"):
        assert company.get(f"{own}{end}").status_code == 200
    paper = pypdfium2.PdfDocument(company.get(f"{own}statement.pdf").data)
    words = "".join(paper[0].get_textpage().get_text_range().split())
    assert re.search("对象：.+（.+）截至", words), "whose it is stands on it, not only who owes"
    assert company.get(only(links(company.get(own)), "/redemptions/")).status_code == 200


def test_a_district_says_how_silent_policies_are_paid(
    enter: Enter, payers: Payers, committed_app: Flask
) -> None:
    officer, checker = enter(payers.officer), enter(payers.checker)
    page = "/authority/settlements/terms"
    assert "还没有定" in text_of(officer.get(page))
    typed = {"payee": "developer", "event": "verified", "within": "30", "unit": "days"}
    typed["columns"] = "付款编号＝编号"
    assert send(officer, f"{page}/new", {**typed, "columns": "编号=甲"}).status_code == 422
    assert send(officer, f"{page}/new", typed).status_code == 303
    assert send(checker, page, {"decision": "reject"}).status_code == 422
    assert send(checker, page, {"decision": "approve"}).status_code == 303
    assert "核销后 30 天" in text_of(officer.get(page))


def test_a_claim_is_counted_added_up_and_taken_away_as_a_list(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        audit.initialise(session)
        session.commit()
        payers = make_payers(session)
        for _ in range(2):
            make_sold(session, payers.shop)
        made = claim(session, payers)
    for who, page in (
        (payers.finance, f"/developer/claims/{made.ref}"),
        (payers.officer, f"/authority/settlements/claims/{made.ref}"),
    ):
        reader = enter(who)
        assert "共 2 笔，本次合计 ¥554,400" in text_of(reader.get(page))
        kept = load_workbook(io.BytesIO(reader.get(f"{page}/lines.xlsx").data)).active
        head, *lines, total = kept.iter_rows(values_only=True)
        assert [(line[0], line[-1]) for line in lines] == [(1, 277_200), (2, 277_200)]
        assert (head[0], total[0], total[-1]) == ("序号", "合计", 554_400)
        rows = list(csv.reader(io.StringIO(reader.get(f"{page}/lines.csv").get_data(as_text=True))))
        assert [(row[0], row[-1]) for row in rows[1:]] == [
            ("1", "277200.00"),
            ("2", "277200.00"),
            ("合计", "554400.00"),
        ]
        assert reader.get(f"{page}/lines.pdf").data.startswith(b"%PDF")


def test_all_boxes_of_a_claim_are_ticked_or_cleared_at_once(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        for _ in range(2):
            make_sold(session, payers.shop)
    code = payers.shop.desk.district.code
    company, page = enter(payers.finance), f"/developer/settlements/{code}/claim/own"
    assert "已勾选 2 笔" in text_of(company.get(page))
    none = send(company, page, {"only": "none"})
    assert (none.status_code, "已勾选 0 笔，合计 ¥0" in text_of(none)) == (200, True)
    whole = send(company, page, {"only": "all", "lines": []})
    assert (whole.status_code, "已勾选 2 笔，合计 ¥554,400" in text_of(whole)) == (200, True)


def test_a_claim_says_what_is_left_for_the_next(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        for _ in range(2):
            make_sold(session, payers.shop)
    own = f"/developer/settlements/{payers.shop.desk.district.code}/"
    company, page = enter(payers.finance), f"{own}claim/own"
    one = form_of(company.get(page))[1]["lines"][0]
    told = text_of(company.get(send(company, page, {"lines": [one], "file": sent_file()}).location))
    assert "已经提交，征收办两个人核对以后付款。还有 1 笔没有申请，请接着再申请一份。" in told
    told = text_of(company.get(send(company, page, {"file": sent_file()}).location))
    assert "已经提交，征收办两个人核对以后付款。" in told
    assert "没有申请，请接着" not in told


def test_what_is_in_a_batch_is_not_counted_as_waiting_for_one(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        make_sold(session, payers.shop)
        approved = approve(session, payers, claim(session, payers))
    officer, overview = enter(payers.officer), "/authority/settlements/"
    assert links(officer.get(overview))["1 个拨付申请已批准，等放进拨付批次"].endswith("/batches/")
    with saved(committed_app) as session:
        make_batch(session, payers, make_fund(session, payers, 30_000_000), approved)
    counted = text_of(officer.get(overview))
    assert "等放进拨付批次" not in counted
    assert "1 个拨付申请在拨付批次里，等放行或者银行回单" in counted


def test_strangers_see_no_money(enter: Enter, payers: Payers, committed_app: Flask) -> None:
    code = payers.shop.desk.district.code
    with saved(committed_app) as session:
        elsewhere = make_payers(session)
        name = session.get_one(Organisation, payers.finance.organisation).name
        auditor = make_actor(session, role=Role.AUDITOR, district=payers.shop.desk.district)
    stranger = enter(elsewhere.shop.developer)
    assert stranger.get(f"/developer/settlements/{code}/").status_code == 404
    statement = f"/authority/settlements/statements/developer/{name}"
    assert enter(elsewhere.officer).get(statement).status_code == 404
    assert enter(payers.officer).get(statement).status_code == 200
    assert enter(auditor).get("/authority/settlements/").status_code == 200
