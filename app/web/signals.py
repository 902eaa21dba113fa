"""The words and the parts of a page that the regulator and the developer see of the same price signal."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from markupsafe import Markup
from sqlalchemy.orm import Session

from app.cases.area_evidence import AreaEvidence
from app.cases.evidence import AnyEvidence, ContractEvidence, Evidence, PriceFacts
from app.cases.queries import SignalView
from app.core.actor import Role
from app.homes import queries as homes
from app.homes.pool_models import PoolListing
from app.homes.promotions import PromotionKind
from app.homes.queries import PriceChange, Prices
from app.homes.rules import OutReason, PriceKind, find_breach
from app.web import area_signals, contract_signals, formatting, promotions, signal_steps
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.pages import ROLE_NAMES

STATES: Final[dict[str, tuple[Any, str]]] = {
    "signal": (_l("待处理"), "wait"),
    "watched": (_l("关注中"), "info"),
    "merged": (_l("已合并"), "plain"),
    "opened": (_l("已立案"), "info"),
    "dismissed": (_l("已排除"), "plain"),
    "lapsed": (_l("已失效"), "plain"),
}
"""The word and the tone of each state, in the order people read them."""

OWN_STATES: Final[dict[str, tuple[Any, str]]] = {**STATES, "watched": STATES["signal"]}
"""The same for the company: that somebody will look again later is the regulator's own business."""

ASSIGNED: Final = {"me": _l("由我处理"), "nobody": _l("还没有分派"), "others": _l("由同事处理")}
ANSWERS: Final = {"owed": _l("等房企答复"), "overdue": _l("逾期未答复")}
ACTS: Final = {
    "assign": _l("分派"),
    "watch": _l("列为关注"),
    "merge": _l("合并"),
    "dismiss": _l("排除"),
}
"""What can be done with several signals at once."""

KINDS: Final = {
    "voucher_above_cash": _l("房票价高于现金价"),
    "voucher_above_filed": _l("价格高于备案价"),
    "voucher_above_net": _l("房票净价高于最低现金净价"),
    "contract_below_cash": _l("成交价低于申报现金价"),
    "home_above_area": _l("一套房的房票价高于同类现金成交"),
    "home_above_development": _l("一套房的房票价高于本楼盘现金成交"),
    "development_above_area": _l("楼盘的房票价高于同类现金成交"),
    "development_above_own_cash": _l("楼盘的房票价高于自己的现金成交"),
    "developer_above_area": _l("房企的房票价高于同类现金成交"),
}

LEVELS: Final = {"info": _l("提示"), "review": _l("核查"), "flag": _l("重点")}
"""How sure it is, in a word; ``area_signals`` says what each means."""

MODES = promotions.MODES

GRADES: Final = {
    "A": _l("A 级：同一套房的价格直接对比"),
    "B": _l("B 级：与同类现金成交对比"),
    "C": _l("C 级：一段时间的价格规律"),
}

PRICES: Final[dict[PriceKind, Any]] = {
    "filed": _l("备案价"),
    "cash": _l("现金价"),
    "voucher": _l("房票价"),
}

RULES: Final = {
    "voucher_above_cash": _l("同一套房的房票价不得高于现金价。这是房企入库时签的平等对待承诺。"),
    "voucher_above_filed": _l("同一套房的房票价和现金价都不得高于备案价。备案价是在主管部门登记的最高价。"),
    "voucher_above_net": _l(
        "同一套房，房票购房人的净价不得高于现金购房人的最低净价，即现金价减去各种优惠。这是平等对待承诺的一部分。"
    ),
}

_FIRST_FILED_RULE: Final = _l("同一套房的房票价不得高于备案价。备案价是在主管部门登记的最高价。")
"""As it was before the cash price counted: what was found under it still says so."""

STEPS: Final = signal_steps.STEPS

BREACHES: Final = {
    "voucher_above_cash": _l("房票价仍然高于现金价，不在房源库里"),
    "voucher_above_filed": _l("仍有价格高于备案价，不在房源库里"),
    "voucher_above_net": _l("房票净价仍然高于最低现金净价，不在房源库里"),
}
"""How a home stands whose prices still break the rule."""


def rate(evidence: AnyEvidence) -> str:
    """Return the difference in per cent of the price compared with."""
    return formatting.percent(evidence.difference_bp) if evidence.difference_bp else _("不到 0.01%")


def against_name(evidence: Evidence) -> str:
    """Return what the voucher buyer's price is compared with."""
    return _("最低现金净价") if evidence.nets else str(PRICES[evidence.against])


