"""A message on its way: jobs that run twice, gateways that fail, letters at the end."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from app import jobs
from app.core import clock as business_clock
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.core.errors import NotFound
from app.core.queue import enqueue
from app.gateways import mail, sms
from app.gateways.delivery import Unreachable
from app.gateways.outbox import OutboxMessage
from app.gateways.sms import Fate
from app.notices import addresses, queries, service
from app.notices.addresses import Address
from app.notices.models import Notice, NoticeAttempt
from app.notices.service import Recipient
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_household

Transaction = Callable[[], AbstractContextManager[Session]]


class Book:
    """Gives every household the same address."""

    def __init__(self, phone: str | None = None, mail_box: str | None = None) -> None:
        self.address = Address(phone, mail_box)

    def of_households(self, session: Session, household_ids: Collection[int]) -> dict[int, Address]:
        return dict.fromkeys(household_ids, self.address)

    def of_user(self, session: Session, user_id: int) -> Address:
        return self.address


class Gateway:
    """An SMS gateway that answers as told, and counts."""

    def __init__(self, answer: Exception | None = None, fate: Fate = Fate.UNKNOWN) -> None:
        self.answer, self.told = answer, fate
        self.keys: list[str] = []

    def send(self, *, to: str, text: str, key: str) -> str:
        self.keys.append(key)
        if self.answer:
            raise self.answer
        return key

    def fate(self, message_id: str) -> Fate:
        return self.told


@pytest.fixture(autouse=True)
def _gateways(committed_app: Flask) -> Iterator[None]:
    kept = addresses.current(), sms.current(), mail.current()
    addresses.use(Book("13805560000", "who@example.test"))
    yield
    addresses.use(kept[0])
    sms.use(kept[1])
    mail.use(kept[2])


@pytest.fixture
def officer(transaction: Transaction) -> Actor:
    with transaction() as session:
        return make_actor(session, role=Role.OFFICER, district=make_district(session))


@pytest.fixture
def household(transaction: Transaction, officer: Actor) -> Recipient:
    with transaction() as session:
        made = make_household(session, officer=officer)
        return Recipient(district_id=made.district_id, household_id=made.id)


def tell(
    transaction: Transaction, to: Recipient, kind: str = "lock_expired", event: str = "redemption.expire:1"
) -> None:
    data = {"home": "滨江壹品 3幢2单元1101室"}
    if kind == "lock_made":
        data |= {"price": 46_200_000, "deadline": business_clock.now()}
    with transaction() as session:
        service.tell(session, kind=kind, to=to, event=event, **data)


def state(transaction: Transaction) -> tuple[str, str | None]:
    with transaction() as session:
        notice = session.scalars(select(Notice)).one()
        return notice.state, notice.way


def record(transaction: Transaction) -> list[tuple[str, str]]:
    with transaction() as session:
        rows = session.scalars(select(NoticeAttempt).order_by(NoticeAttempt.id))
        return [(row.way, row.outcome) for row in rows]


def sent(transaction: Transaction) -> list[tuple[str, str]]:
    with transaction() as session:
        return [(row.way, row.address) for row in session.scalars(select(OutboxMessage))]


def run(app: Flask, transaction: Transaction, name: str = "notices.sweep") -> None:
    with transaction() as session:
        enqueue(session, name, timestamp=0)
    jobs.run_waiting(app)


def test_told_twice_is_one_message(transaction: Transaction, household: Recipient) -> None:
    tell(transaction, household)
    tell(transaction, household)
    tell(transaction, household, event="redemption.expire:2")
    with transaction() as session:
        assert len(session.scalars(select(Notice)).all()) == 2


def test_a_rolled_back_act_tells_nobody(transaction: Transaction, household: Recipient) -> None:
    with transaction() as session:
        service.tell(session, kind="lock_expired", to=household, event="x:1", home="甲")
        session.rollback()
    with transaction() as session:
        assert session.scalars(select(Notice)).all() == []


def test_an_sms_that_arrives_is_the_end(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    run(committed_app, transaction)
    assert state(transaction) == ("arrived", "sms")
    assert record(transaction) == [("sms", "taken"), ("sms", "arrived")]
    assert sent(transaction) == [("sms", "13805560000")]


def test_the_job_run_twice_sends_once(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    gateway = Gateway()
    sms.use(gateway)
    tell(transaction, household)
    with transaction() as session:
        notice_id = session.scalars(select(Notice.id)).one()
        for _ in range(3):
            enqueue(session, "notices.deliver", notice_ids=[notice_id])
    jobs.run_waiting(committed_app)
    assert len(gateway.keys) == 1


@pytest.mark.parametrize("box", ["full@example.test", None])
def test_what_must_be_seen_goes_from_a_wrong_number_over_a_full_box_to_a_letter(
    committed_app: Flask, transaction: Transaction, household: Recipient, officer: Actor, box: str | None
) -> None:
    addresses.use(Book("1990000", box))
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    assert state(transaction) == ("to_print", "print")
    assert record(transaction) == [("sms", "refused"), ("mail", "refused" if box else "no_address")]
    with transaction() as session:
        tried = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.deliver'"
        assert session.scalar(text(tried)) == 1, "ways that are due at once need no job of their own"
    with transaction() as session:
        (letter,) = queries.list_letters(session, actor=officer)
        assert service.mark_printed(session, actor=officer, refs=[letter.ref]) == 1
        assert service.mark_printed(session, actor=officer, refs=[letter.ref]) == 0
    assert state(transaction) == ("printed", "print")
    assert record(transaction)[-1] == ("print", "printed")


def test_a_number_that_the_gateway_took_and_lost_goes_on_to_mail(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    addresses.use(Book("19900001234", "who@example.test"))
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    run(committed_app, transaction)
    jobs.run_waiting(committed_app)
    assert state(transaction) == ("arrived", "mail")
    assert record(transaction) == [("sms", "taken"), ("sms", "lost"), ("mail", "arrived")]


@pytest.mark.parametrize(
    ("days", "read", "ends"), [(1, False, "arrived"), (2, False, "to_print"), (2, True, "arrived")]
)
def test_mail_that_must_be_seen_and_lies_unread_is_followed_by_a_letter(
    committed_app: Flask,
    transaction: Transaction,
    household: Recipient,
    clock: FixedClock,
    days: int,
    read: bool,
    ends: str,
) -> None:
    addresses.use(Book(None, "who@example.test"))
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    jobs.run_waiting(committed_app)
    assert state(transaction) == ("arrived", "mail")
    if read:
        with transaction() as session:
            session.execute(
                text("UPDATE notices SET read_at = now(), read_by_id = (SELECT min(id) FROM users)")
            )
    clock.advance(timedelta(days=days))
    run(committed_app, transaction)
    assert state(transaction)[0] == ends


def test_a_gateway_silent_for_a_day_counts_as_lost(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    sms.use(Gateway())
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    run(committed_app, transaction)
    assert state(transaction) == ("sent", "sms")
    with transaction() as session:
        session.execute(update(Notice).values(sent_at=business_clock.system_now() - timedelta(hours=25)))
    run(committed_app, transaction)
    jobs.run_waiting(committed_app)
    assert state(transaction) == ("arrived", "mail")


def test_a_gateway_that_is_down_is_tried_again_and_then_left(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    gateway = Gateway(Unreachable("503"))
    sms.use(gateway)
    tell(transaction, household)
    for _ in range(5):
        run(committed_app, transaction)
        with transaction() as session:
            session.execute(
                update(Notice).where(Notice.state == "due").values(due_at=business_clock.system_now())
            )
    run(committed_app, transaction)
    assert record(transaction) == [("sms", "unreachable")] * 5 + [("mail", "arrived")]
    assert len(set(gateway.keys)) == 1, "the same message under the same key, so that the gateway knows it"


def test_a_try_that_died_is_made_again_after_its_lease(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    tell(transaction, household)
    with transaction() as session:
        notice_id = session.scalars(select(Notice.id)).one()
        service.put_off(session, service.lock_due(session, notice_ids=[notice_id]))
    jobs.run_waiting(committed_app)
    assert state(transaction) == ("due", "sms")
    with transaction() as session:
        session.execute(update(Notice).values(due_at=business_clock.system_now()))
    run(committed_app, transaction)
    jobs.run_waiting(committed_app)
    assert sent(transaction) == [("sms", "13805560000")]


def test_many_messages_are_delivered_by_one_job(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    gateway = Gateway()
    sms.use(gateway)
    for number in range(23):
        tell(transaction, household, event=f"redemption.expire:{number}")
    jobs.run_waiting(committed_app)
    assert len(gateway.keys) == len(set(gateway.keys)) == 23
    assert record(transaction) == [("sms", "taken")] * 23
    with transaction() as session:
        done = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'notices.deliver'"
        assert session.scalar(text(done)) == 1


def test_messages_that_reach_nobody_go_on_whatever_the_gateway_does_with_the_others(
    committed_app: Flask, transaction: Transaction, household: Recipient, officer: Actor
) -> None:
    class Some(Book):
        def of_households(self, session: Session, household_ids: Collection[int]) -> dict[int, Address]:
            return {household.household_id: self.address} if household.household_id in household_ids else {}

    with transaction() as session:
        other = make_household(session, officer=officer)
        unreached = Recipient(district_id=other.district_id, household_id=other.id)
    addresses.use(Some("13805560000"))
    sms.use(Gateway(RuntimeError("broken")))
    for number in range(12):
        tell(transaction, household, event=f"redemption.expire:{number}")
        tell(transaction, unreached, event=f"redemption.expire:{number}")
    jobs.run_waiting(committed_app)
    with transaction() as session:
        stand = Counter(map(tuple, session.execute(select(Notice.household_id, Notice.state))))
    assert stand == {(unreached.household_id, "to_print"): 12, (household.household_id, "due"): 12}
    unknown, tried = {("sms", "no_address"): 12, ("mail", "no_address"): 12}, {("sms", "unreachable"): 12}
    assert Counter(record(transaction)) == unknown | tried


def test_a_household_whose_address_cannot_be_read_holds_up_no_other(
    committed_app: Flask, transaction: Transaction, household: Recipient, officer: Actor
) -> None:
    class Torn(Book):
        def of_households(self, session: Session, household_ids: Collection[int]) -> dict[int, Address]:
            if household.household_id in household_ids:
                raise ValueError("sealed under a key that is gone")
            return super().of_households(session, household_ids)

    with transaction() as session:
        other = make_household(session, officer=officer)
        fine = Recipient(district_id=other.district_id, household_id=other.id)
    addresses.use(Torn("13805560000"))
    sms.use(gateway := Gateway())
    for number, to in enumerate([household, fine, household, fine]):
        tell(transaction, to, event=f"redemption.expire:{number}")
    jobs.run_waiting(committed_app)
    assert len(gateway.keys) == 2
    with transaction() as session:
        waiting = session.execute(select(Notice.household_id, Notice.tries).where(Notice.state == "due"))
        assert waiting.all() == [(household.household_id, 1)] * 2
    for state in ("due", "to_print"):  # four tries later by telephone, and as many by mail
        with transaction() as session:
            again = {"tries": 4, "due_at": business_clock.system_now()}
            session.execute(update(Notice).where(Notice.state == "due").values(again))
            enqueue(session, "notices.deliver", notice_ids=list(session.scalars(select(Notice.id))))
        jobs.run_waiting(committed_app)
        with transaction() as session:
            mine = select(Notice.state).where(Notice.household_id == household.household_id)
            assert session.scalars(mine).all() == [state] * 2
    with transaction() as session:
        tries = select(NoticeAttempt.id).where(NoticeAttempt.detail == "unreadable")
        assert len(session.scalars(tries).all()) == 6


def test_what_was_sent_before_a_gateway_broke_is_noted_and_not_sent_again(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    class Broken(Gateway):
        def send(self, *, to: str, text: str, key: str) -> str:
            if len(self.keys) == 2:
                raise RuntimeError("broken")
            return super().send(to=to, text=text, key=key)

    gateway = Broken()
    sms.use(gateway)
    for number in range(4):
        tell(transaction, household, event=f"redemption.expire:{number}")
    jobs.run_waiting(committed_app)
    assert record(transaction) == [("sms", "taken")] * 2 + [("sms", "unreachable")] * 2
    sms.use(again := Gateway())
    with transaction() as session:
        session.execute(
            update(Notice).where(Notice.state == "due").values(due_at=business_clock.system_now())
        )
    run(committed_app, transaction)
    assert len(again.keys) == 2
    assert not set(again.keys) & set(gateway.keys)


def test_a_late_word_on_an_overtaken_try_changes_nothing(
    transaction: Transaction, household: Recipient
) -> None:
    tell(transaction, household)
    with transaction() as session:
        notice = session.scalars(select(Notice)).one()
        service.set_out(session, [notice], reached={notice.id: (service.Way.SMS,)}, most=1)
        for outcome in (service.Outcome.REFUSED, service.Outcome.TAKEN):
            service.note_outcomes(session, [service.Tried(notice.id, service.Way.SMS, 1, outcome)])
    assert state(transaction) == ("due", "mail")
    assert record(transaction) == [("sms", "refused")]


def test_what_need_not_be_seen_is_never_printed(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    addresses.use(Book())
    tell(transaction, household, kind="lock_made")
    jobs.run_waiting(committed_app)
    assert state(transaction) == ("failed", "mail")


def test_the_table_itself_refuses_to_lose_what_must_be_seen(
    transaction: Transaction, household: Recipient
) -> None:
    tell(transaction, household)
    with pytest.raises(IntegrityError, match="never_lost"), transaction() as session:
        session.execute(update(Notice).values(state="failed", due_at=None))


def test_the_record_is_never_rewritten(committed_app: Flask, transaction: Transaction, household: Recipient):
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    with pytest.raises(DBAPIError, match=r"never changed|permission denied"), transaction() as session:
        session.execute(update(NoticeAttempt).values(outcome="arrived"))


def test_letters_of_another_district_are_not_there(
    committed_app: Flask, transaction: Transaction, household: Recipient
) -> None:
    addresses.use(Book())
    tell(transaction, household)
    jobs.run_waiting(committed_app)
    with transaction() as session:
        stranger = make_actor(session, role=Role.OFFICER, district=make_district(session))
        ref = session.scalars(select(Notice.ref)).one()
        assert queries.list_letters(session, actor=stranger) == []
        assert service.mark_printed(session, actor=stranger, refs=[ref]) == 0
    assert state(transaction) == ("to_print", "print")


def test_reading_is_for_the_recipient_and_counts_once(
    transaction: Transaction, household: Recipient, officer: Actor
) -> None:
    tell(transaction, household)
    with transaction() as session:
        district = make_district(session)
        other = make_household(session, officer=make_actor(session, role=Role.OFFICER, district=district))
        stranger = make_actor(session, role=Role.HOUSEHOLD, district=district, household_id=other.id)
        reader = Actor(
            officer.user_id, Role.HOUSEHOLD, household.district_id, household_id=household.household_id
        )
        ref = session.scalars(select(Notice.ref)).one()
        assert queries.count_unread(session, actor=stranger) == 0
        for nobody in (stranger, officer):
            with pytest.raises(NotFound):
                service.mark_read(session, actor=nobody, ref=ref)
        assert queries.count_unread(session, actor=reader) == 1
        first = service.mark_read(session, actor=reader, ref=ref).read_at
        assert service.mark_read(session, actor=reader, ref=ref).read_at == first
        assert queries.count_unread(session, actor=reader) == 0
