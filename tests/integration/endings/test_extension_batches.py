"""Many vouchers are valid longer together: each within its own policy, by two people, whatever one meets."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.approvals.errors import SamePerson
from app.core.actor import Actor, Role
from app.core.clock import FixedClock
from app.core.errors import Conflict, DomainError, Forbidden
from app.notices.models import Notice
from app.redemptions import queries as proofs
from app.vouchers import extension_batches as service
from app.vouchers import extension_queries as queries
from app.vouchers import extensions, flows, lapses, paper
from app.vouchers.extension_models import ExtensionBatch, VoucherExtension
from app.vouchers.extension_rules import Obstacle
from app.vouchers.models import Voucher
from app.vouchers.paper_models import VoucherSheet
from tests.factories.endings import SILENT
from tests.factories.identity import make_actor
from tests.factories.redemptions import Buyer, make_buyer
from tests.factories.vouchers import Desk, make_desk


@pytest.fixture
def desk(session: Session) -> Desk:
    return make_desk(session, policy=SILENT)


@pytest.fixture
def buyers(session: Session, desk: Desk) -> list[Buyer]:
    """Three households of one project, a voucher each."""
    found = [make_buyer(session, desk) for _ in range(3)]
    for one in found[1:]:
        one.household.project_id = found[0].household.project_id
    session.commit()
    return found


def propose(
    session: Session, desk: Desk, buyers: list[Buyer], *, months: int = 2, **otherwise: str
) -> ExtensionBatch:
    project_id = buyers[0].household.project_id
    seen = queries.preview(session, actor=desk.officer, project_id=project_id, months=months)
    values = {"reason": "锦绣花园二期推迟交付", "evidence": "第12次会议纪要", "seen": seen.mark, **otherwise}
    batch = service.propose(
        session, actor=desk.officer, project_id=project_id, months=months, issued_ref=None, **values
    )
    session.commit()
    return batch


def carry_out(session: Session, batch: ExtensionBatch) -> None:
    flows.extend_batch(session, batch_id=batch.id)
    session.expire_all()


def ends(session: Session, buyers: list[Buyer]) -> list[object]:
    session.expire_all()
    return [session.get_one(Voucher, one.vouchers[0].id).expires_at for one in buyers]


def test_all_that_may_are_extended_with_paper_and_news_and_once(
    session: Session, desk: Desk, buyers: list[Buyer]
) -> None:
    sheet = paper.print_one(
        session, actor=desk.officer, voucher_ref=buyers[0].vouchers[0].ref, serial="A0012001"
    )
    session.commit()
    before = ends(session, buyers)
    batch = propose(session, desk, buyers)
    assert (batch.count, batch.sum_fen) == (3, 3 * 130_550_000)
    assert batch.earliest_at <= batch.latest_at
    assert ends(session, buyers) == before
    service.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.commit()
    carry_out(session, batch)
    after = ends(session, buyers)
    assert after == [row.to_expires_at for row in queries.list_of_batch(session, batch=batch)]
    assert all(late > early for late, early in zip(after, before, strict=True))  # type: ignore[operator]  # moments
    assert session.get_one(VoucherSheet, sheet.id).reason == "extended"
    assert session.scalars(select(Notice.kind)).all().count("voucher_extended") == 3
    assert batch.state == "done"
    carry_out(session, batch)
    assert ends(session, buyers) == after
    assert proofs.verify(session) == []


def test_who_cannot_is_left_out_with_the_reason_and_hinders_nobody(
    session: Session, desk: Desk, buyers: list[Buyer]
) -> None:
    extensions.propose(
        session,
        actor=desk.officer,
        voucher_ref=buyers[0].vouchers[0].ref,
        months=1,
        reason="住院",
        evidence="出院记录",
    )
    session.commit()
    project_id = buyers[0].household.project_id
    found = queries.preview(session, actor=desk.officer, project_id=project_id, months=2)
    assert [obstacle for _fit, obstacle in found.left_out] == [Obstacle.WAITING]
    too_many = queries.preview(session, actor=desk.officer, project_id=project_id, months=4)
    assert (too_many.fits, dict(too_many.reasons)) == ([], {Obstacle.WAITING: 1, Obstacle.MONTHS: 2})
    with pytest.raises(DomainError) as nobody:
        propose(session, desk, buyers, months=4)
    assert nobody.value.code == "extension_batch_empty"


def test_what_changes_before_the_job_leaves_only_that_one_out(
    session: Session, desk: Desk, buyers: list[Buyer]
) -> None:
    batch = propose(session, desk, buyers)
    service.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.get_one(Voucher, buyers[1].vouchers[0].id).expires_at = batch.latest_at
    session.commit()
    carry_out(session, batch)
    rows = queries.list_of_batch(session, batch=batch)
    assert [(row.state, row.obstacle) for row in rows] == [
        ("returned", "changed"),
        ("approved", None),
        ("approved", None),
    ]
    assert batch.state == "done"


def test_one_proposed_in_time_does_not_lapse_and_is_decided_as_a_whole(
    session: Session, desk: Desk, buyers: list[Buyer], clock: FixedClock
) -> None:
    batch = propose(session, desk, buyers)
    (single, *_others) = queries.list_of_batch(session, batch=batch)
    with pytest.raises(Conflict) as alone:
        extensions.approve(session, actor=desk.checker, extension_ref=single.ref)
    assert alone.value.code == "extension_in_batch"
    session.rollback()
    clock.moment = batch.earliest_at - timedelta(days=1)  # after the old terms, within those asked for
    assert lapses.lapse_due(session) == 0
    service.send_back(session, actor=desk.checker, batch_ref=batch.ref, reason="缺会议纪要")
    session.commit()
    assert session.scalars(select(VoucherExtension.state).distinct()).all() == ["returned"]
    assert lapses.lapse_due(session) == 3


def test_two_people_and_only_what_was_seen(session: Session, desk: Desk, buyers: list[Buyer]) -> None:
    with pytest.raises(Conflict) as stale:
        propose(session, desk, buyers, seen="0" * 64)
    assert stale.value.code == "extension_batch_changed"
    session.rollback()
    for field in ("reason", "evidence"):
        with pytest.raises(DomainError) as silent:
            propose(session, desk, buyers, **{field: " "})
        assert silent.value.field == field
        session.rollback()
    batch = propose(session, desk, buyers)
    both = Actor(user_id=desk.officer.user_id, role=Role.CHECKER, district_id=desk.district.id)
    with pytest.raises(SamePerson):
        service.approve(session, actor=both, batch_ref=batch.ref)
    session.rollback()
    with pytest.raises(Forbidden):
        service.approve(session, actor=desk.officer, batch_ref=batch.ref)
    session.rollback()
    service.approve(session, actor=desk.checker, batch_ref=batch.ref)
    session.commit()
    again = make_actor(session, role=Role.CHECKER, district=desk.district)
    with pytest.raises(Conflict):
        service.send_back(session, actor=again, batch_ref=batch.ref, reason="晚了")
