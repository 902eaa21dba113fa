"""The frozen evidence of a signal: what was compared, as JSON with a schema number.

Written once, never changed; every number on a signal's page comes from it and can be computed again from it
alone. Readers for every version that was ever written stay. Version 2:
``rule``, ``rule_version``, ``against`` (the price that the voucher price is above); ``found_at``;
``district`` and ``developer`` by name; ``home`` its facts;
``prices`` filed, cash, voucher, each with its version's id, sum, start, author's role, reason, filing number;
``difference_fen`` and ``difference_bp`` (ten-thousandths of the price compared with);
``first_listed_at`` and ``left_pool_at`` of the home in the district's pool;
``nets``, where promotions broke the rule (else null): ``cash_fen`` the lowest net cash price and ``mode`` the
payment it is for, ``voucher_fen`` the voucher buyer's net and ``payable_fen`` what such a buyer pays, and
``promotions`` all that held, each with id, title, kind, figures, whether it stacks and is open to voucher
buyers. Version 1 had no ``nets``.
Version 3 is another kind, of a contract below the declared cash price: ``rule``, ``rule_version``,
``found_at``, ``district``, ``developer``, ``home`` as above; ``contract`` its reference, number, day, price,
mode of payment and source; ``cash`` the cash price that was lowest on that day, ``lowest_at`` from when on,
``payer`` how the buyer counts; ``net_fen`` the lowest net cash price and ``promotions`` those that lead to
it; ``difference_fen`` is that less the contract's price, ``difference_bp`` the same in ten-thousandths of
``net_fen``.
Version 4 is version 2 with ``above``, the kind of the price that is too high: ``voucher`` or ``cash``;
before, it was always the voucher price.
Version 5 is the monitor's, of a home, a development or a developer dearer than comparable cash sales; it is
described in ``area_evidence``.
Moments are ISO timestamps in UTC, sums fen.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from app.cases.area_evidence import AREA_SCHEMA, AreaEvidence, read_area
from app.cases.described import HomeFacts, read_home
from app.homes.rules import OutReason, PriceKind

SCHEMA: Final = 4

_MOMENTS: Final = ("found_at", "first_listed_at", "left_pool_at")


@dataclass(frozen=True, slots=True)
class PriceFacts:
    """One price: which version, how much (fen), since when, in which role its author gave it, and why."""

    version_id: int
    amount_fen: int
    effective_from: datetime
    author_role: str | None
    reason: str
    filing_number: str | None


@dataclass(frozen=True, slots=True)
class PromotionFacts:
    """A promotion as it held for the home: one of the three figures is set (fen off, rate off, worth)."""

    promotion_id: int
    kind: str
    off_fen: int
    rate_bp: int
    worth_fen: int
    stackable: bool
    open_to_vouchers: bool
    title: str


@dataclass(frozen=True, slots=True)
class Nets:
    """What promotions left of the prices, in fen."""

    cash_fen: int
    mode: str
    voucher_fen: int
    payable_fen: int
    promotions: tuple[PromotionFacts, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A signal's whole evidence."""

    rule: OutReason
    rule_version: int
    against: PriceKind
    found_at: datetime
    district: str
    developer: str
    home: HomeFacts
    prices: dict[PriceKind, PriceFacts]
    difference_fen: int
    difference_bp: int
    first_listed_at: datetime
    left_pool_at: datetime
    nets: Nets | None = None
    above: PriceKind = "voucher"
    schema: int = field(default=SCHEMA)

    @property
    def voucher(self) -> PriceFacts:
        """The voucher price."""
        return self.prices["voucher"]

    @property
    def dearer(self) -> PriceFacts:
        """The price that is too high."""
        return self.prices[self.above]

    @property
    def compared(self) -> PriceFacts:
        """The price that it is above."""
        return self.prices[self.against]

    @property
    def limit_fen(self) -> int:
        """The sum that the voucher buyer's price is above."""
        return self.nets.cash_fen if self.nets else self.compared.amount_fen

    @property
    def since(self) -> datetime:
        """From when on the two prices stood against each other, at the latest."""
        if self.nets:
            return self.found_at
        return max(self.dearer.effective_from, self.compared.effective_from)


CONTRACT_SCHEMA: Final = 3


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """The contract as it stood when the signal was found; its price in fen."""

    ref: str
    number: str
    signed_on: date
    price_fen: int
    payment: str | None
    source: str


@dataclass(frozen=True, slots=True)
class ContractEvidence:
    """The evidence that a home was sold for less than its declared cash price."""

    rule: str
    rule_version: int
    found_at: datetime
    district: str
    developer: str
    home: HomeFacts
    contract: ContractFacts
    cash: PriceFacts
    lowest_at: datetime
    payer: str
    net_fen: int
    promotions: tuple[PromotionFacts, ...]
    difference_fen: int
    difference_bp: int
    schema: int = field(default=CONTRACT_SCHEMA)

    @property
    def figures(self) -> tuple[object, ...]:
        """What makes it the same breach when it is found again."""
        kept = (self.contract.number, self.contract.signed_on, self.contract.price_fen, self.contract.payment)
        return (*kept, self.net_fen, self.home.ref)


AnyEvidence = Evidence | ContractEvidence | AreaEvidence


def write(evidence: AnyEvidence) -> dict[str, Any]:
    """Return the evidence as JSON of the present version."""
    return {name: _plain(value) for name, value in asdict(evidence).items()}


def read(stored: Mapping[str, Any]) -> AnyEvidence:
    """Return stored evidence, whichever version it was written in. Raises KeyError for an unknown one."""
    return _READERS[stored["schema"]](stored)


def digest(stored: Mapping[str, Any]) -> str:
    """Return the SHA-256 of stored evidence: of its JSON in UTF-8, keys in order, without blanks."""
    text = json.dumps(stored, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Decimal) else value


def _read_version_1(stored: Mapping[str, Any]) -> Evidence:
    """Version 1 was written before promotions were data."""
    return replace(_read_version_2({**stored, "nets": None}), schema=1)


def _read_version_2(stored: Mapping[str, Any]) -> Evidence:
    moments = {name: datetime.fromisoformat(stored[name]) for name in _MOMENTS}
    home = read_home(stored["home"])
    prices = {kind: _price(price) for kind, price in stored["prices"].items()}
    return Evidence(**{**stored, **moments, "home": home, "prices": prices, "nets": _nets(stored["nets"])})


def _read_version_3(stored: Mapping[str, Any]) -> ContractEvidence:
    contract = {**stored["contract"], "signed_on": date.fromisoformat(stored["contract"]["signed_on"])}
    told = {
        "found_at": datetime.fromisoformat(stored["found_at"]),
        "lowest_at": datetime.fromisoformat(stored["lowest_at"]),
        "home": read_home(stored["home"]),
        "contract": ContractFacts(**contract),
        "cash": _price(stored["cash"]),
        "promotions": tuple(PromotionFacts(**one) for one in stored["promotions"]),
    }
    return ContractEvidence(**{**stored, **told})


def _nets(stored: Mapping[str, Any] | None) -> Nets | None:
    if stored is None:
        return None
    return Nets(**{**stored, "promotions": tuple(PromotionFacts(**one) for one in stored["promotions"])})


def _price(stored: Mapping[str, Any]) -> PriceFacts:
    return PriceFacts(**{**stored, "effective_from": datetime.fromisoformat(stored["effective_from"])})


_READERS: Final[dict[int, Callable[[Mapping[str, Any]], AnyEvidence]]] = {
    1: _read_version_1,
    2: _read_version_2,
    3: _read_version_3,
    4: _read_version_2,
    AREA_SCHEMA: read_area,
}
