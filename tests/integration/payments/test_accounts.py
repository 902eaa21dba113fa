"""A supervised account stands behind two people, and a change of it alters nothing that was said before."""

from dataclasses import replace

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.core.actor import Duty, Role
from app.core.errors import Conflict, DomainError, Forbidden, NotFound
from app.demo.databases import Addresses
from app.identity.models import Organisation
from app.notices.models import Notice
from app.payments import account_queries, accounts
from app.redemptions.top_up_queries import find_top_up
from tests.factories.accounts import make_account, typed
from tests.factories.homes import make_developer, make_development
from tests.factories.identity import make_actor
from tests.factories.payments import pay_in
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption
from tests.factories.vouchers import make_desk


def ref_of(shop: Shop) -> str:
    return shop.building.development.ref


def test_nobody_is_told_an_account_before_a_second_person_typed_it_again(
    session: Session, shop: Shop
) -> None:
    development = shop.building.development
    entered = accounts.propose(
        session, actor=shop.developer, development_ref=development.ref, typed=typed("34001234 56789012")
    )
    session.commit()
    assert account_queries.find_current(session, development_id=development.id) is None
    about = {"development_ref": development.ref, "account_ref": entered.ref}
    with pytest.raises(DomainError, match="account_number_differs"):
        accounts.confirm(session, actor=shop.desk.checker, **about, number="3400123456789021")
    session.rollback()
    for other in (shop.developer, shop.desk.officer):
        with pytest.raises(Forbidden):
            accounts.confirm(session, actor=other, **about, number=entered.number)
    accounts.confirm(session, actor=shop.desk.checker, **about, number="3400 1234 5678 9012")
    session.commit()
    assert account_queries.find_current(session, development_id=development.id) is entered
    with pytest.raises(Conflict, match="account_decided"):
        accounts.refuse(session, actor=shop.desk.checker, **about, reason="错了")


def test_whoever_entered_it_does_not_confirm_it(session: Session, shop: Shop) -> None:
    entered = accounts.propose(session, actor=shop.desk.officer, development_ref=ref_of(shop), typed=typed())
    session.commit()
    both = replace(shop.desk.checker, user_id=shop.desk.officer.user_id)
    with pytest.raises(Forbidden, match="approval_same_person"):
        accounts.confirm(
            session,
            actor=both,
            development_ref=ref_of(shop),
            account_ref=entered.ref,
            number=entered.number,
        )
    with pytest.raises(IntegrityError, match="second_person"), session.begin_nested():
        session.execute(
            text(
                "UPDATE supervised_accounts SET state = 'current', decided_at = now(), "
                "decided_by_id = entered_by_id"
            )
        )


def test_only_a_manager_or_an_officer_of_the_place_enters_one(session: Session, shop: Shop) -> None:
    sales = replace(shop.developer, duty=Duty.SALES)
    household = make_actor(session, role=Role.REGULATOR, district=shop.desk.district)
    for actor in (sales, shop.desk.checker, household):
        with pytest.raises(Forbidden):
            accounts.propose(session, actor=actor, development_ref=ref_of(shop), typed=typed())
    for actor in (make_developer(session), make_desk(session).officer):
        with pytest.raises(NotFound):
            accounts.propose(session, actor=actor, development_ref=ref_of(shop), typed=typed())


def test_one_waits_at_a_time_and_is_neither_the_same_nor_anothers(session: Session, shop: Shop) -> None:
    development = shop.building.development
    now = make_account(session, manager=shop.developer, checker=shop.desk.checker, development=development)
    same = typed(now.number)
    with pytest.raises(DomainError, match="account_same"):
        accounts.propose(session, actor=shop.developer, development_ref=development.ref, typed=same)
    session.rollback()
    rival = make_developer(session)
    elsewhere = make_development(session, developer=rival, district=shop.desk.district)
    session.commit()
    with pytest.raises(DomainError, match="account_of_another"):
        accounts.propose(session, actor=rival, development_ref=elsewhere.ref, typed=same)
    session.rollback()
    accounts.propose(session, actor=shop.developer, development_ref=development.ref, typed=typed())
    session.commit()
    with pytest.raises(Conflict, match="account_waits"):
        accounts.propose(session, actor=shop.desk.officer, development_ref=development.ref, typed=typed())
    with pytest.raises(IntegrityError, match="uq_supervised_accounts_current"), session.begin_nested():
        session.execute(text("UPDATE supervised_accounts SET state = 'current', decided_at = now()"))


