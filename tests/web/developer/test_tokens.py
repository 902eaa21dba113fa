"""A manager makes a token for the company's own system, sees it once, and revokes it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.core.actor import Actor
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
        "/developer/tokens/new",
        {"name": "销售系统", "scopes": ["stock:read"], "days": "30", **typed},
    )
    assert made.status_code == 200, text_of(made)
    (secret,) = re.findall(r"anju_[\w-]{43}", made.get_data(as_text=True))
    return secret


def test_it_is_shown_once_works_and_is_revoked(committed_app: Flask, manager: LintingClient) -> None:
    assert "还没有令牌" in text_of(manager.get("/developer/tokens/"))
    secret = make(manager)
    listed = manager.get("/developer/tokens/")
    assert "销售系统" in text_of(listed)
    assert secret not in listed.get_data(as_text=True)
    client, headers = committed_app.test_client(), {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/developer/homes", headers=headers).status_code == 200
    assert "还没有用过" not in text_of(manager.get("/developer/tokens/"))
    (address,) = re.findall(r"/developer/tokens/TK[^\"]+/revoke", listed.get_data(as_text=True))
    assert "停用不能恢复" in text_of(manager.get(address))
    assert send(manager, address).location == "/developer/tokens/"
    assert "已停用" in text_of(manager.get("/developer/tokens/"))
    assert client.get("/api/v1/developer/homes", headers=headers).status_code == 401
    assert "已经停用" in text_of(manager.get(address))


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "请输入系统名称"),
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
        "/developer/tokens/new",
        {"name": "x", "scopes": ["stock:read"], "days": "30", **typed},
    )
    assert (sent.status_code, told in text_of(sent)) == (422, True), text_of(sent)


def test_another_companys_token_is_not_there(
    committed_app: Flask, town: Town, manager: LintingClient, enter: Enter
) -> None:
    make(manager)
    page = manager.get("/developer/tokens/").get_data(as_text=True)
    (address,) = re.findall(r"/developer/tokens/TK[^\"]+/revoke", page)
    _, form = form_of(manager.get(address))
    with saved(committed_app) as session:
        stranger = make_shop(session, desk=town.shop.desk).developer
    other = enter(stranger)
    assert other.get(address).status_code == 404
    token = form_of(other.get("/developer/tokens/new"))[1]["csrf_token"]
    assert other.post(address, data={**form, "csrf_token": token}).status_code == 404
    assert "有效" in text_of(manager.get("/developer/tokens/"))


def test_there_are_at_most_twenty(manager: LintingClient) -> None:
    for number in range(20):
        make(manager, name=f"系统{number}")
    sent = send(manager, "/developer/tokens/new", {"name": "x", "scopes": ["stock:read"], "days": "30"})
    assert "最多同时有 20 个" in text_of(sent)
