"""A policy's trial in words: figures side by side, months, and households that could buy nothing."""

from collections.abc import Sequence
from typing import Final

from app.reports.policy_trial import Trial
from app.web import formatting
from app.web.language import gettext as _

MOST_LISTED: Final = 50
"""How many households that could buy nothing are listed for each policy: the poorest first."""

Named = Sequence[tuple[str, Trial]]


def columns(first: str, trials: Named) -> list[str | tuple[str, str]]:
    """Return a table's heads: a name, then a mark for every policy, short enough for a phone."""
    return [first, *((mark, "numeric") for mark, _label in marks(trials))]


def marks(trials: Named) -> list[tuple[str, str]]:
    """Return each policy's mark with its name."""
    return [(mark, label) for mark, (label, _trial) in zip("甲乙丙丁", trials, strict=False)]


def figures(trials: Named) -> list[list[str]]:
    """Return what each policy comes to: a row a figure."""
    rows = {
        _("发放的房票"): [_("%(count)d 张", count=one.vouchers) for _label, one in trials],
        _("票面合计"): [formatting.yuan(one.issued_fen) for _label, one in trials],
        _("用于购房"): [formatting.yuan(one.spent_fen) for _label, one in trials],
        _("奖励合计"): [formatting.yuan(one.bonus_fen) for _label, one in trials],
        _("没有用完"): [formatting.yuan(one.left_fen) for _label, one in trials],
        _("能买的房源"): [_("%(count)d 套", count=one.on_offer) for _label, one in trials],
        _("其中最便宜的一套"): [
            _("没有") if one.cheapest_fen is None else formatting.yuan(one.cheapest_fen)
            for _label, one in trials
        ],
        _("不自己加钱就买不到房的户"): [_("%(count)d 户", count=len(one.unable)) for _label, one in trials],
    }
    if any(one.refused for _label, one in trials):
        rows[_("这一天不能发放")] = [_("%(count)d 张", count=one.refused) for _label, one in trials]
    return [[name, *cells] for name, cells in rows.items()]


def months(trials: Named) -> list[list[str]]:
    """Return the bonus of each month, beside what is spent in it, and in the last row altogether."""
    first = trials[0][1].months
    rows = [
        [
            _("%(year)d年%(month)d月", year=month.first_day.year, month=month.first_day.month),
            *(_month(one, place) for _label, one in trials),
        ]
        for place, month in enumerate(first)
    ]
    return [*rows, [_("合计"), *(formatting.yuan(one.bonus_fen) for _label, one in trials)]]


def _month(trial: Trial, place: int) -> str:
    month = trial.months[place]
    told = _(
        "%(bonus)s（购房 %(spent)s）",
        bonus=formatting.yuan(month.bonus_fen),
        spent=formatting.yuan(month.spent_fen),
    )
    return told + (_("，另付现金 %(sum)s", sum=formatting.yuan(month.cash_fen)) if month.cash_fen else "")


def unable(trial: Trial) -> list[list[str]]:
    """Return the households that could buy nothing by themselves, the poorest first."""
    return [
        [
            one.holder_name,
            formatting.yuan(one.face_fen),
            formatting.yuan(one.pays_fen),
            "" if trial.cheapest_fen is None else formatting.yuan(trial.cheapest_fen - one.pays_fen),
        ]
        for one in trial.unable[:MOST_LISTED]
    ]
