"""What an officer verified and a checker decides, frozen as JSON with a schema number.

Requests written in an older version may still wait for their checker, so every version can be made again from
a redemption and compared. Version 3 added ``contract_entry_id``, the entry of the contract with its buyers
and scan, which never changes (null where it was entered before those were asked for). Version 2:
``contract_number``, ``contract_signed_on`` (ISO day),
``contract_area_m2`` (text, two decimals), ``contract_price_fen``, ``price_fen``, ``top_up_fen``, ``parts``,
each voucher with what it spends and earns. Version 1 had neither the contract's area nor its price.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from app.redemptions.contract_models import ContractEntry
from app.redemptions.models import Allocation, Redemption
from app.redemptions.verifiable import Entry, Part

SCHEMA: Final = 3

_Parts = Sequence[Part | Allocation]
_Entry = Entry | ContractEntry | None


def of(redemption: Redemption, parts: _Parts, entry: _Entry, *, schema: int = SCHEMA) -> dict[str, Any]:
    """Return what there is to decide about a contracted redemption, its vouchers' parts and its contract.

    Raises KeyError for an unknown schema.
    """
    return _WRITERS[schema](redemption, parts, entry)


def _version_1(redemption: Redemption, parts: _Parts, _entry: _Entry) -> dict[str, Any]:
    day = redemption.contract_signed_on
    return {
        "schema": 1,
        "contract_number": redemption.contract_number,
        "contract_signed_on": day and day.isoformat(),
        "price_fen": redemption.price_fen,
        "top_up_fen": redemption.top_up_fen,
        "parts": [
            {"voucher_id": part.voucher_id, "spent_fen": part.spent_fen, "bonus_fen": part.bonus_fen}
            for part in parts
        ],
    }


def _version_2(redemption: Redemption, parts: _Parts, entry: _Entry) -> dict[str, Any]:
    area = redemption.contract_area_m2
    return {
        **_version_1(redemption, parts, entry),
        "schema": 2,
        "contract_area_m2": None if area is None else f"{area:.2f}",
        "contract_price_fen": redemption.contract_price_fen,
    }


def _version_3(redemption: Redemption, parts: _Parts, entry: _Entry) -> dict[str, Any]:
    return {
        **_version_2(redemption, parts, entry),
        "schema": 3,
        "contract_entry_id": entry.id if entry else None,
    }


_WRITERS: Final[dict[int, Callable[[Redemption, _Parts, _Entry], dict[str, Any]]]] = {
    1: _version_1,
    2: _version_2,
    3: _version_3,
}
