"""A registry's file of contracts on its way into a stock of listed homes: foreseen, then carried out.

Meanwhile a bystander asks again and again for the lock on one of the file's homes, another each time: how
long it waits at most is how long a household would. The baseline takes the same number of contracts one by
one in one transaction, on other homes of the same stock. In the end a person's table is imported.
"""

import hashlib
import random
import threading
import time
from collections.abc import Callable

import psycopg
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app import create_app
from app.core import clock
from app.core.actor import Actor, Role, system_actor
from app.demo.databases import Addresses
from app.homes.models import Building, Development
from app.identity.models import District
from app.imports import flows as imports
from app.imports import service as import_service
from app.imports.models import ImportRun
from app.sales import flows, reader
from app.sales.models import SalesFile
from tests.bench.harness import Result, compared
from tests.database import Cluster, disconnect, settings_for
from tests.factories.homes import make_building, make_developer, make_development
from tests.factories.identity import make_actor, make_district
from tests.factories.imports import previewed_of_bureau
from tests.factories.one_by_one import take_singly
from tests.factories.sales import HEADING
from tests.web.town import saved

FEW, MANY, TABLE, BUILDINGS = 2_000, 10_000, 1_800, 20
HOMES = 2 * FEW + MANY + TABLE
_STOCK = """
INSERT INTO homes (ref, development_id, building_id, unit, storey, room, kind, rooms, area_m2, status,
                   doc_version, created_at)
SELECT 'FYB' || n, b.development_id, b.id, '1', n / 20 / 20 + 1, (n / 20)::text, 'home', 3, 90, 'free',
       1, now()
FROM generate_series(0, :homes - 1) n
JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM buildings WHERE development_id = :id) b
    ON b.place = n % 20
"""
_PRICES = """
INSERT INTO price_versions (home_id, kind, amount_fen, effective_from, reason, source, filing_number)
SELECT home.id, price.kind, price.fen, '2016-01-01', 'x', 'developer', price.number
FROM homes home CROSS JOIN (VALUES ('filed', 47000000, '备-1'), ('cash', 45000000, NULL),
                                   ('voucher', 44000000, NULL)) price (kind, fen, number)
WHERE home.development_id = :id
"""
_LISTINGS = """
INSERT INTO pool_listings (district_id, home_id, state, changed_at, first_listed_at)
SELECT development.district_id, home.id, 'listed', now(), now()
FROM homes home JOIN developments development ON development.id = home.development_id
WHERE development.id = :id
"""
_PLACES = """
SELECT home.id, development.name, building.name, home.unit, home.room FROM homes home
JOIN developments development ON development.id = home.development_id
JOIN buildings building ON building.id = home.building_id
WHERE home.development_id = :id ORDER BY home.id
"""


