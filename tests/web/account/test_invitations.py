"""Inviting people: only to one's own place, only once, and until it is taken back."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.core.actor import Duty, Role
from app.core.errors import DomainError
from app.identity import staffing
from app.identity.models import Invitation, Membership, Organisation, User
from tests.factories.identity import make_actor, make_district
from tests.web.account.people import (
    NEW,
    Company,
    Enter,
    Transaction,
    accept,
    actions,
    browser,
    invite,
    place_of,
    ref_of,
    sign_in,
    username_of,
)
from tests.web.sending import send, text_of, token_of


def test_a_manager_invites_and_the_invited_chooses_a_password(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    place = place_of(transaction, company.manager, Role.DEVELOPER, Duty.FINANCE)
    code = invite(enter(company.manager), place)
    assert accept(committed_app, code) == (303, "/account/sign-in")
    client = browser(committed_app)
    assert sign_in(client, "wangli", NEW).location == "/developer/"
    assert "房企 · 财务" in client.get("/developer/").get_data(as_text=True)
    with transaction() as session:
        made = session.scalars(
            select(Membership).join(Membership.user).where(User.username == "wangli")
        ).one()
        assert (made.organisation_id, made.duty) == (company.manager.organisation, "finance")
        kept = session.scalars(select(Invitation)).one()
        assert code.encode() not in kept.code_hash
    assert accept(committed_app, code)[0] == 422
    assert actions(transaction) == ["identity.accept_invitation", "identity.invite"]


def test_what_the_invited_sends_beside_the_code_changes_nothing(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    code = invite(enter(company.manager), place_of(transaction, company.manager, Role.DEVELOPER, Duty.SALES))
    extra = {"role": "administrator", "duty": "manager", "username": "king", "district_id": "1"}
    assert accept(committed_app, code, **extra)[0] == 303
    with transaction() as session:
        made = session.scalars(select(Membership).order_by(Membership.id.desc())).first()
        assert made is not None
        assert (made.role, made.duty, made.district_id, made.user.username) == (
            "developer",
            "sales",
            None,
            "wangli",
        )


def test_nobody_invites_beyond_their_own_place(
    company: Company, transaction: Transaction, enter: Enter
) -> None:
    theirs = place_of(transaction, company.stranger, Role.DEVELOPER, Duty.MANAGER)
    own = place_of(transaction, company.manager, Role.DEVELOPER, Duty.MANAGER)
    client = enter(company.manager)
    for place in (
        theirs,
        own.replace("developer|manager", "administrator|"),
        own.replace("manager", "king"),
        own.replace("developer|manager", "officer|"),
        "developer||",
        "",
    ):
        typed = {"display_name": "王丽", "username": "wangli", "place": place}
        assert send(client, "/account/people/invite", typed).status_code == 422, place
    with transaction() as session:
        assert session.scalars(select(Invitation)).all() == []


def test_an_administrator_invites_what_fits_the_organisations_of_the_district(
    transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    with transaction() as session:
        district = make_district(session)
        administrator = make_actor(session, role=Role.ADMINISTRATOR, district=district)
        checker = make_actor(session, role=Role.CHECKER, district=district)
        foreign = make_actor(session, role=Role.CHECKER, district=make_district(session))
    client = enter(administrator)
    fitting = place_of(transaction, checker, Role.OFFICER)
    for place in (
        place_of(transaction, foreign, Role.OFFICER),
        fitting.replace("officer", "auditor"),
        fitting.replace("officer|", "developer|manager"),
    ):
        typed = {"display_name": "王丽", "username": "wangli", "place": place}
        assert send(client, "/account/people/invite", typed).status_code == 422, place
    assert accept(committed_app, invite(client, fitting))[0] == 303
    newcomer = browser(committed_app)
    assert sign_in(newcomer, "wangli", NEW).location == "/authority/"


@pytest.mark.parametrize("duty", [Duty.SALES, Duty.FINANCE])
def test_only_a_manager_manages(company: Company, transaction: Transaction, enter: Enter, duty: Duty) -> None:
    with transaction() as session:
        organisation = session.get_one(Organisation, company.manager.organisation)
        colleague = make_actor(session, role=Role.DEVELOPER, duty=duty, organisation=organisation)
    client = enter(colleague)
    assert "人员" not in text_of(client.get("/developer/"))
    for path in ("", "invite", ref_of(transaction, company.manager)):
        assert client.get(f"/account/people/{path}").status_code == 403
    assert client.post("/account/people/invite").status_code == 403


@pytest.mark.parametrize(
    ("username", "told"),
    [
        ("王丽", "用户名要用 3 到 32 个小写字母或数字"),
        ("", "请输入用户名"),
        ("taken", "这个用户名已经有人用了"),
    ],
)
def test_a_sign_in_name_that_will_not_do_is_said(
    company: Company, transaction: Transaction, enter: Enter, username: str, told: str
) -> None:
    if username == "taken":
        username = username_of(transaction, company.stranger)
    place = place_of(transaction, company.manager, Role.DEVELOPER, Duty.SALES)
    typed = {"display_name": "王丽", "username": username, "place": place}
    answer = send(enter(company.manager), "/account/people/invite", typed)
    assert answer.status_code == 422
    assert told in text_of(answer)


def test_a_name_is_invited_once_at_a_time_and_again_once_it_ran_out(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    client = enter(company.manager)
    place = place_of(transaction, company.manager, Role.DEVELOPER, Duty.SALES)
    first = invite(client, place)
    typed = {"display_name": "王丽", "username": "wangli", "place": place}
    refused = send(client, "/account/people/invite", typed)
    assert "这个用户名已经发过邀请" in text_of(refused)
    with transaction() as session:
        session.execute(update(Invitation).values(expires_at=Invitation.issued_at))
    assert accept(committed_app, first)[0] == 422
    assert accept(committed_app, invite(client, place))[0] == 303


def test_a_withdrawn_invitation_opens_nothing_and_only_its_managers_withdraw_it(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    client, stranger = enter(company.manager), enter(company.stranger)
    code = invite(client, place_of(transaction, company.manager, Role.DEVELOPER, Duty.SALES))
    with transaction() as session:
        ref = session.scalars(select(Invitation.ref)).one()
    address = f"/account/people/invitations/{ref}/withdraw"
    token = token_of(stranger.get("/account/people/"))
    assert stranger.post(address, data={"csrf_token": token}).status_code == 404
    assert client.post(address, data={}).status_code == 400
    page = client.get("/account/people/")
    assert client.post(address, data={"csrf_token": token_of(page)}).status_code == 303
    status, told = accept(committed_app, code)
    assert status == 422
    assert "没有找到这个码" in told
    assert client.post(address, data={"csrf_token": token_of(page)}).status_code == 404
    assert "identity.withdraw_invitation" in actions(transaction)


def test_a_password_that_will_not_do_leaves_the_invitation_unused(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    code = invite(enter(company.manager), place_of(transaction, company.manager, Role.DEVELOPER, Duty.SALES))
    assert accept(committed_app, code, password="1234567890")[0] == 422
    assert accept(committed_app, code)[0] == 303


def test_two_who_send_one_code_at_one_moment_make_one_person(
    company: Company, transaction: Transaction, enter: Enter
) -> None:
    code = invite(enter(company.manager), place_of(transaction, company.manager, Role.DEVELOPER, Duty.SALES))

    def attempt(_: int) -> str:
        try:
            with transaction() as session:
                staffing.accept_invitation(session, code=code, new_password=NEW)
        except DomainError as refusal:
            return refusal.code
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(attempt, range(4))) == {"made": 1, "code_wrong": 3}
