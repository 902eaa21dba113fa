"""What is odd about the parts of a compensation that a face is without. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.policies.brackets import WORDS
from app.policies.checks import bonuses_of

Said = Mapping[str, Any]
_SHARES: Final = frozenset({"rate", *WORDS})


def cash_doubts(body: Said) -> Iterator[tuple[str, str]]:
    """Yield where the home, or one reward of two, is paid in cash, and shares of what is not in the face."""
    without = body.get("face_without", ())
    if "home" in without:
        yield "face_without", "names home: is the value of the home itself paid in cash, not by voucher?"
    if "award" in without and "moving_award" not in without:
        yield (
            "face_without",
            "names award and not moving_award: is what rewards moving out in time in the face?",
        )
    reason = "is a share of all of the compensation, with what face_without leaves to be paid in cash: "
    reason += "name parts for a share of some of it"
    for place, one in enumerate(body["face"] if without else ()):
        if _SHARES & one.keys() and "parts" not in one:
            yield f"face[{place}]", reason
    for _where, path, bonus in bonuses_of(body) if without else ():
        if bonus["tiers"] and bonus["base"] == "compensation" and "parts" not in bonus:
            yield f"{path}.base", reason
