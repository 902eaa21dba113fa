"""Did you mean: the same search with mistyped words written as names that there are.

A word that finds homes is never touched, and nothing is put right silently: the page says what was looked for
instead.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Final

from sqlalchemy.orm import Session

from app.search import names, text
from app.search.engine import Answers
from app.search.names import NameKind
from app.search.request import SearchRequest

FEW: Final = 3
"""With so many hits or fewer another spelling is offered, if it finds more."""
_PINYIN: Final = re.compile("[a-z0-9]+")
_SHORTEST: Final = 2
"""Characters of a district and of a name behind it, to be taken for both."""


@dataclass(frozen=True, slots=True)
class Correction:
    """The search that was probably meant, and how many homes it finds."""

    request: SearchRequest
    homes: int


def correct(session: Session, engine: Answers, request: SearchRequest, *, found: int) -> Correction | None:
    """Return the search that was probably meant by one that found so few; None when no other finds more.

    Districts and developments of the request are told by code and reference, as engines know them.
    """
    words = text.normalise(request.q).split()[: text.MOST_TERMS]
    for q in dict.fromkeys(_spellings(session, engine, request, words, anew=bool(found))):
        other = replace(request, q=q, after=None)
        homes = engine.count(other)
        if homes > found:
            return Correction(other, homes)
    return None


def _spellings(
    session: Session, engine: Answers, request: SearchRequest, words: list[str], *, anew: bool
) -> Iterator[str]:
    """Yield other ways to write the query; ``anew`` puts right also words that find something."""
    if len(words) > 1 and all(map(_PINYIN.fullmatch, words)):
        # Syllables typed apart: bin jiang hua yuan.
        yield from (near.meant for near in names.nearest(session, "".join(words))[:1])
    spelt = [
        word if not anew and _finds(engine, request, word) else _instead(session, word, anew=anew)
        for word in words
    ]
    if all(spelt) and spelt != words:
        yield " ".join(word for word in spelt if word)


def _finds(engine: Answers, request: SearchRequest, word: str) -> bool:
    return bool(engine.count(SearchRequest(q=word, status=request.status)))


def _instead(session: Session, word: str, *, anew: bool) -> str | None:
    """Return the word as a name has it, None where no name is near; as it stands where it is one."""
    near = names.nearest(session, word)
    if near:
        return word if text.key(near[0].meant) == text.key(word) else near[0].meant
    if anew:
        return word
    return next(_behind_a_district(session, word), None)


def _behind_a_district(session: Session, word: str) -> Iterator[str]:
    """Yield the district that a word begins with and the name that was meant by its rest: 菱湖宾江花圆."""
    for district in names.all_of(session, NameKind.DISTRICT):
        called = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(word, district, strict=False)))
        rest = word[called:]
        if called >= _SHORTEST and len(rest) >= _SHORTEST:
            yield from (f"{district} {near.meant}" for near in names.nearest(session, rest)[:1])
