from collections import Counter
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.orm import Session

from app.core.actor import Actor, Role
from app.identity.models import User
from tests.database import beside
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.web.account.people import Enter, Transaction, actions, browser, sign_in, username_of
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of

NEW = "港华路的老房子二十年"
PAGE = "/account/password"


@pytest.fixture
def client(committed_app: Flask) -> LintingClient:
    """A browser that shares no context with the others of a test."""
    return browser(committed_app)


@pytest.fixture
def officer(transaction: Transaction) -> Actor:
    with transaction() as session:
        return make_actor(session, role=Role.OFFICER, district=make_district(session))


def typed(password: str = PASSWORD, new: str = NEW, again: str | None = None) -> dict[str, str]:
    return {"password": password, "new_password": new, "password_again": new if again is None else again}


def test_changing_it_ends_the_other_sign_ins_and_only_the_new_one_counts(
    enter: Enter, officer: Actor, transaction: Transaction, client: LintingClient
) -> None:
    here, elsewhere = enter(officer), enter(officer)
    assert send(here, PAGE, typed()).location == "/account/"
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    username = username_of(transaction, officer)
    assert sign_in(client, username).status_code == 422
    assert sign_in(client, username, NEW).status_code == 303
    assert actions(transaction) == ["identity.change_password"]


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        (typed(password="wrong"), "密码不正确，请重新输入现在的密码"),
        (typed(new="short-one"), "至少输入 10 个字符"),
        (typed(new="1234567890"), "新密码太常见"),
        (typed(new=PASSWORD), "新密码和现在的密码一样"),
        (typed(again="something else"), "两次输入的新密码不一样"),
        (typed(new="", again=""), "请输入新密码"),
    ],
)
def test_what_will_not_do_is_said_and_changes_nothing(
    enter: Enter, officer: Actor, transaction: Transaction, sent: dict[str, str], told: str
) -> None:
    client = enter(officer)
    answer = send(client, PAGE, sent)
    assert answer.status_code == 422
    assert told in text_of(answer)
    assert not any(value and value in answer.get_data(as_text=True) for value in sent.values())
    assert sign_in(browser(client.application), username_of(transaction, officer)).status_code == 303


def test_a_form_without_its_token_is_refused(enter: Enter, officer: Actor) -> None:
    assert enter(officer).post(PAGE, data=typed()).status_code == 400


@pytest.fixture
def limited(committed_app: Flask) -> Iterator[Flask]:
    with beside(committed_app, limits=True) as app:
        yield app


def test_somebody_at_an_open_browser_guesses_five_times(
    limited: Flask, officer: Actor, transaction: Transaction
) -> None:
    client = browser(limited)
    sign_in(client, username_of(transaction, officer))
    answers = Counter(send(client, PAGE, typed(password=f"wrong{n}")).status_code for n in range(8))
    assert answers == {422: 5, 429: 3}
    assert send(client, PAGE, typed()).status_code == 429


def issue(session: Session, who: Actor) -> None:
    session.execute(update(User).where(User.id == who.user_id).values(password_issued=True))


def test_an_issued_password_must_be_changed_before_anything_else(
    officer: Actor, transaction: Transaction, client: LintingClient
) -> None:
    with transaction() as session:
        issue(session, officer)
    assert sign_in(client, username_of(transaction, officer)).location == PAGE
    for address in ("/authority/", "/account/sign-ins", "/authority/households/"):
        assert client.get(address).location == PAGE
    assert client.post("/authority/vouchers/FP-22222-22222/approve").location == PAGE
    assert "现在的密码是别人发给您的" in text_of(client.get(PAGE))
    assert send(client, PAGE, typed()).status_code == 303
    assert client.get("/authority/").status_code == 200
