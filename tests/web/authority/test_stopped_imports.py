"""An import whose job failed for good is seen by sender and authority, and set going again or ended."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core.actor import Actor, Role
from app.core.audit import AuditRow
from app.core.restarts import JobRestart
from app.homes.models import Development
from app.imports.models import ImportRun
from app.jobs import run_waiting
from tests.factories.identity import make_actor, make_district
from tests.unit.imports.books import HEAD, HOME, table
from tests.web.importing import planned, upload
from tests.web.linting import LintingClient
from tests.web.sending import form_of, send, text_of
from tests.web.town import Town, make_town, saved

Enter = Callable[[Actor], LintingClient]
FAIL = text("UPDATE procrastinate_jobs SET status = 'failed', attempts = 5 WHERE task_name = 'imports.look'")
WHY = {"reason": "文件存储已经恢复"}
STOPPED = "后台办了 5 次都没有办成，停在这里，不会自己再办"


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def sender(enter: Enter, town: Town) -> LintingClient:
    return enter(town.shop.developer)


@pytest.fixture
def administrator(enter: Enter, town: Town, committed_app: Flask) -> LintingClient:
    with saved(committed_app) as session:
        actor = make_actor(session, role=Role.ADMINISTRATOR, district=town.shop.desk.district)
    return enter(actor)


@pytest.fixture
def run(sender: LintingClient, town: Town, committed_app: Flask) -> ImportRun:
    """A developer's file at which the worker failed as often as it is tried."""
    with saved(committed_app) as session:
        development = session.get_one(Development, town.home.development_id)
    address = f"/developer/developments/{development.ref}/import"
    assert upload(sender, address, table(HEAD, HOME), "销控表.xlsx").status_code == 303
    with saved(committed_app) as session:
        session.execute(FAIL)
        session.execute(text("UPDATE import_runs SET tries = 3"))
        return session.scalars(select(ImportRun)).one()


def test_an_administrator_sets_it_going_and_it_is_read(
    sender: LintingClient, administrator: LintingClient, run: ImportRun, committed_app: Flask
) -> None:
    page = text_of(sender.get(f"/developer/imports/{run.ref}"))
    assert STOPPED in page
    assert f"请打电话给征收办，报这次导入的编号 {run.ref}" in page
    assert "请管理员重新办理，或者结束" in page
    assert "正在读取" not in page, "nobody reads it"
    assert "这一页会自己更新" not in page
    status = administrator.get("/authority/status")
    assert "批次和导入 异常 1 批没有办成，停在那里" in text_of(status)
    assert "导入一张表格" in text_of(status)
    address = f"/authority/batches/{run.ref}/restart"
    assert address in status.get_data(as_text=True)

    assert send(administrator, address, {"reason": " "}).status_code == 422
    assert send(administrator, address, WHY).location == "/authority/status"

    assert "正在打开文件" in text_of(sender.get(f"/developer/imports/{run.ref}"))
    run_waiting(committed_app)
    assert planned(sender, f"/developer/imports/{run.ref}").status_code == 303
    assert "新增 1 套" in text_of(sender.get(f"/developer/imports/{run.ref}"))
    page = text_of(administrator.get("/authority/status"))
    assert "没有停下来的批次和导入" in page
    assert WHY["reason"] in page


def test_it_is_ended_for_good_and_its_sender_reads_why(
    sender: LintingClient, administrator: LintingClient, run: ImportRun, committed_app: Flask
) -> None:
    address = f"/authority/batches/{run.ref}/end"
    assert address in administrator.get("/authority/status").get_data(as_text=True)
    page = administrator.get(address)
    told = {"reason": "文件损坏，请重新导出再传"}

    assert send(administrator, address, told).location == "/authority/status"

    page_of_sender = text_of(sender.get(f"/developer/imports/{run.ref}"))
    assert "征收办结束了这次导入：文件损坏，请重新导出再传" in page_of_sender
    again = administrator.post(address, data=form_of(page)[1] | told)
    assert again.status_code == 409
    assert "现在没有停下来" in text_of(again)
    assert "结束" in text_of(administrator.get("/authority/status"))
    with saved(committed_app) as session:
        kept = session.scalars(select(JobRestart)).one()
        assert (kept.act, kept.ref, kept.task, kept.reason) == (
            *("end", run.ref, "imports.look"),
            told["reason"],
        )
        row = session.scalars(select(AuditRow).where(AuditRow.action == "batch.end")).one()
        assert (row.user_id, row.object_type, row.object_id) == (kept.asked_by_id, "import_run", run.id)
        assert session.scalar(text("SELECT count(*) FROM procrastinate_jobs WHERE status = 'failed'")) == 0


def test_an_officer_sets_the_file_of_their_own_office_going(
    enter: Enter, town: Town, committed_app: Flask
) -> None:
    officer = enter(town.shop.desk.officer)
    sent = upload(officer, "/authority/agreement-lines/import", table(["协议编号"], ["协-1"]), "明细.xlsx")
    with saved(committed_app) as session:
        session.execute(FAIL)
    page = officer.get(sent.location)
    assert STOPPED in text_of(page)
    ref = sent.location.rpartition("/")[2]
    assert f"/authority/batches/{ref}/end" in page.get_data(as_text=True)
    done = send(officer, f"/authority/batches/{ref}/restart", WHY)
    assert (done.status_code, done.location) == (303, sent.location)
    assert "正在打开文件" in text_of(officer.get(sent.location))


def test_nobody_else_does_and_no_batch_is_ended(
    enter: Enter, town: Town, run: ImportRun, committed_app: Flask
) -> None:
    with saved(committed_app) as session:
        stranger = make_actor(session, role=Role.ADMINISTRATOR, district=make_district(session))
        auditor = make_actor(session, role=Role.AUDITOR, district=town.shop.desk.district)
    foreign, watching = enter(stranger), enter(auditor)
    assert foreign.get(f"/authority/batches/{run.ref}/end").status_code == 404
    assert run.ref not in text_of(foreign.get("/authority/status"))
    assert run.ref in text_of(watching.get("/authority/status"))
    for act in ("end", "restart"):
        assert watching.get(f"/authority/batches/{run.ref}/{act}").status_code == 403
