"""Forms about money that comes in."""

from datetime import date

from app.payments.accounts import AccountTyped
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import DateField, FileField, RadiosField, TextArea, TextField
from app.web.language import lazy_gettext as _l


class StatementForm(Form):
    """Takes a bank's statement."""

    file = FileField(
        _l("银行流水（CSV）"),
        noun=_l("银行流水文件"),
        accept=".csv,text/csv",
        hint=_l("表头要有：流水号、交易日期、收入金额、对方户名，最好有摘要。以前导入过的流水号不会重复。"),
    )


class MatchForm(Form):
    """Says which top-up a received sum is."""

    top_up = TextField(_l("自付差价编号"), most=40, width=20, hint=_l("以 ZF 开头"))


class AccountForm(Form):
    """A supervised account, typed off the agreement on its supervision."""

    holder_name = TextField(
        _l("户名"), most=100, hint=_l("照监管协议写全，例如：菱湖滨江置业有限公司滨江花园资金监管户")
    )
    bank = TextField(_l("开户银行"), most=100, hint=_l("写到支行，例如：安庆农商行菱湖支行"))
    number = TextField(_l("账号"), most=60, width=20, hint=_l("照监管协议逐位填写，可以带空格"))
    since = DateField(_l("启用日期"), first=date(2000, 1, 1), hint=_l("监管协议写的，从哪一天起用这个账户"))

    @property
    def typed(self) -> AccountTyped:
        """What was typed."""
        return AccountTyped(self.holder_name.value, self.bank.value, self.number.value, self.since.value)


class DecideAccountForm(Form):
    """A second person's word on an account: its number typed anew, or why not."""

    decision = RadiosField(
        _l("复核结果"),
        choices=[Choice("approve", _l("和监管协议一致，开始使用")), Choice("reject", _l("退回"))],
    )
    number = TextField(
        _l("照监管协议再输入一次账号"),
        noun=_l("账号"),
        most=60,
        width=20,
        required=False,
        hint=_l("通过时必须填。请看着纸质协议输入，不要照抄屏幕。"),
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写，填报的人会看到"))
    account = CarriedField()
