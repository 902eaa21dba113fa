"""The words that household and authority see of a bonus in cash."""

from typing import Any, Final

from app.redemptions.cash_models import CashBonus
from app.redemptions.cash_queries import account_of
from app.redemptions.cash_states import State
from app.web import formatting
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

STATES: Final[dict[str, tuple[Any, str]]] = {
    State.OWED: (_l("等登记收款账户"), "wait"),
    State.PREPARED: (_l("等复核账户"), "wait"),
    State.APPROVED: (_l("等银行付款"), "info"),
    State.PAID: (_l("已付"), "good"),
    State.TAKEN_BACK: (_l("购房撤销或房价更正，奖励收回"), "plain"),
}
"""The word and the tone of each state, in the order things happen."""


def household_line(bonus: CashBonus) -> str:
    """Return in a sentence how much a household gets and where it stands."""
    told = _("%(sum)s：%(state)s", sum=formatting.yuan(bonus.due_fen), state=STATES[bonus.state][0])
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
