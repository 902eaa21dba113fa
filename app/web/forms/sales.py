"""Forms about cash sales, of every audience that has one."""

from typing import Final

from app.core import clock
from app.sales.rules import FIRST_DAY
from app.web.forms.base import Choice, Form, QueryForm
from app.web.forms.fields import (
    ConfirmField,
    DateField,
    RadiosField,
    SearchField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l
from app.web.sales import PAYMENTS, STATES

_PAYMENTS = [Choice(payment, text) for payment, text in PAYMENTS.items()]


class FindHomeForm(QueryForm):
    """Finds the home that was sold, on a phone beside the buyer."""

    q = SearchField(_l("楼栋和室号"), noun=_l("楼栋和室号"), hint=_l("例如：3幢 1101；也可以先写楼盘名称"))


class SoldForm(Form):
    """A home sold to a cash buyer."""

    contract_number = TextField(_l("网签合同编号"), most=60, width=20)
    signed_on = DateField(_l("合同签订日期"), first=FIRST_DAY, hint=_l("不改就是今天"))
    price = YuanField(
        _l("合同总价（可以不填）"),
        noun=_l("合同总价"),
        required=False,
        hint=_l("照合同填写，例如 56万 或 560,000"),
    )
    payment = SelectField(
        _l("付款方式（填了总价要选）"), noun=_l("付款方式"), required=False, choices=_PAYMENTS
    )

    @classmethod
    def for_today(cls) -> "SoldForm":
        """Return the form with today's date in its box."""
        return cls(signed_on=clock.today())


class UndoForm(Form):
    """Why a sale is taken back."""

    reason = TextArea(
        _l("撤回的原因"), most=300, rows=3, hint=_l("会留档，主管部门可以看到。例如：点错了房号")
    )


class ConflictFilterForm(QueryForm):
    """Limits the list of conflicts; without a choice the open ones."""

    state = SelectField(
        _l("处理情况"),
        required=False,
        blank=None,
        choices=[Choice("", _l("等处理的")), Choice("all", _l("全部，包括处理完的"))],
    )


class DecisionForm(Form):
    """What an officer decides about a conflict."""

    outcome = RadiosField(
        _l("处理决定"),
        choices=[
            Choice(
                "lock", _l("锁定有效，不采纳线下合同"), hint=_l("住户照常办理购房，房企要和线下买方自行处理")
            ),
            Choice(
                "contract",
                _l("线下合同在先，解除锁定"),
                hint=_l("房票金额马上全部退回住户，这套房记为已售出"),
            ),
        ],
    )
    reason = TextArea(_l("理由和依据"), most=500, hint=_l("住户和房企都会看到这段话。请写清核对了什么。"))
    checked = ConfirmField(
        _l("我已在网签系统里核对过这份合同的编号、房号和签订日期"),
        missing=_l("请先在网签系统里核对，勾选确认后再提交"),
    )


class AddressFilterForm(QueryForm):
    """Limits the list of homes at a taken address; without a choice those that wait."""

    state = SelectField(
        _l("处理情况"),
        required=False,
        blank=None,
        choices=[Choice("", _l("等核对的")), Choice("all", _l("全部，包括处理完的"))],
    )


class AddressForm(Form):
    """What the regulator says of a home at a taken address."""

    outcome = RadiosField(
        _l("核对结果"),
        choices=[
            Choice("other", _l("是另一套房"), hint=_l("可以上架；以前上架过的，马上恢复")),
            Choice("same", _l("就是已经被买下或售出的那套房"), hint=_l("一直不能上架，房企要更正地址")),
        ],
    )
    reason = TextArea(_l("理由和依据"), most=500, hint=_l("房企会看到这段话。请写清核对了什么。"))
    checked = ConfirmField(
        _l("我已核对过两套房的楼栋、单元、楼层和室号"),
        missing=_l("请先核对两套房的地址，勾选确认后再提交"),
    )


NO_HOME: Final = "none"
"""What the form says when the contract sold none of the homes in question."""


class ChooseHomeForm(Form):
    """Which home a contract sold that several answer to."""

    home = RadiosField(_l("合同卖的是哪一套"), choices=[])
    reason = TextArea(_l("理由和依据"), most=500, hint=_l("会留档，监管部门可以看到。请写清查到了什么。"))
    checked = ConfirmField(
        _l("我已在网签系统里核对过这份合同的房企、楼层和房号"),
        missing=_l("请先在网签系统里核对，勾选确认后再提交"),
    )


class SaleFilterForm(QueryForm):
    """Which cash sales to list."""

    words = SearchField(_l("合同编号、楼盘、房号或房企"))
    state = SelectField(
        _l("情况"),
        required=False,
        blank=_l("全部情况"),
        choices=[Choice(state.value, text) for state, (text, _tone) in STATES.items()],
    )
    first = DateField(_l("签订日期从"), noun=_l("开始日期"), required=False)
    last = DateField(_l("到"), noun=_l("结束日期"), required=False)


class ApplyFileForm(Form):
    """Only a button: the file is carried out as foreseen."""
