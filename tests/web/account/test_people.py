"""Inviting, helping and removing people: only one's own, only once, and at once."""

import re
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Actor, Duty, Role
from app.core.errors import DomainError
from app.core.locks import LockPolicy
from app.identity import queries, staffing, tokens
from app.identity.models import Invitation, Membership, Organisation, PasswordReset, User
from tests.concurrency.race import NoLocks
from tests.factories.identity import PASSWORD, make_actor, make_district, make_organisation
from tests.factories.projects import make_household
from tests.web.account.people import (
    Enter,
    Transaction,
    actions,
    browser,
    sign_in,
    username_of,
)
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of, token_of

NEW = "港华路的老房子二十年"
CODE = re.compile(r"[2-9A-Z]{4}(?:-[2-9A-Z]{4}){3}")


@dataclass(frozen=True)
class Company:
    """A developer with a manager and a salesperson, and somebody else's manager."""

    manager: Actor
    sales: Actor
    stranger: Actor


@pytest.fixture
def company(transaction: Transaction) -> Company:
    with transaction() as session:
        organisation = make_organisation(session, kind="developer", district=None)
        manager, sales = (
            make_actor(session, role=Role.DEVELOPER, duty=duty, organisation=organisation)
            for duty in (Duty.MANAGER, Duty.SALES)
        )
        return Company(manager, sales, make_actor(session, role=Role.DEVELOPER))


def ref_of(transaction: Transaction, who: Actor) -> str:
    with transaction() as session:
        return session.scalars(select(Membership.ref).where(Membership.user_id == who.user_id)).one()


def place_of(transaction: Transaction, who: Actor, role: Role, duty: Duty | None = None) -> str:
    with transaction() as session:
        name = session.get_one(Organisation, who.organisation).name
        return f"{role}|{duty or ''}|{name}"


def invite(client: LintingClient, place: str, username: str = "wangli") -> str:
    """Invite somebody; return the code."""
    typed = {"display_name": "王丽", "username": username, "place": place}
    answer = send(client, "/account/people/invite", typed)
    assert answer.status_code == 200, text_of(answer)
    found = CODE.search(text_of(answer))
    assert found
    return found[0]


def accept(app: Flask, code: str, password: str = NEW, **more: str) -> tuple[int, str]:
    typed = {"secret_code": code, "new_password": password, "password_again": password, **more}
    answer = send(browser(app), "/account/invitation", typed)
    return answer.status_code, text_of(answer) if answer.status_code != 303 else answer.location


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


# --- a code for a forgotten password --------------------------------------------------------------------


def issue_reset(client: LintingClient, ref: str) -> str:
    answer = send(client, f"/account/people/{ref}/reset")
    assert answer.status_code == 200
    found = CODE.search(text_of(answer))
    assert found
    return found[0]


def use_reset(app: Flask, username: str, code: str, password: str = NEW) -> tuple[int, str]:
    typed = {"username": username, "secret_code": code, "new_password": password, "password_again": password}
    answer = send(browser(app), "/account/reset", typed)
    return answer.status_code, text_of(answer) if answer.status_code != 303 else ""


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


# --- leaving --------------------------------------------------------------------------------------------


