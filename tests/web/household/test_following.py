"""Favourites, saved searches and the comparison, as a household meets them."""

from collections.abc import Callable

import pytest
from flask import Flask

from app import jobs
from app.core.actor import Actor
from app.homes.models import Home
from app.projects.models import Household
from tests.factories.redemptions import make_buyer, make_home, make_redemption, make_shop
from tests.web.linting import LintingClient
from tests.web.sending import form_to, links, press, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def second(committed_app: Flask, town: Town) -> Home:
    with saved(committed_app) as session:
        return make_home(session, town.shop)


@pytest.fixture
def household(enter: Enter, town: Town) -> LintingClient:
    return enter(town.buyer.actor)


def choose(client: LintingClient, home: Home) -> None:
    page = f"/homes/{home.ref}"
    assert press(client, page, f"/household/favourites/{home.ref}").status_code == 303


def test_from_a_home_to_a_favourite_with_a_note_and_back(household: LintingClient, town: Town) -> None:
    assert "您还没有收藏房源" in text_of(household.get("/household/favourites/"))
    choose(household, town.home)
    assert "已收藏" in text_of(household.get(f"/homes/{town.home.ref}"))
    note = f"/household/favourites/{town.home.ref}/note"
    assert send(household, note, {"note": "离外孙学校近"}).status_code == 303
    assert "备注：离外孙学校近" in text_of(household.get("/household/favourites/"))
    assert send(household, note, {"note": "长" * 201}).status_code == 422
    gone = press(household, "/household/favourites/", f"/household/favourites/{town.home.ref}/remove")
    assert gone.status_code == 303
    assert "您还没有收藏房源" in text_of(household.get("/household/favourites/"))


def test_what_was_looked_at_last_stands_below(household: LintingClient, town: Town, second: Home) -> None:
    for home in (town.home, second):
        household.get(f"/homes/{home.ref}")
    shown = household.get("/household/favourites/")
    addresses = [href for href in links(shown).values() if href.startswith("/homes/F")]
    assert addresses == [f"/homes/{second.ref}", f"/homes/{town.home.ref}"]


def test_two_homes_side_by_side_with_what_ones_own_vouchers_pay(
    household: LintingClient, town: Town, second: Home
) -> None:
    shown = text_of(household.get(f"/homes/compare?home={town.home.ref}&home={second.ref}&home=nonsense"))
    assert "其中您的房票付" in shown
    assert shown.count("¥385,000") == 2
    assert shown.count("¥77,000") == 2


def test_anybody_compares_but_one_home_alone_is_none(client: LintingClient, town: Town, second: Home) -> None:
    shown = text_of(client.get(f"/homes/compare?home={town.home.ref}&home={second.ref}"))
    assert "用房票实付" in shown
    assert "从这套量起" in shown
    assert "同一个楼盘" in shown
    assert "其中您的房票付" not in shown
    assert "请选两到 4 套房来比" in text_of(client.get(f"/homes/compare?home={town.home.ref}"))


def test_how_far_two_developments_are_from_each_other(
    client: LintingClient, committed_app: Flask, town: Town
) -> None:
    with saved(committed_app) as session:
        elsewhere = make_home(session, make_shop(session, desk=town.shop.desk))
        address = f"/homes/compare?home={town.home.ref}&home={elsewhere.ref}"
        assert "没有坐标" in text_of(client.get(address))
        for home, lat in ((town.home, 32.0), (elsewhere, 32.01)):
            development = session.get_one(Home, home.id).development
            development.lat, development.lon = lat, 120.9
    assert "1.1 公里" in text_of(client.get(address))


def test_a_home_of_another_district_is_no_home_for_ones_own_vouchers(
    household: LintingClient, committed_app: Flask, town: Town
) -> None:
    with saved(committed_app) as session:
        elsewhere = make_home(session, make_shop(session))
    shown = text_of(household.get(f"/homes/compare?home={town.home.ref}&home={elsewhere.ref}"))
    assert shown.count("¥385,000") == 1
    assert shown.count("不能用您的房票买") == 3


def test_a_search_is_saved_renamed_stopped_and_deleted(household: LintingClient, town: Town) -> None:
    found = household.get("/homes?rooms=3&price_max=500000")
    new = links(found)["存下这个搜索，有变化告诉我"]
    asked = household.get(new)
    assert "三室" in text_of(asked) or "3 室" in text_of(asked)
    made = send(household, new, {"name": "我家要的", "telling": "at_once"})
    assert made.status_code == 303
    page = text_of(household.get(made.location))
    assert "存下以后还没有变化" in page
    assert links(household.get(made.location))["看现在符合条件的房"] == "/homes?price_max=500000&rooms=3"
    assert send(household, f"{made.location}/change", {"name": "", "telling": "daily"}).status_code == 422
    assert send(household, f"{made.location}/change", {"name": "三室", "telling": "daily"}).status_code == 303
    press(household, made.location, f"{made.location}/stop")
    assert "不发短信和邮件，只记在这里" in text_of(household.get("/household/searches/"))
    press(household, made.location, f"{made.location}/delete")
    assert household.get(made.location).status_code == 404
    assert "您还没有存下搜索" in text_of(household.get("/household/searches/"))


