"""Words on whether slow settlement may be a reason, as they stand beside a price signal."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from app.cases.late_settlement import LateSettlement, of_signal
from app.cases.queries import SignalView
from app.policies.models import PolicyVersion
from app.settlements.lateness import Lateness
from app.web import formatting
from app.web.language import gettext as _


def lines(session: Session, view: SignalView) -> list[str]:
    """Return what to read of it beside a signal, sentence by sentence; none where it is no question."""
    found = of_signal(session, view.signal)
    if found is None:
        return []
    told = _policies(found)
    if found.lateness is not None:
        told += [
            *_facts(found.lateness),
            _("是否成立由监管部门判断。线索、房源下架都不会因此自动撤销，价格规则照样执行。"),
        ]
    return told


def _policies(found: LateSettlement) -> list[str]:
    told = []
    if found.allowing:
        told.append(
            _(
                "按%(policies)s，政府结算慢可以作为房票价高于现金价的理由，房企可以在答复里提出。",
                policies=_names(found.allowing),
            )
        )
    if found.refusing:
        told.append(
            _("按%(policies)s，政府结算慢不是房票价高于现金价的理由。", policies=_names(found.refusing))
        )
    return told


def _names(versions: Sequence[PolicyVersion]) -> str:
    return "、".join(
        _("《%(title)s》第 %(version)d 版", title=one.title, version=one.version) for one in versions
    )


def _facts(late: Lateness) -> list[str]:
    day = formatting.day(late.day)
    if not late.paid_late and not late.overdue:
        return [_("截至%(day)s，本区付给这家房企的房款没有超过期限的。", day=day)]
    told = []
    if late.paid_late:
        told.append(
            _(
                "截至%(day)s，本区已付给这家房企 %(paid)d 笔房款，其中 %(late)d 笔超过期限，"
                "最长晚 %(days)d 天；晚付的有 %(claimed)d 笔是房企过了期限才申请的。",
                day=day,
                paid=late.paid,
                late=late.paid_late,
                days=late.paid_days,
                claimed=late.claimed_late,
            )
        )
    if late.overdue:
        told.append(
            _(
                "截至%(day)s，还有 %(overdue)d 笔到期没有付清，最长已晚 %(days)d 天；"
                "其中 %(unclaimed)d 笔房企还没有申请。",
                day=day,
                overdue=late.overdue,
                days=late.overdue_days,
                unclaimed=late.unclaimed,
            )
        )
    return told
