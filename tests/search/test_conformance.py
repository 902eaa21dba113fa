"""The engine protocol: whatever engine, the same set, the same counts, the same order."""

import pytest
from hypothesis import given, settings

from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.request import SearchRequest, Sort, Status
from tests.search import reference
from tests.search.drawn import expected, prove, requests
from tests.search.made_up import made_up_documents


@settings(max_examples=300)
@given(request=requests)
def test_any_request_is_answered_as_by_a_plain_loop(
    filled: SearchEngine, documents: list[Document], request: SearchRequest
) -> None:
    prove(filled, request, expected(documents, request))


@settings(max_examples=150)
@given(request=requests)
def test_any_request_is_gathered_by_development_as_by_a_plain_loop(
    filled: SearchEngine, documents: list[Document], request: SearchRequest
) -> None:
    places = filled.places(request)
    expected = reference.gathered(documents, request)
    prices = [[one.voucher_fen for one in found] for found in expected]
    assert [(one.ref, one.homes, one.low_fen, one.high_fen) for one in places.all] == [
        (found[0].development_ref, len(found), min(fen), max(fen))
        for found, fen in zip(expected, prices, strict=True)
    ]
    assert [(one.lat, one.lon) for one in places.all] == [(found[0].lat, found[0].lon) for found in expected]
    refs = [one.ref for one in places.all]
    assert filled.firsts(request, refs) == {
        found[0].development_ref: tuple(one.home_id for one in found[:3]) for found in expected
    }
    paged, after = [], None
    while True:
        shown, after = places.page(after, 2)
        paged += [one.ref for one in shown]
        if after is None:
            break
    assert paged == refs


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("q", ["", "滨江"])
def test_deep_pages_show_every_home_once(
    filled: SearchEngine, documents: list[Document], sort: Sort, q: str
) -> None:
    request = SearchRequest(q=q, sort=sort, size=7, status=tuple(Status))
    seen: list[int] = []
    while True:
        hits = filled.search(request)
        seen += hits.home_ids
        if hits.next is None:
            break
        request = request.at(hits.next)
    assert seen == [one.home_id for one in reference.ordered(documents, request)]
    assert len(seen) == len(set(seen)) > 100


def test_facets_come_by_number_of_homes_and_hold_what_was_chosen(filled: SearchEngine) -> None:
    facets = filled.search(SearchRequest(district=("nowhere",), rooms=(3,))).facets
    assert facets["district"][-1] == ("nowhere", 0)
    counts = [count.homes for count in facets["district"]]
    assert counts == sorted(counts, reverse=True)
    assert ("3", 0) in facets["rooms"]


@pytest.mark.parametrize("q", ["", "滨江"])
def test_of_many_developments_the_commonest_are_given_and_those_that_were_chosen(
    engine: SearchEngine, q: str
) -> None:
    documents = made_up_documents(900, places=240)
    engine.write(documents)
    request = SearchRequest(q=q)
    ranked = sorted(
        reference.facet(documents, request, "development").items(), key=lambda one: (-one[1], one[0])
    )
    assert len(ranked) > 50
    hits = engine.search(request)
    assert hits.facets is not None
    assert list(hits.facets["development"]) == ranked[:50]
    assert hits.total == sum(homes for _, homes in ranked)
    chosen = engine.search(SearchRequest(q=q, development=(ranked[0][0], ranked[-1][0]))).facets
    assert chosen is not None
    assert list(chosen["development"]) == [*ranked[:50], ranked[-1]]
