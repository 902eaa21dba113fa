"""The words that household and authority see of stops."""

from collections.abc import Collection
from typing import Any, Final

from app.core import clock
from app.vouchers.queries import WalletVoucher
from app.vouchers.rules import Standing
from app.vouchers.stop_models import VoucherStop
from app.vouchers.stop_rules import EVIDENCE
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

KINDS: Final[dict[str, Any]] = {
    "loss": _l("挂失"),
    "suspended": _l("暂停"),
    "court": _l("法院冻结"),
    "death": _l("持有人去世"),
}

CHANNELS: Final[dict[str, Any]] = {
    "page": _l("住户自己在网页上办的"),
    "phone": _l("打电话来办的"),
    "counter": _l("到窗口办的"),
}

_WISHES: Final[dict[str, Any]] = {
    "confirm": _l("等复核人确认"),
    "lift": _l("等复核人同意解除"),
    "renew": _l("等复核人同意续封"),
}

_ASKED: Final[dict[str, tuple[Any, Any]]] = {
    "confirm": (_l("确认止付"), _l("通过以后继续止付，到解除为止。")),
    "lift": (_l("解除止付"), _l("通过以后马上解除。没有别的止付的，房票可以再用。")),
    "renew": (_l("续封"), _l("通过以后马上按新的日期冻结。")),
}

_REISSUE: Final = _l("补发纸质房票")
"""What freeing a lost voucher is called on every page: its household was told to come for that."""

_ENDS: Final[dict[str, Any]] = {
    "lifted": _l("已解除"),
    "rejected": _l("没有确认，已结束"),
    "fell": _l("没有按时确认，自动结束"),
    "over": _l("法院的期限到了，已结束"),
    "inherited": _l("已由继承人继承"),
}

_DO: Final[dict[str, Any]] = {
    "loss": _l("请带身份证到征收办窗口补发。核对身份、两个人先后办好以后，换印一张新的纸质房票，金额不变。"),
    "suspended": _l("征收办有疑问，正在核对，核对清楚、两个人办好以后才恢复。请带材料到窗口问。"),
    "court": _l("要解除，请找作出冻结的法院。征收办收到法院的解除文书才能解除。"),
    "death": _l("请继承人带死亡证明、继承公证书或者法院文书，到征收办窗口办继承。"),
}

_WAITS: Final[dict[str, Any]] = {
    "loss": _l("等持有人带身份证到窗口。核对身份以后按“补发纸质房票”，由另一个人复核，再换印新的纸质房票。"),
    "suspended": _l("核对清楚以后解除，由另一个人复核。"),
    "court": _l("收到法院的解除或者续封文书以后再办，由另一个人复核。没有续封的，到期自动结束。"),
    "death": _l("等继承人带材料到窗口。材料齐全以后按“交给继承人”；登记错了的才解除。"),
}
"""What the office does next about a stop for which nothing waits for a checker."""

_EVIDENCE: Final[dict[str, Any]] = {
    "caller_id": _l("来电、来人的姓名和身份证号后六位，和名册一致"),
    "loss_report": _l("挂失申请表（到窗口的，本人签字）"),
    "holder_id": _l("本人身份证，当面核对"),
    "loss_report_signed": _l("签了字的挂失、补发申请表"),
    "doubt": _l("写明疑问的记录，例如举报、审计意见"),
    "finding": _l("核对的结论"),
    "court_order": _l("法院的裁定书"),
    "court_assistance": _l("协助执行通知书"),
    "court_officers": _l("两名执行人员的工作证、执行公务证"),
    "court_lifting": _l("法院的解除裁定书"),
    "court_renewal": _l("法院的续封裁定书"),
    "death_certificate": _l("死亡证明，或者户口注销证明"),
    "death_error": _l("证明登记错了的材料"),
    "kin_proof": _l("户口簿、出生证、结婚证等亲属关系证明"),
    "heirs_title": _l("继承公证书、法院的判决书或调解书，或者全体继承人的协议"),
    "heirs_ids": _l("每个继承人的身份证"),
    "heirs_waivers": _l("放弃继承的，本人签的声明"),
    "heirs_signed": _l("全体继承人签了字的继承申请表"),
    "heirs_chosen": _l("不止一个继承人的，全体签字的推举书，写明由谁代领，最好经过公证"),
    "payee_id": _l("代领人的身份证和本人的银行卡"),
    "both_ids": _l("双方身份证，当面核对"),
    "form_signed": _l("签了字的申请表"),
    "divorce_certificate": _l("离婚证；法院判决、调解离婚的没有，不用带"),
    "divorce_title": _l("离婚协议，或者法院的判决书、调解书"),
}


def evidence_of(event: str) -> list[str]:
    """Return the papers to look at when something happens to a voucher (``stop_rules.EVIDENCE``)."""
    return [str(_EVIDENCE[one]) for one in EVIDENCE[event]]