def run() -> list[Result]:
    """Fill a database of its own, measure, and return the figures."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        return _measure(cluster.clone(name))
    finally:
        cluster.drop(name)
        cluster.close()


def _measure(addresses: Addresses) -> list[Result]:
    app = create_app(settings_for(addresses))
    district_id, places = _fill(app)
    alone, few, many, table = (
        places[:FEW], places[FEW : 2 * FEW], places[2 * FEW : 2 * FEW + MANY], places[2 * FEW + MANY :],
    )  # fmt: skip

    def timed(act: Callable[[Session], object], asked: list[_Place]) -> tuple[float, float]:
        with _Bystander(addresses, [place[0] for place in asked]) as bystander:
            began = time.perf_counter()
            with saved(app) as session:
                session.execute(text("SET statement_timeout = 0"))
                act(session)
        return time.perf_counter() - began, bystander.longest

    single, single_wait = timed(lambda session: _singly(session, district_id, alone), alone)
    foreseen, foreseen_wait = timed(lambda session: _receive(session, district_id, few), few)
    applied, applied_wait = timed(lambda session: _carry_out(session, district_id, few), few)
    timed(lambda session: _receive(session, district_id, many), many)
    all_applied, all_wait = timed(lambda session: _carry_out(session, district_id, many), many)
    run = _ordered(app, district_id, table)
    table_applied, table_wait = timed(lambda session: imports.apply(session, run_id=run.id), table)
    with saved(app) as session:
        assert session.get_one(ImportRun, run.id).state == "applied"
    disconnect(app)
    return [
        compared(f"{FEW} contracts foreseen", "s", foreseen, single),
        compared(f"{FEW} contracts foreseen: longest wait for a home", "s", foreseen_wait, single_wait),
        compared(f"{FEW} contracts carried out", "s", applied, single),
        compared(f"{FEW} contracts carried out: longest wait for a home", "s", applied_wait, single_wait),
        compared(f"{MANY} contracts carried out", "s", all_applied, single * MANY / FEW),
        Result(f"{MANY} contracts carried out: longest wait for a home", "s", all_wait),
        Result(f"{TABLE} contracts of a table imported", "s", table_applied),
        Result(f"{TABLE} contracts of a table imported: longest wait for a home", "s", table_wait),
    ]


_Place = tuple[int, str, str, str, str]


def _fill(app: Flask) -> tuple[int, list[_Place]]:
    """Make one development of listed homes; return its district, and the homes by id with their places."""
    with saved(app) as session:
        district = make_district(session)
        developer: Actor = make_developer(session, admitted_to=district)
        development: Development = make_development(session, developer=developer, district=district)
        for number in range(BUILDINGS):
            building: Building = make_building(
                session, developer=developer, development=development, name=f"{number + 1}幢"
            )
            building.storeys = 100
        session.flush()
        session.execute(text("SET LOCAL statement_timeout = 0"))
        for statement in (_STOCK, _PRICES, _LISTINGS):
            session.execute(text(statement), {"id": development.id, "homes": HOMES})
        rows = session.execute(text(_PLACES), {"id": development.id}).all()
        places = [(row[0], row[1], row[2], row[3], row[4]) for row in rows]
        random.Random(1).shuffle(places)
        return district.id, places


def _file(places: list[_Place]) -> bytes:
    day = clock.today().isoformat()
    told = (
        f"网签-{home_id},{development},{building},{unit},{room},{day},450000.00,full,bare,0,0,0,0"
        for home_id, development, building, unit, room in places
    )
    return ("\n".join((HEADING, *told)) + "\n").encode()


def _singly(session: Session, district_id: int, places: list[_Place]) -> None:
    contracts = reader.read(_file(places), today=clock.today())
    file = SalesFile(
        ref="WQ-BENCH",
        district_id=district_id,
        sha256="-",
        name="-",
        rows=FEW,
        state="read",
        sent_at=clock.now(),
    )
    session.add(file)
    session.flush()
    outcomes = take_singly(session, system_actor(district_id), file, contracts)
    assert set(outcomes) == {"sold"}, set(outcomes)


def _receive(session: Session, district_id: int, places: list[_Place]) -> None:
    file = flows.receive(
        session,
        actor=system_actor(district_id),
        district_id=district_id,
        name="x.csv",
        content=_file(places),
    )
    assert (file.outcome or {})["counts"] == {"sold": len(places)}


def _ordered(app: Flask, district_id: int, places: list[_Place]) -> ImportRun:
    """Return the run of a person's table that was looked at, read, confirmed and ordered."""
    with saved(app) as session:
        bureau = make_actor(session, role=Role.REGULATOR, district=session.get_one(District, district_id))
    run = previewed_of_bureau(app, _file(places), actor=bureau, kind="sales", name="x.csv")
    assert (run.state, run.counts and run.counts["changed"]) == ("ready", len(places)), run.failure
    with saved(app) as session:
        return import_service.order(session, actor=bureau, ref=run.ref, reason="", leave_out=False)


def _carry_out(session: Session, district_id: int, places: list[_Place]) -> None:
    sha256 = hashlib.sha256(_file(places)).hexdigest()
    ref = session.scalars(select(SalesFile.ref).where(SalesFile.sha256 == sha256)).one()
    file = flows.carry_out(session, actor=system_actor(district_id), district_id=district_id, file_ref=ref)
    assert (file.outcome or {})["counts"] == {"sold": len(places)}


class _Bystander:
    """Asks for the lock on one of some homes, another each time, until told to stop."""

    def __init__(self, addresses: Addresses, home_ids: list[int]) -> None:
        self._address, self._home_ids = addresses.owner, home_ids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.longest = 0.0

    def __enter__(self) -> "_Bystander":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        lock, chance = "SELECT FROM homes WHERE id = %s FOR NO KEY UPDATE", random.Random(2)
        with psycopg.connect(self._address, autocommit=True) as connection:
            while not self._stop.wait(0.005):
                began = time.perf_counter()
                with connection.transaction():
                    connection.execute(lock, [chance.choice(self._home_ids)])
                self.longest = max(self.longest, time.perf_counter() - began)
