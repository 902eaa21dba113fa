"""From a death to the heirs in the browser: the officer's pages, the second person's, and an heir's own."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from app.core.actor import Actor
from app.identity.models import User
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import expect_told, follow, press, sign_in_as
from tests.factories.contracts import SCAN
from tests.factories.identity import PASSWORD
from tests.factories.inheritances import INHERITED, note_death
from tests.factories.moves import make_holder, other_of
from tests.factories.vouchers import make_desk
from tests.web.town import saved

WAN = 1_000_000


@pytest.fixture
def people(live: Live) -> dict[str, str]:
    """The user names of officer, checker, family and daughter of a holder who died; the stop's address."""
    with saved(live.app) as session:
        desk = make_desk(session, policy=INHERITED)
        owner = make_holder(session, desk, number=7, faces=(120 * WAN,))
        daughter = make_holder(session, desk, number=22)
        stop = note_death(session, desk, owner.vouchers[0])

        def name(actor: Actor) -> str:
            return session.get_one(User, actor.user_id).username

        return {
            "officer": name(desk.officer),
            "checker": name(desk.checker),
            "family": name(owner.actor),
            "daughter": name(daughter.actor),
            "stop": f"/authority/stops/{stop.ref}",
        }


def begin(officer: Page, stop: str) -> str:
    """Let the officer say who inherits, and hand the papers in; return the address of the move."""
    officer.goto(stop)
    look(officer, "inheriting/stop")
    follow(officer, "交给继承人")
    follow(officer, "2 个")
    officer.get_by_label("是持有人的什么人").nth(0).select_option("spouse")
    officer.get_by_label("是持有人的什么人").nth(1).select_option("child")
    look(officer, "inheriting/shares")
    press(officer, "看办结以后的样子")
    for place, (number, name) in enumerate(((21, "李建国"), (22, "王秀英"))):
        officer.get_by_label("姓名").nth(place).fill(name)
        officer.get_by_label("身份证号码").nth(place).fill(other_of(number).id_number)
    officer.get_by_label("我已当面核对").check()
    look(officer, "inheriting/heirs")
    press(officer, "登记继承人")
    expect_told(officer, "请每个继承人签字")
    look(officer, "inheriting/move")
    move = officer.url
    follow(officer, "核对材料")
    officer.get_by_label("看了哪些材料").fill("继承公证书（2018）泰证字第5号")
    scan: FilePayload = {"name": "公证书.pdf", "mimeType": "application/pdf", "buffer": SCAN}
    officer.get_by_label("材料扫描件", exact=True).set_input_files(files=[scan])
    officer.get_by_label("我已核对每个人").check()
    press(officer, "提交复核")
    expect_told(officer, "已提交复核")
    return move


def test_two_heirs_get_what_is_left(people: dict[str, str], visitor: Visitors) -> None:
    officer, family, checker, heir = (visitor() for _ in range(4))
    sign_in_as(officer, people["officer"], PASSWORD)
    move = begin(officer, people["stop"])
    sign_in_as(family, people["family"], PASSWORD)
    follow(family, "看办到哪一步了")
    look(family, "inheriting/family")
    sign_in_as(checker, people["checker"], PASSWORD)
    checker.goto(f"{move}/approve")
    look(checker, "inheriting/approve")
    checker.get_by_label("我已看过材料").check()
    press(checker, "通过，换发新房票")
    expect_told(checker, "新房票已经换发")
    checker.goto("/authority/moves/register")
    look(checker, "inheriting/register")
    sign_in_as(heir, people["daughter"], PASSWORD)
    expect(heir.get_by_role("main")).to_contain_text("¥600,000")
    look(heir, "inheriting/wallet")
    follow(heir, "房票继承")
    look(heir, "inheriting/heir")
