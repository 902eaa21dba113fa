"""The registry's file by command and by night: strict, whole, and the same twice."""

import os
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app import jobs
from app.core import audit, clock
from app.core.actor import system_actor
from app.core.apart import StuckRow
from app.core.audit import AuditRow
from app.core.queue import enqueue
from app.extensions import db
from app.homes.models import Home
from app.jobs import sales as nightly
from app.sales import reader, service
from app.sales.models import CashSale, CashSaleMove, SalesFile
from tests.factories.redemptions import Shop, make_buyer, make_home, make_redemption, make_shop
from tests.factories.sales import file_of, line_of


@pytest.fixture
def committed(committed_app: Flask) -> Session:
    with committed_app.app_context(), Session(db.engine, expire_on_commit=False) as session:
        audit.initialise(session)
        session.commit()
        yield session


@pytest.fixture
def place(committed: Session) -> Shop:
    return make_shop(committed)


def on_record(session: Session) -> tuple[int, int, int]:
    """How many contracts, steps and files there are."""
    session.rollback()
    return tuple(
        session.scalars(select(func.count(model.id))).one() for model in (CashSale, CashSaleMove, SalesFile)
    )


def run(app: Flask, file: Path, code: str, *more: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["sales", "load", str(file), "--district", code, *more])
    return result.exit_code, result.output


def test_a_file_is_carried_out_once(
    committed_app: Flask, committed: Session, place: Shop, tmp_path: Path
) -> None:
    home, code = make_home(committed, place), place.desk.district.code
    file = tmp_path / "sales.csv"
    file.write_bytes(file_of(line_of(home, "A-1"), line_of(home, "A-2", room="9999")))
    status, told = run(committed_app, file, code, "--dry-run")
    assert (status, "there would be: 1 sold, 1 unmatched" in told) == (0, True), told
    assert "line 3: contract A-2: unmatched" in told
    assert on_record(committed) == (0, 0, 1)
    for _ in range(2):
        status, told = run(committed_app, file, code)
        assert (status, "there were: 1 sold, 1 unmatched" in told) == (0, True), told
        assert on_record(committed) == (2, 2, 1)
    committed.refresh(home)
    assert home.status == "sold"


def test_a_file_that_was_cut_short_goes_on_where_it_was(
    committed_app: Flask, committed: Session, place: Shop, tmp_path: Path
) -> None:
    content = file_of(*(line_of(make_home(committed, place), f"A-{number}") for number in (1, 2, 3)))
    path, district = tmp_path / "sales.csv", place.desk.district
    path.write_bytes(content)
    run(committed_app, path, district.code, "--dry-run")
    service.apply_file(
        committed,
        actor=system_actor(district.id),
        district_id=district.id,
        file_ref=committed.scalars(select(SalesFile.ref)).one(),
        contracts=reader.read(content, today=clock.today()),
        most=2,
    )
    committed.commit()
    told = run(committed_app, path, district.code, "--dry-run")[1]
    assert "3 rows, 2 done so far; there were: 2 sold" in told
    assert "3 rows; there were: 3 sold" in run(committed_app, path, district.code)[1]
    assert on_record(committed) == (3, 3, 1)
    parts = select(AuditRow.action, AuditRow.detail).where(AuditRow.action.startswith("sales.apply_"))
    assert [
        (action, detail["counts"]) for action, detail in committed.execute(parts.order_by(AuditRow.at))
    ] == [
        ("sales.apply_part", {"sold": 2}),
        ("sales.apply_file", {"sold": 3}),
    ]


