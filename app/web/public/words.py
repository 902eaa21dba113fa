"""What the public pages call things, and how a home looks as a card."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from flask import url_for

from app.homes.distance import straight_km
from app.search.documents import HomeFacts
from app.search.queries import DevelopmentGroup
from app.search.request import MOST_ROOMS, Floor, Kind, Sort, Stage, Status
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.promotions import title_of
from app.web.public.own import OwnHome
from app.web.public.ways import FROM
from app.web.stock import STAGES

STATUSES: Final[dict[Status, tuple[Any, str]]] = {
    Status.AVAILABLE: (_l("可选"), "good"),
    Status.LOCKED: (_l("已锁定"), "wait"),
    Status.SOLD: (_l("已售"), "bad"),
    Status.OUT: (_l("已出库"), "plain"),
}
"""The word and the tone of each status."""

STATUS_NOTES: Final = {
    Status.AVAILABLE: _l("这套房在房源库里，可以用房票购买。"),
    Status.LOCKED: _l("已经有人用房票锁定了这套房。如果对方没有买成，它会重新变为可选。"),
    Status.SOLD: _l("这套房已经卖出，请另选一套。"),
    Status.OUT: _l("这套房现在不在房源库里，不能用房票购买。"),
}
OUT_REASONS: Final = {
    "withdrawn": _l("原因：房企把它下架了。"),
    "developer_suspended": _l("原因：这家房企的入库资格正在暂停，恢复以后会重新上架。"),
    "developer_left": _l("原因：这家房企已经退出房源库。"),
    "sold_offline": _l("原因：有人在线下签了购房合同。"),
    "voucher_above_cash": _l("原因：房票价高于现金价，违反同等待遇承诺，等房企改价。"),
    "voucher_above_filed": _l("原因：房票价或现金价高于备案价，等房企改价。"),
    "voucher_above_net": _l("原因：现金购房人有优惠，房票购房人没有同样的优惠，等房企改正。"),
}

FLOORS: Final = {Floor.LOW: _l("低楼层"), Floor.MIDDLE: _l("中楼层"), Floor.HIGH: _l("高楼层")}
KINDS: Final = {Kind.HOME: _l("住宅")}
SORTS: Final = {
    Sort.RELEVANCE: _l("最相关的在前"),
    Sort.PRICE: _l("实付价从低到高"),
    Sort.PRICE_DOWN: _l("实付价从高到低"),
    Sort.UNIT_PRICE: _l("单价从低到高"),
    Sort.AREA: _l("面积从小到大"),
    Sort.AREA_DOWN: _l("面积从大到小"),
    Sort.NEW: _l("最新上架的在前"),
}

ORDERED: Final[dict[str, Iterable[Any]]] = {
    "rooms": range(MOST_ROOMS + 1),
    "floor": Floor,
    "stage": Stage,
    "status": Status,
}
"""The facets whose values have an order of their own."""

LEGENDS: Final = {
    "district": _l("所在城区"),
    "rooms": _l("几室"),
    "floor": _l("楼层"),
    "stage": _l("现房或期房"),
    "development": _l("楼盘"),
    "developer": _l("房企"),
    "status": _l("状态"),
    "kind": _l("类型"),
}
"""The facets, in the order of the page; those with a single value and no choice are left out there."""


def value_name(facet: str, value: str) -> str:
    """Return what people call a value of a facet whose names are not in the database."""
    if facet == "rooms":
        return formatting.rooms(int(value))
    names: dict[str, dict[Any, Any]] = {"floor": FLOORS, "stage": STAGES, "kind": KINDS}
    if facet == "status":
        return str(STATUSES[Status(value)][0])
    return str(names[facet][value]) if facet in names else value


def floor_of(home: HomeFacts) -> str:
    """Return ``第 11 层，共 18 层``."""
    return _("第 %(storey)d 层，共 %(storeys)d 层", storey=home.storey, storeys=home.storeys)


def away(first: HomeFacts, home: HomeFacts) -> str:
    """Return how far a home's development is from the first home's, as the crow flies."""
    if home.home_id == first.home_id:
        return _("从这套量起")
    if home.development_ref == first.development_ref:
        return _("同一个楼盘")
    return kilometres(first, home) or _("没有坐标")


def kilometres(one: HomeFacts, other: HomeFacts) -> str | None:
    """Return the straight-line distance of two homes' developments; None where one has no point."""
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    km = straight_km((one.lat, one.lon), (other.lat, other.lon))
    return _("%(km)s 公里", km=f"{km:.1f}") if km else _("不到 0.1 公里")


def promoted(home: HomeFacts) -> list[str]:
    """Return what a voucher buyer pays and gets by the promotions of now, with their names."""
    net = home.voucher_net
    lines = []
    if net.payable_fen != net.listed_fen:
        names = "、".join(title_of(deal) for deal in net.deals if not deal.worth_fen)
        paid = formatting.yuan(net.payable_fen)
        lines.append(_("用房票实付 %(paid)s，已减去优惠：%(names)s", paid=paid, names=names))
    if net.extras_fen:
        names = "、".join(deal.title for deal in net.deals if deal.worth_fen)
        lines.append(_("另送：%(names)s，价值 %(worth)s", names=names, worth=formatting.yuan(net.extras_fen)))
    return lines


def development_card(
    group: DevelopmentGroup, *, own: Mapping[int, OwnHome], every: str, query: str
) -> dict[str, object]:
    """Return what ``development_card`` shows of what was found of a development.

    ``every`` is the address of all homes found of it, ``query`` the search that found it.
    """
    place = group.development
    low, high = formatting.yuan(group.low_fen), formatting.yuan(group.high_fen)
    return {
        "href": url_for("public.show_development", ref=place.ref),
        "name": place.name,
        "facts": [place.district, place.address, STAGES[place.stage]],
        "homes": group.homes,
        "paid": low if low == high else _("%(low)s 至 %(high)s", low=low, high=high),
        "first": [
            {
                **card(home, own=own.get(home.home_id), query=query),
                "paid_fen": home.voucher_net.payable_fen,
            }
            for home in group.first
        ],
        "every": every,
    }


def card(home: HomeFacts, *, own: OwnHome | None = None, query: str = "") -> dict[str, object]:
    """Return what ``home_card`` shows of a home; ``query`` is the search that found it."""
    text, tone = own.tag if own else STATUSES[home.status]
    way: dict[str, Any] = {FROM: query} if query else {}
    return {
        "href": url_for("public.show_home", ref=home.ref, **way),
        "own": own,
        "development": home.development,
        "name": home.name,
        "district": home.district,
        "rooms": value_name("rooms", str(home.rooms)),
        "area": home.area_m2,
        "floor": f"{floor_of(home)} · {STAGES[home.stage]}",
        "filed_fen": home.filed_fen,
        "cash_fen": home.cash_fen,
        "voucher_fen": home.voucher_fen,
        "promoted": promoted(home),
        "status": {"text": text, "tone": tone},
    }
