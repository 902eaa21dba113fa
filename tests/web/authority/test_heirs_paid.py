"""What a holder had asked for before the death is paid to one whom the heirs sent, page by page."""

import io
from collections.abc import Callable

from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import FixedClock, today
from app.vouchers import flows
from app.vouchers.ending_models import VoucherEnding
from tests.factories.endings import CLAIMING
from tests.factories.endings import ask as ask_ending
from tests.factories.inheritances import INHERITED, note_death
from tests.factories.moves import make_holder
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
WAN = 1_000_000
TYPED = {
    "died_on": "2016-05-01",
    "payee": "李红",
    "bank": "工商银行枞阳支行",
    "account": "6222021302001234567",
    "evidence": "死亡证明；公证书（2016）枞证字第5号",
    "checked": "yes",
}


def test_the_heirs_send_one_who_is_paid(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=INHERITED))
        owner = make_holder(session, shop.desk, number=7, faces=(120 * WAN,))
        found = make_redemption(session, owner, make_home(session, shop, voucher_fen=108 * WAN))
        redeem(session, shop, found, explanation="同一个人")
        page = f"/authority/endings/{ask_ending(session, owner).ref}"
        officer, checker = enter(shop.desk.officer), enter(shop.desk.checker)
    assert f"{page}/prepare-heir" not in links(officer.get(page)).values(), "nobody died"
    with saved(committed_app) as session:
        note_death(session, shop.desk, owner.vouchers[0])
        family = enter(owner.actor)
    assert f"{page}/prepare-heir" in links(officer.get(page)).values()
    assert "全体签字的推举书，写明由谁代领" in text_of(officer.get(f"{page}/prepare-heir"))
    refused = send(officer, f"{page}/prepare-heir", TYPED)
    assert refused.status_code == 422
    assert "请上传材料的扫描件" in text_of(refused)
    scan = {"paper_1": (io.BytesIO(b"%PDF-1.7\n% heirs\n%%EOF\n"), "推举书.pdf")}
    assert send(officer, f"{page}/prepare-heir", {**TYPED, **scan}).status_code == 303
    compared = checker.get(f"{page}/approve")
    told = text_of(compared)
    assert all(one in told for one in ("李红", "死亡证明；公证书（2016）枞证字第5号", "2016年5月1日"))
    (paper,) = [href for href in links(compared).values() if "/papers/" in href]
    assert checker.get(paper).status_code == 200
    assert family.get(paper).status_code == 403
    assert send(checker, f"{page}/approve", {"checked": "yes"}).status_code == 303
    assert "代领人李*" in text_of(family.get("/account/notices/"))


def test_heirs_claim_on_paper_and_say_next_who_receives(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CLAIMING))
        buyer = make_buyer(session, shop.desk, faces=(100 * WAN,))
        clock.moment = buyer.vouchers[0].expires_at or clock.moment
        flows.lapse(session)
        page = f"/authority/endings/{session.scalars(select(VoucherEnding.ref)).one()}"
        note_death(session, shop.desk, buyer.vouchers[0])
        officer = enter(shop.desk.officer)
    claimed_on = f"{today():%Y-%m-%d}"
    asked = officer.get(f"{page}/enter")
    assert "接着按材料登记代领人的账户" in text_of(asked)
    assert "银行账号" not in text_of(asked)
    said = {"claimed_on": claimed_on, "reason": "继承人交来的申请表"}
    assert send(officer, f"{page}/enter", said).status_code == 303
    assert f"{page}/prepare-heir" in links(officer.get(page)).values()
