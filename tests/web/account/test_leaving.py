"""Removing people: at once, with what waits in their name, and never the last who manages."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.actor import Actor, Duty, Role
from app.core.errors import DomainError
from app.core.locks import LockPolicy
from app.identity import staffing, tokens
from app.identity.models import Membership, Organisation
from tests.concurrency.race import NoLocks
from tests.factories.identity import make_actor, make_district
from tests.web.account.people import (
    Company,
    Enter,
    Transaction,
    accept,
    actions,
    browser,
    invite,
    issue_reset,
    place_of,
    ref_of,
    sign_in,
    use_reset,
    username_of,
)
from tests.web.sending import send, text_of, token_of


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
    for _ in range(30_000):
        with begin() as session:
            if session.scalars(waiting).one():
                return
        time.sleep(0.01)
    raise TimeoutError("nobody waits for a lock")
