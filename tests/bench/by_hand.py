"""Ten shapes of a search, each with the SQL that somebody who knows the table would write for it."""

from dataclasses import dataclass, replace
from typing import Final

from app.search.request import Floor, SearchRequest, Sort, Stage

OPEN: Final = "status = 'available'"
FACETS: Final = (
    "district_code", "development_ref", "developer", "rooms", "floor", "stage", "kind", "status",
)  # fmt: skip


@dataclass(frozen=True)
class Shape:
    """A search; ``narrow`` is what all counts share, ``chosen`` the filters that are facets, by column.

    ``meant`` is the request with its words read, for those who do not read words.
    """

    title: str
    request: SearchRequest
    narrow: str = "true"
    chosen: tuple[tuple[str, str], ...] = ()
    order: str = "tie"
    pages_before: int = 0
    meant: SearchRequest | None = None

    def literal(self, request: SearchRequest) -> SearchRequest:
        """Return the request of the same page with codes for names and filters for words."""
        return request if self.meant is None else replace(self.meant, after=request.after)


SHAPES: Final = (
    Shape("everything", SearchRequest()),
    Shape("everything by price", SearchRequest(sort=Sort.PRICE), order="voucher_fen, tie"),
    Shape(
        "tenth page of the newest",
        SearchRequest(sort=Sort.NEW),
        order="listed_at DESC, tie DESC",
        pages_before=9,
    ),
    Shape(
        "two rooms of a district",
        SearchRequest(district=("bench-0",), rooms=(2, 3)),
        chosen=(("district_code", "district_code IN ('bench-0')"), ("rooms", "rooms IN (2, 3)")),
    ),
    Shape(
        "prices and areas by price of a ㎡",
        SearchRequest(
            price_min=50_000_000, price_max=80_000_000, area_min=80, area_max=100, sort=Sort.UNIT_PRICE
        ),
        narrow="voucher_fen BETWEEN 50000000 AND 80000000 AND area_hundredths BETWEEN 8000 AND 10000",
        order="unit_fen, tie",
    ),
    Shape(
        "four filters",
        SearchRequest(
            district=("bench-1", "bench-2"),
            rooms=(3,),
            floor=(Floor.MIDDLE, Floor.HIGH),
            stage=(Stage.FINISHED,),
            price_max=90_000_000,
            sort=Sort.PRICE,
        ),
        narrow="voucher_fen <= 90000000",
        chosen=(
            ("district_code", "district_code IN ('bench-1', 'bench-2')"),
            ("rooms", "rooms IN (3)"),
            ("floor", "floor IN ('middle', 'high')"),
            ("stage", "stage IN ('finished')"),
        ),
        order="voucher_fen, tie",
    ),
    Shape(
        "a word of many names",
        SearchRequest(q="滨江"),
        narrow="tokens @> '{滨江}'",
        order="CASE WHEN name_key = '滨江' OR strpos(pinyin_key, ' 滨江 ') > 0 "
        "OR strpos(initials_key, ' 滨江 ') > 0 THEN 8 "
        "WHEN starts_with(name_key, '滨江') OR strpos(pinyin_key, ' 滨江') > 0 "
        "OR strpos(initials_key, ' 滨江') > 0 THEN 4 "
        "WHEN strpos(name_key, '滨江') > 0 OR strpos(pinyin_key, '滨江') > 0 THEN 2 "
        "ELSE 1 END DESC, tie DESC",
    ),
    Shape(
        "one name by price",
        SearchRequest(q="天柱天成雅苑", sort=Sort.PRICE),
        narrow="(names LIKE '%天柱天成雅苑%' OR tokens @> '{天成,天柱,成雅,柱天,雅苑}')",
        order="voucher_fen, tie",
    ),
    Shape(
        "pinyin by area",
        SearchRequest(q="jinxiu", sort=Sort.AREA),
        narrow="tokens @> '{jinxiu}'",
        order="area_hundredths, tie",
    ),
    Shape(
        "a name, rooms and a price in words, by price",
        SearchRequest(q="凤凰 三室 80万以内", sort=Sort.PRICE),
        narrow="tokens @> '{凤凰}' AND voucher_fen <= 80000000",
        chosen=(("rooms", "rooms IN (3)"),),
        order="voucher_fen, tie",
        meant=SearchRequest(q="凤凰", rooms=(3,), price_max=80_000_000, sort=Sort.PRICE),
    ),
)


def statements(shape: Shape, request: SearchRequest, table: str) -> tuple[str, str]:
    """Return the statement of the page and that of all counts; the page's has all that a card shows."""
    chosen = dict(shape.chosen) | {"status": OPEN}
    every = " AND ".join([shape.narrow, *chosen.values()])
    shown = (
        "home_id, ref, development, district, developer, voucher_fen, cash_fen, filed_fen, area_hundredths, "
        "rooms, floor, stage, status, listed_at, tie"
    )
    page = (
        f"SELECT {shown} FROM {table} WHERE {every}{_after(shape, request)} ORDER BY {shape.order} LIMIT 21"
    )
    others = [one for one in FACETS if one not in chosen]
    counts = [_counts(table, every, others, total=True)]
    for column in chosen:
        rest = " AND ".join([shape.narrow, *(one for name, one in chosen.items() if name != column)])
        counts.append(_counts(table, rest, [column]))
    return page, " UNION ALL ".join(counts)


def _after(shape: Shape, request: SearchRequest) -> str:
    if request.after is None:
        return ""
    key, tie = request.after
    column, sign = shape.order.split(",")[0].removesuffix(" DESC"), "<" if "DESC" in shape.order else ">"
    return f" AND ({column}, tie) {sign} ({key}, {tie})"


def _counts(table: str, where: str, columns: list[str], *, total: bool = False) -> str:
    """Return a select of column, value, count."""
    which = "".join(f"WHEN GROUPING({column}) = 0 THEN '{column}' " for column in columns)
    value = ", ".join(f"CASE WHEN GROUPING({column}) = 0 THEN {column}::text END" for column in columns)
    sets = ", ".join([*(f"({column})" for column in columns), *(["()"] if total else [])])
    return (
        f"SELECT CASE {which}ELSE 'total' END, coalesce({value}), count(*) FROM {table} WHERE {where} "
        f"GROUP BY GROUPING SETS ({sets})"
    )
