"""Signed agreements, from an office's own table to the batch they are issued in."""

import io
from collections.abc import Callable
from decimal import Decimal

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import select

from app.core.actor import Actor
from app.imports.models import ImportFault
from app.projects.models import Agreement, Household
from tests.factories.projects import make_agreement, make_household
from tests.factories.vouchers import Desk, make_desk
from tests.unit.imports.books import csv_text, table
from tests.web.importing import order, planned, sent
from tests.web.linting import LintingClient
from tests.web.sending import text_of
from tests.web.town import saved

Enter = Callable[[Actor], LintingClient]
IMPORT = "/authority/agreements/import"
HOLDER = "王秀英"
"""The factories' holder."""
HEAD = ["协议编号", "户编号", "签订日期", "被征收人", "房屋价值补偿(元)", "搬迁费(元)", "扣减(元)"]


@pytest.fixture
def desk(committed_app: Flask) -> Desk:
    with saved(committed_app) as session:
        return make_desk(session)


@pytest.fixture
def households(committed_app: Flask, desk: Desk) -> list[Household]:
    with saved(committed_app) as session:
        return [make_household(session, officer=desk.officer) for _ in range(3)]


def test_from_the_offered_table_to_the_record(
    enter: Enter, desk: Desk, households: list[Household], committed_app: Flask
) -> None:
    officer = enter(desk.officer)
    assert "从表格导入补偿协议" in text_of(officer.get("/authority/projects/"))
    offered = load_workbook(io.BytesIO(officer.get("/authority/agreements/to-sign.xlsx").data)).active
    assert offered is not None
    rows = list(offered.iter_rows(values_only=True))
    assert [row[1] for row in rows[1:]] == [one.ref for one in households]
    file = table(
        list(rows[0]),
        [
            *("协2016-1", households[0].ref, "2016-05-20", HOLDER, 99_000.5, None, None, 1_500),
            *(*[None] * 4, 800, 500, 88.8, "3人"),
        ],
        [None, households[1].ref, None, HOLDER],
    )  # fmt: skip
    address = sent(officer, IMPORT, file, "协议.xlsx")
    assert planned(officer, address).status_code == 303
    assert "要录入 1 份" in text_of(officer.get(address))
    shown = text_of(officer.get(f"{address}/rows?show=changed"))
    assert f"{households[0].ref}，{HOLDER}，2016年5月20日（星期五）签订" in shown
    assert "应安置面积 88.80 平方米，安置人口 3 人" in shown
    assert order(officer, address).status_code == 303
    assert "录入补偿协议 1 份" in text_of(officer.get(address))
    with saved(committed_app) as session:
        found = session.scalars(select(Agreement)).one()
        assert (found.number, found.household_id) == ("协2016-1", households[0].id)
        assert (found.entitled_m2, found.residents) == (Decimal("88.80"), 3)
        assert found.compensation_fen == 9_900_050 + 150_000 + 80_000 - 50_000
        assert [(line.kind, line.amount_fen) for line in found.lines] == [
            ("home", 9_900_050),
            ("moving", 150_000),
            ("moving_award", 80_000),
            ("deduction", -50_000),
        ]
    again = sent(officer, IMPORT, file, "协议.xlsx")
    assert planned(officer, again).status_code == 303
    assert "没有变化 1 份" in text_of(officer.get(again)), "what was entered is not entered twice"


def test_each_cell_that_cannot_be_used_is_named(
    enter: Enter, desk: Desk, households: list[Household], committed_app: Flask
) -> None:
    officer = enter(desk.officer)
    with saved(committed_app) as session:
        make_agreement(session, officer=desk.officer, number="协2016-1", compensation_fen=100_00)
        foreign = make_household(session, officer=make_desk(session).officer).ref
    mine = households[0].ref
    text = csv_text(
        HEAD,
        ["协2016-1", mine, "2016-05-20", "", "1", "", ""],
        ["协2016-2", foreign, "2016-05-20", "", "1", "", ""],
        ["协2016-3", mine, "", "别人", "1", "", ""],
        ["协2016-4", mine, "2016-06-02", "", "1", "", ""],
        ["协2016-5", mine, "2016-05-20", "", "", "1", "1"],
        ["协2016-6", mine, "2016-05-20", "别人", "1", "", ""],
        ["协2016-7", "HH-7K2M9", "2016-05-20", "", "1", "", ""],
        ["8" * 61, mine, "2016-05-20", "", "1", "", ""],
        ["协\x01", mine, "2016-05-20", "", "1", "", ""],
        ["协2016-10", mine, "0216-05-20", "", "1", "", ""],
        ["协2016-11", mine, "2016-05-20", "", "9999999999999", "9999999999999", ""],
        ["协//2016", mine, "2016-05-20", "", "1", "", ""],
    )
    address = sent(officer, IMPORT, text.encode(), "协议.csv")
    assert planned(officer, address).status_code == 303
    with saved(committed_app) as session:
        found = {(fault.row, fault.key, fault.code) for fault in session.scalars(select(ImportFault))}
    assert found == {
        (2, "agreement_number", "agreement_number_taken"),
        (3, "household", "household_gone"),
        (4, "signed_on", "agreement_day_missing"),
        (5, "signed_on", "contract_day_ahead"),
        (6, "home", "agreement_without_sum"),
        (7, "holder", "household_of_another"),
        (8, "household", "household_gone"),
        (9, "agreement_number", "text_too_long"),
        (13, "agreement_number", "agreement_number_bad"),
        (10, "agreement_number", "control_character"),
        (11, "signed_on", "contract_day_early"),
        (12, "home", "price_too_large"),
    }
