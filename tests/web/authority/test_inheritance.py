"""From a death to the heirs' vouchers, as the officer, the checker, the family and an heir see it."""

import io
from collections.abc import Callable
from typing import Any

from flask import Flask
from sqlalchemy import select

from app.core import clock
from app.core.actor import Actor
from app.ledger.queries import balance
from app.redemptions.change_states import Kind
from app.redemptions.service import changes
from app.redemptions.service.wishes import Wish
from app.vouchers import lapses
from app.vouchers.ending_models import VoucherEnding
from app.vouchers.move_queries import list_made, list_moves
from app.vouchers.move_rules import Share
from tests.factories.contracts import SCAN
from tests.factories.endings import ask as ask_ending
from tests.factories.inheritances import INHERITED, approve, ask, note_death, prepare
from tests.factories.moves import make_holder, other_of
from tests.factories.redemptions import make_home, make_redemption, make_shop, redeem
from tests.factories.vouchers import make_desk
from tests.web.linting import LintingClient
from tests.web.sending import links, press, send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
WAN = 1_000_000


def heirs(*people: tuple[int, str]) -> dict[str, Any]:
    """Return what an officer types of the heirs."""
    typed: dict[str, Any] = {"checked": "yes"}
    for place, (number, name) in enumerate(people, start=1):
        typed |= {f"name_{place}": name, f"id_number_{place}": other_of(number).id_number}
    return typed


def prepared() -> dict[str, Any]:
    """Return what an officer sends of the papers."""
    scan = (io.BytesIO(SCAN), "公证书.pdf")
    return {"evidence": "继承公证书（2018）泰证字第5号", "paper_1": scan, "checked": "yes"}


def assert_says(shown: str, *words: str) -> None:
    for one in words:
        assert one in shown


def asked(officer: LintingClient, page: str) -> str:
    """Take two heirs from the rule to their names, after some slips; return the address of the move."""
    assert_says(
        text_of(officer.get(page)),
        *("¥1,200,000", "政策只允许配偶、父母、子女", "继承不算转让", "办完或者取消以后", "有几个继承人"),
    )
    assert 'value="400,000"' in officer.get(f"{page}?heirs=3").get_data(as_text=True), "equal shares"
    two = f"{page}?heirs=2&kin_1=spouse&share_1=700000.01&kin_2=child&share_2="
    assert officer.get(two).status_code == 422
    assert_says(text_of(officer.get(f"{two}500000")), "加起来要正好等于房票的余额")
    two += "499999.99"
    assert_says(text_of(officer.get(two.replace("child", "sibling"))), "有一个继承人不在里面")
    assert_says(
        text_of(officer.get(two)),
        *("第 1 个继承人：配偶，继承 ¥700,000.01", "继承公证书", "按今天办结算", "¥499,999.99"),
    )
    wrong = send(officer, two, heirs((21, "李建国"), (22, "李四")))
    assert_says(text_of(wrong), "姓名和身份证号对不上")
    assert_says(text_of(send(officer, two, {"name_1": "李建国", "checked": "yes"})), "请输入身份证号码")
    sent = send(officer, two, heirs((21, "李建国"), (22, "王秀英")))
    assert sent.status_code == 303
    return str(sent.location)


def carried_out(move: str, officer: LintingClient, checker: LintingClient) -> None:
    """Take it through both people, the second after a page that stood open since another day."""
    assert send(officer, f"{move}/prepare", prepared()).status_code == 303
    assert "公证书.pdf" in links(checker.get(move))
    assert_says(text_of(checker.get(f"{move}/approve")), "全体继承人签了字的继承申请表", "最多停 150 天")
    whole = press(checker, f"{move}/approve", f"{move}/number")
    assert_says(text_of(whole), other_of(21).id_number, other_of(22).id_number)
    stale = press(checker, f"{move}/approve", f"{move}/approve", {"checked": "yes", "on": "2018-01-01"})
    assert stale.status_code == 409
    assert_says(text_of(stale), "刚刚有变化")
    done = press(checker, f"{move}/approve", f"{move}/approve", {"checked": "yes"})
    assert done.status_code == 303


def test_from_the_death_to_the_heirs(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session, policy=INHERITED)
        owner = make_holder(session, desk, number=7, faces=(120 * WAN,))
        daughter = make_holder(session, desk, number=22)
        stop = f"/authority/stops/{note_death(session, desk, owner.vouchers[0]).ref}"
    actors = (desk.officer, desk.checker, owner.actor, daughter.actor)
    officer, checker, family, heir = (enter(one) for one in actors)
    assert_says(text_of(family.get("/household/")), "从去世那天起停下，到继承办好为止，最多停 150 天")
    assert "交给继承人" not in links(checker.get(stop))
    page = links(officer.get(stop))["交给继承人"]
    move = asked(officer, page)
    told = text_of(officer.get(move))
    assert_says(told, "房票继承", "李建国", "340803", "配偶", "最多停 150 天", "去世日期")
    assert other_of(21).id_number not in told
    assert officer.get(f"{move}/form.pdf").data.startswith(b"%PDF")
    assert "交给继承人" not in links(officer.get(stop))
    assert links(officer.get(stop))["看继承办到哪一步了"] == move
    assert_says(text_of(officer.get(page)), "办理转让、拆分、合并或继承")
    own = f"/household/moves/{move.rsplit('/', 1)[-1]}"
    assert "撤回申请" not in family.get(own).get_data(as_text=True)
    assert heir.get(own).status_code == 200, "who is a household already reads it at once"
    carried_out(move, officer, checker)
    with saved(committed_app) as session:
        first, second = list_made(session, move=list_moves(session, actor=desk.officer)[0])
    assert_says(text_of(officer.get(stop)), "已由继承人继承")
    assert_says(text_of(heir.get(f"/household/vouchers/{second.ref}")), "继承，从原房票转入")
    assert_says(text_of(heir.get("/account/notices/")), "您继承的房票已经办好")
    assert_says(officer.get("/authority/moves/register.csv").get_data(as_text=True), first.ref, second.ref)
    assert_says(text_of(family.get(f"/household/vouchers/{owner.vouchers[0].ref}")), "已换发")


