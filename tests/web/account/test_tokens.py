"""Everybody makes tokens for programs of their own, sees each once, and revokes it."""

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app.core.actor import Actor, Duty, Role
from app.core.errors import Forbidden
from app.identity import tokens
from app.identity.models import Organisation
from tests.factories.identity import make_actor
from tests.factories.redemptions import make_shop
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def manager(town: Town, enter: Enter) -> LintingClient:
    return enter(town.shop.developer)


def make(manager: LintingClient, **typed: object) -> str:
    made = send(
        manager,
        "/account/tokens/new",
        {"name": "销售系统", "scopes": ["stock:read"], "days": "30", **typed},
    )
    assert made.status_code == 200, text_of(made)
    (secret,) = re.findall(r"anju_[\w-]{43}", made.get_data(as_text=True))
    return secret


def test_it_is_shown_once_works_and_is_revoked(committed_app: Flask, manager: LintingClient) -> None:
    assert "还没有令牌" in text_of(manager.get("/account/tokens"))
    secret = make(manager)
    listed = manager.get("/account/tokens")
    assert "销售系统" in text_of(listed)
    assert secret not in listed.get_data(as_text=True)
    client, headers = committed_app.test_client(), {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/developer/homes", headers=headers).status_code == 200
    assert "还没有用过" not in text_of(manager.get("/account/tokens"))
    (address,) = re.findall(r"/account/tokens/JK[^\"]+/revoke", listed.get_data(as_text=True))
    assert "停用不能恢复" in text_of(manager.get(address))
    assert send(manager, address).location == "/account/tokens"
    assert "已停用" in text_of(manager.get("/account/tokens"))
    assert client.get("/api/v1/developer/homes", headers=headers).status_code == 401
    assert "已经停用" in text_of(manager.get(address))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "请输入令牌名称"),
        ({"scopes": []}, "请选择允许做的事"),
        ({"scopes": ["everything"]}, "请从列出的选项中选择"),
        ({"days": "0"}, "有效天数不能小于 1"),
        ({"days": "367"}, "有效天数不能大于 366"),
    ],
)
def test_what_is_wrong_is_told_at_the_box(
    manager: LintingClient, typed: dict[str, object], told: str
) -> None:
    sent = send(
        manager,
        "/account/tokens/new",
        {"name": "x", "scopes": ["stock:read"], "days": "30", **typed},
    )
    assert (sent.status_code, told in text_of(sent)) == (422, True), text_of(sent)


@pytest.fixture
def seller(committed_app: Flask, town: Town) -> Actor:
    with saved(committed_app) as session:
        company = session.get_one(Organisation, town.shop.developer.organisation)
        return make_actor(session, role=Role.DEVELOPER, organisation=company, duty=Duty.SALES)


def test_a_household_reads_the_search_by_a_token_of_its_own(
    committed_app: Flask, town: Town, enter: Enter
) -> None:
    browser = enter(town.buyer.actor)
    page = text_of(browser.get("/account/tokens/new"))
    assert "查询房源" in page
    assert "修改价格" not in page
    refused = send(browser, "/account/tokens/new", {"name": "x", "scopes": ["prices:write"], "days": "30"})
    assert refused.status_code == 422
    headers = {"Authorization": f"Bearer {make(browser, scopes=['search:read'])}"}
    client = committed_app.test_client()
    found = client.get("/api/v1/homes", headers=headers)
    assert (found.status_code, found.cache_control.private) == (200, True)
    outside = client.get("/api/v1/developer/homes", headers=headers)
    assert (outside.status_code, outside.get_json()["code"]) == (403, "missing_scope")


def test_a_token_for_other_things_does_not_read_the_search(
    committed_app: Flask, manager: LintingClient
) -> None:
    headers = {"Authorization": f"Bearer {make(manager)}"}
    refused = committed_app.test_client().get("/api/v1/homes", headers=headers)
    assert (refused.status_code, refused.get_json()["code"]) == (403, "missing_scope")


def test_a_manager_sees_and_revokes_what_the_companys_people_made(
    committed_app: Flask, manager: LintingClient, seller: Actor, enter: Enter
) -> None:
    theirs = enter(seller)
    headers = {"Authorization": f"Bearer {make(theirs, name='比价', scopes=['search:read'])}"}
    make(manager)
    assert "销售系统" not in text_of(theirs.get("/account/tokens"))
    page = manager.get("/account/tokens").get_data(as_text=True)
    assert "比价" in page
    (address, *_) = re.findall(r"/account/tokens/JK[^\"]+/revoke", theirs.get("/account/tokens").text)
    assert address in page
    assert send(manager, address).status_code == 303
    assert committed_app.test_client().get("/api/v1/homes", headers=headers).status_code == 401


def test_nobody_elses_token_is_there(
    committed_app: Flask, town: Town, manager: LintingClient, seller: Actor, enter: Enter
) -> None:
    make(manager)
    page = manager.get("/account/tokens").get_data(as_text=True)
    (address,) = re.findall(r"/account/tokens/JK[^\"]+/revoke", page)
    _, form = form_of(manager.get(address))
    with saved(committed_app) as session:
        stranger = make_shop(session, desk=town.shop.desk).developer
    for who in (stranger, seller, town.buyer.actor):
        other = enter(who)
        assert other.get(address).status_code == 404
        token = form_of(other.get("/account/tokens/new"))[1]["csrf_token"]
        assert other.post(address, data={**form, "csrf_token": token}).status_code == 404
    assert "有效" in text_of(manager.get("/account/tokens"))


@pytest.mark.parametrize(
    "acting", [{"token_id": 1}, {"visit_id": 1}, {"grant_id": 1}], ids=["program", "counter", "helper"]
)
def test_nobody_makes_a_token_in_anothers_name(
    committed_app: Flask, town: Town, acting: dict[str, int]
) -> None:
    with pytest.raises(Forbidden), saved(committed_app) as session:
        tokens.create_token(
            session, actor=replace(town.shop.developer, **acting), name="x", scopes=["search:read"], days=1
        )


def test_there_are_at_most_twenty(manager: LintingClient) -> None:
    for number in range(20):
        make(manager, name=f"系统{number}")
    sent = send(manager, "/account/tokens/new", {"name": "x", "scopes": ["stock:read"], "days": "30"})
    assert "最多同时有 20 个" in text_of(sent)
