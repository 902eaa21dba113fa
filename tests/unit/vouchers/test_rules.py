"""What is said of a voucher from its dates and its money."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.policies import rules as policies
from app.vouchers.rules import Standing, cover, standing

HAILING = (Path(policies.__file__).parent / "files" / "hailing-2023.yaml").read_text(encoding="utf-8")
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
    assert standing(available_fen=available_fen, held_fen=held_fen, expires_at=EXPIRES, now=now) is word


@pytest.mark.parametrize(
    ("now", "rate_bp", "total_fen"),
    [
        (datetime(2016, 9, 15, 15, 59, tzinfo=UTC), 2000, 120_000_001),
        (datetime(2016, 9, 15, 16, 0, tzinfo=UTC), 1600, 116_000_001),
        (datetime(2017, 12, 15, 15, 59, tzinfo=UTC), 1200, 112_000_001),
        (datetime(2017, 12, 15, 16, 0, tzinfo=UTC), None, 100_000_001),
    ],
)
def test_what_an_amount_covers_changes_at_midnight_in_shanghai(
    now: datetime, rate_bp: int | None, total_fen: int
) -> None:
    covered, tier = cover(
        policy=policies.parse(HAILING),
        issued_at=datetime(2016, 6, 15, 2, 0, tzinfo=UTC),
        available_fen=100_000_001,
        now=now,
    )
    assert (tier.rate_bp if tier else None) == rate_bp
    assert covered.total_fen == total_fen
