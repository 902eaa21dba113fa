"""Entering a contract page by page, as sales staff do: type it, look at it beside the quote, send it."""

import io
from typing import Any, Final

from werkzeug.test import TestResponse

from tests.factories.contracts import HOLDER_ID, SCAN
from tests.web.linting import LintingClient
from tests.web.sending import send

CONTRACT: Final = {
    "contract_number": "网签-2016-00017",
    "contract_signed_on": "2016年6月1日",
    "area": "89.50",
    "price": "462,000",
    "name_1": "王秀英",
    "relation_1": "self",
    "id_number_1": HOLDER_ID,
}
"""The contract of the town's home, just as it was quoted."""


def sent_file(content: bytes = SCAN, name: str = "合同.pdf") -> tuple[io.BytesIO, str]:
    """Return a file as a browser sends it."""
    return io.BytesIO(content), name


def type_contract(client: LintingClient, ref: str, **otherwise: Any) -> TestResponse:
    """Type the contract, with its scan unless told otherwise."""
    typed = {**CONTRACT, "scan": sent_file(), **otherwise}
    return send(client, f"/developer/redemptions/{ref}/contract", typed)


def enter_contract(client: LintingClient, ref: str, **otherwise: Any) -> TestResponse:
    """Type the contract, look at it, and send it."""
    looked_at = type_contract(client, ref, **otherwise)
    assert looked_at.status_code == 303, looked_at.get_data(as_text=True)
    return send(client, looked_at.location)
