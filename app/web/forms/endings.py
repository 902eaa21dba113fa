"""Forms about how a voucher ends, and about a longer term."""

from app.vouchers.endings import Payee
from app.web.forms.authority import DecidingForm
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.cash_bonuses import PrepareHeirForm
from app.web.forms.fields import (
    ConfirmField,
    DateField,
    IntegerField,
    RadiosField,
    SelectField,
    TextArea,
    TextField,
    YuanField,
)
from app.web.language import lazy_gettext as _l


class PayeeForm(Form):
    """Whose account is paid; the page says whose it must be."""

    payee = TextField(_l("开户人姓名"), most=60, width=20, hint=_l("必须是被征收人本人的账户"))
    bank = TextField(_l("开户银行"), most=60, hint=_l("写到支行，例如：工商银行枞阳支行"))
    account = TextField(_l("银行账号"), most=48, width=20, hint=_l("银行卡或存折上的号码，可以带空格"))

    @property
    def typed(self) -> Payee:
        """The account as it was typed."""
        return Payee(self.payee.value, self.bank.value, self.account.value)


class SeenForm(Form):
    """The word that rule and sum were read; the sum that the page showed travels with it."""

    understood = ConfirmField(
        _l("我看明白了上面的办法和金额，申请以后这张房票不能再买房"),
        missing=_l("请看清上面的办法和金额，勾选以后再提交"),
    )
    seen = CarriedField()

    @property
    def seen_fen(self) -> int:
        """The sum that the page showed, in fen; -1 when it was lost."""
        return int(self.seen.value) if self.seen.value.isdecimal() else -1


class AskPayoutForm(PayeeForm, SeenForm):
    """Asks for a leftover in cash."""


class ClaimRestForm(PayeeForm):
    """Claims what is left after the term; the sum that the page showed travels with it."""

    understood = ConfirmField(
        _l("我看明白了上面的日期和金额"),
        missing=_l("请看清上面的日期和金额，勾选以后再提交"),
    )
    seen = CarriedField()

    @property
    def seen_fen(self) -> int:
        """The sum that the page showed, in fen; -1 when it was lost."""
        return int(self.seen.value) if self.seen.value.isdecimal() else -1


class EnterHeirClaimForm(Form):
    """Enters a claim that heirs handed in on paper; who receives for them is asked next."""

    claimed_on = DateField(_l("申请日"), hint=_l("申请表交到征收办的那一天，按这一天算领多少"))
    reason = TextArea(_l("依据"), most=300, hint=_l("写明哪份申请表、怎么交来的。被征收人会看到。"))


class EnterClaimForm(PayeeForm, EnterHeirClaimForm):
    """Enters a claim that a household handed in on paper."""


class WithdrawForm(Form):
    """Takes a wish back: only a button."""


class PrepareForm(Form):
    """An officer's word that the account was compared with the person's papers."""

    checked = ConfirmField(
        _l("我已核对本人身份证和收款账户，姓名、账号、金额都对"),
        missing=_l("请核对身份证和收款账户，勾选以后再提交"),
    )


class PrepareUnpaidForm(Form):
    """The same where nothing is paid to an account."""

    checked = ConfirmField(
        _l("我已核对本人身份证和申请表，姓名、金额都对"),
        missing=_l("请核对身份证和申请表，勾选以后再提交"),
    )


class PrepareWithPayeeForm(PayeeForm, PrepareForm):
    """The same where the account is only given now."""


