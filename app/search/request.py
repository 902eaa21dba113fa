"""What one may ask of the search: a typed request that is, one to one, the query string of its address.

The same request drives the pages, the API and every engine. Values that mean a default are left out of the
address, so that one search has one address.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl, urlencode

from app.core import money
from app.search import cursor
from app.search.area import DEGREES, Box, read_box
from app.search.cursor import Position
from app.search.errors import InvalidSearch


class Sort(StrEnum):
    """The orders on offer; a minus means from high to low. ``new`` is the latest listed first."""

    RELEVANCE = "relevance"
    PRICE = "price"
    PRICE_DOWN = "-price"
    AREA = "area"
    AREA_DOWN = "-area"
    UNIT_PRICE = "unit_price"
    NEW = "new"


class Floor(StrEnum):
    """The third of its building that a home lies in (``rules.floor_band``)."""

    LOW = "low"
    MIDDLE = "middle"
    HIGH = "high"


class Stage(StrEnum):
    """Whether the development stands (现房) or is sold before it is built (期房)."""

    FINISHED = "finished"
    PRESALE = "presale"


class Kind(StrEnum):
    """What is sold; later policies add parking and shops."""

    HOME = "home"


class Status(StrEnum):
    """Whether a voucher can choose the home now (``rules.public_status``)."""

    AVAILABLE = "available"
    LOCKED = "locked"
    SOLD = "sold"
    OUT = "out"


class Words(StrEnum):
    """How the words are taken: for what they mean (三室 is a number of rooms), or as they stand."""

    MEANT = "meant"
    LITERAL = "literal"


class Group(StrEnum):
    """What stands on a page: homes, or developments with what is found of each."""

    HOME = "home"
    DEVELOPMENT = "development"


DEFAULT_STATUS: Final = (Status.AVAILABLE,)
DEFAULT_SIZE: Final = 20
LARGEST_SIZE: Final = 100
LONGEST_TEXT: Final = 100
MOST_VALUES: Final = 50
"""Values that one repeatable filter may carry."""
LARGEST_AREA: Final = Decimal(10_000)
MOST_ROOMS: Final = 20

_DIGITS: Final = re.compile(r"\d{1,13}", re.ASCII)
_DECIMAL: Final = re.compile(r"\d{1,13}(\.\d{1,2})?", re.ASCII)
_SHOWN_OF_A_BAD_NAME: Final = 40


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search. Prices are voucher prices in fen, areas ㎡ with at most two decimals, both bounds included.

    Values of one filter widen it (or), filters narrow each other (and). ``district`` is a district's code or
    name, ``development`` a reference or a name, ``developer`` the registered name of the company. ``box`` is
    where on the map the development stands; one without a point is in none.
    """

    q: str = ""
    words: Words = Words.MEANT
    district: tuple[str, ...] = ()
    development: tuple[str, ...] = ()
    developer: tuple[str, ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    area_min: Decimal | None = None
    area_max: Decimal | None = None
    box: Box | None = None
    rooms: tuple[int, ...] = ()
    floor: tuple[Floor, ...] = ()
    stage: tuple[Stage, ...] = ()
    kind: tuple[Kind, ...] = ()
    status: tuple[Status, ...] = DEFAULT_STATUS
    group: Group = Group.HOME
    sort: Sort = Sort.RELEVANCE
    size: int = DEFAULT_SIZE
    after: Position | None = None

    def pairs(self) -> list[tuple[str, str]]:
        """Return the query string's pairs in the order of the fields, defaults left out."""
        found = self._filter_pairs()
        if self.group is not Group.HOME:
            found.append(("group", self.group.value))
        if self.sort is not Sort.RELEVANCE:
            found.append(("sort", self.sort.value))
        if self.size != DEFAULT_SIZE:
            found.append(("size", str(self.size)))
        if self.cursor is not None:
            found.append(("after", self.cursor))
        return found

    def query_string(self) -> str:
        """Return the query string without its question mark."""
        return urlencode(self.pairs())

    def at(self, position: Position) -> "SearchRequest":
        """Return the request for the page that follows a position."""
        return replace(self, after=position)

    def without(self, name: str, value: object = None) -> "SearchRequest":
        """Return the request, from its first page, without a filter or without one value of it."""
        if name == "q":
            return replace(self, q="", words=Words.MEANT, after=None)
        kept: Any = None
        if name in LISTS:
            kept = tuple(one for one in getattr(self, name) if value is not None and one != value)
        if name == "status" and not kept:
            kept = DEFAULT_STATUS
        return replace(self, after=None, **{name: kept})

    @property
    def cursor(self) -> str | None:
        """The page's place as the address carries it, None for the first page."""
        return None if self.after is None else cursor.encode(self.after, self._order())

    @property
    def bare(self) -> bool:
        """Tell whether nothing narrows the search beyond the default status."""
        return not self._filter_pairs()

    def _filter_pairs(self) -> list[tuple[str, str]]:
        found = [("q", self.q)] if self.q else []
        if self.words is not Words.MEANT:
            found.append(("words", self.words.value))
        for name in ("district", "development", "developer"):
            found.extend((name, value) for value in getattr(self, name))
        for name, bound in (("price_min", self.price_min), ("price_max", self.price_max)):
            if bound is not None:
                found.append((name, _plain(Decimal(bound) / 100)))
        for name, area in (("area_min", self.area_min), ("area_max", self.area_max)):
            if area is not None:
                found.append((name, _plain(area)))
        if self.box is not None:
            found.append(("box", str(self.box)))
        for name in ("rooms", "floor", "stage", "kind"):
            found.extend((name, str(value)) for value in getattr(self, name))
        if self.status != DEFAULT_STATUS:
            found.extend(("status", value.value) for value in self.status)
        return found

    def _order(self) -> str:
        """Spell out what a cursor is bound to: filters, what is listed and sort, not the size of the page."""
        listed = [("group", self.group.value)] if self.group is not Group.HOME else []
        return urlencode([*self._filter_pairs(), *listed, ("sort", self.sort.value)])


LISTS: Final = ("district", "development", "developer", "rooms", "floor", "stage", "kind", "status")
"""The filters that take several values; each is a facet too."""


def parse(pairs: Iterable[tuple[str, str]]) -> SearchRequest:
    """Return the request that a query string spells out. Blank values count as absent.

    Raises InvalidSearch, naming the parameter, for an unknown one, one given twice that takes a single value,
    a value it does not accept, a lower bound above its upper one, or a cursor of another search.
    """
    texts: dict[str, list[str]] = {}
    for name, text in pairs:
        if name not in PARAMETERS:
            raise InvalidSearch("search_unknown_filter", name, name=_harmless(name))
        if text.strip():
            texts.setdefault(name, []).append(text.strip())
    values: dict[str, Any] = {}
    for name, given in texts.items():
        values[name] = _read(name, given)
    after = values.pop("after", None)
    request = SearchRequest(**values)
    _check_bounds(request)
    if after is None:
        return request
    position = cursor.decode(after, request._order())
    if position is None:
        raise InvalidSearch("search_bad_cursor", "after")
    return request.at(position)


def find_request(query: str) -> SearchRequest | None:
    """Return the request of a query string that came from an address or a store; None where it is none."""
    try:
        return parse(parse_qsl(query, max_num_fields=500))
    except (InvalidSearch, ValueError):
        return None


def _read(name: str, given: list[str]) -> object:
    read = PARAMETERS[name].read
    if name in LISTS:
        if len(given) > MOST_VALUES:
            raise InvalidSearch("search_too_many_values", name, name=name, most=MOST_VALUES)
        return tuple(dict.fromkeys(read(name, text) for text in given))
    if len(given) > 1:
        raise InvalidSearch("search_given_twice", name, name=name)
    return read(name, given[0])


def _check_bounds(request: SearchRequest) -> None:
    if (
        request.price_min is not None
        and request.price_max is not None
        and request.price_min > request.price_max
    ):
        raise InvalidSearch("search_price_upside_down", "price_max")
    if request.area_min is not None and request.area_max is not None and request.area_min > request.area_max:
        raise InvalidSearch("search_area_upside_down", "area_max")


def _text(name: str, text: str) -> str:
    tidy = " ".join(text.split())
    if len(tidy) > LONGEST_TEXT:
        raise InvalidSearch("search_text_too_long", name, most=LONGEST_TEXT)
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in tidy):
        raise InvalidSearch("search_bad_text", name)
    return tidy


