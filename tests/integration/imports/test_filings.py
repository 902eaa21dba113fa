"""A bureau's filed prices from its own table: previewed home by home, in force as a whole or not at all."""

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from app import jobs
from app.cases.models import Signal
from app.core.actor import Actor, Role
from app.core.errors import DomainError, Forbidden
from app.homes import service as homes
from app.homes.filings import Filed, filed_of
from app.homes.models import Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.imports import flows, queries, service, staging, writing
from app.imports.models import ImportRow, ImportRun
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.factories.imports import applied, fetch, previewed_of_bureau
from tests.integration.imports.conftest import Desk
from tests.unit.imports.books import table
from tests.web.town import saved

HEAD = [
    "项目名称",
    "幢号",
    "单元",
    "房号",
    "建筑面积",
    "备案单价(元/㎡)",
    "备案总价(万元)",
    "备案编号",
    "备案日期",
]


@pytest.fixture
def bureau(committed_app: Flask, desk: Desk) -> Actor:
    with saved(committed_app) as session:
        return make_actor(session, role=Role.REGULATOR, district=desk.district)


def line(desk: Desk, **cells: Any) -> list[Any]:
    """Return a row that files 58 万 for the desk's home, with other cells under some heads."""
    home = desk.home
    row = [desk.development.name, "3号楼", home.unit, "305室", None, None, "58", "备2016-88", "2016年5月20日"]
    return [cells.get(head.partition("(")[0], cell) for head, cell in zip(HEAD, row, strict=True)]


def read(app: Flask, bureau: Actor, *rows: list[Any], **given: Any) -> ImportRun:
    return previewed_of_bureau(app, table(HEAD, *rows), actor=bureau, kind="filings", **given)


def filed(app: Flask, home: Home) -> Filed:
    with saved(app) as session:
        return filed_of(session, [home.id])[home.id]


def faults(app: Flask, run: ImportRun) -> list[tuple[int, int | None, str]]:
    with saved(app) as session:
        found = queries.list_bad_rows(session, run_id=run.id, limit=99)
        return [(one.row, fault.position, fault.code) for one in found for fault in one.faults]


def test_filed_prices_come_into_force_beside_the_developers_own(
    committed_app: Flask, desk: Desk, bureau: Actor
) -> None:
    run = read(committed_app, bureau, line(desk))
    assert run.counts
    assert (run.state, run.counts["changed"], run.counts["bad"]) == ("ready", 1, 0)
    with saved(committed_app) as session:
        (row,) = queries.list_rows(session, run_id=run.id, verdict="changed", limit=9)
        assert (row.development, row.filed_fen, row.filing_number, row.filed_on) == (
            desk.development.name, 58_000_000, "备2016-88", date(2016, 5, 20),
        )  # fmt: skip
        assert row.before == {"filed_fen": 60_000_000, "filing_number": "备2016-0012", "filed_on": None}
        seen = session.get_one(Home, desk.home.id).doc_version
    run = applied(committed_app, run, actor=bureau)
    assert (run.state, run.reason) == ("applied", None)
    both = filed(committed_app, desk.home)
    assert both.bureau
    assert both.own
    assert (both.bureau.amount_fen, both.bureau.filed_on, both.bureau.author_id, both.own.amount_fen) == (
        58_000_000, date(2016, 5, 20), bureau.user_id, 60_000_000,
    )  # fmt: skip
    with saved(committed_app) as session:
        assert session.get_one(Home, desk.home.id).doc_version == seen + 1
    again = read(committed_app, bureau, line(desk))
    assert again.counts
    assert (again.counts["changed"], again.counts["same"]) == (0, 1)


@pytest.mark.parametrize("price", ["54", "56"], ids=["below both", "below the cash price"])
def test_a_price_below_voucher_or_cash_price_takes_the_home_out_and_opens_a_signal(
    committed_app: Flask, desk: Desk, bureau: Actor, price: str
) -> None:
    with saved(committed_app) as session:
        homes.publish(session, actor=desk.actor, home_id=desk.home.id)
    run = read(committed_app, bureau, line(desk, 备案总价=price))
    assert run.counts
    assert (run.counts["leaving"], run.counts["cash_above"]) == (1, 1)
    applied(committed_app, run, actor=bureau)
    with saved(committed_app) as session:
        listing = session.scalars(select(PoolListing)).one()
        assert (listing.state, listing.out_reason) == ("out", "voucher_above_filed")
        signal = session.scalars(select(Signal)).one()
        assert (signal.kind, signal.home_id) == ("voucher_above_filed", desk.home.id)
        detail = session.scalar(text("SELECT detail FROM audit_rows WHERE action = 'imports.apply'"))
        assert detail["listings_out"] == [listing.id]