@pytest.mark.parametrize("query", ["", "bed=3", "price_max=-1", "after=xx", "a" * 3000, "%ff=%00"])
def test_nonsense_in_the_address_is_no_search(household: LintingClient, town: Town, query: str) -> None:
    answer = household.get("/household/searches/new", query_string={"query": query})
    assert answer.status_code in {200, 303}
    if answer.status_code == 303:
        assert answer.location.endswith("/homes")


def test_another_households_search_answers_as_if_it_were_not_there(
    household: LintingClient, enter: Enter, committed_app: Flask, town: Town
) -> None:
    made = send(household, "/household/searches/new?query=rooms%3D3", {"name": "三室", "telling": "daily"})
    page = household.get(made.location)
    with saved(committed_app) as session:
        other = make_buyer(session, town.shop.desk).actor
    stranger = enter(other)
    assert stranger.get(made.location).status_code == 404
    sent = {**form_to(page, f"{made.location}/delete")}
    assert stranger.post(f"{made.location}/delete", data=sent).status_code in {400, 404}
    assert household.get(made.location).status_code == 200


def test_homes_alike_are_offered_first_where_one_is_gone(
    household: LintingClient, committed_app: Flask, town: Town, second: Home
) -> None:
    jobs.run_waiting(committed_app)
    page = household.get(f"/homes/{town.home.ref}")
    assert "差不多的房" in text_of(page)
    assert f"/homes/{second.ref}" in links(page).values()
    with saved(committed_app) as session:
        make_redemption(session, make_buyer(session, town.shop.desk), town.home)
    jobs.run_waiting(committed_app)
    page = text_of(household.get(f"/homes/{town.home.ref}"))
    assert page.index("这套不能选了，看看差不多的") < page.index("价格记录")


def test_a_change_reaches_the_inbox_and_leads_to_its_search(
    household: LintingClient, committed_app: Flask, town: Town
) -> None:
    made = send(household, "/household/searches/new?query=rooms%3D3", {"name": "三室", "telling": "daily"})
    jobs.run_waiting(committed_app)
    with saved(committed_app) as session:
        make_redemption(session, make_buyer(session, town.shop.desk), town.home)
    jobs.run_waiting(committed_app)
    page = text_of(household.get(made.location))
    assert "不能再选" in page


def test_what_is_asked_for_on_paper_is_printed_in_a_pile_brought_and_on_record(
    household: LintingClient, enter: Enter, committed_app: Flask, town: Town
) -> None:
    made = send(household, "/household/searches/new?query=rooms%3D3", {"name": "三室", "telling": "paper"})
    assert "打印在纸上，送到家里或者到窗口拿" in text_of(household.get(made.location))
    jobs.run_waiting(committed_app)
    with saved(committed_app) as session:
        project = session.get_one(Household, town.buyer.household.id).project.name
    officer = enter(town.shop.desk.officer)
    waits = links(officer.get("/authority/lists/"))[project]
    made = press(officer, waits, "")
    assert made.status_code == 303, text_of(made)
    pile = made.location
    paper = links(officer.get(pile))["打开打印（PDF）"]
    assert officer.get(paper).data == officer.get(paper).data
    assert officer.get(paper).data.startswith(b"%PDF")
    assert "没有人在等清单" in text_of(officer.get(waits))
    action = f"{pile}/take-back"
    ticked = form_to(officer.get(pile), f"{pile}/delivered")
    unsaid = officer.post(action, data={**ticked, "list": []})
    assert unsaid.status_code == 422
    assert "勾选确认后再收回" in text_of(unsaid)
    assert "list" not in form_to(unsaid, f"{pile}/delivered"), "what was not ticked stays so"
    kept = officer.post(action, data={**ticked, "checked": "yes"})
    assert kept.status_code == 409
    assert "每一户都打着勾" in text_of(kept)
    assert officer.post(action, data={**ticked, "list": [], "checked": "yes"}).status_code == 303
    pile = press(officer, waits, "").location
    chosen = form_to(officer.get(pile), f"{pile}/delivered")
    assert officer.post(f"{pile}/delivered", data=chosen).status_code == 303
    assert "已送到" in text_of(officer.get(pile))
    record = officer.get(f"/authority/households/{town.buyer.household.ref}/notices")
    assert "新可选 1 套" in text_of(record)
    (again,) = [href for href in links(record).values() if "/lists/of-household/" in href]
    assert officer.get(again).data.startswith(b"%PDF")
    page = household.get("/household/searches/")
    assert "上一份清单以后还没有新的变化" in text_of(page)
    (own,) = [href for href in links(page).values() if href.endswith(".pdf")]
    assert household.get(own).data == officer.get(again).data


def test_a_household_prints_what_is_new_of_all_its_searches(
    household: LintingClient, committed_app: Flask, town: Town
) -> None:
    send(household, "/household/searches/new?query=rooms%3D3", {"name": "三室", "telling": "never"})
    jobs.run_waiting(committed_app)
    page, action = "/household/searches/", "/household/searches/print"
    sent = form_to(household.get(page), action)
    printed = household.post(action, data=sent)
    assert household.get(printed.location).data.startswith(b"%PDF")
    del sent["request_id"]
    assert household.post(action, data=sent).status_code == 409, "the next list begins behind this one"
