"""The words of a signal that voucher prices are above comparable cash sales."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.cases.area_evidence import AreaEvidence
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

LEVELS: Final = {
    "info": _l("提示：有迹象，但证据还不够"),
    "review": _l("核查：与同类现金成交相比偏高，已控制误报"),
    "flag": _l("重点：两项独立的比较都偏高"),
}


MEANING: Final = _l(
    "这是统计比较，说明房票价高于可比的现金成交，不说明原因，也不是违规结论。"
    "登记的资料里没有的（景观、装修、噪声等），算在区间里。"
)

NAMES: Final = {
    "home_above_area": _l("这套房与同类现金成交"),
    "home_above_development": _l("这套房与本楼盘现金成交"),
    "development_above_area": _l("楼盘与同类现金成交"),
    "development_above_own_cash": _l("楼盘与自己的现金成交"),
    "development_above_elsewhere": _l("楼盘与其他楼盘的现金成交"),
    "developer_above_area": _l("房企与同类现金成交"),
    "developer_above_own_cash": _l("房企与自己楼盘的现金成交"),
    "developer_above_elsewhere": _l("房企与其他楼盘的现金成交"),
}
"""Which comparison it was."""

ADJUSTMENTS: Final = {
    "area": _l("面积"),
    "storey": _l("楼层"),
    "rooms": _l("户型"),
    "age": _l("楼龄"),
    "place": _l("位置"),
    "time": _l("时间"),
    "outlier": _l("偏离过大"),
}

LEFT_OUT: Final = {
    "bulk": _l("团购"),
    "staff": _l("员工购房"),
    "cancelled": _l("已注销"),
    "voucher_paid": _l("房票付款"),
    "not_standing": _l("没有生效"),
    "unregistered": _l("登记系统还没有确认"),
    "no_price": _l("没有总价"),
}

CLASSES: Final = (_l("没有"), _l("1 至 4 份"), _l("5 至 19 份"), _l("20 份以上"))
"""How many cash sales a home's own development has, by class of evidence."""

MOST_HOMES: Final = 50
"""So many homes compared together a page shows before it is asked for all: there may be hundreds."""
MOST_NET: Final = 0.15
MOST_GROSS: Final = 0.25
"""Past these the comparables were changed so much that a reader is warned (price evidence, findings)."""


def headline(evidence: AreaEvidence) -> str:
    """Return the signal in a sentence: above comparable cash prices by how much, with the interval."""
    result = evidence.result
    return _(
        "房票价高于可比现金价 %(premium)s（95%% 区间 %(lower)s 至 %(upper)s）",
        premium=percent(result.premium),
        lower=percent(result.lower),
        upper=percent(result.upper),
    )


def percent(share: float) -> str:
    """Return a share as per cent with one decimal: 0.0824 is 8.2%."""
    return f"{share * 100:.1f}%"


def place(evidence: AreaEvidence) -> str:
    """Return what it is about: a home, a development, or a developer's homes in the district."""
    if evidence.home is not None:
        return f"{evidence.home.development} {evidence.home.name}"
    return evidence.development or _("%(developer)s在本区的全部房源", developer=evidence.developer)


def rows(evidence: AreaEvidence) -> list[tuple[Any, ...]]:
    """Return the finding as rows: how much, how sure, out of how many, and by which run."""
    result, run = evidence.result, evidence.run
    return [
        (
            _("高出"),
            _(
                "%(premium)s，平均每套 %(sum)s",
                premium=percent(result.premium),
                sum=formatting.yuan(evidence.difference_fen),
            ),
        ),
        (
            _("95% 区间"),
            _("%(lower)s 至 %(upper)s", lower=percent(result.lower), upper=percent(result.upper)),
        ),
        (_("级别"), LEVELS[evidence.level]),
        (_("比较的房源"), _("%(count)d 套", count=result.listings)),
        (
            _("p 值"),
            _(
                "%(p)s，在 %(family)d 项比较中排第 %(rank)d",
                p=f"{result.p_value:.2g}",
                family=result.family,
                rank=result.rank,
            ),
        ),
        (_("这里最少要高出多少才看得出来"), percent(result.smallest_premium)),
        (
            _("核对批次"),
            _(
                "%(ref)s，对照 %(sales)d 份现金成交，按 %(day)s的行情",
                ref=run.ref,
                sales=run.sales,
                day=formatting.day(run.as_of),
            ),
        ),
        (_("规则版本"), _("第 %(version)d 版", version=evidence.rule_version)),
        (_("发现时间"), formatting.exact_time_element(evidence.found_at)),
    ]


@dataclass(frozen=True)
class Table:
    """Rows of words under heads; all columns but the first two are numbers."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]

    @property
    def columns(self) -> list[Any]:
        """Return the heads as the page's table wants them."""
        return [name if place < 2 else (name, "numeric") for place, name in enumerate(self.heads)]


