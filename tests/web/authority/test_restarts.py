"""An approved batch whose job failed for good is seen, and set going again by a person, on record."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.restarts import JobRestart
from app.jobs import run_waiting
from app.vouchers.models import Voucher, VoucherBatch
from tests.factories.batches import approve_batch, make_roster, submit_batch
from tests.factories.identity import make_actor, make_district
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
FAIL = text("UPDATE procrastinate_jobs SET status = 'failed', attempts = 5 WHERE task_name = :task")
WHY = {"reason": "数据库已经恢复"}


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def batch(town: Town, committed_app: Flask) -> VoucherBatch:
    """A batch that was approved and whose job failed for good."""
    desk = town.shop.desk
    with saved(committed_app) as session:
        project = make_roster(session, desk=desk, faces=(50_000_000, 70_000_000))
        batch = approve_batch(
            session, checker=desk.checker, batch=submit_batch(session, desk=desk, project=project)
        )
    with saved(committed_app) as session:
        session.execute(FAIL, {"task": "vouchers.issue_batch"})
    return batch


@pytest.fixture
def officer(enter: Enter, town: Town) -> LintingClient:
    return enter(town.shop.desk.officer)


def make_administrator(committed_app: Flask, town: Town) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.ADMINISTRATOR, district=town.shop.desk.district)


def test_the_officer_sets_it_going_and_it_is_issued(
    officer: LintingClient, enter: Enter, town: Town, batch: VoucherBatch, committed_app: Flask
) -> None:
    address = f"/authority/batches/{batch.ref}"
    page = text_of(officer.get(address))
    assert "后台办了 5 次都没有办成，停在这里，不会自己再办" in page
    assert "停了下来，没有在办" in page
    assert "正在发放" not in page
    assert "请经办人或管理员重新办理" in text_of(enter(town.shop.desk.checker).get(address))

    assert send(officer, f"{address}/restart", {"reason": " "}).status_code == 422
    done = send(officer, f"{address}/restart", WHY)

    assert (done.status_code, done.location) == (303, address)
    assert "正在发放，一般一两分钟" in text_of(officer.get(address))
    run_waiting(committed_app)
    assert "已通知 2 / 2 户" in text_of(officer.get(address))
    with saved(committed_app) as session:
        issued = select(Voucher.state).where(Voucher.batch_id == batch.id)
        assert session.scalars(issued).all() == ["issued", "issued"]
        kept = session.scalars(select(JobRestart)).one()
        assert (kept.ref, kept.asked_by_id, kept.attempts, kept.reason) == (
            *(batch.ref, town.shop.desk.officer.user_id),
            *(5, WHY["reason"]),
        )
        row = session.scalars(select(AuditRow).where(AuditRow.action == "batch.restart")).one()
        assert (row.user_id, row.object_id) == (kept.asked_by_id, batch.id)
        assert row.detail == {"restart_id": kept.id, "job_id": kept.job_id, "attempts": 5}


def test_pressed_again_it_is_refused_in_words(
    officer: LintingClient, enter: Enter, town: Town, batch: VoucherBatch, committed_app: Flask
) -> None:
    address = f"/authority/batches/{batch.ref}/restart"
    administrator = enter(make_administrator(committed_app, town))
    page = officer.get(address)
    assert "试过几次 5" in text_of(page)
    assert send(administrator, address, WHY).location == "/authority/status"

    again = officer.post(address, data=form_of(page)[1] | WHY)

    assert again.status_code == 409
    assert "这件现在没有停下来" in text_of(again)
    page = text_of(officer.get(address))
    assert "不用重新办理" in page
    assert f"{batch.ref}" in page
    with saved(committed_app) as session:
        jobs = "SELECT status FROM procrastinate_jobs WHERE task_name = 'vouchers.issue_batch'"
        assert session.scalars(text(jobs)).all() == ["todo"]


def test_the_status_page_shows_what_stopped_and_who_set_it_going(
    enter: Enter, town: Town, batch: VoucherBatch, committed_app: Flask
) -> None:
    administrator = enter(make_administrator(committed_app, town))
    page = administrator.get("/authority/status")
    assert "批次和导入 异常 1 批没有办成，停在那里" in text_of(page)
    assert f"/authority/batches/{batch.ref}/restart" in page.get_data(as_text=True)
    with saved(committed_app) as session:
        auditor = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
        stranger = make_actor(session, role=Role.ADMINISTRATOR, district=make_district(session))
    assert "等经办人或管理员" in text_of(enter(auditor).get("/authority/status"))
    foreign = enter(stranger)
    assert batch.ref not in text_of(foreign.get("/authority/status"))
    assert foreign.get(f"/authority/batches/{batch.ref}/restart").status_code == 404

    send(administrator, f"/authority/batches/{batch.ref}/restart", WHY)

    page = text_of(administrator.get("/authority/status"))
    assert "没有停下来的批次和导入" in page
    assert WHY["reason"] in page


def test_a_checker_sets_nothing_going(enter: Enter, town: Town, batch: VoucherBatch) -> None:
    checker = enter(town.shop.desk.checker)
    assert checker.get(f"/authority/batches/{batch.ref}/restart").status_code == 403


def test_what_was_approved_is_never_ended(officer: LintingClient, batch: VoucherBatch) -> None:
    address = f"/authority/batches/{batch.ref}"
    assert f"{address}/end" not in officer.get(address).get_data(as_text=True)
    refused = send(officer, f"{address}/end", WHY)
    assert refused.status_code == 409
    assert "复核通过的批次要办完" in text_of(refused)
