"""The words of top-ups, of the lines that bring them and of refunds, for every audience that sees them."""

from collections.abc import Sequence
from typing import Any, Final

from app.core import clock
from app.ledger.bank_models import BankPayment
from app.payments.kinds import STEPS as NEXT
from app.payments.kinds import Kind, Stage
from app.payments.models import StatementLine
from app.payments.queries import LineStory
from app.payments.refund_models import Refund
from app.redemptions.top_up_queries import PartStanding, TopUpStanding
from app.web import formatting
from app.web.kin import MONEY
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

LINES: Final[dict[str, tuple[Any, str]]] = {
    "open": (_l("还没有对上"), "wait"),
    "matched": (_l("已经对上"), "good"),
    "aside": (_l("不是差价，放在一边"), "plain"),
}

STATEMENTS: Final[dict[str, tuple[Any, str]]] = {
    "waiting": (_l("等第二个人复核"), "wait"),
    "confirmed": (_l("和银行的一致"), "good"),
    "rejected": (_l("退回了，到账不算"), "bad"),
}

REFUNDS: Final[dict[str, tuple[Any, str]]] = {
    "prepared": (_l("等复核"), "wait"),
    "approved": (_l("已复核，等银行付款"), "info"),
    "paid": (_l("已经退回"), "good"),
    "returned": (_l("银行退了回来，要重新退"), "bad"),
    "rejected": (_l("没有退"), "plain"),
}
"""The word and the tone of each state."""

STAGES: Final = {
    Stage.ASKED: _l("等您去申请：带上购房合同，到银行（公积金中心）交材料"),
    Stage.FILED: _l("材料已交，等银行（公积金中心）审批"),
    Stage.APPROVED: _l("已经批准，等银行（公积金中心）放款到监管账户"),
    Stage.REFUSED: _l("没有批准。请改用别的方式付，把下面的金额改一改"),
}
"""Who has to act until a loan arrives."""

STEPS: Final = {
    Stage.FILED: _l("材料已经交了"),
    Stage.APPROVED: _l("已经批准了"),
    Stage.REFUSED: _l("没有批准"),
}
"""What can be noted of a loan."""


def part_rows(top_up: TopUpStanding) -> list[tuple[str, str]]:
    """Return where the money comes from, and for each kind what arrived and who has to act."""
    return [(str(MONEY[part.kind]), _part(part)) for part in top_up.parts]


def _part(part: PartStanding) -> str:
    arrived = formatting.yuan(part.arrived_fen)
    if part.amount_fen is None:
        return _("已到账 %(arrived)s", arrived=arrived)
    sums = _("%(sum)s，已到账 %(arrived)s", sum=formatting.yuan(part.amount_fen), arrived=arrived)
    if part.stage is None or part.arrived_fen >= part.amount_fen:
        return sums
    told = _("%(sums)s。%(stage)s", sums=sums, stage=STAGES[part.stage])
    if part.bank is None or part.expected_on is None or part.stage is Stage.REFUSED:
        return told
    day = formatting.day(part.expected_on)
    where = _("%(told)s。%(bank)s，大约 %(day)s放款", told=told, bank=part.bank, day=day)
    late = part.expected_on < clock.today()
    return _("%(where)s，这一天已经过了，请问一问那边", where=where) if late else where


def loan_steps(top_up: TopUpStanding) -> list[tuple[Kind, Stage, str]]:
    """Return what can be noted now of each loan that has not arrived, with the words of the way there."""
    return [
        (part.kind, stage, loan_step(part.kind, stage))
        for part in top_up.parts
        if part.stage is not None and not top_up.ended and part.arrived_fen < (part.amount_fen or 0)
        for stage in NEXT[part.stage]
    ]


def loan_step(kind: Kind, stage: Stage) -> str:
    """Return what is said of a loan by noting how far it is."""
    return _("%(money)s：%(stage)s", money=MONEY[kind], stage=STEPS[stage])


def refund_line(refund: Refund) -> str:
    """Return what becomes of money that goes back, as its payer is told."""
    words = {
        "prepared": _("正在办退款，等第二个人复核"),
        "approved": _("已经复核，等银行退到付款的账户"),
        "paid": _("%(day)s已经退到付款的账户", day=formatting.day(refund.paid_on) if refund.paid_on else ""),
        "returned": _("银行没有退成，会重新办，请到窗口说清收款的账号"),
        "rejected": _("这一次没有退成，会重新办"),
    }
    return _("%(sum)s：%(what)s", sum=formatting.yuan(refund.amount_fen), what=words[refund.state])


def line_timeline(line: StatementLine, story: LineStory) -> list[dict[str, Any]]:
    """Return everything that was done with a line, newest first."""
    items: list[dict[str, Any]] = [{"title": _("导入"), "at": line.statement.imported_at}]
    for match in story.matches:
        what = _("%(ref)s，%(kind)s", ref=match.top_up.ref, kind=MONEY[match.kind])
        by = story.names.get(match.matched_by_id)
        items.append({"title": _("对上"), "at": match.matched_at, "by": by, "text": what})
        if match.taken_back_at:
            text = _("%(ref)s。理由：%(reason)s", ref=match.top_up.ref, reason=match.reason)
            by = story.names.get(match.taken_back_by_id)
            items.append({"title": _("撤回"), "at": match.taken_back_at, "by": by, "text": text})
    for aside in story.asides:
        by, text = story.names.get(aside.by_id), _("理由：%(reason)s", reason=aside.reason)
        items.append({"title": _("放到一边"), "at": aside.at, "by": by, "text": text})
        if aside.back_at:
            by = story.names.get(aside.back_by_id)
            items.append({"title": _("放回来"), "at": aside.back_at, "by": by})
    return sorted(items, key=lambda item: item["at"], reverse=True)


def refund_timeline(
    refund: Refund, names: dict[int | None, str], returned: Sequence[BankPayment]
) -> list[dict[str, Any]]:
    """Return the steps of a refund, newest first."""
    steps: Sequence[tuple[str, Any, int | None, str | None]] = (
        (_("经办人填报"), refund.prepared_at, refund.prepared_by_id, None),
        (_("复核通过"), refund.approved_at, refund.approved_by_id, None),
        (_("登记银行付款"), refund.paid_at, refund.paid_by_id, refund.bank_ref),
        *((_("银行退了回来"), one.returned_at, one.returned_by_id, one.reason) for one in returned),
        (_("退回，不退款"), refund.rejected_at, refund.rejected_by_id, refund.reason),
    )
    done = [step for step in steps if step[1] is not None]
    return [
        {"title": title, "at": at, "by": names.get(by), "text": text} for title, at, by, text in done[::-1]
    ]