def _price(name: str, text: str) -> int:
    try:
        return money.yuan_to_fen(_decimal(text))
    except ValueError as error:
        raise InvalidSearch("search_bad_price", name) from error


def _area(name: str, text: str) -> Decimal:
    try:
        area = _decimal(text)
    except ValueError as error:
        raise InvalidSearch("search_bad_area", name) from error
    if area > LARGEST_AREA:
        raise InvalidSearch("search_bad_area", name)
    return area


def _decimal(text: str) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def _number(text: str) -> int | None:
    return int(text) if _DIGITS.fullmatch(text) else None


def _rooms(name: str, text: str) -> int:
    number = _number(text)
    if number is None or number > MOST_ROOMS:
        raise InvalidSearch("search_bad_rooms", name, most=MOST_ROOMS)
    return number


def _size(name: str, text: str) -> int:
    number = _number(text)
    if number is None or not 1 <= number <= LARGEST_SIZE:
        raise InvalidSearch("search_bad_size", name, most=LARGEST_SIZE)
    return number


Choice = TypeVar("Choice", bound=StrEnum)


def _one_of(choices: type[Choice]) -> Callable[[str, str], Choice]:
    def read(name: str, text: str) -> Choice:
        try:
            return choices(text)
        except ValueError as error:
            offered = "、".join(choice.value for choice in choices)
            raise InvalidSearch("search_bad_choice", name, name=name, offered=offered) from error

    return read


