"""What is said of a voucher from its dates and its money."""

from datetime import UTC, datetime, timedelta

import pytest

from app.vouchers.rules import Standing, standing

EXPIRES = datetime(2017, 12, 15, 16, 0, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("available_fen", "held_fen", "now", "word"),
    [
        (1, 0, EXPIRES - INSTANT, Standing.USABLE),
        (1, 5, EXPIRES - INSTANT, Standing.USABLE),
        (0, 5, EXPIRES - INSTANT, Standing.HELD),
        (0, 0, EXPIRES - INSTANT, Standing.SPENT),
        (1, 0, EXPIRES, Standing.LAPSED),
        (0, 5, EXPIRES, Standing.HELD),
        (0, 0, EXPIRES, Standing.SPENT),
    ],
)
def test_the_word_for_a_voucher(available_fen: int, held_fen: int, now: datetime, word: Standing) -> None:
    known = {"available_fen": available_fen, "held_fen": held_fen, "expires_at": EXPIRES, "now": now}
    assert standing(stopped=True, leaving=None, moving=True, **known) is Standing.STOPPED
    known["stopped"] = False
    assert standing(leaving=None, moving=None, **known) is word
    assert standing(leaving=True, moving=None, **known) is Standing.ENDING
    assert standing(leaving=False, moving=None, **known) is Standing.ENDED
    assert standing(leaving=None, moving=True, **known) is Standing.MOVING
    assert standing(leaving=None, moving=False, **known) is Standing.MOVED
