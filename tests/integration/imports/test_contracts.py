"""A registry's contracts from a table of any make: foreseen, then carried out by the one service."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import jobs
from app.core.actor import Actor, Role
from app.core.errors import DomainError
from app.homes.models import Home
from app.imports import queries, service, writing
from app.imports.models import ImportRow, ImportRun
from app.sales.flows import PART
from app.sales.models import CashSale, SalesFile
from app.sales.queries import list_registered
from tests.factories.homes import make_building, make_development
from tests.factories.identity import make_actor, make_district
from tests.factories.imports import applied, fetch, previewed_of_bureau
from tests.factories.redemptions import make_home, make_redemption
from tests.factories.sales import file_of, line_of, load, report_sale
from tests.unit.imports.books import table
from tests.web.town import Town, make_town, saved

HEAD = ["合同备案编号", "楼盘名称", "楼栋", "单元", "房号", "签约日期", "成交总价(万元)",
        "付款方式", "装修", "是否团购", "是否员工购房", "合同状态", "是否房票"]  # fmt: skip


@pytest.fixture
def town(committed_app: Flask) -> Town:
    return make_town(committed_app)


@pytest.fixture
def bureau(committed_app: Flask, town: Town) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.REGULATOR, district=town.shop.desk.district)


def line(home: Home, number: str, **cells: Any) -> list[Any]:
    """Return the row of a contract: 45 万, by mortgage, signed on 1 June; other cells under some heads."""
    row = [number, home.development.name, home.building.name, home.unit, f"{home.room}室", date(2016, 6, 1),
           45, "银行按揭", "毛坯", "否", None, "有效", None]  # fmt: skip
    return [cells.get(head.partition("(")[0], cell) for head, cell in zip(HEAD, row, strict=True)]


def read(app: Flask, bureau: Actor, *rows: list[Any]) -> ImportRun:
    return previewed_of_bureau(app, table(HEAD, *rows), actor=bureau, kind="sales", name="网签.xlsx")


def faults(app: Flask, run: ImportRun) -> list[tuple[int, int | None, str]]:
    with saved(app) as session:
        found = queries.list_bad_rows(session, run_id=run.id, limit=99)
        return [(one.row, fault.position, fault.code) for one in found for fault in one.faults]


def foreseen(app: Flask, run: ImportRun) -> list[tuple[int, str | None]]:
    with saved(app) as session:
        rows = select(ImportRow.row, ImportRow.outcome).where(ImportRow.run_id == run.id)
        return [(row, told) for row, told in session.execute(rows.order_by(ImportRow.row))]


def on_record(app: Flask) -> dict[str, str]:
    with saved(app) as session:
        rows = session.execute(select(CashSale.contract_number, CashSale.state).order_by(CashSale.id))
        return {sale.contract_number: sale.state for sale in rows}


def test_every_outcome_is_foreseen_and_comes(committed_app: Flask, town: Town, bureau: Actor) -> None:
    with saved(committed_app) as session:
        free = session.get_one(Home, town.home.id)
        held, reported, paid, old = (make_home(session, town.shop) for _ in range(4))
        make_redemption(session, town.buyer, held)
        report_sale(session, town.shop, reported, number="A-3")
        load(session, town.shop, line_of(old, "A-5"))
        rows = [
            line(free, "A-1", 是否团购="是"),
            line(held, "A-2"),
            line(reported, "A-3"),
            line(paid, "A-4", 是否房票="房票"),
            line(old, "A-5", 合同状态="已注销"),
            line(free, "A-6", 房号="9999"),
        ]
    run = read(committed_app, bureau, *rows)
    told = ["sold", "conflict", "amended", "noted", "cancelled", "unmatched"]
    assert run.counts
    assert (run.state, run.counts["changed"], run.counts["outcomes"]) == ("ready", 6, dict.fromkeys(told, 1))
    assert foreseen(committed_app, run) == list(enumerate(told, 2))
    # Nothing has happened yet: what was foreseen was taken back to the last notice.
    assert on_record(committed_app) == {"A-3": "standing", "A-5": "standing"}
    run = applied(committed_app, run, actor=bureau)
    assert (run.state, run.left_out) == ("applied", 0)
    assert on_record(committed_app) == {
        "A-3": "standing", "A-5": "cancelled", "A-1": "standing", "A-2": "conflict", "A-4": "noted",
        "A-6": "unmatched",
    }  # fmt: skip
    with saved(committed_app) as session:
        sale = session.scalars(select(CashSale).where(CashSale.contract_number == "A-1")).one()
        assert (sale.price_fen, sale.payment, sale.fit_out, sale.is_bulk, sale.is_staff, sale.signed_on) == (
            45_000_000, "mortgage", "bare", True, False, date(2016, 6, 1),
        )  # fmt: skip
        assert session.get_one(Home, town.home.id).status == "sold"
        file = session.get_one(SalesFile, sale.file_id)
        assert (file.state, file.name, file.rows, file.sent_by_id) == (
            "applied",
            "网签.xlsx",
            6,
            bureau.user_id,
        )


def test_the_same_contracts_are_one_file_by_either_road(
    committed_app: Flask, town: Town, bureau: Actor
) -> None:
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        rows, fixed = [line(home, "A-1")], file_of(line_of(home, "A-1", payment="mortgage"))
    applied(committed_app, read(committed_app, bureau, *rows), actor=bureau)
    again = read(committed_app, bureau, *rows)
    assert again.counts
    assert (again.counts["changed"], again.counts["same"]) == (0, 1)
    with saved(committed_app) as session, pytest.raises(DomainError, match="import_nothing_to_do"):
        service.order(session, actor=bureau, ref=again.ref, reason="", leave_out=False)
    # The registry's fixed columns are one case of the mapping.
    run = previewed_of_bureau(committed_app, fixed, actor=bureau, kind="sales", name="a.csv")
    assert run.counts
    assert (run.counts["bad"], run.counts["same"]) == (0, 1)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count()).select_from(SalesFile)) == 1


def test_a_home_that_was_locked_after_the_preview_is_looked_at_anew(
    committed_app: Flask, town: Town, bureau: Actor
) -> None:
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        rows = [line(home, "A-1")]
    run = read(committed_app, bureau, *rows)
    with saved(committed_app) as session:
        make_redemption(session, town.buyer, session.get_one(Home, town.home.id))
    run = applied(committed_app, run, actor=bureau)
    assert (run.state, run.moved) == ("ready", True)
    assert on_record(committed_app) == {}
    assert foreseen(committed_app, run) == [(2, "conflict")]
    assert applied(committed_app, run, actor=bureau).state == "applied"
    assert on_record(committed_app) == {"A-1": "conflict"}


@pytest.fixture
def ordered(committed_app: Flask, town: Town, bureau: Actor) -> tuple[Home, ImportRun]:
    """A table of a little more than one part, ordered; the home stands on its last line."""
    with saved(committed_app) as session:
        first, last = session.get_one(Home, town.home.id), make_home(session, town.shop)
        elsewhere = [line(first, f"B-{number}", 楼盘名称="没有的苑") for number in range(PART)]
        rows = [line(first, "A-1"), *elsewhere, line(last, "A-2")]
    run = read(committed_app, bureau, *rows)
    with saved(committed_app) as session:
        return last, service.order(session, actor=bureau, ref=run.ref, reason="", leave_out=False)


def test_a_part_that_was_carried_out_stays_and_the_next_goes_on(
    committed_app: Flask, ordered: tuple[Home, ImportRun]
) -> None:
    run = ordered[1]
    with saved(committed_app) as session:
        assert not service.apply(session, run_id=run.id)
        session.commit()  # the worker was killed after its first part
    run = fetch(committed_app, run.id)
    assert (run.state, run.done, run.total, len(on_record(committed_app))) == (
        "applying",
        PART,
        PART + 2,
        PART,
    )
    jobs.run_waiting(committed_app)
    assert fetch(committed_app, run.id).state == "applied"
    assert (len(on_record(committed_app)), on_record(committed_app)["A-2"]) == (PART + 2, "standing")
    with saved(committed_app) as session:
        assert session.scalars(select(SalesFile.state)).one() == "applied"


def test_what_changes_between_two_parts_stops_before_the_second(
    committed_app: Flask, town: Town, bureau: Actor, ordered: tuple[Home, ImportRun]
) -> None:
    home, run = ordered
    with saved(committed_app) as session:
        service.apply(session, run_id=run.id)
        session.commit()
    with saved(committed_app) as session:
        make_redemption(session, town.buyer, session.get_one(Home, home.id))
    jobs.run_waiting(committed_app)
    run = fetch(committed_app, run.id)
    assert (run.state, run.moved, len(on_record(committed_app))) == ("ready", True, PART)
    assert run.counts
    assert (run.counts["changed"], run.counts["same"]) == (2, PART)
    assert applied(committed_app, run, actor=bureau).state == "applied"
    assert (on_record(committed_app)["A-1"], on_record(committed_app)["A-2"]) == ("standing", "conflict")


def test_a_step_cut_short_or_taken_twice_is_once(committed_app: Flask, town: Town, bureau: Actor) -> None:
    with saved(committed_app) as session:
        rows = [line(session.get_one(Home, town.home.id), "A-1")]
    run = read(committed_app, bureau, *rows)
    with saved(committed_app) as session:
        service.order(session, actor=bureau, ref=run.ref, reason="", leave_out=False)
    with saved(committed_app) as session:
        service.apply(session, run_id=run.id)
        session.rollback()  # the worker was killed before it could commit
    assert on_record(committed_app) == {}
    jobs.run_waiting(committed_app)
    jobs.run_waiting(committed_app)
    assert fetch(committed_app, run.id).state == "applied"
    assert on_record(committed_app) == {"A-1": "standing"}


def test_rows_that_cannot_be_used_are_named(committed_app: Flask, town: Town, bureau: Actor) -> None:
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        make_building(
            session,
            developer=town.shop.developer,
            development=make_development(
                session, developer=town.shop.developer, district=make_district(session), name="他区苑"
            ),
            name="3幢",
        )
        rows = [
            line(home, "A-1"),
            line(home, "", 付款方式="以物抵债"),
            line(home, "A-2", 签约日期=date(2016, 6, 2)),
            line(home, "A-3", 成交总价=None, 是否团购="大概"),
            line(home, "A-4", 楼盘名称="他区苑"),
            line(home, "A-1"),
            line(home, "A-5", 单元=None),
            line(home, 20160601000012300000),  # type: ignore[arg-type]  # a number, as spreadsheets spoil it
            line(home, "A\u200b-6"),
            line(home, "A-7", 楼盘名称="没有的苑"),
        ]
    run = read(committed_app, bureau, *rows)
    assert faults(committed_app, run) == [
        (2, 0, "contract_twice_in_file"),
        (3, 0, "contract_number_missing"),
        (3, 7, "payment_unknown"),
        (4, 5, "contract_day_ahead"),
        (5, 6, "contract_price_missing"),
        (5, 9, "mark_unknown"),
        (6, 1, "development_elsewhere"),
        (7, 0, "contract_twice_in_file"),
        (8, 3, "unit_missing"),
        (9, 0, "number_rounded"),
        (10, 0, "control_character"),
    ]
    # A development that nobody knows is no fault of the contract: it waits for its home.
    assert foreseen(committed_app, run)[-1] == (11, "unmatched")
    run = applied(committed_app, run, actor=bureau, leave_out=True)
    assert (run.state, run.left_out, on_record(committed_app)) == ("applied", 9, {"A-7": "unmatched"})


def test_what_goes_out_comes_back_without_a_change(committed_app: Flask, town: Town, bureau: Actor) -> None:
    with saved(committed_app) as session:
        home = session.get_one(Home, town.home.id)
        other = make_home(session, town.shop)
        load(
            session,
            town.shop,
            line_of(home, "=1+1", price="450000.05", payment="", fit_out="fitted", bulk="1", staff="1"),
            line_of(other, "A-2", cancelled="1", voucher_paid="1", payment="instalment"),
            line_of(other, "A-3", development="别处", unit="02", room="A-0101"),
        )
        lines = list(writing.contract_lines(list_registered(session, actor=bureau)))
    for content, name in (
        (writing.as_workbook(lines, writing.SALES), "a.xlsx"),
        ("".join(writing.as_csv(lines, writing.SALES)).encode(), "a.csv"),
    ):
        assert b"'=1+1" in content or name == "a.xlsx"
        run = previewed_of_bureau(committed_app, content, actor=bureau, kind="sales", name=name)
        assert (faults(committed_app, run), run.counts and run.counts["same"]) == ([], 3)
