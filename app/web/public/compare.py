"""Up to four homes beside each other: what each costs, what it is, and how its price went."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from app.core.actor import Role
from app.core.ids import normalise_ref
from app.extensions import db
from app.following.rules import MOST_COMPARED
from app.homes.queries import find_public_homes, list_price_changes
from app.identity.models import District
from app.policies.joint import Place
from app.redemptions.fitting import misfits
from app.redemptions.past import foresee
from app.search import source
from app.search.documents import HomeFacts
from app.search.request import Status
from app.vouchers.queries import wallet
from app.vouchers.rules import Standing
from app.web import formatting, stock
from app.web.access import find_actor, public
from app.web.language import gettext as _
from app.web.public import bp, words

Row = tuple[str, Callable[[HomeFacts], Any]]


@bp.get("/homes/compare")
@public
def compare() -> ResponseReturnValue:
    """Compare the homes of the address, those never listed left out."""
    refs = [ref for typed in request.args.getlist("home") if (ref := normalise_ref(typed))]
    refs = list(dict.fromkeys(refs))
    session = db.session()
    ids = find_public_homes(session, refs=refs[:MOST_COMPARED])
    facts = source.load(session, ids.values())
    homes = [facts[ids[ref]] for ref in refs if ref in ids and ids[ref] in facts]
    return render_template(
        "public/compare.html",
        homes=homes,
        columns=[_("比什么"), *(f"{place}. {home.development}" for place, home in enumerate(homes, start=1))],
        rows=[[label, *(cell(home) for home in homes)] for label, cell in _rows(homes)],
        left_out=len(refs) - len(homes),
        most=MOST_COMPARED,
    )


def _rows(homes: Sequence[HomeFacts]) -> list[Row]:
    """Return what is compared, in the order of the page: a label, and what to say of each home."""
    rows: list[Row] = [
        (_("现在能不能选"), lambda home: words.STATUSES[home.status][0]),
        (_("用房票实付"), lambda home: formatting.yuan(home.voucher_net.payable_fen)),
        *_own_money(homes),
        (_("现金价"), lambda home: formatting.yuan(home.cash_fen)),
        (_("备案价"), lambda home: formatting.yuan(home.filed_fen)),
        (_("每平方米"), lambda home: formatting.unit_price(home.voucher_net.payable_fen, home.area_m2)),
        (_("户型"), lambda home: words.value_name("rooms", str(home.rooms))),
        (_("建筑面积"), lambda home: formatting.area(home.area_m2)),
        (_("楼层"), words.floor_of),
        (_("电梯"), lambda home: stock.fact("has_lift", home.has_lift) or _("没有填写")),
        (_("朝向"), lambda home: stock.fact("orientation", home.orientation) or _("没有填写")),
        (_("毛坯或精装"), lambda home: stock.fact("finish", home.finish) or _("没有填写")),
        (_("现房或期房"), lambda home: stock.STAGES[home.stage]),
        (_("城区和地址"), lambda home: f"{home.district} {home.address}"),
        (_("离第 1 套的直线距离"), lambda home: words.away(homes[0], home)),
        (_("房企"), lambda home: home.developer),
        (_("房票价变过"), _price_story),
    ]
    return rows


def _own_money(homes: Sequence[HomeFacts]) -> list[Row]:
    """Return what a household's own usable vouchers would pay of each home today; nothing for others."""
    who = find_actor()
    if who is None or who.role is not Role.HOUSEHOLD:
        return []
    session = db.session()
    purses = [
        purse for purse in wallet(session, household_id=who.household) if purse.standing is Standing.USABLE
    ]
    if not purses:
        return []
    district = session.get_one(District, who.district).code
    plans = {}
    for home in homes:
        place = Place(home.kind, home.area_m2, frozenset({district, "own"}), home.stage)
        fen = home.voucher_net.payable_fen
        usable = [purse for purse in purses if home.kind in purse.policy.usable_on]
        out = misfits(session, usable, place=place, area_m2=home.area_m2, payable_fen=fen)
        paying = [purse for purse in usable if purse.ref not in out]
        if home.status is Status.AVAILABLE and home.district_code == district and (paying or not out):
            plans[home.home_id] = foresee(session, paying, place=place, payable_fen=fen)

    def of(name: str) -> Callable[[HomeFacts], str]:
        def cell(home: HomeFacts) -> str:
            plan = plans.get(home.home_id)
            return formatting.yuan(getattr(plan, name)) if plan else _("不能用您的房票买")

        return cell

    return [
        (_("其中您的房票付"), of("spent_fen")),
        (_("其中政府奖励"), of("bonus_fen")),
        (_("其中大约自付"), of("top_up_fen")),
    ]


def _price_story(home: HomeFacts) -> str:
    changes = list_price_changes(db.session(), home_id=home.home_id, limit=50, since=home.first_listed_at)
    moves = [
        change
        for change in changes
        if change.version.kind == "voucher"
        and change.before_fen is not None
        and change.version.effective_from > home.first_listed_at
    ]
    if not moves:
        return _("上架以来没有变过")
    last = moves[0]
    return _(
        "%(count)d 次，最近一次由 %(before)s 变为 %(now)s",
        count=len(moves),
        before=formatting.yuan(last.before_fen or 0),
        now=formatting.yuan(last.version.amount_fen),
    )
