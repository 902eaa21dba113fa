"""Forms about lists of payments to households."""

from datetime import date

from app.core.errors import DomainError
from app.web.forms.base import CarriedField, Form
from app.web.forms.fields import CheckboxesField, ConfirmField, DateField, FileField, TextArea
from app.web.forms.settlements import AddingForm
from app.web.language import lazy_gettext as _l


class PayListForm(AddingForm):
    """Which approved sums are listed, and when the bank is to pay; the view offers them, all ticked."""

    shown_on = CarriedField()
    """By which day the sums of the page are."""
    pay_on = DateField(_l("请银行哪天付"), hint=_l("有利息算到付款那天的，按这一天算"))
    sums = CheckboxesField(_l("付哪几笔"), noun=_l("要付的钱"), unticked=_l("请至少勾选一笔"), small=True)

    @property
    def shown(self) -> date:
        """By which day the sums of the page were. Raises DomainError at ``pay_on`` for none."""
        try:
            return date.fromisoformat(self.shown_on.value)
        except ValueError as error:
            raise DomainError("pay_sums_of_day", "pay_on") from error


class PayReceiptForm(Form):
    """The bank's receipt about a list."""

    file = FileField(
        _l("银行回单（CSV 或 Excel）"),
        noun=_l("银行回单文件"),
        accept=".csv,.xlsx,.xls,text/csv",
        hint=_l("先逐行核对给您看，确认以后才登记"),
    )


class MarkReceiptForm(Form):
    """That what fits of a receipt is marked."""


class GiveUpListForm(Form):
    """A second person's word that the bank does not pay what it has not answered about."""

    checked = ConfirmField(
        _l("我已向银行核实：没有回音的各笔，银行没有付，也不会再付"),
        missing=_l("请先向银行核实，勾选确认后再作废"),
    )
    reason = TextArea(
        _l("怎么核实的"), most=500, hint=_l("例如：银行没有收到这份清单，某月某日与某支行某人核对过")
    )
