"""GET /api/v1/homes: what it promises, and what it does with nonsense."""

from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from app.search.request import LISTS, SearchRequest, Sort
from tests.factories.search import Stock
from tests.web.api.promise import Promise
from tests.web.linting import LintingClient
from tests.web.stocked import Shop


@pytest.fixture(scope="module")
def promise(shop: Shop) -> Promise:
    return Promise(shop.app)


def ask(client: LintingClient, **asked: object) -> TestResponse:
    return client.get("/api/v1/homes?" + urlencode(asked, doseq=True))


def found(client: LintingClient, **asked: object) -> list[str]:
    response = ask(client, **asked)
    assert response.status_code == 200, response.get_json()
    return [home["ref"] for home in response.get_json()["homes"]]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"q": "滨江花园", "size": 2},
        {"sort": "-price", "rooms": [2, 3], "floor": "low", "stage": "finished", "kind": "home"},
        {"status": ["available", "sold", "locked", "out"], "area_min": "60.5", "price_max": "500000"},
        {"q": "🏠"},
        {"colour": "red"},
        {"price_min": "-1"},
    ],
)
def test_answers_are_as_described(
    client: LintingClient, stock: Stock, promise: Promise, asked: dict[str, object]
) -> None:
    promise.check(ask(client, **asked), "GET", "/homes")


def test_the_parameters_described_are_those_of_a_request(promise: Promise) -> None:
    described = {one["name"]: one["schema"] for one in promise.operation("GET", "/homes")["parameters"]}
    assert list(described) == [name for name in SearchRequest.__dataclass_fields__ if name != "group"]
    assert described["sort"]["enum"] == [one.value for one in Sort]
    assert [name for name, schema in described.items() if schema["type"] == "array"] == list(LISTS)
    assert described["status"]["default"] == ["available"]
    assert described["size"] == {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}


def test_one_home_in_full(client: LintingClient, stock: Stock) -> None:
    (home,) = ask(client, q="滨江花园 901室").get_json()["homes"]
    assert client.get(f"/api/v1/homes/{home['ref']}").get_json() == home
    assert home == {
        "ref": stock.homes["901"].ref,
        "development_ref": stock.riverside.ref,
        "development": "滨江花园",
        "building": "3幢",
        "unit": stock.homes["901"].unit,
        "storey": 9,
        "room": "901",
        "district": stock.port.name,
        "rooms": 3,
        "area_m2": 89.5,
        "filed_price_fen": 48_200_000,
        "cash_price_fen": 47_200_000,
        "voucher_price_fen": 46_200_000,
        "voucher_payable_fen": 46_200_000,
        "status": "available",
    }


@pytest.mark.parametrize("ref", ["FY-22222-22222", "1", "DV", "a'b", "%00", "..", "x" * 3000])
def test_a_home_that_is_not_there(client: LintingClient, stock: Stock, ref: str) -> None:
    response = client.get(f"/api/v1/homes/{ref}")
    assert (response.status_code, response.mimetype) == (404, "application/problem+json")


def test_what_an_answer_names_can_be_asked_for(client: LintingClient, stock: Stock) -> None:
    answer = ask(client).get_json()
    for facet, values in answer["facets"].items():
        for value in values:
            assert ask(client, **{facet: value["value"]}).get_json()["total"] == value["count"], (
                facet,
                value,
            )
    for home in answer["homes"]:
        assert home["ref"] in found(client, district=home["district"], development=home["development"])


def test_every_page_by_cursor_gives_every_home_once(client: LintingClient, stock: Stock) -> None:
    for sort in Sort:
        whole = found(client, sort=sort.value)
        pages: list[str] = []
        after: str | None = None
        while True:
            asked = {"sort": sort.value, "size": 2} | ({"after": after} if after else {})
            answer = ask(client, **asked).get_json()
            pages += [home["ref"] for home in answer["homes"]]
            after = answer["next"]
            if after is None:
                break
        assert pages == whole
        assert len(whole) == 9


@pytest.mark.parametrize(
    ("asked", "code", "parameter"),
    [
        ({"unknown": "1"}, "search_unknown_filter", "unknown"),
        ({"Q": "x"}, "search_unknown_filter", "Q"),
        ({"q": ["a", "b"]}, "search_given_twice", "q"),
        ({"q": "a" * 10_000}, "search_text_too_long", "q"),
        ({"q": "a\0b"}, "search_bad_text", "q"),
        ({"q": "a\x1bb"}, "search_bad_text", "q"),
        ({"district": "a\0"}, "search_bad_text", "district"),
        ({"price_min": "-1"}, "search_bad_price", "price_min"),
        ({"price_min": "1e9"}, "search_bad_price", "price_min"),
        ({"price_min": "NaN"}, "search_bad_price", "price_min"),
        ({"price_min": "９"}, "search_bad_price", "price_min"),
        ({"price_max": "9" * 14}, "search_bad_price", "price_max"),
        ({"price_min": "2", "price_max": "1"}, "search_price_upside_down", "price_max"),
        ({"area_min": "2", "area_max": "1"}, "search_area_upside_down", "area_max"),
        ({"area_max": "10000.01"}, "search_bad_area", "area_max"),
        ({"rooms": "2.5"}, "search_bad_rooms", "rooms"),
        ({"rooms": "21"}, "search_bad_rooms", "rooms"),
        ({"floor": "LOW"}, "search_bad_choice", "floor"),
        ({"sort": "price; DROP TABLE homes"}, "search_bad_choice", "sort"),
        ({"size": "0"}, "search_bad_size", "size"),
        ({"size": str(10**9)}, "search_bad_size", "size"),
        ({"size": "9" * 5000}, "search_bad_size", "size"),
        ({"district": ["x"] * 51}, "search_too_many_values", "district"),
        ({"group": "development"}, "search_given_twice", "group"),
        ({"after": "AAAA"}, "search_bad_cursor", "after"),
        ({"after": "é"}, "search_bad_cursor", "after"),
    ],
)
def test_nonsense_is_a_400_that_names_the_parameter(
    client: LintingClient, stock: Stock, asked: dict[str, object], code: str, parameter: str
) -> None:
    response = ask(client, **asked)
    assert (response.status_code, response.mimetype) == (400, "application/problem+json")
    told = response.get_json()
    assert (told["code"], told["parameter"], told["status"]) == (code, parameter, 400)


def test_a_cursor_of_another_search_or_damaged_is_refused(client: LintingClient, stock: Stock) -> None:
    after = ask(client, size=2, sort="price").get_json()["next"]
    assert ask(client, size=5, sort="price", after=after).status_code == 200
    assert ask(client, size=2, sort="-price", after=after).status_code == 400
    assert ask(client, size=2, sort="price", rooms=2, after=after).status_code == 400
    for place in range(len(after)):
        other = "A" if after[place] != "A" else "B"
        damaged = after[:place] + other + after[place + 1 :]
        assert ask(client, size=2, sort="price", after=damaged).status_code == 400


def test_bytes_that_are_no_text_get_an_answer(client: LintingClient, stock: Stock) -> None:
    for raw in ("q=%ff%fe", "q=%ed%a0%80", "%00=1", "q=%F0%9F%8F%A0", "&&&", "q", "=x"):
        assert client.get(f"/api/v1/homes?{raw}").status_code in {200, 400}
