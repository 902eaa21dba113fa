"""The PostgreSQL engine's statements, built from a request. Pure: nothing here runs one.

Every condition stands on a column of the documents; text is looked for by its tokens (GIN) or as a part of a
name (trigrams). Values always travel as parameters.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Table,
    Text,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY

from app.search.request import LISTS, SearchRequest, Sort, Status
from app.search.text import Term

Condition = ColumnElement[bool]

TOTAL: Final = "total"
"""The facet name under which the number of all hits is counted."""

SAME_NAME, SAME_START, INSIDE_NAME, ELSEWHERE = 8, 4, 2, 1
"""What a term counts for relevance: it is the development's name, begins it, is inside it, or elsewhere."""

_COLUMNS: Final = {"district": "district_code", "development": "development_ref"}
"""The column that a filter is compared with and a facet counts, where it is not named after it."""

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
    tie = table.c.tie
    statement = select(table.c.home_id, key.label("key"), tie).where(
        *_narrow(table, request, terms), *_list_filters(table, request).values()
    )
    if request.after is not None:
        here = tuple_(key, tie)
        last = tuple_(literal(request.after.key), literal(request.after.tie))
        statement = statement.where(here < last if down else here > last)
    order = (key.desc(), tie.desc()) if down else (key, tie)
    return statement.order_by(*order).limit(request.size + 1)


def count(table: Table, request: SearchRequest, terms: Sequence[Term]) -> Select[Any]:
    """Return the select of how many homes match."""
    conditions = (*_narrow(table, request, terms), *_list_filters(table, request).values())
    return select(func.count()).select_from(table).where(*conditions)


def facets(table: Table, request: SearchRequest, terms: Sequence[Term]) -> CompoundSelect[Any]:
    """Return the select of ``facet, value, count``: all counts of one answer, the total among them.

    One pass finds the homes that at most one of the chosen filters keeps out: they are all that any facet
    counts, since a facet leaves only its own filter aside.
    """
    chosen = _list_filters(table, request)
    passes = {name: condition.label(f"passes_{name}") for name, condition in chosen.items()}
    columns = [_column(table, name).label(name) for name in LISTS]
    near = select(*columns, *passes.values()).where(*_narrow(table, request, terms))
    if len(chosen) > 1:
        near = near.where(_at_most_one_fails(list(chosen.values())))
    hits = near.cte("hits")
    passed = {name: hits.c[f"passes_{name}"] for name in chosen}
    counts = [
        select(literal(TOTAL).label("facet"), literal("").label("value"), func.count().label("count"))
        .select_from(hits)
        .where(*passed.values())
    ]
    for name in LISTS:
        others = [condition for other, condition in passed.items() if other != name]
        value = hits.c[name]
        counts.append(select(literal(name), cast(value, Text), func.count()).where(*others).group_by(value))
    return union_all(*counts)


def alike(table: Table, typed: str, spelt: str, most: int) -> Select[Any]:
    """Return the select of developments with available homes that a mistyped name may have meant.

    First those that sound the same (the usual slip with Chinese input), then by the share of common trigrams.
    """
    sounds_same = table.c.tokens.contains(cast([spelt], ARRAY(Text)))
    looks_alike = literal(typed).bool_op("<%")(table.c.names)
    return (
        select(table.c.development)
        .where(or_(sounds_same, looks_alike), table.c.status == Status.AVAILABLE.value)
        .group_by(table.c.development)
        .order_by(
            func.bool_or(sounds_same).desc(),
            func.max(func.word_similarity(typed, table.c.names)).desc(),
            table.c.development,
        )
        .limit(most)
    )


def _at_most_one_fails(conditions: list[Condition]) -> Condition:
    first, *others = (case((condition, 0), else_=1) for condition in conditions)
    return sum(others, start=first) <= 1


def _column(table: Table, name: str) -> ColumnElement[Any]:
    return table.c[_COLUMNS.get(name, name)]


def _list_filters(table: Table, request: SearchRequest) -> dict[str, Condition]:
    """Return the condition of each filter with several values that is in force."""
    found: dict[str, Condition] = {}
    for name in LISTS:
        values = [getattr(value, "value", value) for value in getattr(request, name)]
        if values:
            found[name] = _column(table, name).in_(values)
    return found


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
    return conditions


def _matches(table: Table, term: Term) -> Condition:
    ways: list[Condition] = [
        table.c.tokens.contains(cast(list(tokens), ARRAY(Text))) for tokens in term.alternatives
    ]
    if term.fragment is not None:
        ways.append(table.c.names.contains(term.fragment, autoescape=True))
    return or_(*ways)


def _order(table: Table, request: SearchRequest, terms: Sequence[Term]) -> tuple[ColumnElement[int], bool]:
    if request.sort in _ORDERS:
        column, down = _ORDERS[request.sort]
        return table.c[column], down
    if not terms:
        return literal(0), False
    first, *others = (_score(table, term) for term in terms)
    return sum(others, start=first), True


def _score(table: Table, term: Term) -> ColumnElement[int]:
    name, spelt, word = table.c.name_key, table.c.pinyin_key, literal(term.text)
    return case(
        (or_(name == word, spelt == word), SAME_NAME),
        (or_(func.starts_with(name, word), func.starts_with(spelt, word)), SAME_START),
        (func.strpos(name, word) > 0, INSIDE_NAME),
        else_=ELSEWHERE,
    )
