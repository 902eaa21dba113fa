"""What agreements' sums are made of, from an office's own table to the checker."""

import io
from collections.abc import Callable

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actor import Actor, Role
from app.imports.models import ImportFault, ImportRun
from app.projects import lines
from app.projects.models import Agreement
from tests.factories.identity import make_actor, make_district
from tests.factories.projects import make_agreement
from tests.factories.vouchers import Desk, make_desk
from tests.unit.imports.books import csv_text, table
from tests.web.importing import order, planned, sent
from tests.web.linting import LintingClient
from tests.web.sending import send, text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
IMPORT = "/authority/agreement-lines/import"
HOLDER = "王秀英"
"""The factories' holder."""
HEAD = ["协议编号", "被征收人", "房屋价值补偿(元)", "搬迁费(元)", "签约奖励(元)", "扣减(元)"]


@pytest.fixture
def desk(committed_app: Flask) -> Desk:
    with saved(committed_app) as session:
        return make_desk(session)


@pytest.fixture
def agreements(committed_app: Flask, desk: Desk) -> list[Agreement]:
    """Three agreements of 100,000.50 yuan without lines; the third's wait for a checker."""
    with saved(committed_app) as session:
        made = [
            make_agreement(
                session, officer=desk.officer, number=f"协2016-{place}", compensation_fen=10_000_050
            )
            for place in (1, 2, 3)
        ]
        lines.propose(session, actor=desk.officer, number="协2016-3", amounts={"home": 10_000_050})
        return made


def row(agreement: Agreement, *amounts: object) -> list[object]:
    return [agreement.number, HOLDER, *amounts]


def test_from_a_table_to_the_checker(
    enter: Enter, desk: Desk, agreements: list[Agreement], committed_app: Flask
) -> None:
    officer, checker = enter(desk.officer), enter(desk.checker)
    assert "从表格导入补偿明细" in text_of(officer.get("/authority/agreement-lines/"))
    first, second, _third = agreements
    file = table(HEAD, row(first, 99_000.5, 1_500, 0, 500), row(second, "10万", None, None, None))
    address = sent(officer, IMPORT, file, "明细.xlsx")
    assert planned(officer, address).status_code == 303
    preview = text_of(officer.get(address))
    assert "要提交复核 1 份" in preview
    assert "有问题 1 行" in preview
    bad = text_of(officer.get(f"{address}/rows?show=bad"))
    assert "各项合计是 ¥100,000，和协议的补偿金额 ¥100,000.50 对不上" in bad
    shown = text_of(officer.get(f"{address}/rows?show=changed"))
    assert "协议 协2016-1" in shown
    assert "房屋价值补偿 ¥99,000.50，搬迁费 ¥1,500，扣减 ¥500" in shown
    assert order(officer, address).status_code == 422, "a bad row is left out by choice only"
    assert order(officer, address, leave_out="yes").status_code == 303
    assert "提交补偿明细 1 份" in text_of(officer.get(address))
    assert "协2016-1" in text_of(checker.get("/authority/agreement-lines/"))
    approved = send(checker, "/authority/agreements/协2016-1/lines/approve", {"checked": "yes"})
    assert approved.status_code == 303
    with saved(committed_app) as session:
        found = session.get_one(Agreement, first.id)
        assert [(line.kind, line.amount_fen) for line in found.lines] == [
            ("home", 9_900_050),
            ("moving", 150_000),
            ("deduction", -50_000),
        ]
    # The same table once more: one is as it is told, the other one is still wrong.
    again = sent(officer, IMPORT, file, "明细.xlsx")
    assert planned(officer, again).status_code == 303
    assert "没有变化 1 份" in text_of(officer.get(again))


