"""What happened in the demo happened by day, the desks' part of it on working days."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.cases.models import SignalMove
from app.core import clock as business_clock
from app.core.actor import Role
from app.core.clock import FixedClock
from app.demo import calendar, district, known, story
from app.extensions import db
from app.gateways.outbox import OutboxMessage
from app.homes.models import PriceVersion
from app.policies.models import PolicyVersion
from app.projects import persons, rules
from app.projects.models import HouseholdPerson
from app.redemptions.models import RedemptionMove
from app.vouchers import claims
from tests.database import Cluster
from tests.e2e.demo import filled_district, open_copy

DESKS = {Role.OFFICER, Role.CHECKER, Role.REGULATOR}


@pytest.fixture
def filled(cluster: Cluster, clock: FixedClock) -> Iterator[Session]:
    filled = filled_district(cluster)
    with open_copy(cluster, filled) as app, app.app_context():
        clock.moment = filled.ends_at
        business_clock.use(clock)
        with Session(db.engine, expire_on_commit=False) as session:
            yield session


def test_nobody_acts_at_night_and_no_desk_on_a_holiday(filled: Session) -> None:
    assert business_clock.now() == story.THE_END
    acts: list[tuple[datetime, str | None]] = [
        (at, role) for at, role in filled.execute(select(RedemptionMove.at, RedemptionMove.role))
    ]
    acts += [(one.at, Role.REGULATOR) for one in filled.scalars(select(SignalMove)) if one.user_id]
    acts += [(at, None) for at in filled.scalars(select(PriceVersion.effective_from))]
    for asked in filled.scalars(select(ApprovalRequest)):
        acts.append((asked.requested_at, Role.OFFICER))
        if asked.decided_at:
            acts.append((asked.decided_at, Role.CHECKER))
    assert len({at for at, _ in acts}) > 100
    for at, role in acts:
        local = at.astimezone(business_clock.LEGAL_ZONE)
        assert calendar.OPENS <= local.time() <= calendar.CLOSES, local
        assert role not in DESKS or business_clock.is_working_day(local.date()), local
    (policy,) = filled.scalars(select(PolicyVersion))
    assert district.DISTRICT_NAME in policy.body["title"]


def test_every_id_number_of_the_demo_holds_and_one_family_waits_to_claim_its_account(filled: Session) -> None:
    people = filled.scalars(select(HouseholdPerson)).all()
    numbers = [persons.number_of(person) for person in people]
    assert len(set(numbers)) == len(numbers) > 60
    assert all(rules.is_id_number(number) for number in numbers)
    played = {(one.name, one.id_number) for household in known.list_known() for one in household.members}
    assert played <= {(person.name, persons.number_of(person)) for person in people}
    assert not {one.id_number for one in known.list_strangers()} & set(numbers)
    assert {persons.phone_of(person) is None for person in people if person.relation == "holder"} == {
        True,
        False,
    }
    sheet = filled.scalars(select(OutboxMessage).where(OutboxMessage.way == "print")).one()
    found = re.search(r"(FP-\S+?)，领取码：(\S+?)。.*最后六位是 (\S+?)。", sheet.text)
    assert found
    claims.prove(filled, voucher_ref=found[1], code=found[2], last_six=found[3])
