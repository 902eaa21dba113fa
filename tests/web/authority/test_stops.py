"""Stops on the pages: a household reports a loss, officers stop, checkers confirm and free."""

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from flask import Flask

from app.core import clock
from app.core.actor import Actor, Role
from app.reports.checking import Verdict, check
from app.vouchers import paper
from tests.factories.contracts import SCAN
from tests.factories.identity import make_actor
from tests.factories.projects import make_id_number, make_person
from tests.factories.redemptions import make_buyer
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import form_of, links, send, text_of, token_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def scan(name: str = "文书.pdf", mark: bytes = b"") -> tuple[io.BytesIO, str]:
    return io.BytesIO(SCAN + mark), name


def order(**more: str) -> dict[str, Any]:
    """Return what an officer types of a court's paper of today."""
    today = clock.today()
    return {
        "court": "海陵区人民法院",
        "document": "（2018）苏1202执保15号",
        "decided_on": today.isoformat(),
        "until_on": (today + timedelta(days=30)).isoformat(),
        "reason": "当面送达",
        "checked": "yes",
        "paper_1": scan(),
        **more,
    }


def _not_printed(officer: LintingClient, address: str) -> None:
    """Expect a page without a form, and a refusal for who sends one all the same."""
    sheet = officer.get(address)
    assert ("现在不能打印" in text_of(sheet), "登记并打印" in text_of(sheet)) == (True, False)
    typed = {"csrf_token": token_of(sheet), "serial": "A0002"}
    assert "已经止付" in text_of(officer.post(address, data=typed))


