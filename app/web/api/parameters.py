"""The parameters in an address as OpenAPI has them; those of a search from the table that reads them."""

from collections.abc import Mapping
from dataclasses import fields
from enum import StrEnum
from typing import Any, Final

from flask import request

from app.search.request import LISTS, MOST_VALUES, PARAMETERS, Group, SearchRequest, parse

_WORDS: Final[Mapping[str, str]] = {
    "q": "Words to look for, in Chinese, pinyin or initials; names, places, developers, room numbers. Words "
    "that mean a filter (三室, 50万以内, 现房) are taken for it.",
    "words": "`literal` takes the words as they stand: none is read as a filter, none is put right.",
    "district": "Codes or names of districts.",
    "development": "References (DV-...) or names of developments.",
    "developer": "Registered names of developers.",
    "price_min": "Least price that a voucher buyer pays, promotions taken off, in yuan, itself included.",
    "price_max": "Highest price that a voucher buyer pays, promotions taken off, in yuan, itself included; "
    "not below price_min.",
    "area_min": "Least floor area in square metres, itself included; at most 10000.",
    "area_max": "Largest floor area in square metres, itself included; not below area_min, at most 10000.",
    "box": "Where the development stands: south, west, north and east in WGS-84 degrees, with at most six "
    "decimals, the edges included, as in 30.5,117,30.6,117.1. Developments without a point are in no box.",
    "rooms": "Numbers of bedrooms.",
    "floor": "The third of its building that the middle of the storey lies in: of 18 storeys 1-6 are low, "
    "7-12 middle, 13-18 high.",
    "stage": "Standing (现房), or sold before it is built (期房).",
    "kind": "What is sold.",
    "status": "Without it, homes that a voucher can choose now.",
    "sort": "A minus means from high to low. Equal homes follow a fixed hash of their reference.",
    "size": "How many on a page.",
    "after": "The cursor `next` of the page before, with the same filters and order.",
}


def in_query(name: str, schema: Mapping[str, object], description: str = "") -> dict[str, Any]:
    """Return the description of a parameter in the query."""
    found: dict[str, Any] = {"name": name, "in": "query", "schema": dict(schema)}
    return {**found, "description": description} if description else found


def _of_search(name: str, default: object) -> dict[str, Any]:
    schema = dict(PARAMETERS[name].schema)
    if name in LISTS:
        schema = {"type": "array", "maxItems": MOST_VALUES, "items": schema}
    if default not in (None, "", ()):
        schema["default"] = _plain(default)
    # A form sends the boxes that were left empty: they count as absent.
    return {**in_query(name, schema, _WORDS.get(name, "")), "allowEmptyValue": True}


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    return value.value if isinstance(value, StrEnum) else value


SEARCH: Final = tuple(
    _of_search(field.name, field.default) for field in fields(SearchRequest) if field.name != "group"
)
"""The parameters of a search: one for each field of a request but what is listed, which the path says."""


def asked_for(group: Group) -> SearchRequest:
    """Return the request in the address, for homes or for developments. Raises InvalidSearch."""
    return parse([*request.args.items(multi=True), ("group", group.value)])
