"""Phrases of price, area, rooms and the words of ``synonyms.yaml``, found at a place in a word. Pure.

``60万以内``, ``五六十万``, ``两室``, ``120平``, ``现房``, ``有电梯``. What a whole query means is put
together in ``reading``.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from app.core import money
from app.search import synonyms, text
from app.search.request import LARGEST_AREA
from app.search.synonyms import Meaning

_FIGURE: Final = r"(?:\d{1,6}(?:\.\d{1,2})?|[零一二两三四五六七八九十百千]{1,7})"
_TO: Final = r"[-~—–到至]"
_LEAST_AREA: Final = 10
"""㎡: what would be less is a part of a name (四平)."""
_ABOUT: Final = Decimal(10)
"""What 左右 allows on either side, in per cent; 多 allows twice as much, and only above."""
_MOST_ROOMS_SAID: Final = 9

_NEVER_BEFORE: Final = frozenset("零一二两三四五六七八九十百千第.幢栋座元号楼层-~—–到至")
"""What no number of a phrase follows: it would be the end of a longer one, or of an address."""


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase as it was written, and what it means. A ``sure`` one may stand right before a name."""

    text: str
    meaning: Meaning
    sure: bool


def find(word: str, place: int) -> Found | None:
    """Return the longest phrase that begins at this place of a normalised word, None where none does."""
    return max(_all(word, place), key=lambda found: len(found.text), default=None)


def _all(word: str, place: int) -> Iterator[Found]:
    before = word[place - 1] if place else ""
    number_may_begin = not before.isdecimal() and before not in _NEVER_BEFORE
    starts_with_number = bool(re.match(r"[\d零一二两三四五六七八九十百千]", word[place]))
    if starts_with_number and not number_may_begin:
        return
    match = _listed().match(word, place)
    if match:
        meaning = synonyms.words().meanings[match.group()]
        yield Found(match.group(), meaning, sure="floor" not in dict(meaning.filters))
    for pattern, read in _READERS:
        match = pattern.match(word, place)
        if match and (filters := read(match)):
            sure = any(match.groupdict().get(name) for name in ("sure", "how"))
            yield Found(match.group(), Meaning(filters=tuple(filters.items())), sure)


@cache
def _listed() -> re.Pattern[str]:
    longest_first = sorted(synonyms.words().meanings, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)))


def _amounts(nouns: str, unit: str, sure_unit: str) -> re.Pattern[str]:
    """Return the pattern of a phrase about an amount, which may say what it is about."""
    how = "以内|以下|之内|内|以上|起|左右|上下|出头"
    return re.compile(
        rf"(?:{nouns})?(?:在)?(?:"
        rf"(?P<low>{_FIGURE})(?:{unit})?{_TO}(?P<high>{_FIGURE})(?P<sure>{unit})(?:之间)?"
        rf"|(?P<tens>[一二三四五六七八九]{{2}})十(?:来|几)?(?:{unit})(?:之间|左右|上下)?"
        rf"|(?:不超过|不高于|低于|小于|少于|最多|不到)(?P<most>{_FIGURE})(?:{unit})"
        rf"|(?:不低于|不少于|不小于|高于|大于|超过|至少|最少)(?P<least>{_FIGURE})(?:{unit})"
        rf"|(?P<one>{_FIGURE})(?P<some>多|几|来)?(?:{sure_unit}|{unit})(?P<how>{how})?)"
    )


_PRICE: Final = _amounts("房票价|总价|价格|价钱|预算", "万元|万块钱?|万|w", "万元")
_AREA: Final = _amounts("建筑面积|面积", "平方米|平米|平方|平|m2|㎡", "平方米|平米|m2")
_HALLS: Final = r"(?:[0-9零一二两三]厅)?(?:[0-9零一二两三]厨)?(?:[0-9一二两三]卫)?(?:[0-9零一二两三]厨)?"
_ROOMS: Final = re.compile(
    r"(?P<rooms>[1-9一二两三四五六七八九])(?:[-~到至或、]?(?P<or>[1-9一二两三四五六七八九]))?[个间]?"
    rf"(?:(?P<sure>居室|室户|室|房间|卧室)|居|房)(?P<more>以上|起)?{_HALLS}"
    r"|套(?P<set>[一二两三四五])(?![\w])"
)


def _price(match: re.Match[str]) -> dict[str, Any]:
    bounds = _bounds(match, bare_is_most=True)
    try:
        return {f"price_{end}": money.yuan_to_fen(bound * 10_000) for end, bound in bounds.items()}
    except ValueError:
        return {}


def _area(match: re.Match[str]) -> dict[str, Any]:
    bounds = _bounds(match, bare_is_most=False)
    if not all(_LEAST_AREA <= bound <= LARGEST_AREA for bound in bounds.values()):
        return {}
    return {f"area_{end}": bound.quantize(Decimal("0.01")) for end, bound in bounds.items()}


def _rooms(match: re.Match[str]) -> dict[str, Any]:
    first = int(_number(match["rooms"] or match["set"]))
    last = int(_number(match["or"])) if match["or"] else _MOST_ROOMS_SAID if match["more"] else first
    return {"rooms": tuple(range(first, last + 1))} if first <= last else {}


_Reader = Callable[[re.Match[str]], dict[str, Any]]
_READERS: Final[tuple[tuple[re.Pattern[str], _Reader], ...]] = (
    (_PRICE, _price),
    (_AREA, _area),
    (_ROOMS, _rooms),
)


def _bounds(match: re.Match[str], *, bare_is_most: bool) -> dict[str, Decimal]:
    """Return ``min`` and ``max`` as far as a phrase sets them; a bare price is a most, an area 左右."""
    if match["low"]:
        return dict(zip(("min", "max"), sorted(map(_number, match.group("low", "high"))), strict=True))
    if match["tens"]:
        return dict(zip(("min", "max"), sorted(_number(sign) * 10 for sign in match["tens"]), strict=True))
    if match["most"]:
        return {"max": _number(match["most"])}
    if match["least"]:
        return {"min": _number(match["least"])}
    return _around(_number(match["one"]), match["how"], some=match["some"], bare_is_most=bare_is_most)


def _around(number: Decimal, how: str | None, *, some: str | None, bare_is_most: bool) -> dict[str, Decimal]:
    """Return the bounds that one number sets with the word after it."""
    if how in {"以上", "起"}:
        return {"min": number}
    if how == "出头" or (some in {"多", "几"} and how is None):
        return {"min": number, "max": number * (100 + 2 * _ABOUT) / 100}
    if how in {"左右", "上下"} or some == "来" or (how is None and not bare_is_most):
        return {"min": number * (100 - _ABOUT) / 100, "max": number * (100 + _ABOUT) / 100}
    return {"max": number}


def _number(written: str) -> Decimal:
    return Decimal(written) if written[0].isdecimal() else Decimal(text.figure(written))