def test_what_the_file_does_not_say_is_given_once(committed_app: Flask, desk: Desk, bureau: Actor) -> None:
    row = line(desk, 项目名称=None, 备案编号=None, 备案日期=None, 备案单价=6500, 备案总价=None)
    assert faults(committed_app, read(committed_app, bureau, row)) == [(2, 0, "development_missing")]
    given = {
        "development": desk.development.ref, "filing_number": "备2016-90", "filed_on": "2016-05-21",
    }  # fmt: skip
    run = applied(committed_app, read(committed_app, bureau, row, **given), actor=bureau)
    assert run.state == "applied"
    price = filed(committed_app, desk.home).bureau
    assert price
    # The row has no area of its own: the home's counts.
    assert (price.amount_fen, price.filing_number, price.filed_on) == (
        int(6500 * desk.home.area_m2 * 100), "备2016-90", date(2016, 5, 21),
    )  # fmt: skip


def test_rows_that_cannot_be_used_are_named_and_left_out_by_choice_only(
    committed_app: Flask, desk: Desk, bureau: Actor
) -> None:
    with saved(committed_app) as session:
        developer = make_developer(session)
        place = make_development(session, developer=developer, district=make_district(session), name="他区苑")
        building = make_building(session, developer=developer, development=place, name="3幢")
        stranger = make_home(session, developer=developer, building=building, room="305")
        upper = make_home(session, developer=desk.actor, building=desk.building, room="306")
        twin = make_home(session, developer=desk.actor, building=desk.building, room="306", storey=4)
        sold = make_home(session, developer=desk.actor, building=desk.building, room="307")
        session.execute(text("UPDATE homes SET status = 'sold' WHERE id = :id"), {"id": sold.id})
    run = read(
        committed_app,
        bureau,
        line(desk),
        line(desk, 项目名称="他区苑"),
        line(desk, 项目名称="没有的苑"),
        line(desk, 房号="999"),
        line(desk, 房号="306"),
        line(desk, 房号="307"),
        line(desk, 房号="305", 备案总价="59"),
        line(desk, 房号="308", 备案日期="五月"),
    )
    assert faults(committed_app, run) == [
        (2, 3, "twice_in_file"),
        (3, 0, "development_elsewhere"),
        (4, 0, "development_unknown"),
        (5, 3, "home_unknown"),
        (6, 3, "home_ambiguous"),
        (7, 3, "home_sold"),
        (8, 3, "twice_in_file"),
        (9, 3, "home_unknown"),
        (9, 8, "day_unreadable"),
    ]
    with saved(committed_app) as session, pytest.raises(DomainError, match="import_nothing_to_do"):
        service.order(session, actor=bureau, ref=run.ref, reason="", leave_out=True)
    run = read(committed_app, bureau, line(desk), line(desk, 项目名称="他区苑"))
    with saved(committed_app) as session, pytest.raises(DomainError, match="import_bad_rows"):
        service.order(session, actor=bureau, ref=run.ref, reason="", leave_out=False)
    run = applied(committed_app, run, actor=bureau, leave_out=True)
    assert (run.state, run.left_out) == ("applied", 1)
    assert filed(committed_app, desk.home).bureau
    assert not any(filed(committed_app, home).bureau for home in (stranger, upper, twin, sold))


def test_a_home_that_moved_after_the_preview_is_compared_anew(
    committed_app: Flask, desk: Desk, bureau: Actor
) -> None:
    run = read(committed_app, bureau, line(desk))
    with saved(committed_app) as session:
        homes.file_prices(
            session,
            actor=bureau,
            amounts={desk.home.id: 59_000_000},
            filing_number="备2016-89",
            filed_on=date(2016, 5, 30),
        )
    run = applied(committed_app, run, actor=bureau)
    assert (run.state, run.moved) == ("ready", True)
    price = filed(committed_app, desk.home).bureau
    assert price
    assert price.amount_fen == 59_000_000
    assert applied(committed_app, run, actor=bureau).state == "applied"


