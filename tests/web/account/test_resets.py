"""A code for a forgotten password, handed over by whoever manages the person."""

import re

from flask import Flask
from sqlalchemy import select, update

from app.core.actor import Role
from app.identity.models import PasswordReset
from tests.factories.identity import PASSWORD, make_actor, make_district
from tests.factories.projects import make_household
from tests.web.account.people import (
    NEW,
    Company,
    Enter,
    Transaction,
    actions,
    browser,
    issue_reset,
    ref_of,
    sign_in,
    use_reset,
    username_of,
)
from tests.web.sending import send, token_of


def test_a_code_handed_over_sets_a_new_password_once_and_ends_the_sign_ins(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    theirs, username = enter(company.sales), username_of(transaction, company.sales)
    code = issue_reset(enter(company.manager), ref_of(transaction, company.sales))
    assert theirs.get("/developer/").status_code == 200
    assert use_reset(committed_app, username, code)[0] == 303
    assert theirs.get("/developer/").status_code == 302
    assert sign_in(browser(committed_app), username).status_code == 422
    assert sign_in(browser(committed_app), username, NEW).status_code == 303
    assert use_reset(committed_app, username, code)[0] == 422
    assert actions(transaction) == ["identity.issue_reset", "identity.use_reset"]
    with transaction() as session:
        assert code.encode() not in session.scalars(select(PasswordReset.code_hash)).one()


def test_wrong_names_and_wrong_codes_get_one_answer(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    client, ref = enter(company.manager), ref_of(transaction, company.sales)
    username, other = (username_of(transaction, who) for who in (company.sales, company.manager))
    replaced, code = issue_reset(client, ref), issue_reset(client, ref)
    answers = {
        use_reset(committed_app, name, typed)
        for name, typed in (
            ("nobody", code),
            (other, code),
            (username, replaced),
            (username, "7K2M-9QX4-HT3B-W8RD"),
            ("nobody", "7K2M-9QX4-HT3B-W8RD"),
        )
    }
    assert {status for status, _ in answers} == {422}
    assert len({re.sub(r"\S*错误\S*", "", told) for _, told in answers}) == 1
    with transaction() as session:
        session.execute(update(PasswordReset).values(expires_at=PasswordReset.issued_at))
    assert use_reset(committed_app, username, code)[0] == 422


def test_a_changed_password_withdraws_the_code(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    code = issue_reset(enter(company.manager), ref_of(transaction, company.sales))
    typed = {"password": PASSWORD, "new_password": NEW, "password_again": NEW}
    assert send(enter(company.sales), "/account/password", typed).status_code == 303
    assert use_reset(committed_app, username_of(transaction, company.sales), code)[0] == 422


def test_nobody_makes_a_code_for_somebody_elses_people_or_for_oneself(
    company: Company, transaction: Transaction, enter: Enter
) -> None:
    client, stranger = enter(company.manager), enter(company.stranger)
    address = f"/account/people/{ref_of(transaction, company.sales)}/reset"
    assert stranger.get(address).status_code == 404
    token = token_of(stranger.get("/account/people/"))
    assert stranger.post(address, data={"csrf_token": token}).status_code == 404
    own = f"/account/people/{ref_of(transaction, company.manager)}/reset"
    token = token_of(client.get("/account/people/"))
    assert client.post(own, data={"csrf_token": token}).status_code == 409
    assert enter(company.sales).get(address).status_code == 403


def test_an_officer_helps_the_households_of_the_district_and_nobody_else(
    transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    with transaction() as session:
        district = make_district(session)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        checker = make_actor(session, role=Role.CHECKER, district=district)
        elsewhere = make_actor(session, role=Role.OFFICER, district=make_district(session))
        home = make_household(session, officer=officer)
        household = make_actor(session, role=Role.HOUSEHOLD, district=district, household_id=home.id)
        page = f"/authority/households/{home.ref}"
    client, ref = enter(officer), ref_of(transaction, household)
    assert f"/account/people/{ref}/reset" in client.get(page).get_data(as_text=True)
    assert "帮助重设密码" not in enter(checker).get(page).get_data(as_text=True)
    code = issue_reset(client, ref)
    assert use_reset(committed_app, username_of(transaction, household), code)[0] == 303
    assert enter(elsewhere).get(f"/account/people/{ref}/reset").status_code == 404
    assert client.get(f"/account/people/{ref_of(transaction, checker)}/reset").status_code == 404
    assert client.get(f"/account/people/{ref}").status_code == 403
