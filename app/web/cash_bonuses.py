"""The words that household and authority see of a bonus in cash."""

from typing import Any, Final

from app.extensions import db
from app.ledger.bank import list_returned
from app.redemptions.beyond import interest_now
from app.redemptions.cash import owner_of
from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_queries import account_of, is_of_heirs, stopped_voucher
from app.redemptions.cash_states import OPEN, State
from app.redemptions.later import day_of, less_now
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l
from app.web.policies import DECIDED_BY

STATES: Final[dict[str, tuple[Any, str]]] = {
    State.WAITING: (_l("等不动产权证"), "wait"),
    State.OWED: (_l("等登记收款账户"), "wait"),
    State.PREPARED: (_l("等复核账户"), "wait"),
    State.APPROVED: (_l("等银行付款"), "info"),
    State.PAID: (_l("已付"), "good"),
    State.TAKEN_BACK: (_l("购房撤销、房价更正或过了奖励期，不再发放"), "plain"),
}
"""The word and the tone of each state, in the order things happen."""


def household_line(
    bonus: CashBonus, *, is_one_of_several: bool = False, is_certificate_in: bool = False
) -> str:
    """Return in a sentence how much a household gets and where it stands.

    ``is_one_of_several``: the purchase earned more than one, each paid by itself, so its voucher is named.
    ``is_certificate_in``: the certificate that it waits for was reported or brought, and is being looked up.
    """
    interest = interest_line(bonus)
    told = _("%(sum)s：%(state)s", sum=formatting.yuan(whole_fen(bonus)), state=STATES[bonus.state][0])
    if is_one_of_several:
        told = _("房票 %(ref)s 的 %(told)s", ref=bonus.allocation.voucher.ref, told=told)
    told += _("。其中锁定以后的利息 %(interest)s", interest=interest) if interest else ""
    decided = decided_line(bonus)
    told += f"。{decided}" if decided else ""
    is_for_heirs = bonus.state == State.OWED and is_of_heirs(db.session(), bonus)
    if bonus.state in OPEN and not is_for_heirs and stopped_voucher(db.session(), bonus) is not None:
        told += _("。房票正在止付，止付结束以后才付")
    if bonus.state == State.WAITING and is_certificate_in:
        return told + _("。不动产权证已经登记，征收办核对以后会通知您，现在不用再跑一趟。")
    if bonus.state == State.WAITING:
        return told + _(
            "。这套房的不动产权证办好、征收办核对以后才发。"
            "证已经办好的，请带身份证、不动产权证和银行卡到窗口办理。"
        )
    if is_for_heirs:
        return (
            told
            + _came_back(bonus)
            + _(
                "。持有人去世的，由继承人领；不止一个继承人的，一起推举一个人代领。请带死亡证明、继承公证书"
                "或者法院文书、全体继承人签字的推举书、代领人的身份证和银行卡到窗口。"
            )
        )
    if bonus.state == State.OWED:
        return told + _came_back(bonus) + _("。请带身份证和银行卡到窗口登记本人账户。")
    if end := account(bonus, is_whole=False):
        told += _("，%(bank)s，%(end)s", bank=bonus.bank, end=end)
    if bonus.paid_on is not None:
        return told + _("，%(day)s", day=formatting.day(bonus.paid_on))
    return told


def _came_back(bonus: CashBonus) -> str:
    """Return that what was paid came back, and why; empty where nothing did."""
    returned = list_returned(db.session(), district_id=bonus.district_id, owner=owner_of(bonus))
    return _("。上次付的退了回来（%(why)s），钱还是您的", why=returned[-1].reason) if returned else ""


def sum_label(bonus: CashBonus) -> str:
    """Return what the sum is called: owed, or paid already."""
    return _("已付") if bonus.state == State.PAID else _("应付")


def whole_fen(bonus: CashBonus) -> int:
    """Return what was paid, or would be today, with its interest, in fen."""
    session = db.session()
    return bonus.due_fen + interest_now(session, bonus) - less_now(session, bonus)


def decided_line(bonus: CashBonus) -> str | None:
    """Return by which day it is what it is, and how much less than the lock said; None where that decided."""
    if bonus.decided_by is None:
        return None
    event, most = DECIDED_BY[bonus.decided_by], formatting.yuan(bonus.due_fen)
    if bonus.state == State.TAKEN_BACK:
        return _("锁定时说的是最多 %(most)s，以%(event)s那天为准", most=most, event=event)
    day = day_of(bonus)
    if day is None:
        return _("以%(event)s那天为准，这里先按今天算，最多 %(most)s", event=event, most=most)
    return _(
        "按%(event)s那天（%(day)s）算，锁定时说的是最多 %(most)s",
        event=event,
        day=formatting.day(day),
        most=most,
    )


def interest_line(bonus: CashBonus) -> str | None:
    """Return what of it is interest after the lock, and to which day; None where none runs on."""
    if not bonus.runs_on or bonus.state == State.TAKEN_BACK:
        return None
    fen = formatting.yuan(interest_now(db.session(), bonus))
    until = bonus.runs_to or bonus.ordered_on or bonus.paid_on
    if until is None:
        return _("%(fen)s，算到今天；以付款那天为准", fen=fen)
    return _("%(fen)s，算到%(day)s", fen=fen, day=formatting.day(until))


def account(bonus: CashBonus, *, is_whole: bool) -> str | None:
    """Return the account that is paid, in groups of four, or its last four; None without one."""
    number = account_of(bonus)
    if number is None:
        return None
    if not is_whole:
        return _("尾号 %(end)s", end=number[-4:])
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