def test_one_heir_gets_all_and_only_a_death_has_heirs(enter: Enter, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        desk = make_desk(session)
        owner = make_holder(session, desk, number=7, faces=(120 * WAN,))
        stop = f"/authority/stops/{note_death(session, desk, owner.vouchers[0]).ref}"
    officer = enter(desk.officer)
    shown = text_of(officer.get(f"{stop}/inherit?heirs=99&kin_1=child"))
    assert "政策没有写继承的事，按法律办" in shown
    assert "继承人：子女，继承 ¥1,200,000" in shown
    sent = send(officer, f"{stop}/inherit?kin_1=child", heirs((21, "李建国")))
    assert send(officer, f"{sent.location}/refuse", {"reason": "材料不齐"}).status_code == 303
    told = text_of(enter(owner.actor).get(f"/household/moves/{sent.location.rsplit('/', 1)[-1]}"))
    assert "房票还是止付的" in told
    assert "交给继承人" in links(officer.get(stop))
    assert enter(owner.actor).get(f"{stop}/inherit").status_code == 403


def test_who_is_paid_what_came_back_after_it_is_an_heir_from_the_first_page(
    enter: Enter, committed_app: Flask
) -> None:
    """The name that stands in the form is one that is taken."""
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=INHERITED))
        desk, owner = shop.desk, make_holder(session, shop.desk, number=7, faces=(120 * WAN,))
        found = make_redemption(session, owner, make_home(session, shop, voucher_fen=40 * WAN))
        bought = redeem(session, shop, found, explanation="同一个人")
        stop = note_death(session, desk, owner.vouchers[0])
        left_fen = balance(session, owner.vouchers[0].account_id or 0).available_fen
        move = ask(session, desk, stop, (Share(left_fen - 5, kin="spouse"), Share(5, kin="child")))
        prepare(session, desk, move)
        for heir in approve(session, desk, move):
            heir.expires_at = clock.now()  # both terms are over, so nothing follows to them
        session.flush()
        wish = Wish(Kind.REJECT, "核销有误")
        change = changes.ask(session, actor=desk.officer, redemption_ref=bought.ref, wish=wish)
        changes.approve(session, actor=desk.checker, change_ref=change.ref)
        assert lapses.lapse_due(session) == 3
        found = session.scalars(select(VoucherEnding).where(VoucherEnding.kind == "back")).one()
        case, officer = f"/authority/endings/{found.ref}", enter(desk.officer)
    assert case in links(officer.get("/authority/endings/")).values()
    told = text_of(officer.get(f"{case}/decide"))
    assert_says(told, "1. 李建国 ¥", "2. 李红 ¥0.05", "第 2 个继承人有", "这一份由征收办两个人决定")
    shown = officer.get(f"{case}/decide").get_data(as_text=True)
    assert 'value="李建国"' in shown
    assert f'value="{owner.household.holder_name}"' not in shown


def test_what_the_holder_had_asked_for_is_taken_down_on_the_way_to_the_heirs(
    enter: Enter, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        shop = make_shop(session, desk=make_desk(session, policy=INHERITED))
        desk, owner = shop.desk, make_holder(session, shop.desk, number=7, faces=(120 * WAN,))
        found = make_redemption(session, owner, make_home(session, shop, voucher_fen=108 * WAN))
        redeem(session, shop, found, explanation="同一个人")
        asked = ask_ending(session, owner)
        stop = f"/authority/stops/{note_death(session, desk, owner.vouchers[0]).ref}"
        officer, family = enter(desk.officer), enter(owner.actor)
    page = officer.get(f"{stop}/inherit")
    assert_says(
        text_of(page), "余额兑付", asked.ref, "撤下以后全部金额由继承人继承", "持有人去世，撤下这个申请"
    )
    assert family.post(f"{stop}/drop-request").status_code in (400, 403)
    sent = press(officer, f"{stop}/inherit", f"{stop}/drop-request")
    assert (sent.status_code, sent.location) == (303, f"{stop}/inherit")
    shown = text_of(officer.get(f"{stop}/inherit"))
    assert_says(shown, "原来的申请已经撤下", "有几个继承人", "¥300,000")
    assert "持有人去世，撤下这个申请" not in shown
    assert_says(text_of(family.get("/account/notices/")), "持有人已经去世，房票由继承人继承")
