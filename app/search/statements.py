"""The PostgreSQL engine's statements, built from a request. Pure: nothing here runs one.

Every condition stands on a column of the documents; text is looked for by its tokens (GIN) or as a part of a
name (trigrams). Values always travel as parameters.
"""

from collections.abc import Sequence
from enum import StrEnum
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    CompoundSelect,
    FromClause,
    Select,
    Table,
    Text,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy import (
    column as sa_column,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSON, Insert, insert

from app.search.places import MOST_FIRST
from app.search.request import LISTS, Floor, Kind, SearchRequest, Sort, Stage, Status
from app.search.text import Keys, Term, scored

Condition = ColumnElement[bool]
_Counts = Select[*tuple[Any, ...]]

TOTAL: Final = "total"
"""The facet name under which the number of all hits is counted."""

SAME_NAME, SAME_START, INSIDE_NAME, ELSEWHERE = 8, 4, 2, 1
"""What a term counts: it is the development's name, begins or holds it, is inside it, or elsewhere."""

MOST_FACET_VALUES: Final = 50
"""Of a facet with more values the commonest are given, and those that were chosen."""

_COLUMNS: Final = {"district": "district_code", "development": "development_ref"}
"""The column that a filter is compared with and a facet counts, where it is not named after it."""

_OF_DEVELOPMENTS: Final = ("district", "development", "developer", "stage", "kind")
"""The facets whose value the homes of a development have in common, but for changes under way."""

_EVERY: Final[dict[str, type[StrEnum]]] = {"floor": Floor, "stage": Stage, "kind": Kind, "status": Status}
"""All values of the facets that have few."""

_ORDERS: Final = {
    Sort.PRICE: ("voucher_fen", False),
    Sort.PRICE_DOWN: ("voucher_fen", True),
    Sort.AREA: ("area_hundredths", False),
    Sort.AREA_DOWN: ("area_hundredths", True),
    Sort.UNIT_PRICE: ("unit_fen", False),
    Sort.NEW: ("listed_at", True),
}
"""The column each sort stands on, and whether from high to low."""


def page(table: Table, request: SearchRequest, terms: Sequence[Term]) -> Select[Any]:
    """Return the select of ``home_id, key, tie``: the page, and one home more if more follow."""
    key, down = _order(table, request, terms)
    # A constant key is kept out of order and comparison: no index is in the order of a constant.
    order = (table.c.tie,) if key is None else (key, table.c.tie)
    statement = select(table.c.home_id, (literal(0) if key is None else key).label("key"), table.c.tie).where(
        *_narrow(table, request, terms), *_list_filters(table, request).values()
    )
    if request.after is not None:
        here, last = tuple_(*order), tuple_(*map(literal, request.after[-len(order) :]))
        statement = statement.where(here < last if down else here > last)
    return statement.order_by(*(one.desc() if down else one for one in order)).limit(request.size + 1)


def count(table: Table, request: SearchRequest, terms: Sequence[Term]) -> Select[Any]:
    """Return the select of how many homes match."""
    conditions = (*_narrow(table, request, terms), *_list_filters(table, request).values())
    return select(func.count()).select_from(table).where(*conditions)


def among(
    table: Table, request: SearchRequest, terms: Sequence[Term], home_ids: Sequence[int]
) -> Select[Any]:
    """Return the select of the ids, among these, of homes that match."""
    conditions = (*_narrow(table, request, terms), *_list_filters(table, request).values())
    # One array, not a parameter each: five hundred cost more to send than the question to answer.
    these = any_(cast(list(home_ids), ARRAY(BigInteger)))
    return select(table.c.home_id).where(table.c.home_id == these, *conditions)


def places(table: Table, request: SearchRequest, terms: Sequence[Term]) -> Select[Any]:
    """Return the select of what is found of each development, as ``places.Place`` has it, in no order."""
    key, down = _order(table, request, terms)
    best = func.max if down else func.min
    return (
        select(
            table.c.development_ref.label("ref"),
            func.count().label("homes"),
            func.min(table.c.voucher_fen).label("low_fen"),
            func.max(table.c.voucher_fen).label("high_fen"),
            (literal(0) if key is None else best(key)).label("key"),
            func.max(table.c.lat).label("lat"),
            func.max(table.c.lon).label("lon"),
        )
        .where(*_narrow(table, request, terms), *_list_filters(table, request).values())
        .group_by(table.c.development_ref)
    )


def firsts(table: Table, request: SearchRequest, terms: Sequence[Term], refs: Sequence[str]) -> Select[Any]:
    """Return the select of ``ref, home_id``: the first homes of these developments, in their order."""
    key, down = _order(table, request, terms)
    order = [one.desc() if down else one for one in (*(() if key is None else (key,)), table.c.tie)]
    place = func.row_number().over(partition_by=table.c.development_ref, order_by=order)
    ranked = (
        select(table.c.development_ref.label("ref"), table.c.home_id, place.label("place"))
        .where(
            table.c.development_ref.in_(refs),
            *_narrow(table, request, terms),
            *_list_filters(table, request).values(),
        )
        .subquery()
    )
    first = select(ranked.c.ref, ranked.c.home_id).where(ranked.c.place <= MOST_FIRST)
    return first.order_by(ranked.c.ref, ranked.c.place)


def descends(table: Table, request: SearchRequest, terms: Sequence[Term]) -> bool:
    """Tell whether the order of a request goes from high to low."""
    return _order(table, request, terms)[1]


def facets(table: Table, request: SearchRequest, terms: Sequence[Term]) -> CompoundSelect[Any]:
    """Return the select of ``facet, value, count``: all counts of one answer, the total among them.

    Facets without a choice are counted in one pass over the hits, together with the total; each of the others
    in a pass of its own that leaves its own filter aside. What words find costs more to read than to count:
    it is read once, put into groups by every facet that was chosen from, and filtered then.
    """
    narrow, chosen = _narrow(table, request, terms), [name for name in LISTS if _values(request, name)]
    sides = _sides([name for name in LISTS if name not in chosen])
    found: FromClause = _grouped(table, sides or [[]], chosen, narrow) if terms else table
    base: list[Condition] = [found.c.side == 0] if terms else narrow
    filters = _list_filters(found, request)
    if terms:
        counts = _added_up(found, sides, [*filters.values()])
    else:
        counts = _open_facets(table, sides, [*narrow, *filters.values()])
    for name in chosen:
        others = [condition for other, condition in filters.items() if other != name]
        counts.append(_one_facet(found, name, [*base, *others, *_besides(found, request, name)]))
    return union_all(*counts)


def counted_by_total(request: SearchRequest) -> dict[str, str]:
    """Return the facets of which one value was chosen, which all hits have: ``facets`` leaves it out."""
    values = {name: _values(request, name) for name in LISTS}
    return {name: str(only[0]) for name, only in values.items() if len(only) == 1}


def upsert(table: Table) -> Insert:
    """Return the statement that puts documents, the rows of its one parameter, into a table.

    A row that holds a newer version stays. One parameter for all: a row each is far slower.
    """
    columns = [(column.name, column.type) for column in table.columns]
    given = func.json_to_recordset(bindparam("documents", type_=JSON)).table_valued(
        *(sa_column(name, type_) for name, type_ in columns)
    )
    rows = given.render_derived(name="document", with_types=True)
    # In the order of the ids, so that two jobs with common homes wait for each other instead of dead-locking.
    source = select(*(rows.c[name] for name, _ in columns)).order_by(rows.c.home_id)
    statement = insert(table).from_select([name for name, _ in columns], source)
    return statement.on_conflict_do_update(
        index_elements=["home_id"],
        set_={name: statement.excluded[name] for name, _ in columns if name != "home_id"},
        where=table.c.doc_version <= statement.excluded.doc_version,
    )


def _sides(names: Sequence[str]) -> list[list[str]]:
    """Return facets in two parts, those that the homes of a development have in common and the rest."""
    shared = [name for name in names if name in _OF_DEVELOPMENTS]
    return [side for side in (shared, [name for name in names if name not in shared]) if side]


def _open_facets(
    table: Table, sides: Sequence[Sequence[str]], conditions: Sequence[Condition]
) -> list[_Counts]:
    """Count all hits, and the homes for each value of each facet, while reading the hits once."""
    if not sides:
        return [select(literal(TOTAL), literal(""), func.count()).select_from(table).where(*conditions)]
    return _added_up(_grouped(table, sides, (), conditions), sides, ())


def _grouped(
    table: Table, sides: Sequence[Sequence[str]], also: Sequence[str], conditions: Sequence[Condition]
) -> CTE:
    """Put each home into one group a side, not one a facet: these are few, and facets are added up from them.

    Both sides' groups are by the facets ``also`` too.
    """
    sets = [[_column(table, name) for name in (*side, *also)] for side in sides]
    columns = dict.fromkeys(column for one in sets for column in one)
    counts = func.grouping(sets[0][0]).label("side"), func.count().label("homes")
    grouping = func.grouping_sets(*(tuple_(*one) for one in sets))
    return select(*columns, *counts).where(*conditions).group_by(grouping).cte("counted")


def _added_up(
    counted: FromClause, sides: Sequence[Sequence[str]], conditions: Sequence[Condition]
) -> list[_Counts]:
    """Add up the groups, all together and by each facet."""
    counts = [select(literal(TOTAL), literal(""), _homes(counted)).where(counted.c.side == 0, *conditions)]
    for number, side in enumerate(sides):
        here = [counted.c.side == number, *conditions]
        few = tuple(name for name in side if name != "development")
        if few:
            facet, value, sets = _by_facet(few)
            counts.append(select(facet, value, _homes(counted)).where(*here).group_by(sets))
        if len(few) < len(side):
            counts.append(_commonest(counted, here))
    return counts


def _commonest(counted: FromClause, conditions: Sequence[Condition]) -> _Counts:
    """Add up the developments, of which a city has thousands, and return those that a page shows."""
    value, homes = _column(counted, "development"), _homes(counted).label("homes")
    ranked = select(literal("development"), value, homes).where(*conditions).group_by(value)
    return select(*ranked.order_by(homes.desc(), value).limit(MOST_FACET_VALUES).subquery().c)


def _homes(found: FromClause) -> ColumnElement[int]:
    """Return the number of homes, of rows or of groups of them."""
    if "homes" not in found.c:
        return func.count()
    return cast(func.coalesce(func.sum(found.c.homes), 0), BigInteger)


# Put together once for each set of facets: that takes longer than to count a small answer.
@cache
def _by_facet(names: tuple[str, ...]) -> tuple[ColumnElement[Any], ColumnElement[Any], ColumnElement[Any]]:
    """Return the facet and the value that a row counts, and the grouping by each column of these names."""
    columns: list[ColumnElement[Any]] = [sa_column(_COLUMNS.get(name, name)) for name in names]
    # GROUPING has a bit for each column, the last one lowest, that is 0 where rows were grouped by it.
    ungrouped = (1 << len(columns)) - 1
    masks = [ungrouped ^ (1 << place) for place in reversed(range(len(columns)))]
    mask = func.grouping(*columns)
    facet = case(dict(zip(masks, names, strict=True)), value=mask)
    texts = [cast(column, Text) for column in columns]
    value = case(dict(zip(masks, texts, strict=True)), value=mask)
    return facet, value, func.grouping_sets(*(tuple_(column) for column in columns))


def _one_facet(found: FromClause, name: str, conditions: Sequence[Condition]) -> _Counts:
    """Count the homes for each value of one facet."""
    column = _column(found, name)
    return select(literal(name), cast(column, Text), _homes(found)).where(*conditions).group_by(column)


def _column(table: FromClause, name: str) -> ColumnElement[Any]:
    return table.c[_COLUMNS.get(name, name)]


def _values(request: SearchRequest, name: str) -> list[Any]:
    return [getattr(value, "value", value) for value in getattr(request, name)]


def _list_filters(table: FromClause, request: SearchRequest) -> dict[str, Condition]:
    """Return the condition of each filter with several values that is in force."""
    chosen = {name: values for name in LISTS if (values := _values(request, name))}
    return {name: _column(table, name).in_(values) for name, values in chosen.items()}


def _besides(table: FromClause, request: SearchRequest, name: str) -> list[Condition]:
    """Return the condition of a facet's other values where one alone was chosen: most homes have that one."""
    if name not in counted_by_total(request):
        return []
    (only,), column = _values(request, name), _column(table, name)
    every = _EVERY.get(name)
    # Other values by name are looked up; what is unlike a value is not.
    return [
        column != only if every is None else column.in_([one.value for one in every if one.value != only])
    ]


def _narrow(table: Table, request: SearchRequest, terms: Sequence[Term]) -> list[Condition]:
    """Return the conditions that every count shares: the words and the bounds."""
    conditions = [_matches(table, term) for term in terms]
    for column, low, high in (
        (table.c.voucher_fen, request.price_min, request.price_max),
        (table.c.area_hundredths, request.area_min, request.area_max),
    ):
        scale = 1 if column is table.c.voucher_fen else 100
        if low is not None:
            conditions.append(column >= int(low * scale))
        if high is not None:
            conditions.append(column <= int(high * scale))
    if request.box is not None:
        south, west, north, east = request.box
        conditions += [table.c.lat.between(south, north), table.c.lon.between(west, east)]
    return conditions


def _matches(table: Table, term: Term) -> Condition:
    """Return the condition of one term, the cheapest to look at first."""
    ways: list[Condition] = []
    if term.fragment is not None:
        ways.append(table.c.names.contains(term.fragment, autoescape=True))
    ways.extend(table.c.tokens.contains(cast(list(tokens), ARRAY(Text))) for tokens in term.alternatives)
    return or_(*ways)


def _order(
    table: Table, request: SearchRequest, terms: Sequence[Term]
) -> tuple[ColumnElement[int] | None, bool]:
    """Return the key that comes before the tie-break, and whether both go from high to low."""
    if request.sort in _ORDERS:
        column, down = _ORDERS[request.sort]
        return table.c[column], down
    if not terms:
        return None, False
    first, *others = (_score(table, keys) for keys in scored(terms))
    return sum(others, start=first), True


def _score(table: Table, keys: Keys) -> ColumnElement[int]:
    """Return what a term counts for a home: the best of its cases, however it may be spelt.

    The readings of a name stand between blanks, which no key holds.
    """
    name, readings = table.c.name_key, (table.c.pinyin_key, table.c.initials_key)
    same: list[Condition] = []
    starts: list[Condition] = [name.in_(keys.parts)] if keys.parts else []
    inside: list[Condition] = []
    for key in keys.whole:
        same += [name == key, *(func.strpos(ways, f" {key} ") > 0 for ways in readings)]
        starts += [func.starts_with(name, key), *(func.strpos(ways, f" {key}") > 0 for ways in readings)]
        inside += [func.strpos(one, key) > 0 for one in (name, readings[0])]
    return case(
        (or_(*same), SAME_NAME), (or_(*starts), SAME_START), (or_(*inside), INSIDE_NAME), else_=ELSEWHERE
    )
