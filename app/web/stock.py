"""The words for a developer's homes: how each stands, its history, what keeps it from being listed."""

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.homes import rules
from app.homes.queries import PriceChange, is_admitted
from app.homes.service import FIRST_REASON
from app.homes.stock import StockHome
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import message_of
from app.web.signals import PRICES

STAGES: Final = {"finished": _l("现房"), "presale": _l("期房")}

_PRICE_NAMES: Final[dict[str, Any]] = {str(kind): name for kind, name in PRICES.items()}

State = tuple[Any, str]
"""The words of a state, and the tone of its tag."""

LISTED: Final[State] = (_l("已上架"), "good")
UNLISTED: Final[State] = (_l("未上架"), "plain")
WITHDRAWN: Final[State] = (_l("已下架"), "plain")
FELL_OUT: Final[State] = (_l("已退出房源库"), "bad")
LOCKED: Final[State] = (_l("购房中"), "wait")
SOLD: Final[State] = (_l("已售出"), "info")


def state_of(row: StockHome) -> State:
    """Return how a home stands: sold or being bought before its place in the pool."""
    if row.home.status == "sold":
        return SOLD
    if row.home.status == "locked":
        return LOCKED
    return pool_state_of(row)


def pool_state_of(row: StockHome) -> State:
    """Return a home's place in the pool of its district."""
    if row.listing is None:
        return UNLISTED
    if row.listing.state == "listed":
        return LISTED
    return WITHDRAWN if row.listing.out_reason == "withdrawn" else FELL_OUT


def name_of(row: StockHome) -> str:
    """Return a home's address within its development."""
    return rules.home_name(row.home.building.name, row.home.unit, row.home.room)


@dataclass(frozen=True, slots=True)
class Obstacle:
    """What keeps a home from being listed, in words with the way out; whether that is its voucher price."""

    text: str
    voucher_price: bool


def obstacle(session: Session, row: StockHome) -> Obstacle | None:
    """Return what keeps a home from being listed right now, None when nothing does."""
    place = row.home.development
    try:
        rules.check_listing(
            status=row.home.status,
            amounts=row.prices.amounts,
            admitted=is_admitted(session, district_id=place.district_id, developer_id=place.developer_id),
            district=place.district.name,
        )
    except DomainError as refusal:
        return Obstacle(message_of(refusal), refusal.field == "voucher_price")
    return None


def mend_rows(rows: list[StockHome]) -> list[list[str]]:
    """Return table rows of homes that fell out of the pool: home, price, limit, since when, what to do."""
    return [_mend_row(row) for row in rows]


def _mend_row(row: StockHome) -> list[str]:
    amounts = row.prices.amounts
    most = min(fen for fen in (amounts.cash_fen, amounts.filed_fen) if fen is not None)
    link = Markup('<a class="govuk-link" href="{}">{} {}</a>').format(
        url_for("developer.home", ref=row.home.ref), row.home.development.name, name_of(row)
    )
    return [
        link,
        formatting.yuan(amounts.voucher_fen or 0),
        formatting.yuan(most),
        formatting.time_element(row.listing.changed_at) if row.listing else "",
        _("降低房票价") if rules.find_breach(amounts) else _("重新上架"),
    ]


def history_item(change: PriceChange) -> dict[str, Any]:
    """Return a step of a price's history as an item of the timeline."""
    version = change.version
    kind, amount = _PRICE_NAMES[version.kind], formatting.yuan(version.amount_fen)
    if change.before_fen is None or change.before_fen == version.amount_fen:
        title = _("%(price)s %(amount)s", price=kind, amount=amount)
    elif version.amount_fen < change.before_fen:
        before = formatting.yuan(change.before_fen)
        title = _("%(price)s从 %(before)s 降到 %(amount)s", price=kind, before=before, amount=amount)
    else:
        before = formatting.yuan(change.before_fen)
        title = _("%(price)s从 %(before)s 升到 %(amount)s", price=kind, before=before, amount=amount)
    reason = _("首次填报") if version.reason == FIRST_REASON else version.reason
    text = _("原因：%(reason)s", reason=reason)
    if version.filing_number:
        text = _("%(told)s；备案编号：%(number)s", told=text, number=version.filing_number)
    return {"title": title, "at": version.effective_from, "by": change.author, "text": text}
