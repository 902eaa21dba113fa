"""Forms of /account."""

from app.core.actor import Duty, Role
from app.web.forms.base import CarriedField, Form
from app.web.forms.fields import ConfirmField, PasswordField, RadiosField, TextField
from app.web.language import gettext as _
from app.web.language import lazy_gettext as _l


class SignInForm(Form):
    """Name and password."""

    username = TextField(_l("用户名"), autocomplete="username", most=100)
    password = PasswordField(_l("密码"), most=200)


class ReadNoticeForm(Form):
    """The button that says a message was read."""


class FactorCodeForm(Form):
    """The code of an authenticator app, or one from the paper."""

    secret_code = TextField(_l("验证码"), autocomplete="one-time-code", most=30, width=10)


class RemoveFactorForm(Form):
    """Password and code, to turn the second factor off."""

    password = PasswordField(_l("现在的密码"), most=200)
    secret_code = TextField(_l("验证码"), autocomplete="one-time-code", most=30, width=10)


class ButtonForm(Form):
    """A button that posts and needs no input."""


class SureForm(Form):
    """A button that counts only with its box ticked."""

    sure = ConfirmField(_l("我已当面确认是本人，手机确实不能用了"))


def _new_password() -> PasswordField:
    return PasswordField(
        _l("新密码"),
        hint=_l("至少 10 个字符，可以是一句好记的话。"),
        autocomplete="new-password",
        most=200,
    )


def _again() -> PasswordField:
    return PasswordField(_l("再输入一次新密码"), noun=_l("新密码"), autocomplete="new-password", most=200)


class NewPasswordForm(Form):
    """A new password, typed twice in the fields ``new_password`` and ``password_again``."""

    def accept(self) -> bool:
        """Return True when both are the same as well."""
        new, again = self._fields["new_password"], self._fields["password_again"]
        accepted = super().accept()
        if accepted and new.data != again.data:
            again.errors = [_("两次输入的新密码不一样，请再输入一次")]
            return False
        return accepted


class PasswordForm(NewPasswordForm):
    """The present password and a new one."""

    password = PasswordField(_l("现在的密码"), most=200)
    new_password = _new_password()
    password_again = _again()


class AcceptInvitationForm(NewPasswordForm):
    """The code of an invitation and a password."""

    secret_code = TextField(_l("邀请码"), hint=_l("例如 7K2M-9QX4-HT3B-W8RD"), autocomplete="off", most=40)
    new_password = _new_password()
    password_again = _again()


class UseResetForm(NewPasswordForm):
    """Name, code and a new password."""

    username = TextField(_l("用户名"), autocomplete="username", most=100)
    secret_code = TextField(_l("重设码"), hint=_l("例如 7K2M-9QX4-HT3B-W8RD"), autocomplete="off", most=40)
    new_password = _new_password()
    password_again = _again()


class ForgottenPasswordForm(NewPasswordForm):
    """A new password in place of one that was forgotten; ``step`` names the question."""

    step = CarriedField()
    new_password = _new_password()
    password_again = _again()


class InvitationForm(Form):
    """Who is invited, and as what; ``place`` holds role, duty and organisation."""

    display_name = TextField(_l("姓名"), most=50)
    username = TextField(
        _l("用户名"),
        hint=_l("登录时用，3 到 32 个小写字母或数字，例如 wangli"),
        autocomplete="off",
        most=32,
    )
    place = RadiosField(_l("身份"))

    @property
    def chosen(self) -> tuple[str, Role, Duty | None]:
        """Organisation, role and duty of the place chosen, which was on offer."""
        role, duty, organisation = self.place.value.split("|", 2)
        return organisation, Role(role), Duty(duty) if duty else None


class RemovalForm(Form):
    """Who takes over from somebody who leaves."""

    handed_to = RadiosField(_l("由谁接手"))
    sure = ConfirmField(_l("我确认这个人不再需要这个账号"))
