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


def do_or_ask_again(
    form: Form, act: Callable[[], Any], *, again: Callable[[], str], done: Told, to: Told
) -> ResponseReturnValue:
    """Do what a form asks, say that it is ``done`` and lead on; else show its page again with the refusal.

    An answer that ``act`` returns is given as it is: a helper is led to the holder's code first.
    What the address names and is not there stays a page of its own; what somebody typed and nobody knows is
    theirs to correct.
    """
    if not form.accept():
        return again(), 422
    try:
        made = act()
    except DomainError as error:
        is_gone = isinstance(error, NotFound)
        if is_gone and error.field is None:
            raise
        # Money may have moved before it was refused; the page must show what really stands.
        db.session().rollback()
        form.apply(error)
        return again(), 422 if is_gone else status_of(error)
    if isinstance(made, Response):
        return made
    flash(done if isinstance(done, str) else done(made))
    return redirect(to if isinstance(to, str) else to(made), 303)