def waits_for(stop: VoucherStop) -> Any:
    """Return in a sentence what comes next about a stop, for the office; nothing once it ended."""
    if stop.ended_at is not None:
        return ""
    return _("等复核人决定。") if stop.wish else _WAITS[stop.kind]


def title_of(stop: VoucherStop) -> str:
    """Return what a stop is in a few words, with the sum where it is of a part."""
    what = str(KINDS[stop.kind])
    if stop.sum_fen is not None:
        return _("%(what)s %(sum)s", what=what, sum=formatting.yuan(stop.sum_fen))
    return what


def lifting(stop: VoucherStop) -> Any:
    """Return what it is called to ask that a stop ends."""
    return _REISSUE if stop.kind == "loss" else _("申请解除止付")


def lifted(stop: VoucherStop) -> Any:
    """Return what follows once it is asked that a stop ends."""
    if stop.kind == "loss":
        return _("由另一个人看过材料以后，窗口才能换印新的纸质房票，在这以前仍然止付。")
    return _("由另一个人看过材料以后才解除，在这以前仍然止付。")


def asked(stop: VoucherStop) -> tuple[Any, Any]:
    """Return what an officer asks a checker for about a stop, and what follows from agreeing."""
    if stop.kind == "loss" and stop.wish == "lift":
        return _REISSUE, _("通过以后马上解除止付，窗口就可以换印一张新的纸质房票，金额不变。")
    return _ASKED[str(stop.wish)]


def tag_of(stop: VoucherStop) -> tuple[Any, str]:
    """Return word and tone for where a stop stands."""
    is_loss = stop.kind == "loss"
    if stop.ended_how is not None:
        return _("已同意补发") if is_loss and stop.ended_how == "lifted" else _ENDS[stop.ended_how], "plain"
    if stop.wish is not None:
        return _("等复核人同意补发") if is_loss and stop.wish == "lift" else _WISHES[stop.wish], "wait"
    return _("正在止付"), "bad"


def since(stop: VoucherStop) -> str:
    """Return in a sentence what stops a voucher, and since when."""
    what = title_of(stop)
    day = formatting.moment(stop.began_at)
    if stop.until_on is not None:
        return _(
            "%(what)s，从%(day)s起，到 %(until)s24:00 为止。%(court)s，%(document)s。",
            what=what,
            day=day,
            until=formatting.day(stop.until_on),
            court=stop.court,
            document=stop.document,
        )
    if stop.kind == "suspended":
        return _("%(what)s，从%(day)s起。原因：%(reason)s", what=what, day=day, reason=stop.reason)
    return _("%(what)s，从%(day)s起。", what=what, day=day)


def can_begin(purse: WalletVoucher, standing: Collection[VoucherStop]) -> dict[str, Any]:
    """Return what may be noted of a voucher now; of a kind that stands only another order of a court.

    Of one that ended nobody can spend anything: only who its money belongs to matters, while some is to come.
    """
    live = {stop.kind for stop in standing if stop.ended_at is None}
    kinds = {kind: text for kind, text in KINDS.items() if kind == "court" or kind not in live}
    if purse.standing is not Standing.ENDED:
        return kinds
    is_owed = purse.ending is not None and purse.ending.state not in ("closed", "paid")
    if not (is_owed or purse.spent_fen or purse.before_fen):
        return {}
    return {kind: text for kind, text in kinds.items() if kind in ("court", "death")}


def what_to_do(stop: VoucherStop) -> str:
    """Return in a sentence what the household can do about a stop, and whom to ask."""
    if stop.kind == "suspended" and stop.confirmed_at is None:
        return _(
            "征收办有疑问，正在核对。三个工作日内要由另一个人确认，没有按时确认的，自动恢复。请带材料到窗口问。"
        )
    return str(_DO[stop.kind])


def what_goes_on(purse: WalletVoucher) -> str:
    """Return in a sentence what a stop of the whole voucher does not hold up."""
    rule = purse.policy.inheritance
    if rule.is_term_suspended and any(stop.kind == "death" for stop in purse.stops):
        if rule.most_days:
            return _(
                "以前锁定的房、签了的合同照常办；使用期限从去世那天起停下，到继承办好为止，"
                "最多停 %(most)d 天。",
                most=rule.most_days,
            )
        return _("以前锁定的房、签了的合同照常办；使用期限从去世那天起停下，到继承办好为止。")
    return _("以前锁定的房、签了的合同照常办；使用期限照算，不停。")


def next_day(stop: VoucherStop) -> str:
    """Return in a few words by when somebody has to act on a stop that stands."""
    if stop.confirm_by is not None and stop.confirmed_at is None:
        return _("%(day)s24:00 以前确认，过了就自动结束", day=formatting.last_day(stop.confirm_by))
    if stop.until_on is not None:
        left = (stop.until_on - clock.today()).days
        return _("冻结到 %(day)s24:00，还有 %(left)d 天", day=formatting.day(stop.until_on), left=left)
    return ""
