"""The words of payments online, their refunds, disputes and daily reports, for every audience."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.payments.card_models import CardDispute, CardPayment, CardRefund
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

PAYMENTS: Final[dict[str, tuple[Any, str]]] = {
    "new": (_l("还没有打开支付页面"), "wait"),
    "open": (_l("等付款"), "wait"),
    "paid": (_l("已经付成"), "good"),
    "ended": (_l("没有付，已经结束"), "plain"),
}

REFUNDS: Final[dict[str, tuple[Any, str]]] = {
    "prepared": (_l("等复核"), "wait"),
    "approved": (_l("已复核，正在请支付公司退"), "info"),
    "sent": (_l("支付公司在退，还没有到账"), "info"),
    "paid": (_l("已经退回"), "good"),
    "failed": (_l("没有退成，要重新办"), "bad"),
    "rejected": (_l("没有退"), "plain"),
}

DISPUTES: Final[dict[str, tuple[Any, str]]] = {
    "won": (_l("判我们赢，钱回来了"), "good"),
    "lost": (_l("判付款人赢，钱没有了"), "bad"),
    "needs_response": (_l("等我们交证据"), "bad"),
    "under_review": (_l("证据交了，等银行判"), "wait"),
    "warning_needs_response": (_l("银行来问，等我们答复"), "wait"),
    "warning_under_review": (_l("已经答复，等银行看"), "wait"),
    "warning_closed": (_l("银行问过，没有拒付"), "plain"),
}
"""The word and the tone of each state; of a dispute Stripe's own states."""

REASONS: Final = {
    "fraudulent": _l("说不是本人付的"),
    "duplicate": _l("说重复付了"),
    "product_not_received": _l("说没有拿到房"),
    "product_unacceptable": _l("说房和说好的不一样"),
    "credit_not_processed": _l("说该退的没有退"),
    "unrecognized": _l("说不认得这笔钱"),
}

DIFFERENCES: Final = {
    "not_ours": _l("支付公司收了，平台没有这笔"),
    "not_theirs": _l("平台记了到账，支付公司没有"),
    "not_credited": _l("支付公司收了，平台还没有入账"),
    "differs": _l("两边金额或币种不一样"),
    "refund_not_ours": _l("支付公司退了，平台没有这笔退款"),
    "refund_not_theirs": _l("平台记了退款，支付公司没有"),
    "refund_differs": _l("两边退款金额不一样"),
    "refund_failed": _l("支付公司没有退成，平台还记着退了"),
    "dispute_not_ours": _l("有拒付，平台没有记"),
}
"""What a difference between our books and Stripe's is."""


def dispute_tag(status: str) -> tuple[Any, str]:
    """Return the word and the tone of a dispute's state; one that Stripe is new to say waits."""
    return DISPUTES.get(status, (status, "wait"))


def dispute_follows(dispute: CardDispute) -> str | None:
    """Return what follows for whoever handles a dispute; None of a lost one that lacks money."""
    if dispute.outcome == "won":
        return _("银行判付款有效：冻结的钱已经算回差价，不用再办。")
    if dispute.outcome == "lost":
        if dispute.lacking_fen:
            return None
        return _(
            "银行把 %(sum)s 判给了付款人，已经从差价里扣掉，不用退给他。还在办的购房，差价又缺了这笔钱："
            "请告诉购房人，照购房页面写的再付一次，付齐以前不能核验。",
            sum=formatting.yuan(dispute.amount_fen),
        )
    if dispute.status.startswith("warning"):
        return _("银行还没有把钱拿走。请在期限以前到支付公司的后台答复，答复以后平台自动跟上。")
    return _(
        "银行判定以前，这笔钱不算到账，购房不能核验。有证据的，请在期限以前到支付公司的后台提交；"
        "判定以后平台自动记账。"
    )


def refund_line(refund: CardRefund) -> str:
    """Return what becomes of money that goes back to its source, as its payer is told."""
    words = {
        "prepared": _("正在办退款，等第二个人复核"),
        "approved": _("已经复核，正在请支付公司退回"),
        "sent": _("支付公司正在退，几个工作日内回到付款的卡或账户"),
        "paid": _("已经退回付款的卡或账户"),
        "failed": _("没有退成，会重新办"),
        "rejected": _("这一次没有退成，会重新办"),
    }
    return _("%(sum)s：%(what)s", sum=formatting.yuan(refund.amount_fen), what=words[refund.state])


def dispute_told(dispute: CardDispute) -> str:
    """Return what a dispute that took a payment means to whoever pays."""
    if dispute.outcome == "lost":
        return _(
            "付款人向银行提出拒付，银行判了退：%(sum)s 已经回到付款的卡或账户，不算到账，差的要再付。",
            sum=formatting.yuan(dispute.amount_fen),
        )
    return _(
        "付款人向银行提出拒付，银行先把 %(sum)s 拿了回去，银行判定以前不算到账。"
        "判照付的，自动算回来。不是您提出的，或者弄错了，请马上问征收办，先不要再付一次。",
        sum=formatting.yuan(dispute.amount_fen),
    )


def payment_rows(payments: Sequence[CardPayment], disputes: Mapping[int, CardDispute]) -> list[list[Any]]:
    """Return the rows of a table of payments: when, number, state, sum."""
    return [
        [
            formatting.time_element(one.paid_at or one.made_at),
            one.ref,
            _("付成以后被拒付") if one.id in disputes else PAYMENTS[one.state][0],
            formatting.yuan(one.captured_fen or one.amount_fen),
        ]
        for one in payments
    ]


def refund_timeline(refund: CardRefund, names: dict[int | None, str]) -> list[dict[str, Any]]:
    """Return the steps of a refund, newest first."""
    ends = {"paid": _("退回到付款的卡或账户"), "failed": _("没有退成：%(why)s", why=refund.failure)}
    steps = (
        (_("填报"), refund.prepared_at, refund.prepared_by_id, None),
        (_("复核通过"), refund.approved_at, refund.approved_by_id, None),
        (_("退回填报"), refund.rejected_at, refund.rejected_by_id, refund.reason),
        (ends.get(refund.state, ""), refund.settled_at, None, None),
    )
    items = [
        {"title": title, "at": at, "by": names.get(by), "text": text} for title, at, by, text in steps if at
    ]
    return sorted(items, key=lambda item: item["at"], reverse=True)
