"""Requests drawn from their type over the made-up homes, and what each must be answered."""

from collections import Counter
from decimal import Decimal
from typing import NamedTuple

from hypothesis import strategies as st

from app.search.area import Box
from app.search.documents import Document
from app.search.engine import SearchEngine
from app.search.request import LISTS, Floor, SearchRequest, Sort, Stage, Status
from tests.search import reference
from tests.search.made_up import AREAS, DEVELOPERS, DISTRICTS, NAMES, POINTS, PRICES

WORDS = [
    *NAMES, *DEVELOPERS, "滨江", "江花", "bin", "binjianghuayuan", "bjhy", "huayuan", "chongqing", "park",
    "ark", "三室", "3室", "2单元", "1幢", "港华路", "108", "现房", "犀", "二期", "不存在", "%",
    "_", "🏠", "a\\b", "滨江花园小区", "滨江huayuan", "濱江", "2期", "3号楼", "有电梯",
    "精装", "港区滨江花园", "滨江花园2期3幢", "parkone", "jhy", "zhongqing", "zqxc",
]  # fmt: skip


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.just(()) | st.lists(values, min_size=1, max_size=2, unique=True).map(tuple)


def sides(places: list[float]) -> st.SearchStrategy[tuple[int, int]]:
    """Draw two sides, which may lie on a place, just beside it or on each other."""
    near = st.sampled_from([round(at * 1_000_000) + beside for at in places for beside in (-1, 0, 1)])
    return st.tuples(near, near).map(lambda pair: (min(pair), max(pair)))


boxes = st.builds(
    lambda lat, lon: Box(lat[0], lon[0], lat[1], lon[1]),
    sides([point[0] for point in POINTS if point]),
    sides([point[1] for point in POINTS if point]),
)
requests = st.builds(
    SearchRequest,
    q=st.just("") | st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(" ".join),
    district=several(st.sampled_from([*(code for code, _ in DISTRICTS), "nowhere"])),
    development=several(st.integers(0, len(NAMES)).map(lambda number: f"DV-{number:010}")),
    developer=several(st.sampled_from(DEVELOPERS)),
    price_min=st.none() | st.sampled_from(PRICES).map(lambda yuan: yuan * 100),
    price_max=st.none() | st.sampled_from(PRICES).map(lambda yuan: yuan * 100),
    area_min=st.none() | st.sampled_from(AREAS).map(Decimal),
    area_max=st.none() | st.sampled_from(AREAS).map(Decimal),
    rooms=several(st.integers(0, 5)),
    floor=several(st.sampled_from(Floor)),
    stage=several(st.sampled_from(Stage)),
    status=several(st.sampled_from(Status)).map(lambda chosen: chosen or (Status.AVAILABLE,)),
    box=st.none() | boxes,
    sort=st.sampled_from(Sort),
    size=st.sampled_from([1, 7, 20, 100]),
)


class Expected(NamedTuple):
    """What a request must be answered: all hits in order, and the counts of each facet."""

    ids: list[int]
    facets: dict[str, Counter[str]]


def expected(documents: list[Document], request: SearchRequest) -> Expected:
    """Return what a plain loop over the documents answers."""
    return Expected(
        [one.home_id for one in reference.ordered(documents, request)],
        {name: reference.facet(documents, request, name) for name in LISTS},
    )


def prove(engine: SearchEngine, request: SearchRequest, right: Expected) -> None:
    """Raise AssertionError unless the engine answers so."""
    hits = engine.search(request)
    assert list(hits.home_ids) == right.ids[: request.size]
    assert hits.total == len(right.ids) == engine.count(request)
    assert (hits.next is not None) == (len(right.ids) > request.size)
    page = engine.page(request)
    assert (page.home_ids, page.next) == (hits.home_ids, hits.next)
    assert hits.facets is not None
    for name in LISTS:
        assert {count.value: count.homes for count in hits.facets[name] if count.homes} == right.facets[name]
    if hits.next:
        further = engine.search(request.at(hits.next))
        assert list(further.home_ids) == right.ids[request.size : 2 * request.size]
        assert (further.total, further.facets) == (hits.total, hits.facets)
