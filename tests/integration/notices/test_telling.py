"""Who is told what at each step of a purchase, of a voucher and of a signal; and reminders, once each."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.clock import FixedClock
from app.homes import service as homes
from app.homes.models import Home
from app.homes.queries import current_prices
from app.identity.models import Organisation
from app.identity.service import change_password
from app.notices.models import Notice
from app.notices.queries import count_unread, list_letters
from app.projects.persons import change_contact
from app.redemptions import service, telling
from app.redemptions.models import Redemption
from app.vouchers import reminders as voucher_reminders
from tests.factories import redemptions as make
from tests.factories.identity import PASSWORD, make_organisation
from tests.factories.projects import make_person
from tests.factories.redemptions import Buyer, Shop


@pytest.fixture
def shop(session: Session) -> Shop:
    return make.make_shop(session)


@pytest.fixture
def buyer(session: Session, shop: Shop) -> Buyer:
    return make.make_buyer(session, shop.desk)


@pytest.fixture
def locked(session: Session, shop: Shop, buyer: Buyer) -> Redemption:
    return make.make_redemption(session, buyer, make.make_home(session, shop))


def told(session: Session, since: int = 0) -> list[tuple[str, str]]:
    """Return (recipient, kind) of every message after the first ones, sorted."""
    names = {one.id: one.kind for one in session.scalars(select(Organisation))}
    rows = session.scalars(select(Notice).where(Notice.id > since))
    return sorted(
        ("household" if row.household_id else names.get(row.organisation_id or 0, "person"), row.kind)
        for row in rows
    )


def last(session: Session) -> int:
    return max(session.scalars(select(Notice.id)), default=0)


def text_of(session: Session, kind: str) -> str:
    return session.scalars(select(Notice.text).where(Notice.kind == kind).order_by(Notice.id.desc())).first()


def test_a_voucher_issued_is_told(session: Session, buyer: Buyer) -> None:
    assert told(session) == [("household", "voucher_issued")]
    assert buyer.vouchers[0].ref in text_of(session, "voucher_issued")
    assert "1,305,500 元" in text_of(session, "voucher_issued")


def test_a_lock_and_its_cancelling_are_told_to_both_sides(
    session: Session, buyer: Buyer, locked: Redemption
) -> None:
    assert set(told(session)) >= {("household", "lock_made"), ("developer", "developer_lock_made")}
    # Locked on 1 June with a hold of 15 days.
    assert "2016年6月16日（星期四）24:00" in text_of(session, "lock_made")
    before = last(session)
    service.cancel(session, actor=buyer.actor, redemption_ref=locked.ref)
    assert told(session, before) == [
        ("developer", "developer_lock_cancelled"),
        ("household", "lock_cancelled"),
    ]


def test_a_contract_is_told_to_household_and_authority(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    before = last(session)
    make.contract(session, shop, locked, number="网签-甲")
    desks = len(
        session.scalars(
            select(Organisation).where(
                Organisation.kind == "authority", Organisation.district_id == locked.district_id
            )
        ).all()
    )
    assert told(session, before) == [
        *[("authority", "contract_waits")] * desks,
        ("household", "contract_entered"),
    ]
    assert "网签-甲" in text_of(session, "contract_entered")


def test_the_end_is_told(session: Session, shop: Shop, locked: Redemption) -> None:
    make.redeem(session, shop, locked)
    assert set(told(session)) >= {("household", "purchase_done"), ("developer", "developer_purchase_done")}


def test_a_refusal_is_told_with_its_reason_cut_to_what_a_message_holds(
    session: Session, shop: Shop, locked: Redemption
) -> None:
    make.contract(session, shop, locked)
    service.refuse(
        session, actor=shop.desk.officer, redemption_ref=locked.ref, reason="合同面积写错。" + "长" * 400
    )
    told_reason = text_of(session, "purchase_refused")
    assert "合同面积写错。" in told_reason
    assert len(told_reason) < 300


def test_a_hold_that_ran_out_is_told_once(session: Session, locked: Redemption, clock: FixedClock) -> None:
    clock.moment = locked.deadline_at
    session.commit()
    before = last(session)
    service.expire_overdue(session)
    session.commit()
    service.expire_overdue(session)
    assert told(session, before) == [("developer", "developer_lock_expired"), ("household", "lock_expired")]


@pytest.mark.parametrize(
    ("left", "count"),
    [(timedelta(days=3, seconds=1), 0), (timedelta(days=3), 1), (timedelta(hours=1), 1), (timedelta(), 0)],
)
def test_a_lock_that_ends_soon_is_told_once_a_day_edge(
    session: Session, locked: Redemption, clock: FixedClock, left: timedelta, count: int
) -> None:
    clock.moment = locked.deadline_at - left
    before = last(session)
    for _ in range(2):
        telling.remind(session)
    assert told(session, before).count(("household", "lock_ends_soon")) == count
    assert told(session, before).count(("developer", "developer_lock_ends_soon")) == count


def test_a_lock_is_told_three_days_and_one_day_before(
    session: Session, locked: Redemption, clock: FixedClock
) -> None:
    before = last(session)
    for hours in range(80, 0, -1):
        clock.moment = locked.deadline_at - timedelta(hours=hours)
        telling.remind(session)
    assert told(session, before).count(("household", "lock_ends_soon")) == 2


def test_a_contract_stops_the_reminders(
    session: Session, shop: Shop, locked: Redemption, clock: FixedClock
) -> None:
    make.contract(session, shop, locked)
    clock.moment = locked.deadline_at - timedelta(hours=5)
    before = last(session)
    telling.remind(session)
    assert told(session, before) == []


def test_a_voucher_is_told_90_30_and_7_days_before_and_at_the_edges_of_its_bonus(
    session: Session, shop: Shop, buyer: Buyer, clock: FixedClock
) -> None:
    voucher = buyer.vouchers[0]
    assert voucher.expires_at
    before = last(session)
    for days in range(548, -2, -3):
        clock.moment = voucher.expires_at - timedelta(days=days, hours=5)
        voucher_reminders.remind(session)
        voucher_reminders.remind(session)
    expected = [("household", "bonus_falls_soon")] * 6 + [("household", "voucher_expires_soon")] * 3
    assert sorted(told(session, before)) == expected
    texts = session.scalars(select(Notice.text).where(Notice.kind == "bonus_falls_soon").order_by(Notice.id))
    first = next(texts)
    assert "奖励 20% 到2016年9月1日（星期四）24:00 为止，以后是 16%" in first


def test_a_signal_is_told_to_regulators_and_developer(session: Session, shop: Shop, buyer: Buyer) -> None:
    regulator = make_organisation(session, kind="regulator", district=shop.desk.district)
    home = make.make_home(session, shop)
    session.commit()
    before = last(session)
    _lower_cash_price(session, shop, home)
    assert told(session, before) == [("developer", "developer_signal_opened"), ("regulator", "signal_opened")]
    assert session.scalars(select(Notice).where(Notice.organisation_id == regulator.id)).one().about_ref


def _lower_cash_price(session: Session, shop: Shop, home: Home) -> None:
    voucher = current_prices(session, [home.id])[home.id].voucher
    assert voucher
    homes.set_price(
        session,
        actor=shop.developer,
        home_id=home.id,
        kind="cash",
        amount_fen=voucher.amount_fen - 100_00,
        reason="周末特价",
    )


def test_a_changed_number_is_told_on_paper_and_not_to_the_new_number(
    session: Session, shop: Shop, buyer: Buyer
) -> None:
    officer = shop.desk.officer
    person = make_person(session, officer=officer, household=buyer.household, phone="13805560000")
    before = last(session)
    change_contact(session, actor=officer, person_ref=person.ref, phone="13905561111", mail=None)
    assert told(session, before) == [("household", "contact_changed")]
    (letter,) = list_letters(session, actor=officer)
    assert (letter.kind, letter.way, letter.must_see) == ("contact_changed", "print", True)


def test_a_changed_password_is_told_to_the_person_alone(session: Session, shop: Shop, buyer: Buyer) -> None:
    before = last(session)
    change_password(
        session,
        actor=buyer.actor,
        kept=0,
        password=PASSWORD,
        new_password="a-quite-different-one",
    )
    assert told(session, before) == [("person", "password_changed")]
    assert count_unread(session, actor=shop.developer) == 0
    assert session.scalars(select(Notice.user_id).where(Notice.id > before)).one() == buyer.actor.user_id
