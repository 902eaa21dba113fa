"""What was done with a price signal, step by step, in words for either side."""

from datetime import datetime
from typing import Final

from app.cases.queries import Step
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STEPS: Final = {
    "find": _l("系统发现线索"),
    "dismiss": _l("排除线索"),
    "open": _l("立案"),
    "watch": _l("列为关注"),
    "merge": _l("合并到另一条线索"),
    "split": _l("从合并中拆出"),
    "dismiss_along": _l("随主线索排除"),
    "open_along": _l("随主线索立案"),
    "assign": _l("分派"),
    "remark": _l("内部备注"),
    "ask": _l("请房企答复"),
    "answer": _l("房企答复"),
    "lapse": _l("合同有变，线索失效"),
    "note": _l("合同有变，记入案件"),
}

_BY_SYSTEM: Final = ("find", "lapse", "note")

Told = tuple[datetime, str, str, str | None]
"""When, what, by whom, and in which words."""


def told(step: Step) -> Told:
    """Return one step as a timeline shows it."""
    by = step.by or (_("系统") if step.action in _BY_SYSTEM else _("监管部门"))
    return step.at, _title(step), by, step.reason


def timeline(steps: tuple[Step, ...], before: list[Told]) -> list[dict[str, object]]:
    """Return what happened, newest first: what came before the signal, then its steps."""
    happened = sorted([*before, *(told(step) for step in steps)], key=lambda item: item[0])
    return [{"at": at, "title": title, "by": by, "text": text} for at, title, by, text in reversed(happened)]


def _title(step: Step) -> str:
    words = str(STEPS[step.action])
    if step.action == "assign":
        return _("分派给%(name)s", name=step.assignee) if step.assignee else _("取消分派")
    if step.other:
        return _("%(step)s：%(ref)s", step=words, ref=step.other)
    if step.action == "watch" and step.until:
        return _("%(step)s，%(day)s再看", step=words, day=formatting.day(step.until))
    if step.until:
        return _("%(step)s，期限%(day)s", step=words, day=formatting.day(step.until))
    return words