def dearer_name(evidence: Evidence) -> str:
    """Return which price is too high."""
    return _("房票净价") if evidence.nets else str(PRICES[evidence.above])


def rule_words(evidence: Evidence) -> str:
    """Return the rule in words, as its version says it."""
    first = evidence.rule == "voucher_above_filed" and evidence.rule_version == 1
    return str(_FIRST_FILED_RULE if first else RULES[evidence.rule])


def remedy(present: "Present") -> str:
    """Return what the developer has to do so that the home may be listed again."""
    amounts = present.prices.amounts
    if (
        amounts.cash_fen is not None
        and amounts.filed_fen is not None
        and amounts.cash_fen > amounts.filed_fen
    ):
        return _("怎么改正：把现金价和房票价都降到不高于备案价，再重新上架。")
    return _("怎么改正：把房票价降到不高于现金价和备案价，再重新上架。")


def headline(evidence: AnyEvidence) -> str:
    """Return the signal in a sentence: what is above or below what, by how much."""
    if isinstance(evidence, ContractEvidence):
        return contract_signals.headline(evidence)
    if isinstance(evidence, AreaEvidence):
        return area_signals.headline(evidence)
    return _(
        "%(dearer)s高于同一套房的%(price)s %(gap)s 元（%(rate)s）",
        dearer=dearer_name(evidence),
        price=against_name(evidence),
        gap=formatting.typed_yuan(evidence.difference_fen),
        rate=rate(evidence),
    )


def promotion_rows(evidence: Evidence) -> list[list[str]]:
    """Return the promotions that held, as rows: what, how much, stacks, open to voucher buyers."""
    return [
        [
            f"{promotions.KINDS[PromotionKind(one.kind)]}：{one.title}",
            promotions.figure(off_fen=one.off_fen, rate_bp=one.rate_bp, worth_fen=one.worth_fen),
            _("可以") if one.stackable else _("不可以"),
            _("有") if one.open_to_vouchers else _("没有"),
        ]
        for one in (evidence.nets.promotions if evidence.nets else ())
    ]


def place(evidence: AnyEvidence) -> str:
    """Return which home, development or developer it is about."""
    if isinstance(evidence, AreaEvidence):
        return area_signals.place(evidence)
    return f"{evidence.home.development} {evidence.home.name}"


def address(evidence: AnyEvidence) -> tuple[str, str]:
    """Return the development and the home in it, each empty where it is about more than that."""
    home = evidence.home
    if home is not None:
        return home.development, home.name
    return (evidence.development or "" if isinstance(evidence, AreaEvidence) else ""), ""


def development_ref(evidence: AnyEvidence) -> str | None:
    """Return the reference of the development it is about, or in which the home is; None for a company."""
    if isinstance(evidence, AreaEvidence):
        return evidence.development_ref
    return evidence.home.development_ref


def work(view: SignalView) -> str:
    """Return who works on it and what is being waited for, in a line of a list."""
    signal = view.signal
    told = [signal.assignee.display_name if signal.assignee else _("还没有分派")]
    if signal.merged_into:
        told = [_("合并到 %(ref)s", ref=signal.merged_into.ref)]
    if signal.watch_until:
        day = formatting.day(signal.watch_until)
        told.append(_("%(day)s到期，请再看", day=day) if view.looks_again else _("%(day)s再看", day=day))
    if signal.answer_due:
        told.append(_("请房企答复，期限%(day)s", day=formatting.day(signal.answer_due)))
    elif view.answers:
        told.append(_("房企已答复"))
    return " · ".join(told)


def answer_told(view: SignalView) -> Markup | None:
    """Return how it stands with the company's answer, None when it was not asked and has said nothing."""
    if view.signal.answer_due:
        day = formatting.time_element(view.signal.answer_due)
        late = _("，逾期未答复") if view.is_overdue else ""
        return Markup(_("期限%(day)s%(late)s", day=day, late=late))  # noqa: S704  # our own words
    return Markup(_("已答复")) if view.answers else None  # noqa: S704


def price_note(price: PriceFacts) -> Markup:
    """Return since when a price of the evidence holds, and who gave it in which role."""
    author = ROLE_NAMES[Role(price.author_role)] if price.author_role else _("系统")
    since = formatting.exact_time_element(price.effective_from)
    note = Markup(_("自 {since} 起，{author}填报")).format(since=since, author=author)  # noqa: S704  # our own words
    return note + _("，备案号 %(number)s", number=price.filing_number) if price.filing_number else note


