"""How the address of a home is compared with what others wrote of it. Pure.

Two offices write one address in many ways: ``３号楼``, ``三幢`` and ``03栋`` are one building. Names that
fold to one key may still be two places; a person decides then, so folding too much is the safe side.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from app.homes import look_alikes

_DIGITS: Final = {sign: value for value, sign in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMERAL: Final = re.compile(r"[零〇一二两三四五六七八九十百]+")
_NUMBERED: Final = re.compile(rf"({_NUMERAL.pattern})(?=[期区号])")
_ZEROS: Final = re.compile(r"(?<!\d)0+(?=\d)")
_TO_TWELVE: Final = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
_ROMAN: Final = {numeral: value for value, numeral in enumerate(_TO_TWELVE, start=1)}
_ROMAN_AGE: Final = re.compile(rf"(?<![a-z0-9])({'|'.join(_TO_TWELVE)})(?=[期区号])")
_ROMAN_END: Final = re.compile(r"(?<![a-z0-9])(i{2,3}|iv|vi{1,3}|ix|xi{0,2})$")
"""At the end of a name; one V or X alone is a letter there, as of a block."""
_ROMAN_SIGNS: Final = {code: f"{unicodedata.numeric(chr(code)):.0f}" for code in range(0x2160, 0x2180)}
"""Signs that are a Roman numeral each: NFKC would take them apart into letters."""
_BUILDING: Final = re.compile(r"^第?(.+?)(?:号?楼|号|幢|栋|座)$")
_UNIT: Final = re.compile(r"^第?(.+?)(?:号?单元|号)$")
_ROOM: Final = re.compile(r"^(.+?)(?:号?室|号?房|号|户)$")
PLAIN_ROOM: Final = "^[1-9][0-9]*$"
"""A room's number that is compared as it is written: two different ones are two rooms. An index knows it."""


_KEPT: Final = 20_000
"""Names whose key is remembered: a development has few buildings and units, and rooms of few numbers."""


@lru_cache(_KEPT)
def development_key(name: str) -> str:
    """Return a development's name as it is compared: no width, case, blanks, punctuation; 二期 is 2期."""
    bare = _NUMBERED.sub(lambda found: str(_number(found[1])), _bare(name))
    for roman in (_ROMAN_AGE, _ROMAN_END):
        bare = roman.sub(lambda found: str(_ROMAN[found[1]]), bare)
    return _figures(bare)


def address_key(*, development: str, building: str, unit: str, room: str) -> str:
    """Return what two homes share that a contract without storeys cannot tell apart."""
    parts = (_part(building, _BUILDING), _part(unit, _UNIT), _part(room, _ROOM))
    return "|".join((development_key(development), *parts))


def names_storey(room: str) -> bool:
    """Tell whether a room's number says on which storey it is: 1101 does, 02 and A do not."""
    key = _part(room, _ROOM)
    return key.isdecimal() and len(key) >= len("101")


@lru_cache(_KEPT)
def _part(text: str, ending: re.Pattern[str]) -> str:
    bare = _bare(text)
    found = ending.fullmatch(bare)
    core = found[1] if found else bare
    if _NUMERAL.fullmatch(core):
        return _plain_zeros(str(_number(core)))
    if _ROMAN_END.fullmatch(core) and len(core) > 1:
        return str(_ROMAN[core])
    return _figures(core)


def _figures(bare: str) -> str:
    """Return a name with letters that stand for figures as such: O1 is 01, and that is 1."""
    return _plain_zeros(bare.translate(look_alikes.FIGURES))


def _bare(text: str) -> str:
    """Return letters and digits alone, those of other widths, scripts and forms plain, in small letters."""
    folded = unicodedata.normalize("NFKC", text.translate(_ROMAN_SIGNS)).casefold()
    folded = folded.translate(look_alikes.SIGNS).translate(look_alikes.NUMERALS)
    kept = (sign for sign in folded if unicodedata.category(sign)[0] in "LN")
    return "".join(str(unicodedata.decimal(sign, sign)) for sign in kept)


def _plain_zeros(text: str) -> str:
    return _ZEROS.sub("", text)


def _number(numeral: str) -> int | str:
    """Return a Chinese numeral below a thousand as a number; digits said one by one (一一〇一) as well."""
    if not re.search("[十百]", numeral):
        return "".join(str(_DIGITS[sign]) for sign in numeral)
    total, digit = 0, 0
    for sign in numeral:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total, digit = total + (digit or 1) * (10 if sign == "十" else 100), 0
    return total + digit
