"""GET /api/v1/suggest: names while somebody types."""

from urllib.parse import urlencode

import pytest

from tests.factories.search import Stock
from tests.web.api.promise import Promise
from tests.web.linting import LintingClient


def suggested(client: LintingClient, typed: str) -> list[dict[str, object]]:
    response = client.get("/api/v1/suggest?" + urlencode({"q": typed}))
    assert response.status_code == 200
    Promise(client.application).check(response, "GET", "/suggest")
    found: list[dict[str, object]] = response.get_json()["suggestions"]
    return found


@pytest.mark.parametrize("typed", ["滨江花", "binjiang", "bjhy", "宾江花圆", "滨江花国"])
def test_a_development_with_the_number_of_its_homes(client: LintingClient, stock: Stock, typed: str) -> None:
    assert suggested(client, typed)[0] == {"kind": "development", "name": "滨江花园", "homes": 4}


def test_streets_districts_and_developers_too(client: LintingClient, stock: Stock) -> None:
    assert suggested(client, "港华路") == [{"kind": "street", "name": "港华路", "homes": 3}]
    assert {"kind": "district", "name": stock.port.name, "homes": 6} in suggested(client, stock.port.name)
    assert [one["kind"] for one in suggested(client, "滨江")] == ["development", "street"]


def test_nothing_typed_suggests_nothing(client: LintingClient, stock: Stock) -> None:
    assert suggested(client, "") == []
    assert suggested(client, "🏠") == []


@pytest.mark.parametrize("asked", [{"q": "a" * 101}, {"q": "a\0b"}, {"colour": "red"}])
def test_nonsense_is_refused(client: LintingClient, stock: Stock, asked: dict[str, str]) -> None:
    refused = client.get("/api/v1/suggest?" + urlencode(asked))
    assert refused.status_code == 400
    assert refused.mimetype == "application/problem+json"
