"""Forms of /account."""

from app.web.forms.base import Form
from app.web.forms.fields import PasswordField, TextField
from app.web.language import lazy_gettext as _l


class SignInForm(Form):
    """Name and password."""

    username = TextField(_l("用户名"), autocomplete="username", most=100)
    password = PasswordField(_l("密码"), most=200)


class EndSignInForm(Form):
    """The button that ends a sign-in elsewhere."""


class ReadNoticeForm(Form):
    """The button that says a message was read."""
