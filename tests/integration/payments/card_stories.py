"""Ways to every end of a payment online, a refund and a dispute: the least that must have happened."""

from typing import Any, Final, NamedTuple

from app.demo.stripe_server.server import CUT_AFTER

Act = tuple[Any, ...]
"""A rule of the machine and what it is given."""

ALL: Final = 10_200_000
PART: Final = 3_000_000


class Story(NamedTuple):
    """What is done one after the other, and which ends it comes to."""

    acts: tuple[Act, ...]
    ends: tuple[str, ...]


def _refund(fen: int | None, become: str, *, steps: int = 2, heard: bool = True, place: int = 0) -> Act:
    return ("give_back", place, fen, steps, become, heard)


_PAID: Final[tuple[Act, ...]] = (("pay", ALL, "seen"), ("withdraw",))
_CONTESTED: Final[Act] = ("contest", 0, None, True)
_LOST: Final[Act] = ("decide", 0, False, True)
_WON: Final[Act] = ("decide", 0, True, True)

STORIES: Final = (
    Story(
        (
            *(("pay", ALL - PART, "seen"), ("pay", PART, "seen"), ("withdraw",)),
            *(_refund(PART, "arrive"), _refund(None, "arrive"), _refund(1_000, "arrive")),
        ),
        ("refund paid", "given back in several refunds", "given back whole", "given back in part"),
    ),
    Story(
        (*_PAID, _refund(None, "fail"), _refund(None, "bounce"), _refund(PART, "", steps=0), ("reject",)),
        ("refund failed", "refund failed after it had arrived", "refund rejected"),
    ),
    Story(
        (*_PAID, _refund(PART, "bounce", heard=False), ("compare_days",), _refund(None, "", steps=0)),
        ("a refund failed and nobody told", "refund prepared"),
    ),
    Story(
        (*_PAID, _CONTESTED, _refund(None, "arrive"), _WON, _refund(None, "arrive")),
        ("disputed before a refund", "dispute won", "given back after a dispute", "refund paid"),
    ),
    Story(
        (
            *_PAID,
            _refund(PART, "", steps=1),
            ("contest", 0, PART, False),
            ("go_on_later", 0, "wait", True),
            _LOST,
        ),
        ("refund refused by Stripe", "dispute lost"),
    ),
    Story(
        (*_PAID, _refund(PART, "arrive"), _CONTESTED, _LOST),
        ("disputed after a refund", "dispute lost that lacks money"),
    ),
    Story(
        (*_PAID, _refund(None, "arrive"), _CONTESTED, _LOST, ("close",)),
        ("dispute lost that lacks money, closed",),
    ),
    Story(
        (*_PAID, _refund(PART, "arrive"), _CONTESTED, ("go_on_later", 0, "fail", True)),
        ("what came back went to a dispute", "dispute undecided"),
    ),
    Story((*_PAID, _CONTESTED, _LOST, _WON), ("dispute won after it was lost",)),
    Story(
        (
            *(("pay", PART, "late"), ("pay", PART, "later"), ("contest", 0, None, False), ("withdraw",)),
            *(("tell_all", True, 3), ("tell_all", False, 3)),
        ),
        (
            *("captured on a page that had ended", "a dispute told of before its payment"),
            *("credited after the purchase had ended", "told more than once", "told in another order"),
        ),
    ),
    Story(
        (
            *(("break_something", CUT_AFTER), ("pay", ALL, "later"), ("compare_days",), ("withdraw",)),
            *(_refund(None, "", steps=1), ("break_something", CUT_AFTER), ("go_on_later", 0, "wait", True)),
            ("go_on_later", 0, "arrive", True),
        ),
        ("given back whole",),
    ),
)
