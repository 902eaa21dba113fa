"""How much may be paid online at once, and when to look again: pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from app.core.errors import DomainError

MOST_FEN: Final = 99_999_999
"""The largest single payment Stripe takes, 999,999.99 yuan."""
LEAST_FEN: Final = 1_000
"""Ten yuan: below some yuan Stripe takes none."""
OPEN_FOR: Final = timedelta(hours=1)
"""How long a hosted page takes payments; Stripe lets it be half an hour to a day."""
LOOK_AGAIN: Final = timedelta(minutes=1)


def parts_of(missing_fen: int) -> Sequence[int]:
    """Return in which parts (fen) a missing sum can be paid online, largest first; none below the least."""
    parts = []
    while missing_fen > MOST_FEN:
        part = min(MOST_FEN, missing_fen - LEAST_FEN)
        parts.append(part)
        missing_fen -= part
    return [*parts, missing_fen] if missing_fen >= LEAST_FEN else []


def check_part(part_fen: int, *, missing_fen: int) -> None:
    """Refuse a part that Stripe would not take, that is not missing, or that leaves too little for another.

    Raises DomainError at ``amount``.
    """
    if part_fen > missing_fen:
        raise DomainError("card_above_missing", "amount", missing_fen=missing_fen)
    if part_fen > MOST_FEN:
        raise DomainError("card_too_much", "amount", most_fen=MOST_FEN)
    if part_fen < LEAST_FEN or 0 < missing_fen - part_fen < LEAST_FEN:
        raise DomainError("card_too_little", "amount", least_fen=LEAST_FEN)


def look_again(now: datetime, *, begun: datetime) -> datetime:
    """Return when to ask again what became of a payment: ever later, as it grows old."""
    return now + max(LOOK_AGAIN, now - begun)
