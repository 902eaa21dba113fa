"""A household reads until when it gets how much after its term, claims it, and follows it to the bank."""

from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor
from app.core.clock import FixedClock
from app.vouchers import flows
from app.vouchers.ending_models import VoucherEnding
from tests.factories import stops
from tests.factories.endings import ACCOUNT, CLAIMING
from tests.factories.inheritances import note_death
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_shop
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
TO = {"payee": "王秀英", "bank": "工商银行枞阳支行", "account": ACCOUNT, "understood": "yes"}
FIRST = "到2018年3月1日（星期四）24:00 以前申请"


def waiting(app: Flask, clock: FixedClock) -> tuple[Shop, Buyer, str]:
    """Return a household whose term is over, and the reference of what waits for its claim."""
    with saved(app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=CLAIMING))
        buyer = make_buyer(session, shop.desk, faces=(100_000_000,))
        clock.moment = buyer.vouchers[0].expires_at or clock.moment
        flows.lapse(session)
        return shop, buyer, session.scalars(select(VoucherEnding.ref)).one()


def test_from_the_dates_and_sums_to_the_bank(enter: Enter, committed_app: Flask, clock: FixedClock) -> None:
    shop, buyer, ref = waiting(committed_app, clock)
    ours, officer, checker = enter(buyer.actor), enter(shop.desk.officer), enter(shop.desk.checker)
    wallet = text_of(ours.get("/household/"))
    assert "这笔钱要申请才能领" in wallet
    assert "逾期的余额，要申请" in wallet
    voucher = f"/household/vouchers/{buyer.vouchers[0].ref}"
    assert f"{FIRST}：可以领 ¥1,000,000" in text_of(ours.get(voucher))
    assert ours.get(f"{voucher}/statement.pdf").data.startswith(b"%PDF")
    page = ours.get(f"/household/endings/{ref}")
    assert f"{FIRST}（现在）" in text_of(page)
    assert "可以领 ¥950,000" in text_of(page)
    assert "作废" in text_of(page)
    assert ours.get(links(page)["打印申请表（PDF）"]).data.startswith(b"%PDF")
    claim = links(page)["申请领这笔钱"]
    assert "今天申请可以领" in text_of(ours.get(claim))
    assert send(ours, claim, {**TO, "payee": "王秀兰"}).status_code == 422
    clock.advance(timedelta(days=100))
    changed = send(ours, claim, {**TO, "seen": "100000000"})
    assert changed.status_code == 409
    assert "¥950,000" in text_of(changed)
    assert send(ours, claim, TO).status_code == 303
    shown = text_of(ours.get(f"/household/endings/{ref}"))
    for words in ("等待经办人核对", "可以领到 ¥950,000", "尾号 4567", "按 95% 兑付", "申请日"):
        assert words in shown
    assert "不用再申请" not in text_of(ours.get(claim)), "it is claimed, and no stop holds it"
    assert "提交申请" not in text_of(ours.get(claim))
    desk = f"/authority/endings/{ref}"
    assert send(officer, f"{desk}/prepare", {"checked": "yes"}).status_code == 303
    assert "申请日" in text_of(checker.get(f"{desk}/approve"))
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303
    paid = {"bank_reference": "网银-77", "paid_on": "2018-03-12"}
    assert send(officer, f"{desk}/pay", paid).status_code == 303
    assert "已付款" in text_of(ours.get(f"/household/endings/{ref}"))


def test_the_tag_says_until_when_and_over_only_after_the_last_day(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    shop, buyer, _ = waiting(committed_app, clock)
    ref, ours, officer = buyer.vouchers[0].ref, enter(buyer.actor), enter(shop.desk.officer)
    pages = [
        (ours, "/household/"),
        (ours, f"/household/vouchers/{ref}"),
        (officer, f"/authority/vouchers/{ref}"),
        (officer, "/authority/vouchers/"),
    ]
    for days, day in ((0, "2018年3月1日（星期四）"), (100, "2018年6月1日（星期五）")):
        clock.advance(timedelta(days=days))
        for client, address in pages:
            told = text_of(client.get(address))
            assert f"已到期，{day}24:00 以前可申请兑付" in told, address
            assert "已过期" not in told, address
    clock.advance(timedelta(days=83))
    for client, address in pages:
        assert "可申请兑付" not in text_of(client.get(address)), address


def test_an_officer_enters_a_form_that_was_handed_in(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    shop, _, ref = waiting(committed_app, clock)
    officer, checker, desk = enter(shop.desk.officer), enter(shop.desk.checker), f"/authority/endings/{ref}"
    clock.advance(timedelta(days=92))
    page = officer.get(desk)
    assert "等被征收户申请" in text_of(page)
    assert officer.get(links(page)["打印申请表（PDF）"]).data.startswith(b"%PDF")
    enter_at = links(page)["登记交来的申请"]
    given = {**TO, "claimed_on": "2018-03-01", "reason": "申请表，3 月 1 日交到窗口"}
    late = send(officer, enter_at, {**given, "claimed_on": "2030-01-01"})
    assert late.status_code == 422
    assert "不能晚于今天" in text_of(late)
    assert send(officer, enter_at, given).status_code == 303
    shown = text_of(checker.get(f"{desk}/approve"))
    assert "¥1,000,000" in shown
    assert "2018年3月1日" in shown
    assert send(checker, f"{desk}/approve", {"checked": "yes"}).status_code == 303


def test_a_death_alone_holds_no_claim_and_the_page_does_not_say_so(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    shop, buyer, ref = waiting(committed_app, clock)
    with saved(committed_app) as session:
        note_death(session, shop.desk, buyer.vouchers[0])
    ours, claim = enter(buyer.actor), f"/household/endings/{ref}/claim"
    page = text_of(ours.get(claim))
    assert "今天申请可以领" in page
    assert "止付解除以后接着办" not in page
    assert send(ours, claim, TO).status_code == 303
    assert "等待经办人核对" in text_of(ours.get(f"/household/endings/{ref}"))


def test_under_a_stop_the_page_says_that_the_day_counts(
    enter: Enter, committed_app: Flask, clock: FixedClock
) -> None:
    shop, buyer, ref = waiting(committed_app, clock)
    with saved(committed_app) as session:
        stops.freeze(session, shop.desk, buyer.vouchers[0].ref)
    ours, claim = enter(buyer.actor), f"/household/endings/{ref}/claim"
    assert "今天申请的日子算数，止付解除以后接着办" in text_of(ours.get(claim))
    assert send(ours, claim, TO).status_code == 303
    for address in (f"/household/endings/{ref}", claim):
        assert "按这一天算。现在有止付" in text_of(ours.get(address))
    officer = enter(shop.desk.officer)
    assert "登记交来的申请" not in links(officer.get(f"/authority/endings/{ref}"))
    clock.advance(timedelta(days=300))
    assert "已经申请，按这一天算" in text_of(ours.get(f"/household/endings/{ref}"))


def test_after_the_last_day_nothing_is_offered(enter: Enter, committed_app: Flask, clock: FixedClock) -> None:
    _, buyer, ref = waiting(committed_app, clock)
    clock.advance(timedelta(days=183))
    ours = enter(buyer.actor)
    assert "申请的期限已经过了" in text_of(ours.get(f"/household/endings/{ref}"))
    assert "提交申请" not in text_of(ours.get(f"/household/endings/{ref}/claim"))
