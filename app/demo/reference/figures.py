"""What the district itself published of its round of 2016; the plan is spread from these, exactly."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class ProjectFigures:
    """One project: its households, and the gross floor area of their old homes in ㎡."""

    name: str
    households: int
    old_area_m2: Decimal


PROJECTS: Final = (
    ProjectFigures("港华路二期", 375, Decimal(91_200)),
    ProjectFigures("东部新城滨江片一期", 866, Decimal(361_700)),
    ProjectFigures("华中东路北片", 381, Decimal(91_600)),
)
CASH_HOUSEHOLDS: Final = 257
CASH_FEN: Final = 84_750_000_00
VOUCHERS: Final = 1_365
"""One for each household that chose it (房票结算)."""
VOUCHER_FEN: Final = 1_782_000_000_00
HOMES_BOUGHT: Final = 3_857
"""With all vouchers, by the end of the round."""
OUT_OF_REACH: Final = 110
"""Households on state land whose sum would buy no home at all, and who therefore chose cash in this round."""
OUT_OF_REACH_BEFORE: Final = 95
"""The same in the round of the year before; together the two hundred odd that the district reported."""
