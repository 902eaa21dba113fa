"""A form whose cookie was lost is shown again as it was filled in; it never acts, no password comes back."""

import importlib
import pkgutil
from collections.abc import Callable

import pytest
from flask import Flask
from justhtml import JustHTML
from sqlalchemy import func, select
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from app.core.actor import Actor, Role
from app.identity.models import SignIn, User
from app.redemptions.models import Redemption
from app.web import forms
from app.web.forms.base import Form
from app.web.forms.fields import PasswordField
from app.web.unsent import SECRET
from tests.factories.identity import PASSWORD
from tests.web.linting import LintingClient
from tests.web.sending import form_of, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]

HERE = {"Referer": "http://localhost/household/", "Origin": "http://localhost"}
ELSEWHERE = {"Referer": "https://evil.example/", "Origin": "https://evil.example"}


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def household(enter: Enter, town: Town) -> LintingClient:
    return enter(town.buyer.actor)


def typed_into(household: LintingClient, town: Town) -> tuple[str, dict[str, object], str]:
    """Return address, content and the name of a box of the form that asks for a quote."""
    address = f"/household/homes/{town.home.ref}/quote"
    _, sent = form_of(household.get(address))
    box = "amount_" + town.buyer.vouchers[0].ref.replace("-", "_")
    return address, {**sent, box: "20万"}, box


def test_a_token_that_does_not_fit_brings_the_form_back_filled_in(
    household: LintingClient, town: Town
) -> None:
    address, sent, box = typed_into(household, town)
    answer = household.post(address, data={**sent, "csrf_token": "stale"}, headers=HERE)
    assert answer.status_code == 400
    assert "刚才的内容还没有提交" in text_of(answer)
    _, again = form_of(answer)
    assert again[box] == "20万"
    assert household.post(address, data=again, headers=HERE).status_code == 303


def test_a_sign_in_that_ended_keeps_the_form_until_one_is_back(
    household: LintingClient, town: Town, committed_app: Flask, enter: Enter
) -> None:
    address, sent, box = typed_into(household, town)
    with saved(committed_app) as session:
        for row in session.scalars(select(SignIn)):
            row.ended_at = row.started_at
    kept = household.post(address, data=sent, headers=HERE)
    assert kept.status_code == 403
    assert "登录已经过期，您填的内容还在" in text_of(kept)
    where, _ = form_of(kept)
    again = MultiDict(hidden_of(kept))
    assert (where, again[box]) == (address, "20万")
    assert again.getlist("vouchers") == [voucher.ref for voucher in town.buyer.vouchers]
    assert household.post(where, data=again, headers=HERE).status_code == 403
    back = enter(town.buyer.actor)
    shown = back.post(where, data=again, headers=HERE)
    _, filled = form_of(shown)
    assert filled[box] == "20万"
    assert back.post(address, data=filled, headers=HERE).status_code == 303


def hidden_of(response: TestResponse) -> list[tuple[str, str]]:
    page = JustHTML(response.get_data(as_text=True), sanitize=False)
    boxes = page.query("main input[type=hidden]")
    return [(box.attrs["name"] or "", box.attrs["value"] or "") for box in boxes]


def test_nothing_is_carried_out_without_a_fitting_token(
    household: LintingClient, town: Town, committed_app: Flask
) -> None:
    address, sent, _ = typed_into(household, town)
    quote = household.post(address, data=sent).location
    _, button = form_of(household.get(quote))
    for token in ("", "stale"):
        answer = household.post(quote, data={**button, "csrf_token": token}, headers=HERE)
        assert answer.status_code == 400
        assert "确认锁定这套房" in answer.get_data(as_text=True)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count(Redemption.id))) == 0


@pytest.mark.parametrize(
    "headers",
    [ELSEWHERE, {}, {**HERE, "Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}, {**HERE, "Origin": "null"}],
)
def test_what_another_site_filled_in_is_never_shown(
    household: LintingClient, client: LintingClient, town: Town, headers: dict[str, str]
) -> None:
    address, sent, _ = typed_into(household, town)
    answer = household.post(address, data={**sent, "csrf_token": ""}, headers=headers)
    assert answer.status_code == 400
    assert "20万" not in answer.get_data(as_text=True)
    assert "这一页已经过期" in text_of(answer)
    stranger = client.post(address, data=sent, headers=headers)
    assert (stranger.status_code, stranger.location) == (302, "/account/sign-in")


def test_a_button_without_a_page_of_its_own_leads_back(household: LintingClient, town: Town) -> None:
    answer = household.post("/account/sign-out", data={"csrf_token": "stale"}, headers=HERE)
    assert answer.status_code == 400
    assert "返回上一页" in text_of(answer)
    assert household.get("/household/").status_code == 200


def test_a_password_never_comes_back(client: LintingClient, town: Town, committed_app: Flask) -> None:
    with saved(committed_app) as session:
        username = session.get_one(User, town.buyer.actor.user_id).username
    sent = {"username": username, "password": PASSWORD, "csrf_token": "stale"}
    page = client.post("/account/sign-in", data=sent, headers=HERE)
    assert page.status_code == 400
    assert PASSWORD not in page.get_data(as_text=True)
    boxes = JustHTML(page.get_data(as_text=True), sanitize=False).query("input[name=username]")
    assert boxes[0].attrs["value"] == username
    kept = client.post("/household/quotes/FY-1", data={"new_password": PASSWORD, "a": "b"}, headers=HERE)
    assert kept.status_code == 403
    assert PASSWORD not in kept.get_data(as_text=True)


def test_every_box_for_a_password_is_known_by_its_name() -> None:
    names = set()
    for module in pkgutil.iter_modules(forms.__path__, f"{forms.__name__}."):
        for one in vars(importlib.import_module(module.name)).values():
            if isinstance(one, type) and issubclass(one, Form):
                fields = ((name, getattr(one, name)) for name in dir(one))
                names |= {
                    name for name, field in fields if getattr(field, "field_class", None) is PasswordField
                }
    assert names
    assert all(any(part in name for part in SECRET) for name in names), names


def test_roles_still_hold(enter: Enter, town: Town) -> None:
    officer = enter(town.shop.desk.officer)
    assert town.shop.desk.officer.role is Role.OFFICER
    answer = officer.post("/household/quotes/FY-1", data={"a": "b", "csrf_token": ""}, headers=HERE)
    assert answer.status_code == 403
