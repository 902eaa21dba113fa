"""Whom a visitor may play at the counter: the demo's people with their made-up ID numbers.

Worked out as the demo was filled, never read from a database: no number of anybody real can come of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from app.demo.households import HOLDER_OF_THE_DEMO, UNCLAIMED, Member, id_number, members_of, name_of
from app.demo.story import PURCHASES

SHOWN: Final = 24
"""So many households are listed: all that the story tells something of, and some that only look on."""
_STRANGERS: Final = ("王立新", "李晓燕", "张海波", "陈思源", "许文娟", "孙一鸣")
_BORN: Final = 1975


@dataclass(frozen=True)
class Known:
    """A household of the demo: who lives in it, how its holder signs in, and how far its home has come."""

    username: str | None
    members: Sequence[Member]
    ends: str | None
    """How its purchase stands in the story (``Purchase.ends``), None where it has bought nothing."""


def list_known() -> list[Known]:
    """Return households to play, in the order of the demo's list."""
    ends = {one.family: one.ends for one in PURCHASES}
    return [
        Known(
            username=_username(number),
            members=members_of(number, HOLDER_OF_THE_DEMO if not number else name_of(number)),
            ends=ends.get(number),
        )
        for number in range(SHOWN)
    ]


def list_strangers() -> list[Member]:
    """Return people whom no household of the demo knows: takers, heirs, somebody new on a roster."""
    return [Member(name, "other", id_number(_BORN + at, 700 + at)) for at, name in enumerate(_STRANGERS)]


def _username(number: int) -> str | None:
    if number == UNCLAIMED:
        return None
    return "household" if not number else f"household{number + 1}"
