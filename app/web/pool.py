"""The words and the parts of a page that developer and authority see of the same place in a pool."""

from collections.abc import Sequence
from typing import Any, Final

from app.approvals.models import ApprovalRequest
from app.documents.models import Document
from app.homes.membership import Step
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    "submitted": (_l("已提交，等核对"), "wait"),
    "changes_asked": (_l("等房企补正"), "bad"),
    "admitted": (_l("已入库"), "good"),
    "suspended": (_l("已暂停"), "bad"),
    "left": (_l("已退出"), "plain"),
}
"""The word and the tone of each state, in the order things happen."""

STEPS: Final = {
    "apply": _l("提交入库申请"),
    "send_again": _l("补正后重新提交"),
    "ask_changes": _l("要求补正"),
    "admit": _l("同意入库"),
    "suspend": _l("暂停入库资格"),
    "lift": _l("恢复入库资格"),
    "leave": _l("退出房源库"),
}

EFFECTS: Final = {
    "admit": _l("这家房企可以把房源上架到本区房源库。"),
    "ask_changes": _l("申请退给房企补正，理由会显示给房企。"),
    "suspend": _l("这家房企的房源立即全部退出房源库，正在办的购房照常办理。理由会显示给房企。"),
    "lift": _l("因暂停退出、价格仍合规的房源立即重新上架。"),
    "leave": _l("这家房企的房源立即全部退出房源库。有住户正在购房的，不能退出。"),
}
"""What each step of the authority leads to."""

PAPERS: Final = {
    "licence": _l("营业执照"),
    "undertaking": _l("签字盖章的承诺书"),
    "other": _l("其他材料"),
}


def timeline(steps: Sequence[Step], *, names: bool) -> list[dict[str, Any]]:
    """Return what happened, newest first; ``names`` shows who, as only the authority is told."""
    return [
        {
            "title": STEPS[step.move.action],
            "at": step.move.at,
            "by": step.by if names else None,
            "text": _("理由：%(reason)s", reason=step.move.reason) if step.move.reason else None,
        }
        for step in steps
    ]


def paper_name(paper: Document) -> str:
    """Return what a paper is, with the name its sender gave it."""
    return f"{PAPERS[paper.kind]}：{paper.name}"


def proposed(asked: ApprovalRequest | None) -> dict[str, Any] | None:
    """Return the step that waits for a decision, None when none does."""
    return asked.payload if asked is not None and asked.state == "pending" else None
