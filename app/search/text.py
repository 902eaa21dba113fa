"""Chinese text into tokens, in Python, so that every engine analyses alike and needs no plugin. Pure.

Text is cut into *units*: one Chinese character, one run of letters, one run of digits. Tokens are units,
pairs of neighbouring units, words (rjieba) and, for names, what people type instead of characters: pinyin
from any syllable on with every prefix of it, and initials.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Final

import rjieba
from pypinyin import lazy_pinyin

MOST_TERMS: Final = 8
"""Words beyond these are not looked for: they could only narrow what eight words have narrowed."""
SHORTEST_FRAGMENT: Final = 3
"""A trigram index finds nothing shorter."""

_HAN: Final = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_STRETCH: Final = re.compile(rf"[{_HAN}\w]+")
_UNIT: Final = re.compile(rf"[{_HAN}]|[0-9]+|[^\W\d_{_HAN}]+")
_RUN: Final = re.compile(rf"[{_HAN}]+|[0-9]+|[^\W\d_{_HAN}]+")
_NUMERALS: Final = frozenset("一二两三四五六七八九十")
_MOST_SYLLABLES: Final = 12


def normalise(text: str) -> str:
    """Return the text as it is compared: compatibility forms made plain, case folded, blanks single."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pinyin(text: str) -> str:
    """Return the full pinyin without tones or blanks: ``binjianghuayuan``."""
    return "".join(_syllables(normalise(text)))


def plain_tokens(text: str) -> set[str]:
    """Return the tokens of a text read as words: units, neighbours and words."""
    tokens: set[str] = set()
    for stretch in _STRETCH.findall(normalise(text)):
        units = _UNIT.findall(stretch)
        tokens.update(units, _neighbours(units), _words(stretch, fine=True))
    return tokens


def text_tokens(text: str) -> set[str]:
    """Return the plain tokens of a text, with the pinyin and the initials of its words."""
    tokens = plain_tokens(text)
    for stretch in _STRETCH.findall(normalise(text)):
        for word in _words(stretch):
            syllables = _syllables(word)
            if syllables:
                tokens.add("".join(syllables))
            if len(syllables) > 1:
                tokens.add(_initials(syllables))
    return tokens


def name_tokens(name: str) -> set[str]:
    """Return the tokens of a name: those of a text, and pinyin and initials from every syllable on."""
    tokens = text_tokens(name)
    syllables = _syllables(normalise(name))[:_MOST_SYLLABLES]
    for start in range(len(syllables)):
        tail = syllables[start:]
        spelt, initials = "".join(tail), _initials(tail)
        tokens.update(spelt[:end] for end in range(2, len(spelt) + 1))
        tokens.update(initials[:end] for end in range(2, len(initials) + 1))
    return tokens


@dataclass(frozen=True, slots=True)
class Term:
    """One word that was looked for; a home matches that has all tokens of one alternative, or the fragment.

    ``text`` is the word itself, ``fragment`` the same where it is long enough to be looked for inside names.
    """

    text: str
    alternatives: tuple[tuple[str, ...], ...]
    fragment: str | None


def query_terms(query: str) -> tuple[Term, ...] | None:
    """Return the terms of a query, every one of which has to match; () for an empty query.

    None when something was typed but nothing of it can be looked for, such as ``%`` or an emoji.
    """
    words = normalise(query).split()
    terms = tuple(term for word in words[:MOST_TERMS] if (term := _term(word)))
    return None if words and not terms else terms


def _term(word: str) -> Term | None:
    stretches = _STRETCH.findall(word)
    by_word: list[str] = []
    by_neighbours: list[str] = []
    for stretch in stretches:
        units = _UNIT.findall(stretch)
        by_word.extend(_sure_words(stretch))
        by_neighbours.extend(_neighbours(units) or units)
    if not by_neighbours:
        return None
    alternatives = dict.fromkeys(tuple(sorted(set(tokens))) for tokens in (by_word, by_neighbours))
    return Term(word, tuple(alternatives), word if len(word) >= SHORTEST_FRAGMENT else None)


def _words(stretch: str, *, fine: bool = False) -> list[str]:
    """Return the words of a stretch; a number is one word with what it counts: ``3幢``, ``三室``, ``1101室``.

    ``fine`` adds the shorter words inside long ones.
    """
    cut = rjieba.cut_for_search if fine else rjieba.cut
    words: list[str] = []
    for run in _RUN.findall(stretch):
        words.extend(cut(run) if re.match(rf"[{_HAN}]", run) else [run])
    return list(_joined(words))


def _sure_words(stretch: str) -> Iterator[str]:
    """Yield the words of a stretch; characters that make no word count as pairs, not each alone."""
    for single, words in groupby(_words(stretch), key=lambda word: len(word) == 1):
        group = list(words)
        yield from _neighbours(group) if single and len(group) > 1 else group


def _joined(words: list[str]) -> Iterator[str]:
    counted = ""
    for word in words:
        if not counted and (word.isdecimal() or word in _NUMERALS):
            counted = word
            continue
        yield counted + word
        counted = ""
    if counted:
        yield counted


def _neighbours(units: list[str]) -> list[str]:
    return [first + second for first, second in pairwise(units)]


def _syllables(text: str) -> list[str]:
    return [part for part in lazy_pinyin(text) if part.isalnum()]


def _initials(syllables: list[str]) -> str:
    return "".join(syllable if syllable.isdigit() else syllable[0] for syllable in syllables)
