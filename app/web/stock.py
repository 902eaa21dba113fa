"""The words for a developer's homes: how each stands, its history, what keeps it from being listed."""

from dataclasses import dataclass
from typing import Any, Final

from flask import url_for
from markupsafe import Markup
from sqlalchemy.orm import Session

from app.core.errors import DomainError
from app.homes import rules
from app.homes.filings import FiledHome
from app.homes.models import Building, Development, Home, PriceVersion
from app.homes.queries import Offer, PriceChange, is_admitted
from app.homes.rules import Finish, Orientation
from app.homes.service import FIRST_REASON
from app.homes.stock import StockHome
from app.redemptions.snapshot import HomeFacts
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.messages import MESSAGES, message_of
from app.web.signals import PRICES

STAGES: Final = {"finished": _l("现房"), "presale": _l("期房")}
ORIENTATIONS: Final[dict[Orientation, Any]] = {
    Orientation.SOUTH: _l("朝南"),
    Orientation.NORTH_SOUTH: _l("南北通透"),
    Orientation.SOUTH_EAST: _l("朝东南"),
    Orientation.SOUTH_WEST: _l("朝西南"),
    Orientation.EAST: _l("朝东"),
    Orientation.WEST: _l("朝西"),
    Orientation.EAST_WEST: _l("东西向"),
    Orientation.NORTH_EAST: _l("朝东北"),
    Orientation.NORTH_WEST: _l("朝西北"),
    Orientation.NORTH: _l("朝北"),
}
FINISHES: Final[dict[Finish, Any]] = {Finish.BARE: _l("毛坯"), Finish.FITTED: _l("精装")}
LIFTS: Final = {True: _l("有电梯"), False: _l("没有电梯")}

PRICE_NAMES: Final[dict[str, Any]] = {str(kind): name for kind, name in PRICES.items()}

State = tuple[Any, str]
"""The words of a state, and the tone of its tag."""

LISTED: Final[State] = (_l("已上架"), "good")
UNLISTED: Final[State] = (_l("未上架"), "plain")
WITHDRAWN: Final[State] = (_l("已下架"), "plain")
SUSPENDED: Final[State] = (_l("随入库暂停退出"), "bad")
LEFT: Final[State] = (_l("随房企退出"), "plain")
FELL_OUT: Final[State] = (_l("已退出房源库"), "bad")
LOCKED: Final[State] = (_l("购房中"), "wait")
SOLD: Final[State] = (_l("已售出"), "info")
CLAIMED: Final[State] = (_l("有线下合同"), "wait")

DWELLINGS: Final = {"locked": LOCKED, "sold": SOLD}
"""How a home itself stands, when it is not free."""


STOCK_KINDS: Final[dict[str, Any]] = {"home": _l("房"), "parking": _l("车位"), "storage": _l("储藏室")}
"""What a piece of stock is."""


def storey_line(number: int) -> str:
    """Return on which storey something is, below ground too."""
    return _("第 %(number)d 层", number=number) if number > 0 else _("地下 %(number)d 层", number=-number)


def what(home: Home | HomeFacts) -> str:
    """Return how many rooms a home has, or what a space is."""
    return formatting.rooms(home.rooms) if home.kind == "home" else str(STOCK_KINDS[home.kind])


def fact(name: str, value: Any) -> Any:
    """Return a fact of a home or its place in words, None where it was never stated."""
    if value is None:
        return None
    spoken: dict[str, Any] = {
        "stage": lambda stage: STAGES[stage],
        "delivery_on": formatting.day,
        "sales_phone": formatting.phone,
        "has_lift": lambda has: LIFTS[has],
        "storeys": lambda count: _("%(count)d 层", count=count),
        "units": lambda count: _("%(count)d 个单元", count=count),
        "storey": storey_line,
        "rooms": formatting.rooms,
        "area_m2": formatting.area,
        "inner_area_m2": formatting.area,
        "orientation": lambda way: ORIENTATIONS[Orientation(way)],
        "finish": lambda finish: FINISHES[Finish(finish)],
    }
    return spoken[name](value) if name in spoken else value


