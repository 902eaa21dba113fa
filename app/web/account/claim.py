"""Claiming a household's account, one question a page, all at one address; where one stands is in the cookie.

The cookie holds what was typed so far, and after the proof only a token: nobody skips a question by its
address.
"""

from typing import Any, Final

from flask import current_app, flash, redirect, render_template, request, url_for
from flask import session as cookie
from flask.typing import ResponseReturnValue

from app.core.errors import DomainError
from app.core.rates import give_back, take
from app.extensions import db
from app.identity import claims, phones
from app.identity.claim_tries import claim_lock, claim_tries
from app.identity.counters import list_counters
from app.projects.rules import masked_phone
from app.vouchers import claims as vouchers
from app.vouchers.paper_queries import find_by_mark
from app.web import stopped
from app.web.access import public
from app.web.account import bp, phone_codes, tries
from app.web.account.sign_in import enter_by
from app.web.errors import status_of
from app.web.forms.claims import (
    ClaimCodeForm,
    ClaimIdForm,
    ClaimNumberForm,
    ClaimPasswordForm,
    ClaimPhoneForm,
    PhoneCodeForm,
    prefilled,
)
from app.web.language import gettext as _

KEY: Final = "claim"
"""Where the cookie keeps what was answered."""

_FORMS: Final[dict[str, Any]] = {
    "number": ClaimNumberForm,
    "code": ClaimCodeForm,
    "id": ClaimIdForm,
    "phone": ClaimPhoneForm,
    "sent": PhoneCodeForm,
    "password": ClaimPasswordForm,
}
"""The questions, in order; ``sent`` is for who has a telephone, ``password`` for who has none."""

_UNDONE: Final = {"code": {"number", "paper"}, "id": {"code"}, "sent": {"asked"}, "password": {"phone"}}
"""Going back from a question drops the answer before it; the proof is not undone."""


@bp.get("/claim")
@public
def claim() -> ResponseReturnValue:
    """Ask the next question.

    ``?number=&code=`` fills in what the square code on the sheet holds, ``?paper=`` is the mark of a paper
    voucher, which need not be typed off it, ``?back=1`` goes one question back, ``?again=1`` begins anew.
    """
    if "again" in request.args:
        cookie.pop(KEY, None)
    elif "back" in request.args:
        undone = _UNDONE.get(_step(_state()), set())
        cookie[KEY] = {name: one for name, one in _state().items() if name not in undone}
    elif _on_paper(mark := request.args.get("paper", "")):
        # The mark and not the number: what the paper's code was photographed for gives nobody the number.
        cookie[KEY] = {"paper": mark}
    elif filled := prefilled(request.args):
        cookie[KEY] = filled
    if request.args:
        return redirect(url_for("account.claim"))
    if _is_over():
        return _begin_anew()
    return _page(_form())


@bp.post("/claim")
@public
def claim_post() -> ResponseReturnValue:
    """Take the answer to the question, and lead on to the next."""
    step, form = _step(_state()), _form()
    if request.form.get("step") != step:
        return redirect(url_for("account.claim"), 303)
    if _is_over():
        return _begin_anew()
    if not form.accept():
        return _page(form), 422
    try:
        done = _ANSWERS[step](form)
    except DomainError as error:
        form.apply(error)
        return _page(form), status_of(error)
    return done or redirect(url_for("account.claim"), 303)


def _state() -> dict[str, str]:
    found = cookie.get(KEY)
    return dict(found) if isinstance(found, dict) else {}


def _keep(**answers: str) -> None:
    cookie[KEY] = _state() | answers


def _step(state: dict[str, str]) -> str:
    """Return the question that is open."""
    if "token" in state:
        if "phone" in state:
            return "password"
        return "sent" if "asked" in state else "phone"
    if "number" not in state and "paper" not in state:
        return "number"
    return "id" if "code" in state else "code"


def _on_paper(mark: str) -> str:
    """Return the number of the voucher on the paper with this mark; empty for none, and for spoiled paper."""
    sheet = find_by_mark(db.session(), mark) if mark else None
    return sheet.voucher.ref if sheet and sheet.spoiled_at is None else ""


def _form() -> Any:
    step = _step(_state())
    return _FORMS[step](step=step)


