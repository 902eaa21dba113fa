"""Forms of rosters, batches and sheets of paper."""

from typing import Final

from app.projects.models import Election
from app.web.forms.base import CarriedField, Choice, Form, QueryForm
from app.web.forms.fields import (
    ConfirmField,
    IntegerField,
    RadiosField,
    SearchField,
    SelectField,
    TextArea,
    TextField,
)
from app.web.language import lazy_gettext as _l

LONGEST_REASON: Final = 300


class PrintForm(Form):
    """On which sheets the next vouchers of a project are printed."""

    serial = TextField(
        _l("装进打印机的第一张纸的编号"),
        noun=_l("纸张编号"),
        most=14,
        width=20,
        hint=_l("例如 A0012001，后面的纸要连号。"),
    )
    count = IntegerField(_l("这次打印几张"), noun=_l("张数"), least=1, most=200, width=5)


class PrintOneForm(Form):
    """On which sheet one voucher is printed."""

    serial = TextField(_l("纸张编号"), most=14, width=20, hint=_l("印在空白房票纸上的编号，例如 A0012001。"))


class SpoilForm(Form):
    """Why a sheet is spoiled, and which one takes its place."""

    reason = RadiosField(_l("为什么作废"), noun=_l("原因"))
    serial = TextField(_l("换成哪一张纸"), noun=_l("新的纸张编号"), most=14, width=20)


class ClearRunForm(Form):
    """How many clear sheets of a project are printed now."""

    count = IntegerField(_l("这次打印几户"), noun=_l("户数"), least=1, most=200, width=5)


class ClearForm(Form):
    """Makes a household's clear sheet."""


class RegisterForm(QueryForm):
    """Limits the issue register; the view offers projects and kinds."""

    words = SearchField(_l("姓名、房票编号或纸张编号"))
    project = SelectField(_l("项目"), required=False, blank=_l("全部"))
    kind = SelectField(_l("纸张"), required=False, blank=_l("全部"))


class LockForm(Form):
    """The word that a roster was compared with what was published."""

    checked = ConfirmField(
        _l("我已把名册和公布的调查结果、各户的选择逐户核对"), missing=_l("请核对名册，勾选确认后再锁定")
    )


class UnlockForm(Form):
    """Why a locked roster is opened again."""

    reason = TextArea(_l("打开名册的理由"), most=LONGEST_REASON, hint=_l("理由会留在项目页面上。"))


class ElectForm(Form):
    """What a household takes."""

    elects = RadiosField(
        _l("这一户选择什么"),
        noun=_l("选择"),
        choices=[Choice(Election.VOUCHER, _l("房票")), Choice(Election.CASH, _l("货币补偿"))],
    )


class DisputeForm(Form):
    """What is not settled about a household."""

    reason = TextArea(
        _l("什么没有了结"),
        most=LONGEST_REASON,
        hint=_l("例如：继承人之间还没有达成一致。没有了结以前，不给这一户发房票。"),
    )


class SettleForm(Form):
    """The word that a dispute is settled."""


class SubmitBatchForm(Form):
    """Under which policy a batch is submitted, and what the officer saw of it."""

    policy_version = RadiosField(_l("按哪个政策发放"), noun=_l("政策"))
    seen = CarriedField()


class OpenSampleForm(Form):
    """The word that one voucher of the sample was compared with its paper agreement."""

    checked = ConfirmField(
        _l("我已把这张房票和纸质补偿协议逐项核对，两者一致"), missing=_l("请核对纸质协议，勾选确认后再继续")
    )


class ApproveBatchForm(Form):
    """The checker's word on a whole batch."""

    checked = ConfirmField(
        _l("我已核对张数、总额、最大一张，并打开核对了抽中的每一张"),
        missing=_l("请核对整批数字，勾选确认后再通过"),
    )