FACT_NAMES: Final[dict[str, Any]] = {
    "name": _l("名称"),
    "address": _l("地址"),
    "stage": _l("现房还是期房"),
    "presale_permit": _l("预售许可证编号"),
    "delivery_on": _l("交房日期"),
    "storeys": _l("地上层数"),
    "units": _l("单元数"),
    "has_lift": _l("电梯"),
    "unit": _l("单元"),
    "storey": _l("楼层"),
    "room": _l("室号"),
    "rooms": _l("户型"),
    "area_m2": _l("建筑面积"),
    "inner_area_m2": _l("套内面积"),
    "orientation": _l("朝向"),
    "finish": _l("毛坯还是精装"),
}


def point(place: Development) -> str | None:
    """Return a development's place on the map, None where nobody gave it."""
    if place.lat is None or place.lon is None:
        return None
    return _("北纬 %(lat)s°，东经 %(lon)s°", lat=f"{place.lat:.6g}", lon=f"{place.lon:.7g}")


def building_facts(building: Building) -> str:
    """Return how large a building is and whether it has a lift, in a line."""
    names = ("storeys", "units", "has_lift")
    known = [fact(name, getattr(building, name)) for name in names]
    return _("%(name)s：%(facts)s。", name=building.name, facts="，".join(str(one) for one in known if one))


@dataclass(frozen=True, slots=True)
class Fixed:
    """What may not change now: why, and the facts with their values."""

    reasons: list[str]
    rows: list[tuple[Any, Any]]


def fixed_of(thing: rules.Thing, row: object, statuses: set[str]) -> Fixed | None:
    """Return what may not change now about a thing whose homes are in these states; None when all may."""
    fixed = rules.fixed_facts(thing, statuses)
    held = {name: code for name, code in fixed.items() if getattr(row, name) is not None}
    if not held:
        return None
    return Fixed(
        reasons=[str(FIXED_REASONS[code]) for code in dict.fromkeys(held.values())],
        rows=[(FACT_NAMES[name], fact(name, getattr(row, name))) for name in held],
    )


FIXED_REASONS: Final = {
    "fixed_while_bought": _l("有住户正在用房票买这里的房，看到的就是这些内容。购房完成或取消以后才能改。"),
    "fixed_once_sold": _l("已经有房售出，合同上写的就是这些内容，不能再改。确实写错的，请联系征收办。"),
}

NOT_BY_PRICE: Final = {
    "withdrawn": WITHDRAWN,
    "developer_suspended": SUSPENDED,
    "developer_left": LEFT,
    "sold_offline": CLAIMED,
}
"""The states of homes that are out of the pool for another reason than their prices."""


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
    return NOT_BY_PRICE.get(row.listing.out_reason or "", FELL_OUT)


def name_of(row: StockHome) -> str:
    """Return a home's address within its development."""
    return rules.home_name(row.home.building.name, row.home.unit, row.home.room)


def home_title(home: Home) -> str:
    """Return a home's address with its development, in a line."""
    return f"{home.development.name} {rules.home_name(home.building.name, home.unit, home.room)}"


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
    if row.home.claimed_at is not None:
        return Obstacle(str(MESSAGES["home_claimed_offline"]), voucher_price=False)
    return None


def candidate_row(row: StockHome) -> list[str]:
    """Return a row of the homes that are ready for the pool: the home and its three prices."""
    amounts = row.prices.amounts
    prices = (amounts.filed_fen, amounts.cash_fen, amounts.voucher_fen)
    return [name_of(row), formatting.area(row.home.area_m2), *(formatting.yuan(fen or 0) for fen in prices)]


def space_rows(rows: list[StockHome]) -> list[list[str | Markup]]:
    """Return table rows of spaces: which it is, how it stands, its area and its three prices."""
    return [_space_row(row) for row in rows]


