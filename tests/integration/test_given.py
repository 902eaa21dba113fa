"""What a job was given: one thing that cannot be done is shown, tried again, and holds up none beside it."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.core.apart import Due, Left, several
from app.core.clock import FixedClock
from app.core.errors import Busy
from app.following import flows as following
from app.following import service as favourites
from app.following import watching
from app.following.models import Change
from app.gateways import sms
from app.gateways.sms import Fate
from app.homes import service as pricing
from app.homes.models import Home
from app.notices import addresses
from app.notices import flows as notices
from app.notices import service as messages
from app.notices.addresses import Address
from app.notices.models import Notice, NoticeAttempt
from app.notices.service import Recipient
from app.projects.models import Project
from app.redemptions import flows as redemptions
from app.redemptions import service as purchases
from app.redemptions.checking_models import CheckBatch
from app.redemptions.models import Redemption
from app.redemptions.service import steps
from app.search import documents
from app.search import flows as search
from app.search.postgres import PostgresEngine
from app.vouchers import batches, extension_batches, extensions, telling
from app.vouchers import extension_queries as longer
from app.vouchers import flows as vouchers
from app.vouchers.models import Voucher
from tests.factories.batches import approve_batch, make_roster, submit_batch
from tests.factories.checking import make_checked
from tests.factories.endings import SILENT
from tests.factories.redemptions import Buyer, Shop, make_buyer, make_home
from tests.factories.stuck import stuck, told, torn
from tests.factories.vouchers import make_desk

WAN = 1_000_000


@pytest.fixture
def buyers(session: Session, shop: Shop) -> list[Buyer]:
    return [make_buyer(session, shop.desk) for _ in range(2)]


@pytest.fixture
def engine(session: Session) -> PostgresEngine:
    return PostgresEngine(lambda: session)


@pytest.fixture
def homes(session: Session, shop: Shop) -> list[Home]:
    made = [make_home(session, shop) for _ in range(3)]
    session.commit()
    return made


def refused(job: Callable[[], None]) -> None:
    with pytest.raises(Left):
        job()


def jobs(session: Session, name: str) -> list[Any]:
    """Return what waits in the queue for a task."""
    wanted = text("SELECT args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id")
    return list(session.scalars(wanted, {"name": name}))


def test_a_home_that_cannot_be_read_is_shown_until_it_can_and_others_are_indexed(
    session: Session, engine: PostgresEngine, homes: list[Home]
) -> None:
    bad, ids = homes[1], [home.id for home in homes]
    session.execute(text("DELETE FROM procrastinate_jobs"))

    def index() -> None:
        search.index(session, own=engine, beside=None, home_ids=ids)

    with torn(documents, "build", lambda facts: facts.home_id == bad.id):
        refused(index)
        assert set(engine.stamps(ids)) == {homes[0].id, homes[2].id}
        assert jobs(session, "following.look") == [{"home_ids": [one.id]} for one in (homes[0], homes[2])]
        assert stuck(session) == [("search.index", bad.ref)]
        search.index(session, own=engine, beside=None, home_ids=ids[:1])  # another's job says nothing of it
        assert stuck(session) == [("search.index", bad.ref)]
        drift = search.verify(session, engine, lambda _done: None)
        assert (drift.homes, drift.left, drift.total) == (3, 1, 0)
    assert search.verify(session, engine, lambda _done: None).missing == 1
    assert stuck(session) == []
    index()


def test_a_home_whose_followers_cannot_be_found_keeps_its_change_for_the_next_try(
    session: Session, engine: PostgresEngine, shop: Shop, buyers: list[Buyer], homes: list[Home]
) -> None:
    bad, good = homes[:2]
    ids = [bad.id, good.id]
    search.index(session, own=engine, beside=None, home_ids=ids)
    following.look(session, engine=engine, home_ids=ids)
    for home in (bad, good):
        favourites.add_favourite(session, actor=buyers[0].actor, home_ref=home.ref)
        cheaper = {"kind": "voucher", "amount_fen": 45 * WAN, "reason": "调价"}
        pricing.set_price(session, actor=shop.developer, home_id=home.id, **cheaper)
    session.commit()
    search.index(session, own=engine, beside=None, home_ids=ids)

    def found() -> list[int]:
        return list(session.scalars(select(Change.home_id).order_by(Change.id)))

    with (
        torn(watching, "_row", lambda _owner, _search, one, _kind: one.home.home_id == bad.id),
        pytest.raises(Left),
    ):
        following.look(session, engine=engine, home_ids=ids)
    assert (found(), stuck(session)) == ([good.id], [("following.look", bad.ref)])
    following.look(session, engine=engine, home_ids=ids)
    assert (found(), stuck(session)) == ([good.id, bad.id], [])


def test_what_only_waits_for_a_lock_is_no_fault_and_is_tried_again(session: Session) -> None:
    def act(ids: Sequence[int]) -> None:
        if 2 in ids:
            raise Busy

    def named(_session: Session, ids: Sequence[int]) -> list[Due[int]]:
        return [Due(one, None, f"R-{one}") for one in ids]

    assert several(session, "t", [1, 2, 3], act, named=named) == [2]
    assert stuck(session) == []


class Choking:
    """An SMS gateway with a fault of its own for one message."""

    def __init__(self, bad: Notice) -> None:
        self.bad = f"notice-{bad.id}-sms"
        self.keys: list[str] = []

    def send(self, *, to: str, text: str, key: str) -> str:
        self.keys.append(key)
        if key == self.bad:
            raise KeyError("messageId")
        return key

    def fate(self, message_id: str) -> Fate:
        return Fate.UNKNOWN


class Book:
    """Reaches everybody by telephone."""

    def of_households(self, session: Session, household_ids: Sequence[int]) -> dict[int, Address]:
        return dict.fromkeys(household_ids, Address("13805560000", None))

    def of_user(self, session: Session, user_id: int) -> Address:
        return Address("13805560000", None)


@pytest.fixture
def doors() -> Any:
    kept = addresses.current(), sms.current()
    addresses.use(Book())
    yield
    addresses.use(kept[0])
    sms.use(kept[1])


@pytest.mark.usefixtures("doors")
def test_a_gateway_that_fails_at_one_message_gets_the_others_and_that_one_again_later(
    session: Session, buyers: list[Buyer]
) -> None:
    for buyer in buyers:
        to = Recipient(district_id=buyer.household.district_id, household_id=buyer.household.id)
        messages.tell(session, kind="lock_expired", to=to, event="t:1", home="3幢1101室")
    session.commit()
    bad, good = session.scalars(select(Notice).where(Notice.kind == "lock_expired").order_by(Notice.id))
    gateway = Choking(bad)
    sms.use(gateway)
    notices.deliver(session, notice_ids=[bad.id, good.id])
    session.expire_all()
    assert len(gateway.keys) == 2
    assert [(one.state, one.tries) for one in (bad, good)] == [("due", 1), ("sent", 1)]
    tried = session.scalars(select(NoticeAttempt).order_by(NoticeAttempt.id)).all()
    assert [(one.outcome, one.detail) for one in tried] == [("unreachable", "unforeseen"), ("taken", None)]


def test_households_of_a_batch_are_told_beside_one_that_cannot_be(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = make_desk(session)
    batch = submit_batch(session, desk=desk, project=make_roster(session, desk=desk, faces=(100, 200, 300)))
    approve_batch(session, checker=desk.checker, batch=batch)
    session.commit()
    monkeypatch.setattr(batches, "TOLD_AT_A_TIME", 2)
    first, second, third = session.scalars(
        select(Voucher).where(Voucher.batch_id == batch.id).order_by(Voucher.id)
    )
    with (
        torn(telling, "tell_issued", lambda _session, voucher: voucher.id == first.id),
        pytest.raises(Left),
    ):
        vouchers.issue_batch(session, batch_id=batch.id)
    assert (batch.state, batch.told) == ("issued", 0)
    assert told(session, "voucher_issued") == [second.household_id, third.household_id]
    assert stuck(session) == [("vouchers.issue_batch", first.ref)]
    vouchers.issue_batch(session, batch_id=batch.id)
    assert (batch.told, stuck(session)) == (3, [])
    assert told(session, "voucher_issued")[2:] == [first.household_id]


def test_terms_are_lengthened_beside_one_that_cannot_be(session: Session) -> None:
    desk = make_desk(session, policy=SILENT)
    buyers = [make_buyer(session, desk) for _ in range(2)]
    project = session.get_one(Project, buyers[0].household.project_id)
    buyers[1].household.project_id = project.id
    session.commit()
    seen = longer.preview(session, actor=desk.officer, project_id=project.id, months=2)
    batch = extension_batches.propose(
        session,
        actor=desk.officer,
        project_id=project.id,
        months=2,
        issued_ref=None,
        reason="推迟交付",
        evidence="第12次会议纪要",
        seen=seen.mark,
    )
    extension_batches.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.commit()
    bad, good = (one.vouchers[0] for one in buyers)
    ends = bad.expires_at
    with (
        torn(extensions, "note", lambda _session, _actor, row, _action: row.voucher_id == bad.id),
        pytest.raises(Left),
    ):
        vouchers.extend_batch(session, batch_id=batch.id)
    session.expire_all()
    assert (bad.expires_at == ends, good.expires_at == ends) == (True, False)
    assert (batch.state, stuck(session)) == ("approved", [("vouchers.extend_batch", bad.ref)])
    vouchers.extend_batch(session, batch_id=batch.id)
    session.expire_all()
    assert (bad.expires_at, batch.state, stuck(session)) == (good.expires_at, "done", [])


def test_cases_are_written_off_beside_one_that_cannot_be(
    session: Session, shop: Shop, clock: FixedClock
) -> None:
    bad, *good = make_checked(session, shop, clock, 3)
    checker = shop.desk.checker
    batch = purchases.make_batch(session, actor=checker)
    ref = purchases.open_sample(session, actor=checker, batch_ref=batch.ref)
    while ref is not None:
        ref = purchases.look(session, actor=checker, batch_ref=batch.ref, redemption_ref=ref)
    purchases.approve_batch(session, actor=checker, batch_ref=batch.ref)
    session.commit()
    with torn(steps, "demand_clear", is_of(bad)), pytest.raises(Left):
        redemptions.carry_out(session, batch_id=batch.id)
    assert states(session, batch, [bad, *good]) == ("approved", ["checked", "redeemed", "redeemed"])
    assert stuck(session) == [("redemptions.carry_out", bad.ref)]
    assert redemptions.carry_out(session, batch_id=batch.id) == 1
    assert states(session, batch, [bad, *good]) == ("done", ["redeemed"] * 3)
    assert stuck(session) == []


def is_of(redemption: Redemption) -> Callable[..., bool]:
    return lambda _session, one, *_more, **_named: one.id == redemption.id


def states(session: Session, batch: CheckBatch, several: list[Redemption]) -> tuple[str, list[str]]:
    session.expire_all()
    return batch.state, [one.state for one in several]
