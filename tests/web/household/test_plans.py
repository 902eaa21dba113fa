"""Plans as a household meets them, and as its family reads them by a link."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.core.sidelog import ReadNote
from app.following.plans import SHARED_FOR
from app.homes.models import Home
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_buyer, make_home, make_redemption
from tests.web.linting import LintingClient
from tests.web.sending import links, press, send, text_of, token_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def client(committed_app: Flask) -> LintingClient:
    """A passer-by beside whom others may be signed in."""
    committed_app.test_client_class = LintingClient
    found = committed_app.test_client()
    assert isinstance(found, LintingClient)
    return found


@pytest.fixture
def second(committed_app: Flask, town: Town) -> Home:
    with saved(committed_app) as session:
        return make_home(session, town.shop, voucher_fen=30_000_000)


@pytest.fixture
def household(enter: Enter, town: Town) -> LintingClient:
    return enter(town.buyer.actor)


@pytest.fixture
def plan(household: LintingClient, town: Town, second: Home) -> str:
    """The address of a plan of both homes, for the voucher of 30 万."""
    made = send(household, f"/household/plans/add?home={second.ref}&home={town.home.ref}&home=nonsense")
    assert made.status_code == 303
    return str(made.location)


def share(household: LintingClient, plan: str, **typed: object) -> str:
    """Return the address that a new link of the plan leads to."""
    assert press(household, plan, f"{plan}/share", typed).status_code == 303
    shown = household.get(plan).get_data(as_text=True)
    return str(re.findall(r'href="http://[^/"]+(/plans/[^"]+)"', shown)[0])


def test_from_a_home_to_a_plan_with_what_each_takes_and_what_is_left(
    household: LintingClient, town: Town, second: Home, plan: str
) -> None:
    assert links(household.get(f"/homes/{second.ref}"))["放进选房方案"] == (
        f"/household/plans/add?home={second.ref}"
    )
    shown = text_of(household.get(plan))
    assert "方案不锁房" in shown
    assert "¥250,000" in shown, "with the bonus of a fifth that pays 30 万"
    assert "付完这套，房票还剩 ¥50,000" in shown
    assert "房票不够付完这套，要自付 ¥402,000。" in shown
    assert "和第 1 套同一个楼盘" in shown
    assert "照这个方案买完，剩下的钱怎么办" in shown
    assert "能买的合计 实付价 ¥762,000 房票付 ¥300,000" in shown, "the table for paper"
    assert "买齐要自己另外付大约 ¥402,000" in shown, "before the homes go into the basket"
    moved = press(household, plan, f"{plan}/homes/{town.home.ref}/up")
    assert moved.location == f"{plan}#down-{town.home.ref}", "at the top the way on is down"
    assert f'id="down-{town.home.ref}"' in household.get(plan).get_data(as_text=True)
    assert "1. " + town.home.ref not in shown
    assert "付完这套，房票还剩 ¥0" in text_of(household.get(plan))


def test_it_is_renamed_emptied_and_deleted(household: LintingClient, second: Home, plan: str) -> None:
    assert send(household, f"{plan}/change", {"name": ""}).status_code == 422
    typed = {"name": "离学校近的", "voucher": "none", "note": "外孙明年上学"}
    assert send(household, f"{plan}/change", typed).status_code == 303
    shown = text_of(household.get(plan))
    assert "离学校近的" in shown
    assert "备注：外孙明年上学" in shown
    assert "还没有选用哪张房票" in shown
    press(household, plan, f"{plan}/homes/{second.ref}/remove")
    assert "1 套房" in text_of(household.get("/household/plans/"))
    press(household, plan, f"{plan}/delete")
    assert household.get(plan).status_code == 404
    assert "您还没有选房方案" in text_of(household.get("/household/plans/"))
    assert press(household, "/household/plans/", "/household/plans/").status_code == 303


def test_the_free_homes_go_on_to_the_basket(
    household: LintingClient, committed_app: Flask, town: Town, second: Home, plan: str
) -> None:
    with saved(committed_app) as session:
        make_redemption(session, make_buyer(session, town.shop.desk), second)
    assert "可用" in text_of(household.get(plan))
    assert press(household, plan, f"{plan}/basket").location == "/household/basket/"
    basket = household.get("/household/basket/")
    assert f"/homes/{town.home.ref}" in links(basket).values()
    assert f"/homes/{second.ref}" not in links(basket).values()


def test_the_family_reads_it_without_a_name_a_number_or_a_sum(
    household: LintingClient, client: LintingClient, town: Town, plan: str
) -> None:
    send(household, f"{plan}/change", {"name": "王秀英家的方案", "note": "外孙"})
    link = share(household, plan)
    answer = client.get(link)
    shown = answer.get_data(as_text=True)
    assert "家里人分享的选房方案" in shown
    for hidden in ("王秀英", "外孙", town.buyer.vouchers[0].ref, "¥250,000", "票面", "/household/"):
        assert hidden not in shown, hidden
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert answer.headers["Cache-Control"] == "no-store"
    with_sums = share(household, plan, sums="yes")
    assert client.get(link).status_code == 404, "a new link ends the one before"
    shown = client.get(with_sums).get_data(as_text=True)
    assert "¥250,000" in shown
    assert "票面" in shown
    for hidden in ("王秀英", "外孙", town.buyer.vouchers[0].ref):
        assert hidden not in shown, hidden


def test_a_link_ends_when_it_is_taken_back_or_over(
    household: LintingClient, client: LintingClient, clock: FixedClock, plan: str
) -> None:
    link = share(household, plan)
    press(household, plan, f"{plan}/unshare")
    assert client.get(link).status_code == 404
    link = share(household, plan)
    clock.advance(SHARED_FOR)
    assert client.get(link).status_code == 404
    assert client.get("/plans/" + "x" * 32).status_code == 404


def test_what_an_auditor_opened_is_on_record_without_the_secret(
    household: LintingClient, enter: Enter, committed_app: Flask, town: Town, plan: str
) -> None:
    with saved(committed_app) as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
    enter(auditor).get(share(household, plan))
    with saved(committed_app) as session:
        assert "/plans/<token>" in session.scalars(select(ReadNote.path)).all()


def test_a_plan_is_nobody_elses(
    household: LintingClient, enter: Enter, committed_app: Flask, town: Town, second: Home, plan: str
) -> None:
    with saved(committed_app) as session:
        stranger = enter(make_buyer(session, town.shop.desk).actor)
    token = token_of(stranger.get("/household/plans/"))
    assert stranger.get(plan).status_code == stranger.get(f"{plan}/change").status_code == 404
    home = f"homes/{second.ref}"
    for act in ("change", "share", "unshare", "basket", "delete", f"{home}/up", f"{home}/remove"):
        assert stranger.post(f"{plan}/{act}", data={"csrf_token": token}).status_code == 404, act
    into = {"csrf_token": token, "plan": plan.rpartition("/")[2]}
    assert stranger.post(f"/household/plans/add?home={second.ref}", data=into).status_code == 422
    assert text_of(household.get(plan)).count("付完这套，房票还剩") == 2
