"""What people say of price, area, rooms and floor, read as filters: ``60万以内``, ``两室``, ``120平``. Pure.

Only a word that consists of such phrases and nothing else is read; every other word is looked for as it is,
so that no name of a street or a development is ever taken for a number.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from app.core import money
from app.search import text
from app.search.request import LARGEST_AREA, Floor, SearchRequest, Stage

_DIGITS: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_NUMBER: Final = r"(?:\d{1,6}(?:\.\d{1,2})?|[一二两三四五六七八九十百]{1,5})"
_TO: Final = r"[-~—–到至]"
_ABOUT: Final = Decimal(10)
"""What 左右 allows on either side, in per cent."""


def _amounts(nouns: str, unit: str) -> re.Pattern[str]:
    """Return the pattern of a phrase about an amount, which may say what it is about."""
    return re.compile(
        rf"(?:{nouns})?(?:"
        rf"(?P<low>{_NUMBER})(?:{unit})?{_TO}(?P<high>{_NUMBER})(?:{unit})(?:之间)?"
        rf"|(?:不超过|不高于|低于|小于|最多)(?P<most>{_NUMBER})(?:{unit})"
        rf"|(?:不低于|不少于|高于|大于|超过|至少)(?P<least>{_NUMBER})(?:{unit})"
        rf"|(?P<one>{_NUMBER})(?:{unit})(?P<how>以内|以下|之内|内|以上|起|左右|上下)?)"
    )


_PRICE: Final = _amounts("房票价|总价|价格|预算", "万元|万块|万")
_AREA: Final = _amounts("建筑面积|面积", "平方米|平米|平方|平|m2")
_ROOMS: Final = re.compile(
    r"(?P<rooms>[1-9一二两三四五六七八九])(?:居室|室户|室|居|房间|房)(?:[0-9一二两三]厅)?(?:[0-9一二两三]卫)?"
    r"|(?P<none>开间|单间)"
)
_FLOORS: Final = {
    Floor.LOW: ("低楼层", "低层", "一楼", "1楼", "一层", "1层", "底楼", "底层", "首层"),
    Floor.MIDDLE: ("中楼层", "中层"),
    Floor.HIGH: ("高楼层", "顶楼", "顶层"),
}
_FLOOR_OF: Final = {word: floor for floor, words in _FLOORS.items() for word in words}
_EXACT: Final = frozenset({"低楼层", "低层", "中楼层", "中层", "高楼层"})
_FLOOR: Final = re.compile("|".join(sorted(_FLOOR_OF, key=len, reverse=True)))
_STAGE: Final = re.compile("(?P<finished>现房)|(?P<presale>期房)")


@dataclass(frozen=True, slots=True)
class Understood:
    """A request whose phrases have become filters; ``loosely`` are those that no filter says exactly."""

    request: SearchRequest
    loosely: tuple[str, ...] = ()


def understand(request: SearchRequest) -> Understood:
    """Return the request with the phrases of its words as filters; they replace the filters of their kind."""
    rest: list[str] = []
    found: dict[str, Any] = {}
    loosely: list[str] = []
    for word in request.q.split():
        phrases = _read(text.normalise(word))
        if phrases is None:
            rest.append(word)
            continue
        for phrase, filters in phrases:
            _add(found, filters)
            if "floor" in filters and phrase not in _EXACT:
                loosely.append(phrase)
    if not found:
        return Understood(request)
    for low, high in (("price_min", "price_max"), ("area_min", "area_max")):
        if found.keys() & {low, high}:
            found = {low: None, high: None} | found
    return Understood(replace(request, q=" ".join(rest), after=None, **found), tuple(loosely))


def _add(found: dict[str, Any], filters: dict[str, Any]) -> None:
    for name, value in filters.items():
        several = isinstance(value, tuple)
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *value))) if several else value


def _read(word: str) -> list[tuple[str, dict[str, Any]]] | None:
    """Return the phrases that a word is made of, each with its filters; None when anything else is in it."""
    phrases, place = [], 0
    while place < len(word):
        phrase, filters = next(_readings(word, place), ("", {}))
        if not phrase:
            return None
        phrases.append((phrase, filters))
        place += len(phrase)
    return phrases or None


def _readings(word: str, place: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for pattern, read in _READERS:
        match = pattern.match(word, place)
        if match and (filters := read(match)):
            yield match.group(), filters


def _price(match: re.Match[str]) -> dict[str, Any]:
    bounds = _bounds(match, bare_is_most=True)
    try:
        return {f"price_{end}": money.yuan_to_fen(bound * 10_000) for end, bound in bounds.items()}
    except ValueError:
        return {}


def _area(match: re.Match[str]) -> dict[str, Any]:
    bounds = _bounds(match, bare_is_most=False)
    if any(bound > LARGEST_AREA for bound in bounds.values()):
        return {}
    return {f"area_{end}": bound.quantize(Decimal("0.01")) for end, bound in bounds.items()}


def _rooms(match: re.Match[str]) -> dict[str, Any]:
    return {"rooms": (0 if match["none"] else int(_number(match["rooms"])),)}


def _floor(match: re.Match[str]) -> dict[str, Any]:
    return {"floor": (_FLOOR_OF[match.group()],)}


def _stage(match: re.Match[str]) -> dict[str, Any]:
    return {"stage": (Stage.FINISHED if match["finished"] else Stage.PRESALE,)}


_READERS: Final = ((_PRICE, _price), (_AREA, _area), (_ROOMS, _rooms), (_FLOOR, _floor), (_STAGE, _stage))


def _bounds(match: re.Match[str], *, bare_is_most: bool) -> dict[str, Decimal]:
    """Return ``min`` and ``max`` as far as a phrase sets them; a bare price is a most, an area 左右."""
    if match["low"]:
        return dict(zip(("min", "max"), sorted(map(_number, match.group("low", "high"))), strict=True))
    if match["most"]:
        return {"max": _number(match["most"])}
    if match["least"]:
        return {"min": _number(match["least"])}
    number, how = _number(match["one"]), match["how"]
    if how in {"以上", "起"}:
        return {"min": number}
    if how in {"左右", "上下"} or (how is None and not bare_is_most):
        return {"min": number * (100 - _ABOUT) / 100, "max": number * (100 + _ABOUT) / 100}
    return {"max": number}


def _number(written: str) -> Decimal:
    """Return a number written in figures, or in Chinese up to 九百九十九: ``60``, ``六十``, ``一百二十``."""
    if written[0].isdecimal():
        return Decimal(written)
    total, digit = 0, 0
    for sign in written:
        if sign in "十百":
            total += (digit or 1) * (10 if sign == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS[sign]
    return Decimal(total + digit)
