"""An officer proposes a longer term, a checker decides, and the old sheet says so."""

from collections.abc import Callable

from flask import Flask

from app.core import clock
from app.core.actor import Actor
from app.policies.tiers import Tier
from app.reports.checking import Verdict, check
from app.vouchers import extension_queries, extensions, flows, paper
from app.vouchers.queries import WalletVoucher, wallet
from tests.factories.endings import SILENT
from tests.factories.redemptions import Buyer, make_buyer, make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, send, send_late, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
ASKED = {"months": "2", "reason": "住院，没有来得及看房", "evidence": "出院记录，2017年11月2日"}


def tiers_of(purse: WalletVoucher) -> list[Tier | None]:
    """Return what a lock would be sure of now, bonus by bonus."""
    return [purse.promised_tier(rule, clock.now()) for rule in purse.policy.bonuses]


def test_a_longer_term_by_two_people_and_a_new_sheet(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session, policy=SILENT)
        buyer = make_buyer(session, desk)
        before = wallet(session, household_id=buyer.household.id)[0]
        sheet = paper.print_one(
            session, actor=desk.officer, voucher_ref=buyer.vouchers[0].ref, serial="A0012001"
        )
        mark = sheet.mark
    officer, checker = enter(desk.officer), enter(desk.checker)
    voucher = f"/authority/vouchers/{buyer.vouchers[0].ref}"
    assert "提交延期" in links(officer.get(voucher))
    too_long = send(officer, f"{voucher}/extend", {**ASKED, "months": "4"})
    assert "政策一共允许延长 3 个月，现在还剩 3 个月" in text_of(too_long)
    sent = send(officer, f"{voucher}/extend", ASKED)
    assert sent.status_code == 303
    assert "已经有一个延期在等复核" in text_of(send(officer, f"{voucher}/extend", ASKED))
    desk = text_of(checker.get("/authority/"))
    assert "等待复核的延期（1 件）" in desk
    assert "以前要复核" in desk
    listed = text_of(checker.get("/authority/extensions/"))
    assert "延长 2 个月" in listed
    assert "以前复核" in listed
    assert "超过期限" not in listed
    assert send(checker, f"{sent.location}/return", {"reason": "看不清印章"}).status_code == 303
    assert "看不清印章" in text_of(officer.get(sent.location))
    again = send(officer, f"{voucher}/extend", ASKED)
    assert send(checker, f"{again.location}/approve", {"checked": "yes"}).status_code == 303
    assert send_late(checker, f"{again.location}/approve", {"checked": "yes"}).status_code == 409
    page = text_of(enter(buyer.actor).get("/household/"))
    assert "使用期限 2018年2月1日（星期四）24:00" in page
    assert "奖励为使用金额的 20%" in page, "the tiers stay"
    with saved(committed_app) as session:
        found = check(session, mark=mark)
        assert found.verdict is Verdict.VOID
        after = wallet(session, household_id=buyer.household.id)[0]
        assert (after.starts_on, tiers_of(after)) == (before.starts_on, tiers_of(before))
        assert after.expires_at > before.expires_at
    assert "使用期限有变，要换印" in text_of(officer.get(f"{voucher}/paper"))


def test_a_project_is_valid_longer_together(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session, policy=SILENT)
        buyers = [make_buyer(session, desk) for _ in range(2)]
        project = buyers[0].household.project.name
        buyers[1].household.project_id = buyers[0].household.project_id
        waiting = buyers[1].vouchers[0]
        extensions.propose(
            session, actor=desk.officer, voucher_ref=waiting.ref, months=1, reason="住院", evidence="出院记录"
        )
    officer, checker = enter(desk.officer), enter(desk.checker)
    page = links(officer.get(f"/authority/projects/{project}/roster"))["批量延期"]
    assert "看看哪些能延" in text_of(officer.get(page))
    assert officer.get(f"{page}?months=0").status_code == 400
    shown = text_of(officer.get(f"{page}?months=2"))
    assert "能延期 1 张" in shown
    assert "已经有一个延期在等复核 1 张" in shown
    assert "2018年2月1日（星期四）24:00" in shown
    assert send(officer, f"{page}?months=2", {"reason": "", "evidence": ""}).status_code == 422
    sent = send(officer, f"{page}?months=2", {"reason": "二期推迟交付", "evidence": "第12次会议纪要"})
    assert sent.status_code == 303
    assert "等待复核的延期（2 件）" in text_of(checker.get("/authority/"))
    assert "余额合计" in text_of(checker.get("/authority/extensions/"))
    assert buyers[0].vouchers[0].ref in text_of(checker.get(sent.location))
    assert send(checker, f"{sent.location}/approve").status_code == 422
    assert send(checker, f"{sent.location}/approve", {"checked": "yes"}).status_code == 303
    assert send_late(checker, f"{sent.location}/return", {"reason": "晚了"}).status_code == 409
    assert "正在逐张延期" in text_of(officer.get(sent.location))
    with saved(committed_app) as session:
        (batch,) = extension_queries.list_batches(session, actor=desk.checker)
        flows.extend_batch(session, batch_id=batch.id)
    assert "已延期 1 / 1 张" in text_of(officer.get(sent.location))


def test_who_used_too_little_is_told_before_it_is_proposed(enter: Enter, committed_app: Flask) -> None:
    policy = SILENT.replace("extension_months: 3", "extension_months: 3\n  extension_spent_above: 0%")
    with saved(committed_app) as session:
        desk = make_desk(session, policy=policy)
        shop, buyer = make_shop(session, desk=desk), make_buyer(session, desk, faces=(100_000_000,) * 2)
        used, unused = buyer.vouchers
        own = Buyer(buyer.actor, buyer.household, [used])
        redeem(session, shop, make_redemption(session, own, make_home(session, shop, voucher_fen=60_000_000)))
        project = buyer.household.project.name
    officer, checker = enter(desk.officer), enter(desk.checker)
    page = text_of(officer.get(f"/authority/vouchers/{unused.ref}/extend"))
    assert "政策要求先用掉 超过票面的 0%" in page
    assert "用掉的还不到政策规定的比例，现在不能延期" in page
    refused = send(officer, f"/authority/vouchers/{unused.ref}/extend", ASKED)
    assert "用掉的不到政策规定的比例，不能延期" in text_of(refused)
    page = text_of(officer.get(f"/authority/vouchers/{used.ref}/extend"))
    assert "已经用掉 ¥500,000，票面 ¥1,000,000" in page
    assert "现在不能延期" not in page
    many = text_of(officer.get(f"/authority/projects/{project}/extensions?months=2"))
    assert "用掉的不到政策规定的比例 1 张" in many
    sent = send(officer, f"/authority/vouchers/{used.ref}/extend", ASKED)
    assert "提交时已经用掉 ¥500,000，票面 ¥1,000,000" in text_of(checker.get(sent.location))
    assert send(checker, f"{sent.location}/approve", {"checked": "yes"}).status_code == 303
