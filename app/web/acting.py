"""What the pages share on which somebody acts by one form: it is done and led on from, or asked once more."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from app.core.errors import DomainError, NotFound
from app.extensions import db
from app.web.errors import status_of
from app.web.forms.base import Form

Told = str | Callable[[Any], str]
"""Words or an address, or what makes them of what was done."""


def status_again(error: DomainError) -> int:
    """Return the status of a page that is shown again with a refusal: 409 where others were quicker.

    What somebody typed and nobody knows is theirs to correct, so it is no 404.
    """
    return 422 if isinstance(error, NotFound) else status_of(error)


def do_or_ask_again(
    form: Form,
    act: Callable[[], Any],
    *,
    again: Callable[[], str],
    to: Told,
    done: Told | None = None,
    sure: Callable[[], bool] = lambda: True,
) -> ResponseReturnValue:
    """Do what a form asks, say that it is ``done`` and lead on; else show its page again with the refusal.

    Without ``done`` the act has said it itself. ``sure``, asked of a form that holds up: whether who sent it
    has agreed to all that it means. An answer that ``act`` returns is given as it is: a helper is led to the
    holder's code first.
    What the address names and is not there stays a page of its own; what somebody typed and nobody knows is
    theirs to correct.
    """
    try:
        if not form.accept() or not sure():
            return again(), 422
        made = act()
    except DomainError as error:
        if isinstance(error, NotFound) and error.field is None:
            raise
        # Money may have moved before it was refused; the page must show what really stands.
        db.session().rollback()
        form.apply(error)
        return again(), status_again(error)
    if isinstance(made, Response):
        return made
    if done is not None:
        flash(done if isinstance(done, str) else done(made))
    return redirect(to if isinstance(to, str) else to(made), 303)
