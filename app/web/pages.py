"""What every page needs besides its own data: assets, who is signed in, the navigation, page numbers."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict
from urllib.parse import urlencode

from flask import Flask, current_app, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader

from app.core import clock
from app.core.actor import WATCHERS, Actor, Duty, Role
from app.extensions import db
from app.notices.queries import MOST_COUNTED, count_unread
from app.projects.rules import masked
from app.web import access, formatting
from app.web.glossary import explained
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

ROLE_NAMES: Final = {
    Role.HOUSEHOLD: _l("被征收户"),
    Role.DEVELOPER: _l("房企"),
    Role.OFFICER: _l("经办人"),
    Role.CHECKER: _l("复核人"),
    Role.REGULATOR: _l("监管部门"),
    Role.AUDITOR: _l("审计"),
    Role.INSPECTOR: _l("纪检"),
    Role.ADMINISTRATOR: _l("管理员"),
    Role.HELPER: _l("帮办人"),
}

DUTY_NAMES: Final = {
    Duty.MANAGER: _l("负责人"),
    Duty.SALES: _l("销售"),
    Duty.FINANCE: _l("财务"),
}

HOMES: Final = ("public.search", _l("找房源"))
ACCOUNT: Final = ("account.home", _l("我的账号"))
PEOPLE: Final = ("account.people", _l("人员"))
DAILY: Final = (
    ("authority.desk", _l("工作台")),
    ("authority.projects", _l("项目")),
    ("authority.households", _l("被征收户")),
    ("authority.redemptions", _l("购房核验")),
)
VOUCHERS: Final = (
    ("authority.vouchers", _l("房票")),
    ("authority.moves", _l("房票变更")),
    ("authority.stops", _l("房票止付")),
    ("authority.letters", _l("待打印的信")),
)
MONEY: Final = (
    ("authority.top_ups", _l("自付差价")),
    ("authority.endings", _l("余额兑付")),
    ("authority.pay_lists", _l("待拨付")),
    ("authority.settlements", _l("房企结算")),
    ("authority.trial_balances", _l("试算平衡")),
)
DEVELOPERS: Final = (
    ("authority.pool", _l("入库房企")),
    ("authority.conflicts", _l("合同冲突")),
)
AUTHORITY: Final = (*DAILY, *VOUCHERS, *MONEY, *DEVELOPERS)
REGULATOR: Final = (
    ("regulator.signals", _l("价格异常线索")),
    ("regulator.filed_developments", _l("备案价")),
    ("regulator.sales", _l("现金成交")),
    ("regulator.addresses", _l("同址房源")),
    ("regulator.late_handovers", _l("逾期交房")),
)
STATUS: Final = (("authority.status", _l("系统状态")), ("authority.accounts", _l("账号")))
COUNTER: Final = ("authority.counter_details", _l("窗口信息"))

NAVIGATION: Final[dict[Role | None, tuple[tuple[str, Any], ...]]] = {
    None: (HOMES,),
    Role.HOUSEHOLD: (
        HOMES,
        ("household.wallet", _l("我的房票")),
        ("household.favourites", _l("我的收藏")),
        ("household.basket", _l("选房篮")),
        ("household.redemptions", _l("我的购房")),
        ("household.helpers", _l("帮办人")),
        ACCOUNT,
    ),
    Role.HELPER: (HOMES, ("helper.home", _l("我帮的家庭")), ACCOUNT),
    Role.DEVELOPER: (
        ("developer.desk", _l("工作台")),
        ("developer.developments", _l("楼盘和房源")),
        ("developer.pools", _l("入库")),
        ("developer.redemptions", _l("房票购房")),
        ("developer.settlements", _l("房企结算")),
        ("developer.sales", _l("线下成交")),
        ("developer.signals", _l("价格异常线索")),
        PEOPLE,
        ACCOUNT,
    ),
    Role.OFFICER: (*AUTHORITY, ACCOUNT),
    Role.CHECKER: (*AUTHORITY, ACCOUNT),
    Role.REGULATOR: (*REGULATOR, ACCOUNT),
    **dict.fromkeys(WATCHERS, (*REGULATOR, *AUTHORITY, *STATUS, ACCOUNT)),
    Role.ADMINISTRATOR: (*STATUS, PEOPLE, COUNTER, ACCOUNT),
}
"""Endpoint and words of each link in the header, by role; None is a passer-by. Add a page's link here."""


