"""What every engine must answer, written as plainly as possible: a loop over all documents."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from app.search import rules, text
from app.search.area import Box
from app.search.documents import Document
from app.search.request import LISTS, SearchRequest, Sort
from app.search.text import Keys, Term

FIELDS: Final = {"district": "district_code", "development": "development_ref"}
ORDERS: Final = {
    Sort.PRICE: ("voucher_fen", 1),
    Sort.PRICE_DOWN: ("voucher_fen", -1),
    Sort.AREA: ("area_hundredths", 1),
    Sort.AREA_DOWN: ("area_hundredths", -1),
    Sort.UNIT_PRICE: ("unit_fen", 1),
    Sort.NEW: ("listed_at", -1),
}


def ordered(documents: Sequence[Document], request: SearchRequest) -> list[Document]:
    """Return all hits, in order, whatever the page."""
    terms = text.query_terms(request.q)
    if terms is None:
        return []
    hits = [one for one in documents if _matches(one, request, terms)]
    if request.sort in ORDERS:
        field, sign = ORDERS[request.sort]
        return sorted(hits, key=lambda one: (sign * getattr(one, field), sign * one.tie))
    if terms:
        keys = text.scored(terms)
        return sorted(hits, key=lambda one: (-sum(_score(one, ways) for ways in keys), -one.tie))
    return sorted(hits, key=lambda one: one.tie)


def gathered(documents: Sequence[Document], request: SearchRequest) -> list[list[Document]]:
    """Return the hits of each development, in order, and the developments by the first of each.

    Equal ones follow the hash of their reference, which runs the way of the order.
    """
    hits = ordered(documents, request)
    of_each: dict[str, list[Document]] = {}
    for one in hits:
        of_each.setdefault(one.development_ref, []).append(one)
    if not hits:
        return []
    terms = text.query_terms(request.q) or ()
    keys = text.scored(terms)
    if request.sort in ORDERS:
        field, sign = ORDERS[request.sort]
        rank = {ref: sign * getattr(found[0], field) for ref, found in of_each.items()}
    else:
        sign = -1 if terms else 1
        rank = {ref: -sum(_score(found[0], ways) for ways in keys) for ref, found in of_each.items()}
    refs = sorted(of_each, key=lambda ref: (rank[ref], sign * rules.tie_break(ref)))
    return [of_each[ref] for ref in refs]


def facet(documents: Sequence[Document], request: SearchRequest, name: str) -> Counter[str]:
    """Return how many homes each value of a facet would show, its own filter left aside."""
    terms = text.query_terms(request.q)
    if terms is None:
        return Counter()
    return Counter(
        str(getattr(one, FIELDS.get(name, name)))
        for one in documents
        if _matches(one, request, terms, aside=name)
    )


def _matches(one: Document, request: SearchRequest, terms: Sequence[Term], aside: str = "") -> bool:
    for name in LISTS:
        asked = [str(value) for value in getattr(request, name)]
        if asked and name != aside and str(getattr(one, FIELDS.get(name, name))) not in asked:
            return False
    low, high = request.price_min or 0, request.price_max
    small, large = (request.area_min or 0) * 100, request.area_max
    return (
        low <= one.voucher_fen
        and (high is None or one.voucher_fen <= high)
        and small <= one.area_hundredths
        and (large is None or one.area_hundredths <= large * 100)
        and _inside(one, request.box)
        and all(_has(one, term) for term in terms)
    )


def _inside(one: Document, box: Box | None) -> bool:
    if box is None:
        return True
    if one.lat is None or one.lon is None:
        return False
    return box.south <= one.lat <= box.north and box.west <= one.lon <= box.east


def _has(one: Document, term: Term) -> bool:
    tokens = _set_of(one.tokens)
    return any(tokens.issuperset(way) for way in term.alternatives) or (
        term.fragment is not None and term.fragment in one.names
    )


_set_of: Final = lru_cache(maxsize=1024)(frozenset[str])
"""Tokens of a home, which each request asks of ten times."""


def _score(one: Document, keys: Keys) -> int:
    """The best of the cases, however the term may be spelt."""
    spelt, initials = one.pinyin_key.split(), one.initials_key.split()
    names = (one.name_key, *spelt, *initials)
    if any(key in names for key in keys.whole):
        return 8
    if one.name_key in keys.parts or any(name.startswith(key) for name in names for key in keys.whole):
        return 4
    return 2 if any(key in name for name in (one.name_key, *spelt) for key in keys.whole) else 1
