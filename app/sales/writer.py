"""The registry's file, written: what ``reader`` takes back word for word. Pure."""

import csv
import io
from collections.abc import Iterable

from app.sales.reader import COLUMNS, Contract


def cells_of(contract: Contract) -> dict[str, str]:
    """Return a contract in the columns of the registry's file."""
    return {
        "contract_number": contract.contract_number,
        "development": contract.development,
        "building": contract.building,
        "unit": contract.unit,
        "room": contract.room,
        "signed_on": contract.signed_on.isoformat(),
        "price": f"{contract.price_fen // 100}.{contract.price_fen % 100:02d}",
        "payment": contract.payment or "",
        "fit_out": contract.fit_out or "",
        "bulk": _flag(contract.is_bulk),
        "staff": _flag(contract.is_staff),
        "cancelled": _flag(contract.is_cancelled),
        "voucher_paid": _flag(contract.by_voucher),
    }


def as_file(contracts: Iterable[Contract]) -> bytes:
    """Return the file of these contracts, in their order: the same contracts are the same bytes."""
    out = io.StringIO()
    lines = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    lines.writeheader()
    lines.writerows(cells_of(contract) for contract in contracts)
    return out.getvalue().encode()


def _flag(value: bool) -> str:
    return "1" if value else "0"
