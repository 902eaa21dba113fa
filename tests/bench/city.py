"""A city's stock of any size, the same each time: straight into the tables, by COPY and by set.

Fifty homes a development. Two thirds of the homes can be chosen; every twentieth development has a promotion.
Rules that triggers keep are kept here by construction, so they are off meanwhile.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice, product
from typing import Any, Final

import psycopg

from tests.database import Cluster

HOMES_EACH: Final = 50
DISTRICTS: Final = (
    *("港区", "东部新城", "菱湖区", "西湖新区", "临江区", "开发区"),
    *("高新区", "天柱区", "石桥区", "梅林区", "玉山区", "海棠区"),
)
_HEADS: Final = "滨江锦绣菱湖柳岸荷塘东方阳光学府凤凰海棠银河金色碧水蓝湾长江天柱梅林翠竹和平幸福"
_MIDDLES: Final = "中央世纪国际城市水岸春晓半岛御景雅居嘉和名门天成华府尚品悦澜"
_TAILS: Final = "花园家园名苑新城华庭豪庭公馆佳苑广场雅苑名邸湖湾郡府"
_STREETS: Final = "滨江路人民路港华路建设路文化街解放路长江路学院路中山路和平街迎宾路湖滨路"
COMPANIES: Final = 400
MOMENT: Final = datetime(2016, 5, 1, tzinfo=UTC)
_TABLES: Final = ("homes", "price_versions", "pool_listings", "buildings", "developments", "promotions")

_HOMES: Final = """
INSERT INTO homes (ref, development_id, building_id, unit, storey, room, kind, rooms, area_m2,
    orientation, finish, status, doc_version, created_at)
SELECT 'FY-' || lpad(n::text, 10, '0'), development_id, building_id, 1 + n / 25 %% 2, 1 + n %% 25 / 2,
    (1 + n %% 25 / 2) || '0' || (1 + n %% 2), 'home', 1 + mixed / 101 %% 4,
    (5000 + mixed / 7 %% 9000) / 100.0, (ARRAY['south', 'north-south', NULL])[1 + mixed / 211 %% 3],
    (ARRAY['bare', 'fitted'])[1 + mixed / 307 %% 2],
    CASE WHEN mixed / 401 %% 20 = 0 THEN 'locked' WHEN mixed / 401 %% 20 < 4 THEN 'sold' ELSE 'free' END,
    1, %(moment)s
FROM (
    SELECT n, building.development_id, building.id AS building_id, n * 2654435761 %% 4294967296 / 16 AS mixed
    FROM generate_series(0, %(homes)s - 1) n
    JOIN buildings building ON building.id = %(first_building)s + n / %(each)s
) drawn ORDER BY n
"""
_PRICES: Final = """
INSERT INTO price_versions (home_id, kind, amount_fen, effective_from, reason, source)
SELECT home.id, price.kind,
    (home.area_m2 * (6000 + home.development_id * 7919 %% 60 * 100))::bigint * 100 + price.more,
    %(moment)s, '首次定价', 'developer'
FROM homes home, (VALUES ('voucher', 0), ('cash', 500000), ('filed', 1000000)) price(kind, more)
"""
_LISTINGS: Final = """
INSERT INTO pool_listings (district_id, home_id, state, out_reason, changed_at, first_listed_at)
SELECT development.district_id, home.id, CASE WHEN home.id %% 6 = 0 THEN 'out' ELSE 'listed' END,
    CASE WHEN home.id %% 6 = 0 THEN 'withdrawn' END, %(moment)s,
    %(moment)s::timestamptz - home.id * 7919 %% 700 * interval '1 day'
FROM homes home JOIN developments development ON development.id = home.development_id
"""
_PROMOTIONS: Final = """
INSERT INTO promotions (ref, development_id, scope, kind, title, off_fen, rate_bp, worth_fen, stackable,
    open_to_vouchers, starts_at, ends_at, reason, author_id, declared_at)
SELECT 'YH-' || lpad(id::text, 10, '0'), id, 'development', 'full', '开盘优惠', 0, 200, 0, true, true,
    %(moment)s, %(moment)s::timestamptz + interval '1 year', '开盘', %(author)s, %(moment)s
