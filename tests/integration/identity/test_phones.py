"""Codes sent to telephones: good once, for one thing, for five minutes; silent about who is known."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app import jobs
from app.core import clock
from app.core.actor import Actor, Role
from app.extensions import db
from app.gateways import sms
from app.gateways.outbox import OutboxMessage
from app.identity import flows, phones
from app.identity.credentials import PhoneCode
from app.identity.errors import WrongPhoneCode
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_household

Transaction = Callable[[], AbstractContextManager[Session]]
PHONE = "13805560000"


@pytest.fixture
def holder(transaction: Transaction) -> Actor:
    with transaction() as session:
        district = make_district(session)
        household = make_household(session, officer=make_actor(session, role=Role.OFFICER, district=district))
        actor = make_actor(session, role=Role.HOUSEHOLD, district=district, household_id=household.id)
        phones.keep_phone(session, actor=actor, user_id=actor.user_id or 0, phone=PHONE)
        return actor


def ask(transaction: Transaction, phone: str = PHONE) -> phones.Asked:
    with transaction() as session:
        return phones.ask_to_sign_in(session, phone=phone)


def received(app: Flask, transaction: Transaction) -> list[str]:
    """Return the codes that arrived, oldest first."""
    jobs.run_waiting(app)
    with transaction() as session:
        texts = [one.text for one in session.scalars(select(OutboxMessage).order_by(OutboxMessage.id))]
    return [one.split("验证码是 ")[1][:6] for one in texts]


def use(
    transaction: Transaction, token: str, code: str, purpose: str = "sign_in", subject: str = ""
) -> int | None:
    with transaction() as session:
        return phones.use(session, token=token, purpose=purpose, subject=subject, code=code)[1]


def test_a_code_signs_in_once(committed_app: Flask, transaction: Transaction, holder: Actor) -> None:
    asked = ask(transaction)
    (code,) = received(committed_app, transaction)
    assert use(transaction, asked.token, code) == holder.user_id
    with pytest.raises(WrongPhoneCode):
        use(transaction, asked.token, code)


def test_an_unknown_number_leaves_the_same_traces_and_gets_no_message(
    committed_app: Flask, transaction: Transaction, holder: Actor
) -> None:
    ask(transaction)
    ask(transaction, "13905561111")
    assert len(received(committed_app, transaction)) == 1
    with transaction() as session:
        assert len(session.scalars(select(PhoneCode)).all()) == 2
        names = session.execute(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'identity.send_code'")
        )
        assert names.scalar() == 2


def test_staff_do_not_sign_in_by_telephone(committed_app: Flask, transaction: Transaction) -> None:
    with transaction() as session:
        officer = make_actor(session, role=Role.OFFICER, district=make_district(session))
        phones.keep_phone(session, actor=officer, user_id=officer.user_id or 0, phone=PHONE)
    ask(transaction)
    assert received(committed_app, transaction) == []


@pytest.mark.parametrize(
    "closing", ["UPDATE users SET active = false", "UPDATE memberships SET ended_at = now()"]
)
def test_a_closed_account_gets_no_code(
    committed_app: Flask, transaction: Transaction, holder: Actor, closing: str
) -> None:
    with transaction() as session:
        session.execute(text(closing))
    ask(transaction)
    assert received(committed_app, transaction) == []


def test_a_code_is_good_for_five_minutes(
    committed_app: Flask, transaction: Transaction, holder: Actor
) -> None:
    asked = ask(transaction)
    (code,) = received(committed_app, transaction)
    with transaction() as session:
        session.execute(update(PhoneCode).values(ends_at=clock.system_now()))
    with pytest.raises(WrongPhoneCode):
        use(transaction, asked.token, code)


def test_a_code_is_good_for_its_own_browser_purpose_and_subject(
    committed_app: Flask, transaction: Transaction, holder: Actor
) -> None:
    first, second = ask(transaction), ask(transaction)
    code, _ = received(committed_app, transaction)
    for token, purpose, subject in (
        (second.token, "sign_in", ""),
        (first.token, "claim", ""),
        (first.token, "sign_in", "7"),
        ("", "sign_in", ""),
    ):
        with pytest.raises(WrongPhoneCode):
            use(transaction, token, code, purpose, subject)
    assert use(transaction, first.token, code) == holder.user_id


def test_neither_number_nor_code_is_stored_readably(
    committed_app: Flask, transaction: Transaction, holder: Actor
) -> None:
    ask(transaction)
    (code,) = received(committed_app, transaction)
    with transaction() as session:
        for table in ("phone_codes", "user_phones", "procrastinate_jobs", "audit_rows", "rate_counters"):
            for row in session.execute(text(f"SELECT t::text FROM {table} t")):
                assert PHONE not in row[0], table
                assert f'"{code}"' not in row[0], table


def test_a_job_that_comes_late_or_twice_sends_nothing_more(
    committed_app: Flask, transaction: Transaction, holder: Actor
) -> None:
    asked = ask(transaction)
    (code,) = received(committed_app, transaction)
    use(transaction, asked.token, code)
    with transaction() as session:
        flows.send_code(session, code_id=asked.code_id)
    assert len(received(committed_app, transaction)) == 1


def test_old_codes_are_forgotten(transaction: Transaction, holder: Actor) -> None:
    ask(transaction)
    with transaction() as session:
        phones.forget_old_codes(session)
        assert len(session.scalars(select(PhoneCode)).all()) == 1
        session.execute(text("UPDATE phone_codes SET made_at = made_at - interval '25 hours'"))
        phones.forget_old_codes(session)
        assert session.scalars(select(PhoneCode)).all() == []


def test_no_transaction_is_open_while_the_gateway_is_called(
    committed_app: Flask, transaction: Transaction, holder: Actor
) -> None:
    asked = ask(transaction)
    with committed_app.app_context():
        session = db.session()
        open_then: list[bool] = []

        class Watching:
            def send(self, *, to: str, text: str, key: str) -> str:  # the protocol's
                open_then.append(session.in_transaction())
                return key

            def fate(self, message_id: str) -> sms.Fate:  # the protocol's
                return sms.Fate.UNKNOWN

        usual = sms.current()
        sms.use(Watching())
        try:
            flows.send_code(session, code_id=asked.code_id)
        finally:
            sms.use(usual)
    assert open_then == [False]
