"""How names sound, and how far what was typed is from a name. Pure.

People type a sign of the same sound, mix up n and ng or z and zh, swap two signs, leave one out. A name is
taken apart into *signs* (one character, one run of letters or digits) with the letters each is spelt with.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from pypinyin import Style, pinyin

from app.search import readings, text

MOST_LETTERS: Final = 24
"""Letters of a name, from any of its signs on, that are looked up while somebody types."""

SAME_SOUND: Final = 0.3
ALIKE_SOUND: Final = 0.45
OTHER: Final = 1.0
"""What a sign costs that sounds the same, that sounds alike (n for l), and any other, or one too many."""

_LONG: Final = 6
_SHORT_PART: Final = 2
"""A longer part that only lacks the last sign of a name is the name."""

_FOLDS: Final = ((re.compile("([zcs])h"), r"\1"), (re.compile("ng"), "n"), (re.compile("[vü]"), "u"))
_ALIKE_STARTS: Final = str.maketrans({"l": "n", "f": "h", "r": "n"})
_LETTERS: Final = re.compile("[a-z]+")


@dataclass(frozen=True, slots=True)
class Sign:
    """One sign of a text: as it is written, the sounds it may have, and the one it has here, folded."""

    written: str
    sounds: frozenset[str]
    spelt: str


@dataclass(frozen=True, slots=True)
class Likeness:
    """The part of a name that is nearest to what was typed, and how far it is: 0 is the same."""

    part: str
    distance: float
    whole: bool
    """Whether the part is the whole name."""


def fold(letters: str) -> str:
    """Return pinyin without what is mixed up when spoken: zh for z, ng for n; ü is u."""
    for pattern, plain in _FOLDS:
        letters = pattern.sub(plain, letters)
    return letters


def spelt(words: str) -> str:
    """Return how a text sounds, in folded letters: what names are looked up by."""
    return fold("".join(sign.spelt for sign in signs(words)))


@lru_cache(maxsize=4096)
def signs(words: str) -> tuple[Sign, ...]:
    """Return the signs of a text."""
    return tuple(_sign(sign, sound) for sign, sound in text.spelt_signs(words))


def typed_starts(name: str) -> set[str]:
    """Return every beginning of a name, from any of its signs on, by sound and by initials."""
    found: set[str] = set()
    parts = signs(name)
    for tail in {way[start:] for way in _ways(parts) for start in range(len(parts))}:
        sound = fold("".join(tail))[:MOST_LETTERS]
        initials = "".join(part if part.isdigit() else part[:1] for part in tail)[:MOST_LETTERS]
        for way in (sound, initials):
            found.update(way[:end] for end in range(1, len(way) + 1))
    return found


def spelt_ways(name: str) -> list[str]:
    """Return how a name sounds in each of its common readings, in folded letters, the usual one first."""
    return list(dict.fromkeys(fold("".join(way)) for way in _ways(signs(name))))


def _ways(parts: Iterable[Sign]) -> Iterator[tuple[str, ...]]:
    return readings.ways((sign.written, sign.spelt) for sign in parts)


def likeness(typed: str, name: str) -> Likeness | None:
    """Return the part of a name that was probably meant, None when nothing of it is near enough."""
    wanted, there = signs(typed), signs(name)
    if not wanted or not there:
        return None
    by_letters = bool(_LETTERS.search(text.normalise(typed)))
    return _by_letters(typed, there) if by_letters else _by_signs(wanted, there)


def _by_signs(wanted: tuple[Sign, ...], there: tuple[Sign, ...]) -> Likeness | None:
    distance, start, end = _nearest(wanted, there, _between_signs, range(len(there) + 1))
    # Two signs are enough where a name has one between them: 御湾 for 御景湾.
    one_left_out = len(wanted) == _SHORT_PART and end - start > _SHORT_PART and distance == OTHER
    if distance > _most_by_signs(len(wanted)) and not one_left_out:
        return None
    return _part(there, start, end, distance)


def _most_by_signs(count: int) -> float:
    """Return how far a part may be: two signs have to sound alike, of more one may differ, of seven two."""
    if count < 3:
        return count * ALIKE_SOUND
    return OTHER + (0 if count == 3 else SAME_SOUND) + (OTHER if count > _LONG else 0)


def _by_letters(typed: str, there: tuple[Sign, ...]) -> Likeness | None:
    """Return the part that is nearest in any of the name's readings."""
    wanted = spelt(typed)
    most = 0 if len(wanted) < 4 else 1 if len(wanted) < 9 else 2
    distance, first, last = min(
        (_nearest_letters(wanted, way) for way in _ways(there)), key=lambda found: found[0]
    )
    # A letter is a smaller slip than a sign.
    return _part(there, first, last, distance * ALIKE_SOUND) if distance <= most else None


