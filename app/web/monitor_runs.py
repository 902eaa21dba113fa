"""The words of the monitor's runs."""

from typing import Any, Final

from app.monitor.models import MonitorRun
from app.web import area_signals, formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final = {
    "waiting": (_l("排队中"), "info"),
    "running": (_l("核对中"), "info"),
    "done": (_l("已完成"), "good"),
    "cancelled": (_l("已取消"), "plain"),
    "failed": (_l("没有完成"), "bad"),
}

STAGES: Final = {
    "reading": _l("正在读取房源和现金成交"),
    "comparables": _l("正在找每套房的可比成交"),
    "calibration": _l("正在用过去的成交检验预测准不准"),
    "writing": _l("正在写入结果"),
}

PROBLEMS: Final = {
    "killed": _l("核对中途停了（程序被关闭或重启），结果没有写入，请重新核对。"),
    "error": _l("核对时程序出错，结果没有写入，请联系技术人员。"),
}

LEVELS: Final = {
    "flag": _l("重点"),
    "review": _l("核查"),
    "info": _l("提示"),
    "clear": _l("没有发现"),
    "cannot_tell": _l("说不准"),
}

WHY: Final = {
    "few_sales": _l("登记的现金成交太少，不足 60 份，不能比较。"),
    "no_listings": _l("房源库里没有上架的房源。"),
    "drift_unknown": _l("现金成交的时间太短，看不出行情变化有多大，楼盘和房企没有合并比较。"),
    "few_developments": _l("有两份以上成交的楼盘不到 10 个，楼盘和房企没有合并比较。"),
}


def working(run: MonitorRun) -> str:
    """Return what a run is doing now."""
    if run.cancel_asked_at is not None:
        return _("正在停下来……")
    return str(STAGES.get(run.stage or "", _("正在等待开始")))


def line(run: MonitorRun) -> str:
    """Return a run in a sentence."""
    if run.outcome is None:
        return _("%(state)s。", state=STATES[run.state][0])
    return _(
        "比较了 %(homes)d 套房和 %(sales)d 份现金成交，新线索 %(opened)d 条。",
        homes=run.outcome["listings"],
        sales=run.outcome["sales"],
        opened=run.outcome["opened"],
    )


def rows(run: MonitorRun, changes: dict[str, int]) -> list[tuple[Any, ...]]:
    """Return what a finished run compared and found, as rows."""
    told = run.outcome
    if told is None:
        return []
    return [
        (_("比较的房源"), _("%(count)d 套", count=told["listings"])),
        (_("对照的现金成交"), _("%(count)d 份", count=told["sales"])),
        (_("不作比较的合同"), _left_out(told["left_out"])),
        (_("同一套房，房票价高于现金价"), _("%(count)d 套", count=told["same_home"])),
        (_("楼盘"), _levels(told["developments"], _("个"))),
        (_("房企"), _levels(told["developers"], _("家"))),
        (_("单套房"), _levels(told["homes"], _("套"))),
        (_("线索"), _signals(told)),
        (_("和上一次比"), _changed(changes)),
        (_("没有比较的"), "".join(str(WHY[why]) for why in (told["why"], told["unpooled"]) if why) or None),
        (_("行情变动"), _drift(told["drift"], alarm=run.drift_alarm)),
        (_("用时"), _("%(seconds)s 秒", seconds=told["seconds"])),
        (_("误报率和起点"), _settings(run)),
        (_("规则版本"), _("第 %(version)d 版", version=run.rule_version)),
        (_("数据校验码"), (run.data_hash or "")[:16]),
    ]


def _left_out(counts: dict[str, int]) -> str:
    told = [
        _("%(why)s %(count)d 份", why=why, count=counts[reason])
        for reason, why in area_signals.LEFT_OUT.items()
        if counts.get(reason)
    ]
    return _("、").join(told) or _("没有")


def _levels(counts: dict[str, int], unit: str) -> str:
    told = [
        _("%(level)s %(count)d %(unit)s", level=words, count=counts[level], unit=unit)
        for level, words in LEVELS.items()
        if counts.get(level)
    ]
    return _("，").join(told) or _("没有")


def _signals(told: dict[str, Any]) -> str:
    return _(
        "新增 %(opened)d 条，更新 %(updated)d 条，没有变化 %(unchanged)d 条，失效 %(lapsed)d 条，"
        "已排除的不再提 %(kept)d 条",
        opened=told["opened"],
        updated=told["updated"],
        unchanged=told["unchanged"],
        lapsed=told["lapsed"],
        kept=told["kept_dismissed"],
    )


def _changed(changes: dict[str, int]) -> str | None:
    if not changes:
        return None
    return _(
        "新出现“核查”或“重点”的楼盘和房企 %(worse)d 个，不再是的 %(better)d 个",
        worse=changes["worse"],
        better=changes["better"],
    )


def _drift(drift: dict[str, Any] | None, *, alarm: bool) -> str:
    if drift is None:
        return _("最近的成交太少，没有检验。")
    told = _(
        "最近 %(sales)d 份成交有 %(coverage)s 落在 95%% 区间里，中位偏差 %(error)s。",
        sales=drift["sales"],
        coverage=area_signals.percent(drift["coverage"]),
        error=area_signals.percent(drift["median_error"]),
    )
    return told + (_("预测不够准，“重点”一律先按“核查”处理。") if alarm else _("预测够准。"))


def _settings(run: MonitorRun) -> str:
    return _(
        "误报不超过 %(rate)s，高出 %(least)s 以上才算",
        rate=formatting.percent(run.rate_bp),
        least=formatting.percent(run.materiality_bp),
    )
