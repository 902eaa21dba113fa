"""The price rules that a grade A signal stands on, and how far a price is beyond them. Pure.

Source: the equal-treatment undertaking and the filed price (docs/signals.md). A rule that changes its meaning
gets the next version, so that what was judged under the old one still says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from app.core import money
from app.homes.daily import Payer
from app.homes.rules import OutReason, PriceKind


@dataclass(frozen=True, slots=True)
class Rule:
    """No price of a home is above its price of kind ``against``, or its net.

    It is the voucher price that is compared; of the second version of ``voucher_above_filed`` the cash price,
    too.
    """

    name: OutReason
    version: int
    against: PriceKind


RULES: Final[dict[OutReason, Rule]] = {
    "voucher_above_cash": Rule("voucher_above_cash", 1, "cash"),
    "voucher_above_filed": Rule("voucher_above_filed", 2, "filed"),
    "voucher_above_net": Rule("voucher_above_net", 1, "cash"),
}


CONTRACT_BELOW_CASH: Final = "contract_below_cash"
"""A cash contract of a home is below the lowest net cash price declared for the day it was signed."""

CONTRACT_RULE_VERSION: Final = 1

_PAYERS: Final[dict[str, Payer]] = {
    "full": "full",
    "mortgage": "mortgage",
    "fund": "mortgage",
    "mixed": "mortgage",
    "instalment": "instalment",
}


def payer_of(payment: str | None) -> Payer:
    """Return how a buyer counts: a loan is a loan, from a bank or the provident fund (公积金) or both."""
    return "any" if payment is None else _PAYERS[payment]


def shortfall(*, contract_fen: int, net_fen: int) -> "Excess | None":
    """Return how far a contract is below the lowest net cash price, and as a part of that; None if not."""
    if contract_fen >= net_fen:
        return None
    return Excess(net_fen - contract_fen, money.rate_of(net_fen - contract_fen, net_fen))


@dataclass(frozen=True, slots=True)
class Excess:
    """How far a price is above another: exact in fen, and in ten-thousandths of the lower one to read."""

    fen: int
    rate_bp: int


def excess(*, price_fen: int, against_fen: int) -> Excess:
    """Return how far a price is above another. Raises ValueError when it is not above."""
    if price_fen <= against_fen:
        raise ValueError(f"{price_fen} is not above {against_fen}")
    return Excess(price_fen - against_fen, money.rate_of(price_fen - against_fen, against_fen))


def natural_key(
    rule: Rule,
    *,
    above: PriceKind = "voucher",
    above_version_id: int,
    against_version_id: int,
    promotion_ids: Iterable[int] = (),
) -> str:
    """Return what names a breach: the rule with its version, the two price versions, the promotions.

    ``above`` is the kind of price that is too high.
    """
    key = f"{rule.name}/{rule.version}:{above}={above_version_id}:{rule.against}={against_version_id}"
    promotions = ",".join(str(one) for one in sorted(promotion_ids))
    return f"{key}:promotions={promotions}" if promotions else key
