from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from werkzeug.test import TestResponse

from app.core import sealing
from app.core.actor import Actor, Duty, Role
from app.core.errors import DomainError
from app.core.sealing import SealKeys
from app.identity import factors, queries, service
from app.identity.models import RecoveryCode, SecondFactor, SignIn
from tests.database import beside
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.web.account.people import (
    Enter,
    Transaction,
    actions,
    browser,
    code_at,
    secret_of,
    send_from,
    sign_in,
    username_of,
)
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of, token_of

PAGE = "/account/second-factor"


@pytest.fixture
def client(committed_app: Flask) -> LintingClient:
    """A browser that shares no context with the others of a test."""
    return browser(committed_app)


@pytest.fixture
def officer(transaction: Transaction) -> Actor:
    with transaction() as session:
        return make_actor(session, role=Role.OFFICER, district=make_district(session))


def begin(client: LintingClient) -> TestResponse:
    """Start the enrolment and return its page."""
    if "开始设置" in client.get(PAGE).get_data(as_text=True):
        assert send(client, PAGE).location == PAGE
    return client.get(PAGE)


def confirm(client: LintingClient, code: str) -> TestResponse:
    token = token_of(client.get(PAGE))
    return client.post(f"{PAGE}/confirm", data={"csrf_token": token, "secret_code": code})


def enrol(client: LintingClient, transaction: Transaction, who: Actor) -> list[str]:
    """Turn the second factor on, some minutes ago as far as codes go; return the recovery codes."""
    begin(client)
    page = confirm(client, code_at(secret_of(transaction, who)))
    assert page.status_code == 200, text_of(page)
    with transaction() as session:
        session.execute(update(SecondFactor).values(last_step=SecondFactor.last_step - 10))
    listed = page.get_data(as_text=True).split('<li class="anju-code">')[1:]
    return [one.partition("<")[0] for one in listed]


def test_enrolment_shows_the_square_and_the_secret_and_the_codes_once(
    enter: Enter, officer: Actor, transaction: Transaction
) -> None:
    client = enter(officer)
    page = begin(client).get_data(as_text=True)
    secret = secret_of(transaction, officer)
    assert "<svg" in page
    assert " ".join(secret[place : place + 4] for place in range(0, 32, 4)) in page
    codes = enrol(client, transaction, officer)
    assert len(set(codes)) == 10
    later = client.get(PAGE).get_data(as_text=True)
    assert "已开启" in later
    assert not any(shown in later for shown in (*codes, secret))
    with transaction() as session:
        factor = session.scalars(select(SecondFactor)).one()
        assert secret not in factor.secret
        hashes = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not any(code.encode() in kept for code in codes for kept in hashes)
    assert actions(transaction) == ["identity.factor_on"]


def test_turning_it_on_ends_the_other_sign_ins(
    enter: Enter, officer: Actor, transaction: Transaction
) -> None:
    here, elsewhere = enter(officer), enter(officer)
    enrol(here, transaction, officer)
    assert here.get(PAGE).status_code == 200
    assert elsewhere.get(PAGE).status_code == 302


def test_a_wrong_code_does_not_turn_it_on(enter: Enter, officer: Actor, transaction: Transaction) -> None:
    client = enter(officer)
    begin(client)
    answer = confirm(client, "000000")
    assert answer.status_code == 422
    assert "验证码不正确" in text_of(answer)
    assert sign_in(browser(client.application), username_of(transaction, officer)).location == "/authority/"


def test_a_new_secret_replaces_one_that_was_not_confirmed(
    enter: Enter, officer: Actor, transaction: Transaction
) -> None:
    client = enter(officer)
    begin(client)
    first = secret_of(transaction, officer)
    token = token_of(client.get(PAGE))
    assert client.post(f"{PAGE}/start", data={"csrf_token": token}).status_code == 303
    assert secret_of(transaction, officer) != first
    assert confirm(client, code_at(first)).status_code == 422


def test_it_cannot_be_started_anew_over_one_that_is_on(
    enter: Enter, officer: Actor, transaction: Transaction
) -> None:
    client = enter(officer)
    enrol(client, transaction, officer)
    secret = secret_of(transaction, officer)
    token = token_of(client.get(PAGE))
    assert client.post(f"{PAGE}/start", data={"csrf_token": token}).status_code == 409
    assert (
        client.post(f"{PAGE}/confirm", data={"csrf_token": token, "secret_code": code_at(secret)}).status_code
        == 303
    )
    assert secret_of(transaction, officer) == secret


@pytest.fixture
def enrolled(enter: Enter, officer: Actor, transaction: Transaction) -> list[str]:
    """The officer's second factor is on; its recovery codes."""
    return enrol(enter(officer), transaction, officer)


def first_step(client: LintingClient, transaction: Transaction, who: Actor, after: str = "") -> TestResponse:
    address = f"/account/sign-in?again=1{after}"
    answer = send(client, address, {"username": username_of(transaction, who), "password": PASSWORD})
    assert answer.status_code == 303
    return client.get(answer.location)


