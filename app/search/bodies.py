"""The Elasticsearch engine's questions, built from a request. Pure: nothing here asks one.

Every condition filters; only the order by relevance scores. A page, the counts of all hits, and the counts of
each facet that was chosen from are questions of their own, sent together: a facet counts as if its own filter
were off, and a count without a page is kept by the server until the index changes.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from app.search.places import MOST_FIRST
from app.search.request import LISTS, SearchRequest, Sort
from app.search.text import Keys, Term, scored

Body = dict[str, Any]

MOST_FACET_VALUES: Final = 50
"""Of a facet with more values the commonest are given, and those that were chosen."""

SAME_NAME, SAME_START, INSIDE_NAME, ELSEWHERE = 8, 4, 2, 1
"""What a term counts: it is the development's name, begins or holds it, is inside it, or elsewhere."""

MOST_PLACES: Final = 50_000
"""Developments that are counted at once: the server gives at most 65,536 buckets."""

PLACES: Final = "places"
KEY: Final = "first"
"""The names under which developments are counted, and of each what the order stands on."""

CHOSEN: Final = "chosen"
"""The name under which the values that were chosen are counted, however rare."""

_FIELDS: Final = {"district": "district_code", "development": "development_ref"}
"""The field that a filter is compared with and a facet counts, where it is not named after it."""

_ORDERS: Final = {
    Sort.PRICE: ("voucher_fen", "asc"),
    Sort.PRICE_DOWN: ("voucher_fen", "desc"),
    Sort.AREA: ("area_hundredths", "asc"),
    Sort.AREA_DOWN: ("area_hundredths", "desc"),
    Sort.UNIT_PRICE: ("unit_fen", "asc"),
    Sort.NEW: ("listed_at", "desc"),
}
"""The field each sort stands on, and its direction."""


class _Conditions(NamedTuple):
    """What a home must meet: what every count shares, and the condition of each facet with a choice."""

    shared: list[Body]
    chosen: dict[str, Body]

    def all_but(self, name: str | None = None) -> list[Body]:
        """Return every condition, but for that of one facet."""
        return [*self.shared, *(one for other, one in self.chosen.items() if other != name)]


def questions(request: SearchRequest, terms: Sequence[Term]) -> list[Body]:
    """Return the questions of a page with its counts: itself, the total, and each facet with a choice."""
    conditions = _conditions(request, terms)
    return [
        _page(request, terms, conditions),
        _total(conditions),
        *(_facet(request, conditions, name) for name in conditions.chosen),
    ]


def page(request: SearchRequest, terms: Sequence[Term]) -> Body:
    """Return the question for the page, and one home more if more follow; ``sort`` of a hit is its place."""
    return _page(request, terms, _conditions(request, terms))


def _page(request: SearchRequest, terms: Sequence[Term], conditions: _Conditions) -> Body:
    order = _order(request, terms)
    body: Body = {
        "query": _found(request, terms, conditions),
        "sort": order,
        "size": request.size + 1,
        "_source": False,
        "track_total_hits": False,
    }
    if request.after is not None:
        body["search_after"] = list(request.after[-len(order) :])
    return body


def _total(conditions: _Conditions) -> Body:
    """Return the question for the number of all hits and the facets without a choice."""
    return {
        **_count(conditions.all_but()),
        "track_total_hits": True,
        "aggs": {name: asked for name, asked in _VALUES.items() if name not in conditions.chosen},
    }


def _facet(request: SearchRequest, conditions: _Conditions, name: str) -> Body:
    """Return the question for the values of a facet that was chosen from, its own filter left aside."""
    field, chosen = _field(name), _asked(request, name)
    return {
        **_count(conditions.all_but(name)),
        "track_total_hits": False,
        "aggs": {
            name: _VALUES[name],
            CHOSEN: {"terms": {"field": field, "include": chosen, "size": len(chosen)}},
        },
    }


def count(request: SearchRequest, terms: Sequence[Term]) -> Body:
    """Return the question for the number of homes that match."""
    return {"query": {"bool": {"filter": _conditions(request, terms).all_but()}}}


def places(request: SearchRequest, terms: Sequence[Term]) -> Body:
    """Return the question for what is found of each development, in no order."""
    of_each: Body = {
        "low_fen": {"min": {"field": "voucher_fen"}},
        "high_fen": {"max": {"field": "voucher_fen"}},
        "lat": {"max": {"field": "lat"}},
        "lon": {"max": {"field": "lon"}},
    }
    query = _found(request, terms, _conditions(request, terms))
    if request.sort in _ORDERS:
        field, way = _ORDERS[request.sort]
        of_each[KEY] = {"min" if way == "asc" else "max": {"field": field}}
    elif terms:
        # All homes of a development score alike, for the score stands on its name; no aggregation reads it.
        of_each[KEY] = {"top_hits": {"size": 1, "_source": False}}
    named = {"terms": {"field": _field("development"), "size": MOST_PLACES}, "aggs": of_each}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": {PLACES: named}}