def _nearest_letters(wanted: str, way: Sequence[str]) -> tuple[float, int, int]:
    """Return how far the letters are from a part of a name so read, and the signs at that part's ends."""
    borders, letters = [0], ""
    for sound in way:
        letters += sound
        borders.append(len(fold(letters)))
    distance, start, end = _nearest(wanted, fold(letters), _between_letters, borders)
    first = next(place for place, border in enumerate(borders) if border >= start)
    last = next(place for place, border in enumerate(borders) if border >= end)
    return distance, first, last


def _part(there: tuple[Sign, ...], start: int, end: int, distance: float) -> Likeness:
    if start == 0 and end == len(there) - 1 and end > _SHORT_PART:
        end = len(there)
    return Likeness(
        "".join(sign.written for sign in there[start:end]), distance, whole=end - start == len(there)
    )


_One = TypeVar("_One")


def _nearest(
    wanted: Sequence[_One],
    there: Sequence[_One],
    between: Callable[[_One, _One], float],
    starts: Sequence[int],
) -> tuple[float, int, int]:
    """Return the least cost of making ``wanted`` out of a part of ``there``, and the part's two ends.

    The part may begin at ``starts``. Neighbours that changed places count as one slip.
    """
    never = float(len(wanted) + len(there))
    allowed = set(starts)
    rows: list[list[tuple[float, int]]] = [
        [(0.0, place) if place in allowed else (never, place) for place in range(len(there) + 1)]
    ]
    for here, one in enumerate(wanted, 1):
        row = [(rows[-1][0][0] + OTHER, 0)]
        for place, other in enumerate(there, 1):
            ways = [
                (rows[-1][place - 1][0] + between(one, other), rows[-1][place - 1][1]),
                (rows[-1][place][0] + OTHER, rows[-1][place][1]),
                (row[-1][0] + OTHER, row[-1][1]),
            ]
            if (
                here > 1
                and place > 1
                and between(one, there[place - 2]) + between(wanted[here - 2], other) == 0
            ):
                ways.append((rows[-2][place - 2][0] + OTHER, rows[-2][place - 2][1]))
            row.append(min(ways))
        rows.append(row)
    # Of parts that cost the same the one that ends as what was typed, then the one that is as long.
    ends = [
        (
            cost,
            not end or bool(between(wanted[-1], there[end - 1])),
            abs(end - start - len(wanted)),
            start,
            end,
        )
        for end, (cost, start) in enumerate(rows[-1])
    ]
    cost, _ends_otherwise, _length, start, end = min(ends)
    return cost, start, end


def _between_signs(one: Sign, other: Sign) -> float:
    if one.written == other.written:
        return 0.0
    if one.sounds & other.sounds:
        return SAME_SOUND
    alike = {sound.translate(_ALIKE_STARTS) for sound in one.sounds}
    if alike & {sound.translate(_ALIKE_STARTS) for sound in other.sounds}:
        return ALIKE_SOUND
    return OTHER


def _between_letters(one: str, other: str) -> float:
    return 0.0 if one == other else OTHER


def _sign(unit: str, sound: str) -> Sign:
    return Sign(unit, frozenset(_sounds(unit)) | {fold(sound)}, sound)


def _sounds(unit: str) -> Iterator[str]:
    """Yield every sound a character may have, in folded letters."""
    for ways in pinyin(unit, style=Style.NORMAL, heteronym=True):
        yield from map(fold, ways)