def cookie_of(client: LintingClient) -> dict[str, object]:
    with client.session_transaction() as cookie:
        return dict(cookie)


def test_the_password_alone_opens_nothing(
    client: LintingClient, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    page = first_step(client, transaction, officer)
    assert "输入验证码" in text_of(page)
    assert client.get("/authority/").status_code == 302
    # Nor does its token where the real one would stand.
    thief = browser(client.application)
    with thief.session_transaction() as cookie:
        cookie["_user_id"], cookie["_fresh"] = cookie_of(client)["waiting"], True
    assert thief.get("/authority/").status_code == 302


def test_the_code_lets_in_with_another_token_and_where_one_was_going(
    client: LintingClient, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    page = first_step(client, transaction, officer, "&next=/account/sign-ins")
    waiting = cookie_of(client)["waiting"]
    answer = send_from(client, page, {"secret_code": code_at(secret_of(transaction, officer))})
    assert answer.location == "/account/sign-ins"
    after = cookie_of(client)
    assert "waiting" not in after
    assert after["_user_id"] != waiting
    assert client.get("/authority/").status_code == 200
    for name in ("waiting", "_user_id"):
        thief = browser(client.application)
        with thief.session_transaction() as cookie:
            cookie[name] = waiting
        assert thief.get("/authority/").status_code == 302


def test_a_code_is_taken_once(
    client: LintingClient, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    code = code_at(secret_of(transaction, officer))
    page = first_step(client, transaction, officer)
    assert send_from(client, page, {"secret_code": code}).status_code == 303
    other = browser(client.application)
    page = first_step(other, transaction, officer)
    answer = send_from(other, page, {"secret_code": code})
    assert answer.status_code == 422
    assert "已经用过" in text_of(answer)
    # An older one that was never used is no better.
    assert (
        send_from(
            other, answer, {"secret_code": code_at(secret_of(transaction, officer), steps=-1)}
        ).status_code
        == 422
    )


def test_a_recovery_code_is_taken_once_however_it_is_typed(
    client: LintingClient, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    typed = enrolled[3].lower().replace("-", " ")
    page = first_step(client, transaction, officer)
    assert send_from(client, page, {"secret_code": typed}).status_code == 303
    assert "9 个" in text_of(client.get(PAGE))
    other = browser(client.application)
    assert (
        send_from(other, first_step(other, transaction, officer), {"secret_code": enrolled[3]}).status_code
        == 422
    )
    assert (
        send_from(other, first_step(other, transaction, officer), {"secret_code": enrolled[4]}).status_code
        == 303
    )


def test_the_second_step_waits_ten_minutes(
    client: LintingClient, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    page = first_step(client, transaction, officer)
    with transaction() as session:
        waiting = update(SignIn).where(SignIn.proof == "code_to_come")
        session.execute(waiting.values(expires_at=SignIn.started_at - timedelta(seconds=1)))
    answer = send_from(client, page, {"secret_code": code_at(secret_of(transaction, officer))})
    assert answer.location == "/account/sign-in?again=1"
    assert "等得太久" in client.get(answer.location).get_data(as_text=True)
    assert client.get("/authority/").status_code == 302


def test_the_second_step_without_the_first_leads_to_the_first(client: LintingClient) -> None:
    token = token_of(client.get("/account/sign-in"))
    answer = client.post("/account/sign-in/code", data={"csrf_token": token, "secret_code": "123456"})
    assert answer.location == "/account/sign-in?again=1"


@pytest.fixture
def limited(committed_app: Flask) -> Iterator[Flask]:
    with beside(committed_app, limits=True) as app:
        yield app


def test_five_wrong_codes_and_it_takes_none(
    limited: Flask, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    answers = Counter[int]()
    for number in range(7):
        client = browser(limited)
        page = first_step(client, transaction, officer)
        answers[send_from(client, page, {"secret_code": f"00000{number}"}).status_code] += 1
    assert answers == {422: 5, 429: 2}
    client = browser(limited)
    page = first_step(client, transaction, officer)
    right = send_from(client, page, {"secret_code": code_at(secret_of(transaction, officer))})
    assert right.status_code == 429
    assert "identity.stopped_guessing" in actions(transaction)


def test_turning_it_off_asks_password_and_code(
    enter: Enter, officer: Actor, transaction: Transaction, enrolled: list[str], client: LintingClient
) -> None:
    send_from(client, first_step(client, transaction, officer), {"secret_code": enrolled[0]})
    page = client.get(PAGE)
    for password, code, told in (
        ("wrong", enrolled[1], "密码不正确"),
        (PASSWORD, "000000", "验证码不正确"),
        ("", "", "请输入现在的密码"),
    ):
        answer = send_from(client, page, {"password": password, "secret_code": code})
        assert answer.status_code == 422
        assert told in text_of(answer)
    answer = send_from(
        client, page, {"password": PASSWORD, "secret_code": code_at(secret_of(transaction, officer))}
    )
    assert answer.location == PAGE
    assert sign_in(browser(client.application), username_of(transaction, officer)).location == "/authority/"
    assert actions(transaction) == ["identity.factor_off", "identity.factor_on"]


def test_where_it_is_demanded_only_its_page_opens_without_it(
    committed_app: Flask, transaction: Transaction
) -> None:
    with transaction() as session:
        district = make_district(session)
        people = {
            role: make_actor(session, role=role, district=None if role is Role.DEVELOPER else district)
            for role in Role
            if role is not Role.HOUSEHOLD
        }
    demanded = {Role.OFFICER, Role.CHECKER, Role.REGULATOR, Role.ADMINISTRATOR}
    with beside(committed_app, second_factor_required=True) as app:
        for role, who in people.items():
            client = browser(app)
            answer = sign_in(client, username_of(transaction, who))
            if role not in demanded:
                assert answer.location != PAGE
                continue
            assert answer.location == PAGE
            for address in ("/authority/", "/regulator/signals/", "/account/sign-ins", "/account/people/"):
                assert client.get(address).location == PAGE, (role, address)
            assert client.post("/regulator/signals/FY-22222-22222/open").location == PAGE
            assert "必须先开启双重验证" in text_of(client.get(PAGE))
            enrol(client, transaction, who)
            assert client.get("/account/sign-ins").status_code == 200


def test_a_lost_one_is_cleared_by_the_administrator_and_the_sign_ins_end(
    enter: Enter, transaction: Transaction
) -> None:
    with transaction() as session:
        district = make_district(session)
        administrator = make_actor(session, role=Role.ADMINISTRATOR, district=district)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        elsewhere = make_actor(session, role=Role.ADMINISTRATOR, district=make_district(session))
        ref = session.scalars(queries._managed(administrator).where()).all()[-1].ref
    theirs = enter(officer)
    enrol(theirs, transaction, officer)
    address = f"/account/people/{ref}"
    assert enter(elsewhere).get(address).status_code == 404
    stranger = enter(elsewhere)
    token = token_of(stranger.get("/account/people/"))
    refused = stranger.post(f"{address}/second-factor", data={"csrf_token": token, "sure": "yes"})
    assert refused.status_code == 404
    client = enter(administrator)
    page = client.get(address)
    assert send_from(client, page, {}).status_code == 422
    assert send_from(client, page, {"sure": "yes"}).location == address
    assert theirs.get(PAGE).status_code == 302
    assert sign_in(browser(theirs.application), username_of(transaction, officer)).location == "/authority/"
    assert "identity.factor_cleared" in actions(transaction)


def test_two_browsers_with_one_code_at_one_moment_open_one(
    officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    username = username_of(transaction, officer)
    with transaction() as session:
        tokens = [
            service.sign_in(
                session, username=username, password=PASSWORD, device="", lasts=timedelta(hours=1)
            )[0]
            for _ in range(6)
        ]
    for code in (code_at(secret_of(transaction, officer)), enrolled[0]):

        def attempt(token: str, code: str = code) -> str:
            try:
                with transaction() as session:
                    factors.pass_code(session, token=token, code=code, lasts=timedelta(hours=1))
            except DomainError as refusal:
                return refusal.code
            return "in"

        with ThreadPoolExecutor(6) as pool:
            outcomes = Counter(pool.map(attempt, tokens))
        assert outcomes["in"] == 1, outcomes


def test_a_change_of_keys_reaches_the_secrets(
    officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    ring = sealing._ring()
    secret = secret_of(transaction, officer)
    try:
        sealing.configure(SealKeys("next", {**ring.keys, "next": b"n" * 32}))
        with transaction() as session:
            assert sealing.count_outdated(session) == 1
            assert sealing.rotate(session) == 1
            assert sealing.rotate(session) == 0
            assert sealing.count_outdated(session) == 0
        sealing.configure(SealKeys("next", {"next": b"n" * 32}))
        assert secret_of(transaction, officer) == secret
    finally:
        sealing.configure(ring)


def test_a_secret_moved_into_another_row_does_not_open(
    officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    with transaction() as session:
        other = make_actor(session, role=Role.DEVELOPER, duty=Duty.FINANCE)
        factors.start(session, actor=other)
        stolen = session.scalars(
            select(SecondFactor.secret).where(SecondFactor.user_id == other.user_id)
        ).one()
        moved = update(SecondFactor).where(SecondFactor.user_id == officer.user_id)
        session.execute(moved.values(secret=stolen))
    with pytest.raises(sealing.SealBroken):
        secret_of(transaction, officer)


def test_a_factor_is_confirmed_by_a_step_or_not_at_all(
    officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text("UPDATE second_factors SET last_step = NULL"))


def test_the_form_of_the_second_step_carries_no_name(
    client: LintingClient, officer: Actor, transaction: Transaction, enrolled: list[str]
) -> None:
    _, sent = form_of(first_step(client, transaction, officer))
    assert set(sent) == {"csrf_token", "request_id", "secret_code"}