def test_an_offices_own_rewards_are_told_apart(
    enter: Enter, desk: Desk, agreements: list[Agreement], committed_app: Flask
) -> None:
    officer, checker = enter(desk.officer), enter(desk.checker)
    own = ["协议编号", "房屋补偿", "搬迁费", "一次性签约补助", "提前搬迁奖励（元）"]
    address = sent(
        officer, IMPORT, table(own, [agreements[0].number, 90_000, 1_000, 5_000, 4_000.5]), "a.xlsx"
    )
    assert planned(officer, address).status_code == 303
    shown = text_of(officer.get(f"{address}/rows?show=changed"))
    assert "搬迁费 ¥1,000，签约奖励 ¥5,000，搬迁奖励 ¥4,000.50" in shown
    assert order(officer, address).status_code == 303
    approve = f"/authority/agreements/{agreements[0].number}/lines/approve"
    assert send(checker, approve, {"checked": "yes"}).status_code == 303
    with saved(committed_app) as session:
        found = session.get_one(Agreement, agreements[0].id).lines
        assert [(line.kind, line.amount_fen) for line in found][1:] == [
            ("moving", 100_000),
            ("award", 500_000),
            ("moving_award", 400_050),
        ]


def test_each_cell_that_cannot_be_used_is_named(
    enter: Enter, desk: Desk, agreements: list[Agreement], committed_app: Flask
) -> None:
    officer = enter(desk.officer)
    first, second, third = agreements
    text = csv_text(
        HEAD,
        ["协2016-9", "", 1, "", "", ""],
        [first.number, "别人", "100000.50", "", "", ""],
        row(second, "十万", "", "", -5),
        row(second, "100000.50", "", "", ""),
        row(third, "100000.50", "", "", ""),
        ["", "某人", "100000.50", "", "", ""],
    )
    address = sent(officer, IMPORT, text.encode(), "明细.csv")
    assert planned(officer, address).status_code == 303
    with saved(committed_app) as session:
        run = session.scalars(select(ImportRun)).one()
        faults = session.scalars(select(ImportFault).where(ImportFault.run_id == run.id)).all()
        found = {(fault.row, fault.key, fault.code) for fault in faults}
    assert found == {
        (2, "agreement_number", "agreement_unknown"),
        (3, "holder", "agreement_of_another"),
        (4, "home", "not_a_number"),
        (4, "deduction", "price_not_positive"),
        (6, "agreement_number", "approval_pending"),
        (7, "agreement_number", "agreement_number_missing"),
    }
    assert officer.get(f"{address}/marked.xlsx").status_code == 200


def test_what_moved_since_the_preview_is_looked_at_anew(
    enter: Enter, desk: Desk, agreements: list[Agreement], committed_app: Flask
) -> None:
    officer = enter(desk.officer)
    first, second, _third = agreements
    file = table(HEAD, row(first, 100_000.5, None, None, None), row(second, 100_000.5, None, None, None))
    address = sent(officer, IMPORT, file, "明细.xlsx")
    assert planned(officer, address).status_code == 303
    with saved(committed_app) as session:
        lines.propose(session, actor=desk.officer, number=first.number, amounts={"home": 10_000_050})
    assert order(officer, address).status_code == 303
    page = text_of(officer.get(address))
    assert "情况有了变动" in page
    assert "要提交复核 1 份" in page
    with saved(committed_app) as session:
        assert len(lines.list_waiting(session, actor=desk.checker)) == 2, "none of the table's"


def test_the_template_is_read_as_it_is_and_a_run_is_its_offices_own(
    enter: Enter, desk: Desk, committed_app: Flask
) -> None:
    officer = enter(desk.officer)
    book = load_workbook(io.BytesIO(officer.get("/authority/agreement-lines/template.xlsx").get_data()))
    heads = [cell.value for cell in book.worksheets[0][1]]
    assert heads[:3] == ["协议编号", "被征收人", "房屋价值补偿(元)"]
    file = officer.get("/authority/agreement-lines/template.csv").get_data()
    address = sent(officer, IMPORT, file, "模板.csv")
    assert planned(officer, address).status_code == 303
    assert "本区没有这份协议" in text_of(officer.get(address))
    with saved(committed_app) as session:
        stranger: Actor = make_actor(session, role=Role.OFFICER, district=make_district(session))
    assert enter(stranger).get(address).status_code == 404
    assert enter(desk.checker).get(IMPORT).status_code == 403


def test_a_table_without_a_head_is_said_to_have_none(enter: Enter, desk: Desk) -> None:
    officer = enter(desk.officer)
    asked = text_of(officer.get(f"{sent(officer, IMPORT, table(['甲', '乙'], [1, 2]), '别的.xlsx')}/columns"))
    assert "没有认出表头" in asked
    assert "系统已经猜好了" not in asked
