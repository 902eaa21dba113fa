"""A sales table of 100,000 homes on its way into an empty development, then again with new voucher prices.

Each file is looked at, read and applied by one process of its own, whose memory is measured. While the prices
change, a bystander asks again and again for the lock on a home: how long it waits at most is how long a
household would. Baselines: the same by one service call a home, from a few hundred of them.
"""

import multiprocessing
import resource
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from flask import Flask
from openpyxl import Workbook
from sqlalchemy import text
from sqlalchemy.orm import Session

from app import create_app
from app.core.actor import Actor
from app.demo.databases import Addresses
from app.extensions import db
from app.gateways.files import FolderFiles
from app.homes import service as homes
from app.homes.models import Development
from app.identity.models import District
from app.imports import flows, service
from app.imports.models import ImportRun
from tests.bench.harness import Result, compared
from tests.database import Cluster, disconnect, settings_for
from tests.factories.homes import make_building, make_developer, make_development, make_home
from tests.factories.identity import make_district
from tests.factories.imports import plan
from tests.unit.imports.books import HEAD
from tests.web.town import saved

HOMES, BUILDINGS, SINGLE = 100_000, 100, 300
_LIST_ALL = """
INSERT INTO pool_listings (district_id, home_id, state, changed_at, first_listed_at)
SELECT development.district_id, home.id, 'listed', now(), now()
FROM homes home JOIN developments development ON development.id = home.development_id
WHERE development.id = :id
"""
MOST = 100 * 1024 * 1024


def run() -> list[Result]:
    """Fill a database of its own, measure, and return the figures."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(cluster.clone(name), Path(folder))
    finally:
        cluster.drop(name)
        cluster.close()


def _measure(addresses: Addresses, folder: Path) -> list[Result]:
    app = create_app(settings_for(addresses))
    with saved(app) as session:
        district = make_district(session)
        actor = make_developer(session, admitted_to=district)
        development = make_development(session, developer=actor, district=district)
    one_new, one_price = _one_by_one(app, actor, district)
    new = _process(addresses, folder, _book(550_000), actor, development)
    with saved(app) as session:
        session.execute(text("SET LOCAL statement_timeout = 0"))
        session.execute(text(_LIST_ALL), {"id": development.id})
    with _Bystander(addresses, development.id) as bystander:
        changed = _process(addresses, folder, _book(540_000), actor, development)
    disconnect(app)
    return [
        compared(f"import of {HOMES} new homes", "s", sum(new.seconds), one_new * HOMES),
        *_steps("new homes", new),
        *_steps("changed prices", changed),
        compared(f"import of {HOMES} changed prices", "s", sum(changed.seconds), one_price * HOMES),
        compared(
            "import of changed prices: longest wait for a home", "s", bystander.longest, one_price * HOMES
        ),
        Result("import: peak memory of the worker", "MiB", max(new.peak_mib, changed.peak_mib)),
    ]


def _steps(what: str, figures: "_Figures") -> list[Result]:
    names = ("look", "read", "apply")
    return [
        Result(f"import of {what}: {name}", "s", seconds)
        for name, seconds in zip(names, figures.seconds, strict=True)
    ]


def _book(voucher: int) -> bytes:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("销控表")
    sheet.append(HEAD)
    for number in range(HOMES):
        storey, room = divmod(number // BUILDINGS, 40)
        place = [f"{number % BUILDINGS + 1}幢", "1", storey + 1, f"{storey + 1}{room:02d}"]
        filed, cash = 600_000 + storey * 1000, 570_000 + storey * 500
        sheet.append([*place, 3, 89.5 + room, filed, "备2016-12", cash, voucher + storey])
    with tempfile.TemporaryFile() as out:
        book.save(out)
        out.seek(0)
        return out.read()


def _one_by_one(app: Flask, actor: Actor, district: District) -> tuple[float, float]:
    """Return the seconds a home takes to be created, and a price to be changed, by a service call each."""
    with saved(app) as session:
        development = make_development(session, developer=actor, district=district)
        building = make_building(session, developer=actor, development=development)
    began = time.perf_counter()
    made = []
    for _ in range(SINGLE):
        with saved(app) as session:
            made.append(make_home(session, developer=actor, building=building).id)
    created = time.perf_counter()
    for home_id in made:
        with saved(app) as session:
            homes.set_price(
                session, actor=actor, home_id=home_id, kind="voucher", amount_fen=54_000_000, reason="x"
            )
    return (created - began) / SINGLE, (time.perf_counter() - created) / SINGLE


class _Figures:
    def __init__(self, seconds: list[float], peak_mib: float) -> None:
        self.seconds, self.peak_mib = seconds, peak_mib


def _process(
    addresses: Addresses, folder: Path, content: bytes, actor: Actor, development: Development
) -> _Figures:
    path = folder / "book.xlsx"
    path.write_bytes(content)
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        return pool.apply(_work, (addresses, path, folder, actor, development.id))


def _work(addresses: Addresses, path: Path, folder: Path, actor: Actor, development_id: int) -> _Figures:
    """Take one file all the way, as a worker does, and return the seconds of each step."""
    app = create_app(settings_for(addresses))
    store = FolderFiles(folder / "files")
    with path.open("rb") as file:
        stored = store.put(file, most=MOST)
    seconds: list[float] = []

    def step(act: Callable[[Session], object]) -> None:
        began = time.perf_counter()
        with app.app_context():
            session = db.session()
            session.execute(text("SET statement_timeout = 0"))
            act(session)
            session.commit()
        seconds.append(time.perf_counter() - began)

    with saved(app) as session:
        run_id = service.start(
            session, actor=actor, development_id=development_id, stored=stored, file_name="a.xlsx"
        ).id
    step(lambda session: flows.look(session, store, run_id=run_id))
    with saved(app) as session:
        plan(session, session.get_one(ImportRun, run_id), actor=actor)
    step(lambda session: flows.read(session, store, run_id=run_id))
    with saved(app) as session:
        found = session.get_one(ImportRun, run_id)
        assert found.state == "ready", (found.state, found.failure)
        assert not (found.counts or {})["bad"]
        service.order(session, actor=actor, ref=found.ref, reason="调价", leave_out=False)
    step(lambda session: flows.apply(session, run_id=run_id))
    with saved(app) as session:
        assert session.get_one(ImportRun, run_id).state == "applied"
    return _Figures(seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


class _Bystander:
    """Asks for the lock on one home until told to stop."""

    def __init__(self, addresses: Addresses, development_id: int) -> None:
        self._address, self._development_id = addresses.owner, development_id
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
        lock = "SELECT FROM homes WHERE id = %s FOR NO KEY UPDATE"
        with psycopg.connect(self._address, autocommit=True) as connection:
            first = "SELECT min(id) FROM homes WHERE development_id = %s"
            row = connection.execute(first, [self._development_id]).fetchone()
            assert row
            while not self._stop.wait(0.02):
                began = time.perf_counter()
                with connection.transaction():
                    connection.execute(lock, row)
                self.longest = max(self.longest, time.perf_counter() - began)
