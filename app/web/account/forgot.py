"""A forgotten password, without anybody's help: a code sent to one's telephone, or a link to one's mail box.

Where one stands is in the cookie: first the token of the code that was asked for, then the secret that the
right code was exchanged for, or that a link brought. Known and unknown names get the same pages.
"""

from typing import Any, Final

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.extensions import db
from app.identity import phones, staffing
from app.identity.counters import list_counters
from app.identity.errors import WrongPhoneCode
from app.web.access import public
from app.web.account import bp, phone_codes
from app.web.errors import status_of
from app.web.forms.account import ForgottenPasswordForm
from app.web.forms.claims import ForgotForm, PhoneCodeForm
from app.web.language import gettext as _

KEY: Final = "forgot"

_FORMS: Final[dict[str, Any]] = {"who": ForgotForm, "sent": PhoneCodeForm, "password": ForgottenPasswordForm}


@bp.get("/forgot")
@public
def forgot() -> ResponseReturnValue:
    """Ask who one is, for the code that was sent, or for a new password.

    ``?link=`` is what a mailed link brings, ``?again=1`` begins anew.
    """
    if "again" in request.args:
        cookie.pop(KEY, None)
    elif "link" in request.args:
        cookie[KEY] = {"secret": request.args["link"][:100]}
    if request.args:
        return redirect(url_for("account.forgot"))
    if _is_over():
        return _begin_anew()
    return _page(_form())


@bp.post("/forgot")
@public
def forgot_post() -> ResponseReturnValue:
    """Send a code or a link, take the code, or set the new password."""
    step, form = _step(), _form()
    if request.form.get("step") != step:
        return redirect(url_for("account.forgot"), 303)
    if _is_over():
        return _begin_anew()
    if not form.accept():
        return _page(form), 422
    try:
        return redirect(_ANSWERS[step](form), 303)
    except DomainError as error:
        form.apply(error)
        return _page(form), status_of(error)


def _state() -> dict[str, str]:
    found = cookie.get(KEY)
    return dict(found) if isinstance(found, dict) else {}


def _step() -> str:
    """Return the question that is open."""
    state = _state()
    if "secret" in state:
        return "password"
    return "sent" if "asked" in state else "who"


def _form() -> Any:
    step = _step()
    return _FORMS[step](step=step)


def _name() -> str | None:
    return staffing.find_reset_name(db.session(), code=_state().get("secret", ""))


def _is_over() -> bool:
    """Tell whether the secret this browser holds was used, replaced or is too old."""
    return _step() == "password" and _name() is None


def _begin_anew() -> ResponseReturnValue:
    cookie.pop(KEY, None)
    flash(_("这个链接或验证码已经用过，或者过了时间。请从头再来一次。"), "important")
    return redirect(url_for("account.forgot"), 303)


def _ask(form: ForgotForm) -> str:
    if not (phone_codes.can_be_sent() or phone_codes.can_be_mailed()):
        raise DomainError("phone_codes_off", field="who")
    who = form.who.value
    phone_codes.count_request(who.casefold(), kind="reset", field="who")
    page = url_for("account.forgot", _external=True)
    cookie[KEY] = {"asked": phones.ask_for_reset(db.session(), typed=who, page=page).token}
    return url_for("account.forgot")


def _take_code(form: PhoneCodeForm) -> str:
    session, token = db.session(), _state()["asked"]
    with phone_codes.counted(token, purpose="reset"):
        _phone, user_id = phones.use(
            session, token=token, purpose="reset", subject="", code=form.phone_code.value
        )
        if user_id is None:
            raise WrongPhoneCode
    cookie[KEY] = {"secret": staffing.issue_own_reset(session, user_id=user_id)}
    return url_for("account.forgot")


def _set_password(form: ForgottenPasswordForm) -> str:
    staffing.use_reset(db.session(), code=_state()["secret"], new_password=form.new_password.value)
    cookie.pop(KEY, None)
    flash(_("密码已重新设置，所有设备上的登录都已退出。请用新密码登录。"))
    return url_for("account.sign_in")


_ANSWERS: Final[dict[str, Any]] = {"who": _ask, "sent": _take_code, "password": _set_password}


def _page(form: Any) -> str:
    step = _step()
    return render_template(
        "account/forgot.html",
        form=form,
        step=step,
        name=_name() if step == "password" else None,
        counters=list_counters(db.session()),
        demo=current_app.config["DEMO"],
    )
