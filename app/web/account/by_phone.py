"""Signing in by a code sent to one's telephone: for households and helpers, never for staff."""

from typing import Any, Final

from flask import current_app, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.extensions import db
from app.identity import phones
from app.identity.errors import WrongPhoneCode
from app.projects import helping, helping_queries
from app.web.access import public
from app.web.account import bp, phone_codes
from app.web.account.sign_in import enter_by
from app.web.errors import status_of
from app.web.forms.claims import PhoneCodeForm, PhoneForm

KEY: Final = "by_phone"
"""Where the cookie keeps the token of the code that was asked for."""


@bp.get("/phone")
@public
def by_phone() -> ResponseReturnValue:
    """Ask for the number, or for the code that was sent; ``?again=1`` goes back to the number."""
    if "again" in request.args:
        cookie.pop(KEY, None)
        return redirect(url_for("account.by_phone"))
    return _page(_form())


@bp.post("/phone")
@public
def by_phone_post() -> ResponseReturnValue:
    """Send a code, or take it and sign in."""
    step, form = _step(), _form()
    if request.form.get("step") != step:
        return redirect(url_for("account.by_phone"), 303)
    if not form.accept():
        return _page(form), 422
    try:
        return _sign_in(form) if step == "sent" else _send(form)
    except DomainError as error:
        form.apply(error)
        return _page(form), status_of(error)


def _step() -> str:
    return "sent" if KEY in cookie else "phone"


def _form() -> Any:
    step = _step()
    return (PhoneCodeForm if step == "sent" else PhoneForm)(step=step)


def _send(form: PhoneForm) -> ResponseReturnValue:
    if not phone_codes.can_be_sent():
        raise DomainError("phone_codes_off", field="phone")
    phone_codes.count_request(form.phone.value)
    session, phone = db.session(), form.phone.value
    invited = helping_queries.is_invited(session, phone=phone)
    cookie[KEY] = phones.ask_to_sign_in(session, phone=phone, invited=invited).token
    return redirect(url_for("account.by_phone"), 303)


def _sign_in(form: PhoneCodeForm) -> ResponseReturnValue:
    session, token = db.session(), cookie[KEY]
    with phone_codes.counted(token, purpose="sign_in"):
        phone, user_id = phones.use(
            session, token=token, purpose="sign_in", subject="", code=form.phone_code.value
        )
        membership = phones.private_membership(session, user_id=user_id) if user_id is not None else None
        if user_id is None and helping_queries.is_invited(session, phone=phone):
            membership = helping.open_account(session, phone=phone)
        if membership is None:
            raise WrongPhoneCode
    return enter_by(membership, proof="phone")


def _page(form: Any) -> str:
    return render_template("account/by-phone.html", form=form, step=_step(), demo=current_app.config["DEMO"])
