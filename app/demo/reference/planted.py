"""What is planted in the reference district for a price monitor to find. The monitor never reads this file.

Everything else in the district is as the formula of ``market`` says: whatever a monitor flags there is wrong.
A premium is a share of the price that the formula gives, 0.09 for 9%.
"""

from datetime import date
from typing import Final

from app.demo.reference.places import TIANMEN

DEAR_DEVELOPER: Final = (TIANMEN, 0.09)
"""Its homes are this much above the formula since they were priced for the round; no cash buyer paid it."""

DEAR_DEVELOPMENTS: Final = {"书香门第": 0.10, "望江阁": 0.12}
"""The same for single developments of developers that are otherwise in line."""

ROSE_SINCE_EARLIER_ROUND: Final = {"宜江名都": 0.08, "皖河春天": 0.07}
"""In the earlier round their voucher prices were this much below their cash prices; now they are equal."""

RAISED_BEFORE_ROUND: Final = {"石塘人家": 0.06}
RAISED_ON: Final = date(2016, 3, 25)
"""Cash prices went up by as much twenty-four days before the round opened, without a sale since."""

LOWERED_CASH: Final = (("宜江御景", 0.04), ("皖河一号", 0.05), ("江岸明珠", 0.03), ("锦绣江南", 0.06))
"""In each a free listed home's cash price was lowered by this share below its voucher price."""

CHEAP_CONTRACTS: Final = (("迎河家园", 0.05), ("迎河新城", 0.07), ("龙山首府", 0.06), ("江岸人家", 0.08))
"""In each a cash buyer's contract was this share below the declared cash price."""

HIDDEN_PROMOTION: Final = ("湖光山语", 0.03)
"""Cash buyers of one building get this share off, voucher buyers do not; declared when it began."""

BUNCHED: Final = ("独秀华庭", 60)
"""So many voucher prices of it stand exactly at face values of vouchers that were just issued."""


def premium(developer: str, development: str) -> float:
    """Return what a development's prices for the round are planted above the formula, 0.0 for nothing."""
    if developer == DEAR_DEVELOPER[0]:
        return DEAR_DEVELOPER[1]
    return DEAR_DEVELOPMENTS.get(development, 0.0) or RAISED_BEFORE_ROUND.get(development, 0.0)


def last_cash_sale(developer: str, development: str) -> date:
    """Return until when cash buyers sign in a development: where prices were raised, only until then."""
    if development in RAISED_BEFORE_ROUND:
        return date(2016, 3, 20)
    return date(2016, 4, 8) if premium(developer, development) else date(2016, 5, 13)
