"""The reference district as it is written: published totals, planted breaches alone, proofs that hold."""

from collections import Counter
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.approvals.models import ApprovalRequest
from app.cases.models import Signal
from app.core import audit, clock
from app.demo import calendar, district, households, neighbour, spaces
from app.demo.monitoring import run_monitor
from app.demo.reference import earlier, figures, market, planted, roster, score
from app.demo.stock import PLACES
from app.extensions import db
from app.homes.models import Development, Home
from app.identity.models import District
from app.ledger import queries as ledger
from app.monitor.models import MonitorRun
from app.projects.models import Agreement, Election, Household, Project
from app.redemptions import queries as redemptions
from app.redemptions.models import Redemption
from app.vouchers.models import Voucher, VoucherBatch


@pytest.fixture
def filled(committed_app: Flask) -> Iterator[Session]:
    with committed_app.app_context():
        with (
            db.engine.begin() as connection,
            Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session,
        ):
            district.fill(session, say=lambda step: None)
            session.commit()
        run_monitor()
        with db.engine.connect() as connection:
            # Proofs and scores are worked out for longer than a page may leave a transaction idle.
            connection.execute(text("SET idle_in_transaction_session_timeout = 0"))
            connection.commit()
            with Session(connection) as session:
                yield session
            connection.invalidate()


def test_the_district_is_as_published_and_in_the_middle_of_its_round(filled: Session) -> None:
    _check_rosters(filled)
    _check_stock(filled)
    _check_signals(filled)
    _check_score(filled)
    _check_desks(filled)
    assert ledger.verify(filled) == []
    assert redemptions.verify(filled) == []
    assert audit.verify(filled)[1] == []


def _check_rosters(session: Session) -> None:
    """Every household is on its roster; who has signed by now signed the planned sum."""
    here = select(District.id).where(District.code == district.DISTRICT_CODE).scalar_subquery()
    rows = session.execute(
        select(Project.name, func.count(), func.sum(Household.old_area_m2))
        .join(Household, Household.project_id == Project.id)
        .where(Project.district_id == here)
        .group_by(Project.name)
    )
    found = {name: (count, area) for name, count, area in rows}
    assert found.pop(earlier.PROJECT)[0] == figures.OUT_OF_REACH_BEFORE
    assert found == {one.name: (one.households, one.old_area_m2) for one in figures.PROJECTS}
    cash = select(func.count()).where(Household.elects == Election.CASH, Household.district_id == here)
    assert session.scalar(cash) == figures.CASH_HOUSEHOLDS + figures.OUT_OF_REACH_BEFORE
    drawn = households.draw(holder_sums=(61_500_000,))
    seats = roster.plan([roster.Known(one.project, one.old_area_m2, sum(one.sums_fen)) for one in drawn])
    due = sum(seat.compensation_fen for seat in seats if seat.signed_on <= market.LAST_DAY)
    due += sum(sum(one.sums_fen) for one in drawn)
    signed = select(func.sum(Agreement.compensation_fen)).join(Agreement.household).join(Household.project)
    signed = signed.where(Project.name != earlier.PROJECT, Project.district_id == here)
    assert session.scalar(signed) == due
    issued = session.scalar(select(func.count()).where(Voucher.state == "issued")) or 0
    assert 300 < issued < figures.VOUCHERS / 2


def _check_stock(session: Session) -> None:
    every = session.execute(select(Home.kind, Home.status, func.count()).group_by(Home.kind, Home.status))
    homes, beside = dict[str, int](), Counter[str]()
    for kind, status, count in every:
        if kind == "home":
            homes[status] = count
        else:
            beside[status] += count
    assert beside == {"free": spaces.PARKING + spaces.STORAGE - 1, "sold": 1}
    # One of the story's homes has a second address, which is a doubt of its own.
    assert sum(homes.values()) == 8_001 + neighbour.STOREYS * 2
    assert session.scalar(select(func.count()).select_from(Development)) == 40 + 1
    assert homes["sold"] > market.SOLD_FOR_CASH
    states = set(session.scalars(select(Redemption.state).distinct()))
    assert {"locked", "contracted", "checked", "redeemed", "cancelled", "refused"} <= states
    mean = session.scalar(select(func.avg(Redemption.price_fen))) or Decimal(0)
    assert 40_000_000 < mean < 65_000_000


def _check_signals(session: Session) -> None:
    """What opened a signal is what was planted, and what the story tells."""
    rows = session.execute(
        select(Development.name, Signal.kind)
        .join(Home, Home.id == Signal.home_id)
        .join(Development, Development.id == Home.development_id)
    )
    found = Counter((name, kind) for name, kind in rows if name not in {place.name for place in PLACES})
    expected = Counter({(name, "voucher_above_cash"): 1 for name, _ in planted.LOWERED_CASH})
    expected += Counter({(name, "contract_below_cash"): 1 for name, _ in planted.CHEAP_CONTRACTS})
    expected[(planted.HIDDEN_PROMOTION[0], "voucher_above_net")] = 10
    assert found == expected


def _check_score(session: Session) -> None:
    """The monitor finds what is planted, says nothing of the rest, and hides no kind without a test."""
    district_id = session.scalars(select(District.id).where(District.code == district.DISTRICT_CODE)).one()
    scores = {one.kind: one for one in score.score(session, district_id=district_id)}
    assert {kind: (one.missed, one.false) for kind, one in scores.items() if not one.holds} == {}
    assert scores["developer_above_area"].found == (planted.DEAR_DEVELOPER[0],)
    assert set(scores["development_above_area"].found) == set(planted.DEAR_DEVELOPMENTS)
    untested = {"voucher_rose_on_last_round", "raised_before_round", "bunched_at_face_values"}
    assert {kind for kind, one in scores.items() if not one.tested} == untested
    run = session.scalars(select(MonitorRun).where(MonitorRun.district_id == district_id)).one()
    assert (run.state, run.drift_alarm) == ("done", False)


def _check_desks(session: Session) -> None:
    """A batch of each district waits for its checker, and no desk acted on a holiday or at night."""
    waiting = select(func.count()).where(VoucherBatch.state == "submitted")
    assert session.scalar(waiting) == 2
    for asked in session.scalars(select(ApprovalRequest)):
        for at in filter(None, (asked.requested_at, asked.decided_at)):
            local = at.astimezone(clock.LEGAL_ZONE)
            assert clock.is_working_day(local.date()), local
            assert calendar.OPENS <= local.time() <= calendar.CLOSES, local
