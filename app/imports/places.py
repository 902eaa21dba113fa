"""Buildings and rooms as sales desks write them: ``3号楼``, ``1-2-301``, ``3幢2单元301室``. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.imports.readings import Unreadable

_ENDING: Final = re.compile(r"(?:号楼|#楼|[幢栋座#号楼])$")
_NUMERALS: Final = {one: value for value, one in enumerate("一二三四五六七八九", 1)}
_WHOLE: Final = re.compile(
    r"(?:(?P<building>.*?(?:号楼|[幢栋座]|#楼?))[-/]?)?(?:(?P<unit>[0-9A-Za-z一二三四五六七八九十]{1,4})单元[-/]?)?"
    r"(?P<room>[0-9A-Za-z]{1,10})(?:号?室|号房?|房)?"
)
_PARTS: Final = re.compile(r"[0-9A-Za-z一-鿿#]{1,20}(?:[-/][0-9A-Za-z一-鿿#]{1,10}){1,2}")
_ROOM: Final = re.compile(r"[0-9A-Za-z]{1,10}")
_DERIVABLE: Final = re.compile(r"(\d{1,3})\d{2}")

LONGEST_BUILDING: Final = 20


@dataclass(frozen=True, slots=True)
class Place:
    """A home's place as far as its row says it."""

    building: str | None
    unit: str | None
    room: str


class Buildings:
    """The names of a development's buildings, so that ``3号楼``, ``3#`` and ``3`` all mean its ``3幢``."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = set(names)
        self._by_key: dict[str, list[str]] = {}
        for name in sorted(self._names):
            self._by_key.setdefault(building_key(name), []).append(name)

    def name_of(self, text: str) -> str:
        """Return the name under which a building is kept; a new one gets the first name seen.

        Raises Unreadable where two buildings could be meant.
        """
        if text in self._names:
            return text
        same = self._by_key.setdefault(building_key(text), [])
        if len(same) > 1:
            raise Unreadable("building_ambiguous", names="、".join(same))
        if not same:
            name = f"{text}幢" if text.isdecimal() else text
            if len(name) > LONGEST_BUILDING:
                raise Unreadable("building_too_long", most=LONGEST_BUILDING)
            same.append(name)
            self._names.add(name)
        return same[0]


def building_key(name: str) -> str:
    """Return what different writings of a building's name share: its bare number or letter."""
    plain = unicodedata.normalize("NFKC", name).upper().replace(" ", "")
    bare = _ENDING.sub("", plain).removeprefix("第") or plain
    return (_chinese_number(bare) or bare).lstrip("0") or "0"


def _chinese_number(text: str) -> str | None:
    """Return 1 to 99 written in Chinese as digits; None for anything else."""
    tens, ten, ones = text.rpartition("十") if "十" in text else ("", "", text)
    if len(tens) > 1 or len(ones) > 1 or not set(tens + ones) <= set(_NUMERALS):
        return None
    value = (_NUMERALS.get(tens, 1) * 10 if ten else 0) + _NUMERALS.get(ones, 0)
    return str(value) if value else None


def read_room(text: str, *, building_known: bool, unit_known: bool) -> Place:
    """Return the place that a room number tells. Raises Unreadable.

    Of three parts the first is the building, then the unit; of two the first is the unit where the building
    is known from elsewhere, else the building.
    """
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).replace("—", "-").replace("–", "-")
    if _PARTS.fullmatch(plain):
        *before, last = [part for part in re.split(r"[-/]", plain) if part]
        found = _WHOLE.fullmatch(last)
        if found and not found["building"] and not found["unit"]:
            return _place(before, found["room"], building_known=building_known, unit_known=unit_known)
    found = _WHOLE.fullmatch(plain)
    if found is None:
        raise Unreadable("room_unreadable")
    return Place(found["building"] or None, tidy_unit(found["unit"] or ""), found["room"])


def _place(before: list[str], room: str, *, building_known: bool, unit_known: bool) -> Place:
    if len(before) == 2:
        return Place(before[0], tidy_unit(before[1]), room)
    if building_known and not unit_known:
        return Place(None, tidy_unit(before[0]), room)
    return Place(before[0], None, room)


def tidy_unit(text: str) -> str | None:
    """Return a unit as it is kept: ``二单元``, ``02`` and ``2`` are the same unit; None for nothing."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).removesuffix("单元").upper()
    if not plain:
        return None
    if len(plain) > 10:
        raise Unreadable("unit_too_long", most=10)
    return (_chinese_number(plain) or plain).lstrip("0") or "0"


def storey_in(room: str) -> int | None:
    """Return the storey that a room number begins with: ``1101`` is on 11; None where it tells none."""
    found = _DERIVABLE.fullmatch(room)
    storey = int(found[1]) if found else 0
    return storey if 1 <= storey <= 120 else None
