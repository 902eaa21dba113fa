"""The steps of an ending that officers and checkers take: their words, and the form of each."""

from typing import Final

from app.vouchers.ending_states import Action
from app.web.authority.cases import Step
from app.web.forms.authority import ReasonForm, SendBackForm
from app.web.forms.base import Form
from app.web.forms.cash_bonuses import PrepareHeirForm
from app.web.forms.endings import (
    ApproveEndingForm,
    ApproveUnpaidForm,
    DecideForm,
    DecideHeirForm,
    EnterClaimForm,
    PayForm,
    PrepareForm,
    PrepareUnpaidForm,
    ReturnedForm,
)
from app.web.language import lazy_gettext as _l

STEPS: Final = {
    Action.PREPARE: Step(
        _l("核对后提交复核"),
        _l("提交复核"),
        _l("由另一个人复核，通过以后才付款。"),
        _l("已提交复核。"),
        PrepareForm,
    ),
    Action.ENTER: Step(
        _l("登记交来的申请"),
        _l("提交复核"),
        _l("按申请日算领多少，由另一个人复核；有止付的，先记下申请日。"),
        _l("申请已登记。"),
        EnterClaimForm,
    ),
    Action.DECIDE: Step(
        _l("决定余额怎么办"),
        _l("提交复核"),
        _l("由另一个人复核，通过以后生效。"),
        _l("决定已提交复核。"),
        DecideForm,
    ),
    Action.PREPARE_HEIR: Step(
        _l("持有人去世，登记代领人"),
        _l("提交复核"),
        _l("由另一个人对照材料核对，通过以后付给代领人一个人。怎么分由继承人自己办，征收办不分。"),
        _l("已提交复核。"),
        PrepareHeirForm,
        warning=True,
    ),
    Action.DECIDE_HEIR: Step(
        _l("持有人去世，决定付给代领人"),
        _l("提交复核"),
        _l("由另一个人对照材料核对，通过以后付给代领人一个人。怎么分由继承人自己办，征收办不分。"),
        _l("决定已提交复核。"),
        DecideHeirForm,
        warning=True,
    ),
    Action.REFUSE: Step(
        _l("退回这个申请"),
        _l("确认退回"),
        _l("金额全部回到房票，在使用期限内可以继续用。"),
        _l("申请已退回，金额回到房票。"),
        ReasonForm,
        warning=True,
    ),
    Action.PAY: Step(
        _l("登记付款"),
        _l("登记付款"),
        _l("登记以后不能改。请按银行回单填写。"),
        _l("付款已登记。"),
        PayForm,
    ),
    Action.RETURN: Step(
        _l("登记银行退票"),
        _l("登记退票"),
        _l("这笔钱重新等着付。请被征收人到窗口登记另一个账户，两个人核对以后再付。"),
        _l("退票已登记，等被征收人登记另一个账户。"),
        ReturnedForm,
        warning=True,
    ),
    Action.RECALL: Step(
        _l("账户不对，换一个账户"),
        _l("确认换账户"),
        _l("先问清银行没有付出。请被征收人到窗口登记另一个账户，两个人核对以后再付。"),
        _l("这个账户不再付款，等被征收人登记另一个账户。"),
        SendBackForm,
        warning=True,
    ),
    Action.APPROVE: Step(
        _l("复核通过"),
        _l("通过"),
        _l("余额离开房票，不能撤回。"),
        _l("已通过复核。"),
        ApproveEndingForm,
    ),
    Action.SEND_BACK: Step(
        _l("退回经办人"),
        _l("确认退回"),
        _l("由经办人改正以后重新提交；金额仍然留着，不能用来买房。"),
        _l("已退回经办人。"),
        SendBackForm,
        warning=True,
    ),
}


OF_HEIRS: Final = frozenset({Action.PREPARE_HEIR, Action.DECIDE_HEIR})
"""What is done only where the holder died."""
UNPAID: Final[dict[type[Form], type[Form]]] = {
    PrepareForm: PrepareUnpaidForm,
    ApproveEndingForm: ApproveUnpaidForm,
}
"""What is asked instead where nothing goes to an account."""