def test_a_lost_paper_is_stopped_by_its_household_and_printed_anew_by_three(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        buyer = make_buyer(session, desk)
        make_person(session, officer=desk.officer, household=buyer.household, id_number=make_id_number(7))
        ref = buyer.vouchers[0].ref
        mark = paper.print_one(session, actor=desk.officer, voucher_ref=ref, serial="A0001").mark
        auditor = make_actor(session, role=Role.AUDITOR, district=desk.district)
    household, officer, checker = enter(buyer.actor), enter(desk.officer), enter(desk.checker)
    own = f"/household/vouchers/{ref}"
    lost = links(household.get(own))["马上挂失，捡到的人不能用"]
    assert send(household, lost, {"reason": "搬家丢了"}).status_code == 422
    assert send(household, lost, {"reason": "搬家丢了", "understood": "yes"}).status_code == 303
    assert "怎么丢的" not in text_of(household.get(lost)), "it is lost once"
    assert "纸质房票丢了" not in text_of(household.get(own))
    for page in (own, "/household/"):
        told = text_of(household.get(page))
        assert "已止付" in told
        assert "请带身份证到征收办窗口补发" in told
        assert "使用期限照算" in told
    with saved(committed_app) as session:
        assert check(session, mark=mark).verdict is Verdict.VOID
    (stop,) = (href for text, href in links(officer.get("/authority/stops/")).items() if "挂失" in text)
    _not_printed(officer, f"/authority/vouchers/{ref}/paper")
    assert links(officer.get(stop))["补发纸质房票"] == f"{stop}/lift"
    assert send(officer, f"{stop}/lift", {"reason": "补发", "last_six": "000000"}).status_code == 422
    asked = send(officer, f"{stop}/lift", {"reason": "补发", "last_six": make_id_number(7)[-6:]})
    assert asked.status_code == 303
    assert "等待复核的止付（1 件）" in text_of(checker.get("/authority/"))
    assert "等复核人同意补发" in text_of(officer.get(stop))
    approval = text_of(checker.get(f"{stop}/approve"))
    assert "王秀英" in approval
    assert "经办人申请 补发纸质房票" in approval
    assert send(checker, f"{stop}/approve", {"checked": "yes"}).status_code == 303
    assert checker.get(f"{stop}/approve").status_code == 409
    printing = links(officer.get(stop))["换印纸质房票"]
    assert send(officer, printing, {"serial": "A0002"}).status_code == 303
    watching = enter(auditor)
    assert "已同意补发" in text_of(watching.get(stop))
    assert "挂失" in text_of(watching.get("/authority/stops/?ended=yes&kind=loss"))
    assert watching.get(f"{stop}/form.pdf").data.startswith(b"%PDF")


def test_a_court_freezes_a_sum_and_another_paper_frees_it(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        buyer = make_buyer(session, desk, faces=(100_000_000,))
        ref = buyer.vouchers[0].ref
    officer, checker = enter(desk.officer), enter(desk.checker)
    page = f"/authority/vouchers/{ref}/stop/court"
    asked = officer.get(page).get_data(as_text=True)
    assert "协助执行通知书" in asked
    assert 'enctype="multipart/form-data"' in asked, "else a browser sends no file"
    assert asked.index('name="reason"') < asked.index('name="paper_1"') < asked.index('name="checked"')
    assert "multipart" not in officer.get(page.replace("court", "suspended")).get_data(as_text=True)
    assert officer.get(f"/authority/vouchers/{ref}/stop/nothing").status_code == 404
    assert send(officer, page, order(sum="1000001")).status_code == 422
    without = order()
    del without["paper_1"]
    assert "请上传材料的扫描件" in text_of(send(officer, page, without))
    assert send(officer, page, order(sum="700000")).status_code == 303
    told = text_of(enter(buyer.actor).get("/household/"))
    assert "法院冻结 ¥700,000，从" in told
    assert "其余的照常能买房" in told
    listed = officer.get("/authority/stops/")
    assert "还有 30 天" in text_of(listed)
    (stop,) = (href for text, href in links(listed).items() if "法院冻结" in text)
    assert send(checker, f"{stop}/approve", {"checked": "yes"}).status_code == 303
    later = (clock.today() + timedelta(days=60)).isoformat()
    renewal = {"document": "（2018）苏1202执保15号之一", "until_on": later, "paper_1": scan(mark=b"2")}
    assert send(officer, f"{stop}/renew", renewal).status_code == 303
    assert "之一" in text_of(checker.get(f"{stop}/send-back"))
    assert send(checker, f"{stop}/send-back", {"reason": "印章看不清"}).status_code == 303
    assert "印章看不清" in text_of(officer.get(stop))
    lifting = {"reason": "法院解除", "paper_1": scan("解除.pdf", b"3")}
    assert send(officer, f"{stop}/lift", lifting).status_code == 303
    approval = checker.get(f"{stop}/approve")
    assert "经办人申请 解除止付" in text_of(approval)
    assert "通过以后马上解除" in text_of(approval)
    assert "解除.pdf（在新窗口打开）" in links(approval), "what was sent is opened where it is approved"
    assert send(checker, f"{stop}/approve", {"checked": "yes"}).status_code == 303
    scans = [href for text, href in links(officer.get(stop)).items() if text == "解除.pdf"]
    assert officer.get(scans[0]).status_code == 200
    assert "法院冻结" not in text_of(enter(buyer.actor).get("/household/"))


def test_whoever_approves_that_a_freeze_is_prolonged_does_not_free_the_voucher(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        ref = make_buyer(session, desk, faces=(100_000_000,)).vouchers[0].ref
    officer, checker = enter(desk.officer), enter(desk.checker)
    assert send(officer, f"/authority/vouchers/{ref}/stop/court", order(sum="700000")).status_code == 303
    listed = links(officer.get("/authority/stops/"))
    (stop,) = (href for text, href in listed.items() if "法院冻结" in text)
    assert send(checker, f"{stop}/approve", {"checked": "yes"}).status_code == 303
    later = (clock.today() + timedelta(days=60)).isoformat()
    renewal = {"document": "（2018）苏1202执保15号之一", "until_on": later, "paper_1": scan(mark=b"2")}
    assert send(officer, f"{stop}/renew", renewal).status_code == 303
    prolong = {**form_of(checker.get(f"{stop}/approve"))[1], "checked": "yes"}
    unread = {**form_of(checker.get(f"{stop}/send-back"))[1], "reason": "印章看不清"}
    assert send(enter(desk.checker), f"{stop}/send-back", {"reason": "印章看不清"}).status_code == 303
    for step in ("approve", "send-back"):
        nothing = checker.get(f"{stop}/{step}")
        assert (nothing.status_code, "印章看不清" in text_of(nothing)) == (409, True)
    lifting = {"reason": "法院解除", "paper_1": scan("解除.pdf", b"3")}
    assert send(officer, f"{stop}/lift", lifting).status_code == 303
    assert checker.post(f"{stop}/approve", data=prolong).status_code == 409
    assert checker.post(f"{stop}/send-back", data=unread).status_code == 409
    assert "法院冻结" in text_of(officer.get(f"/authority/vouchers/{ref}"))


def test_an_officer_suspends_and_notes_a_death(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        buyer = make_buyer(session, desk)
        make_person(session, officer=desk.officer, household=buyer.household, id_number=make_id_number(7))
        voucher = f"/authority/vouchers/{buyer.vouchers[0].ref}"
    officer = enter(desk.officer)
    pages = links(officer.get(voucher))
    assert send(officer, pages["暂停"], {"reason": "面积有疑问。"}).status_code == 303
    assert "暂停" not in links(officer.get(voucher)), "a second one would be refused"
    call = {"channel": "phone", "last_six": make_id_number(7)[-6:], "reason": "丢了", "checked": "yes"}
    assert send(officer, pages["挂失"], call).status_code == 303
    death = {"died_on": clock.today().isoformat(), "reason": "家属报告", "paper_1": scan("死亡证明.pdf")}
    noted = send(officer, pages["持有人去世"], death)
    assert noted.status_code == 303
    assert "交给继承人" in links(officer.get(noted.location)), "what is next stands where they land"
    assert "确认，过了就自动结束" in text_of(officer.get("/authority/stops/?kind=suspended"))
    assert "已止付" in text_of(officer.get(voucher))
    told = text_of(enter(buyer.actor).get(f"/household/vouchers/{buyer.vouchers[0].ref}"))
    assert "继承公证书" in told
    assert "面积有疑问。" in told
    assert "面积有疑问。。" not in told