MOST_IN_LINE: Final = 10
"""A menu of more links than this folds what belongs together, or it would take two lines on a desk."""
FOLDED: Final = (
    (_l("价格监管"), REGULATOR),
    (_l("房票管理"), VOUCHERS),
    (_l("钱款"), MONEY),
    (_l("房企"), DEVELOPERS),
    (_l("系统"), STATUS),
)
"""What belongs together, and what it is called; links of one group follow each other in every menu."""


class AssetsMissingError(RuntimeError):
    """static/dist/ is missing: `make assets` builds it."""


@dataclass(frozen=True)
class Viewer:
    """Who is signed in, as the header says it."""

    name: str
    role: str
    organisation: str
    is_household: bool
    unread: str
    """How many messages wait, in a word such as ``3`` or ``99+``; empty when none does."""


class PageLink(TypedDict):
    """One entry of GOV.UK's pagination."""

    number: NotRequired[int]
    href: NotRequired[str]
    current: NotRequired[bool]
    visuallyHiddenText: NotRequired[str]
    """What is read aloud; the component's own words are English."""
    ellipsis: NotRequired[bool]


@dataclass(frozen=True)
class Pages:
    """Where one stands in a numbered list: ``number`` counts from 1, ``total`` counts items."""

    number: int
    size: int
    total: int

    @property
    def last(self) -> int:
        """The number of the last page; an empty list has one page."""
        return max(1, -(-self.total // self.size))

    @property
    def offset(self) -> int:
        """How many items come before this page."""
        return (self.number - 1) * self.size

    @property
    def first_item(self) -> int:
        """The number of the first item shown, 0 for an empty list."""
        return min(self.offset + 1, self.total)

    @property
    def last_item(self) -> int:
        """The number of the last item shown."""
        return min(self.offset + self.size, self.total)

    def url(self, number: int) -> str:
        """Return this address with another page number, everything else kept."""
        return with_query(page=[str(number)] if number > 1 else [])

    @property
    def links(self) -> list[PageLink]:
        """The first page, the last, and this one's neighbours, dots between."""
        shown = sorted(
            {1, self.number - 1, self.number, self.number + 1, self.last} & set(range(1, self.last + 1))
        )
        links: list[PageLink] = []
        for before, number in zip([0, *shown], shown, strict=False):
            if number > before + 1:
                links.append({"ellipsis": True})
            links.append(
                {
                    "number": number,
                    "href": self.url(number),
                    "current": number == self.number,
                    "visuallyHiddenText": _("第 %(number)d 页", number=number),
                }
            )
        return links


def paginate(total: int, *, size: int = 20) -> Pages:
    """Return the page that ``?page=`` asks for; anything outside the list is its nearest end."""
    try:
        wanted = int(request.args.get("page", "1"))
    except ValueError:
        wanted = 1
    pages = Pages(1, size, total)
    return Pages(min(max(wanted, 1), pages.last), size, total)


def with_query(**changes: Sequence[str]) -> str:
    """Return this page's address with some query parameters replaced; an empty list drops one."""
    kept = {name: values for name, values in request.args.lists() if name not in changes}
    query = urlencode({**kept, **changes}, doseq=True)
    return f"{request.path}?{query}" if query else request.path


def asset_url(name: str) -> str:
    """Return the address of a built file by its plain name. Raises AssetsMissingError when there is none."""
    return url_for("static", filename=f"dist/{_manifest()[name]}")


def _manifest() -> dict[str, str]:
    """Return the manifest, read once a process; not at start, because commands need no assets."""
    extension: dict[str, dict[str, str]] = current_app.extensions["anju-assets"]
    if "manifest" not in extension:
        path = Path(str(current_app.static_folder)) / "dist" / "manifest.json"
        try:
            extension["manifest"] = json.loads(path.read_text())
        except FileNotFoundError as error:
            raise AssetsMissingError(f"{path} is missing: run `make assets`") from error
    return extension["manifest"]


def _viewer() -> Viewer | None:
    row = access.current_sign_in()
    if row is None:
        return None
    return Viewer(
        name=row.display_name,
        role=role_name(row.role, row.person.duty),
        organisation=row.place or "",
        is_household=row.role in (Role.HOUSEHOLD, Role.HELPER),
        unread=_unread(),
    )


def printed() -> str:
    """Return by whom and when a paper is printed, for the foot of its pages."""
    viewer = _viewer()
    at = formatting.moment(clock.now())
    if viewer is None:
        return _("打印于 %(at)s", at=at)
    return _("%(name)s（%(role)s）打印于 %(at)s", name=viewer.name, role=viewer.role, at=at)


def _unread() -> str:
    count = count_unread(db.session(), actor=access.actor())
    return f"{MOST_COUNTED}+" if count > MOST_COUNTED else str(count or "")


def role_name(role: str, duty: str | None) -> str:
    """Return what a person is, in words: the role, and the duty of a developer's people."""
    name = str(ROLE_NAMES[Role(role)])
    return f"{name} · {DUTY_NAMES[Duty(duty)]}" if duty else name


BELOW: Final = {
    "/household/baskets/": "/household/basket/",
    "/household/searches/": "/household/favourites/",
    "/household/plans/": "/household/favourites/",
    "/household/handovers/": "/household/redemptions/",
    "/developer/homes/": "/developer/developments/",
    "/developer/imports/": "/developer/developments/",
    "/developer/batches/": "/developer/developments/",
    "/developer/promotions/": "/developer/developments/",
    "/developer/pictures/": "/developer/developments/",
    "/developer/plans/": "/developer/developments/",
    "/developer/late/": "/developer/redemptions/",
    "/developer/sold": "/developer/sales/",
    "/developer/claims/": "/developer/settlements/",
    "/authority/agreements/": "/authority/households/",
    "/authority/kinship/": "/authority/redemptions/",
    "/authority/changes/": "/authority/redemptions/",
    "/authority/verification/": "/authority/redemptions/",
    "/authority/extensions/": "/authority/endings/",
    "/authority/cash-bonuses/": "/authority/endings/",
    "/authority/refunds/": "/authority/top-ups/",
    "/authority/cards/": "/authority/top-ups/",
    "/authority/loans/": "/authority/top-ups/",
    "/authority/card-refunds/": "/authority/top-ups/",
    "/authority/card-reports/": "/authority/top-ups/",
    "/authority/supervised/": "/authority/top-ups/",
    "/authority/sheets/": "/authority/vouchers/",
    "/authority/lists/": "/authority/letters",
    "/authority/register": "/authority/vouchers/",
    "/authority/batches/": "/authority/projects/",
    "/regulator/sales-files/": "/regulator/sales/",
    "/regulator/developments/": "/regulator/filings/",
    "/regulator/homes/": "/regulator/filings/",
    "/regulator/monitor/": "/regulator/signals/",
}
"""Folders of pages that are no menu entry's own, and the entry that leads to them."""


def navigation(who: Actor | None) -> list[dict[str, Any]]:
    """Return the menu of a person; this page is ``current``, the nearest one above it is ``active``.

    ``group``: under which word a link is folded, in a long menu.
    """
    entries = [entry for entry in NAVIGATION[who.role if who else None] if access.is_open_to(who, entry[0])]
    links = [(url_for(endpoint), text, _group(endpoint)) for endpoint, text in entries]
    above = [href for href, _text, _in in links if _stands_below(href)]
    nearest = max(above, key=len, default=None)
    return [
        {
            "text": text,
            "href": href,
            "current": request.path == href,
            "active": href == nearest,
            "group": group if len(links) > MOST_IN_LINE else None,
        }
        for href, text, group in links
    ]


def _group(endpoint: str) -> Any:
    """Return what the group of a link is called; None for a link that stands by itself."""
    return next((name for name, entries in FOLDED if endpoint in dict(entries)), None)


def _stands_below(href: str) -> bool:
    path = request.path
    for folder, entry in BELOW.items():
        if path.startswith(folder):
            path = entry
    return path == href or (href != "/" and path.startswith(f"{href.rstrip('/')}/"))


def _frame() -> dict[str, Any]:
    """The part of the context that base.html draws the frame from."""
    who = access.find_actor()
    return {
        "viewer": _viewer(),
        "navigation": navigation(who),
        "product": _("安居房票服务"),
        "shown_at": clock.now,  # called only where a page says it: a demo asks its database
        "demo_mode": current_app.config["DEMO"],
        "counter_visit": access.current_visit(),
        "helping": access.current_help(),
    }


def register(app: Flask) -> None:
    """Let templates find GOV.UK's macros, and give them the frame, asset addresses and form tokens."""
    own = app.jinja_loader
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([*([own] if own else []), govuk])
    app.extensions["anju-assets"] = {}
    app.jinja_env.globals.update(may_open=access.may_open, masked=masked, glossary=explained)
    app.jinja_env.globals.update(asset_url=asset_url, csrf_token=generate_csrf, with_query=with_query)
    app.context_processor(_frame)
