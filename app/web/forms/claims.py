"""Forms of claiming an account and of signing in by telephone: one question a form."""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.core.ids import normalise_ref
from app.identity.claims import normalise_code
from app.projects import rules
from app.web.forms import grammar
from app.web.forms.base import CarriedField, Choice, Form
from app.web.forms.fields import ConfirmField, PasswordField, SelectField, TextArea, TextField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l

RELATION_CHOICES: Final = (
    Choice("holder", _l("权利人本人")),
    Choice("spouse", _l("配偶")),
    Choice("parent", _l("父母")),
    Choice("child", _l("子女")),
    Choice("other", _l("其他家庭成员")),
)

_MOBILE: Final = re.compile(r"1[3-9]\d{9}", re.ASCII)
_MAIL: Final = re.compile(r"[^\s@<>\"(),:;\\]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
_DIGITS: Final = re.compile(r"\d{6}", re.ASCII)


class VoucherNumberField(TextField):
    """The number of a voucher, ``FP-7K2M9-QX4HT``, however it is typed."""

    def parse(self, text: str) -> str:
        """Return the number as it is printed."""
        ref = normalise_ref(grammar.half_width(text))
        if ref is None or not ref.startswith("FP-"):
            raise ValueError(_("%(noun)s写错了，请照着领取单检查，例如 FP-7K2M9-QX4HT", noun=self.noun))
        return ref


class ClaimCodeField(TextField):
    """The one-time code of a sheet."""

    def parse(self, text: str) -> str:
        """Return the code as it is printed."""
        code = normalise_code(grammar.half_width(text))
        if code is None:
            raise ValueError(
                _("%(noun)s写错了，请照着领取单检查，一共 10 位，没有字母 O、I、L", noun=self.noun)
            )
        return code


class LastSixField(TextField):
    """The last six signs of an ID number; a small or full-width x is an X."""

    def parse(self, text: str) -> str:
        """Return the six signs."""
        signs = rules.tidy_id(text)
        if not rules.is_last_six(signs):
            raise ValueError(_("请只输入身份证号码的最后六位，最后一位可以是 X"))
        return signs

    def shown(self) -> str:
        """Return nothing: part of an ID number does not travel back."""
        return ""


class PhoneField(TextField):
    """A mobile number of the mainland; blanks, dashes and +86 do not count."""

    input_mode = "tel"

    def __init__(self, label: str, **kwargs: Any) -> None:
        usual = {"noun": _l("手机号"), "autocomplete": "tel-national", "width": 20}
        super().__init__(label, **{**usual, **kwargs})

    def parse(self, text: str) -> str:
        """Return eleven digits."""
        digits = re.sub(r"[\s\-()]", "", grammar.half_width(text)).removeprefix("+86")
        if not _MOBILE.fullmatch(digits):
            raise ValueError(_("%(noun)s要写成 11 位数字，例如 13800001234", noun=self.noun))
        return digits


class KnownByField(TextField):
    """A sign-in name, or the mobile number one signs in with; a voucher's number however it is typed."""

    def parse(self, text: str) -> str:
        """Return it as it is stored."""
        tidy = grammar.half_width(text).strip()
        digits = re.sub(r"[\s\-()]", "", tidy).removeprefix("+86")
        if _MOBILE.fullmatch(digits):
            return digits
        ref = normalise_ref(tidy)
        return ref if ref is not None and ref.startswith("FP-") else tidy


class MailField(TextField):
    """A mail address."""

    input_type = "email"

    def parse(self, text: str) -> str:
        """Return the address."""
        tidy = grammar.half_width(text).strip()
        if not _MAIL.fullmatch(tidy):
            raise ValueError(_("%(noun)s要写成 name@example.cn 这样，请检查", noun=self.noun))
        return tidy


class PhoneCodeField(TextField):
    """The six digits that were sent."""

    input_mode = "numeric"

    def __init__(self, label: str, **kwargs: Any) -> None:
        usual = {"noun": _l("验证码"), "autocomplete": "one-time-code", "width": 10}
        super().__init__(label, **{**usual, **kwargs})

    def parse(self, text: str) -> str:
        """Return six digits."""
        digits = re.sub(r"\s", "", grammar.half_width(text))
        if not _DIGITS.fullmatch(digits):
            raise ValueError(_("%(noun)s是 6 位数字，请看短信", noun=self.noun))
        return digits


class IdNumberField(TextField):
    """A whole ID number."""

    def parse(self, text: str) -> str:
        """Return the number without blanks, its last sign a capital."""
        number = rules.tidy_id(text)
        if not rules.is_id_number(number):
            raise ValueError(_("%(noun)s写错了，请对照证件检查，一共 18 位", noun=self.noun))
        return number


class _Step(Form):
    """One question; ``step`` names it, so that a page left open is not taken for another question."""

    step = CarriedField()

    @property
    def question(self) -> str:
        """The question: the label of the one field that is seen."""
        return next(str(field.label.text) for field in self if isinstance(field, TextField))


class ClaimNumberForm(_Step):
    """Which voucher."""

    number = VoucherNumberField(
        _l("房票编号是多少？"),
        noun=_l("房票编号"),
        hint=_l("在领取单上，以 FP 开头。"),
        autocomplete="off",
        width=20,
    )


class ClaimCodeForm(_Step):
    """Which code."""

    code = ClaimCodeField(
        _l("领取码是多少？"),
        noun=_l("领取码"),
        hint=_l("在领取单上，10 位数字和字母。"),
        autocomplete="off",
        width=20,
    )


class ClaimIdForm(_Step):
    """Whose."""

    last_six = LastSixField(
        _l("您身份证号码的最后六位是？"),
        noun=_l("身份证号码的最后六位"),
        hint=_l("最后一位是字母 X 的，也请输入 X。"),
        autocomplete="off",
        width=10,
    )


class ClaimPhoneForm(_Step):
    """Where a code is sent, or that there is no telephone."""

    phone = PhoneField(
        _l("您的手机号是多少？"),
        hint=_l("以后可以用手机收验证码登录，不用记密码。没有手机的，什么都不填，直接按“没有手机”。"),
        required=False,
    )


class PhoneCodeForm(_Step):
    """The code that was sent."""

    phone_code = PhoneCodeField(
        _l("短信里的验证码是多少？"),
        hint=_l("6 位数字，5 分钟内有效。"),
    )


class ClaimPasswordForm(_Step):
    """A password of one's own."""

    new_password = PasswordField(
        _l("请设置登录密码"),
        noun=_l("密码"),
        hint=_l("至少 10 个字符，汉字、数字、字母都可以，比如一句只有您知道的话。"),
        autocomplete="new-password",
        most=200,
        required=False,
    )


class PhoneForm(_Step):
    """The number somebody signs in with."""

    phone = PhoneField(
        _l("您的手机号是多少？"),
        hint=_l("领取账号时登记的手机号，或者别人请您帮办时留的手机号。"),
    )


class ForgotForm(_Step):
    """By what name or number somebody is known who forgot their password."""

    who = KnownByField(
        _l("您的用户名或手机号是什么？"),
        noun=_l("用户名或手机号"),
        hint=_l("用户名可以是房票编号，例如 FP-7K2M9-QX4HT。"),
        autocomplete="username",
        most=100,
        width=20,
    )


class OwnPhoneForm(_Step):
    """The number somebody wants to sign in with from now on, and their password where none is known yet."""

    phone = PhoneField(_l("新手机号"), noun=_l("新手机号"))
    password = PasswordField(_l("现在的密码"), most=200, required=False)


class OwnPhoneCodesForm(_Step):
    """The code sent to the number somebody had, and the one sent to the new number."""

    old_code = PhoneCodeField(_l("发到原手机号的验证码"), autocomplete="off", required=False)
    phone_code = PhoneCodeField(_l("发到新手机号的验证码"))


class OwnMailForm(_Step):
    """The mail address of somebody of the staff, and their password."""

    mail = MailField(_l("电子邮箱"), autocomplete="email", most=100)
    password = PasswordField(_l("现在的密码"), most=200)


class OwnMailCodeForm(_Step):
    """The code that was mailed."""

    phone_code = PhoneCodeField(
        _l("邮件里的验证码"),
        hint=_l("6 位数字，5 分钟内有效。"),
    )


class SheetForm(Form):
    """The button that makes a new code and shows its sheet."""


class UnlockClaimForm(Form):
    """Why a locked voucher is opened again, and that an ID was seen."""

    seen = ConfirmField(_l("我已当面核对了本人的身份证"), missing=_l("请核对身份证，勾选确认后再解锁"))
    reason = TextArea(
        _l("解锁的理由"), most=200, rows=3, hint=_l("例如：老人看错了领取码，本人带身份证到窗口。")
    )


class LostFactorForm(Form):
    """That the person's ID card was seen, and why their second factor is taken off."""

    seen = ConfirmField(
        _l("本人在窗口，我已核对身份证原件和本人一致"), missing=_l("请核对身份证原件，勾选确认后再解除")
    )
    reason = TextArea(_l("解除的理由"), most=200, rows=3, hint=_l("例如：手机丢了，恢复码也找不到了。"))


class PersonForm(Form):
    """A person of a household."""

    name = TextField(_l("姓名"), most=50, autocomplete="off")
    relation = SelectField(
        _l("和权利人的关系"),
        noun=_l("关系"),
        choices=RELATION_CHOICES,
    )
    id_number = IdNumberField(_l("身份证号码"), most=40, autocomplete="off", width=20)
    phone = PhoneField(_l("手机号（可以不填）"), required=False, autocomplete="off")
    mail = TextField(_l("电子邮箱（可以不填）"), noun=_l("电子邮箱"), required=False, autocomplete="off")


class ContactForm(Form):
    """Where a person is reached."""

    phone = PhoneField(_l("手机号（可以不填）"), required=False, autocomplete="off")
    mail = TextField(_l("电子邮箱（可以不填）"), noun=_l("电子邮箱"), required=False, autocomplete="off")


class CounterForm(Form):
    """Where people are helped in person."""

    address = TextField(_l("窗口地址"), most=100)
    phone = TextField(_l("窗口电话"), most=40)
    hours = TextField(_l("办公时间"), most=100, hint=_l("例如：周一到周五 8:30–12:00，14:00–17:30"))


class BeginVisitForm(Form):
    """That the person's ID card was seen, and its last six signs."""

    seen = ConfirmField(
        _l("本人在窗口，我已核对身份证原件和本人一致"), missing=_l("请核对身份证原件，勾选确认后再开始")
    )
    last_six = LastSixField(
        _l("身份证号码的最后六位"),
        hint=_l("照着身份证原件输入，最后一位可以是 X。"),
        autocomplete="off",
        width=10,
    )


class EndVisitForm(Form):
    """The button that ends a visit."""


def prefilled(args: Mapping[str, str]) -> dict[str, str]:
    """Return number and code from an address that the square code on a sheet holds; empty if one is none."""
    number, code = normalise_ref(args.get("number", "")), normalise_code(args.get("code", ""))
    if number is None or code is None or not number.startswith("FP-"):
        return {}
    return {"number": number, "code": code}