def _is_over() -> bool:
    """Tell whether the proof was used or ran out while the browser still holds it."""
    token = _state().get("token")
    return token is not None and claims.find_proof(db.session(), token=token) is None


def _begin_anew() -> ResponseReturnValue:
    cookie.pop(KEY, None)
    flash(_("这次领取等得太久，或者已经领取过了。请从头再来一次。"), "important")
    return redirect(url_for("account.claim"), 303)


def _take_number(form: ClaimNumberForm) -> None:
    _keep(number=form.number.value)


def _take_code(form: ClaimCodeForm) -> None:
    _keep(code=form.code.value)


def _take_id(form: ClaimIdForm) -> ResponseReturnValue | None:
    """Prove number, code and ID at once; the try is counted before anything is looked at."""
    state = _state()
    number = state.get("number") or _on_paper(state["paper"])
    if not number:
        return _begin_anew()
    counts = claim_tries(voucher_ref=number, address=tries.address())
    full = take(counts)
    if full is not None:
        stopped.note(full)
        if full.bucket == claim_lock(number):
            raise DomainError("claim_locked")
        raise DomainError("claim_too_many", minutes=full.bucket.seconds // 60)
    token = vouchers.prove(db.session(), voucher_ref=number, code=state["code"], last_six=form.last_six.value)
    give_back(counts)
    # Without a gateway nobody could prove a telephone: the question is left out.
    cookie[KEY] = {"token": token} if phone_codes.can_be_sent() else {"token": token, "phone": ""}
    return None


def _take_phone(form: ClaimPhoneForm) -> None:
    """Send a code, or note that there is no telephone."""
    if "none" in request.form:
        _keep(phone="")
        return
    if not form.phone.data:
        raise DomainError("phone_missing", field="phone")
    phone_codes.count_request(form.phone.value)
    asked = phones.ask_to_prove(db.session(), purpose="claim", subject=_subject(), phone=form.phone.value)
    _keep(asked=asked.token)


def _take_phone_code(form: PhoneCodeForm) -> ResponseReturnValue:
    """Open the account to whoever has the telephone: it is what they sign in by, and no password is asked."""
    token = _state()["asked"]
    with phone_codes.counted(token, purpose="claim"):
        phone, _nobody = phones.use(
            db.session(), token=token, purpose="claim", subject=_subject(), code=form.phone_code.value
        )
    return _finish(phone=phone, new_password=None)


def _take_password(form: ClaimPasswordForm) -> ResponseReturnValue:
    """Open the account to whoever has no telephone."""
    if form.new_password.data is None:
        raise DomainError("password_missing", field="new_password")
    return _finish(phone=None, new_password=form.new_password.data)


def _finish(*, phone: str | None, new_password: str | None) -> ResponseReturnValue:
    claimed = vouchers.finish(db.session(), token=_state()["token"], phone=phone, new_password=new_password)
    entered = enter_by(claimed.membership, proof="phone" if new_password is None else "password")
    if phone is None:
        flash(_("账号领取好了。您的用户名是 %(name)s，请记在领取单上。", name=claimed.username))
    else:
        flash(_("账号领取好了。以后登录，用手机 %(phone)s 收验证码，不用记密码。", phone=masked_phone(phone)))
    return entered


def _subject() -> str:
    """Return what the code is good for: this very proof."""
    found = claims.find_proof(db.session(), token=_state()["token"])
    return str(found.id) if found else ""


_ANSWERS: Final[dict[str, Any]] = {
    "number": _take_number,
    "code": _take_code,
    "id": _take_id,
    "phone": _take_phone,
    "sent": _take_phone_code,
    "password": _take_password,
}


def _page(form: Any) -> str:
    state = _state()
    step = _step(state)
    places = ("number", "code", "id", "phone")
    return render_template(
        "account/claim.html",
        form=form,
        step=step,
        place=places.index(step) + 1 if step in places else len(places),
        places=len(places),
        paper_end=_on_paper(state.get("paper", ""))[-5:],
        may_go_back=step in _UNDONE and (step != "password" or phone_codes.can_be_sent()),
        counters=list_counters(db.session()),
        demo=current_app.config["DEMO"],
    )
