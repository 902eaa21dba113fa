"""A file's way into the stock: looked at, read, previewed, applied as a whole or not at all."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import jobs
from app.cases.models import Signal
from app.core.actor import Role
from app.core.clock import FixedClock
from app.core.errors import DomainError
from app.gateways import files
from app.homes import service as homes
from app.homes.models import Building, Home, PriceVersion
from app.homes.pool_models import PoolListing
from app.homes.queries import current_prices
from app.imports import flows, queries, service, staging
from app.imports.errors import ImportMoved
from app.imports.models import ImportRow, ImportRun
from app.notices.models import Notice
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_actor, make_district
from tests.factories.imports import applied, fetch, plan, previewed, send
from tests.integration.imports.conftest import Desk
from tests.unit.imports.books import HEAD, HOME, table
from tests.web.town import saved

NAME = "销控表.xlsx"


def line(**cells: Any) -> list[Any]:
    return [cells.get(head, cell) for head, cell in zip(HEAD, HOME, strict=True)]


def prices_of(session: Session, ref: str) -> tuple[int | None, ...]:
    home = session.scalars(select(Home).where(Home.ref == ref)).one()
    amounts = current_prices(session, [home.id])[home.id].amounts
    return amounts.filed_fen, amounts.cash_fen, amounts.voucher_fen


def test_new_homes_come_with_their_building_and_prices(committed_app: Flask, desk: Desk) -> None:
    content = table(
        [*HEAD, "总层数", "单元数", "电梯"],
        [*HOME, 40, 3, "无"],
        line(室号="1102", 房票价=None),
        [*line(楼栋="5号楼", 楼层=7, 室号="701"), 9, 2, "有"],
    )
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    assert run.state == "ready"
    assert run.counts
    assert {name: run.counts[name] for name in ("new", "changed", "same", "bad")} == {
        "new": 3, "changed": 0, "same": 0, "bad": 0,
    }  # fmt: skip
    assert (run.done, run.total) == (4, 4)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 1
    run = applied(committed_app, run, actor=desk.actor)
    assert (run.state, run.left_out) == ("applied", 0)
    with saved(committed_app) as session:
        made = session.scalars(select(Home).order_by(Home.id)).all()[1:]
        assert [(one.building.name, one.unit, one.storey, one.room, one.status) for one in made] == [
            ("3幢", "1", 11, "1101", "free"),
            ("3幢", "1", 11, "1102", "free"),
            ("5号楼", "1", 7, "701", "free"),
        ]
        assert prices_of(session, made[0].ref) == (60_000_000, 57_000_000, 55_000_000)
        assert prices_of(session, made[1].ref) == (60_000_000, 57_000_000, None)
        new = session.scalars(select(Building).where(Building.name == "5号楼")).one()
        assert (new.storeys, new.units, new.has_lift) == (9, 2, True)
        kept = session.scalars(select(Building).where(Building.name == "3幢")).one()
        assert (kept.storeys, kept.has_lift) == (18, True)
        filed = (PriceVersion.home_id == made[0].id) & (PriceVersion.kind == "filed")
        version = session.scalars(select(PriceVersion).where(filed)).one()
        assert (version.reason, version.filing_number, version.author_id) == (
            "首次填报", "备2016-12", desk.actor.user_id,
        )  # fmt: skip


def test_spaces_come_by_the_same_table(committed_app: Flask, desk: Desk) -> None:
    """A new garage is a building; sent again all is the same; the file that goes out has homes alone."""
    space = line(楼栋="地下车库", 单元=None, 楼层="B1", 室号="车位b-023", 几室=None, 建筑面积=12.72)
    space = [*space[:6], 90000, "备2016-12", 85000, 80000]
    content = table(
        [*HEAD, "类型"], [*HOME, "住宅"], [*space, "产权车位"], [*space[:3], "7", *space[4:], "储藏室"]
    )
    run = applied(
        committed_app,
        previewed(committed_app, content, actor=desk.actor, development=desk.development),
        actor=desk.actor,
    )
    assert run.state == "applied"
    assert run.counts
    assert (run.counts["new"], run.counts["spaces"]["new"]) == (3, 2)
    with saved(committed_app) as session:
        made = session.scalars(select(Home).where(Home.kind != "home").order_by(Home.id)).all()
        assert [(one.kind, one.name, one.storey, one.unit, one.rooms) for one in made] == [
            ("parking", "地下车库B-023号车位", -1, "", 0),
            ("storage", "地下车库7号储藏室", -1, "", 0),
        ]
        assert prices_of(session, made[0].ref) == (9_000_000, 8_500_000, 8_000_000)
        stock, _sizes = staging.load_stock(session, desk.development.id)
        assert {key[3] for key in stock} == {"305", "1101"}
    again = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    assert again.counts
    assert (again.counts["same"], again.counts["bad"]) == (3, 0)
    assert again.counts["spaces"] == {**dict.fromkeys(again.counts["spaces"], 0), "same": 2}


def test_a_changed_price_ends_the_old_version_and_keeps_the_reason(committed_app: Flask, desk: Desk) -> None:
    content = table(HEAD, desk.line(房票价=540000))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    with saved(committed_app) as session:
        (row,) = queries.list_rows(session, run_id=run.id, verdict="changed", limit=9)
        assert (row.voucher_fen, row.cash_fen, row.filed_fen, row.before) == (
            54_000_000, None, None, {"voucher_fen": 55_000_000},
        )  # fmt: skip
        seen = session.get_one(Home, desk.home.id).doc_version
    applied(committed_app, run, actor=desk.actor)
    with saved(committed_app) as session:
        home = session.get_one(Home, desk.home.id)
        assert home.doc_version == seen + 1
        versions = session.scalars(
            select(PriceVersion)
            .where(PriceVersion.home_id == home.id, PriceVersion.kind == "voucher")
            .order_by(PriceVersion.id)
        ).all()
        assert [(one.amount_fen, one.reason) for one in versions] == [
            (55_000_000, "首次填报"),
            (54_000_000, "五月调价"),
        ]
        assert versions[0].effective_to == versions[1].effective_from
        assert versions[1].effective_to is None


def test_a_cell_left_empty_changes_nothing(committed_app: Flask, desk: Desk) -> None:
    content = table(HEAD, desk.line(几室=None, 建筑面积=None, 备案价=None, 现金价=None, 房票价=None))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    assert run.counts
    assert run.counts["same"] == 1


def test_a_lowered_cash_price_takes_the_listing_out_and_opens_a_signal(
    committed_app: Flask, desk: Desk
) -> None:
    with saved(committed_app) as session:
        homes.publish(session, actor=desk.actor, home_id=desk.home.id)
    content = table(HEAD, desk.line(现金价=540000))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    assert run.counts
    assert (run.counts["changed"], run.counts["leaving"]) == (1, 1)
    applied(committed_app, run, actor=desk.actor)
    with saved(committed_app) as session:
        listing = session.scalars(select(PoolListing)).one()
        assert (listing.state, listing.out_reason) == ("out", "voucher_above_cash")
        signal = session.scalars(select(Signal)).one()
        assert (signal.kind, signal.grade, signal.home_id) == ("voucher_above_cash", "A", desk.home.id)
        detail = session.scalar(text("SELECT detail FROM audit_rows WHERE action = 'imports.apply'"))
        assert detail == {
            "file_sha256": run.file_sha256,
            "new": 0,
            "changed": 1,
            "left_out": 0,
            "listings_out": [listing.id],
        }


def test_many_signals_of_one_import_are_one_message_a_side(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        bureau = make_actor(session, role=Role.REGULATOR, district=desk.district)
        rooms = [str(401 + number) for number in range(6)]
        for room in rooms:
            home = make_home(session, developer=desk.actor, building=desk.building, room=room, storey=4)
            homes.publish(session, actor=desk.actor, home_id=home.id)
    content = table(HEAD, *(desk.line(楼层=4, 室号=room, 现金价=540000) for room in rooms))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    applied(committed_app, run, actor=desk.actor)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count()).select_from(Signal)) == 6
        told = session.execute(select(Notice.organisation_id, Notice.kind).order_by(Notice.id)).all()
        assert [tuple(one) for one in told] == [
            (bureau.organisation, "signals_opened"),
            (desk.actor.organisation, "developer_signals_opened"),
        ]


@pytest.mark.parametrize(
    ("cells", "code", "position"),
    [
        ({"房票价": 580000}, "voucher_above_cash", 9),
        ({"现金价": 610000}, "cash_above_filed", 8),
        ({"备案价": 610000, "备案编号": None}, "filing_number_missing", 7),
    ],
)
def test_a_row_against_a_price_rule_is_bad_at_its_cell(
    committed_app: Flask, desk: Desk, cells: dict[str, Any], code: str, position: int
) -> None:
    content = table(HEAD, desk.line(**cells))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    with saved(committed_app) as session:
        (bad,) = queries.list_bad_rows(session, run_id=run.id, limit=9)
        assert [(fault.code, fault.position, bad.row) for fault in bad.faults] == [(code, position, 2)]


def test_all_or_nothing_unless_a_person_leaves_the_bad_rows_out(committed_app: Flask, desk: Desk) -> None:
    content = table(HEAD, HOME, line(室号="1102", 备案价="待查询"))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    with saved(committed_app) as session, pytest.raises(DomainError, match="import_bad_rows"):
        service.order(session, actor=desk.actor, ref=run.ref, reason="x", leave_out=False)
    run = applied(committed_app, run, actor=desk.actor, leave_out=True)
    assert (run.state, run.left_out) == ("applied", 1)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 2


def test_a_room_twice_in_the_file_is_bad_both_times(committed_app: Flask, desk: Desk) -> None:
    content = table(HEAD, HOME, line(室号="1102"), line(房票价=540000))
    run = previewed(committed_app, content, actor=desk.actor, development=desk.development)
    assert run.counts
    assert (run.counts["new"], run.counts["bad"]) == (1, 2)
    with saved(committed_app) as session:
        bad = queries.list_bad_rows(session, run_id=run.id, limit=9)
        assert [(one.row, fault.code, fault.params["row"]) for one in bad for fault in one.faults] == [
            (2, "twice_in_file", 4),
            (4, "twice_in_file", 2),
        ]


def test_a_home_that_changed_after_the_preview_is_compared_anew(committed_app: Flask, desk: Desk) -> None:
    run = previewed(
        committed_app,
        table(HEAD, HOME, desk.line(房票价=540000)),
        actor=desk.actor,
        development=desk.development,
    )
    with saved(committed_app) as session:
        homes.set_price(
            session, actor=desk.actor, home_id=desk.home.id, kind="voucher", amount_fen=53_000_000, reason="x"
        )
    run = applied(committed_app, run, actor=desk.actor)
    assert (run.state, run.moved) == ("ready", True)
    with saved(committed_app) as session:
        assert session.scalar(select(func.count()).select_from(Home)) == 1
        (row,) = queries.list_rows(session, run_id=run.id, verdict="changed", limit=9)
        assert row.before == {"voucher_fen": 53_000_000}
    assert applied(committed_app, run, actor=desk.actor).state == "applied"


def test_a_home_that_came_into_being_after_the_preview_is_compared_anew(
    committed_app: Flask, desk: Desk
) -> None:
    run = previewed(committed_app, table(HEAD, HOME), actor=desk.actor, development=desk.development)
    twin = previewed(committed_app, table(HEAD, HOME), actor=desk.actor, development=desk.development)
    assert applied(committed_app, run, actor=desk.actor).state == "applied"
    twin = applied(committed_app, twin, actor=desk.actor)
    assert (twin.state, twin.moved) == ("ready", True)
    assert twin.counts
    assert (twin.counts["new"], twin.counts["same"]) == (0, 1)


def test_every_step_twice_is_once(committed_app: Flask, desk: Desk) -> None:
    run = previewed(committed_app, table(HEAD, HOME), actor=desk.actor, development=desk.development)
    run = applied(committed_app, run, actor=desk.actor)
    with saved(committed_app) as session:
        flows.apply(session, run_id=run.id)
        flows.read(session, files.current(), run_id=run.id)
        flows.look(session, files.current(), run_id=run.id)
        assert session.scalar(select(func.count()).select_from(Home)) == 2
        with pytest.raises(ImportMoved):
            service.discard(session, actor=desk.actor, ref=run.ref)


def test_a_reading_cut_short_begins_again(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        run = send(session, table(HEAD, HOME), actor=desk.actor, development=desk.development, name=NAME)
    jobs.run_waiting(committed_app)
    with saved(committed_app) as session:
        plan(session, session.get_one(ImportRun, run.id), actor=desk.actor)
        session.add(
            ImportRow(run_id=run.id, sheet=0, row=2, verdict="bad")  # what a killed worker had staged
        )
    jobs.run_waiting(committed_app)
    run = fetch(committed_app, run.id)
    assert (run.state, run.counts and run.counts["new"]) == ("ready", 1)


def test_a_file_that_kills_its_worker_is_given_up(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        run = send(session, table(HEAD, HOME), actor=desk.actor, development=desk.development, name=NAME)
        run.tries = service.MOST_TRIES
    jobs.run_waiting(committed_app)
    run = fetch(committed_app, run.id)
    assert (run.state, run.failure) == ("failed", "import_gave_up")


def test_a_file_that_is_no_table_fails_with_its_reason(committed_app: Flask, desk: Desk) -> None:
    run = previewed(
        committed_app, table(HEAD, HOME)[:900], actor=desk.actor, development=desk.development, name=NAME
    )
    assert (run.state, run.failure) == ("failed", "import_truncated")


def test_nobody_sends_a_file_for_another_companys_development(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        other = make_developer(session)
        with pytest.raises(DomainError, match="development_not_found"):
            send(session, b"x", actor=other, development=desk.development, name=NAME)


def test_a_sold_home_stays_as_it_is(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        home = session.get_one(Home, desk.home.id)
        homes.mark_locked(session, home)
        homes.mark_sold(session, home)
    run = previewed(
        committed_app, table(HEAD, desk.line(房票价=540000)), actor=desk.actor, development=desk.development
    )
    with saved(committed_app) as session:
        (bad,) = queries.list_bad_rows(session, run_id=run.id, limit=9)
        assert [fault.code for fault in bad.faults] == ["home_sold"]


def test_a_home_being_bought_may_change_its_price_and_not_its_size(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        homes.mark_locked(session, session.get_one(Home, desk.home.id))
    run = previewed(
        committed_app, table(HEAD, desk.line(房票价=540000)), actor=desk.actor, development=desk.development
    )
    assert run.counts
    assert (run.counts["changed"], run.counts["buying"]) == (1, 1)
    run = previewed(
        committed_app, table(HEAD, desk.line(建筑面积=90)), actor=desk.actor, development=desk.development
    )
    with saved(committed_app) as session:
        (bad,) = queries.list_bad_rows(session, run_id=run.id, limit=9)
        assert [fault.code for fault in bad.faults] == ["fixed_while_bought"]


def test_homes_of_another_development_are_out_of_reach(committed_app: Flask, desk: Desk) -> None:
    with saved(committed_app) as session:
        district = make_district(session)
        elsewhere = make_development(session, developer=desk.actor, district=district)
        building = make_building(session, developer=desk.actor, development=elsewhere, name="3幢")
        make_home(session, developer=desk.actor, building=building, storey=11, room="1101")
    run = previewed(committed_app, table(HEAD, HOME), actor=desk.actor, development=desk.development)
    assert run.counts
    assert run.counts["new"] == 1


def test_what_was_staged_is_forgotten_after_a_month(
    committed_app: Flask, desk: Desk, clock: FixedClock
) -> None:
    run = previewed(committed_app, table(HEAD, HOME), actor=desk.actor, development=desk.development)
    done = previewed(
        committed_app, table(HEAD, line(室号="1102")), actor=desk.actor, development=desk.development
    )
    applied(committed_app, done, actor=desk.actor)
    for days, staged, state in ((29, 2, "ready"), (2, 0, "discarded")):
        clock.moment += timedelta(days=days)
        with saved(committed_app) as session:
            service.tidy(session)
            assert session.scalar(select(func.count()).select_from(ImportRow)) == staged
        assert fetch(committed_app, run.id).state == state
    assert fetch(committed_app, done.id).state == "applied"