class DecideForm(Form):
    """What the authority decides of a lapsed voucher where the policy is silent."""

    effect = RadiosField(
        _l("怎么办"),
        choices=[
            Choice("cash", _l("余额全部付现金"), _l("要填被征收人本人的收款账户")),
            Choice("agreement", _l("回到原来的补偿协议，不计利息")),
            Choice("void", _l("余额作废")),
        ],
    )
    paid = YuanField(
        _l("金额"),
        least=0,
        required=False,
        hint=_l("不填就是按规则算的金额。多付的，在下面写明为什么。"),
    )
    payee = TextField(_l("开户人姓名"), required=False, most=60, width=20, hint=_l("付现金时必填"))
    bank = TextField(_l("开户银行"), required=False, most=60)
    account = TextField(_l("银行账号"), required=False, most=48, width=20)
    reason = TextArea(_l("依据"), most=300, hint=_l("写明哪次会议、哪份文件这样决定。被征收人会看到。"))

    @property
    def typed(self) -> Payee | None:
        """The account as it was typed, or None."""
        if not self.account.value:
            return None
        return Payee(self.payee.value, self.bank.value, self.account.value)


class DecideHeirForm(PrepareHeirForm):
    """The same of a holder who died, in cash to one whom the heirs sent."""

    paid = YuanField(
        _l("金额"),
        least=0,
        required=False,
        hint=_l("不填就是按规则算的金额。多付的，在下面写明为什么。"),
    )
    reason = TextArea(_l("依据"), most=300, hint=_l("写明哪次会议、哪份文件这样决定。被征收人会看到。"))


class PayForm(DecidingForm):
    """What the bank says of a payment to the account that the page showed."""

    bank_reference = TextField(
        _l("银行流水号"), most=60, width=20, hint=_l("付款回单上的号码，一个号码只用一次")
    )
    paid_on = DateField(_l("付款日期"))


class ReturnedForm(Form):
    """What the bank says of a payment that it sent back."""

    reference = TextField(
        _l("退回的银行流水号"), most=60, width=20, hint=_l("退汇、退票回单上的号码，不是付款的号码")
    )
    returned_on = DateField(_l("退回日期"))
    reason = TextArea(_l("退回的原因"), most=300, hint=_l("照银行写的填，例如：账号户名不符、账户已销户"))


class ApproveEndingForm(DecidingForm):
    """The checker's word that the figures were compared."""

    checked = ConfirmField(_l("我已逐项核对金额、收款人和账号"), missing=_l("请逐项核对，勾选以后再通过"))


class ApproveUnpaidForm(DecidingForm):
    """The same where nothing is paid to an account."""

    checked = ConfirmField(_l("我已逐项核对金额和依据"), missing=_l("请逐项核对，勾选以后再通过"))


class ExtendForm(Form):
    """By how many months a term is to be longer, and why."""

    months = IntegerField(_l("延长几个月"), least=1, most=60, width=2)
    reason = TextArea(_l("理由"), most=300, hint=_l("为什么不能在期限内用完，例如：住院、在建的房子推迟交付"))
    evidence = TextField(
        _l("依据"), most=120, hint=_l("证明材料的名称、编号和日期，例如：出院记录，2017年11月2日")
    )


class ApproveExtensionForm(DecidingForm):
    """The checker's word that reason and evidence were looked at."""

    checked = ConfirmField(_l("我已看过证明材料，同意延期"), missing=_l("请看过证明材料，勾选以后再通过"))


class ExtensionScopeForm(QueryForm):
    """How much longer, and which vouchers of a project; the view offers the batches they were issued in."""

    months = IntegerField(_l("延长几个月"), least=1, most=60, width=2)
    issued = SelectField(_l("哪些房票"), required=False, blank=_l("这个项目的全部房票"))


class ExtensionBatchForm(Form):
    """Why the vouchers that were shown are to be valid longer."""

    reason = TextArea(_l("理由"), most=300, hint=_l("为什么要一起延期，例如：锦绣花园二期推迟到明年三月交付"))
    evidence = TextField(
        _l("依据"),
        most=120,
        hint=_l("会议纪要或证明材料的名称、编号和日期，例如：第12次会议纪要"),
    )
    seen = CarriedField()


class ApproveExtensionBatchForm(DecidingForm):
    """The checker's word that figures, reason and evidence were looked at."""

    checked = ConfirmField(
        _l("我已核对张数、金额和期限，看过证明材料，同意一起延期"),
        missing=_l("请核对张数、金额、期限和证明材料，勾选以后再通过"),
    )
