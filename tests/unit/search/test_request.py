"""A request and its address say the same; nonsense is refused with the parameter to blame."""

from decimal import Decimal
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.search.area import Box
from app.search.cursor import Position
from app.search.errors import InvalidSearch
from app.search.request import (
    DEFAULT_STATUS,
    MOST_ROOMS,
    Floor,
    Group,
    Kind,
    SearchRequest,
    Sort,
    Stage,
    Status,
    parse,
)

INT64 = st.integers(-(2**63), 2**63 - 1)
WORDS = (
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)


def several(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(values, max_size=3, unique=True).map(tuple)


def bounds(values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[object, object]]:
    return st.tuples(st.none() | values, st.none() | values).map(
        lambda pair: tuple(sorted(pair)) if None not in pair else pair
    )


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    south, north = sorted(draw(st.tuples(*[st.integers(-90_000_000, 90_000_000)] * 2)))
    west, east = sorted(draw(st.tuples(*[st.integers(-180_000_000, 180_000_000)] * 2)))
    return Box(south, west, north, east)


@st.composite
def requests(draw: st.DrawFn) -> SearchRequest:
    price = draw(bounds(st.integers(0, 10**14)))
    area = draw(bounds(st.decimals(0, 10_000, places=2)))
    return SearchRequest(
        q=draw(st.just("") | WORDS),
        district=draw(several(WORDS)),
        development=draw(several(WORDS)),
        developer=draw(several(WORDS)),
        price_min=price[0],
        price_max=price[1],
        area_min=area[0],
        area_max=area[1],
        rooms=draw(several(st.integers(0, MOST_ROOMS))),
        floor=draw(several(st.sampled_from(Floor))),
        stage=draw(several(st.sampled_from(Stage))),
        kind=draw(several(st.sampled_from(Kind))),
        status=draw(several(st.sampled_from(Status)).map(lambda chosen: chosen or DEFAULT_STATUS)),
        box=draw(st.none() | boxes()),
        group=draw(st.sampled_from(Group)),
        sort=draw(st.sampled_from(Sort)),
        size=draw(st.integers(1, 100)),
        after=draw(st.none() | st.builds(Position, INT64, INT64)),
    )


@given(requests())
def test_a_request_survives_its_address(request: SearchRequest) -> None:
    assert parse(parse_qsl(request.query_string(), keep_blank_values=True)) == request


def blamed(pairs: list[tuple[str, str]]) -> str | None:
    """Return the parameter that a refusal names, None when the address is good."""
    try:
        parse(pairs)
    except InvalidSearch as error:
        return error.field
    return None


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=120)), max_size=6))
def test_any_address_is_a_request_or_a_refusal(pairs: list[tuple[str, str]]) -> None:
    assert blamed(pairs) in {None, *dict(pairs)}


@given(st.sampled_from(list(SearchRequest.__dataclass_fields__)), st.text(max_size=150))
def test_any_value_of_a_known_parameter_too(name: str, value: str) -> None:
    assert blamed([(name, value)]) in {None, name}


def test_defaults_leave_no_trace_in_the_address() -> None:
    assert parse([]) == SearchRequest()
    assert SearchRequest().query_string() == ""
    typed = [("status", "available"), ("sort", "relevance"), ("size", "20"), ("q", "  "), ("rooms", "")]
    assert parse(typed) == SearchRequest()


def test_a_full_request() -> None:
    request = parse(
        [
            ("q", " 滨江\t花园 "),
            ("rooms", "3"),
            ("rooms", "2"),
            ("rooms", "3"),
            ("price_max", "456000.50"),
            ("area_min", "89.5"),
            ("floor", "low"),
            ("sort", "-price"),
        ]
    )
    assert request == SearchRequest(
        q="滨江 花园",
        rooms=(3, 2),
        price_max=45_600_050,
        area_min=Decimal("89.5"),
        floor=(Floor.LOW,),
        sort=Sort.PRICE_DOWN,
    )
    assert dict(request.pairs())["price_max"] == "456000.5"


def test_taking_filters_off() -> None:
    request = parse([("q", "滨江"), ("rooms", "2"), ("rooms", "3"), ("price_max", "5"), ("status", "sold")])
    at_page_two = request.at(Position(1, 2))
    assert at_page_two.without("rooms", 2).rooms == (3,)
    assert at_page_two.without("rooms").rooms == ()
    assert at_page_two.without("q").q == ""
    assert at_page_two.without("price_max").price_max is None
    assert at_page_two.without("status", Status.SOLD).status == DEFAULT_STATUS
    assert at_page_two.without("q").after is None


@pytest.mark.parametrize("name", ["price_min", "area_max"])
@pytest.mark.parametrize("text", ["-1", "+1", "1e3", ".5", "1.", "1,000", "1.001", "0x10", "inf", "½", "٣"])
def test_numbers_are_plain_decimals(name: str, text: str) -> None:
    with pytest.raises(InvalidSearch) as refusal:
        parse([(name, text)])
    assert refusal.value.field == name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("30,117,31", "search_bad_box"),
        ("30,117,31,118,119", "search_bad_box"),
        ("30,117,31,", "search_bad_box"),
        ("30, 117,31,118", "search_bad_box"),
        ("30,117,31,1e2", "search_bad_box"),
        ("30.1234567,117,31,118", "search_bad_box"),
        ("nan,117,31,118", "search_bad_box"),
        ("٣٠,117,31,118", "search_bad_box"),
        ("+30,117,31,118", "search_bad_box"),
        ("-90.000001,117,31,118", "search_box_outside"),
        ("30,117,91,118", "search_box_outside"),
        ("30,117,31,180.000001", "search_box_outside"),
        ("31,117,30,118", "search_box_upside_down"),
        ("30,118,31,117", "search_box_upside_down"),
    ],
)
def test_an_area_is_four_numbers_in_their_order(text: str, code: str) -> None:
    with pytest.raises(InvalidSearch) as refusal:
        parse([("box", text)])
    assert (refusal.value.field, refusal.value.code) == ("box", code)


def test_an_area_is_kept_to_the_millionth() -> None:
    request = parse([("box", "30.5,-0.000001,30.531,117.100")])
    assert request.box == (30_500_000, -1, 30_531_000, 117_100_000)
    assert dict(request.pairs())["box"] == "30.5,-0.000001,30.531,117.1"
    assert not request.bare
    assert request.without("box") == SearchRequest()


def test_a_cursor_is_bound_to_filters_and_order_but_not_to_size() -> None:
    cursor = parse([("rooms", "2"), ("sort", "price")]).at(Position(5, -7)).cursor
    assert cursor is not None
    same = [("rooms", "2"), ("sort", "price"), ("size", "50"), ("after", cursor)]
    assert parse(same).after == Position(5, -7)
    for other in (
        [("rooms", "3"), ("sort", "price")],
        [("rooms", "2"), ("sort", "area")],
        [("rooms", "2"), ("sort", "price"), ("q", "x")],
        [("rooms", "2"), ("sort", "price"), ("box", "30,117,31,118")],
        [("rooms", "2"), ("sort", "price"), ("group", "development")],
        [],
    ):
        with pytest.raises(InvalidSearch) as refusal:
            parse([*other, ("after", cursor)])
        assert refusal.value.code == "search_bad_cursor"