def firsts(request: SearchRequest, terms: Sequence[Term], refs: Sequence[str]) -> Body:
    """Return the question for the first homes of these developments, in the order of the request."""
    query = _found(request, terms, _conditions(request, terms))
    query["bool"]["filter"].append({"terms": {_field("development"): list(refs)}})
    top = {"top_hits": {"size": MOST_FIRST, "sort": _order(request, terms), "_source": False}}
    named = {"terms": {"field": _field("development"), "size": len(refs)}, "aggs": {"firsts": top}}
    return {"query": query, "size": 0, "track_total_hits": False, "aggs": {PLACES: named}}


def descends(request: SearchRequest, terms: Sequence[Term]) -> bool:
    """Tell whether the order of a request goes from high to low."""
    return "desc" in _order(request, terms)[0].values()


def chosen_facets(request: SearchRequest) -> list[str]:
    """Return the facets that were chosen from, in the order of the answer."""
    return [name for name in LISTS if getattr(request, name)]


def _found(request: SearchRequest, terms: Sequence[Term], conditions: _Conditions) -> Body:
    """Return the query of all hits, scored where the order stands on that."""
    query: Body = {"bool": {"filter": conditions.all_but()}}
    if "_score" in _order(request, terms)[0]:
        query["bool"]["must"] = [_score(keys) for keys in scored(terms)]
    return query


def _count(conditions: list[Body]) -> Body:
    return {"query": {"bool": {"filter": conditions}}, "size": 0}


def _values(name: str) -> Body:
    return {
        "terms": {
            "field": _field(name),
            "size": MOST_FACET_VALUES,
            "order": [{"_count": "desc"}, {"_key": "asc"}],
        }
    }


def _field(name: str) -> str:
    return _FIELDS.get(name, name)


_VALUES: Final = {name: _values(name) for name in LISTS}
"""What is asked of a facet, each time the same."""


def _asked(request: SearchRequest, name: str) -> list[str]:
    return [str(getattr(value, "value", value)) for value in getattr(request, name)]


def _conditions(request: SearchRequest, terms: Sequence[Term]) -> _Conditions:
    chosen = {name: {"terms": {_field(name): _asked(request, name)}} for name in chosen_facets(request)}
    return _Conditions(_narrow(request, terms), chosen)


def _narrow(request: SearchRequest, terms: Sequence[Term]) -> list[Body]:
    """Return the conditions that every count shares: the words and the bounds."""
    conditions = [_matches(term) for term in terms]
    for field, low, high in (
        ("voucher_fen", request.price_min, request.price_max),
        (
            "area_hundredths",
            None if request.area_min is None else int(request.area_min * 100),
            None if request.area_max is None else int(request.area_max * 100),
        ),
    ):
        bounds = {name: value for name, value in (("gte", low), ("lte", high)) if value is not None}
        if bounds:
            conditions.append({"range": {field: bounds}})
    if request.box is not None:
        south, west, north, east = request.box
        conditions.append({"range": {"lat": {"gte": south, "lte": north}}})
        conditions.append({"range": {"lon": {"gte": west, "lte": east}}})
    return conditions


def _matches(term: Term) -> Body:
    """Return the condition of one term: all tokens of one alternative, or the word inside the names."""
    ways: list[Body] = [
        {"bool": {"filter": [{"term": {"tokens": token}} for token in tokens]}}
        for tokens in term.alternatives
    ]
    if term.fragment is not None:
        ways.append({"wildcard": {"names": {"value": f"*{_literal(term.fragment)}*"}}})
    return {"bool": {"should": ways, "minimum_should_match": 1}}


def _order(request: SearchRequest, terms: Sequence[Term]) -> list[Body]:
    if request.sort in _ORDERS:
        field, way = _ORDERS[request.sort]
        return [{field: way}, {"tie": way}]
    return [{"_score": "desc"}, {"tie": "desc"}] if terms else [{"tie": "asc"}]


def _score(keys: Keys) -> Body:
    """Return the query that gives every home what a term counts for it: the best of its cases."""
    names = ("name_key", "pinyin_key", "initials_key")
    cases: tuple[tuple[int, list[Body]], ...] = (
        (SAME_NAME, [{"term": {name: key}} for key in keys.whole for name in names]),
        (
            SAME_START,
            [
                {"terms": {"name_key": keys.parts}},
                *({"prefix": {name: key}} for key in keys.whole for name in names),
            ],
        ),
        (
            INSIDE_NAME,
            [
                {"wildcard": {name: {"value": f"*{_literal(key)}*"}}}
                for key in keys.whole
                for name in names[:2]
            ],
        ),
        (ELSEWHERE, [{"match_all": {}}]),
    )
    return {
        "dis_max": {
            "queries": [
                {"constant_score": {"filter": {"bool": {"should": ways}}, "boost": points}}
                for points, ways in cases
            ]
        }
    }


def _literal(word: str) -> str:
    """Return the word with the signs that a wildcard query reads made plain."""
    return "".join(f"\\{sign}" if sign in "*?\\" else sign for sign in word)