def test_a_change_is_told_and_what_was_told_before_stays(session: Session, shop: Shop) -> None:
    development = shop.building.development
    parties = {"manager": shop.developer, "checker": shop.desk.checker, "development": development}
    first = make_account(session, **parties)
    redemption = make_redemption(
        session, make_buyer(session, shop.desk, faces=(30_000_000,)), make_home(session, shop)
    )
    standing = find_top_up(session, redemption)
    assert standing is not None
    assert (standing.account, standing.told) == (first, None)
    second = make_account(session, **parties)
    standing = find_top_up(session, redemption)
    assert standing is not None
    assert (standing.account, standing.told) == (second, first)
    assert account_queries.get_told(session, development_id=development.id, ref=first.ref) is first
    pay_in(session, shop.desk.officer, redemption)
    standing = find_top_up(session, redemption)
    assert standing is not None
    assert standing.missing_fen == 0
    history = account_queries.list_history(session, development_id=development.id)
    assert [(one.account.state, one.decided_by is not None) for one in history] == [
        ("current", True),
        ("replaced", True),
    ]


def test_no_account_that_waits_or_was_refused_is_ever_told(session: Session, shop: Shop) -> None:
    development = shop.building.development
    entered = accounts.propose(session, actor=shop.developer, development_ref=development.ref, typed=typed())
    session.commit()
    with pytest.raises(NotFound):
        account_queries.get_told(session, development_id=development.id, ref=entered.ref)
    about = {"development_ref": development.ref, "account_ref": entered.ref}
    with pytest.raises(DomainError, match="reason_missing"):
        accounts.refuse(session, actor=shop.desk.checker, **about, reason=" ")
    session.rollback()
    accounts.refuse(session, actor=shop.desk.checker, **about, reason="和协议不一致")
    session.commit()
    with pytest.raises(NotFound):
        account_queries.get_told(session, development_id=development.id, ref=entered.ref)


@pytest.mark.parametrize("column", ["number", "bank", "holder_name"])
def test_the_app_cannot_change_what_an_account_says(database: Addresses, column: str) -> None:
    with (
        psycopg.connect(database.app, autocommit=True) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(f"UPDATE supervised_accounts SET {column} = '12345678'")


def test_everybody_who_deals_with_the_money_hears_of_each_step(session: Session, shop: Shop) -> None:
    company = session.get_one(Organisation, shop.developer.organisation)
    finance, seller = (
        make_actor(session, role=Role.DEVELOPER, organisation=company, duty=duty)
        for duty in (Duty.FINANCE, Duty.SALES)
    )
    rival = make_developer(session)
    about = {"development_ref": ref_of(shop)}
    number = "3400123456789012"
    for decided in (False, True):
        entered = accounts.propose(session, actor=shop.desk.officer, **about, typed=typed(number))
        session.commit()
        known = {**about, "account_ref": entered.ref, "actor": shop.desk.checker}
        if decided:
            accounts.confirm(session, **known, number=number)
        else:
            accounts.refuse(session, **known, reason="和协议不一致")
        session.commit()
    told = told_of_accounts(session)
    steps = ["entered", "refused", "entered", "confirmed"]
    assert told[shop.developer.user_id] == told[finance.user_id] == [f"payee_account_{one}" for one in steps]
    assert {seller.user_id, rival.user_id}.isdisjoint(told)
    for text_ in session.scalars(select(Notice.text).where(Notice.kind.startswith("payee_account"))):
        assert "9012" in text_
        assert number not in text_
        assert "征收办窗口" in text_


def test_who_has_money_to_pay_hears_of_another_account(session: Session, shop: Shop) -> None:
    parties = {"manager": shop.developer, "checker": shop.desk.checker}
    here = {**parties, "development": shop.building.development}
    make_account(session, **here)
    owing, paid, covered = (
        make_redemption(session, make_buyer(session, shop.desk, faces=(face_fen,)), make_home(session, shop))
        for face_fen in (30_000_000, 30_000_000, 200_000_000)
    )
    pay_in(session, shop.desk.officer, paid)
    assert covered.top_up_fen == 0
    about = select(Notice).where(Notice.kind == "top_up_account_changed")
    assert session.scalars(about).all() == [], "there was no other account before"
    now = make_account(session, **here)
    (told,) = session.scalars(about)
    assert (told.household_id, told.about_ref) == (owing.household_id, owing.ref)
    assert f"尾号是 {now.number[-4:]}" in told.text
    elsewhere = make_development(session, developer=shop.developer, district=shop.desk.district)
    for _again in range(2):
        make_account(session, **parties, development=elsewhere)
    assert len(session.scalars(about).all()) == 1, "whose home is elsewhere pays into another account"


def told_of_accounts(session: Session) -> dict[int | None, list[str]]:
    """Return, by person, what kinds of messages they were sent of accounts, the oldest first."""
    told: dict[int | None, list[str]] = {}
    for one in session.scalars(select(Notice).order_by(Notice.id)):
        if one.kind.startswith("payee_account"):
            told.setdefault(one.user_id, []).append(one.kind)
    return told