@dataclass(frozen=True)
class Present:
    """How the home stands now, beside the frozen evidence."""

    prices: Prices
    listing: PoolListing

    @property
    def breach(self) -> OutReason | None:
        """The rule that the prices break now, None when they keep it."""
        return find_breach(self.prices.amounts)

    @property
    def pool(self) -> str:
        """Where it stands with the pool, in words."""
        if self.listing.out_reason is None:
            return _("已经重新上架")
        if self.breach:
            return str(BREACHES[self.breach])
        if self.listing.out_reason == "withdrawn":
            return _("房企自己把它下架了，不在房源库里")
        if self.listing.out_reason in {"developer_suspended", "developer_left"}:
            return _("房企的入库资格已暂停或退出，不在房源库里")
        return _("价格已经改正，房企还没有重新上架")

    @property
    def relisted_at(self) -> datetime | None:
        """Since when it stands in the pool again; None while it does not."""
        return self.listing.changed_at if self.listing.out_reason is None else None


def present(session: Session, view: SignalView) -> Present | None:
    """Return how the home stands now whose own prices it is about; None for every other signal."""
    home_id = view.signal.home_id
    if home_id is None or not isinstance(view.evidence, Evidence):
        return None
    prices = homes.current_prices(session, [home_id])[home_id]
    listing = homes.find_listing(session, district_id=view.signal.district_id, home_id=home_id)
    if listing is None:
        raise LookupError(f"signal {view.signal.id} is about a home that was never listed")
    return Present(prices, listing)


def history(session: Session, view: SignalView) -> list[PriceChange]:
    """Return every price version of the home, newest first; none where it is not about one home."""
    home_id = view.signal.home_id
    if home_id is None:
        return []
    count = homes.count_price_changes(session, home_id=home_id)
    return homes.list_price_changes(session, home_id=home_id, limit=count)


def history_rows(view: SignalView, changes: list[PriceChange]) -> list[list[object]]:
    """Return the rows of the history's table; what the evidence rests on is marked."""
    found = view.evidence
    if isinstance(found, AreaEvidence):
        return change_rows(changes)
    prices = (found.cash,) if isinstance(found, ContractEvidence) else (found.dearer, found.compared)
    return change_rows(changes, used={price.version_id for price in prices})


def change_rows(changes: list[PriceChange], *, used: Collection[int] = ()) -> list[list[object]]:
    """Return price changes as rows; versions whose ids are ``used`` are marked as evidence."""
    return [
        [
            formatting.exact_time_element(change.version.effective_from),
            _kind_cell(change, marked=change.version.id in used),
            formatting.yuan(change.version.amount_fen),
            _move(change),
            change.version.reason,
            change.author or _("系统"),
        ]
        for change in changes
    ]


def _kind_cell(change: PriceChange, *, marked: bool) -> str | Markup:
    name = str(PRICES[change.version.kind])  # type: ignore[index]  # the column's constraint knows the kinds
    if not marked:
        return name
    return Markup('{} <strong class="govuk-tag govuk-tag--yellow">{}</strong>').format(name, _("本线索依据"))


def _move(change: PriceChange) -> str:
    if change.before_fen is None:
        return _("首次填报")
    gap = change.version.amount_fen - change.before_fen
    if gap == 0:
        return _("金额不变")
    return (
        _("上调 %(gap)s", gap=formatting.yuan(gap))
        if gap > 0
        else _("下调 %(gap)s", gap=formatting.yuan(-gap))
    )


def _price_told(evidence: Evidence, kind: PriceKind) -> tuple[datetime, str, str, str | None]:
    price = evidence.prices[kind]
    words = _("%(price)s定为 %(amount)s", price=PRICES[kind], amount=formatting.yuan(price.amount_fen))
    return price.effective_from, words, evidence.developer, price.reason


def timeline(view: SignalView) -> list[dict[str, object]]:
    """Return what happened, newest first: the prices, the pool, then the steps people took."""
    found = view.evidence
    if isinstance(found, ContractEvidence):
        return contract_signals.timeline(view, found)
    if isinstance(found, AreaEvidence):
        return signal_steps.timeline(view.steps, [])
    told: list[signal_steps.Told] = [
        _price_told(found, found.above),
        (found.first_listed_at, _("首次上架"), found.developer, None),
        _price_told(found, found.against),
    ]
    told.append((found.left_pool_at, _("房源退出房源库"), _("系统"), None))
    return signal_steps.timeline(view.steps, told)
