"""Forms that arrive when the cookie behind them is gone: nothing is carried out, and nothing typed is lost.

Whose sign-in has ended gets a page that keeps what was typed and, once one is back, asks for the form again.
Whose token does not fit gets the form again, by the view that shows it: that view never acts, its form is not
accepted without a fitting token, and it reads on the engine that the server keeps from writing.

Both only for what one of our own pages sent; what another site sent is refused without an echo: nobody else
fills in our forms for somebody else.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from flask import Flask, current_app, flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from app.core.errors import DomainError
from app.extensions import db
from app.web import errors
from app.web.access import access_of, find_actor, may_open
from app.web.language import gettext as _
from app.web.ways import came_from, find_page

SECRET: Final = ("password", "secret")
"""Parts of the names of boxes whose content never travels back into a page; a test knows all such fields."""


def keep_for_sign_in() -> ResponseReturnValue | None:
    """Before access is judged: answer a form of somebody no longer signed in with a page that keeps it."""
    if request.method != "POST" or request.endpoint is None or not _sent_from_here():
        return None
    demand = access_of(current_app._get_current_object(), request.endpoint)  # type: ignore[attr-defined]  # a proxy
    if demand is None or not demand.roles or find_actor() is not None:
        return None
    typed = typed_pairs()
    if not typed:
        return None
    page = render_template(
        "errors/unsent.html", typed=typed, address=request.full_path.rstrip("?"), files=bool(request.files)
    )
    return page, 403


def typed_pairs() -> list[tuple[str, str]]:
    """Return what was sent and may stand in a page again: no token, no password."""
    return [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and not any(part in name.lower() for part in SECRET)
    ]


def _shown_again(_error: CSRFError) -> ResponseReturnValue:
    """Answer a form without a fitting token by the page that shows it, filled in as it was sent."""
    page = find_page(request.path)
    if page is None or not _sent_from_here() or not may_open(page[0]):
        return errors.refusal(DomainError("form_expired"), 400)
    endpoint, arguments = page
    db.session.rollback()
    db.session().info["reader"] = True
    told = _("这一页放得太久，或者您重新登录过，刚才的内容还没有提交。您填的都在下面，请核对后再按一次按钮。")
    flash(told, "important")
    try:
        view: Any = current_app.view_functions[endpoint]
        response = current_app.make_response(view(**arguments))
    except DomainError as refusal:
        return errors.refusal(refusal)
    if response.status_code == 200:
        response.status_code = 400
    return response


def _sent_from_here() -> bool:
    """Tell whether the browser says that a page of ours sent this."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        return False
    origin = request.headers.get("Origin")
    return came_from() is not None if origin is None else urlsplit(origin).netloc == request.host


def register(app: Flask) -> None:
    """Attach the two answers; before access is enforced."""
    app.before_request(keep_for_sign_in)
    app.register_error_handler(CSRFError, _shown_again)
