"""Whatever bytes an address carries: a page or a clear refusal."""

from urllib.parse import quote_from_bytes

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.factories.search import Stock
from tests.web.linting import LintingClient

PLACES = ("q", "after", "price_min", "area_max", "district", "rooms", "words")


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(raw=st.binary(max_size=120), where=st.sampled_from(PLACES))
@example(raw=b"\xff\xfe\x00", where="q")
@example(raw="房".encode() * 10_000, where="q")
@example(raw=b"a" * 10_000, where="after")
def test_any_bytes_get_a_page_or_a_message(
    passer_by: LintingClient, shown: Stock, raw: bytes, where: str
) -> None:
    query = f"{where}={quote_from_bytes(raw)}"
    for address in ("/homes", "/api/v1/homes", "/api/v1/suggest"):
        assert passer_by.get(f"{address}?{query}").status_code in {200, 400}


@pytest.mark.parametrize("path", ["/homes", "/api/v1/homes", "/api/v1/suggest"])
def test_ten_thousand_characters_are_refused_in_words(
    passer_by: LintingClient, shown: Stock, path: str
) -> None:
    refused = passer_by.get(path, query_string={"q": "房" * 10_000})
    assert refused.status_code == 400
    said = refused.get_json()["detail"] if refused.is_json else refused.get_data(as_text=True)
    assert "最多 100 个字" in said