def test_foreseeing_locks_nothing_that_anybody_waits_for(committed: Session, place: Shop) -> None:
    free, held = make_home(committed, place), make_home(committed, place)
    make_redemption(committed, make_buyer(committed, place.desk), held)
    contracts = reader.read(file_of(line_of(free, "A-1"), line_of(held, "A-2")), today=clock.today())
    district_id = place.desk.district.id
    locks = text(
        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND (locktype = 'advisory' OR "
        "relation IN ('homes'::regclass, 'redemptions'::regclass, 'cash_sales'::regclass) "
        "AND mode <> 'AccessShareLock')"
    )
    outcome = service.foresee(committed, district_id=district_id, sha256="0" * 64, contracts=contracts)
    assert outcome.by_line == {2: "sold", 3: "conflict"}
    assert committed.scalar(locks) == 0
    file = service.receive_file(
        committed,
        actor=system_actor(district_id),
        district_id=district_id,
        sha256="0" * 64,
        name="x.csv",
        contracts=contracts,
    )
    assert committed.scalar(locks) == 0
    service.apply_file(
        committed,
        actor=system_actor(district_id),
        district_id=district_id,
        file_ref=file.ref,
        contracts=contracts,
    )
    assert committed.scalar(locks) > 0


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda content: content.replace(b"450000.00", b"4e5"), "line 2, column price"),
        (lambda content: content[:-40], "line 3"),
        (lambda content: b"", "line 1, column contract_number: is missing"),
        (lambda content: content + b"\xff", "line 4"),
    ],
)
def test_a_wrong_file_exits_2_and_writes_nothing(
    committed_app: Flask, committed: Session, place: Shop, tmp_path: Path, spoil: object, told: str
) -> None:
    home = make_home(committed, place)
    content = file_of(line_of(home, "A-1"), line_of(home, "A-2"))
    file = tmp_path / "sales.csv"
    file.write_bytes(spoil(content))  # type: ignore[operator]
    status, output = run(committed_app, file, place.desk.district.code)
    assert (status, told in output) == (2, True), output
    assert on_record(committed) == (0, 0, 0)


def test_no_such_district(committed_app: Flask, tmp_path: Path) -> None:
    file = tmp_path / "sales.csv"
    file.write_bytes(b"x")
    assert run(committed_app, file, "nowhere")[0] == 1


def stuck(session: Session) -> list[str]:
    return list(session.scalars(select(StuckRow.ref).where(StuckRow.ended_at.is_(None))))


def test_the_night_takes_what_lies_there_and_tells_what_is_wrong(
    committed_app: Flask, committed: Session, place: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two, three = (make_home(committed, place) for _ in range(3))
    settings = committed_app.config["ANJU"]
    committed_app.config["ANJU"] = settings.model_copy(update={"data_dir": tmp_path})
    folder = tmp_path / "sales" / place.desk.district.code
    folder.mkdir(parents=True)
    (folder / "01.csv").write_bytes(file_of(line_of(one, "A-1")))
    (folder / "02.csv").write_bytes(b"not,a,file\n")
    (folder / "03.csv").write_bytes(file_of(line_of(two, "A-2")))
    (folder / "04.txt").write_bytes(file_of(line_of(two, "A-3")))
    (folder / "05.csv").symlink_to(folder / "04.txt")
    (folder / os.fsdecode(b"00-\xb7\xbf.csv")).write_bytes(file_of(line_of(three, "A-4")))  # named in GBK
    take = nightly._take

    def torn(session: Session, district_id: int, path: Path) -> None:
        if path.name == "01.csv":
            raise OSError(5, "Input/output error")
        take(session, district_id, path)

    try:
        with monkeypatch.context() as patch:
            patch.setattr(nightly, "_take", torn)
            enqueue(committed, "sales.collect", timestamp=0)
            committed.commit()
            jobs.run_waiting(committed_app)
            assert committed.scalars(select(StuckRow.ref).where(StuckRow.ended_at.is_(None))).all() == [
                "01.csv"
            ]
        for _ in range(2):
            enqueue(committed, "sales.collect", timestamp=0)
            committed.commit()
            jobs.run_waiting(committed_app)
    finally:
        committed_app.config["ANJU"] = settings
    found = committed.execute(select(SalesFile.name, SalesFile.state).order_by(SalesFile.name)).all()
    assert [tuple(row) for row in found] == [
        *(("00-\ufffd\ufffd.csv", "applied"), ("01.csv", "applied")),
        *(("02.csv", "refused"), ("03.csv", "applied")),
    ]
    assert stuck(committed) == []
    problem = committed.scalars(select(SalesFile.problem).where(SalesFile.state == "refused")).one()
    assert problem == "line 1, column not: is no column of the contract"
    assert on_record(committed)[0] == 3
    assert set(committed.scalars(select(Home.status))) == {"sold"}