def test_a_step_cut_short_or_taken_twice_is_once(committed_app: Flask, desk: Desk, bureau: Actor) -> None:
    run = read(committed_app, bureau, line(desk))
    with saved(committed_app) as session:
        service.order(session, actor=bureau, ref=run.ref, reason="", leave_out=False)
    with saved(committed_app) as session:
        service.apply(session, run_id=run.id)
        session.rollback()  # the worker was killed before it could commit
    assert filed(committed_app, desk.home).bureau is None
    jobs.run_waiting(committed_app)
    with saved(committed_app) as session:
        flows.apply(session, run_id=run.id)
        versions = select(func.count()).select_from(PriceVersion).where(PriceVersion.source == "bureau")
        assert session.scalar(versions) == 1
    assert fetch(committed_app, run.id).state == "applied"


def test_only_the_bureau_of_the_district_may(committed_app: Flask, desk: Desk, bureau: Actor) -> None:
    run = read(committed_app, bureau, line(desk))
    with saved(committed_app) as session:
        colleague = make_actor(session, role=Role.REGULATOR, district=make_district(session))
        officer = make_actor(session, role=Role.OFFICER, district=desk.district)
        for actor in (colleague, officer, desk.actor):
            with pytest.raises(DomainError, match="import_not_found"):
                service.order(session, actor=actor, ref=run.ref, reason="x", leave_out=False)
        for actor in (officer, desk.actor):
            with pytest.raises(Forbidden):
                service.start_for_bureau(
                    session,
                    actor=actor,
                    kind="filings",
                    stored=None,
                    file_name="x",  # type: ignore[arg-type]
                )
        wishes = staging.wishes(run.id)
        with pytest.raises(DomainError, match="home_not_found"):
            homes.write_filings(session, actor=colleague, wishes=wishes)
    elsewhere = read(committed_app, colleague, line(desk))
    assert faults(committed_app, elsewhere) == [(2, 0, "development_elsewhere")]


def test_what_goes_out_comes_back_without_a_change(committed_app: Flask, desk: Desk, bureau: Actor) -> None:
    with saved(committed_app) as session:
        make_home(session, developer=desk.actor, building=desk.building, room="306")
    applied(committed_app, read(committed_app, bureau, line(desk, 备案编号="'=1+1")), actor=bureau)
    with saved(committed_app) as session:
        stock, _sizes = staging.load_stock(session, desk.development.id)
        lines = list(writing.filing_lines(desk.development.name, stock))
    for content, name in (
        (writing.as_workbook(lines, writing.FILINGS), "a.xlsx"),
        ("".join(writing.as_csv(lines, writing.FILINGS)).encode(), "a.csv"),
    ):
        assert b"'=1+1" in content or name == "a.xlsx"
        run = previewed_of_bureau(committed_app, content, actor=bureau, kind="filings", name=name)
        assert run.counts
        assert {key: run.counts[key] for key in ("changed", "same", "bad")} == {
            "changed": 0, "same": 2, "bad": 0,
        }  # fmt: skip


@pytest.mark.parametrize(
    ("statement", "guard"),
    [
        ("UPDATE import_runs SET kind = 'homes'", "ck_import_runs_development"),
        ("UPDATE import_runs SET district_id = NULL", "ck_import_runs_district"),
        ("UPDATE import_rows SET seen_version = NULL", "ck_import_rows_changed"),
        ("UPDATE import_rows SET outcome = 'sold'", "ck_import_rows_outcome"),
    ],
)
def test_the_database_keeps_a_bureaus_run_whole(
    committed_app: Flask, desk: Desk, bureau: Actor, statement: str, guard: str
) -> None:
    run = read(committed_app, bureau, line(desk))
    with saved(committed_app) as session:
        assert session.get(ImportRow, (run.id, 0, 2))
        with pytest.raises(IntegrityError, match=guard):
            session.execute(text(statement))
        session.rollback()


def test_a_row_that_says_it_is_a_space_is_not_taken_for_the_home_with_its_number(
    committed_app: Flask, desk: Desk, bureau: Actor
) -> None:
    row = line(desk)
    spaces = [[*row, "地下车库"], [*row, "储藏室"]]
    content = table([*HEAD, "类型"], *spaces, [*row, "住宅"])
    run = previewed_of_bureau(committed_app, content, actor=bureau, kind="filings")
    assert run.counts
    assert (run.counts["changed"], run.counts["bad"]) == (1, 2)
    assert [code for _row, _place, code in faults(committed_app, run)] == ["space_not_here"] * 2
