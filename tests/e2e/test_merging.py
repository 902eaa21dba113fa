"""Two households make one voucher of theirs in the browser; both read whose it will be before they agree."""

import pytest
from playwright.sync_api import expect

from app.core.actor import Actor
from app.identity.models import User
from tests.e2e.browser import Live, Visitors, look
from tests.e2e.steps import expect_told, follow, press, sign_in_as
from tests.factories.identity import PASSWORD
from tests.factories.moves import MOVING, make_holder, other_of
from tests.factories.vouchers import make_desk
from tests.web.town import saved

WAN = 1_000_000


@pytest.fixture
def people(live: Live) -> dict[str, str]:
    """The user names of mother and son, who may merge what they hold; number of his voucher."""
    with saved(live.app) as session:
        desk = make_desk(session, policy=MOVING.replace("merges: 2", "merges: {times: 2, of: kin}"))
        mother = make_holder(session, desk, number=1, faces=(120 * WAN,))
        son = make_holder(session, desk, number=2, faces=(50 * WAN,))

        def name(actor: Actor) -> str:
            return session.get_one(User, actor.user_id).username

        return {"mother": name(mother.actor), "son": name(son.actor), "voucher": son.vouchers[0].ref}


def test_a_mother_asks_and_her_son_says_yes(people: dict[str, str], visitor: Visitors) -> None:
    mother, son = visitor(), visitor()
    sign_in_as(mother, people["mother"], PASSWORD)
    mother.goto("/household/merge/with")
    mother.get_by_label("房票编号").fill("FP-1")
    mother.get_by_label("持有人姓名").fill("王秀英")
    mother.get_by_label("持有人身份证号码").fill(other_of(2).id_number)
    mother.get_by_label("持有人是您的什么人").select_option("child")
    press(mother, "看合并以后的样子")
    look(mother, "merging/slip")
    mother.get_by_label("房票编号").fill(people["voucher"])
    press(mother, "看合并以后的样子")
    expect(mother.get_by_role("main")).to_contain_text("一共 ¥1,700,000，全部归王秀英一家")
    look(mother, "merging/ask")
    mother.get_by_label("我看明白了").check()
    press(mother, "提交申请")
    expect_told(mother, "已经告诉其他各家")
    look(mother, "merging/asked")
    sign_in_as(son, people["son"], PASSWORD)
    look(son, "merging/wallet")
    follow(son, "要和您家的房票合并")
    expect(son.get_by_role("main")).to_contain_text("自己不能再用，也要不回来")
    look(son, "merging/consent")
    son.get_by_label("我看明白了").check()
    press(son, "同意合并")
    expect_told(son, "您已同意")
    look(son, "merging/agreed")