def test_who_is_removed_is_out_at_once_and_named_with_who_takes_over(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    theirs, client = enter(company.sales), enter(company.manager)
    ref, username = ref_of(transaction, company.sales), username_of(transaction, company.sales)
    code = issue_reset(client, ref)
    typed = {"handed_to": ref_of(transaction, company.manager), "sure": "yes"}
    assert send(client, f"/account/people/{ref}/remove", typed).location == "/account/people/"
    assert theirs.get("/developer/").status_code == 302
    assert theirs.post("/developer/developments/new").status_code in {302, 400}
    assert sign_in(browser(committed_app), username).status_code == 422
    assert use_reset(committed_app, username, code)[0] == 422
    assert f"测试{username}" not in text_of(client.get("/account/people/")).split("在岗人员")[1]
    shown = text_of(client.get(f"/account/people/{ref}"))
    assert "离开时间" in shown
    assert f"测试{username_of(transaction, company.manager)}" in shown.split("接手的人")[1]
    assert "identity.remove_person" in actions(transaction)


def test_what_waits_in_an_officers_name_is_shown(transaction: Transaction, enter: Enter) -> None:
    with transaction() as session:
        district = make_district(session)
        administrator = make_actor(session, role=Role.ADMINISTRATOR, district=district)
        officer = make_actor(session, role=Role.OFFICER, district=district)
        session.execute(
            text(
                "INSERT INTO approval_requests (district_id, kind, subject_id, payload, requested_by_id,"
                " requested_at, state) VALUES (:d, 'voucher.issue', 1, '{}', :u, now(), 'pending')"
            ),
            {"d": district.id, "u": officer.user_id},
        )
    page = enter(administrator).get(f"/account/people/{ref_of(transaction, officer)}/remove")
    assert "提交的房票，等待复核" in text_of(page)
    assert "由接手的人重新提交" in text_of(page)


def test_programs_that_stop_with_a_managers_leaving_are_shown(
    company: Company, transaction: Transaction, enter: Enter
) -> None:
    with transaction() as session:
        organisation = session.get_one(Organisation, company.manager.organisation)
        second = make_actor(session, role=Role.DEVELOPER, duty=Duty.MANAGER, organisation=organisation)
        tokens.create_token(session, actor=second, name="销控系统", scopes=["stock:read"], days=30)
    client = enter(company.manager)
    assert "这个人生成的接口令牌" in text_of(
        client.get(f"/account/people/{ref_of(transaction, second)}/remove")
    )
    quiet = client.get(f"/account/people/{ref_of(transaction, company.sales)}/remove")
    assert "接口令牌" not in text_of(quiet)


def test_only_a_colleague_of_the_same_role_takes_over(
    company: Company, transaction: Transaction, enter: Enter
) -> None:
    client, ref = enter(company.manager), ref_of(transaction, company.sales)
    for handed_to in (ref_of(transaction, company.stranger), ref, "", "1"):
        answer = send(client, f"/account/people/{ref}/remove", {"handed_to": handed_to, "sure": "yes"})
        assert answer.status_code == 422
    unsure = send(client, f"/account/people/{ref}/remove", {"handed_to": "nobody"})
    assert "请勾选确认" in text_of(unsure)
    with pytest.raises(DomainError), transaction() as session:
        staffing.remove_person(
            session, actor=company.manager, ref=ref, handed_to=ref_of(transaction, company.stranger)
        )


def test_nobody_removes_somebody_elses_people(
    company: Company, transaction: Transaction, enter: Enter
) -> None:
    ref, stranger = ref_of(transaction, company.sales), enter(company.stranger)
    token = token_of(stranger.get("/account/people/"))
    sent = {"csrf_token": token, "handed_to": "nobody", "sure": "yes"}
    assert stranger.get(f"/account/people/{ref}/remove").status_code == 404
    assert stranger.post(f"/account/people/{ref}/remove", data=sent).status_code == 404
    assert stranger.get(f"/account/people/{ref}").status_code == 404
    assert enter(company.sales).get("/developer/").status_code == 200


def test_the_last_manager_stays(company: Company, transaction: Transaction, enter: Enter) -> None:
    client, ref = enter(company.manager), ref_of(transaction, company.manager)
    answer = send(client, f"/account/people/{ref}/remove", {"handed_to": "nobody", "sure": "yes"})
    assert answer.status_code == 409
    assert "这是最后一位负责人" in text_of(answer)
    with transaction() as session:
        organisation = session.get_one(Organisation, company.manager.organisation)
        make_actor(session, role=Role.DEVELOPER, duty=Duty.MANAGER, organisation=organisation)
    typed = {"handed_to": "nobody", "sure": "yes"}
    assert send(client, f"/account/people/{ref}/remove", typed).status_code == 303
    assert client.get("/account/people/").status_code == 302


def test_the_invitations_of_who_leaves_are_worth_nothing(
    company: Company, transaction: Transaction, enter: Enter, committed_app: Flask
) -> None:
    with transaction() as session:
        organisation = session.get_one(Organisation, company.manager.organisation)
        second = make_actor(session, role=Role.DEVELOPER, duty=Duty.MANAGER, organisation=organisation)
    code = invite(enter(second), place_of(transaction, second, Role.DEVELOPER, Duty.MANAGER))
    address = f"/account/people/{ref_of(transaction, second)}/remove"
    assert send(enter(company.manager), address, {"handed_to": "nobody", "sure": "yes"}).status_code == 303
    assert accept(committed_app, code)[0] == 422


@pytest.mark.parametrize("policy", [None, NoLocks()], ids=["locked", "control"])
def test_two_managers_who_remove_each_other_leave_one(
    company: Company, transaction: Transaction, policy: LockPolicy | None
) -> None:
    with transaction() as session:
        organisation = session.get_one(Organisation, company.manager.organisation)
        second = make_actor(session, role=Role.DEVELOPER, duty=Duty.MANAGER, organisation=organisation)
    pairs = [(company.manager, second), (second, company.manager)]
    refs = [ref_of(transaction, leaving) for _, leaving in pairs]
    left = remove_each_other(transaction, pairs, refs, policy)
    assert left == (1 if policy is None else 0)


def remove_each_other(
    begin: Callable[[], AbstractContextManager[Session]],
    pairs: list[tuple[Actor, Actor]],
    refs: list[str],
    policy: LockPolicy | None,
) -> int:
    """Let both act at one moment, each past its check before either writes; return the managers left."""
    first = begin()
    session = first.__enter__()
    if policy:
        session.info["lock_policy"] = policy
    staffing.remove_person(session, actor=pairs[0][0], ref=refs[0], handed_to=None)

    def other() -> str:
        try:
            with begin() as theirs:
                if policy:
                    theirs.info["lock_policy"] = policy
                staffing.remove_person(theirs, actor=pairs[1][0], ref=refs[1], handed_to=None)
        except DomainError as refusal:
            return refusal.code
        return "removed"

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(other)
        if policy:
            running.result(20)
        else:
            wait_until_waiting(begin)
        first.__exit__(None, None, None)
        assert running.result(20) == ("removed" if policy else "last_manager")
    with begin() as session:
        managers = select(Membership).where(
            Membership.organisation_id == pairs[0][0].organisation, Membership.ended_at.is_(None)
        )
        return sum(one.duty == "manager" for one in session.scalars(managers))


def wait_until_waiting(begin: Callable[[], AbstractContextManager[Session]]) -> None:
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    for _ in range(1000):
        with begin() as session:
            if session.scalars(waiting).one():
                return
        time.sleep(0.01)
    raise TimeoutError("nobody waits for a lock")


@pytest.mark.parametrize(
    "breach",
    [
        "UPDATE invitations SET role = 'household'",
        "UPDATE invitations SET duty = NULL",
        "UPDATE invitations SET district_id = (SELECT min(id) FROM districts)",
        "UPDATE invitations SET used_at = now()",
        "UPDATE password_resets SET used_at = now(), withdrawn_at = now()",
        "UPDATE password_resets SET issued_by_id = user_id",
        (
            "INSERT INTO password_resets (user_id, code_hash, issued_by_id, issued_at, expires_at)"
            " SELECT user_id, 'x', issued_by_id, issued_at, expires_at FROM password_resets"
        ),
    ],
)
def test_what_the_tables_themselves_refuse(company: Company, transaction: Transaction, breach: str) -> None:
    with transaction() as session:
        make_district(session)
        name = session.get_one(Organisation, company.manager.organisation).name
        place = staffing.find_place(
            session, actor=company.manager, organisation=name, role=Role.DEVELOPER, duty=Duty.SALES
        )
        staffing.invite(session, actor=company.manager, place=place, username="wangli", display_name="王丽")
        ref = queries.list_people(session, actor=company.manager)[-1].ref
        staffing.issue_reset(session, actor=company.manager, ref=ref)
    with pytest.raises(IntegrityError), transaction() as session:
        session.execute(text(breach))
