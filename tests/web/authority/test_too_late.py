"""A checker who opens a step after a colleague decided reads what was decided, by whom and when."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.identity.models import User
from app.redemptions import service as redemptions
from app.settlements import claims
from app.vouchers import service as vouchers
from app.vouchers import stop_ends, stop_queries
from tests.factories.identity import make_actor
from tests.factories.redemptions import (
    contract,
    make_buyer,
    make_home,
    make_redemption,
    make_shop,
    verify_first,
)
from tests.factories.settlements import claim, make_payers, make_sold
from tests.factories.stops import suspend
from tests.factories.vouchers import make_desk, make_voucher, submit_voucher
from tests.web.linting import LintingClient
from tests.web.sending import links, send_late, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]


def name_of(session: Session, actor: Actor) -> str:
    return session.get_one(User, actor.user_id).display_name


def demand_told(client: LintingClient, page: str, case: str, *words: str) -> None:
    """Expect a page without a form that tells these words and leads to the case."""
    told: Any = client.get(page)
    text = text_of(told)
    assert (told.status_code, [one for one in words if one not in text]) == (409, []), page
    assert "已经有人办过了" in text
    assert "办理时间" in text
    assert "<form" not in told.get_data(as_text=True).partition("<main")[2], "nothing to press"
    assert links(told)["看现在的情况"] == case


def demand_closed(client: LintingClient, page: str, case: str, step: str) -> None:
    """Expect a page without a form that names the step, says that it is not open, and leads to the case."""
    told: Any = client.get(page)
    assert (told.status_code, step in text_of(told)) == (409, True), page
    assert "现在不能办这一步" in text_of(told)
    assert "<form" not in told.get_data(as_text=True).partition("<main")[2], "nothing to press"
    assert links(told)["看现在的情况"] == case


def test_a_claim_that_a_colleague_approved_may_still_be_sent_back(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        make_sold(session, payers.shop)
        made = claim(session, payers)
        claims.check(session, actor=payers.officer, ref=made.ref)
        session.commit()
        colleague = make_actor(session, role=Role.CHECKER, district=payers.shop.desk.district)
        by = name_of(session, colleague)
    case, checker = f"/authority/settlements/claims/{made.ref}", enter(payers.checker)
    assert "批准拨付" in text_of(checker.get(f"{case}/approve"))

    with saved(committed_app) as session:
        claims.approve(session, actor=colleague, ref=made.ref)
    demand_told(checker, f"{case}/approve", case, "批准拨付", "通过", by)
    assert checker.get(f"{case}/refuse").status_code == 200, "an accepted claim can be taken back"

    with saved(committed_app) as session:
        claims.refuse(session, actor=colleague, ref=made.ref, reason="印章不清楚")
    demand_told(checker, f"{case}/refuse", case, "退回")


def test_a_voucher_and_a_purchase_that_a_colleague_decided_are_not_decided_again(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session)
        colleague = make_actor(session, role=Role.CHECKER, district=shop.desk.district)
        by = name_of(session, colleague)
        waiting = submit_voucher(session, desk=shop.desk)
        bought = make_redemption(session, make_buyer(session, shop.desk), make_home(session, shop))
        verify_first(session, shop, contract(session, shop, bought))
        session.commit()
    checker, officer = enter(shop.desk.checker), enter(shop.desk.officer)
    voucher, purchase = f"/authority/vouchers/{waiting.ref}", f"/authority/redemptions/{bought.ref}"
    officer_by = shop.desk.officer
    assert checker.get(f"{purchase}/verify").status_code == 200
    with saved(committed_app) as session:
        demand_told(officer, f"{purchase}/verify", purchase, "通过", name_of(session, officer_by))
        vouchers.reject(session, actor=colleague, voucher_id=waiting.id, reason="票面少了搬迁费")
        session.commit()
        redemptions.verify_second(session, actor=colleague, redemption_ref=bought.ref)

    for step in ("approve", "reject"):
        demand_told(checker, f"{voucher}/{step}", voucher, "没有通过，已退回", by, "票面少了搬迁费")
    for step in ("verify", "refuse"):
        demand_told(checker, f"{purchase}/{step}", purchase, "通过", by)


def test_a_stop_that_a_colleague_confirmed_is_told(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        colleague = make_actor(session, role=Role.CHECKER, district=desk.district)
        by = name_of(session, colleague)
        stop = suspend(session, desk, make_voucher(session, desk=desk).ref)
        session.commit()
        stop_ends.approve(session, actor=colleague, stop_ref=stop.ref)
        session.commit()
        stop = stop_queries.get_stop(session, actor=desk.checker, ref=stop.ref)
    case, checker = f"/authority/stops/{stop.ref}", enter(desk.checker)
    for step in ("approve", "send-back"):
        demand_told(checker, f"{case}/{step}", case, "通过", by)
    late = send_late(checker, f"{case}/approve", {"checked": "yes"})
    assert (late.status_code, "已经有人办过了" in text_of(late)) == (409, True), "pressed on an old page"
    assert links(late)["看现在的情况"] == case


def test_a_step_whose_turn_has_not_come_shows_no_form(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        payers = make_payers(session)
        make_sold(session, payers.shop)
        made = claim(session, payers)
    case, officer, checker = (
        f"/authority/settlements/claims/{made.ref}",
        enter(payers.officer),
        enter(payers.checker),
    )
    demand_closed(checker, f"{case}/approve", case, "批准拨付")
    assert "核对无误，提交复核" in text_of(officer.get(f"{case}/check"))

    with saved(committed_app) as session:
        claims.check(session, actor=payers.officer, ref=made.ref)
    demand_closed(officer, f"{case}/check", case, "核对拨付申请")
    assert "批准拨付" in text_of(checker.get(f"{case}/approve"))
