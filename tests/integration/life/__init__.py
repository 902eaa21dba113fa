"""Whole lives of vouchers; what fails in the parts of their machine says what it compared, as in a test."""

import pytest

pytest.register_assert_rewrite(
    *(f"{__name__}.{part}" for part in ("world", "sums", "steps", "own_money", "spaces"))
)
