"""The words of a signal that voucher prices are above comparable cash sales."""

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


def headline(evidence: AreaEvidence) -> str:
    """Return the signal in a sentence: above comparable cash prices by how much, with the interval."""
    result = evidence.result
    return _(
        "房票价高于同类现金成交 %(premium)s（%(lower)s 至 %(upper)s）",
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
                "%(ref)s，对照 %(sales)d 份现金成交，按 %(day)s 的行情",
                ref=run.ref,
                sales=run.sales,
                day=formatting.day(run.as_of),
            ),
        ),
        (_("规则版本"), _("第 %(version)d 版", version=evidence.rule_version)),
        (_("发现时间"), formatting.exact_time_element(evidence.found_at)),
    ]