FROM developments WHERE id %% 20 = 0
"""


@contextmanager
def database(homes: int) -> Iterator[str]:
    """Fill a database of its own on the tests' server, yield its owner's address, and drop it."""
    cluster = Cluster()
    cluster.open()
    name = cluster.new_name()
    try:
        owner = cluster.clone(name).owner
        with psycopg.connect(owner, autocommit=True) as connection:
            fill(connection, homes)
        yield owner
    finally:
        cluster.drop(name)
        cluster.close()


def fill(connection: psycopg.Connection[Any], homes: int) -> None:
    """Put that many homes into an empty database, as its tables' owner."""
    count = homes // HOMES_EACH
    with connection.transaction():
        # The tests' server forgets on a crash; without this VACUUM would not call the rows visible to all.
        connection.execute("SET LOCAL synchronous_commit = on")
        for table in _TABLES:
            connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        districts = _insert(connection, "districts", ("code", "name"), _districts())
        companies = _insert(connection, "organisations", ("kind", "name"), _companies())
        author = _insert(
            connection,
            "users",
            ("username", "password_hash", "password_issued", "display_name", "active", "created_at"),
            [("bench", "-", False, "周经理", True, MOMENT)],
        )[0]
        columns = (
            "ref",
            "developer_id",
            "district_id",
            "name",
            "address",
            "stage",
            "sales_phone",
            "version",
            "created_at",
        )
        places = _copy(connection, "developments", columns, _developments(count, districts, companies))
        buildings = _copy(
            connection,
            "buildings",
            ("development_id", "name", "storeys", "has_lift", "version"),
            ((place, f"{1 + place % 30}幢", 18, place % 3 > 0, 1) for place in range(places, places + count)),
        )
        given = {
            "homes": homes,
            "each": HOMES_EACH,
            "moment": MOMENT,
            "first_building": buildings,
            "author": author,
        }
        for statement in (_HOMES, _PRICES, _LISTINGS, _PROMOTIONS):
            connection.execute(statement, {**given, "author": author})
        for table in _TABLES:
            connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    for table in _TABLES:
        connection.execute(f"VACUUM ANALYZE {table}")


def names(count: int) -> Iterator[str]:
    """Yield as many names of developments, no two alike; further phases once all are used."""
    called = sorted(map("".join, product(*map(_pairs, (_HEADS, _MIDDLES, _TAILS)))), key=_shuffled)
    for number in range(count):
        phase, place = divmod(number, len(called))
        yield called[place] + (f"{phase + 1}期" if phase else "")


def _pairs(words: str) -> list[str]:
    return [words[place : place + 2] for place in range(0, len(words), 2)]


def _shuffled(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def _districts() -> list[tuple[Any, ...]]:
    return [(f"bench-{number}", name) for number, name in enumerate(DISTRICTS)]


def _companies() -> list[tuple[Any, ...]]:
    called = product(_pairs(_HEADS), _pairs(_MIDDLES), "一二")
    return [
        ("developer", f"{head}{middle}第{number}置业有限公司")
        for head, middle, number in islice(called, COMPANIES)
    ]


def _developments(count: int, districts: list[int], companies: list[int]) -> Iterator[tuple[object, ...]]:
    for number, name in enumerate(names(count)):
        yield (
            f"LP-{number:010}",
            companies[number % COMPANIES],
            districts[number % len(districts)],
            name,
            f"{_street(number)} {1 + number % 300} 号",
            ("finished", "presale")[number // 3 % 2],
            "0556-5550000",
            1,
            MOMENT,
        )


def _street(number: int) -> str:
    place = number * 7 * 3 % len(_STREETS)
    return _STREETS[place : place + 3]


def _insert(
    connection: psycopg.Connection[Any], table: str, columns: tuple[str, ...], rows: list[tuple[Any, ...]]
) -> list[int]:
    places = ", ".join(["%s"] * len(columns))
    statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places}) RETURNING id"
    return [connection.execute(statement, row).fetchone()[0] for row in rows]  # type: ignore[index]


def _copy(
    connection: psycopg.Connection[Any],
    table: str,
    columns: tuple[str, ...],
    rows: Iterator[tuple[object, ...]],
) -> int:
    """Write rows into an empty table, and return the id of the first; the others follow it."""
    with connection.cursor().copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
    found = connection.execute(f"SELECT min(id) FROM {table}").fetchone()
    assert found is not None
    return int(found[0])