def comparables(evidence: AreaEvidence, *, most: int | None = None, homes: bool = True) -> Table | None:
    """Return the cash sales that a home was compared with, the heaviest first; None for a group.

    Without ``homes`` each is named by its development alone: what is public of a registered contract.
    """
    basis = evidence.home_basis
    if basis is None:
        return None
    shown = basis.comparables[:most]
    made = [name for name in ADJUSTMENTS if any(one.adjustments.get(name) for one in shown)]
    heads = [_("签订日期"), _("哪一套") if homes else _("楼盘"), _("面积（㎡）"), _("楼层"), _("成交价")]
    heads += [_("%(name)s调整", name=ADJUSTMENTS[name]) for name in made]
    heads += [_("调整后"), _("权重")]
    rows = [
        [
            one.signed_on.isoformat(),
            f"{one.development} {one.home}" if homes else one.development,
            f"{one.area_m2:.2f}",
            str(one.storey),
            formatting.yuan(one.price_fen),
            *(_signed(one.adjustments.get(name, 0)) for name in made),
            formatting.yuan(one.adjusted_fen),
            percent(one.weight),
        ]
        for one in shown
    ]
    total = len(basis.comparables)
    title = _("可比的现金成交（共 %(count)d 份，权重大的在前）", count=total)
    return Table(title, heads, rows)


def most_homes(asked: str | None) -> int | None:
    """Return how many homes compared together a page shows at most; None for all, where asked for them."""
    return None if asked == "all" else MOST_HOMES


def group_homes(evidence: AreaEvidence, *, most: int | None = None) -> Table | None:
    """Return the homes that were compared together, the dearest first; None for a single home."""
    basis = evidence.group_basis
    if basis is None:
        return None
    homes = sorted(basis.homes, key=lambda one: one.expected_fen / one.voucher_fen)
    heads = [_("哪一套"), _("本楼盘现金成交"), _("房票价"), _("可比现金价"), _("相差"), _("高出")]
    rows = [
        [
            f"{one.development} {one.name}",
            str(CLASSES[one.evidence_class]),
            formatting.yuan(one.voucher_fen),
            formatting.yuan(one.expected_fen),
            _signed(one.voucher_fen - one.expected_fen),
            percent(one.voucher_fen / one.expected_fen - 1),
        ]
        for one in homes[:most]
    ]
    return Table(_("一起比较的房源（共 %(count)d 套，高出多的在前）", count=len(homes)), heads, rows)


def others(evidence: AreaEvidence) -> Table | None:
    """Return the independent comparisons that agree; None where there is none."""
    if not evidence.supports:
        return None
    heads = [_("另一项比较"), _("95% 区间"), _("高出"), _("房源（套）")]
    rows = [
        [
            str(NAMES[one.kind]),
            _("%(lower)s 至 %(upper)s", lower=percent(one.lower), upper=percent(one.upper)),
            percent(one.premium),
            str(one.listings),
        ]
        for one in evidence.supports
    ]
    return Table(_("另外的比较也偏高"), heads, rows)


def warnings(evidence: AreaEvidence) -> list[str]:
    """Return what a reader should be careful about, in sentences."""
    told = []
    basis = evidence.home_basis
    if basis is not None and (basis.net_adjustment > MOST_NET or basis.gross_adjustment > MOST_GROSS):
        told.append(
            _(
                "注意：可比成交调整得较多，净调整 %(net)s，毛调整 %(gross)s（一般不超过 15% 和 25%）。",
                net=percent(basis.net_adjustment),
                gross=percent(basis.gross_adjustment),
            )
        )
    if evidence.run.drift_alarm:
        told.append(_("注意：这次核对时行情变动较大，预测不够准，“重点”一律先按“核查”处理。"))
    group = evidence.group_basis
    if group is not None:
        without = group.without_own_sales
        told.append(
            _("不算房企自己的现金成交，高出 %(share)s。", share=percent(without))
            if without is not None
            else _("不算房企自己的现金成交，就没有可比的了。")
        )
    return told


def left_out(evidence: AreaEvidence) -> str:
    """Return which contracts were not compared with, and why, in a sentence."""
    told = [
        _("%(why)s %(count)d 份", why=why, count=count)
        for reason, why in LEFT_OUT.items()
        if (count := evidence.run.left_out.get(reason))
    ]
    if not told:
        return _("没有合同因为团购、员工购房、注销、房票付款等原因不作比较。")
    return _("不作比较的合同：%(list)s。", list=_("、").join(told))


def _signed(fen: int) -> str:
    return f"+{formatting.yuan(fen)}" if fen > 0 else formatting.yuan(fen)
