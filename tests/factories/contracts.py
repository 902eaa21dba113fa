"""Contracts as a developer types them from paper, with a scan."""

import io
from dataclasses import replace
from typing import Any, Final

from app.core import clock
from app.documents.rules import Upload
from app.redemptions.buyers import BuyerTyped
from app.redemptions.contract import ContractTyped
from app.redemptions.models import Redemption
from tests.factories.projects import make_id_number

SCAN: Final = b"%PDF-1.7\n% a contract\n%%EOF\n"
HOLDER_ID: Final = make_id_number(7)


def upload(content: bytes = SCAN, name: str = "合同.pdf") -> Upload:
    """Return a file as it is sent."""
    return Upload(io.BytesIO(content), name)


def holder_of(redemption: Redemption) -> BuyerTyped:
    """Return the household's holder as a buyer; the roster of a made household has no ID number."""
    return BuyerTyped(redemption.household.holder_name, "self", HOLDER_ID)


def typed(redemption: Redemption, **otherwise: Any) -> ContractTyped:
    """Return the contract of a redemption as it was quoted, signed today by its holder, unless told so."""
    usual = ContractTyped(
        number="网签-1",
        signed_on=clock.today(),
        area_m2=redemption.home.area_m2,
        price_fen=redemption.price_fen,
        buyers=[holder_of(redemption)],
        scan=upload(),
    )
    return replace(usual, **otherwise)
