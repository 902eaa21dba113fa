"""Chinese text into tokens, in Python, so that every engine analyses alike and needs no plugin. Pure.

Text is cut into *units*: one Chinese character, one run of letters, one run of digits. Tokens are units,
pairs of neighbouring units, words (rjieba) and, for names, what people type instead of characters: pinyin
from any syllable on with every prefix of it, and initials.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Final, NamedTuple

import rjieba
from opencc import OpenCC
from pypinyin import lazy_pinyin

from app.search import synonyms
from app.search.readings import spellings

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
_SHORTEST_CORE: Final = 2
_MIXED: Final = re.compile(rf"[{_HAN}].*[a-z]|[a-z].*[{_HAN}]")
_NAMES_ONLY: Final = re.compile(rf"[{_HAN}0-9]*")
_SHORTEST_PART, _LONGEST_IN_PARTS = 3, 16
_STREET: Final = re.compile(
    r"(?:\S*[省市区县镇乡])?(?P<street>[^\W\d_]{1,12}?(?:大道|大街|路|街|巷|弄|道|胡同))"
    r"(?=[\s\d与和、（(东西南北侧旁口交]|$)"
)

_SIMPLIFIED: Final = OpenCC("t2s")
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
"""Categories of signs that nobody sees: marks of direction, joiners, halves of pairs. Blanks are kept."""
_FORMAL_NUMERALS: Final = str.maketrans("壹贰叁肆柒捌玖〇", "一二三四七八九零")

_DIGIT_OF: Final = {sign: number for number, sign in enumerate("零一二三四五六七八九")} | {"两": 2}
_POWER_OF: Final = {"十": 10, "百": 100, "千": 1000}
_COUNTED: Final = re.compile(
    r"(?<![零一二两三四五六七八九十百千第\d])(?P<number>\d{1,4}|[一二两三四五六七八九十]{1,3})"
    r"(?P<counter>号楼|#楼?|栋|幢|期|单元|区|号|室|房|居)"
)
_SAME_COUNTER: Final = {"号楼": "幢", "栋": "幢", "#": "幢", "#楼": "幢"}


# What is read of a name begins here each time: its tokens, its sounds, its street.
@lru_cache(maxsize=1024)
def normalise(text: str) -> str:
    """Return the text as it is compared.

    Compatibility forms are made plain, signs nobody sees dropped, traditional characters simplified, case
    folded, blanks single.
    """
    plain = unicodedata.normalize("NFKC", text)
    seen = "".join(" " if sign.isspace() else sign for sign in plain if _is_seen(sign))
    return " ".join(_SIMPLIFIED.convert(seen).translate(_FORMAL_NUMERALS).casefold().split())


def _is_seen(sign: str) -> bool:
    return sign.isspace() or unicodedata.category(sign) not in _UNSEEN


def figure(written: str) -> int:
    """Return a number below ten thousand that is written in Chinese: ``六十``, and as spoken ``一百二``."""
    total, digit, power = 0, 0, 0
    for sign in written:
        if sign in _POWER_OF:
            power = _POWER_OF[sign]
            total += (digit or 1) * power
            digit = 0
        else:
            digit, power = _DIGIT_OF[sign], 0 if sign == "零" else power
    return total + (digit * power // 10 if power > 10 else digit)


def figures(text: str) -> str:
    """Return a normalised text with counted numbers in figures: ``3幢``, which is also ``3号楼``, ``2期``."""
    return _COUNTED.sub(_counted, text)


def _counted(match: re.Match[str]) -> str:
    number, counter = match.group("number", "counter")
    number = number if number.isdecimal() else str(figure(number))
    return number + _SAME_COUNTER.get(counter, counter)


def pinyin(text: str) -> str:
    """Return the full pinyin without tones or blanks: ``binjianghuayuan``."""
    return "".join(next(spellings(normalise(text))))


def spelt_signs(text: str) -> list[tuple[str, str]]:
    """Return the signs of a text as its key has them, a character or a run each, with how each is spelt."""
    spelt: list[tuple[str, str]] = []
    for run in _RUN.findall(key(text)):
        han = bool(re.match(rf"[{_HAN}]", run))
        spelt.extend(zip(run, _sounds(run), strict=True) if han else [(run, run)])
    return spelt


def _sounds(run: str) -> list[str]:
    """Return the pinyin of each character of a run; one without any is spelt as itself."""
    sounds = lazy_pinyin(run)
    return sounds if len(sounds) == len(run) else [lazy_pinyin(sign)[0] for sign in run]


def pinyin_ways(text: str) -> tuple[str, ...]:
    """Return the common ways a name is spelt in full, the usual first: ``changjiang``, ``zhangjiang``."""
    return tuple(dict.fromkeys("".join(way) for way in spellings(normalise(text))))


def initials_ways(text: str) -> tuple[str, ...]:
    """Return the initials of the syllables, as each reading of the name has them: ``cj``, ``zj``."""
    return tuple(dict.fromkeys(_initials(way) for way in spellings(normalise(text))))


def street(address: str) -> str:
    """Return the street of an address, ``港华路`` of ``港区港华路 8 号``; "" where it names none."""
    match = _STREET.search(figures(normalise(address)))
    return match["street"] if match else ""


def plain_tokens(text: str) -> set[str]:
    """Return the tokens of a text read as words: units, neighbours and words."""
    tokens: set[str] = set()
    for stretch in _STRETCH.findall(figures(normalise(text))):
        units = _UNIT.findall(stretch)
        tokens.update(units, _neighbours(units), _words(stretch, fine=True))
    return tokens


def text_tokens(text: str) -> set[str]:
    """Return the plain tokens of a text, with the pinyin and the initials of its words."""
    tokens = plain_tokens(text)
    for stretch in _STRETCH.findall(figures(normalise(text))):
        for word in _words(stretch):
            for syllables in spellings(word):
                if syllables:
                    tokens.add("".join(syllables))
                if len(syllables) > 1:
                    tokens.add(_initials(syllables))
    return tokens


def name_tokens(name: str) -> set[str]:
    """Return the tokens of a name: those of a text, and pinyin and initials from every syllable on."""
    tokens = text_tokens(name)
    tails = {
        tuple(syllables[start:_MOST_SYLLABLES])
        for syllables in spellings(normalise(name))
        for start in range(len(syllables))
    }
    for tail in tails:
        spelt, initials = "".join(tail), _initials(tail)
        tokens.update(spelt[:end] for end in range(2, len(spelt) + 1))
        tokens.update(initials[:end] for end in range(2, len(initials) + 1))
    return tokens


@dataclass(frozen=True, slots=True)
class Term:
    """One word that was looked for; a home matches that has all tokens of one alternative, or the fragment.

    ``keys`` are the ways it may be spelt as a name, which decide how well it matches; ``fragment`` is the
    word where it is long enough to be looked for inside names.
    """

    keys: tuple[str, ...]
    alternatives: tuple[tuple[str, ...], ...]
    fragment: str | None


def query_terms(query: str) -> tuple[Term, ...] | None:
    """Return the terms of a query, every one of which has to match; () for an empty query.

    None when something was typed but nothing of it can be looked for, such as ``%`` or an emoji.
    """
    words = normalise(query).split()
    terms = tuple(term for word in words[:MOST_TERMS] if (term := _term(word)))
    return None if words and not terms else terms


class Keys(NamedTuple):
    """What decides how well a term matches a name: ways it is spelt, and parts that may be a name whole."""

    whole: tuple[str, ...]
    parts: tuple[str, ...]


def scored(terms: Sequence[Term]) -> list[Keys]:
    """Return what is added up: how each term matches, and all written as one word."""
    each = [term.keys for term in terms]
    if len(each) > 1:
        each.append(("".join(keys[0] for keys in each),))
    return [Keys(keys, _parts(keys[0])) for keys in each]


def _parts(key: str) -> tuple[str, ...]:
    """Return the parts of a key that may be a name: 港口区滨江花园 holds one whole."""
    if not _NAMES_ONLY.fullmatch(key) or len(key) > _LONGEST_IN_PARTS:
        return ()
    return tuple(
        dict.fromkeys(
            key[start:end]
            for start in range(len(key))
            for end in range(start + _SHORTEST_PART, len(key) + 1)
            if end - start < len(key)
        )
    )


def key(name: str) -> str:
    """Return the name as names are compared: normalised, counted numbers in figures, word signs alone."""
    return "".join(_STRETCH.findall(figures(normalise(name)))).replace("_", "")


def _term(word: str) -> Term | None:
    core = _core(word)
    by_word: list[str] = []
    by_neighbours: list[str] = []
    for stretch in _STRETCH.findall(figures(core)):
        units = _UNIT.findall(stretch)
        by_word.extend(_sure_words(stretch))
        by_neighbours.extend(_neighbours(units) or units)
    if not by_neighbours:
        return None
    alternatives = dict.fromkeys(tuple(sorted(set(tokens))) for tokens in (by_word, by_neighbours))
    fragment = core if len(core) >= SHORTEST_FRAGMENT else None
    return Term(tuple(dict.fromkeys(_keys(word, core))), tuple(alternatives), fragment)


def _core(word: str) -> str:
    """Return the word without what people add to a name: ``滨江花园小区`` is looked for as ``滨江花园``."""
    ending = next((one for one in synonyms.words().name_endings if word.endswith(one)), "")
    core = word.removesuffix(ending)
    return core if len(core) >= _SHORTEST_CORE else word


def _keys(*words: str) -> Iterator[str]:
    for word in words:
        yield key(word)
        # 滨江huayuan is compared as the pinyin that its second half is.
        if _MIXED.search(word):
            yield pinyin(word)


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
    """Yield the words of a stretch; characters that make no word count with their neighbours, not alone."""
    words = _words(stretch)
    for here, word in enumerate(words):
        if len(word) > 1 or len(words) == 1 or not re.match(rf"[{_HAN}]", word):
            yield word
            continue
        if here > 0:
            yield words[here - 1][-1] + word
        if here + 1 < len(words):
            yield word + words[here + 1][0]


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


def _initials(syllables: Sequence[str]) -> str:
    return "".join(syllable if syllable.isdigit() else syllable[0] for syllable in syllables)