def space_offers(offers: list[Offer]) -> list[list[str]]:
    """Return table rows of spaces for the public: which and what each is, its area, and two prices."""
    return [
        [
            offer.home.name,
            str(STOCK_KINDS[offer.home.kind]),
            formatting.area(offer.home.area_m2),
            formatting.yuan(offer.prices.amounts.cash_fen or 0),
            formatting.yuan(offer.prices.amounts.voucher_fen or 0),
        ]
        for offer in offers
    ]


def _space_row(row: StockHome) -> list[str | Markup]:
    amounts = row.prices.amounts
    prices = (amounts.filed_fen, amounts.cash_fen, amounts.voucher_fen)
    link = Markup('<a class="govuk-link" href="{}">{}</a>').format(
        url_for("developer.home", ref=row.home.ref), name_of(row)
    )
    told = [formatting.yuan(fen) if fen is not None else _("未填写") for fen in prices]
    return [link, str(state_of(row)[0]), formatting.area(row.home.area_m2), *told]


def filed_row(row: FiledHome, href: str) -> list[str | Markup]:
    """Return a row of the bureau's table: the home, what it registered, what the developer typed.

    ``href`` is where the home's prices stand.
    """
    name = Markup('<a class="govuk-link" href="{}">{}</a>').format(
        href, rules.home_name("", row.home.unit, row.home.room)
    )
    own = row.filed.own
    typed = filed_told(own) if own else _("没有填")
    if row.filed.differs:
        typed = _("%(typed)s，与登记不一致", typed=typed)
    registered = filed_told(row.filed.bureau) if row.filed.bureau else _("没有登记")
    return [name, formatting.area(row.home.area_m2), registered, typed]


def filed_told(version: PriceVersion) -> str:
    """Return a filed price with its number, and its day where the bureau gave one."""
    amount = formatting.yuan(version.amount_fen)
    told = _("%(amount)s（备案编号 %(number)s）", amount=amount, number=version.filing_number or "")
    if version.filed_on is None:
        return told
    return _("%(told)s，%(day)s备案", told=told, day=formatting.day(version.filed_on))


def filed_note(version: PriceVersion | None) -> str | None:
    """Return whose a filed price is, for whoever reads it; None where there is none."""
    if version is None:
        return None
    if version.source == "bureau":
        return _("主管部门登记，编号 %(number)s", number=version.filing_number or "")
    return _("房企填报，待核对")


def mend_rows(rows: list[StockHome]) -> list[list[str]]:
    """Return table rows of homes that fell out of the pool: home, price, limit, since when, what to do."""
    return [_mend_row(row) for row in rows]


def _mend_row(row: StockHome) -> list[str]:
    amounts = row.prices.amounts
    kind: rules.PriceKind = "cash" if rules.above_filed(amounts) == "cash" else "voucher"
    most = amounts.filed_fen if kind == "cash" else rules.most_voucher_fen(amounts)
    link = Markup('<a class="govuk-link" href="{}">{} {}</a>').format(
        url_for("developer.home", ref=row.home.ref), row.home.development.name, name_of(row)
    )
    present = formatting.yuan(amounts.of(kind) or 0)
    return [
        link,
        _("%(price)s %(amount)s", price=PRICE_NAMES[kind], amount=present),
        formatting.yuan(most or 0),
        formatting.time_element(row.listing.changed_at) if row.listing else "",
        _what_to_do(amounts),
    ]


def fallen(amounts: rules.Amounts) -> str:
    """Return what a developer is told whose home just left the pool by these prices."""
    if rules.above_filed(amounts) == "cash":
        return _("价格已修改。现在现金价高于备案价，这套房已退出房源库。请看下面的说明。")
    return _("价格已修改。现在房票价偏高，这套房已退出房源库。请看下面的说明。")


def _what_to_do(amounts: rules.Amounts) -> str:
    if rules.above_filed(amounts) == "cash":
        return _("降低现金价")
    return _("降低房票价") if rules.find_breach(amounts) else _("重新上架")


def history_item(change: PriceChange) -> dict[str, Any]:
    """Return a step of a price's history as an item of the timeline."""
    version = change.version
    kind, amount = PRICE_NAMES[version.kind], formatting.yuan(version.amount_fen)
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
