"""The words that household and authority see of a bonus in cash."""

from typing import Any, Final

from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_queries import account_of
from app.redemptions.cash_states import Action, State
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    State.OWED: (_l("等登记收款账户"), "wait"),
    State.PREPARED: (_l("等复核账户"), "wait"),
    State.APPROVED: (_l("等银行付款"), "info"),
    State.PAID: (_l("已付"), "good"),
    State.TAKEN_BACK: (_l("购房撤销，奖励收回"), "plain"),
}
"""The word and the tone of each state, in the order things happen."""

ACTS: Final = {
    Action.PREPARE: (_l("登记收款账户"), _l("提交复核"), _l("由另一个人核对，通过以后才付款。")),
    Action.APPROVE: (_l("复核通过"), _l("通过"), _l("通过以后等银行付款。")),
    Action.SEND_BACK: (
        _l("账户不对，退回"),
        _l("确认退回"),
        _l("先问清银行没有付出。请被征收人登记另一个账户，两个人核对以后再付。"),
    ),
    Action.PAY: (_l("登记付款"), _l("登记付款"), _l("登记以后不能改。请按银行回单填写。")),
    Action.RETURN: (
        _l("登记退回"),
        _l("登记退回"),
        _l("银行退票，或者购房撤销前被征收人交回。这笔钱重新等着付。"),
    ),
}
"""Title, button and what follows of each act."""
WARNINGS: Final = frozenset({Action.SEND_BACK, Action.RETURN})


def household_line(bonus: CashBonus) -> str:
    """Return in a sentence how much a household gets and where it stands."""
    told = _("%(sum)s：%(state)s", sum=formatting.yuan(bonus.fen), state=STATES[bonus.state][0])
    if bonus.state == State.OWED:
        return told + _("。请带身份证和银行卡到窗口登记本人账户。")
    if bonus.paid_on is not None:
        return told + _("，%(day)s", day=formatting.day(bonus.paid_on))
    return told


def account(bonus: CashBonus, *, is_whole: bool) -> str | None:
    """Return the account that is paid, in groups of four, or its last four; None without one."""
    number = account_of(bonus)
    if number is None:
        return None
    if not is_whole:
        return _("尾号 %(end)s", end=number[-4:])
    return " ".join(number[at : at + 4] for at in range(0, len(number), 4))
