"""What the words of a search mean: filters where they say one, names where they do not. Pure.

``菱湖区三室50万以内 有电梯`` is read as three rooms, a highest price, the fact 有电梯 and the name 菱湖区.
Whoever meant the words as words says so in the address (``words=literal``) and nothing is read.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from app.search import phrases, synonyms, text
from app.search.phrases import Found
from app.search.request import Floor, SearchRequest, Sort, Stage, Words

_NOT: Final = re.compile(r"(?:不想要|不考虑|不要|不住|别要|别)$")
_NOT_AFTER: Final = re.compile(r"(?:都|就)?(?:不要|不考虑|不行|除外|不住|别)")
_MAY_BE_DENIED: Final[dict[str, tuple[Any, ...]]] = {"floor": tuple(Floor), "stage": tuple(Stage)}
"""The filters whose other values are what is left when one is not wanted."""
_AND: Final = re.compile("[和或及、，,]*")
"""What a denial reaches across: 不要一楼和顶楼, but not 不要顶楼的三室."""
_SHORTEST_NAME: Final = 2


@dataclass(frozen=True, slots=True)
class Reading:
    """A request whose phrases have become filters.

    ``phrases`` are those that were read, as written; ``facts`` those among them that the index holds as
    words; ``roughly`` those that no filter says exactly; ``aside`` what no home says of itself.
    """

    request: SearchRequest
    phrases: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    roughly: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """A phrase found in the query; ``denied`` when it says what is not wanted."""

    found: Found
    denied: bool = False


_Piece = _Said | str


def read(request: SearchRequest) -> Reading:
    """Return what the words of a request mean. What is said in words replaces the filters of its kind."""
    words = text.normalise(request.q).split()
    if request.words is Words.LITERAL or not words:
        return Reading(request)
    pieces = [piece for word in words for piece in _pieces(word)]
    said = [piece for piece in pieces if isinstance(piece, _Said)]
    names = [piece for piece in pieces if isinstance(piece, str)]
    telling = [name for name in names if not _says_nothing(name)]
    if not said:
        return Reading(request if telling == words else replace(request, q=" ".join(telling)))
    facts = tuple(one.found.meaning.fact for one in said if one.found.meaning.fact and not one.denied)
    return Reading(
        replace(request, q=" ".join(dict.fromkeys([*telling, *facts])), **_filters(said, request)),
        facts=tuple(dict.fromkeys(facts)),
        phrases=tuple(_written(one) for one in said if not _left_aside(one)),
        roughly=tuple(one.found.text for one in said if one.found.meaning.roughly),
        aside=tuple(_written(one) for one in said if _left_aside(one)),
    )


def _left_aside(said: _Said) -> bool:
    meaning = said.found.meaning
    if said.denied:
        return not any(name in _MAY_BE_DENIED for name, _ in meaning.filters)
    return not meaning.filters and meaning.fact is None


def _written(said: _Said) -> str:
    return f"不要{said.found.text}" if said.denied else said.found.text


def _filters(said: Sequence[_Said], request: SearchRequest) -> dict[str, Any]:
    """Return the filters that the phrases set; values of one filter widen it, unless they are denied."""
    found: dict[str, Any] = {}
    for one in said:
        for name, value in () if one.denied else one.found.meaning.filters:
            several = isinstance(value, tuple)
            found[name] = tuple(dict.fromkeys((*found.get(name, ()), *value))) if several else value
    for name, every in _MAY_BE_DENIED.items():
        denied = {value for one in said if one.denied for value in _values(one, name)}
        if denied:
            wanted = found.get(name) or every
            found[name] = tuple(value for value in every if value in wanted and value not in denied)
    for low, high in (("price_min", "price_max"), ("area_min", "area_max")):
        if found.keys() & {low, high}:
            found = {low: None, high: None} | found
            # 大房子 and 小房子 in one breath is no search; what lies between them is one.
            if found[low] is not None and found[high] is not None and found[low] > found[high]:
                found[low], found[high] = found[high], found[low]
    if request.sort is not Sort.RELEVANCE:
        found.pop("sort", None)
    return found


def _values(said: _Said, name: str) -> tuple[Any, ...]:
    return tuple(dict(said.found.meaning.filters).get(name, ()))


def _pieces(word: str) -> list[_Piece]:
    """Return the phrases and names of a word, or the word itself where its phrases may be parts of a name."""
    pieces = list(_denied(_scan(word)))
    tidy = [_tidy(piece) if isinstance(piece, str) else piece for piece in pieces]
    kept = [piece for piece in tidy if piece]
    for here, piece in enumerate(kept):
        if isinstance(piece, str) and len(kept) > 1 and len(piece) < _SHORTEST_NAME:
            return [word]
        after = kept[here + 1] if here + 1 < len(kept) else None
        if isinstance(piece, _Said) and isinstance(after, str) and not piece.found.sure:
            return [word]
    return kept if any(isinstance(piece, _Said) for piece in kept) else [word]


def _scan(word: str) -> Iterator[Found | str]:
    place, name = 0, ""
    while place < len(word):
        found = phrases.find(word, place)
        if found is None:
            name += word[place]
            place += 1
            continue
        if name:
            yield name
        yield found
        name, place = "", place + len(found.text)
    if name:
        yield name


def _denied(pieces: Iterator[Found | str]) -> Iterator[_Piece]:
    """Yield the pieces with their denials told: ``一楼不要``, ``不要一楼和顶楼``."""
    waiting: list[Found] = []
    denying = False
    for piece in pieces:
        if isinstance(piece, Found):
            waiting.append(piece)
            continue
        after = _NOT_AFTER.match(piece) if waiting else None
        if not after and _AND.fullmatch(piece):
            continue
        yield from (_Said(found, denied=denying or bool(after)) for found in waiting)
        rest = piece[after.end() :] if after else piece
        before = _NOT.search(rest)
        waiting, denying = [], bool(before)
        if name := rest[: before.start()] if before else rest:
            yield name
    yield from (_Said(found, denied=denying) for found in waiting)


def _says_nothing(name: str) -> bool:
    return bool(_fillers().fullmatch(name))


def _tidy(name: str) -> str:
    """Return a name without the words around it that say nothing."""
    if _says_nothing(name):
        return ""
    return re.sub(r"^(?:我?想?要?[买找看求]|[的、，,])+|(?:有没有|[的有要带、，,])+$", "", name)


@cache
def _fillers() -> re.Pattern[str]:
    longest_first = sorted(synonyms.words().fillers, key=len, reverse=True)
    return re.compile(f"(?:{'|'.join(map(re.escape, longest_first))}|[、，,。.!！?？])+")
