"""GET /api/v1/developments: the same request, answered by development."""

from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from app.search.request import Sort
from tests.factories.search import Stock
from tests.web.api.promise import Promise
from tests.web.linting import LintingClient


def ask(client: LintingClient, address: str = "developments", **asked: object) -> TestResponse:
    response = client.get(f"/api/v1/{address}?" + urlencode(asked, doseq=True))
    Promise(client.application).check(response, "GET", f"/{address}")
    return response


@pytest.mark.parametrize("asked", [{}, {"q": "滨江花园"}, {"rooms": 3}, {"status": ["sold", "available"]}])
def test_it_counts_the_homes_that_the_same_request_finds(
    client: LintingClient, stock: Stock, asked: dict[str, object]
) -> None:
    answer = ask(client, **asked).get_json()
    homes = ask(client, "homes", size=100, **asked).get_json()
    assert (answer["total"], answer["facets"]) == (homes["total"], homes["facets"])
    assert answer["count"] == len(answer["developments"])
    for one in answer["developments"]:
        own = [home for home in homes["homes"] if home["development"] == one["name"]]
        prices = [home["voucher_payable_fen"] for home in own]
        assert (one["matching"], one["homes"]) == (len(own), own[:3])
        assert (one["payable_from_fen"], one["payable_to_fen"]) == (min(prices), max(prices))
    assert sum(one["matching"] for one in answer["developments"]) == homes["total"]


def test_pages_by_cursor_give_every_development_once(client: LintingClient, stock: Stock) -> None:
    for sort in Sort:
        whole = [one["ref"] for one in ask(client, sort=sort.value).get_json()["developments"]]
        found: list[str] = []
        asked: dict[str, object] = {"sort": sort.value, "size": 1}
        while True:
            answer = ask(client, **asked).get_json()
            found += [one["ref"] for one in answer["developments"]]
            if answer["next"] is None:
                break
            asked["after"] = answer["next"]
        assert found == whole
    assert len(whole) > 1


def test_a_cursor_of_the_homes_is_none_of_the_developments(client: LintingClient, stock: Stock) -> None:
    after = ask(client, "homes", size=1).get_json()["next"]
    refused = ask(client, after=after)
    assert (refused.status_code, refused.get_json()["code"]) == (400, "search_bad_cursor")


def test_nonsense_is_refused(client: LintingClient, stock: Stock) -> None:
    for asked in ({"q": "a" * 10_000}, {"size": 0}, {"box": "1,2,3"}, {"colour": "red"}):
        assert ask(client, **asked).status_code == 400
