"""What the authority reads of a contested payment: what follows, whatever became of it."""

import pytest

from app.payments.card_models import CardDispute
from app.web.cards import dispute_follows


@pytest.mark.parametrize(
    ("status", "outcome", "held_fen", "told"),
    [
        ("needs_response", None, 30_000_00, "银行判定以前，这笔钱不算到账"),
        ("warning_needs_response", None, 0, "银行还没有把钱拿走"),
        ("won", "won", 30_000_00, "不用再办"),
        ("lost", "lost", 30_000_00, "¥30,000 判给了付款人，已经从差价里扣掉"),
        ("lost", "lost", 10_000_00, None),
    ],
)
def test_each_outcome_says_what_follows(
    status: str, outcome: str | None, held_fen: int, told: str | None
) -> None:
    dispute = CardDispute(amount_fen=30_000_00, held_fen=held_fen, status=status, outcome=outcome)
    follows = dispute_follows(dispute)
    assert follows is None if told is None else told in (follows or "")
