"""Forms about money that comes in."""

from datetime import date

from app.payments.accounts import AccountTyped
from app.payments.kinds import Kind, Lender
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import (
    CheckboxesField,
    ConfirmField,
    DateField,
    FileField,
    IntegerField,
    RadiosField,
    SearchField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l


class StatementForm(Form):
    """Takes a bank's statement."""

    file = FileField(
        _l("银行流水（CSV）"),
        noun=_l("银行流水文件"),
        accept=".csv,text/csv",
        hint=_l(
            "表头要有：流水号、交易日期、收入金额、对方户名，最好有摘要、对方账号、本方账号。"
            "以前导入过的不会重复。"
        ),
    )
    account = SelectField(
        _l("是哪个监管账户的流水"),
        noun=_l("监管账户"),
        required=False,
        blank=_l("流水里写明了，或者不确定"),
    )
    all_came_in = CheckboxesField(
        _l("文件里有没有支出"),
        choices=[Choice("yes", _l("我看过银行的流水，文件里的都是收入，没有支出"))],
        required=False,
    )


class CloseDisputeForm(Form):
    """What became of the money that a lost dispute lacks."""

    reason = TextArea(
        _l("差的钱怎么了结的"),
        most=500,
        hint=_l("例如：付款人已经转账补回，写明哪天、哪一笔；或者追不回，由区里承担，写明谁批准的。"),
    )


class DecideStatementForm(Form):
    """A second person's word on a statement: number and total off the bank's own, or why not."""

    decision = RadiosField(
        _l("复核结果"),
        choices=[
            Choice("approve", _l("和银行的一致，可以对账")),
            Choice("reject", _l("退回，这些到账都不算")),
        ],
    )
    count = IntegerField(
        _l("银行流水上一共几笔收入"),
        noun=_l("收入笔数"),
        least=1,
        required=False,
        suffix=_l("笔"),
        hint=_l("通过时必须填。只数收入（贷方），看银行的纸质对账单或者网银，不要问导入的人。"),
    )
    total = YuanField(
        _l("银行流水上的收入合计"),
        noun=_l("收入合计"),
        required=False,
        hint=_l("通过时必须填。照银行写的贷方合计填。"),
    )
    reason = TextArea(_l("退回的理由"), most=500, required=False, hint=_l("退回时必须写，导入的人会看到"))


class MatchForm(Form):
    """Says which top-up a received sum is."""

    top_up = TextField(_l("自付差价编号"), most=40, width=20, hint=_l("以 ZF 开头"))
    kind = RadiosField(_l("这笔钱是"), noun=_l("这笔钱的种类"), inline=True)
    over = CheckboxesField(
        _l("比还差的多"),
        choices=[Choice("yes", _l("核实过，确实是这笔差价的，多的部分退回"))],
        required=False,
    )


class LineFilterForm(QueryForm):
    """Limits the list of lines; the view offers the states."""

    state = SelectField(_l("核对情况"), required=False, blank=_l("全部"))
    words = SearchField(_l("付款人、摘要、流水号或差价编号"))
    first = DateField(_l("从哪一天"), required=False)
    last = DateField(_l("到哪一天"), required=False)


class RefundForm(Form):
    """Money to be given back; the view offers the lines it came by."""

    line = RadiosField(_l("退哪一笔到账"), noun=_l("要退的到账"))
    amount = YuanField(_l("退多少"), noun=_l("退款金额"))
    payee_account = TextField(
        _l("付款人原来的账号"),
        most=40,
        width=20,
        required=False,
        hint=_l("流水上有完整账号的不用填，只退到付款的那个账户"),
    )


class PaidForm(Form):
    """The bank paid a refund."""

    bank_ref = TextField(_l("银行付款流水号"), most=60, width=20)
    paid_on = DateField(_l("付款日期"))


class OnlineForm(Form):
    """A part of a top-up to be paid online."""

    amount = YuanField(_l("这一次付多少"), noun=_l("付款金额"))


class CardRefundForm(Form):
    """Money of one payment online that goes back to where it came from."""

    amount = YuanField(_l("退多少"), noun=_l("退款金额"))


class ApproveCardRefundForm(Form):
    """The checker's word that the money is to go back."""

    checked = ConfirmField(
        _l("我已核对：这笔钱确实该退，金额没有超过付款的"), missing=_l("请逐项核对，勾选以后再通过")
    )


class ReportDayForm(Form):
    """Which day is compared again with Stripe's books."""

    day = DateField(_l("哪一天"), noun=_l("对账的日期"), first=date(2000, 1, 1))


class SplitForm(Form):
    """Where a household's own money comes from, in yuan; the view takes away what no policy allows."""

    own = YuanField(_l("自己的钱"), least=0, required=False)
    loan = YuanField(_l("银行按揭贷款"), least=0, required=False)
    fund = YuanField(_l("住房公积金"), least=0, required=False)

    @property
    def split(self) -> dict[Kind, int]:
        """What was typed, in fen, by kind."""
        return {kind: self[kind].data or 0 for kind in Kind if kind in self}


class LoanPapersForm(Form):
    """Where the papers of a loan were handed in, and when its money is expected."""

    bank = TextField(
        _l("哪家银行（公积金中心）"), noun=_l("银行"), most=100, hint=_l("写到支行，例如：农业银行菱湖支行")
    )
    expected_on = DateField(
        _l("那边说大约哪一天放款"), noun=_l("预计放款的日期"), hint=_l("还没有定的，问一下大约要多久")
    )

    @property
    def lender(self) -> Lender:
        """What was typed."""
        return Lender(self.bank.value, self.expected_on.value)


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
