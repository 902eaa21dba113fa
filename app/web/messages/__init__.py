"""The table of refusals: each error code and what the person reads, with the way out, a file a part.

The msgid is the Chinese text; params of the error fill its names.
"""

from typing import Any

from flask_babel import gettext
from flask_babel.speaklater import LazyString

from app.core.errors import DomainError
from app.web.formatting import percent, yuan
from app.web.kin import AGREED_AREAS, BUYERS, MONEY, STOCK
from app.web.messages.cases import CASES
from app.web.messages.common import COMMON
from app.web.messages.homes import HOMES
from app.web.messages.people import PEOPLE
from app.web.messages.redemptions import REDEMPTIONS
from app.web.messages.sales import SALES
from app.web.messages.settlements import SETTLEMENTS
from app.web.messages.vouchers import VOUCHERS

MESSAGES: dict[str, LazyString] = {
    **COMMON,
    **PEOPLE,
    **VOUCHERS,
    **REDEMPTIONS,
    **SETTLEMENTS,
    **CASES,
    **HOMES,
    **SALES,
}


def message_of(error: DomainError) -> str:
    """Return the words for a refusal; a param named ``cash_fen`` fills ``%(cash)s`` as an amount in yuan.

    ``share_bp`` fills ``%(share)s`` as a percentage. ``kin``, ``listed_kin``, ``stock`` and ``agreed`` are
    words of a policy. Several names are told one after the other.
    Raises KeyError for a code without words; a test prevents it.
    """
    if not error.params:
        return str(MESSAGES[error.code])
    shown = {
        name.removesuffix("_fen").removesuffix("_bp"): _shown(name, value)
        for name, value in error.params.items()
    }
    return str(gettext(str(MESSAGES[error.code]), **shown))


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_fen"):
        return yuan(value)
    if name.endswith("_bp"):
        return percent(value)
    if name == "agreed":
        return str(AGREED_AREAS[value])
    if name == "money":
        return str(MONEY[value])
    if name == "kin":
        return str(BUYERS[value])
    if name == "stock":
        return "、".join(str(words) for kind, words in STOCK.items() if kind in value)
    if name == "listed_kin":
        return "、".join(str(BUYERS[word]) for word in value)
    return "、".join(value) if isinstance(value, tuple) else value
