"""A bank's reference as people type and paste it."""

import pytest

from app.core.errors import DomainError
from app.ledger.bank import tidy_reference


@pytest.mark.parametrize(
    "typed", ["B2016-1", " B2016 -1\n", "Ｂ２０１６－１", "B2016\u200b-1\ufeff", "\0B2016-1"]
)
def test_one_payment_has_one_reference_however_it_is_written(typed: str) -> None:
    assert tidy_reference(typed, field="bank_ref") == "B2016-1"


@pytest.mark.parametrize("typed", ["", " \u3000", "\u200b"])
def test_nothing_that_is_seen_is_no_reference(typed: str) -> None:
    with pytest.raises(DomainError, match="bank_ref_missing"):
        tidy_reference(typed, field="bank_ref")