@dataclass(frozen=True, slots=True)
class Parameter:
    """How one value of a parameter is read, and what it may be, as JSON Schema says it to programs."""

    read: Callable[[str, str], object]
    schema: Mapping[str, object]


def _choice(choices: type[Choice]) -> Parameter:
    return Parameter(_one_of(choices), {"type": "string", "enum": [choice.value for choice in choices]})


_TEXT: Final = Parameter(_text, {"type": "string", "maxLength": LONGEST_TEXT})
_PRICE: Final = Parameter(_price, {"type": "string", "pattern": f"^{_DECIMAL.pattern}$"})
_AREA: Final = Parameter(
    _area, {"type": "string", "pattern": f"^{_DECIMAL.pattern}$", "description": f"0 - {LARGEST_AREA}"}
)

PARAMETERS: Final[Mapping[str, Parameter]] = {
    "q": _TEXT,
    "words": _choice(Words),
    "district": _TEXT,
    "development": _TEXT,
    "developer": _TEXT,
    "price_min": _PRICE,
    "price_max": _PRICE,
    "area_min": _AREA,
    "area_max": _AREA,
    "box": Parameter(read_box, {"type": "string", "pattern": f"^{DEGREES}(,{DEGREES}){{3}}$"}),
    "rooms": Parameter(_rooms, {"type": "integer", "minimum": 0, "maximum": MOST_ROOMS}),
    "floor": _choice(Floor),
    "stage": _choice(Stage),
    "kind": _choice(Kind),
    "status": _choice(Status),
    "group": _choice(Group),
    "sort": _choice(Sort),
    "size": Parameter(_size, {"type": "integer", "minimum": 1, "maximum": LARGEST_SIZE}),
    "after": _TEXT,
}
"""Every parameter of a search, in the order of the fields: what is read by is what is described."""


def _plain(number: Decimal) -> str:
    """Return the shortest decimal: ``456000``, ``89.5``."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _harmless(name: str) -> str:
    """Return what can be repeated of a name that somebody made up."""
    return "".join(sign if sign.isprintable() else "?" for sign in name[:_SHOWN_OF_A_BAD_NAME])
